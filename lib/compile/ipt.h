/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the compiler of iptables mode share. */
#ifndef SVCLB_COMPILE_IPT_H
#define SVCLB_COMPILE_IPT_H

#include "compile/internal.h"
#include "state/chain-hash.h"

#define DRAFT_MATCHES	4
#define COMMENT_MAX	256 /* linux/netfilter/xt_comment.h, with NUL */
#define PORT_NAME_MAX	200 /* "ns/name:port" of at most 63 bytes each */
#define LARGE_ENDPOINTS 1000

/* ---- ipt-rule.c: rules put together piece by piece ---- */

struct draft {
	struct rule r;
	struct match m[DRAFT_MATCHES];
	size_t n;
	char comment[COMMENT_MAX];
};

/* The next match, zeroed but for its type. */
struct match *draft_match(struct draft *d, enum match_type type);
void draft_comment(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void draft_addrtype(struct draft *d, uint32_t addrtype);
void draft_ctstate(struct draft *d, uint32_t states, bool invert);
/* Protocol and destination port. */
void draft_port(struct draft *d, uint8_t proto, uint16_t port);
void draft_source(struct draft *d, const struct ipaddr *ip);
void draft_destination(struct draft *d, const struct ipaddr *ip);
void draft_jump(struct draft *d, const char *chain);
void draft_jump_fixed(struct draft *d, const struct compiler *c, enum chain_id chain);
/* 0, or -1 when out of memory. */
int draft_add(struct compiler *c, const struct draft *d, uint32_t chain);
int draft_add_fixed(struct compiler *c, const struct draft *d, uint8_t family, enum chain_id chain);

/* ---- ipt-port.c: what is decided for one service port ---- */

struct endpoint_name {
	char text[IP_PORT_TEXT_MAX];
	char chain[CHAIN_NAME_MAX]; /* the name of its list of clients too */
};

typedef VEC(struct endpoint_name) endpoint_names;

struct ipt_port {
	const struct sel_port *p;
	uint32_t index; /* into sel->ports */
	origin_id origin;
	char name[PORT_NAME_MAX]; /* "ns/name:port", "ns/name" without a port name */
	bool cluster_takes;	  /* the cluster set takes new connections */
	bool local_takes;
	bool elsewhere;	     /* some endpoint of some node does */
	bool served_inside;  /* at the cluster IP */
	bool served_outside; /* clients outside, at all other addresses */
	bool entered;	     /* these addresses serve somebody: clients inside, if not outside */
	bool etp_local;
	bool itp_local;
	bool outside;			/* has an address besides the cluster IP */
	bool restricted;		/* has source ranges */
	bool large;			/* so many endpoints that comments of theirs are left out */
	endpoint_names *endpoints;	/* one for each of p->endpoints; room that ports share */
	uint32_t chains[HASHED_COUNT_]; /* indexes into the state, of those that are used */
	char names[HASHED_COUNT_][CHAIN_NAME_MAX];
};

void decide_port(struct compiler *c, uint32_t index, bool large, struct ipt_port *ret);
/* Declares one of its chains and keeps the chain's index. */
int declare_chain(struct compiler *c, struct ipt_port *ip, enum hashed_chain kind);
enum hashed_chain inside_chain(const struct ipt_port *ip);
enum hashed_chain outside_chain(const struct ipt_port *ip);

/* ---- ipt-dispatch.c: which packets go to which of its chains, and which are refused ---- */
int add_dispatch(struct compiler *c, const struct ipt_port *ip);

/* ---- ipt-entry.c: the chains that traffic enters a service port by ---- */
int add_entry_chains(struct compiler *c, struct ipt_port *ip);

/* ---- ipt-balance.c: the chains that choose an endpoint ---- */
int add_balance_chains(struct compiler *c, struct ipt_port *ip);

/* ---- ipt-fixed.c: what does not depend on Services ---- */
int add_fixed_rules(struct compiler *c, uint8_t family);
/* To be added when all other rules are: it ends the chain of all Services. */
int add_node_port_jumps(struct compiler *c, uint8_t family);

#endif
