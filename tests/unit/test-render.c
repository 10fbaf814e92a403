/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text forms of states, and the public view of them. */
#include <stdlib.h>

#include "build-model.h"
#include "model/options.h"
#include "state/names.h"
#include "util/strbuf.h"

static struct ipaddr ip(const char *text)
{
	struct ipaddr ret;

	ck_assert(ip_parse(text, &ret, NULL));
	return ret;
}

static struct svclb_state *new_state(void)
{
	struct svclb_state *st = state_new(options_defaults());

	ck_assert_ptr_nonnull(st);
	return st;
}

static void expect(const struct svclb_state *st, uint32_t format, const char *want)
{
	char *got = NULL;

	ck_assert_int_eq(svclb_state_to_text(st, format, &got, NULL), 0);
	ck_assert_str_eq(got, want);
	svclb_text_free(got);
}

static uint32_t add_vs(struct svclb_state *st, const char *addr, uint8_t proto, uint16_t port,
		       const char *sched, uint32_t flags, uint32_t timeout, uint32_t netmask)
{
	struct vserver vs = {
		.key = {.proto = proto, .port = port, .ip = ip(addr)},
		.flags = flags,
		.timeout_sec = timeout,
		.netmask = netmask,
	};
	int64_t i;

	vs.key.family = vs.key.ip.family;
	(void)snprintf(vs.sched, sizeof(vs.sched), "%s", sched);
	i = state_add_vserver(st, &vs);
	ck_assert_int_ge(i, 0);
	return (uint32_t)i;
}

static void add_mark(struct svclb_state *st, uint8_t family, uint32_t mark)
{
	struct vserver vs = {.key = {.family = family, .fwmark = mark}, .sched = "wrr"};

	ck_assert_int_ge(state_add_vserver(st, &vs), 0);
}

static void add_rs(struct svclb_state *st, const struct rserver *rs)
{
	ck_assert_int_ge(state_add_rserver(st, rs), 0);
}

