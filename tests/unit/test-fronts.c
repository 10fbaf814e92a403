/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Iptables mode: what its rules redirect, and which tracked UDP flows a change of them cuts off. */
#include "kernel/mem.h"
#include "plan/diff.h"
#include "plan/flows.h"
#include "states.h"
#include "util/strbuf.h"

#include <errno.h>

#define SAMPLES 6

/* A Service of UDP and TCP in a mode: "+" its node port, "I" a load balancer IP for everybody, "N" for
 * a range and "W" for a wider one, "L" the external policy Local, "P" the internal one, and the
 * endpoints' last bytes, those behind "r" on another node. NULL: none. */
static struct svclb_state *compiled(uint32_t mode, const char *words)
{
	struct svclb_options *o = NULL;
	struct svclb_model *m = NULL;
	struct svclb_state *st = NULL;
	struct strbuf b = {0};
	bool node_port = words && strchr(words, '+');
	bool balanced = words && strpbrk(words, "INW");

	if (words)
		strbuf_addf(
			&b,
			"apiVersion: v1\nkind: Service\nmetadata: {name: dns}\nspec:\n"
			"  {type: %s, clusterIP: 10.96.0.10, externalIPs: [203.0.113.1], %s%s%s%s"
			"ports: [{name: u, port: 53, protocol: UDP%s}, {name: t, port: 53}]}\n"
			"%s---\n",
			balanced    ? "LoadBalancer, allocateLoadBalancerNodePorts: false"
			: node_port ? "NodePort"
				    : "ClusterIP",
			strchr(words, 'L') ? "externalTrafficPolicy: Local, " : "",
			strchr(words, 'P') ? "internalTrafficPolicy: Local, " : "",
			strchr(words, 'N') ? "loadBalancerSourceRanges: [10.2.3.0/24], " : "",
			strchr(words, 'W') ? "loadBalancerSourceRanges: [10.2.0.0/16], " : "",
			node_port ? ", nodePort: 30053" : "",
			balanced ? "status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}}\n"
				 : "");
	strbuf_add(&b,
		   "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: d, "
		   "labels: {kubernetes.io/service-name: dns}}\naddressType: IPv4\nports: [{name:"
		   " u, port: 5353, protocol: UDP}, {name: t, port: 5353}]\nendpoints: [");
	for (const char *p = words ? words : ""; *p; p++)
		if (*p >= '0' && *p <= '9')
			strbuf_addf(&b, "{addresses: [10.1.0.%c], nodeName: %s}, ", *p,
				    p > words && p[-1] == 'r' ? "other" : "here");
	strbuf_add(&b, "]\n");
	ck_assert(!b.failed);
	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
	ck_assert_int_eq(svclb_options_set_node_name(o, "here"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "192.0.2.1/24", "eth0"), 0);
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, b.s, b.len, "dns.yaml", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, o, NULL), 0);
	ck_assert_int_eq(svclb_compile(m, o, &st, NULL), 0);
	svclb_model_unref(m);
	svclb_options_unref(o);
	strbuf_free(&b);
	return st;
}

static struct svclb_state *rules(const char *words)
{
	return compiled(SVCLB_MODE_IPTABLES, words);
}

/* ---- what is found ---- */

START_TEST(fronts_are_addresses_with_their_endpoints)
{
	struct svclb_state *st = rules("+L12r3");
	static const struct {
		const char *ip;
		uint16_t port;
	} want[] = {{"0.0.0.0", 30053}, {"10.96.0.10", 53}, {"203.0.113.1", 53}};

	ck_assert_uint_eq(st->fronts.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct front *f = &st->fronts.v[i];
		struct ipaddr ip = {.family = 4};

		if (i)
			ip = ip_of(want[i].ip);
		ck_assert(!ip_cmp(&f->ip, &ip));
		ck_assert_uint_eq(f->port, want[i].port);
		/* also those that serve only clients inside */
		ck_assert_uint_eq(f->back_count, 3);
		ck_assert_uint_eq(st->backs.v[f->back_first].port, 5353);
		ck_assert_uint_eq(st->backs.v[f->back_first].front, i);
		ck_assert(!st->backs.v[f->back_first].inside);
		ck_assert_int_eq(st->backs.v[f->back_first + 2].inside, i != 1);
	}
	svclb_state_unref(st);
}
END_TEST

