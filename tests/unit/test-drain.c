/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draining on the in-memory kernel: how real servers with connections leave, and come back. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#include "apply/ctx.h"
#include "kernel/mem.h"
#include "state/draining.h"
#include "state/names.h"

#define VIP  "10.96.0.10"
#define KEPT "10.1.0.1"
#define GONE "10.1.0.2"

struct bench {
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
};

static struct bench bench_new(void)
{
	struct svclb_options *opts = NULL;
	struct bench b = {NULL, NULL};

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, SVCLB_MODE_IPVS), 0);
	ck_assert_int_eq(svclb_mem_new(&b.mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b.mem, &b.ctx, NULL), 0);
	svclb_options_unref(opts);
	return b;
}

static void bench_free(struct bench *b)
{
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
}

/* What a program that was killed and started again has: the kernel and nothing else. */
static void restart(struct bench *b)
{
	struct svclb_ctx *next = NULL;

	ck_assert_int_eq(svclb_ctx_new_mem(svclb_ctx_get_options(b->ctx), b->mem, &next, NULL), 0);
	svclb_ctx_free(b->ctx);
	b->ctx = next;
}

/* One Service; annotations as flow mapping, endpoints as flow sequence. */
static struct svclb_model *service(const char *annotations, const char *endpoints, unsigned port)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "apiVersion: v1\nkind: Service\n"
		       "metadata: {name: web, annotations: {%s}}\n"
		       "spec: {clusterIP: " VIP ", ports: [{port: 80, targetPort: %u}]}\n---\n"
		       "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		       "metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
		       "addressType: IPv4\nports: [{port: %u}]\nendpoints: [%s]\n",
		       annotations, port, port, endpoints);
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_msg(!svclb_model_load(m, text, strlen(text), "m.yaml", &err), "%s",
		      svclb_error_get_message(err));
	return m;
}

#define BOTH "{addresses: [" KEPT "]}, {addresses: [" GONE "]}"
#define ONE  "{addresses: [" KEPT "]}"

static size_t apply_port(struct bench *b, const char *annotations, const char *endpoints,
			 unsigned port)
{
	struct svclb_model *m = service(annotations, endpoints, port);
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	size_t changes;

	ck_assert_msg(!svclb_apply(b->ctx, m, &report, &err), "%s", svclb_error_get_message(err));
	changes = svclb_report_get_changes(report);
	svclb_report_unref(report);
	svclb_model_unref(m);
	return changes;
}

static size_t apply(struct bench *b, const char *annotations, const char *endpoints)
{
	return apply_port(b, annotations, endpoints, 8080);
}

static void connections(struct bench *b, const char *real, unsigned port, uint32_t n)
{
	ck_assert_int_eq(svclb_mem_set_connections(b->mem, VIP, 80, real, port, n, 0), 0);
}

/* A Service of two endpoints, of which one has a connection and goes. */
static struct bench draining(const char *annotations)
{
	struct bench b = bench_new();

	(void)apply(&b, annotations, BOTH);
	connections(&b, GONE, 8080, 1);
	(void)apply(&b, annotations, ONE);
	return b;
}

/* How many changes the step makes; *left is how many still drain. */
static size_t step(struct bench *b, size_t *left)
{
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	size_t changes;

	ck_assert_msg(!svclb_drain_step(b->ctx, &report, &err), "%s", svclb_error_get_message(err));
	changes = svclb_report_get_changes(report);
	*left = svclb_report_get_draining(report);
	svclb_report_unref(report);
	return changes;
}

static void assert_step_does_nothing(struct bench *b, size_t still)
{
	size_t left;

	ck_assert_uint_eq(step(b, &left), 0);
	ck_assert_uint_eq(left, still);
}

/* The real server, the entry and the set. */
static void assert_step_ends_it(struct bench *b)
{
	size_t left;

	ck_assert_uint_eq(step(b, &left), 3);
	ck_assert_uint_eq(left, 0);
	assert_step_does_nothing(b, 0);
}

static uint64_t wait_of(struct bench *b)
{
	uint64_t ms = 0;

	ck_assert_int_eq(svclb_drain_get_wait(b->ctx, &ms, NULL), 0);
	return ms;
}

static struct svclb_state *now(struct bench *b)
{
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_read(b->ctx, &st, NULL), 0);
	return st;
}

/* Weight of a real server, -1: it is not there. */
static int weight(struct bench *b, const char *real)
{
	const struct mem_vserver *vs = &b->mem->vservers.v[0];
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < vs->rs.n; i++)
		if (!strcmp(ip_format(&vs->rs.v[i].ip, text), real))
			return (int)vs->rs.v[i].weight;
	return -1;
}

/* The record as `ipset save` would print it, "" where there is none. */
static const char *record(struct bench *b, char buf[256])
{
	buf[0] = '\0';
	for (size_t i = 0; i < b->mem->sets.n; i++) {
		const struct mem_set *s = &b->mem->sets.v[i];
		char note[DRAIN_NOTE_MAX];
		char text[KEY_TEXT_MAX];

		for (size_t k = 0; s->set.noted && k < s->entries.n; k++)
			(void)snprintf(buf + strlen(buf), 256 - strlen(buf), "%s%s \"%s\"",
				       *buf ? "; " : "",
				       entry_text(s->set.type, &s->entries.v[k], text,
						  sizeof(text)),
				       drain_note(&s->entries.v[k], note));
	}
	return buf;
}

