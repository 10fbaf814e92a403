/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings what annotations say to where it is used: Services get their tuning, endpoints their
 * weight and thresholds. For one endpoint the nearest word counts: the Service that names its
 * address, its EndpointSlice that does, its Pod, its EndpointSlice for all, the Service for all.
 */
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/nearer.h"
#include "model/ports.h"
#include "model/tuning.h"

const char *const endpoint_value_names[VALUE_COUNT_] = {
	[VALUE_WEIGHT] = "weight",
	[VALUE_UPPER] = "upper-threshold",
	[VALUE_LOWER] = "lower-threshold",
};

static const uint32_t value_max[VALUE_COUNT_] = {
	[VALUE_WEIGHT] = WEIGHT_MAX,
	[VALUE_UPPER] = THRESHOLD_MAX,
	[VALUE_LOWER] = THRESHOLD_MAX,
};

/* One annotation about endpoints, taken apart. */
struct values {
	struct annotation_item *v; /* sorted by address */
	size_t n;
	size_t cap;
	bool all_given;
	uint32_t all;
};

struct tune {
	struct check *c;
	bool pods; /* any Pod has an annotation of ours */
	bool any;  /* a Service, slice or Pod of the endpoint at hand says something */
	const struct service *told; /* whose ports were reported */
	struct service_ports ports;
	struct nearer nearer;
};

static int item_cmp(const void *a, const void *b)
{
	return ip_cmp(&((const struct annotation_item *)a)->ip,
		      &((const struct annotation_item *)b)->ip);
}

/* Validation has seen the text. */
static void values_parse(struct tune *t, const struct label_list *l, int which, struct values *ret)
{
	const struct label *found = annotation_find(l, endpoint_value_names[which]);
	const char *p = found ? found->value : NULL;
	struct annotation_item item, *slot;

	while (p && annotation_item(&p, value_max[which], &item)) {
		t->any = true;
		if (!item.ip.family) {
			ret->all_given = true;
			ret->all = item.value;
			continue;
		}
		slot = list_push(&t->c->scratch, ret->v, ret->n, ret->cap);
		if (!slot) {
			t->c->nomem = true;
			return;
		}
		*slot = item;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), item_cmp);
}

static bool named(const struct values *x, const struct ipaddr *ip, uint32_t *ret)
{
	const struct annotation_item key = {.ip = *ip};
	const struct annotation_item *found =
		x->n ? bsearch(&key, x->v, x->n, sizeof(*x->v), item_cmp) : NULL;

	if (found)
		*ret = found->value;
	return found;
}

static bool said_of_all(const struct values *x, uint32_t *ret)
{
	if (x->all_given)
		*ret = x->all;
	return x->all_given;
}

static bool pod_says(const struct svclb_object *pod, int which, uint32_t *ret)
{
	const struct label *l =
		pod ? annotation_find(&pod->meta->annotations, endpoint_value_names[which]) : NULL;

	return l && decimal_parse(l->value, strlen(l->value), 0, value_max[which], ret);
}

static const struct svclb_object *pod_of(const struct tune *t, const struct slice *s,
					 const struct slice_endpoint *e)
{
	if (!t->pods || !text_is(&e->target_kind, "Pod") || !text_given(&e->target_name))
		return NULL;
	return model_lookup(t->c->model, SVCLB_KIND_POD, s->meta.ns.s, e->target_name.s);
}

/* What is known of the endpoints of one slice. */
struct sources {
	struct values service[VALUE_COUNT_];
	struct values slice[VALUE_COUNT_];
	const struct svclb_object *owner[SOURCE_COUNT_]; /* of the annotations; NULL: nobody */
};

static void tune_value(struct tune *t, const struct sources *x, const struct ipaddr *ip, int which,
		       uint32_t *ret)
{
	uint32_t v[SOURCE_COUNT_] = {0};
	const bool says[SOURCE_COUNT_] = {
		[SOURCE_SERVICE_LIST] = named(&x->service[which], ip, &v[SOURCE_SERVICE_LIST]),
		[SOURCE_SLICE_LIST] = named(&x->slice[which], ip, &v[SOURCE_SLICE_LIST]),
		[SOURCE_POD] = pod_says(x->owner[SOURCE_POD], which, &v[SOURCE_POD]),
		[SOURCE_SLICE] = said_of_all(&x->slice[which], &v[SOURCE_SLICE]),
		[SOURCE_SERVICE] = said_of_all(&x->service[which], &v[SOURCE_SERVICE]),
	};
	bool decided = false;

	for (int i = 0; i < SOURCE_COUNT_; i++) {
		if (!says[i])
			continue;
		if (!decided)
			*ret = v[i];
		nearer_note(&t->nearer, x->owner[i], (enum source)i, (enum endpoint_value)which,
			    !decided);
		decided = true;
	}
}

