/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hints of endpoints that nobody asks for, and Services that ask for near endpoints in vain. */
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"

/* What the endpoints of one Service say, of those that are served. */
struct hints {
	bool endpoints; /* there are any */
	bool zone_hints;
	bool node_hints;
	bool zone_gap; /* a ready endpoint without such hints */
	bool node_gap;
	bool zone_here; /* a ready one that takes connections has a hint for this zone, or node */
	bool node_here;
};

struct near {
	struct check *c;
	size_t first_service;
	struct hints *hints; /* of Services */
	const char *zone;    /* this node's, or NULL */
	const char *node;
};

struct row {
	uint32_t kind;
	const char *path;
	bool (*idle)(const struct near *v, const struct svclb_object *o, struct spot *ret);
	const char *why;
};

static const struct hints *hints_for(const struct near *v, const struct svclb_object *service)
{
	return &v->hints[service->place - v->first_service];
}

static const struct label *topology_label(const struct service *s)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_HINTS);

	if (!l)
		l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_MODE);
	return l && l->value && *l->value && strcmp(l->value, "disabled") &&
			       strcmp(l->value, "Disabled")
		       ? l
		       : NULL;
}

/* Whether it asks for endpoints that are near, and where it says so. */
static bool wants_near(const struct service *s, struct spot *ret)
{
	const struct label *l = topology_label(s);

	if (!l && !text_given(&s->traffic_distribution))
		return false;
	ret->at = text_given(&s->traffic_distribution) ? s->traffic_distribution.at : l->at;
	return true;
}

static bool topology_unserved(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct label *l = topology_label(o->service);

	(void)v;
	if (!l || !idle_unserved(o->service))
		return false;
	ret->at = l->at;
	return true;
}

/* Of hints: all traffic stays on its node. */
static bool stays(const struct service *s)
{
	return service_itp_local(s) && !idle_exposed(s);
}

static bool asks_near(const struct service *s, struct spot *ret)
{
	return !service_skip_reason(s) && !stays(s) && wants_near(s, ret);
}

static bool near_without_hints(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct hints *g = hints_for(v, o);
	bool hints =
		g->zone_hints || (g->node_hints && text_given(&o->service->traffic_distribution));

	return g->endpoints && !hints && asks_near(o->service, ret);
}

/* With a part missing the others do not count. */
static bool near_with_gap(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct hints *g = hints_for(v, o);
	bool by_node = g->node_hints && text_given(&o->service->traffic_distribution);
	bool zones_count = g->zone_hints && !g->zone_gap;
	bool nodes_count = by_node && !g->node_gap;

	return (g->zone_hints || by_node) && !zones_count && !nodes_count &&
	       asks_near(o->service, ret);
}

static bool near_without_zone(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct hints *g = hints_for(v, o);
	bool by_node = g->node_hints && text_given(&o->service->traffic_distribution);

	return g->zone_hints && !by_node && !v->zone && asks_near(o->service, ret);
}

/* Hints that would count, but not here. That the node has no name is said elsewhere. */
static bool near_elsewhere(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct hints *g = hints_for(v, o);
	bool by_node = g->node_hints && text_given(&o->service->traffic_distribution);
	bool zones_count = g->zone_hints && !g->zone_gap && v->zone;
	bool nodes_count = by_node && !g->node_gap && v->node;

	if (by_node && !v->node)
		return false;
	return (zones_count || nodes_count) && !(zones_count && g->zone_here) &&
	       !(nodes_count && g->node_here) && asks_near(o->service, ret);
}

static bool near_but_local(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct service *s = o->service;

	(void)v;
	return !service_skip_reason(s) && stays(s) && wants_near(s, ret);
}

static bool zone_hints_unasked(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct svclb_object *service = slice_served_by(v->c->model, o->slice);
	struct spot unused;

	if (o->derived || !service || wants_near(service->service, &unused))
		return false;
	for (size_t i = 0; i < o->slice->n_endpoints; i++) {
		if (!o->slice->endpoints[i].zone_hints.n)
			continue;
		*ret = (struct spot){o->slice->endpoints[i].zone_hints.v[0].at, i};
		return true;
	}
	return false;
}

static bool node_hints_unasked(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	const struct svclb_object *service = slice_served_by(v->c->model, o->slice);

	if (o->derived || !service || text_given(&service->service->traffic_distribution))
		return false;
	for (size_t i = 0; i < o->slice->n_endpoints; i++) {
		if (!o->slice->endpoints[i].node_hints.n)
			continue;
		*ret = (struct spot){o->slice->endpoints[i].node_hints.v[0].at, i};
		return true;
	}
	return false;
}

