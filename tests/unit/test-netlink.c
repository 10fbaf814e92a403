/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the kernel: understood when whole, refused without harm when cut off or damaged. */
#include "kernel/conntrack.h"
#include "kernel/ipset.h"
#include "kernel/ipvs.h"
#include "kernel/link.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* A copy of the buffer's first message in memory of exactly its size. */
static struct nlmsghdr *message(const struct nlbuf *b)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)b->b;
	struct nlmsghdr *copy;

	ck_assert(!b->failed && b->n == 1);
	copy = malloc(h->nlmsg_len);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, h, h->nlmsg_len);
	return copy;
}

/* Every kind of reader on one message; none may touch anything beyond it. */
static void read_anyhow(const struct nlmsghdr *h)
{
	struct ipset_image im = {.header = false};
	struct ipvs_timeouts t;
	struct link_address a;
	struct link_info l;
	struct ipaddr src;
	struct vserver vs;
	struct rserver rs;
	struct ct_flow f;
	char text[NL_TEXT_MAX];
	char name[SET_NAME_MAX];
	int error;

	(void)ipvs_parse_service(h, &vs);
	(void)ipvs_parse_dest(h, 4, &rs);
	(void)ipvs_parse_timeouts(h, &t);
	(void)conntrack_parse_flow(h, &f);
	(void)link_parse_addr(h, &a);
	(void)link_parse_link(h, &l);
	(void)link_parse_route(h, &src);
	(void)ipset_msg_name(h, name);
	(void)ipset_msg_list(h, &im);
	(void)nl_parse_error(h, &error, text);
	ck_assert_uint_lt(strlen(text), sizeof(text));
	vec_free(&im.entries);
}

/* The message cut off at each length, and with each byte damaged in several ways. */
static void damage(const struct nlmsghdr *whole)
{
	static const unsigned char masks[] = {0x01, 0x04, 0x80, 0xff};

	for (uint32_t len = NLMSG_HDRLEN; len <= whole->nlmsg_len; len++) {
		struct nlmsghdr *h = malloc(len);

		ck_assert_ptr_nonnull(h);
		memcpy(h, whole, len);
		h->nlmsg_len = len;
		read_anyhow(h);
		free(h);
	}
	for (uint32_t at = NLMSG_HDRLEN; at < whole->nlmsg_len; at++)
		for (size_t m = 0; m < sizeof(masks); m++) {
			struct nlmsghdr *h = malloc(whole->nlmsg_len);

			ck_assert_ptr_nonnull(h);
			memcpy(h, whole, whole->nlmsg_len);
			((unsigned char *)h)[at] ^= masks[m];
			read_anyhow(h);
			free(h);
		}
}

static struct ipaddr ip_of(const char *text)
{
	struct ipaddr ip;

	ck_assert(ip_parse(text, &ip, NULL));
	return ip;
}

static void vserver_there_and_back(struct vserver want)
{
	struct nlbuf b = {0};
	struct nlmsghdr *h;
	struct vserver got;

	ipvs_put_service(&b, 30, IPVS_CMD_NEW_SERVICE, &want, true);
	h = message(&b);
	ck_assert(ipvs_parse_service(h, &got));
	ck_assert_int_eq(vs_key_cmp(&got.key, &want.key), 0);
	ck_assert_str_eq(got.sched, want.sched);
	ck_assert_str_eq(got.pe, want.pe);
	ck_assert_uint_eq(got.flags, want.flags & ~(uint32_t)VS_HASHED);
	ck_assert_uint_eq(got.timeout_sec, want.timeout_sec);
	ck_assert_uint_eq(got.netmask, want.netmask);
	ck_assert(!got.ours);
	damage(h);
	free(h);
	nlbuf_free(&b);
}

START_TEST(virtual_servers)
{
	struct vserver v4 = {
		.key = {.family = 4, .proto = PROTO_TCP, .port = 443, .ip = ip_of("10.96.0.1")},
		.sched = "wrr",
		.flags = VS_PERSISTENT | VS_HASHED,
		.timeout_sec = 10800,
		.netmask = 24,
	};
	struct vserver v6 = {
		.key = {.family = 6, .proto = PROTO_UDP, .port = 53, .ip = ip_of("fd00:96::a")},
		.sched = "mh",
		.flags = VS_SCHED2,
		.netmask = 128,
	};
	struct vserver mark = {
		.key = {.family = 6, .fwmark = 0x80001},
		.sched = "0123456789abcde",
		.pe = "sip",
		.netmask = 64,
	};

	vserver_there_and_back(v4);
	v4.netmask = 0;
	vserver_there_and_back(v4);
	v4.netmask = 32;
	vserver_there_and_back(v4);
	vserver_there_and_back(v6);
	vserver_there_and_back(mark);
}
END_TEST

