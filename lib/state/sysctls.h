/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel settings without which the rest has no effect: the compiler wants them, readers know them. */
#ifndef SVCLB_STATE_SYSCTLS_H
#define SVCLB_STATE_SYSCTLS_H

enum sysctl_when {
	SYSCTL_ALWAYS,
	SYSCTL_IPVS, /* in IPVS mode */
	SYSCTL_STRICT_ARP,
	SYSCTL_IPV6_SERVICES, /* a Service has an IPv6 cluster IP */
	SYSCTL_LOCALHOST,     /* node ports on 127.0.0.1, in iptables mode */
};

struct sysctl_info {
	enum sysctl_when when;
	const char *key;
	const char *value;
};

/* Without the chain that guards it, this one must not stay on. */
#define SYSCTL_ROUTE_LOCALNET "net.ipv4.conf.all.route_localnet"

/* Only looked at: TCP packets outside of the window, which others drop, are valid. */
#define SYSCTL_TCP_BE_LIBERAL "net.netfilter.nf_conntrack_tcp_be_liberal"

#define SYSCTL_COUNT 8
extern const struct sysctl_info sysctl_table[SYSCTL_COUNT];

#endif
