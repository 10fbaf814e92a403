/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging what is sound: tries all objects of the source, leaves out those that problems name, and
 * tries again, as what is left out gives its addresses back and may lay open what it hid.
 */
#include <stdlib.h>
#include <string.h>

#include "compile/blame.h"
#include "compile/compile.h"
#include "model/fields.h"
#include "model/patience.h"

/* Kept of one object in one round. */
#define EACH_MAX 10u

/* Every round leaves something out and most inputs need one or two. A chain of objects that each
 * become faulty by the loss of the one before could need as many as there are objects. */
#define ROUNDS_MAX 200u

/* What was left out beside an object that has to go itself: it is tried again, once. */
enum retry {
	RETRY_NOT = 0,
	RETRY_NOW,
	RETRY_DONE,
};

struct sound {
	struct svclb_model *dst;
	const struct svclb_model *src;
	const struct svclb_options *opts;
	bool *out;     /* objects of src, by place */
	uint8_t *back; /* the same: enum retry */
	struct problems aside;
	struct svclb_model *model; /* of this round */
};

/* dst with what is still in; completed and compiled. */
static int try_merge(struct sound *s, struct svclb_error **reterr)
{
	struct svclb_state *state = NULL;
	int r;

	s->model = svclb_model_unref(s->model);
	r = svclb_model_new(NULL, &s->model, reterr);
	if (r)
		return r;
	memcpy(s->model->limits, s->dst->limits, sizeof(s->model->limits));
	r = model_merge(s->model, s->dst, NULL, reterr);
	if (!r)
		r = model_merge(s->model, s->src, s->out, reterr);
	if (!r)
		r = model_complete(s->model, s->opts, EACH_MAX, reterr);
	if (!r)
		r = compile_model(s->model, s->opts, &state, reterr);
	svclb_state_unref(state);
	return r;
}

/* The place in src of the object that a problem names, if it is still in; else the number of all. */
static size_t place_of(const struct sound *s, const struct svclb_error *e)
{
	const char *ns = svclb_error_get_object_namespace(e);
	const char *name = svclb_error_get_object_name(e);
	const struct svclb_object *obj = NULL;

	if (ns && name)
		obj = model_lookup(s->src, svclb_error_get_object_kind(e), ns, name);
	return obj && !obj->derived ? obj->place : s->src->objects.n;
}

static size_t length(const struct svclb_error *list)
{
	size_t n = 0;

	for (; list; list = svclb_error_get_next(list))
		n++;
	return n;
}

static struct svclb_error *contradicts(const struct svclb_object *obj, const struct svclb_error *e)
{
	const char *field = svclb_error_get_field(e);
	char name[384];
	struct err_parts parts = {
		.object = object_name(obj, name, sizeof(name)),
		.kind = obj->kind,
		.ns = obj->meta->ns.s,
		.name = obj->meta->name.s,
		.file = obj->meta->file,
		.pos = obj->meta->at,
		.hint = svclb_error_get_hint(e),
	};

	return err_new(SVCLB_EINVALID, &parts, "contradicts %s: %s%s%s", svclb_error_get_object(e),
		       field ? field : "", field ? ": " : "", svclb_error_get_message(e));
}

/* The objects of src by arrival in it, each as its place + 1. NULL: out of memory. */
static size_t *by_arrival(const struct svclb_model *src)
{
	size_t *behind = calloc(src->arrivals + 1, sizeof(*behind));

	for (size_t i = 0; behind && i < src->objects.n; i++)
		if (!src->objects.v[i]->derived)
			behind[src->objects.v[i]->arrival] = i + 1;
	return behind;
}

/* The arrival in src of what a problem says is in the way, or 0: nothing is, or something of dst. */
static uint64_t rival_of(const struct sound *s, const struct svclb_error *e)
{
	uint64_t held = s->dst->arrivals; /* what src has came behind */

	return err_rival(e) > held ? err_rival(e) - held : 0;
}

/* The place of what a problem is the fault of: the object that it names, or, where that is of dst,
 * as src has none or it was left out, what src brought beside it. The number of all: of nothing that
 * is still in. */
static size_t culprit(const struct sound *s, const size_t *behind, const struct svclb_error *e,
		      size_t named)
{
	size_t total = s->src->objects.n;
	uint64_t rival = rival_of(s, e);
	size_t i = named;

	if ((i == total || s->out[i]) && rival && rival <= s->src->arrivals && behind[rival])
		i = behind[rival] - 1;
	return i < total && !s->out[i] ? i : total;
}