static void assert_record(struct bench *b, const char *want)
{
	char buf[256];

	ck_assert_str_eq(record(b, buf), want);
}

START_TEST(linger_stays_until_idle)
{
	struct bench b = draining("");

	ck_assert_int_eq(weight(&b, GONE), 0);
	ck_assert_int_eq(weight(&b, KEPT), 1);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	ck_assert_uint_eq(apply(&b, "", ONE), 0);
	svclb_mem_advance(b.mem, 1000000);
	assert_step_does_nothing(&b, 1);
	ck_assert_uint_eq(wait_of(&b), 10000);
	svclb_mem_advance(b.mem, 4);
	ck_assert_uint_eq(wait_of(&b), 6000);
	connections(&b, GONE, 8080, 0);
	assert_step_ends_it(&b);
	ck_assert_int_eq(weight(&b, GONE), -1);
	ck_assert(wait_of(&b) == SVCLB_NO_DEADLINE);
	ck_assert_uint_eq(apply(&b, "", ONE), 0);
	bench_free(&b);
}
END_TEST

START_TEST(an_apply_ends_drains_too)
{
	struct bench b = draining("");

	connections(&b, GONE, 8080, 0);
	ck_assert_uint_eq(apply(&b, "", ONE), 3);
	assert_record(&b, "");
	ck_assert_int_eq(weight(&b, GONE), -1);
	bench_free(&b);
}
END_TEST

/* Whoever changes a weight by hand has it for as long as nobody applies. */
START_TEST(weights_set_by_hand_are_put_right)
{
	struct bench b = bench_new();

	(void)apply(&b, "", BOTH);
	b.mem->vservers.v[0].rs.v[0].weight = 0;
	b.mem->vservers.v[0].rs.v[1].weight = 7;
	ck_assert_uint_eq(apply(&b, "", BOTH), 2);
	ck_assert_int_eq(weight(&b, KEPT), 1);
	ck_assert_int_eq(weight(&b, GONE), 1);
	assert_record(&b, "");
	bench_free(&b);
}
END_TEST

static const char *const cuts[] = {"svclb.io/drain: cut", "svclb.io/drain: 0s"};

START_TEST(cut_goes_at_once)
{
	struct bench b = draining(cuts[_i]);

	ck_assert_int_eq(weight(&b, GONE), -1);
	ck_assert_uint_eq(b.mem->sets.n, (size_t)2 * (SET_COUNT_ - 1));
	ck_assert(wait_of(&b) == SVCLB_NO_DEADLINE);
	bench_free(&b);
}
END_TEST

START_TEST(seconds_end_at_the_deadline)
{
	struct bench b = draining("svclb.io/drain: 5s");

	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1005\"");
	ck_assert_uint_eq(wait_of(&b), 5000);
	svclb_mem_advance(b.mem, 4);
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: 5s", ONE), 0);
	assert_step_does_nothing(&b, 1);
	ck_assert_uint_eq(wait_of(&b), 1000);
	svclb_mem_advance(b.mem, 1);
	ck_assert_uint_eq(wait_of(&b), 0);
	assert_step_ends_it(&b);
	ck_assert_int_eq(weight(&b, GONE), -1);
	bench_free(&b);
}
END_TEST

START_TEST(the_policy_of_the_node_is_that_of_services_without_one)
{
	struct svclb_options *opts = NULL;
	struct bench b = bench_new();

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_drain(opts, "1h"), 0);
	svclb_ctx_free(b.ctx);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b.mem, &b.ctx, NULL), 0);
	svclb_options_unref(opts);
	(void)apply(&b, "", BOTH);
	connections(&b, GONE, 8080, 1);
	(void)apply(&b, "", ONE);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 4600\"");
	bench_free(&b);
}
END_TEST

/* ---- connections that come while an apply is under way ---- */

/* Applies one endpoint fewer; before its k-th change clients connect to all that take connections. */
static int apply_meeting_clients(struct bench *b, const char *annotations, uint64_t k,
				 struct svclb_report **report)
{
	struct svclb_model *m = service(annotations, ONE, 8080);
	int r;

	b->mem->connect_at = b->mem->changes + k;
	r = svclb_apply(b->ctx, m, report, NULL);
	b->mem->connect_at = 0;
	svclb_model_unref(m);
	return r;
}

/* Where clients connect: before it gets no new ones any more, or after. */
static const struct {
	uint64_t at;
	bool late;
} arrivals[] = {{1, false}, {2, true}};

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text++;
		n++;
	}
	return n;
}

/* Whether the report lists a step whose words begin so. It has the same steps as JSON. */
static bool tells(const struct svclb_report *report, const char *op, const char *text)
{
	const struct svclb_plan *plan = svclb_report_get_plan(report);
	const struct svclb_step *s = NULL;
	bool found = false;
	char *words;
	char *json;

	ck_assert_int_eq(svclb_report_to_json(report, &json, NULL), 0);
	ck_assert_uint_eq(count(json, "\"op\": "), svclb_plan_count(plan));
	while ((s = svclb_plan_next_step(plan, s))) {
		ck_assert_int_eq(svclb_step_to_text(plan, s, &words), 0);
		words[strcspn(words, "\"")] = '\0'; /* which JSON writes in another way */
		ck_assert_ptr_nonnull(strstr(json, words));
		found = found ||
			(!strcmp(svclb_step_get_op(s), op) && !strncmp(words, text, strlen(text)));
		svclb_text_free(words);
	}
	svclb_text_free(json);
	return found;
}

