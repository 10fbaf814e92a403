/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel settings without which the rest has no effect: the compiler wants them, readers know them. */
#include "state/sysctls.h"

/*
 * net.ipv4.vs.conn_reuse_mode is left alone: the delay that setting it to 0 avoided is gone since
 * Linux 5.9, and there 0 would send a reused client port to a real server that is going away.
 */
const struct sysctl_info sysctl_table[SYSCTL_COUNT] = {
	/* else masquerading never sees IPVS traffic */
	{SYSCTL_IPVS, "net.ipv4.vs.conntrack", "1"},
	{SYSCTL_IPVS, "net.ipv4.vs.expire_nodest_conn", "1"},
	{SYSCTL_IPVS, "net.ipv4.vs.expire_quiescent_template", "1"},
	{SYSCTL_ALWAYS, "net.ipv4.ip_forward", "1"},
	/* kube-proxy leaves this to the administrator, and without it nothing reaches a pod of
	 * another node over IPv6 */
	{SYSCTL_IPV6_SERVICES, "net.ipv6.conf.all.forwarding", "1"},
	{SYSCTL_STRICT_ARP, "net.ipv4.conf.all.arp_ignore", "1"},
	{SYSCTL_STRICT_ARP, "net.ipv4.conf.all.arp_announce", "2"},
	/* else what is sent from 127.0.0.1 to a pod is dropped as coming from nowhere */
	{SYSCTL_LOCALHOST, SYSCTL_ROUTE_LOCALNET, "1"},
};
