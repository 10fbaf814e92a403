/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Saved plans: shown, saved again, and carried out on a kernel that is as the plan wants it. */
#include "fuzz.h"
#include "plan/plan.h"

static struct svclb_plan *load(const char *text, size_t size)
{
	struct svclb_error *err = NULL;
	struct svclb_plan *plan = NULL;
	int r = svclb_plan_load(text, size, "fuzz", NULL, &plan, &err);

	if (r)
		fuzz_take_error(r, err);
	return plan;
}

/* What was loaded is saved so that loading it gives the same. */
static void save_and_load(const struct svclb_plan *plan)
{
	struct svclb_plan *again;
	char *text[2] = {NULL};
	char *json = NULL;

	FUZZ_CHECK(!svclb_plan_to_text(plan, &text[0], NULL));
	FUZZ_CHECK(!svclb_plan_to_json(plan, &json, NULL));
	again = load(json, strlen(json));
	FUZZ_CHECK(again);
	FUZZ_CHECK(!svclb_plan_to_text(again, &text[1], NULL));
	FUZZ_CHECK(!strcmp(text[0], text[1]));
	svclb_text_free(text[0]);
	svclb_text_free(text[1]);
	svclb_text_free(json);
	svclb_plan_unref(again);
}

/* Any failure will do, but for a mixed state. */
static int commit(struct svclb_ctx *ctx, struct svclb_plan *plan)
{
	struct svclb_error *err = NULL;
	int r = svclb_plan_commit(ctx, plan, NULL, &err);

	FUZZ_CHECK(r != -SVCLB_EROLLBACK);
	svclb_error_unref(err);
	return r;
}

static void carry_out(struct svclb_plan *plan)
{
	struct svclb_options *opts = NULL;
	struct svclb_state *now = NULL;
	struct svclb_plan *way = NULL;
	struct svclb_mem *mem = NULL;
	struct svclb_ctx *ctx = NULL;

	FUZZ_CHECK(!svclb_options_new(&opts, NULL));
	FUZZ_CHECK(!svclb_options_set_prefix(opts, plan->to->prefix));
	FUZZ_CHECK(!svclb_options_set_link_name(opts, plan->to->link_name));
	FUZZ_CHECK(!svclb_mem_new(&mem, NULL));
	FUZZ_CHECK(!svclb_ctx_new_mem(opts, mem, &ctx, NULL));
	FUZZ_CHECK(!svclb_read(ctx, &now, NULL));
	FUZZ_CHECK(!svclb_diff(now, plan->from, 1, &way, NULL));
	svclb_state_unref(now);
	if (!commit(ctx, way)) {
		FUZZ_CHECK(!svclb_read(ctx, &now, NULL));
		/* that of the input is never the right one */
		FUZZ_CHECK(state_fingerprint(now, false, plan->saved.from));
		svclb_state_unref(now);
		(void)commit(ctx, plan); /* the checks are inside */
	}
	svclb_plan_unref(way);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
	svclb_options_unref(opts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svclb_plan *plan = load(size ? (const char *)data : "", size);

	if (plan) {
		save_and_load(plan);
		fuzz_render(plan->from);
		fuzz_render(plan->to);
		carry_out(plan);
	}
	svclb_plan_unref(plan);
	return 0;
}
