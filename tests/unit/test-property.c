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
#include "state/draining.h"
#include "state/names.h"

#define PAIRS	     40
#define SERVICES     6
#define DEFAULT_SEED 0x5eed0fa11de41ULL /* SVCLB_SEED=number in the environment tries another */

/* ---- chance ---- */

static uint64_t seed_of_run(void)
{
	const char *text = getenv("SVCLB_SEED");

	return text ? strtoull(text, NULL, 0) : DEFAULT_SEED;
}

/* splitmix64: any state is a good one, so seeds may be small numbers */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned below(uint64_t *state, unsigned n)
{
	return (unsigned)(draw(state) % n);
}

/* One in n. */
static bool sometimes(uint64_t *state, unsigned n)
{
	return !below(state, n);
}

/* ---- random models ---- */

static const char *const protocols[] = {"TCP", "UDP", "SCTP"};

static void add_ports(FILE *f, uint64_t *rnd, unsigned service, const char *type)
{
	unsigned n = 1 + below(rnd, 3);

	(void)fprintf(f, "  ports:\n");
	for (unsigned i = 0; i < n; i++) {
		unsigned p = below(rnd, 3);

		(void)fprintf(f, "  - {name: p%u-%u, port: %u, protocol: %s, targetPort: %u", i, p,
			      80 + i, protocols[p], 8080 + i);
		if (strcmp(type, "ClusterIP") && sometimes(rnd, 2))
			(void)fprintf(f, ", nodePort: %u",
				      30000 + 10 * (3 * service + i) + below(rnd, 10));
		(void)fprintf(f, "}\n");
	}
}

static void add_exposure(FILE *f, uint64_t *rnd, unsigned i, const char *type)
{
	bool balanced = !strcmp(type, "LoadBalancer");

	if (sometimes(rnd, 3))
		(void)fprintf(f, "  externalIPs: [192.0.2.%u]\n", 10 + i);
	if (sometimes(rnd, 3))
		(void)fprintf(f, "  internalTrafficPolicy: Local\n");
	if (strcmp(type, "ClusterIP") && sometimes(rnd, 2))
		(void)fprintf(f, "  externalTrafficPolicy: Local\n");
	if (balanced && sometimes(rnd, 2))
		(void)fprintf(f, "  loadBalancerSourceRanges: [198.51.100.0/24, 10.%u.0.0/16]\n",
			      below(rnd, 3));
	if (balanced)
		(void)fprintf(f, "status: {loadBalancer: {ingress: [{ip: 192.0.2.%u}]}}\n",
			      110 + i);
}

static void add_service(FILE *f, uint64_t *rnd, unsigned i)
{
	static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer"};
	static const char *const schedulers[] = {"rr", "wrr", "lc", "sh"};
	static const char *const policies[] = {"linger", "cut", "30s"};
	const char *type = types[below(rnd, 3)];
	bool dual = sometimes(rnd, 3);

	(void)fprintf(f, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s%u\n", i);
	if (sometimes(rnd, 3))
		(void)fprintf(f, "  annotations: {%s: %s, svclb.io/drain: %s}\n",
			      "service.kubernetes.io/ipvs-scheduler", schedulers[below(rnd, 4)],
			      policies[below(rnd, 3)]);
	(void)fprintf(f, "spec:\n  type: %s\n", type);
	if (dual)
		(void)fprintf(f,
			      "  ipFamilyPolicy: RequireDualStack\n  clusterIP: 10.96.0.%u\n"
			      "  clusterIPs: [10.96.0.%u, 'fd00:10:96::%x']\n",
			      10 + i, 10 + i, 10 + i);
	else
		(void)fprintf(f, "  clusterIP: 10.96.0.%u\n", 10 + i);
	if (sometimes(rnd, 4))
		(void)fprintf(f, "  sessionAffinity: ClientIP\n");
	add_ports(f, rnd, i, type);
	add_exposure(f, rnd, i, type);
}

static void add_slice(FILE *f, uint64_t *rnd, unsigned i, bool six)
{
	const char *prefix = six ? "fd00:1::" : "10.244.1.";
	unsigned n = 0;

	(void)fprintf(f,
		      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		      "metadata: {name: s%u-%d, labels: {kubernetes.io/service-name: s%u}}\n"
		      "addressType: %s\nports:\n",
		      i, six, i, six ? "IPv6" : "IPv4");
	for (unsigned p = 0; p < 3; p++)
		for (unsigned t = 0; t < 3; t++)
			(void)fprintf(f, "- {name: p%u-%u, port: %u, protocol: %s}\n", p, t,
				      8080 + p, protocols[t]);
	for (unsigned e = 1; e <= 6; e++) {
		if (!sometimes(rnd, 3))
			continue;
		(void)fprintf(f, "%s- {addresses: ['%s%u'], nodeName: n%u",
			      n++ ? "" : "endpoints:\n", prefix, e, 1 + below(rnd, 2));
		if (sometimes(rnd, 5))
			(void)fprintf(f, ", conditions: {ready: false, serving: true, "
					 "terminating: true}");
		(void)fprintf(f, "}\n");
	}
	if (!n)
		(void)fprintf(f, "endpoints: []\n");
}

/* Manifests; about every tenth is empty, which asks for nothing at all. The caller frees. */
static char *random_manifest(uint64_t *rnd)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < SERVICES && !sometimes(rnd, 10); i++) {
		if (sometimes(rnd, 3))
			continue;
		add_service(f, rnd, i);
		if (!sometimes(rnd, 6))
			add_slice(f, rnd, i, false);
		if (sometimes(rnd, 2))
			add_slice(f, rnd, i, true);
	}
	ck_assert_int_eq(fclose(f), 0);
	return text;
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
			if (sometimes(&b->rnd, 8))
				b->mem->vservers.v[i].rs.v[k].active_conns = 1;
}

