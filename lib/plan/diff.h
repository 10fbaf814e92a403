/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of the diff that others use: whole tables compared, an empty plan made. */
#ifndef SVCLB_PLAN_DIFF_H
#define SVCLB_PLAN_DIFF_H

#include "plan/plan.h"

/* A plan without steps between two states, made for a third; it references all. NULL when out of
 * memory. */
struct svclb_plan *plan_new(struct svclb_state *from, struct svclb_state *to,
			    struct svclb_state *wanted);

/* A plan with the same steps towards another state of the same indexes. NULL when out of memory. */
struct svclb_plan *plan_copy(const struct svclb_plan *plan, struct svclb_state *to);

/* Whether two states hold the same chains of ours in a table, or none at all. */
bool table_same(const struct svclb_state *a, const struct svclb_state *b, uint8_t family,
		enum table t);
bool table_empty(const struct svclb_state *st, uint8_t family, enum table t);

#endif
