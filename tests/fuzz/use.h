/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes after reading a kernel. */
#ifndef TESTS_FUZZ_USE_H
#define TESTS_FUZZ_USE_H

#include "fuzz.h"
#include "state/ownership.h"

/* Forgets what would keep others from losing what they use, or what is theirs on our link. */
static inline void fuzz_nobody_uses(struct svclb_state *state)
{
	state->foreign_uses.n = 0;
	state->foreign_addrs.n = 0;
	for (size_t i = 0; i < state->sets.n; i++)
		state->sets.v[i].references = 0;
}

/* What was read is good for everything that comes after reading. */
static inline void fuzz_use_state(struct svclb_state *state)
{
	struct svclb_error *err = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_state *nothing;
	int r = state_seal(state, &err);

	if (r) { /* one thing twice */
		fuzz_take_error(r, err);
		return;
	}
	state_mark_ours(state, &options_defaults()->exclude_cidrs);
	state->was_read = true;
	fuzz_render(state);
	nothing = state_new(options_defaults());
	FUZZ_CHECK(nothing && !state_seal(nothing, NULL));
	r = svclb_diff(state, nothing, 1, &plan, &err);
	if (r == -SVCLB_ECONFLICT) {
		fuzz_take_error(r, err);
		fuzz_nobody_uses(state);
		r = svclb_diff(state, nothing, 1, &plan, NULL);
	}
	FUZZ_CHECK(!r);
	fuzz_show_plan(plan);
	svclb_plan_unref(plan);
	svclb_state_unref(nothing);
}

#endif
