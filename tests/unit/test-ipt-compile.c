/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Iptables mode: names of chains, and rules of one Service at a time. */
#include <stdlib.h>

#include "build-model.h"
#include "compile/compile.h"
#include "state/chain-hash.h"
#include "state/names.h"
#include "util/sha256.h"
#include <svclb/apply.h>

static struct svclb_options *new_options(void)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, SVCLB_MODE_IPTABLES), 0);
	ck_assert_int_eq(svclb_options_set_node_name(o, "n1"), 0);
	ck_assert_int_eq(svclb_options_set_families(o, 1, 0), 0);
	return o;
}

/* The rules of one chain of a table, as iptables-save prints them without "-A CHAIN ". */
static char *rules_of(const struct svclb_state *st, const char *table, const char *chain)
{
	char *text = NULL;
	char *out = calloc(1, 100000);
	char start[64];
	const char *end;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(svclb_state_to_text(st, SVCLB_FORMAT_IPTABLES, &text, NULL), 0);
	(void)snprintf(start, sizeof(start), "*%s\n", table);
	ck_assert_ptr_nonnull(strstr(text, start));
	end = strstr(strstr(text, start), "COMMIT");
	(void)snprintf(start, sizeof(start), "-A %s ", chain);
	for (const char *p = strstr(text, table); p && p < end; p = strchr(p, '\n') + 1) {
		size_t n = strcspn(p, "\n") + 1;

		if (!strncmp(p, start, strlen(start)))
			strncat(out, p + strlen(start), n - strlen(start));
	}
	svclb_text_free(text);
	return out;
}

static void expect(const struct svclb_state *st, const char *table, const char *chain,
		   const char *want)
{
	char *got = rules_of(st, table, chain);

	ck_assert_msg(!strcmp(got, want), "%s %s:\n%snot\n%s", table, chain, got, want);
	free(got);
}

/* Compiles and frees the model and the options. */
static struct svclb_state *compile(struct svclb_model *m, struct svclb_options *o)
{
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;
	char *text = NULL;

	m->completed = true;
	if (svclb_compile(m, o, &st, &err) < 0) {
		(void)svclb_error_to_text(err, &text);
		ck_abort_msg("compile: %s", text ? text : "?");
	}
	svclb_model_unref(m);
	svclb_options_unref(o);
	return st;
}

/* ns default, Service svc1, port p80, endpoints 10.180.0.1 on n1 and further ones on n2. */
static struct service *web(struct svclb_model *m, const char *type, int node_port, int endpoints)
{
	struct service *s = add_service(m, "svc1", type, "172.30.0.41");
	struct slice *sl = add_slice(m, "svc1", "svc1", "IPv4");
	static const char *const ips[] = {"10.180.0.1", "10.180.0.2", "10.180.0.3"};

	add_port(m, s, "p80", "TCP", 80, node_port);
	add_slice_port(m, sl, "p80", "TCP", 80);
	for (int i = 0; i < endpoints; i++)
		add_endpoint(m, sl, ips[i], i ? "n2" : "n1", "");
	return s;
}

/* ---- names ---- */

START_TEST(sha256_digests)
{
	static const struct {
		const char *text;
		const char *hex;
	} known[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint8_t digest[SHA256_SIZE];
		char hex[2 * SHA256_SIZE + 1];
		struct sha256 s;

		sha256_init(&s);
		sha256_add(&s, known[i].text, strlen(known[i].text));
		sha256_end(&s, digest);
		for (int b = 0; b < SHA256_SIZE; b++)
			(void)snprintf(hex + 2 * b, 3, "%02x", digest[b]);
		ck_assert_str_eq(hex, known[i].hex);
	}
}
END_TEST

