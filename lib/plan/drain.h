/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that are no longer wanted but still have connections leave when their time is over. */
#ifndef SVCLB_PLAN_DRAIN_H
#define SVCLB_PLAN_DRAIN_H

#include "plan/plan.h"

/*
 * *ret is `to` with every real server that drains in `from` kept at weight 0 and listed in the set
 * of those, as a new reference (to itself if none drains). What drains follows from what the
 * kernel holds: TCP, ours, virtual server still wanted, connections in its table. How long
 * follows from the virtual server's policy when the drain begins; a shorter policy shortens one
 * that is under way. -1 when out of memory.
 */
int drain_merge(const struct svclb_state *from, struct svclb_state *to, struct svclb_state **ret);

/*
 * *ret is what a state that was read becomes when all drains whose time is over, or that are idle,
 * end, and nothing else changes: a new, sealed state. -1 when out of memory.
 */
int drain_settle(struct svclb_state *st, struct svclb_state **ret);

/*
 * Real servers that a plan which was loaded deletes when they are idle, and which got connections:
 * *ret is `have`, what was read after it was carried out, with those of them on record that
 * their policies let stay, and without the others: a new, sealed state. -1 when out of memory.
 */
int drain_left(const struct svclb_plan *plan, struct svclb_state *have, struct svclb_state **ret);

/* Whether a plan that was loaded says how long they stay: early ones do not. */
bool drain_is_told(const struct svclb_plan *plan);

/* Whether a step does no more than end a drain. */
bool drain_step_ends(const struct svclb_plan *plan, const struct svclb_step *s);

/* How many drain, and the first deadline of all as the second since boot, 0 if none has one. */
struct drain_survey {
	size_t count;
	uint32_t until;
};
struct drain_survey drain_survey(const struct svclb_state *st);
/* The same once a plan has been carried out that holds only a part of what there is in `before`. A
 * deadline that went with it may still be the first one. */
struct drain_survey drain_survey_after(const struct svclb_plan *plan,
				       const struct svclb_state *before);

/*
 * A plan with the same steps whose new deadlines are as far away from `clock_ms` as they were when
 * the plan was made, which may be long ago. NULL when out of memory.
 */
struct svclb_plan *drain_rebase(struct svclb_plan *plan, uint64_t clock_ms);

#endif
