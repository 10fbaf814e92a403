/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random pairs of models on the in-memory kernel: every way from one to the other arrives, fails
 * without a trace, and passes only through states that do no harm.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#include "apply/ctx.h"
#include "kernel/mem.h"
#include "model/model.h"
#include "random-manifest.h"
#include "state/draining.h"
#include "state/names.h"

#define PAIRS	     40
#define DEFAULT_SEED 0x5eed0fa11de41ULL /* SVCLB_SEED=number in the environment tries another */

static uint64_t seed_of_run(void)
{
	const char *text = getenv("SVCLB_SEED");

	return text ? strtoull(text, NULL, 0) : DEFAULT_SEED;
}

/* ---- the bench ---- */

struct bench {
	uint64_t seed; /* of this pair */
	uint64_t rnd;
	char *text[2]; /* the models a and b */
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
	struct svclb_state *a; /* as read once a is there */
	struct svclb_state *b; /* as compiled */
};

/* Fails; on standard error is what it takes to see it again. */
#define EXPECT(bench, condition, ...)                                                           \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			(void)fprintf(stderr, "SVCLB_SEED=%#llx\n--- from\n%s--- to\n%s",       \
				      (unsigned long long)(bench)->seed, (bench)->text[0],      \
				      (bench)->text[1]); /* the failure itself is told below */ \
			ck_abort_msg(__VA_ARGS__);                                              \
		}                                                                               \
	} while (0)

static struct svclb_model *load(struct bench *b, const char *text)
{
	struct svclb_model *model = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &model, NULL), 0);
	EXPECT(b, !svclb_model_load(model, text, strlen(text), "m.yaml", &err), "not loaded: %s",
	       svclb_error_get_message(err));
	return model;
}

static struct svclb_state *now(struct bench *b)
{
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_read(b->ctx, &st, NULL), 0);
	return st;
}

