/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pods that a selector matches, as slices: one for each family and set of port numbers. */
#include <stdlib.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/pods.h"

/* A Pod in one family. */
struct candidate {
	const struct pod *pod;
	const struct ftext *ip;
	const uint16_t *ports; /* number of each Service port, 0: the Pod has none of that name */
	size_t n_ports;
	size_t order;
	uint8_t family;
};

/* Where all are numbers, those of one Pod are those of all. */
static const uint16_t *resolve_ports(struct derive *d, const struct candidates *list,
				     const struct service *s, const struct pod *p)
{
	bool named = false;
	uint16_t *ports;

	for (size_t i = 0; i < s->n_ports && !named; i++)
		named = text_given(&s->ports[i].target_port_name);
	if (!named && list->n)
		return list->v[0].ports;
	ports = check_scratch(d->c, s->n_ports, sizeof(*ports));
	for (size_t i = 0; ports && i < s->n_ports; i++)
		ports[i] = pod_target(d, &s->ports[i], p);
	return ports;
}

static void add_candidate(struct derive *d, struct candidates *list, const struct service *s,
			  const struct pod *p)
{
	const uint16_t *ports = resolve_ports(d, list, s, p);

	for (uint8_t family = 4; ports && family <= 6; family = (uint8_t)(family + 2)) {
		const struct ftext *ip = pod_ip(p, family);
		struct candidate *slot;

		if (!ip || !service_has_family(s, family))
			continue;
		slot = list_push(&d->c->scratch, list->v, list->n, list->cap);
		if (!slot) {
			d->c->given_up = true;
			return;
		}
		*slot = (struct candidate){
			.pod = p,
			.ip = ip,
			.ports = ports,
			.n_ports = s->n_ports,
			.order = list->n,
			.family = family,
		};
	}
}

static int candidate_group_cmp(const struct candidate *a, const struct candidate *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	for (size_t i = 0; i < a->n_ports; i++) {
		if (a->ports[i] != b->ports[i])
			return a->ports[i] < b->ports[i] ? -1 : 1;
	}
	return 0;
}

static int candidate_cmp(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int r = candidate_group_cmp(x, y);

	if (r)
		return r;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* A Pod without the condition is a file written by hand, whose author means it to be used. */
static bool pod_ready(const struct pod *p)
{
	if (p->ready == TRI_UNSET)
		return !text_is(&p->phase, "Pending");
	return p->ready == TRI_TRUE;
}

/* The controller of slices turns the wish of the Service into hints; nobody reads the wish itself. */
static void add_hints(struct slice_endpoint *e, const struct service *s)
{
	if (!text_given(&s->traffic_distribution))
		return;
	if (text_given(&e->zone))
		e->zone_hints = (struct ftext_list){.v = &e->zone, .n = 1};
	if (text_is(&s->traffic_distribution, "PreferSameNode") && text_given(&e->node_name))
		e->node_hints = (struct ftext_list){.v = &e->node_name, .n = 1};
}

static void add_endpoint(struct derive *d, struct slice *slice, const struct service *s,
			 const struct candidate *one)
{
	struct slice_endpoint *e = &slice->endpoints[slice->n_endpoints++];
	const struct pod *p = one->pod;
	bool terminating = text_given(&p->meta.deletion_timestamp);
	bool ready = s->publish_not_ready.v == TRI_TRUE || (pod_ready(p) && !terminating);
	const struct svclb_object *node;
	const char *zone;

	e->at = p->meta.at;
	e->addresses = (struct ftext_list){.v = (struct ftext *)one->ip, .n = 1};
	e->ready = ready ? TRI_TRUE : TRI_FALSE;
	e->serving = pod_ready(p) ? TRI_TRUE : TRI_FALSE;
	e->terminating = terminating ? TRI_TRUE : TRI_FALSE;
	e->node_name = p->node_name;
	e->target_kind.s = "Pod";
	e->target_name = p->meta.name;
	node = text_given(&p->node_name) ? model_lookup(d->m, SVCLB_KIND_NODE, "", p->node_name.s)
					 : NULL;
	zone = node ? label_get(&node->meta->labels, LABEL_ZONE) : NULL;
	e->zone.s = zone;
	add_hints(e, s);
}

static bool add_ports(struct derive *d, struct slice *slice, const struct service *s,
		      const uint16_t *ports)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		struct slice_port *p;

		if (!ports[i])
			continue;
		p = list_push(&d->m->arena, slice->ports, slice->n_ports, slice->cap_ports);
		if (!p) {
			d->c->given_up = true;
			return false;
		}
		*p = (struct slice_port){
			.at = s->ports[i].at,
			.name = s->ports[i].name,
			.protocol = s->ports[i].protocol,
			.app_protocol = s->ports[i].app_protocol,
			.port = {.v = ports[i], .given = true},
			.proto = s->ports[i].proto,
		};
	}
	return true;
}

