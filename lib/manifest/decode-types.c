/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decodes the types that fields have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/decode.h"

#define HINT_MAX 96

/* number: the hint where it is one; NULL: quotes make a text of it. */
static bool take_text(struct decoder *d, const struct path *path, const struct tnode *n,
		      const char *number, struct ftext *to)
{
	char hint[HINT_MAX];

	to->at = n->at;
	if (!tnode_is_text(n)) {
		bool quotable = n->kind == TNODE_SCALAR && n->n < HINT_MAX / 2 && !tnode_is_null(n);

		if (quotable && number && tnode_sense(n) == SENSE_INT)
			(void)snprintf(hint, sizeof(hint), "%s", number); /* one of ours fits */
		else if (quotable)
			(void)snprintf(hint, sizeof(hint), "put it in quotes: \"%s\"", n->s);
		decode_problem(d, path, n->at, quotable ? hint : NULL, "must be text, not %s",
			       tnode_words(n));
		return false;
	}
	if (!source_goes_on_over(d->src, n->n))
		return false;
	to->s = arena_strndup(d->arena, n->s, n->n);
	if (!to->s)
		decode_nomem(d);
	return to->s != NULL;
}

static void text(struct decoder *d, const struct path *path, const struct field *f,
		 const struct tnode *n, void *base)
{
	(void)take_text(d, path, n, f->use == NO_EFFECT ? NULL : f->hint,
			field_at(base, f->place)); /* listed if it fails */
}

static bool is_decimal(const char *s)
{
	if (*s == '-')
		s++;
	if (*s == '0')
		return !s[1];
	return *s && !s[strspn(s, "0123456789")];
}

static void whole_number(struct decoder *d, const struct path *path, const struct field *f,
			 const struct tnode *n, void *base)
{
	struct fint *to = field_at(base, f->place);

	to->at = n->at;
	if (n->kind != TNODE_SCALAR || tnode_sense(n) != SENSE_INT) {
		const char *hint = n->kind == TNODE_SCALAR && n->quoted && is_decimal(n->s)
					   ? "remove the quotes"
					   : NULL;

		decode_problem(d, path, n->at, hint, "must be a whole number, not %s",
			       tnode_words(n));
		return;
	}
	if (!is_decimal(n->s)) {
		decode_problem(d, path, n->at, NULL,
			       "must be a whole number in plain decimal digits, not %.40s", n->s);
		return;
	}
	errno = 0;
	to->v = strtoll(n->s, NULL, 10);
	if (errno) {
		to->v = 0;
		decode_problem(d, path, n->at, NULL, "is out of range: %.40s", n->s);
		return;
	}
	to->given = true;
}

static enum tristate truth(struct decoder *d, const struct path *path, const struct tnode *n)
{
	if (n->kind == TNODE_SCALAR && !n->quoted && !strcmp(n->s, "true"))
		return TRI_TRUE;
	if (n->kind == TNODE_SCALAR && !n->quoted && !strcmp(n->s, "false"))
		return TRI_FALSE;
	if (n->kind == TNODE_SCALAR && n->n <= 40)
		decode_problem(d, path, n->at, n->quoted ? "remove the quotes" : NULL,
			       "must be true or false, not %s%s%s", n->quoted ? "\"" : "", n->s,
			       n->quoted ? "\"" : "");
	else
		decode_problem(d, path, n->at, NULL, "must be true or false, not %s",
			       tnode_words(n));
	return TRI_UNSET;
}

static void truth_value(struct decoder *d, const struct path *path, const struct field *f,
			const struct tnode *n, void *base)
{
	struct fbool *to = field_at(base, f->place);

	to->at = n->at;
	to->v = truth(d, path, n);
}

static void tristate(struct decoder *d, const struct path *path, const struct field *f,
		     const struct tnode *n, void *base)
{
	enum tristate *to = field_at(base, f->place);

	*to = truth(d, path, n);
}

