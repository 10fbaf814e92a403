/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fixed sets and chains as tables: names, types, roles. Compiler, diff and backends all take
 * them from here.
 */
#ifndef SVCLB_STATE_NAMES_H
#define SVCLB_STATE_NAMES_H

#include "state/state.h"

enum set_id {
	SET_LOOP_BACK,
	SET_CLUSTER_IP,
	SET_EXTERNAL_IP,
	SET_EXTERNAL_IP_LOCAL,
	SET_LOAD_BALANCER,
	SET_LOAD_BALANCER_FW,
	SET_LOAD_BALANCER_LOCAL,
	SET_LOAD_BALANCER_SOURCE_IP,
	SET_LOAD_BALANCER_SOURCE_CIDR,
	SET_NODE_PORT_TCP,
	SET_NODE_PORT_LOCAL_TCP,
	SET_NODE_PORT_UDP,
	SET_NODE_PORT_LOCAL_UDP,
	SET_NODE_PORT_SCTP,
	SET_NODE_PORT_LOCAL_SCTP,
	SET_HEALTH_CHECK,
	SET_IPVS_IPS,
	SET_NO_LOCAL,	      /* ours alone: closed to clients outside the cluster */
	SET_NO_LOCAL_MASQ,    /* ours alone: and masqueraded for those inside */
	SET_HEALTH_CHECK_VIP, /* ours alone: where a health check port may be reached */
	SET_OWNED,	      /* our ledger of virtual servers: not one of kube-proxy's */
	SET_DRAIN,	      /* real servers that leave: there only while some do */
	SET_COUNT_
};

/* When entries of a set come and go relative to virtual servers. */
enum set_role {
	ROLE_LEDGER = 1, /* first in, last out */
	ROLE_SUPPORT,	 /* before the virtual server; out after it */
	ROLE_FENCE,	 /* restricts what ROLE_SUPPORT admits: in after it, out before it */
	ROLE_GATE,	 /* admits traffic: last in, first out */
	ROLE_MASQUERADE, /* begins masquerading of one that stays: before its real servers come */
	ROLE_VISIBLE,	 /* ends it: after its real servers went */
};

struct set_info {
	enum set_id id;
	const char *suffix; /* behind the prefix; IPv6 inserts "6-" and cuts to 31 characters */
	enum set_type type;
	enum set_role role;
	bool names_vservers; /* its ip,proto:port entries name virtual servers */
	const char *comment; /* comment of rules that match it */
	bool fleeting;	     /* made by the diff when it has entries, not by the compiler */
};

extern const struct set_info set_table[SET_COUNT_];

/* "KUBE-CLUSTER-IP", "KUBE-6-CLUSTER-IP" into buf, which is returned. */
const char *set_full_name(const char *prefix, enum set_id id, uint8_t family,
			  char buf[SET_NAME_MAX]);

/* The ledger's entry for a virtual server. A firewall mark stands there as the address of that
 * number, with the port 0 of UDP-Lite, which IPVS does not balance. */
struct set_entry vs_key_entry(const struct vs_key *key);

/* The set of a name, or NULL; *family is set to 4 or 6. */
const struct set_info *set_by_name(const char *prefix, const char *name, uint8_t *family);

enum chain_id {
	CHAIN_NAT_SERVICES,
	CHAIN_NAT_POSTROUTING,
	CHAIN_NAT_NODE_PORT,
	CHAIN_NAT_LOAD_BALANCER,
	CHAIN_NAT_MARK_MASQ,
	CHAIN_FILTER_FORWARD,
	CHAIN_FILTER_NODE_PORT,
	CHAIN_FILTER_PROXY_FIREWALL,
	CHAIN_FILTER_SOURCE_RANGES,
	CHAIN_FILTER_IPVS,
	CHAIN_FILTER_IPVS_OUT,
	CHAIN_NAT_NODEPORTS,
	CHAIN_FILTER_SERVICES,
	CHAIN_FILTER_EXTERNAL_SERVICES,
	CHAIN_FILTER_NODEPORTS,
	CHAIN_FILTER_LOCALNET,
	CHAIN_FILTER_CANARY,
	CHAIN_NAT_CANARY,
	CHAIN_MANGLE_CANARY,
	CHAIN_COUNT_
};

/* The modes in which a chain is wanted; in none: ours all the same, to be removed. */
enum {
	IN_IPVS_MODE = 1 << 0,
	IN_IPTABLES_MODE = 1 << 1,
};

struct chain_info {
	enum chain_id id;
	enum table table;
	const char *suffix; /* behind the prefix */
	uint8_t modes;	    /* IN_* */
};

extern const struct chain_info chain_table[CHAIN_COUNT_];

const char *chain_full_name(const char *prefix, enum chain_id id, char buf[CHAIN_NAME_MAX]);

/* Whether a chain of this name in this table is ours by its name, in whatever mode. */
bool chain_is_ours(const char *prefix, enum table table, const char *name);

/* Whether a state holds the rules of iptables mode, if only in one table: after an apply that was
 * killed while it changed the mode, or in a saved plan. */
bool state_in_iptables_mode(const struct svclb_state *st);

/* Jumps from built-in chains in IPVS mode, in the order in which they stand at the head of their
 * chain. */
struct hook_info {
	enum table table;
	const char *builtin;
	enum chain_id to;
	const char *comment;
};

#define HOOK_COUNT 9
extern const struct hook_info hook_table[HOOK_COUNT];

/* Position of a built-in chain among its table's, in hook order; -1: none of that name. */
int builtin_order(const char *name);

#endif