static bool any_port(const struct candidate *one)
{
	for (size_t i = 0; i < one->n_ports; i++) {
		if (one->ports[i])
			return true;
	}
	/* A headless Service without ports still has its Pods as endpoints. */
	return !one->n_ports;
}

static void derive_group(struct derive *d, const struct svclb_object *obj,
			 const struct candidate *v, size_t n)
{
	const struct service *s = obj->service;
	struct slice *slice;

	if (!any_port(v))
		return;
	slice = derive_slice(d, obj, s, v->family, n);
	if (!slice || !add_ports(d, slice, s, v->ports))
		return;
	for (size_t i = 0; i < n; i++)
		add_endpoint(d, slice, s, &v[i]);
}

/* Once for each named port: how many Pods lack it, and one of them. */
static void warn_unnamed(struct derive *d, const struct service *s, const struct candidates *list)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct pod *example = NULL;
		size_t n = 0;

		if (!text_given(&s->ports[i].target_port_name))
			continue;
		for (size_t k = 0; k < list->n; k++) {
			if (list->v[k].ports[i])
				continue;
			n++;
			example = example ? example : list->v[k].pod;
		}
		d->c->index[0] = i;
		if (example)
			check_warn(
				d->c, "spec.ports[#].targetPort", s->ports[i].target_port_name.at,
				"%zu of %zu Pod addresses are left out, they have no %s port named %s"
				" (Pod %s/%s)",
				n, list->n, proto_name(s->ports[i].proto),
				check_shown(d->c, s->ports[i].target_port_name.s),
				example->meta.ns.s, example->meta.name.s);
	}
}

static void derive_groups(struct derive *d, const struct svclb_object *obj,
			  const struct candidates *list)
{
	size_t first = 0;

	for (size_t i = 1; i <= list->n; i++) {
		if (i < list->n && !candidate_group_cmp(&list->v[first], &list->v[i]))
			continue;
		derive_group(d, obj, &list->v[first], i - first);
		first = i;
	}
}

size_t derive_from_pods(struct derive *d, const struct svclb_object *obj)
{
	const struct service *s = obj->service;
	struct candidates list = d->candidates;
	const struct pod *p;
	struct pod_walk w;
	size_t matched = 0;

	if (!pods_open(d, s, &w))
		return 0;
	list.n = 0;
	while (!d->c->given_up && (p = pods_next(d, &w))) {
		matched++;
		if (!pod_over(p))
			add_candidate(d, &list, s, p);
	}
	if (list.n > 1)
		qsort(list.v, list.n, sizeof(*list.v), candidate_cmp);
	if (matched && !list.n)
		check_warn(d->c, "spec.selector", s->selector.at,
			   "none of the %zu Pods that it matches runs and has an address", matched);
	warn_unnamed(d, s, &list);
	derive_groups(d, obj, &list);
	d->candidates = list;
	return matched;
}
