/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routing netlink messages to and from the link and its addresses. */
#include "kernel/link.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

void link_put_get(struct nlbuf *b, const char *name)
{
	struct ifinfomsg m = {.ifi_family = AF_UNSPEC};

	nlbuf_msg(b, RTM_GETLINK, NLM_F_REQUEST | (name ? NLM_F_ACK : NLM_F_DUMP), &m, sizeof(m));
	if (name)
		nlbuf_str(b, IFLA_IFNAME, name);
}

void link_put_add(struct nlbuf *b, const char *name)
{
	struct ifinfomsg m = {.ifi_family = AF_UNSPEC};
	size_t nest;

	nlbuf_msg(b, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	nlbuf_str(b, IFLA_IFNAME, name);
	nlbuf_u32(b, IFLA_TXQLEN, 0); /* as of kube-proxy's: nothing is sent through it */
	nest = nlbuf_nest(b, IFLA_LINKINFO);
	nlbuf_str(b, IFLA_INFO_KIND, "dummy");
	nlbuf_nest_end(b, nest);
}

void link_put_delete(struct nlbuf *b, int index)
{
	struct ifinfomsg m = {.ifi_family = AF_UNSPEC, .ifi_index = index};

	nlbuf_msg(b, RTM_DELLINK, NLM_F_REQUEST, &m, sizeof(m));
}

void link_put_addr(struct nlbuf *b, bool add, int index, const struct ipaddr *ip)
{
	size_t len = ip->family == 6 ? 16 : 4;
	struct ifaddrmsg m = {
		.ifa_family = ip->family == 6 ? AF_INET6 : AF_INET,
		.ifa_prefixlen = ip_bits(ip),
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)index,
	};

	if (add)
		nlbuf_msg(b, RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));
	else
		nlbuf_msg(b, RTM_DELADDR, NLM_F_REQUEST, &m, sizeof(m));
	nlbuf_put(b, IFA_LOCAL, ip->b, len);
	nlbuf_put(b, IFA_ADDRESS, ip->b, len);
	/* nobody else can have the address on a dummy link, and a tentative one is of no use */
	if (add && ip->family == 6)
		nlbuf_u32(b, IFA_FLAGS, IFA_F_NODAD);
}

void link_put_list_addrs(struct nlbuf *b)
{
	struct ifaddrmsg m = {.ifa_family = AF_UNSPEC};

	nlbuf_msg(b, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &m, sizeof(m));
}

static bool is_dummy(struct nlattr *info)
{
	static const struct nla_policy policy[IFLA_INFO_KIND + 1] = {
		[IFLA_INFO_KIND] = {.type = NLA_STRING},
	};
	struct nlattr *tb[IFLA_INFO_KIND + 1];

	return info && !nla_parse_nested(tb, IFLA_INFO_KIND, info, policy) && tb[IFLA_INFO_KIND] &&
	       !nla_strcmp(tb[IFLA_INFO_KIND], "dummy");
}

bool link_parse_link(const struct nlmsghdr *h, struct link_info *ret)
{
	static const struct nla_policy policy[IFLA_LINKINFO + 1] = {
		[IFLA_IFNAME] = {.type = NLA_STRING, .minlen = 1},
	};
	struct nlattr *tb[IFLA_LINKINFO + 1];
	struct ifinfomsg m;

	if (h->nlmsg_type != RTM_NEWLINK ||
	    !nl_parse_attrs(h, sizeof(m), tb, IFLA_LINKINFO, policy) || !tb[IFLA_IFNAME])
		return false;
	memcpy(&m, (const unsigned char *)h + NLMSG_HDRLEN, sizeof(m));
	*ret = (struct link_info){.index = m.ifi_index,
				  .dummy = is_dummy(tb[IFLA_LINKINFO]),
				  .up = (m.ifi_flags & IFF_UP) != 0};
	nla_strlcpy(ret->name, tb[IFLA_IFNAME], sizeof(ret->name));
	return m.ifi_index > 0;
}

bool link_parse_addr(const struct nlmsghdr *h, struct link_address *ret)
{
	struct nlattr *tb[IFA_LOCAL + 1];
	struct nlattr *a;
	struct ifaddrmsg m;
	size_t len;

	if (h->nlmsg_type != RTM_NEWADDR || !nl_parse_attrs(h, sizeof(m), tb, IFA_LOCAL, NULL))
		return false;
	memcpy(&m, (const unsigned char *)h + NLMSG_HDRLEN, sizeof(m));
	if (m.ifa_family != AF_INET && m.ifa_family != AF_INET6)
		return false;
	/* with a peer, IFA_ADDRESS is the peer's and IFA_LOCAL our own */
	a = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	len = m.ifa_family == AF_INET6 ? 16 : 4;
	if (!a || (size_t)nla_len(a) < len || m.ifa_prefixlen > len * 8)
		return false;
	*ret = (struct link_address){.index = (int)m.ifa_index, .plen = m.ifa_prefixlen};
	ret->ip.family = m.ifa_family == AF_INET6 ? 6 : 4;
	memcpy(ret->ip.b, nla_data(a), len);
	return true;
}
