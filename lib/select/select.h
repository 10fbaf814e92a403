/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which endpoints serve which traffic. Pure: from a completed model
 * and options to one record per service port and family.
 */
#ifndef SVCLB_SELECT_SELECT_H
#define SVCLB_SELECT_SELECT_H

#include "model/model.h"

enum {
	EP_READY = 1 << 0,
	EP_SERVING = 1 << 1,
	EP_TERMINATING = 1 << 2,
	EP_LOCAL = 1 << 3,
	EP_IN_CLUSTER = 1 << 4, /* member of the cluster set */
	EP_IN_LOCAL = 1 << 5,	/* member of the local set */
};

struct sel_endpoint {
	struct ipaddr ip;
	uint16_t port;
	uint16_t flags; /* EP_* */
	const struct slice *slice;
	const struct slice_endpoint *from;
};

/* One service port in one family. */
struct sel_port {
	const struct service *service;
	const struct service_port *port;
	uint8_t family; /* 4 or 6 */
	struct ipaddr cluster_ip;
	struct sel_endpoint *endpoints; /* deduplicated, sorted by text as bytes */
	size_t n_endpoints;
	size_t n_cluster; /* members of each set */
	size_t n_local;
	bool uses_cluster; /* something sends to the cluster set */
	bool uses_local;
	bool any;	    /* something usable somewhere */
	size_t local_ready; /* distinct IPs of ready local endpoints over all ports of the Service,
			     * in this family: the weight of its health check */
};

struct svclb_selection {
	struct arena arena;
	struct sel_port *ports; /* sorted: family, namespace, service name, port index */
	size_t n_ports;
	const char *node_name;	 /* the one used, "" = none */
	const char *zone;	 /* the one used, "" = none */
	const struct node *node; /* may be NULL */
};

int select_endpoints(struct svclb_model *m, const struct svclb_options *opts,
		     struct svclb_selection **ret, struct svclb_error **reterr);
void selection_free(struct svclb_selection *sel);

/* Distinct IPs of ready local endpoints over all ports of the Service, both families. */
size_t selection_local_ready(const struct svclb_selection *sel, const struct service *s);

#endif
