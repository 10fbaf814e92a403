/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The difference of two sealed states as a plan: a merge of sorted arrays, kind by kind. */
#include "plan/diff.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "plan/drain.h"
#include "plan/flows.h"
#include "plan/foreign.h"
#include "plan/localnet.h"
#include "plan/masquerade.h"
#include "plan/order.h"
#include "plan/room.h"
#include "state/sysctls.h"
#include <stdio.h>

/* What a merge sees of one pair: indexes into from and to, STEP_NONE where there is none. */
struct diff {
	struct svclb_plan *plan;
	const struct svclb_state *from;
	const struct svclb_state *to;
	bool adopt;
	bool from_iptables; /* mode */
	bool to_iptables;
	bool settling; /* virtual servers that serve go, while the rules serve already */
	struct problems conflicts;
	bool nomem;
};

static void emit_role(struct diff *d, enum step_kind kind, enum step_op op, enum set_role role,
		      uint32_t before, uint32_t after)
{
	struct svclb_step *s = vec_push(&d->plan->steps);

	if (!s) {
		d->nomem = true;
		return;
	}
	s->kind = (uint8_t)kind;
	s->op = (uint8_t)op;
	s->phase = step_phase(kind, op, role);
	s->before = before;
	s->after = after;
}

static void emit(struct diff *d, enum step_kind kind, enum step_op op, uint32_t before,
		 uint32_t after)
{
	emit_role(d, kind, op, 0, before, after);
}

static void conflict(struct diff *d, const char *object, origin_id origin, const char *why,
		     const char *hint)
{
	const struct origin *o = &d->to->origins.v[origin < d->to->origins.n ? origin : 0];
	struct err_parts parts = origin_parts(o);

	if (!parts.object)
		parts.object = object;
	parts.hint = hint;
	problems_add(&d->conflicts, err_new(SVCLB_ECONFLICT, &parts, "%s %s", object, why));
}

/* One step of the walk over two sorted ranges: <0 only in from, >0 only in to, 0 in both. */
static int merge_order(uint32_t i, uint32_t i_end, uint32_t j, uint32_t j_end, int cmp)
{
	if (i >= i_end)
		return 1;
	if (j >= j_end)
		return -1;
	return cmp;
}

/* Routing of 127.0.0.0/8 begins when the rule that guards it stands. */
static enum set_role sysctl_role(const struct sysctl *want)
{
	bool late = !strcmp(want->key, SYSCTL_ROUTE_LOCALNET) && strcmp(want->value, "0");

	return late ? ROLE_GATE : ROLE_SUPPORT;
}

static void diff_sysctls(struct diff *d)
{
	for (uint32_t j = 0; j < d->to->sysctls.n; j++) {
		const struct sysctl *want = &d->to->sysctls.v[j];
		uint32_t i = 0;

		while (i < d->from->sysctls.n && strcmp(d->from->sysctls.v[i].key, want->key))
			i++;
		if (i == d->from->sysctls.n)
			emit_role(d, STEP_SYSCTL, STEP_CHANGE, sysctl_role(want), STEP_NONE, j);
		else if (strcmp(d->from->sysctls.v[i].value, want->value))
			emit_role(d, STEP_SYSCTL, STEP_CHANGE, sysctl_role(want), i, j);
	}
}

static void diff_timeouts(struct diff *d)
{
	const struct ipvs_timeouts *a = &d->from->timeouts;
	const struct ipvs_timeouts *b = &d->to->timeouts;

	if (!d->to->timeouts_given)
		return;
	if ((b->tcp_sec && a->tcp_sec != b->tcp_sec) ||
	    (b->tcp_fin_sec && a->tcp_fin_sec != b->tcp_fin_sec) ||
	    (b->udp_sec && a->udp_sec != b->udp_sec))
		emit(d, STEP_TIMEOUTS, STEP_CHANGE, 0, 0);
}

static void emit_entry(struct diff *d, const struct set_info *info, uint8_t family, enum step_op op,
		       uint32_t before, uint32_t after)
{
	const struct set_entry *e =
		op == STEP_ADD ? &d->to->entries.v[after] : &d->from->entries.v[before];
	enum set_role role =
		info ? masquerade_role(d->from, d->to, info, family, op, e) : ROLE_SUPPORT;

	emit_role(d, STEP_ENTRY, op, role, before, after);
}

static void diff_entry(struct diff *d, enum set_role role, uint32_t i, uint32_t j)
{
	if (!entry_note_same(&d->from->entries.v[i], &d->to->entries.v[j]))
		emit_role(d, STEP_ENTRY, STEP_CHANGE, role, i, j);
}