START_TEST(one_that_gets_a_connection_meanwhile_drains)
{
	bool late = arrivals[_i].late;
	struct bench b = bench_new();
	struct svclb_report *report = NULL;

	(void)apply(&b, "", BOTH);
	ck_assert_int_eq(apply_meeting_clients(&b, "", arrivals[_i].at, &report), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	ck_assert_uint_eq(svclb_report_get_changes(report), late ? 2 : 3);
	ck_assert(tells(report, "delete", "real server " GONE ":8080") == late);
	ck_assert(tells(report, "change", "real server " GONE ":8080") != late);
	ck_assert(tells(report, "add", "set KUBE-SVCLB-DRAIN") != late);
	ck_assert(tells(report, "add", "entry KUBE-SVCLB-DRAIN") != late);
	ck_assert_uint_eq(svclb_report_get_draining(report), late ? 0 : 1);
	ck_assert_int_eq(weight(&b, GONE), late ? -1 : 0);
	assert_record(&b, late ? "" : VIP ",tcp:80," GONE " \"8080 until idle\"");
	if (!late) {
		ck_assert_uint_eq(wait_of(&b), 10000);
		connections(&b, GONE, 8080, 0);
		assert_step_ends_it(&b);
	}
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

START_TEST(with_policy_cut_it_goes_all_the_same)
{
	struct bench b = bench_new();

	(void)apply(&b, "svclb.io/drain: cut", BOTH);
	ck_assert_int_eq(apply_meeting_clients(&b, "svclb.io/drain: cut", 1, NULL), 0);
	ck_assert_int_eq(weight(&b, GONE), -1);
	bench_free(&b);
}
END_TEST

START_TEST(undoing_gives_it_its_weight_back)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;

	(void)apply(&b, "", BOTH);
	ck_assert_int_eq(apply_meeting_clients(&b, "", 1, &report), 0);
	ck_assert_int_eq(weight(&b, GONE), 0);
	ck_assert_int_eq(svclb_undo(b.ctx, report, NULL), 0);
	ck_assert_int_eq(weight(&b, GONE), 1);
	assert_record(&b, "");
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

/* Changes: no new connections; set and entry of the record, as it is left alone. */
START_TEST(a_failure_after_it_was_left_alone)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	int r;

	(void)apply(&b, "", BOTH);
	ck_assert_int_eq(svclb_mem_fail_at(b.mem, (uint64_t)_i, ENOBUFS, 0), 0);
	r = apply_meeting_clients(&b, "", 1, &report);
	ck_assert_int_eq(r, _i == 1 ? -SVCLB_EROLLEDBACK : 0);
	ck_assert_int_eq(weight(&b, GONE), _i == 1 ? 1 : 0);
	if (_i > 1)
		ck_assert_ptr_nonnull(
			strstr(svclb_error_get_message(svclb_report_get_warnings(report)),
			       "stay with weight 0 until the next apply"));
	assert_record(&b, "");
	(void)apply(&b, "", ONE);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

/* Nothing of a failed rollback is a mere warning. */
START_TEST(a_record_that_cannot_be_put_back_is_told)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;

	(void)apply(&b, "", BOTH);
	ck_assert_int_eq(svclb_mem_fail_at(b.mem, 3, ENOBUFS, 1), 0);
	ck_assert_int_eq(apply_meeting_clients(&b, "", 1, &report), -SVCLB_EROLLBACK);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

/* A plan without the real server that goes, saved, and loaded again, without a member of all objects. */
static struct svclb_plan *saved_plan_without(struct bench *b, const char *annotations,
					     const char *member)
{
	struct svclb_model *m = service(annotations, ONE, 8080);
	struct svclb_plan *plan = NULL;
	struct svclb_state *want = NULL;
	struct svclb_state *have = now(b);
	char *json = NULL;
	char *at;

	ck_assert_int_eq(svclb_model_complete(m, svclb_ctx_get_options(b->ctx), NULL), 0);
	ck_assert_int_eq(svclb_compile(m, svclb_ctx_get_options(b->ctx), &want, NULL), 0);
	ck_assert_int_eq(svclb_diff(have, want, 0, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	svclb_plan_unref(plan);
	while (member && (at = strstr(json, member)))
		at[1] = 'x'; /* as a member that is not known */
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan", NULL, &plan, NULL), 0);
	svclb_text_free(json);
	svclb_state_unref(have);
	svclb_state_unref(want);
	svclb_model_unref(m);
	return plan;
}

/* told: with how long it drains. */
static struct svclb_plan *saved_plan(struct bench *b, const char *annotations, bool told)
{
	return saved_plan_without(b, annotations, told ? NULL : "\"drain\":");
}

/* Clients connect to the real server after the first change of the saved plan. */
static int commit_meeting_clients(struct bench *b, struct svclb_plan *plan,
				  struct svclb_report **ret)
{
	struct svclb_error *err = NULL;
	int r;

	b->mem->connect_at = b->mem->changes + 1;
	r = svclb_plan_commit(b->ctx, plan, ret, &err);
	svclb_error_unref(err);
	return r;
}

static const struct {
	const char *annotations;
	int weight;
	const char *record;
} saved_policies[] = {
	{"", 0, VIP ",tcp:80," GONE " \"8080 until idle\""},
	{"svclb.io/drain: 5s", 0, VIP ",tcp:80," GONE " \"8080 until 1015\""},
	{"svclb.io/drain: cut", -1, ""},
};

START_TEST(a_saved_plan_says_how_long_it_stays)
{
	const char *annotations = saved_policies[_i].annotations;
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	struct svclb_plan *plan;

	(void)apply(&b, annotations, BOTH);
	plan = saved_plan(&b, annotations, true);
	svclb_mem_advance(b.mem, 10);
	ck_assert_int_eq(commit_meeting_clients(&b, plan, &report), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	ck_assert_int_eq(weight(&b, GONE), saved_policies[_i].weight);
	assert_record(&b, saved_policies[_i].record);
	ck_assert_uint_eq(svclb_report_get_draining(report), *saved_policies[_i].record != '\0');
	ck_assert(tells(report, "delete", "real server") == !*saved_policies[_i].record);
	ck_assert_uint_eq(apply(&b, annotations, ONE), 0);
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

START_TEST(an_early_saved_plan_leaves_it_to_the_next_apply)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	struct svclb_plan *plan;

	(void)apply(&b, "", BOTH);
	plan = saved_plan(&b, "", false);
	ck_assert_int_eq(commit_meeting_clients(&b, plan, &report), 0);
	ck_assert_ptr_nonnull(svclb_report_get_warnings(report));
	ck_assert(!tells(report, "delete", "real server"));
	ck_assert_uint_eq(svclb_report_get_changes(report), 1);
	ck_assert_int_eq(weight(&b, GONE), 0);
	assert_record(&b, "");
	(void)apply(&b, "", ONE);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

/* One that was written by hand. */
START_TEST(a_saved_plan_need_not_say_where_it_comes_from)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	struct svclb_plan *plan;

	(void)apply(&b, "", BOTH);
	plan = saved_plan_without(&b, "", "\"origin\":");
	ck_assert_int_eq(commit_meeting_clients(&b, plan, &report), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	ck_assert_int_eq(weight(&b, GONE), 0);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

START_TEST(what_a_saved_plan_left_joins_what_drains)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	struct svclb_plan *plan;

	(void)apply(&b, "svclb.io/drain: 5s", BOTH ", {addresses: [10.1.0.3]}");
	connections(&b, "10.1.0.3", 8080, 1);
	(void)apply(&b, "svclb.io/drain: 5s", BOTH);
	assert_record(&b, VIP ",tcp:80,10.1.0.3 \"8080 until 1005\"");
	plan = saved_plan(&b, "svclb.io/drain: 5s", true);
	svclb_mem_advance(b.mem, 2);
	ck_assert_int_eq(commit_meeting_clients(&b, plan, &report), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1007\"; " VIP
			      ",tcp:80,10.1.0.3 \"8080 until 1005\"");
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: 5s", ONE), 0);
	ck_assert_int_eq(svclb_undo(b.ctx, report, NULL), 0);
	ck_assert_int_eq(weight(&b, GONE), 1);
	assert_record(&b, VIP ",tcp:80,10.1.0.3 \"8080 until 1005\"");
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

/* Changes: no new connections; set and entry of the record. */
START_TEST(a_failure_after_a_saved_plan_left_it_alone)
{
	struct bench b = bench_new();
	struct svclb_report *report = NULL;
	struct svclb_plan *plan;
	int r;

	(void)apply(&b, "", BOTH);
	plan = saved_plan(&b, "", true);
	ck_assert_int_eq(svclb_mem_fail_at(b.mem, (uint64_t)_i, ENOBUFS, 0), 0);
	r = commit_meeting_clients(&b, plan, &report);
	ck_assert_int_eq(r, _i == 1 ? -SVCLB_EROLLEDBACK : 0);
	ck_assert_int_eq(weight(&b, GONE), _i == 1 ? 1 : 0);
	ck_assert(!svclb_report_get_warnings(report) == (_i == 1));
	assert_record(&b, "");
	(void)apply(&b, "", ONE);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	bench_free(&b);
}
END_TEST

START_TEST(a_policy_that_is_none_is_refused)
{
	struct bench b = bench_new();
	struct svclb_plan *plan = NULL;
	struct svclb_error *err = NULL;
	char *json = NULL;
	char *at;

	(void)apply(&b, "", BOTH);
	plan = saved_plan(&b, "", true);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	plan = svclb_plan_unref(plan);
	at = strstr(json, "\"linger\"");
	ck_assert_ptr_nonnull(at);
	at[1] = 'L';
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan", NULL, &plan, &err),
			 -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_field(err), "drain");
	svclb_error_unref(err);
	svclb_text_free(json);
	bench_free(&b);
}
END_TEST

START_TEST(one_that_returns_was_never_away)
{
	struct bench b = draining("svclb.io/drain: 5s");
	struct svclb_model *m = service("", BOTH, 8080);
	struct svclb_report *report = NULL;
	char *text;

	ck_assert_int_eq(svclb_apply(b.ctx, m, &report, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_text(svclb_report_get_plan(report), &text, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "~ real server " GONE ":8080"));
	ck_assert_ptr_null(strstr(text, "- real server"));
	ck_assert_ptr_nonnull(strstr(text, "- entry KUBE-SVCLB-DRAIN"));
	ck_assert_int_eq(weight(&b, GONE), 1);
	assert_record(&b, "");
	ck_assert_uint_eq(svclb_report_get_draining(report), 0);
	svclb_mem_advance(b.mem, 100);
	assert_step_does_nothing(&b, 0);
	svclb_text_free(text);
	svclb_report_unref(report);
	svclb_model_unref(m);
	bench_free(&b);
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
	struct bench b = draining("svclb.io/drain: 5s");

	svclb_mem_advance(b.mem, 3);
	restart(&b);
	ck_assert_uint_eq(wait_of(&b), 2000);
	svclb_mem_advance(b.mem, 2);
	restart(&b);
	ck_assert_uint_eq(wait_of(&b), 0);
	assert_step_ends_it(&b);
	bench_free(&b);
}
END_TEST

START_TEST(a_deleted_service_takes_what_drains_along)
{
	struct bench b = draining("");
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_apply(b.ctx, m, NULL, NULL), 0);
	ck_assert_uint_eq(b.mem->vservers.n, 0);
	ck_assert_uint_eq(b.mem->sets.n, 0);
	svclb_model_unref(m);
	bench_free(&b);
}
END_TEST

START_TEST(one_wanted_at_weight_zero_is_left_alone)
{
	struct bench b = bench_new();

	(void)apply(&b, "svclb.io/weight: '" GONE "=0'", BOTH);
	assert_step_does_nothing(&b, 0);
	ck_assert_int_eq(weight(&b, GONE), 0);
	/* neither while another one drains */
	(void)apply(&b, "svclb.io/weight: '" GONE "=0'", BOTH ", {addresses: [10.1.0.3]}");
	connections(&b, "10.1.0.3", 8080, 1);
	(void)apply(&b, "svclb.io/weight: '" GONE "=0', svclb.io/drain: 1s", BOTH);
	svclb_mem_advance(b.mem, 2);
	assert_step_ends_it(&b);
	ck_assert_int_eq(weight(&b, GONE), 0);
	/* nor once it is wanted again at weight 0 */
	connections(&b, GONE, 8080, 1);
	(void)apply(&b, "", ONE);
	(void)apply(&b, "svclb.io/weight: '" GONE "=0'", BOTH);
	connections(&b, GONE, 8080, 0);
	assert_step_does_nothing(&b, 0);
	ck_assert_int_eq(weight(&b, GONE), 0);
	bench_free(&b);
}
END_TEST

START_TEST(a_shorter_policy_shortens_and_a_longer_one_does_not_extend)
{
	struct bench b = draining("");

	ck_assert_uint_eq(apply(&b, "svclb.io/drain: 60s", ONE), 1);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1060\"");
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: 90s", ONE), 0);
	svclb_mem_advance(b.mem, 10);
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: 60s", ONE), 0);
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: linger", ONE), 0);
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: '20'", ONE), 1);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1030\"");
	ck_assert_uint_eq(apply(&b, "svclb.io/drain: cut", ONE), 3);
	ck_assert_int_eq(weight(&b, GONE), -1);
	bench_free(&b);
}
END_TEST

/* The port that endpoints listen on changes twice while each has connections. */
START_TEST(two_of_one_address_share_an_entry)
{
	struct bench b = bench_new();
	size_t left;

	(void)apply_port(&b, "", ONE, 8080);
	connections(&b, KEPT, 8080, 1);
	(void)apply_port(&b, "svclb.io/drain: 5s", ONE, 8081);
	connections(&b, KEPT, 8081, 1);
	assert_record(&b, VIP ",tcp:80," KEPT " \"8080 until 1005\"");
	svclb_mem_advance(b.mem, 2);
	(void)apply_port(&b, "svclb.io/drain: 5s", ONE, 8082);
	assert_record(&b, VIP ",tcp:80," KEPT " \"8080 until 1005, 8081 until 1007\"");
	ck_assert_uint_eq(apply_port(&b, "svclb.io/drain: 5s", ONE, 8082), 0);
	assert_step_does_nothing(&b, 2);
	ck_assert_uint_eq(wait_of(&b), 3000);
	connections(&b, KEPT, 8080, 0);
	ck_assert_uint_eq(step(&b, &left), 2); /* the real server goes, and its port in the entry */
	ck_assert_uint_eq(left, 1);
	assert_record(&b, VIP ",tcp:80," KEPT " \"8081 until 1007\"");
	svclb_mem_advance(b.mem, 5);
	assert_step_ends_it(&b);
	ck_assert_uint_eq(b.mem->vservers.v[0].rs.n, 1);
	bench_free(&b);
}
END_TEST

#define ZERO "svclb.io/weight: '" KEPT "=0'"

START_TEST(one_wanted_at_weight_zero_beside_two_of_its_address_is_left_alone)
{
	struct bench b = bench_new();

	(void)apply_port(&b, "", ONE, 8080);
	connections(&b, KEPT, 8080, 1);
	(void)apply_port(&b, "", ONE, 8081);
	connections(&b, KEPT, 8081, 1);
	(void)apply_port(&b, ZERO, ONE, 8082);
	assert_record(&b, VIP ",tcp:80," KEPT " \"8080 until idle, 8081 until idle\"");
	assert_step_does_nothing(&b, 2);
	connections(&b, KEPT, 8080, 0);
	connections(&b, KEPT, 8081, 0);
	ck_assert_uint_eq(apply_port(&b, ZERO, ONE, 8082), 4);
	ck_assert_uint_eq(b.mem->vservers.v[0].rs.n, 1);
	ck_assert_uint_eq(b.mem->vservers.v[0].rs.v[0].port, 8082);
	bench_free(&b);
}
END_TEST

START_TEST(an_entry_has_room_for_a_few_ports)
{
	struct bench b = bench_new();
	unsigned port;
	size_t left;

	for (port = 1; port <= DRAIN_PORTS + 1; port++) {
		(void)apply_port(&b, "", ONE, port);
		connections(&b, KEPT, port, 1);
	}
	(void)apply_port(&b, "", ONE, port);
	assert_record(&b, VIP ",tcp:80," KEPT
			      " \"1 until idle, 2 until idle, 3 until idle, 4 until idle\"");
	ck_assert_uint_eq(b.mem->vservers.v[0].rs.n, DRAIN_PORTS + 1);
	ck_assert_uint_eq(step(&b, &left), 0);
	ck_assert_uint_eq(left, DRAIN_PORTS);
	bench_free(&b);
}
END_TEST

/* An entry that names no port is for all of its address; the next apply names them. */
START_TEST(an_entry_for_any_port_is_understood)
{
	struct bench b = draining("");

	for (size_t i = 0; i < b.mem->sets.n; i++)
		if (b.mem->sets.v[i].set.noted)
			drain_note_parse("0 until 1005", &b.mem->sets.v[i].entries.v[0]);
	assert_step_does_nothing(&b, 1);
	ck_assert_uint_eq(wait_of(&b), 5000);
	ck_assert_uint_eq(apply(&b, "", ONE), 1);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1005\"");
	svclb_mem_advance(b.mem, 5);
	assert_step_ends_it(&b);
	bench_free(&b);
}
END_TEST

/* What svclb_diff() and svclb_read() say of one that drains. */
START_TEST(a_state_that_was_read_says_who_drains)
{
	struct bench b = draining("svclb.io/drain: 5s");
	struct svclb_state *st = now(&b);
	const struct svclb_virtual_server *vs = svclb_state_next_virtual_server(st, NULL);
	const struct svclb_real_server *rs = svclb_state_next_real_server(st, vs, NULL);
	char *text;

	ck_assert_int_eq(svclb_real_server_is_draining(rs), 0);
	ck_assert(svclb_real_server_get_drain_left(rs) == SVCLB_NO_DEADLINE);
	rs = svclb_state_next_real_server(st, vs, rs);
	ck_assert_int_eq(svclb_real_server_is_draining(rs), 1);
	ck_assert_uint_eq(svclb_real_server_get_drain_left(rs), 5000);
	ck_assert_int_eq(svclb_state_to_text(st, SVCLB_FORMAT_IPSET, &text, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "create KUBE-SVCLB-DRAIN hash:ip,port,ip family inet "
					   "hashsize 1024 maxelem 65536 comment"));
	ck_assert_ptr_nonnull(strstr(text, "add KUBE-SVCLB-DRAIN " VIP ",tcp:80," GONE
					   " comment \"8080 until 1005\""));
	svclb_text_free(text);
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_real_server_is_draining(NULL), 0);
	bench_free(&b);
}
END_TEST

/* What a virtual server of others has that is not wanted drains as well when that is adopted. */
START_TEST(one_of_an_adopted_virtual_server_drains)
{
	struct bench b = bench_new();
	struct ipaddr ip;
	struct rserver *rs;

	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b.mem, VIP, 80, "TCP"), 0);
	ck_assert(ip_parse(GONE, &ip, NULL));
	rs = vec_push(&b.mem->vservers.v[0].rs);
	*rs = (struct rserver){.ip = ip, .port = 8080, .weight = 1, .active_conns = 1};
	ck_assert_int_eq(svclb_options_set_adopt(b.ctx->options, 1), 0);
	(void)apply(&b, "", ONE);
	ck_assert_int_eq(weight(&b, KEPT), 1);
	ck_assert_int_eq(weight(&b, GONE), 0);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
	connections(&b, GONE, 8080, 0);
	assert_step_ends_it(&b);
	bench_free(&b);
}
END_TEST

