/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel holds, or should hold: one type for both, in flat sorted arrays. Filled through
 * the state_add functions in any order, then sealed once by state_seal(), which sorts, finds
 * duplicates and fixes the ranges of children; sealed states are immutable.
 */
#ifndef SVCLB_STATE_STATE_H
#define SVCLB_STATE_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <svclb/state.h>

#include "model/options.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/ip.h"
#include "util/vec.h"

#define SET_NAME_MAX	 32 /* linux/netfilter/ipset/ip_set.h: IPSET_MAXNAMELEN */
#define CHAIN_NAME_MAX	 29 /* kernel takes 29 bytes with NUL; the tools at most 28 characters */
#define SYSCTL_KEY_MAX	 64
#define SYSCTL_VALUE_MAX 32

/* Index into state->origins; 0 = none. */
typedef uint32_t origin_id;

/* Where a desired object comes from, for messages: "Service default/web port http". */
struct origin {
	const char *object;
	uint32_t
		kind; /* enum svclb_kind, 0 unknown; with ns and name what `object` says in words */
	const char *ns;	  /* NULL unknown */
	const char *name; /* NULL unknown */
	const char *file; /* NULL unknown */
	struct pos at;
};

/* What an error about something says of where that comes from. */
static inline struct err_parts origin_parts(const struct origin *o)
{
	return (struct err_parts){
		.object = o->object,
		.kind = o->kind,
		.ns = o->ns,
		.name = o->name,
		.file = o->file,
		.pos = o->at,
	};
}

/* ---- virtual and real servers ---- */

enum {
	VS_PERSISTENT = 0x1, /* linux/ip_vs.h: IP_VS_SVC_F_PERSISTENT */
	VS_HASHED = 0x2,     /* IP_VS_SVC_F_HASHED: the kernel's own, never kept here */
	VS_ONEPACKET = 0x4,  /* IP_VS_SVC_F_ONEPACKET */
	VS_SCHED1 = 0x8,     /* IP_VS_SVC_F_SCHED1: sh-fallback, mh-fallback */
	VS_SCHED2 = 0x10,    /* IP_VS_SVC_F_SCHED2: sh-port, mh-port */
	VS_SCHED3 = 0x20,    /* IP_VS_SVC_F_SCHED3 */
};

enum {
	FWD_MASQUERADE = 0, /* linux/ip_vs.h: IP_VS_CONN_F_MASQ */
	FWD_TUNNEL = 2,	    /* IP_VS_CONN_F_TUNNEL */
	FWD_DROUTE = 3,	    /* IP_VS_CONN_F_DROUTE */
};

/* How long real servers drain that go by a plan which was saved without it. */
#define DRAIN_UNTOLD (DRAIN_MAX + 1)

struct vs_key {
	uint8_t family;	 /* 4, 6 */
	uint8_t proto;	 /* PROTO_*, 0 with fwmark */
	uint16_t port;	 /* host order */
	uint32_t fwmark; /* 0: addr, port and proto are the key */
	struct ipaddr ip;
};

struct vserver {
	struct vs_key key;
	char sched[SCHED_NAME_MAX];
	char pe[SCHED_NAME_MAX]; /* persistence engine, "" none */
	uint32_t flags;		 /* VS_*, without VS_HASHED */
	uint32_t timeout_sec;	 /* persistence */
	uint32_t netmask;	 /* IPv4: prefix length of the persistence mask 0-32; IPv6 0-128 */
	uint32_t drain_sec;	 /* wanted states only: seconds or DRAIN_*; not compared */
	bool ours;		 /* actual states: ownership known (ledger or adopted sets) */
	bool excluded;		 /* actual states: not ours, and not to be taken over */
	origin_id origin;
	uint32_t rs_first; /* range in state->rservers, valid once sealed */
	uint32_t rs_count;
};

struct rserver {
	uint32_t
		vs; /* index into state->vservers: as returned by state_add_vserver() while filling,
		      * sorted index once sealed */
	struct ipaddr ip;
	uint16_t port;
	uint8_t fwd; /* FWD_* */
	uint8_t tun_type;
	uint16_t tun_port;
	uint16_t tun_flags;
	uint32_t weight;
	uint32_t upper_threshold;
	uint32_t lower_threshold;
	uint32_t active_conns;	 /* actual states only; not compared */
	uint32_t inactive_conns; /* actual states only; not compared */
	bool draining;		 /* actual states only; not compared */
	uint64_t drain_left_ms;	 /* of a draining one when it was read; SVCLB_NO_DEADLINE */
	origin_id origin;
};