static void diff_entries(struct diff *d, const char *name, const struct ipset *a,
			 const struct ipset *b)
{
	uint32_t i = a ? a->entry_first : 0;
	uint32_t i_end = a ? i + a->entry_count : 0;
	uint32_t j = b ? b->entry_first : 0;
	uint32_t j_end = b ? j + b->entry_count : 0;
	uint8_t family = 0;
	const struct set_info *info = set_by_name(d->to->prefix, name, &family);

	while (i < i_end || j < j_end) {
		int r = i < i_end && j < j_end
				? entry_key_cmp(&d->from->entries.v[i], &d->to->entries.v[j])
				: 0;

		r = merge_order(i, i_end, j, j_end, r);
		if (r < 0)
			emit_entry(d, info, family, STEP_DELETE, i++, STEP_NONE);
		else if (r > 0)
			emit_entry(d, info, family, STEP_ADD, STEP_NONE, j++);
		else
			diff_entry(d, info ? info->role : ROLE_SUPPORT, i++, j++);
	}
}

static void diff_one_set(struct diff *d, uint32_t i, uint32_t j)
{
	const struct ipset *a = &d->from->sets.v[i];
	const struct ipset *b = &d->to->sets.v[j];

	if (a->type != b->type || a->family != b->family) {
		char what[SET_NAME_MAX + 8];

		(void)snprintf(what, sizeof(what), "set %s", a->name); /* always fits */
		conflict(d, what, b->origin, "exists with another type or family",
			 "destroy that set, or choose another prefix");
		return;
	}
	/* a set may be larger than wanted: shrinking it would buy nothing */
	if (a->maxelem < b->maxelem)
		emit(d, STEP_SET, STEP_CHANGE, i, j);
	diff_entries(d, b->name, a, b);
}

static void diff_sets(struct diff *d)
{
	uint32_t i = 0;
	uint32_t j = 0;
	uint32_t n = (uint32_t)d->from->sets.n;
	uint32_t m = (uint32_t)d->to->sets.n;

	while (i < n || j < m) {
		int r = i < n && j < m ? strcmp(d->from->sets.v[i].name, d->to->sets.v[j].name) : 0;

		r = merge_order(i, n, j, m, r);
		if (r < 0) {
			diff_entries(d, d->from->sets.v[i].name, &d->from->sets.v[i], NULL);
			emit(d, STEP_SET, STEP_DELETE, i++, STEP_NONE);
		} else if (r > 0) {
			emit(d, STEP_SET, STEP_ADD, STEP_NONE, j);
			diff_entries(d, d->to->sets.v[j].name, NULL, &d->to->sets.v[j]);
			j++;
		} else {
			diff_one_set(d, i++, j++);
		}
	}
}

static void change_rserver(struct diff *d, uint32_t i, uint32_t j)
{
	const struct rserver *a = &d->from->rservers.v[i];
	const struct rserver *b = &d->to->rservers.v[j];

	if (!rs_same(a, b))
		emit_role(d, STEP_RSERVER, STEP_CHANGE, !a->weight && b->weight ? ROLE_GATE : 0, i,
			  j);
}

/* Without weight it gets no connections, with some of them its time is over, and what is not TCP
 * has nothing to be waited for. */
static bool may_get_busy(const struct vserver *vs, const struct rserver *rs)
{
	return vs->key.proto == PROTO_TCP && rs->weight && !rs->active_conns && !rs->inactive_conns;
}

static void delete_rserver(struct diff *d, const struct vserver *vs, uint32_t i)
{
	bool when_idle = !d->to->was_read && may_get_busy(vs, &d->from->rservers.v[i]);

	if (when_idle)
		emit(d, STEP_QUIESCE, STEP_DELETE, i, STEP_NONE);
	emit(d, STEP_RSERVER, STEP_DELETE, i, STEP_NONE);
	if (!d->nomem)
		d->plan->steps.v[d->plan->steps.n - 1].when_idle = when_idle;
}

static void diff_rservers(struct diff *d, const struct vserver *a, const struct vserver *b)
{
	uint32_t i = a->rs_first;
	uint32_t i_end = i + a->rs_count;
	uint32_t j = b->rs_first;
	uint32_t j_end = j + b->rs_count;

	while (i < i_end || j < j_end) {
		int r = i < i_end && j < j_end
				? rs_key_cmp(&d->from->rservers.v[i], &d->to->rservers.v[j])
				: 0;

		r = merge_order(i, i_end, j, j_end, r);
		if (r < 0) {
			delete_rserver(d, a, i++);
		} else if (r > 0) {
			emit(d, STEP_RSERVER, STEP_ADD, STEP_NONE, j++);
		} else {
			change_rserver(d, i++, j++);
		}
	}
}

