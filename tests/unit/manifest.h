/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of lib/manifest share: reading into trees, models and options, errors as text. */
#ifndef TESTS_UNIT_MANIFEST_H
#define TESTS_UNIT_MANIFEST_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#include "manifest/reader.h"
#include "manifest/write.h"
#include "model/model.h"

/* The hint at a limit. */
#define RAISE(field, name) \
	"  hint: raise limits." field " of the SvclbConfiguration, in C SVCLB_LIMIT_" name "\n"

/* Reads all documents of a text; counts them, keeps the last one's tree. */
struct reading {
	struct arena arena;
	const struct tnode *root;
	unsigned documents;
	char *errors; /* "" if none */
};

static inline char *errors_text(const struct svclb_error *e)
{
	char *text = NULL;

	ck_assert_int_eq(svclb_error_to_text(e, &text), 0);
	return text;
}

__attribute__((unused)) static void read_limited(struct reading *r, const char *text, size_t len,
						 const uint64_t *limits)
{
	struct problems problems = {0};
	struct source src = {
		.name = "in", .buf = text, .len = len, .limits = limits, .problems = &problems};
	struct reader reader;
	int got = reader_open(&reader, &src);

	memset(r, 0, sizeof(*r));
	while (!got) {
		const struct tnode *root = NULL;

		if (reader_next(&reader, &r->arena, &root) <= 0)
			break;
		r->documents++;
		if (root)
			r->root = root;
	}
	reader_close(&reader);
	ck_assert(!src.given_up);
	r->errors = errors_text(problems.first);
	problems_free(&problems);
}

__attribute__((unused)) static void read_text(struct reading *r, const char *text)
{
	read_limited(r, text, strlen(text), options_defaults()->limits);
}

__attribute__((unused)) static void reading_free(struct reading *r)
{
	arena_free(&r->arena);
	free(r->errors);
}

/* Checks the errors of one text, whole. */
__attribute__((unused)) static void expect_errors(const char *text, const char *errors)
{
	struct reading r;

	read_text(&r, text);
	ck_assert_str_eq(r.errors, errors);
	reading_free(&r);
}

__attribute__((unused)) static struct svclb_model *new_model(void)
{
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	return m;
}

/* A model with one input that must load. */
__attribute__((unused)) static struct svclb_model *load(const char *text)
{
	struct svclb_model *m = new_model();
	struct svclb_error *e = NULL;
	int r = svclb_model_load(m, text, strlen(text), "f.yaml", &e);

	if (r) {
		char *words = errors_text(e);

		ck_abort_msg("load gave %d: %s", r, words);
	}
	return m;
}

/* What loading says, errors or warnings; the model is left as it was on failure. */
__attribute__((unused)) static char *load_words(const char *text, int expected)
{
	struct svclb_model *m = new_model();
	struct svclb_error *e = NULL;
	int r = svclb_model_load(m, text, strlen(text), "f.yaml", &e);
	char *words = errors_text(r ? e : svclb_model_get_warnings(m));

	ck_assert_msg(r == -expected, "%d is not %d: %s", r, -expected, words);
	if (r)
		ck_assert_uint_eq(svclb_model_count(m, 0), 0);
	svclb_error_unref(e);
	svclb_model_unref(m);
	return words;
}

__attribute__((unused)) static void expect_load(const char *text, int code, const char *words)
{
	char *got = load_words(text, code);

	ck_assert_str_eq(got, words);
	free(got);
}

__attribute__((unused)) static int run_case(const char *name, void (*fill)(TCase *tc))
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	fill(tc);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
