/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that end the program, while the kernel is being changed. */
#ifndef SVCLBCTL_INTERRUPT_H
#define SVCLBCTL_INTERRUPT_H

#include "cli.h"

/* From here on a signal does not end the program, but asks the context to end its operation. */
void interrupt_catch(struct svclb_ctx *ctx);

/* The kernel's part is over: signals that come now are too late. The context may be freed. */
void interrupt_too_late(void);

/* Signals end the program again, also one that came too late for the change: nothing but waiting is
 * left. */
void interrupt_restore(void);

/* main's last act: dies of the signal that ended the operation; otherwise rc stands, and is given
 * back. */
int interrupt_deliver(int rc);

#endif
