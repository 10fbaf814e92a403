/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the operation under way has to end: it was interrupted, or its time is up. */
#ifndef SVCLB_KERNEL_HALT_H
#define SVCLB_KERNEL_HALT_H

#include "model/options.h"

/* Asked between steps, packs, requests and tries, never in the middle of an exchange, whose outcome
 * would be unknown. 0, -SVCLB_EINTERRUPTED or -SVCLB_ETIMEDOUT. Putting back goes on to its end. */
int halt_check(const struct svclb_options *opts, struct svclb_error **reterr);

/* The same as the errno that stands for it: 0, ECANCELED or ETIMEDOUT. */
int halt_errno(const struct svclb_options *opts);

#endif
