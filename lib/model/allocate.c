/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cluster IPs and node ports over all Services: first what is there, then what is missing. */
#include "model/allocate.h"

static void each_service(struct check *c, struct node_ports *np, struct cluster_ips *ci,
			 bool assigning)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);

	for (; i < end && !c->nomem; i++) {
		struct service *s = c->model->objects.v[i]->service;

		check_object(c, c->model->objects.v[i]);
		c->at = s->spec_at.line ? s->spec_at : s->meta.at;
		if (assigning) {
			cluster_ips_assign(c, ci, s);
			node_ports_assign(c, np, s);
		} else {
			cluster_ips_reserve(c, ci, s);
			node_ports_reserve(c, np, s);
		}
	}
}

void model_allocate(struct check *c)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	struct node_ports *np = node_ports_new(c);
	struct cluster_ips *ci = cluster_ips_new(c, end - first);

	if (np && ci) {
		each_service(c, np, ci, false);
		if (!c->problems.count)
			each_service(c, np, ci, true);
	}
	node_ports_free(np);
	cluster_ips_free(ci);
}
