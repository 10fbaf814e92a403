/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of Kubernetes' objects and of configurations as tables: read and written by them. */
#ifndef SVCLB_MANIFEST_FIELDS_H
#define SVCLB_MANIFEST_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/alike.h"

enum field_type {
	FIELD_NONE = 0,	   /* known, but not kept */
	FIELD_TEXT,	   /* struct ftext */
	FIELD_INT,	   /* struct fint */
	FIELD_BOOL,	   /* struct fbool */
	FIELD_TRISTATE,	   /* enum tristate */
	FIELD_TEXTS,	   /* struct ftext_list */
	FIELD_LABELS,	   /* struct label_list */
	FIELD_OBJECT,	   /* a mapping whose fields are kept in the same struct */
	FIELD_LIST,	   /* mappings, each an element of an array */
	FIELD_EACH,	   /* a list of mappings that all are kept in the same struct */
	FIELD_INT_OR_TEXT, /* struct fint, or struct ftext at `other` */
	FIELD_READY,	   /* enum tristate: the condition Ready in a list of conditions */
	FIELD_ONE_TEXT,	   /* struct ftext_list: its only element, unless the list was given */
};

enum field_use {
	USED = 0,
	SILENT,	   /* changes nothing here, and nobody expects that */
	NO_EFFECT, /* changes something in Kubernetes but not here: named in a warning */
};

/* Places in a struct are its offset + 1, so that 0 can say "none". */
#define PLACE(type, member) ((uint16_t)(offsetof(type, member) + 1))

struct field {
	const char *name;
	uint8_t type;
	uint8_t use;
	uint16_t place;		  /* of the value, for FIELD_LIST of the array */
	uint16_t other;		  /* FIELD_INT_OR_TEXT; FIELD_LIST: of the number of elements */
	uint16_t cap;		  /* FIELD_LIST */
	uint16_t at;		  /* FIELD_LIST: of its struct pos, 0 none */
	const struct fields *sub; /* FIELD_OBJECT, FIELD_LIST, FIELD_EACH */
	const char *hint;	  /* for the warning of NO_EFFECT; FIELD_TEXT: for a number */
};

/* The fields of one mapping. */
struct fields {
	const struct field *v;
	size_t n;
	size_t size;	/* of the struct, where it is an element of a FIELD_LIST */
	uint16_t at;	/* struct pos that gets the mapping's place, 0 none */
	uint16_t given; /* bool that is set where the mapping is present, 0 none */
	bool open;	/* has many members that are no concern of ours */
};

struct object_kind {
	const char *name;
	const char *api_version;
	const char *old_api_version; /* accepted with a warning, or NULL */
	uint32_t kind;		     /* enum svclb_kind */
	bool namespaced;
	const struct fields *fields; /* size is that of the object's struct */
};

const struct object_kind *object_kind_by_name(const char *name);
const struct object_kind *object_kind_by_id(uint32_t kind);
/* The kind whose name differs in little, for hints; or NULL. */
const char *object_kind_like(const char *name);

const struct field *field_find(const struct fields *t, const char *name);
/* The known name that the misspelt one may stand for, or NULL. */
const char *field_like(const struct fields *t, const char *name);

#endif
