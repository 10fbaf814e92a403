/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to and from the kernel's connection tracking. */
#include "kernel/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "model/model.h"

/* Which members of a tuple a filter compares: bits that the kernel keeps out of its headers. */
enum {
	FILTER_IP_SRC = 1 << 0,
	FILTER_IP_DST = 1 << 1,
	FILTER_PROTO = 1 << 3,
	FILTER_SRC_PORT = 1 << 4,
	FILTER_DST_PORT = 1 << 5,
};

static uint8_t af_of(uint8_t family)
{
	return family == 6 ? AF_INET6 : AF_INET;
}

static void put_msg(struct nlbuf *b, uint8_t cmd, uint16_t flags, uint8_t af)
{
	struct nfgenmsg m = {.nfgen_family = af, .version = NFNETLINK_V0};

	nlbuf_msg(b, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | cmd), NLM_F_REQUEST | flags, &m,
		  sizeof(m));
}

static void put_ip(struct nlbuf *b, bool dst, const struct ipaddr *ip)
{
	if (ip->family == 4)
		nlbuf_put(b, dst ? CTA_IP_V4_DST : CTA_IP_V4_SRC, ip->b, 4);
	else if (ip->family == 6)
		nlbuf_put(b, dst ? CTA_IP_V6_DST : CTA_IP_V6_SRC, ip->b, 16);
}

/* Addresses without a family and ports that are 0 are left out: a filter has only some. */
static void put_tuple(struct nlbuf *b, uint16_t type, const struct ct_tuple *t,
		      const uint16_t *zone)
{
	size_t nest = nlbuf_nest(b, type);
	size_t part = nlbuf_nest(b, CTA_TUPLE_IP);

	put_ip(b, false, &t->src);
	put_ip(b, true, &t->dst);
	nlbuf_nest_end(b, part);
	part = nlbuf_nest(b, CTA_TUPLE_PROTO);
	nlbuf_u8(b, CTA_PROTO_NUM, IPPROTO_UDP);
	if (t->sport)
		nlbuf_u16(b, CTA_PROTO_SRC_PORT, htons(t->sport));
	if (t->dport)
		nlbuf_u16(b, CTA_PROTO_DST_PORT, htons(t->dport));
	nlbuf_nest_end(b, part);
	if (zone)
		nlbuf_u16(b, CTA_TUPLE_ZONE, htons(*zone));
	nlbuf_nest_end(b, nest);
}

void conntrack_put_dump(struct nlbuf *b, uint8_t family, const struct flow_key *key, bool filter)
{
	struct ct_tuple orig = {.dst = key->vip, .dport = key->port};
	struct ct_tuple reply = {.src = key->real, .sport = key->real_port};
	uint32_t orig_flags = FILTER_PROTO;
	uint32_t reply_flags = FILTER_PROTO;
	bool addresses = family == 4; /* kernels compare those of IPv6 the wrong way round */
	size_t nest;

	put_msg(b, IPCTNL_MSG_CT_GET, NLM_F_DUMP, af_of(family));
	if (!filter)
		return;
	orig_flags |= addresses && orig.dst.family ? FILTER_IP_DST : 0;
	orig_flags |= orig.dport ? FILTER_DST_PORT : 0;
	reply_flags |= addresses && reply.src.family ? FILTER_IP_SRC : 0;
	reply_flags |= reply.sport ? FILTER_SRC_PORT : 0;
	put_tuple(b, CTA_TUPLE_ORIG, &orig, NULL);
	put_tuple(b, CTA_TUPLE_REPLY, &reply, NULL);
	nest = nlbuf_nest(b, CTA_FILTER);
	nlbuf_u32(b, CTA_FILTER_ORIG_FLAGS, orig_flags);
	nlbuf_u32(b, CTA_FILTER_REPLY_FLAGS, reply_flags);
	nlbuf_nest_end(b, nest);
}

/* Always with the whole tuple: a request without one empties the table. */
void conntrack_put_delete(struct nlbuf *b, const struct ct_flow *f)
{
	put_msg(b, IPCTNL_MSG_CT_DELETE, 0, af_of(f->orig.dst.family));
	put_tuple(b, CTA_TUPLE_ORIG, &f->orig, f->zone && f->zone_orig ? &f->zone : NULL);
	if (f->zone && !f->zone_orig)
		nlbuf_u16(b, CTA_ZONE, htons(f->zone));
	if (f->id)
		nlbuf_u32(b, CTA_ID, f->id);
}

void conntrack_put_stats(struct nlbuf *b)
{
	put_msg(b, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, AF_UNSPEC);
}

static const struct nla_policy flow_policy[CTA_MAX + 1] = {
	[CTA_TUPLE_ORIG] = {.type = NLA_NESTED},
	[CTA_TUPLE_REPLY] = {.type = NLA_NESTED},
	[CTA_ID] = {.type = NLA_U32},
	[CTA_ZONE] = {.type = NLA_U16},
};

