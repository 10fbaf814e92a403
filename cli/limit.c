/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time that --timeout gives the whole command. */
#include "limit.h"

#include <time.h>

double clock_ms(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* always there on Linux */
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void limit_begin(struct cli *c)
{
	c->began_ms = clock_ms();
}

uint64_t limit_left_ms(const struct cli *c)
{
	double left = c->began_ms + c->timeout.ms - clock_ms();

	if (!c->timeout.given || !c->timeout.ms)
		return SVCLB_NO_DEADLINE;
	return left > 0 ? (uint64_t)left : 0;
}
