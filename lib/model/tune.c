/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings what annotations say to where it is used: Services get their tuning, endpoints their
 * weight and thresholds. For one endpoint the nearest word counts: the Service that names its
 * address, its EndpointSlice that does, its Pod, its EndpointSlice for all, the Service for all.
 */
#include <string.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/nearer.h"
#include "model/ports.h"
#include "model/said.h"

const char *const endpoint_value_names[VALUE_COUNT_] = {
	[VALUE_WEIGHT] = "weight",
	[VALUE_UPPER] = "upper-threshold",
	[VALUE_LOWER] = "lower-threshold",
};

/* Of two objects that contradict each other the one that concerns fewer endpoints is at fault. */
static const uint8_t reach[SOURCE_COUNT_] = {
	[SOURCE_POD] = 1,	   [SOURCE_SLICE_LIST] = 2, [SOURCE_SLICE] = 2,
	[SOURCE_SERVICE_LIST] = 3, [SOURCE_SERVICE] = 3,
};

struct tune {
	struct check *c;
	bool pods;		    /* any Pod has an annotation of ours */
	bool *blamed;		    /* objects, by their places, whose thresholds were reported */
	const struct service *told; /* whose ports were reported */
	struct service_ports ports;
	struct nearer nearer;
	struct said_by said;
};

static const struct svclb_object *pod_of(const struct tune *t, const struct slice *s,
					 const struct slice_endpoint *e)
{
	if (!t->pods || !text_is(&e->target_kind, "Pod") || !text_given(&e->target_name))
		return NULL;
	return model_lookup(t->c->model, SVCLB_KIND_POD, s->meta.ns.s, e->target_name.s);
}

/* Who may say something of the endpoints of one slice; NULL: nobody. */
struct sources {
	const struct svclb_object *owner[SOURCE_COUNT_];
	const struct said *said[SOURCE_COUNT_];
	bool serve; /* the endpoints; else what is said of them has no effect for another reason */
};

static void source_set(struct tune *t, struct sources *x, enum source from,
		       const struct svclb_object *o)
{
	x->owner[from] = o;
	x->said[from] = said_of(&t->said, o);
}

/* Returns who decides it, or SOURCE_COUNT_. */
static enum source tune_value(struct tune *t, const struct sources *x, const struct ipaddr *ip,
			      int which, uint32_t *ret)
{
	enum source decided = SOURCE_COUNT_;

	for (int i = 0; i < SOURCE_COUNT_; i++) {
		const struct values *said = &x->said[i]->of[which];
		bool list = i == SOURCE_SERVICE_LIST || i == SOURCE_SLICE_LIST;
		uint32_t v;

		if (list ? !said_of_one(said, ip, &v) : !said_of_all(said, &v))
			continue;
		if (x->serve)
			nearer_note(&t->nearer, x->owner[i], (enum source)i,
				    (enum endpoint_value)which, decided == SOURCE_COUNT_);
		if (decided != SOURCE_COUNT_)
			continue;
		decided = (enum source)i;
		*ret = v;
	}
	return decided;
}

static void report_threshold(struct check *c, const struct svclb_object *o, bool lower,
			     const struct slice_endpoint *e)
{
	enum endpoint_value which = lower ? VALUE_LOWER : VALUE_UPPER;
	const struct label *l = annotation_find(&o->meta->annotations, endpoint_value_names[which]);

	check_object(c, o);
	check_at(c, FAULT_INVALID,
		 lower ? ANNOTATION_PATH "lower-threshold]" : ANNOTATION_PATH "upper-threshold]",
		 NULL);
	if (lower)
		check_report(c, l->at,
			     "of endpoint %s it is %u, above the upper threshold, which is %u",
			     e->addresses.v[0].s, e->lower_threshold, e->upper_threshold);
	else
		check_report(c, l->at,
			     "of endpoint %s it is %u, below the lower threshold, which is %u",
			     e->addresses.v[0].s, e->upper_threshold, e->lower_threshold);
}

/* Of those that have a part in it the last one that came, but for o itself. */
static uint64_t last_but(const struct sources *x, const struct svclb_object *o)
{
	uint64_t last = 0;

	for (int i = 0; i < SOURCE_COUNT_; i++)
		if (x->owner[i] && x->owner[i] != o && !x->owner[i]->derived &&
		    x->owner[i]->arrival > last)
			last = x->owner[i]->arrival;
	return last;
}

/* The kernel refuses a lower threshold above the upper one, and one without an upper one. */
static void thresholds_fit(struct tune *t, const struct sources *x,
			   const enum source by[VALUE_COUNT_], const struct slice_endpoint *e)
{
	bool lower = by[VALUE_UPPER] == SOURCE_COUNT_ ||
		     reach[by[VALUE_LOWER]] <= reach[by[VALUE_UPPER]];
	const struct svclb_object *o = x->owner[by[lower ? VALUE_LOWER : VALUE_UPPER]];

	if (t->blamed[o->place])
		return;
	t->blamed[o->place] = true;
	t->c->rival = last_but(x, o);
	report_threshold(t->c, o, lower, e);
	t->c->rival = 0;
}

