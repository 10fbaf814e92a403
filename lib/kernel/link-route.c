/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the node itself asks of a service address has that address as its source while it is the
 * node's, and would end with it. So before addresses go, routes of our own give what begins from
 * then on a source that stays, and what is under way its time: that of an IPv4 address comes before
 * the kernel's, and goes in one message with the address; an IPv6 one, before whose own route none
 * can come, gets a second one by which it stays local when it is no address any more, and which
 * expires should nobody be left to remove it.
 *
 * All of this is a courtesy to requests under way: what is refused here fails nothing.
 */
#include "kernel/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define LOOPBACK	  1 /* the index of lo in every namespace: LOOPBACK_IFINDEX of the kernel */
#define ROUTE_EXPIRES_SEC 60

/* By these the kernel tells our routes from those that somebody else has made to the same address:
 * a protocol that linux/rtnetlink.h gives nobody, and a metric (IPv6) that nobody falls upon. */
#define ROUTE_PROTOCOL 118
#define ROUTE_METRIC   29558

/* Addresses that nobody has (RFC 5737, RFC 3849): how the node reaches them is how it reaches
 * whatever is elsewhere. */
static const struct ipaddr elsewhere[] = {
	{.family = 4, .b = {192, 0, 2, 1}},
	{.family = 6, .b = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
};

static size_t ip_len(const struct ipaddr *ip)
{
	return ip->family == 6 ? 16 : 4;
}

void link_put_get_route(struct nlbuf *b, const struct ipaddr *to)
{
	struct rtmsg m = {
		.rtm_family = to->family == 6 ? AF_INET6 : AF_INET,
		.rtm_dst_len = ip_bits(to),
	};

	nlbuf_msg(b, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK, &m, sizeof(m));
	nlbuf_put(b, RTA_DST, to->b, ip_len(to));
}

bool link_parse_route(const struct nlmsghdr *h, struct ipaddr *ret)
{
	struct nlattr *tb[RTA_PREFSRC + 1];
	struct rtmsg m;
	size_t len;

	if (h->nlmsg_type != RTM_NEWROUTE || !nl_parse_attrs(h, sizeof(m), tb, RTA_PREFSRC, NULL))
		return false;
	memcpy(&m, (const unsigned char *)h + NLMSG_HDRLEN, sizeof(m));
	if (m.rtm_family != AF_INET && m.rtm_family != AF_INET6)
		return false;
	len = m.rtm_family == AF_INET6 ? 16 : 4;
	if (!tb[RTA_PREFSRC] || (size_t)nla_len(tb[RTA_PREFSRC]) < len)
		return false;
	*ret = (struct ipaddr){.family = m.rtm_family == AF_INET6 ? 6 : 4};
	memcpy(ret->b, nla_data(tb[RTA_PREFSRC]), len);
	return true;
}

/* The beginning of a message about our local route to ip. */
static void begin_route(struct nlbuf *b, uint16_t type, uint16_t flags, int index,
			const struct ipaddr *ip)
{
	bool v6 = ip->family == 6;
	struct rtmsg m = {
		.rtm_family = v6 ? AF_INET6 : AF_INET,
		.rtm_dst_len = ip_bits(ip),
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = ROUTE_PROTOCOL,
		.rtm_scope = v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST,
		.rtm_type = RTN_LOCAL,
	};

	nlbuf_msg(b, type, NLM_F_REQUEST | flags, &m, sizeof(m));
	nlbuf_put(b, RTA_DST, ip->b, ip_len(ip));
	nlbuf_u32(b, RTA_OIF, (uint32_t)(v6 ? LOOPBACK : index));
	if (v6)
		nlbuf_u32(b, RTA_PRIORITY, ROUTE_METRIC);
}

/* Without NLM_F_APPEND the kernel puts it before others to an IPv4 address. */
static void put_route(struct nlbuf *b, int index, const struct ipaddr *ip, const struct ipaddr *src)
{
	begin_route(b, RTM_NEWROUTE, NLM_F_CREATE, index, ip);
	if (src->family)
		nlbuf_put(b, RTA_PREFSRC, src->b, ip_len(src));
	if (ip->family == 6)
		nlbuf_u32(b, RTA_EXPIRES, ROUTE_EXPIRES_SEC);
}

void link_put_drop_route(struct nlbuf *b, int index, const struct ipaddr *ip)
{
	begin_route(b, RTM_DELROUTE, 0, index, ip);
}

static int take_source(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct ipaddr *src = data;

	(void)reterr;
	if (!h || !link_parse_route(h, src))
		src->family = 0;
	return 0;
}

static bool has_addr(const struct svclb_state *st, const struct ipaddr *ip)
{
	for (size_t i = 0; i < st->addrs.n; i++)
		if (!ip_cmp(&st->addrs.v[i].ip, ip))
			return true;
	return false;
}

/* For want of a route to elsewhere: the first address that others may know. */
static int first_source(struct link_backend *l, uint8_t family, struct ipaddr *ret,
			struct svclb_error **reterr)
{
	node_address_vec all = {0};
	int rc = link_addresses(&l->b, &all, reterr);

	for (size_t i = 0; i < all.n && !ret->family; i++) {
		const struct ipaddr *ip = &all.v[i].ip;

		if (ip->family == family && !ip_is_loopback(ip) && !ip_is_link_local(ip))
			*ret = *ip;
	}
	vec_free(&all);
	return rc;
}

/* The node's source address towards the rest of the world; family 0: it has none that stays. */
static int find_source(struct link_backend *l, const struct ipaddr *to,
		       const struct svclb_state *going, struct ipaddr *ret,
		       struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	ret->family = 0;
	link_put_get_route(&buf, to);
	rc = nl_request(l->nl, &buf, take_source, ret, &error, reterr);
	nlbuf_free(&buf);
	if (error || has_addr(going, ret))
		ret->family = 0;
	if (!rc && !ret->family)
		rc = first_source(l, to->family, ret, reterr);
	return rc;
}

/* Sends what has gathered. Refusals are nobody's concern. */
static int flush(struct link_backend *l, struct nlbuf *buf, struct svclb_error **reterr)
{
	int errors[NL_PACK_MAX];
	char words[NL_TEXT_MAX];
	int rc = buf->n ? nl_batch(l->nl, buf, errors, words, NULL, reterr) : 0;

	nlbuf_reset(buf);
	return rc;
}

static int each_addr(struct link_backend *l, const struct svclb_state *going, bool make, int index,
		     struct nlbuf *buf, struct svclb_error **reterr)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < going->addrs.n; i++) {
		const struct ipaddr *ip = &going->addrs.v[i].ip;
		const struct ipaddr *src = &l->source[ip->family == 6];

		if (!make)
			link_put_drop_route(buf, index, ip);
		else if (src->family || ip->family == 6)
			put_route(buf, index, ip, src);
		if (buf->n == NL_PACK_MAX)
			rc = flush(l, buf, reterr);
	}
	return rc ? rc : flush(l, buf, reterr);
}

int link_routes(struct link_backend *l, const struct svclb_state *going, bool make, int index,
		struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	int rc = 0;

	for (int i = 0; make && !rc && i < 2; i++)
		rc = find_source(l, &elsewhere[i], going, &l->source[i], reterr);
	if (!rc)
		rc = each_addr(l, going, make, index, &buf, reterr);
	nlbuf_free(&buf);
	return rc;
}
