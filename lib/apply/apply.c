/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole pipeline in one call, and its two relatives: a saved plan, and removal. */
#include <stdlib.h>
#include <string.h>

#include "apply/ctx.h"
#include "apply/mode.h"
#include "compile/compile.h"
#include "plan/diff.h"
#include "plan/foreign.h"
#include "state/names.h"

/* What the two plans of a report changed together, as one; without memory that of the first. */
static void tell_both(struct svclb_ctx *ctx, struct svclb_report *report)
{
	struct svclb_plan *both = NULL;

	report->first = report->plan;
	if (svclb_diff(report->before, report->second->to, ctx->options->adopt, &both, NULL) < 0)
		both = svclb_plan_ref(report->first);
	report->plan = both;
}

/* What is to come of those that were left: `want` again, or what a plan that was loaded says of them. */
static int left_wanted(const struct svclb_plan *loaded, struct svclb_state *want,
		       struct svclb_state *have, struct svclb_state **ret,
		       struct svclb_error **reterr)
{
	if (loaded)
		return drain_left(loaded, have, ret) < 0 ? err_nomem(reterr) : 0;
	*ret = svclb_state_ref(want);
	return 0;
}

static int record_left(struct svclb_ctx *ctx, struct svclb_state *want,
		       const struct svclb_plan *loaded, struct svclb_report *report,
		       struct svclb_error **reterr)
{
	struct svclb_plan *plan = NULL;
	struct svclb_state *have = NULL;
	struct svclb_state *next = NULL;
	int r = ctx_read(ctx, want, &have, reterr);

	if (!r)
		r = left_wanted(loaded, want, have, &next, reterr);
	if (!r)
		r = svclb_diff(have, next, ctx->options->adopt, &plan, reterr);
	if (!r)
		r = commit_plan(ctx, &plan, have, reterr);
	svclb_state_unref(next);
	svclb_state_unref(have);
	if (r) {
		svclb_plan_unref(plan);
		return r;
	}
	ctx_note_draining(ctx, drain_survey(plan->to));
	report->second = plan;
	tell_both(ctx, report);
	return 0;
}

/*
 * Real servers that got connections after they had been read were left at weight 0: they drain from
 * now on, as those do that had some before. Where that fails, the next apply does it, unless
 * putting back what was done of it failed too. Of a plan that was loaded not all is known that is
 * wanted, but how long they drain, if it was saved with that.
 */
static int note_left(struct svclb_ctx *ctx, struct svclb_state *want,
		     const struct svclb_plan *loaded, struct svclb_report *report,
		     struct svclb_error **reterr)
{
	bool told = !loaded || drain_is_told(loaded);
	struct svclb_error *err = NULL;
	struct svclb_error *e;
	int r = 0;

	if (!ctx->left)
		return 0;
	ctx->options->to_the_end = true;
	if (told)
		r = record_left(ctx, want, loaded, report, &err);
	ctx->options->to_the_end = false;
	if (told && !r)
		return 0;
	if (r == -SVCLB_EROLLBACK)
		return err_give(reterr, err);
	e = err_new(SVCLB_EAGAIN, NULL,
		    "real servers that got connections while they were removed stay with weight 0 "
		    "until the next apply");
	err_set_cause(e, err);
	problems_add(&report->warnings, e);
	return 0;
}

/* Reads, diffs and commits towards `want`; the lock is held. */
static int converge_locked(struct svclb_ctx *ctx, struct svclb_state *want,
			   struct svclb_report *report, struct svclb_error **reterr)
{
	uint64_t t0 = now_us();
	uint64_t t1;
	int r = ctx_read(ctx, want, &report->before, reterr);

	t1 = now_us();
	report->timing.read_us = t1 - t0;
	if (!r)
		r = svclb_diff(report->before, want, ctx->options->adopt, &report->plan, reterr);
	t0 = now_us();
	report->timing.diff_us = t0 - t1;
	if (!r)
		r = commit_plan(ctx, &report->plan, report->before, reterr);
	if (!r) {
		ctx_note_draining(ctx, drain_survey(report->plan->to));
		r = note_left(ctx, want, NULL, report, reterr);
	}
	report->timing.commit_us = now_us() - t0;
	report->changes = !r ? svclb_plan_count(report->plan) : 0;
	report->draining = !r ? ctx->drain.count : 0;
	return r;
}

