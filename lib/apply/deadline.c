/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end for several operations, where the caller has promised one for all of them. */
#include "apply/ctx.h"

int svclb_ctx_set_deadline(struct svclb_ctx *ctx, uint64_t left_ms)
{
	return svclb_options_set_deadline(ctx ? ctx->options : NULL, left_ms);
}