static bool is_list(struct decoder *d, const struct path *path, const struct tnode *n)
{
	if (n->kind == TNODE_SEQUENCE)
		return true;
	decode_problem(d, path, n->at, "begin each element with '- '", "must be a list, not %s",
		       tnode_words(n));
	return false;
}

static void texts(struct decoder *d, const struct path *up, const struct field *f,
		  const struct tnode *n, void *base)
{
	struct ftext_list *to = field_at(base, f->place);
	struct path path = {.up = up};

	to->at = n->at;
	if (!is_list(d, up, n))
		return;
	to->v = arena_array(d->arena, n->n, sizeof(*to->v));
	to->cap = to->v ? n->n : 0;
	to->n = 0;
	if (!to->v)
		decode_nomem(d);
	for (const struct tnode *m = n->first; m && to->v && !d->src->given_up;
	     m = m->next, path.index++)
		if (take_text(d, &path, m, NULL, &to->v[to->n]))
			to->n++;
}

static void one_text(struct decoder *d, const struct path *path, const struct field *f,
		     const struct tnode *n, void *base)
{
	struct ftext_list *to = field_at(base, f->place);
	struct ftext one = {0};

	if (!take_text(d, path, n, NULL, &one) || to->n)
		return;
	to->at = n->at;
	to->v = arena_alloc(d->arena, sizeof(*to->v));
	if (!to->v) {
		decode_nomem(d);
		return;
	}
	to->v[0] = one;
	to->n = 1;
	to->cap = 1;
}

static void labels(struct decoder *d, const struct path *up, const struct field *f,
		   const struct tnode *n, void *base)
{
	struct label_list *to = field_at(base, f->place);

	to->at = n->at;
	if (n->kind != TNODE_MAPPING) {
		decode_problem(d, up, n->at, NULL, "must be a mapping, not %s", tnode_words(n));
		return;
	}
	to->v = arena_array(d->arena, n->n, sizeof(*to->v));
	to->cap = to->v ? n->n : 0;
	to->n = 0;
	if (!to->v)
		decode_nomem(d);
	for (const struct tnode *m = n->first; m && to->v && source_goes_on(d->src); m = m->next) {
		struct path path = {.up = up, .key = m->key, .label = true};
		struct ftext value = {.s = "", .at = m->at};
		struct label *l = &to->v[to->n];

		if (!tnode_is_null(m) && !take_text(d, &path, m, NULL, &value))
			continue;
		l->key = arena_strdup(d->arena, m->key);
		l->value = value.s;
		l->at = m->at;
		if (l->key)
			to->n++;
		else
			decode_nomem(d);
	}
}

static void object(struct decoder *d, const struct path *path, const struct field *f,
		   const struct tnode *n, void *base)
{
	decode_mapping(d, path, n, f->sub, base);
}

/* Room for more elements behind those that the array has; NULL when out of memory. */
static char *list_grow(struct decoder *d, const struct field *f, void *base, size_t more)
{
	char *array;
	size_t n, cap;

	memcpy(&array, field_at(base, f->place), sizeof(array));
	memcpy(&n, field_at(base, f->other), sizeof(n));
	memcpy(&cap, field_at(base, f->cap), sizeof(cap));
	more += n;
	if (more > cap) {
		char *old = array;

		cap = n ? 2 * more : more; /* the ports of one container follow those of another */
		array = arena_array(d->arena, cap, f->sub->size);
		if (!array) {
			decode_nomem(d);
			return NULL;
		}
		if (n)
			memcpy(array, old, n * f->sub->size);
	}
	memcpy(field_at(base, f->place), &array, sizeof(array));
	memcpy(field_at(base, f->other), &more, sizeof(more));
	memcpy(field_at(base, f->cap), &cap, sizeof(cap));
	return array + n * f->sub->size;
}

