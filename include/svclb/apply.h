/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contexts, plans and the transaction. One context is used by one thread at a time, but for
 * svclb_ctx_interrupt(); distinct contexts work in parallel threads, also in different network
 * namespaces. Plans and reports are immutable once returned.
 */
#ifndef SVCLB_APPLY_H
#define SVCLB_APPLY_H

#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_ctx;
struct svclb_plan;
struct svclb_step; /* a step of a plan, borrowed */
struct svclb_report;
struct svclb_mem; /* an in-memory kernel */

/*
 * A context on the kernel, in the network namespace of the options. opts is copied, NULL means
 * defaults. Sockets are opened when first needed, by a short-lived thread where the namespace is
 * another one than the calling thread's; the calling thread never changes its namespace.
 * Errors: EINVAL, ENOMEM, EPERM, EKERNEL. Since 0.1.
 */
SVCLB_API int svclb_ctx_new(const struct svclb_options *opts, struct svclb_ctx **ret,
			    struct svclb_error **reterr);

/* A context on an in-memory kernel, which it keeps a reference of. Errors: EINVAL, ENOMEM. */
SVCLB_API int svclb_ctx_new_mem(const struct svclb_options *opts, struct svclb_mem *mem,
				struct svclb_ctx **ret, struct svclb_error **reterr);

/* Closes and frees; NULL is allowed; returns NULL. Since 0.1. */
SVCLB_API struct svclb_ctx *svclb_ctx_free(struct svclb_ctx *ctx);

/*
 * Ends the operation of ctx that is under way, at its next safe step: it fails with EINTERRUPTED,
 * having changed nothing or put everything back. With none under way it is the next one that ends,
 * at once, or the next call that only computes with the context's options, svclb_model_complete() and
 * the like. One that has done its last step succeeds all the same; the one after it begins afresh.
 * Putting back is not interrupted. Unlike everything else of a context, this may be called from
 * any thread at any time until svclb_ctx_free(), and from a signal handler: it only sets a flag.
 * Handlers should be installed with SA_RESTART. NULL is allowed. Since 0.1.
 */
SVCLB_API void svclb_ctx_interrupt(struct svclb_ctx *ctx);

/*
 * Bounds the operations of ctx from now on together, besides the time limit of each: they end with
 * ETIMEDOUT when left_ms milliseconds have passed. 0: at once; SVCLB_NO_DEADLINE: no such bound,
 * the default. Putting back after a failure, and svclb_undo(), are not bounded by it.
 * Errors: EINVAL. Since 0.1.
 */
SVCLB_API int svclb_ctx_set_deadline(struct svclb_ctx *ctx, uint64_t left_ms);

/* The context's own options, with what svclb_discover() found. Borrowed. Since 0.1. */
SVCLB_API const struct svclb_options *svclb_ctx_get_options(const struct svclb_ctx *ctx);

/*
 * Reads the node's addresses from the kernel into the context's options unless the caller gave
 * some, and whether connection tracking is liberal (nf_conntrack_tcp_be_liberal); switches off a
 * family that the kernel lacks unless the caller chose the families. Needs no privileges.
 * svclb_apply() does it by itself. Errors: EKERNEL, ENOMEM. Since 0.1.
 */
SVCLB_API int svclb_discover(struct svclb_ctx *ctx, struct svclb_error **reterr);

/*
 * The mode that the context works in: the one of its options or, where that is AUTO, IPVS if the
 * kernel has everything this mode can use, else iptables. The kernel is asked, not the list of its
 * modules. Before that the families are found out as by svclb_discover(). *ret (may be NULL) is
 * enum svclb_mode, never AUTO. The answer is kept: from then on it is the mode of
 * svclb_ctx_get_options(), so that svclb_compile() with these options makes the state that
 * svclb_apply() would. svclb_apply() does it by itself.
 * Errors: EPERM, EKERNEL, ENOMEM, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_resolve_mode(struct svclb_ctx *ctx, uint32_t *ret, struct svclb_error **reterr);

/* Why AUTO became iptables: a warning whose causes are the missing pieces of IPVS mode, named; NULL
 * if it did not. Borrowed from the context. Since 0.1. */
SVCLB_API const struct svclb_error *svclb_ctx_get_mode_notice(const struct svclb_ctx *ctx);

