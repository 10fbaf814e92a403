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

/* As the selection of endpoints finds it. */
static bool nodes_new(struct check *c, struct nodes *ret)
{
	const char *name = c->opts->node_name;

	*ret = (struct nodes){.c = c, .name = name && *name ? name : NULL};
	ret->end = model_kind_range(c->model, SVCLB_KIND_NODE, &ret->first);
	ret->here = ret->name ? model_lookup(c->model, SVCLB_KIND_NODE, "", ret->name) != NULL
			      : ret->end - ret->first == 1;
	ret->used = check_scratch(c, ret->end - ret->first, sizeof(*ret->used));
	return ret->used;
}

static void see_pods(struct nodes *n)
{
	size_t i, end = model_kind_range(n->c->model, SVCLB_KIND_POD, &i);

	for (; i < end; i++) {
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
		n->c->nomem = true;
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
		n->c->nomem = true;
}

void model_warn_node(struct check *c)
{
	struct nodes n;

	if (!nodes_new(c, &n))
		return;
	warn_others(&n);
	warn_name(&n);
}
