/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contexts of their own in parallel threads, and immutable objects in the hands of several. The
 * results say little; it is ThreadSanitizer, under which this runs once, that sees a mistake.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS	10

static const char first_yaml[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: web}\n"
	"spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata: {name: a, labels: {app: web}}\n"
	"spec: {containers: [{name: c}]}\n"
	"status: {podIP: 10.244.1.2, conditions: [{type: Ready, status: 'True'}]}\n";

static const char second_yaml[] = "apiVersion: v1\n"
				  "kind: Service\n"
				  "metadata: {name: web}\n"
				  "spec: {clusterIP: 10.96.0.1, ports: [{port: 443}]}\n";

static const char bad_yaml[] = "apiVersion: v1\n"
			       "kind: Service\n"
			       "metadata: {name: Web, labels: 7}\n"
			       "spec: {ports: [{port: x}]}\n";

/* ---- threads ---- */

typedef bool (*work_fn)(void *data);

struct worker {
	pthread_t thread;
	pthread_barrier_t *start;
	work_fn work;
	void *data;
	bool good;
};

static void *run_worker(void *data)
{
	struct worker *w = data;

	(void)pthread_barrier_wait(w->start); /* only makes the threads meet */
	w->good = w->work(w->data);
	return NULL;
}

/* Lets THREADS threads work at the same time; all must be content. */
static void in_threads(work_fn work, void *data)
{
	struct worker workers[THREADS];
	pthread_barrier_t start;

	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.start = &start, .work = work, .data = data};
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&start), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_msg(workers[i].good, "thread %d failed", i);
}

/* ---- each on its own ---- */

static bool apply_text(struct svclb_ctx *ctx, const char *text)
{
	struct svclb_report *report = NULL;
	struct svclb_model *model = NULL;
	char *json = NULL;
	bool good = !svclb_model_new(svclb_ctx_get_options(ctx), &model, NULL) &&
		    !svclb_model_load(model, text, strlen(text), "f.yaml", NULL) &&
		    !svclb_apply(ctx, model, &report, NULL) && svclb_report_get_changes(report) &&
		    !svclb_report_to_json(report, &json, NULL);

	svclb_text_free(json);
	svclb_report_unref(report);
	svclb_model_unref(model);
	return good;
}

static bool use_own_kernel(void *data)
{
	struct svclb_options *opts = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_mem *mem = NULL;
	bool good = !svclb_options_new(&opts, NULL) &&
		    !svclb_options_set_cluster_cidrs(opts, "10.244.0.0/16") &&
		    !svclb_mem_new(&mem, NULL) &&
		    !svclb_mem_add_node_address(mem, "192.0.2.1", "eth0") &&
		    !svclb_ctx_new_mem(opts, mem, &ctx, NULL);

	(void)data;
	for (int i = 0; good && i < ROUNDS; i++)
		good = apply_text(ctx, first_yaml) && apply_text(ctx, second_yaml) &&
		       !svclb_cleanup(ctx, NULL, NULL);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
	svclb_options_unref(opts);
	return good;
}

START_TEST(contexts_of_their_own)
{
	in_threads(use_own_kernel, NULL);
}
END_TEST

/* Asking for the node's addresses needs no privileges, so this one meets the real kernel. */
static bool discover(void *data)
{
	bool good = true;

	(void)data;
	for (int i = 0; good && i < ROUNDS; i++) {
		struct svclb_ctx *ctx = NULL;

		good = !svclb_ctx_new(NULL, &ctx, NULL) && !svclb_discover(ctx, NULL);
		svclb_ctx_free(ctx);
	}
	return good;
}

START_TEST(real_contexts)
{
	in_threads(discover, NULL);
}
END_TEST

/* ---- real contexts, in namespaces of the test's own ---- */

static char lock_dir[] = "/tmp/svclb-test-threads.XXXXXX";

/* The descriptor of a new network namespace; made by a thread that ends with it. */
static void *new_namespace(void *data)
{
	*(int *)data =
		unshare(CLONE_NEWNET) ? -1 : open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return NULL;
}

