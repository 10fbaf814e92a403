/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chains with their rules, and the jumps to them. */
#include <stdio.h>
#include <string.h>

#include "compile/internal.h"

/*
 * Rules stand whether the sets they match have entries or not, so that Services come and go
 * without a table being written again.
 */
enum rule_when {
	ALWAYS,
	MASQUERADE_ALL,
	DETECTOR,    /* local traffic can be told from other traffic, and not masquerade all */
	NO_DETECTOR, /* it cannot, and not masquerade all */
	PHYSDEV,
};

enum rule_source {
	ANY_SOURCE,
	LOOPBACK,
	NOT_LOCAL, /* what the detector does not take for a local pod's; without one, all */
};

enum word {
	W_END,
	W_COMMENT, /* own text, else that of the set */
	W_SET,
	W_NOT_BRIDGED, /* -m physdev ! --physdev-is-in */
	W_FROM_OTHERS, /* -m addrtype ! --src-type LOCAL */
	W_TO_NODE,     /* -m addrtype --dst-type LOCAL */
	W_MARKED,      /* -m mark --mark M/M */
	W_UNMARKED,    /* -m mark ! --mark M/M */
	W_NEW,	       /* -m conntrack --ctstate NEW */
	W_KNOWN,       /* -m conntrack --ctstate RELATED,ESTABLISHED */
};

enum mark_op {
	MARK_SET,  /* value = mask = M */
	MARK_FLIP, /* value M, mask 0: exclusive or */
};

#define MAX_WORDS 4

struct rule_row {
	enum chain_id chain;
	enum rule_when when;
	uint8_t proto; /* -p; 0: none */
	enum rule_source source;
	enum word words[MAX_WORDS];
	enum set_id set; /* of W_SET and W_COMMENT */
	const char *dirs;
	const char *comment;
	enum target_type target;
	enum chain_id jump;
	enum mark_op mark;
	bool random; /* MASQUERADE with the option's port choice */
};

#define CHAIN(c)   .chain = CHAIN_##c
#define MATCH(...) .words = {__VA_ARGS__}
#define SET(s, d)  .set = SET_##s, .dirs = d
#define ACCEPT	   .target = TARGET_ACCEPT
#define RETURN	   .target = TARGET_RETURN
#define JUMP(c)	   .target = TARGET_JUMP, .jump = CHAIN_##c

