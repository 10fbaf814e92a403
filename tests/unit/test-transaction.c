/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diff, order, commit, rollback and saved plans on the in-memory kernel. */
#include <errno.h>
#include <stdio.h>

#include "apply/ctx.h"
#include "kernel/mem.h"
#include "plan/diff.h"
#include "states.h"

static struct svclb_state *one_service(void)
{
	struct svclb_state *st = state_begin();
	uint32_t vs = put_service(st, put_sets(st), "10.96.0.1", 80, "rr");

	put_rserver(st, vs, "10.1.0.1", 1);
	put_rserver(st, vs, "10.1.0.2", 1);
	return state_end(st);
}

/* Another scheduler, one endpoint replaced, one weight changed, one service more. */
static struct svclb_state *two_services(void)
{
	struct svclb_state *st = state_begin();
	struct test_sets s = put_sets(st);
	uint32_t vs = put_service(st, s, "10.96.0.1", 80, "wrr");

	put_rserver(st, vs, "10.1.0.2", 5);
	put_rserver(st, vs, "10.1.0.3", 1);
	vs = put_service(st, s, "10.96.0.2", 443, "rr");
	put_rserver(st, vs, "10.1.0.4", 1);
	return state_end(st);
}

static struct svclb_state *nothing(void)
{
	struct svclb_state *st = state_begin();

	st->link = false;
	return state_end(st);
}

struct bench {
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
};

static struct bench bench_new(void)
{
	struct bench b;

	ck_assert_int_eq(svclb_mem_new(&b.mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, b.mem, &b.ctx, NULL), 0);
	return b;
}

static void bench_free(struct bench *b)
{
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
}

static struct svclb_plan *plan_to(struct bench *b, struct svclb_state *to)
{
	struct svclb_state *now;
	struct svclb_plan *plan;

	ck_assert_int_eq(svclb_read(b->ctx, &now, NULL), 0);
	ck_assert_int_eq(svclb_diff(now, to, 0, &plan, NULL), 0);
	svclb_state_unref(now);
	return plan;
}

static void reach(struct bench *b, struct svclb_state *to)
{
	struct svclb_plan *plan = plan_to(b, to);
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_plan_commit(b->ctx, plan, NULL, &err), 0);
	svclb_plan_unref(plan);
}

static size_t plan_length(struct bench *b, struct svclb_state *to)
{
	struct svclb_plan *plan = plan_to(b, to);
	size_t n = svclb_plan_count(plan);

	svclb_plan_unref(plan);
	return n;
}

static void assert_holds(struct bench *b, struct svclb_state *want)
{
	struct svclb_state *now;

	ck_assert_int_eq(svclb_read(b->ctx, &now, NULL), 0);
	ck_assert(svclb_state_equal(now, want));
	svclb_state_unref(now);
}

typedef struct svclb_state *(*maker)(void);

static const struct {
	maker from;
	maker to;
} ways[] = {
	{nothing, one_service}, {one_service, two_services}, {two_services, one_service},
	{one_service, nothing}, {two_services, nothing},     {nothing, two_services},
};

START_TEST(apply_reaches_the_state_and_then_has_nothing_to_do)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	struct svclb_plan *plan;

	reach(&b, from);
	reach(&b, to);
	assert_holds(&b, to);
	plan = plan_to(&b, to);
	ck_assert_uint_eq(svclb_plan_count(plan), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_failure_of_any_step_is_rolled_back)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	struct svclb_plan *plan;
	size_t steps;

	reach(&b, from);
	plan = plan_to(&b, to);
	steps = svclb_plan_count(plan);
	ck_assert_uint_gt(steps, 3);
	for (size_t k = 1; k <= steps; k++) {
		struct svclb_error *err = NULL;
		char *text;

		svclb_mem_fail_at(b.mem, k, ENOBUFS, 0);
		ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, &err), -SVCLB_EROLLEDBACK);
		ck_assert_int_eq(svclb_error_get_os_errno(svclb_error_get_cause(err)), ENOBUFS);
		ck_assert_int_eq(svclb_error_to_text(err, &text), 0);
		ck_assert_ptr_nonnull(strstr(text, "No buffer space available"));
		svclb_text_free(text);
		svclb_error_unref(err);
		assert_holds(&b, from);
	}
	svclb_mem_fail_at(b.mem, 0, 0, 0);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, NULL), 0);
	assert_holds(&b, to);
	svclb_plan_unref(plan);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* A kernel that carries out step `deaf_at` and does not say so. */