/* A foreign virtual server in a state that was read is nothing to be reached. */
static bool only_seen(const struct diff *d, const struct vserver *b)
{
	return d->to->was_read && !b->ours;
}

static void add_vserver(struct diff *d, uint32_t j)
{
	const struct vserver *b = &d->to->vservers.v[j];

	if (only_seen(d, b))
		return;
	emit(d, STEP_VSERVER, STEP_ADD, STEP_NONE, j);
	/* in one phase with its virtual server, right behind it: sent in one pack */
	for (uint32_t k = 0; k < b->rs_count; k++) {
		emit(d, STEP_RSERVER, STEP_ADD, STEP_NONE, b->rs_first + k);
		if (!d->nomem)
			d->plan->steps.v[d->plan->steps.n - 1].phase =
				step_phase(STEP_VSERVER, STEP_ADD, 0);
	}
}

static void diff_one_vserver(struct diff *d, uint32_t i, uint32_t j)
{
	const struct vserver *a = &d->from->vservers.v[i];
	const struct vserver *b = &d->to->vservers.v[j];

	if (only_seen(d, b))
		return;
	if (!a->ours && (!d->adopt || a->excluded)) {
		char key[KEY_TEXT_MAX];
		char what[KEY_TEXT_MAX + 32];

		(void)snprintf(what, sizeof(what), "virtual server %s",
			       vs_key_text(&a->key, key, sizeof(key))); /* always fits */
		conflict(d, what, b->origin,
			 a->excluded ? "exists, is not ours, and its address is excluded"
				     : "exists and is not ours",
			 a->excluded ? "remove it, or exclude less"
				     : "remove it, or take it over by adopting");
		return;
	}
	if (!vs_same(a, b))
		emit(d, STEP_VSERVER, STEP_CHANGE, i, j);
	diff_rservers(d, a, b);
}

static void diff_vservers(struct diff *d)
{
	uint32_t i = 0;
	uint32_t j = 0;
	uint32_t n = (uint32_t)d->from->vservers.n;
	uint32_t m = (uint32_t)d->to->vservers.n;

	while (i < n || j < m) {
		int r = i < n && j < m
				? vs_key_cmp(&d->from->vservers.v[i].key, &d->to->vservers.v[j].key)
				: 0;

		r = merge_order(i, n, j, m, r);
		if (r < 0) {
			if (d->from->vservers.v[i].ours)
				emit(d, STEP_VSERVER, STEP_DELETE, i, STEP_NONE);
			i++;
		} else if (r > 0) {
			add_vserver(d, j++);
		} else {
			diff_one_vserver(d, i++, j++);
		}
	}
}

/* An IPv6 address has to go before the node's requests take another source, see
 * kernel/link-route.c. */
static void delete_addr(struct diff *d, uint32_t i)
{
	bool early = d->settling && d->from->addrs.v[i].ip.family == 6;

	emit_role(d, STEP_ADDR, STEP_DELETE, early ? ROLE_GATE : ROLE_SUPPORT, i, STEP_NONE);
}

static void diff_addrs(struct diff *d)
{
	uint32_t i = 0;
	uint32_t j = 0;
	uint32_t n = (uint32_t)d->from->addrs.n;
	uint32_t m = (uint32_t)d->to->addrs.n;

	if (d->to->link && !d->from->link)
		emit(d, STEP_LINK, STEP_ADD, STEP_NONE, 0);
	while (i < n || j < m) {
		int r = i < n && j < m ? ip_cmp(&d->from->addrs.v[i].ip, &d->to->addrs.v[j].ip) : 0;

		r = merge_order(i, n, j, m, r);
		if (r < 0)
			delete_addr(d, i++);
		else if (r > 0)
			emit(d, STEP_ADDR, STEP_ADD, STEP_NONE, j++);
		else
			i++, j++;
	}
	if (d->from->link && !d->to->link)
		emit(d, STEP_LINK, STEP_DELETE, 0, STEP_NONE);
}

/* First chain of a table and family, and how many follow. */
static uint32_t table_range(const struct svclb_state *st, uint8_t family, enum table t,
			    uint32_t *count)
{
	uint32_t first = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < st->chains.n; i++) {
		const struct chain *c = &st->chains.v[i];

		if (c->family != family || c->table != t)
			continue;
		if (!n++)
			first = i;
	}
	*count = n;
	return first;
}