/* A kernel that holds a. */
static void bench_begin(struct bench *b, uint64_t seed)
{
	struct svclb_options *opts = NULL;

	*b = (struct bench){.seed = seed, .rnd = seed};
	for (int i = 0; i < 2; i++)
		b->text[i] = random_manifest(&b->rnd);
	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, SVCLB_MODE_IPVS), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, "n1"), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(opts, "10.244.0.0/16,fd00:1::/64"), 0);
	ck_assert_int_eq(svclb_mem_new(&b->mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b->mem, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b->mem, "2001:db8::1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b->mem, "203.0.113.1", 80, "TCP"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b->mem, &b->ctx, NULL), 0);
	svclb_options_unref(opts);
	apply(b, b->text[0]);
	make_busy(b);
	b->a = now(b);
	b->b = compiled(b, b->text[1]);
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
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan", &loaded, NULL), 0);
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

static bool wanted_weightless(const struct svclb_state *st, const struct vs_key *key,
			      const struct rserver *rs)
{
	const struct vserver *vs = state_find_vserver(st, key);

	for (uint32_t i = 0; vs && i < vs->rs_count; i++)
		if (!rs_key_cmp(&st->rservers.v[vs->rs_first + i], rs))
			return !st->rservers.v[vs->rs_first + i].weight;
	return false;
}

/* Whatever drains is on record first, or nobody would ever end it. */
static void check_drains(struct bench *b, const struct svclb_plan *p,
			 const struct mem_vserver *have, size_t step)
{
	for (size_t i = 0; i < have->rs.n; i++) {
		const struct rserver *rs = &have->rs.v[i];
		struct set_entry entry = drain_entry(&have->vs.key, rs);
		char text[KEY_TEXT_MAX];

		if (rs->weight || wanted_weightless(p->from, &have->vs.key, rs))
			continue;
		EXPECT(b, set_holds(b->mem, SET_DRAIN, have->vs.key.family, &entry),
		       "step %zu: %s drains and is not on record", step,
		       rs_text(rs, text, sizeof(text)));
	}
}

static void check_harmless(struct bench *b, const struct svclb_plan *p, size_t step)
{
	check_addresses(b, step);
	check_ledger(b, p, step);
	check_gates(b, p, step);
	for (size_t i = 0; i < b->mem->vservers.n; i++) {
		check_fence(b, p, &b->mem->vservers.v[i].vs.key, step);
		check_replacement(b, p, &b->mem->vservers.v[i], step);
		check_drains(b, p, &b->mem->vservers.v[i], step);
	}
}

START_TEST(every_prefix_is_harmless)
{
	struct svclb_plan *p;
	struct kernel *k;
	struct bench b;
	size_t turn, n;
	bool *done;

	bench_begin(&b, pair_seed(_i));
	p = plan(&b);
	k = b.ctx->kernel;
	n = p->steps.n;
	done = calloc(n + 1, sizeof(*done));
	ck_assert_ptr_nonnull(done);
	turn = below(&b.rnd, (unsigned)n + 1);
	check_harmless(&b, p, 0);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(k->ops->run(k, p, i, 1, false, done + i, NULL), 0);
		check_harmless(&b, p, i + 1);
		if (i + 1 != turn)
			continue;
		/* there and back: what is undone is undone in reverse, as harmless as before */
		for (size_t u = turn; u-- > 0;) {
			ck_assert_int_eq(k->ops->run(k, p, u, 1, true, done + u, NULL), 0);
			check_harmless(&b, p, u);
		}
		expect_holds(&b, b.a, "undone from the middle");
		ck_assert_int_eq(k->ops->run(k, p, 0, turn, false, done, NULL), 0);
	}
	expect_holds(&b, b.b, "step by step");
	free(done);
	svclb_plan_unref(p);
	bench_end(&b);
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
	tcase_add_loop_test(tc, a_failing_step_leaves_no_trace, 0, PAIRS);
	tcase_add_loop_test(tc, every_prefix_is_harmless, 0, PAIRS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