static const struct kernel_ops *hearing;
static size_t deaf_at;

static int deaf_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n,
		    bool undo, enum fate *done, struct svclb_error **reterr)
{
	int r = hearing->run(k, plan, first, undo ? n : deaf_at + 1, undo, done, reterr);

	if (r < 0 || undo)
		return r;
	done[deaf_at] = FATE_UNKNOWN;
	return err_set(reterr, SVCLB_EAGAIN, "no answer");
}

START_TEST(a_step_without_an_answer_is_named_and_put_back)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	struct kernel_ops deaf;
	struct svclb_plan *plan;

	reach(&b, from);
	plan = plan_to(&b, to);
	hearing = b.ctx->kernel->ops;
	deaf = *hearing;
	deaf.run = deaf_run;
	b.ctx->kernel->ops = &deaf;
	for (deaf_at = 0; deaf_at < svclb_plan_count(plan); deaf_at++) {
		struct svclb_error *err = NULL;
		size_t named = 0;

		ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, &err), -SVCLB_EROLLEDBACK);
		ck_assert_int_eq(sscanf(svclb_error_get_message(err), "step %zu of", &named), 1);
		ck_assert_uint_eq(named, deaf_at + 1);
		svclb_error_unref(err);
		assert_holds(&b, from);
	}
	b.ctx->kernel->ops = hearing;
	svclb_plan_unref(plan);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_failing_rollback_is_said_and_both_reasons_are_kept)
{
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_plan *plan = plan_to(&b, to);
	struct svclb_error *err = NULL;
	const struct svclb_error *cause;

	svclb_mem_fail_at(b.mem, 8, EPERM, 1);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, &err), -SVCLB_EROLLBACK);
	cause = svclb_error_get_cause(err);
	ck_assert_int_eq(svclb_error_get_os_errno(cause), EPERM);
	ck_assert_ptr_nonnull(svclb_error_get_next(cause));
	svclb_error_unref(err);
	/* the next try finds what is there and finishes */
	svclb_mem_fail_at(b.mem, 0, 0, 0);
	reach(&b, to);
	assert_holds(&b, to);
	svclb_plan_unref(plan);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* Whatever could not be put back, what is there is known to be ours: nothing has to be adopted. */
START_TEST(any_failing_rollback_leaves_what_the_next_apply_finishes)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	size_t failed_twice = 0;
	size_t steps;

	reach(&b, from);
	steps = plan_length(&b, to);
	for (size_t k = 1; k <= steps; k++)
		for (size_t undo_k = 1; undo_k < k; undo_k++) {
			struct svclb_plan *plan = plan_to(&b, to);

			svclb_mem_fail_at(b.mem, k, ENOBUFS, undo_k);
			if (svclb_plan_commit(b.ctx, plan, NULL, NULL) == -SVCLB_EROLLBACK)
				failed_twice++;
			svclb_plan_unref(plan);
			svclb_mem_fail_at(b.mem, 0, 0, 0);
			reach(&b, to);
			assert_holds(&b, to);
			reach(&b, from);
		}
	ck_assert_uint_gt(failed_twice, steps);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* An apply that succeeded, with its report; the plan as it is, or saved and loaded. */
static struct svclb_report *reach_reported(struct bench *b, struct svclb_state *to, bool loaded)
{
	struct svclb_plan *plan = plan_to(b, to);
	struct svclb_report *report = NULL;
	char *json;

