/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IPVS backend: carries out steps on virtual servers, real servers and time-outs in packs. */
#include "kernel/ipvs.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/halt.h"
#include "plan/order.h"

static int ipvs_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr);

int ipvs_lookup(struct ipvs_backend *v, struct svclb_error **reterr)
{
	return nl_genl_family(v->nl, IPVS_GENL_NAME, &v->family, reterr);
}

struct svclb_error *ipvs_absent(const struct ipvs_backend *v)
{
	return backend_error(&v->b, SVCLB_EUNSUPPORTED, 0, "look for IPVS", NULL, NULL, 0,
			     "load the kernel module ip_vs, or use the mode iptables",
			     "the kernel has no IPVS (ip_vs)");
}

bool ipvs_sched_known(const struct ipvs_backend *v, const char *name)
{
	for (size_t i = 0; i < v->scheds.n; i++)
		if (!strcmp(v->scheds.v[i].name, name))
			return true;
	return false;
}

void ipvs_sched_seen(struct ipvs_backend *v, const char *name)
{
	struct sched_name *s;

	if (ipvs_sched_known(v, name))
		return;
	s = vec_push(&v->scheds);
	if (s)
		memcpy(s->name, name, strnlen(name, sizeof(s->name) - 1));
}

static void ipvs_free(struct backend *b)
{
	struct ipvs_backend *v = (struct ipvs_backend *)b;

	nl_conn_free(v->nl);
	vec_free(&v->scheds);
	free(v);
}

static const struct backend_ops ipvs_ops = {
	.subsystem = "ipvs",
	.probe = ipvs_probe,
	.read = ipvs_read,
	.run = ipvs_run,
	.free = ipvs_free,
};

int ipvs_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		     struct svclb_error **reterr)
{
	struct ipvs_backend *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return err_nomem(reterr);
	v->b = (struct backend){.ops = &ipvs_ops, .opts = opts, .ns = ns};
	rc = nl_conn_new(&v->b, NETLINK_GENERIC, &v->nl, reterr);
	if (rc) {
		free(v);
		return rc;
	}
	*ret = &v->b;
	return 0;
}

/* ---- errors ---- */

/* What an error of a command means. ENOENT is another thing with each. */
static const struct {
	uint8_t cmd;
	int error;
	int code;
	const char *what;
} ipvs_errors[] = {
	{IPVS_CMD_NEW_SERVICE, EEXIST, SVCLB_EAGAIN, "it has come into being meanwhile"},
	{IPVS_CMD_NEW_SERVICE, EINVAL, SVCLB_EKERNEL, "the kernel refuses its attributes"},
	{IPVS_CMD_SET_SERVICE, ESRCH, SVCLB_EAGAIN, "it no longer exists"},
	{IPVS_CMD_DEL_SERVICE, ESRCH, SVCLB_EAGAIN, "it no longer exists"},
	{IPVS_CMD_NEW_DEST, EEXIST, SVCLB_EAGAIN, "it has come into being meanwhile"},
	{IPVS_CMD_NEW_DEST, ESRCH, SVCLB_EAGAIN, "its virtual server does not exist"},
	{IPVS_CMD_NEW_DEST, EINVAL, SVCLB_EKERNEL,
	 "its address is not unicast, or the loopback link of the namespace is down"},
	{IPVS_CMD_NEW_DEST, ERANGE, SVCLB_EKERNEL, "its weight or thresholds are out of range"},
	{IPVS_CMD_SET_DEST, ENOENT, SVCLB_EAGAIN, "it no longer exists"},
	{IPVS_CMD_SET_DEST, ESRCH, SVCLB_EAGAIN, "its virtual server no longer exists"},
	{IPVS_CMD_SET_DEST, ERANGE, SVCLB_EKERNEL, "its weight or thresholds are out of range"},
	{IPVS_CMD_DEL_DEST, ENOENT, SVCLB_EAGAIN, "it no longer exists"},
	{IPVS_CMD_DEL_DEST, ESRCH, SVCLB_EAGAIN, "its virtual server no longer exists"},
};

