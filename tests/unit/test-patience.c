/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The time limit of what only computes: loading, completing, merging, selecting and compiling. The
 * clock is one of ours, which goes on by a millisecond each time it is looked at: a limit of k
 * milliseconds ends a call at its k-th look.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apply/ctx.h"
#include "kernel/mem.h"
#include "manifest.h"
#include "state/state.h"
#include "util/strbuf.h"

#define SERVICES 40u

int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int __real_clock_gettime(clockid_t id, struct timespec *ts);

static struct {
	bool on; /* libcheck has the real one */
	uint64_t now_ms;
	uint64_t interrupt_at; /* the look at which a signal comes; 0: none does */
	struct svclb_ctx *ctx;
} fake;

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (!fake.on)
		return __real_clock_gettime(id, ts);
	fake.now_ms++;
	if (fake.interrupt_at == fake.now_ms)
		svclb_ctx_interrupt(fake.ctx);
	ts->tv_sec = (time_t)(fake.now_ms / 1000);
	ts->tv_nsec = (long)(fake.now_ms % 1000) * 1000000;
	return 0;
}

static char *text;  /* YAML */
static char *json;  /* the same objects */
static char *twice; /* with objects that are faulty */

static void add_service(struct strbuf *b, unsigned i)
{
	strbuf_addf(b,
		    "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%u}\n"
		    "spec: {selector: {app: a%u}, externalIPs: [203.0.%u.%u], ports: "
		    "[{name: a, port: 80}, {name: b, port: 81, protocol: UDP}]}\n",
		    i, i, i / 200, 1 + i % 200);
	strbuf_addf(b,
		    "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: s%u, labels: {kubernetes.io/service-name: s%u}}\n"
		    "addressType: IPv4\nports: [{name: a, port: 8080}, "
		    "{name: b, port: 8081, protocol: UDP}]\n"
		    "endpoints: [{addresses: [10.244.1.%u]}, {addresses: [10.244.2.%u]}]\n",
		    i, i, 1 + i, 1 + i);
	/* these have their endpoints of Pods */
	strbuf_addf(b,
		    "---\napiVersion: v1\nkind: Service\nmetadata: {name: p%u}\n"
		    "spec: {selector: {app: b}, ports: [{port: 80}]}\n",
		    i);
	strbuf_addf(b,
		    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: q%u, labels: {app: b}}\n"
		    "status: {podIP: 10.244.3.%u, phase: Running, conditions: [{type: Ready, "
		    "status: \"True\"}]}\n",
		    i, 1 + i);
}

static void setup(void)
{
	struct strbuf b = {0};
	struct svclb_model *m;

	fake.on = true;
	for (unsigned i = 0; i < SERVICES; i++)
		add_service(&b, i);
	text = strbuf_steal(&b);
	m = load(text);
	strbuf_add(&b, "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [");
	for (const struct svclb_object *o = NULL; (o = svclb_model_next(m, o));) {
		char *one = NULL;

		ck_assert_int_eq(svclb_object_to_json(o, &one), 0);
		if (b.s[b.len - 1] != '[')
			strbuf_addc(&b, ',');
		strbuf_add(&b, one);
		svclb_text_free(one);
	}
	strbuf_add(&b, "]}");
	json = strbuf_steal(&b);
	svclb_model_unref(m);
	strbuf_add(&b, text);
	for (unsigned i = 0; i < SERVICES; i++)
		strbuf_addf(&b,
			    "---\napiVersion: v1\nkind: Service\nmetadata: {name: z%u}\n"
			    "spec: {externalIPs: [203.0.0.1], ports: [{port: 80}]}\n",
			    i);
	twice = strbuf_steal(&b);
	ck_assert(text && json && twice);
}

static void teardown(void)
{
	free(text);
	free(json);
	free(twice);
	fake.on = false;
}

static struct svclb_options *limited(uint32_t ms)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_timeout(o, ms), 0);
	return o;
}

static struct svclb_model *completed(void)
{
	struct svclb_model *m = load(text);

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	return m;
}

/* Each does its call once with a limit, and drops what it gives. */
static int do_load(const struct svclb_options *o, const char *what, bool sound,
		   struct svclb_error **err)
{
	struct svclb_error *aside = NULL;
	struct svclb_model *m = NULL;
	int r;

	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	r = sound ? svclb_model_load_sound(m, what, strlen(what), "f", &aside, err)
		  : svclb_model_load(m, what, strlen(what), "f", err);
	ck_assert_uint_eq(svclb_model_count(m, 0), r ? 0 : 4 * SERVICES);
	ck_assert_ptr_null(aside);
	svclb_model_unref(m);
	return r;
}

static int load_yaml(const struct svclb_options *o, struct svclb_error **err)
{
	return do_load(o, text, false, err);
}

static int load_json(const struct svclb_options *o, struct svclb_error **err)
{
	return do_load(o, json, false, err);
}

static int load_sound(const struct svclb_options *o, struct svclb_error **err)
{
	return do_load(o, text, true, err);
}

static int complete(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_model *m = load(text);
	int r = svclb_model_complete(m, o, err);

	svclb_model_unref(m);
	return r;
}

