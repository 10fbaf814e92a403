/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drains that end, how many there are, and how long they take. */
#include <string.h>

#include "plan/diff.h"
#include "plan/drain.h"
#include "state/draining.h"

static bool ends(const struct rserver *rs)
{
	return rs->draining && (!rserver_is_busy(rs) || !rs->drain_left_ms);
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
		s->until = drain_sooner(s->until, e->drain_until[i]);
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
