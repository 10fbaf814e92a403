/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every prefix of a plan keeps out who is kept out before and after, and lets in who is let in. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/compile.h"
#include "plan/diff.h"
#include "state/names.h"

#define VIP	  "198.51.100.10"
#define NODE	  "192.168.64.10"
#define LOCAL_EP  "10.244.1.2"
#define REMOTE_EP "10.244.2.2"

/* What of both ends of a plan the kernel holds between two steps. */
struct between {
	const struct svclb_plan *plan;
	bool *entries[2]; /* of from and to */
	bool *rservers[2];
};

static const struct svclb_state *end_of(const struct between *b, int side)
{
	return side ? b->plan->to : b->plan->from;
}

static struct svclb_state *desired(const char *yaml)
{
	struct svclb_options *o = NULL;
	struct svclb_model *m = NULL;
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(o, "node-1"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, NODE, "eth0"), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(o, "10.244.0.0/16"), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, yaml, strlen(yaml), "test.yaml", &err), 0);
	ck_assert_int_eq(svclb_model_complete(m, o, &err), 0);
	ck_assert_int_eq(svclb_compile(m, o, &st, &err), 0);
	svclb_model_unref(m);
	svclb_options_unref(o);
	return st;
}

/* One Service, or with policy NULL another one. */
static struct svclb_state *service_of(const char *protocol, const char *policy,
				      const char *endpoints, const char *ranges)
{
	static const char other[] = "kind: Service\napiVersion: v1\nmetadata: {name: other}\n"
				    "spec: {clusterIP: 10.96.0.99, ports: [{port: 1}]}\n";
	char yaml[2048];
	int n;

	if (!policy)
		return desired(other);
	n = snprintf(yaml, sizeof(yaml),
		     "kind: Service\napiVersion: v1\nmetadata: {name: web}\n"
		     "spec:\n  type: LoadBalancer\n  clusterIP: 10.96.0.10\n"
		     "  externalTrafficPolicy: %s\n  loadBalancerSourceRanges: [%s]\n"
		     "  ports: [{port: 80, nodePort: 30080, protocol: %s}]\n"
		     "  healthCheckNodePort: %d\n"
		     "status: {loadBalancer: {ingress: [{ip: " VIP "}]}}\n"
		     "---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n"
		     "metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
		     "addressType: IPv4\nports: [{port: 8080, protocol: %s}]\nendpoints: [%s]\n",
		     policy, ranges, protocol, strcmp(policy, "Local") ? 0 : 31234, protocol,
		     endpoints);
	ck_assert_int_lt(n, (int)sizeof(yaml));
	return desired(yaml);
}

static struct svclb_state *service(const char *policy, const char *endpoints, const char *ranges)
{
	return service_of("TCP", policy, endpoints, ranges);
}

#define L "{addresses: [" LOCAL_EP "], nodeName: node-1}"
#define R "{addresses: [" REMOTE_EP "], nodeName: node-2}"

/* ---- walking a plan ---- */

static void begin(struct between *b, struct svclb_plan *plan)
{
	b->plan = plan;
	for (int side = 0; side < 2; side++) {
		b->entries[side] = calloc(end_of(b, side)->entries.n + 1, sizeof(bool));
		b->rservers[side] = calloc(end_of(b, side)->rservers.n + 1, sizeof(bool));
		ck_assert(b->entries[side] && b->rservers[side]);
	}
	memset(b->entries[0], true, plan->from->entries.n);
	memset(b->rservers[0], true, plan->from->rservers.n);
}

static void end(struct between *b)
{
	for (int side = 0; side < 2; side++) {
		free(b->entries[side]);
		free(b->rservers[side]);
	}
}

static void take(struct between *b, const struct svclb_step *s)
{
	bool **held = s->kind == STEP_ENTRY ? b->entries : b->rservers;

	if (s->kind == STEP_VSERVER && s->op == STEP_DELETE) {
		const struct vserver *vs = &b->plan->from->vservers.v[s->before];

		memset(b->rservers[0] + vs->rs_first, false, vs->rs_count);
	}
	if (s->kind != STEP_ENTRY && s->kind != STEP_RSERVER)
		return;
	if (s->before != STEP_NONE)
		held[0][s->before] = false;
	if (s->after != STEP_NONE)
		held[1][s->after] = true;
}

