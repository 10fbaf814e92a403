/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of iptables mode that does not depend on Services: jumps from the built-in chains,
 * masquerading, forwarding, and where node ports are served. */
#include <stdio.h>
#include <string.h>

#include "compile/ipt.h"

/* In the order in which they stand at the head of their chain; those of one chain together. */
static const struct {
	enum table table;
	const char *builtin;
	enum chain_id to;
	bool new_only; /* connections that are being made */
	const char *comment;
} jumps[] = {
	{TABLE_NAT, "PREROUTING", CHAIN_NAT_SERVICES, false, "service addresses and ports"},
	{TABLE_NAT, "OUTPUT", CHAIN_NAT_SERVICES, false, "service addresses and ports"},
	{TABLE_NAT, "POSTROUTING", CHAIN_NAT_POSTROUTING, false, "masquerade of service traffic"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_LOCALNET, false, "127.0.0.0/8 from this node only"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_PROXY_FIREWALL, true, "load balancer source ranges"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_NODEPORTS, false, "health check node ports"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_EXTERNAL_SERVICES, true,
	 "services that serve nobody outside"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_PROXY_FIREWALL, true, "load balancer source ranges"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_FORWARD, false, "forwarded service traffic"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_SERVICES, true, "cluster IPs without endpoints"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_EXTERNAL_SERVICES, true,
	 "services that serve nobody outside"},
	{TABLE_FILTER, "OUTPUT", CHAIN_FILTER_LOCALNET, false, "127.0.0.0/8 from this node only"},
	{TABLE_FILTER, "OUTPUT", CHAIN_FILTER_PROXY_FIREWALL, true, "load balancer source ranges"},
	{TABLE_FILTER, "OUTPUT", CHAIN_FILTER_SERVICES, true, "cluster IPs without endpoints"},
};

#define N_JUMPS (sizeof(jumps) / sizeof(jumps[0]))

static int add_jump(struct compiler *c, size_t i, uint32_t chain)
{
	struct draft d = {0};

	if (jumps[i].new_only)
		draft_ctstate(&d, CT_NEW, false);
	draft_comment(&d, "%s", jumps[i].comment);
	draft_jump_fixed(&d, c, jumps[i].to);
	return draft_add(c, &d, chain);
}

static int add_jumps(struct compiler *c, uint8_t family)
{
	int64_t chain = 0;

	for (size_t i = 0; i < N_JUMPS; i++) {
		struct chain builtin = {.family = family, .table = jumps[i].table, .builtin = true};

		if (!i || jumps[i - 1].table != jumps[i].table ||
		    strcmp(jumps[i - 1].builtin, jumps[i].builtin)) {
			(void)snprintf(builtin.name, sizeof(builtin.name), "%s", jumps[i].builtin);
			chain = state_add_chain(c->st, &builtin);
		}
		if (chain < 0 || add_jump(c, i, (uint32_t)chain) < 0)
			return -1;
	}
	return 0;
}

static void draft_mark(struct draft *d, const struct compiler *c, bool invert)
{
	struct match *m = draft_match(d, MATCH_MARK);

	m->mark.value = (uint32_t)1 << c->opts->masquerade_bit;
	m->mark.mask = m->mark.value;
	m->invert = invert;
}

static int add_masquerade(struct compiler *c, uint8_t family)
{
	uint32_t mark = (uint32_t)1 << c->opts->masquerade_bit;
	struct draft set = {.r = {.target = TARGET_MARK, .mark_value = mark, .mark_mask = mark}};
	struct draft unmarked = {.r = {.target = TARGET_RETURN}};
	/* the mark goes, or it would masquerade the packet again behind a tunnel */
	struct draft flip = {.r = {.target = TARGET_MARK, .mark_value = mark}};
	struct draft masquerade = {
		.r = {.target = TARGET_MASQUERADE, .random_fully = c->opts->random_fully}};

	draft_mark(&unmarked, c, true);
	draft_comment(&masquerade, "marked service traffic");
	if (draft_add_fixed(c, &set, family, CHAIN_NAT_MARK_MASQ) < 0 ||
	    draft_add_fixed(c, &unmarked, family, CHAIN_NAT_POSTROUTING) < 0 ||
	    draft_add_fixed(c, &flip, family, CHAIN_NAT_POSTROUTING) < 0)
		return -1;
	return draft_add_fixed(c, &masquerade, family, CHAIN_NAT_POSTROUTING);
}