/* The wanted text is what ipvsadm 1.31 printed for the same objects. */
START_TEST(ipvsadm)
{
	struct svclb_state *st = new_state();
	struct vserver sip = {
		.key = {.family = 4, .proto = PROTO_UDP, .port = 5060, .ip = ip("10.0.0.1")},
		.sched = "rr",
		.pe = "sip",
		.flags = VS_PERSISTENT,
		.timeout_sec = 10,
		.netmask = 32,
	};
	uint32_t a = add_vs(st, "10.0.0.1", PROTO_TCP, 80, "mh",
			    VS_PERSISTENT | VS_SCHED1 | VS_SCHED2, 300, 24);
	uint32_t f;

	add_rs(st, &(struct rserver){.vs = a, .ip = ip("10.1.0.1"), .port = 80, .weight = 3});
	add_rs(st,
	       &(struct rserver){
		       .vs = a, .ip = ip("10.1.0.2"), .port = 80, .weight = 1, .fwd = FWD_DROUTE});
	add_rs(st,
	       &(struct rserver){
		       .vs = a, .ip = ip("10.1.0.3"), .port = 80, .weight = 1, .fwd = FWD_TUNNEL});
	add_rs(st, &(struct rserver){.vs = a,
				     .ip = ip("10.1.0.4"),
				     .port = 80,
				     .weight = 1,
				     .fwd = FWD_TUNNEL,
				     .tun_type = 1,
				     .tun_port = 6080});
	add_rs(st, &(struct rserver){.vs = a,
				     .ip = ip("10.1.0.5"),
				     .port = 80,
				     .weight = 1,
				     .fwd = FWD_TUNNEL,
				     .tun_type = 2,
				     .tun_flags = 1});
	add_rs(st, &(struct rserver){.vs = a,
				     .ip = ip("10.1.0.6"),
				     .port = 80,
				     .weight = 1,
				     .fwd = FWD_TUNNEL,
				     .tun_type = 1,
				     .tun_port = 6080,
				     .tun_flags = 2});
	add_vs(st, "10.0.0.2", PROTO_TCP, 80, "lc", VS_SCHED1 | VS_SCHED3, 0, 32);
	add_vs(st, "10.0.0.1", PROTO_UDP, 53, "rr", VS_ONEPACKET, 0, 32);
	ck_assert_int_ge(state_add_vserver(st, &sip), 0);
	add_vs(st, "fd00::1", PROTO_TCP, 80, "sh", VS_PERSISTENT | VS_SCHED1 | VS_SCHED2, 30, 64);
	f = add_vs(st, "fd00::2", PROTO_SCTP, 80, "rr", 0, 0, 128);
	add_rs(st, &(struct rserver){.vs = f, .ip = ip("fd00::9"), .port = 81});
	add_mark(st, 6, 5);
	add_mark(st, 4, 6);
	ck_assert_int_eq(state_seal(st, NULL), 0);
	expect(st, SVCLB_FORMAT_IPVSADM,
	       "-A -t 10.0.0.1:80 -s mh -p 300 -M 255.255.255.0 -b mh-fallback,mh-port\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 3\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.3:80 -i -w 1 --tun-type ipip\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.4:80 -i -w 1 --tun-type gue --tun-port 6080 "
	       "--tun-nocsum\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.5:80 -i -w 1 --tun-type gre --tun-csum\n"
	       "-a -t 10.0.0.1:80 -r 10.1.0.6:80 -i -w 1 --tun-type gue --tun-port 6080 "
	       "--tun-remcsum\n"
	       "-A -u 10.0.0.1:53 -s rr -o\n"
	       "-A -u 10.0.0.1:5060 -s rr -p 10 --pe sip\n"
	       "-A -t 10.0.0.2:80 -s lc -b flag-1,flag-3\n"
	       "-A -f 6 -s wrr\n"
	       "-A -t [fd00::1]:80 -s sh -p 30 -M 64 -b sh-fallback,sh-port\n"
	       "-A --sctp-service [fd00::2]:80 -s rr\n"
	       "-a --sctp-service [fd00::2]:80 -r [fd00::9]:81 -m -w 0\n"
	       "-A -f 5 -6 -s wrr\n");
	svclb_state_unref(st);
}
END_TEST

static uint32_t add_set(struct svclb_state *st, const char *name, enum set_type type,
			uint8_t family)
{
	struct ipset set = {.type = type, .family = family, .hashsize = 1024, .maxelem = 65536};
	int64_t i;

	(void)snprintf(set.name, sizeof(set.name), "%s", name);
	i = state_add_set(st, &set);
	ck_assert_int_ge(i, 0);
	return (uint32_t)i;
}

static void add_entry(struct svclb_state *st, struct set_entry e)
{
	ck_assert_int_ge(state_add_entry(st, &e), 0);
}

