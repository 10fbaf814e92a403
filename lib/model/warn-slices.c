/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of slices, and of the Endpoints that slices are made of, serves nobody: each is named once. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/ports.h"
#include "model/said.h"

enum reason { ORPHAN, NAMES, FAMILY, PORT, FITS };

/* The first object of a reason, and the part of its slice that the words name. */
struct example {
	struct found found;
	const struct svclb_object *last; /* slices of one Endpoints object follow each other */
	const struct slice *slice;
	const struct slice_port *port;
};

struct view {
	struct check *c;
	struct service_ports ports;
	struct example slices[FITS];
	struct example endpoints[FITS];
};

static const struct slice_port *unknown_port(const struct view *v, const struct service *s,
					     const struct slice *slice)
{
	for (size_t i = 0; i < slice->n_ports; i++)
		if (!service_ports_find(&v->ports, s, &slice->ports[i]))
			return &slice->ports[i];
	return NULL;
}

static enum reason reason_of(const struct view *v, const struct slice *slice,
			     const struct slice_port **ret_port)
{
	const struct svclb_object *o =
		model_lookup(v->c->model, SVCLB_KIND_SERVICE, slice->meta.ns.s, slice->service.s);

	if (!o)
		return ORPHAN;
	if (text_is(&slice->address_type, "FQDN"))
		return NAMES;
	if (service_skip_reason(o->service))
		return FITS;
	if (!service_serves_family(o->service, family_from_name(slice->address_type.s)))
		return FAMILY;
	*ret_port = unknown_port(v, o->service, slice);
	return *ret_port ? PORT : FITS;
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
	const struct slice_port *port = NULL;
	enum reason why = reason_of(v, o->slice, &port);
	struct example *x;
	struct spot spot;

	/* what is made of Pods has only what fits */
	if (why == FITS || writer->derived)
		return;
	x = writer == o ? &v->slices[why] : &v->endpoints[why];
	if (x->last == writer)
		return;
	x->last = writer;
	if (!x->found.first) {
		x->slice = o->slice;
		x->port = port;
	}
	spot = spot_of(o->slice, why, port);
	idle_find(&x->found, writer, &spot);
}

static void warn_example(struct check *c, const struct example *x, const char *path,
			 const char *why)
{
	if (why)
		idle_warn(c, &x->found, path, why);
	else
		c->nomem = true;
}

/* "port b for TCP" as the words have it. */
static const char *port_words(struct check *c, const struct example *x, const char *what)
{
	return arena_printf(&c->scratch,
			    "the Service has no port named %s for %s, so %s has no effect",
			    check_shown(c, text_or(&x->port->name, "")), proto_name(x->port->proto),
			    what);
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
	if (v[PORT].found.first)
		warn_example(c, &v[PORT], "ports[#]", port_words(c, &v[PORT], "it"));
}

static void warn_endpoints(struct check *c, const struct example v[FITS])
{
	if (v[FAMILY].found.first)
		warn_example(c, &v[FAMILY], "subsets",
			     arena_printf(&c->scratch,
					  "the Service has no %s address, so addresses of that "
					  "family have no effect",
					  v[FAMILY].slice->address_type.s));
	if (v[PORT].found.first)
		warn_example(c, &v[PORT], "subsets", port_words(c, &v[PORT], "this one"));
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
	if (!c->nomem)
		warn_endpoints(c, v.endpoints);
}