	if (loaded) {
		ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
		svclb_plan_unref(plan);
		ck_assert_int_eq(svclb_plan_load(json, strlen(json), NULL, NULL, &plan, NULL), 0);
		svclb_text_free(json);
	}
	ck_assert_int_eq(svclb_plan_commit(b->ctx, plan, &report, NULL), 0);
	svclb_plan_unref(plan);
	return report;
}

START_TEST(what_succeeded_is_taken_back)
{
	struct svclb_state *from = ways[_i / 2].from();
	struct svclb_state *to = ways[_i / 2].to();
	struct bench b = bench_new();
	struct svclb_report *report;
	uint64_t changes;

	reach(&b, from);
	report = reach_reported(&b, to, _i % 2);
	assert_holds(&b, to);
	/* whoever interrupts it comes too late, and so does the end of the time */
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_ctx_set_deadline(b.ctx, 0), 0);
	ck_assert_int_eq(svclb_undo(b.ctx, report, NULL), 0);
	ck_assert_int_eq(svclb_ctx_set_deadline(b.ctx, SVCLB_NO_DEADLINE), 0);
	assert_holds(&b, from);
	svclb_report_unref(report);
	/* nothing changed, nothing to take back */
	report = reach_reported(&b, from, false);
	changes = svclb_mem_count_changes(b.mem);
	ck_assert_int_eq(svclb_undo(b.ctx, report, NULL), 0);
	ck_assert_uint_eq(svclb_mem_count_changes(b.mem), changes);
	svclb_report_unref(report);
	ck_assert_int_eq(svclb_undo(b.ctx, NULL, NULL), -SVCLB_EINVAL);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(taking_back_that_fails_says_so)
{
	struct svclb_state *from = one_service();
	struct svclb_state *to = two_services();
	struct bench b = bench_new();
	struct svclb_report *report;
	struct svclb_error *err = NULL;

	reach(&b, from);
	report = reach_reported(&b, to, false);
	svclb_mem_fail_at(b.mem, 2, EPERM, 0);
	ck_assert_int_eq(svclb_undo(b.ctx, report, &err), -SVCLB_EROLLBACK);
	ck_assert_int_eq(svclb_error_get_os_errno(svclb_error_get_cause(err)), EPERM);
	ck_assert_ptr_nonnull(svclb_error_get_next(svclb_error_get_cause(err)));
	svclb_error_unref(err);
	svclb_mem_fail_at(b.mem, 0, 0, 0);
	reach(&b, from);
	assert_holds(&b, from);
	svclb_report_unref(report);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(what_was_adopted_is_given_back)
{
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_state *before;
	struct svclb_state *now;
	struct svclb_plan *plan;
	struct svclb_report *report;

	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b.mem, "10.96.0.1", 80, "TCP"), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &before, NULL), 0);
	ck_assert_int_eq(svclb_diff(before, to, 1, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, &report, NULL), 0);
	ck_assert_int_eq(svclb_undo(b.ctx, report, NULL), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	ck_assert(svclb_state_equal(now, before));
	ck_assert_uint_eq(now->vservers.n, 1);
	ck_assert(!now->vservers.v[0].ours);
	ck_assert_uint_eq(now->rservers.n, before->rservers.n);
	ck_assert_str_eq(now->vservers.v[0].sched, before->vservers.v[0].sched);
	svclb_state_unref(now);
	svclb_state_unref(before);
	svclb_plan_unref(plan);
	svclb_report_unref(report);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* The plan as it comes back from a file; takes it over. */
static struct svclb_plan *saved(struct svclb_plan *plan)
{
	struct svclb_plan *loaded = NULL;
	char *json;

	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "p", NULL, &loaded, NULL), 0);
	svclb_text_free(json);
	svclb_plan_unref(plan);
	return loaded;
}