/* Commands and words of each operation on a kind of object, by enum step_op. */
struct ipvs_verb {
	uint8_t cmd;
	const char *operation;
};

static const struct ipvs_verb vserver_verbs[] = {
	[STEP_ADD] = {IPVS_CMD_NEW_SERVICE, "add virtual server"},
	[STEP_CHANGE] = {IPVS_CMD_SET_SERVICE, "change virtual server"},
	[STEP_DELETE] = {IPVS_CMD_DEL_SERVICE, "delete virtual server"},
};

static const struct ipvs_verb rserver_verbs[] = {
	[STEP_ADD] = {IPVS_CMD_NEW_DEST, "add real server"},
	[STEP_CHANGE] = {IPVS_CMD_SET_DEST, "change real server"},
	[STEP_DELETE] = {IPVS_CMD_DEL_DEST, "delete real server"},
};

/* The image a step acts on: the new one, or the old one when it deletes. */
static const struct svclb_state *view_state(const struct step_view *s, uint32_t *index)
{
	*index = s->op == STEP_DELETE ? s->before : s->after;
	return s->op == STEP_DELETE ? s->from : s->to;
}

static const struct vserver *view_vserver(const struct step_view *s, uint32_t index,
					  const struct rserver **rs)
{
	const struct svclb_state *st = s->op == STEP_DELETE ? s->from : s->to;

	*rs = NULL;
	if (s->kind == STEP_VSERVER)
		return &st->vservers.v[index];
	*rs = &st->rservers.v[index];
	return &st->vservers.v[(*rs)->vs];
}

static const char *object_words(const struct vserver *vs, const struct rserver *rs, char *buf,
				size_t size)
{
	char key[KEY_TEXT_MAX];
	char real[KEY_TEXT_MAX];

	vs_key_text(&vs->key, key, sizeof(key));
	if (rs)
		(void)snprintf(buf, size, "real server %s of virtual server %s",
			       rs_text(rs, real, sizeof(real)), key);
	else
		(void)snprintf(buf, size, "virtual server %s", key);
	return buf;
}

/* ENOENT on NEW_SERVICE and SET_SERVICE: a module is missing; it is not said which. */
static struct svclb_error *sched_error(const struct ipvs_backend *v, const struct svclb_state *st,
				       const struct vserver *vs, const char *operation,
				       const char *object)
{
	char hint[96];

	(void)snprintf(hint, sizeof(hint), "load the kernel module ip_vs_%s%s%s", vs->sched,
		       vs->pe[0] ? " or ip_vs_pe_" : "", vs->pe);
	if (vs->pe[0])
		return backend_error(&v->b, SVCLB_EUNSUPPORTED, ENOENT, operation, object, st,
				     vs->origin, hint,
				     "the kernel has no scheduler %s or no persistence engine %s",
				     vs->sched, vs->pe);
	return backend_error(&v->b, SVCLB_EUNSUPPORTED, ENOENT, operation, object, st, vs->origin,
			     hint, "the kernel has no scheduler %s", vs->sched);
}

static struct svclb_error *step_error(const struct ipvs_backend *v, const struct step_view *s,
				      int error, const char *words)
{
	const struct ipvs_verb *verb;
	const struct svclb_state *st;
	const struct vserver *vs;
	const struct rserver *rs;
	const char *what = "the kernel refuses it";
	char object[2 * KEY_TEXT_MAX + 48];
	int code = SVCLB_EKERNEL;
	uint32_t index;

	if (s->kind == STEP_TIMEOUTS)
		return backend_error(&v->b, code, error, "set connection time-outs", NULL, NULL, 0,
				     NULL, "the kernel refuses them");
	if (s->kind == STEP_QUIESCE)
		verb = &rserver_verbs[STEP_CHANGE];
	else
		verb = &(s->kind == STEP_VSERVER ? vserver_verbs : rserver_verbs)[s->op];
	st = view_state(s, &index);
	vs = view_vserver(s, index, &rs);
	object_words(vs, rs, object, sizeof(object));
	if (!rs && error == ENOENT && s->op != STEP_DELETE)
		return sched_error(v, st, vs, verb->operation, object);
	for (size_t i = 0; i < sizeof(ipvs_errors) / sizeof(ipvs_errors[0]); i++)
		if (ipvs_errors[i].cmd == verb->cmd && ipvs_errors[i].error == error) {
			code = ipvs_errors[i].code;
			what = ipvs_errors[i].what;
		}
	return backend_error(&v->b, code, error, verb->operation, object, st,
			     rs && rs->origin ? rs->origin : vs->origin, NULL, "%s%s%s", what,
			     *words ? ", it says: " : "", words);
}