static const struct rule_row rule_table[] = {
	{CHAIN(NAT_SERVICES), .source = LOOPBACK, RETURN},
	/* clients inside the cluster are served by other nodes: replies must come back this way */
	{CHAIN(NAT_SERVICES), MATCH(W_COMMENT, W_SET), SET(NO_LOCAL_MASQ, "dst,dst"),
	 JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_SERVICES), MATCH(W_COMMENT, W_SET), SET(LOAD_BALANCER, "dst,dst"),
	 JUMP(NAT_LOAD_BALANCER)},
	{CHAIN(NAT_SERVICES), .when = MASQUERADE_ALL, MATCH(W_COMMENT, W_SET),
	 SET(CLUSTER_IP, "dst,dst"), JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_SERVICES), .when = DETECTOR, .source = NOT_LOCAL, MATCH(W_COMMENT, W_SET),
	 SET(CLUSTER_IP, "dst,dst"), JUMP(NAT_MARK_MASQ)},
	/* the source is a cluster IP: the node itself chose one for what it sends */
	{CHAIN(NAT_SERVICES), .when = NO_DETECTOR, MATCH(W_COMMENT, W_SET),
	 SET(CLUSTER_IP, "src,dst"), JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_SERVICES), MATCH(W_COMMENT, W_SET), SET(EXTERNAL_IP, "dst,dst"),
	 JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_SERVICES), .when = PHYSDEV,
	 MATCH(W_COMMENT, W_SET, W_NOT_BRIDGED, W_FROM_OTHERS), SET(EXTERNAL_IP, "dst,dst"),
	 ACCEPT},
	{CHAIN(NAT_SERVICES), MATCH(W_COMMENT, W_SET, W_TO_NODE), SET(EXTERNAL_IP, "dst,dst"),
	 ACCEPT},
	{CHAIN(NAT_SERVICES), .when = PHYSDEV,
	 MATCH(W_COMMENT, W_SET, W_NOT_BRIDGED, W_FROM_OTHERS), SET(EXTERNAL_IP_LOCAL, "dst,dst"),
	 ACCEPT},
	{CHAIN(NAT_SERVICES), MATCH(W_COMMENT, W_SET, W_TO_NODE), SET(EXTERNAL_IP_LOCAL, "dst,dst"),
	 ACCEPT},
	{CHAIN(NAT_SERVICES), MATCH(W_TO_NODE), JUMP(NAT_NODE_PORT)},
	{CHAIN(NAT_SERVICES), MATCH(W_SET), SET(CLUSTER_IP, "dst,dst"), ACCEPT},
	{CHAIN(NAT_SERVICES), MATCH(W_SET), SET(LOAD_BALANCER, "dst,dst"), ACCEPT},

	{CHAIN(NAT_LOAD_BALANCER), MATCH(W_COMMENT, W_SET), SET(LOAD_BALANCER_LOCAL, "dst,dst"),
	 RETURN},
	{CHAIN(NAT_LOAD_BALANCER), JUMP(NAT_MARK_MASQ)},

	{CHAIN(NAT_NODE_PORT), .proto = PROTO_TCP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_LOCAL_TCP, "dst"), RETURN},
	{CHAIN(NAT_NODE_PORT), .proto = PROTO_TCP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_TCP, "dst"), JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_NODE_PORT), .proto = PROTO_UDP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_LOCAL_UDP, "dst"), RETURN},
	{CHAIN(NAT_NODE_PORT), .proto = PROTO_UDP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_UDP, "dst"), JUMP(NAT_MARK_MASQ)},
	{CHAIN(NAT_NODE_PORT), .proto = PROTO_SCTP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_LOCAL_SCTP, "dst,dst"), RETURN},
	{CHAIN(NAT_NODE_PORT), .proto = PROTO_SCTP, MATCH(W_COMMENT, W_SET),
	 SET(NODE_PORT_SCTP, "dst,dst"), JUMP(NAT_MARK_MASQ)},

	{CHAIN(NAT_MARK_MASQ), .target = TARGET_MARK, .mark = MARK_SET},

	{CHAIN(NAT_POSTROUTING), MATCH(W_COMMENT, W_SET), SET(LOOP_BACK, "dst,dst,src"),
	 .target = TARGET_MASQUERADE},
	{CHAIN(NAT_POSTROUTING), MATCH(W_UNMARKED), RETURN},
	/* the mark goes, or it would masquerade the packet again behind a tunnel */
	{CHAIN(NAT_POSTROUTING), .target = TARGET_MARK, .mark = MARK_FLIP},
	{CHAIN(NAT_POSTROUTING), MATCH(W_COMMENT), .comment = "marked service traffic",
	 .target = TARGET_MASQUERADE, .random = true},

	{CHAIN(FILTER_FORWARD), MATCH(W_COMMENT, W_MARKED), .comment = "marked service traffic",
	 ACCEPT},
	{CHAIN(FILTER_FORWARD), MATCH(W_COMMENT, W_KNOWN), .comment = "replies and related packets",
	 ACCEPT},

	{CHAIN(FILTER_NODE_PORT), MATCH(W_COMMENT, W_SET), SET(HEALTH_CHECK, "dst"), ACCEPT},

	/* what the node itself sends does not pass here, so without a detector this is everybody else;
	 * connections that were made while there was a local endpoint go on */
	{CHAIN(FILTER_PROXY_FIREWALL), .source = NOT_LOCAL, MATCH(W_COMMENT, W_SET, W_NEW),
	 SET(NO_LOCAL, "dst,dst"), .target = TARGET_DROP},
	{CHAIN(FILTER_PROXY_FIREWALL), MATCH(W_COMMENT, W_SET), SET(LOAD_BALANCER_FW, "dst,dst"),
	 JUMP(FILTER_SOURCE_RANGES)},

	{CHAIN(FILTER_SOURCE_RANGES), MATCH(W_COMMENT, W_SET),
	 SET(LOAD_BALANCER_SOURCE_CIDR, "dst,dst,src"), RETURN},
	{CHAIN(FILTER_SOURCE_RANGES), MATCH(W_COMMENT, W_SET),
	 SET(LOAD_BALANCER_SOURCE_IP, "dst,dst,src"), RETURN},
	{CHAIN(FILTER_SOURCE_RANGES), .target = TARGET_DROP},

	/* bound addresses are local: what is no service port must not reach the node's sockets */
	{CHAIN(FILTER_IPVS), MATCH(W_SET), SET(LOAD_BALANCER, "dst,dst"), RETURN},
	{CHAIN(FILTER_IPVS), MATCH(W_SET), SET(CLUSTER_IP, "dst,dst"), RETURN},
	{CHAIN(FILTER_IPVS), MATCH(W_SET), SET(EXTERNAL_IP, "dst,dst"), RETURN},
	{CHAIN(FILTER_IPVS), MATCH(W_SET), SET(EXTERNAL_IP_LOCAL, "dst,dst"), RETURN},
	{CHAIN(FILTER_IPVS), MATCH(W_SET), SET(HEALTH_CHECK_VIP, "dst,dst"), RETURN},
	{CHAIN(FILTER_IPVS), MATCH(W_NEW, W_SET), SET(IPVS_IPS, "dst"), .target = TARGET_REJECT},
};

