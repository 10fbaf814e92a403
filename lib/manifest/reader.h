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
	bool broken; /* sources to go on with: the last document could not be read to its end */
	struct yaml_reader *yaml;
};

/* Checks the size, chooses the language, and checks JSON's encoding. 0, or -1 with the problem
 * recorded. */
int reader_open(struct reader *r, struct source *src);

/* The next document's tree in the arena; *ret is NULL for an empty one. 1; 0 at the end; -1 with
 * the problem recorded. Problems that reading can go on after are recorded and give 1. In sources to
 * go on with, that is so for a broken document too: *ret is then as much of it as was read. */
int reader_next(struct reader *r, struct arena *a, const struct tnode **ret);

void reader_close(struct reader *r);

/* Place of a byte offset in the source, for errors that have no better one. */
struct pos reader_place(const char *text, size_t offset);

/* ---- yaml-misfit.c ---- */
struct misfits {
	const char *was;
	const char *text; /* with question marks instead */
	char *copy;	  /* the text, if it is not what was there */
	size_t len;
	/* the next one, as byte and character of the text */
	size_t at;
	size_t character; /* SIZE_MAX: there is none */
	struct pos place;
};

/* 0, or -1 when out of memory or time. */
int misfits_find(struct misfits *f, struct source *src, const char *text, size_t len);
/* Lets those before a byte pass; it never goes back. */
void misfits_pass(struct misfits *f, size_t from);
/* Bytes of a byte order mark that a line begins with at a byte, which is a misfit; 0: there is none. */
size_t misfits_mark(const struct misfits *f, size_t at);
/* Records what the next one is as a problem; returns -1. */
int misfits_fail(const struct misfits *f, struct source *src);
void misfits_free(struct misfits *f);

/* Bytes of the line break that begins at a byte; 0: none does. */
size_t yaml_line_break(const char *s, size_t len);

/* ---- yaml-tag.c ---- */
/* Whether a value may have a tag, NULL for none. 0, or -1 with the problem recorded. */
int yaml_check_tag(struct source *src, const char *tag, const struct tnode *value, struct pos at);

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