/* ---- sets ---- */

enum set_type {
	SET_HASH_IP_PORT = 1,
	SET_HASH_IP_PORT_IP,
	SET_HASH_IP_PORT_NET,
	SET_HASH_IP,
	SET_BITMAP_PORT,
	SET_OTHER, /* actual states: a type we do not make; entries are not read */
};

struct ipset {
	char name[SET_NAME_MAX];
	enum set_type type;
	uint8_t family;	   /* 4, 6; 0 for bitmap:port */
	bool noted;	   /* its entries have comments, which hold their drain_ members */
	uint32_t hashsize; /* not compared: the kernel grows it */
	uint32_t maxelem;
	uint32_t references; /* actual states only; not compared: rules and others that use it */
	origin_id origin;
	uint32_t entry_first; /* valid once sealed */
	uint32_t entry_count;
};

#define DRAIN_PORTS 4 /* of one address and virtual server that can drain at a time */

struct set_entry {
	uint32_t set; /* as rserver.vs */
	uint8_t proto;
	uint16_t port;
	struct ipaddr ip;
	struct ipaddr ip2; /* second address, or the network of hash:ip,port,net */
	uint8_t plen2;	   /* hash:ip,port,net only, 1-32 / 1-128 */
	/* noted sets only: ports of the real servers, rising; a 0 that is not the first is none */
	uint16_t drain_port[DRAIN_PORTS];
	uint32_t drain_until[DRAIN_PORTS]; /* of each: second since boot, 0 = until it is idle */
	origin_id origin;
};

/* ---- chains and rules ---- */

enum table { TABLE_FILTER = 0, TABLE_NAT = 1, TABLE_MANGLE = 2, TABLE_COUNT_ };

enum match_type {
	MATCH_SET = 1,
	MATCH_COMMENT,
	MATCH_ADDRTYPE,
	MATCH_MARK,
	MATCH_CTSTATE,
	MATCH_PHYSDEV_IN, /* [!] --physdev-is-in */
	MATCH_IPVS,
	MATCH_STATISTIC, /* random */
	MATCH_RECENT,
	MATCH_DPORT, /* tcp, udp or sctp destination port of the rule's protocol */
	MATCH_OTHER, /* actual states: one we cannot express; never equal to anything */
};

enum {
	CT_NEW = 1 << 0,
	CT_ESTABLISHED = 1 << 1,
	CT_RELATED = 1 << 2,
	CT_INVALID = 1 << 3,
	CT_DNAT = 1 << 4,
};

enum {
	SETDIR_SRC = 1,
	SETDIR_DST = 2,
};

enum {
	ADDRTYPE_SRC_LOCAL = 1 << 0,
	ADDRTYPE_DST_LOCAL = 1 << 1,
	ADDRTYPE_NOT_SRC = 1 << 2, /* "! --src-type" */
	ADDRTYPE_NOT_DST = 1 << 3,
};

struct match {
	enum match_type type;
	bool invert;
	union {
		struct {
			char name[SET_NAME_MAX];
			uint8_t n_dirs;
			uint8_t dirs[6]; /* SETDIR_* */
		} set;
		const char *comment; /* in the state's arena, at most 255 bytes */
		uint32_t addrtype;   /* ADDRTYPE_* */
		struct {
			uint32_t value;
			uint32_t mask;
		} mark;
		uint32_t ctstate; /* CT_* */
		struct {
			struct ipaddr vaddr;
			uint8_t vproto;
			uint16_t vport;
		} ipvs;
		uint32_t probability; /* in 1/2^31, as the kernel keeps it */
		struct {
			char name[CHAIN_NAME_MAX]; /* of an endpoint's chain */
			bool set;		   /* --set, else --rcheck */
			bool reap;
			uint32_t seconds;
		} recent;
		uint16_t dport;
	};
};

enum target_type {
	TARGET_NONE = 0, /* a rule that only counts or matches */
	TARGET_ACCEPT,
	TARGET_DROP,
	TARGET_RETURN,
	TARGET_JUMP,
	TARGET_MARK, /* --set-xmark value/mask */
	TARGET_MASQUERADE,
	TARGET_REJECT, /* port unreachable of the family */
	TARGET_DNAT,
	TARGET_OTHER, /* actual states only */
};

