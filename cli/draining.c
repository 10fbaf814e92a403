/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that leave: listed for status and get endpoints, waited for by apply and delete. */
#include <time.h>

#include "change.h"
#include "draining.h"
#include "get.h"
#include "interrupt.h"

#define TIMEOUT_DEFAULT_MS 60000 /* of svclb_options_set_timeout() */
#define LOOK_MS		   1000
#define TELL_MS		   10000

/* ---- listing ---- */

/* The next real server that drains, *vs is its virtual server; begins with both NULL. */
static const struct svclb_real_server *next(const struct svclb_state *have,
					    const struct svclb_virtual_server **vs,
					    const struct svclb_real_server *rs)
{
	if (!*vs)
		*vs = svclb_state_next_virtual_server(have, NULL);
	while (*vs) {
		while ((rs = svclb_state_next_real_server(have, *vs, rs)))
			if (svclb_real_server_is_draining(rs))
				return rs;
		*vs = svclb_state_next_virtual_server(have, *vs);
	}
	return NULL;
}

size_t draining_count(const struct svclb_state *have)
{
	const struct svclb_virtual_server *vs = NULL;
	const struct svclb_real_server *rs = NULL;
	size_t n = 0;

	while ((rs = next(have, &vs, rs)))
		n++;
	return n;
}

static char *real_text(const struct svclb_real_server *rs)
{
	char buf[64];

	return address_port(svclb_real_server_get_address(rs, buf, sizeof(buf)),
			    svclb_real_server_get_port(rs));
}

static bool is_idle(const struct svclb_real_server *rs)
{
	return !svclb_real_server_get_active(rs) && !svclb_real_server_get_inactive(rs);
}

static char *leaves_text(const struct svclb_real_server *rs)
{
	uint64_t left = svclb_real_server_get_drain_left(rs);

	if (is_idle(rs) || !left)
		return xstrdup("leaves with the next apply");
	if (left == SVCLB_NO_DEADLINE)
		return xstrdup("leaves when idle");
	return xasprintf("leaves when idle, in %llu s at the latest",
			 (unsigned long long)((left + 999) / 1000));
}

void draining_print(const struct svclb_state *have)
{
	const struct svclb_virtual_server *vs = NULL;
	const struct svclb_real_server *rs = NULL;

	while ((rs = next(have, &vs, rs))) {
		autofree char *virtual = virtual_server_text(vs);
		autofree char *real = real_text(rs);
		autofree char *leaves = leaves_text(rs);

		printf("draining: %s/%s -> %s, %u active and %u inactive connections, %s\n",
		       virtual, virtual_server_protocol(vs), real, svclb_real_server_get_active(rs),
		       svclb_real_server_get_inactive(rs), leaves);
	}
}

void draining_doc(struct doc *d, const struct svclb_state *have)
{
	const struct svclb_virtual_server *vs = NULL;
	const struct svclb_real_server *rs = NULL;

	doc_array(d, "draining");
	while ((rs = next(have, &vs, rs))) {
		autofree char *virtual = virtual_server_text(vs);
		autofree char *real = real_text(rs);
		uint64_t left = svclb_real_server_get_drain_left(rs);

		doc_object(d, NULL);
		doc_str(d, "virtualServer", virtual);
		doc_str(d, "protocol", virtual_server_protocol(vs));
		doc_str(d, "realServer", real);
		doc_int(d, "activeConnections", svclb_real_server_get_active(rs));
		doc_int(d, "inactiveConnections", svclb_real_server_get_inactive(rs));
		if (left != SVCLB_NO_DEADLINE)
			doc_int(d, "millisecondsLeft", (int64_t)left);
		doc_end(d);
	}
	doc_end(d);
}

static bool same_server(const struct svclb_virtual_server *a, const struct svclb_virtual_server *b)
{
	autofree char *x = virtual_server_text(a);
	autofree char *y = virtual_server_text(b);

	return !strcmp(x, y) && !strcmp(virtual_server_protocol(a), virtual_server_protocol(b));
}

/* Whether the virtual server is one of the Service's. */
static bool is_of(const struct svclb_virtual_server *vs, const struct svclb_state *want,
		  const char *service)
{
	const struct svclb_virtual_server *other = NULL;
	size_t n = strlen(service);

	while ((other = svclb_state_next_virtual_server(want, other))) {
		const char *origin = svclb_virtual_server_get_origin(want, other);

		if (origin && !strncmp(origin, service, n) && same_server(vs, other))
			return true;
	}
	return false;
}

