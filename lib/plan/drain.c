/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that are no longer wanted but still have connections leave when their time is over. */
#include "plan/drain.h"

#include <string.h>

#include "model/model.h"
#include "plan/diff.h"
#include "state/draining.h"
#include "state/names.h"

#define HASH_SIZE   1024u
#define MAX_ENTRIES 65536u

static bool wanted(const struct svclb_state *to, const struct vserver *vs, const struct rserver *rs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++)
		if (!rs_key_cmp(&to->rservers.v[vs->rs_first + i], rs))
			return true;
	return false;
}

static bool busy(const struct rserver *rs)
{
	return rs->active_conns || rs->inactive_conns;
}

/* The sooner of two deadlines, where 0 is none. */
static uint32_t sooner(uint32_t a, uint32_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* ---- what stays ---- */

struct merge {
	const struct svclb_state *from;
	const struct svclb_state *to;
	struct svclb_state *merged; /* NULL: only counting */
	int64_t sets[2];	    /* in merged, by family; -1 not made yet */
	size_t kept;
};

static uint32_t deadline(const struct merge *m, const struct vserver *want)
{
	if (want->drain_sec == DRAIN_LINGER)
		return 0;
	return (uint32_t)((m->from->clock_ms + 999) / 1000) + want->drain_sec;
}

/* Whether a real server that is not wanted stays for a while, and its entry then. */
static bool stays(const struct merge *m, const struct vserver *want, const struct rserver *rs,
		  struct set_entry *ret)
{
	uint32_t until = deadline(m, want);
	uint32_t old = 0;

	if (!busy(rs) || want->drain_sec == DRAIN_CUT)
		return false;
	if (drain_find(m->from, &want->key, rs, &old))
		until = sooner(old, until);
	*ret = drain_entry(&want->key, rs);
	ret->drain_until[0] = until;
	return drain_left_ms(until, m->from->clock_ms) > 0;
}

static int64_t merged_set(struct merge *m, uint8_t family)
{
	int64_t *at = &m->sets[family == 6];
	struct ipset set = {.type = set_table[SET_DRAIN].type,
			    .family = family,
			    .noted = true,
			    .hashsize = HASH_SIZE,
			    .maxelem = MAX_ENTRIES};

	if (*at >= 0)
		return *at;
	(void)set_full_name(m->merged->prefix, SET_DRAIN, family, set.name);
	*at = state_add_set(m->merged, &set);
	return *at;
}

/* Entries of one virtual server, all added one after the other, begin at `first`. *full: there is
 * one for the address, which has no room for another port. */
static int add_entry(struct merge *m, size_t first, struct set_entry *e, bool *full)
{
	int64_t set = merged_set(m, e->ip.family);

	if (set < 0)
		return -1;
	*full = false;
	e->set = (uint32_t)set;
	for (size_t i = first; i < m->merged->entries.n; i++) {
		struct set_entry *other = &m->merged->entries.v[i];

		if (other->set != e->set || entry_key_cmp(other, e))
			continue;
		*full = !drain_add(other, e->drain_port[0], e->drain_until[0]);
		return 0;
	}
	return state_add_entry(m->merged, e) < 0 ? -1 : 0;
}

static int keep(struct merge *m, const struct vserver *want, const struct rserver *have,
		size_t first, struct set_entry *e)
{
	struct rserver rs = *have;
	bool full;

	m->kept++;
	if (!m->merged)
		return 0;
	e->origin = want->origin;
	if (add_entry(m, first, e, &full) < 0)
		return -1;
	if (full) /* without a record nobody would know that it leaves */
		return 0;
	rs.weight = 0;
	rs.vs = (uint32_t)(want - m->to->vservers.v);
	rs.origin = want->origin;
	return state_add_rserver(m->merged, &rs) < 0 ? -1 : 0;
}

static int merge_one(struct merge *m, const struct vserver *have, const struct vserver *want)
{
	size_t first = m->merged ? m->merged->entries.n : 0;

	for (uint32_t i = 0; i < have->rs_count; i++) {
		const struct rserver *rs = &m->from->rservers.v[have->rs_first + i];
		struct set_entry e;

		if (!busy(rs) || wanted(m->to, want, rs) || !stays(m, want, rs, &e))
			continue;
		if (keep(m, want, rs, first, &e) < 0)
			return -1;
	}
	return 0;
}

/* Protocols without connections have nothing to wait for, and a mark may be one of those. A foreign
 * virtual server that is wanted is one to be adopted, or a conflict. */
static int merge_all(struct merge *m)
{
	for (size_t i = 0; i < m->from->vservers.n; i++) {
		const struct vserver *have = &m->from->vservers.v[i];
		const struct vserver *want;

		if (have->key.proto != PROTO_TCP)
			continue;
		want = state_find_vserver(m->to, &have->key);
		if (want && merge_one(m, have, want) < 0)
			return -1;
	}
	return 0;
}

static void fit_size(struct svclb_state *st)
{
	for (size_t i = 0; i < st->sets.n; i++) {
		struct ipset *set = &st->sets.v[i];

		while (set->noted && set->maxelem < set->entry_count &&
		       set->maxelem <= UINT32_MAX / 2)
			set->maxelem *= 2;
	}
}

int drain_merge(const struct svclb_state *from, struct svclb_state *to, struct svclb_state **ret)
{
	struct merge m = {.from = from, .to = to, .sets = {-1, -1}};

	/* a state that was read is gone back to, as it was */
	if (!to->was_read && !to->settled)
		(void)merge_all(&m); /* counting needs no memory */
	if (!m.kept) {
		*ret = svclb_state_ref(to);
		return 0;
	}
	m.merged = state_clone(to);
	if (!m.merged || merge_all(&m) < 0 || state_seal(m.merged, NULL) < 0) {
		svclb_state_unref(m.merged);
		return -1;
	}
	fit_size(m.merged);
	m.merged->settled = true;
	*ret = m.merged;
	return 0;
}

/* ---- what ends ---- */

static bool ends(const struct rserver *rs)
{
	return rs->draining && (!busy(rs) || !rs->drain_left_ms);
}

/* Leaves the ports that still drain in an entry. False: there are none. */
static bool thin_out_entry(const struct svclb_state *st, struct set_entry *e)
{
	const struct set_entry all = *e;
	bool stay[DRAIN_PORTS] = {false};
	uint32_t n = 0;
	struct vs_key key = {
		.family = e->ip.family, .proto = e->proto, .port = e->port, .ip = e->ip};
	const struct vserver *vs = state_find_vserver(st, &key);

	for (uint32_t i = 0; vs && i < vs->rs_count; i++) {
		const struct rserver *rs = &st->rservers.v[vs->rs_first + i];
		struct set_entry own = drain_entry(&key, rs);
		int at = entry_key_cmp(&own, e) ? -1 : drain_place(e, rs->port);

		if (at >= 0 && rs->draining && !ends(rs))
			stay[at] = true;
	}
	memset(e->drain_port, 0, sizeof(e->drain_port));
	memset(e->drain_until, 0, sizeof(e->drain_until));
	for (uint32_t i = 0; i < DRAIN_PORTS; i++)
		if (stay[i]) {
			e->drain_port[n] = all.drain_port[i];
			e->drain_until[n++] = all.drain_until[i];
		}
	return n;
}

static bool is_drain_set(const struct svclb_state *st, uint32_t i)
{
	return &st->sets.v[i] == drain_set(st, 4) || &st->sets.v[i] == drain_set(st, 6);
}

/* A clone is not sealed, so its arrays may still be thinned out; indexes of parents stay. */
static void thin_out(const struct svclb_state *st, struct svclb_state *to)
{
	size_t kept = 0;

	for (size_t i = 0; i < st->rservers.n; i++)
		if (!ends(&st->rservers.v[i]))
			to->rservers.v[kept++] = st->rservers.v[i];
	to->rservers.n = kept;
	kept = 0;
	for (size_t i = 0; i < st->entries.n; i++) {
		struct set_entry e = st->entries.v[i];

		if (!is_drain_set(st, e.set) || thin_out_entry(st, &e))
			to->entries.v[kept++] = e;
	}
	to->entries.n = kept;
}

/* A set of ours that has become empty is not kept. */
static void drop_set(struct svclb_state *st, uint32_t set)
{
	memmove(st->sets.v + set, st->sets.v + set + 1,
		(st->sets.n - set - 1) * sizeof(*st->sets.v));
	st->sets.n--;
	for (size_t i = 0; i < st->entries.n; i++)
		if (st->entries.v[i].set > set)
			st->entries.v[i].set--;
}

static bool has_entries(const struct svclb_state *st, uint32_t set)
{
	for (size_t i = 0; i < st->entries.n; i++)
		if (st->entries.v[i].set == set)
			return true;
	return false;
}

int drain_settle(struct svclb_state *st, struct svclb_state **ret)
{
	struct svclb_state *to = state_clone(st);

	if (!to)
		return -1;
	thin_out(st, to);
	for (uint32_t i = (uint32_t)st->sets.n; i-- > 0;)
		if (is_drain_set(st, i) && !has_entries(to, i))
			drop_set(to, i);
	if (state_seal(to, NULL) < 0) {
		svclb_state_unref(to);
		return -1;
	}
	*ret = to;
	return 0;
}

/* Whether an entry has lost ports, and nothing else. */
static bool only_loses(const struct set_entry *from, const struct set_entry *to)
{
	for (uint32_t i = 0; i < drain_count(to); i++) {
		int at = drain_place(from, to->drain_port[i]);

		if (at < 0 || from->drain_port[at] != to->drain_port[i] ||
		    from->drain_until[at] != to->drain_until[i])
			return false;
	}
	return true;
}

bool drain_step_ends(const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *from = plan->from;
	const struct rserver *rs;
	uint32_t until;

	if (s->kind == STEP_ENTRY && s->op == STEP_CHANGE)
		return only_loses(&from->entries.v[s->before], &plan->to->entries.v[s->after]);
	if (s->op != STEP_DELETE)
		return false;
	if (s->kind == STEP_SET)
		return is_drain_set(from, s->before);
	if (s->kind == STEP_ENTRY)
		return is_drain_set(from, from->entries.v[s->before].set);
	if (s->kind != STEP_RSERVER)
		return false;
	rs = &from->rservers.v[s->before];
	return !rs->weight && drain_find(from, &from->vservers.v[rs->vs].key, rs, &until);
}

/* ---- how many, how long ---- */

/* Notes the deadlines of an entry. Returns how many it has. */
static size_t survey_entry(struct drain_survey *s, const struct set_entry *e)
{
	for (uint32_t i = 0; i < drain_count(e); i++)
		s->until = sooner(s->until, e->drain_until[i]);
	return drain_count(e);
}

struct drain_survey drain_survey(const struct svclb_state *st)
{
	struct drain_survey s = {.count = 0};

	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2)) {
		const struct ipset *set = drain_set(st, f);

		for (uint32_t i = 0; set && i < set->entry_count; i++)
			s.count += survey_entry(&s, &st->entries.v[set->entry_first + i]);
	}
	return s;
}

