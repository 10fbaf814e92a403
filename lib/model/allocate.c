/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cluster IPs and node ports over all Services: first what is there, then what is missing. */
#include "model/allocate.h"

#include <stdlib.h>

static int by_arrival(const void *a, const void *b)
{
	const struct svclb_object *x = *(const struct svclb_object *const *)a;
	const struct svclb_object *y = *(const struct svclb_object *const *)b;

	return (x->arrival > y->arrival) - (x->arrival < y->arrival);
}

static void one_service(struct check *c, const struct svclb_object *obj)
{
	check_object(c, obj);
	c->at = obj->service->spec_at.line ? obj->service->spec_at : obj->meta->at;
}

/* What is claimed by two belongs to the one that came first. */
static void reserve_all(struct check *c, struct node_ports *np, struct cluster_ips *ci,
			size_t first, size_t n)
{
	const struct svclb_object **order = check_scratch(c, n + 1, sizeof(*order));

	for (size_t i = 0; order && i < n; i++)
		order[i] = c->model->objects.v[first + i];
	if (order)
		qsort(order, n, sizeof(*order), by_arrival);
	for (size_t i = 0; order && i < n && check_goes_on(c); i++) {
		one_service(c, order[i]);
		cluster_ips_reserve(c, ci, order[i]->service);
		node_ports_reserve(c, np, order[i]->service);
	}
}

/* By name, so that the same objects get the same in whatever order they came. */
static void assign_all(struct check *c, struct node_ports *np, struct cluster_ips *ci, size_t first,
		       size_t n)
{
	for (size_t i = 0; i < n && check_goes_on(c); i++) {
		struct svclb_object *obj = c->model->objects.v[first + i];

		one_service(c, obj);
		cluster_ips_assign(c, ci, obj->service);
		node_ports_assign(c, np, obj->service);
	}
}

void model_allocate(struct check *c)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	struct node_ports *np = node_ports_new(c);
	struct cluster_ips *ci = cluster_ips_new(c, end - first);

	if (np && ci) {
		reserve_all(c, np, ci, first, end - first);
		if (!c->problems.count)
			assign_all(c, np, ci, first, end - first);
	}
	node_ports_free(np);
	cluster_ips_free(ci);
}