/* Rules that were read may lead in a circle: the kernel refuses circles, files do not. */
START_TEST(circles_end)
{
	struct svclb_state *st = state_begin();
	struct chain services = {.family = 4, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	struct chain svc = {.family = 4, .table = TABLE_NAT, .name = "KUBE-SVC-XPGD46QRK7WJZT7O"};
	struct match port = {.type = MATCH_DPORT, .dport = 53};
	struct rule r = {.proto = PROTO_UDP,
			 .dst = {.ip = ip_of("10.96.0.10"), .plen = 32},
			 .target = TARGET_JUMP,
			 .jump = "KUBE-SVC-XPGD46QRK7WJZT7O"};

	r.chain = (uint32_t)state_add_chain(st, &services);
	ck_assert_int_ge(state_add_rule(st, &r, &port, 1), 0);
	ck_assert_int_ge(state_add_rule(st, &r, &port, 1), 0);
	r.chain = (uint32_t)state_add_chain(st, &svc);
	ck_assert_int_ge(state_add_rule(st, &r, NULL, 0), 0);
	(void)state_end(st);
	ck_assert_uint_eq(st->fronts.n, 1);
	ck_assert_uint_eq(st->fronts.v[0].back_count, 0);
	svclb_state_unref(st);
}
END_TEST

/* ---- what is cut off ---- */

static char *flow_lines(struct svclb_state *from, struct svclb_state *to)
{
	const struct svclb_step *s = NULL;
	struct svclb_plan *plan = NULL;
	struct strbuf b = {0};
	bool seen = false;
	char *text;

	ck_assert_int_eq(svclb_diff(from, to, 1, &plan, NULL), 0);
	while ((s = svclb_plan_next_step(plan, s))) {
		bool flows = !strcmp(svclb_step_get_subsystem(s), "conntrack");

		/* no table lets in another packet of the old kind later */
		ck_assert(!seen || s->kind != STEP_TABLE);
		seen = seen || flows;
		if (!flows)
			continue;
		ck_assert_int_eq(svclb_step_to_text(plan, s, &text), 0);
		strbuf_addf(&b, "%s%s", b.len ? "; " : "", text);
		svclb_text_free(text);
	}
	svclb_plan_unref(plan);
	strbuf_add(&b, "");
	text = strbuf_steal(&b);
	ck_assert_ptr_nonnull(text);
	return text;
}

#define ALL  "flows of 10.96.0.10:53/UDP; flows of 203.0.113.1:53/UDP"
#define NODE "flows of IPv4 node port 30053/UDP"
#define LB   "flows of 198.51.100.1:53/UDP"
#define TO(last)                                             \
	"flows of 10.96.0.10:53/UDP to 10.1.0." last ":5353" \
	"; flows of 203.0.113.1:53/UDP to 10.1.0." last ":5353"
#define NODE_TO(last)	 NODE " to 10.1.0." last ":5353"
#define OUTSIDE_TO(last) NODE_TO(last) "; flows of 203.0.113.1:53/UDP to 10.1.0." last ":5353"

static const struct {
	const char *from;
	const char *to;
	const char *flows;
} changes[] = {
	{NULL, NULL, ""},
	{NULL, "", ""},
	{NULL, "1", ALL},
	{"", "12", ALL},
	{"1", "1", ""},
	{"1", "12", ""},
	{"1", "", ALL},
	{"1", NULL, ALL},
	{"", NULL, ""},
	{"12", "2", TO("1")},
	{"12", "23", TO("1")},
	{"+12", "+2", NODE_TO("1") "; " TO("1")},
	{"12", "+12", NODE},
	{"+12", "12", NODE},
	{"+L1r2", "+L1", NODE_TO("2") "; " TO("2")},
	{"+L1r2", "+Lr2", NODE_TO("1") "; " TO("1")},
	/* clients inside keep what clients outside lose */
	{"+1r2", "+L1r2", OUTSIDE_TO("2")},
	{"+r2", "+Lr2", OUTSIDE_TO("2")},
	{"+Lr2", "+r2", ""},
	{"+Lr2", "+L1r2", ""},
	{"r2", "Pr2", "flows of 10.96.0.10:53/UDP"},
	{"1r2", "P1r2", "flows of 10.96.0.10:53/UDP to 10.1.0.2:5353"},
	/* source ranges */
	{"I1", "N1", LB},
	{"W1", "N1", LB},
	{"N1", "W1", ""},
	{"N1", "I1", ""},
	{"N1", "N12", ""},
	{"N1r2", "LN1r2",
	 "flows of 198.51.100.1:53/UDP to 10.1.0.2:5353; "
	 "flows of 203.0.113.1:53/UDP to 10.1.0.2:5353"},
};
#define CHANGES ((int)(sizeof(changes) / sizeof(changes[0])))

START_TEST(a_change_cuts_off_the_flows_concerned)
{
	struct svclb_state *from = rules(changes[_i].from);
	struct svclb_state *to = rules(changes[_i].to);
	char *got = flow_lines(from, to);

	ck_assert_str_eq(got, changes[_i].flows);
	svclb_text_free(got);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

/* Each address once, whichever mode it had before. */
START_TEST(a_change_of_mode_cuts_each_address_once)
{
	struct svclb_state *ipvs = compiled(SVCLB_MODE_IPVS, "12");
	struct svclb_state *ipt = rules("12");
	char *there = flow_lines(ipvs, ipt);
	char *back = flow_lines(ipt, ipvs);

	ck_assert_str_eq(there, ALL);
	ck_assert_str_eq(back, ALL);
	svclb_text_free(there);
	svclb_text_free(back);
	svclb_state_unref(ipvs);
	svclb_state_unref(ipt);
}
END_TEST

/* ---- carried out ---- */

static struct flow_key flow(const char *vip, uint16_t port, const char *real)
{
	return (struct flow_key){
		.vip = ip_of(vip), .port = port, .real = ip_of(real), .real_port = 5353};
}

static int go(struct svclb_ctx *ctx, struct svclb_state *to, bool travels)
{
	struct svclb_state *now = NULL;
	struct svclb_plan *plan = NULL;
	char *json;
	int r;

	ck_assert_int_eq(svclb_read(ctx, &now, NULL), 0);
	ck_assert_int_eq(svclb_diff(now, to, 1, &plan, NULL), 0);
	if (travels) {
		size_t n = svclb_plan_count(plan);

		ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
		svclb_plan_unref(plan);
		ck_assert_int_eq(svclb_plan_load(json, strlen(json), "p", NULL, &plan, NULL), 0);
		ck_assert_uint_eq(svclb_plan_count(plan), n);
		svclb_text_free(json);
	}
	r = svclb_plan_commit(ctx, plan, NULL, NULL);
	svclb_plan_unref(plan);
	svclb_state_unref(now);
	return r;
}

static const struct {
	const char *to;
	size_t left; /* of SAMPLES: one is of another address, one of another port */
} ends[] = {{"+12", 6}, {"+2", 4}, {"+23", 4}, {"12", 4}, {"+", 2}, {NULL, 2}};
#define ENDS ((int)(sizeof(ends) / sizeof(ends[0])))

START_TEST(exactly_those_flows_go_also_by_a_saved_plan)
{
	struct svclb_state *from = rules("+12");
	struct svclb_state *to = rules(ends[_i / 2].to);
	const struct flow_key samples[SAMPLES] = {
		flow("10.96.0.10", 53, "10.1.0.1"),   flow("10.96.0.10", 53, "10.1.0.2"),
		flow("192.0.2.1", 30053, "10.1.0.1"), flow("127.0.0.1", 30053, "10.1.0.2"),
		flow("10.96.0.99", 53, "10.1.0.1"),   flow("192.0.2.1", 30054, "10.1.0.1"),
	};
	struct svclb_mem *mem = NULL;
	struct svclb_ctx *ctx = NULL;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &ctx, NULL), 0);
	ck_assert_int_eq(go(ctx, from, false), 0);
	for (size_t i = 0; i < SAMPLES; i++) {
		struct flow_key *f = vec_push(&mem->flows);

		ck_assert_ptr_nonnull(f);
		*f = samples[i];
	}
	ck_assert_int_eq(go(ctx, to, _i % 2), 0);
	ck_assert_uint_eq(mem->flows.n, ends[_i / 2].left);
	ck_assert_int_eq(go(ctx, to, _i % 2), 0);
	ck_assert_uint_eq(mem->flows.n, ends[_i / 2].left);
	svclb_state_unref(from);
	svclb_state_unref(to);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fronts");
	TCase *tc = tcase_create("fronts");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, fronts_are_addresses_with_their_endpoints);
	tcase_add_test(tc, circles_end);
	tcase_add_loop_test(tc, a_change_cuts_off_the_flows_concerned, 0, CHANGES);
	tcase_add_test(tc, a_change_of_mode_cuts_each_address_once);
	tcase_add_loop_test(tc, exactly_those_flows_go_also_by_a_saved_plan, 0, 2 * ENDS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