/* What is to be adopted has to be changed as well; excluded meanwhile, it is not. */
START_TEST(a_plan_that_adopts_is_carried_out)
{
	bool excluded = _i & 2;
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_state *before;
	struct svclb_plan *plan;

	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b.mem, "10.96.0.1", 80, "TCP"), 0);
	strcpy(b.mem->vservers.v[0].vs.sched, "lc");
	ck_assert_int_eq(svclb_read(b.ctx, &before, NULL), 0);
	ck_assert_int_eq(svclb_diff(before, to, 1, &plan, NULL), 0);
	if (_i & 1)
		plan = saved(plan);
	if (excluded)
		ck_assert_int_eq(svclb_options_set_exclude_cidrs(b.ctx->options, "10.96.0.0/16"),
				 0);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, NULL), excluded ? -SVCLB_EAGAIN : 0);
	ck_assert_str_eq(b.mem->vservers.v[0].vs.sched, excluded ? "lc" : "rr");
	if (!excluded)
		assert_holds(&b, to);
	svclb_state_unref(before);
	svclb_plan_unref(plan);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(one_deadline_bounds_several_operations)
{
	struct bench b = bench_new();
	struct svclb_state *now;

	ck_assert_int_eq(svclb_ctx_set_deadline(NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_ctx_set_deadline(b.ctx, 60000), 0);
	ck_assert_int_eq(svclb_discover(b.ctx, NULL), 0);
	ck_assert_int_eq(svclb_ctx_set_deadline(b.ctx, 0), 0);
	ck_assert_int_eq(svclb_discover(b.ctx, NULL), -SVCLB_ETIMEDOUT);
	ck_assert_int_eq(svclb_ctx_set_deadline(b.ctx, SVCLB_NO_DEADLINE), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	svclb_state_unref(now);
	bench_free(&b);
}
END_TEST

/* Position of the first step of a kind and op, or the number of steps. */
static size_t first_step(const struct svclb_plan *p, enum step_kind kind, enum step_op op)
{
	size_t i = 0;

	while (i < p->steps.n && (p->steps.v[i].kind != kind || p->steps.v[i].op != op))
		i++;
	return i;
}

static size_t last_step(const struct svclb_plan *p, enum step_kind kind, enum step_op op)
{
	size_t i = p->steps.n;

	while (i && (p->steps.v[i - 1].kind != kind || p->steps.v[i - 1].op != op))
		i--;
	return i;
}

/* Its sets just hold what is in them, and entries come before others go. */
START_TEST(a_set_has_room_for_what_comes_beside_what_goes)
{
	struct svclb_state *from = one_service();
	struct svclb_state *to = state_begin();
	struct bench b = bench_new();
	uint32_t vs = put_service(to, put_sets(to), "10.96.0.2", 80, "rr");

	put_rserver(to, vs, "10.1.0.1", 1);
	to = state_end(to);
	for (size_t i = 0; i < from->sets.n; i++)
		from->sets.v[i].maxelem = from->sets.v[i].entry_count;
	for (size_t i = 0; i < to->sets.n; i++)
		to->sets.v[i].maxelem = to->sets.v[i].entry_count;
	reach(&b, from);
	reach(&b, to);
	assert_holds(&b, to);
	ck_assert_uint_eq(plan_length(&b, to), 0);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(guard_before_address_before_gate)
{
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_plan *p = plan_to(&b, to);
	const struct svclb_step *last = &p->steps.v[p->steps.n - 1];

	ck_assert_uint_lt(first_step(p, STEP_SET, STEP_ADD), first_step(p, STEP_TABLE, STEP_ADD));
	ck_assert_uint_lt(first_step(p, STEP_TABLE, STEP_ADD),
			  first_step(p, STEP_VSERVER, STEP_ADD));
	ck_assert_uint_lt(last_step(p, STEP_RSERVER, STEP_ADD) - 1,
			  first_step(p, STEP_ADDR, STEP_ADD));
	ck_assert_int_eq(last->kind, STEP_ENTRY);
	ck_assert_str_eq(to->sets.v[to->entries.v[last->after].set].name, "KUBE-CLUSTER-IP");
	svclb_plan_unref(p);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(additions_precede_deletions)
{
	struct svclb_state *from = one_service();
	struct svclb_state *to = two_services();
	struct bench b = bench_new();
	struct svclb_plan *p;

	reach(&b, from);
	p = plan_to(&b, to);
	ck_assert_uint_lt(last_step(p, STEP_RSERVER, STEP_ADD) - 1,
			  first_step(p, STEP_QUIESCE, STEP_DELETE));
	ck_assert_uint_lt(last_step(p, STEP_QUIESCE, STEP_DELETE) - 1,
			  first_step(p, STEP_RSERVER, STEP_DELETE));
	svclb_plan_unref(p);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_foreign_virtual_server_is_a_conflict_and_stays)
{
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_state *now;
	struct svclb_plan *plan = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b.mem, "10.96.0.1", 80, "TCP"), 0);
	ck_assert_int_eq(svclb_mem_add_foreign_virtual_server(b.mem, "192.0.2.1", 80, "UDP"), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	ck_assert_int_eq(svclb_diff(now, to, 0, &plan, &err), -SVCLB_ECONFLICT);
	ck_assert_ptr_null(plan);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "10.96.0.1:80/TCP"));
	ck_assert_ptr_null(svclb_error_get_next(err));
	svclb_error_unref(err);
	ck_assert_int_eq(svclb_diff(now, to, 1, &plan, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(now);
	svclb_state_unref(to);
	ck_assert_int_eq(svclb_cleanup(b.ctx, NULL, NULL), 0);
	ck_assert_int_eq(svclb_read(b.ctx, &now, NULL), 0);
	ck_assert_uint_eq(now->vservers.n, 2);
	svclb_state_unref(now);
	bench_free(&b);
}
END_TEST

START_TEST(a_saved_plan_loads_and_does_the_same)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	struct svclb_plan *plan;
	struct svclb_plan *loaded = NULL;
	struct svclb_error *err = NULL;
	char *json;
	char *text[2];

	reach(&b, from);
	plan = plan_to(&b, to);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan.json", NULL, &loaded, &err), 0);
	ck_assert_int_eq(svclb_plan_to_text(plan, &text[0], NULL), 0);
	ck_assert_int_eq(svclb_plan_to_text(loaded, &text[1], NULL), 0);
	ck_assert_str_eq(text[0], text[1]);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, &err), 0);
	assert_holds(&b, to);
	/* the state moved on: the plan no longer fits, and nothing happens */
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, &err), -SVCLB_EAGAIN);
	svclb_error_unref(err);
	assert_holds(&b, to);
	svclb_text_free(json);
	svclb_text_free(text[0]);
	svclb_text_free(text[1]);
	svclb_plan_unref(plan);
	svclb_plan_unref(loaded);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* one_service() with something that a plan from there to `to` is not about. */
