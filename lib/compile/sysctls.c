/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel settings without which the rest has no effect. */
#include "compile/internal.h"

enum sysctl_when {
	ALWAYS,
	STRICT_ARP,
	IPV6_SERVICES, /* a Service has an IPv6 cluster IP */
};

/*
 * net.ipv4.vs.conn_reuse_mode is left alone: the delay that setting it to 0 avoided is gone since
 * Linux 5.9, and there 0 would send a reused client port to a real server that is going away.
 */
static const struct {
	enum sysctl_when when;
	const char *key;
	const char *value;
} table[] = {
	{ALWAYS, "net.ipv4.vs.conntrack", "1"}, /* else masquerading never sees IPVS traffic */
	{ALWAYS, "net.ipv4.vs.expire_nodest_conn", "1"},
	{ALWAYS, "net.ipv4.vs.expire_quiescent_template", "1"},
	{ALWAYS, "net.ipv4.ip_forward", "1"},
	/* kube-proxy leaves this to the administrator, and without it nothing reaches a pod of
	 * another node over IPv6 */
	{IPV6_SERVICES, "net.ipv6.conf.all.forwarding", "1"},
	{STRICT_ARP, "net.ipv4.conf.all.arp_ignore", "1"},
	{STRICT_ARP, "net.ipv4.conf.all.arp_announce", "2"},
};

static bool applies(const struct compiler *c, enum sysctl_when when)
{
	switch (when) {
	case STRICT_ARP:
		return c->opts->strict_arp;
	case IPV6_SERVICES: /* the selection is sorted by family */
		return c->sel->n_ports && c->sel->ports[c->sel->n_ports - 1].family == 6;
	case ALWAYS:
		break;
	}
	return true;
}

int add_sysctls(struct compiler *c)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (applies(c, table[i].when) &&
		    state_add_sysctl(c->st, table[i].key, table[i].value) < 0)
			return -1;
	return 0;
}
