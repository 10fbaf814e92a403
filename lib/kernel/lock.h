/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock that everything that changes xtables rules takes: a file, advisory. */
#ifndef SVCLB_KERNEL_LOCK_H
#define SVCLB_KERNEL_LOCK_H

#include "model/options.h"

/* Waits at most opts->lock_wait_ms, then -SVCLB_EBUSY. *ret is the descriptor that holds it. */
int lock_take(const struct svclb_options *opts, int *ret, struct svclb_error **reterr);
void lock_drop(int fd);

#endif
