/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real kernel: one namespace, one backend for each subsystem, runs of steps handed to each. */
#include <stdlib.h>
#include <time.h>

#include "kernel/backend.h"
#include "kernel/halt.h"
#include "kernel/lock.h"
#include "plan/order.h"
#include "state/sysctls.h"
#include "util/clock.h"

enum subsystem {
	SUB_IPVS, /* first in every pass: its first use loads the module that the sysctls are of */
	SUB_IPSET,
	SUB_IPTABLES,
	SUB_LINK,
	SUB_SYSCTL,
	SUB_CONNTRACK,
	SUB_COUNT_,
	SUB_NONE = SUB_COUNT_, /* of steps that change nothing */
};

static int (*const backend_new[SUB_COUNT_])(const struct svclb_options *opts, struct netns *ns,
					    struct backend **ret, struct svclb_error **reterr) = {
	[SUB_IPVS] = ipvs_backend_new,	       [SUB_IPSET] = ipset_backend_new,
	[SUB_IPTABLES] = iptables_backend_new, [SUB_LINK] = link_backend_new,
	[SUB_SYSCTL] = sysctl_backend_new,     [SUB_CONNTRACK] = conntrack_backend_new,
};

static const uint8_t step_subsystem[] = {
	[STEP_SYSCTL] = SUB_SYSCTL,
	[STEP_TIMEOUTS] = SUB_IPVS,
	[STEP_LINK] = SUB_LINK,
	[STEP_SET] = SUB_IPSET,
	[STEP_ENTRY] = SUB_IPSET,
	[STEP_TABLE] = SUB_IPTABLES,
	[STEP_VSERVER] = SUB_IPVS,
	[STEP_RSERVER] = SUB_IPVS,
	[STEP_ADDR] = SUB_LINK,
	[STEP_VSERVER_FLOWS] = SUB_CONNTRACK,
	[STEP_RSERVER_FLOWS] = SUB_CONNTRACK,
	[STEP_SETTLE] = SUB_NONE,
	[STEP_FRONT_FLOWS] = SUB_CONNTRACK,
	[STEP_BACK_FLOWS] = SUB_CONNTRACK,
	[STEP_QUIESCE] = SUB_IPVS,
	[STEP_ROUTES] = SUB_LINK,
};

struct real {
	struct kernel k;
	struct netns *ns;
	struct backend *backends[SUB_COUNT_]; /* NULL: not used yet */
	int owner_lock;			      /* -1: not held */
	int xtables_lock;		      /* -1: not held */
};

static int real_backend(struct real *r, enum subsystem s, struct backend **ret,
			struct svclb_error **reterr)
{
	int rc = 0;

	if (!r->backends[s])
		rc = backend_new[s](r->k.opts, r->ns, &r->backends[s], reterr);
	if (!rc)
		*ret = r->backends[s];
	return rc;
}

static int real_addresses(struct kernel *k, node_address_vec *ret, struct svclb_error **reterr)
{
	struct backend *b = NULL;
	int rc = real_backend((struct real *)k, SUB_LINK, &b, reterr);

	return rc ? rc : link_addresses(b, ret, reterr);
}

static bool real_liberal(struct kernel *k)
{
	struct backend *b = NULL;

	return !real_backend((struct real *)k, SUB_SYSCTL, &b, NULL) &&
	       sysctl_is_on(b, SYSCTL_TCP_BE_LIBERAL);
}

static bool real_has_family(struct kernel *k, uint8_t family)
{
	struct backend *b = NULL;

	return real_backend((struct real *)k, SUB_IPTABLES, &b, NULL) ||
	       iptables_has_family(b, family);
}

static int real_probe(struct kernel *k, const struct svclb_state *want, struct svclb_error **reterr)
{
	struct problems missing = {.limit = k->opts->limits[SVCLB_LIMIT_PROBLEMS]};

	for (int s = 0; s < SUB_COUNT_; s++) {
		struct svclb_error *err = NULL;
		struct backend *b = NULL;
		int rc = halt_check(k->opts, reterr);

		if (rc) {
			problems_free(&missing);
			return rc;
		}
		rc = real_backend((struct real *)k, (enum subsystem)s, &b, &err);
		if (!rc && b->ops->probe)
			rc = b->ops->probe(b, want, &missing, &err);
		if (rc) /* the others are asked all the same: all that is missing in one list */
			problems_add(&missing, err);
	}
	return problems_give(&missing, reterr);
}

static void real_unlock(struct kernel *k)
{
	struct real *r = (struct real *)k;

	if (r->xtables_lock >= 0)
		lock_drop(r->xtables_lock);
	if (r->owner_lock >= 0)
		lock_drop(r->owner_lock);
	r->xtables_lock = -1;
	r->owner_lock = -1;
}

static int real_lock(struct kernel *k, struct svclb_error **reterr)
{
	struct real *r = (struct real *)k;
	int rc = 0;

	if (r->owner_lock < 0)
		rc = lock_take_owner(k->opts, r->ns, &r->owner_lock, reterr);
	if (!rc && r->xtables_lock < 0)
		rc = lock_take(k->opts, &r->xtables_lock, reterr);
	if (rc)
		real_unlock(k);
	return rc;
}

static int real_read(struct kernel *k, const struct svclb_state *want, struct svclb_state *ret,
		     struct svclb_error **reterr)
{
	int rc = 0;