typedef int (*locked_fn)(struct svclb_ctx *ctx, struct svclb_state *want,
			 struct svclb_report *report, struct svclb_error **reterr);

static int converge(struct svclb_ctx *ctx, struct svclb_state *want, locked_fn locked,
		    struct svclb_report *report, struct svclb_error **reterr)
{
	int r = ctx->kernel->ops->lock(ctx->kernel, reterr);

	if (r < 0)
		return r;
	r = locked(ctx, want, report, reterr);
	ctx->kernel->ops->unlock(ctx->kernel);
	return r;
}

static int compiled(struct svclb_ctx *ctx, struct svclb_model *model, struct svclb_report *report,
		    struct svclb_state **ret, struct svclb_error **reterr)
{
	uint64_t t0 = now_us();
	int r = ctx_resolve_mode(ctx, reterr);

	if (!r)
		r = svclb_model_complete(model, ctx->options, reterr);
	if (!r)
		r = ctx_discover(ctx, reterr);
	if (!r)
		r = svclb_compile(model, ctx->options, ret, reterr);
	if (!r)
		report_mode(ctx, model, *ret, report);
	report->timing.compile_us = now_us() - t0;
	return r;
}

static int apply(struct svclb_ctx *ctx, struct svclb_model *model, struct svclb_report **ret,
		 struct svclb_error **reterr)
{
	struct svclb_report *report = report_new();
	struct svclb_state *want = NULL;
	int r;

	if (!report)
		return err_nomem(reterr);
	r = compiled(ctx, model, report, &want, reterr);
	if (!r)
		r = ctx->kernel->ops->probe(ctx->kernel, want, reterr);
	if (!r)
		r = converge(ctx, want, converge_locked, report, reterr);
	svclb_state_unref(want);
	return report_finish(r, report, ret);
}

int svclb_apply(struct svclb_ctx *ctx, struct svclb_model *model, struct svclb_report **ret,
		struct svclb_error **reterr)
{
	if (!ctx || !model)
		return err_set(reterr, SVCLB_EINVAL, "a context and a model are needed");
	ctx_start(ctx);
	return ctx_end(ctx, apply(ctx, model, ret, reterr));
}

/* A saved plan does not know what others did meanwhile. */
static int nobody_in_the_way(const struct svclb_plan *plan, const struct svclb_state *have,
			     bool adopt, struct svclb_error **reterr)
{
	struct problems conflicts = {0};

	foreign_conflicts(plan, have, adopt, &conflicts);
	return problems_give(&conflicts, reterr);
}

static int commit_locked(struct svclb_ctx *ctx, struct svclb_plan *plan,
			 struct svclb_report *report, struct svclb_error **reterr)
{
	int r = ctx_read(ctx, plan->to, &report->before, reterr);
	uint64_t t0;

	if (!r)
		r = svclb_plan_check(plan, report->before, reterr);
	if (!r)
		r = nobody_in_the_way(plan, report->before, ctx->options->adopt, reterr);
	t0 = now_us();
	if (!r)
		r = commit_plan(ctx, &report->plan, report->before, reterr);
	if (!r) {
		ctx_note_draining(ctx, drain_survey_after(report->plan, report->before));
		r = note_left(ctx, plan->wanted, *plan->saved.from ? plan : NULL, report, reterr);
	}
	report->timing.commit_us = now_us() - t0;
	report->changes = !r ? svclb_plan_count(report->plan) : 0;
	report->draining = !r ? ctx->drain.count : 0;
	return r;
}

/* Another owner's plan would be read, locked and carried out with our names for some things. */
static int is_our_plan(const struct svclb_ctx *ctx, const struct svclb_plan *plan,
		       struct svclb_error **reterr)
{
	const struct svclb_options *o = ctx->options;
	const struct err_parts parts = {.hint = "use the prefix and link name of the plan"};

	if (!strcmp(plan->to->prefix, o->prefix) && !strcmp(plan->to->link_name, o->link_name))
		return 0;
	return err_give(reterr,
			err_new(SVCLB_ECONFLICT, &parts,
				"the plan is for the owner with prefix %s and link %s, "
				"this is the one with %s and %s",
				plan->to->prefix, plan->to->link_name, o->prefix, o->link_name));
}

