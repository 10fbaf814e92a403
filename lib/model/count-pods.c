/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many endpoints selectors will make of Pods: a small input can ask for the product of the two. */
#include "model/fields.h"
#include "model/pods.h"

/* One endpoint is worth about as much memory as this many nodes of a document. */
#define NODES_PER_ENDPOINT 10
/* A comparison of a label with a selector's, or of a port with a name, needs time alone. */
#define STEPS_PER_NODE 4

struct budget {
	uint64_t endpoints;
	uint64_t steps;
};

static bool spend(struct derive *d, uint64_t *left, uint64_t n, const char *what)
{
	if (n <= *left) {
		*left -= n;
		return true;
	}
	check_at(d->c, FAULT_LIMIT, "spec.selector", options_limit_hint(SVCLB_LIMIT_NODES));
	check_report(d->c, d->c->obj->service->selector.at,
		     "the selectors of all Services %s than the limit on nodes allows", what);
	return false;
}

static size_t named_ports(const struct service *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_ports; i++)
		n += text_given(&s->ports[i].target_port_name);
	return n;
}

/* How many of the Service's ports a Pod has. */
static size_t ports_on(struct derive *d, const struct service *s, const struct pod *p, size_t named)
{
	size_t n = s->n_ports - named;

	for (size_t i = 0; named && i < s->n_ports; i++)
		if (text_given(&s->ports[i].target_port_name))
			n += pod_target(d, &s->ports[i], p) != 0;
	return n;
}

static bool count_pod(struct derive *d, const struct service *s, const struct pod *p, size_t ports,
		      struct budget *b, uint64_t servers[2])
{
	/* without ports of its own a headless Service has its Pods all the same */
	if (pod_over(p) || (s->n_ports && !ports))
		return true;
	for (size_t f = 0; f < 2; f++) {
		uint8_t family = f ? 6 : 4;

		if (!service_has_family(s, family) || !pod_ip(p, family))
			continue;
		servers[f] += ports;
		if (!spend(d, &b->endpoints, 1, "match more Pods"))
			return false;
	}
	return true;
}

static bool count_service(struct derive *d, const struct service *s, struct budget *b,
			  uint64_t servers[2])
{
	size_t named = named_ports(s);
	uint64_t paid = 0;
	const struct pod *p;
	struct pod_walk w;

	if (!pods_open(d, s, &w))
		return true;
	while ((p = pods_next(d, &w))) {
		if (!spend(d, &b->steps, w.steps - paid + named,
			   "are compared with more labels of Pods") ||
		    !count_pod(d, s, p, ports_on(d, s, p, named), b, servers))
			return false;
		paid = w.steps;
	}
	return spend(d, &b->steps, w.steps - paid, "are compared with more labels of Pods");
}

bool pods_fit(struct derive *d)
{
	size_t first, end = model_kind_range(d->m, SVCLB_KIND_SERVICE, &first);
	uint64_t nodes = d->m->limits[SVCLB_LIMIT_NODES];
	uint64_t(*servers)[2] = check_scratch(d->c, end - first, sizeof(*servers));
	struct budget b = {
		.endpoints = nodes / NODES_PER_ENDPOINT,
		.steps = nodes > UINT64_MAX / STEPS_PER_NODE ? UINT64_MAX : nodes * STEPS_PER_NODE,
	};

	for (size_t i = first; servers && i < end && check_goes_on(d->c); i++) {
		check_object(d->c, d->m->objects.v[i]);
		if (derives_from_pods(d, d->m->objects.v[i]->service) &&
		    !count_service(d, d->m->objects.v[i]->service, &b, servers[i - first]))
			return false;
	}
	return servers && !d->c->given_up && model_check_size(d->c, servers);
}
