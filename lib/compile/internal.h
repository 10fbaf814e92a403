/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the compiler share. */
#ifndef SVCLB_COMPILE_INTERNAL_H
#define SVCLB_COMPILE_INTERNAL_H

#include "compile/compile.h"
#include "model/patience.h"
#include "state/names.h"

enum vip_kind {
	VIP_CLUSTER_IP,
	VIP_EXTERNAL_IP,
	VIP_LOAD_BALANCER,
	VIP_NODE_PORT,
	VIP_PLAIN,
};

enum {
	CLAIM_LOCAL_ONLY = 1 << 0,    /* outside traffic, external policy Local */
	CLAIM_RESTRICTED = 1 << 1,    /* has source ranges */
	CLAIM_NODE_ADMITTED = 1 << 2, /* one of the ranges contains this node */
	CLAIM_BOUND = 1 << 3,	      /* the address belongs on the link */
	CLAIM_NO_LOCAL = 1 << 4,      /* policy Local, but only endpoints of other nodes */
	CLAIM_UNCHANGED = 1 << 5,     /* real servers answer clients by themselves: sources stay */
};

/* A service port wants an address, port and protocol; it becomes a virtual server. */
struct claim {
	struct vs_key key;
	uint32_t port; /* index into sel->ports; from sel->n_ports on: into plains */
	uint8_t kind;  /* enum vip_kind */
	uint8_t flags; /* CLAIM_* */
};

typedef VEC(struct ipaddr) ip_vec;

/* One family's fixed objects and node addresses. */
struct family_ctx {
	uint32_t sets[SET_COUNT_]; /* indexes into the state */
	uint32_t chains[CHAIN_COUNT_];
	ip_vec node_port_ips;  /* sorted: where node ports are served */
	struct ipaddr node_ip; /* the address that stands for this node in source ranges */
};

struct compiler {
	struct svclb_state *st;
	const struct svclb_options *opts;
	const struct svclb_selection *sel;
	const struct svclb_model *model;
	struct svclb_object *const *plains; /* the plain virtual servers */
	uint32_t n_plains;
	struct problems problems;
	struct patience patience;
	ip_vec node_ips; /* sorted: all addresses of the node, those on our link left out */
	struct family_ctx families[2];
	VEC(struct claim) claims;
	origin_id *origins; /* of sel->ports, then of plains; 0 = not made yet */
};

static inline struct family_ctx *family_ctx(struct compiler *c, uint8_t family)
{
	return &c->families[family == 6];
}

/* Whether a family is compiled. */
static inline bool family_enabled(const struct compiler *c, uint8_t family)
{
	return family == 4 ? c->opts->ipv4 : c->opts->ipv6;
}

/* All return 0, or -1 when out of memory or time. */

/* ---- node-addresses.c ---- */
int find_node_addresses(struct compiler *c);
bool is_node_address(const struct compiler *c, const struct ipaddr *ip);
/* Whether node ports of a family are served at some of the node's addresses only. */
bool node_ports_restricted(const struct compiler *c, uint8_t family);
/* Whether they are served at the loopback address, which is possible in iptables mode and IPv4. */
bool localhost_node_ports(const struct compiler *c, uint8_t family);

/* ---- vips.c ---- */
int collect_claims(struct compiler *c); /* fills c->claims, sorted by key */
void check_claims(struct compiler *c);	/* those that collide become problems */
/* The object whose port or plain virtual server an index is. */
const struct svclb_object *port_owner(const struct compiler *c, uint32_t port);
int add_vservers(struct compiler *c); /* and their addresses */
/* The origin of a service port, made when first asked for; false: out of memory. */
bool port_origin(struct compiler *c, uint32_t port, origin_id *ret);

/* ---- fit.c ---- */
/* *ret: whether the servers of all claims keep to the limit; if not, there is a problem. */
int claims_fit(struct compiler *c, bool *ret);

/* ---- plain.c ---- */
int claim_plains(struct compiler *c);
bool claim_is_plain(const struct compiler *c, const struct claim *cl);
int add_plain_vserver(struct compiler *c, const struct claim *cl);
void set_forwarding(struct rserver *rs, const struct forwarding *f);
uint32_t scheduler_flags(uint8_t bits); /* of struct tuning, as VS_SCHED* */

/* ---- source-ranges.c ---- */
bool source_range_of(const struct ftext *text, uint8_t family, struct cidr *ret);
/* CLAIM_RESTRICTED and CLAIM_NODE_ADMITTED as they hold for a Service in one family. */
uint8_t source_range_flags(struct compiler *c, const struct service *s, uint8_t family);
int add_source_range_entries(struct compiler *c, const struct claim *claim);

/* ---- sets.c ---- */
int add_sets(struct compiler *c);
int add_entries(struct compiler *c);
void fit_set_sizes(struct svclb_state *st); /* after sealing: sizes for the entries there are */

/* ---- rules.c ---- */
int add_rules(struct compiler *c);
/* The fixed chains of a family in a mode, IN_*. */
int add_chains(struct compiler *c, uint8_t family, uint8_t mode);
/* Makes r match what does not come from a local pod (what does); false: nothing tells them apart. */
bool not_local(const struct compiler *c, uint8_t family, struct rule *r);
bool from_local(const struct compiler *c, uint8_t family, struct rule *r);

/* ---- ipt.c ---- */
int fill_iptables(struct compiler *c); /* all of iptables mode */

/* ---- sysctls.c ---- */
int add_sysctls(struct compiler *c);

/* ---- policy.c ---- */
/* The weight of an endpoint as one of a set, EP_IN_*: 0 if it is not in there. */
uint32_t weight_in(const struct sel_endpoint *e, uint16_t set);
/* Whether a set has an endpoint that takes new connections; whether any node has one. */
bool set_takes(const struct sel_port *p, uint16_t set);
bool taken_somewhere(const struct sel_port *p);
/* EP_IN_CLUSTER or EP_IN_LOCAL: members of this set serve a port's traffic of one kind. */
uint16_t serving_set(const struct sel_port *p, enum vip_kind kind);
/* Whether a port's external addresses are closed to clients outside the cluster. */
bool closed_outside(const struct sel_port *p);

#endif
