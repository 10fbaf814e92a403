/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds a document's tree from what a reader sees, and holds the limits on it. */
#include "manifest/build.h"

#include <stdlib.h>
#include <string.h>
#include <svclb/options.h>

#include "model/options.h"

/* The option may be larger, but the tree is walked recursively, so the stack sets a bound too. */
#define DEPTH_MAX 1000u

/*
 * Aliases may make a document this much larger than it is written: each is decoded again, so texts
 * count too, as many bytes of them for a value as one takes itself. What an input may have beyond
 * that is for small documents; many of them share it, or it would be without bounds again.
 */
#define EXPANSION_FACTOR 10u
#define EXPANSION_FREE	 10000u
#define BYTES_PER_VALUE	 64u

/* Bytes of an input that are as long a turn as a value. */
#define BYTES_PER_TURN 65536u

/* Mappings up to this size are searched for duplicates pair by pair. */
#define PAIRWISE_MAX 16u

int source_fail(struct source *src, int code, struct pos at, const char *hint, const char *fmt, ...)
{
	struct err_parts parts = {.file = src->name, .pos = at, .hint = hint};
	va_list ap;

	va_start(ap, fmt);
	problems_add(src->problems, err_newv(code, &parts, fmt, ap));
	va_end(ap);
	return -1;
}

int source_nomem(struct source *src)
{
	src->given_up = true;
	return -1;
}

bool source_goes_on(struct source *src)
{
	src->given_up |= patience_over(&src->patience);
	return !src->given_up;
}

bool source_goes_on_at(struct source *src, size_t at, size_t *next)
{
	if (at < *next)
		return true;
	*next = at + BYTES_PER_TURN;
	return source_goes_on(src);
}

bool source_goes_on_over(struct source *src, size_t bytes)
{
	for (size_t turns = bytes / BYTES_PER_TURN; turns && source_goes_on(src);)
		turns--;
	return source_goes_on(src);
}

void tbuild_free(struct tbuild *b)
{
	vec_free(&b->stack);
}

static struct tframe *top(const struct tbuild *b)
{
	return b->stack.n ? &b->stack.v[b->stack.n - 1] : NULL;
}

bool tbuild_wants_key(const struct tbuild *b)
{
	const struct tframe *f = top(b);

	return f && f->node->kind == TNODE_MAPPING && !f->key;
}

static uint64_t depth_limit(const struct source *src)
{
	uint64_t limit = src->limits[SVCLB_LIMIT_DEPTH];

	return limit < DEPTH_MAX ? limit : DEPTH_MAX;
}

static int check_depth(struct tbuild *b, size_t more, struct pos at)
{
	if (b->stack.n + more <= depth_limit(b->src))
		return 0;
	return source_fail(b->src, SVCLB_ELIMIT, at,
			   depth_limit(b->src) < DEPTH_MAX ? options_limit_hint(SVCLB_LIMIT_DEPTH)
							   : NULL,
			   "nesting is deeper than the limit of %llu levels",
			   (unsigned long long)depth_limit(b->src));
}

void tbuild_start(struct tbuild *b, struct arena *arena)
{
	b->arena = arena;
	b->root = NULL;
	b->stack.n = 0;
	b->written = b->expanded = (struct tsum){0};
}

static uint64_t size_of(const struct tsum *s)
{
	return s->nodes + s->bytes / BYTES_PER_VALUE;
}

/* What aliases added beyond the factor. */
static uint64_t excess(const struct tbuild *b)
{
	uint64_t allowed = EXPANSION_FACTOR * size_of(&b->written);
	uint64_t size = size_of(&b->expanded);

	return size > allowed ? size - allowed : 0;
}

void tbuild_finish(struct tbuild *b)
{
	b->src->expanded += excess(b);
}

