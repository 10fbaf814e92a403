/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that are no longer wanted but still have connections leave when they are idle. */
#ifndef SVCLB_PLAN_DRAIN_H
#define SVCLB_PLAN_DRAIN_H

#include "state/state.h"

/*
 * *ret is `to` with every real server that drains in `from` kept at weight 0, as a new reference
 * (to itself if none drains). What drains follows from the kernel's own numbers alone: TCP, ours,
 * virtual server still wanted, connections in its table. -1 when out of memory.
 */
int drain_merge(const struct svclb_state *from, struct svclb_state *to, struct svclb_state **ret);

#endif