static int namespace(void)
{
	pthread_t thread;
	int fd = -1;

	ck_assert_int_eq(pthread_create(&thread, NULL, new_namespace, &fd), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	return fd;
}

static struct svclb_ctx *real_context(int netns)
{
	struct svclb_options *opts = NULL;
	struct svclb_ctx *ctx = NULL;
	char lock_file[sizeof(lock_dir) + 16];

	(void)snprintf(lock_file, sizeof(lock_file), "%s/%d", lock_dir, netns);
	if (svclb_options_new(&opts, NULL) || svclb_options_set_mode(opts, SVCLB_MODE_IPTABLES) ||
	    svclb_options_set_families(opts, 1, 0) ||
	    svclb_options_set_cluster_cidrs(opts, "10.244.0.0/16") ||
	    svclb_options_set_lock_dir(opts, lock_dir) ||
	    svclb_options_set_lock_wait(opts, 60000) ||
	    svclb_options_set_lock_file(opts, lock_file) ||
	    svclb_options_set_netns_fd(opts, netns) || svclb_ctx_new(opts, &ctx, NULL))
		ctx = NULL;
	svclb_options_unref(opts);
	return ctx;
}

static bool apply_real(struct svclb_ctx *ctx, const char *text)
{
	struct svclb_model *model = NULL;
	bool good = !svclb_model_new(NULL, &model, NULL) &&
		    !svclb_model_load(model, text, strlen(text), "f.yaml", NULL) &&
		    !svclb_apply(ctx, model, NULL, NULL);

	svclb_model_unref(model);
	return good;
}

struct namespaces {
	atomic_int next;
	int fd[THREADS / 2];
};

/* Two threads meet in each namespace: there one waits for the other. */
static bool use_namespace(void *data)
{
	struct namespaces *ns = data;
	struct svclb_ctx *ctx = real_context(ns->fd[atomic_fetch_add(&ns->next, 1) / 2]);
	struct svclb_state *state = NULL;
	bool good = ctx;

	for (int i = 0; good && i < 3; i++) {
		good = apply_real(ctx, first_yaml) && apply_real(ctx, second_yaml) &&
		       !svclb_read(ctx, &state, NULL);
		state = svclb_state_unref(state);
	}
	svclb_ctx_free(ctx);
	return good;
}

START_TEST(real_contexts_in_namespaces)
{
	struct namespaces ns = {.next = 0};
	struct svclb_ctx *ctx;
	char command[sizeof(lock_dir) + 8];
	bool possible = true;

	ck_assert_ptr_nonnull(mkdtemp(lock_dir));
	for (int i = 0; i < THREADS / 2; i++) {
		ns.fd[i] = namespace();
		possible = possible && ns.fd[i] >= 0;
	}
	ctx = possible ? real_context(ns.fd[0]) : NULL;
	possible = ctx && !svclb_probe(ctx, NULL);
	svclb_ctx_free(ctx);
	if (possible)
		in_threads(use_namespace, &ns);
	else
		printf("SKIP: no network namespaces, or no legacy tables\n");
	for (int i = 0; i < THREADS / 2; i++)
		close(ns.fd[i]);
	(void)snprintf(command, sizeof(command), "rm -r %s", lock_dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* An interruption comes from another thread at any time. */
struct victim {
	struct svclb_ctx *ctx;
	atomic_int role;
	atomic_bool done;
};

static bool interrupt_and_apply(void *data)
{
	struct victim *v = data;
	bool good = true;

	if (atomic_fetch_add(&v->role, 1)) {
		while (!atomic_load(&v->done))
			svclb_ctx_interrupt(v->ctx);
		return true;
	}
	for (int i = 0; good && i < ROUNDS; i++) {
		struct svclb_model *model = NULL;
		int r;

		ck_assert_int_eq(svclb_model_new(NULL, &model, NULL), 0);
		(void)svclb_model_load(model, second_yaml, strlen(second_yaml), "f.yaml", NULL);
		r = svclb_apply(v->ctx, model, NULL, NULL);
		good = !r || r == -SVCLB_EINTERRUPTED;
		svclb_model_unref(model);
	}
	atomic_store(&v->done, true);
	return good;
}

START_TEST(interrupted_by_other_threads)
{
	struct victim v = {.role = 0};
	struct svclb_mem *mem = NULL;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &v.ctx, NULL), 0);
	in_threads(interrupt_and_apply, &v);
	svclb_ctx_free(v.ctx);
	svclb_mem_unref(mem);
}
END_TEST

/* ---- shared ---- */

struct shared {
	struct svclb_state *state[2];
	struct svclb_plan *plan;
	struct svclb_report *report;
	struct svclb_error *error;
};

static bool read_state(struct svclb_state *state)
{
	const struct svclb_virtual_server *vs = NULL;
	struct svclb_state_counts counts;
	size_t n = 0;
	bool good = true;

	for (uint32_t f = SVCLB_FORMAT_JSON; good && f <= SVCLB_FORMAT_SYSCTLS; f++) {
		char *text = NULL;

		good = !svclb_state_to_text(state, f, &text, NULL);
		svclb_text_free(text);
	}
	while ((vs = svclb_state_next_virtual_server(state, vs)))
		n++;
	return good && !svclb_state_get_counts(state, &counts, sizeof(counts)) &&
	       counts.virtual_servers == n;
}

static bool read_plan(const struct svclb_plan *plan)
{
	const struct svclb_step *step = NULL;
	size_t n = 0;
	char *text = NULL;

	while ((step = svclb_plan_next_step(plan, step))) {
		if (svclb_step_to_text(plan, step, &text))
			return false;
		svclb_text_free(text);
		n++;
	}
	if (svclb_plan_to_text(plan, &text, NULL))
		return false;
	svclb_text_free(text);
	if (svclb_plan_to_json(plan, &text, NULL))
		return false;
	svclb_text_free(text);
	return n == svclb_plan_count(plan);
}

static bool read_error(const struct svclb_error *error)
{
	char *text = NULL;
	size_t n = 0;

	for (const struct svclb_error *e = error; e; e = svclb_error_get_next(e))
		n += svclb_error_get_message(e) != NULL;
	if (svclb_error_to_text(error, &text))
		return false;
	svclb_text_free(text);
	if (svclb_error_to_json(error, &text))
		return false;
	svclb_text_free(text);
	return n > 1;
}

/* Both states are the ends of another plan, too. */
static bool diff(struct shared *s)
{
	struct svclb_plan *plan = NULL;
	bool good = !svclb_diff(s->state[0], s->state[1], 0, &plan, NULL) &&
		    svclb_plan_count(plan) == svclb_plan_count(s->plan) &&
		    !svclb_state_equal(s->state[0], s->state[1]);

	svclb_plan_unref(plan);
	return good;
}

static bool use_shared(void *data)
{
	struct shared *s = data;
	bool good = true;

	for (int i = 0; good && i < ROUNDS; i++) {
		struct svclb_state *state = svclb_state_ref(s->state[i % 2]);
		struct svclb_plan *plan = svclb_plan_ref(s->plan);
		struct svclb_report *report = svclb_report_ref(s->report);
		struct svclb_error *error = svclb_error_ref(s->error);
		char *json = NULL;

		good = read_state(state) && read_plan(plan) && read_error(error) && diff(s) &&
		       !svclb_report_to_json(report, &json, NULL);
		svclb_text_free(json);
		svclb_state_unref(state);
		svclb_plan_unref(plan);
		svclb_report_unref(report);
		svclb_error_unref(error);
	}
	return good;
}

/* Gives back references that were taken for the threads: the last one frees. */
static bool give_back(void *data)
{
	struct shared *s = data;

	svclb_plan_unref(s->plan);
	svclb_report_unref(s->report);
	svclb_error_unref(s->error);
	svclb_state_unref(s->state[0]);
	svclb_state_unref(s->state[1]);
	return true;
}

static struct svclb_state *compiled(const char *text)
{
	struct svclb_model *model = NULL;
	struct svclb_state *state = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &model, NULL), 0);
	ck_assert_int_eq(svclb_model_load(model, text, strlen(text), "f.yaml", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(model, NULL, NULL), 0);
	ck_assert_int_eq(svclb_compile(model, NULL, &state, NULL), 0);
	svclb_model_unref(model);
	return state;
}

