/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The applied objects with an input merged in, as apply and plan want them. */
#ifndef SVCLBCTL_MERGE_H
#define SVCLBCTL_MERGE_H

#include "input.h"
#include "work.h"

struct merged {
	struct svclb_model *input; /* NULL: no input was named */
	struct svclb_model *model; /* completed */
	struct svclb_state *state;
	struct input_aside aside; /* pruning leaves what is applied of them alone */
	bool pruned;		  /* what the input lacks is gone */
	struct list dropped;	  /* kind, namespace, name: stored, but the kernel refuses them */
	size_t said;		  /* of what is left aside: how many were said */
};

/* Loads the input and merges it into the stored objects, without those that the input lacks when
 * pruning; completes and compiles. Everything wrong is reported. Exit code. */
int merge_input(struct work *w, bool need_input, struct merged *ret);
/* The same with what was loaded, after objects left the input or were dropped. */
int merge_again(struct work *w, struct merged *m);
void merge_free(struct merged *m);

#endif