static int commit(struct svclb_ctx *ctx, struct svclb_plan *plan, struct svclb_report **ret,
		  struct svclb_error **reterr)
{
	struct svclb_report *report;
	int r = is_our_plan(ctx, plan, reterr);

	if (r < 0)
		return r;
	report = report_new();
	if (!report)
		return err_nomem(reterr);
	report->mode = state_in_iptables_mode(plan->to) ? SVCLB_MODE_IPTABLES : SVCLB_MODE_IPVS;
	report->plan = drain_rebase(plan, ctx->kernel->ops->clock_ms(ctx->kernel));
	r = report->plan ? ctx->kernel->ops->probe(ctx->kernel, plan->to, reterr)
			 : err_nomem(reterr);
	if (!r)
		r = ctx->kernel->ops->lock(ctx->kernel, reterr);
	if (r < 0)
		return report_finish(r, report, ret);
	r = commit_locked(ctx, plan, report, reterr);
	ctx->kernel->ops->unlock(ctx->kernel);
	return report_finish(r, report, ret);
}

int svclb_plan_commit(struct svclb_ctx *ctx, struct svclb_plan *plan, struct svclb_report **ret,
		      struct svclb_error **reterr)
{
	if (!ctx || !plan)
		return err_set(reterr, SVCLB_EINVAL, "a context and a plan are needed");
	ctx_start(ctx);
	return ctx_end(ctx, commit(ctx, plan, ret, reterr));
}

/* Reads once more: anything of ours that is still there is named. */
static int prove_empty(struct svclb_ctx *ctx, struct svclb_state *nothing,
		       struct svclb_error **reterr)
{
	struct svclb_state *have = NULL;
	struct svclb_plan *rest = NULL;
	char *text = NULL;
	int r = ctx_read(ctx, nothing, &have, reterr);

	if (!r)
		r = svclb_diff(have, nothing, 0, &rest, reterr);
	if (!r && svclb_plan_count(rest)) {
		if (svclb_plan_to_text(rest, &text, NULL) < 0)
			text = NULL;
		r = err_set(reterr, SVCLB_EKERNEL, "still there after cleaning up:\n%s",
			    text ? text : "?");
		svclb_text_free(text);
	}
	svclb_plan_unref(rest);
	svclb_state_unref(have);
	return r;
}

/* The proof is part of it: nobody may come in between, and nothing ends it halfway. */
static int empty_locked(struct svclb_ctx *ctx, struct svclb_state *nothing,
			struct svclb_report *report, struct svclb_error **reterr)
{
	int r = converge_locked(ctx, nothing, report, reterr);

	if (r < 0)
		return r;
	ctx->options->to_the_end = true;
	r = prove_empty(ctx, nothing, reterr);
	ctx->options->to_the_end = false;
	return r;
}

static int cleanup(struct svclb_ctx *ctx, struct svclb_report **ret, struct svclb_error **reterr)
{
	struct svclb_report *report = report_new();
	struct svclb_state *nothing = state_new(ctx->options);
	int r;

	if (!report || !nothing) {
		svclb_report_unref(report);
		svclb_state_unref(nothing);
		return err_nomem(reterr);
	}
	r = state_seal(nothing, reterr);
	if (!r)
		r = converge(ctx, nothing, empty_locked, report, reterr);
	svclb_state_unref(nothing);
	return report_finish(r, report, ret);
}

int svclb_cleanup(struct svclb_ctx *ctx, struct svclb_report **ret, struct svclb_error **reterr)
{
	if (!ctx)
		return err_set(reterr, SVCLB_EINVAL, "a context is needed");
	ctx_start(ctx);
	return ctx_end(ctx, cleanup(ctx, ret, reterr));
}

int svclb_state_equal(const struct svclb_state *a, const struct svclb_state *b)
{
	struct svclb_plan *plan = NULL;
	int equal;

	if (!a || !b)
		return a == b;
	/* the diff only takes references on the states, which count atomically */
	if (svclb_diff((struct svclb_state *)(uintptr_t)a, (struct svclb_state *)(uintptr_t)b, 1,
		       &plan, NULL) < 0)
		return 0;
	equal = !svclb_plan_count(plan);
	svclb_plan_unref(plan);
	return equal;
}
