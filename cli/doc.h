/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing structured output: the same calls give JSON or YAML. */
#ifndef SVCLBCTL_DOC_H
#define SVCLBCTL_DOC_H

#include "cli.h"

#define DOC_DEPTH 12

enum doc_format { DOC_JSON, DOC_YAML };

struct doc {
	struct text text;
	enum doc_format format;
	unsigned depth;
	struct {
		bool array;
		size_t members;
		bool inline_first; /* YAML: the first member follows "- " on the same line */
	} stack[DOC_DEPTH];
};

void doc_begin(struct doc *d, enum doc_format format);
/* key NULL: a member of an array, or the whole. */
void doc_object(struct doc *d, const char *key);
void doc_array(struct doc *d, const char *key);
void doc_end(struct doc *d);
void doc_str(struct doc *d, const char *key, const char *value); /* NULL value: left out */
void doc_int(struct doc *d, const char *key, int64_t value);
void doc_bool(struct doc *d, const char *key, bool value);
/* apiVersion, kind and formatVersion of our own documents. */
void doc_header(struct doc *d, const char *kind);
/* A finished JSON value as it is; JSON documents only. */
void doc_raw(struct doc *d, const char *key, const char *json);
/* The members of a finished JSON array, appended to the array being written. JSON only. */
void doc_raw_members(struct doc *d, const char *json);
/* Appends the text to *ret and frees. */
void doc_take(struct doc *d, struct text *ret);
/* Prints on stdout and frees. */
void doc_print(struct doc *d);

#endif
