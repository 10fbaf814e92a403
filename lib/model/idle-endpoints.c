/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints objects that their Service takes nothing from. */
#include "model/derive.h"
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"

/* Of Services: where their endpoints are from. */
enum {
	FROM_SLICES = 1, /* of the input */
	FROM_OBJECT = 2,
	FROM_ANY = 4,
};

struct sources {
	struct check *c;
	size_t first;	/* Service */
	uint8_t *flags; /* of Services */
};

struct row {
	const char *path;
	bool (*idle)(const struct svclb_object *o, const struct service *s, uint8_t flags,
		     struct spot *ret);
	const char *why;
};

static void see_slices(struct sources *x)
{
	size_t i, end = model_kind_range(x->c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);

	for (; i < end && check_goes_on(x->c); i++) {
		const struct slice *s = x->c->model->objects.v[i]->slice;
		const struct svclb_object *o = slice_service(x->c->model, s);

		if (!o)
			continue;
		x->flags[o->place - x->first] |= (s->derived ? 0 : FROM_SLICES) |
						 (s->mirrored ? FROM_OBJECT : 0) |
						 (s->n_endpoints ? FROM_ANY : 0);
	}
}

static bool has_address(const struct endpoints *e)
{
	for (size_t i = 0; i < e->n_subsets; i++)
		if (e->subsets[i].n_addresses || e->subsets[i].n_not_ready)
			return true;
	return false;
}

static bool beside_slices(const struct svclb_object *o, const struct service *s, uint8_t flags,
			  struct spot *ret)
{
	(void)s;
	ret->at = o->meta->at;
	return flags & FROM_SLICES;
}

static bool beside_pods(const struct svclb_object *o, const struct service *s, uint8_t flags,
			struct spot *ret)
{
	ret->at = o->meta->at;
	return s->selector.n && !service_is(s, "ExternalName") &&
	       !(flags & (FROM_SLICES | FROM_OBJECT)) &&
	       (endpoints_mirrored(o->endpoints) || (flags & FROM_ANY)) &&
	       has_address(o->endpoints);
}

/* Its ports are those of no other subset. */
static bool without_ports(const struct svclb_object *o, const struct service *s, uint8_t flags,
			  struct spot *ret)
{
	const struct endpoints *e = o->endpoints;

	for (size_t i = 0; i < e->n_subsets; i++) {
		if (e->subsets[i].n_ports)
			continue;
		*ret = (struct spot){e->subsets[i].at, i};
		return (flags & FROM_OBJECT) && !service_skip_reason(s);
	}
	return false;
}

/* A Service that gets no endpoints from elsewhere either. */
static bool left_alone(const struct svclb_object *o, const struct service *s, uint8_t flags)
{
	return !service_skip_reason(s) && !(flags & (FROM_SLICES | FROM_ANY)) &&
	       has_address(o->endpoints);
}

static bool left_by(const struct svclb_object *o, const char *key, struct spot *ret)
{
	const struct label *l = label_find(&o->meta->labels, key);

	if (l)
		ret->at = l->at;
	return l;
}

static bool left_unmirrored(const struct svclb_object *o, const struct service *s, uint8_t flags,
			    struct spot *ret)
{
	const char *skip = label_get(&o->meta->labels, LABEL_SKIP_MIRROR);

	return skip && !strcmp(skip, "true") && left_alone(o, s, flags) &&
	       left_by(o, LABEL_SKIP_MIRROR, ret);
}

static bool left_to_proxy(const struct svclb_object *o, const struct service *s, uint8_t flags,
			  struct spot *ret)
{
	return left_alone(o, s, flags) && left_by(o, LABEL_PROXY_NAME, ret);
}

static bool left_headless(const struct svclb_object *o, const struct service *s, uint8_t flags,
			  struct spot *ret)
{
	return left_alone(o, s, flags) && left_by(o, LABEL_HEADLESS, ret);
}

static bool left_to_leader(const struct svclb_object *o, const struct service *s, uint8_t flags,
			   struct spot *ret)
{
	const struct label *l = label_find(&o->meta->annotations, ANNOTATION_LEADER);

	if (l)
		ret->at = l->at;
	return l && left_alone(o, s, flags);
}

#define LEFT "leaves the Service without endpoints"

static const struct row rows[] = {
	{NULL, beside_slices, "has no effect beside the EndpointSlices of its Service"},
	{NULL, beside_pods, "has no effect: the Pods that its Service selects are used"},
	{"subsets[#]", without_ports, "has no ports, so its addresses have no effect"},
	{"metadata.labels[" LABEL_SKIP_MIRROR "]", left_unmirrored, LEFT},
	{"metadata.labels[" LABEL_PROXY_NAME "]", left_to_proxy, LEFT},
	{"metadata.labels[" LABEL_HEADLESS "]", left_headless, LEFT},
	{"metadata.annotations[" ANNOTATION_LEADER "]", left_to_leader, LEFT},
};

static void warn_row(const struct sources *x, const struct row *row)
{
	const struct svclb_model *m = x->c->model;
	size_t i, end = model_kind_range(x->c->model, SVCLB_KIND_ENDPOINTS, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(x->c); i++) {
		const struct svclb_object *o = m->objects.v[i];
		const struct svclb_object *service = model_lookup(x->c->model, SVCLB_KIND_SERVICE,
								  o->meta->ns.s, o->meta->name.s);
		struct spot spot = {.index = 0};

		if (service &&
		    row->idle(o, service->service, x->flags[service->place - x->first], &spot))
			idle_find(&f, o, &spot);
	}
	idle_warn(x->c, &f, row->path, row->why);
}

/* Where no Pod has the labels, the Endpoints object stands in. */
static void warn_not_ready(const struct sources *x)
{
	size_t i, end = model_kind_range(x->c->model, SVCLB_KIND_SERVICE, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(x->c); i++) {
		const struct svclb_object *o = x->c->model->objects.v[i];
		const struct service *s = o->service;
		struct spot spot = {.at = s->publish_not_ready.at};

		if (s->publish_not_ready.v == TRI_TRUE && s->selector.n &&
		    !service_skip_reason(s) && (x->flags[i - x->first] & FROM_OBJECT))
			idle_find(&f, o, &spot);
	}
	idle_warn(x->c, &f, "spec.publishNotReadyAddresses",
		  "has no effect without a Pod: Endpoints say themselves what is ready");
}

void model_warn_endpoints(struct check *c)
{
	struct sources x = {.c = c};
	size_t end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &x.first);

	x.flags = check_scratch(c, end - x.first, sizeof(*x.flags));
	if (!x.flags)
		return;
	see_slices(&x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !c->given_up; i++)
		warn_row(&x, &rows[i]);
	warn_not_ready(&x);
}
