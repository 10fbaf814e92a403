/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the objects that problems name have to go, where some are faulty only beside another. */
#ifndef SVCLB_COMPILE_BLAME_H
#define SVCLB_COMPILE_BLAME_H

#include "model/model.h"

/* A problem of an object that may be left out. */
struct fault_of {
	struct svclb_error *e;
	size_t place;	  /* of the object in its model */
	uint64_t arrival; /* of the object */
	uint64_t
		rival; /* arrival of the one that has what it claims; 0: faulty by itself, or beside
			   * one that stays */
	size_t order;  /* in which they were reported */
	size_t group;  /* of those that claim one thing */
	bool leaves;   /* the object will not be there: it goes, or may go in the next round */
	bool counts;   /* the object goes, and for this problem */
};

/*
 * Sorts the problems by object and sets leaves and counts: an object goes for what is wrong with
 * itself and for a clash with one that stays, so that the first of those that clash has what they
 * claim. At least one object goes. -1: out of memory.
 */
int blame(struct fault_of *v, size_t n);

#endif