/* Where the padding needs a block of its own, and where a text ends with its block. */
START_TEST(sha256_lengths)
{
	static const struct {
		size_t n;
		const char *start; /* of the digest */
	} known[] = {
		{55, "9f4390f8d30c2dd9"},  {56, "b35439a4ac6f0948"}, {63, "7d3e74a05d7db15b"},
		{64, "ffe054fe7ae0cb6d"},  {65, "635361c48bb9eab1"}, {119, "31eba51c313a5c08"},
		{120, "2f3d335432c70b58"},
	};
	char text[128];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint8_t digest[SHA256_SIZE];
		char hex[17];
		struct sha256 s;

		sha256_init(&s);
		for (size_t n = 0; n < known[i].n; n += 11) /* across the ends of blocks */
			sha256_add(&s, text, known[i].n - n < 11 ? known[i].n - n : 11);
		sha256_end(&s, digest);
		for (int b = 0; b < 8; b++)
			(void)snprintf(hex + 2 * b, 3, "%02x", digest[b]);
		ck_assert_str_eq(hex, known[i].start);
	}
}
END_TEST

START_TEST(names_of_chains)
{
	static const struct {
		const char *port;
		const char *proto;
		const char *endpoint;
		const char *hash;
	} known[] = {
		{"ns1/svc1:p80", "tcp", NULL, "XPGD46QRK7WJZT7O"},
		{"default/kubernetes:https", "tcp", NULL, "NPX46M4PTMTKRN6Y"},
		{"kube-system/kube-dns:dns", "udp", NULL, "TCOU7JCQXEZGVUNU"},
		{"kube-system/kube-dns:dns-tcp", "tcp", NULL, "ERIFXISQEP7F7OF4"},
		{"kube-system/kube-dns:metrics", "tcp", NULL, "JD5MR3NA4I4DYORP"},
		{"ns1/svc1", "tcp", NULL, "AQI2S6QIMU7PVVRP"},
		{"ns1/svc1:p80", "tcp", "10.180.0.1:80", "SXIVWICOYRO3J4NJ"},
		{"ns1/svc1:p80", "tcp", "[fd00::1]:80", "T5UNFIPVCZXM3U7X"},
	};
	char buf[CHAIN_HASH_MAX];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_str_eq(chain_hash(known[i].port, known[i].proto, known[i].endpoint, buf),
				 known[i].hash);
}
END_TEST

START_TEST(ours_by_name)
{
	ck_assert(chain_is_ours("KUBE-", TABLE_NAT, "KUBE-SVC-XPGD46QRK7WJZT7O"));
	ck_assert(chain_is_ours("KUBE-", TABLE_NAT, "KUBE-SEP-XPGD46QRK7WJZT7O"));
	ck_assert(chain_is_ours("KUBE-", TABLE_NAT, "KUBE-FW-XPGD46QRK7WJZT7O"));
	ck_assert(chain_is_ours("A1-", TABLE_NAT, "A1-EXT-XPGD46QRK7WJZT7O"));
	ck_assert(chain_is_ours("KUBE-", TABLE_FILTER, "KUBE-SERVICES"));
	ck_assert(chain_is_ours("KUBE-", TABLE_MANGLE, "KUBE-PROXY-CANARY"));
	ck_assert(!chain_is_ours("A1-", TABLE_NAT, "KUBE-SVC-XPGD46QRK7WJZT7O"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_FILTER, "KUBE-SVC-XPGD46QRK7WJZT7O"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_NAT, "KUBE-SVC-XPGD46QRK7WJZT7"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_NAT, "KUBE-SVC-XPGD46QRK7WJZT7OA"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_NAT, "KUBE-SVC-XPGD46QRK7WJZT71"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_NAT, "KUBE-XLB-XPGD46QRK7WJZT7O"));
	/* kubelet's own, and shared with it */
	ck_assert(!chain_is_ours("KUBE-", TABLE_FILTER, "KUBE-FIREWALL"));
	ck_assert(!chain_is_ours("KUBE-", TABLE_NAT, "KUBE-KUBELET-CANARY"));
}
END_TEST

/* ---- rules ---- */

