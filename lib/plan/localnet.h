/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routing of 127.0.0.0/8 does not outlast the rule that keeps others on the network out of it. */
#ifndef SVCLB_PLAN_LOCALNET_H
#define SVCLB_PLAN_LOCALNET_H

#include "plan/plan.h"

/*
 * Where `from` has that rule, nobody else has one, and *to has not, *to becomes a state that wants
 * the routing off too; the reference is exchanged. This is the one setting that is taken back: left
 * on, it would open what listens on 127.0.0.1 to the neighbours. -1 when out of memory; *to is
 * dropped then.
 */
int localnet_merge(const struct svclb_state *from, struct svclb_state **to);

/* Whether the plan still leaves the routing on for other owners who guard it, and only for them. */
bool localnet_fits(const struct svclb_plan *plan, const struct svclb_state *have);

#endif
