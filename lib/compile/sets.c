/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fixed sets and their entries. */
#include <string.h>

#include "compile/internal.h"

#define HASH_SIZE   1024u
#define MAX_ENTRIES 65536u

static int add_set(struct compiler *c, uint8_t family, enum set_id id)
{
	bool bitmap = set_table[id].type == SET_BITMAP_PORT;
	struct ipset set = {
		.type = set_table[id].type,
		.family = bitmap ? 0 : family,
		.hashsize = bitmap ? 0 : HASH_SIZE,
		.maxelem = bitmap ? 0 : MAX_ENTRIES,
	};
	int64_t i;

	(void)set_full_name(c->opts->prefix, id, family, set.name);
	i = state_add_set(c->st, &set);
	if (i < 0)
		return -1;
	family_ctx(c, family)->sets[id] = (uint32_t)i;
	return 0;
}

int add_sets(struct compiler *c)
{
	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
		for (int id = 0; family_enabled(c, f) && id < SET_COUNT_; id++)
			if (!set_table[id].fleeting && add_set(c, f, (enum set_id)id) < 0)
				return -1;
	return 0;
}

/* Claims that get an entry: all of the kind, or those with (without) a flag. */
enum claim_filter {
	EVERY,
	CLUSTER_POLICY,
	LOCAL_POLICY,
	RESTRICTED,
	NO_LOCAL,
	NO_LOCAL_MASQUERADED,
	MASQUERADED,
	UNCHANGED,
};

static const struct {
	enum vip_kind kind;
	uint8_t proto; /* 0: any */
	enum claim_filter filter;
	enum set_id set;
} membership[] = {
	{VIP_CLUSTER_IP, 0, MASQUERADED, SET_CLUSTER_IP},
	{VIP_CLUSTER_IP, 0, UNCHANGED, SET_EXTERNAL_IP_LOCAL},
	{VIP_CLUSTER_IP, 0, EVERY, SET_OWNED},
	{VIP_EXTERNAL_IP, 0, CLUSTER_POLICY, SET_EXTERNAL_IP},
	{VIP_EXTERNAL_IP, 0, LOCAL_POLICY, SET_EXTERNAL_IP_LOCAL},
	{VIP_EXTERNAL_IP, 0, NO_LOCAL, SET_NO_LOCAL},
	{VIP_EXTERNAL_IP, 0, NO_LOCAL_MASQUERADED, SET_NO_LOCAL_MASQ},
	{VIP_EXTERNAL_IP, 0, EVERY, SET_OWNED},
	{VIP_LOAD_BALANCER, 0, EVERY, SET_LOAD_BALANCER},
	{VIP_LOAD_BALANCER, 0, LOCAL_POLICY, SET_LOAD_BALANCER_LOCAL},
	{VIP_LOAD_BALANCER, 0, RESTRICTED, SET_LOAD_BALANCER_FW},
	{VIP_LOAD_BALANCER, 0, NO_LOCAL, SET_NO_LOCAL},
	{VIP_LOAD_BALANCER, 0, NO_LOCAL_MASQUERADED, SET_NO_LOCAL_MASQ},
	{VIP_LOAD_BALANCER, 0, EVERY, SET_OWNED},
	{VIP_NODE_PORT, PROTO_TCP, EVERY, SET_NODE_PORT_TCP},
	{VIP_NODE_PORT, PROTO_TCP, LOCAL_POLICY, SET_NODE_PORT_LOCAL_TCP},
	{VIP_NODE_PORT, PROTO_UDP, EVERY, SET_NODE_PORT_UDP},
	{VIP_NODE_PORT, PROTO_UDP, LOCAL_POLICY, SET_NODE_PORT_LOCAL_UDP},
	{VIP_NODE_PORT, PROTO_SCTP, EVERY, SET_NODE_PORT_SCTP},
	{VIP_NODE_PORT, PROTO_SCTP, LOCAL_POLICY, SET_NODE_PORT_LOCAL_SCTP},
	{VIP_NODE_PORT, 0, NO_LOCAL, SET_NO_LOCAL},
	{VIP_NODE_PORT, 0, NO_LOCAL_MASQUERADED, SET_NO_LOCAL_MASQ},
	{VIP_NODE_PORT, 0, EVERY, SET_OWNED},
	/* the set of addresses that are served and whose clients stay visible */
	{VIP_PLAIN, 0, EVERY, SET_EXTERNAL_IP_LOCAL},
	{VIP_PLAIN, 0, EVERY, SET_OWNED},
};

static bool filter_takes(enum claim_filter filter, uint8_t flags)
{
	switch (filter) {
	case CLUSTER_POLICY:
		return !(flags & (CLAIM_LOCAL_ONLY | CLAIM_UNCHANGED));
	case LOCAL_POLICY:
		return flags & (CLAIM_LOCAL_ONLY | CLAIM_UNCHANGED);
	case RESTRICTED:
		return flags & CLAIM_RESTRICTED;
	case NO_LOCAL:
		return flags & CLAIM_NO_LOCAL;
	case NO_LOCAL_MASQUERADED:
		return (flags & CLAIM_NO_LOCAL) && !(flags & CLAIM_UNCHANGED);
	case MASQUERADED:
		return !(flags & CLAIM_UNCHANGED);
	case UNCHANGED:
		return flags & CLAIM_UNCHANGED;
	case EVERY:
		break;
	}
	return true;
}

