/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A context: options, the kernel behind them, and the pieces of the transaction. */
#ifndef SVCLB_APPLY_CTX_H
#define SVCLB_APPLY_CTX_H

#include "kernel/kernel.h"
#include "plan/drain.h"

struct svclb_ctx {
	struct svclb_options *options;
	struct kernel *kernel;
	struct svclb_error *mode_notice; /* why AUTO became IPTABLES, or NULL */
	bool families_found;		 /* asked the kernel for them, or tried to */
	bool drain_known;		 /* whether the next two say what the kernel holds */
	struct drain_survey drain;
	uint64_t drain_seen_ms; /* on the kernel's clock */
	size_t left; /* real servers that the last plan was to delete, and left at weight 0 */
};

/* Milliseconds by phase of one apply. */
struct timing {
	uint64_t compile_us;
	uint64_t read_us;
	uint64_t diff_us;
	uint64_t commit_us;
};

struct svclb_report {
	atomic_uint refs;
	struct svclb_plan *plan; /* what was changed */
	/* Where that was done by two plans, these: the second puts real servers on record that got
	 * connections while the first was to delete them. Else NULL. */
	struct svclb_plan *first;
	struct svclb_plan *second;
	struct svclb_state *before; /* what the kernel held, all of it */
	size_t changes;
	size_t draining;
	uint32_t mode;
	struct timing timing;
	struct problems warnings;
};

struct svclb_report *report_new(void); /* NULL when out of memory */

/* Microseconds of a clock that only goes forward. */
uint64_t now_us(void);

/* Begins an operation: its bound in time counts from here. */
void ctx_start(struct svclb_ctx *ctx);

/* The whole time once more, for putting back. */
void ctx_start_over(struct svclb_ctx *ctx);

/* Ends it and returns r: an interruption that came meanwhile, heeded or not, is not one of the next
 * operation. */
int ctx_end(struct svclb_ctx *ctx, int r);

/* svclb_resolve_mode() and svclb_discover() inside of an operation. */
int ctx_resolve_mode(struct svclb_ctx *ctx, struct svclb_error **reterr);
int ctx_discover(struct svclb_ctx *ctx, struct svclb_error **reterr);

/* Where nobody chose the families, switches off the one that the kernel lacks. The answer stays. */
void ctx_find_families(struct svclb_ctx *ctx);

/* Reads the kernel into a sealed state with ownership marked. want (may be NULL) names the sysctls
 * to read. */
int ctx_read(struct svclb_ctx *ctx, const struct svclb_state *want, struct svclb_state **ret,
	     struct svclb_error **reterr);

/* Keeps what drains in the kernel now, for svclb_drain_get_wait(). */
void ctx_note_draining(struct svclb_ctx *ctx, struct drain_survey now);

/* Hands the report out where the kernel was touched, also after a failure. Returns r. */
int report_finish(int r, struct svclb_report *report, struct svclb_report **ret);

/* Carries out a plan that fits `before`, which is what the kernel holds right now and will hold again
 * after a failure; the lock is held. Real servers that got connections are left alone: then *plan
 * becomes one without the steps that would have deleted them, and ctx->left says how many. */
int commit_plan(struct svclb_ctx *ctx, struct svclb_plan **plan, struct svclb_state *before,
		struct svclb_error **reterr);

/* Compares what is there now with what was there before a plan: NULL, or what is left to put right. */
struct svclb_error *commit_left_over(struct svclb_ctx *ctx, const struct svclb_plan *plan,
				     struct svclb_state *before);

#endif
