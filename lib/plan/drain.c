/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that are no longer wanted but still have connections leave when their time is over. */
#include "plan/drain.h"

#include "model/model.h"
#include "plan/diff.h"
#include "state/draining.h"
#include "state/names.h"

#define HASH_SIZE   1024u
#define MAX_ENTRIES 65536u

/* The index of a real server among those of a virtual server, or STEP_NONE. */
static uint32_t place_of(const struct svclb_state *st, const struct vserver *vs,
			 const struct rserver *rs)
{
	for (uint32_t i = vs->rs_first; i < vs->rs_first + vs->rs_count; i++)
		if (!rs_key_cmp(&st->rservers.v[i], rs))
			return i;
	return STEP_NONE;
}

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

	if (!rserver_is_busy(rs) || want->drain_sec == DRAIN_CUT)
		return false;
	if (drain_find(m->from, &want->key, rs, &old))
		until = drain_sooner(old, until);
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

		if (!rserver_is_busy(rs) || place_of(m->to, want, rs) != STEP_NONE ||
		    !stays(m, want, rs, &e))
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

/* ---- what a plan left that was loaded ---- */

/* The policy of the real server that a step deletes. */
static const struct vserver *policy_of(const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct rserver *rs = &plan->from->rservers.v[s->before];

	return state_find_vserver(plan->to, &plan->from->vservers.v[rs->vs].key);
}

static bool may_be_left(const struct svclb_step *s)
{
	return s->kind == STEP_RSERVER && s->when_idle;
}

bool drain_is_told(const struct svclb_plan *plan)
{
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct vserver *want =
			may_be_left(&plan->steps.v[i]) ? policy_of(plan, &plan->steps.v[i]) : NULL;

		if (want && want->drain_sec == DRAIN_UNTOLD)
			return false;
	}
	return true;
}

/* Its record, or it goes: then its place in `merged` belongs to no virtual server. */
static int record(struct merge *m, const struct vserver *want, uint32_t place)
{
	const struct origin *origin = &m->to->origins.v[want->origin];
	struct set_entry e;
	bool full = true;
	int64_t id;

	if (stays(m, want, &m->from->rservers.v[place], &e)) {
		/* one written by hand may not say where a virtual server comes from */
		id = origin->object ? state_add_origin(m->merged, origin) : 0;
		if (id < 0)
			return -1;
		e.origin = (origin_id)id;
		if (add_entry(m, 0, &e, &full) < 0)
			return -1;
	}
	if (full)
		m->merged->rservers.v[place].vs = STEP_NONE;
	return 0;
}

static int record_all(struct merge *m, const struct svclb_plan *plan)
{
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];
		const struct vserver *want = may_be_left(s) ? policy_of(plan, s) : NULL;
		const struct vserver *have = want ? state_find_vserver(m->from, &want->key) : NULL;
		uint32_t place = have ? place_of(m->from, have, &plan->from->rservers.v[s->before])
				      : STEP_NONE;

		if (place != STEP_NONE && record(m, want, place) < 0)
			return -1;
	}
	return 0;
}

static void drop_unplaced(struct svclb_state *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->rservers.n; i++)
		if (st->rservers.v[i].vs != STEP_NONE)
			st->rservers.v[n++] = st->rservers.v[i];
	st->rservers.n = n;
}

int drain_left(const struct svclb_plan *plan, struct svclb_state *have, struct svclb_state **ret)
{
	struct merge m = {.from = have, .to = plan->to, .sets = {-1, -1}};

	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		const struct ipset *set = drain_set(have, family);

		if (set)
			m.sets[family == 6] = set - have->sets.v;
	}
	m.merged = state_clone(have);
	if (!m.merged || record_all(&m, plan) < 0) {
		svclb_state_unref(m.merged);
		return -1;
	}
	drop_unplaced(m.merged);
	if (state_seal(m.merged, NULL) < 0) {
		svclb_state_unref(m.merged);
		return -1;
	}
	fit_size(m.merged);
	*ret = m.merged;
	return 0;
}
