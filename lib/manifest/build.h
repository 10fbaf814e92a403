/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds a document's tree from what a reader sees, and holds the limits on it. */
#ifndef SVCLB_MANIFEST_BUILD_H
#define SVCLB_MANIFEST_BUILD_H

#include "manifest/node.h"
#include "model/patience.h"
#include "util/arena.h"
#include "util/utf8.h"
#include "util/vec.h"

#define SHOWN_SIZE 65 /* texts of the input in messages about its form */

/* One input, and where its problems go. */
struct source {
	const char *name; /* may be NULL */
	const char *buf;
	size_t len;
	const uint64_t *limits; /* by enum svclb_limit */
	struct problems *problems;
	bool lenient; /* what concerns a part of the input is left to who uses that part */
	bool go_on;   /* a broken document keeps nobody from reading those behind it */
	struct patience patience;
	bool given_up;	   /* for want of memory or time: the problems are not worth reporting */
	uint64_t expanded; /* what aliases added beyond the factor, of all its documents so far */
};

/* Records a problem; returns -1, so that `return source_fail(...)` is the common form. */
int source_fail(struct source *src, int code, struct pos at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
int source_nomem(struct source *src);
/* Whether there is time to go on; else it is given up. */
bool source_goes_on(struct source *src);
/* The same for what goes through the bytes one by one: asked at each, it looks at some. *next begins
 * with 0. */
bool source_goes_on_at(struct source *src, size_t at, size_t *next);
/* The same for what copies many bytes at once. */
bool source_goes_on_over(struct source *src, size_t bytes);

struct tframe {
	struct tnode *node;
	struct tnode *last;
	const char *key; /* mapping: the key that waits for its value */
	struct pos key_at;
	bool merge; /* the key is << */
};

struct tsum {
	uint64_t nodes;
	uint64_t bytes; /* of their texts and keys */
};

struct tbuild {
	struct source *src;
	struct arena *arena;
	VEC(struct tframe) stack;
	struct tnode *root;
	struct tsum written;  /* what stands in the input */
	struct tsum expanded; /* what aliases add */
};

void tbuild_free(struct tbuild *b);

/* Whether the next scalar is a key. */
bool tbuild_wants_key(const struct tbuild *b);

/* Begins a document. */
void tbuild_start(struct tbuild *b, struct arena *arena);
/* Ends it: what its aliases added beyond the factor counts for the rest of the input. */
void tbuild_finish(struct tbuild *b);

/* All return 0, or -1 with the problem recorded. *ret is NULL for keys. */
int tbuild_begin(struct tbuild *b, enum tnode_kind kind, struct pos at, struct tnode **ret);
int tbuild_scalar(struct tbuild *b, const char *s, size_t len, bool quoted, struct pos at,
		  struct tnode **ret);
int tbuild_alias(struct tbuild *b, const struct tnode *of, struct pos at);
int tbuild_end(struct tbuild *b);

#endif