START_TEST(real_servers)
{
	struct vs_key key = {
		.family = 4, .proto = PROTO_SCTP, .port = 80, .ip = ip_of("10.96.0.1")};
	struct rserver want = {
		.ip = ip_of("fd00::7"), /* a tunnel may lead into the other family */
		.port = 65535,
		.fwd = FWD_TUNNEL,
		.tun_type = 1,
		.tun_port = 6080,
		.tun_flags = 1,
		.weight = 65536,
		.upper_threshold = 1000,
		.lower_threshold = 10,
	};
	struct rserver got;
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	ipvs_put_dest(&b, 30, IPVS_CMD_NEW_DEST, &key, &want, true);
	h = message(&b);
	ck_assert(ipvs_parse_dest(h, 4, &got));
	ck_assert_mem_eq(&got, &want, sizeof(got));
	damage(h);
	free(h);
	nlbuf_free(&b);
}
END_TEST

START_TEST(time_outs)
{
	struct ipvs_timeouts want = {.tcp_sec = 900, .tcp_fin_sec = 120, .udp_sec = 300};
	struct ipvs_timeouts got = {0};
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	ipvs_put_timeouts(&b, 30, &want);
	h = message(&b);
	ck_assert(ipvs_parse_timeouts(h, &got));
	ck_assert_mem_eq(&got, &want, sizeof(got));
	damage(h);
	free(h);
	nlbuf_free(&b);
}
END_TEST

static void address_there_and_back(const char *text)
{
	struct ipaddr ip = ip_of(text);
	struct link_address got;
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	link_put_addr(&b, true, 7, &ip);
	h = message(&b);
	ck_assert(link_parse_addr(h, &got));
	ck_assert_int_eq(got.index, 7);
	ck_assert_int_eq(got.plen, ip_bits(&ip));
	ck_assert_int_eq(ip_cmp(&got.ip, &ip), 0);
	damage(h);
	free(h);
	nlbuf_free(&b);
}

START_TEST(addresses)
{
	address_there_and_back("10.96.0.1");
	address_there_and_back("fd00:96::1");
}
END_TEST

START_TEST(links)
{
	struct link_info got;
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	link_put_add(&b, "kube-ipvs0");
	h = message(&b);
	ck_assert(!link_parse_link(h, &got)); /* no index: nothing that exists */
	((struct ifinfomsg *)NLMSG_DATA(h))->ifi_index = 9;
	ck_assert(link_parse_link(h, &got));
	ck_assert_int_eq(got.index, 9);
	ck_assert_str_eq(got.name, "kube-ipvs0");
	ck_assert(got.dummy);
	ck_assert(!got.up);
	((struct ifinfomsg *)NLMSG_DATA(h))->ifi_flags = IFF_UP;
	ck_assert(link_parse_link(h, &got));
	ck_assert(got.up);
	damage(h);
	free(h);
	nlbuf_free(&b);
}
END_TEST

static void source_of_route(const char *to, const char *src)
{
	struct ipaddr ip = ip_of(to);
	struct ipaddr want = ip_of(src);
	struct ipaddr got;
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	link_put_get_route(&b, &ip);
	nlbuf_put(&b, RTA_PREFSRC, want.b, want.family == 6 ? 16 : 4);
	h = message(&b);
	ck_assert(!link_parse_route(h, &got)); /* a question is no answer */
	h->nlmsg_type = RTM_NEWROUTE;
	ck_assert(link_parse_route(h, &got));
	ck_assert_int_eq(ip_cmp(&got, &want), 0);
	damage(h);
	free(h);
	nlbuf_free(&b);
}

START_TEST(routes)
{
	source_of_route("192.0.2.1", "192.168.64.10");
	source_of_route("2001:db8::1", "fd00:64::10");
}
END_TEST

