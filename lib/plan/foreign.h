/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others still use cannot be removed: found before the first change. */
#ifndef SVCLB_PLAN_FOREIGN_H
#define SVCLB_PLAN_FOREIGN_H

#include "plan/plan.h"

/*
 * Adds to *conflicts, as of now: each set and chain that the plan removes although something that is
 * not ours refers to it, and the link if others have addresses on it; a link of our name that is no
 * dummy link; and, unless adopting, addresses and a link that are another owner's.
 */
void foreign_conflicts(const struct svclb_plan *plan, const struct svclb_state *now, bool adopt,
		       struct problems *conflicts);

#endif
