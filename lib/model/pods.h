/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pods as endpoints: which ones a selector matches, and what they have for a Service. */
#ifndef SVCLB_MODEL_PODS_H
#define SVCLB_MODEL_PODS_H

#include "model/derive.h"

/* ---- match-pods.c ---- */

struct pod_walk {
	const struct service *s;
	size_t next, end; /* in the labels of derive */
	uint64_t steps;	  /* texts that were compared */
};

/* False: there are no Pods, or no memory, which the check knows. */
bool pods_open(struct derive *d, const struct service *s, struct pod_walk *ret);
/* NULL: that was the last. */
const struct pod *pods_next(const struct derive *d, struct pod_walk *w);

bool pod_over(const struct pod *p);
/* The first address of a family, or NULL. */
const struct ftext *pod_ip(const struct pod *p, uint8_t family);
/* The number that a Service port has there; 0: the Pod has none of that name. */
uint16_t pod_target(struct derive *d, const struct service_port *sp, const struct pod *p);

/* ---- count-pods.c ---- */

/* Whether what the selectors of all Services match is within the limits, before any of it is
 * made. The problems tell. */
bool pods_fit(struct derive *d);

#endif
