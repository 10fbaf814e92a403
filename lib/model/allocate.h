/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two allocators share. */
#ifndef SVCLB_MODEL_ALLOCATE_H
#define SVCLB_MODEL_ALLOCATE_H

#include "model/check.h"

/*
 * Both: `reserve` takes what every Service already has and reports what is out of range or taken,
 * then, when no problem was found, `assign` gives the others theirs. A choice depends on a hash
 * of names and on what is taken, so that the same objects always get the same.
 */
struct node_ports;
struct node_ports *node_ports_new(struct check *c); /* NULL: out of memory, also in c */
void node_ports_free(struct node_ports *np);
void node_ports_reserve(struct check *c, struct node_ports *np, const struct service *s);
void node_ports_assign(struct check *c, struct node_ports *np, struct service *s);

struct cluster_ips;
struct cluster_ips *cluster_ips_new(struct check *c, size_t n_services);
void cluster_ips_free(struct cluster_ips *ci);
void cluster_ips_reserve(struct check *c, struct cluster_ips *ci, const struct service *s);
void cluster_ips_assign(struct check *c, struct cluster_ips *ci, struct service *s);

/* The families of a Service's cluster IPs, those it still has to be given included; how many. */
size_t wanted_families(const struct check *c, const struct service *s, uint8_t wanted[2]);

#endif