/* ---- failures ---- */

enum { BEGINS, RETURNS, SHORTENS, ENDS, PROCEDURES };

static int procedure(struct bench *b, int which)
{
	struct svclb_model *m = service(which == SHORTENS ? "svclb.io/drain: 1s" : "",
					which == RETURNS ? BOTH : ONE, 8080);
	struct svclb_error *err = NULL;
	int r = which == ENDS ? svclb_drain_step(b->ctx, NULL, &err)
			      : svclb_apply(b->ctx, m, NULL, &err);

	svclb_error_unref(err);
	svclb_model_unref(m);
	return r;
}

static struct bench before_procedure(int which)
{
	struct bench b;

	if (which != BEGINS)
		b = draining("svclb.io/drain: 5s");
	else
		b = bench_new();
	if (which == BEGINS) {
		(void)apply(&b, "", BOTH);
		connections(&b, GONE, 8080, 1);
	}
	if (which == ENDS)
		svclb_mem_advance(b.mem, 5);
	return b;
}

START_TEST(a_failure_of_any_step_is_rolled_back)
{
	static const size_t steps[PROCEDURES] = {
		[BEGINS] = 3, [RETURNS] = 3, [SHORTENS] = 1, [ENDS] = 3};
	struct bench b = before_procedure(_i);
	struct svclb_state *before = now(&b);

	for (size_t k = 1; k <= steps[_i]; k++) {
		struct svclb_state *after;

		svclb_mem_fail_at(b.mem, k, ENOBUFS, 0);
		ck_assert_int_eq(procedure(&b, _i), -SVCLB_EROLLEDBACK);
		after = now(&b);
		ck_assert(svclb_state_equal(after, before));
		ck_assert(svclb_state_equal(before, after));
		svclb_state_unref(after);
	}
	svclb_mem_fail_at(b.mem, steps[_i] + 1, ENOBUFS, 0);
	ck_assert_int_eq(procedure(&b, _i), 0);
	svclb_state_unref(before);
	bench_free(&b);
}
END_TEST

