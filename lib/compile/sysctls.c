/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kernel settings this model and these options want. */
#include "state/sysctls.h"
#include "compile/internal.h"

static bool applies(const struct compiler *c, enum sysctl_when when)
{
	switch (when) {
	case SYSCTL_STRICT_ARP:
		return c->opts->strict_arp;
	case SYSCTL_IPV6_SERVICES: /* the selection is sorted by family */
		return c->sel->n_ports && c->sel->ports[c->sel->n_ports - 1].family == 6;
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
