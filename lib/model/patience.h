/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a computation may go on: it waits for nothing, so it has to look at the time itself. */
#ifndef SVCLB_MODEL_PATIENCE_H
#define SVCLB_MODEL_PATIENCE_H

#include "model/options.h"

/* Zeroed: without end. */
struct patience {
	uint64_t end_ms; /* in the kernel's monotonic time; 0: no end */
	uint32_t limit_ms;
	atomic_bool *interrupted; /* NULL: nobody can */
	bool takes_back;	  /* that flag, when it was heeded */
	uint8_t turns;
	int over; /* errno of why it is over, as halt_errno() has it; 0: it is not */
};

/* Until the operation under way ends, or, where there is none, from now as long as the options say. */
struct patience patience_of(const struct svclb_options *opts);
struct patience patience_until(uint32_t limit_ms, uint64_t end_ms);

/* Whether it is over, for loops: looks at the clock in some turns only, and stays with a yes. */
bool patience_over(struct patience *p);

/* Why a computation was given up: its time, and if that is not over, memory. Returns the code. */
int patience_give_up(const struct patience *p, struct svclb_error **reterr);

/* Why what waits or computes has to end: ECANCELED, ETIMEDOUT, or 0: it has not to; and what it says
 * then. */
int halt_reason(const atomic_bool *interrupted, uint64_t end_ms);
int halt_error(int os_errno, uint32_t limit_ms, struct svclb_error **reterr);

#endif