START_TEST(one_endpoint)
{
	struct svclb_model *m = new_model();
	struct service *s = web(m, "ClusterIP", 0, 1);
	struct svclb_state *st;

	s->meta.ns.s = "ns1";
	m->objects.v[1]->slice->meta.ns.s = "ns1";
	st = compile(m, new_options());
	expect(st, "nat", "KUBE-SERVICES",
	       "-d 172.30.0.41/32 -p tcp -m comment --comment \"ns1/svc1:p80 cluster IP\" -m tcp "
	       "--dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O\n"
	       "-m comment --comment \"node ports\" -m addrtype --dst-type LOCAL -j "
	       "KUBE-NODEPORTS\n");
	expect(st, "nat", "KUBE-SVC-XPGD46QRK7WJZT7O",
	       "-m comment --comment \"ns1/svc1:p80 -> 10.180.0.1:80\" -j "
	       "KUBE-SEP-SXIVWICOYRO3J4NJ\n");
	expect(st, "nat", "KUBE-SEP-SXIVWICOYRO3J4NJ",
	       "-s 10.180.0.1/32 -m comment --comment \"ns1/svc1:p80\" -j KUBE-MARK-MASQ\n"
	       "-p tcp -m comment --comment \"ns1/svc1:p80\" -j DNAT --to-destination "
	       "10.180.0.1:80\n");
	expect(st, "filter", "KUBE-SERVICES", "");
	ck_assert(state_in_iptables_mode(st));
	ck_assert(!st->link);
	ck_assert_uint_eq(st->vservers.n + st->sets.n + st->addrs.n, 0);
	svclb_state_unref(st);
}
END_TEST

/* The numbers of each "--probability" in the rules, and the chains' order by endpoint. */
static void expect_shares(const struct svclb_state *st, const char *chain, const char *want)
{
	char *rules = rules_of(st, "nat", chain);
	char got[400] = "";

	for (char *p = strtok(rules, "\n"); p; p = strtok(NULL, "\n")) {
		const char *to = strstr(p, "-> ");
		const char *share = strstr(p, "--probability ");

		ck_assert_ptr_nonnull(to);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s %.*s, ",
			       (int)strcspn(to + 3, "\""), to + 3, 6,
			       share ? share + strlen("--probability ") : "rest");
	}
	ck_assert_str_eq(got, want);
	free(rules);
}

#define SVC "KUBE-SVC-XYWOL7XVIH65JNT5"

START_TEST(equal_shares)
{
	struct svclb_model *m = new_model();
	struct svclb_state *st;

	(void)web(m, "ClusterIP", 0, 3);
	st = compile(m, new_options());
	expect_shares(st, SVC, "10.180.0.1:80 0.3333, 10.180.0.2:80 0.5000, 10.180.0.3:80 rest, ");
	svclb_state_unref(st);
}
END_TEST

START_TEST(shares_by_weight)
{
	struct svclb_model *m = new_model();
	struct svclb_state *st;
	struct slice *sl;

	(void)web(m, "ClusterIP", 0, 3);
	sl = m->objects.v[1]->slice;
	sl->endpoints[0].weight = (struct fint){.v = 5, .given = true};
	sl->endpoints[1].weight = (struct fint){.v = 0, .given = true};
	sl->endpoints[2].weight = (struct fint){.v = 15, .given = true};
	st = compile(m, new_options());
	expect_shares(st, SVC, "10.180.0.1:80 0.2500, 10.180.0.3:80 rest, ");
	svclb_state_unref(st);
}
END_TEST

START_TEST(weight_0_alone_refuses)
{
	struct svclb_model *m = new_model();
	struct svclb_state *st;

	(void)web(m, "ClusterIP", 0, 1);
	m->objects.v[1]->slice->endpoints[0].weight = (struct fint){.v = 0, .given = true};
	st = compile(m, new_options());
	expect(st, "filter", "KUBE-SERVICES",
	       "-d 172.30.0.41/32 -p tcp -m comment --comment \"default/svc1:p80 has no "
	       "endpoint\" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n");
	ck_assert_ptr_null(state_find_chain(st, 4, TABLE_NAT, SVC));
	svclb_state_unref(st);
}
END_TEST

/*
 * Who serves: the chain that a kind of traffic ends in, or how it is refused. Of three endpoints the
 * first one is local; the node is in zone a.
 */
