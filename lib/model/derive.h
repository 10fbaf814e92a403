/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making EndpointSlices for Services that have none. */
#ifndef SVCLB_MODEL_DERIVE_H
#define SVCLB_MODEL_DERIVE_H

#include "model/check.h"
#include "model/ports.h"

struct pod_label; /* match-pods.c */
struct candidate; /* derive-pods.c */

/* Pods of one Service; its memory is used again for the next. */
struct candidates {
	struct candidate *v;
	size_t n;
	size_t cap;
};

struct derive {
	struct check *c;
	struct svclb_model *m;
	const struct slice **slices; /* by namespace and Service */
	size_t n_slices;
	struct service_ports ports;
	size_t first_pod, end_pods; /* in the model's objects, as they were before deriving */
	struct pod_label *labels;   /* every label of every Pod, by hash; NULL until needed */
	size_t n_labels;
	struct pod_ports pod_ports; /* likewise */
	struct candidates candidates;
	struct svclb_object **made; /* what is added in the end */
	size_t n_made;
	size_t cap_made;
};

/* A new slice of the Service, named after it, in the order of the calls; NULL: out of memory or
 * over the limit, which is in d->c. */
struct slice *derive_slice(struct derive *d, const struct svclb_object *from,
			   const struct service *s, uint8_t family, size_t n_endpoints);

/* Endpoints of subsets, one slice a subset and family. */
void derive_from_endpoints(struct derive *d, const struct service *s,
			   const struct svclb_object *endpoints);
/* Whether a mirroring controller would take it. */
bool endpoints_mirrored(const struct endpoints *e);

/* Whether its Pods are asked: there is a selector, and no slice of the input. */
bool derives_from_pods(const struct derive *d, const struct service *s);
/* Endpoints of the Pods that the selector matches; returns how many it matches. */
size_t derive_from_pods(struct derive *d, const struct svclb_object *service);

#endif