static void list(struct decoder *d, const struct path *up, const struct field *f,
		 const struct tnode *n, void *base)
{
	struct path path = {.up = up};
	char *element;

	if (f->at)
		memcpy(field_at(base, f->at), &n->at, sizeof(n->at));
	if (!is_list(d, up, n) || !n->n)
		return;
	element = list_grow(d, f, base, n->n);
	for (const struct tnode *m = n->first; m && element; m = m->next, path.index++) {
		decode_mapping(d, &path, m, f->sub, element);
		element += f->sub->size;
	}
}

static void each(struct decoder *d, const struct path *up, const struct field *f,
		 const struct tnode *n, void *base)
{
	struct path path = {.up = up};

	if (!is_list(d, up, n))
		return;
	for (const struct tnode *m = n->first; m; m = m->next, path.index++)
		decode_mapping(d, &path, m, f->sub, base);
}

static void int_or_text(struct decoder *d, const struct path *path, const struct field *f,
			const struct tnode *n, void *base)
{
	struct ftext *name = field_at(base, f->other);

	if (tnode_is_text(n)) {
		(void)take_text(d, path, n, NULL, name); /* listed if it fails */
		return;
	}
	if (n->kind == TNODE_SCALAR && tnode_sense(n) == SENSE_INT)
		whole_number(d, path, f, n, base);
	else
		decode_problem(d, path, n->at, NULL, "must be a whole number or a name, not %s",
			       tnode_words(n));
}

static void ready(struct decoder *d, const struct path *up, const struct field *f,
		  const struct tnode *n, void *base)
{
	enum tristate *to = field_at(base, f->place);

	if (!is_list(d, up, n))
		return;
	for (const struct tnode *m = n->first; m; m = m->next) {
		const char *type = tnode_text(tnode_get(m, "type"));
		const char *status = tnode_text(tnode_get(m, "status"));

		if (type && !strcmp(type, "Ready"))
			*to = status && !strcmp(status, "True") ? TRI_TRUE : TRI_FALSE;
	}
}

void decode_field(struct decoder *d, const struct path *path, const struct field *f,
		  const struct tnode *n, void *base)
{
	static void (*const types[])(struct decoder *, const struct path *, const struct field *,
				     const struct tnode *, void *) = {
		[FIELD_TEXT] = text,	    [FIELD_INT] = whole_number,
		[FIELD_BOOL] = truth_value, [FIELD_TRISTATE] = tristate,
		[FIELD_TEXTS] = texts,	    [FIELD_LABELS] = labels,
		[FIELD_OBJECT] = object,    [FIELD_LIST] = list,
		[FIELD_EACH] = each,	    [FIELD_INT_OR_TEXT] = int_or_text,
		[FIELD_READY] = ready,	    [FIELD_ONE_TEXT] = one_text,
	};

	types[f->type](d, path, f, n, base);
}

static void absent(const struct field *f, void *base, struct pos at)
{
	switch (f->type) {
	case FIELD_TEXT:
		((struct ftext *)field_at(base, f->place))->at = at;
		break;
	case FIELD_INT:
		((struct fint *)field_at(base, f->place))->at = at;
		break;
	case FIELD_INT_OR_TEXT:
		((struct fint *)field_at(base, f->place))->at = at;
		((struct ftext *)field_at(base, f->other))->at = at;
		break;
	case FIELD_BOOL:
		((struct fbool *)field_at(base, f->place))->at = at;
		break;
	case FIELD_TEXTS:
		((struct ftext_list *)field_at(base, f->place))->at = at;
		break;
	case FIELD_LABELS:
		((struct label_list *)field_at(base, f->place))->at = at;
		break;
	case FIELD_LIST:
		if (f->at)
			memcpy(field_at(base, f->at), &at, sizeof(at));
		break;
	case FIELD_OBJECT:
		if (f->sub->at && !f->sub->given)
			memcpy(field_at(base, f->sub->at), &at, sizeof(at));
		fields_absent(f->sub, base, at);
		break;
	default:
		break;
	}
}

void fields_absent(const struct fields *t, void *base, struct pos at)
{
	for (size_t i = 0; i < t->n; i++)
		absent(&t->v[i], base, at);
}
