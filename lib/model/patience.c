/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a computation may go on. */
#include "model/patience.h"

#include <errno.h>

#include "util/clock.h"

/* A turn is short beside a look at the clock. */
#define TURNS_PER_LOOK 16u

struct patience patience_until(uint32_t limit_ms, uint64_t end_ms)
{
	struct patience p = {.end_ms = end_ms, .limit_ms = limit_ms};
	uint64_t own = limit_ms ? clock_ms() + limit_ms : 0;

	if (own && (!end_ms || own < end_ms))
		p.end_ms = own;
	return p;
}

struct patience patience_of(const struct svclb_options *opts)
{
	struct patience p = {.limit_ms = opts->timeout_ms};

	if (opts->to_the_end)
		return p;
	if (opts->deadline_ms)
		p.end_ms = opts->deadline_ms;
	else
		p = patience_until(opts->timeout_ms, opts->end_ms);
	p.interrupted = opts->interrupted_of;
	p.takes_back = !opts->under_way;
	return p;
}

int halt_reason(const atomic_bool *interrupted, uint64_t end_ms)
{
	if (interrupted && atomic_load(interrupted))
		return ECANCELED;
	return end_ms && clock_ms() >= end_ms ? ETIMEDOUT : 0;
}

bool patience_over(struct patience *p)
{
	if (!p->over && !(p->turns++ % TURNS_PER_LOOK))
		p->over = halt_reason(p->interrupted, p->end_ms);
	return p->over;
}

int halt_error(int os_errno, uint32_t limit_ms, struct svclb_error **reterr)
{
	if (os_errno == ECANCELED)
		return err_set(reterr, SVCLB_EINTERRUPTED, "interrupted before the first change");
	return err_give(reterr,
			err_new(SVCLB_ETIMEDOUT, &(struct err_parts){.hint = "allow more time"},
				"the time limit of %u ms passed", limit_ms));
}

int patience_give_up(const struct patience *p, struct svclb_error **reterr)
{
	if (p->over == ECANCELED && p->takes_back)
		atomic_store(p->interrupted, false);
	return p->over ? halt_error(p->over, p->limit_ms, reterr) : err_nomem(reterr);
}
