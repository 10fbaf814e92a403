/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which endpoint set serves which kind of traffic. */
#include "compile/internal.h"

uint32_t weight_in(const struct sel_endpoint *e, uint16_t set)
{
	const struct fint *weight = &e->from->weight;

	if (!(e->flags & set))
		return 0;
	return weight->given ? (uint32_t)weight->v : 1;
}

bool set_takes(const struct sel_port *p, uint16_t set)
{
	for (size_t i = 0; i < p->n_endpoints; i++)
		if (weight_in(&p->endpoints[i], set))
			return true;
	return false;
}

/* Topology may keep an endpoint out of this node's sets that is in another node's. */
static bool in_some_set(const struct sel_endpoint *e)
{
	uint16_t leaving = EP_SERVING | EP_TERMINATING;

	return (e->flags & EP_READY) || (e->flags & leaving) == leaving;
}

bool taken_somewhere(const struct sel_port *p)
{
	for (size_t i = 0; i < p->n_endpoints; i++)
		if (in_some_set(&p->endpoints[i]) && weight_in(&p->endpoints[i], UINT16_MAX))
			return true;
	return false;
}

/*
 * A virtual server has one set of real servers and cannot tell who is asking. A cluster IP is for
 * clients inside, so its policy decides alone. At an external address the policy Local is about
 * clients outside: without a local endpoint that takes connections the cluster set serves those
 * inside, and the packet filter keeps the others off it.
 */
uint16_t serving_set(const struct sel_port *p, enum vip_kind kind)
{
	if (kind == VIP_CLUSTER_IP)
		return service_itp_local(p->service) ? EP_IN_LOCAL : EP_IN_CLUSTER;
	return service_etp_local(p->service) && set_takes(p, EP_IN_LOCAL) ? EP_IN_LOCAL
									  : EP_IN_CLUSTER;
}

/* With no endpoint anywhere that takes connections they are refused as all are; else silence lets a
 * load balancer try another node. */
bool closed_outside(const struct sel_port *p)
{
	return service_etp_local(p->service) && !set_takes(p, EP_IN_LOCAL) && taken_somewhere(p);
}