static int merge_sound(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_model *dst = new_model(), *src = load(twice);
	struct svclb_error *aside = NULL;
	int r = svclb_model_merge_sound(dst, src, o, &aside, err);

	ck_assert_uint_eq(svclb_model_count(dst, 0), r ? 0 : 4 * SERVICES);
	ck_assert(r ? !aside : aside != NULL);
	svclb_error_unref(aside);
	svclb_model_unref(dst);
	svclb_model_unref(src);
	return r;
}

static int choose(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_model *m = completed();
	struct svclb_selection *sel = NULL;
	int r = svclb_select(m, o, &sel, err);

	svclb_selection_free(sel);
	svclb_model_unref(m);
	return r;
}

static int compile(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_model *m = completed();
	struct svclb_state *state = NULL;
	int r = svclb_compile(m, o, &state, err);

	svclb_state_unref(state);
	svclb_model_unref(m);
	return r;
}

static int compile_iptables(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_options *copy = options_copy(o);
	int r;

	ck_assert_int_eq(svclb_options_set_mode(copy, SVCLB_MODE_IPTABLES), 0);
	r = compile(copy, err);
	svclb_options_unref(copy);
	return r;
}

static int configure(const struct svclb_options *o, struct svclb_error **err)
{
	static const char part[] = "10.0.0.0/8,";
	struct svclb_options *copy = options_copy(o);
	struct strbuf b = {0};
	int r;

	strbuf_add(&b, "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
		       "kind: KubeProxyConfiguration\nipvs:\n  excludeCIDRs: [");
	for (unsigned i = 0; i < SERVICES; i++)
		strbuf_add(&b, part);
	strbuf_add(&b, "192.0.2.0/24]\n");
	ck_assert(!b.failed);
	r = svclb_options_load_config(copy, b.s, b.len, "c", err);
	strbuf_free(&b);
	svclb_options_unref(copy);
	return r;
}

static int load_plan(const struct svclb_options *o, struct svclb_error **err)
{
	struct svclb_model *m = completed();
	struct svclb_state *to = NULL, *from = state_new(options_defaults());
	struct svclb_plan *plan = NULL, *loaded = NULL;
	char *saved = NULL;
	int r;

	ck_assert(from && !state_seal(from, NULL));
	ck_assert_int_eq(svclb_compile(m, NULL, &to, NULL), 0);
	ck_assert_int_eq(svclb_diff(from, to, 0, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(plan, &saved, NULL), 0);
	r = svclb_plan_load(saved, strlen(saved), "p", o, &loaded, err);
	ck_assert(r ? !loaded : svclb_plan_count(loaded) == svclb_plan_count(plan));
	svclb_plan_unref(loaded);
	svclb_plan_unref(plan);
	svclb_state_unref(from);
	svclb_state_unref(to);
	svclb_text_free(saved);
	svclb_model_unref(m);
	return r;
}

static const struct {
	int (*run)(const struct svclb_options *o, struct svclb_error **err);
	unsigned looks; /* at least: about one for sixteen of the things the loops go through */
} calls[] = {
	{load_yaml, SERVICES},	    {load_json, SERVICES},
	{load_sound, SERVICES},	    {complete, SERVICES},
	{merge_sound, SERVICES},    {choose, SERVICES / 8},
	{compile, SERVICES / 4},    {compile_iptables, SERVICES / 8},
	{configure, SERVICES / 16}, {load_plan, SERVICES},
};

/* All of the first looks, and then more and more apart. */
START_TEST(ends_where_it_looks)
{
	unsigned k;

	for (k = 1;; k += 1 + k / 8) {
		struct svclb_options *o = limited(k);
		struct svclb_error *err = NULL;
		int r = calls[_i].run(o, &err);
		char *words = errors_text(err), want[96];

		svclb_options_unref(o);
		svclb_error_unref(err);
		(void)snprintf(want, sizeof(want),
			       "the time limit of %u ms passed\n  hint: allow more time\n", k);
		if (r)
			ck_assert_str_eq(words, want);
		ck_assert(!r || r == -SVCLB_ETIMEDOUT);
		free(words);
		if (!r)
			break;
		ck_assert_uint_lt(k, 100000);
	}
	ck_assert_uint_ge(k, calls[_i].looks);
}
END_TEST

/* Of these nothing comes to count for long, or ever. */
START_TEST(ends_within_what_gives_no_value)
{
	static const struct {
		const char *before, *part, *behind;
		unsigned times;
	} inputs[] = {
		{"", "---\n@\n", "", 400}, /* documents that break before their first value */
		{"", "---\na: [\n", "", 200},
		{"", "# remark\n", "a: 1\n", 400000},
		{"", "#%remark\n", "a: 1\n", 400000},
		{"a: \"", "one text ", "\"\n", 400000},
		{"{\"a\": \"", "one text ", "\"}", 400000},
		{"{\"a\":", "         ", "1}", 400000},
	};
	struct svclb_options *o = limited(4);
	struct svclb_error *err = NULL, *aside = NULL;
	struct svclb_model *m = NULL;
	struct strbuf b = {0};

	strbuf_add(&b, inputs[_i].before);
	for (unsigned i = 0; i < inputs[_i].times; i++)
		strbuf_add(&b, inputs[_i].part);
	strbuf_add(&b, inputs[_i].behind);
	ck_assert(!b.failed);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, b.s, b.len, "f", &err), -SVCLB_ETIMEDOUT);
	ck_assert_int_eq(svclb_model_load_sound(m, b.s, b.len, "f", &aside, NULL),
			 -SVCLB_ETIMEDOUT);
	ck_assert_ptr_null(aside);
	svclb_error_unref(err);
	svclb_model_unref(m);
	strbuf_free(&b);
	svclb_options_unref(o);
}
END_TEST

