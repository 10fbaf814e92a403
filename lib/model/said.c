/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Annotations about endpoints. A list may have as many addresses as there is room for in a text, and
 * counts for each slice of its Service, so it is taken apart once. */
#include "model/said.h"

#include <stdlib.h>

static const struct said nothing;

static const uint32_t value_max[VALUE_COUNT_] = {
	[VALUE_WEIGHT] = WEIGHT_MAX,
	[VALUE_UPPER] = THRESHOLD_MAX,
	[VALUE_LOWER] = THRESHOLD_MAX,
};

static int item_cmp(const void *a, const void *b)
{
	return ip_cmp(&((const struct annotation_item *)a)->ip,
		      &((const struct annotation_item *)b)->ip);
}

/* Validation has seen the text. */
static bool values_parse(struct check *c, const struct label *l, int which, struct values *ret)
{
	const char *p = l->value;
	struct annotation_item item, *slot;

	while (p && annotation_item(&p, value_max[which], &item)) {
		if (!item.ip.family) {
			ret->all_given = true;
			ret->all = item.value;
			continue;
		}
		slot = list_push(&c->scratch, ret->v, ret->n, ret->cap);
		if (!slot)
			return false;
		*slot = item;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), item_cmp);
	return true;
}

static const struct said *take_apart(struct check *c, const struct label_list *annotations)
{
	const struct label *l[VALUE_COUNT_];
	struct said *s = NULL;
	bool any = false;

	for (int i = 0; i < VALUE_COUNT_; i++) {
		l[i] = annotation_find(annotations, endpoint_value_names[i]);
		any |= l[i] != NULL;
	}
	if (any)
		s = check_scratch(c, 1, sizeof(*s));
	if (!s)
		return &nothing;
	s->any = true;
	for (int i = 0; i < VALUE_COUNT_; i++)
		if (l[i] && !values_parse(c, l[i], i, &s->of[i]))
			c->given_up = true;
	return s;
}

bool said_new(struct check *c, struct said_by *ret)
{
	ret->c = c;
	ret->v = check_scratch(c, c->model->objects.n, sizeof(*ret->v));
	return ret->v;
}

const struct said *said_of(struct said_by *x, const struct svclb_object *o)
{
	if (!o)
		return &nothing;
	if (!x->v[o->place])
		x->v[o->place] = take_apart(x->c, &o->meta->annotations);
	return x->v[o->place];
}

bool said_of_one(const struct values *x, const struct ipaddr *ip, uint32_t *ret)
{
	const struct annotation_item key = {.ip = *ip};
	const struct annotation_item *found =
		x->n ? bsearch(&key, x->v, x->n, sizeof(*x->v), item_cmp) : NULL;

	if (found)
		*ret = found->value;
	return found;
}

bool said_of_all(const struct values *x, uint32_t *ret)
{
	if (x->all_given)
		*ret = x->all;
	return x->all_given;
}

const struct svclb_object *slice_writer(const struct svclb_model *m,
					const struct svclb_object *slice)
{
	const struct slice *s = slice->slice;
	const struct svclb_object *o = NULL;

	if (slice->derived)
		o = model_lookup(m, SVCLB_KIND_ENDPOINTS, s->meta.ns.s, s->service.s);
	return o ? o : slice;
}
