/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of steps: grow, change, shrink, so that every prefix of a plan is harmless. */
#ifndef SVCLB_PLAN_ORDER_H
#define SVCLB_PLAN_ORDER_H

#include "plan/plan.h"
#include "state/names.h"

/* Phase of a step; role matters for entries, tables and settings. 0 = there is no such step. */
uint8_t step_phase(enum step_kind kind, enum step_op op, enum set_role role);

/* Whether a step stays done when undoing another one has failed. */
bool step_is_careful(const struct svclb_step *s);

/* Whether two steps, one after the other, may go to the kernel at once: whichever of them fails,
 * the other does no harm. */
bool steps_go_together(const struct svclb_step *a, const struct svclb_step *b);

/* Stable sort of the steps by phase. -1 when out of memory. */
int plan_order(struct svclb_plan *plan);

#endif
