/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to be changed in a table, and how to put it back: lists of chains with all their rules
 * as entries. Rules that are put back are the kernel's own entries, so that they come back with
 * their counters and whatever the neutral form has no word for.
 */
#include "kernel/iptables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void edits_free(struct edits *e)
{
	for (size_t i = 0; i < e->v.n; i++) {
		for (size_t r = 0; r < e->v.v[i].rules.n; r++) {
			free(e->v.v[i].rules.v[r].entry);
			vec_free(&e->v.v[i].rules.v[r].sets);
		}
		vec_free(&e->v.v[i].rules);
	}
	vec_free(&e->v);
}

/* The struct stays valid until the next one is added. NULL when out of memory. */
static struct edit *add_edit(struct edits *e, enum edit_kind kind, const char *chain)
{
	struct edit *d = vec_push(&e->v);

	if (!d)
		return NULL;
	d->kind = kind;
	strcpy(d->chain, chain); /* the names of a state are shorter */
	return d;
}

/* Adds a copy of an entry; NULL when out of memory. */
static void *add_rule(struct edit *d, const void *entry, size_t size, uint32_t at)
{
	struct edit_rule *r = vec_push(&d->rules);

	if (!r)
		return NULL;
	r->at = at;
	r->entry = malloc(size);
	if (r->entry)
		memcpy(r->entry, entry, size);
	return r->entry;
}

/* ---- rules as they are ---- */

/* The kernel's entry in the form in which libiptc takes rules: verdicts and jumps by name. */
static int keep_rule(struct tc_table *t, struct edit *d, const void *entry, uint32_t at,
		     struct svclb_error **reterr)
{
	struct xt_head h = xt_head(t->tc->family, (void *)(uintptr_t)entry); /* only read */
	const char *name = t->tc->target(entry, t->h);
	void *copy = add_rule(d, entry, *h.next_offset, at);
	struct xt_entry_target *target;

	if (!copy)
		return err_nomem(reterr);
	target = xt_entry_target(t->tc->family, copy);
	memset(target->u.user.name, 0, sizeof(target->u.user.name));
	memcpy(target->u.user.name, name, strnlen(name, sizeof(target->u.user.name) - 1));
	return kept_rule_remember(t, &d->rules.v[d->rules.n - 1], reterr);
}

static int keep_chain(struct tc_table *t, const char *chain, struct edits *back,
		      struct svclb_error **reterr)
{
	struct edit *d = add_edit(back, EDIT_FILL, chain);
	int rc = d ? 0 : err_nomem(reterr);

	for (const void *e = t->tc->first_rule(chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h))
		rc = keep_rule(t, d, e, 0, reterr);
	return rc;
}

static int keep_jumps(struct tc_table *t, const char *chain, struct edits *back,
		      struct svclb_error **reterr)
{
	struct edit *d = add_edit(back, EDIT_JUMPS, chain);
	int rc = d ? 0 : err_nomem(reterr);
	uint32_t at = 0;

	for (const void *e = t->tc->first_rule(chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h), at++)
		if (iptables_our_jump(t, e))
			rc = keep_rule(t, d, e, at, reterr);
	return rc;
}

/* ---- rules as they are wanted ---- */

