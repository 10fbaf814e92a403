/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Families of addresses that a context does without because the kernel lacks them. */
#ifndef SVCLB_APPLY_FAMILIES_H
#define SVCLB_APPLY_FAMILIES_H

#include "model/model.h"

/* Warns of a family that nobody switched off and that something of the completed model has addresses
 * of. */
void families_warn(const struct svclb_options *opts, struct svclb_model *model,
		   struct problems *ret);

#endif