/* ---- sets ---- */

static void put_header(struct nlbuf *b, const char *name)
{
	struct nfgenmsg m = {.nfgen_family = AF_INET};

	nlbuf_msg(b, NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST, NLM_F_MULTI, &m, sizeof(m));
	nlbuf_u8(b, IPSET_ATTR_PROTOCOL, 7);
	nlbuf_str(b, IPSET_ATTR_SETNAME, name);
}

static void put_type(struct nlbuf *b, const char *type, uint8_t af, uint32_t maxelem)
{
	size_t nest;

	nlbuf_str(b, IPSET_ATTR_TYPENAME, type);
	nlbuf_u8(b, IPSET_ATTR_FAMILY, af);
	nlbuf_u8(b, IPSET_ATTR_REVISION, 5);
	nest = nlbuf_nest(b, IPSET_ATTR_DATA);
	nlbuf_u32(b, IPSET_ATTR_HASHSIZE | NLA_F_NET_BYTEORDER, htonl(1024));
	nlbuf_u32(b, IPSET_ATTR_MAXELEM | NLA_F_NET_BYTEORDER, htonl(maxelem));
	nlbuf_nest_end(b, nest);
}

static void put_ip(struct nlbuf *b, uint16_t type, const char *text)
{
	struct ipaddr ip = ip_of(text);
	size_t nest = nlbuf_nest(b, type);

	if (ip.family == 6)
		nlbuf_put(b, IPSET_ATTR_IPADDR_IPV6 | NLA_F_NET_BYTEORDER, ip.b, 16);
	else
		nlbuf_put(b, IPSET_ATTR_IPADDR_IPV4 | NLA_F_NET_BYTEORDER, ip.b, 4);
	nlbuf_nest_end(b, nest);
}

static void put_element(struct nlbuf *b, const char *ip, uint16_t port, const char *ip2,
			uint8_t cidr2)
{
	size_t nest = nlbuf_nest(b, IPSET_ATTR_DATA);

	if (ip)
		put_ip(b, IPSET_ATTR_IP, ip);
	if (port)
		nlbuf_u16(b, IPSET_ATTR_PORT | NLA_F_NET_BYTEORDER, htons(port));
	if (ip && port)
		nlbuf_u8(b, IPSET_ATTR_PROTO, PROTO_TCP);
	if (ip2)
		put_ip(b, IPSET_ATTR_IP2, ip2);
	if (cidr2)
		nlbuf_u8(b, IPSET_ATTR_CIDR2, cidr2);
	nlbuf_nest_end(b, nest);
}

START_TEST(set_of_networks)
{
	struct ipset_image im = {.header = false};
	struct nlbuf b = {0};
	struct nlmsghdr *h;
	char name[SET_NAME_MAX];
	size_t adt;

	put_header(&b, "KUBE-6-LOAD-BALANCER-SOURCE-CID");
	put_type(&b, "hash:ip,port,net", AF_INET6, 65536);
	adt = nlbuf_nest(&b, IPSET_ATTR_ADT);
	put_element(&b, "fd00:96::1", 443, "2001:db8::", 32);
	put_element(&b, "fd00:96::1", 443, "2001:db8::7", 0);
	nlbuf_nest_end(&b, adt);
	h = message(&b);
	ck_assert(ipset_msg_name(h, name));
	ck_assert_str_eq(name, "KUBE-6-LOAD-BALANCER-SOURCE-CID");
	ck_assert_int_eq(ipset_msg_list(h, &im), 0);
	ck_assert_int_eq(im.set.type, SET_HASH_IP_PORT_NET);
	ck_assert_int_eq(im.set.family, 6);
	ck_assert_uint_eq(im.set.maxelem, 65536);
	ck_assert_uint_eq(im.set.hashsize, 1024);
	ck_assert_uint_eq(im.entries.n, 2);
	ck_assert_int_eq(im.entries.v[0].plen2, 32);
	ck_assert_int_eq(im.entries.v[1].plen2, 128);
	ck_assert_int_eq(im.entries.v[0].port, 443);
	ck_assert_int_eq(im.entries.v[0].proto, PROTO_TCP);
	damage(h);
	free(h);

	/* a further message of the same set has members only */
	nlbuf_reset(&b);
	put_header(&b, "KUBE-6-LOAD-BALANCER-SOURCE-CID");
	adt = nlbuf_nest(&b, IPSET_ATTR_ADT);
	put_element(&b, "fd00:96::2", 80, "fd00::", 8);
	nlbuf_nest_end(&b, adt);
	h = message(&b);
	ck_assert_int_eq(ipset_msg_list(h, &im), 0);
	ck_assert_uint_eq(im.entries.n, 3);
	free(h);
	vec_free(&im.entries);
	im.header = false; /* without a header before it, it says nothing */
	h = message(&b);
	ck_assert_int_lt(ipset_msg_list(h, &im), 0);
	free(h);
	vec_free(&im.entries);
	nlbuf_free(&b);
}
END_TEST

