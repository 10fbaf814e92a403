/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts loaded objects into a model. They are decoded into the model's arena but linked only when
 * the whole input turned out well, so that a failure leaves the model as it was; or, where that is
 * asked for, those that turned out well.
 */
#include <stdlib.h>
#include <string.h>

#include "manifest/load.h"

static const char *namespace_of(const struct loaded *o)
{
	if (!o->kind->namespaced)
		return "";
	return o->meta->ns.s && *o->meta->ns.s ? o->meta->ns.s : "default";
}

static int identity_cmp(const struct loaded *x, const struct loaded *y)
{
	int r = x->kind == y->kind ? 0 : x->kind < y->kind ? -1 : 1;

	if (!r)
		r = strcmp(x->meta->name.s, y->meta->name.s);
	return r ? r : strcmp(namespace_of(x), namespace_of(y));
}

static int by_identity(const void *a, const void *b)
{
	const struct loaded *x = *(struct loaded *const *)a;
	const struct loaded *y = *(struct loaded *const *)b;
	int r = identity_cmp(x, y);

	/* They are elements of one array, in the order of the input. */
	return r ? r : x < y ? -1 : x > y;
}

static void twice(struct loader *l, const struct loaded *first, struct loaded *again)
{
	const struct svclb_object obj = {.kind = again->kind->kind, .meta = again->meta};
	const char *ns = namespace_of(again);
	struct strbuf name = {0};
	struct svclb_error *e;
	struct err_parts parts = {
		.kind = again->kind->kind,
		.ns = ns,
		.name = again->meta->name.s,
		.file = l->src.name,
		.pos = again->meta->at,
	};

	strbuf_add(&name, again->kind->name);
	strbuf_addc(&name, ' ');
	if (*ns) {
		strbuf_add_shown(&name, ns);
		strbuf_addc(&name, '/');
	}
	strbuf_add_shown(&name, obj.meta->name.s);
	parts.object = name.s;
	e = err_new(SVCLB_EINVALID, &parts,
		    "appears twice in one input, first in line %u, column %u", first->meta->at.line,
		    first->meta->at.column);
	if (name.failed || svclb_error_get_code(e) == SVCLB_ENOMEM)
		l->src.given_up = true;
	problems_add(&l->problems, e);
	strbuf_free(&name);
	again->sound = false;
}

/* Sorted by identity, so that one pass finds them. */
static void find_twice(struct loader *l)
{
	struct loaded **v = malloc((l->objects.n + 1) * sizeof(struct loaded *));
	size_t n = 0;

	if (!v) {
		l->src.given_up = true;
		return;
	}
	for (size_t i = 0; i < l->objects.n; i++)
		if (l->objects.v[i].sound && l->objects.v[i].meta->name.s)
			v[n++] = &l->objects.v[i];
	qsort(v, n, sizeof(struct loaded *), by_identity);
	for (size_t i = 1; i < n; i++)
		if (!identity_cmp(v[i - 1], v[i]))
			twice(l, v[i - 1], v[i]);
	free(v);
}

static void check_room(struct loader *l)
{
	struct svclb_model *m = l->model;
	uint64_t limit = m->limits[SVCLB_LIMIT_OBJECTS];
	size_t more = l->objects.n;

	if (m->objects.n + more <= limit)
		return;
	for (size_t i = 0; i < l->objects.n; i++) {
		const struct loaded *o = &l->objects.v[i];

		if (!o->sound || (o->meta->name.s &&
				  model_lookup(m, o->kind->kind, namespace_of(o), o->meta->name.s)))
			more--;
	}
	if (m->objects.n + more > limit)
		(void)source_fail(&l->src, SVCLB_ELIMIT, (struct pos){0},
				  options_limit_hint(SVCLB_LIMIT_OBJECTS),
				  "more objects in one model than the limit of %llu",
				  (unsigned long long)limit); /* recorded; the caller asks */
}

