/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel that stops before a step, and what can be done with it. */
#include "stepwise.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/ctx.h"

/* A kernel that lets steps through one by one, and stops before number `at`. */
struct gate {
	struct kernel k;
	struct kernel *real;
	struct stop stop;
};

/* Whose apply SIGINT ends. */
static struct svclb_ctx *under_way;

static void on_interrupt(int number)
{
	(void)number;
	svclb_ctx_interrupt(under_way);
}

void heed_interrupts(void)
{
	const struct sigaction interrupt = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

	(void)sigaction(SIGINT, &interrupt, NULL); /* its arguments are right */
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

static uint64_t gate_clock_ms(struct kernel *k)
{
	struct kernel *real = ((struct gate *)k)->real;

	return real->ops->clock_ms(real);
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

static size_t first_quiesce(const struct svclb_plan *plan, size_t n)
{
	size_t i = 0;

	while (i < n && plan->steps.v[i].kind != STEP_QUIESCE)
		i++;
	return i;
}

/* The first n steps; the command runs in their midst. */
static int run_around_command(struct gate *g, const struct svclb_plan *plan, size_t n,
			      enum fate *done, struct svclb_error **reterr)
{
	size_t before = first_quiesce(plan, n);
	int rc = g->real->ops->run(g->real, plan, 0, before, false, done, reterr);

	if (rc || before == n)
		return rc;
	if (system(g->stop.command))
		die("run the command", NULL);
	return g->real->ops->run(g->real, plan, 0, n, false, done, reterr);
}

static int run_real(struct gate *g, const struct svclb_plan *plan, size_t first, size_t n,
		    bool undo, enum fate *done, struct svclb_error **reterr)
{
	if (g->stop.command && !undo)
		return run_around_command(g, plan, n, done, reterr);
	return g->real->ops->run(g->real, plan, first, n, undo, done, reterr);
}

static int gate_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n,
		    bool undo, enum fate *done, struct svclb_error **reterr)
{
	struct gate *g = (struct gate *)k;
	bool stops = g->stop.at && !undo && g->stop.at <= n;
	size_t before = stops ? g->stop.at - 1 : n;
	int rc = run_real(g, plan, first, before, undo, done, reterr);

	if (rc || !stops)
		return rc;
	if (g->stop.signal) {
		raise(g->stop.signal);
		return g->real->ops->run(g->real, plan, first, n, undo, done, reterr);
	}
	return err_set(reterr, SVCLB_EKERNEL, "stopped before step %zu", g->stop.at);
}

static void gate_free(struct kernel *k)
{
	struct gate *g = (struct gate *)k;

	g->real->ops->free(g->real);
	free(g);
}

static bool gate_has_family(struct kernel *k, uint8_t family)
{
	struct gate *g = (struct gate *)k;

	return g->real->ops->has_family(g->real, family);
}

static const struct kernel_ops gate_ops = {
	.addresses = gate_addresses,
	.liberal = gate_liberal,
	.has_family = gate_has_family,
	.clock_ms = gate_clock_ms,
	.probe = gate_probe,
	.lock = gate_lock,
	.unlock = gate_unlock,
	.read = gate_read,
	.run = gate_run,
	.free = gate_free,
};

void die(const char *what, struct svclb_error *err)
{
	char *text = NULL;

	if (err && svclb_error_to_text(err, &text) < 0)
		text = NULL;
	printf("not ok %s: %s\n", what, text ? text : "failed");
	exit(1);
}

struct svclb_options *lab_options(void)
{
	struct svclb_options *o = NULL;

	if (svclb_options_new(&o, NULL) < 0 || svclb_options_set_node_name(o, "node-1") < 0 ||
	    svclb_options_set_cluster_cidrs(o, "10.244.0.0/16,fd00:10:244::/56") < 0)
		die("options", NULL);
	return o;
}

struct svclb_ctx *context(const struct svclb_options *opts, const struct stop *stop)
{
	struct svclb_error *err = NULL;
	struct svclb_ctx *ctx = NULL;
	struct gate *g = calloc(1, sizeof(*g));

	if (!g || svclb_ctx_new(opts, &ctx, &err) < 0)
		die("open the kernel", err);
	*g = (struct gate){.k = {&gate_ops, ctx->options}, .real = ctx->kernel};
	if (stop)
		g->stop = *stop;
	ctx->kernel = &g->k;
	return ctx;
}

static struct svclb_model *model_of(const char *text, size_t len, const char *name)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;

	if (svclb_model_new(NULL, &m, &err) < 0 || svclb_model_load(m, text, len, name, &err) < 0)
		die(name, err);
	return m;
}

struct svclb_model *model_of_text(const char *text)
{
	return model_of(text, strlen(text), "text.yaml");
}

struct svclb_model *model_of_file(const char *path)
{
	static char buf[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0)
		die(path, NULL);
	close(fd);
	return model_of(buf, (size_t)n, path);
}

int apply_model(const struct svclb_options *opts, struct svclb_model *m, const struct stop *stop,
		size_t *steps, struct svclb_error **reterr)
{
	struct svclb_ctx *ctx = context(opts, stop);
	struct svclb_report *report = NULL;
	int rc;

	under_way = ctx;
	rc = svclb_apply(ctx, m, &report, reterr);
	under_way = NULL;
	if (!rc && steps)
		*steps = svclb_report_get_changes(report);
	svclb_report_unref(report);
	svclb_ctx_free(ctx);
	return rc;
}

int apply_file(const char *path, const struct stop *stop, size_t *steps,
	       struct svclb_error **reterr)
{
	struct svclb_options *opts = lab_options();
	struct svclb_model *m = model_of_file(path);
	int rc = apply_model(opts, m, stop, steps, reterr);

	svclb_model_unref(m);
	svclb_options_unref(opts);
	return rc;
}

void must_apply(const char *path, size_t *steps)
{
	struct svclb_error *err = NULL;

	if (apply_file(path, NULL, steps, &err) < 0)
		die(path, err);
}

/* In place: foreign virtual servers move out of the array's end, connections are not counted. */
static void keep_ours(struct svclb_state *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->rservers.n; i++) {
		st->rservers.v[i].active_conns = 0;
		st->rservers.v[i].inactive_conns = 0;
	}
	for (size_t i = 0; i < st->vservers.n; i++)
		if (st->vservers.v[i].ours)
			st->vservers.v[n++] = st->vservers.v[i];
	st->vservers.n = n;
}

char *held(const struct svclb_options *opts)
{
	struct svclb_ctx *ctx = context(opts, NULL);
	struct svclb_error *err = NULL;
	struct svclb_state *st = NULL;
	char *text = NULL;

	if (svclb_read(ctx, &st, &err) < 0)
		die("read the kernel", err);
	keep_ours(st);
	if (svclb_state_to_text(st, SVCLB_FORMAT_JSON, &text, &err) < 0)
		die("put the kernel's state into words", err);
	svclb_state_unref(st);
	svclb_ctx_free(ctx);
	return text;
}

void must_hold(const char *want, const char *what, size_t k)
{
	char *now = held(NULL);

	if (strcmp(now, want) != 0) {
		printf("not ok %s %zu: the kernel differs\n--- wanted\n%s+++ got\n%s", what, k,
		       want, now);
		exit(1);
	}
	svclb_text_free(now);
}
