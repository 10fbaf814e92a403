/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end for several operations, where the caller has promised one for all of them. */
#include "apply/ctx.h"
#include "kernel/clock.h"

int svclb_ctx_set_deadline(struct svclb_ctx *ctx, uint64_t left_ms)
{
	uint64_t now = clock_ms();

	if (!ctx)
		return -SVCLB_EINVAL;
	ctx->end_ms = left_ms < SVCLB_NO_DEADLINE - now ? now + left_ms : 0;
	return 0;
}
