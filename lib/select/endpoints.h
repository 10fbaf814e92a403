/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoints of one service port: the list, and the sets that serve its traffic. */
#ifndef SVCLB_SELECT_ENDPOINTS_H
#define SVCLB_SELECT_ENDPOINTS_H

#include "select/index.h"
#include "select/select.h"

struct candidate {
	struct sel_endpoint ep;
	char text[IP_PORT_TEXT_MAX]; /* "10.0.0.1:80", "[fd00::1]:80": the endpoint's identity */
};

/* Room that is used again for every port. */
struct endpoint_scratch {
	VEC(struct candidate) candidates;
};

/* Fills p->endpoints, deduplicated and sorted, in arena a. 0, or -1 when out of memory. */
int collect_endpoints(struct sel_port *p, const struct slice_index *x, const char *node_name,
		      struct endpoint_scratch *scratch, struct arena *a);

/* Sets the membership flags of the endpoints and the counts of the port. */
void choose_sets(struct sel_port *p, const char *node_name, const char *zone);

#endif
