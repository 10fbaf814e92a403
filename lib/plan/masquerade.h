/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When an entry that decides on masquerading comes or goes. */
#ifndef SVCLB_PLAN_MASQUERADE_H
#define SVCLB_PLAN_MASQUERADE_H

#include "plan/plan.h"
#include "state/names.h"

/* The role of a step with an entry of a set: the set's own, or one of the two of masquerading. */
enum set_role masquerade_role(const struct svclb_state *from, const struct svclb_state *to,
			      const struct set_info *info, uint8_t family, enum step_op op,
			      const struct set_entry *e);

#endif