bool table_same(const struct svclb_state *a, const struct svclb_state *b, uint8_t family,
		enum table t)
{
	uint32_t n;
	uint32_t m;
	uint32_t i = table_range(a, family, t, &n);
	uint32_t j = table_range(b, family, t, &m);

	if (n != m)
		return false;
	for (; n; n--, i++, j++)
		if (chain_key_cmp(&a->chains.v[i], &b->chains.v[j]) ||
		    !chain_same(a, &a->chains.v[i], b, &b->chains.v[j]))
			return false;
	return true;
}

bool table_empty(const struct svclb_state *st, uint8_t family, enum table t)
{
	uint32_t n;

	(void)table_range(st, family, t, &n);
	return !n;
}

/*
 * The tables of iptables mode take the traffic over from virtual servers in nat, which so comes
 * first: filter then refuses only what nat has left. Back again, nat lets go of the traffic when
 * all else is in place. So at every moment there is one of the two that serves.
 */
static enum set_role table_role(const struct diff *d, enum table t)
{
	if (d->to_iptables)
		return t == TABLE_FILTER ? ROLE_GATE : ROLE_SUPPORT;
	return t == TABLE_NAT && d->from_iptables ? ROLE_GATE : ROLE_SUPPORT;
}

static void diff_tables(struct diff *d)
{
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2))
		for (int t = 0; t < TABLE_COUNT_; t++) {
			uint32_t index = table_index(family, (enum table)t);
			enum set_role role = table_role(d, (enum table)t);
			bool a = !table_empty(d->from, family, (enum table)t);
			bool b = !table_empty(d->to, family, (enum table)t);

			if (a && b && !table_same(d->from, d->to, family, (enum table)t))
				emit_role(d, STEP_TABLE, STEP_CHANGE, role, index, index);
			else if (a && !b)
				emit(d, STEP_TABLE, STEP_DELETE, index, STEP_NONE);
			else if (!a && b)
				emit_role(d, STEP_TABLE, STEP_ADD, role, STEP_NONE, index);
		}
}

/* Also when rules serve that an apply has left which was killed behind them. */
static bool settling(const struct diff *d)
{
	if (!d->to_iptables)
		return false;
	for (size_t i = 0; i < d->from->vservers.n; i++)
		if (d->from->vservers.v[i].ours && d->from->vservers.v[i].rs_count)
			return true;
	return false;
}

/* What goes away with its virtual server when the rules serve already may have begun a moment
 * before they did. */
static void diff_settling(struct diff *d)
{
	if (!d->settling)
		return;
	emit(d, STEP_SETTLE, STEP_CHANGE, 0, 0);
	if (!d->from->addrs.n)
		return;
	emit(d, STEP_ROUTES, STEP_ADD, 0, 0);
	emit(d, STEP_ROUTES, STEP_DELETE, 0, 0);
}

int svclb_diff(struct svclb_state *from, struct svclb_state *to, int adopt, struct svclb_plan **ret,
	       struct svclb_error **reterr)
{
	struct diff d = {.from = from, .adopt = adopt != 0};
	struct svclb_state *merged = NULL;
	int r;

	if (!from || !to || !ret || !from->sealed || !to->sealed)
		return err_set(reterr, SVCLB_EINVAL,
			       "two states and a place for the plan are needed");
	if (drain_merge(from, to, &merged) < 0 || localnet_merge(from, &merged) < 0 ||
	    room_merge(from, &merged) < 0)
		return err_nomem(reterr);
	d.to = merged;
	d.from_iptables = state_in_iptables_mode(from);
	d.to_iptables = state_in_iptables_mode(merged);
	d.settling = settling(&d);
	d.plan = plan_new(from, merged, to);
	svclb_state_unref(merged);
	if (!d.plan)
		return err_nomem(reterr);
	diff_sysctls(&d);
	diff_timeouts(&d);
	diff_sets(&d);
	diff_tables(&d);
	diff_vservers(&d);
	diff_addrs(&d);
	diff_settling(&d);
	if (d.nomem || plan_flows(d.plan) < 0 || plan_order(d.plan) < 0) {
		problems_free(&d.conflicts);
		svclb_plan_unref(d.plan);
		return err_nomem(reterr);
	}
	foreign_conflicts(d.plan, from, d.adopt, &d.conflicts);
	r = problems_give(&d.conflicts, reterr);
	if (r < 0) {
		svclb_plan_unref(d.plan);
		return r;
	}
	*ret = d.plan;
	return 0;
}