/* "dst,dst,src" */
static void set_dirs(struct match *m, const char *dirs)
{
	for (; *dirs && m->set.n_dirs < sizeof(m->set.dirs); dirs += dirs[3] == ',' ? 4 : 3)
		m->set.dirs[m->set.n_dirs++] = *dirs == 's' ? SETDIR_SRC : SETDIR_DST;
}

static struct match make_match(const struct compiler *c, const struct rule_row *row, enum word word,
			       uint8_t family)
{
	uint32_t mark = (uint32_t)1 << c->opts->masquerade_bit;
	struct match m = {0};

	switch (word) {
	case W_COMMENT:
		m.type = MATCH_COMMENT;
		m.comment = row->comment ? row->comment : set_table[row->set].comment;
		break;
	case W_SET:
		m.type = MATCH_SET;
		(void)set_full_name(c->opts->prefix, row->set, family, m.set.name);
		set_dirs(&m, row->dirs);
		break;
	case W_NOT_BRIDGED:
		m.type = MATCH_PHYSDEV_IN;
		m.invert = true;
		break;
	case W_FROM_OTHERS:
		m.type = MATCH_ADDRTYPE;
		m.addrtype = ADDRTYPE_SRC_LOCAL | ADDRTYPE_NOT_SRC;
		break;
	case W_TO_NODE:
		m.type = MATCH_ADDRTYPE;
		m.addrtype = ADDRTYPE_DST_LOCAL;
		break;
	case W_MARKED:
	case W_UNMARKED:
		m.type = MATCH_MARK;
		m.invert = word == W_UNMARKED;
		m.mark.value = mark;
		m.mark.mask = mark;
		break;
	case W_NEW:
	case W_KNOWN:
		m.type = MATCH_CTSTATE;
		m.ctstate = word == W_NEW ? CT_NEW : CT_RELATED | CT_ESTABLISHED;
		break;
	case W_END:
		break;
	}
	return m;
}

static bool first_pod_cidr(const struct node *n, uint8_t family, struct cidr *ret)
{
	for (size_t i = 0; n && i < n->pod_cidrs.n; i++)
		if (n->pod_cidrs.v[i].s && cidr_parse(n->pod_cidrs.v[i].s, ret, NULL) &&
		    ret->ip.family == family)
			return true;
	return false;
}

/* By interface: a bridge's own name, or a prefix of names written with a '+'. */
static bool not_from_interface(const struct compiler *c, struct rule *r)
{
	bool prefix = c->opts->detect_local == SVCLB_DETECT_INTERFACE_NAME_PREFIX;
	const char *name = c->opts->detect_local_arg;
	size_t n = name ? strlen(name) : 0;

	if (!n || n >= sizeof(r->in_iface))
		return false;
	memcpy(r->in_iface, name, n + 1);
	if (prefix && n + 1 < sizeof(r->in_iface))
		memcpy(r->in_iface + n, "+", 2);
	r->in_invert = true;
	return true;
}

bool not_local(const struct compiler *c, uint8_t family, struct rule *r)
{
	const struct cidr *cidr = NULL;
	struct cidr pods;

	switch (c->opts->detect_local) {
	case SVCLB_DETECT_CLUSTER_CIDR:
		cidr = options_cidr_of(&c->opts->cluster_cidrs, family);
		break;
	case SVCLB_DETECT_NODE_CIDR:
		if (first_pod_cidr(c->sel->node, family, &pods))
			cidr = &pods;
		break;
	default:
		return not_from_interface(c, r);
	}
	if (!cidr)
		return false;
	r->src = *cidr;
	r->src_invert = true;
	return true;
}

bool from_local(const struct compiler *c, uint8_t family, struct rule *r)
{
	if (!not_local(c, family, r))
		return false;
	r->src_invert = false;
	r->in_invert = false;
	return true;
}

static void from_loopback(uint8_t family, struct rule *r)
{
	r->src.ip.family = family;
	r->src.ip.b[family == 4 ? 0 : 15] = family == 4 ? 127 : 1;
	r->src.plen = family == 4 ? 8 : 128;
}

static bool applies(const struct compiler *c, enum rule_when when, uint8_t family)
{
	struct rule scratch = {0};

	switch (when) {
	case MASQUERADE_ALL:
		return c->opts->masquerade_all;
	case DETECTOR:
		return !c->opts->masquerade_all && not_local(c, family, &scratch);
	case NO_DETECTOR:
		return !c->opts->masquerade_all && !not_local(c, family, &scratch);
	case PHYSDEV:
		return c->opts->physdev;
	case ALWAYS:
		break;
	}
	return true;
}

