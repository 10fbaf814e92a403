/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applies in the real kernel that fail, are interrupted or are killed, at every step: after each
 * failure and interruption the kernel must hold what it held before; after each kill the next apply
 * must reach the wanted state.
 *
 *   crash-test fail|interrupt|kill FROM.yaml TO.yaml
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/ctx.h"

/* A kernel that lets steps through one by one, and stops before number `at`. */
struct gate {
	struct kernel k;
	struct kernel *real;
	size_t at;  /* counted from 1; 0 = never */
	int signal; /* that is sent there; 0 = none, the step fails */
};

/* Whose apply SIGINT ends. */
static struct svclb_ctx *under_way;

static void on_interrupt(int number)
{
	(void)number;
	svclb_ctx_interrupt(under_way);
}

static int gate_addresses(struct kernel *k, node_address_vec *ret, struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->addresses(g->real, ret, reterr);
}

static bool gate_liberal(struct kernel *k)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->liberal(g->real);
}

static int gate_probe(struct kernel *k, const struct svclb_state *want, struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->probe(g->real, want, reterr);
}

static int gate_lock(struct kernel *k, struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->lock(g->real, reterr);
}

static void gate_unlock(struct kernel *k)
{
	struct gate *g = (struct gate *)k;

	g->real->ops->unlock(g->real);
}

static int gate_read(struct kernel *k, const struct svclb_state *want, struct svclb_state *ret,
		     struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->read(g->real, want, ret, reterr);
}

static int gate_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n,
		    bool undo, bool *done, struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;
	size_t before = g->at && !undo && g->at <= n ? g->at - 1 : n;
	int rc = g->real->ops->run(g->real, plan, first, before, undo, done, reterr);

	if (rc || before == n)
		return rc;
	if (g->signal) {
		raise(g->signal);
		return g->real->ops->run(g->real, plan, first, n, undo, done, reterr);
	}
	return err_set(reterr, SVCLB_EKERNEL, "stopped before step %zu", g->at);
}

static uint64_t gate_clock_ms(struct kernel *k)
{
	struct kernel *real = ((struct gate *)k)->real;

	return real->ops->clock_ms(real);
}

static void gate_free(struct kernel *k)
{
	struct gate *g = (struct gate *)k;

	g->real->ops->free(g->real);
	free(g);
}

static const struct kernel_ops gate_ops = {
	.addresses = gate_addresses,
	.liberal = gate_liberal,
	.probe = gate_probe,
	.lock = gate_lock,
	.unlock = gate_unlock,
	.read = gate_read,
	.run = gate_run,
	.clock_ms = gate_clock_ms,
	.free = gate_free,
};

static _Noreturn void die(const char *what, struct svclb_error *err)
{
	char *text = NULL;

	if (err && svclb_error_to_text(err, &text) < 0)
		text = NULL;
	printf("not ok %s: %s\n", what, text ? text : "failed");
	exit(1);
}

/* A context whose kernel stops before step `at`. */
static struct svclb_ctx *context(size_t at, int number)
{
	struct svclb_error *err = NULL;
	struct svclb_ctx *ctx = NULL;
	struct gate *g = calloc(1, sizeof(*g));

	if (!g || svclb_ctx_new(NULL, &ctx, &err) < 0)
		die("open the kernel", err);
	*g = (struct gate){
		.k = {&gate_ops, ctx->options}, .real = ctx->kernel, .at = at, .signal = number};
	ctx->kernel = &g->k;
	return ctx;
}

static struct svclb_model *model_of(const char *path)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;
	static char buf[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0 || svclb_model_new(NULL, &m, &err) < 0 ||
	    svclb_model_load(m, buf, (size_t)n, path, &err) < 0)
		die(path, err);
	close(fd);
	return m;
}

/* Applies a file; *steps (may be NULL) receives the number of changes. */
static int apply(const char *path, size_t at, int number, size_t *steps,
		 struct svclb_error **reterr)
{
	struct svclb_ctx *ctx = context(at, number);
	struct svclb_model *m = model_of(path);
	struct svclb_report *report = NULL;
	int rc;

	under_way = ctx;
	rc = svclb_apply(ctx, m, &report, reterr);
	under_way = NULL;

	if (!rc && steps)
		*steps = svclb_report_get_changes(report);
	svclb_report_unref(report);
	svclb_model_unref(m);
	svclb_ctx_free(ctx);
	return rc;
}

static void must_apply(const char *path, size_t *steps)
{
	struct svclb_error *err = NULL;

	if (apply(path, 0, 0, steps, &err) < 0)
		die(path, err);
}

/* Everything the kernel holds, in words. */
static char *held(void)
{
	struct svclb_ctx *ctx = context(0, 0);
	struct svclb_error *err = NULL;
	struct svclb_state *st = NULL;
	char *text = NULL;

	if (svclb_read(ctx, &st, &err) < 0 ||
	    svclb_state_to_text(st, SVCLB_FORMAT_JSON, &text, &err) < 0)
		die("read the kernel", err);
	svclb_state_unref(st);
	svclb_ctx_free(ctx);
	return text;
}

static void must_hold(const char *want, const char *what, size_t k)
{
	char *now = held();

	if (strcmp(now, want)) {
		printf("not ok %s %zu: the kernel differs\n--- wanted\n%s+++ got\n%s", what, k,
		       want, now);
		exit(1);
	}
	svclb_text_free(now);
}

static void fail_every_step(const char *from, const char *to, int number, int want)
{
	size_t steps = 0;
	char *before;

	must_apply(to, NULL); /* settings of the kernel are made once and stay */
	must_apply(from, NULL);
	before = held();
	must_apply(to, &steps);
	must_apply(from, NULL);
	must_hold(before, "there and back", 0);
	for (size_t k = 1; k <= steps; k++) {
		struct svclb_error *err = NULL;

		if (apply(to, k, number, NULL, &err) != want)
			die("rolled back", err);
		svclb_error_unref(err);
		must_hold(before, "failure of step", k);
	}
	printf("ok every one of %zu steps can %s and is put back\n", steps,
	       number ? "be interrupted" : "fail");
	svclb_text_free(before);
}

static void kill_every_step(const char *from, const char *to)
{
	size_t steps = 0;
	char *wanted;

	must_apply(from, NULL);
	must_apply(to, &steps);
	wanted = held();
	for (size_t k = 1; k <= steps; k++) {
		int status = 0;
		pid_t child;

		must_apply(from, NULL);
		fflush(stdout);
		child = fork();
		if (!child) {
			(void)apply(to, k, SIGKILL, NULL, NULL); /* does not come back */
			_exit(1);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSIGNALED(status))
			die("killed", NULL);
		must_apply(to, NULL);
		must_hold(wanted, "kill before step", k);
	}
	printf("ok an apply killed before any of %zu steps is finished by the next one\n", steps);
	svclb_text_free(wanted);
}

int main(int argc, char **argv)
{
	const struct sigaction interrupt = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

	if (argc != 4) {
		fprintf(stderr, "usage: crash-test fail|interrupt|kill FROM.yaml TO.yaml\n");
		return 2;
	}
	(void)sigaction(SIGINT, &interrupt, NULL);
	if (!strcmp(argv[1], "fail"))
		fail_every_step(argv[2], argv[3], 0, -SVCLB_EROLLEDBACK);
	else if (!strcmp(argv[1], "interrupt"))
		fail_every_step(argv[2], argv[3], SIGINT, -SVCLB_EINTERRUPTED);
	else
		kill_every_step(argv[2], argv[3]);
	return 0;
}