char *draining_of_service(const struct svclb_state *have, const struct svclb_state *want,
			  const char *ns, const char *name)
{
	autofree char *service = xasprintf("Service %s/%s port ", ns, name);
	const struct svclb_virtual_server *vs = NULL;
	const struct svclb_real_server *rs = NULL;
	autolist struct list all = {0};
	autotext struct text t = {0};

	/* several virtual servers of one Service share their real servers */
	while ((rs = next(have, &vs, rs))) {
		autofree char *real = real_text(rs);

		if (is_of(vs, want, service))
			list_add_unique(&all, real);
	}
	for (size_t i = 0; i < all.n; i++)
		text_addf(&t, "%s%s", i ? "," : "", all.v[i]);
	return all.n ? xstrdup(text_get(&t)) : NULL;
}

void draining_look(struct get *g)
{
	struct cli *c = g->cli;
	size_t before = c->n_problems;

	if (get_read_kernel(g) == EXIT_DONE)
		return;
	for (; c->n_problems > before; c->n_problems--) {
		struct problem *p = &c->problems[c->n_problems - 1];

		note(c, "what drains is not known: %s",
		     p->err ? svclb_error_get_message(p->err) : p->text);
		svclb_error_unref(p->err);
		free(p->text);
	}
	g->work.ctx = svclb_ctx_free(g->work.ctx);
	g->have = svclb_state_unref(g->have);
}

/* ---- waiting ---- */

static void sleep_ms(double ms)
{
	struct timespec ts = {.tv_sec = (time_t)(ms / 1e3)};

	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1e3) * 1e6);
	(void)nanosleep(&ts, NULL); /* a signal that does not end the program only cuts it short */
}

static int step(struct work *w, size_t *left)
{
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	int rc = EXIT_DONE;

	interrupt_catch(w->ctx);
	if (svclb_drain_step(w->ctx, &report, &err) < 0)
		rc = fail_error(w->cli, err);
	else
		*left = svclb_report_get_draining(report);
	svclb_report_unref(report);
	interrupt_too_late();
	if (rc != EXIT_INTERRUPTED)
		interrupt_restore();
	return rc;
}

static double bound_ms(const struct cli *c)
{
	if (c->wait.ms != WAIT_AS_TIMEOUT)
		return c->wait.ms;
	return c->timeout.given ? c->timeout.ms : TIMEOUT_DEFAULT_MS;
}

/* To the next deadline, but a look each second, and not beyond the end. */
static double pause_ms(struct work *w, double end)
{
	uint64_t next_ms = SVCLB_NO_DEADLINE;
	double rest = end - clock_ms();

	if (svclb_drain_get_wait(w->ctx, &next_ms, NULL) < 0 || next_ms > LOOK_MS)
		next_ms = LOOK_MS;
	return (double)next_ms < rest ? (double)next_ms : rest;
}

static void tell(const struct cli *c, size_t left, double rest)
{
	if (!c->quiet)
		fprintf(stderr, "waiting: %zu real server%s drain%s, %.0f s of waiting left\n",
			left, left == 1 ? "" : "s", left == 1 ? "s" : "", rest / 1e3);
}

int draining_wait(struct work *w, int rc)
{
	double end = clock_ms() + bound_ms(w->cli);
	size_t told = 0, left = 0;
	double told_at = 0;

	if (!w->cli->wait.given || !w->ctx)
		return rc;
	(void)fflush(
		stdout); /* the result is of use before the wait is over; main looks for errors */
	interrupt_restore();
	(void)svclb_ctx_set_deadline(w->ctx, SVCLB_NO_DEADLINE); /* there is a context */
	for (;;) {
		double now;
		int failed = step(w, &left);

		if (failed != EXIT_DONE || !left)
			return failed != EXIT_DONE ? failed : rc;
		now = clock_ms();
		if (now >= end)
			return fail(w->cli, EXIT_LOCKED,
				    "the time for waiting is over: %zu real server%s still drain%s",
				    left, left == 1 ? "" : "s", left == 1 ? "s" : "");
		if (left != told || now - told_at >= TELL_MS) {
			tell(w->cli, left, end - now);
			told = left;
			told_at = now;
		}
		sleep_ms(pause_ms(w, end));
	}
}
