/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels and annotations by their keys. An object may have as many as its document has room for, and
 * is asked once for each endpoint, slice or selector that it concerns, so long lists are sorted.
 */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* Up to here a walk is no slower. */
#define SHORT_LIST 8

static int key_cmp(const char *key, const char *prefix, size_t len, const char *name)
{
	int r = strncmp(key, prefix, len);

	return r ? r : strcmp(key + len, name);
}

static const struct label *find_sorted(const struct label_list *l, const char *prefix, size_t len,
				       const char *name)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (key_cmp(l->sorted[mid]->key, prefix, len, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && !key_cmp(l->sorted[lo]->key, prefix, len, name) ? l->sorted[lo] : NULL;
}

const struct label *label_find_below(const struct label_list *l, const char *prefix,
				     const char *name)
{
	size_t len = strlen(prefix);

	if (l->sorted && l->n_sorted == l->n)
		return find_sorted(l, prefix, len, name);
	for (size_t i = 0; i < l->n; i++)
		if (!key_cmp(l->v[i].key, prefix, len, name))
			return &l->v[i];
	return NULL;
}

const struct label *label_find(const struct label_list *l, const char *key)
{
	return label_find_below(l, "", key);
}

const char *label_get(const struct label_list *l, const char *key)
{
	const struct label *found = label_find(l, key);

	return found ? found->value : NULL;
}

size_t label_steps(const struct label_list *l)
{
	size_t steps = 1;

	for (size_t n = l->n; n > 1; n /= 2)
		steps++;
	return steps;
}

/* Of one key in the order of the list. */
static int by_key(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;
	int r = strcmp(x->key, y->key);

	return r ? r : (x > y) - (x < y);
}

static bool sort_list(struct arena *a, struct label_list *l)
{
	if (l->n <= SHORT_LIST || (l->sorted && l->n_sorted == l->n))
		return true;
	l->sorted = arena_array(a, l->n, sizeof(const struct label *));
	if (!l->sorted)
		return false;
	for (size_t i = 0; i < l->n; i++)
		l->sorted[i] = &l->v[i];
	qsort(l->sorted, l->n, sizeof(const struct label *), by_key);
	l->n_sorted = l->n;
	return true;
}

int model_sort_labels(struct svclb_model *m)
{
	for (size_t i = 0; i < m->objects.n; i++) {
		struct meta *meta = m->objects.v[i]->meta;

		if (!sort_list(&m->arena, &meta->labels) ||
		    !sort_list(&m->arena, &meta->annotations))
			return -1;
	}
	return 0;
}
