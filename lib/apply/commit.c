/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transaction: do every step, or put everything back and say what happened. */
#include <stdlib.h>

#include "apply/ctx.h"
#include "kernel/halt.h"
#include "plan/diff.h"
#include "plan/step-text.h"

/* First step that has not taken effect, as far as is known, and was to. */
static size_t first_failed(const struct svclb_plan *plan, const enum fate *done)
{
	size_t i = 0;

	while (i < plan->steps.n && (done[i] == FATE_DONE || done[i] == FATE_LEFT))
		i++;
	return i;
}

/* What became of the steps before the one that ended it all. */
struct outcome {
	int code;
	const char *verb; /* of the step */
	const char *text;
};

static struct outcome outcome_of(const struct svclb_error *cause, bool mixed)
{
	bool interrupted = svclb_error_get_code(cause) == SVCLB_EINTERRUPTED;
	struct outcome o = {
		.code = interrupted ? SVCLB_EINTERRUPTED : SVCLB_EROLLEDBACK,
		.verb = interrupted ? "was interrupted" : "failed",
		.text = "everything was put back",
	};

	if (mixed) {
		o.code = SVCLB_EROLLBACK;
		o.text = "putting everything back failed too, the state is mixed";
	}
	return o;
}

/* An error about one step: its words and its manifest place. */
static struct svclb_error *step_error(const struct svclb_plan *plan, size_t i, struct outcome out)
{
	const struct svclb_step *s = &plan->steps.v[i < plan->steps.n ? i : 0];
	const struct origin *o = step_origin(plan, s);
	struct err_parts parts = origin_parts(o);
	char *text = NULL;
	struct svclb_error *e;

	if (svclb_step_to_text(plan, s, &text) < 0)
		text = NULL;
	e = err_new(out.code, &parts, "step %zu of %zu %s (%s %s): %s", i + 1, plan->steps.n,
		    out.verb, svclb_step_get_op(s), text ? text : "?", out.text);
	svclb_text_free(text);
	return e;
}

struct svclb_error *commit_left_over(struct svclb_ctx *ctx, const struct svclb_plan *plan,
				     struct svclb_state *before)
{
	struct svclb_state *now = NULL;
	struct svclb_plan *rest = NULL;
	struct svclb_error *err = NULL;
	char *text = NULL;

	if (ctx_read(ctx, plan->to, &now, &err) < 0)
		return err;
	if (svclb_diff(now, before, 1, &rest, &err) == 0 && svclb_plan_count(rest)) {
		if (svclb_plan_to_text(rest, &text, NULL) < 0)
			text = NULL;
		err = err_new(SVCLB_EROLLBACK, NULL, "still different from before:\n%s",
			      text ? text : "?");
		svclb_text_free(text);
	}
	svclb_plan_unref(rest);
	svclb_state_unref(now);
	return err;
}

static int roll_back(struct svclb_ctx *ctx, struct svclb_plan *plan, struct svclb_state *before,
		     enum fate *done, struct svclb_error *cause, struct svclb_error **reterr)
{
	size_t failed = first_failed(plan, done);
	struct svclb_error *undo = NULL;
	struct svclb_error *left;
	struct svclb_error *e;

	ctx_start_over(ctx); /* putting back has the whole time again, also when time ran out */
	ctx->options->to_the_end = true;
	/* what it could not undo may be undone all the same: what is there now decides */
	(void)ctx->kernel->ops->run(ctx->kernel, plan, 0, plan->steps.n, true, done, &undo);
	left = commit_left_over(ctx, plan, before);
	ctx->options->to_the_end = false;
	if (svclb_error_get_code(cause) == SVCLB_EINTERRUPTED) {
		svclb_error_unref(cause);
		cause = err_new(SVCLB_EINTERRUPTED, NULL, "interrupted at step %zu of %zu",
				failed + 1, plan->steps.n);
	}
	e = step_error(plan, failed, outcome_of(cause, left != NULL));
	if (left)
		e = err_or_mixed(e);
	if (undo)
		err_append(cause, undo);
	if (left)
		err_append(cause, left);
	err_set_cause(e, cause);
	return err_give(reterr, e);
}

/* The plan without the steps that were not done any more. Without memory it stays as it is: undoing
 * takes no harm from more steps. */
static void leave_out(struct svclb_plan **plan, const enum fate *done)
{
	struct svclb_plan *rest = plan_copy(*plan, (*plan)->to);
	size_t n = 0;

	if (!rest)
		return;
	for (size_t i = 0; i < rest->steps.n; i++)
		if (done[i] != FATE_LEFT)
			rest->steps.v[n++] = rest->steps.v[i];
	rest->steps.n = n;
	svclb_plan_unref(*plan);
	*plan = rest;
}

static size_t count_left(const struct svclb_plan *plan, const enum fate *done)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->steps.n; i++)
		n += done[i] == FATE_LEFT;
	return n;
}

int commit_plan(struct svclb_ctx *ctx, struct svclb_plan **plan, struct svclb_state *before,
		struct svclb_error **reterr)
{
	size_t n = (*plan)->steps.n;
	struct svclb_error *cause = NULL;
	enum fate *done;
	int r;

	ctx->left = 0;
	if (!n)
		return 0;
	r = halt_check(ctx->options, reterr);
	if (r < 0)
		return r;
	done = calloc(n, sizeof(*done));
	if (!done)
		return err_nomem(reterr);
	r = ctx->kernel->ops->run(ctx->kernel, *plan, 0, n, false, done, &cause);
	if (r < 0)
		r = roll_back(ctx, *plan, before, done, cause, reterr);
	else
		ctx->left = count_left(*plan, done);
	if (ctx->left)
		leave_out(plan, done);
	free(done);
	return r;
}