static struct svclb_state *beside(void)
{
	struct svclb_state *st = state_begin();
	struct test_sets s = put_sets(st);
	uint32_t vs = put_service(st, s, "10.96.0.1", 80, "rr");

	put_rserver(st, vs, "10.1.0.1", 1);
	put_rserver(st, vs, "10.1.0.2", 1);
	vs = put_service(st, s, "10.96.0.9", 443, "rr");
	put_rserver(st, vs, "10.1.0.4", 1);
	return state_end(st);
}

static struct svclb_plan *saved_and_loaded(const struct svclb_plan *plan)
{
	struct svclb_plan *loaded = NULL;
	char *json;

	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan.json", NULL, &loaded, NULL), 0);
	svclb_text_free(json);
	return loaded;
}

START_TEST(a_plan_is_refused_when_anything_of_ours_moved)
{
	struct svclb_state *from = one_service();
	struct svclb_state *to = two_services();
	struct svclb_state *other = beside();
	struct bench b = bench_new();
	struct svclb_plan *plan;
	struct svclb_plan *loaded;
	struct svclb_error *err = NULL;

	reach(&b, from);
	plan = plan_to(&b, to);
	loaded = saved_and_loaded(plan);
	reach(&b, other);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, &err), -SVCLB_EAGAIN);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "something else of ours"));
	svclb_error_unref(err);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, NULL), -SVCLB_EAGAIN);
	assert_holds(&b, other);
	reach(&b, from);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, NULL), 0);
	assert_holds(&b, to);
	svclb_plan_unref(plan);
	svclb_plan_unref(loaded);
	svclb_state_unref(from);
	svclb_state_unref(to);
	svclb_state_unref(other);
	bench_free(&b);
}
END_TEST