/* The problems of a list that are the fault of an object that is still in; the others are dropped. */
static size_t take_faults(struct sound *s, const size_t *behind, struct svclb_error *list,
			  struct fault_of *v, bool *now)
{
	size_t n = 0;

	while (list) {
		struct svclb_error *e = err_pop(&list);
		uint64_t rival = rival_of(s, e);
		size_t named = place_of(s, e);
		size_t i = culprit(s, behind, e, named);
		const struct svclb_object *obj =
			i < s->src->objects.n ? s->src->objects.v[i] : NULL;

		if (obj && named != i) {
			struct svclb_error *why = now[i] ? NULL : contradicts(obj, e);

			/* once, however many of dst it contradicts; it goes whatever else does */
			now[i] = true;
			if (named < s->src->objects.n && s->back[named] == RETRY_NOT)
				s->back[named] = RETRY_NOW;
			rival = 0;
			svclb_error_unref(e);
			e = why;
		} else if (!obj) {
			svclb_error_unref(e);
			e = NULL;
		}
		if (!e)
			continue;
		v[n] = (struct fault_of){
			.e = e,
			.place = i,
			.arrival = obj->arrival,
			.rival = rival,
			.order = n,
		};
		n++;
	}
	return n;
}

/* What is at fault goes, and its problems are why, unless it clashes only with what goes itself.
 * -1: out of memory. */
static int64_t leave_out_faulty(struct sound *s, const size_t *behind, struct svclb_error *list,
				bool *now)
{
	struct fault_of *v = calloc(length(list) + 1, sizeof(*v));
	size_t n = v ? take_faults(s, behind, list, v, now) : 0;
	bool failed = !v || blame(v, n);
	int64_t left = 0;

	if (!v)
		svclb_error_unref(list);
	for (size_t i = 0; i < n; i++) {
		if (failed || !v[i].counts) {
			svclb_error_unref(v[i].e);
			continue;
		}
		now[v[i].place] = true;
		problems_add(&s->aside, v[i].e);
		left++;
	}
	free(v);
	return failed ? -1 : left;
}

static bool belongs_to(const struct svclb_object *obj, const char *ns, const char *service)
{
	const char *of = NULL;

	if (strcmp(obj->meta->ns.s, ns) != 0)
		return false;
	if (obj->kind == SVCLB_KIND_ENDPOINT_SLICE)
		of = text_or(&obj->slice->service, NULL);
	else if (obj->kind == SVCLB_KIND_ENDPOINTS)
		of = text_or(&obj->meta->name, NULL);
	return of && !strcmp(of, service);
}

/* A Service of dst that was sound is faulted for the endpoints that src brings it: those go. */
static int64_t leave_out_endpoints(struct sound *s, const struct svclb_error *list, bool *now)
{
	int64_t n = 0;

	for (const struct svclb_error *e = list; e; e = svclb_error_get_next(e)) {
		const char *ns = svclb_error_get_object_namespace(e);
		const char *name = svclb_error_get_object_name(e);

		if (svclb_error_get_object_kind(e) != SVCLB_KIND_SERVICE || !ns || !name)
			continue;
		for (size_t i = 0; i < s->src->objects.n; i++) {
			const struct svclb_object *obj = s->src->objects.v[i];

			if (s->out[i] || now[i] || !belongs_to(obj, ns, name))
				continue;
			now[i] = true;
			problems_add(&s->aside, contradicts(obj, e));
			n++;
		}
	}
	return n;
}

/* In place of what dst has of them, which contradicts what goes now. */
static void take_back(struct sound *s)
{
	struct svclb_error *list = s->aside.first;
	size_t total = s->src->objects.n;

	if (!memchr(s->back, RETRY_NOW, total))
		return;
	s->aside = (struct problems){.limit = SIZE_MAX};
	while (list) {
		struct svclb_error *e = err_pop(&list);
		size_t i = place_of(s, e);

		if (i < total && s->back[i] == RETRY_NOW)
			svclb_error_unref(e);
		else
			problems_add(&s->aside, e);
	}
	for (size_t i = 0; i < total; i++) {
		s->out[i] &= s->back[i] != RETRY_NOW;
		s->back[i] = s->back[i] ? RETRY_DONE : RETRY_NOT;
	}
}