static int add_forwarding(struct compiler *c, uint8_t family)
{
	/* a packet that connection tracking does not follow keeps the address of a pod that its
	 * receiver has never heard of, and the receiver's reset ends a good connection */
	struct draft invalid = {.r = {.target = TARGET_DROP}};
	struct draft marked = {.r = {.target = TARGET_ACCEPT}};
	struct draft known = {.r = {.target = TARGET_ACCEPT}};

	draft_ctstate(&invalid, CT_INVALID, false);
	draft_comment(&marked, "marked service traffic");
	draft_mark(&marked, c, false);
	draft_comment(&known, "replies and related packets");
	draft_ctstate(&known, CT_RELATED | CT_ESTABLISHED, false);
	if ((!c->opts->tcp_be_liberal &&
	     draft_add_fixed(c, &invalid, family, CHAIN_FILTER_FORWARD) < 0) ||
	    draft_add_fixed(c, &marked, family, CHAIN_FILTER_FORWARD) < 0)
		return -1;
	return draft_add_fixed(c, &known, family, CHAIN_FILTER_FORWARD);
}

static const struct cidr loopback4 = {.ip = {.family = 4, .b = {127}}, .plen = 8};
static const struct cidr loopback6 = {.ip = {.family = 6, .b = {[15] = 1}}, .plen = 128};

/* Routing of 127.0.0.0/8 lets others on the network reach what listens there: keep them out. */
static int add_localnet_guard(struct compiler *c, uint8_t family)
{
	struct draft d = {.r = {.src = loopback4,
				.src_invert = true,
				.dst = loopback4,
				.target = TARGET_DROP}};

	if (!localhost_node_ports(c, family))
		return 0;
	draft_comment(&d, "127.0.0.0/8 from elsewhere");
	draft_ctstate(&d, CT_RELATED | CT_ESTABLISHED | CT_DNAT, true);
	return draft_add_fixed(c, &d, family, CHAIN_FILTER_LOCALNET);
}

int add_fixed_rules(struct compiler *c, uint8_t family)
{
	if (add_chains(c, family, IN_IPTABLES_MODE) < 0 || add_jumps(c, family) < 0 ||
	    add_masquerade(c, family) < 0 || add_forwarding(c, family) < 0)
		return -1;
	return add_localnet_guard(c, family);
}

static int jump_from(struct compiler *c, uint8_t family, const struct ipaddr *ip)
{
	struct draft d = {0};

	draft_comment(&d, "node ports");
	draft_destination(&d, ip);
	draft_jump_fixed(&d, c, CHAIN_NAT_NODEPORTS);
	return draft_add_fixed(c, &d, family, CHAIN_NAT_SERVICES);
}

static int jump_from_all(struct compiler *c, uint8_t family)
{
	struct draft d = {0};

	if (!localhost_node_ports(c, family)) {
		d.r.dst = family == 4 ? loopback4 : loopback6;
		d.r.dst_invert = true;
	}
	draft_comment(&d, "node ports");
	draft_addrtype(&d, ADDRTYPE_DST_LOCAL);
	draft_jump_fixed(&d, c, CHAIN_NAT_NODEPORTS);
	return draft_add_fixed(c, &d, family, CHAIN_NAT_SERVICES);
}

int add_node_port_jumps(struct compiler *c, uint8_t family)
{
	const struct family_ctx *f = family_ctx(c, family);
	static const struct ipaddr localhost = {.family = 4, .b = {127, 0, 0, 1}};

	if (!node_ports_restricted(c, family))
		return jump_from_all(c, family);
	if (localhost_node_ports(c, family) && jump_from(c, family, &localhost) < 0)
		return -1;
	for (size_t i = 0; i < f->node_port_ips.n; i++)
		if (jump_from(c, family, &f->node_port_ips.v[i]) < 0)
			return -1;
	return 0;
}
