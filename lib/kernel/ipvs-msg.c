/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of the IPVS family to and from virtual servers, real servers and time-outs. */
#include "kernel/ipvs.h"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <string.h>

static uint16_t family_af(uint8_t family)
{
	return family == 6 ? AF_INET6 : AF_INET;
}

/* Addresses are always sent in the size of the kernel's union, the unused part zero. */
static void put_addr(struct nlbuf *b, uint16_t type, const struct ipaddr *ip)
{
	nlbuf_put(b, type, ip->b, sizeof(ip->b));
}

static void put_key(struct nlbuf *b, const struct vs_key *key)
{
	nlbuf_u16(b, IPVS_SVC_ATTR_AF, family_af(key->family));
	if (key->fwmark) {
		nlbuf_u32(b, IPVS_SVC_ATTR_FWMARK, key->fwmark);
		return;
	}
	nlbuf_u16(b, IPVS_SVC_ATTR_PROTOCOL, key->proto);
	put_addr(b, IPVS_SVC_ATTR_ADDR, &key->ip);
	nlbuf_u16(b, IPVS_SVC_ATTR_PORT, htons(key->port));
}

/* IPv4 wants a mask in network order, IPv6 a prefix length. */
static uint32_t wire_netmask(uint8_t family, uint32_t plen)
{
	if (family == 6)
		return plen;
	if (!plen)
		return 0;
	return htonl(plen >= 32 ? UINT32_MAX : UINT32_MAX << (32 - plen));
}

void ipvs_put_service(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vserver *vs,
		      bool full)
{
	struct ip_vs_flags flags = {.flags = vs->flags, .mask = UINT32_MAX};
	size_t nest;

	nlbuf_genl(b, family, cmd, IPVS_GENL_VERSION, NLM_F_REQUEST);
	nest = nlbuf_nest(b, IPVS_CMD_ATTR_SERVICE);
	put_key(b, &vs->key);
	if (full) {
		nlbuf_str(b, IPVS_SVC_ATTR_SCHED_NAME, vs->sched);
		if (vs->pe[0])
			nlbuf_str(b, IPVS_SVC_ATTR_PE_NAME, vs->pe);
		nlbuf_put(b, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
		nlbuf_u32(b, IPVS_SVC_ATTR_TIMEOUT, vs->timeout_sec);
		nlbuf_u32(b, IPVS_SVC_ATTR_NETMASK, wire_netmask(vs->key.family, vs->netmask));
	}
	nlbuf_nest_end(b, nest);
}

static void put_dest_attrs(struct nlbuf *b, const struct rserver *rs)
{
	nlbuf_u32(b, IPVS_DEST_ATTR_FWD_METHOD, rs->fwd);
	nlbuf_u32(b, IPVS_DEST_ATTR_WEIGHT, rs->weight);
	nlbuf_u32(b, IPVS_DEST_ATTR_U_THRESH, rs->upper_threshold);
	nlbuf_u32(b, IPVS_DEST_ATTR_L_THRESH, rs->lower_threshold);
	if (rs->fwd != FWD_TUNNEL || !rs->tun_type)
		return;
	nlbuf_u8(b, IPVS_DEST_ATTR_TUN_TYPE, rs->tun_type);
	nlbuf_u16(b, IPVS_DEST_ATTR_TUN_PORT, htons(rs->tun_port));
	nlbuf_u16(b, IPVS_DEST_ATTR_TUN_FLAGS, rs->tun_flags);
}

void ipvs_put_dest(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vs_key *key,
		   const struct rserver *rs, bool full)
{
	size_t nest;

	nlbuf_genl(b, family, cmd, IPVS_GENL_VERSION, NLM_F_REQUEST);
	nest = nlbuf_nest(b, IPVS_CMD_ATTR_SERVICE);
	put_key(b, key);
	nlbuf_nest_end(b, nest);
	nest = nlbuf_nest(b, IPVS_CMD_ATTR_DEST);
	nlbuf_u16(b, IPVS_DEST_ATTR_ADDR_FAMILY, family_af(rs->ip.family));
	put_addr(b, IPVS_DEST_ATTR_ADDR, &rs->ip);
	nlbuf_u16(b, IPVS_DEST_ATTR_PORT, htons(rs->port));
	if (full)
		put_dest_attrs(b, rs);
	nlbuf_nest_end(b, nest);
}

void ipvs_put_timeouts(struct nlbuf *b, uint16_t family, const struct ipvs_timeouts *t)
{
	nlbuf_genl(b, family, IPVS_CMD_SET_CONFIG, IPVS_GENL_VERSION, NLM_F_REQUEST);
	nlbuf_u32(b, IPVS_CMD_ATTR_TIMEOUT_TCP, t->tcp_sec);
	nlbuf_u32(b, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, t->tcp_fin_sec);
	nlbuf_u32(b, IPVS_CMD_ATTR_TIMEOUT_UDP, t->udp_sec);
}

void ipvs_put_list(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vs_key *key)
{
	size_t nest;

	nlbuf_genl(b, family, cmd, IPVS_GENL_VERSION, NLM_F_REQUEST | NLM_F_DUMP);
	if (!key)
		return;
	nest = nlbuf_nest(b, IPVS_CMD_ATTR_SERVICE);
	put_key(b, key);
	nlbuf_nest_end(b, nest);
}

static bool get_addr(const struct nlattr *a, uint8_t family, struct ipaddr *ret)
{
	size_t want = family == 6 ? 16 : 4;

	if (!a || (size_t)nla_len(a) < want)
		return false;
	*ret = (struct ipaddr){.family = family};
	memcpy(ret->b, nla_data(a), want);
	return true;
}

static uint8_t af_family(uint16_t af)
{
	return af == AF_INET ? 4 : af == AF_INET6 ? 6 : 0;
}

/* A mask that is no prefix gives a length no prefix has, so that it equals nothing we want. */
static uint32_t netmask_plen(uint8_t family, uint32_t netmask)
{
	uint32_t mask = ntohl(netmask);
	uint32_t plen = (uint32_t)__builtin_popcount(mask);

	if (family == 6)
		return netmask;
	return wire_netmask(4, plen) == netmask ? plen : 33;
}

static bool parse_key(struct nlattr **tb, struct vs_key *ret)
{
	if (!tb[IPVS_SVC_ATTR_AF])
		return false;
	*ret = (struct vs_key){.family = af_family(nla_get_u16(tb[IPVS_SVC_ATTR_AF]))};
	if (!ret->family)
		return false;
	if (tb[IPVS_SVC_ATTR_FWMARK]) {
		ret->fwmark = nla_get_u32(tb[IPVS_SVC_ATTR_FWMARK]);
		return ret->fwmark != 0;
	}
	if (!tb[IPVS_SVC_ATTR_PROTOCOL] || !tb[IPVS_SVC_ATTR_PORT])
		return false;
	ret->proto = (uint8_t)nla_get_u16(tb[IPVS_SVC_ATTR_PROTOCOL]);
	ret->port = ntohs(nla_get_u16(tb[IPVS_SVC_ATTR_PORT]));
	return get_addr(tb[IPVS_SVC_ATTR_ADDR], ret->family, &ret->ip);
}

/* Attributes of the nest that is the message's own attribute `type`. */
static bool parse_nest(const struct nlmsghdr *h, int type, struct nlattr **tb, int max,
		       const struct nla_policy *policy)
{
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1];

	return nl_parse_attrs(h, GENL_HDRLEN, top, IPVS_CMD_ATTR_MAX, NULL) && top[type] &&
	       !nla_parse_nested(tb, max, top[type], policy);
}

