/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to and from the kernel's IP sets: listings and questions. */
#include "kernel/ipset.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "state/draining.h"

static void put_msg(struct nlbuf *b, uint8_t cmd, uint16_t flags)
{
	struct nfgenmsg m = {.nfgen_family = AF_INET, .version = NFNETLINK_V0};

	nlbuf_msg(b, (uint16_t)(NFNL_SUBSYS_IPSET << 8 | cmd), flags, &m, sizeof(m));
	/* all that is asked here is in the oldest version that any kernel speaks */
	nlbuf_u8(b, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL_MIN);
}

void ipset_put_list(struct nlbuf *b, const char *name)
{
	put_msg(b, IPSET_CMD_LIST, NLM_F_REQUEST | NLM_F_DUMP);
	if (name)
		nlbuf_str(b, IPSET_ATTR_SETNAME, name);
	else /* in host order the kernel ignores it, and lists everything */
		nlbuf_u32(b, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER,
			  htonl(IPSET_FLAG_LIST_SETNAME));
}

void ipset_put_protocol(struct nlbuf *b)
{
	put_msg(b, IPSET_CMD_PROTOCOL, NLM_F_REQUEST | NLM_F_ACK);
}

void ipset_put_type(struct nlbuf *b, const char *type, uint8_t family)
{
	put_msg(b, IPSET_CMD_TYPE, NLM_F_REQUEST | NLM_F_ACK);
	nlbuf_str(b, IPSET_ATTR_TYPENAME, type);
	nlbuf_u8(b, IPSET_ATTR_FAMILY,
		 family == 4   ? NFPROTO_IPV4
		 : family == 6 ? NFPROTO_IPV6
			       : NFPROTO_UNSPEC);
}

static const struct nla_policy cmd_policy[IPSET_ATTR_CMD_MAX + 1] = {
	[IPSET_ATTR_SETNAME] = {.type = NLA_STRING, .minlen = 1},
	[IPSET_ATTR_TYPENAME] = {.type = NLA_STRING, .minlen = 1},
	[IPSET_ATTR_FAMILY] = {.type = NLA_U8},
};

static bool parse_cmd(const struct nlmsghdr *h, struct nlattr *tb[IPSET_ATTR_CMD_MAX + 1])
{
	return h->nlmsg_type == (NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST) &&
	       nl_parse_attrs(h, sizeof(struct nfgenmsg), tb, IPSET_ATTR_CMD_MAX, cmd_policy) &&
	       tb[IPSET_ATTR_SETNAME];
}

bool ipset_msg_name(const struct nlmsghdr *h, char name[SET_NAME_MAX])
{
	struct nlattr *tb[IPSET_ATTR_CMD_MAX + 1];

	if (!parse_cmd(h, tb))
		return false;
	nla_strlcpy(name, tb[IPSET_ATTR_SETNAME], SET_NAME_MAX);
	return true;
}

static uint32_t be32_or(const struct nlattr *a, uint32_t otherwise)
{
	return a ? ntohl(nla_get_u32(a)) : otherwise;
}

static bool bitmap_is_whole(struct nlattr **tb)
{
	return tb[IPSET_ATTR_PORT_FROM] && tb[IPSET_ATTR_PORT_TO] &&
	       nla_get_u16(tb[IPSET_ATTR_PORT_FROM]) == 0 &&
	       nla_get_u16(tb[IPSET_ATTR_PORT_TO]) == UINT16_MAX;
}

/* Type and capacity. A type, family or range that we do not make becomes SET_OTHER. */
static bool parse_header(struct nlattr **cmd, struct ipset *ret)
{
	static const struct nla_policy policy[IPSET_ATTR_CREATE_MAX + 1] = {
		[IPSET_ATTR_PORT_FROM] = {.type = NLA_U16},
		[IPSET_ATTR_PORT_TO] = {.type = NLA_U16},
		[IPSET_ATTR_HASHSIZE] = {.type = NLA_U32},
		[IPSET_ATTR_MAXELEM] = {.type = NLA_U32},
		[IPSET_ATTR_CADT_FLAGS] = {.type = NLA_U32},
		[IPSET_ATTR_REFERENCES] = {.type = NLA_U32},
	};
	struct nlattr *tb[IPSET_ATTR_CREATE_MAX + 1];
	char type[SET_NAME_MAX];
	uint8_t af;

	if (!cmd[IPSET_ATTR_TYPENAME] || !cmd[IPSET_ATTR_FAMILY] ||
	    nla_parse_nested(tb, IPSET_ATTR_CREATE_MAX, cmd[IPSET_ATTR_DATA], policy))
		return false;
	nla_strlcpy(type, cmd[IPSET_ATTR_TYPENAME], sizeof(type));
	ret->type = set_type_from_name(type);
	if (!ret->type)
		ret->type = SET_OTHER;
	ret->references = be32_or(tb[IPSET_ATTR_REFERENCES], 0);
	af = nla_get_u8(cmd[IPSET_ATTR_FAMILY]);
	ret->family = af == NFPROTO_IPV4 ? 4 : af == NFPROTO_IPV6 ? 6 : 0;
	if (ret->type == SET_BITMAP_PORT) {
		ret->family = 0;
		if (!bitmap_is_whole(tb))
			ret->type = SET_OTHER;
		return true;
	}
	ret->hashsize = be32_or(tb[IPSET_ATTR_HASHSIZE], 0);
	ret->maxelem = be32_or(tb[IPSET_ATTR_MAXELEM], 0);
	ret->noted = be32_or(tb[IPSET_ATTR_CADT_FLAGS], 0) & IPSET_FLAG_WITH_COMMENT;
	return true;
}

