/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who says a number of an endpoint, and whether it counts anywhere. */
#ifndef SVCLB_MODEL_NEARER_H
#define SVCLB_MODEL_NEARER_H

#include "model/tuning.h"

/* From the nearest on: the first that says a number of an endpoint decides it. */
enum source {
	SOURCE_SERVICE_LIST,
	SOURCE_SLICE_LIST,
	SOURCE_POD,
	SOURCE_SLICE,
	SOURCE_SERVICE,
	SOURCE_COUNT_,
};

/* Of one object, a bit for each source and value. */
struct tally {
	uint16_t lost;	  /* said of an endpoint that has a nearer one */
	uint16_t counted; /* of any endpoint */
};

struct nearer {
	struct tally *v; /* of the model's objects, by their places */
};

/* In scratch memory; false: there is none, which c knows. */
bool nearer_new(struct check *c, struct nearer *ret);
void nearer_note(struct nearer *n, const struct svclb_object *o, enum source from,
		 enum endpoint_value which, bool counts);
void nearer_warn(struct check *c, const struct nearer *n);

#endif