struct drain_survey drain_survey_after(const struct svclb_plan *plan,
				       const struct svclb_state *before)
{
	struct drain_survey s = drain_survey(before);

	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *step = &plan->steps.v[i];
		bool gone = step->op == STEP_DELETE;
		const struct svclb_state *st = gone ? plan->from : plan->to;
		const struct set_entry *e;

		if (step->kind != STEP_ENTRY)
			continue;
		e = &st->entries.v[gone ? step->before : step->after];
		if (!is_drain_set(st, e->set))
			continue;
		if (step->op != STEP_ADD)
			s.count -= drain_count(&plan->from->entries.v[step->before]);
		if (!gone)
			s.count += survey_entry(&s, e);
	}
	return s;
}

/* Moves the deadlines that a step sets; those that were there stay. */
static void move_deadlines(const struct svclb_plan *plan, const struct svclb_step *s,
			   struct svclb_state *to, uint32_t late)
{
	const struct set_entry *old = NULL;
	struct set_entry *e;

	if (s->kind != STEP_ENTRY || s->op == STEP_DELETE ||
	    !is_drain_set(plan->to, plan->to->entries.v[s->after].set))
		return;
	e = &to->entries.v[s->after];
	if (s->op == STEP_CHANGE)
		old = &plan->from->entries.v[s->before];
	for (uint32_t i = 0; i < drain_count(e); i++)
		if (e->drain_until[i] && (!old || drain_place(old, e->drain_port[i]) < 0))
			e->drain_until[i] += late;
}

struct svclb_plan *drain_rebase(struct svclb_plan *plan, uint64_t clock_ms)
{
	uint64_t made_ms = plan->from->clock_ms;
	uint32_t late = made_ms && clock_ms > made_ms ? (uint32_t)((clock_ms - made_ms) / 1000) : 0;
	struct svclb_plan *moved;
	struct svclb_state *to;

	if (!late)
		return svclb_plan_ref(plan);
	to = state_clone(plan->to);
	moved = to && !state_seal(to, NULL) ? plan_copy(plan, to) : NULL;
	for (size_t i = 0; moved && i < plan->steps.n; i++)
		move_deadlines(plan, &plan->steps.v[i], to, late);
	svclb_state_unref(to);
	return moved;
}
