/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What objects say about endpoints by annotations, taken apart once an object. */
#ifndef SVCLB_MODEL_SAID_H
#define SVCLB_MODEL_SAID_H

#include "model/tuning.h"

/* One annotation: addresses with their numbers, and a number for all others. */
struct values {
	struct annotation_item *v; /* sorted by address */
	size_t n;
	size_t cap;
	bool all_given;
	uint32_t all;
};

struct said {
	struct values of[VALUE_COUNT_];
	bool any;
};

struct said_by {
	struct check *c;
	const struct said **v; /* of the model's objects, by their places */
};

/* In scratch memory; false: there is none, which c knows. */
bool said_new(struct check *c, struct said_by *ret);
/* Of a valid object; NULL says nothing. Never NULL; without memory it says nothing, and c knows. */
const struct said *said_of(struct said_by *x, const struct svclb_object *o);

/* The number of an address that is named. */
bool said_of_one(const struct values *x, const struct ipaddr *ip, uint32_t *ret);
/* The number of those that are not. */
bool said_of_all(const struct values *x, uint32_t *ret);

/* The object that has the annotations of a slice: itself, or the Endpoints that it is made of. */
const struct svclb_object *slice_writer(const struct svclb_model *m,
					const struct svclb_object *slice);

#endif