START_TEST(set_of_ports)
{
	static const uint16_t ranges[] = {0, 1};

	for (size_t i = 0; i < 2; i++) {
		struct ipset_image im = {.header = false};
		struct nlbuf b = {0};
		struct nlmsghdr *h;
		size_t nest;

		put_header(&b, "KUBE-NODE-PORT-TCP");
		nlbuf_str(&b, IPSET_ATTR_TYPENAME, "bitmap:port");
		nlbuf_u8(&b, IPSET_ATTR_FAMILY, 0);
		nest = nlbuf_nest(&b, IPSET_ATTR_DATA);
		nlbuf_u16(&b, IPSET_ATTR_PORT_FROM | NLA_F_NET_BYTEORDER, htons(ranges[i]));
		nlbuf_u16(&b, IPSET_ATTR_PORT_TO | NLA_F_NET_BYTEORDER, htons(65535));
		nlbuf_nest_end(&b, nest);
		nest = nlbuf_nest(&b, IPSET_ATTR_ADT);
		put_element(&b, NULL, 30080, NULL, 0);
		nlbuf_nest_end(&b, nest);
		h = message(&b);
		ck_assert_int_eq(ipset_msg_list(h, &im), 0);
		/* one of another range is not what we make */
		ck_assert_int_eq(im.set.type, i ? SET_OTHER : SET_BITMAP_PORT);
		ck_assert_uint_eq(im.entries.n, i ? 0 : 1);
		damage(h);
		free(h);
		vec_free(&im.entries);
		nlbuf_free(&b);
	}
}
END_TEST

START_TEST(set_of_foreign_type)
{
	struct ipset_image im = {.header = false};
	struct nlbuf b = {0};
	struct nlmsghdr *h;

	put_header(&b, "KUBE-CLUSTER-IP");
	put_type(&b, "hash:mac", 0, 10);
	h = message(&b);
	ck_assert_int_eq(ipset_msg_list(h, &im), 0);
	ck_assert_int_eq(im.set.type, SET_OTHER);
	free(h);
	nlbuf_free(&b);
}
END_TEST

START_TEST(temporary_names)
{
	char name[SET_NAME_MAX];

	ipset_temp_name("KUBE-", "KUBE-6-LOAD-BALANCER-SOURCE-CID", name);
	ck_assert_uint_lt(strlen(name), SET_NAME_MAX);
	ck_assert(ipset_is_temp("KUBE-", name));
	ck_assert(!ipset_is_temp("OTHER-", name));
	ck_assert(!ipset_is_temp("KUBE-", "KUBE-TMP-"));
	ck_assert(!ipset_is_temp("KUBE-", "KUBE-TMP-0123456z"));
	ck_assert(!ipset_is_temp("KUBE-", "KUBE-TMP-012345678"));
	ck_assert(!ipset_is_temp("KUBE-", "KUBE-CLUSTER-IP"));
}
END_TEST

/* ---- tracked flows ---- */

static size_t put_tuple(struct nlbuf *b, uint16_t type, uint8_t proto, const char *src,
			uint16_t sport, const char *dst, uint16_t dport)
{
	struct ipaddr from = ip_of(src);
	struct ipaddr to = ip_of(dst);
	bool v6 = from.family == 6;
	size_t nest = nlbuf_nest(b, type);
	size_t part = nlbuf_nest(b, CTA_TUPLE_IP);

	nlbuf_put(b, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, from.b, v6 ? 16 : 4);
	nlbuf_put(b, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, to.b, v6 ? 16 : 4);
	nlbuf_nest_end(b, part);
	part = nlbuf_nest(b, CTA_TUPLE_PROTO);
	nlbuf_u8(b, CTA_PROTO_NUM, proto);
	nlbuf_u16(b, CTA_PROTO_SRC_PORT, htons(sport));
	nlbuf_u16(b, CTA_PROTO_DST_PORT, htons(dport));
	nlbuf_nest_end(b, part);
	return nest;
}