static const struct {
	const char *etp, *itp;
	const char *conditions[3];
	const char *weights; /* a digit each */
	const char *zones;   /* hints, a letter each; NULL: none */
	const char *inside;  /* the cluster IP */
	const char *outside; /* the node port, from outside */
	const char *node;    /* the same, from the node itself; "": its chain is not there */
} served[] = {
	{"Local", "Cluster", {"", "", ""}, "111", "bac", "SVC", "SVL", "SVC"},
	{"Local", "Cluster", {"", "", ""}, "101", "bac", "SVC", "SVL", "SVC"},
	{"Local", "Cluster", {"", "", ""}, "011", NULL, "SVC", "DROP", "SVC"},
	{"Local", "Cluster", {"", "", ""}, "100", NULL, "SVC", "SVL", "SVC"},
	{"Local", "Cluster", {"", "", ""}, "001", "bac", "SVC", "DROP", "SVC"},
	{"Local", "Cluster", {"", "", ""}, "000", "bac", "REJECT", "REJECT", ""},
	{"Local", "Cluster", {"", "", ""}, "000", NULL, "REJECT", "REJECT", ""},
	{"Local", "Cluster", {"t", "", ""}, "100", NULL, "REJECT", "SVL", "SVL"},
	{"Local", "Cluster", {"t", "", ""}, "011", NULL, "SVC", "DROP", "SVC"},
	{"Local", "Cluster", {"n", "", ""}, "000", NULL, "REJECT", "REJECT", ""},
	{"Local", "Cluster", {"t", "t", "n"}, "011", NULL, "SVC", "DROP", "SVC"},
	{"Cluster", "Cluster", {"", "", ""}, "101", "bac", "SVC", "SVC", "SVC"},
	{"Cluster", "Cluster", {"", "", ""}, "010", "bac", "SVC", "SVC", "SVC"},
	{"Cluster", "Local", {"", "", ""}, "101", "bac", "SVL", "SVC", "SVC"},
	{"Cluster", "Local", {"", "", ""}, "011", "bac", "DROP", "SVC", "SVC"},
	{"Cluster", "Local", {"", "", ""}, "000", NULL, "REJECT", "REJECT", ""},
	{"Cluster", "Local", {"t", "", ""}, "100", NULL, "SVL", "REJECT", ""},
	{"Local", "Local", {"", "", ""}, "101", "bac", "SVL", "SVL", "SVC"},
	{"Local", "Local", {"", "", ""}, "011", NULL, "DROP", "DROP", "SVC"},
	{"Local", "Local", {"", "", ""}, "001", "bac", "DROP", "DROP", "SVC"},
};

#define N_SERVED (sizeof(served) / sizeof(served[0]))

/* The target of a chain's first rule with a text in it, of a service's chain the kind alone; or "". */
static const char *target(const struct svclb_state *st, const char *table, const char *chain,
			  const char *with, char buf[16])
{
	char *rules = rules_of(st, table, chain);
	const char *at = strstr(rules, with);

	at = at ? strstr(at, "-j ") : NULL;
	at = at ? at + 3 : "";
	if (!strncmp(at, "KUBE-", 5))
		(void)snprintf(buf, 16, "%.3s", at + 5);
	else
		(void)snprintf(buf, 16, "%.*s", (int)strcspn(at, " \n"), at);
	free(rules);
	return buf;
}

#define EXT "KUBE-EXT-XYWOL7XVIH65JNT5"

static void expect_served(const struct svclb_state *st, int i)
{
	const char *const no_comment = "\n-j ";
	char got[16];

	if (!*target(st, "filter", "KUBE-SERVICES", "172.30.0.41/32", got))
		(void)target(st, "nat", "KUBE-SERVICES", "172.30.0.41/32", got);
	ck_assert_str_eq(got, served[i].inside);
	if (!*target(st, "filter", "KUBE-EXTERNAL-SERVICES", "--dport 30080", got))
		(void)target(st, "nat", EXT, no_comment, got);
	ck_assert_str_eq(got, served[i].outside);
	if (!*target(st, "nat", EXT, "--src-type LOCAL -j KUBE-SV", got))
		(void)target(st, "nat", EXT, no_comment, got);
	ck_assert_str_eq(got, served[i].node);
	ck_assert_str_eq(target(st, "nat", "KUBE-NODEPORTS", "--dport 30080", got),
			 *served[i].node ? "EXT" : "");
}