/*
 * Warns of what a completed model and the options (NULL: the defaults) ask for that their mode,
 * iptables or ipvs, does not have, an object and a thing a warning; of nothing where it is AUTO.
 * And, in any mode, of a family that objects have addresses of and that a context has switched off
 * in its options because the kernel lacks it. *ret is a list, NULL when there is none; the caller
 * unrefs it. The report of svclb_apply() has the same warnings. One thread at a time for a model.
 * Errors: EINVAL. Since 0.1.
 */
SVCLB_API int svclb_model_warn_mode(struct svclb_model *model, const struct svclb_options *opts,
				    struct svclb_error **ret, struct svclb_error **reterr);

/*
 * Asks the kernel for everything that the mode needs (AUTO: IPVS mode): IPVS, ipset, iptables
 * tables, matches and targets. 0, or EUNSUPPORTED with one problem for each missing piece, named; EPERM. Changes
 * nothing. Since 0.1.
 */
SVCLB_API int svclb_probe(struct svclb_ctx *ctx, struct svclb_error **reterr);

/* The same for what a wanted state needs and no more, the schedulers of its virtual servers among it.
 * Problems that only some objects have name them (svclb_error_get_object_name()). Errors besides:
 * EINVAL, ENOMEM, EKERNEL. Since 0.1. */
SVCLB_API int svclb_probe_for(struct svclb_ctx *ctx, const struct svclb_state *want,
			      struct svclb_error **reterr);

/* Reads what the kernel holds: everything of ours, and foreign virtual servers, marked as such.
 * Errors: EPERM, EUNSUPPORTED, EKERNEL, ETIMEDOUT, ENOMEM. Since 0.1. */
SVCLB_API int svclb_read(struct svclb_ctx *ctx, struct svclb_state **ret,
			 struct svclb_error **reterr);

/*
 * What has to be done to get from one state to the other, in an order of which every prefix is
 * harmless. Pure. adopt 1 takes over conflicting objects of others, which is a part of the plan then:
 * svclb_plan_commit() does it whatever the options of its context say.
 * Errors: ECONFLICT (one problem for each object of others in the way, and for each of their rules
 * that uses a set or chain which is to go), ENOMEM, EINVAL.
 */
SVCLB_API int svclb_diff(struct svclb_state *from, struct svclb_state *to, int adopt,
			 struct svclb_plan **ret, struct svclb_error **reterr);

SVCLB_API struct svclb_plan *svclb_plan_ref(struct svclb_plan *plan);
SVCLB_API struct svclb_plan *svclb_plan_unref(struct svclb_plan *plan);

/* Number of steps; 0 = nothing to do. Since 0.1. */
SVCLB_API size_t svclb_plan_count(const struct svclb_plan *plan);

/* How many of them only end a drain whose time is over or that is idle. Since 0.1. */
SVCLB_API size_t svclb_plan_count_drained(const struct svclb_plan *plan);

/* The plan for people, one line a step with '+', '~' or '-', a summary last. Empty plans say so.
 * The caller frees *ret. Errors: ENOMEM, EINVAL. Since 0.1. */
SVCLB_API int svclb_plan_to_text(const struct svclb_plan *plan, char **ret,
				 struct svclb_error **reterr);

/* The plan as JSON: a saved plan that svclb_plan_load() accepts. Ownership, errors as above. */
SVCLB_API int svclb_plan_to_json(const struct svclb_plan *plan, char **ret,
				 struct svclb_error **reterr);

/* Reads a saved plan. Of opts, which may be NULL (defaults), the limits and those of time are used.
 * Errors: EPARSE, EINVALID, ELIMIT, ETIMEDOUT, ENOMEM, EINVAL. Since 0.1. */
SVCLB_API int svclb_plan_load(const char *buf, size_t len, const char *name,
			      const struct svclb_options *opts, struct svclb_plan **ret,
			      struct svclb_error **reterr);

/*
 * Whether what was read is still what the plan begins with: everything of ours, also what no step
 * is about, and no virtual server of others where one is to be added. What is counted does not matter.
 * Pure; svclb_plan_commit() does it under the locks. Errors: EAGAIN naming what moved, ENOMEM, EINVAL.
 * Since 0.1.
 */
SVCLB_API int svclb_plan_check(const struct svclb_plan *plan, const struct svclb_state *have,
			       struct svclb_error **reterr);