START_TEST(ipset)
{
	struct svclb_state *st = new_state();
	uint32_t net = add_set(st, "A-NET", SET_HASH_IP_PORT_NET, 4);
	uint32_t addr = add_set(st, "B-IP", SET_HASH_IP, 6);
	uint32_t port = add_set(st, "C-PORT", SET_BITMAP_PORT, 0);
	uint32_t pair = add_set(st, "D-PAIR", SET_HASH_IP_PORT, 6);
	uint32_t loop = add_set(st, "E-LOOP", SET_HASH_IP_PORT_IP, 4);

	(void)add_set(st, "F-LIST", SET_OTHER, 0);
	add_entry(st, (struct set_entry){.set = net,
					 .ip = ip("10.0.0.1"),
					 .proto = PROTO_TCP,
					 .port = 80,
					 .ip2 = ip("192.0.2.0"),
					 .plen2 = 24});
	add_entry(st, (struct set_entry){.set = net,
					 .ip = ip("10.0.0.1"),
					 .proto = PROTO_TCP,
					 .port = 80,
					 .ip2 = ip("192.0.2.9"),
					 .plen2 = 32});
	add_entry(st, (struct set_entry){.set = addr, .ip = ip("fd00::1")});
	add_entry(st, (struct set_entry){.set = port, .port = 30080});
	add_entry(st, (struct set_entry){
			      .set = pair, .ip = ip("fd00::1"), .proto = PROTO_SCTP, .port = 80});
	add_entry(st, (struct set_entry){.set = pair, .ip = ip("fd00::1"), .proto = 89, .port = 0});
	add_entry(st, (struct set_entry){.set = loop,
					 .ip = ip("10.0.0.1"),
					 .proto = PROTO_UDP,
					 .port = 53,
					 .ip2 = ip("10.0.0.1")});
	ck_assert_int_eq(state_seal(st, NULL), 0);
	expect(st, SVCLB_FORMAT_IPSET,
	       "create A-NET hash:ip,port,net family inet hashsize 1024 maxelem 65536 "
	       "bucketsize 12\n"
	       "add A-NET 10.0.0.1,tcp:80,192.0.2.0/24\n"
	       "add A-NET 10.0.0.1,tcp:80,192.0.2.9\n"
	       "create B-IP hash:ip family inet6 hashsize 1024 maxelem 65536 bucketsize 12\n"
	       "add B-IP fd00::1\n"
	       "create C-PORT bitmap:port range 0-65535\n"
	       "add C-PORT 30080\n"
	       "create D-PAIR hash:ip,port family inet6 hashsize 1024 maxelem 65536 "
	       "bucketsize 12\n"
	       "add D-PAIR fd00::1,89:0\n"
	       "add D-PAIR fd00::1,sctp:80\n"
	       "create E-LOOP hash:ip,port,ip family inet hashsize 1024 maxelem 65536 "
	       "bucketsize 12\n"
	       "add E-LOOP 10.0.0.1,udp:53,10.0.0.1\n"
	       "create F-LIST unknown\n");
	svclb_state_unref(st);
}
END_TEST

