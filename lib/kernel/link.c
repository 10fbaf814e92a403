/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link backend: the dummy link that holds the service addresses, and those addresses. */
#include "kernel/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/order.h"

static int link_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
		      struct svclb_error **reterr);
static int link_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr);

static void link_free(struct backend *b)
{
	struct link_backend *l = (struct link_backend *)b;

	nl_conn_free(l->nl);
	free(l);
}

static const struct backend_ops link_ops = {
	.subsystem = "link",
	.probe = link_probe,
	.read = link_read,
	.run = link_run,
	.free = link_free,
};

int link_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		     struct svclb_error **reterr)
{
	struct link_backend *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return err_nomem(reterr);
	l->b = (struct backend){.ops = &link_ops, .opts = opts, .ns = ns};
	rc = nl_conn_new(&l->b, NETLINK_ROUTE, &l->nl, reterr);
	if (rc) {
		free(l);
		return rc;
	}
	*ret = &l->b;
	return 0;
}

static struct svclb_error *dummy_absent(const struct link_backend *l)
{
	return backend_error(&l->b, SVCLB_EUNSUPPORTED, EOPNOTSUPP, "add link", NULL, NULL, 0,
			     "load the kernel module dummy", "the kernel makes no dummy links");
}

/* Makes a dummy link where nobody sees it. */
static int try_dummy(struct link_backend *l, struct netns *ns, int *error,
		     struct svclb_error **reterr)
{
	struct backend inside = l->b;
	struct nl_conn *nl = NULL;
	struct nlbuf buf = {0};
	char text[NL_TEXT_MAX];
	int rc;

	inside.ns = ns;
	rc = nl_conn_new(&inside, NETLINK_ROUTE, &nl, reterr);
	if (rc)
		return rc;
	link_put_add(&buf, l->b.opts->link_name);
	rc = nl_batch(nl, &buf, error, text, NULL, reterr);
	nlbuf_free(&buf);
	nl_conn_free(nl);
	return rc;
}

static int link_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
		      struct svclb_error **reterr)
{
	struct link_backend *l = (struct link_backend *)b;
	struct svclb_error *err = NULL;
	struct netns *ns = NULL;
	int error = 0;
	int rc;

	if ((want ? !want->link : b->opts->mode == SVCLB_MODE_IPTABLES) || l->dummy_seen)
		return 0;
	rc = netns_new_private(&ns, &err);
	if (rc == -SVCLB_EPERM) {
		/* the step that makes the link will tell */
		svclb_error_unref(err);
		return 0;
	}
	if (rc)
		return err_give(reterr, err);
	rc = try_dummy(l, ns, &error, reterr);
	netns_free(ns);
	if (!rc && error == EOPNOTSUPP)
		problems_add(missing, dummy_absent(l));
	else if (!rc && !error)
		l->dummy_seen = true;
	return rc;
}

/* ---- steps ---- */

/* Words and meaning of the errors of each operation. */
static const struct {
	uint8_t kind;
	uint8_t op;
	int error;
	int code;
	const char *what;
} link_errors[] = {
	{STEP_LINK, STEP_ADD, EEXIST, SVCLB_EAGAIN, "it has come into being meanwhile"},
	{STEP_LINK, STEP_DELETE, ENODEV, SVCLB_EAGAIN, "it no longer exists"},
	{STEP_ADDR, STEP_ADD, EEXIST, SVCLB_EAGAIN, "it has come into being meanwhile"},
	{STEP_ADDR, STEP_ADD, ENODEV, SVCLB_EAGAIN, "the link no longer exists"},
	{STEP_ADDR, STEP_ADD, EOPNOTSUPP, SVCLB_EUNSUPPORTED, "the kernel has no such family"},
	{STEP_ADDR, STEP_ADD, EACCES, SVCLB_EUNSUPPORTED, "IPv6 is disabled on the link"},
	{STEP_ADDR, STEP_DELETE, EADDRNOTAVAIL, SVCLB_EAGAIN, "it no longer exists"},
	{STEP_ADDR, STEP_DELETE, ENODEV, SVCLB_EAGAIN, "the link no longer exists"},
};

static struct svclb_error *step_error(const struct link_backend *l, const struct step_view *s,
				      int error, const char *words)
{
	const struct svclb_state *st = s->op == STEP_DELETE ? s->from : s->to;
	const struct link_addr *a = NULL;
	const char *what = "the kernel refuses it";
	const char *operation;
	char object[IP_TEXT_MAX + LINK_NAME_MAX + 24];
	char ip[IP_TEXT_MAX];
	int code = SVCLB_EKERNEL;

	if (s->kind == STEP_LINK && s->op == STEP_ADD && error == EOPNOTSUPP)
		return dummy_absent(l);
	if (s->kind == STEP_ADDR)
		a = &st->addrs.v[s->op == STEP_DELETE ? s->before : s->after];
	operation = a ? (s->op == STEP_ADD ? "add address" : "delete address")
		      : (s->op == STEP_ADD ? "add link" : "delete link");
	if (a)
		(void)snprintf(object, sizeof(object), "address %s on %s", ip_format(&a->ip, ip),
			       l->b.opts->link_name);
	else
		(void)snprintf(object, sizeof(object), "link %s", l->b.opts->link_name);
	for (size_t i = 0; i < sizeof(link_errors) / sizeof(link_errors[0]); i++)
		if (link_errors[i].kind == s->kind && link_errors[i].op == s->op &&
		    link_errors[i].error == error) {
			code = link_errors[i].code;
			what = link_errors[i].what;
		}
	return backend_error(&l->b, code, code == SVCLB_EUNSUPPORTED ? 0 : error, operation, object,
			     st, a ? a->origin : 0, NULL, "%s%s%s", what,
			     *words ? ", it says: " : "", words);
}

