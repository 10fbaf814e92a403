/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merging one model into another, with what was allocated kept. */
#include <string.h>

#include "model/carry.h"
#include "model/fields.h"

/* Copies of the objects of src, in dst's arena, ready to be linked. NULL: out of memory. */
static struct svclb_object *copy_objects(struct svclb_model *dst, const struct svclb_model *src,
					 const bool *skip, size_t *n)
{
	struct svclb_object *copies;

	copies = arena_array(&dst->arena, src->objects.n, sizeof(*copies));
	if (!copies)
		return NULL;
	*n = 0;
	for (size_t i = 0; i < src->objects.n; i++) {
		const struct svclb_object *o = src->objects.v[i];
		struct svclb_object *copy = &copies[*n];

		if (o->derived || (skip && skip[i]))
			continue;
		copy->kind = o->kind;
		copy->arrival = dst->arrivals + o->arrival;
		copy->meta = object_copy(&dst->arena, o);
		if (!copy->meta)
			return NULL;
		++*n;
	}
	return copies;
}

static struct svclb_object *held_object(const struct svclb_model *dst,
					const struct svclb_object *copy)
{
	if (!text_given(&copy->meta->name))
		return NULL;
	return model_lookup(dst, copy->kind, copy->meta->ns.s, copy->meta->name.s);
}

static bool carry_all(struct svclb_model *dst, struct svclb_object *copies, size_t n, size_t *n_new)
{
	struct copier c = {.arena = &dst->arena};

	*n_new = 0;
	for (size_t i = 0; i < n && !c.failed; i++) {
		const struct svclb_object *held = held_object(dst, &copies[i]);

		*n_new += !held;
		if (held && held->kind == SVCLB_KIND_SERVICE)
			carry_allocations(&c, copies[i].service, held->service);
	}
	return !c.failed;
}

int model_merge(struct svclb_model *dst, const struct svclb_model *src, const bool *skip,
		struct svclb_error **reterr)
{
	struct svclb_object *copies;
	size_t n, n_new;

	model_change(dst);
	copies = copy_objects(dst, src, skip, &n);
	if (!copies || !carry_all(dst, copies, n, &n_new) || model_reserve(dst, n_new) < 0)
		return err_nomem(reterr);
	if (dst->objects.n + n_new > dst->limits[SVCLB_LIMIT_OBJECTS])
		return model_full(dst, reterr);
	for (size_t i = 0; i < n; i++)
		model_link(dst, &copies[i]);
	dst->arrivals += src->arrivals;
	return 0;
}

int svclb_model_merge(struct svclb_model *dst, const struct svclb_model *src,
		      struct svclb_error **reterr)
{
	if (!dst || !src || dst == src)
		return err_set(reterr, SVCLB_EINVAL, "two different models are needed");
	return model_merge(dst, src, NULL, reterr);
}
