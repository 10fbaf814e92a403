/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One field of an object by its path. */
#include <stdlib.h>
#include <string.h>

#include "manifest/write.h"

#define KEY_MAX	  320
#define INDEX_MAX 1000000000u

/* One step of a path: a key, or an element's number. */
struct step {
	char key[KEY_MAX + 1];
	size_t index;
	bool is_index;
};

static bool take_key(struct step *s, const char *from, size_t len)
{
	if (!len || len > KEY_MAX)
		return false;
	memcpy(s->key, from, len);
	s->key[len] = '\0';
	s->is_index = false;
	return true;
}

static const char *take_index(struct step *s, const char *p)
{
	s->is_index = true;
	s->index = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		s->index = s->index * 10 + (size_t)(*p - '0');
		if (s->index > INDEX_MAX)
			return NULL;
	}
	return *p == ']' ? p + 1 : NULL;
}

/* Behind '[': a number, or a key that may have dots, in quotes of either kind or without. */
static const char *take_bracket(struct step *s, const char *p)
{
	const char *end;

	if (*p >= '0' && *p <= '9')
		return take_index(s, p);
	if (*p == '\'' || *p == '"') {
		end = strchr(p + 1, *p);
		return end && end[1] == ']' && take_key(s, p + 1, (size_t)(end - p - 1)) ? end + 2
											 : NULL;
	}
	end = strchr(p, ']');
	return end && take_key(s, p, (size_t)(end - p)) ? end + 1 : NULL;
}

/* Reads a step; NULL if the path is malformed. */
static const char *take_step(struct step *s, const char *p, bool first)
{
	size_t len;

	if (*p == '[')
		return take_bracket(s, p + 1);
	if (*p == '.' && !first)
		p++;
	else if (!first)
		return NULL;
	len = strcspn(p, ".[]");
	return take_key(s, p, len) ? p + len : NULL;
}

/* 0, -SVCLB_EINVAL or -SVCLB_ENOTFOUND. The whole path is checked, also behind what is missing. */
static int walk(const struct tnode *n, const char *path, const struct tnode **ret)
{
	bool first = true;
	struct step s;

	if (!*path)
		return -SVCLB_EINVAL;
	while (*path) {
		path = take_step(&s, path, first);
		if (!path)
			return -SVCLB_EINVAL;
		n = s.is_index ? tnode_nth(n, s.index) : tnode_get(n, s.key);
		first = false;
	}
	*ret = n;
	return n ? 0 : -SVCLB_ENOTFOUND;
}

static char *value_text(const struct tnode *n)
{
	struct strbuf b = {0};

	if (n->kind == TNODE_SCALAR)
		strbuf_add(&b, n->s);
	else
		strbuf_addf(&b, "%u", n->n);
	return strbuf_steal(&b);
}

int svclb_object_get_text(const struct svclb_object *obj, const char *path, char **ret)
{
	const struct tnode *n = NULL;
	struct arena a = {0};
	char *text = NULL;
	int r;

	if (!obj || !path || !ret)
		return -SVCLB_EINVAL;
	r = object_tree(obj, &a, &n);
	if (!r)
		r = walk(n, path, &n);
	if (!r) {
		text = value_text(n);
		r = text ? 0 : -SVCLB_ENOMEM;
	}
	arena_free(&a);
	if (!r)
		*ret = text;
	return r;
}
