/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of slices to those of their Service, and target ports to those of Pods. */
#include "model/ports.h"

#include <stdlib.h>
#include <string.h>

#include "model/fields.h"

struct owned_port {
	uintptr_t owner; /* the Service; any order will do that does not change */
	const struct service_port *port;
};

static int compare(uintptr_t owner, uint8_t proto, const char *name, const struct owned_port *p)
{
	if (owner != p->owner)
		return owner < p->owner ? -1 : 1;
	if (proto != p->port->proto)
		return proto < p->port->proto ? -1 : 1;
	return strcmp(name, text_or(&p->port->name, ""));
}

static int by_owner_and_name(const void *pa, const void *pb)
{
	const struct owned_port *a = pa;

	return compare(a->owner, a->port->proto, text_or(&a->port->name, ""), pb);
}

bool service_ports_index(struct check *c, struct service_ports *ret)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	size_t room = 0;

	for (size_t i = first; i < end; i++)
		room += c->model->objects.v[i]->service->n_ports;
	*ret = (struct service_ports){.v = check_scratch(c, room, sizeof(*ret->v))};
	if (!ret->v)
		return false;
	for (size_t i = first; i < end; i++) {
		const struct service *s = c->model->objects.v[i]->service;

		for (size_t k = 0; k < s->n_ports; k++)
			ret->v[ret->n++] = (struct owned_port){(uintptr_t)s, &s->ports[k]};
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_owner_and_name);
	return true;
}

const struct service_port *service_ports_find(const struct service_ports *x,
					      const struct service *s, const struct slice_port *q)
{
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = compare((uintptr_t)s, q->proto, text_or(&q->name, ""), &x->v[mid]);

		if (!r)
			return x->v[mid].port;
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* ---- Pods ---- */

struct container_ref {
	const struct pod *pod;
	const struct container_port *port;
	uint8_t proto;
};

static int compare_ref(const struct pod *pod, uint8_t proto, const char *name,
		       const struct container_ref *r)
{
	if (pod != r->pod)
		return (uintptr_t)pod < (uintptr_t)r->pod ? -1 : 1;
	if (proto != r->proto)
		return proto < r->proto ? -1 : 1;
	return strcmp(name, text_or(&r->port->name, ""));
}

/* Of one name in the order of the Pod. */
static int by_pod_and_name(const void *pa, const void *pb)
{
	const struct container_ref *a = pa, *b = pb;
	int r = compare_ref(a->pod, a->proto, text_or(&a->port->name, ""), b);

	return r ? r : (a->port > b->port) - (a->port < b->port);
}

bool pod_ports_index(struct check *c, struct pod_ports *ret)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_POD, &first);
	size_t room = 0;

	for (size_t i = first; i < end; i++)
		room += c->model->objects.v[i]->pod->n_ports;
	*ret = (struct pod_ports){.v = check_scratch(c, room, sizeof(*ret->v))};
	if (!ret->v)
		return false;
	for (size_t i = first; i < end; i++) {
		const struct pod *p = c->model->objects.v[i]->pod;

		for (size_t k = 0; k < p->n_ports; k++)
			ret->v[ret->n++] = (struct container_ref){
				p, &p->ports[k], proto_from_name(p->ports[k].protocol.s)};
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_pod_and_name);
	return true;
}

uint16_t pod_ports_find(const struct pod_ports *x, const struct pod *p, uint8_t proto,
			const char *name)
{
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_ref(p, proto, name, &x->v[mid]) > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == x->n || compare_ref(p, proto, name, &x->v[lo]))
		return 0;
	return (uint16_t)x->v[lo].port->port.v;
}