START_TEST(a_plan_of_another_owner_is_refused)
{
	struct svclb_state *to = one_service();
	struct bench b = bench_new();
	struct svclb_plan *plan = plan_to(&b, to);
	struct svclb_options *opts = NULL;
	struct svclb_ctx *other = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_link_name(opts, "other0"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b.mem, &other, NULL), 0);
	ck_assert_int_eq(svclb_plan_commit(other, plan, NULL, &err), -SVCLB_ECONFLICT);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "other0"));
	ck_assert_uint_eq(svclb_mem_count_changes(b.mem), 0);
	svclb_error_unref(err);
	svclb_ctx_free(other);
	svclb_options_unref(opts);
	svclb_plan_unref(plan);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_plan_knows_what_it_was_made_for)
{
	struct svclb_state *to = ways[_i].to();
	struct svclb_state *other = beside();
	struct bench b = bench_new();
	struct svclb_plan *plan = plan_to(&b, to);
	struct svclb_plan *loaded = saved_and_loaded(plan);

	ck_assert_int_eq(svclb_plan_leads_to(plan, to), 1);
	ck_assert_int_eq(svclb_plan_leads_to(loaded, to), 1);
	ck_assert_int_eq(svclb_plan_leads_to(plan, other), 0);
	ck_assert_int_eq(svclb_plan_leads_to(loaded, other), 0);
	ck_assert_int_eq(svclb_plan_leads_to(NULL, to), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plan_leads_to(plan, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plan_check(plan, NULL, NULL), -SVCLB_EINVAL);
	svclb_plan_unref(plan);
	svclb_plan_unref(loaded);
	svclb_state_unref(to);
	svclb_state_unref(other);
	bench_free(&b);
}
END_TEST

START_TEST(a_loaded_plan_that_fails_is_put_back)
{
	struct svclb_state *from = ways[_i].from();
	struct svclb_state *to = ways[_i].to();
	struct bench b = bench_new();
	struct svclb_plan *plan;
	struct svclb_plan *loaded = NULL;
	char *json;

	reach(&b, from);
	plan = plan_to(&b, to);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan.json", NULL, &loaded, NULL), 0);
	for (size_t k = 1; k <= svclb_plan_count(plan); k++) {
		svclb_mem_fail_at(b.mem, k, ENOBUFS, 0);
		ck_assert_int_eq(svclb_plan_commit(b.ctx, loaded, NULL, NULL), -SVCLB_EROLLEDBACK);
		assert_holds(&b, from);
	}
	svclb_text_free(json);
	svclb_plan_unref(plan);
	svclb_plan_unref(loaded);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

/* What has to be there before what, going and coming. */
static const struct {
	enum step_kind kind;
	enum step_op op;
	const char *set; /* entries only */
	enum step_kind then_kind;
	enum step_op then_op;
	const char *then_set;
} orders[] = {
	{STEP_ENTRY, STEP_ADD, "KUBE-SVCLB-OWNED", STEP_VSERVER, STEP_ADD, NULL},
	{STEP_ENTRY, STEP_ADD, "KUBE-IPVS-IPS", STEP_ADDR, STEP_ADD, NULL},
	{STEP_TABLE, STEP_ADD, NULL, STEP_ADDR, STEP_ADD, NULL},
	{STEP_RSERVER, STEP_ADD, NULL, STEP_ADDR, STEP_ADD, NULL},
	{STEP_ADDR, STEP_ADD, NULL, STEP_ENTRY, STEP_ADD, "KUBE-CLUSTER-IP"},
	{STEP_ENTRY, STEP_DELETE, "KUBE-CLUSTER-IP", STEP_VSERVER, STEP_DELETE, NULL},
	{STEP_ENTRY, STEP_DELETE, "KUBE-CLUSTER-IP", STEP_ADDR, STEP_DELETE, NULL},
	{STEP_VSERVER, STEP_DELETE, NULL, STEP_ENTRY, STEP_DELETE, "KUBE-SVCLB-OWNED"},
	{STEP_ADDR, STEP_DELETE, NULL, STEP_ENTRY, STEP_DELETE, "KUBE-IPVS-IPS"},
	{STEP_ADDR, STEP_DELETE, NULL, STEP_TABLE, STEP_DELETE, NULL},
	{STEP_TABLE, STEP_DELETE, NULL, STEP_SET, STEP_DELETE, NULL},
};

static bool is_step(const struct svclb_plan *p, size_t i, enum step_kind kind, enum step_op op,
		    const char *set)
{
	const struct svclb_step *s = &p->steps.v[i];
	const struct svclb_state *st = op == STEP_DELETE ? p->from : p->to;

	if (s->kind != kind || s->op != op)
		return false;
	return !set ||
	       !strcmp(st->sets.v[st->entries.v[op == STEP_DELETE ? s->before : s->after].set].name,
		       set);
}

START_TEST(order_of_steps)
{
	struct svclb_state *from = orders[_i].op == STEP_ADD ? nothing() : two_services();
	struct svclb_state *to = orders[_i].op == STEP_ADD ? two_services() : nothing();
	struct bench b = bench_new();
	struct svclb_plan *p;
	size_t last = 0;
	size_t first = SIZE_MAX;

	reach(&b, from);
	p = plan_to(&b, to);
	for (size_t i = 0; i < p->steps.n; i++) {
		if (is_step(p, i, orders[_i].kind, orders[_i].op, orders[_i].set))
			last = i + 1;
		if (first == SIZE_MAX &&
		    is_step(p, i, orders[_i].then_kind, orders[_i].then_op, orders[_i].then_set))
			first = i + 1;
	}
	ck_assert_uint_gt(last, 0);
	ck_assert_uint_ne(first, SIZE_MAX);
	ck_assert_uint_lt(last, first);
	svclb_plan_unref(p);
	svclb_state_unref(from);
	svclb_state_unref(to);
	bench_free(&b);
}
END_TEST

START_TEST(a_damaged_plan_is_refused_with_its_place)
{
	static const char named_by_number[] =
		"{\"apiVersion\":\"svclb.io/v1alpha1\",\"kind\":\"Plan\",\"formatVersion\":\"1.0\","
		"\"prefix\":\"KUBE-\",\"linkName\":\"kube-ipvs0\",\"from\":{},"
		"\"to\":{\"sets\":[{\"name\":1}]}}";
	static const char *const bad[] = {
		"{",
		"[]",
		"{\"apiVersion\": \"svclb.io/v1alpha1\", \"kind\": \"Plan\"}",
		named_by_number,
	};
	struct svclb_plan *plan = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_lt(svclb_plan_load(bad[_i], strlen(bad[_i]), "bad.json", NULL, &plan, &err),
			 0);
	ck_assert_ptr_null(plan);
	ck_assert_ptr_nonnull(err);
	svclb_error_unref(err);
}
END_TEST

/* A plan may be written by hand, but not over the chains of others. */
static const struct {
	const char *chain; /* of the table filter */
	const char *why;   /* it is refused; NULL: it is not */
} planned_chains[] = {
	{"\"name\":\"KUBE-FORWARD\"", NULL},
	{"\"name\":\"FORWARD\",\"builtin\":true,\"rules\":"
	 "[{\"target\":\"jump\",\"jump\":\"KUBE-FORWARD\"}]",
	 NULL},
	{"\"name\":\"INPUT\"", "neither a chain of this prefix nor a built-in one"},
	{"\"name\":\"DOCKER\"", "neither a chain of this prefix nor a built-in one"},
	{"\"name\":\"KUBE-FIREWALL\"", "neither a chain of this prefix nor a built-in one"},
	{"\"name\":\"KUBE-FORWARD\",\"builtin\":true",
	 "neither a chain of this prefix nor a built-in one"},
	{"\"name\":\"INPUT\",\"builtin\":true,\"rules\":[{\"target\":\"drop\"}]",
	 "in a built-in chain, but no jump to one of ours"},
	{"\"name\":\"INPUT\",\"builtin\":true,\"rules\":"
	 "[{\"target\":\"jump\",\"jump\":\"DOCKER\"}]",
	 "in a built-in chain, but no jump to one of ours"},
};

#define N_PLANNED (sizeof(planned_chains) / sizeof(planned_chains[0]))

START_TEST(a_plan_has_no_chains_of_others)
{
	static const char print[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	const char *why = planned_chains[_i].why;
	struct svclb_error *err = NULL;
	struct svclb_plan *plan = NULL;
	char text[1500];
	int r;

	(void)snprintf(text, sizeof(text),
		       "{\"apiVersion\":\"svclb.io/v1alpha1\",\"kind\":\"Plan\","
		       "\"formatVersion\":\"1.0\",\"prefix\":\"KUBE-\","
		       "\"linkName\":\"kube-ipvs0\",\"fingerprints\":{\"from\":\"%s\","
		       "\"wanted\":\"%s\"},\"from\":{\"link\":false},\"to\":{\"chains\":["
		       "{\"family\":6,\"table\":\"filter\",\"name\":\"KUBE-NODEPORTS\"},"
		       "{\"family\":4,\"table\":\"filter\",%s}%s]}}",
		       print, print, planned_chains[_i].chain,
		       _i == 1 ? ",{\"family\":4,\"table\":\"filter\",\"name\":\"KUBE-FORWARD\"}"
			       : "");
	r = svclb_plan_load(text, strlen(text), "plan.json", NULL, &plan, &err);
	ck_assert_int_eq(r, why ? -SVCLB_EINVALID : 0);
	if (why)
		ck_assert_str_eq(svclb_error_get_message(err), why);
	svclb_error_unref(err);
	svclb_plan_unref(plan);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("transaction");
	TCase *tc = tcase_create("mem");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, apply_reaches_the_state_and_then_has_nothing_to_do, 0, 6);
	tcase_add_loop_test(tc, a_failure_of_any_step_is_rolled_back, 0, 6);
	tcase_add_loop_test(tc, a_step_without_an_answer_is_named_and_put_back, 0, 6);
	tcase_add_test(tc, a_failing_rollback_is_said_and_both_reasons_are_kept);
	tcase_add_loop_test(tc, what_succeeded_is_taken_back, 0, 12);
	tcase_add_test(tc, taking_back_that_fails_says_so);
	tcase_add_test(tc, what_was_adopted_is_given_back);
	tcase_add_loop_test(tc, a_plan_that_adopts_is_carried_out, 0, 4);
	tcase_add_test(tc, one_deadline_bounds_several_operations);
	tcase_add_test(tc, a_set_has_room_for_what_comes_beside_what_goes);
	tcase_add_test(tc, guard_before_address_before_gate);
	tcase_add_test(tc, additions_precede_deletions);
	tcase_add_test(tc, a_foreign_virtual_server_is_a_conflict_and_stays);
	tcase_add_loop_test(tc, any_failing_rollback_leaves_what_the_next_apply_finishes, 0, 6);
	tcase_add_loop_test(tc, a_saved_plan_loads_and_does_the_same, 0, 6);
	tcase_add_test(tc, a_plan_is_refused_when_anything_of_ours_moved);
	tcase_add_test(tc, a_plan_of_another_owner_is_refused);
	tcase_add_loop_test(tc, a_plan_knows_what_it_was_made_for, 0, 6);
	tcase_add_loop_test(tc, a_loaded_plan_that_fails_is_put_back, 0, 6);
	tcase_add_loop_test(tc, order_of_steps, 0, sizeof(orders) / sizeof(orders[0]));
	tcase_add_loop_test(tc, a_damaged_plan_is_refused_with_its_place, 0, 4);
	tcase_add_loop_test(tc, a_plan_has_no_chains_of_others, 0, N_PLANNED);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