/* ---- packs ---- */

/* Messages that go out together, and the step each of them belongs to. */
struct pack {
	struct nlbuf buf;
	VEC(uint32_t) step;
	VEC(int) errors;
};

static void pack_free(struct pack *p)
{
	nlbuf_free(&p->buf);
	vec_free(&p->step);
	vec_free(&p->errors);
}

static int pack_note(struct pack *p, uint32_t step, struct svclb_error **reterr)
{
	while (p->step.n < p->buf.n) {
		uint32_t *s = vec_push(&p->step);

		if (!s)
			return err_nomem(reterr);
		*s = step;
	}
	return p->buf.failed ? err_nomem(reterr) : 0;
}

/* Messages of a step. A virtual server that is put back comes with its real servers, because its
 * deletion took them along: in the order of the list, which finds them first in the kernel's
 * trash of deleted ones. */
static void put_step(const struct ipvs_backend *v, struct nlbuf *b, const struct step_view *s,
		     bool undo)
{
	const struct vserver *vs;
	const struct rserver *rs;
	const struct svclb_state *st;
	uint32_t index;

	if (s->kind == STEP_TIMEOUTS) {
		ipvs_put_timeouts(b, v->family, &s->to->timeouts);
		return;
	}
	st = view_state(s, &index);
	vs = view_vserver(s, index, &rs);
	if (s->kind == STEP_QUIESCE) {
		struct rserver other = *rs;

		other.weight = s->op == STEP_DELETE ? 0 : rs->weight;
		ipvs_put_dest(b, v->family, IPVS_CMD_SET_DEST, &vs->key, &other, true);
		return;
	}
	if (rs) {
		ipvs_put_dest(b, v->family, rserver_verbs[s->op].cmd, &vs->key, rs,
			      s->op != STEP_DELETE);
		return;
	}
	ipvs_put_service(b, v->family, vserver_verbs[s->op].cmd, vs, s->op != STEP_DELETE);
	if (!undo || s->op != STEP_ADD)
		return;
	for (uint32_t i = 0; i < vs->rs_count; i++)
		ipvs_put_dest(b, v->family, IPVS_CMD_NEW_DEST, &vs->key,
			      &st->rservers.v[vs->rs_first + i], true);
}

/* Room a step wants in its pack: a new virtual server wants its real servers beside it, so that
 * clients meet one without them as shortly as can be. */
static uint32_t step_weight(const struct step_view *s)
{
	if (s->kind == STEP_VSERVER && s->op == STEP_ADD)
		return 1 + s->to->vservers.v[s->after].rs_count;
	return 1;
}

/* Whether step i still goes into a pack that step i - 1 is in. */
static bool fits(const struct backend_run *run, const struct pack *p, size_t i,
		 const struct step_view *s)
{
	return p->buf.n + step_weight(s) <= NL_PACK_MAX &&
	       steps_go_together(run->steps[i - 1], run->steps[i]);
}

/* Fills the pack with the steps from `from` on, at least one. Returns the first step left out. */
static int pack_fill(const struct ipvs_backend *v, const struct backend_run *run, struct pack *p,
		     size_t from, size_t *next, struct svclb_error **reterr)
{
	size_t i;

	nlbuf_reset(&p->buf);
	p->step.n = 0;
	for (i = from; i < run->n; i++) {
		struct step_view s = backend_step(run, i);
		int rc;

		if (!fate_is_open(*run->done[i], run->undo))
			continue;
		if (p->buf.n && !fits(run, p, i, &s))
			break;
		put_step(v, &p->buf, &s, run->undo);
		rc = pack_note(p, (uint32_t)i, reterr);
		if (rc)
			return rc;
	}
	*next = i;
	return vec_reserve(&p->errors, p->buf.n) ? err_nomem(reterr) : 0;
}

