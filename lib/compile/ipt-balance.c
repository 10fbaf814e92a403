/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chains that choose an endpoint, at random or the one that served a client before, and one
 * chain for each endpoint. */
#include <string.h>

#include "compile/ipt.h"

#define PROBABILITY_ONE ((uint64_t)1 << 31) /* as the kernel keeps it */

/* Hashes cost more than all else about an endpoint, so each is made once. */
static int name_endpoints(const struct compiler *c, struct ipt_port *ip)
{
	char hash[CHAIN_HASH_MAX];

	ip->endpoints->n = 0;
	for (size_t i = 0; i < ip->p->n_endpoints; i++) {
		const struct sel_endpoint *e = &ip->p->endpoints[i];
		struct endpoint_name *name = vec_push(ip->endpoints);

		if (!name)
			return -1;
		(void)ip_port_format(&e->ip, e->port, name->text);
		(void)chain_hash(ip->name, proto_lower(ip->p->port->proto), name->text, hash);
		(void)hashed_chain_name(c->opts->prefix, HASHED_SEP, hash, name->chain);
	}
	return 0;
}

/* Traffic from elsewhere that knows the cluster IP: replies must come back through this node. */
static int masquerade_foreign(struct compiler *c, const struct ipt_port *ip, uint32_t chain)
{
	struct draft d = {.r = {.origin = ip->origin}};

	if (!c->opts->masquerade_all && !not_local(c, ip->p->family, &d.r))
		return 0;
	draft_comment(&d, "%s cluster IP", ip->name);
	draft_port(&d, ip->p->port->proto, (uint16_t)ip->p->port->port.v);
	draft_destination(&d, &ip->p->cluster_ip);
	draft_jump_fixed(&d, c, CHAIN_NAT_MARK_MASQ);
	return draft_add(c, &d, chain);
}

static void draft_choice(const struct ipt_port *ip, size_t endpoint, struct draft *d)
{
	const struct endpoint_name *name = &ip->endpoints->v[endpoint];

	*d = (struct draft){.r = {.origin = ip->origin}};
	if (!ip->large)
		draft_comment(d, "%s -> %s", ip->name, name->text);
	draft_jump(d, name->chain);
}

static struct match *draft_recent(struct draft *d, const char *name)
{
	struct match *m = draft_match(d, MATCH_RECENT);

	memcpy(m->recent.name, name, strlen(name) + 1);
	return m;
}

/* Clients that an endpoint served not long ago go there again. */
static int choose_again(struct compiler *c, const struct ipt_port *ip, uint16_t set, uint32_t chain)
{
	for (size_t i = 0; i < ip->p->n_endpoints; i++) {
		struct match *m;
		struct draft d;

		if (!weight_in(&ip->p->endpoints[i], set))
			continue;
		draft_choice(ip, i, &d);
		m = draft_recent(&d, d.r.jump);
		m->recent.reap = true;
		m->recent.seconds = (uint32_t)ip->p->service->affinity_timeout.v;
		if (draft_add(c, &d, chain) < 0)
			return -1;
	}
	return 0;
}

/* Each rule takes its endpoint's share of what the rules before it left. */
static int choose(struct compiler *c, const struct ipt_port *ip, uint16_t set, uint32_t chain)
{
	uint64_t left = 0;

	for (size_t i = 0; i < ip->p->n_endpoints; i++)
		left += weight_in(&ip->p->endpoints[i], set);
	for (size_t i = 0; i < ip->p->n_endpoints; i++) {
		uint64_t weight = weight_in(&ip->p->endpoints[i], set);
		struct draft d;

		if (!weight)
			continue;
		draft_choice(ip, i, &d);
		if (weight < left)
			draft_match(&d, MATCH_STATISTIC)->probability =
				(uint32_t)((weight * PROBABILITY_ONE + left / 2) / left);
		left -= weight;
		if (draft_add(c, &d, chain) < 0)
			return -1;
	}
	return 0;
}

static int add_choice_chain(struct compiler *c, struct ipt_port *ip, enum hashed_chain kind,
			    uint16_t set)
{
	if (declare_chain(c, ip, kind) < 0)
		return -1;
	if (ip->served_inside && kind == inside_chain(ip) &&
	    masquerade_foreign(c, ip, ip->chains[kind]) < 0)
		return -1;
	if (service_has_affinity(ip->p->service) && choose_again(c, ip, set, ip->chains[kind]) < 0)
		return -1;
	return choose(c, ip, set, ip->chains[kind]);
}

static int fill_endpoint_chain(struct compiler *c, const struct ipt_port *ip,
			       const struct sel_endpoint *e, uint32_t chain, const char *name)
{
	struct draft self = {.r = {.origin = ip->origin}};
	struct draft to = self;

	if (!ip->large) {
		draft_comment(&self, "%s", ip->name);
		draft_comment(&to, "%s", ip->name);
	}
	/* an endpoint that reaches itself would answer itself directly */
	draft_source(&self, &e->ip);
	draft_jump_fixed(&self, c, CHAIN_NAT_MARK_MASQ);
	if (service_has_affinity(ip->p->service))
		draft_recent(&to, name)->recent.set = true;
	to.r.proto = ip->p->port->proto;
	to.r.target = TARGET_DNAT;
	to.r.dnat_ip = e->ip;
	to.r.dnat_port = e->port;
	return draft_add(c, &self, chain) < 0 ? -1 : draft_add(c, &to, chain);
}

static int add_endpoint_chains(struct compiler *c, const struct ipt_port *ip)
{
	for (size_t i = 0; i < ip->p->n_endpoints; i++) {
		const struct sel_endpoint *e = &ip->p->endpoints[i];
		struct chain chain = {
			.family = ip->p->family,
			.table = TABLE_NAT,
			.origin = ip->origin,
		};
		int64_t index;

		if (!weight_in(e, EP_IN_CLUSTER | EP_IN_LOCAL))
			continue;
		memcpy(chain.name, ip->endpoints->v[i].chain, sizeof(chain.name));
		index = state_add_chain(c->st, &chain);
		if (index < 0 || fill_endpoint_chain(c, ip, e, (uint32_t)index, chain.name) < 0)
			return -1;
	}
	return 0;
}

int add_balance_chains(struct compiler *c, struct ipt_port *ip)
{
	if (name_endpoints(c, ip) < 0)
		return -1;
	if (ip->cluster_takes && add_choice_chain(c, ip, HASHED_SVC, EP_IN_CLUSTER) < 0)
		return -1;
	if (ip->local_takes && add_choice_chain(c, ip, HASHED_SVL, EP_IN_LOCAL) < 0)
		return -1;
	return add_endpoint_chains(c, ip);
}
