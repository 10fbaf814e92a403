/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan: ordered steps between two sealed states. A step names its object by index: `before` in
 * plan->from, `after` in plan->to; NONE where there is none (add, delete).
 */
#ifndef SVCLB_PLAN_PLAN_H
#define SVCLB_PLAN_PLAN_H

#include <svclb/apply.h>

#include "state/fingerprint.h"
#include "state/state.h"

#define STEP_NONE UINT32_MAX
#define SETTLE_MS 500 /* how long STEP_SETTLE waits */

enum step_kind {
	STEP_SYSCTL = 1, /* index into sysctls */
	STEP_TIMEOUTS,	 /* index 0: the state's timeouts */
	STEP_LINK,	 /* index 0: the link itself */
	STEP_SET,	 /* index into sets; contents are steps of their own */
	STEP_ENTRY,	 /* index into entries */
	STEP_TABLE,   /* index = table_index(family, table): all chains and jumps of ours in it */
	STEP_VSERVER, /* index into vservers; real servers are steps of their own, except that
			  * deleting a virtual server takes its real servers along */
	STEP_RSERVER, /* index into rservers */
	STEP_ADDR,    /* index into addrs */
	STEP_VSERVER_FLOWS, /* index into vservers: tracked flows to it, which only go */
	STEP_RSERVER_FLOWS, /* index into rservers: those that it answers */
	STEP_SETTLE, /* nothing is changed: connections under way through virtual servers get time */
	STEP_FRONT_FLOWS, /* index into fronts: tracked flows that rules redirected, or will */
	STEP_BACK_FLOWS,  /* index into backs: those that were redirected there */
	STEP_ROUTES, /* by which the node's own requests outlive the addresses that are deleted */
	STEP_QUIESCE, /* index into rservers: weight 0, so that it gets no new connections; only goes */
};

enum step_op {
	STEP_ADD = 1,
	STEP_CHANGE,
	STEP_DELETE,
};

struct svclb_step {
	uint8_t kind;	/* enum step_kind */
	uint8_t op;	/* enum step_op */
	uint8_t phase;	/* position of the phase in the order of plan/order.c */
	bool when_idle; /* a real server that got connections since it was read is not deleted */
	uint32_t before;
	uint32_t after;
};

/* What a plan begins with and what it was made for, as fingerprints. */
struct plan_prints {
	char from[FINGERPRINT_SIZE];
	char wanted[FINGERPRINT_SIZE];
};

struct svclb_plan {
	atomic_uint refs;
	struct svclb_state *from;
	struct svclb_state *to;
	struct svclb_state *wanted; /* `to` as it was asked for, without what drains */
	struct plan_prints saved;   /* of a plan that was loaded, which has parts of states only */
	VEC(struct svclb_step) steps;
};

/* Families and tables as one small number, so that a step can name them. */
static inline uint32_t table_index(uint8_t family, enum table t)
{
	return (family == 6 ? TABLE_COUNT_ : 0) + (uint32_t)t;
}

static inline uint8_t table_index_family(uint32_t index)
{
	return index >= TABLE_COUNT_ ? 6 : 4;
}

static inline enum table table_index_table(uint32_t index)
{
	return (enum table)(index % TABLE_COUNT_);
}

#endif