static void tune_endpoint(struct tune *t, struct sources *x, const struct slice *s,
			  struct slice_endpoint *e)
{
	uint32_t v[VALUE_COUNT_] = {[VALUE_WEIGHT] = 1};
	struct ipaddr ip;

	if (!e->addresses.n || !ip_parse(e->addresses.v[0].s, &ip, NULL))
		return;
	x->owner[SOURCE_POD] = pod_of(t, s, e);
	for (int i = 0; i < VALUE_COUNT_; i++)
		tune_value(t, x, &ip, i, &v[i]);
	e->weight.v = v[VALUE_WEIGHT];
	e->weight.given = true;
	e->upper_threshold = v[VALUE_UPPER];
	e->lower_threshold = v[VALUE_LOWER];
}

/* The kernel refuses a lower threshold above the upper one, and one without an upper one. */
static bool thresholds_fit(struct check *c, const struct slice_endpoint *e)
{
	if (e->lower_threshold <= e->upper_threshold)
		return true;
	check_at(c, FAULT_INVALID, ANNOTATION_PATH "lower-threshold]", NULL);
	check_report(c, c->at, "of endpoint %s it is %u, above the upper threshold, which is %u",
		     e->addresses.v[0].s, e->lower_threshold, e->upper_threshold);
	return false;
}

/* Only masquerade rewrites the port of a packet. */
static void ports_fit(struct tune *t, const struct slice *slice, const struct service *s)
{
	const struct label *l = annotation_find(&s->meta.annotations, "forwarding");

	if (!l || s->tuning.forwarding.method == FORWARD_MASQUERADE || t->told == s)
		return;
	for (size_t i = 0; i < slice->n_ports; i++) {
		const struct slice_port *q = &slice->ports[i];
		const struct service_port *p = service_ports_find(&t->ports, s, q);

		if (!p || !q->port.given || q->port.v == p->port.v)
			continue;
		check_at(t->c, FAULT_INVALID, ANNOTATION_PATH "forwarding]",
			 "give the endpoints the Service's port, or use masquerade");
		check_report(t->c, l->at,
			     "%s leaves the port of packets as it is: the Service has %lld, its "
			     "endpoints listen on %lld",
			     check_shown(t->c, l->value), (long long)p->port.v,
			     (long long)q->port.v);
		t->told = s;
		return;
	}
}

/* What of a slice serves nobody; derived ones have only what fits. */
static void warn_unused(const struct tune *t, const struct svclb_object *obj,
			const struct service *s)
{
	struct check *c = t->c;
	const struct slice *slice = obj->slice;

	if (slice->derived || !text_given(&slice->service))
		return;
	check_object(c, obj);
	if (!s)
		check_warn(c, "metadata.labels[" LABEL_SERVICE_NAME "]", slice->service.at,
			   "there is no Service %s, so the slice has no effect",
			   check_shown(c, slice->service.s));
	if (s && text_is(&slice->address_type, "FQDN")) {
		check_warn(c, "addressType", slice->address_type.at,
			   "names have no address to serve, so the slice has no effect");
		return;
	}
	if (s && !service_skip_reason(s) &&
	    !service_serves_family(s, family_from_name(slice->address_type.s))) {
		check_warn(c, "addressType", slice->address_type.at,
			   "the Service has no address of its family, so the slice has no effect");
		return;
	}
	for (size_t i = 0; s && !service_skip_reason(s) && i < slice->n_ports; i++) {
		c->index[0] = i;
		if (!service_ports_find(&t->ports, s, &slice->ports[i]))
			check_warn(c, "ports[#]", slice->ports[i].at,
				   "the Service has no port named %s for %s, so it has no effect",
				   check_shown(c, text_or(&slice->ports[i].name, "")),
				   proto_name(slice->ports[i].proto));
	}
}

/* A derived slice has the annotations of the Endpoints that it is made from. */
static const struct svclb_object *written_by(const struct tune *t, const struct svclb_object *obj)
{
	const struct slice *s = obj->slice;
	const struct svclb_object *o = NULL;

	if (obj->derived)
		o = model_lookup(t->c->model, SVCLB_KIND_ENDPOINTS, s->meta.ns.s, s->service.s);
	return o ? o : obj;
}

