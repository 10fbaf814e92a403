/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether all virtual and real servers keep to the limit. The model has counted each node port at
 * one address, and this node may have many.
 */
#include <stdlib.h>

#include "compile/internal.h"
#include "model/fields.h"

/* By index of sel->ports, then of plains. No sum comes near 2^63. */
static void count_ports(const struct compiler *c, uint64_t *ports)
{
	for (size_t i = 0; i < c->claims.n; i++) {
		const struct claim *cl = &c->claims.v[i];

		ports[cl->port] +=
			1 + (claim_is_plain(c, cl) ? 0 : c->sel->ports[cl->port].n_endpoints);
	}
}

/* By place of the object in the model. */
static void count_objects(const struct compiler *c, const uint64_t *ports, uint64_t *objects)
{
	for (uint32_t i = 0; i < c->sel->n_ports + c->n_plains; i++)
		objects[port_owner(c, i)->place] += ports[i];
}

static void report(struct compiler *c, const struct svclb_object *o, uint64_t n, bool alone)
{
	bool service = o->kind == SVCLB_KIND_SERVICE;
	char name[384];
	struct err_parts parts = {
		.object = object_name(o, name, sizeof(name)),
		.kind = o->kind,
		.ns = o->meta->ns.s,
		.name = o->meta->name.s,
		.field = service ? "spec.ports" : "spec.realServers",
		.file = o->meta->file,
		.pos = service ? o->service->ports_at : o->meta->at,
		.hint = options_limit_hint(SVCLB_LIMIT_SERVERS),
		.alone = alone,
	};

	problems_add(&c->problems,
		     err_new(SVCLB_ELIMIT, &parts,
			     "too many: with all addresses of this node%s, %llu virtual and real "
			     "servers, more than the limit of %llu",
			     alone ? "" : " and those of the objects before it",
			     (unsigned long long)n,
			     (unsigned long long)c->model->limits[SVCLB_LIMIT_SERVERS]));
}

/* All that are too large by themselves are named, of the others the first that is one too many. */
static bool judge(struct compiler *c, const uint64_t *objects)
{
	uint64_t limit = c->model->limits[SVCLB_LIMIT_SERVERS];
	uint64_t total = 0;
	bool good = true;

	for (size_t i = 0; i < c->model->objects.n && total <= limit; i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (objects[i] > limit) {
			report(c, o, objects[i], true);
			good = false;
		} else {
			total += objects[i];
		}
		/* beside other problems it might be the fault of what has them */
		if (total > limit && !c->problems.count)
			report(c, o, total, false);
	}
	return good && total <= limit;
}

int claims_fit(struct compiler *c, bool *ret)
{
	uint64_t *ports = calloc(c->sel->n_ports + c->n_plains + 1, sizeof(*ports));
	uint64_t *objects = calloc(c->model->objects.n + 1, sizeof(*objects));
	int r = ports && objects ? 0 : -1;

	if (!r) {
		count_ports(c, ports);
		count_objects(c, ports, objects);
		*ret = judge(c, objects);
	}
	free(objects);
	free(ports);
	return r;
}