/* Killed behind any step, by a rollback that fails at once: the next one arrives all the same. */
START_TEST(what_a_crash_leaves_is_finished)
{
	bool step_first = _i;
	size_t left = 0;

	for (size_t k = 2; k <= 3; k++) {
		struct bench b = before_procedure(BEGINS);

		svclb_mem_fail_at(b.mem, k, ENOBUFS, 1);
		ck_assert_int_eq(procedure(&b, BEGINS), -SVCLB_EROLLBACK);
		svclb_mem_fail_at(b.mem, 0, 0, 0);
		restart(&b);
		if (step_first)
			(void)step(&b, &left);
		ck_assert_uint_eq(step_first ? left : 0, 0);
		ck_assert_int_eq(weight(&b, GONE), 1);
		ck_assert_int_eq(procedure(&b, BEGINS), 0);
		ck_assert_int_eq(weight(&b, GONE), 0);
		assert_record(&b, VIP ",tcp:80," GONE " \"8080 until idle\"");
		bench_free(&b);
	}
}
END_TEST

START_TEST(a_saved_plan_keeps_the_length_of_the_drain)
{
	struct bench b = before_procedure(BEGINS);
	struct svclb_state *have = now(&b);
	struct svclb_model *m = service("svclb.io/drain: 5s", ONE, 8080);
	struct svclb_report *report = NULL;
	struct svclb_plan *loaded = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_state *want = NULL;
	char *json;

	ck_assert_int_eq(svclb_model_complete(m, svclb_ctx_get_options(b.ctx), NULL), 0);
	ck_assert_int_eq(svclb_compile(m, svclb_ctx_get_options(b.ctx), &want, NULL), 0);
	ck_assert_int_eq(svclb_diff(have, want, 0, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "p", NULL, &loaded, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count(loaded), 3);
	ck_assert_uint_eq(svclb_plan_count_drained(loaded), 0);
	svclb_mem_advance(b.mem, 100);
	ck_assert_int_eq(svclb_plan_leads_to(loaded, want), 1);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, &report, NULL), 0);
	ck_assert_uint_eq(svclb_report_get_draining(report), 1);
	ck_assert_int_eq(weight(&b, GONE), 0);
	assert_record(&b, VIP ",tcp:80," GONE " \"8080 until 1105\"");
	ck_assert_uint_eq(wait_of(&b), 5000);
	svclb_report_unref(report);
	svclb_plan_unref(loaded);
	svclb_plan_unref(plan);
	svclb_state_unref(want);
	svclb_state_unref(have);
	svclb_model_unref(m);
	svclb_text_free(json);
	bench_free(&b);
}
END_TEST

