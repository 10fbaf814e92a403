/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the ports of EndpointSlices that belong to a service port. */
#ifndef SVCLB_SELECT_INDEX_H
#define SVCLB_SELECT_INDEX_H

#include "model/model.h"

/* One port of one slice. */
struct slice_ref {
	const struct slice *slice;
	const struct slice_port *port;
	uint8_t family; /* of the slice's addresses */
};

/* Sorted by namespace, Service name, port name, protocol, slice name. */
struct slice_index {
	VEC(struct slice_ref) refs;
};

/* 0, or -1 when out of memory. */
int slice_index_build(struct slice_index *x, struct svclb_model *m);
void slice_index_free(struct slice_index *x);

/* The range [*first, return) of one service port. */
size_t slice_index_find(const struct slice_index *x, const struct service *s,
			const struct service_port *port, size_t *first);

#endif
