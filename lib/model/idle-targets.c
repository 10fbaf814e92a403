/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Target ports that are numbers, beside endpoints that listen on others: what those say counts. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/ports.h"

enum {
	MET_OTHER = 1,
	MET_SAME = 2,
};

struct targets {
	struct service_ports ports;
	size_t first; /* Service */
	size_t *base; /* of Services: the place of their first port */
	uint8_t *met; /* of ports */
};

static bool targets_new(struct check *c, size_t end, struct targets *t)
{
	size_t n = 0;

	t->base = check_scratch(c, end - t->first, sizeof(*t->base));
	if (!t->base)
		return false;
	for (size_t i = t->first; i < end; i++) {
		t->base[i - t->first] = n;
		n += c->model->objects.v[i]->service->n_ports;
	}
	t->met = check_scratch(c, n, sizeof(*t->met));
	return t->met && service_ports_index(c, &t->ports);
}

static void meet(const struct check *c, struct targets *t, const struct slice *slice)
{
	const struct svclb_object *o = NULL;

	if (slice->n_endpoints && !meta_left_to_others(&slice->meta))
		o = slice_service(c->model, slice);
	if (o && o->service->selector.n && !slice->derived)
		return; /* derive.c tells of slices beside a selector */
	for (size_t i = 0; o && i < slice->n_ports; i++) {
		const struct slice_port *q = &slice->ports[i];
		const struct service_port *p = service_ports_find(&t->ports, o->service, q);

		if (p && q->port.given)
			t->met[t->base[o->place - t->first] + (size_t)(p - o->service->ports)] |=
				q->port.v == p->target_port.v ? MET_SAME : MET_OTHER;
	}
}

/* The first port whose number is nobody's; that of the port itself says no more than none does. */
static bool missed(const struct targets *t, const struct svclb_object *o, struct spot *ret)
{
	const struct service *s = o->service;

	for (size_t i = 0; i < s->n_ports; i++) {
		const struct service_port *p = &s->ports[i];

		if (text_given(&p->target_port_name) || p->target_port.v == p->port.v ||
		    t->met[t->base[o->place - t->first] + i] != MET_OTHER)
			continue;
		*ret = (struct spot){p->target_port.at, i};
		return true;
	}
	return false;
}

void model_warn_targets(struct check *c)
{
	struct targets t = {.met = NULL};
	size_t end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &t.first);
	size_t i, slices = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	struct found f = {.others = 0};

	if (!targets_new(c, end, &t))
		return;
	for (; i < slices && check_goes_on(c); i++)
		meet(c, &t, c->model->objects.v[i]->slice);
	for (i = t.first; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (!service_skip_reason(o->service) && missed(&t, o, &spot))
			idle_find(&f, o, &spot);
	}
	idle_warn(c, &f, "spec.ports[#].targetPort",
		  "has no effect: all endpoints that are given listen on other ports");
}
