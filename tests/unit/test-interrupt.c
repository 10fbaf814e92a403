/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclb_ctx_interrupt(): at every step, before the first one, too late, and while putting back. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/ctx.h"
#include "kernel/mem.h"

static const char first[] = "apiVersion: v1\n"
			    "kind: Service\n"
			    "metadata: {name: web}\n"
			    "spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}\n"
			    "---\n"
			    "apiVersion: v1\n"
			    "kind: Endpoints\n"
			    "metadata: {name: web}\n"
			    "subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 8080}]}]\n";

static const char second[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: web}\n"
	"spec: {clusterIP: 10.96.0.11, ports: [{name: a, port: 80}, {name: b, port: 81}]}\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Endpoints\n"
	"metadata: {name: web}\n"
	"subsets: [{addresses: [{ip: 10.244.1.3}], ports: [{name: a, port: 8080}]}]\n";

static const char none[] = "";

struct bench {
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
};

static struct bench bench_new(void)
{
	struct bench b;

	ck_assert_int_eq(svclb_mem_new(&b.mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b.mem, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, b.mem, &b.ctx, NULL), 0);
	return b;
}

static void bench_free(struct bench *b)
{
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
}

static int apply(struct bench *b, const char *text, struct svclb_error **err)
{
	struct svclb_model *m = NULL;
	int r;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f.yaml", NULL), 0);
	r = svclb_apply(b->ctx, m, NULL, err);
	svclb_model_unref(m);
	return r;
}

static struct svclb_state *read_now(struct bench *b)
{
	struct svclb_state *now = NULL;

	ck_assert_int_eq(svclb_read(b->ctx, &now, NULL), 0);
	return now;
}

static const char *const ways[][2] = {{none, first}, {first, second}, {second, none}};

START_TEST(at_every_step)
{
	struct bench b = bench_new();
	struct svclb_state *before;
	uint64_t k;
	int r;

	ck_assert_int_eq(apply(&b, ways[_i][0], NULL), 0);
	before = read_now(&b);
	for (k = 1;; k++) {
		struct svclb_error *err = NULL;
		struct svclb_state *now;
		char want[40];

		b.mem->interrupt_at = b.mem->changes + k;
		r = apply(&b, ways[_i][1], &err);
		if (!r)
			break;
		ck_assert_int_eq(r, -SVCLB_EINTERRUPTED);
		(void)snprintf(want, sizeof(want), "step %d of ", (int)k);
		ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), want));
		ck_assert_ptr_nonnull(
			strstr(svclb_error_get_message(err), "everything was put back"));
		ck_assert_int_eq(svclb_error_get_code(svclb_error_get_cause(err)),
				 SVCLB_EINTERRUPTED);
		svclb_error_unref(err);
		now = read_now(&b); /* begins afresh */
		ck_assert(svclb_state_equal(now, before));
		svclb_state_unref(now);
	}
	ck_assert_uint_gt(k, 4);
	svclb_state_unref(before);
	bench_free(&b);
}
END_TEST

START_TEST(with_nothing_under_way_the_next_one_ends_at_once)
{
	struct bench b = bench_new();
	struct svclb_error *err = NULL;

	svclb_ctx_interrupt(NULL);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(apply(&b, first, &err), -SVCLB_EINTERRUPTED);
	ck_assert_ptr_null(svclb_error_get_cause(err));
	svclb_error_unref(err);
	ck_assert_uint_eq(svclb_mem_count_changes(b.mem), 0);
	ck_assert_int_eq(apply(&b, first, NULL), 0);
	bench_free(&b);
}
END_TEST

START_TEST(every_operation_ends_at_once)
{
	struct bench b = bench_new();
	struct svclb_state *state = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_state *empty;

	empty = read_now(&b);
	ck_assert_int_eq(apply(&b, first, NULL), 0);
	state = read_now(&b);
	ck_assert_int_eq(svclb_diff(state, empty, 0, &plan, NULL), 0);
	svclb_state_unref(state);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_read(b.ctx, &state, NULL), -SVCLB_EINTERRUPTED);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_discover(b.ctx, NULL), -SVCLB_EINTERRUPTED);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_probe(b.ctx, NULL), -SVCLB_EINTERRUPTED);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, NULL), -SVCLB_EINTERRUPTED);
	svclb_ctx_interrupt(b.ctx);
	ck_assert_int_eq(svclb_cleanup(b.ctx, NULL, NULL), -SVCLB_EINTERRUPTED);
	ck_assert_int_eq(svclb_plan_commit(b.ctx, plan, NULL, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(empty);
	bench_free(&b);
}
END_TEST

START_TEST(putting_back_is_not_interrupted)
{
	struct bench b = bench_new();
	struct svclb_error *err = NULL;

	/* the tenth change is refused, and the second one of putting back comes with a signal */
	svclb_mem_fail_at(b.mem, 10, EPERM, 0);
	b.mem->interrupt_at = 12;
	ck_assert_int_eq(apply(&b, first, &err), -SVCLB_EROLLEDBACK);
	svclb_error_unref(err);
	ck_assert_uint_eq(b.mem->vservers.n + b.mem->sets.n + b.mem->addrs.n, 0);
	ck_assert_int_eq(apply(&b, first, NULL), 0);
	bench_free(&b);
}
END_TEST

START_TEST(interrupted_and_not_put_back)
{
	struct bench b = bench_new();
	struct svclb_error *err = NULL;

	b.mem->interrupt_at = 10;
	svclb_mem_fail_at(b.mem, 12, EPERM, 0); /* the third one of putting back */
	ck_assert_int_eq(apply(&b, first, &err), -SVCLB_EROLLBACK);
	ck_assert_int_eq(svclb_error_get_code(svclb_error_get_cause(err)), SVCLB_EINTERRUPTED);
	svclb_error_unref(err);
	bench_free(&b);
}
END_TEST

/* Time that runs out is met in the same places. */
START_TEST(time_runs_out)
{
	struct svclb_options *opts = NULL;
	struct bench b = bench_new();
	struct svclb_error *err = NULL;

	svclb_ctx_free(b.ctx);
	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_timeout(opts, 1), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(opts, b.mem, &b.ctx, NULL), 0);
	svclb_options_unref(opts);
	ctx_start(b.ctx);
	b.ctx->options->deadline_ms = 1; /* long ago */
	ck_assert_int_eq(ctx_discover(b.ctx, &err), -SVCLB_ETIMEDOUT);
	svclb_error_unref(err);
	ck_assert_int_eq(ctx_end(b.ctx, 0), 0);
	ck_assert_uint_eq(b.ctx->options->deadline_ms, 0);
	bench_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("interrupt");
	TCase *t = tcase_create("interrupt");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, at_every_step, 0, sizeof(ways) / sizeof(ways[0]));
	tcase_add_test(t, with_nothing_under_way_the_next_one_ends_at_once);
	tcase_add_test(t, every_operation_ends_at_once);
	tcase_add_test(t, putting_back_is_not_interrupted);
	tcase_add_test(t, interrupted_and_not_put_back);
	tcase_add_test(t, time_runs_out);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
