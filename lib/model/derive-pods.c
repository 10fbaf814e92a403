/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pods that a selector matches, as slices: one for each family and set of port numbers. */
#include <stdlib.h>

#include "model/derive.h"
#include "model/fields.h"
#include "model/index.h"
#include "model/keys.h"

struct pod_label {
	uint64_t hash; /* of namespace, key and value */
	uint32_t pod;  /* number among the Pods */
};

/* A Pod in one family. */
struct candidate {
	const struct pod *pod;
	const struct ftext *ip;
	const uint16_t *ports; /* number of each Service port, 0: the Pod has none of that name */
	size_t n_ports;
	size_t order;
	uint8_t family;
};

struct candidates {
	struct candidate *v;
	size_t n;
	size_t cap;
};

static uint64_t label_hash(const char *ns, const struct label *l)
{
	uint64_t h = hash_text(hash_text(HASH_START, ns), l->key);

	return hash_finish(hash_text(h, l->value ? l->value : ""));
}

static int pod_label_cmp(const void *a, const void *b)
{
	const struct pod_label *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->pod < y->pod ? -1 : x->pod > y->pod;
}

static const struct pod *pod_at(const struct derive *d, size_t i)
{
	return d->m->objects.v[d->first_pod + i]->pod;
}

static void index_pods(struct derive *d)
{
	size_t n_pods = d->end_pods - d->first_pod, n = 0;

	for (size_t i = 0; i < n_pods; i++)
		n += pod_at(d, i)->meta.labels.n;
	d->labels = check_scratch(d->c, n, sizeof(*d->labels));
	if (!d->labels)
		return;
	for (size_t i = 0; i < n_pods; i++) {
		const struct meta *m = &pod_at(d, i)->meta;

		for (size_t k = 0; k < m->labels.n; k++)
			d->labels[d->n_labels++] = (struct pod_label){
				.hash = label_hash(m->ns.s, &m->labels.v[k]),
				.pod = (uint32_t)i,
			};
	}
	if (n > 1)
		qsort(d->labels, n, sizeof(*d->labels), pod_label_cmp);
}

static size_t lower_bound(const struct derive *d, uint64_t hash)
{
	size_t lo = 0, hi = d->n_labels;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->labels[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Pods that have the rarest label of the selector: [return, *end). */
static size_t rarest(const struct derive *d, const struct service *s, size_t *end)
{
	size_t first = 0;

	*end = 0;
	for (size_t i = 0; i < s->selector.n; i++) {
		uint64_t hash = label_hash(s->meta.ns.s, &s->selector.v[i]);
		size_t lo = lower_bound(d, hash);
		size_t hi = hash == UINT64_MAX ? d->n_labels : lower_bound(d, hash + 1);

		if (!i || hi - lo < *end - first) {
			first = lo;
			*end = hi;
		}
	}
	return first;
}

static bool selected(const struct service *s, const struct pod *p)
{
	if (strcmp(s->meta.ns.s, p->meta.ns.s))
		return false;
	for (size_t i = 0; i < s->selector.n; i++) {
		const struct label *want = &s->selector.v[i];
		const struct label *has = label_find(&p->meta.labels, want->key);

		if (!has || strcmp(has->value ? has->value : "", want->value ? want->value : ""))
			return false;
	}
	return true;
}

static bool over(const struct pod *p)
{
	return text_is(&p->phase, "Succeeded") || text_is(&p->phase, "Failed");
}

/* The Pod's first address of a family. */
static const struct ftext *pod_ip(const struct pod *p, uint8_t family)
{
	struct ipaddr ip;

	for (size_t i = 0; i < p->pod_ips.n; i++) {
		if (ip_parse(p->pod_ips.v[i].s, &ip, NULL) && ip.family == family)
			return &p->pod_ips.v[i];
	}
	if (!p->pod_ips.n && ip_parse(p->pod_ip.s, &ip, NULL) && ip.family == family)
		return &p->pod_ip;
	return NULL;
}

static uint16_t resolve(const struct service_port *sp, const struct pod *p)
{
	if (!text_given(&sp->target_port_name))
		return (uint16_t)sp->target_port.v;
	for (size_t i = 0; i < p->n_ports; i++) {
		if (text_is(&p->ports[i].name, sp->target_port_name.s) &&
		    proto_from_name(p->ports[i].protocol.s) == sp->proto)
			return (uint16_t)p->ports[i].port.v;
	}
	return 0;
}

static const uint16_t *resolve_ports(struct derive *d, const struct service *s, const struct pod *p)
{
	uint16_t *ports = check_scratch(d->c, s->n_ports, sizeof(*ports));

	for (size_t i = 0; ports && i < s->n_ports; i++)
		ports[i] = resolve(&s->ports[i], p);
	return ports;
}

static void add_candidate(struct derive *d, struct candidates *list, const struct service *s,
			  const struct pod *p)
{
	const uint16_t *ports = resolve_ports(d, s, p);

	for (uint8_t family = 4; ports && family <= 6; family = (uint8_t)(family + 2)) {
		const struct ftext *ip = pod_ip(p, family);
		struct candidate *slot;

		if (!ip || !service_has_family(s, family))
			continue;
		slot = list_push(&d->c->scratch, list->v, list->n, list->cap);
		if (!slot) {
			d->c->nomem = true;
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
			d->c->nomem = true;
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

static bool spend(struct derive *d, size_t n)
{
	if (n <= d->budget) {
		d->budget -= n;
		return true;
	}
	check_at(d->c, FAULT_LIMIT, "spec.selector", options_limit_hint(SVCLB_LIMIT_NODES));
	check_report(d->c, d->c->obj->service->selector.at,
		     "the selectors of all Services match more Pods than the limit "
		     "on nodes allows");
	return false;
}

static void derive_group(struct derive *d, const struct svclb_object *obj,
			 const struct candidate *v, size_t n)
{
	const struct service *s = obj->service;
	struct slice *slice;

	if (!any_port(v) || !spend(d, n))
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
	struct candidates list = {0};
	size_t i, end, matched = 0;

	if (d->end_pods == d->first_pod)
		return 0;
	if (!d->labels)
		index_pods(d);
	if (!d->labels)
		return 0;
	for (i = rarest(d, s, &end); i < end && !d->c->nomem; i++) {
		const struct pod *p = pod_at(d, d->labels[i].pod);

		if (!selected(s, p))
			continue;
		matched++;
		if (!over(p))
			add_candidate(d, &list, s, p);
	}
	if (list.n > 1)
		qsort(list.v, list.n, sizeof(*list.v), candidate_cmp);
	if (matched && !list.n)
		check_warn(d->c, "spec.selector", s->selector.at,
			   "none of the %zu Pods that it matches runs and has an address", matched);
	warn_unnamed(d, s, &list);
	derive_groups(d, obj, &list);
	return matched;
}
