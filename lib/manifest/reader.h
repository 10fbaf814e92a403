/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an input document by document, be it YAML or JSON. */
#ifndef SVCLB_MANIFEST_READER_H
#define SVCLB_MANIFEST_READER_H

#include "manifest/build.h"

struct yaml_reader;

struct reader {
	struct source *src;
	const char *text; /* behind a byte order mark */
	size_t len;
	uint64_t documents;
	bool json;
	bool done;
	bool broken; /* lenient sources: the last document could not be read to its end */
	struct yaml_reader *yaml;
};

/* Checks size and encoding and chooses the language. 0, or -1 with the problem recorded. */
int reader_open(struct reader *r, struct source *src);

/* The next document's tree in the arena; *ret is NULL for an empty one. 1; 0 at the end; -1 with
 * the problem recorded. Problems that reading can go on after are recorded and give 1. In lenient
 * sources that is so for a broken document too: *ret is then as much of it as was read. */
int reader_next(struct reader *r, struct arena *a, const struct tnode **ret);

void reader_close(struct reader *r);

/* Place of a byte offset in the source, for errors that have no better one. */
struct pos reader_place(const char *text, size_t offset);

/* ---- yaml.c ---- */
/* libyaml compares each directive with all before it, before it gives any event: a document may
 * have only so many. 0, or -1 with the problem recorded. */
int yaml_check_directives(struct source *src, const char *text, size_t len);
struct yaml_reader *yaml_reader_new(struct source *src, const char *text, size_t len);
int yaml_reader_next(struct yaml_reader *y, struct arena *a, const struct tnode **ret,
		     bool *broken);
void yaml_reader_free(struct yaml_reader *y);

/* ---- json.c ---- */
int json_read(struct source *src, const char *text, size_t len, struct arena *a,
	      const struct tnode **ret);

#endif