struct rule {
	uint32_t chain;	   /* as rserver.vs */
	uint32_t position; /* order inside the chain */
	struct cidr src;   /* ip.family 0: none */
	struct cidr dst;
	bool src_invert;
	bool dst_invert;
	char in_iface[LINK_NAME_MAX]; /* trailing '+' = prefix */
	char out_iface[LINK_NAME_MAX];
	bool in_invert;
	bool out_invert;
	uint8_t proto; /* 0: any */
	bool proto_invert;
	bool opaque;	      /* actual states: has something we cannot express; equal to nothing */
	uint32_t match_first; /* range in state->matches, in the order they are listed */
	uint32_t match_count;
	enum target_type target;
	char jump[CHAIN_NAME_MAX];
	uint32_t mark_value;
	uint32_t mark_mask;
	bool random_fully;
	struct ipaddr dnat_ip;
	uint16_t dnat_port;
	origin_id origin;
};

/*
 * A chain of ours with all its rules; or, builtin true, the jumps of ours in a built-in chain,
 * which stand before all other rules of it when we insert them.
 */
struct chain {
	uint8_t family; /* 4, 6 */
	enum table table;
	bool builtin;
	char name[CHAIN_NAME_MAX];
	origin_id origin;
	uint32_t rule_first; /* valid once sealed */
	uint32_t rule_count;
};

/* ---- link, addresses, sysctls ---- */

struct link_addr {
	struct ipaddr ip; /* host prefix */
	origin_id origin;
	uint32_t place; /* in the kernel's list; no difference, only a matter of putting back */
};

/* ---- what follows from the rules: kept apart so that two states can be compared by it ---- */

/* An address and UDP port that rules of iptables mode redirect. */
struct front {
	struct ipaddr ip; /* unspecified: every address of the node's own */
	uint16_t port;
	uint32_t rule; /* index of the rule that sends it to the chains of its service port */
	uint32_t back_first;
	uint32_t back_count;
};

/* Where a front's traffic goes. */
struct back {
	uint32_t front;
	struct ipaddr ip;
	uint16_t port;
	bool inside; /* for pods of this node and the node itself, and nobody else */
};

/* Actual states: a rule of somebody else that names a set of ours or jumps to a chain of ours. */
struct foreign_use {
	uint8_t family;
	enum table table;
	char chain[CHAIN_NAME_MAX]; /* the rule's */
	uint32_t position;	    /* in it, from 1 */
	bool is_set;
	char name[SET_NAME_MAX]; /* of what is ours */
};

/* Actual states: an address of somebody else on a link where services have theirs. */
struct foreign_addr {
	struct ipaddr ip;
	uint8_t plen;
	char ifname[LINK_NAME_MAX]; /* our own link, or that of another owner */
};

struct sysctl {
	char key[SYSCTL_KEY_MAX]; /* dotted: net.ipv4.vs.conntrack */
	char value[SYSCTL_VALUE_MAX];
};

struct svclb_state {
	atomic_uint refs;
	struct arena arena;	  /* texts of origins, comments */
	struct svclb_state *base; /* of a clone: the state whose texts it shares */
	bool sealed;
	bool was_read;	   /* came from a kernel: virtual servers that are not ours are only seen */
	bool settled;	   /* what drains is in it already: nothing is to be kept besides */
	uint64_t clock_ms; /* of the kernel when it was read, 0 unknown; not compared */
	char prefix[NAME_PREFIX_MAX];
	char link_name[LINK_NAME_MAX];
	bool link; /* the dummy link exists / is wanted */
	bool timeouts_given;
	struct ipvs_timeouts timeouts;
	VEC(struct origin) origins; /* element 0 is "none" */
	VEC(struct vserver) vservers;
	VEC(struct rserver) rservers;
	VEC(struct ipset) sets;
	VEC(struct set_entry) entries;
	VEC(struct chain) chains;
	VEC(struct rule) rules;
	VEC(struct match) matches;
	VEC(struct link_addr) addrs;
	VEC(struct sysctl) sysctls;
	VEC(struct front) fronts; /* valid once sealed, as are backs */
	VEC(struct back) backs;
	uint64_t ways_max; /* rules to pass on the ways to these, each time anew; 0: any number */
	uint64_t ways;
	/* of actual states, neither compared nor cloned */
	VEC(struct foreign_use) foreign_uses;
	VEC(struct foreign_addr) foreign_addrs; /* by address once sealed */
	char other_owner[NAME_PREFIX_MAX];	/* prefix of one whose ledger there is, "" none */
	bool other_link;			/* a link of our name is no dummy link */
	bool other_guard; /* another owner's rule keeps the network out of 127.0.0.0/8 */
};

/* Empty, unsealed. NULL when out of memory. */
struct svclb_state *state_new(const struct svclb_options *opts);

