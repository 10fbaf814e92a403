/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which tracked UDP flows a change cuts off, and that no others go. */
#include <errno.h>

#include "kernel/conntrack.h"
#include "kernel/mem.h"
#include "plan/diff.h"
#include "plan/flows.h"
#include "states.h"
#include "util/strbuf.h"

/* A virtual server in words: "10.96.0.10:53/UDP 10.1.0.1 10.1.0.2". */
static void put_words(struct svclb_state *st, uint8_t proto, const char *vip, uint16_t port,
		      uint8_t fwd, const char *servers)
{
	struct vserver vs = {.sched = "rr", .netmask = 32, .ours = true};
	struct rserver rs = {.port = 5353, .weight = 1, .fwd = fwd};
	char words[200];
	int64_t i;

	vs.key = (struct vs_key){.proto = proto, .port = port, .ip = ip_of(vip)};
	vs.key.family = vs.key.ip.family;
	i = state_add_vserver(st, &vs);
	ck_assert_int_ge(i, 0);
	rs.vs = (uint32_t)i;
	ck_assert_uint_lt(strlen(servers), sizeof(words));
	strcpy(words, servers);
	for (char *save, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		rs.ip = ip_of(w);
		ck_assert_int_ge(state_add_rserver(st, &rs), 0);
	}
}

static struct svclb_state *dns(const char *servers)
{
	struct svclb_state *st = state_begin();
	struct set_entry owned = {.proto = PROTO_UDP, .port = 53, .ip = ip_of("10.96.0.10")};

	owned.set = put_set(st, SET_OWNED);
	if (servers) {
		put_words(st, PROTO_UDP, "10.96.0.10", 53, FWD_MASQUERADE, servers);
		ck_assert_int_ge(state_add_entry(st, &owned), 0);
	}
	return state_end(st);
}

