/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints that two slices of a Service have with different numbers: the first slice by name counts. */
#include <stdlib.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/ports.h"

/* One endpoint of one port, as one slice has it. */
struct mention {
	const struct svclb_object *slice;
	size_t endpoint;
	size_t service; /* place */
	size_t port;	/* of the Service */
	int64_t number; /* where the endpoint listens */
	struct ipaddr ip;
};

struct mentions {
	struct check *c;
	struct service_ports ports;
	bool *seen; /* slices, by their places, that contradict another */
	struct mention *v;
	size_t n;
	size_t cap;
};

static int compare(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int same_endpoint(const struct mention *a, const struct mention *b)
{
	int r = compare(a->service, b->service);

	if (!r)
		r = compare(a->port, b->port);
	if (!r)
		r = compare((size_t)a->number, (size_t)b->number);
	return r ? r : ip_cmp(&a->ip, &b->ip);
}

/* Places are in the order of names. */
static int mention_cmp(const void *pa, const void *pb)
{
	const struct mention *a = pa, *b = pb;
	int r = same_endpoint(a, b);

	if (!r)
		r = compare(a->slice->place, b->slice->place);
	return r ? r : compare(a->endpoint, b->endpoint);
}

static bool says_numbers(const struct slice *slice)
{
	for (size_t i = 0; i < slice->n_endpoints; i++)
		if (slice->endpoints[i].weight.given)
			return true;
	return false;
}

static void add_port(struct mentions *m, const struct svclb_object *o,
		     const struct svclb_object *service, const struct slice_port *q)
{
	const struct service_port *p = service_ports_find(&m->ports, service->service, q);
	const struct slice *slice = o->slice;
	struct mention one = {.slice = o, .service = service->place, .number = q->port.v};

	if (!p || !q->port.given)
		return;
	one.port = (size_t)(p - service->service->ports);
	for (size_t i = 0; i < slice->n_endpoints && !m->c->given_up; i++) {
		const struct ftext_list *l = &slice->endpoints[i].addresses;
		struct mention *slot;

		if (!l->n || !ip_parse(l->v[0].s, &one.ip, NULL))
			continue;
		slot = list_push(&m->c->scratch, m->v, m->n, m->cap);
		one.endpoint = i;
		if (slot)
			*slot = one;
		else
			m->c->given_up = true;
	}
}

/* Derived ones are of one object. */
static void add_slice(struct mentions *m, const struct svclb_object *o)
{
	const struct slice *slice = o->slice;
	const struct svclb_object *service;

	if (o->derived || meta_left_to_others(o->meta))
		return;
	service = slice_service(m->c->model, slice);
	for (size_t i = 0; service && !service_skip_reason(service->service) && i < slice->n_ports;
	     i++)
		add_port(m, o, service, &slice->ports[i]);
}

/* An address that is in use again differs by its conditions or node, and those decide. */
static bool contradict(const struct mention *a, const struct mention *b)
{
	const struct slice_endpoint *x = &a->slice->slice->endpoints[a->endpoint];
	const struct slice_endpoint *y = &b->slice->slice->endpoints[b->endpoint];
	int64_t weights[2] = {x->weight.given ? x->weight.v : 1, y->weight.given ? y->weight.v : 1};

	if (a->slice == b->slice || x->ready != y->ready || x->terminating != y->terminating ||
	    strcmp(text_or(&x->node_name, ""), text_or(&y->node_name, "")) != 0)
		return false;
	return weights[0] != weights[1] || x->upper_threshold != y->upper_threshold ||
	       x->lower_threshold != y->lower_threshold;
}

static void find(const struct mentions *m, struct found *f)
{
	const struct mention *counts = m->v;

	for (size_t i = 1; i < m->n; i++) {
		const struct mention *x = &m->v[i];
		struct spot spot = {.index = x->endpoint};

		if (same_endpoint(counts, x)) {
			counts = x;
			continue;
		}
		spot.at = x->slice->slice->endpoints[x->endpoint].at;
		if (!contradict(counts, x) || m->seen[x->slice->place])
			continue;
		m->seen[x->slice->place] = true;
		idle_find(f, x->slice, &spot);
	}
}

void model_warn_mentions(struct check *c)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &first);
	struct mentions m = {.c = c};
	struct found f = {.others = 0};
	bool any = false;

	for (size_t i = first; i < end && !any; i++)
		any = says_numbers(c->model->objects.v[i]->slice);
	if (!any || !service_ports_index(c, &m.ports))
		return;
	m.seen = check_scratch(c, c->model->objects.n, sizeof(*m.seen));
	for (size_t i = first; i < end && check_goes_on(c); i++)
		add_slice(&m, c->model->objects.v[i]);
	if (c->given_up)
		return;
	if (m.n > 1)
		qsort(m.v, m.n, sizeof(*m.v), mention_cmp);
	find(&m, &f);
	idle_warn(c, &f, "endpoints[#]",
		  "has a weight or thresholds of its own in another slice of the Service: those of "
		  "the slice whose name comes first count");
}
