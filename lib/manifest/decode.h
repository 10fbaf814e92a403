/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decodes trees into structs by field tables; what is wrong is listed, never fatal. */
#ifndef SVCLB_MANIFEST_DECODE_H
#define SVCLB_MANIFEST_DECODE_H

#include "manifest/build.h"
#include "manifest/fields.h"
#include "model/model.h"
#include "util/strbuf.h"

/* A field that was named in a warning already, of no effect or unknown, or a kind that is not used. */
struct said {
	const struct field *field; /* NULL: unknown */
	const struct fields *of;   /* unknown: where; NULL: a kind */
	const char *key;
	struct svclb_error *warning; /* NULL: there was no room for it */
	uint64_t object;	     /* the last one that has it */
	size_t others;		     /* objects after the first one */
};

struct decoder {
	struct source *src;
	struct arena *arena; /* gets the texts and arrays */
	struct problems *problems;
	struct problems *warnings;
	/* The object that is decoded, for messages. */
	const char *kind;
	uint32_t id;		    /* enum svclb_kind, 0: none of ours */
	const struct tnode *object; /* NULL: the kind alone names it */
	bool namespaced;
	bool hides;	  /* other objects may stand there */
	size_t each;	  /* problems kept of one object, with nameless one fewer; 0: all */
	size_t of_object; /* so far */
	size_t nameless;  /* of everything in the document that is no object of ours, so far */
	uint64_t serial;  /* of the object */
	VEC(struct said) said;
	/* Unknown ones that are named, and those that there is no room for. */
	size_t fields, kinds;
	struct said more_fields, more_kinds;
};

/* The way from the object to a value, for messages; built on the stack on the way down. */
struct path {
	const struct path *up;
	const char *key; /* NULL: an element of a list */
	size_t index;
	bool label; /* the key is the user's own */
};

void decoder_free(struct decoder *d);

/* Adds to warnings in how many other objects the same holds. */
void decode_count(struct decoder *d);

void decode_problem(struct decoder *d, const struct path *path, struct pos at, const char *hint,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void decode_warning(struct decoder *d, const struct path *path, struct pos at, const char *hint,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A kind that is not used here: named once. */
void decode_unused_kind(struct decoder *d, struct pos at, const char *kind, const char *hint);
void decode_nomem(struct decoder *d);

/* Decodes a mapping into the struct at base. */
void decode_mapping(struct decoder *d, const struct path *path, const struct tnode *n,
		    const struct fields *t, void *base);

/* Lists what made the reader of a lenient source mark members of a tree. */
void decode_flaws(struct decoder *d, const struct path *up, const struct tnode *n);

/* Decodes one value; the path ends with it. ---- decode-types.c ---- */
void decode_field(struct decoder *d, const struct path *path, const struct field *f,
		  const struct tnode *n, void *base);

/* Gives every field of the table a place, for those that turn out to be absent. */
void fields_absent(const struct fields *t, void *base, struct pos at);

/* A member of a struct by its place in a table. */
static inline void *field_at(void *base, uint16_t place)
{
	return (char *)base + place - 1;
}

/* Text of the user's for a message: one line, not too long. */
void strbuf_add_shown(struct strbuf *b, const char *s);

#endif
