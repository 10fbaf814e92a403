/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of steps: grow, change, shrink, so that every prefix of a plan is harmless. */
#include "plan/order.h"

#include <stdlib.h>
#include <string.h>

struct phase {
	enum step_kind kind;
	enum step_op op;
	enum set_role role; /* of entries; tables and settings go with those of a role; else 0 */
	bool careful;	    /* not undone any more once undoing another step failed */
	bool joins; /* harmless where a step of the phase before failed: may go out with it */
};

/*
 * Position in this table = phase - 1. The packet filter's guard and the sets that masquerade stand
 * before an address answers, and the gate entry that admits traffic comes last; going away is the
 * reverse. A fence stands only while the sources it lets through are named, and outlasts every
 * change of the real servers behind it. Real servers that come, or come back, do so before others
 * are drained, and one that is to be deleted gets no new connections for a moment before, so that
 * none is cut off that has only just begun. All additions precede all deletions: the kernel keeps
 * deleted real servers in a list that every later addition walks. Flows go when nothing makes new
 * ones of the old kind.
 *
 * Careful ones are what guards, what masquerades or serves in place of another, what says whose a
 * virtual server is, and what would let traffic in again: after a step that could not be undone
 * somebody may still depend on the others, and the last may depend on it.
 *
 * The kernel goes on behind a message that failed. So messages that go out together are of one
 * phase, whose steps do not need each other; only a new virtual server has its real servers beside
 * it, so that clients meet one without them as shortly as can be.
 */
static const struct phase phases[] = {
	{STEP_SYSCTL, STEP_CHANGE, ROLE_SUPPORT},
	{STEP_TIMEOUTS, STEP_CHANGE, 0},
	{STEP_SET, STEP_ADD, 0, true},
	{STEP_SET, STEP_CHANGE, 0},
	{STEP_LINK, STEP_ADD, 0, true},
	{STEP_ENTRY, STEP_ADD, ROLE_LEDGER, true},
	{STEP_ENTRY, STEP_ADD, ROLE_SUPPORT},
	{STEP_ENTRY, STEP_CHANGE, ROLE_SUPPORT},
	{STEP_ENTRY, STEP_ADD, ROLE_FENCE},
	{STEP_TABLE, STEP_ADD, ROLE_SUPPORT, true},
	{STEP_TABLE, STEP_CHANGE, ROLE_SUPPORT, true},
	{STEP_ENTRY, STEP_ADD, ROLE_MASQUERADE, true},
	{STEP_ENTRY, STEP_DELETE, ROLE_MASQUERADE, true},
	{STEP_VSERVER, STEP_ADD, 0},
	{STEP_RSERVER, STEP_ADD, 0, .joins = true},
	{STEP_RSERVER, STEP_CHANGE, ROLE_GATE, true}, /* takes new connections again */
	{STEP_ADDR, STEP_ADD, 0},
	{STEP_ENTRY, STEP_ADD, ROLE_GATE},
	{STEP_TABLE, STEP_ADD, ROLE_GATE},
	{STEP_TABLE, STEP_CHANGE, ROLE_GATE},
	{STEP_SYSCTL, STEP_CHANGE, ROLE_GATE},
	{STEP_ROUTES, STEP_ADD, 0},
	{STEP_ADDR, STEP_DELETE, ROLE_GATE, true}, /* the routes keep it local */
	{STEP_SETTLE, STEP_CHANGE, 0},
	{STEP_VSERVER, STEP_CHANGE, 0},
	{STEP_RSERVER, STEP_CHANGE, 0},
	{STEP_QUIESCE, STEP_DELETE, 0},
	{STEP_ENTRY, STEP_DELETE, ROLE_GATE, true},
	{STEP_RSERVER, STEP_DELETE, 0},
	{STEP_ENTRY, STEP_ADD, ROLE_VISIBLE},
	{STEP_ENTRY, STEP_DELETE, ROLE_VISIBLE},
	{STEP_VSERVER, STEP_DELETE, 0, true},
	{STEP_VSERVER_FLOWS, STEP_DELETE, 0},
	{STEP_RSERVER_FLOWS, STEP_DELETE, 0},
	{STEP_ADDR, STEP_DELETE, 0, true},
	{STEP_ROUTES, STEP_DELETE, 0},
	{STEP_ENTRY, STEP_DELETE, ROLE_FENCE},
	{STEP_ENTRY, STEP_DELETE, ROLE_SUPPORT},
	{STEP_TABLE, STEP_DELETE, 0},
	{STEP_FRONT_FLOWS, STEP_DELETE, 0},
	{STEP_BACK_FLOWS, STEP_DELETE, 0},
	{STEP_ENTRY, STEP_DELETE, ROLE_LEDGER},
	{STEP_LINK, STEP_DELETE, 0},
	{STEP_SET, STEP_DELETE, 0},
};

#define PHASE_COUNT (sizeof(phases) / sizeof(phases[0]))

uint8_t step_phase(enum step_kind kind, enum step_op op, enum set_role role)
{
	for (size_t i = 0; i < PHASE_COUNT; i++)
		if (phases[i].kind == kind && phases[i].op == op &&
		    (!phases[i].role || phases[i].role == role))
			return (uint8_t)(i + 1);
	return 0;
}

bool step_is_careful(const struct svclb_step *s)
{
	return s->phase && s->phase <= PHASE_COUNT && phases[s->phase - 1].careful;
}

bool steps_go_together(const struct svclb_step *a, const struct svclb_step *b)
{
	uint8_t first = a->phase < b->phase ? a->phase : b->phase;
	uint8_t last = a->phase < b->phase ? b->phase : a->phase;

	return first == last ||
	       (last <= PHASE_COUNT && last - first == 1 && phases[last - 1].joins);
}

int plan_order(struct svclb_plan *plan)
{
	size_t at[PHASE_COUNT + 2] = {0};
	struct svclb_step *sorted = malloc((plan->steps.n + 1) * sizeof(*sorted));

	if (!sorted)
		return -1;
	for (size_t i = 0; i < plan->steps.n; i++)
		at[plan->steps.v[i].phase + 1]++;
	for (size_t p = 1; p < PHASE_COUNT + 2; p++)
		at[p] += at[p - 1];
	for (size_t i = 0; i < plan->steps.n; i++)
		sorted[at[plan->steps.v[i].phase]++] = plan->steps.v[i];
	if (plan->steps.n)
		memcpy(plan->steps.v, sorted, plan->steps.n * sizeof(*sorted));
	free(sorted);
	return 0;
}
