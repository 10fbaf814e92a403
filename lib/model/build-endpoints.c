/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building endpoints and groups of them call by call. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/build.h"
#include "model/copy.h"
#include "model/fields.h"
#include "model/keys.h"
#include "util/strbuf.h"

int svclb_endpoint_new(const char *addr, struct svclb_endpoint **ret, struct svclb_error **reterr)
{
	struct svclb_endpoint *ep;

	if (!addr || !*addr || !ret)
		return err_set(reterr, SVCLB_EINVAL, "an endpoint needs an address");
	ep = calloc(1, sizeof(*ep));
	if (!ep)
		return err_nomem(reterr);
	if (build_list(&ep->arena, &ep->endpoint.addresses, addr)) {
		svclb_endpoint_unref(ep);
		return err_nomem(reterr);
	}
	*ret = ep;
	return 0;
}

struct svclb_endpoint *svclb_endpoint_unref(struct svclb_endpoint *ep)
{
	if (ep)
		arena_free(&ep->arena);
	free(ep);
	return NULL;
}

int svclb_endpoint_set_node_name(struct svclb_endpoint *ep, const char *node)
{
	return ep ? build_text(&ep->arena, &ep->endpoint.node_name, node) : -SVCLB_EINVAL;
}

int svclb_endpoint_set_zone(struct svclb_endpoint *ep, const char *zone)
{
	return ep ? build_text(&ep->arena, &ep->endpoint.zone, zone) : -SVCLB_EINVAL;
}

