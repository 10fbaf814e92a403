/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model as a collection: objects by identity, kept in order. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "model/index.h"

#define OBJECT_TEXT_MAX 384

int svclb_model_new(const struct svclb_options *opts, struct svclb_model **ret,
		    struct svclb_error **reterr)
{
	struct svclb_model *m;

	if (!ret)
		return err_set(reterr, SVCLB_EINVAL, "no place for the new model");
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_nomem(reterr);
	atomic_init(&m->refs, 1);
	if (!opts)
		opts = options_defaults();
	memcpy(m->limits, opts->limits, sizeof(m->limits));
	m->timeout_ms = opts->timeout_ms;
	m->end_ms = opts->end_ms;
	m->warnings.limit = m->limits[SVCLB_LIMIT_PROBLEMS];
	m->sorted = true;
	m->seed = hash_seed(m);
	*ret = m;
	return 0;
}

struct svclb_model *svclb_model_ref(struct svclb_model *model)
{
	if (model)
		atomic_fetch_add(&model->refs, 1);
	return model;
}

struct svclb_model *svclb_model_unref(struct svclb_model *model)
{
	if (model && atomic_fetch_sub(&model->refs, 1) == 1) {
		problems_free(&model->warnings);
		vec_free(&model->objects);
		free(model->slots);
		arena_free(&model->arena);
		free(model);
	}
	return NULL;
}

void model_take(struct svclb_model *dst, struct svclb_model *from)
{
	arena_free(&dst->arena);
	vec_free(&dst->objects);
	free(dst->slots);
	dst->arena = from->arena;
	dst->objects.v = from->objects.v;
	dst->objects.n = from->objects.n;
	dst->objects.cap = from->objects.cap;
	dst->slots = from->slots;
	dst->seed = from->seed;
	dst->n_slots = from->n_slots;
	dst->n_indexed = from->n_indexed;
	dst->arrivals = from->arrivals;
	dst->sorted = from->sorted;
	dst->completed = from->completed;
	problems_move(&dst->warnings, &from->warnings);
	from->arena = (struct arena){0};
	from->objects.v = NULL;
	from->objects.n = from->objects.cap = 0;
	from->slots = NULL;
	from->n_slots = from->n_indexed = 0;
}

const struct svclb_error *svclb_model_get_warnings(const struct svclb_model *model)
{
	return model ? model->warnings.first : NULL;
}

void *list_push_(struct arena *a, void **v, size_t *n, size_t *cap, size_t size)
{
	unsigned char *p = *v;

	if (*n == *cap) {
		size_t grown = *cap ? *cap * 2 : 1;

		if (*cap > SIZE_MAX / 4)
			return NULL;
		p = arena_array(a, grown, size);
		if (!p)
			return NULL;
		if (*n)
			memcpy(p, *v, *n * size);
		*v = p;
		*cap = grown;
	}
	return p + (*n)++ * size;
}

struct svclb_object *model_lookup(const struct svclb_model *m, uint32_t kind, const char *ns,
				  const char *name)
{
	return index_find(m, kind, ns, name);
}

int model_reserve(struct svclb_model *m, size_t n)
{
	if (n > SIZE_MAX - m->objects.n || vec_reserve(&m->objects, m->objects.n + n) < 0)
		return -1;
	return index_reserve(m, n);
}

/* Nameless objects have no identity; validation reports each of them. */
static bool has_identity(const struct meta *meta)
{
	return text_given(&meta->name);
}

static struct svclb_object *same_identity(const struct svclb_model *m,
					  const struct svclb_object *obj)
{
	if (!has_identity(obj->meta))
		return NULL;
	return index_find(m, obj->kind, obj->meta->ns.s, obj->meta->name.s);
}

static void unlink_object(struct svclb_model *m, struct svclb_object *obj)
{
	struct svclb_object *last = m->objects.v[--m->objects.n];

	m->objects.v[obj->place] = last;
	last->place = obj->place;
	m->sorted = false;
	if (has_identity(obj->meta))
		index_remove(m, obj);
}

void model_drop_derived(struct svclb_model *m)
{
	/* Downwards, as the last object takes the place of the one that goes. */
	for (size_t i = m->objects.n; i-- > 0;) {
		if (m->objects.v[i]->derived)
			unlink_object(m, m->objects.v[i]);
	}
}

void model_change(struct svclb_model *m)
{
	if (m->completed)
		model_drop_derived(m);
	m->completed = false;
}

void model_link(struct svclb_model *m, struct svclb_object *obj)
{
	struct svclb_object *old;

	if (!obj->derived)
		model_change(m);
	if (!obj->arrival)
		obj->arrival = ++m->arrivals;
	old = same_identity(m, obj);
	if (old) {
		old->arrival = obj->arrival;
		old->meta = obj->meta;
		old->derived = obj->derived;
		return;
	}
	obj->place = m->objects.n;
	m->objects.v[m->objects.n++] = obj;
	m->sorted = false;
	if (has_identity(obj->meta))
		index_add(m, obj);
}

static int err_twice(const struct meta *old, const struct svclb_object *obj,
		     struct svclb_error **reterr)
{
	char name[OBJECT_TEXT_MAX];
	struct err_parts parts = {
		.object = object_name(obj, name, sizeof(name)),
		.file = obj->meta->file,
		.pos = obj->meta->at,
		.hint = "keep one of the two, or give one another name",
	};