static void expect_holds(struct bench *b, struct svclb_state *want, const char *when)
{
	struct svclb_state *st = now(b);
	struct svclb_plan *rest = NULL;
	char *text = NULL;

	ck_assert_int_eq(svclb_diff(st, want, 1, &rest, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_text(rest, &text, NULL), 0);
	EXPECT(b, !svclb_plan_count(rest), "%s: the kernel holds something else: %s", when, text);
	svclb_text_free(text);
	svclb_plan_unref(rest);
	svclb_state_unref(st);
}

static struct svclb_state *compiled(struct bench *b, const char *text)
{
	const struct svclb_options *opts = svclb_ctx_get_options(b->ctx);
	struct svclb_model *model = load(b, text);
	struct svclb_error *err = NULL;
	struct svclb_state *st = NULL;

	EXPECT(b, !svclb_model_complete(model, opts, &err), "not completed: %s",
	       svclb_error_get_message(err));
	EXPECT(b, !svclb_compile(model, opts, &st, &err), "not compiled: %s",
	       svclb_error_get_message(err));
	svclb_model_unref(model);
	return st;
}

static void apply(struct bench *b, const char *text)
{
	struct svclb_model *model = load(b, text);
	struct svclb_error *err = NULL;

	EXPECT(b, !svclb_apply(b->ctx, model, NULL, &err), "not applied: %s",
	       svclb_error_get_message(err));
	svclb_model_unref(model);
}

/* Some real servers have connections, so that they drain instead of leaving. */
static void make_busy(struct bench *b)
{
	for (size_t i = 0; i < b->mem->vservers.n; i++)
		for (size_t k = 0; k < b->mem->vservers.v[i].rs.n; k++)
			if (sometimes(&b->rnd, 2))
				b->mem->vservers.v[i].rs.v[k].active_conns = 1;
}

/* A kernel that holds a. */
static void bench_open(struct bench *b, uint32_t mode)
{
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, mode), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, "n1"), 0);
	ck_assert_int_eq(svclb_options_set_zone(opts, "z1"), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(opts, "10.244.0.0/16,fd00:1::/64"), 0);
	ck_assert_int_eq(svclb_mem_new(&b->mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b->mem, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b->mem, "2001:db8::1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b->mem, "203.0.113.1", 80, "TCP"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b->mem, &b->ctx, NULL), 0);
	svclb_options_unref(opts);
	/* what only b has drains when it goes, and so may be there to come back */
	apply(b, b->text[1]);
	make_busy(b);
	apply(b, b->text[0]);
	make_busy(b);
	b->a = now(b);
	b->b = compiled(b, b->text[1]);
}

static void bench_begin_in(struct bench *b, uint64_t seed, uint32_t mode)
{
	*b = (struct bench){.seed = seed, .rnd = seed};
	for (int i = 0; i < 2; i++) {
		b->text[i] = random_manifest(&b->rnd);
		ck_assert_ptr_nonnull(b->text[i]);
	}
	bench_open(b, mode);
}

static void bench_begin(struct bench *b, uint64_t seed)
{
	bench_begin_in(b, seed, SVCLB_MODE_IPVS);
}

static void bench_end(struct bench *b)
{
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
	svclb_state_unref(b->a);
	svclb_state_unref(b->b);
	free(b->text[0]);
	free(b->text[1]);
}

static struct svclb_plan *plan(struct bench *b)
{
	struct svclb_plan *p = NULL;

	ck_assert_int_eq(svclb_diff(b->a, b->b, 0, &p, NULL), 0);
	return p;
}

/* Each pair has a seed of its own that alone makes it. */
static uint64_t pair_seed(int i)
{
	uint64_t rnd = seed_of_run();

	return i ? rnd + (uint64_t)i : rnd;
}

START_TEST(apply_arrives)
{
	struct svclb_plan *p, *loaded = NULL;
	struct svclb_state *st;
	struct bench b;
	char *json = NULL;

	bench_begin(&b, pair_seed(_i));
	p = plan(&b);
	ck_assert_int_eq(svclb_plan_to_json(p, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan", NULL, &loaded, NULL), 0);
	EXPECT(&b, svclb_plan_count(p) == svclb_plan_count(loaded),
	       "saved plan: %zu steps, not %zu", svclb_plan_count(loaded), svclb_plan_count(p));
	EXPECT(&b, !svclb_plan_commit(b.ctx, loaded, NULL, NULL), "the saved plan is refused");
	expect_holds(&b, b.b, "after the plan");
	apply(&b, b.text[0]);
	make_busy(&b);
	apply(&b, b.text[1]);
	expect_holds(&b, b.b, "after apply");
	ck_assert_int_eq(svclb_cleanup(b.ctx, NULL, NULL), 0);
	st = now(&b);
	EXPECT(&b, st->vservers.n == 1 && !st->sets.n && !st->chains.n && !st->addrs.n,
	       "cleanup left something, or took what is not ours");
	svclb_state_unref(st);
	svclb_text_free(json);
	svclb_plan_unref(loaded);
	svclb_plan_unref(p);
	bench_end(&b);
}
END_TEST

START_TEST(a_failing_step_leaves_no_trace)
{
	struct svclb_plan *p;
	struct bench b;

	bench_begin(&b, pair_seed(_i));
	p = plan(&b);
	for (int i = 0; i < 5 && svclb_plan_count(p); i++) {
		uint64_t k = 1 + below(&b.rnd, (unsigned)svclb_plan_count(p));
		int r;

		ck_assert_int_eq(svclb_mem_fail_at(b.mem, k, ENOBUFS, 0), 0);
		r = svclb_plan_commit(b.ctx, p, NULL, NULL);
		EXPECT(&b, r == -SVCLB_EROLLEDBACK, "failing step %llu gives %s",
		       (unsigned long long)k, svclb_code_name(r));
		expect_holds(&b, b.a, "after the rollback");
		ck_assert_int_eq(svclb_mem_fail_at(b.mem, 0, 0, 0), 0);
	}
	svclb_plan_unref(p);
	bench_end(&b);
}
END_TEST

/* What jumps to nowhere is refused when the state is sealed. */
START_TEST(arrives_in_iptables_mode)
{
	struct bench b;

	bench_begin_in(&b, pair_seed(_i), SVCLB_MODE_IPTABLES);
	apply(&b, b.text[1]);
	expect_holds(&b, b.b, "after apply");
	bench_end(&b);
}
END_TEST

/* ---- what does no harm ---- */

static const struct mem_vserver *find_vserver(const struct svclb_mem *mem, const struct vs_key *key)
{
	for (size_t i = 0; i < mem->vservers.n; i++)
		if (!vs_key_cmp(&mem->vservers.v[i].vs.key, key))
			return &mem->vservers.v[i];
	return NULL;
}

static bool set_holds(const struct svclb_mem *mem, enum set_id id, uint8_t family,
		      const struct set_entry *entry)
{
	char name[SET_NAME_MAX];

	set_full_name("KUBE-", id, family, name);
	for (size_t i = 0; i < mem->sets.n; i++)
		for (size_t k = 0;
		     !strcmp(mem->sets.v[i].set.name, name) && k < mem->sets.v[i].entries.n; k++)
			if (!entry_key_cmp(&mem->sets.v[i].entries.v[k], entry))
				return true;
	return false;
}

static bool state_holds(const struct svclb_state *st, enum set_id id, uint8_t family,
			const struct set_entry *entry)
{
	char name[SET_NAME_MAX];
	const struct ipset *set = state_find_set(st, set_full_name("KUBE-", id, family, name));

	return set && state_set_has(st, set, entry);
}

/* The filter table has the guard's chain, and a jump to it for what is meant for the node. */
static bool guarded(const struct svclb_mem *mem, uint8_t family)
{
	const struct svclb_state *st = mem->tables[table_index(family, TABLE_FILTER)];
	const struct chain *input = st ? state_find_chain(st, family, TABLE_FILTER, "INPUT") : NULL;
	char guard[CHAIN_NAME_MAX];

	chain_full_name("KUBE-", CHAIN_FILTER_IPVS, guard);
	if (!input || !state_find_chain(st, family, TABLE_FILTER, guard))
		return false;
	for (uint32_t i = 0; i < input->rule_count; i++)
		if (!strcmp(st->rules.v[input->rule_first + i].jump, guard))
			return true;
	return false;
}

/* No address answers unless the guard stands and knows it. */
static void check_addresses(struct bench *b, size_t step)
{
	for (size_t i = 0; i < b->mem->addrs.n; i++) {
		const struct ipaddr *ip = &b->mem->addrs.v[i].ip;
		struct set_entry entry = {.ip = *ip};
		char text[IP_TEXT_MAX];

		EXPECT(b, b->mem->link, "step %zu: addresses without a link", step);
		EXPECT(b, guarded(b->mem, ip->family), "step %zu: %s without the guard", step,
		       ip_format(ip, text));
		EXPECT(b, set_holds(b->mem, SET_IPVS_IPS, ip->family, &entry),
		       "step %zu: the guard does not know %s", step, ip_format(ip, text));
	}
}

/* Every virtual server of ours stands in the ledger, from its first moment to its last. */
static void check_ledger(struct bench *b, const struct svclb_plan *p, size_t step)
{
	for (size_t i = 0; i < b->mem->vservers.n; i++) {
		const struct vs_key *key = &b->mem->vservers.v[i].vs.key;
		const struct vserver *before = state_find_vserver(p->from, key);
		struct set_entry entry = vs_key_entry(key);
		char text[KEY_TEXT_MAX];

		if (before && !before->ours)
			continue;
		EXPECT(b, set_holds(b->mem, SET_OWNED, key->family, &entry),
		       "step %zu: %s is not in the ledger", step,
		       vs_key_text(key, text, sizeof(text)));
	}
}

static bool serves(const struct svclb_state *st, const struct vs_key *key)
{
	const struct vserver *vs = state_find_vserver(st, key);

	return vs && vs->rs_count;
}

/* An entry that admits traffic: somebody must be there to take it, unless nobody is wanted. */
static void check_gate(struct bench *b, const struct svclb_plan *p, const char *set,
		       const struct set_entry *e, size_t step)
{
	struct vs_key key = {
		.family = e->ip.family, .proto = e->proto, .port = e->port, .ip = e->ip};
	const struct mem_vserver *vs = find_vserver(b->mem, &key);
	char text[KEY_TEXT_MAX];
	bool nobody_wanted = (state_find_vserver(p->from, &key) && !serves(p->from, &key)) ||
			     (state_find_vserver(p->to, &key) && !serves(p->to, &key));

	EXPECT(b, vs, "step %zu: %s admits %s, which has no virtual server", step, set,
	       vs_key_text(&key, text, sizeof(text)));
	EXPECT(b, vs->rs.n || nobody_wanted, "step %zu: %s admits %s, which has no real server",
	       step, set, vs_key_text(&key, text, sizeof(text)));
}

static void check_gates(struct bench *b, const struct svclb_plan *p, size_t step)
{
	for (size_t i = 0; i < b->mem->sets.n; i++) {
		const struct mem_set *s = &b->mem->sets.v[i];
		uint8_t family;
		const struct set_info *info = set_by_name("KUBE-", s->set.name, &family);

		for (size_t k = 0;
		     info && info->role == ROLE_GATE && info->names_vservers && k < s->entries.n;
		     k++)
			check_gate(b, p, s->set.name, &s->entries.v[k], step);
	}
}

/* Source ranges hold for as long as the virtual server stands that they are for. */
static void check_fence(struct bench *b, const struct svclb_plan *p, const struct vs_key *key,
			size_t step)
{
	struct set_entry e = vs_key_entry(key);
	bool before = state_holds(p->from, SET_LOAD_BALANCER_FW, key->family, &e);
	bool after = state_holds(p->to, SET_LOAD_BALANCER_FW, key->family, &e);
	bool stays = state_find_vserver(p->from, key) && state_find_vserver(p->to, key);
	char text[KEY_TEXT_MAX];

	if (stays ? before && after : before || after)
		EXPECT(b, set_holds(b->mem, SET_LOAD_BALANCER_FW, key->family, &e),
		       "step %zu: %s is open to everybody", step,
		       vs_key_text(key, text, sizeof(text)));
}

static bool has_rserver(const struct mem_vserver *vs, const struct rserver *rs)
{
	for (size_t i = 0; i < vs->rs.n; i++)
		if (!rs_key_cmp(&vs->rs.v[i], rs))
			return true;
	return false;
}

static bool has_all(const struct mem_vserver *have, const struct svclb_state *st,
		    const struct vserver *vs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++)
		if (!has_rserver(have, &st->rservers.v[vs->rs_first + i]))
			return false;
	return true;
}

/* Of a virtual server that stays, no real server goes before all that come are in. */
static void check_replacement(struct bench *b, const struct svclb_plan *p,
			      const struct mem_vserver *have, size_t step)
{
	const struct vserver *before = state_find_vserver(p->from, &have->vs.key);
	const struct vserver *after = state_find_vserver(p->to, &have->vs.key);
	char text[KEY_TEXT_MAX];

	if (before && after)
		EXPECT(b, has_all(have, p->from, before) || has_all(have, p->to, after),
		       "step %zu: %s lost a real server before the new ones were in", step,
		       vs_key_text(&have->vs.key, text, sizeof(text)));
}

/* Whether answers to this virtual server's clients from outside need not come by this node. */
static bool unmasqueraded(const struct svclb_mem *mem, const struct vs_key *key)
{
	struct set_entry e = vs_key_entry(key);
	struct set_entry port = {.port = key->port};

	if (set_holds(mem, SET_NO_LOCAL_MASQ, key->family, &e) ||
	    set_holds(mem, SET_EXTERNAL_IP, key->family, &e))
		return false;
	return set_holds(mem, SET_EXTERNAL_IP_LOCAL, key->family, &e) ||
	       set_holds(mem, SET_LOAD_BALANCER_LOCAL, key->family, &e) ||
	       set_holds(mem, SET_NODE_PORT_LOCAL_SCTP, key->family, &e) ||
	       (key->proto == PROTO_TCP &&
		set_holds(mem, SET_NODE_PORT_LOCAL_TCP, key->family, &port)) ||
	       (key->proto == PROTO_UDP &&
		set_holds(mem, SET_NODE_PORT_LOCAL_UDP, key->family, &port));
}

/* A virtual server that stays: real servers of other nodes only while it is masqueraded. */
static void check_masquerade(struct bench *b, const struct svclb_plan *p,
			     const struct mem_vserver *have, size_t step)
{
	const struct vs_key *key = &have->vs.key;
	char text[KEY_TEXT_MAX];

	if (!state_find_vserver(p->from, key) || !state_find_vserver(p->to, key) ||
	    !unmasqueraded(b->mem, key))
		return;
	for (size_t i = 0; i < have->rs.n; i++) {
		const struct rserver *rs = &have->rs.v[i];
		struct set_entry local = {
			.ip = rs->ip, .port = rs->port, .proto = key->proto, .ip2 = rs->ip};

		EXPECT(b, !rs->weight || set_holds(b->mem, SET_LOOP_BACK, key->family, &local),
		       "step %zu: %s is not masqueraded, and has a real server on another node",
		       step, vs_key_text(key, text, sizeof(text)));
	}
}

static bool has_weight(const struct svclb_state *st, const struct vs_key *key)
{
	const struct vserver *vs = state_find_vserver(st, key);

	for (uint32_t i = 0; vs && i < vs->rs_count; i++)
		if (st->rservers.v[vs->rs_first + i].weight)
			return true;
	return false;
}

/* One that serves before and after serves all the time: draining real servers do not. */
static void check_service(struct bench *b, const struct svclb_plan *p,
			  const struct mem_vserver *have, size_t step)
{
	const struct vs_key *key = &have->vs.key;
	char text[KEY_TEXT_MAX];
	bool serves_now = false;

	for (size_t i = 0; i < have->rs.n; i++)
		serves_now = serves_now || have->rs.v[i].weight;
	EXPECT(b, serves_now || !has_weight(p->from, key) || !has_weight(p->to, key),
	       "step %zu: nobody takes new connections to %s", step,
	       vs_key_text(key, text, sizeof(text)));
}

static void check_harmless(struct bench *b, const struct svclb_plan *p, size_t step)
{
	check_addresses(b, step);
	check_ledger(b, p, step);
	check_gates(b, p, step);
	for (size_t i = 0; i < b->mem->vservers.n; i++) {
		check_fence(b, p, &b->mem->vservers.v[i].vs.key, step);
		check_replacement(b, p, &b->mem->vservers.v[i], step);
		check_masquerade(b, p, &b->mem->vservers.v[i], step);
		check_service(b, p, &b->mem->vservers.v[i], step);
	}
}

static void walk(struct bench *b)
{
	struct svclb_plan *p = plan(b);
	struct kernel *k = b->ctx->kernel;
	size_t n = p->steps.n;
	size_t turn = below(&b->rnd, (unsigned)n + 1);
	enum fate *done = calloc(n + 1, sizeof(*done));

	ck_assert_ptr_nonnull(done);
	check_harmless(b, p, 0);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(k->ops->run(k, p, i, 1, false, done + i, NULL), 0);
		check_harmless(b, p, i + 1);
		if (i + 1 != turn)
			continue;
		/* there and back: what is undone is undone in reverse, as harmless as before */
		for (size_t u = turn; u-- > 0;) {
			ck_assert_int_eq(k->ops->run(k, p, u, 1, true, done + u, NULL), 0);
			check_harmless(b, p, u);
		}
		expect_holds(b, b->a, "undone from the middle");
		ck_assert_int_eq(k->ops->run(k, p, 0, turn, false, done, NULL), 0);
	}
	expect_holds(b, b->b, "step by step");
	free(done);
	svclb_plan_unref(p);
}

START_TEST(every_prefix_is_harmless)
{
	struct bench b;

	bench_begin(&b, pair_seed(_i));
	walk(&b);
	bench_end(&b);
}
END_TEST

static char *replica(unsigned first)
{
	char *text = NULL;

	ck_assert_int_gt(asprintf(&text,
				  "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
				  "spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}\n---\n"
				  "apiVersion: v1\nkind: Endpoints\nmetadata: {name: s}\n"
				  "subsets:\n- addresses: [{ip: 10.244.1.%u}, {ip: 10.244.1.%u}]\n"
				  "  ports: [{port: 80}]\n",
				  first, first + 1),
			 0);
	return text;
}

/* All real servers drain and those that drained come back, whichever are first by address. */
START_TEST(replaced_by_what_drained)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct bench b = {.seed = seed, .rnd = seed};

		b.text[_i] = replica(2);
		b.text[!_i] = replica(4);
		bench_open(&b, SVCLB_MODE_IPVS);
		walk(&b);
		bench_end(&b);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("property");
	TCase *tc = tcase_create("random");
	SRunner *sr;
	int failed;

	printf("SVCLB_SEED=%#llx\n", (unsigned long long)seed_of_run());
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, apply_arrives, 0, PAIRS);
	tcase_add_loop_test(tc, arrives_in_iptables_mode, 0, PAIRS);
	tcase_add_loop_test(tc, a_failing_step_leaves_no_trace, 0, PAIRS);
	tcase_add_loop_test(tc, every_prefix_is_harmless, 0, PAIRS);
	tcase_add_loop_test(tc, replaced_by_what_drained, 0, 2);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
