/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel settings without which the rest has no effect: the compiler wants them, readers know them. */
#ifndef SVCLB_STATE_SYSCTLS_H
#define SVCLB_STATE_SYSCTLS_H

enum sysctl_when {
	SYSCTL_ALWAYS,
	SYSCTL_STRICT_ARP,
	SYSCTL_IPV6_SERVICES, /* a Service has an IPv6 cluster IP */
};

struct sysctl_info {
	enum sysctl_when when;
	const char *key;
	const char *value;
};

#define SYSCTL_COUNT 7
extern const struct sysctl_info sysctl_table[SYSCTL_COUNT];

#endif
