/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which allocations a Service keeps when a new version of it takes its place. */
#ifndef SVCLB_MODEL_CARRY_H
#define SVCLB_MODEL_CARRY_H

#include "model/copy.h"

/* Fills what `next` leaves open with copies of what `held` has. c->failed says out of memory. */
void carry_allocations(struct copier *c, struct service *next, const struct service *held);

/* carry-ports.c; false: out of memory. */
bool carry_node_ports(struct service *next, const struct service *held);

/* Neither needs a defaulted Service. */
bool service_wants_cluster_ip(const struct service *s);
bool service_wants_node_ports(const struct service *s);

#endif