static void tune_slice(struct tune *t, const struct svclb_object *obj)
{
	static const struct label_list none;
	struct slice *slice = obj->slice;
	const struct svclb_object *o = text_given(&slice->service)
					       ? model_lookup(t->c->model, SVCLB_KIND_SERVICE,
							      slice->meta.ns.s, slice->service.s)
					       : NULL;
	struct sources x = {0};

	x.owner[SOURCE_SERVICE_LIST] = x.owner[SOURCE_SERVICE] = o;
	x.owner[SOURCE_SLICE_LIST] = x.owner[SOURCE_SLICE] = written_by(t, obj);
	warn_unused(t, obj, o ? o->service : NULL);
	check_object(t->c, o ? o : obj);
	t->any = t->pods;
	for (int i = 0; i < VALUE_COUNT_; i++) {
		values_parse(t, o ? &o->meta->annotations : &none, i, &x.service[i]);
		values_parse(t, &slice->meta.annotations, i, &x.slice[i]);
	}
	for (size_t i = 0; t->any && i < slice->n_endpoints; i++)
		tune_endpoint(t, &x, slice, &slice->endpoints[i]);
	for (size_t i = 0; t->any && i < slice->n_endpoints; i++)
		if (!thresholds_fit(t->c, &slice->endpoints[i]))
			break;
	if (o)
		ports_fit(t, slice, o->service);
}

static uint8_t prefix_of(const struct service *s, const char *name, uint32_t max)
{
	const struct label *l = annotation_find(&s->meta.annotations, name);
	uint32_t v = 0;

	if (l)
		(void)decimal_parse(l->value, strlen(l->value), 1, max, &v); /* it was checked */
	return (uint8_t)v;
}

static uint8_t flags_of(const char *text)
{
	uint8_t bits = 0;

	for (const char *p = text; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");

		bits |= scheduler_flag_bits(p, n);
		p += n;
	}
	return bits;
}

static void tune_service(struct service *s)
{
	struct forwarding_words w = annotation_forwarding(&s->meta.annotations);
	const struct label *flags = annotation_find(&s->meta.annotations, "scheduler-flags");
	const struct label *one = annotation_find(&s->meta.annotations, "one-packet");
	const struct label *drain = annotation_find(&s->meta.annotations, "drain");

	s->tuning = (struct tuning){
		.forwarding = forwarding_of(&w),
		.sched_flags_given = flags != NULL,
		.sched_flags = flags ? flags_of(flags->value) : 0,
		.one_packet = one && !strcmp(one->value, "true"),
		.prefix = {prefix_of(s, "affinity-prefix-ipv4", 32),
			   prefix_of(s, "affinity-prefix-ipv6", 128)},
	};
	s->tuning.drain_given =
		drain && drain->value &&
		drain_parse(drain->value, &s->tuning.drain_sec); /* it was checked */
}

static void tune_plain(struct plain *p)
{
	for (size_t i = 0; i < p->n_servers; i++) {
		struct forwarding_words w = plain_forwarding(&p->servers[i]);

		p->servers[i].resolved = forwarding_of(&w);
	}
}

static bool any_pod(struct svclb_model *m)
{
	size_t i, end = model_kind_range(m, SVCLB_KIND_POD, &i);

	for (; i < end; i++)
		for (int k = 0; k < VALUE_COUNT_; k++)
			if (annotation_find(&m->objects.v[i]->meta->annotations,
					    endpoint_value_names[k]))
				return true;
	return false;
}

void model_tune(struct check *c)
{
	struct tune t = {.c = c, .pods = any_pod(c->model)};
	size_t n = c->model->objects.n;

	for (size_t i = 0; i < n; i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (o->kind == SVCLB_KIND_SERVICE)
			tune_service(o->service);
		else if (o->kind == SVCLB_KIND_VIRTUAL_SERVER)
			tune_plain(o->plain);
	}
	(void)service_ports_index(c, &t.ports); /* without memory the loop has no turn */
	(void)nearer_new(c, &t.nearer);
	for (size_t i = 0; i < n && !c->nomem; i++)
		if (c->model->objects.v[i]->kind == SVCLB_KIND_ENDPOINT_SLICE)
			tune_slice(&t, c->model->objects.v[i]);
	if (!c->nomem && !c->problems.count)
		nearer_warn(c, &t.nearer);
}