	for (int s = 0; !rc && s < SUB_COUNT_; s++) {
		struct backend *b = NULL;

		rc = halt_check(k->opts, reterr);
		if (!rc)
			rc = real_backend((struct real *)k, (enum subsystem)s, &b, reterr);
		if (!rc && b->ops->read)
			rc = b->ops->read(b, want, ret, reterr);
	}
	return rc;
}

/* The steps that are to be done, in the order in which they are. */
struct todo {
	const struct svclb_step **steps;
	enum fate **done;
	size_t n;
};

static int todo_make(const struct svclb_plan *plan, size_t first, size_t n, bool undo,
		     enum fate *done, struct todo *ret, struct svclb_error **reterr)
{
	ret->n = 0;
	ret->steps = calloc(n ? n : 1, sizeof(const struct svclb_step *));
	ret->done = calloc(n ? n : 1, sizeof(enum fate *));
	if (!ret->steps || !ret->done)
		return err_nomem(reterr);
	for (size_t i = 0; i < n; i++) {
		size_t at = undo ? n - 1 - i : i;

		if (!fate_is_open(done[at], undo))
			continue;
		ret->steps[ret->n] = &plan->steps.v[first + at];
		ret->done[ret->n++] = &done[at];
	}
	return 0;
}

static size_t same_subsystem(const struct todo *t, size_t from)
{
	size_t n = 1;

	while (from + n < t->n &&
	       step_subsystem[t->steps[from + n]->kind] == step_subsystem[t->steps[from]->kind])
		n++;
	return n;
}

/* Leaves the careful steps from `from` on as they are. */
static void todo_drop_careful(struct todo *t, size_t from)
{
	size_t kept = from;

	for (size_t i = from; i < t->n; i++) {
		if (step_is_careful(t->steps[i]))
			continue;
		t->steps[kept] = t->steps[i];
		t->done[kept++] = t->done[i];
	}
	t->n = kept;
}

/* The steps behind it need half of the time that is left. An interruption cuts it short. */
static void settle(const struct svclb_options *opts)
{
	uint64_t now = clock_ms();
	uint64_t end = now + SETTLE_MS;

	if (opts->deadline_ms && opts->deadline_ms < now + 2 * (uint64_t)SETTLE_MS)
		end = opts->deadline_ms < now ? now : now + (opts->deadline_ms - now) / 2;
	for (; now < end && !halt_errno(opts); now = clock_ms())
		clock_sleep_ms(end - now < 50 ? (uint32_t)(end - now) : 50);
}

static int run_nothing(const struct real *r, bool undo, const struct todo *t, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!undo && t->steps[from + i]->kind == STEP_SETTLE)
			settle(r->k.opts);
		*t->done[from + i] = undo ? FATE_UNDONE : FATE_DONE;
	}
	return 0;
}

static int run_some(struct real *r, const struct svclb_plan *plan, bool undo, const struct todo *t,
		    size_t from, size_t n, struct svclb_error **reterr)
{
	struct backend_run run = {
		.plan = plan,
		.steps = t->steps + from,
		.n = n,
		.undo = undo,
		.done = t->done + from,
	};
	struct backend *b = NULL;
	int rc;

	if (step_subsystem[t->steps[from]->kind] == SUB_NONE)
		return run_nothing(r, undo, t, from, n);
	rc = real_backend(r, (enum subsystem)step_subsystem[t->steps[from]->kind], &b, reterr);

	return rc ? rc : b->ops->run(b, &run, reterr);
}

static int real_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n,
		    bool undo, enum fate *done, struct svclb_error **reterr)
{
	struct problems bad = {.limit = k->opts->limits[SVCLB_LIMIT_PROBLEMS]};
	struct todo t = {.n = 0};
	int rc = todo_make(plan, first, n, undo, done, &t, reterr);
	size_t i = 0;

	while (!rc && i < t.n && (undo || !bad.first)) {
		size_t some = same_subsystem(&t, i);
		struct svclb_error *err = NULL;

		if (halt_check(k->opts, &err) ||
		    run_some((struct real *)k, plan, undo, &t, i, some, &err))
			problems_add(&bad, err);
		i += some;
		if (err)
			todo_drop_careful(&t, i);
	}
	free(t.steps);
	free(t.done);
	return rc ? rc : problems_give(&bad, reterr);
}

/* Time spent suspended counts too, as it does for the connections' other ends. */
static uint64_t real_clock_ms(struct kernel *k)
{
	struct timespec ts;

	(void)k;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void real_free(struct kernel *k)
{
	struct real *r = (struct real *)k;

	real_unlock(k);
	for (int s = 0; s < SUB_COUNT_; s++)
		if (r->backends[s])
			r->backends[s]->ops->free(r->backends[s]);
	netns_free(r->ns);
	free(r);
}

static const struct kernel_ops real_ops = {
	.addresses = real_addresses,
	.liberal = real_liberal,
	.has_family = real_has_family,
	.probe = real_probe,
	.lock = real_lock,
	.unlock = real_unlock,
	.read = real_read,
	.run = real_run,
	.clock_ms = real_clock_ms,
	.free = real_free,
};

int kernel_real_new(const struct svclb_options *opts, struct kernel **ret,
		    struct svclb_error **reterr)
{
	struct real *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return err_nomem(reterr);
	r->k = (struct kernel){.ops = &real_ops, .opts = opts};
	r->xtables_lock = -1;
	r->owner_lock = -1;
	rc = netns_new(opts->netns_fd, &r->ns, reterr);
	if (rc) {
		free(r);
		return rc;
	}
	*ret = &r->k;
	return 0;
}