static int add_claim_entry(struct compiler *c, const struct claim *cl, enum set_id id)
{
	struct set_entry e = {
		.set = family_ctx(c, cl->key.family)->sets[id],
		.port = cl->key.port,
		.origin = c->origins[cl->port],
	};

	if (set_table[id].type != SET_BITMAP_PORT) {
		e.proto = cl->key.proto;
		e.ip = cl->key.ip;
	}
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}

static int add_bound_entry(struct compiler *c, const struct claim *cl)
{
	struct set_entry e = {
		.set = family_ctx(c, cl->key.family)->sets[SET_IPVS_IPS],
		.ip = cl->key.ip,
		.origin = c->origins[cl->port],
	};

	if (!(cl->flags & CLAIM_BOUND))
		return 0;
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}

/* Balancers ask for a node's health at their own address too, and at no other Service's. */
static int add_health_check_vip(struct compiler *c, const struct claim *cl)
{
	struct set_entry e = {
		.set = family_ctx(c, cl->key.family)->sets[SET_HEALTH_CHECK_VIP],
		.proto = PROTO_TCP,
		.ip = cl->key.ip,
		.origin = c->origins[cl->port],
	};
	const struct service *s;

	if (cl->kind != VIP_LOAD_BALANCER)
		return 0;
	s = c->sel->ports[cl->port].service;
	e.port = (uint16_t)s->health_check_node_port.v;
	if (!e.port || !service_needs_health_check(s))
		return 0;
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}

/* A mark has no address and passes no gate: only the ledger names it. */
static int add_mark_entry(struct compiler *c, const struct claim *cl)
{
	struct set_entry e = vs_key_entry(&cl->key);

	e.set = family_ctx(c, cl->key.family)->sets[SET_OWNED];
	e.origin = c->origins[cl->port];
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}

static int add_claim_entries(struct compiler *c, const struct claim *cl)
{
	if (cl->key.fwmark)
		return add_mark_entry(c, cl);
	for (size_t i = 0; i < sizeof(membership) / sizeof(membership[0]); i++) {
		if (membership[i].kind != (enum vip_kind)cl->kind ||
		    (membership[i].proto && membership[i].proto != cl->key.proto) ||
		    !filter_takes(membership[i].filter, cl->flags))
			continue;
		if (add_claim_entry(c, cl, membership[i].set) < 0)
			return -1;
	}
	if ((cl->flags & CLAIM_RESTRICTED) && add_source_range_entries(c, cl) < 0)
		return -1;
	if (add_health_check_vip(c, cl) < 0)
		return -1;
	return add_bound_entry(c, cl);
}

/* A pod that reaches itself through a Service is masqueraded, or it would answer itself directly.
 * Endpoints that are not ready count too: connections to them go on. */
static int add_loop_back_entries(struct compiler *c, uint32_t port)
{
	const struct sel_port *p = &c->sel->ports[port];
	struct set_entry e = {
		.set = family_ctx(c, p->family)->sets[SET_LOOP_BACK],
		.proto = p->port->proto,
		.origin = c->origins[port],
	};

	for (size_t i = 0; i < p->n_endpoints; i++) {
		if (!(p->endpoints[i].flags & EP_LOCAL))
			continue;
		e.port = p->endpoints[i].port;
		e.ip = p->endpoints[i].ip;
		e.ip2 = e.ip;
		if (state_add_entry(c->st, &e) < 0)
			return -1;
	}
	return 0;
}

/* The health check answers on all addresses, so the entry does not depend on node addresses. */
static int add_health_check_entry(struct compiler *c, uint32_t port)
{
	const struct sel_port *p = &c->sel->ports[port];
	struct set_entry e = {
		.set = family_ctx(c, p->family)->sets[SET_HEALTH_CHECK],
		.port = (uint16_t)p->service->health_check_node_port.v,
		.origin = c->origins[port],
	};

	if (!e.port || !service_needs_health_check(p->service))
		return 0;
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}

int add_entries(struct compiler *c)
{
	for (uint32_t i = 0; i < c->sel->n_ports; i++)
		if (patience_over(&c->patience) || add_loop_back_entries(c, i) < 0 ||
		    add_health_check_entry(c, i) < 0)
			return -1;
	for (size_t i = 0; i < c->claims.n; i++)
		if (patience_over(&c->patience) || add_claim_entries(c, &c->claims.v[i]) < 0)
			return -1;
	return 0;
}

/* Only now are equal entries merged and the numbers known. */
void fit_set_sizes(struct svclb_state *st)
{
	for (size_t i = 0; i < st->sets.n; i++) {
		struct ipset *set = &st->sets.v[i];

		while (set->type != SET_BITMAP_PORT && set->maxelem < set->entry_count &&
		       set->maxelem <= UINT32_MAX / 2)
			set->maxelem *= 2;
	}
}
