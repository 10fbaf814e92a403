/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kernel settings this model and these options want. */
#include "state/sysctls.h"
#include "compile/internal.h"

static bool applies(const struct compiler *c, enum sysctl_when when)
{
	bool iptables = c->opts->mode == SVCLB_MODE_IPTABLES;

	switch (when) {
	case SYSCTL_IPVS:
		return !iptables;
	case SYSCTL_STRICT_ARP: /* without addresses on a link there is nothing to be strict about */
		return c->opts->strict_arp && !iptables;
	case SYSCTL_LOCALHOST:
		return iptables && localhost_node_ports(c, 4);
	case SYSCTL_IPV6_SERVICES: /* claims are sorted by family */
		return c->claims.n && c->claims.v[c->claims.n - 1].key.family == 6;
	case SYSCTL_ALWAYS:
		break;
	}
	return true;
}

int add_sysctls(struct compiler *c)
{
	for (size_t i = 0; i < SYSCTL_COUNT; i++)
		if (applies(c, sysctl_table[i].when) &&
		    state_add_sysctl(c->st, sysctl_table[i].key, sysctl_table[i].value) < 0)
			return -1;
	return 0;
}