static int check_size(struct tbuild *b, struct pos at)
{
	uint64_t limit = b->src->limits[SVCLB_LIMIT_NODES];

	if (b->written.nodes + b->expanded.nodes > limit)
		return source_fail(b->src, SVCLB_ELIMIT, at, options_limit_hint(SVCLB_LIMIT_NODES),
				   "the document has more values than the limit of %llu",
				   (unsigned long long)limit);
	if (excess(b) + b->src->expanded > EXPANSION_FREE)
		return source_fail(b->src, SVCLB_ELIMIT, at,
				   "write the repeated parts out or use fewer aliases",
				   "aliases make the document more than %u times as large",
				   EXPANSION_FACTOR);
	return 0;
}

/* Hangs a node where the next value belongs. */
static void attach(struct tbuild *b, struct tnode *n)
{
	struct tframe *f = top(b);

	if (!f) {
		b->root = n;
		return;
	}
	n->key = f->key;
	n->key_at = f->key_at;
	f->key = NULL;
	n->flaw = f->merge ? FLAW_MERGE : FLAW_NONE;
	f->node->flawed |= f->merge;
	f->merge = false;
	if (f->last)
		f->last->next = n;
	else
		f->node->first = n;
	f->last = n;
	f->node->n++;
}

static struct tnode *new_node(struct tbuild *b, enum tnode_kind kind, struct pos at)
{
	struct tnode *n;

	if (!source_goes_on(b->src))
		return NULL;
	n = arena_alloc(b->arena, sizeof(*n));
	if (!n) {
		(void)source_nomem(b->src); /* NULL says the same */
		return NULL;
	}
	n->kind = (uint8_t)kind;
	n->at = at;
	n->weight = 1;
	b->written.nodes++;
	return n;
}

int tbuild_begin(struct tbuild *b, enum tnode_kind kind, struct pos at, struct tnode **ret)
{
	struct tframe *f;
	struct tnode *n;

	if (tbuild_wants_key(b))
		return source_fail(b->src, SVCLB_EPARSE, at, NULL, "a key must be text, not %s",
				   kind == TNODE_MAPPING ? "a mapping" : "a list");
	if (check_depth(b, 1, at))
		return -1;
	n = new_node(b, kind, at);
	if (!n || check_size(b, at))
		return -1;
	attach(b, n);
	f = vec_push(&b->stack);
	if (!f)
		return source_nomem(b->src);
	f->node = n;
	*ret = n;
	return 0;
}

/* The text in the arena; NULL with the problem recorded. */
static const char *scalar_text(struct tbuild *b, const char *s, size_t len, struct pos at)
{
	uint64_t limit = b->src->limits[SVCLB_LIMIT_SCALAR];
	const char *text = NULL;

	if (len > limit)
		(void)source_fail(b->src, SVCLB_ELIMIT, at, options_limit_hint(SVCLB_LIMIT_SCALAR),
				  "a text is longer than the limit of %llu bytes",
				  (unsigned long long)limit);
	else if (len && memchr(s, '\0', len))
		(void)source_fail(b->src, SVCLB_EPARSE, at, NULL,
				  "a text has a character with the code 0");
	else if (!(text = arena_strndup(b->arena, s, len)))
		(void)source_nomem(b->src);
	return text;
}

static void add(uint32_t *sum, uint64_t n)
{
	*sum = n > UINT32_MAX - *sum ? UINT32_MAX : *sum + (uint32_t)n;
}

static void set_key(struct tbuild *b, const char *s, size_t len, bool quoted, struct pos at)
{
	struct tframe *f = top(b);

	f->merge = b->src->lenient && !quoted && !strcmp(s, "<<");
	if (!b->src->lenient && !quoted && !strcmp(s, "<<"))
		(void)source_fail(b->src, SVCLB_EPARSE, at, "write the merged keys out",
				  "merge keys (<<) are not supported"); /* go on with the rest */
	f->key = s;
	f->key_at = at;
	add(&f->node->bytes, len);
}

int tbuild_scalar(struct tbuild *b, const char *s, size_t len, bool quoted, struct pos at,
		  struct tnode **ret)
{
	const char *text = scalar_text(b, s, len, at);
	struct tnode *n;