/* Of zones that is a problem. */
static bool node_hint_twice(const struct near *v, const struct svclb_object *o, struct spot *ret)
{
	struct spot member;

	if (o->derived || !slice_served_by(v->c->model, o->slice) ||
	    node_hints_unasked(v, o, &member))
		return false;
	for (size_t i = 0; i < o->slice->n_endpoints; i++) {
		if (!idle_text_twice(v->c, &o->slice->endpoints[i].node_hints, &member))
			continue;
		*ret = (struct spot){member.at, i};
		return true;
	}
	return false;
}

#define NEAR	   "spec.trafficDistribution"
#define SERVICE(p) SVCLB_KIND_SERVICE, p
#define SLICE(p)   SVCLB_KIND_ENDPOINT_SLICE, p

static const struct row rows[] = {
	{SERVICE("metadata.annotations"), topology_unserved,
	 "has no effect: the Service has no address of its own"},
	{SERVICE(NEAR), near_without_hints,
	 "has no effect: no endpoint of the Service has hints that it follows"},
	{SERVICE(NEAR), near_with_gap,
	 "has no effect on ports that have a ready endpoint without hints, and there is one"},
	{SERVICE(NEAR), near_without_zone, "has no effect: the zone of this node is not known"},
	{SERVICE(NEAR), near_elsewhere,
	 "has no effect: no ready endpoint that takes connections has a hint for this node or "
	 "its zone"},
	{SERVICE(NEAR), near_but_local, "has no effect: all traffic stays on its node"},
	{SLICE("endpoints[#].hints.forZones"), zone_hints_unasked,
	 "has no effect: the Service asks for no near endpoints"},
	{SLICE("endpoints[#].hints.forNodes"), node_hints_unasked,
	 "has no effect: the Service has no trafficDistribution"},
	{SLICE("endpoints[#].hints.forNodes"), node_hint_twice, "names a node twice"},
};

/* The annotation asks for near endpoints where the field does not. */
static bool by_annotation(const struct row *row, const struct svclb_object *o)
{
	return !strcmp(row->path, NEAR) && !text_given(&o->service->traffic_distribution);
}

static void warn_row(struct near *v, const struct row *row)
{
	size_t i, end = model_kind_range(v->c->model, row->kind, &i);
	struct found f = {.others = 0}, annotation = {.others = 0};

	for (; i < end && check_goes_on(v->c); i++) {
		const struct svclb_object *o = v->c->model->objects.v[i];
		struct spot here = {.index = 0};

		if (row->idle(v, o, &here))
			idle_find(by_annotation(row, o) ? &annotation : &f, o, &here);
	}
	idle_warn(v->c, &f, row->path, row->why);
	idle_warn(v->c, &annotation, "metadata.annotations", row->why);
}

/* ---- what there is ---- */

static bool hinted_for(const struct ftext_list *hints, const char *name)
{
	for (size_t i = 0; name && i < hints->n; i++)
		if (text_is(&hints->v[i], name))
			return true;
	return false;
}

static void see_hints(const struct near *v, struct hints *g, const struct slice_endpoint *e)
{
	g->endpoints = true;
	g->zone_hints |= e->zone_hints.n > 0;
	g->node_hints |= e->node_hints.n > 0;
	if (e->ready == TRI_FALSE)
		return;
	g->zone_gap |= !e->zone_hints.n;
	g->node_gap |= !e->node_hints.n;
	if (e->weight.given && !e->weight.v)
		return;
	g->zone_here |= hinted_for(&e->zone_hints, v->zone);
	g->node_here |= hinted_for(&e->node_hints, v->node);
}

static void see_slice(struct near *v, const struct svclb_object *o)
{
	const struct svclb_object *service = slice_served_by(v->c->model, o->slice);

	for (size_t i = 0; service && i < o->slice->n_endpoints; i++)
		see_hints(v, &v->hints[service->place - v->first_service], &o->slice->endpoints[i]);
}

static const char *given_or(const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

/* As the selection of endpoints finds them. */
static void find_place(struct near *v)
{
	const struct svclb_options *o = v->c->opts;
	const struct svclb_object *node = idle_this_node(v->c);
	const char *zone = node ? label_get(&node->meta->labels, LABEL_ZONE) : NULL;

	v->node = given_or(o->node_name, node ? node->meta->name.s : NULL);
	v->zone = given_or(o->zone, given_or(zone, NULL));
}

void model_warn_near(struct check *c)
{
	struct near v = {.c = c};
	size_t services = model_kind_range(c->model, SVCLB_KIND_SERVICE, &v.first_service);
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);

	v.hints = check_scratch(c, services - v.first_service, sizeof(*v.hints));
	if (!v.hints)
		return;
	find_place(&v);
	for (; i < end && check_goes_on(c); i++)
		see_slice(&v, c->model->objects.v[i]);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]) && !c->given_up; k++)
		warn_row(&v, &rows[k]);
}
