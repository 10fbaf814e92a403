/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chains that traffic from outside enters a service port by: who is admitted, whose source is
 * masqueraded, and which set of endpoints serves it. */
#include "compile/ipt.h"
#include "select/exposed.h"

static struct draft draft_for(const struct ipt_port *ip)
{
	return (struct draft){.r = {.origin = ip->origin}};
}

/* Replies must come back through this node, from whichever node the endpoint is on. */
static int masquerade_all(struct compiler *c, const struct ipt_port *ip)
{
	struct draft d = draft_for(ip);

	draft_comment(&d, "%s from outside", ip->name);
	draft_jump_fixed(&d, c, CHAIN_NAT_MARK_MASQ);
	return draft_add(c, &d, ip->chains[HASHED_EXT]);
}

/* Local pods know the way back themselves, so their source can stay. Where the cluster set takes no
 * connections they go on to the local one, as clients outside do. */
static int serve_pods(struct compiler *c, const struct ipt_port *ip)
{
	struct draft d = draft_for(ip);

	if (!ip->cluster_takes || !from_local(c, ip->p->family, &d.r))
		return 0;
	draft_comment(&d, "%s for local pods", ip->name);
	draft_jump(&d, ip->names[HASHED_SVC]);
	return draft_add(c, &d, ip->chains[HASHED_EXT]);
}

static int serve_node(struct compiler *c, const struct ipt_port *ip)
{
	struct draft d = draft_for(ip);
	struct draft to = draft_for(ip);

	draft_comment(&d, "%s for this node", ip->name);
	draft_addrtype(&d, ADDRTYPE_SRC_LOCAL);
	to = d;
	draft_jump_fixed(&d, c, CHAIN_NAT_MARK_MASQ);
	draft_jump(&to, ip->names[HASHED_SVC]);
	if (draft_add(c, &d, ip->chains[HASHED_EXT]) < 0)
		return -1;
	return ip->cluster_takes ? draft_add(c, &to, ip->chains[HASHED_EXT]) : 0;
}

/* With the external policy Local clients inside the cluster are served by all endpoints. */
static int serve_inside(struct compiler *c, const struct ipt_port *ip)
{
	return serve_pods(c, ip) < 0 ? -1 : serve_node(c, ip);
}

static int add_external_chain(struct compiler *c, struct ipt_port *ip)
{
	struct draft d = draft_for(ip);

	if (declare_chain(c, ip, HASHED_EXT) < 0)
		return -1;
	if ((ip->etp_local ? serve_inside(c, ip) : masquerade_all(c, ip)) < 0)
		return -1;
	if (!ip->served_outside)
		return 0;
	draft_jump(&d, ip->names[outside_chain(ip)]);
	return draft_add(c, &d, ip->chains[HASHED_EXT]);
}

static int admit(struct compiler *c, const struct ipt_port *ip, const struct cidr *source)
{
	struct draft d = draft_for(ip);

	draft_comment(&d, "%s load balancer IP", ip->name);
	d.r.src = *source;
	draft_jump(&d, ip->names[HASHED_EXT]);
	return draft_add(c, &d, ip->chains[HASHED_FW]);
}

/* What a node sends to an address that it holds has this address as its source. */
static int admit_node(struct compiler *c, const struct ipt_port *ip)
{
	const struct service *s = ip->p->service;
	struct cidr vip;

	for (size_t i = 0; i < s->n_ingress; i++) {
		if (!ingress_vip_of(s, i, ip->p->family, &vip.ip))
			continue;
		vip.plen = ip_bits(&vip.ip);
		if (admit(c, ip, &vip) < 0)
			return -1;
	}
	return 0;
}

static int add_firewall_chain(struct compiler *c, struct ipt_port *ip)
{
	const struct service *s = ip->p->service;
	bool node_admitted = false;
	struct cidr range;

	if (declare_chain(c, ip, HASHED_FW) < 0)
		return -1;
	for (size_t i = 0; i < s->source_ranges.n; i++) {
		if (!source_range_of(&s->source_ranges.v[i], ip->p->family, &range))
			continue;
		node_admitted = node_admitted ||
				cidr_contains(&range, &family_ctx(c, ip->p->family)->node_ip);
		if (admit(c, ip, &range) < 0)
			return -1;
	}
	return node_admitted ? admit_node(c, ip) : 0;
}

int add_entry_chains(struct compiler *c, struct ipt_port *ip)
{
	if (!ip->entered)
		return 0;
	if (add_external_chain(c, ip) < 0)
		return -1;
	return ip->restricted ? add_firewall_chain(c, ip) : 0;
}