START_TEST(a_saved_plan_that_ends_a_drain_says_so)
{
	struct bench b = before_procedure(ENDS);
	struct svclb_state *have = now(&b);
	struct svclb_model *m = service("", ONE, 8080);
	struct svclb_plan *loaded = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_state *want = NULL;
	char *json;

	ck_assert_int_eq(svclb_model_complete(m, svclb_ctx_get_options(b.ctx), NULL), 0);
	ck_assert_int_eq(svclb_compile(m, svclb_ctx_get_options(b.ctx), &want, NULL), 0);
	ck_assert_int_eq(svclb_diff(have, want, 0, &plan, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count(plan), 3);
	ck_assert_uint_eq(svclb_plan_count_drained(plan), 3);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "p", NULL, &loaded, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count_drained(loaded), 3);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, NULL), 0);
	ck_assert_int_eq(weight(&b, GONE), -1);
	ck_assert(wait_of(&b) == SVCLB_NO_DEADLINE);
	svclb_plan_unref(loaded);
	svclb_plan_unref(plan);
	svclb_state_unref(want);
	svclb_state_unref(have);
	svclb_model_unref(m);
	svclb_text_free(json);
	bench_free(&b);
}
END_TEST

/* ---- words ---- */

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} policies[] = {
	{"linger", DRAIN_LINGER},
	{"cut", 0},
	{"0", 0},
	{"0s", 0},
	{"30", 30},
	{"30s", 30},
	{"5m", 300},
	{"24h", 86400},
	{"31536000", DRAIN_MAX},
	{"8760h", DRAIN_MAX},
	{"31536001", -1},
	{"8761h", -1},
	{"4294967295", -1},
	{"", -1},
	{"s", -1},
	{"-1", -1},
	{"+1", -1},
	{"1.5s", -1},
	{"030", -1},
	{"30 s", -1},
	{"30ms", -1},
	{"Linger", -1},
	{"never", -1},
};

