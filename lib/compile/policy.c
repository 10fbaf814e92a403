/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which endpoint set serves which kind of traffic. */
#include "compile/internal.h"

/*
 * A virtual server has one set of real servers and cannot tell who is asking. A cluster IP is for
 * clients inside, so its policy decides alone. At an external address the policy Local is about
 * clients outside: without a local endpoint the cluster set serves those inside, and the packet
 * filter keeps the others off it.
 */
uint16_t serving_set(const struct sel_port *p, enum vip_kind kind)
{
	if (kind == VIP_CLUSTER_IP)
		return service_itp_local(p->service) ? EP_IN_LOCAL : EP_IN_CLUSTER;
	return service_etp_local(p->service) && p->n_local ? EP_IN_LOCAL : EP_IN_CLUSTER;
}

/* With no endpoint anywhere there is nothing to keep them off: they are refused as all are. */
bool closed_outside(const struct sel_port *p)
{
	return service_etp_local(p->service) && !p->n_local && p->n_cluster;
}