static const struct {
	struct rule rule;
	struct match matches[3];
	uint8_t family;
	const char *text;
} rules[] = {
	{{.target = TARGET_NONE}, {{0}}, 4, "-A C"},
	{{.src = {{4, {10}}, 8},
	  .dst = {{4, {192, 0, 2, 1}}, 32},
	  .dst_invert = true,
	  .in_iface = "veth+",
	  .in_invert = true,
	  .out_iface = "eth0",
	  .proto = PROTO_TCP,
	  .target = TARGET_ACCEPT},
	 {{.type = MATCH_DPORT, .dport = 80}},
	 4,
	 "-A C -s 10.0.0.0/8 ! -d 192.0.2.1/32 ! -i veth+ -o eth0 -p tcp -m tcp --dport 80 "
	 "-j ACCEPT"},
	{{.src = {{4, {0}}, 0}, .proto = 89, .proto_invert = true, .target = TARGET_DROP},
	 {{0}},
	 4,
	 "-A C ! -p 89 -j DROP"},
	{{.target = TARGET_RETURN},
	 {{.type = MATCH_COMMENT, .comment = "word_-1"}},
	 4,
	 "-A C -m comment --comment word_-1 -j RETURN"},
	{{.target = TARGET_RETURN},
	 {{.type = MATCH_COMMENT, .comment = "a \"b\" \\ 'c'"}},
	 4,
	 "-A C -m comment --comment \"a \\\"b\\\" \\\\ \\'c\\'\" -j RETURN"},
	{{.target = TARGET_RETURN},
	 {{.type = MATCH_COMMENT, .comment = ""}},
	 4,
	 "-A C -m comment --comment \"\" -j RETURN"},
	{{.target = TARGET_JUMP, .jump = "D"},
	 {{.type = MATCH_SET,
	   .invert = true,
	   .set = {"S", 3, {SETDIR_DST, SETDIR_DST, SETDIR_SRC}}},
	  {.type = MATCH_ADDRTYPE,
	   .addrtype = ADDRTYPE_SRC_LOCAL | ADDRTYPE_NOT_SRC | ADDRTYPE_DST_LOCAL}},
	 4,
	 "-A C -m set ! --match-set S dst,dst,src -m addrtype ! --src-type LOCAL "
	 "--dst-type LOCAL -j D"},
	{{.target = TARGET_MARK, .mark_value = 0x20, .mark_mask = 0x20},
	 {{.type = MATCH_MARK, .invert = true, .mark = {0x4000, 0x4000}},
	  {.type = MATCH_MARK, .mark = {1, UINT32_MAX}},
	  {.type = MATCH_PHYSDEV_IN, .invert = true}},
	 4,
	 "-A C -m mark ! --mark 0x4000/0x4000 -m mark --mark 0x1 -m physdev ! --physdev-is-in "
	 "-j MARK --set-xmark 0x20/0x20"},
	{{.target = TARGET_REJECT},
	 {{.type = MATCH_CTSTATE, .ctstate = CT_NEW | CT_ESTABLISHED | CT_RELATED | CT_INVALID}},
	 4,
	 "-A C -m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED -j REJECT "
	 "--reject-with icmp-port-unreachable"},
	{{.target = TARGET_REJECT},
	 {{0}},
	 6,
	 "-A C -j REJECT --reject-with icmp6-port-unreachable"},
	{{.target = TARGET_MASQUERADE, .random_fully = true},
	 {{0}},
	 4,
	 "-A C -j MASQUERADE --random-fully"},
	{{.target = TARGET_DNAT,
	  .proto = PROTO_UDP,
	  .dnat_ip = {4, {10, 1, 0, 1}},
	  .dnat_port = 53},
	 {{.type = MATCH_RECENT, .recent = {.name = "R", .set = true}}},
	 4,
	 "-A C -p udp -m recent --set --name R --mask 255.255.255.255 --rsource -j DNAT "
	 "--to-destination 10.1.0.1:53"},
	{{.target = TARGET_DNAT,
	  .proto = PROTO_TCP,
	  .dnat_ip = {6, {0xfd, [15] = 1}},
	  .dnat_port = 80},
	 {{.type = MATCH_RECENT, .recent = {.name = "R", .seconds = 300, .reap = true}}},
	 6,
	 "-A C -p tcp -m recent --rcheck --seconds 300 --reap --name R "
	 "--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -j DNAT "
	 "--to-destination [fd00::1]:80"},
	{{.target = TARGET_JUMP, .jump = "D"},
	 {{.type = MATCH_STATISTIC, .probability = 715827883}},
	 4,
	 "-A C -m statistic --mode random --probability 0.33333333349 -j D"},
	{{.src = {{6, {0xfd, [15] = 7}}, 128}, .target = TARGET_DROP},
	 {{.type = MATCH_IPVS, .ipvs = {{6, {0xfd, [15] = 7}}, PROTO_TCP, 80}}},
	 6,
	 "-A C -s fd00::7/128 -m ipvs --vproto 6 --vaddr fd00::7 --vport 80 -j DROP"},
	{{.target = TARGET_OTHER, .opaque = true},
	 {{.type = MATCH_OTHER}},
	 4,
	 "-A C -m unknown -j unknown"},
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

START_TEST(rule)
{
	struct chain c = {.family = rules[_i].family, .table = TABLE_NAT, .name = "C"};
	struct svclb_state *st = new_state();
	struct strbuf b = {0};
	size_t n = 0;
	int64_t i = state_add_chain(st, &c);
	struct rule r = rules[_i].rule;

	ck_assert_int_ge(i, 0);
	r.chain = (uint32_t)i;
	while (n < 3 && rules[_i].matches[n].type)
		n++;
	ck_assert_int_ge(state_add_rule(st, &r, rules[_i].matches, n), 0);
	ck_assert_int_eq(state_seal(st, NULL), 0);
	rule_text(&b, st, &st->chains.v[0], &st->rules.v[0]);
	ck_assert_str_eq(b.s, rules[_i].text);
	strbuf_free(&b);
	svclb_state_unref(st);
}
END_TEST

/* One of everything, with origins. */
static struct svclb_state *small_state(void)
{
	struct svclb_state *st = new_state();
	struct chain c = {.family = 4, .table = TABLE_MANGLE, .name = "KUBE-X"};
	struct chain out = {.family = 4, .table = TABLE_MANGLE, .builtin = true, .name = "OUTPUT"};
	struct link_addr addr = {.ip = ip("fd00::1")};
	struct vserver vs = {
		.key = {.family = 4, .proto = PROTO_TCP, .port = 80, .ip = ip("10.0.0.1")},
		.sched = "mh",
		.flags = VS_PERSISTENT | VS_SCHED2,
		.timeout_sec = 300,
		.netmask = 32,
		.ours = true,
	};
	struct rule jump = {.target = TARGET_JUMP, .jump = "KUBE-X"};
	struct rule drop = {.target = TARGET_DROP};
	int64_t i = state_add_origin(st, &(struct origin){.object = "Service default/web port http",
							  .file = "web.yaml",
							  .at = {.line = 14, .column = 5}});

	vs.origin = (origin_id)i;
	i = state_add_vserver(st, &vs);
	add_rs(st, &(struct rserver){.vs = (uint32_t)i,
				     .ip = ip("10.1.0.1"),
				     .port = 8080,
				     .weight = 1,
				     .active_conns = 2,
				     .inactive_conns = 3});
	add_rs(st,
	       &(struct rserver){
		       .vs = (uint32_t)i, .ip = ip("10.1.0.2"), .port = 8080, .fwd = FWD_DROUTE});
	add_entry(st, (struct set_entry){.set = add_set(st, "KUBE-IPVS-IPS", SET_HASH_IP, 4),
					 .ip = ip("10.0.0.1")});
	jump.chain = (uint32_t)state_add_chain(st, &out);
	drop.chain = (uint32_t)state_add_chain(st, &c);
	ck_assert_int_ge(state_add_rule(st, &jump, NULL, 0), 0);
	ck_assert_int_ge(state_add_rule(st, &drop, NULL, 0), 0);
	ck_assert_int_ge(state_add_addr(st, &addr), 0);
	ck_assert_int_ge(state_add_sysctl(st, "net.ipv4.ip_forward", "1"), 0);
	st->link = true;
	st->timeouts_given = true;
	st->timeouts.tcp_sec = 900;
	ck_assert_int_eq(state_seal(st, NULL), 0);
	return st;
}

START_TEST(json)
{
	struct svclb_state *st = small_state();

	expect(st, SVCLB_FORMAT_JSON,
	       "{\n"
	       "  \"apiVersion\": \"svclb.io/v1alpha1\",\n"
	       "  \"kind\": \"State\",\n"
	       "  \"formatVersion\": \"1.0\",\n"
	       "  \"virtualServers\": [\n"
	       "    {\n"
	       "      \"family\": \"IPv4\",\n"
	       "      \"address\": \"10.0.0.1\",\n"
	       "      \"port\": 80,\n"
	       "      \"protocol\": \"TCP\",\n"
	       "      \"scheduler\": \"mh\",\n"
	       "      \"schedulerFlags\": \"mh-port\",\n"
	       "      \"persistenceSeconds\": 300,\n"
	       "      \"persistencePrefix\": 32,\n"
	       "      \"ours\": true,\n"
	       "      \"origin\": {\n"
	       "        \"object\": \"Service default/web port http\",\n"
	       "        \"file\": \"web.yaml\",\n"
	       "        \"line\": 14,\n"
	       "        \"column\": 5\n"
	       "      },\n"
	       "      \"realServers\": [\n"
	       "        {\n"
	       "          \"address\": \"10.1.0.1\",\n"
	       "          \"port\": 8080,\n"
	       "          \"forwarding\": \"masquerade\",\n"
	       "          \"weight\": 1,\n"
	       "          \"activeConnections\": 2,\n"
	       "          \"inactiveConnections\": 3\n"
	       "        },\n"
	       "        {\n"
	       "          \"address\": \"10.1.0.2\",\n"
	       "          \"port\": 8080,\n"
	       "          \"forwarding\": \"route\",\n"
	       "          \"weight\": 0\n"
	       "        }\n"
	       "      ]\n"
	       "    }\n"
	       "  ],\n"
	       "  \"sets\": [\n"
	       "    {\n"
	       "      \"name\": \"KUBE-IPVS-IPS\",\n"
	       "      \"type\": \"hash:ip\",\n"
	       "      \"family\": \"IPv4\",\n"
	       "      \"maxElements\": 65536,\n"
	       "      \"entries\": [\n"
	       "        \"10.0.0.1\"\n"
	       "      ]\n"
	       "    }\n"
	       "  ],\n"
	       "  \"chains\": [\n"
	       "    {\n"
	       "      \"family\": \"IPv4\",\n"
	       "      \"table\": \"mangle\",\n"
	       "      \"name\": \"OUTPUT\",\n"
	       "      \"builtIn\": true,\n"
	       "      \"rules\": [\n"
	       "        \"-A OUTPUT -j KUBE-X\"\n"
	       "      ]\n"
	       "    },\n"
	       "    {\n"
	       "      \"family\": \"IPv4\",\n"
	       "      \"table\": \"mangle\",\n"
	       "      \"name\": \"KUBE-X\",\n"
	       "      \"builtIn\": false,\n"
	       "      \"rules\": [\n"
	       "        \"-A KUBE-X -j DROP\"\n"
	       "      ]\n"
	       "    }\n"
	       "  ],\n"
	       "  \"link\": true,\n"
	       "  \"linkName\": \"kube-ipvs0\",\n"
	       "  \"addresses\": [\n"
	       "    \"fd00::1/128\"\n"
	       "  ],\n"
	       "  \"sysctls\": [\n"
	       "    {\n"
	       "      \"key\": \"net.ipv4.ip_forward\",\n"
	       "      \"value\": \"1\"\n"
	       "    }\n"
	       "  ],\n"
	       "  \"timeouts\": {\n"
	       "    \"tcpSeconds\": 900,\n"
	       "    \"tcpFinSeconds\": 0,\n"
	       "    \"udpSeconds\": 0\n"
	       "  }\n"
	       "}\n");
	svclb_state_unref(st);
}
END_TEST

START_TEST(tables_and_lists)
{
	struct svclb_state *st = small_state();

	expect(st, SVCLB_FORMAT_IPTABLES,
	       "*mangle\n"
	       ":PREROUTING ACCEPT\n:INPUT ACCEPT\n:FORWARD ACCEPT\n"
	       ":OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n:KUBE-X -\n"
	       "-A OUTPUT -j KUBE-X\n"
	       "-A KUBE-X -j DROP\n"
	       "COMMIT\n");
	expect(st, SVCLB_FORMAT_IP6TABLES, "");
	expect(st, SVCLB_FORMAT_ADDRESSES, "fd00::1/128\n");
	expect(st, SVCLB_FORMAT_SYSCTLS, "net.ipv4.ip_forward=1\n");
	svclb_state_unref(st);
}
END_TEST

START_TEST(walk)
{
	struct svclb_state *st = small_state();
	const struct svclb_virtual_server *vs = svclb_state_next_virtual_server(st, NULL);
	const struct svclb_real_server *rs = svclb_state_next_real_server(st, vs, NULL);
	char buf[48];

	ck_assert_str_eq(svclb_virtual_server_get_address(vs, buf, sizeof(buf)), "10.0.0.1");
	ck_assert_uint_eq(svclb_virtual_server_get_port(vs), 80);
	ck_assert_str_eq(svclb_virtual_server_get_protocol(vs), "TCP");
	ck_assert_uint_eq(svclb_virtual_server_get_mark(vs), 0);
	ck_assert_str_eq(svclb_virtual_server_get_scheduler(vs), "mh");
	ck_assert_uint_eq(svclb_virtual_server_get_persistence(vs), 300);
	ck_assert_int_eq(svclb_virtual_server_is_ours(vs), 1);
	ck_assert_str_eq(svclb_virtual_server_get_origin(st, vs), "Service default/web port http");
	ck_assert_str_eq(svclb_real_server_get_address(rs, buf, sizeof(buf)), "10.1.0.1");
	ck_assert_uint_eq(svclb_real_server_get_port(rs), 8080);
	ck_assert_str_eq(svclb_real_server_get_forwarding(rs), "Masq");
	ck_assert_uint_eq(svclb_real_server_get_weight(rs), 1);
	ck_assert_uint_eq(svclb_real_server_get_active(rs), 2);
	ck_assert_uint_eq(svclb_real_server_get_inactive(rs), 3);
	rs = svclb_state_next_real_server(st, vs, rs);
	ck_assert_str_eq(svclb_real_server_get_forwarding(rs), "Route");
	ck_assert_ptr_null(svclb_state_next_real_server(st, vs, rs));
	ck_assert_ptr_null(svclb_state_next_virtual_server(st, vs));
	svclb_state_unref(st);
}
END_TEST

START_TEST(counts)
{
	struct svclb_state *st = small_state();
	struct {
		struct svclb_state_counts known;
		uint64_t later; /* as a newer header might have it */
	} wide = {.later = 7};
	uint64_t two[2] = {9, 9};

	ck_assert_int_eq(svclb_state_get_counts(st, &wide.known, sizeof(wide)), 0);
	ck_assert_uint_eq(wide.known.virtual_servers, 1);
	ck_assert_uint_eq(wide.known.real_servers, 2);
	ck_assert_uint_eq(wide.known.sets, 1);
	ck_assert_uint_eq(wide.known.set_entries, 1);
	ck_assert_uint_eq(wide.known.chains, 2);
	ck_assert_uint_eq(wide.known.rules, 2);
	ck_assert_uint_eq(wide.known.addresses, 1);
	ck_assert_uint_eq(wide.known.sysctls, 1);
	ck_assert_uint_eq(wide.later, 0);
	ck_assert_int_eq(svclb_state_get_counts(st, (struct svclb_state_counts *)(void *)two,
						sizeof(two[0])),
			 0);
	ck_assert_uint_eq(two[0], 1);
	ck_assert_uint_eq(two[1], 9);
	ck_assert_int_eq(svclb_state_get_counts(NULL, &wide.known, sizeof(wide)), -SVCLB_EINVAL);
	svclb_state_unref(st);
}
END_TEST

START_TEST(words)
{
	char buf[KEY_TEXT_MAX];
	struct vs_key mark = {.family = 6, .fwmark = 9};
	struct vs_key six = {.family = 6, .proto = PROTO_UDP, .port = 53, .ip = ip("fd00::1")};

	ck_assert_str_eq(vs_key_text(&mark, buf, sizeof(buf)), "mark 9 IPv6");
	ck_assert_str_eq(vs_key_text(&six, buf, sizeof(buf)), "[fd00::1]:53/UDP");
	ck_assert_str_eq(table_name(TABLE_NAT), "nat");
	for (int t = SET_HASH_IP_PORT; t <= SET_BITMAP_PORT; t++)
		ck_assert_int_eq(set_type_from_name(set_type_name((enum set_type)t)), t);
	ck_assert_int_eq(set_type_from_name("list:set"), SET_OTHER);
}
END_TEST

START_TEST(misuse)
{
	struct svclb_state *st = small_state();
	char *text = NULL;

	ck_assert_int_eq(svclb_state_to_text(NULL, 0, &text, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_state_to_text(st, 0, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_state_to_text(st, 99, &text, NULL), -SVCLB_EINVAL);
	ck_assert_ptr_null(text);
	ck_assert_ptr_null(svclb_state_next_virtual_server(NULL, NULL));
	svclb_state_unref(st);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("render");
	TCase *t = tcase_create("render");

	tcase_add_test(t, ipvsadm);
	tcase_add_test(t, ipset);
	tcase_add_loop_test(t, rule, 0, N_RULES);
	tcase_add_test(t, json);
	tcase_add_test(t, tables_and_lists);
	tcase_add_test(t, walk);
	tcase_add_test(t, counts);
	tcase_add_test(t, words);
	tcase_add_test(t, misuse);
	suite_add_tcase(s, t);
	return run_suite(s);
}