/* An unsealed copy of a sealed state, with the same indexes; it keeps a reference of the original.
 * NULL when out of memory. */
struct svclb_state *state_clone(struct svclb_state *st);

/* All state_add functions copy *obj, with its texts. Return: index for use by children, or -1 when out of memory.
 * For rserver/entry/rule, obj->vs/set/chain is the parent's index. For rules, position is set by
 * the function (order of addition inside the chain) and obj->match_first/count are set from the
 * matches given. */
int64_t state_add_origin(struct svclb_state *st, const struct origin *obj);
int64_t state_add_vserver(struct svclb_state *st, const struct vserver *obj);
int64_t state_add_rserver(struct svclb_state *st, const struct rserver *obj);
int64_t state_add_set(struct svclb_state *st, const struct ipset *obj);
int64_t state_add_entry(struct svclb_state *st, const struct set_entry *obj);
int64_t state_add_chain(struct svclb_state *st, const struct chain *obj);
int64_t state_add_rule(struct svclb_state *st, const struct rule *obj, const struct match *matches,
		       size_t n_matches);
int64_t state_add_addr(struct svclb_state *st, const struct link_addr *obj);
int64_t state_add_sysctl(struct svclb_state *st, const char *key, const char *value);

/*
 * Sorts everything (virtual servers by key; real servers inside their virtual server by address
 * and port; sets by name; entries inside their set; chains by family, table, built-in first in
 * hook order, then name; rules by position) and sets all ranges. Equal entries, addresses and
 * sysctls are merged. Two virtual servers, real servers of one virtual server, sets or chains
 * with one key: -SVCLB_EINVALID naming both origins.
 */
int state_seal(struct svclb_state *st, struct svclb_error **reterr);

/* Comparators by key (order of the arrays) and by content. */
static inline int cmp_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

int vs_key_cmp(const struct vs_key *a, const struct vs_key *b);
int rs_key_cmp(const struct rserver *a, const struct rserver *b);
int entry_key_cmp(const struct set_entry *a, const struct set_entry *b);
int chain_key_cmp(const struct chain *a, const struct chain *b);
bool vs_same(const struct vserver *a, const struct vserver *b); /* attributes, not key, not rs */
bool rs_same(const struct rserver *a, const struct rserver *b);
bool set_same(const struct ipset *a, const struct ipset *b); /* type, family, maxelem */
bool entry_note_same(const struct set_entry *a, const struct set_entry *b); /* what is no key */
bool rule_same(const struct svclb_state *sa, const struct rule *a, const struct svclb_state *sb,
	       const struct rule *b); /* comments are compared too; opaque rules are never same */
bool chain_same(const struct svclb_state *sa, const struct chain *a, const struct svclb_state *sb,
		const struct chain *b); /* all rules in order */

/* The matches of a rule, NULL if it has none. */
static inline const struct match *rule_matches(const struct svclb_state *st, const struct rule *r)
{
	return r->match_count ? st->matches.v + r->match_first : NULL;
}

/* Lookups in a sealed state; NULL: none. */
const struct vserver *state_find_vserver(const struct svclb_state *st, const struct vs_key *key);
const struct ipset *state_find_set(const struct svclb_state *st, const char *name);
const struct chain *state_find_chain(const struct svclb_state *st, uint8_t family, enum table table,
				     const char *name);
bool state_set_has(const struct svclb_state *st, const struct ipset *set,
		   const struct set_entry *entry);
/* The entry of a set with the key of another one, or NULL. */
const struct set_entry *state_find_entry(const struct svclb_state *st, const struct ipset *set,
					 const struct set_entry *entry);

/* ---- state/words.c: text forms shared by rendering and messages ---- */
const char *table_name(enum table t);	    /* "nat" */
const char *set_type_name(enum set_type t); /* "hash:ip,port" */
enum set_type set_type_from_name(const char *name);
const char *vs_key_text(const struct vs_key *key, char *buf, size_t size); /* 10.0.0.1:80/TCP */
const char *rs_text(const struct rserver *rs, char *buf, size_t size);	   /* 10.0.0.1:80 */
/* Element as `ipset save` prints it, without its comment. */
const char *entry_text(enum set_type type, const struct set_entry *e, char *buf, size_t size);
#define KEY_TEXT_MAX 160

/* ---- state/rule-text.c ---- */
struct strbuf;
/* The rule as `iptables-save` prints it, from "-A CHAIN" on, no newline. */
void rule_text(struct strbuf *b, const struct svclb_state *st, const struct chain *c,
	       const struct rule *r);

#endif
