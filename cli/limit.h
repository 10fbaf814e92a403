/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time that --timeout gives the whole command. */
#ifndef SVCLBCTL_LIMIT_H
#define SVCLBCTL_LIMIT_H

#include "cli.h"

double clock_ms(void);

/* The time begins with the program. */
void limit_begin(struct cli *c);

/* Milliseconds that are left, 0 when it is over; SVCLB_NO_DEADLINE without --timeout, so that nobody
 * who types the input has to hurry. */
uint64_t limit_left_ms(const struct cli *c);

#endif