/* ---- what a client meets ---- */

static bool in_set(const struct between *b, const char *set, const char *vip, uint16_t port,
		   const struct ipaddr *source)
{
	struct ipaddr ip;

	ck_assert(ip_parse(vip, &ip, NULL));
	for (int side = 0; side < 2; side++) {
		const struct svclb_state *st = end_of(b, side);

		for (size_t i = 0; i < st->entries.n; i++) {
			const struct set_entry *e = &st->entries.v[i];
			struct cidr range = {.ip = e->ip2, .plen = e->plen2};

			if (b->entries[side][i] && !strcmp(st->sets.v[e->set].name, set) &&
			    !ip_cmp(&e->ip, &ip) && e->port == port &&
			    (!source || cidr_contains(&range, source)))
				return true;
		}
	}
	return false;
}

static bool admitted(const struct between *b, const char *source)
{
	struct ipaddr ip;

	ck_assert(ip_parse(source, &ip, NULL));
	return in_set(b, "KUBE-LOAD-BALANCER", VIP, 80, NULL) &&
	       (!in_set(b, "KUBE-LOAD-BALANCER-FW", VIP, 80, NULL) ||
		in_set(b, "KUBE-LOAD-BALANCER-SOURCE-CIDR", VIP, 80, &ip));
}

/* Whether a client outside can come to an endpoint of another node. */
static bool leaks(const struct between *b, const char *vip, uint16_t port)
{
	struct ipaddr at;
	struct ipaddr remote;

	ck_assert(ip_parse(vip, &at, NULL) && ip_parse(REMOTE_EP, &remote, NULL));
	for (int side = 0; side < 2; side++) {
		const struct svclb_state *st = end_of(b, side);

		for (size_t i = 0; i < st->rservers.n; i++) {
			const struct rserver *rs = &st->rservers.v[i];
			const struct vs_key *key = &st->vservers.v[rs->vs].key;

			if (b->rservers[side][i] && rs->weight && !ip_cmp(&rs->ip, &remote) &&
			    !ip_cmp(&key->ip, &at) && key->port == port)
				return !in_set(b, "KUBE-SVCLB-NO-LOCAL", vip, port, NULL);
		}
	}
	return false;
}

/* ---- the properties ---- */

static const struct {
	const char *from, *to; /* endpoints; NULL: no such Service */
} moves[] = {
	{L ", " R, R}, {R, L ", " R}, {L, R},  {R, L}, {NULL, R},
	{R, NULL},     {"", R},	      {R, ""}, {R, R}, {NULL, L},
};

#define N_MOVES (sizeof(moves) / sizeof(moves[0]))

START_TEST(policy_local_never_leaks)
{
	const char *from = moves[_i].from;
	const char *to = moves[_i].to;
	struct svclb_state *a = service(from ? "Local" : NULL, from, "");
	struct svclb_state *z = service(to ? "Local" : NULL, to, "");
	struct svclb_plan *plan = NULL;
	struct between b;

	ck_assert_int_eq(svclb_diff(a, z, 0, &plan, NULL), 0);
	begin(&b, plan);
	for (size_t i = 0; i <= plan->steps.n; i++) {
		ck_assert_msg(!leaks(&b, VIP, 80), "load balancer IP, before step %zu", i);
		ck_assert_msg(!leaks(&b, NODE, 30080), "node port, before step %zu", i);
		if (i < plan->steps.n)
			take(&b, &plan->steps.v[i]);
	}
	end(&b);
	svclb_plan_unref(plan);
	svclb_state_unref(a);
	svclb_state_unref(z);
}
END_TEST