/* The lines about flows in the plan from one state to another. */
static char *flow_lines(struct svclb_state *from, struct svclb_state *to)
{
	struct svclb_plan *plan;
	const struct svclb_step *s = NULL;
	struct strbuf b = {0};
	bool seen = false;
	char *text;

	ck_assert_int_eq(svclb_diff(from, to, 1, &plan, NULL), 0);
	while ((s = svclb_plan_next_step(plan, s))) {
		bool flows = !strcmp(svclb_step_get_subsystem(s), "conntrack");

		/* nothing that could let in another packet of the old kind comes later */
		ck_assert(!seen || flows || s->op == STEP_DELETE);
		seen = seen || flows;
		if (!flows)
			continue;
		ck_assert_str_eq(svclb_step_get_op(s), "delete");
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

static const struct {
	const char *from; /* NULL: no Service */
	const char *to;
	const char *flows;
} changes[] = {
	{NULL, NULL, ""},
	{NULL, "", ""},
	{NULL, "10.1.0.1", "flows of 10.96.0.10:53/UDP"},
	{"", "10.1.0.1 10.1.0.2", "flows of 10.96.0.10:53/UDP"},
	{"10.1.0.1", "10.1.0.1", ""},
	{"10.1.0.1", "10.1.0.1 10.1.0.2", ""},
	{"10.1.0.1", "", "flows of 10.96.0.10:53/UDP to 10.1.0.1:5353"},
	{"10.1.0.1 10.1.0.2 10.1.0.3", "10.1.0.2 10.1.0.4",
	 "flows of 10.96.0.10:53/UDP to 10.1.0.1:5353; "
	 "flows of 10.96.0.10:53/UDP to 10.1.0.3:5353"},
	{"10.1.0.1", NULL, "flows of 10.96.0.10:53/UDP"},
	{"", NULL, "flows of 10.96.0.10:53/UDP"},
};
#define CHANGES ((int)(sizeof(changes) / sizeof(changes[0])))

START_TEST(a_change_cuts_off_the_flows_concerned)
{
	struct svclb_state *from = dns(changes[_i].from);
	struct svclb_state *to = dns(changes[_i].to);
	char *got = flow_lines(from, to);

	ck_assert_str_eq(got, changes[_i].flows);
	svclb_text_free(got);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

START_TEST(other_protocols_and_methods_keep_theirs)
{
	static const struct {
		uint8_t proto;
		uint8_t fwd;
		const char *flows; /* of losing one of two real servers */
	} rows[] = {
		{PROTO_TCP, FWD_MASQUERADE, ""},
		{PROTO_SCTP, FWD_MASQUERADE, ""},
		{PROTO_UDP, FWD_DROUTE, ""},
		{PROTO_UDP, FWD_TUNNEL, ""},
		{PROTO_UDP, FWD_MASQUERADE, "flows of [fd00:96::a]:53/UDP to [fd00:1::2]:5353"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct svclb_state *from = state_begin();
		struct svclb_state *to = state_begin();
		char *got;

		put_words(from, rows[i].proto, "fd00:96::a", 53, rows[i].fwd,
			  "fd00:1::1 fd00:1::2");
		put_words(to, rows[i].proto, "fd00:96::a", 53, rows[i].fwd, "fd00:1::1");
		got = flow_lines(state_end(from), state_end(to));
		ck_assert_str_eq(got, rows[i].flows);
		svclb_text_free(got);
		svclb_state_unref(from);
		svclb_state_unref(to);
	}
}
END_TEST

/* The external policy Local, with real servers for clients inside: "!" in front shuts others out. */
static struct svclb_state *shut(const char *servers)
{
	struct svclb_state *st = state_begin();
	struct set_entry e = {.proto = PROTO_UDP, .port = 53, .ip = ip_of("198.51.100.10")};
	bool outside = servers[0] != '!';

	e.set = put_set(st, SET_OWNED);
	put_words(st, PROTO_UDP, "198.51.100.10", 53, FWD_MASQUERADE, servers + !outside);
	put_words(st, PROTO_TCP, "198.51.100.10", 53, FWD_MASQUERADE, servers + !outside);
	ck_assert_int_ge(state_add_entry(st, &e), 0);
	put_entry(st, e.set, "198.51.100.10", 53);
	e.set = put_set(st, SET_NO_LOCAL);
	if (!outside) {
		ck_assert_int_ge(state_add_entry(st, &e), 0);
		put_entry(st, e.set, "198.51.100.10", 53);
	}
	return state_end(st);
}

START_TEST(clients_that_are_shut_out_lose_theirs)
{
	static const struct {
		const char *from;
		const char *to;
		const char *flows;
	} rows[] = {
		{"10.1.0.1", "!10.1.0.1", "flows of 198.51.100.10:53/UDP"},
		{"10.1.0.1", "!10.1.0.2",
		 "flows of 198.51.100.10:53/UDP; flows of 198.51.100.10:53/UDP to 10.1.0.1:5353"},
		{"", "!10.1.0.1", "flows of 198.51.100.10:53/UDP"},
		{"!10.1.0.1", "!10.1.0.1", ""},
		{"!10.1.0.1", "10.1.0.1", ""},
		{"10.1.0.1", "10.1.0.1", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct svclb_state *from = shut(rows[i].from);
		struct svclb_state *to = shut(rows[i].to);
		char *got = flow_lines(from, to);

		ck_assert_str_eq(got, rows[i].flows);
		svclb_text_free(got);
		svclb_state_unref(from);
		svclb_state_unref(to);
	}
}
END_TEST

/* ---- keys ---- */

static struct flow_key key(const char *vip, uint16_t port, const char *real, uint16_t real_port)
{
	struct flow_key k = {.vip = ip_of(vip), .port = port, .real_port = real_port};

	if (real)
		k.real = ip_of(real);
	return k;
}

static int by_order(const void *a, const void *b)
{
	return flow_key_cmp(a, b);
}

START_TEST(wildcards_match_what_they_leave_open)
{
	struct flow_key keys[] = {
		key("10.96.0.10", 53, NULL, 0),
		key("10.96.0.11", 53, "10.1.0.1", 5353),
		key("10.96.0.12", 0, "10.1.0.1", 0),
		key("10.96.0.13", 0, NULL, 0),
	};
	static const struct {
		const char *vip;
		uint16_t port;
		const char *real;
		uint16_t real_port;
		bool among;
	} flows[] = {
		{"10.96.0.10", 53, "10.1.0.9", 1, true},
		{"10.96.0.10", 54, "10.1.0.9", 1, false},
		{"10.96.0.11", 53, "10.1.0.1", 5353, true},
		{"10.96.0.11", 53, "10.1.0.1", 5354, false},
		{"10.96.0.11", 53, "10.1.0.2", 5353, false},
		{"10.96.0.12", 7, "10.1.0.1", 7, true},
		{"10.96.0.12", 7, "10.1.0.2", 7, false},
		{"10.96.0.13", 9, "10.1.0.2", 7, true},
		{"10.96.0.14", 53, "10.1.0.1", 5353, false},
	};

	qsort(keys, 4, sizeof(keys[0]), by_order);
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		struct flow_key f =
			key(flows[i].vip, flows[i].port, flows[i].real, flows[i].real_port);

		ck_assert_int_eq(flow_among(&f, keys, 4), flows[i].among);
		ck_assert(!flow_among(&f, keys, 0));
	}
}
END_TEST

/* ---- asked for ---- */

#define FOREIGN 3000

/* What the kernel would list of flows to others' servers of port 53, over all questions. */
static size_t foreign_listed(bool v6, const struct flow_key *questions, size_t n)
{
	size_t listed = 0;

	for (int i = 0; i < FOREIGN; i++) {
		struct flow_key f = key(v6 ? "2001:db8::1" : "192.0.2.1", 53,
					v6 ? "2001:db8::1" : "192.0.2.1", 53);

		f.vip.b[v6 ? 15 : 3] = f.real.b[v6 ? 15 : 3] = (uint8_t)(i % 250);
		for (size_t q = 0; q < n; q++)
			listed += conntrack_answers(&f, &questions[q]);
	}
	return listed;
}

/* Every flow that a key names is in an answer. */
static void all_are_named(const struct flow_key *keys, size_t n, const struct flow_key *questions,
			  size_t count)
{
	for (size_t i = 0; i < n; i++) {
		struct flow_key f = keys[i];
		bool named = false;

		if (!f.real.family)
			f.real = f.vip;
		for (size_t q = 0; q < count; q++)
			named = named || conntrack_answers(&f, &questions[q]);
		ck_assert_msg(named, "key %zu of %zu", i, n);
	}
}

static const struct {
	const char *what;
	struct {
		const char *vip;
		uint16_t port;
		const char *real;
		uint16_t real_port;
	} keys[6];
	size_t questions;
	size_t foreign;
} asked[] = {
	{"a node port gets its first endpoint",
	 {{"10.96.0.10", 53, NULL, 0}, {"192.168.64.10", 30053, NULL, 0}},
	 2,
	 0},
	{"two Services", {{"10.96.0.10", 53, NULL, 0}, {"10.96.0.11", 5060, NULL, 0}}, 2, 0},
	{"a node port of the node's own addresses",
	 {{"10.96.0.10", 53, NULL, 0}, {"0.0.0.0", 30053, NULL, 0}},
	 2,
	 0},
	{"one endpoint, several addresses",
	 {{"10.96.0.10", 53, "10.1.0.1", 5353},
	  {"198.51.100.10", 53, "10.1.0.1", 5353},
	  {"192.168.64.10", 30053, "10.1.0.1", 5353}},
	 1,
	 0},
	{"endpoints of an address that goes as a whole",
	 {{"10.96.0.10", 53, NULL, 0},
	  {"10.96.0.10", 53, "10.1.0.1", 5353},
	  {"10.96.0.10", 53, "10.1.0.2", 5353}},
	 1,
	 0},
	{"one of them of another address too",
	 {{"10.96.0.10", 53, NULL, 0},
	  {"10.96.0.10", 53, "10.1.0.1", 5353},
	  {"10.96.0.11", 53, "10.1.0.1", 5353}},
	 2,
	 0},
	{"IPv6 has ports only",
	 {{"fd00:96::a", 53, NULL, 0}, {"fd00:64::10", 30053, NULL, 0}},
	 2,
	 FOREIGN},
	{"IPv6, another port",
	 {{"fd00:96::a", 5060, NULL, 0}, {"fd00:96::b", 5060, NULL, 0}},
	 1,
	 0},
	{"IPv6, the endpoint's port",
	 {{"fd00:96::a", 53, "fd00:1::1", 5353},
	  {"fd00:96::b", 53, "fd00:1::2", 5353},
	  {"fd00:64::10", 30053, "fd00:1::1", 5353}},
	 1,
	 0},
};
#define ASKED ((int)(sizeof(asked) / sizeof(asked[0])))

START_TEST(questions_are_narrow)
{
	struct flow_key questions[CT_QUESTIONS_MAX];
	struct flow_key keys[6];
	size_t n = 0;
	size_t count;

	while (n < 6 && asked[_i].keys[n].vip) {
		keys[n] = key(asked[_i].keys[n].vip, asked[_i].keys[n].port, asked[_i].keys[n].real,
			      asked[_i].keys[n].real_port);
		n++;
	}
	qsort(keys, n, sizeof(keys[0]), by_order);
	count = conntrack_questions(keys, n, questions);
	ck_assert_msg(count == asked[_i].questions, "%s: %zu questions", asked[_i].what, count);
	ck_assert_uint_eq(foreign_listed(keys[0].vip.family == 6, questions, count),
			  asked[_i].foreign);
	all_are_named(keys, n, questions, count);
}
END_TEST

/* Many keys are put to few questions, which stay as narrow as their number allows. */
START_TEST(questions_are_few)
{
	static const struct {
		uint16_t port, more; /* the first one's, and how much the next one has more */
		size_t n, questions, foreign;
	} rows[] = {
		{53, 0, CT_QUESTIONS_MAX, CT_QUESTIONS_MAX, 0},
		{53, 0, CT_QUESTIONS_MAX + 1, 1, FOREIGN},
		{1053, 0, 200, 1, 0},
		{1053, 1, CT_QUESTIONS_MAX, CT_QUESTIONS_MAX, 0},
		{1053, 1, 200, 1, FOREIGN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow_key questions[CT_QUESTIONS_MAX];
		struct flow_key keys[200];
		size_t count;

		for (size_t k = 0; k < rows[i].n; k++) {
			keys[k] = key("10.96.0.10", (uint16_t)(rows[i].port + k * rows[i].more),
				      NULL, 0);
			keys[k].vip.b[3] = (uint8_t)k;
		}
		count = conntrack_questions(keys, rows[i].n, questions);
		ck_assert_uint_eq(count, rows[i].questions);
		ck_assert_uint_eq(foreign_listed(false, questions, count), rows[i].foreign);
		all_are_named(keys, rows[i].n, questions, count);
	}
}
END_TEST

/* ---- carried out ---- */

struct bench {
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
};

static struct bench bench_new(struct svclb_state *st)
{
	static const char *const servers[] = {"10.1.0.1", "10.1.0.2", "10.1.0.3"};
	struct svclb_state *now;
	struct svclb_plan *plan;
	struct bench b;

	ck_assert_int_eq(svclb_mem_new(&b.mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, b.mem, &b.ctx, NULL), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	ck_assert_int_eq(svclb_diff(now, st, 0, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(now);
	for (size_t i = 0; i < 6; i++) {
		struct flow_key *f = vec_push(&b.mem->flows);

		ck_assert_ptr_nonnull(f);
		*f = key(i < 3 ? "10.96.0.10" : "10.96.0.99", 53, servers[i % 3], 5353);
	}
	return b;
}

static void bench_free(struct bench *b)
{
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
}

/* Saved and loaded, as a plan travels. */
static struct svclb_plan *travelled(struct svclb_plan *plan)
{
	struct svclb_plan *loaded;
	char *json;

	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan.json", NULL, &loaded, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count(loaded), svclb_plan_count(plan));
	svclb_text_free(json);
	svclb_plan_unref(plan);
	return loaded;
}

static int commit(struct bench *b, struct svclb_state *to, bool travels)
{
	struct svclb_state *now;
	struct svclb_plan *plan;
	int r;

	ck_assert_int_eq(svclb_read(b->ctx, &now, NULL), 0);
	ck_assert_int_eq(svclb_diff(now, to, 1, &plan, NULL), 0);
	svclb_state_unref(now);
	if (travels)
		plan = travelled(plan);
	r = svclb_plan_commit(b->ctx, plan, NULL, NULL);
	svclb_plan_unref(plan);
	return r;
}

static const struct {
	const char *to;
	size_t left; /* of six: three are another address's */
} ends[] = {
	{"10.1.0.1 10.1.0.2 10.1.0.3", 6},
	{"10.1.0.1 10.1.0.2", 5},
	{"10.1.0.3 10.1.0.4", 4},
	{"10.1.0.1 10.1.0.2 10.1.0.3 10.1.0.4", 6},
	{"", 3},
	{NULL, 3},
};

START_TEST(exactly_those_flows_go_also_by_a_saved_plan)
{
	struct svclb_state *from = dns("10.1.0.1 10.1.0.2 10.1.0.3");
	struct svclb_state *to = dns(ends[_i / 2].to);
	struct bench b = bench_new(from);

	ck_assert_int_eq(commit(&b, to, _i % 2), 0);
	ck_assert_uint_eq(b.mem->flows.n, ends[_i / 2].left);
	ck_assert_int_eq(commit(&b, to, _i % 2), 0);
	ck_assert_uint_eq(b.mem->flows.n, ends[_i / 2].left);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_saved_plan_shuts_out_too)
{
	struct svclb_state *from = shut("10.1.0.1 10.1.0.2");
	struct svclb_state *to = shut("!10.1.0.1 10.1.0.2");
	struct bench b = bench_new(from);
	struct flow_key *f = vec_push(&b.mem->flows);

	ck_assert_ptr_nonnull(f);
	*f = key("198.51.100.10", 53, "10.1.0.1", 5353);
	ck_assert_int_eq(commit(&b, to, _i), 0);
	ck_assert_uint_eq(b.mem->flows.n, 6);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_flush_that_fails_takes_everything_back)
{
	struct svclb_state *from = dns("10.1.0.1 10.1.0.2");
	struct svclb_state *to = dns("10.1.0.2");
	struct bench b = bench_new(from);
	struct svclb_state *now;

	/* after the real server, the flows */
	svclb_mem_fail_at(b.mem, 2, ENOBUFS, 0);
	ck_assert_int_eq(commit(&b, to, false), -SVCLB_EROLLEDBACK);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	ck_assert_uint_eq(now->rservers.n, 2);
	ck_assert_uint_eq(b.mem->flows.n, 6);
	svclb_state_unref(now);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flows");
	TCase *tc = tcase_create("flows");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_change_cuts_off_the_flows_concerned, 0, CHANGES);
	tcase_add_test(tc, other_protocols_and_methods_keep_theirs);
	tcase_add_test(tc, clients_that_are_shut_out_lose_theirs);
	tcase_add_test(tc, wildcards_match_what_they_leave_open);
	tcase_add_loop_test(tc, questions_are_narrow, 0, ASKED);
	tcase_add_test(tc, questions_are_few);
	tcase_add_loop_test(tc, exactly_those_flows_go_also_by_a_saved_plan, 0, 12);
	tcase_add_loop_test(tc, a_saved_plan_shuts_out_too, 0, 2);
	tcase_add_test(tc, a_flush_that_fails_takes_everything_back);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