static void put_flow(struct nlbuf *b, uint8_t proto, bool v6)
{
	struct nfgenmsg m = {.nfgen_family = v6 ? AF_INET6 : AF_INET};

	nlbuf_msg(b, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, NLM_F_MULTI, &m, sizeof(m));
	nlbuf_nest_end(b, put_tuple(b, CTA_TUPLE_ORIG, proto, v6 ? "fd00::64" : "192.0.2.1", 4000,
				    v6 ? "fd00:96::a" : "10.96.0.10", 53));
	nlbuf_nest_end(b, put_tuple(b, CTA_TUPLE_REPLY, proto, v6 ? "fd00:1::2" : "10.1.0.2", 5353,
				    v6 ? "fd00:1::1" : "10.1.0.254", 61000));
}

START_TEST(flows)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct nlbuf b = {0};
		struct flow_key key;
		struct nlmsghdr *h;
		struct ct_flow f;

		put_flow(&b, PROTO_UDP, v6);
		nlbuf_u16(&b, CTA_ZONE, htons(7));
		nlbuf_u32(&b, CTA_ID, htonl(0x12345678));
		h = message(&b);
		ck_assert(conntrack_parse_flow(h, &f));
		key = conntrack_flow_key(&f);
		ck_assert_int_eq(key.vip.family, v6 ? 6 : 4);
		ck_assert_uint_eq(key.port, 53);
		ck_assert_uint_eq(key.real_port, 5353);
		ck_assert_uint_eq(f.orig.sport, 4000);
		ck_assert_uint_eq(f.zone, 7);
		ck_assert(!f.zone_orig);
		ck_assert_uint_eq(f.id, htonl(0x12345678));
		damage(h);
		free(h);
		nlbuf_free(&b);
	}
}
END_TEST

START_TEST(flows_of_other_protocols_and_half_ones)
{
	struct nlbuf b = {0};
	struct nlmsghdr *h;
	struct ct_flow f;

	put_flow(&b, PROTO_TCP, false);
	h = message(&b);
	ck_assert(!conntrack_parse_flow(h, &f));
	free(h);
	nlbuf_reset(&b);
	put_flow(&b, PROTO_UDP, false);
	h = message(&b);
	h->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	ck_assert(!conntrack_parse_flow(h, &f));
	free(h);
	nlbuf_free(&b);
}
END_TEST

/* The attributes of a request, and whether it has a tuple of that type with both addresses. */
static bool names_whole_tuple(const struct nlmsghdr *h, int type, struct nlattr **tb)
{
	struct nlattr *tuple[CTA_TUPLE_MAX + 1];
	struct nlattr *ip[CTA_IP_MAX + 1];

	ck_assert(nl_parse_attrs(h, sizeof(struct nfgenmsg), tb, CTA_MAX, NULL));
	return tb[type] && !nla_parse_nested(tuple, CTA_TUPLE_MAX, tb[type], NULL) &&
	       tuple[CTA_TUPLE_PROTO] && tuple[CTA_TUPLE_IP] &&
	       !nla_parse_nested(ip, CTA_IP_MAX, tuple[CTA_TUPLE_IP], NULL) &&
	       ((ip[CTA_IP_V4_SRC] && ip[CTA_IP_V4_DST]) ||
		(ip[CTA_IP_V6_SRC] && ip[CTA_IP_V6_DST]));
}