	return err_give(reterr, err_new(SVCLB_EINVALID, &parts,
					"duplicate: the same object is already at %s:%u:%u",
					old->file, old->at.line, old->at.column));
}

static bool same_input(const struct meta *a, const struct meta *b)
{
	return a->file && b->file && *a->file && !strcmp(a->file, b->file);
}

static void fill_namespace(uint32_t kind, struct meta *meta)
{
	if (!kind_namespaced(kind))
		meta->ns.s = "";
	else if (!text_given(&meta->ns))
		meta->ns.s = "default";
}

int model_full(const struct svclb_model *m, struct svclb_error **reterr)
{
	struct err_parts parts = {.hint = options_limit_hint(SVCLB_LIMIT_OBJECTS)};

	return err_give(reterr, err_new(SVCLB_ELIMIT, &parts,
					"more objects in one model than the limit of %llu",
					(unsigned long long)m->limits[SVCLB_LIMIT_OBJECTS]));
}

int model_add(struct svclb_model *m, uint32_t kind, struct meta *meta, struct svclb_error **reterr)
{
	struct svclb_object *obj, *old;

	obj = arena_alloc(&m->arena, sizeof(*obj));
	if (!obj || model_reserve(m, 1) < 0)
		return err_nomem(reterr);
	fill_namespace(kind, meta);
	obj->kind = kind;
	obj->meta = meta;
	old = same_identity(m, obj);
	if (old && !old->derived && same_input(old->meta, meta))
		return err_twice(old->meta, obj, reterr);
	if (!old && m->objects.n >= m->limits[SVCLB_LIMIT_OBJECTS])
		return model_full(m, reterr);
	model_link(m, obj);
	return 0;
}

static int place_cmp(const struct svclb_object *a, const struct svclb_object *b)
{
	int r;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	r = strcmp(a->meta->ns.s, b->meta->ns.s);
	if (!r)
		r = strcmp(text_or(&a->meta->name, ""), text_or(&b->meta->name, ""));
	if (r)
		return r;
	return a->place < b->place ? -1 : a->place > b->place;
}

static int object_cmp(const void *a, const void *b)
{
	return place_cmp(*(struct svclb_object *const *)a, *(struct svclb_object *const *)b);
}

void model_sort(struct svclb_model *m)
{
	size_t i;

	if (m->sorted)
		return;
	for (i = 1; i < m->objects.n; i++) {
		if (place_cmp(m->objects.v[i - 1], m->objects.v[i]) > 0)
			break;
	}
	if (i < m->objects.n)
		qsort(m->objects.v, m->objects.n, sizeof(*m->objects.v), object_cmp);
	for (i = 0; i < m->objects.n; i++)
		m->objects.v[i]->place = i;
	m->sorted = true;
}

static size_t first_of_kind(const struct svclb_model *m, uint32_t kind)
{
	size_t lo = 0, hi = m->objects.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->objects.v[mid]->kind < kind)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t model_kind_range(struct svclb_model *m, uint32_t kind, size_t *first)
{
	model_sort(m);
	*first = first_of_kind(m, kind);
	return first_of_kind(m, kind + 1);
}

size_t svclb_model_count(const struct svclb_model *model, uint32_t kind)
{
	size_t n = 0;

	for (size_t i = 0; model && i < model->objects.n; i++) {
		const struct svclb_object *o = model->objects.v[i];

		n += !o->derived && (!kind || o->kind == kind);
	}
	return n;
}

const struct svclb_object *svclb_model_next(const struct svclb_model *model,
					    const struct svclb_object *prev)
{
	if (!model)
		return NULL;
	/* Sorting changes nothing that a caller can see, and a model has one user at a time. */
	model_sort((struct svclb_model *)model);
	for (size_t i = prev ? prev->place + 1 : 0; i < model->objects.n; i++) {
		if (!model->objects.v[i]->derived)
			return model->objects.v[i];
	}
	return NULL;
}

/* A namespace as callers give it, as objects have it. */
static const char *caller_namespace(uint32_t kind, const char *ns)
{
	if (!kind_namespaced(kind))
		return "";
	return ns && *ns ? ns : "default";
}

const struct svclb_object *svclb_model_find(const struct svclb_model *model, uint32_t kind,
					    const char *ns, const char *name)
{
	const struct svclb_object *o;

	if (!model || !name)
		return NULL;
	o = index_find(model, kind, caller_namespace(kind, ns), name);
	return o && !o->derived ? o : NULL;
}

int svclb_model_remove(struct svclb_model *model, uint32_t kind, const char *ns, const char *name,
		       struct svclb_error **reterr)
{
	struct svclb_object *o;

	if (!model || !name)
		return err_set(reterr, SVCLB_EINVAL, "a model and a name are needed");
	ns = caller_namespace(kind, ns);
	o = index_find(model, kind, ns, name);
	if (!o || o->derived)
		return err_set(reterr, SVCLB_ENOTFOUND, "no %s %s%s%s in the model",
			       kind_name(kind), ns, *ns ? "/" : "", name);
	unlink_object(model, o);
	model_change(model);
	return 0;
}