START_TEST(words_of_policies)
{
	struct svclb_options *opts = NULL;
	struct svclb_service *svc = NULL;
	int want = policies[_i].seconds < 0 ? -SVCLB_EINVAL : 0;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_drain(opts, policies[_i].text), want);
	ck_assert_uint_eq(opts->drain_sec, want ? DRAIN_LINGER : (uint32_t)policies[_i].seconds);
	ck_assert_int_eq(svclb_options_set_drain(opts, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_options_set_drain(NULL, "cut"), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_service_new(NULL, "web", &svc, NULL), 0);
	ck_assert_int_eq(svclb_service_set_drain(svc, policies[_i].text), want);
	ck_assert_int_eq(svclb_service_set_drain(svc, NULL), -SVCLB_EINVAL);
	svclb_service_unref(svc);
	svclb_options_unref(opts);
}
END_TEST

static const struct {
	const char *text;
	uint16_t port;
	uint32_t until;
} notes[] = {
	{"8080 until idle", 8080, 0},
	{"8080 until 5123", 8080, 5123},
	{"0 until 1", 0, 1},
	{"65535 until 4294967295", 65535, UINT32_MAX},
	{"1 until 7, 2 until idle, 3 until 4294967295, 65535 until 1", 1, 7},
	/* others wrote these */
	{"", 0, 0},
	{"8080", 0, 0},
	{"65536 until 5", 0, 0},
	{"8080 until 4294967296", 0, 0},
	{"8080 until 99999999999", 0, 0},
	{"8080 until 5 more", 0, 0},
	{"8080 until never", 0, 0},
	{"my server", 0, 0},
	{"1 until 7,", 0, 0},
	{"1 until 7, ", 0, 0},
	{"1 until 7, 2", 0, 0},
	{"1 until idle2", 0, 0},
	{"1 until 1, 2 until 1, 3 until 1, 4 until 1, 5 until 1", 0, 0},
};

