/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mode a context works in, and what of the model that mode cannot do. */
#ifndef SVCLB_APPLY_MODE_H
#define SVCLB_APPLY_MODE_H

#include "apply/ctx.h"

/* Adds to the report why the mode is not IPVS where that was left to the kernel, and a warning for
 * each object that asks for something the mode does not have. */
void report_mode(const struct svclb_ctx *ctx, struct svclb_model *model,
		 const struct svclb_state *want, struct svclb_report *report);

#endif