/* That every jump leads somewhere is asked when the state is sealed. */
START_TEST(served_by_what_takes_connections)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options();
	struct service *s = web(m, "NodePort", 30080, 0);
	struct slice *sl = m->objects.v[1]->slice;
	struct svclb_state *st;

	s->external_traffic_policy.s = served[_i].etp;
	s->internal_traffic_policy.s = served[_i].itp;
	set_label(m, &s->meta.annotations, "service.kubernetes.io/topology-mode", "Auto");
	for (int i = 0; i < 3; i++) {
		struct slice_endpoint *e =
			add_endpoint(m, sl, arena_printf(&m->arena, "10.180.0.%d", i + 1),
				     i ? "n2" : "n1", served[_i].conditions[i]);

		e->weight = (struct fint){.v = served[_i].weights[i] - '0', .given = true};
		if (served[_i].zones)
			add_text(m, &e->zone_hints,
				 arena_printf(&m->arena, "%c", served[_i].zones[i]));
	}
	ck_assert_int_eq(svclb_options_set_zone(o, "a"), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(o, "10.180.0.0/16"), 0);
	st = compile(m, o);
	expect_served(st, _i);
	svclb_state_unref(st);
}
END_TEST

/* No compiler of ours makes such a rule; what reads states must not pass it on either. */
START_TEST(jump_to_nowhere)
{
	struct svclb_options *o = new_options();
	struct svclb_state *st = state_new(o);
	struct chain chain = {.family = 4, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	struct rule r = {.target = TARGET_JUMP, .jump = SVC};
	struct origin origin = {.object = "Service default/web port 80"};
	struct svclb_error *err = NULL;
	char *text = NULL;

	ck_assert_ptr_nonnull(st);
	r.chain = (uint32_t)state_add_chain(st, &chain);
	r.origin = (origin_id)state_add_origin(st, &origin);
	ck_assert_int_eq(state_add_rule(st, &r, NULL, 0) < 0, 0);
	ck_assert_int_eq(state_seal(st, &err), -SVCLB_EINVALID);
	ck_assert_int_eq(svclb_error_to_text(err, &text), 0);
	ck_assert_str_eq(text, "Service default/web port 80: a rule of KUBE-SERVICES jumps to " SVC
			       ", which is not there\n");
	svclb_text_free(text);
	svclb_error_unref(err);
	svclb_state_unref(st);
	svclb_options_unref(o);
}
END_TEST

START_TEST(ranges_of_the_other_family)
{
	struct svclb_model *m = new_model();
	struct service *s = web(m, "LoadBalancer", 30080, 1);
	struct ingress *in = list_push(&m->arena, s->ingress, s->n_ingress, s->cap_ingress);
	struct svclb_state *st;
	char *fw;

	in->ip.s = "198.51.100.7";
	add_text(m, &s->source_ranges, "fd00::/64");
	st = compile(m, new_options());
	expect(st, "filter", "KUBE-PROXY-FIREWALL",
	       "-d 198.51.100.7/32 -p tcp -m comment --comment \"default/svc1:p80 admits no such "
	       "source\" -m tcp --dport 80 -j DROP\n");
	fw = rules_of(st, "nat", "KUBE-FW-XYWOL7XVIH65JNT5");
	ck_assert_str_eq(fw, "");
	free(fw);
	svclb_state_unref(st);
}
END_TEST

START_TEST(many_endpoints_have_no_comments)
{
	struct svclb_model *m = new_model();
	struct slice *sl;
	struct svclb_state *st;
	char *rules;

	(void)web(m, "ClusterIP", 0, 1);
	sl = m->objects.v[1]->slice;
	for (int i = 0; i < 1000; i++) {
		char *ip = arena_alloc(&m->arena, 16);

		(void)snprintf(ip, 16, "10.181.%d.%d", i / 250, i % 250 + 1);
		add_endpoint(m, sl, ip, "n2", "");
	}
	st = compile(m, new_options());
	rules = rules_of(st, "nat", SVC);
	ck_assert_ptr_null(strstr(rules, "comment"));
	free(rules);
	rules = rules_of(st, "nat", "KUBE-SERVICES");
	ck_assert_ptr_nonnull(strstr(rules, "default/svc1:p80 cluster IP"));
	free(rules);
	svclb_state_unref(st);
}
END_TEST

START_TEST(localhost)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options();
	struct svclb_state *st;

	(void)web(m, "NodePort", 30080, 1);
	ck_assert_int_eq(svclb_options_add_node_address(o, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "127.0.0.0/8,192.0.2.0/24"), 0);
	st = compile(m, o);
	expect(st, "filter", "KUBE-SVCLB-LOCALNET",
	       "! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"127.0.0.0/8 from "
	       "elsewhere\" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n");
	expect(st, "nat", "KUBE-SERVICES",
	       "-d 172.30.0.41/32 -p tcp -m comment --comment \"default/svc1:p80 cluster IP\" -m "
	       "tcp --dport 80 -j " SVC "\n"
	       "-d 127.0.0.1/32 -m comment --comment \"node ports\" -j KUBE-NODEPORTS\n"
	       "-d 192.0.2.1/32 -m comment --comment \"node ports\" -j KUBE-NODEPORTS\n");
	svclb_state_unref(st);
}
END_TEST