/* 1: the plan was made for this wanted state; 0: for another one; or -ENOMEM, -EINVAL. What drains
 * when it is carried out is no part of what is wanted. Since 0.1. */
SVCLB_API int svclb_plan_leads_to(const struct svclb_plan *plan, const struct svclb_state *want);

/* Walks the steps in order; prev NULL starts, NULL ends. Borrowed from the plan. Since 0.1. */
SVCLB_API const struct svclb_step *svclb_plan_next_step(const struct svclb_plan *plan,
							const struct svclb_step *prev);
/* "add", "change" or "delete". */
SVCLB_API const char *svclb_step_get_op(const struct svclb_step *step);
/* "ipvs", "ipset", "iptables", "link" or "sysctl". */
SVCLB_API const char *svclb_step_get_subsystem(const struct svclb_step *step);
/* The object of the model that the step is for, "Service default/web port http", as it stands in
 * the file; NULL for what all objects share, and for what none asks for any more. Borrowed from the
 * plan. Since 0.1. */
SVCLB_API const char *svclb_step_get_object(const struct svclb_plan *plan,
					    const struct svclb_step *step);
/* One line that names the object; the caller frees *ret. Errors: ENOMEM. */
SVCLB_API int svclb_step_to_text(const struct svclb_plan *plan, const struct svclb_step *step,
				 char **ret);

/*
 * Carries a plan out. The plan must fit the kernel's state: it is read again under the locks, and
 * where it is not what the plan begins with nothing is changed and EAGAIN returned.
 * On failure of a step everything is put back; then EROLLEDBACK, or EROLLBACK if that failed
 * too, with the step's own failure as the error's cause. *ret (may be NULL) is also set for these
 * two. Errors besides: EPERM, EUNSUPPORTED, EBUSY, ETIMEDOUT, EAGAIN, ENOMEM, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_plan_commit(struct svclb_ctx *ctx, struct svclb_plan *plan,
				struct svclb_report **ret, struct svclb_error **reterr);

/*
 * The whole pipeline: completes the model, finds the node's addresses, compiles, checks the
 * kernel's abilities, reads it, diffs and commits. What can be refused is refused before the first
 * change. Errors: those of svclb_model_complete(), svclb_compile(), svclb_probe(), svclb_read(),
 * svclb_diff() and svclb_plan_commit(). Since 0.1.
 */
SVCLB_API int svclb_apply(struct svclb_ctx *ctx, struct svclb_model *model,
			  struct svclb_report **ret, struct svclb_error **reterr);

/* Removes everything that is ours; then reads again, and fails with EKERNEL naming what is left if
 * anything is. Errors as svclb_plan_commit(). Since 0.1. */
SVCLB_API int svclb_cleanup(struct svclb_ctx *ctx, struct svclb_report **ret,
			    struct svclb_error **reterr);

/*
 * Takes back what the call did that gave the report, where something beside the kernel failed after
 * it: the steps in reverse; then the kernel is read and compared with what it held before, foreign
 * virtual servers among it. It must be the last call that changed the kernel, and ctx the one of
 * that call. Takes the locks as an apply does, is not interrupted, and does nothing where that call
 * changed nothing. Errors: EROLLBACK if the kernel does not hold the same again, with the reasons as
 * its cause; those with which nothing was taken back: EBUSY, EPERM, EKERNEL, ENOMEM, EINVAL.
 * Since 0.1.
 */
SVCLB_API int svclb_undo(struct svclb_ctx *ctx, const struct svclb_report *report,
			 struct svclb_error **reterr);

/*
 * What drains (svclb_options_set_drain()) leaves with an apply that finds its time over, and
 * with svclb_drain_step(): it ends all drains that are idle or whose deadline has passed, and
 * changes nothing else. It needs no model: the kernel itself holds what drains and until when, so
 * drains outlive contexts and programs. It is a transaction like an apply; *ret (may be NULL)
 * says what went and, svclb_report_get_draining(), how many stay. The library has no thread and no
 * timer: an embedder calls it when svclb_drain_get_wait() says so.
 * Errors: EPERM, EUNSUPPORTED, EBUSY, ETIMEDOUT, EKERNEL, EROLLEDBACK, EROLLBACK, ENOMEM, EINVAL.
 * Since 0.1.
 */
