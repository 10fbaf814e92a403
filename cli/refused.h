/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that only the kernel refuses: --quarantine leaves them aside too. */
#ifndef SVCLBCTL_REFUSED_H
#define SVCLBCTL_REFUSED_H

#include "merge.h"

/* Tries to bring about what is merged. Where the kernel refuses, nothing is changed and *refusal is
 * why. Exit code otherwise. */
typedef int (*attempt_fn)(struct work *w, struct merged *m, void *data,
			  struct svclb_error **refusal);

/* Tries again without the objects that a refusal names, if they may be left aside. Exit code. */
int refused_try(struct work *w, struct merged *m, attempt_fn attempt, void *data);

#endif