static int set_condition(struct svclb_endpoint *ep, enum tristate *field, int on)
{
	if (!ep || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	*field = on ? TRI_TRUE : TRI_FALSE;
	return 0;
}

int svclb_endpoint_set_ready(struct svclb_endpoint *ep, int on)
{
	return set_condition(ep, ep ? &ep->endpoint.ready : NULL, on);
}

int svclb_endpoint_set_serving(struct svclb_endpoint *ep, int on)
{
	return set_condition(ep, ep ? &ep->endpoint.serving : NULL, on);
}

int svclb_endpoint_set_terminating(struct svclb_endpoint *ep, int on)
{
	return set_condition(ep, ep ? &ep->endpoint.terminating : NULL, on);
}

int svclb_endpoint_add_zone_hint(struct svclb_endpoint *ep, const char *zone)
{
	return ep ? build_list(&ep->arena, &ep->endpoint.zone_hints, zone) : -SVCLB_EINVAL;
}

int svclb_endpoint_set_weight(struct svclb_endpoint *ep, uint32_t weight)
{
	if (!ep)
		return -SVCLB_EINVAL;
	ep->weight = (struct fint){.v = weight, .given = true};
	return 0;
}

int svclb_endpoint_set_thresholds(struct svclb_endpoint *ep, uint32_t upper, uint32_t lower)
{
	if (!ep)
		return -SVCLB_EINVAL;
	ep->upper_threshold = (struct fint){.v = upper, .given = true};
	ep->lower_threshold = (struct fint){.v = lower, .given = true};
	return 0;
}

static int name_slice(struct svclb_endpoints *eps, const char *ns, const char *name,
		      const char *service)
{
	struct slice *s = &eps->slice;
	int r = build_text(&eps->arena, &s->meta.ns, ns && *ns ? ns : "default");

	if (!r)
		r = build_text(&eps->arena, &s->meta.name, name);
	if (!r)
		r = build_text(&eps->arena, &s->service, service);
	if (!r)
		r = build_label(&eps->arena, &s->meta.labels, LABEL_SERVICE_NAME, service);
	return r;
}

int svclb_endpoints_new(const char *ns, const char *name, const char *service,
			struct svclb_endpoints **ret, struct svclb_error **reterr)
{
	struct svclb_endpoints *eps;

	if (!name || !*name || !service || !*service || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "endpoints need a name and the name of a Service");
	eps = calloc(1, sizeof(*eps));
	if (!eps)
		return err_nomem(reterr);
	if (name_slice(eps, ns, name, service)) {
		svclb_endpoints_unref(eps);
		return err_nomem(reterr);
	}
	/* Until the first endpoint says otherwise. */
	eps->slice.address_type.s = "IPv4";
	*ret = eps;
	return 0;
}

struct svclb_endpoints *svclb_endpoints_unref(struct svclb_endpoints *eps)
{
	if (eps)
		arena_free(&eps->arena);
	free(eps);
	return NULL;
}

int svclb_endpoints_add_port(struct svclb_endpoints *eps, const char *name, const char *protocol,
			     uint32_t port)
{
	struct slice_port p = {.port = {.v = port, .given = true}}, *slot;
	int r;

	if (!eps)
		return -SVCLB_EINVAL;
	r = build_text(&eps->arena, &p.name, name ? name : "");
	if (!r && protocol)
		r = build_text(&eps->arena, &p.protocol, protocol);
	if (r)
		return r;
	slot = list_push(&eps->arena, eps->slice.ports, eps->slice.n_ports, eps->slice.cap_ports);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = p;
	return 0;
}

static int keep_values(struct svclb_endpoints *eps, const struct svclb_endpoint *ep,
		       const char *address)
{
	struct built_values *slot;

	if (!ep->weight.given && !ep->upper_threshold.given)
		return 0;
	slot = list_push(&eps->arena, eps->values, eps->n_values, eps->cap_values);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = (struct built_values){
		.address = address,
		.weight = ep->weight,
		.upper_threshold = ep->upper_threshold,
		.lower_threshold = ep->lower_threshold,
	};
	return 0;
}

int svclb_endpoints_add(struct svclb_endpoints *eps, const struct svclb_endpoint *ep)
{
	struct copier c;
	struct slice_endpoint copy, *slot;
	struct slice *s;

	if (!eps || !ep)
		return -SVCLB_EINVAL;
	s = &eps->slice;
	c = (struct copier){.arena = &eps->arena};
	copy = ep->endpoint;
	copy_slice_endpoint(&c, &copy);
	slot = c.failed ? NULL
			: list_push(&eps->arena, s->endpoints, s->n_endpoints, s->cap_endpoints);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = copy;
	if (s->n_endpoints == 1)
		s->address_type.s = strchr(copy.addresses.v[0].s, ':') ? "IPv6" : "IPv4";
	return keep_values(eps, ep, copy.addresses.v[0].s);
}

static const struct {
	const char *key;
	size_t place; /* of the struct fint */
} value_keys[] = {
	{ANNOTATION_PREFIX "weight", offsetof(struct built_values, weight)},
	{ANNOTATION_PREFIX "upper-threshold", offsetof(struct built_values, upper_threshold)},
	{ANNOTATION_PREFIX "lower-threshold", offsetof(struct built_values, lower_threshold)},
};

/* Written where manifests have it, so that the object can be stored and read again. */
static int write_values(const struct svclb_endpoints *eps, size_t which, struct arena *a,
			struct meta *meta)
{
	struct strbuf b = {0};
	int r = 0;

	for (size_t i = 0; i < eps->n_values; i++) {
		const struct built_values *v = &eps->values[i];
		const struct fint *n = (const struct fint *)(const void *)((const char *)v +
									   value_keys[which].place);

		if (n->given)
			strbuf_addf(&b, "%s%s=%lld", b.len ? "," : "", v->address, (long long)n->v);
	}
	if (b.failed)
		r = -SVCLB_ENOMEM;
	else if (b.len)
		r = build_label(a, &meta->annotations, value_keys[which].key, b.s);
	strbuf_free(&b);
	return r;
}

int svclb_model_add_endpoints(struct svclb_model *model, const struct svclb_endpoints *eps,
			      struct svclb_error **reterr)
{
	struct svclb_object o = {.kind = SVCLB_KIND_ENDPOINT_SLICE};
	struct meta *copy;

	if (!model || !eps)
		return err_set(reterr, SVCLB_EINVAL, "a model and endpoints are needed");
	o.meta = (struct meta *)&eps->slice.meta;
	copy = object_copy(&model->arena, &o);
	if (!copy)
		return err_nomem(reterr);
	for (size_t i = 0; i < sizeof(value_keys) / sizeof(value_keys[0]); i++)
		if (write_values(eps, i, &model->arena, copy))
			return err_nomem(reterr);
	return model_add(model, SVCLB_KIND_ENDPOINT_SLICE, copy, reterr);
}