/* In undo the goal may have been reached by others. */
static bool tolerated(const struct step_view *s, int error)
{
	return (s->op == STEP_ADD && error == EEXIST) ||
	       (s->op == STEP_DELETE && (error == ENOENT || error == ESRCH));
}

/* Whether an error only follows from that of the virtual server just before. */
static bool follows(const struct step_view *s, int error, uint32_t failed_vs)
{
	return s->kind == STEP_RSERVER && s->op == STEP_ADD && error == ESRCH &&
	       s->to->rservers.v[s->after].vs == failed_vs;
}

/* Marks what took effect and lists what did not. */
static void pack_judge(const struct ipvs_backend *v, const struct backend_run *run,
		       const struct pack *p, const char *words, struct problems *bad)
{
	uint32_t failed_vs = STEP_NONE;
	uint32_t n = p->buf.n;

	for (uint32_t m = 0; m < n;) {
		uint32_t step = p->step.v[m];
		struct step_view s = backend_step(run, step);
		int error = 0;

		for (; m < n && p->step.v[m] == step; m++)
			if (!error && !(run->undo && tolerated(&s, p->errors.v[m])))
				error = p->errors.v[m];
		if (!error) {
			*run->done[step] = backend_fate(run);
			continue;
		}
		if (!follows(&s, error, failed_vs))
			problems_add(bad, step_error(v, &s, error, bad->first ? "" : words));
		if (s.kind == STEP_VSERVER && s.op == STEP_ADD)
			failed_vs = s.after;
	}
}

/* The kernel did it, or part of it, and nobody knows: undo must look at all of it. */
static void pack_unknown(const struct backend_run *run, const struct pack *p)
{
	for (uint32_t m = 0; m < p->buf.n; m++)
		*run->done[p->step.v[m]] = FATE_UNKNOWN;
}

static int pack_send(struct ipvs_backend *v, const struct backend_run *run, struct pack *p,
		     struct problems *bad)
{
	struct svclb_error *err = NULL;
	char words[NL_TEXT_MAX];
	bool sent = false;

	if (nl_batch(v->nl, &p->buf, p->errors.v, words, &sent, &err)) {
		if (sent)
			pack_unknown(run, p);
		problems_add(bad, err);
		return -1;
	}
	pack_judge(v, run, p, words, bad);
	return 0;
}

/* Whether step i is of the phase in which idle real servers go: one that may go in any case can be
 * the first of their pack. */
static bool deletes_rserver(const struct backend_run *run, size_t i)
{
	return run->steps[i]->kind == STEP_RSERVER && run->steps[i]->op == STEP_DELETE;
}

static int ipvs_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr)
{
	struct ipvs_backend *v = (struct ipvs_backend *)b;
	struct problems bad = {.limit = run->undo ? 0 : RUN_ERRORS_MAX};
	struct pack p = {.buf = {0}};
	bool looked = run->undo;
	size_t i = 0;
	int rc = v->family ? 0 : ipvs_lookup(v, reterr);

	if (rc)
		return rc;
	if (!v->family)
		return err_give(reterr, ipvs_absent(v));
	if (run->undo) /* what cannot be looked at is most likely ours */
		(void)ipvs_leave_theirs(v, run, NULL);
	while (i < run->n && (run->undo || !bad.first)) {
		struct svclb_error *err = NULL;

		rc = halt_check(b->opts, &err);
		if (!rc && !looked && deletes_rserver(run, i)) {
			rc = ipvs_leave_busy(v, run, i, &err);
			looked = true;
		}
		if (!rc)
			rc = pack_fill(v, run, &p, i, &i, &err);
		if (rc) {
			problems_add(&bad, err);
			break;
		}
		if (p.buf.n && pack_send(v, run, &p, &bad))
			break;
	}
	pack_free(&p);
	return problems_give(&bad, reterr);
}
