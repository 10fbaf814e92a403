/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of slices, and of the Endpoints that slices are made of, serves nobody: each is named once. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/ports.h"
#include "model/said.h"
#include "util/strbuf.h"

enum reason { ORPHAN, NAMES, FAMILY, OFF, PORT, FITS };

/* Ports that are named in one warning; the others are counted. */
#define NAMED_MAX 8u

/* The first object of a reason, and the parts of its slices that the words name. */
struct example {
	struct found found;
	const struct svclb_object *last; /* slices of one Endpoints object follow each other */
	const struct slice *slice;	 /* the last one of the first object */
	const struct slice_port *named[NAMED_MAX];
	size_t n_ports;
};

struct view {
	struct check *c;
	struct service_ports ports;
	struct example slices[FITS];
	struct example endpoints[FITS];
};

static bool unknown(const struct view *v, const struct service *s, const struct slice_port *q)
{
	return !service_ports_find(&v->ports, s, q);
}

static const struct service *service_of(const struct view *v, const struct slice *slice)
{
	const struct svclb_object *o = slice_service(v->c->model, slice);

	return o ? o->service : NULL;
}

/* Of two families of the Service: with none of them it is the Service that has no effect. */
static bool switched_off(const struct check *c, const struct service *s, uint8_t family)
{
	if (!c->opts->families_given)
		return false;
	return family == 4 ? !c->opts->ipv4 && service_serves_family(s, 6)
			   : !c->opts->ipv6 && service_serves_family(s, 4);
}

static enum reason reason_of(const struct view *v, const struct slice *slice)
{
	const struct service *s = service_of(v, slice);

	if (!s)
		return ORPHAN;
	if (meta_left_to_others(&slice->meta))
		return FITS; /* is said of the label */
	if (text_is(&slice->address_type, "FQDN"))
		return NAMES;
	if (service_skip_reason(s))
		return FITS;
	if (!service_serves_family(s, family_from_name(slice->address_type.s)))
		return FAMILY;
	if (switched_off(v->c, s, family_from_name(slice->address_type.s)))
		return OFF;
	for (size_t i = 0; i < slice->n_ports; i++)
		if (unknown(v, s, &slice->ports[i]))
			return PORT;
	return FITS;
}

/* The slices of one subset, of two families, have the same ports. */
static void add_ports(const struct view *v, struct example *x, const struct slice *slice)
{
	const struct service *s = service_of(v, slice);

	if (x->slice && x->slice->ports == slice->ports)
		return;
	for (size_t i = 0; i < slice->n_ports; i++) {
		if (!unknown(v, s, &slice->ports[i]))
			continue;
		if (x->n_ports < NAMED_MAX)
			x->named[x->n_ports] = &slice->ports[i];
		x->n_ports++;
	}
}

static struct spot spot_of(const struct slice *slice, enum reason why,
			   const struct slice_port *port)
{
	if (why == PORT)
		return (struct spot){port->at, (size_t)(port - slice->ports)};
	if (slice->derived)
		return (struct spot){slice->endpoints[0].at, 0};
	return (struct spot){why == ORPHAN ? slice->service.at : slice->address_type.at, 0};
}

static void see_slice(struct view *v, const struct svclb_object *o)
{
	const struct svclb_object *writer = slice_writer(v->c->model, o);
	enum reason why = reason_of(v, o->slice);
	struct example *x;
	struct spot spot;

	/* what is made of Pods has only what fits */
	if (why == FITS || writer->derived)
		return;
	x = writer == o ? &v->slices[why] : &v->endpoints[why];
	if (why == PORT && (!x->found.first || x->found.first == writer))
		add_ports(v, x, o->slice);
	if (!x->found.first || x->found.first == writer)
		x->slice = o->slice;
	if (x->last == writer)
		return;
	x->last = writer;
	spot = spot_of(o->slice, why, x->named[0]);
	idle_find(&x->found, writer, &spot);
}

static void warn_example(struct check *c, const struct example *x, const char *path,
			 const char *why)
{
	if (why)
		idle_warn(c, &x->found, path, why);
	else
		c->given_up = true;
}

/* One of them by itself, or all that there is room for. */
static const char *port_words(struct check *c, const struct example *x, const char *what)
{
	size_t more = x->n_ports > NAMED_MAX ? x->n_ports - NAMED_MAX : 0;
	struct strbuf b = {0};
	const char *kept;

	for (size_t i = 0; i < x->n_ports - more; i++)
		strbuf_addf(&b, "%s%s for %s", i ? ", nor " : "the Service has no port named ",
			    check_shown(c, text_or(&x->named[i]->name, "")),
			    proto_name(x->named[i]->proto));
	if (more)
		strbuf_addf(&b, ", nor %zu more", more);
	kept = b.failed ? NULL
			: arena_printf(&c->scratch, "%s, so %s no effect", b.s,
				       x->n_ports > 1 ? "they have" : what);
	strbuf_free(&b);
	return kept;
}

static void warn_slices(struct check *c, const struct example v[FITS])
{
	if (v[ORPHAN].found.first)
		warn_example(c, &v[ORPHAN], "metadata.labels[" LABEL_SERVICE_NAME "]",
			     arena_printf(&c->scratch,
					  "there is no Service %s, so the slice has no effect",
					  check_shown(c, v[ORPHAN].slice->service.s)));
	warn_example(c, &v[NAMES], "addressType",
		     "names have no address to serve, so the slice has no effect");
	warn_example(c, &v[FAMILY], "addressType",
		     "the Service has no address of its family, so the slice has no effect");
	warn_example(c, &v[OFF], "addressType",
		     "its family is switched off on this node, so the slice has no effect");
	if (v[PORT].found.first)
		warn_example(c, &v[PORT], "ports[#]", port_words(c, &v[PORT], "it has"));
}

static void warn_endpoints(struct check *c, const struct example v[FITS])
{
	if (v[FAMILY].found.first)
		warn_example(c, &v[FAMILY], "subsets",
			     arena_printf(&c->scratch,
					  "the Service has no %s address, so addresses of that "
					  "family have no effect",
					  v[FAMILY].slice->address_type.s));
	if (v[OFF].found.first)
		warn_example(c, &v[OFF], "subsets",
			     arena_printf(&c->scratch,
					  "%s is switched off on this node, so addresses of that "
					  "family have no effect",
					  v[OFF].slice->address_type.s));
	if (v[PORT].found.first)
		warn_example(c, &v[PORT], "subsets", port_words(c, &v[PORT], "this one has"));
}

void model_warn_nameless(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.at = o->slice->service.at};

		if (!text_given(&o->slice->service))
			idle_find(&f, o, &spot);
	}
	idle_warn(c, &f, "metadata.labels[" LABEL_SERVICE_NAME "]",
		  "the slice names no Service and serves none");
}

void model_warn_slices(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	struct view v = {.c = c};

	if (!service_ports_index(c, &v.ports))
		return;
	for (; i < end && check_goes_on(c); i++)
		if (text_given(&c->model->objects.v[i]->slice->service))
			see_slice(&v, c->model->objects.v[i]);
	warn_slices(c, v.slices);
	if (!c->given_up)
		warn_endpoints(c, v.endpoints);
}