static bool out_of_memory(const struct problems *p)
{
	for (const struct svclb_error *e = p->first; e; e = svclb_error_get_next(e))
		if (svclb_error_get_code(e) == SVCLB_ENOMEM)
			return true;
	return false;
}

static bool faults_any(const struct sound *s, const size_t *behind, const struct svclb_error *list)
{
	for (const struct svclb_error *e = list; e; e = svclb_error_get_next(e))
		if (culprit(s, behind, e, place_of(s, e)) < s->src->objects.n)
			return true;
	return false;
}

/* Takes the list of a round. 0: something was left out, so that another round is worth it. */
static int leave_out(struct sound *s, struct svclb_error *list, struct svclb_error **reterr)
{
	size_t total = s->src->objects.n;
	bool *now = calloc(total + 1, sizeof(*now));
	size_t *behind = by_arrival(s->src);
	int64_t n = -1;

	if (!now || !behind) {
		svclb_error_unref(list);
		list = NULL;
	} else if (faults_any(s, behind, list)) {
		n = leave_out_faulty(s, behind, list, now);
		list = NULL;
	} else {
		n = leave_out_endpoints(s, list, now);
	}
	for (size_t i = 0; now && i < total; i++)
		s->out[i] |= now[i];
	take_back(s);
	free(now);
	free(behind);
	if (n < 0)
		return err_nomem(reterr);
	if (!n)
		return err_give(reterr, list);
	svclb_error_unref(list);
	return out_of_memory(&s->aside) ? err_nomem(reterr) : 0;
}

/* A limit is nobody's fault, unless one object exceeds it by itself. */
static bool has_culprits(int r, const struct svclb_error *list)
{
	return r == -SVCLB_EINVALID || r == -SVCLB_EUNSUPPORTED ||
	       (r == -SVCLB_ELIMIT && err_alone(list));
}

/* Names the object that was left out last. */
static int too_many_rounds(const struct svclb_error *last, struct svclb_error **reterr)
{
	const char *field = svclb_error_get_field(last);
	struct err_parts parts = {
		.object = svclb_error_get_object(last),
		.kind = svclb_error_get_object_kind(last),
		.ns = svclb_error_get_object_namespace(last),
		.name = svclb_error_get_object_name(last),
		.file = svclb_error_get_file(last),
		.pos = {.line = svclb_error_get_line(last), .column = svclb_error_get_column(last)},
		.hint = "correct objects that contradict each other, or load fewer of them at once",
	};

	return err_give(reterr,
			err_new(SVCLB_EINVALID, &parts,
				"each of %u objects was faulty only without another one, this one "
				"last: %s%s%s",
				ROUNDS_MAX, field ? field : "", field ? ": " : "",
				svclb_error_get_message(last)));
}

static int merge_rounds(struct sound *s, struct svclb_error **reterr)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		struct svclb_error *list = NULL;
		int r = try_merge(s, &list);

		if (!r)
			return 0;
		if (!has_culprits(r, list))
			return err_give(reterr, list);
		r = leave_out(s, list, reterr);
		if (r)
			return r;
	}
	return too_many_rounds(s->aside.last, reterr);
}

int svclb_model_merge_sound(struct svclb_model *dst, const struct svclb_model *src,
			    const struct svclb_options *opts, struct svclb_error **retaside,
			    struct svclb_error **reterr)
{
	/* a borrowed copy: objects that no problem names for want of room would cost a round */
	struct svclb_options every = opts ? *opts : *options_defaults();
	struct sound s = {
		.dst = dst,
		.src = src,
		.opts = &every,
		.aside = {.limit = SIZE_MAX},
	};
	int r;

	if (!dst || !src || dst == src || !retaside)
		return err_set(reterr, SVCLB_EINVAL,
			       "two different models and a place for what is left out are needed");
	every.limits[SVCLB_LIMIT_PROBLEMS] = SIZE_MAX;
	every.end_ms = patience_of(&every).end_ms; /* of all rounds together */
	s.out = calloc(src->objects.n + 1, sizeof(*s.out));
	s.back = calloc(src->objects.n + 1, sizeof(*s.back));
	r = s.out && s.back ? merge_rounds(&s, reterr) : err_nomem(reterr);
	if (!r) {
		model_take(dst, s.model);
		*retaside = s.aside.first;
		s.aside.first = NULL;
	}
	problems_free(&s.aside);
	svclb_model_unref(s.model);
	free(s.out);
	free(s.back);
	return r;
}
