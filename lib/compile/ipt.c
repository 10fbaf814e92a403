/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Iptables mode: the fixed rules, then one service port after the other. */
#include <stdlib.h>

#include "compile/ipt.h"

static bool is_large(const struct compiler *c, uint8_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < c->sel->n_ports; i++)
		if (c->sel->ports[i].family == family)
			n += c->sel->ports[i].n_endpoints;
	return n > LARGE_ENDPOINTS;
}

static int add_port(struct compiler *c, uint32_t index, bool large, endpoint_names *names)
{
	struct ipt_port ip;

	if (patience_over(&c->patience))
		return -1;
	decide_port(c, index, large, &ip);
	ip.endpoints = names;
	if (add_dispatch(c, &ip) < 0 || add_entry_chains(c, &ip) < 0)
		return -1;
	return add_balance_chains(c, &ip);
}

static int fill_family(struct compiler *c, uint8_t family)
{
	bool large = is_large(c, family);
	endpoint_names names = {0};
	int rc = add_fixed_rules(c, family);

	for (uint32_t i = 0; i < c->sel->n_ports && !rc; i++)
		if (c->sel->ports[i].family == family)
			rc = add_port(c, i, large, &names);
	vec_free(&names);
	return rc ? rc : add_node_port_jumps(c, family);
}

int fill_iptables(struct compiler *c)
{
	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
		if (family_enabled(c, f) && fill_family(c, f) < 0)
			return -1;
	return 0;
}
