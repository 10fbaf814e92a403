/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nodes that nothing is taken from, and a name of this node that nothing has. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"

struct nodes {
	struct check *c;
	size_t first, end;
	const char *name; /* this node's, or NULL */
	bool here;	  /* one of them is this node */
	bool *used;	  /* for the zone of a Pod */
};

const struct svclb_object *idle_this_node(struct check *c)
{
	const char *name = c->opts->node_name;
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_NODE, &first);

	if (name && *name)
		return model_lookup(c->model, SVCLB_KIND_NODE, "", name);
	return end - first == 1 ? c->model->objects.v[first] : NULL;
}

static bool nodes_new(struct check *c, struct nodes *ret)
{
	const char *name = c->opts->node_name;

	*ret = (struct nodes){.c = c, .name = name && *name ? name : NULL};
	ret->end = model_kind_range(c->model, SVCLB_KIND_NODE, &ret->first);
	ret->here = idle_this_node(c) != NULL;
	ret->used = check_scratch(c, ret->end - ret->first, sizeof(*ret->used));
	return ret->used;
}

static void see_pods(struct nodes *n)
{
	size_t i, end = model_kind_range(n->c->model, SVCLB_KIND_POD, &i);

	for (; i < end && check_goes_on(n->c); i++) {
		const struct ftext *on = &n->c->model->objects.v[i]->pod->node_name;
		const struct svclb_object *o = NULL;

		if (text_given(on))
			o = model_lookup(n->c->model, SVCLB_KIND_NODE, "", on->s);
		if (o)
			n->used[o->place - n->first] = true;
	}
}

/* Beside this node's the others are what a cluster has, and nothing to speak of. */
static void warn_others(struct nodes *n)
{
	const char *why = "has no effect: which of the Nodes is this one is not known";
	struct found f = {.others = 0};

	if (n->here || n->end == n->first)
		return;
	see_pods(n);
	for (size_t i = n->first; i < n->end; i++) {
		const struct svclb_object *o = n->c->model->objects.v[i];
		struct spot spot = {.at = o->meta->at};

		if (!n->used[i - n->first])
			idle_find(&f, o, &spot);
	}
	if (n->name)
		why = arena_printf(&n->c->scratch, "has no effect: the name of this node is %s",
				   check_shown(n->c, n->name));
	if (why)
		idle_warn(n->c, &f, NULL, why);
	else
		n->c->given_up = true;
}

/* Whether endpoints are on nodes, but none on one of this name. */
static bool nobody_has(const struct nodes *n)
{
	size_t i, end = model_kind_range(n->c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	bool any = false;

	for (; i < end; i++) {
		const struct slice *s = n->c->model->objects.v[i]->slice;

		for (size_t k = 0; k < s->n_endpoints; k++) {
			if (text_is(&s->endpoints[k].node_name, n->name))
				return false;
			any |= text_given(&s->endpoints[k].node_name);
		}
	}
	return any;
}

static bool stays_here(const struct service *s, struct spot *ret)
{
	if (service_skip_reason(s) || !(service_etp_local(s) || service_itp_local(s)))
		return false;
	ret->at = service_etp_local(s) ? s->external_traffic_policy.at
				       : s->internal_traffic_policy.at;
	return true;
}

/* A node without endpoints is nothing special, so a Node that bears the name clears it. */
static void warn_name(const struct nodes *n)
{
	size_t i, end = model_kind_range(n->c->model, SVCLB_KIND_SERVICE, &i);
	struct found f = {.others = 0};
	const char *why;

	if (!n->name || n->here || !nobody_has(n))
		return;
	for (; i < end; i++) {
		const struct svclb_object *o = n->c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (stays_here(o->service, &spot))
			idle_find(&f, o, &spot);
	}
	why = arena_printf(&n->c->scratch,
			   "by the policy Local its traffic finds nobody here: no endpoint and no "
			   "Node has the name of this node, %s",
			   check_shown(n->c, n->name));
	if (why)
		idle_warn(n->c, &f, NULL, why);
	else
		n->c->given_up = true;
}

/* Of Services: what their endpoints say that only a node with a name can use. */
enum {
	HAS_ENDPOINTS = 1,
	HAS_NODE_HINTS = 2,
};

static uint8_t asks_of_slice(const struct slice *s)
{
	uint8_t asks = s->n_endpoints ? HAS_ENDPOINTS : 0;

	for (size_t i = 0; i < s->n_endpoints; i++)
		if (s->endpoints[i].node_hints.n)
			asks |= HAS_NODE_HINTS;
	return asks;
}

/* NULL: no memory. */
static uint8_t *asks_of_all(struct check *c)
{
	size_t first, services = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	uint8_t *asks = check_scratch(c, services - first, sizeof(*asks));

	for (; asks && i < end && check_goes_on(c); i++) {
		const struct slice *s = c->model->objects.v[i]->slice;
		const struct svclb_object *o = NULL;

		if (!meta_left_to_others(&s->meta))
			o = slice_service(c->model, s);
		if (o)
			asks[o->place - first] |= asks_of_slice(s);
	}
	return asks;
}

static bool asks_node_hints(const struct service *s, struct spot *ret)
{
	ret->at = s->traffic_distribution.at;
	return !service_skip_reason(s) && text_given(&s->traffic_distribution);
}

/* Without a name nothing is on this node, and nothing else says so. */
static void warn_nameless(const struct nodes *n)
{
	size_t first, end = model_kind_range(n->c->model, SVCLB_KIND_SERVICE, &first);
	struct found local = {.others = 0};
	struct found hints = {.others = 0};
	const uint8_t *asks = n->name || n->here ? NULL : asks_of_all(n->c);

	for (size_t i = first; asks && i < end; i++) {
		const struct svclb_object *o = n->c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if ((asks[i - first] & HAS_ENDPOINTS) && stays_here(o->service, &spot))
			idle_find(&local, o, &spot);
		if ((asks[i - first] & HAS_NODE_HINTS) && asks_node_hints(o->service, &spot))
			idle_find(&hints, o, &spot);
	}
	n->c->advice = "give it with --node, hostnameOverride or nodeName of the configuration, or "
		       "give the Node object";
	idle_warn(n->c, &local, NULL,
		  "the name of this node is not known, so no endpoint is local and by the policy "
		  "Local its traffic finds nobody here");
	idle_warn(n->c, &hints, "spec.trafficDistribution",
		  "the name of this node is not known, so no endpoint is preferred for its node");
	n->c->advice = NULL;
}

void model_warn_node(struct check *c)
{
	struct nodes n;

	if (!nodes_new(c, &n))
		return;
	warn_others(&n);
	warn_name(&n);
	warn_nameless(&n);
}