START_TEST(a_flow_is_deleted_by_its_whole_tuple_and_number)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct nlattr *tb[CTA_MAX + 1];
		struct nlbuf b = {0};
		struct nlbuf del = {0};
		struct nlmsghdr *h;
		struct ct_flow f;

		put_flow(&b, PROTO_UDP, v6);
		nlbuf_u32(&b, CTA_ID, 77);
		h = message(&b);
		ck_assert(conntrack_parse_flow(h, &f));
		free(h);
		conntrack_put_delete(&del, &f);
		h = message(&del);
		ck_assert_uint_eq(h->nlmsg_type, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
		ck_assert(names_whole_tuple(h, CTA_TUPLE_ORIG, tb));
		ck_assert_uint_eq(nla_get_u32(tb[CTA_ID]), 77);
		ck_assert_ptr_null(tb[CTA_ZONE]);
		free(h);
		nlbuf_free(&b);
		nlbuf_free(&del);
	}
}
END_TEST

/* ---- errors ---- */

/* A message of an error as the kernel sends it with a capped echo of the request. */
static void put_error(struct nlbuf *b, int error, uint16_t flags, const char *text)
{
	struct nlmsgerr e = {.error = error, .msg = {.nlmsg_len = 200}};

	nlbuf_msg(b, NLMSG_ERROR, flags, &e, sizeof(e));
	if (text)
		nlbuf_put(b, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
}

START_TEST(errors)
{
	struct nlbuf b = {0};
	struct nlmsghdr *h;
	char text[NL_TEXT_MAX];
	char longer[3 * NL_TEXT_MAX];
	int error;

	put_error(&b, -IPSET_ERR_BUSY, NLM_F_CAPPED | NLM_F_ACK_TLVS, "in\nuse");
	h = message(&b);
	ck_assert(nl_parse_error(h, &error, text));
	ck_assert_int_eq(error, IPSET_ERR_BUSY); /* beyond any errno, and kept */
	ck_assert_str_eq(text, "in use");
	damage(h);
	free(h);

	/* the echo is not there although its length says so */
	nlbuf_reset(&b);
	put_error(&b, -EINVAL, NLM_F_ACK_TLVS, "not where it should be");
	h = message(&b);
	ck_assert(nl_parse_error(h, &error, text));
	ck_assert_int_eq(error, EINVAL);
	ck_assert_str_eq(text, "");
	free(h);

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	nlbuf_reset(&b);
	put_error(&b, 0, NLM_F_CAPPED | NLM_F_ACK_TLVS, longer);
	h = message(&b);
	ck_assert(nl_parse_error(h, &error, text));
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(strlen(text), NL_TEXT_MAX - 1);
	h->nlmsg_len = NLMSG_HDRLEN + 2;
	ck_assert(!nl_parse_error(h, &error, text));
	h->nlmsg_type = NLMSG_DONE; /* has no number in older kernels */
	ck_assert(nl_parse_error(h, &error, text));
	ck_assert_int_eq(error, 0);
	free(h);
	nlbuf_free(&b);
}
END_TEST

START_TEST(too_long)
{
	struct nlbuf b = {0};
	struct nfgenmsg m = {.nfgen_family = AF_INET};
	unsigned char kib[1024] = {0};
	size_t nest;

	nlbuf_msg(&b, 1, 0, &m, sizeof(m));
	nest = nlbuf_nest(&b, 1);
	for (int i = 0; i < 64; i++)
		nlbuf_put(&b, 2, kib, sizeof(kib));
	ck_assert(!b.failed);
	nlbuf_nest_end(&b, nest); /* an attribute has 16 bits for its length */
	ck_assert(b.failed);
	nlbuf_reset(&b);
	ck_assert(!b.failed);
	nlbuf_msg(&b, 1, 0, &m, sizeof(m));
	nlbuf_put(&b, 2, kib, 65536);
	ck_assert(b.failed);
	nlbuf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("netlink");
	TCase *t = tcase_create("answers");
	SRunner *r;
	int failed;

	tcase_add_test(t, virtual_servers);
	tcase_add_test(t, real_servers);
	tcase_add_test(t, time_outs);
	tcase_add_test(t, addresses);
	tcase_add_test(t, links);
	tcase_add_test(t, routes);
	tcase_add_test(t, set_of_networks);
	tcase_add_test(t, set_of_ports);
	tcase_add_test(t, set_of_foreign_type);
	tcase_add_test(t, temporary_names);
	tcase_add_test(t, flows);
	tcase_add_test(t, flows_of_other_protocols_and_half_ones);
	tcase_add_test(t, a_flow_is_deleted_by_its_whole_tuple_and_number);
	tcase_add_test(t, errors);
	tcase_add_test(t, too_long);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