START_TEST(notes_are_read_back)
{
	struct set_entry e = {.drain_port = {1, 1, 1, 1}, .drain_until = {1, 1, 1, 1}};
	char buf[DRAIN_NOTE_MAX];

	drain_note_parse(notes[_i].text, &e);
	ck_assert_uint_eq(e.drain_port[0], notes[_i].port);
	ck_assert_uint_eq(e.drain_until[0], notes[_i].until);
	if (e.drain_port[0] || e.drain_until[0])
		ck_assert_str_eq(drain_note(&e, buf), notes[_i].text);
}
END_TEST

START_TEST(arguments_are_checked)
{
	struct bench b = draining("");
	uint64_t ms;

	ck_assert_int_eq(svclb_drain_step(NULL, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_drain_get_wait(NULL, &ms, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_drain_get_wait(b.ctx, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_mem_advance(NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_mem_set_connections(b.mem, "x", 80, GONE, 80, 1, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_mem_set_connections(b.mem, VIP, 80, GONE, 80, 1, 1),
			 -SVCLB_ENOTFOUND);
	ck_assert_uint_eq(svclb_report_get_draining(NULL), 0);
	ck_assert_uint_eq(svclb_plan_count_drained(NULL), 0);
	bench_free(&b);
}
END_TEST

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

int main(void)
{
	Suite *s = suite_create("drain");
	TCase *tc = tcase_create("mem");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, linger_stays_until_idle);
	tcase_add_test(tc, an_apply_ends_drains_too);
	tcase_add_test(tc, weights_set_by_hand_are_put_right);
	tcase_add_loop_test(tc, cut_goes_at_once, 0, COUNT(cuts));
	tcase_add_test(tc, seconds_end_at_the_deadline);
	tcase_add_test(tc, the_policy_of_the_node_is_that_of_services_without_one);
	tcase_add_loop_test(tc, one_that_gets_a_connection_meanwhile_drains, 0, COUNT(arrivals));
	tcase_add_test(tc, with_policy_cut_it_goes_all_the_same);
	tcase_add_test(tc, undoing_gives_it_its_weight_back);
	tcase_add_loop_test(tc, a_failure_after_it_was_left_alone, 1, 4);
	tcase_add_test(tc, a_record_that_cannot_be_put_back_is_told);
	tcase_add_loop_test(tc, a_saved_plan_says_how_long_it_stays, 0, 3);
	tcase_add_test(tc, an_early_saved_plan_leaves_it_to_the_next_apply);
	tcase_add_test(tc, a_saved_plan_need_not_say_where_it_comes_from);
	tcase_add_test(tc, what_a_saved_plan_left_joins_what_drains);
	tcase_add_loop_test(tc, a_failure_after_a_saved_plan_left_it_alone, 1, 4);
	tcase_add_test(tc, a_policy_that_is_none_is_refused);
	tcase_add_test(tc, one_that_returns_was_never_away);
	tcase_add_test(tc, a_restart_forgets_nothing);
	tcase_add_test(tc, a_deleted_service_takes_what_drains_along);
	tcase_add_test(tc, one_wanted_at_weight_zero_is_left_alone);
	tcase_add_test(tc, a_shorter_policy_shortens_and_a_longer_one_does_not_extend);
	tcase_add_test(tc, two_of_one_address_share_an_entry);
	tcase_add_test(tc, one_wanted_at_weight_zero_beside_two_of_its_address_is_left_alone);
	tcase_add_test(tc, an_entry_has_room_for_a_few_ports);
	tcase_add_test(tc, an_entry_for_any_port_is_understood);
	tcase_add_test(tc, a_state_that_was_read_says_who_drains);
	tcase_add_test(tc, one_of_an_adopted_virtual_server_drains);
	tcase_add_loop_test(tc, a_failure_of_any_step_is_rolled_back, 0, PROCEDURES);
	tcase_add_loop_test(tc, what_a_crash_leaves_is_finished, 0, 2);
	tcase_add_test(tc, a_saved_plan_keeps_the_length_of_the_drain);
	tcase_add_test(tc, a_saved_plan_that_ends_a_drain_says_so);
	tcase_add_loop_test(tc, words_of_policies, 0, COUNT(policies));
	tcase_add_loop_test(tc, notes_are_read_back, 0, COUNT(notes));
	tcase_add_test(tc, arguments_are_checked);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