static void tune_endpoint(struct tune *t, struct sources *x, const struct slice *s,
			  struct slice_endpoint *e)
{
	uint32_t v[VALUE_COUNT_] = {[VALUE_WEIGHT] = 1};
	enum source by[VALUE_COUNT_];
	struct ipaddr ip;

	if (!e->addresses.n || !ip_parse(e->addresses.v[0].s, &ip, NULL))
		return;
	source_set(t, x, SOURCE_POD, pod_of(t, s, e));
	for (int i = 0; i < VALUE_COUNT_; i++)
		by[i] = tune_value(t, x, &ip, i, &v[i]);
	e->weight.v = v[VALUE_WEIGHT];
	e->weight.given = true;
	e->upper_threshold = v[VALUE_UPPER];
	e->lower_threshold = v[VALUE_LOWER];
	if (e->lower_threshold > e->upper_threshold)
		thresholds_fit(t, x, by, e);
}

/* Where the Service's selector made the endpoints, its target ports are at fault, once for all. Who
 * wrote endpoints has them at fault, not the Service, which others may fit. */
static void report_port(struct tune *t, const struct svclb_object *made,
			const struct svclb_object *o, const struct label *l, int64_t has,
			const struct slice_port *q)
{
	static const char hint[] = "give the endpoints the Service's port, or use masquerade";
	const struct svclb_object *writer = slice_writer(t->c->model, made);

	if (made->slice->derived && !made->slice->mirrored) {
		check_object(t->c, o);
		check_at(t->c, FAULT_INVALID, ANNOTATION_PATH "forwarding]", hint);
		check_report(t->c, l->at,
			     "%s leaves the port of packets as it is: the Service has %lld, its "
			     "endpoints listen on %lld",
			     check_shown(t->c, l->value), (long long)has, (long long)q->port.v);
		t->told = o->service;
		return;
	}
	check_object(t->c, writer);
	check_at(t->c, FAULT_INVALID, writer->kind == SVCLB_KIND_ENDPOINTS ? "subsets" : "ports",
		 hint);
	t->c->rival = o->arrival;
	check_report(
		t->c, q->port.at,
		"the endpoints listen on %lld, the Service has %lld, and its forwarding %s leaves "
		"the port of packets as it is",
		(long long)q->port.v, (long long)has, check_shown(t->c, l->value));
	t->c->rival = 0;
}

/* Only masquerade rewrites the port of a packet. */
static void ports_fit(struct tune *t, const struct svclb_object *made, const struct svclb_object *o)
{
	const struct slice *slice = made->slice;
	const struct service *s = o->service;
	const struct label *l = annotation_find(&s->meta.annotations, "forwarding");

	if (!l || s->tuning.forwarding.method == FORWARD_MASQUERADE || t->told == s)
		return;
	for (size_t i = 0; i < slice->n_ports; i++) {
		const struct slice_port *q = &slice->ports[i];
		const struct service_port *p = service_ports_find(&t->ports, s, q);

		if (!p || !q->port.given || q->port.v == p->port.v)
			continue;
		report_port(t, made, o, l, p->port.v, q);
		return;
	}
}

static void tune_slice(struct tune *t, const struct svclb_object *obj)
{
	struct slice *slice = obj->slice;
	const struct svclb_object *o = slice_service(t->c->model, slice);
	const struct svclb_object *writer = slice_writer(t->c->model, obj);
	struct sources x = {.serve = o && slice_serves(o->service, slice)};

	source_set(t, &x, SOURCE_SERVICE_LIST, o);
	source_set(t, &x, SOURCE_SERVICE, o);
	source_set(t, &x, SOURCE_SLICE_LIST, writer);
	source_set(t, &x, SOURCE_SLICE, writer);
	if (t->pods || x.said[SOURCE_SERVICE]->any || x.said[SOURCE_SLICE]->any)
		for (size_t i = 0; i < slice->n_endpoints; i++)
			tune_endpoint(t, &x, slice, &slice->endpoints[i]);
	if (o)
		ports_fit(t, obj, o);
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

	for (size_t i = 0; i < n && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (o->kind == SVCLB_KIND_SERVICE)
			tune_service(o->service);
		else if (o->kind == SVCLB_KIND_VIRTUAL_SERVER)
			tune_plain(o->plain);
	}
	(void)service_ports_index(c, &t.ports); /* without memory the loop has no turn */
	(void)nearer_new(c, &t.nearer);
	(void)said_new(c, &t.said);
	t.blamed = check_scratch(c, n, sizeof(*t.blamed));
	for (size_t i = 0; i < n && !c->given_up; i++)
		if (c->model->objects.v[i]->kind == SVCLB_KIND_ENDPOINT_SLICE)
			tune_slice(&t, c->model->objects.v[i]);
	if (!c->given_up && !c->problems.count)
		nearer_warn(c, &t.nearer);
}
