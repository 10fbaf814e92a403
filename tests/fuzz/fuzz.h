/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every fuzz target has: its entry, and checks that end the program where a promise breaks. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#include "util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                    \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			(void)fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, \
				      #condition); /* the program ends anyway */                 \
			abort();                                                                 \
		}                                                                                \
	} while (0)

/* Limits that let an input be large in every way, and yet an execution be short. */
static inline struct svclb_options *fuzz_options(void)
{
	struct svclb_options *opts = NULL;

	FUZZ_CHECK(!svclb_options_new(&opts, NULL));
	FUZZ_CHECK(!svclb_options_set_limit(opts, SVCLB_LIMIT_BYTES, 1 << 18));
	FUZZ_CHECK(!svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, 20000));
	FUZZ_CHECK(!svclb_options_set_limit(opts, SVCLB_LIMIT_OBJECTS, 200));
	FUZZ_CHECK(!svclb_options_set_limit(opts, SVCLB_LIMIT_PROBLEMS, 50));
	return opts;
}

/* Text for people: UTF-8 in which nothing moves the cursor, and it ends with its line. */
static inline void fuzz_check_lines(const char *text)
{
	size_t left = strlen(text);

	FUZZ_CHECK(!left || text[left - 1] == '\n');
	while (left) {
		uint32_t c;
		size_t n = utf8_next(text, left, &c);

		FUZZ_CHECK(n && (c == '\n' || !utf8_is_special(c)));
		text += n;
		left -= n;
	}
}

/* JSON that we wrote must be JSON that we read: as a configuration it has at most the wrong kind. */
static inline void fuzz_check_json(const char *json)
{
	struct svclb_options *opts = NULL;
	struct svclb_error *err = NULL;

	FUZZ_CHECK(!svclb_options_new(&opts, NULL));
	if (svclb_options_load_config(opts, json, strlen(json), "json", &err))
		for (const struct svclb_error *e = err; e; e = svclb_error_get_next(e))
			FUZZ_CHECK(svclb_error_get_code(e) != SVCLB_EPARSE);
	svclb_error_unref(err);
	svclb_options_unref(opts);
}

/* An error goes with its code and can be shown in both forms; it is given back afterwards. */
static inline void fuzz_take_error(int r, struct svclb_error *err)
{
	char *text = NULL;

	FUZZ_CHECK(r < 0 && err && svclb_error_get_code(err) == -r);
	FUZZ_CHECK(r != -SVCLB_EINVAL && r != -SVCLB_ENOMEM);
	FUZZ_CHECK(!svclb_error_to_text(err, &text));
	fuzz_check_lines(text);
	svclb_text_free(text);
	FUZZ_CHECK(!svclb_error_to_json(err, &text));
	fuzz_check_json(text);
	svclb_text_free(text);
	svclb_error_unref(err);
}

/* Prints a plan in both forms. */
static inline void fuzz_show_plan(const struct svclb_plan *plan)
{
	char *text = NULL;

	FUZZ_CHECK(!svclb_plan_to_text(plan, &text, NULL));
	fuzz_check_lines(text);
	svclb_text_free(text);
	FUZZ_CHECK(!svclb_plan_to_json(plan, &text, NULL));
	fuzz_check_json(text);
	svclb_text_free(text);
}

/* Prints a state in each form. */
static inline void fuzz_render(const struct svclb_state *state)
{
	char *text = NULL;

	for (uint32_t f = SVCLB_FORMAT_JSON; f <= SVCLB_FORMAT_SYSCTLS; f++) {
		FUZZ_CHECK(!svclb_state_to_text(state, f, &text, NULL));
		if (f == SVCLB_FORMAT_JSON)
			fuzz_check_json(text);
		svclb_text_free(text);
	}
}

/* Carries a model out on an in-memory kernel and removes it again. */
static inline void fuzz_apply(struct svclb_model *model, const struct svclb_options *opts)
{
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	struct svclb_state *state = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_mem *mem = NULL;
	struct svclb_state_counts n;
	int r;

	FUZZ_CHECK(!svclb_mem_new(&mem, NULL));
	FUZZ_CHECK(!svclb_mem_add_node_address(mem, "192.0.2.1", "eth0"));
	FUZZ_CHECK(!svclb_ctx_new_mem(opts, mem, &ctx, NULL));
	r = svclb_apply(ctx, model, NULL, &err);
	if (r) {
		FUZZ_CHECK(r != -SVCLB_EROLLBACK && r != -SVCLB_EROLLEDBACK);
		fuzz_take_error(r, err);
	} else {
		FUZZ_CHECK(!svclb_apply(ctx, model, &report, NULL));
		FUZZ_CHECK(!svclb_report_get_changes(report));
		FUZZ_CHECK(!svclb_read(ctx, &state, NULL));
		fuzz_render(state);
		svclb_state_unref(state);
		FUZZ_CHECK(!svclb_cleanup(ctx, NULL, NULL));
		FUZZ_CHECK(!svclb_read(ctx, &state, NULL));
		FUZZ_CHECK(!svclb_state_get_counts(state, &n, sizeof(n)));
		FUZZ_CHECK(!n.virtual_servers && !n.sets && !n.chains && !n.addresses);
		svclb_state_unref(state);
	}
	svclb_report_unref(report);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}

#endif