static int check_sets(const struct tc_table *t, const struct svclb_state *st, const struct rule *r,
		      struct svclb_error **reterr)
{
	for (uint32_t i = 0; i < r->match_count; i++) {
		const struct match *m = &st->matches.v[r->match_first + i];
		int rc = 0;

		if (m->type == MATCH_SET)
			rc = xt_set_check(m->set.name, t->tc->family, m->set.n_dirs, reterr);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int write_rule(struct tc_table *t, struct edit *d, const struct svclb_state *st,
		      const struct chain *c, const struct rule *r, uint32_t at,
		      struct svclb_error **reterr)
{
	struct svclb_error *why = NULL;
	struct svclb_error *err;
	char object[KEY_TEXT_MAX];
	int rc = check_sets(t, st, r, &why);

	if (!rc && r->opaque)
		rc = err_set(&why, SVCLB_EINVAL, "it has parts that only the kernel knows");
	if (!rc)
		rc = xt_encode(&t->sets, t->tc->family, r, rule_matches(st, r), &t->buf, &why);
	if (!rc && !add_rule(d, t->buf.b.v, t->buf.b.n, at))
		rc = err_nomem(&why);
	if (!rc)
		return 0;
	(void)snprintf(object, sizeof(object), "IPv%u table %s chain %s rule %u",
		       (unsigned)t->tc->family, table_name(t->table), c->name,
		       (unsigned)r->position + 1);
	err = backend_error(t->b, -rc, svclb_error_get_os_errno(why), "add rule", object, st,
			    r->origin ? r->origin : c->origin, svclb_error_get_hint(why), "%s",
			    svclb_error_get_message(why));
	svclb_error_unref(why);
	return err_give(reterr, err);
}

static int write_chain(struct tc_table *t, const struct svclb_state *want, const struct chain *c,
		       struct edits *ret, struct svclb_error **reterr)
{
	struct edit *d = add_edit(ret, EDIT_FILL, c->name);
	int rc = d ? 0 : err_nomem(reterr);

	for (uint32_t i = 0; i < c->rule_count && !rc; i++)
		rc = write_rule(t, d, want, c, &want->rules.v[c->rule_first + i], 0, reterr);
	return rc;
}

/* ---- jumps: those that are right stay where they are among the rules of others ---- */

struct jumps {
	struct tc_table *t;
	const struct svclb_state *want;
	const struct chain *wanted; /* NULL: none */
	const struct svclb_state *now;
	const struct chain *present; /* NULL: none */
	struct edit *d;
	uint32_t next; /* wanted jump that comes next */
	uint32_t at;   /* position in the chain as it will be */
};

/* New jumps up to the `end`th wanted one. */
static int write_jumps(struct jumps *j, uint32_t end, struct svclb_error **reterr)
{
	int rc = 0;

	for (; j->next < end && !rc; j->next++)
		rc = write_rule(j->t, j->d, j->want, j->wanted,
				&j->want->rules.v[j->wanted->rule_first + j->next], j->at++,
				reterr);
	return rc;
}

/* The wanted jump, not before the next one, that the i-th present one is; or UINT32_MAX. */
static uint32_t wanted_as(const struct jumps *j, uint32_t i)
{
	if (!j->wanted || !j->present)
		return UINT32_MAX;
	for (uint32_t w = j->next; w < j->wanted->rule_count; w++)
		if (rule_same(j->now, &j->now->rules.v[j->present->rule_first + i], j->want,
			      &j->want->rules.v[j->wanted->rule_first + w]))
			return w;
	return UINT32_MAX;
}

/* Of a run of new jumps, those before a kept one go to where the run before them ended: the head
 * of the chain, or right behind the last kept jump. */
static int merge_jumps(struct jumps *j, const char *chain, struct svclb_error **reterr)
{
	struct tc_table *t = j->t;
	uint32_t i = 0;
	uint32_t others = 0; /* rules of others since the last kept jump */
	int rc = 0;

	for (const void *e = t->tc->first_rule(chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h)) {
		uint32_t w;

		if (!iptables_our_jump(t, e)) {
			others++;
			continue;
		}
		w = wanted_as(j, i++);
		if (w == UINT32_MAX)
			continue;
		rc = write_jumps(j, w, reterr);
		j->at += others;
		others = 0;
		if (!rc)
			rc = keep_rule(t, j->d, e, j->at++, reterr);
		j->next = w + 1;
	}
	if (!rc && j->wanted)
		rc = write_jumps(j, j->wanted->rule_count, reterr);
	return rc;
}

static int plan_jumps(struct jumps *j, const char *chain, struct edits *ret, struct edits *back,
		      struct svclb_error **reterr)
{
	int rc;

	if (!j->wanted && !j->present)
		return 0;
	if (j->wanted && j->present && chain_same(j->now, j->present, j->want, j->wanted))
		return 0;
	j->d = add_edit(ret, EDIT_JUMPS, chain);
	if (!j->d)
		return err_nomem(reterr);
	rc = keep_jumps(j->t, chain, back, reterr);
	return rc < 0 ? rc : merge_jumps(j, chain, reterr);
}

/* ---- planning ---- */

/* One of our chains of this table: wanted, present or both. */
static int plan_chain(struct tc_table *t, const struct svclb_state *want, const struct chain *w,
		      const struct svclb_state *now, const struct chain *p, struct edits *ret,
		      struct edits *back, struct svclb_error **reterr)
{
	const struct chain *either = w ? w : p;
	int rc;

	if (!either || (w && p && chain_same(now, p, want, w)))
		return 0;
	if (either->builtin) {
		struct jumps j = {.t = t, .want = want, .wanted = w, .now = now, .present = p};

		return plan_jumps(&j, either->name, ret, back, reterr);
	}
	if (p)
		rc = keep_chain(t, p->name, back, reterr);
	else
		rc = add_edit(back, EDIT_DELETE, w->name) ? 0 : err_nomem(reterr);
	if (rc < 0)
		return rc;
	if (w)
		return write_chain(t, want, w, ret, reterr);
	return add_edit(ret, EDIT_DELETE, p->name) ? 0 : err_nomem(reterr);
}

static bool in_table(const struct tc_table *t, const struct chain *c)
{
	return c->family == t->tc->family && c->table == t->table;
}

/* The first chain of the table at or after *i; NULL: none. Chains are sorted by table. */
static const struct chain *next_chain(const struct tc_table *t, const struct svclb_state *st,
				      size_t *i)
{
	while (st && *i < st->chains.n && !in_table(t, &st->chains.v[*i]))
		(*i)++;
	return st && *i < st->chains.n ? &st->chains.v[*i] : NULL;
}

int edits_plan(struct tc_table *t, const struct svclb_state *want, struct edits *ret,
	       struct edits *ret_back, struct svclb_error **reterr)
{
	struct svclb_state *now = state_new(t->b->opts);
	size_t iw = 0;
	size_t ip = 0;
	int rc = now ? iptables_read_table(t, now, reterr) : err_nomem(reterr);

	if (!rc)
		rc = state_seal(now, reterr);
	while (!rc) {
		const struct chain *w = next_chain(t, want, &iw);
		const struct chain *p = next_chain(t, now, &ip);
		int cmp = !w ? 1 : !p ? -1 : chain_key_cmp(w, p);

		if (!w && !p)
			break;
		iw += cmp <= 0;
		ip += cmp >= 0;
		rc = plan_chain(t, want, cmp <= 0 ? w : NULL, now, cmp >= 0 ? p : NULL, ret,
				ret_back, reterr);
	}
	svclb_state_unref(now);
	return rc;
}

/* ---- carrying out ---- */

static int drop_jumps(const struct tc_table *t, const struct edit *d, struct svclb_error **reterr)
{
	VEC(unsigned) ours = {0};
	unsigned at = 0;
	int rc = 0;

	for (const void *e = t->tc->first_rule(d->chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h), at++) {
		unsigned *p;

		if (!iptables_our_jump(t, e))
			continue;
		p = vec_push(&ours);
		if (p)
			*p = at;
		else
			rc = err_nomem(reterr);
	}
	/* from the end, so that the positions of those left stay true */
	for (size_t i = ours.n; i > 0 && !rc; i--)
		if (!t->tc->delete_at(d->chain, ours.v[i - 1], t->h))
			rc = tc_error(t, "delete rule", d->chain, errno, reterr);
	vec_free(&ours);
	return rc;
}

static int empty_chain(const struct tc_table *t, const struct edit *d, struct svclb_error **reterr)
{
	if (d->kind == EDIT_JUMPS)
		return drop_jumps(t, d, reterr);
	if (d->kind == EDIT_FILL) {
		if (t->tc->create(d->chain, t->h))
			return 0;
		if (errno != EEXIST)
			return tc_error(t, "create chain", d->chain, errno, reterr);
	} else if (!t->tc->is_chain(d->chain, t->h)) {
		return 0;
	}
	return t->tc->flush(d->chain, t->h) ? 0
					    : tc_error(t, "flush chain", d->chain, errno, reterr);
}

static unsigned count_rules(const struct tc_table *t, const char *chain)
{
	unsigned n = 0;

	for (const void *e = t->tc->first_rule(chain, t->h); e; e = t->tc->next_rule(e, t->h))
		n++;
	return n;
}

static int fill_chain(const struct tc_table *t, const struct edit *d, struct svclb_error **reterr)
{
	unsigned have = d->kind == EDIT_JUMPS ? count_rules(t, d->chain) : 0;

	for (size_t i = 0; i < d->rules.n; i++) {
		const struct edit_rule *r = &d->rules.v[i];
		unsigned at = r->at < have ? r->at : have;
		int ok = d->kind == EDIT_JUMPS ? t->tc->insert(d->chain, r->entry, at, t->h)
					       : t->tc->append(d->chain, r->entry, t->h);

		if (!ok)
			return tc_error(t, "add rule", d->chain, errno, reterr);
		have++;
	}
	return 0;
}

static int delete_chain(const struct tc_table *t, const struct edit *d, struct svclb_error **reterr)
{
	if (d->kind != EDIT_DELETE || !t->tc->is_chain(d->chain, t->h) ||
	    t->tc->delete_chain(d->chain, t->h))
		return 0;
	return tc_error(t, "delete chain", d->chain, errno, reterr);
}

/* A commit of libiptc zeroes the counters of policies, unless they are set. */
static int keep_policies(const struct tc_table *t, struct svclb_error **reterr)
{
	for (const char *chain = t->tc->first_chain(t->h); chain; chain = t->tc->next_chain(t->h)) {
		struct xt_counters counters = {0};
		char name[TC_CHAIN_MAX] = {0};
		const char *policy;

		if (!tc_is_builtin(t, chain))
			continue;
		memcpy(name, chain, strnlen(chain, sizeof(name) - 1));
		policy = t->tc->policy(name, &counters, t->h);
		if (policy && !t->tc->set_policy(name, policy, &counters, t->h))
			return tc_error(t, "keep policy", name, errno, reterr);
	}
	return 0;
}

int edits_apply(struct tc_table *t, const struct edits *e, struct svclb_error **reterr)
{
	int rc = keep_policies(t, reterr);

	/* Chains exist before anything jumps to them, and nothing jumps to those deleted. The last
	 * is made first: libiptc looks for the place of a chain from the front of its sorted list,
	 * and is done at once with one that comes before all others. */
	for (size_t i = e->v.n; i > 0 && !rc; i--)
		rc = empty_chain(t, &e->v.v[i - 1], reterr);
	for (size_t i = 0; i < e->v.n && !rc; i++)
		rc = fill_chain(t, &e->v.v[i], reterr);
	for (size_t i = 0; i < e->v.n && !rc; i++)
		rc = delete_chain(t, &e->v.v[i], reterr);
	return rc;
}