SVCLB_API int svclb_drain_step(struct svclb_ctx *ctx, struct svclb_report **ret,
			       struct svclb_error **reterr);

/*
 * Milliseconds until svclb_drain_step() should be called: at the first deadline, and every ten
 * seconds while anything drains, because nobody tells when it is idle; 0 now; SVCLB_NO_DEADLINE
 * when nothing drains. Answered from what the context last read or changed; the kernel is read
 * only where it has done neither. Errors: those of svclb_read(), EINVAL. Since 0.1.
 */
SVCLB_API int svclb_drain_get_wait(struct svclb_ctx *ctx, uint64_t *ret,
				   struct svclb_error **reterr);

SVCLB_API struct svclb_report *svclb_report_ref(struct svclb_report *report);
SVCLB_API struct svclb_report *svclb_report_unref(struct svclb_report *report);
/* Steps carried out (0: the kernel was in the wanted state already): those of the plan below. */
SVCLB_API size_t svclb_report_get_changes(const struct svclb_report *report);
/* How many real servers drain after it. Since 0.1. */
SVCLB_API size_t svclb_report_get_draining(const struct svclb_report *report);
/* What was done, as a plan; borrowed; NULL if none. Real servers that got connections while they were
 * to be removed are changed in it, not deleted. After a failure it is the plan that failed. */
SVCLB_API const struct svclb_plan *svclb_report_get_plan(const struct svclb_report *report);
/* Notices (warnings) in a list, or NULL. Borrowed. */
SVCLB_API const struct svclb_error *svclb_report_get_warnings(const struct svclb_report *report);
/* enum svclb_mode that was used (never AUTO). */
SVCLB_API uint32_t svclb_report_get_mode(const struct svclb_report *report);
/* The report as JSON: changed, mode, steps, counts, milliseconds by phase. Caller frees *ret. */
SVCLB_API int svclb_report_to_json(const struct svclb_report *report, char **ret,
				   struct svclb_error **reterr);

/*
 * An in-memory kernel for tests: behaves as the real one towards everything above it. It begins
 * empty. One thread at a time. Since 0.1.
 */
SVCLB_API int svclb_mem_new(struct svclb_mem **ret, struct svclb_error **reterr);
SVCLB_API struct svclb_mem *svclb_mem_ref(struct svclb_mem *mem);
SVCLB_API struct svclb_mem *svclb_mem_unref(struct svclb_mem *mem);
/* An address of the simulated node, for svclb_discover(). Errors: EINVAL, ENOMEM. */
SVCLB_API int svclb_mem_add_node_address(struct svclb_mem *mem, const char *addr,
					 const char *ifname);
/* Lets the k-th change from now on (1 = the next) fail with os_errno, and undo_k-th one of the
 * changes after that (0 = none). k 0 switches injection off. Errors: EINVAL. */
SVCLB_API int svclb_mem_fail_at(struct svclb_mem *mem, uint64_t k, int os_errno, uint64_t undo_k);
/* Whether the simulated kernel has IPVS; 0 or 1, default 1. Errors: EINVAL. */
SVCLB_API int svclb_mem_set_ipvs(struct svclb_mem *mem, int on);
/* Whether the simulated kernel has IPv6; 0 or 1, default 1. To be said before the first
 * change. Errors: EINVAL. Since 0.1. */
SVCLB_API int svclb_mem_set_ipv6(struct svclb_mem *mem, int on);
/* Moves the simulated kernel's clock on. Errors: EINVAL. Since 0.1. */
SVCLB_API int svclb_mem_advance(struct svclb_mem *mem, uint32_t seconds);
/* Gives the real server of a TCP virtual server connections, established ones and others.
 * Errors: EINVAL, ENOTFOUND. Since 0.1. */
SVCLB_API int svclb_mem_set_connections(struct svclb_mem *mem, const char *addr, uint32_t port,
					const char *real_addr, uint32_t real_port, uint32_t active,
					uint32_t inactive);
/* Number of changes made so far. */
SVCLB_API uint64_t svclb_mem_count_changes(const struct svclb_mem *mem);
/* A virtual server of somebody else, for tests of ownership; protocol "TCP", "UDP", "SCTP". */
SVCLB_API int svclb_mem_add_foreign_virtual_server(struct svclb_mem *mem, const char *addr,
						   uint32_t port, const char *protocol);

#ifdef __cplusplus
}
#endif
#endif
