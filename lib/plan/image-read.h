/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the objects of a saved plan from their JSON tree. */
#ifndef SVCLB_PLAN_IMAGE_READ_H
#define SVCLB_PLAN_IMAGE_READ_H

#include "manifest/node.h"
#include "model/patience.h"
#include "plan/image.h"

/* What was wrong, in the file: collected, so that all of it shows at once. */
struct image_reader {
	const char *file;
	struct problems problems;
	struct patience patience;
	bool given_up; /* for want of memory or time: the problems are not worth reporting */
};

/* Members of a JSON object into a structure; absent ones stay as they are. */
void image_read(struct image_reader *r, const struct tnode *n, const struct image_field *fields,
		void *obj);

void image_problem(struct image_reader *r, const struct tnode *n, const char *field,
		   const char *why);

/* One side of the plan into an unsealed state. */
void image_read_state(struct image_reader *r, const struct tnode *n, struct svclb_state *st);

#endif
