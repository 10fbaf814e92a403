/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two reasons for which an operation ends early. */
#include "kernel/halt.h"

#include <errno.h>

#include "kernel/clock.h"

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
	switch (halt_errno(opts)) {
	case 0:
		return 0;
	case ECANCELED:
		return err_set(reterr, SVCLB_EINTERRUPTED, "interrupted before the first change");
	default:
		return err_give(reterr,
				err_new(SVCLB_ETIMEDOUT,
					&(struct err_parts){.hint = "allow more time"},
					"the time limit of %u ms passed", opts->timeout_ms));
	}
}
