/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two reasons for which an operation ends early. */
#include "kernel/halt.h"

#include <errno.h>

#include "model/patience.h"
#include "util/clock.h"

int halt_errno(const struct svclb_options *opts)
{
	if (opts->to_the_end)
		return 0;
	if (atomic_load(&opts->interrupted))
		return ECANCELED;
	return opts->deadline_ms && clock_ms() >= opts->deadline_ms ? ETIMEDOUT : 0;
}

int halt_check(const struct svclb_options *opts, struct svclb_error **reterr)
{
	int why = halt_errno(opts);

	return why ? halt_error(why, opts->timeout_ms, reterr) : 0;
}
