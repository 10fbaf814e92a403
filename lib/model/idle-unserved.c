/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What slices, Endpoints and Pods say of endpoints, where their Service has no virtual server. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

/* The Services that an object has endpoints for. */
enum {
	FOR_SERVED = 1,
	FOR_NO_ADDRESS = 2, /* headless, or a name for something elsewhere */
	FOR_OTHERS = 4,	    /* it, or what it is for, is left to them, or is of another family */
};

struct pods {
	struct check *c;
	size_t first;
	uint8_t *flags;
};

/* slice: that which has the endpoints, or NULL. */
static uint8_t flag_of(struct check *c, const struct meta *meta, const char *name,
		       const struct slice *slice)
{
	const struct svclb_object *o =
		name ? model_lookup(c->model, SVCLB_KIND_SERVICE, meta->ns.s, name) : NULL;

	if (!o)
		return 0;
	if (idle_unserved(o->service))
		return FOR_NO_ADDRESS;
	return service_skip_reason(o->service) || (slice && !slice_serves(o->service, slice))
		       ? FOR_OTHERS
		       : FOR_SERVED;
}

static void see_slice(struct pods *p, const struct slice *s)
{
	uint8_t flag = flag_of(p->c, &s->meta, s->service.s, s);

	for (size_t i = 0; flag && i < s->n_endpoints; i++) {
		const struct slice_endpoint *e = &s->endpoints[i];
		const struct svclb_object *pod = NULL;

		if (text_is(&e->target_kind, "Pod") && text_given(&e->target_name))
			pod = model_lookup(p->c->model, SVCLB_KIND_POD, s->meta.ns.s,
					   e->target_name.s);
		if (pod)
			p->flags[pod->place - p->first] |= flag;
	}
}

/* Numbers of endpoints; other annotations of ours are unknown there. */
static bool numbers(const struct meta *meta, struct spot *ret)
{
	static const char *const names[] = {"weight", "upper-threshold", "lower-threshold"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct label *l = annotation_find(&meta->annotations, names[i]);

		if (!l)
			continue;
		ret->at = l->at;
		return true;
	}
	return false;
}

static bool hints(const struct slice *s, struct spot *ret)
{
	for (size_t i = 0; i < s->n_endpoints; i++) {
		const struct slice_endpoint *e = &s->endpoints[i];

		if (!e->zone_hints.n && !e->node_hints.n)
			continue;
		*ret = (struct spot){
			e->zone_hints.n ? e->zone_hints.v[0].at : e->node_hints.v[0].at, i};
		return true;
	}
	return false;
}

static uint8_t flags_of(const struct pods *p, const struct svclb_object *o)
{
	if (o->kind == SVCLB_KIND_POD)
		return p->flags[o->place - p->first];
	if (o->kind == SVCLB_KIND_ENDPOINT_SLICE)
		return flag_of(p->c, o->meta, o->slice->service.s, o->slice);
	return flag_of(p->c, o->meta, o->meta->name.s, NULL);
}

static void warn_kind(const struct pods *p, uint32_t kind)
{
	static const char why[] = "has no effect: its Service has no address of its own";
	size_t i, end = model_kind_range(p->c->model, kind, &i);
	struct found number = {.others = 0}, hint = {.others = 0};

	for (; i < end && check_goes_on(p->c); i++) {
		struct svclb_object *o = p->c->model->objects.v[i];
		uint8_t flags = flags_of(p, o);
		struct spot spot = {.index = 0};

		o->unserved = !(flags & FOR_SERVED);
		if (o->derived || flags != FOR_NO_ADDRESS)
			continue;
		if (numbers(o->meta, &spot))
			idle_find(&number, o, &spot);
		if (kind == SVCLB_KIND_ENDPOINT_SLICE && hints(o->slice, &spot))
			idle_find(&hint, o, &spot);
	}
	idle_warn(p->c, &number, "metadata.annotations", why);
	idle_warn(p->c, &hint, "endpoints[#].hints", why);
}

void model_warn_unserved(struct check *c)
{
	struct pods p = {.c = c};
	size_t pods = model_kind_range(c->model, SVCLB_KIND_POD, &p.first);
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);

	p.flags = check_scratch(c, pods - p.first, sizeof(*p.flags));
	if (!p.flags)
		return;
	for (; i < end && check_goes_on(c); i++)
		see_slice(&p, c->model->objects.v[i]->slice);
	warn_kind(&p, SVCLB_KIND_ENDPOINT_SLICE);
	warn_kind(&p, SVCLB_KIND_ENDPOINTS);
	warn_kind(&p, SVCLB_KIND_POD);
}