/* Puts what was read into a model: everything, or what nothing is wrong with. -1 when out of memory. */
static int link_objects(struct loader *l, struct svclb_model *m, bool only_sound)
{
	size_t n = l->objects.n;
	struct svclb_object *obj = arena_array(&l->model->arena, n, sizeof(*obj));

	if (!obj || model_reserve(m, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct loaded *o = &l->objects.v[i];

		if (only_sound && (!o->sound || !o->meta->name.s))
			continue;
		obj[i].kind = o->kind->kind;
		obj[i].meta = o->meta;
		obj[i].meta->ns.s = namespace_of(o);
		model_link(m, &obj[i]);
	}
	return 0;
}

/* The input is refused; what else is wrong with the objects that could be read is found all the
 * same, on a model that is thrown away, so that nobody has to correct one fault to see the next. */
static void find_faults(struct loader *l)
{
	struct svclb_model *m = NULL;

	if (svclb_model_new(NULL, &m, NULL) || link_objects(l, m, true) ||
	    model_faults(m, &l->src.patience, &l->problems) < 0)
		l->src.given_up = true;
	svclb_model_unref(m);
}

static int finish(struct loader *l, struct svclb_error **reterr)
{
	if (!l->src.given_up)
		find_twice(l);
	if (!l->src.given_up && l->problems.count)
		find_faults(l);
	problems_sort(&l->problems);
	if (!l->src.given_up && !l->problems.count)
		check_room(l);
	if (!l->src.given_up && !l->problems.count && link_objects(l, l->model, false))
		l->src.given_up = true;
	if (l->src.given_up)
		return patience_give_up(&l->src.patience, reterr);
	if (!l->problems.count) {
		problems_move(&l->model->warnings, &l->warnings);
		return problems_tell(&l->model->warnings) ? 0 : err_nomem(reterr);
	}
	problems_move(&l->problems, &l->warnings);
	return problems_give(&l->problems, reterr);
}

/* What the reader says of the input as a whole refuses it. */
static int finish_sound(struct loader *l, struct svclb_error **retaside,
			struct svclb_error **reterr)
{
	if (!l->src.given_up && !l->form.count)
		find_twice(l);
	if (!l->src.given_up && !l->form.count)
		check_room(l);
	if (!l->src.given_up && !l->form.count && link_objects(l, l->model, true))
		l->src.given_up = true;
	if (l->src.given_up)
		return patience_give_up(&l->src.patience, reterr);
	if (l->form.count) {
		problems_move(&l->form, &l->problems);
		return problems_give(&l->form, reterr);
	}
	problems_move(&l->model->warnings, &l->warnings);
	if (!problems_tell(&l->model->warnings))
		return err_nomem(reterr);
	*retaside = l->problems.first;
	l->problems.first = NULL;
	return 0;
}

/* Kept of one object where any number of objects may be left aside. */
#define EACH_MAX 10u

static void prepare(struct loader *l, const char *buf, size_t len, const char *name)
{
	struct svclb_model *m = l->model;

	l->warnings.limit = l->form.limit = m->limits[SVCLB_LIMIT_PROBLEMS];
	l->problems.limit = l->sound_only ? SIZE_MAX : l->warnings.limit;
	l->src = (struct source){.name = name,
				 .buf = buf,
				 .len = len,
				 .limits = m->limits,
				 .patience = patience_until(m->timeout_ms, m->end_ms),
				 .lenient = l->sound_only,
				 .go_on = true,
				 .problems = l->sound_only ? &l->form : &l->problems};
	l->decoder = (struct decoder){.src = &l->src,
				      .arena = &m->arena,
				      .problems = &l->problems,
				      .warnings = &l->warnings,
				      .each = l->sound_only ? EACH_MAX : 0};
	l->file = arena_strdup(&m->arena, name);
	if (name && !l->file)
		l->src.given_up = true;
}

static int load(struct loader *l, const char *buf, size_t len, const char *name,
		struct svclb_error **retaside, struct svclb_error **reterr)
{
	int ret;

	prepare(l, buf, len, name);
	if (!l->src.given_up)
		load_documents(l);
	decode_count(&l->decoder);
	ret = l->sound_only ? finish_sound(l, retaside, reterr) : finish(l, reterr);
	decoder_free(&l->decoder);
	vec_free(&l->objects);
	problems_free(&l->problems);
	problems_free(&l->warnings);
	problems_free(&l->form);
	return ret;
}

int svclb_model_load(struct svclb_model *model, const char *buf, size_t len, const char *name,
		     struct svclb_error **reterr)
{
	struct svclb_error *none = NULL; /* nothing is left aside */
	struct loader l = {.model = model};

	if (!model || (!buf && len))
		return err_set(reterr, SVCLB_EINVAL, "a model and a buffer are needed");
	return load(&l, buf, len, name, &none, reterr);
}

int svclb_model_load_sound(struct svclb_model *model, const char *buf, size_t len, const char *name,
			   struct svclb_error **retaside, struct svclb_error **reterr)
{
	struct svclb_error *aside = NULL;
	struct loader l = {.model = model, .sound_only = true};
	int ret;

	if (!model || (!buf && len) || !retaside)
		return err_set(reterr, SVCLB_EINVAL,
			       "a model, a buffer and a place for what is left aside are needed");
	ret = load(&l, buf, len, name, &aside, reterr);
	if (!ret)
		*retaside = aside;
	return ret;
}
