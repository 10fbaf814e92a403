/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the locks share: waiting for a file's. */
#ifndef SVCLB_KERNEL_FLOCK_H
#define SVCLB_KERNEL_FLOCK_H

#include "model/options.h"

/* Locks the open file. 0, or an errno: EWOULDBLOCK when it was not free in time, ECANCELED when
 * the operation was interrupted. */
int flock_wait(const struct svclb_options *opts, int fd);

#endif
