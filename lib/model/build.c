/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the builders share. */
#include "model/build.h"

#include <string.h>

int build_text(struct arena *a, struct ftext *field, const char *text)
{
	char *copy;

	if (!text)
		return -SVCLB_EINVAL;
	copy = arena_strdup(a, text);
	if (!copy)
		return -SVCLB_ENOMEM;
	field->s = copy;
	return 0;
}

int build_list(struct arena *a, struct ftext_list *list, const char *text)
{
	struct ftext field = {0}, *slot;
	int r = build_text(a, &field, text);

	if (r)
		return r;
	slot = list_push(a, list->v, list->n, list->cap);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = field;
	return 0;
}

static struct label *label_slot(struct arena *a, struct label_list *list, const char *key)
{
	struct label *l;

	for (size_t i = 0; i < list->n; i++) {
		if (!strcmp(list->v[i].key, key))
			return &list->v[i];
	}
	key = arena_strdup(a, key);
	l = key ? list_push(a, list->v, list->n, list->cap) : NULL;
	if (l)
		*l = (struct label){.key = key};
	return l;
}

int build_label(struct arena *a, struct label_list *list, const char *key, const char *value)
{
	struct label *l;
	char *copy;

	if (!key || !*key || !value)
		return -SVCLB_EINVAL;
	copy = arena_strdup(a, value);
	l = copy ? label_slot(a, list, key) : NULL;
	if (!l)
		return -SVCLB_ENOMEM;
	l->value = copy;
	return 0;
}
