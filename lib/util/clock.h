/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time for waits with a bound. */
#ifndef SVCLB_UTIL_CLOCK_H
#define SVCLB_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A signal may cut it short: callers loop against clock_ms(). */
static inline void clock_sleep_ms(uint32_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

#endif
