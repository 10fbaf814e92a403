/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others still use cannot be removed: found before the first change. */
#ifndef SVCLB_PLAN_FOREIGN_H
#define SVCLB_PLAN_FOREIGN_H

#include "plan/plan.h"

/* Adds to *conflicts each set and chain that the plan removes although, as of now, something that
 * is not ours refers to it. */
void foreign_conflicts(const struct svclb_plan *plan, const struct svclb_state *now,
		       struct problems *conflicts);

#endif
