/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One interface for each kernel subsystem of the real kernel. kernel/real.c owns the namespace
 * and hands runs of consecutive steps of one subsystem to its backend.
 */
#ifndef SVCLB_KERNEL_BACKEND_H
#define SVCLB_KERNEL_BACKEND_H

#include "kernel/kernel.h"
#include "kernel/netns.h"

struct backend;

#define RUN_ERRORS_MAX 20 /* of one forward run: a pack may fail 500 times for one reason */

/* A run of steps of one subsystem, in the order they are to be done. */
struct backend_run {
	const struct svclb_plan *plan;
	const struct svclb_step *const *steps;
	size_t n;
	bool undo;	  /* each step is meant backwards; the order given is already reversed */
	enum fate **done; /* done[i] points at the step's, see kernel_ops.run */
};

/* That of a step that was carried out. */
static inline enum fate backend_fate(const struct backend_run *run)
{
	return run->undo ? FATE_UNDONE : FATE_DONE;
}

struct backend_ops {
	const char *subsystem; /* "ipvs", "ipset", "iptables", "link", "sysctl",
				* "conntrack" */

	/* Adds a problem for each missing piece to *missing; other failures are returned. */
	int (*probe)(struct backend *b, const struct svclb_state *want, struct problems *missing,
		     struct svclb_error **reterr);
	/* NULL: nothing of it is part of a state. */
	int (*read)(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
		    struct svclb_error **reterr);
	int (*run)(struct backend *b, const struct backend_run *run, struct svclb_error **reterr);
	void (*free)(struct backend *b);
};

struct backend {
	const struct backend_ops *ops;
	const struct svclb_options *opts;
	struct netns *ns;
};

int ipvs_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		     struct svclb_error **reterr);
int ipset_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		      struct svclb_error **reterr);
int iptables_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
			 struct svclb_error **reterr);
int link_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		     struct svclb_error **reterr);
int sysctl_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		       struct svclb_error **reterr);
int conntrack_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
			  struct svclb_error **reterr);

/* The value that a read of a setting gave: one line, printable and whole; else false. */
bool sysctl_value(const char *bytes, size_t n, char ret[SYSCTL_VALUE_MAX]);
/* Whether a setting is there and not 0; b is the sysctl backend. */
bool sysctl_is_on(struct backend *b, const char *key);

/* Whether the namespace has a family, for kernel_ops.has_family; b is the iptables backend. */
bool iptables_has_family(struct backend *b, uint8_t family);

/* Node addresses over rtnetlink, for kernel_ops.addresses; b is the link backend. */
int link_addresses(struct backend *b, node_address_vec *ret, struct svclb_error **reterr);

/* What step i of the run does here: with undo, add and delete change places, and before and
 * after too. *from is the state *before indexes, *to the state *after indexes. */
struct step_view {
	enum step_kind kind;
	enum step_op op;
	const struct svclb_state *from; /* holds the old image */
	const struct svclb_state *to;	/* holds the new image */
	uint32_t before;
	uint32_t after;
};
struct step_view backend_step(const struct backend_run *run, size_t i);

/* An error of a kernel operation: subsystem, operation ("add virtual server"), object text, errno,
 * and the manifest place of the desired object where the step has one (origin 0 = none). */
struct svclb_error *backend_error(const struct backend *b, int code, int os_errno,
				  const char *operation, const char *object,
				  const struct svclb_state *origin_state, origin_id origin,
				  const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 9, 10)));

#endif
