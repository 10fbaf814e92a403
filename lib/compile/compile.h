/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the selection to the desired kernel state. Pure: no I/O, no clock, no globals. */
#ifndef SVCLB_COMPILE_COMPILE_H
#define SVCLB_COMPILE_COMPILE_H

#include "select/select.h"
#include "state/state.h"

/*
 * The desired state of a completed model. A model without any Service or plain virtual server gives
 * the empty state, so that applying it removes everything that is ours.
 */
int compile_model(struct svclb_model *m, const struct svclb_options *opts, struct svclb_state **ret,
		  struct svclb_error **reterr);

#endif
