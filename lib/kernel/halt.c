/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two reasons for which an operation ends early. */
#include "kernel/halt.h"

#include "model/patience.h"

int halt_errno(const struct svclb_options *opts)
{
	return opts->to_the_end ? 0 : halt_reason(&opts->interrupted, opts->deadline_ms);
}

int halt_check(const struct svclb_options *opts, struct svclb_error **reterr)
{
	int why = halt_errno(opts);

	return why ? halt_error(why, opts->timeout_ms, reterr) : 0;
}
