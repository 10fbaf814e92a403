/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A manifest all the way: read, written and read again, completed, applied. */
#ifndef TESTS_FUZZ_MANIFEST_H
#define TESTS_FUZZ_MANIFEST_H

#include "fuzz.h"

/* What was read is written so that reading it gives the same. */
static inline void fuzz_write_and_read(const struct svclb_object *obj,
				       const struct svclb_options *opts)
{
	struct svclb_model *model = NULL;
	struct svclb_error *err = NULL;
	char *text[3] = {NULL};

	FUZZ_CHECK(!svclb_object_to_json(obj, &text[0]));
	FUZZ_CHECK(!svclb_object_to_yaml(obj, &text[1]));
	for (int i = 0; i < 2; i++) {
		int r;

		FUZZ_CHECK(!svclb_model_new(opts, &model, NULL));
		r = svclb_model_load(model, text[i], strlen(text[i]), "again", &err);
		if (r == -SVCLB_ELIMIT) { /* blanks and escapes may take more room than before */
			svclb_error_unref(err);
			err = NULL;
		} else {
			FUZZ_CHECK(!r && svclb_model_count(model, 0) == 1);
			FUZZ_CHECK(!svclb_object_to_json(svclb_model_next(model, NULL), &text[2]));
			FUZZ_CHECK(!strcmp(text[0], text[2]));
			svclb_text_free(text[2]);
		}
		svclb_model_unref(model);
	}
	svclb_text_free(text[0]);
	svclb_text_free(text[1]);
}

static inline void fuzz_warnings(const struct svclb_error *warnings)
{
	char *text = NULL;

	if (!warnings)
		return;
	FUZZ_CHECK(!svclb_error_to_text(warnings, &text));
	fuzz_check_lines(text);
	svclb_text_free(text);
}

/* An input that loads loses nothing where faulty parts may be left aside; in any other, what is left
 * merges or is named. count: objects of the input, -1 when it does not load. */
static inline void fuzz_sound(const uint8_t *data, size_t size, const struct svclb_options *opts,
			      long count)
{
	struct svclb_model *model = NULL, *whole = NULL;
	struct svclb_error *unread = NULL, *refused = NULL;

	FUZZ_CHECK(!svclb_model_new(opts, &model, NULL));
	FUZZ_CHECK(!svclb_model_new(opts, &whole, NULL));
	if (!svclb_model_load_sound(model, (const char *)data, size, "fuzz", &unread, NULL)) {
		FUZZ_CHECK(count < 0 || !unread);
		FUZZ_CHECK(count < 0 || svclb_model_count(model, 0) == (size_t)count);
		fuzz_warnings(unread);
		if (!svclb_model_merge_sound(whole, model, opts, &refused, NULL)) {
			FUZZ_CHECK(svclb_model_count(whole, 0) <= svclb_model_count(model, 0));
			FUZZ_CHECK(refused ||
				   svclb_model_count(whole, 0) == svclb_model_count(model, 0));
			fuzz_warnings(refused);
		}
	} else {
		FUZZ_CHECK(count < 0);
	}
	svclb_error_unref(unread);
	svclb_error_unref(refused);
	svclb_model_unref(whole);
	svclb_model_unref(model);
}

static inline void fuzz_manifest(const uint8_t *data, size_t size)
{
	struct svclb_options *opts = fuzz_options();
	const struct svclb_object *obj = NULL;
	struct svclb_model *model = NULL;
	struct svclb_error *err = NULL;
	int r;

	FUZZ_CHECK(!svclb_options_set_node_name(opts, "n1"));
	FUZZ_CHECK(!svclb_model_new(opts, &model, NULL));
	r = svclb_model_load(model, (const char *)data, size, "fuzz", &err);
	fuzz_sound(data, size, opts, r ? -1 : (long)svclb_model_count(model, 0));
	if (r) {
		FUZZ_CHECK(!svclb_model_count(model, 0));
		fuzz_take_error(r, err);
	} else {
		fuzz_warnings(svclb_model_get_warnings(model));
		while ((obj = svclb_model_next(model, obj)))
			fuzz_write_and_read(obj, opts);
		r = svclb_model_complete(model, opts, &err);
		if (r) {
			fuzz_take_error(r, err);
		} else {
			while ((obj = svclb_model_next(model, obj)))
				fuzz_write_and_read(obj, opts);
			fuzz_warnings(svclb_model_get_warnings(model));
			fuzz_apply(model, opts);
		}
	}
	svclb_model_unref(model);
	svclb_options_unref(opts);
}

#endif