bool ipvs_parse_service(const struct nlmsghdr *h, struct vserver *ret)
{
	static const struct nla_policy policy[IPVS_SVC_ATTR_MAX + 1] = {
		[IPVS_SVC_ATTR_AF] = {.type = NLA_U16},
		[IPVS_SVC_ATTR_PROTOCOL] = {.type = NLA_U16},
		[IPVS_SVC_ATTR_PORT] = {.type = NLA_U16},
		[IPVS_SVC_ATTR_FWMARK] = {.type = NLA_U32},
		[IPVS_SVC_ATTR_FLAGS] = {.minlen = sizeof(struct ip_vs_flags)},
		[IPVS_SVC_ATTR_TIMEOUT] = {.type = NLA_U32},
		[IPVS_SVC_ATTR_NETMASK] = {.type = NLA_U32},
	};
	struct nlattr *tb[IPVS_SVC_ATTR_MAX + 1];
	struct ip_vs_flags flags;

	*ret = (struct vserver){0};
	if (!parse_nest(h, IPVS_CMD_ATTR_SERVICE, tb, IPVS_SVC_ATTR_MAX, policy) ||
	    !parse_key(tb, &ret->key) || !tb[IPVS_SVC_ATTR_SCHED_NAME] ||
	    !tb[IPVS_SVC_ATTR_FLAGS] || !tb[IPVS_SVC_ATTR_TIMEOUT] || !tb[IPVS_SVC_ATTR_NETMASK])
		return false;
	nla_strlcpy(ret->sched, tb[IPVS_SVC_ATTR_SCHED_NAME], sizeof(ret->sched));
	if (tb[IPVS_SVC_ATTR_PE_NAME])
		nla_strlcpy(ret->pe, tb[IPVS_SVC_ATTR_PE_NAME], sizeof(ret->pe));
	memcpy(&flags, nla_data(tb[IPVS_SVC_ATTR_FLAGS]), sizeof(flags));
	ret->flags = flags.flags & ~(uint32_t)VS_HASHED;
	ret->timeout_sec = nla_get_u32(tb[IPVS_SVC_ATTR_TIMEOUT]);
	ret->netmask = netmask_plen(ret->key.family, nla_get_u32(tb[IPVS_SVC_ATTR_NETMASK]));
	return true;
}