/* An address in its nest, of the set's family. */
static bool parse_ip(struct nlattr *a, uint8_t family, struct ipaddr *ret)
{
	struct nlattr *tb[IPSET_ATTR_IPADDR_MAX + 1];
	struct nlattr *ip;
	size_t len = family == 6 ? 16 : 4;

	if (!a || nla_parse_nested(tb, IPSET_ATTR_IPADDR_MAX, a, NULL))
		return false;
	ip = tb[family == 6 ? IPSET_ATTR_IPADDR_IPV6 : IPSET_ATTR_IPADDR_IPV4];
	if (!ip || (size_t)nla_len(ip) < len)
		return false;
	*ret = (struct ipaddr){.family = family};
	memcpy(ret->b, nla_data(ip), len);
	return true;
}

/* What an element of each type consists of. */
static const struct {
	bool ip, port, ip2, net2;
} shapes[] = {
	[SET_HASH_IP_PORT] = {.ip = true, .port = true},
	[SET_HASH_IP_PORT_IP] = {.ip = true, .port = true, .ip2 = true},
	[SET_HASH_IP_PORT_NET] = {.ip = true, .port = true, .ip2 = true, .net2 = true},
	[SET_HASH_IP] = {.ip = true},
	[SET_BITMAP_PORT] = {.port = true},
};

/* What we write is short; of a longer text that somebody else wrote the beginning is enough. */
static void parse_note(const struct nlattr *a, struct set_entry *ret)
{
	char text[DRAIN_NOTE_MAX];

	nla_strlcpy(text, a, sizeof(text));
	drain_note_parse(text, ret);
}

static bool parse_entry(struct nlattr *data, const struct ipset *set, struct set_entry *ret)
{
	static const struct nla_policy policy[IPSET_ATTR_ADT_MAX + 1] = {
		[IPSET_ATTR_PORT] = {.type = NLA_U16},
		[IPSET_ATTR_PROTO] = {.type = NLA_U8},
		[IPSET_ATTR_CIDR2] = {.type = NLA_U8},
		[IPSET_ATTR_COMMENT] = {.type = NLA_STRING},
	};
	struct nlattr *tb[IPSET_ATTR_ADT_MAX + 1];

	*ret = (struct set_entry){0};
	if (nla_parse_nested(tb, IPSET_ATTR_ADT_MAX, data, policy))
		return false;
	if (shapes[set->type].ip && !parse_ip(tb[IPSET_ATTR_IP], set->family, &ret->ip))
		return false;
	if (shapes[set->type].port && !tb[IPSET_ATTR_PORT])
		return false;
	if (tb[IPSET_ATTR_PORT])
		ret->port = ntohs(nla_get_u16(tb[IPSET_ATTR_PORT]));
	if (shapes[set->type].port && tb[IPSET_ATTR_PROTO])
		ret->proto = nla_get_u8(tb[IPSET_ATTR_PROTO]);
	if (shapes[set->type].ip2 && !parse_ip(tb[IPSET_ATTR_IP2], set->family, &ret->ip2))
		return false;
	if (shapes[set->type].net2)
		ret->plen2 = tb[IPSET_ATTR_CIDR2] ? nla_get_u8(tb[IPSET_ATTR_CIDR2])
						  : ip_bits(&ret->ip2);
	if (set->noted && tb[IPSET_ATTR_COMMENT])
		parse_note(tb[IPSET_ATTR_COMMENT], ret);
	return true;
}

int ipset_msg_list(const struct nlmsghdr *h, struct ipset_image *im)
{
	struct nlattr *tb[IPSET_ATTR_CMD_MAX + 1];
	struct nlattr *a;
	int rem;

	if (!parse_cmd(h, tb))
		return -2;
	nla_strlcpy(im->set.name, tb[IPSET_ATTR_SETNAME], sizeof(im->set.name));
	/* the first message of a set has its header, the others only more of its members */
	if (tb[IPSET_ATTR_DATA])
		im->header = parse_header(tb, &im->set);
	if (!im->header)
		return -2;
	if (!tb[IPSET_ATTR_ADT] || im->set.type == SET_OTHER)
		return 0;
	nla_for_each_nested(a, tb[IPSET_ATTR_ADT], rem)
	{
		struct set_entry *e;

		if (nla_type(a) != IPSET_ATTR_DATA)
			continue;
		e = vec_push(&im->entries);
		if (!e)
			return -1;
		if (!parse_entry(a, &im->set, e))
			return -2;
	}
	return 0;
}
