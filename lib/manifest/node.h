/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document as a tree, the same for YAML and JSON. Trees live in an arena and are read only once
 * built; an alias shares the members of what it stands for.
 */
#ifndef SVCLB_MANIFEST_NODE_H
#define SVCLB_MANIFEST_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum tnode_kind {
	TNODE_SCALAR,
	TNODE_SEQUENCE,
	TNODE_MAPPING,
};

/* What a plain scalar stands for; a quoted one is always a text. */
/* What makes a member of a mapping unusable without keeping the rest of the input from being read. */
enum tnode_flaw {
	FLAW_NONE = 0,
	FLAW_TWICE, /* its key was there already */
	FLAW_MERGE, /* its key is << */
};

enum tnode_sense {
	SENSE_TEXT,
	SENSE_NULL,
	SENSE_BOOL,
	SENSE_INT,
	SENSE_FLOAT,
};

struct tnode {
	uint8_t kind;
	bool quoted;	 /* scalar: written as a text, whatever it looks like */
	bool complete;	 /* collection: its end was seen */
	bool flawed;	 /* collection: something in it, however deep, has a flaw */
	uint8_t flaw;	 /* enum tnode_flaw, as a member of a mapping */
	uint16_t height; /* levels below; 0 for scalars */
	uint32_t n;	 /* members, or bytes of the text */
	/* Of the tree below with this one, aliases expanded; both saturate. */
	uint32_t weight; /* nodes */
	uint32_t bytes;	 /* of texts and keys, without its own key */
	struct pos at;
	struct pos key_at; /* as a member of a mapping */
	const char *key;
	union {
		const char *s;	     /* scalar, NUL-terminated, no NUL inside */
		struct tnode *first; /* collection */
	};
	struct tnode *next; /* sibling */
};

/* The member of a mapping, or NULL; other kinds and NULL have none. */
const struct tnode *tnode_get(const struct tnode *n, const char *key);

/* The element of a sequence, or NULL. */
const struct tnode *tnode_nth(const struct tnode *n, size_t index);

enum tnode_sense tnode_sense(const struct tnode *scalar);
bool tnode_is_null(const struct tnode *n);
bool tnode_is_text(const struct tnode *n);

/* Its text if it is one, else NULL. */
const char *tnode_text(const struct tnode *n);

/* "text", "a number", "a list", ... for messages. */
const char *tnode_words(const struct tnode *n);

#endif