static bool tolerated(const struct step_view *s, int error)
{
	return (s->op == STEP_ADD && error == EEXIST) ||
	       (s->op == STEP_DELETE && (error == EADDRNOTAVAIL || error == ENODEV));
}

#define LINK_STEPS_MAX (NL_PACK_MAX / 2) /* some are two messages */

/* Consecutive steps of one phase that go out in one pack. */
struct link_pack {
	const struct backend_run *run;
	size_t first;
	size_t n;
	size_t message[LINK_STEPS_MAX]; /* which one carries out the step */
};

static int pack_send(struct link_backend *l, const struct link_pack *p, struct nlbuf *buf,
		     struct problems *bad)
{
	int errors[NL_PACK_MAX];
	struct svclb_error *err = NULL;
	char words[NL_TEXT_MAX];
	bool sent = false;
	size_t first = 0; /* message that was refused: the words are about it */

	if (nl_batch(l->nl, buf, errors, words, &sent, &err)) {
		for (size_t i = 0; sent && i < p->n; i++)
			*p->run->done[p->first + i] = FATE_UNKNOWN;
		problems_add(bad, err);
		return -1;
	}
	while (first < buf->n && !errors[first])
		first++;
	for (size_t i = 0; i < p->n; i++) {
		struct step_view s = backend_step(p->run, p->first + i);
		int error = errors[p->message[i]];

		if (!error || (p->run->undo && tolerated(&s, error)))
			*p->run->done[p->first + i] = backend_fate(p->run);
		else
			problems_add(bad,
				     step_error(l, &s, error, p->message[i] == first ? words : ""));
	}
	return 0;
}

static void put_step(struct nlbuf *buf, const struct link_backend *l, const struct step_view *s,
		     int index)
{
	bool add = s->op == STEP_ADD;
	const struct svclb_state *st = add ? s->to : s->from;
	const struct ipaddr *ip;

	if (s->kind == STEP_ADDR) {
		ip = &st->addrs.v[add ? s->after : s->before].ip;
		link_put_addr(buf, add, index, ip);
		/* also what an apply left that was killed in between; nobody could see it later */
		if (!add && ip->family == 4)
			link_put_drop_route(buf, index, ip);
	} else if (add) {
		link_put_add(buf, l->b.opts->link_name);
	} else {
		link_put_delete(buf, index);
	}
}

/* How many steps from `from` on may go out with it. */
static size_t same_phase(const struct backend_run *run, size_t from)
{
	size_t n = 1;

	while (from + n < run->n && n < LINK_STEPS_MAX &&
	       steps_go_together(run->steps[from], run->steps[from + n]))
		n++;
	return n;
}

static int run_routes(struct link_backend *l, const struct link_pack *p, int index,
		      struct problems *bad)
{
	struct step_view s = backend_step(p->run, p->first);
	struct svclb_error *err = NULL;

	*p->run->done[p->first] = FATE_UNKNOWN;
	if (link_routes(l, p->run->plan->from, s.op == STEP_ADD, index, &err)) {
		problems_add(bad, err);
		return -1;
	}
	*p->run->done[p->first] = backend_fate(p->run);
	return 0;
}

/* One pack. The link's index is asked for each time: the pack before may have made the link. */
static int run_pack(struct link_backend *l, struct link_pack *p, struct nlbuf *buf,
		    struct problems *bad)
{
	struct link_info info = {.index = 0};
	struct svclb_error *err = NULL;

	if (link_find(l, &info, &err)) {
		problems_add(bad, err);
		return -1;
	}
	/* index 0 would mean any link to some requests; no link has this one */
	if (!info.index)
		info.index = INT32_MAX;
	if (p->run->steps[p->first]->kind == STEP_ROUTES)
		return run_routes(l, p, info.index, bad);
	nlbuf_reset(buf);
	for (size_t i = 0; i < p->n; i++) {
		struct step_view s = backend_step(p->run, p->first + i);

		p->message[i] = buf->n;
		put_step(buf, l, &s, info.index);
	}
	return pack_send(l, p, buf, bad);
}

static int link_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr)
{
	struct link_backend *l = (struct link_backend *)b;
	struct problems bad = {.limit = run->undo ? 0 : RUN_ERRORS_MAX};
	struct link_order order = {.steps = NULL};
	struct nlbuf buf = {0};
	size_t i = 0;

	if (run->undo)
		run = link_order_back(l, run, &order);
	while (i < run->n && (run->undo || !bad.first)) {
		struct link_pack p = {.run = run, .first = i, .n = same_phase(run, i)};

		if (run_pack(l, &p, &buf, &bad))
			break;
		i += p.n;
	}
	nlbuf_free(&buf);
	link_order_free(&order);
	return problems_give(&bad, reterr);
}
