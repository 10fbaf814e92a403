/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the control plane that turns selectors and Endpoints objects into EndpointSlices,
 * done only for Services that no slice of the input names.
 */
#include "model/derive.h"

#include <stdlib.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/pods.h"

static int slice_key_cmp(const struct slice *s, const char *ns, const char *service)
{
	int r = strcmp(s->meta.ns.s, ns);

	return r ? r : strcmp(s->service.s, service);
}

static int slice_cmp(const void *a, const void *b)
{
	const struct slice *x = *(const struct slice *const *)a;
	const struct slice *y = *(const struct slice *const *)b;

	return slice_key_cmp(x, y->meta.ns.s, y->service.s);
}

static void index_slices(struct derive *d)
{
	size_t i, end = model_kind_range(d->m, SVCLB_KIND_ENDPOINT_SLICE, &i);

	d->slices = check_scratch(d->c, end - i, sizeof(*d->slices));
	for (; d->slices && i < end; i++) {
		if (text_given(&d->m->objects.v[i]->slice->service))
			d->slices[d->n_slices++] = d->m->objects.v[i]->slice;
	}
	if (d->slices && d->n_slices > 1)
		qsort(d->slices, d->n_slices, sizeof(*d->slices), slice_cmp);
}

/* The slices of a Service: [return, *end). */
static size_t slices_of(const struct derive *d, const struct service *s, size_t *end)
{
	size_t lo = 0, hi = d->n_slices;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (slice_key_cmp(d->slices[mid], s->meta.ns.s, s->meta.name.s) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < d->n_slices; hi++) {
		if (slice_key_cmp(d->slices[hi], s->meta.ns.s, s->meta.name.s))
			break;
	}
	*end = hi;
	return lo;
}

/* What slices say of the number of one port. */
struct told {
	bool same;
	int64_t other; /* the last one that differs, or 0 */
};

static void note_numbers(const struct derive *d, const struct service *s, const struct slice *slice,
			 struct told *told)
{
	if (!slice_serves(s, slice))
		return;
	for (size_t i = 0; i < slice->n_ports; i++) {
		const struct slice_port *q = &slice->ports[i];
		const struct service_port *p = service_ports_find(&d->ports, s, q);

		if (!p || !q->port.v)
			continue;
		if (q->port.v == p->target_port.v)
			told[p - s->ports].same = true;
		else
			told[p - s->ports].other = q->port.v;
	}
}

/* A controller fills slices with exactly the numeric targetPort. */
static void warn_other_ports(struct derive *d, const struct service *s, size_t first, size_t end)
{
	struct told *told = s->selector.n ? check_scratch(d->c, s->n_ports, sizeof(*told)) : NULL;

	for (size_t i = first; told && i < end; i++)
		note_numbers(d, s, d->slices[i], told);
	for (size_t i = 0; told && i < s->n_ports; i++) {
		const struct service_port *p = &s->ports[i];

		if (text_given(&p->target_port_name) || told[i].same || !told[i].other)
			continue;
		d->c->index[0] = i;
		/* without a targetPort the number is the port's */
		check_warn(d->c,
			   p->target_port.v == p->port.v ? "spec.ports[#]"
							 : "spec.ports[#].targetPort",
			   pos_or(p->target_port.at, p->at),
			   "no EndpointSlice has %lld, they say %lld and that is used",
			   (long long)p->target_port.v, (long long)told[i].other);
	}
}

struct slice *derive_slice(struct derive *d, const struct svclb_object *from,
			   const struct service *s, uint8_t family, size_t n_endpoints)
{
	struct arena *a = &d->m->arena;
	struct svclb_object **slot = list_push(&d->c->scratch, d->made, d->n_made, d->cap_made);
	struct svclb_object *obj = arena_alloc(a, sizeof(*obj));
	struct slice *slice = arena_alloc(a, sizeof(*slice));
	struct label *label;

	if (!slot || !obj || !slice)
		goto nomem;
	*slot = obj;
	obj->kind = SVCLB_KIND_ENDPOINT_SLICE;
	obj->derived = true;
	obj->slice = slice;
	slice->derived = true;
	slice->meta.file = from->meta->file;
	slice->meta.at = from->meta->at;
	slice->meta.ns = s->meta.ns;
	/* No name of the input has a ':'. */
	slice->meta.name.s = arena_printf(a, "%s:%zu", s->meta.name.s, d->n_made);
	label = list_push(a, slice->meta.labels.v, slice->meta.labels.n, slice->meta.labels.cap);
	slice->endpoints = arena_array(a, n_endpoints, sizeof(*slice->endpoints));
	if (!slice->meta.name.s || !label || !slice->endpoints)
		goto nomem;
	slice->cap_endpoints = n_endpoints;
	*label = (struct label){.key = LABEL_SERVICE_NAME, .value = s->meta.name.s};
	slice->service.s = s->meta.name.s;
	slice->address_type.s = family_name(family);
	return slice;
nomem:
	d->c->given_up = true;
	return NULL;
}

static const struct svclb_object *endpoints_of(const struct derive *d, const struct service *s)
{
	const struct svclb_object *o;

	o = model_lookup(d->m, SVCLB_KIND_ENDPOINTS, s->meta.ns.s, s->meta.name.s);
	return o && endpoints_mirrored(o->endpoints) ? o : NULL;
}

/*
 * With a selector the Pods count. Cluster dumps hold an Endpoints object beside each such
 * Service, which a controller made of the Pods: it stands in where no Pod is there.
 */
static void derive_selected(struct derive *d, const struct svclb_object *obj)
{
	const struct service *s = obj->service;
	const struct svclb_object *endpoints;

	if (derive_from_pods(d, obj))
		return;
	endpoints = endpoints_of(d, s);
	if (endpoints)
		derive_from_endpoints(d, s, endpoints);
	else if (d->end_pods > d->first_pod && !service_skip_reason(s))
		check_warn(
			d->c, "spec.selector", s->selector.at,
			"no Pod has all labels of the selector, so the Service has no endpoints");
}

bool derives_from_pods(const struct derive *d, const struct service *s)
{
	size_t end, first = slices_of(d, s, &end);

	return !service_is(s, "ExternalName") && s->selector.n && first == end;
}

static void derive_service(struct derive *d, const struct svclb_object *obj)
{
	const struct service *s = obj->service;
	const struct svclb_object *endpoints;
	size_t end, first = slices_of(d, s, &end);

	if (service_is(s, "ExternalName"))
		return;
	if (first < end) {
		warn_other_ports(d, s, first, end);
	} else if (s->selector.n) {
		derive_selected(d, obj);
	} else {
		endpoints = endpoints_of(d, s);
		if (endpoints)
			derive_from_endpoints(d, s, endpoints);
	}
}

static void add_made(struct derive *d)
{
	if (model_reserve(d->m, d->n_made) < 0) {
		d->c->given_up = true;
		return;
	}
	for (size_t i = 0; i < d->n_made; i++)
		model_link(d->m, d->made[i]);
	model_sort(d->m);
}

void model_derive(struct check *c)
{
	struct derive d = {.c = c, .m = c->model};
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);

	d.end_pods = model_kind_range(c->model, SVCLB_KIND_POD, &d.first_pod);
	index_slices(&d);
	(void)service_ports_index(c, &d.ports); /* without memory the loop has no turn */
	if (!c->given_up && !pods_fit(&d))
		return;
	for (; i < end && check_goes_on(c) && !c->problems.count; i++) {
		check_object(c, c->model->objects.v[i]);
		derive_service(&d, c->model->objects.v[i]);
	}
	if (!c->given_up && !c->problems.count)
		add_made(&d);
}