static uint32_t u32_or_0(const struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

bool ipvs_parse_dest(const struct nlmsghdr *h, uint8_t family, struct rserver *ret)
{
	static const struct nla_policy policy[IPVS_DEST_ATTR_MAX + 1] = {
		[IPVS_DEST_ATTR_PORT] = {.type = NLA_U16},
		[IPVS_DEST_ATTR_FWD_METHOD] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_WEIGHT] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_U_THRESH] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_L_THRESH] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_ACTIVE_CONNS] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_INACT_CONNS] = {.type = NLA_U32},
		[IPVS_DEST_ATTR_ADDR_FAMILY] = {.type = NLA_U16},
		[IPVS_DEST_ATTR_TUN_TYPE] = {.type = NLA_U8},
		[IPVS_DEST_ATTR_TUN_PORT] = {.type = NLA_U16},
		[IPVS_DEST_ATTR_TUN_FLAGS] = {.type = NLA_U16},
	};
	struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];

	*ret = (struct rserver){0};
	if (!parse_nest(h, IPVS_CMD_ATTR_DEST, tb, IPVS_DEST_ATTR_MAX, policy) ||
	    !tb[IPVS_DEST_ATTR_PORT] || !tb[IPVS_DEST_ATTR_FWD_METHOD] ||
	    !tb[IPVS_DEST_ATTR_WEIGHT])
		return false;
	/* older kernels do not say: then it is the virtual server's family */
	if (tb[IPVS_DEST_ATTR_ADDR_FAMILY])
		family = af_family(nla_get_u16(tb[IPVS_DEST_ATTR_ADDR_FAMILY]));
	if (!family || !get_addr(tb[IPVS_DEST_ATTR_ADDR], family, &ret->ip))
		return false;
	ret->port = ntohs(nla_get_u16(tb[IPVS_DEST_ATTR_PORT]));
	ret->fwd = nla_get_u32(tb[IPVS_DEST_ATTR_FWD_METHOD]) & IP_VS_CONN_F_FWD_MASK;
	ret->weight = nla_get_u32(tb[IPVS_DEST_ATTR_WEIGHT]);
	ret->upper_threshold = u32_or_0(tb[IPVS_DEST_ATTR_U_THRESH]);
	ret->lower_threshold = u32_or_0(tb[IPVS_DEST_ATTR_L_THRESH]);
	ret->active_conns = u32_or_0(tb[IPVS_DEST_ATTR_ACTIVE_CONNS]);
	ret->inactive_conns = u32_or_0(tb[IPVS_DEST_ATTR_INACT_CONNS]);
	if (ret->fwd == FWD_TUNNEL && tb[IPVS_DEST_ATTR_TUN_TYPE])
		ret->tun_type = nla_get_u8(tb[IPVS_DEST_ATTR_TUN_TYPE]);
	if (ret->tun_type && tb[IPVS_DEST_ATTR_TUN_PORT])
		ret->tun_port = ntohs(nla_get_u16(tb[IPVS_DEST_ATTR_TUN_PORT]));
	if (ret->tun_type && tb[IPVS_DEST_ATTR_TUN_FLAGS])
		ret->tun_flags = nla_get_u16(tb[IPVS_DEST_ATTR_TUN_FLAGS]);
	return true;
}

bool ipvs_parse_timeouts(const struct nlmsghdr *h, struct ipvs_timeouts *ret)
{
	static const struct nla_policy policy[IPVS_CMD_ATTR_MAX + 1] = {
		[IPVS_CMD_ATTR_TIMEOUT_TCP] = {.type = NLA_U32},
		[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN] = {.type = NLA_U32},
		[IPVS_CMD_ATTR_TIMEOUT_UDP] = {.type = NLA_U32},
	};
	struct nlattr *tb[IPVS_CMD_ATTR_MAX + 1];

	if (!nl_parse_attrs(h, GENL_HDRLEN, tb, IPVS_CMD_ATTR_MAX, policy))
		return false;
	ret->tcp_sec = u32_or_0(tb[IPVS_CMD_ATTR_TIMEOUT_TCP]);
	ret->tcp_fin_sec = u32_or_0(tb[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN]);
	ret->udp_sec = u32_or_0(tb[IPVS_CMD_ATTR_TIMEOUT_UDP]);
	return true;
}