	*ret = NULL;
	if (!text)
		return -1;
	b->written.bytes += len;
	if (tbuild_wants_key(b)) {
		set_key(b, text, len, quoted, at);
		return 0;
	}
	n = new_node(b, TNODE_SCALAR, at);
	if (!n || check_size(b, at))
		return -1;
	n->quoted = quoted;
	n->s = text;
	n->n = (uint32_t)len;
	n->bytes = (uint32_t)len;
	attach(b, n);
	*ret = n;
	return 0;
}

/* Adds a finished member to the sums of its parent. */
static void account(struct tframe *f, const struct tnode *n)
{
	add(&f->node->weight, n->weight);
	add(&f->node->bytes, n->bytes);
	f->node->flawed |= n->flawed;
	if (f->node->height < n->height + 1)
		f->node->height = (uint16_t)(n->height + 1);
}

int tbuild_alias(struct tbuild *b, const struct tnode *of, struct pos at)
{
	struct tnode *n;

	if (tbuild_wants_key(b))
		return source_fail(b->src, SVCLB_EPARSE, at, NULL,
				   "a key must be text, not an alias");
	if (of->kind != TNODE_SCALAR && !of->complete)
		return source_fail(b->src, SVCLB_EPARSE, at, NULL,
				   "an alias stands inside of what it refers to");
	if (check_depth(b, of->height, at))
		return -1;
	b->expanded.nodes += of->weight;
	b->expanded.bytes += of->bytes;
	if (check_size(b, at))
		return -1;
	n = new_node(b, of->kind, at);
	if (!n)
		return -1;
	*n = *of;
	n->at = at;
	n->next = NULL;
	attach(b, n);
	return 0;
}

static int duplicate(struct tbuild *b, struct tnode *a, struct tnode *c)
{
	bool a_first = a->key_at.line < c->key_at.line ||
		       (a->key_at.line == c->key_at.line && a->key_at.column < c->key_at.column);
	const struct tnode *first = a_first ? a : c;
	struct tnode *again = a_first ? c : a;
	char key[SHOWN_SIZE];

	if (b->src->lenient) {
		again->flaw = FLAW_TWICE;
		top(b)->node->flawed = true;
		return 0;
	}
	return source_fail(b->src, SVCLB_EPARSE, again->key_at, NULL,
			   "key %s appears twice, first in line %u",
			   text_shown(again->key, key, sizeof(key)), first->key_at.line);
}

static int by_key(const void *a, const void *b)
{
	const struct tnode *const *x = a;
	const struct tnode *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* A pair by pair search would take hours on a mapping with a million keys. */
static int find_duplicates_sorted(struct tbuild *b, const struct tnode *map)
{
	struct tnode **v = malloc(map->n * sizeof(struct tnode *));
	size_t n = 0;

	if (!v)
		return source_nomem(b->src);
	for (struct tnode *m = map->first; m; m = m->next)
		v[n++] = m;
	qsort(v, n, sizeof(struct tnode *), by_key);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(v[i - 1]->key, v[i]->key))
			(void)duplicate(b, v[i - 1], v[i]); /* all of them, then go on */
	free(v);
	return 0;
}

static int find_duplicates(struct tbuild *b, const struct tnode *map)
{
	if (map->n > PAIRWISE_MAX)
		return find_duplicates_sorted(b, map);
	for (struct tnode *m = map->first; m; m = m->next)
		for (struct tnode *o = map->first; o != m; o = o->next)
			if (!strcmp(m->key, o->key)) {
				(void)duplicate(b, o, m); /* all of them, then go on */
				break;
			}
	return 0;
}

int tbuild_end(struct tbuild *b)
{
	struct tframe *f = &b->stack.v[b->stack.n - 1]; /* readers end only what they began */
	struct tnode *n = f->node;

	for (const struct tnode *m = n->first; m; m = m->next)
		account(f, m);
	n->complete = true;
	if (n->kind == TNODE_MAPPING && find_duplicates(b, n))
		return -1;
	b->stack.n--;
	return 0;
}
