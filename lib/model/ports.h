/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports by name and protocol, without trying each: those of Services, and those of Pods. */
#ifndef SVCLB_MODEL_PORTS_H
#define SVCLB_MODEL_PORTS_H

#include "model/check.h"

/* The ports of all Services. Good while no Service changes. */
struct service_ports {
	struct owned_port *v; /* sorted */
	size_t n;
};

/* In scratch memory; false: there is none, which c knows. */
bool service_ports_index(struct check *c, struct service_ports *ret);
/* The port of s that a slice's port belongs to, or NULL. */
const struct service_port *service_ports_find(const struct service_ports *x,
					      const struct service *s, const struct slice_port *q);

/* The ports of all Pods. */
struct pod_ports {
	struct container_ref *v; /* sorted */
	size_t n;
};

bool pod_ports_index(struct check *c, struct pod_ports *ret);
/* The number of the Pod's first port of a name; 0: it has none. */
uint16_t pod_ports_find(const struct pod_ports *x, const struct pod *p, uint8_t proto,
			const char *name);

#endif
