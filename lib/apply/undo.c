/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking back a transaction that succeeded, because something beside the kernel then failed. */
#include <stdlib.h>

#include "apply/ctx.h"

static struct svclb_error *mixed(struct svclb_error *undo, struct svclb_error *left)
{
	struct svclb_error *e = err_new(SVCLB_EROLLBACK, NULL,
					"taking the changes back failed, the state is mixed");

	if (undo)
		err_append(undo, left);
	err_set_cause(e, undo ? undo : left);
	return err_or_mixed(e);
}

static struct svclb_error *undo_plan(struct svclb_ctx *ctx, const struct svclb_plan *plan)
{
	struct svclb_error *err = NULL;
	enum fate *done = calloc(plan->steps.n ? plan->steps.n : 1, sizeof(*done));

	if (!done) {
		(void)err_nomem(&err);
		return err;
	}
	for (size_t i = 0; i < plan->steps.n; i++)
		done[i] = FATE_DONE;
	(void)ctx->kernel->ops->run(ctx->kernel, plan, 0, plan->steps.n, true, done, &err);
	free(done);
	return err;
}

/* What could not be undone may be undone all the same: what is there now decides. */
static int put_back(struct svclb_ctx *ctx, const struct svclb_report *report,
		    struct svclb_error **reterr)
{
	struct svclb_error *undo = report->second ? undo_plan(ctx, report->second) : NULL;
	struct svclb_error *first = undo_plan(ctx, report->first ? report->first : report->plan);
	struct svclb_error *left;

	if (undo && first)
		err_append(undo, first);
	else if (first)
		undo = first;
	left = commit_left_over(ctx, report->plan, report->before);
	if (left)
		return err_give(reterr, mixed(undo, left));
	svclb_error_unref(undo);
	return 0;
}

int svclb_undo(struct svclb_ctx *ctx, const struct svclb_report *report,
	       struct svclb_error **reterr)
{
	int r;

	if (!ctx || !report)
		return err_set(reterr, SVCLB_EINVAL, "a context and a report are needed");
	if (!report->changes || !report->before)
		return 0;
	ctx_start_over(ctx);
	ctx->options->to_the_end = true;
	r = ctx->kernel->ops->lock(ctx->kernel, reterr);
	if (!r) {
		r = put_back(ctx, report, reterr);
		ctx->kernel->ops->unlock(ctx->kernel);
	}
	ctx->options->to_the_end = false;
	return ctx_end(ctx, r);
}