static int add_row(struct compiler *c, const struct rule_row *row, uint8_t family)
{
	uint32_t mark = (uint32_t)1 << c->opts->masquerade_bit;
	struct match matches[MAX_WORDS];
	size_t n = 0;
	struct rule r = {
		.chain = family_ctx(c, family)->chains[row->chain],
		.proto = row->proto,
		.target = row->target,
		.random_fully = row->random && c->opts->random_fully,
	};

	if (row->source == LOOPBACK)
		from_loopback(family, &r);
	else if (row->source == NOT_LOCAL)
		(void)not_local(c, family, &r); /* nothing is local that cannot be told */
	for (; n < MAX_WORDS && row->words[n] != W_END; n++)
		matches[n] = make_match(c, row, row->words[n], family);
	if (row->target == TARGET_JUMP)
		(void)chain_full_name(c->opts->prefix, row->jump, r.jump);
	if (row->target == TARGET_MARK) {
		r.mark_value = mark;
		r.mark_mask = row->mark == MARK_SET ? mark : 0;
	}
	return state_add_rule(c->st, &r, matches, n) < 0 ? -1 : 0;
}

int add_chains(struct compiler *c, uint8_t family, uint8_t mode)
{
	for (int id = 0; id < CHAIN_COUNT_; id++) {
		struct chain chain = {.family = family, .table = chain_table[id].table};
		int64_t i;

		if (!(chain_table[id].modes & mode))
			continue;
		(void)chain_full_name(c->opts->prefix, (enum chain_id)id, chain.name);
		i = state_add_chain(c->st, &chain);
		if (i < 0)
			return -1;
		family_ctx(c, family)->chains[id] = (uint32_t)i;
	}
	return 0;
}

static int add_jump(struct compiler *c, const struct hook_info *hook, uint32_t chain)
{
	struct match comment = {.type = MATCH_COMMENT, .comment = hook->comment};
	struct rule r = {.chain = chain, .target = TARGET_JUMP};

	(void)chain_full_name(c->opts->prefix, hook->to, r.jump);
	return state_add_rule(c->st, &r, &comment, 1) < 0 ? -1 : 0;
}

/* Rows of one built-in chain follow one another in the table. */
static int add_hooks(struct compiler *c, uint8_t family)
{
	const struct hook_info *last = NULL;
	int64_t chain = 0;

	for (size_t i = 0; i < HOOK_COUNT; i++) {
		const struct hook_info *h = &hook_table[i];
		struct chain builtin = {.family = family, .table = h->table, .builtin = true};

		if (!last || last->table != h->table || strcmp(last->builtin, h->builtin)) {
			(void)snprintf(builtin.name, sizeof(builtin.name), "%s", h->builtin);
			chain = state_add_chain(c->st, &builtin);
		}
		if (chain < 0 || add_jump(c, h, (uint32_t)chain) < 0)
			return -1;
		last = h;
	}
	return 0;
}

/*
 * Traffic of this node to a restricted address has that address as its source, so the sets of
 * sources cannot tell it from others'; where no range admits the node it is dropped on its way out.
 */
static int add_out_rule(struct compiler *c, const struct claim *cl)
{
	struct match m = {
		.type = MATCH_IPVS,
		.ipvs = {.vaddr = cl->key.ip, .vproto = cl->key.proto, .vport = cl->key.port},
	};
	struct rule r = {
		.chain = family_ctx(c, cl->key.family)->chains[CHAIN_FILTER_IPVS_OUT],
		.src = {.ip = cl->key.ip, .plen = ip_bits(&cl->key.ip)},
		.target = TARGET_DROP,
		.origin = c->origins[cl->port],
	};

	return state_add_rule(c->st, &r, &m, 1) < 0 ? -1 : 0;
}

static int add_out_rules(struct compiler *c)
{
	const struct claim *last = NULL;

	for (size_t i = 0; i < c->claims.n; i++) {
		const struct claim *cl = &c->claims.v[i];

		if (!(cl->flags & CLAIM_RESTRICTED) || (cl->flags & CLAIM_NODE_ADMITTED))
			continue;
		if (last && !vs_key_cmp(&last->key, &cl->key))
			continue;
		if (add_out_rule(c, cl) < 0)
			return -1;
		last = cl;
	}
	return 0;
}

static int add_family_rules(struct compiler *c, uint8_t family)
{
	if (add_chains(c, family, IN_IPVS_MODE) < 0 || add_hooks(c, family) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(rule_table) / sizeof(rule_table[0]); i++)
		if (applies(c, rule_table[i].when, family) &&
		    add_row(c, &rule_table[i], family) < 0)
			return -1;
	return 0;
}

int add_rules(struct compiler *c)
{
	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
		if (family_enabled(c, f) && add_family_rules(c, f) < 0)
			return -1;
	return add_out_rules(c);
}
