/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one seam to the kernel. Everything above works through struct kernel_ops; the real kernel
 * (kernel/real.c, over one file a subsystem) and the in-memory one (kernel/mem.c) stand below.
 */
#ifndef SVCLB_KERNEL_KERNEL_H
#define SVCLB_KERNEL_KERNEL_H

#include "plan/plan.h"

struct kernel;

/* What became of a step. Undone as if it had been done, an unknown one comes out right both ways. */
enum fate {
	FATE_UNDONE,
	FATE_DONE,
	FATE_UNKNOWN,
	FATE_LEFT, /* a real server that got connections is not deleted: nothing was done */
};

/* Whether a step of this fate is still to be done, or undone. */
static inline bool fate_is_open(enum fate fate, bool undo)
{
	return undo ? fate == FATE_DONE || fate == FATE_UNKNOWN : fate == FATE_UNDONE;
}

struct kernel_ops {
	/* Node addresses (all families, every interface but our link and those of other owners, with
	 * prefix) appended to *ret; loopback and link-local ones included. No privileges. */
	int (*addresses)(struct kernel *k, node_address_vec *ret, struct svclb_error **reterr);

	/* Whether connection tracking is set to take TCP packets outside of the window as valid. No
	 * where that cannot be found out. No privileges. */
	bool (*liberal)(struct kernel *k);

	/* Whether there are addresses of a family (4 or 6) at all. Yes where that cannot be found out.
	 * No privileges. */
	bool (*has_family)(struct kernel *k, uint8_t family);

	/* Whether everything `want` needs is there; all missing pieces in one list. want may be
	 * NULL: then everything the mode of the options can use, AUTO being IPVS. Changes nothing. */
	int (*probe)(struct kernel *k, const struct svclb_state *want, struct svclb_error **reterr);

	/* Locks out others for read-modify-commit (the xtables lock). */
	int (*lock)(struct kernel *k, struct svclb_error **reterr);
	void (*unlock)(struct kernel *k);

	/* Reads into an unsealed state. `want` (may be NULL) names sysctls that should be read. */
	int (*read)(struct kernel *k, const struct svclb_state *want, struct svclb_state *ret,
		    struct svclb_error **reterr);

	/*
	 * Carries out steps [first, first + n) of the plan in order; undo false: towards plan->to,
	 * undo true: in reverse order back towards plan->from (add becomes delete and so on).
	 * done[i] (i counted from `first`) becomes FATE_DONE for each step that took effect (undo:
	 * FATE_UNDONE for each step put back), FATE_UNKNOWN for one that the kernel has had without
	 * telling, FATE_LEFT for one that may not be done any more. Steps whose done[] says there
	 * is nothing to do are passed over.
	 * Forward it stops at or after the first failure: steps packed with the failed one may have
	 * taken effect, done[] says which. Undo goes on after failures and reports them all.
	 * An already existing object on add or a missing one on delete is not an error in undo.
	 */
	int (*run)(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n,
		   bool undo, enum fate *done, struct svclb_error **reterr);

	/* Milliseconds since boot, on a clock that outlives programs: deadlines in the kernel are in it. */
	uint64_t (*clock_ms)(struct kernel *k);

	void (*free)(struct kernel *k);
};

struct kernel {
	const struct kernel_ops *ops;
	const struct svclb_options *opts; /* the context's own */
};

int kernel_real_new(const struct svclb_options *opts, struct kernel **ret,
		    struct svclb_error **reterr);
int kernel_mem_new(const struct svclb_options *opts, struct svclb_mem *mem, struct kernel **ret,
		   struct svclb_error **reterr);

#endif