static struct svclb_report *some_report(void)
{
	struct svclb_report *report = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_mem *mem = NULL;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_cleanup(ctx, &report, NULL), 0);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
	return report;
}

START_TEST(shared_objects)
{
	struct shared s = {.state = {compiled(first_yaml), compiled(second_yaml)},
			   .report = some_report()};
	struct svclb_model *model = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &model, NULL), 0);
	ck_assert_int_ne(svclb_model_load(model, bad_yaml, strlen(bad_yaml), "f.yaml", &s.error),
			 0);
	svclb_model_unref(model);
	ck_assert_int_eq(svclb_diff(s.state[0], s.state[1], 0, &s.plan, NULL), 0);
	in_threads(use_shared, &s);
	for (int i = 1; i < THREADS; i++) {
		svclb_plan_ref(s.plan);
		svclb_report_ref(s.report);
		svclb_error_ref(s.error);
		svclb_state_ref(s.state[0]);
		svclb_state_ref(s.state[1]);
	}
	in_threads(give_back, &s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, contexts_of_their_own);
	tcase_add_test(tc, real_contexts);
	tcase_add_test(tc, real_contexts_in_namespaces);
	tcase_add_test(tc, interrupted_by_other_threads);
	tcase_add_test(tc, shared_objects);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_set_fork_status(sr, CK_NOFORK); /* threads and fork() do not go together well */
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
