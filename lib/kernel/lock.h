/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The locks of a transaction, both advisory locks of files, which the kernel drops when their
 * holder dies. Order: the owner's, then xtables'. Each waits at most opts->lock_wait_ms, and no
 * longer than the operation has, then -SVCLB_EBUSY.
 */
#ifndef SVCLB_KERNEL_LOCK_H
#define SVCLB_KERNEL_LOCK_H

#include "kernel/netns.h"
#include "model/options.h"

/* The lock that everything that changes xtables rules takes. *ret is the descriptor that holds it. */
int lock_take(const struct svclb_options *opts, int *ret, struct svclb_error **reterr);

/* The lock among those who work with one prefix in one network namespace. */
int lock_take_owner(const struct svclb_options *opts, const struct netns *ns, int *ret,
		    struct svclb_error **reterr);

void lock_drop(int fd);

#endif