/* One time for several calls. */
START_TEST(ends_at_the_deadline)
{
	struct svclb_options *o = limited(0);
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_options_set_deadline(NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_options_set_deadline(o, 0), 0);
	ck_assert_int_eq(calls[_i].run(o, &err), -SVCLB_ETIMEDOUT);
	svclb_error_unref(err);
	ck_assert_int_eq(calls[_i].run(o, NULL), -SVCLB_ETIMEDOUT);
	ck_assert_int_eq(svclb_options_set_deadline(o, 1000000), 0);
	ck_assert_int_eq(calls[_i].run(o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_deadline(o, 0), 0);
	ck_assert_int_eq(svclb_options_set_deadline(o, SVCLB_NO_DEADLINE), 0);
	ck_assert_int_eq(calls[_i].run(o, NULL), 0);
	svclb_options_unref(o);
}
END_TEST

START_TEST(a_context_takes_the_deadline_over)
{
	struct svclb_options *o = limited(0);
	struct svclb_mem *mem = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_model *m = completed();

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_options_set_deadline(o, 0), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_apply(ctx, m, NULL, NULL), -SVCLB_ETIMEDOUT);
	ck_assert_uint_eq(svclb_mem_count_changes(mem), 0);
	ck_assert_int_eq(svclb_ctx_set_deadline(ctx, SVCLB_NO_DEADLINE), 0);
	ck_assert_int_eq(svclb_apply(ctx, m, NULL, NULL), 0);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

/* A signal that comes while an apply compiles ends it there. */
START_TEST(an_interruption_ends_it_too)
{
	struct svclb_model *m = completed();
	unsigned ended = 0;
	uint64_t k, looks = 1;

	for (k = 1; k <= looks; k++) {
		struct svclb_error *err = NULL;
		struct svclb_mem *mem = NULL;
		uint64_t began;
		int r;

		ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
		ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &fake.ctx, NULL), 0);
		began = fake.now_ms;
		fake.interrupt_at = began + k;
		r = svclb_apply(fake.ctx, m, NULL, &err);
		fake.interrupt_at = 0;
		looks = fake.now_ms - began > looks ? fake.now_ms - began : looks;
		ck_assert(!r || r == -SVCLB_EINTERRUPTED);
		ended += r && !svclb_mem_count_changes(mem);
		svclb_error_unref(err);
		fake.ctx = svclb_ctx_free(fake.ctx);
		svclb_mem_unref(mem);
	}
	ck_assert_uint_ge(ended, SERVICES / 4);
	svclb_model_unref(m);
}
END_TEST

/* So it does where the options are a context's, but the context has no part in it. */
START_TEST(an_interruption_ends_a_merge)
{
	struct svclb_model *dst = new_model(), *src = load(twice);
	struct svclb_error *aside = NULL;
	struct svclb_mem *mem = NULL;
	int r;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &fake.ctx, NULL), 0);
	fake.interrupt_at = fake.now_ms + SERVICES / 2;
	r = svclb_model_merge_sound(dst, src, svclb_ctx_get_options(fake.ctx), &aside, NULL);
	ck_assert_uint_ge(fake.now_ms, fake.interrupt_at);
	fake.interrupt_at = 0;
	ck_assert_int_eq(r, -SVCLB_EINTERRUPTED);
	ck_assert_uint_eq(svclb_model_count(dst, 0), 0);
	/* the next one begins afresh */
	r = svclb_model_merge_sound(dst, src, svclb_ctx_get_options(fake.ctx), &aside, NULL);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(svclb_discover(fake.ctx, NULL), 0);
	svclb_error_unref(aside);
	svclb_model_unref(dst);
	svclb_model_unref(src);
	fake.ctx = svclb_ctx_free(fake.ctx);
	svclb_mem_unref(mem);
}
END_TEST

static void fill(TCase *tc)
{
	int n = sizeof(calls) / sizeof(calls[0]);

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, ends_where_it_looks, 0, n);
	tcase_add_loop_test(tc, ends_within_what_gives_no_value, 0, 7);
	tcase_add_loop_test(tc, ends_at_the_deadline, 0, n);
	tcase_add_test(tc, a_context_takes_the_deadline_over);
	tcase_add_test(tc, an_interruption_ends_it_too);
	tcase_add_test(tc, an_interruption_ends_a_merge);
}

int main(void)
{
	return run_case("patience", fill);
}
