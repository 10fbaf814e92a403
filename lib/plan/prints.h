/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a plan that was made earlier is still the right one. */
#ifndef SVCLB_PLAN_PRINTS_H
#define SVCLB_PLAN_PRINTS_H

#include "plan/plan.h"

/* The fingerprints of a plan. False: out of memory. */
bool plan_prints(const struct svclb_plan *plan, struct plan_prints *ret);

#endif
