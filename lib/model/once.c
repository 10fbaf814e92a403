/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Warnings about annotations by their keys: given for the first object of a kind, and counted. */
#include "model/once.h"

#include <string.h>

/* Different keys that are counted; those behind them are named for each object. */
#define KEYS_MAX 64u

static struct once *find(struct check *c, const char *key)
{
	for (size_t i = 0; i < c->n_once; i++)
		if (c->once[i].kind == c->obj->kind && !strcmp(c->once[i].key, key))
			return &c->once[i];
	return NULL;
}

bool once_before(struct check *c, const char *key)
{
	struct once *x = find(c, key);

	if (x)
		x->others++;
	return x;
}

void once_said(struct check *c, const char *key)
{
	const struct problems *w = &c->model->warnings;
	struct once *slot;

	if (c->n_once == KEYS_MAX || c->given_up)
		return;
	slot = list_push(&c->scratch, c->once, c->n_once, c->cap_once);
	if (!slot) {
		c->given_up = true;
		return;
	}
	*slot = (struct once){
		.key = key,
		.kind = c->obj->kind,
		.warning = w->count <= w->limit ? w->last : NULL,
	};
}

void once_count(struct check *c)
{
	for (size_t i = 0; i < c->n_once; i++) {
		const struct once *x = &c->once[i];

		if (x->warning && x->others &&
		    !err_set_message(x->warning, "%s; the same with %zu other %s%s",
				     svclb_error_get_message(x->warning), x->others,
				     kind_name(x->kind), kind_plural(x->kind, x->others)))
			c->given_up = true;
	}
	c->n_once = 0;
}
