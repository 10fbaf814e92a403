/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding fields by name, also misspelt ones. */
#include <string.h>

#include "manifest/fields.h"

const struct field *field_find(const struct fields *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].name, name))
			return &t->v[i];
	return NULL;
}

const char *field_like(const struct fields *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (words_same(t->v[i].name, name))
			return t->v[i].name;
	for (size_t i = 0; i < t->n; i++)
		if (words_alike(t->v[i].name, name))
			return t->v[i].name;
	return NULL;
}
