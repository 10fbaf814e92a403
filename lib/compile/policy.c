/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which endpoint set serves which kind of traffic. */
#include "compile/internal.h"

/*
 * A virtual server has one set of real servers and cannot tell who is asking. A policy Local
 * without local endpoints falls back to the cluster set, so that pods and the node itself still
 * reach the Service.
 */
uint16_t serving_set(const struct sel_port *p, enum vip_kind kind)
{
	bool local_only = kind == VIP_CLUSTER_IP ? service_itp_local(p->service)
						 : service_etp_local(p->service);

	return local_only && p->n_local ? EP_IN_LOCAL : EP_IN_CLUSTER;
}