static const struct nla_policy tuple_policy[CTA_TUPLE_MAX + 1] = {
	[CTA_TUPLE_IP] = {.type = NLA_NESTED},
	[CTA_TUPLE_PROTO] = {.type = NLA_NESTED},
	[CTA_TUPLE_ZONE] = {.type = NLA_U16},
};

static const struct nla_policy ip_policy[CTA_IP_MAX + 1] = {
	[CTA_IP_V4_SRC] = {.type = NLA_UNSPEC, .minlen = 4, .maxlen = 4},
	[CTA_IP_V4_DST] = {.type = NLA_UNSPEC, .minlen = 4, .maxlen = 4},
	[CTA_IP_V6_SRC] = {.type = NLA_UNSPEC, .minlen = 16, .maxlen = 16},
	[CTA_IP_V6_DST] = {.type = NLA_UNSPEC, .minlen = 16, .maxlen = 16},
};

static const struct nla_policy proto_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_NUM] = {.type = NLA_U8},
	[CTA_PROTO_SRC_PORT] = {.type = NLA_U16},
	[CTA_PROTO_DST_PORT] = {.type = NLA_U16},
};

static bool parse_nest(struct nlattr **tb, int max, struct nlattr *nest,
		       const struct nla_policy *policy)
{
	return nest && !nla_parse_nested(tb, max, nest, policy);
}

static struct ipaddr ip_from(const struct nlattr *v4, const struct nlattr *v6)
{
	struct ipaddr ip = {.family = v4 ? 4 : 6};

	memcpy(ip.b, nla_data(v4 ? v4 : v6), v4 ? 4 : 16);
	return ip;
}

static bool parse_ips(struct nlattr *nest, struct ct_tuple *t)
{
	struct nlattr *tb[CTA_IP_MAX + 1];

	if (!parse_nest(tb, CTA_IP_MAX, nest, ip_policy) ||
	    !((tb[CTA_IP_V4_SRC] && tb[CTA_IP_V4_DST]) ||
	      (!tb[CTA_IP_V4_SRC] && !tb[CTA_IP_V4_DST] && tb[CTA_IP_V6_SRC] && tb[CTA_IP_V6_DST])))
		return false;
	t->src = ip_from(tb[CTA_IP_V4_SRC], tb[CTA_IP_V6_SRC]);
	t->dst = ip_from(tb[CTA_IP_V4_DST], tb[CTA_IP_V6_DST]);
	return true;
}

static bool parse_ports(struct nlattr *nest, struct ct_tuple *t)
{
	struct nlattr *tb[CTA_PROTO_MAX + 1];

	if (!parse_nest(tb, CTA_PROTO_MAX, nest, proto_policy) || !tb[CTA_PROTO_NUM] ||
	    nla_get_u8(tb[CTA_PROTO_NUM]) != IPPROTO_UDP || !tb[CTA_PROTO_SRC_PORT] ||
	    !tb[CTA_PROTO_DST_PORT])
		return false;
	t->sport = ntohs(nla_get_u16(tb[CTA_PROTO_SRC_PORT]));
	t->dport = ntohs(nla_get_u16(tb[CTA_PROTO_DST_PORT]));
	return true;
}

static bool parse_tuple(struct nlattr *nest, struct ct_tuple *t, struct nlattr **zone)
{
	struct nlattr *tb[CTA_TUPLE_MAX + 1];

	if (!parse_nest(tb, CTA_TUPLE_MAX, nest, tuple_policy) || !parse_ips(tb[CTA_TUPLE_IP], t) ||
	    !parse_ports(tb[CTA_TUPLE_PROTO], t))
		return false;
	*zone = tb[CTA_TUPLE_ZONE];
	return true;
}

bool conntrack_parse_flow(const struct nlmsghdr *h, struct ct_flow *ret)
{
	struct nlattr *tb[CTA_MAX + 1];
	struct nlattr *orig = NULL;
	struct nlattr *reply = NULL;

	*ret = (struct ct_flow){.zone = 0};
	if (h->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
	    !nl_parse_attrs(h, sizeof(struct nfgenmsg), tb, CTA_MAX, flow_policy) ||
	    !parse_tuple(tb[CTA_TUPLE_ORIG], &ret->orig, &orig) ||
	    !parse_tuple(tb[CTA_TUPLE_REPLY], &ret->reply, &reply))
		return false;
	ret->zone_orig = orig && !tb[CTA_ZONE];
	if (orig || tb[CTA_ZONE])
		ret->zone = ntohs(nla_get_u16(tb[CTA_ZONE] ? tb[CTA_ZONE] : orig));
	if (tb[CTA_ID])
		ret->id = nla_get_u32(tb[CTA_ID]);
	return true;
}

struct flow_key conntrack_flow_key(const struct ct_flow *f)
{
	return (struct flow_key){.vip = f->orig.dst,
				 .port = f->orig.dport,
				 .real = f->reply.src,
				 .real_port = f->reply.sport};
}