/* What connection tracking knows passes the fence, so it is forgotten once the fence stands. */
START_TEST(known_clients_are_cut_off_behind_the_fence)
{
	struct svclb_state *a = service_of("UDP", "Cluster", R, "");
	struct svclb_state *z = service_of("UDP", "Local", R, "");
	struct svclb_plan *plan = NULL;
	size_t cut = 0;
	struct between b;

	ck_assert_int_eq(svclb_diff(a, z, 0, &plan, NULL), 0);
	begin(&b, plan);
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];

		if (s->kind == STEP_VSERVER_FLOWS) {
			ck_assert(!leaks(&b, VIP, 80) && !leaks(&b, NODE, 30080));
			cut++;
		}
		take(&b, s);
	}
	/* the load balancer IP and the node port; the cluster IP is for clients inside */
	ck_assert_uint_eq(cut, 2);
	end(&b);
	svclb_plan_unref(plan);
	svclb_state_unref(a);
	svclb_state_unref(z);
}
END_TEST

#define EVERYBODY 5

static const char *const ranges[] = {
	"",	      "192.168.64.100/32",	 "192.168.64.0/24", "192.168.64.100/32, 10.0.0.0/8",
	"10.0.0.0/8", [EVERYBODY] = "0.0.0.0/0", "\"fd00::/8\"",
};

#define N_RANGES ((int)(sizeof(ranges) / sizeof(ranges[0])))

START_TEST(source_ranges_change_without_a_flap)
{
	static const char *const sources[] = {"192.168.64.100", "192.168.64.101", "10.1.1.1",
					      "203.0.113.1"};
	struct svclb_state *a = service("Cluster", L, ranges[_i / N_RANGES]);
	struct svclb_state *z = service("Cluster", L, ranges[_i % N_RANGES]);
	struct svclb_plan *plan = NULL;
	bool changed[4] = {false};
	bool was[4];
	struct between b;

	ck_assert_int_eq(svclb_diff(a, z, 0, &plan, NULL), 0);
	begin(&b, plan);
	for (int s = 0; s < 4; s++)
		was[s] = admitted(&b, sources[s]);
	for (size_t i = 0; i < plan->steps.n; i++) {
		take(&b, &plan->steps.v[i]);
		for (int s = 0; s < 4; s++) {
			bool now = admitted(&b, sources[s]);

			/* at most one change, so whoever has one answer before and after keeps it */
			ck_assert_msg(now == was[s] || !changed[s], "[%s] to [%s]: %s, step %zu",
				      ranges[_i / N_RANGES], ranges[_i % N_RANGES], sources[s], i);
			changed[s] = changed[s] || now != was[s];
			was[s] = now;
		}
	}
	ck_assert_int_eq(was[3], _i % N_RANGES == 0 || _i % N_RANGES == EVERYBODY);
	end(&b);
	svclb_plan_unref(plan);
	svclb_state_unref(a);
	svclb_state_unref(z);
}
END_TEST

START_TEST(a_restricted_service_opens_and_closes_restricted)
{
	struct svclb_state *none = service(NULL, NULL, NULL);
	struct svclb_state *some = service("Cluster", L, "10.0.0.0/8");
	struct svclb_plan *plan = NULL;
	struct between b;

	ck_assert_int_eq(svclb_diff(_i ? some : none, _i ? none : some, 0, &plan, NULL), 0);
	begin(&b, plan);
	for (size_t i = 0; i <= plan->steps.n; i++) {
		ck_assert_msg(!admitted(&b, "192.168.64.100"), "before step %zu", i);
		if (i < plan->steps.n)
			take(&b, &plan->steps.v[i]);
	}
	ck_assert_int_eq(admitted(&b, "10.1.1.1"), !_i);
	end(&b);
	svclb_plan_unref(plan);
	svclb_state_unref(none);
	svclb_state_unref(some);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fences");
	TCase *t = tcase_create("fences");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, policy_local_never_leaks, 0, N_MOVES);
	tcase_add_test(t, known_clients_are_cut_off_behind_the_fence);
	tcase_add_loop_test(t, source_ranges_change_without_a_flap, 0, N_RANGES * N_RANGES);
	tcase_add_loop_test(t, a_restricted_service_opens_and_closes_restricted, 0, 2);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