START_TEST(not_at_localhost)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options();
	struct svclb_state *st;
	char *sysctls = NULL;

	(void)web(m, "NodePort", 30080, 1);
	ck_assert_int_eq(svclb_options_set_localhost_node_ports(o, 0), 0);
	st = compile(m, o);
	expect(st, "filter", "KUBE-SVCLB-LOCALNET", "");
	expect(st, "nat", "KUBE-SERVICES",
	       "-d 172.30.0.41/32 -p tcp -m comment --comment \"default/svc1:p80 cluster IP\" -m "
	       "tcp --dport 80 -j " SVC "\n"
	       "! -d 127.0.0.0/8 -m comment --comment \"node ports\" -m addrtype --dst-type "
	       "LOCAL -j KUBE-NODEPORTS\n");
	ck_assert_int_eq(svclb_state_to_text(st, SVCLB_FORMAT_SYSCTLS, &sysctls, NULL), 0);
	ck_assert_str_eq(sysctls, "net.ipv4.ip_forward=1\n");
	svclb_text_free(sysctls);
	svclb_state_unref(st);
}
END_TEST

START_TEST(two_services_one_address)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options();
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;
	struct service *s = web(m, "ClusterIP", 0, 1);
	struct service *other = add_service(m, "svc2", "ClusterIP", "172.30.0.42");

	add_port(m, other, "p80", "TCP", 80, 0);
	add_text(m, &s->external_ips, "203.0.113.1");
	add_text(m, &other->external_ips, "203.0.113.1");
	m->completed = true;
	ck_assert_int_eq(svclb_compile(m, o, &st, &err), -SVCLB_EINVALID);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "claims 203.0.113.1:80/TCP"));
	svclb_error_unref(err);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

/* What was compiled survives being saved and loaded, and is what it was. */
START_TEST(no_difference_to_itself)
{
	struct svclb_model *m = new_model();
	struct service *s = web(m, "NodePort", 30080, 3);
	struct svclb_plan *plan = NULL;
	struct svclb_state *st;

	s->session_affinity.s = "ClientIP";
	s->affinity_timeout.v = 300;
	st = compile(m, new_options());
	ck_assert_int_eq(svclb_diff(st, st, 0, &plan, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count(plan), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(st);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ipt-compile");
	TCase *t = tcase_create("ipt-compile");
	SRunner *r;
	int failed;

	tcase_add_test(t, sha256_digests);
	tcase_add_test(t, sha256_lengths);
	tcase_add_test(t, names_of_chains);
	tcase_add_test(t, ours_by_name);
	tcase_add_test(t, one_endpoint);
	tcase_add_test(t, equal_shares);
	tcase_add_test(t, shares_by_weight);
	tcase_add_test(t, weight_0_alone_refuses);
	tcase_add_loop_test(t, served_by_what_takes_connections, 0, N_SERVED);
	tcase_add_test(t, jump_to_nowhere);
	tcase_add_test(t, ranges_of_the_other_family);
	tcase_add_test(t, many_endpoints_have_no_comments);
	tcase_add_test(t, localhost);
	tcase_add_test(t, not_at_localhost);
	tcase_add_test(t, two_services_one_address);
	tcase_add_test(t, no_difference_to_itself);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
