/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draining between applies: when there is something to do next, and doing it. */
#include <stdlib.h>

#include "apply/ctx.h"

/* Nobody tells when the last connection of a real server ends: it is looked at this often. */
#define LOOK_AGAIN_MS 10000

void ctx_note_draining(struct svclb_ctx *ctx, struct drain_survey now)
{
	ctx->drain = now;
	ctx->drain_seen_ms = ctx->kernel->ops->clock_ms(ctx->kernel);
	ctx->drain_known = true;
}

static int look(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	struct svclb_state *st = NULL;
	int r;

	if (ctx->drain_known)
		return 0;
	ctx_start(ctx);
	r = ctx_read(ctx, NULL, &st, reterr);
	svclb_state_unref(st);
	return ctx_end(ctx, r);
}

int svclb_drain_get_wait(struct svclb_ctx *ctx, uint64_t *ret, struct svclb_error **reterr)
{
	uint64_t at;
	uint64_t now;
	int r;

	if (!ctx || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "a context and a place for the time are needed");
	r = look(ctx, reterr);
	if (r < 0)
		return r;
	*ret = SVCLB_NO_DEADLINE;
	if (!ctx->drain.count)
		return 0;
	now = ctx->kernel->ops->clock_ms(ctx->kernel);
	at = ctx->drain_seen_ms + LOOK_AGAIN_MS;
	if (ctx->drain.until && (uint64_t)ctx->drain.until * 1000 < at)
		at = (uint64_t)ctx->drain.until * 1000;
	*ret = at > now ? at - now : 0;
	return 0;
}

/* Reads, and ends what is over; the lock is held. */
static int step_locked(struct svclb_ctx *ctx, struct svclb_report *report,
		       struct svclb_error **reterr)
{
	struct svclb_state *have = NULL;
	struct svclb_state *want = NULL;
	int r = ctx_read(ctx, NULL, &have, reterr);

	if (!r && drain_settle(have, &want) < 0)
		r = err_nomem(reterr);
	if (!r)
		r = svclb_diff(have, want, 0, &report->plan, reterr);
	if (!r)
		r = commit_plan(ctx, &report->plan, have, reterr);
	if (!r) {
		ctx_note_draining(ctx, drain_survey(want));
		report->changes = svclb_plan_count(report->plan);
		report->draining = ctx->drain.count;
	}
	svclb_state_unref(want);
	report->before = have;
	return r;
}

static int drain_step(struct svclb_ctx *ctx, struct svclb_report **ret, struct svclb_error **reterr)
{
	struct svclb_report *report = report_new();
	uint64_t t0 = now_us();
	int r;

	if (!report)
		return err_nomem(reterr);
	report->mode = SVCLB_MODE_IPVS; /* the only one with real servers */
	r = ctx->kernel->ops->lock(ctx->kernel, reterr);
	if (!r) {
		r = step_locked(ctx, report, reterr);
		ctx->kernel->ops->unlock(ctx->kernel);
	}
	report->timing.commit_us = now_us() - t0;
	return report_finish(r, report, ret);
}

int svclb_drain_step(struct svclb_ctx *ctx, struct svclb_report **ret, struct svclb_error **reterr)
{
	if (!ctx)
		return err_set(reterr, SVCLB_EINVAL, "a context is needed");
	ctx_start(ctx);
	return ctx_end(ctx, drain_step(ctx, ret, reterr));
}
