/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which UDP flows a plan cuts off, and how connection tracking names them. */
#include "plan/flows.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "plan/order.h"
#include "state/fronts.h"
#include "state/names.h"

int flow_key_cmp(const struct flow_key *a, const struct flow_key *b)
{
	int r = ip_cmp(&a->vip, &b->vip);

	if (!r)
		r = a->port - b->port;
	if (!r)
		r = ip_cmp(&a->real, &b->real);
	return r ? r : a->real_port - b->real_port;
}

static struct flow_key front_key(const struct svclb_state *st, uint32_t front)
{
	return (struct flow_key){.vip = st->fronts.v[front].ip, .port = st->fronts.v[front].port};
}

static struct flow_key back_key(const struct svclb_state *st, uint32_t back)
{
	struct flow_key k = front_key(st, st->backs.v[back].front);

	k.real = st->backs.v[back].ip;
	k.real_port = st->backs.v[back].port;
	return k;
}

struct flow_key flow_key_of(enum step_kind kind, const struct svclb_state *from,
			    const struct svclb_state *to, uint32_t before, uint32_t after)
{
	const struct svclb_state *st = before != STEP_NONE ? from : to;
	uint32_t i = before != STEP_NONE ? before : after;
	struct flow_key k = {.port = 0};

	if (kind == STEP_FRONT_FLOWS)
		return front_key(st, i);
	if (kind == STEP_BACK_FLOWS)
		return back_key(st, i);
	if (kind == STEP_RSERVER_FLOWS) {
		k.real = st->rservers.v[i].ip;
		k.real_port = st->rservers.v[i].port;
		i = st->rservers.v[i].vs;
	}
	k.vip = st->vservers.v[i].key.ip;
	k.port = st->vservers.v[i].key.port;
	return k;
}

static int search_cmp(const void *a, const void *b)
{
	return flow_key_cmp(a, b);
}

bool flow_among(const struct flow_key *flow, const struct flow_key *keys, size_t n)
{
	for (unsigned any = 0; n && any < 8; any++) {
		struct flow_key k = *flow;

		if (any & 1)
			k.port = 0;
		if (any & 2)
			k.real_port = 0;
		if (any & 4)
			k.real = (struct ipaddr){.family = 0};
		if (bsearch(&k, keys, n, sizeof(k), search_cmp))
			return true;
	}
	return false;
}

bool flow_among_node(const struct flow_key *flow, const struct flow_key *keys, size_t n)
{
	struct flow_key k = *flow;

	k.vip = (struct ipaddr){.family = flow->vip.family};
	return flow_among(&k, keys, n);
}

/* Marks have no address by which connection tracking could know the flows. */
static bool tracked(const struct vserver *vs)
{
	return vs->key.proto == PROTO_UDP && !vs->key.fwmark;
}

/* Only masquerading leaves the real server in the entry; the other methods look it up each time. */
static bool tracked_real(const struct svclb_state *st, const struct rserver *rs)
{
	return rs->fwd == FWD_MASQUERADE && tracked(&st->vservers.v[rs->vs]);
}

/* Whether a real server is the first one of a virtual server that had none before. */
static bool wakes(const struct svclb_plan *plan, const struct svclb_step *s, uint32_t *before)
{
	const struct rserver *rs = &plan->to->rservers.v[s->after];
	const struct vserver *vs = &plan->to->vservers.v[rs->vs];
	const struct vserver *old;

	if (!tracked(vs) || s->after != vs->rs_first)
		return false;
	old = state_find_vserver(plan->from, &vs->key);
	if (old && old->rs_count)
		return false;
	*before = old ? (uint32_t)(old - plan->from->vservers.v) : STEP_NONE;
	return true;
}

/*
 * Whether an entry keeps clients outside from a virtual server that served them. The packet filter
 * lets flows that it knows go on, and the real servers stay for clients inside.
 */
static bool shuts_out(const struct svclb_plan *plan, const struct svclb_step *s,
		      struct svclb_step *ret)
{
	const struct svclb_state *to = plan->to;
	const struct set_entry *e = &to->entries.v[s->after];
	struct vs_key key = {
		.family = e->ip.family, .proto = e->proto, .port = e->port, .ip = e->ip};
	const struct vserver *old;
	const struct vserver *vs;
	char name[SET_NAME_MAX];

	if (e->proto != PROTO_UDP ||
	    strcmp(to->sets.v[e->set].name,
		   set_full_name(to->prefix, SET_NO_LOCAL, e->ip.family, name)))
		return false;
	old = state_find_vserver(plan->from, &key);
	vs = state_find_vserver(to, &key);
	if (!old || !old->rs_count || !vs)
		return false;
	ret->before = (uint32_t)(old - plan->from->vservers.v);
	ret->after = (uint32_t)(vs - to->vservers.v);
	return true;
}

/* The step that follows from step s. */
static bool follow_up(const struct svclb_plan *plan, const struct svclb_step *s,
		      struct svclb_step *ret)
{
	const struct svclb_state *from = plan->from;
	bool rs = s->kind == STEP_RSERVER;

	*ret = (struct svclb_step){.kind = STEP_VSERVER_FLOWS,
				   .op = STEP_DELETE,
				   .before = s->before,
				   .after = s->after};
	if (rs && s->op == STEP_DELETE && tracked_real(from, &from->rservers.v[s->before]))
		ret->kind = STEP_RSERVER_FLOWS;
	else if (rs && s->op == STEP_ADD && wakes(plan, s, &ret->before))
		ret->after = plan->to->rservers.v[s->after].vs;
	else if (s->kind == STEP_ENTRY && s->op == STEP_ADD)
		return shuts_out(plan, s, ret);
	else if (s->kind != STEP_VSERVER || s->op != STEP_DELETE ||
		 !tracked(&from->vservers.v[s->before]))
		return false;
	return true;
}

/* ---- in iptables mode: what the rules of before redirect, against those of after ---- */

static int cut(struct svclb_plan *plan, enum step_kind kind, uint32_t before, uint32_t after)
{
	struct svclb_step *s = vec_push(&plan->steps);

	if (!s)
		return -1;
	*s = (struct svclb_step){.kind = (uint8_t)kind,
				 .op = STEP_DELETE,
				 .phase = step_phase(kind, STEP_DELETE, 0),
				 .before = before,
				 .after = after};
	return 0;
}

/* Whether the other state has a virtual server there: where the mode changes, its step covers all
 * flows. */
static bool by_vserver(const struct svclb_state *other, const struct front *f)
{
	struct vs_key key = {
		.family = f->ip.family, .proto = PROTO_UDP, .port = f->port, .ip = f->ip};
	const struct vserver *vs = state_find_vserver(other, &key);

	return vs && vs->ours && vs->rs_count;
}

/* The first endpoint makes flows wrong that led elsewhere, or nowhere, and source ranges that
 * become narrower those of clients that cannot be told; else those that lost theirs are, if only
 * because it serves clients inside alone from now on: the rules are about first packets. */
static int cut_common(struct svclb_plan *plan, uint32_t before, uint32_t after)
{
	const struct front *a = &plan->from->fronts.v[before];
	const struct front *b = &plan->to->fronts.v[after];
	uint32_t j = b->back_first;
	uint32_t j_end = j + b->back_count;
	int wrong = !a->back_count && b->back_count;

	if (a->back_count && b->back_count)
		wrong = front_narrows(plan->from, a, plan->to, b);
	if (wrong)
		return wrong < 0 ? -1 : cut(plan, STEP_FRONT_FLOWS, before, after);
	for (uint32_t i = a->back_first; i < a->back_first + a->back_count; i++) {
		const struct back *old = &plan->from->backs.v[i];

		while (j < j_end && back_key_cmp(&plan->to->backs.v[j], old) < 0)
			j++;
		if (j < j_end && !back_key_cmp(&plan->to->backs.v[j], old) &&
		    (old->inside || !plan->to->backs.v[j].inside))
			continue;
		if (cut(plan, STEP_BACK_FLOWS, i, STEP_NONE) < 0)
			return -1;
	}
	return 0;
}

static int cut_fronts(struct svclb_plan *plan)
{
	const struct svclb_state *from = plan->from;
	const struct svclb_state *to = plan->to;
	uint32_t i = 0;
	uint32_t j = 0;
	int rc = 0;

	while (!rc && (i < from->fronts.n || j < to->fronts.n)) {
		const struct front *a = i < from->fronts.n ? &from->fronts.v[i] : NULL;
		const struct front *b = j < to->fronts.n ? &to->fronts.v[j] : NULL;
		int cmp = !a ? 1 : !b ? -1 : front_key_cmp(a, b);

		if (!cmp)
			rc = cut_common(plan, i, j);
		else if (a && cmp < 0 && !by_vserver(to, a))
			rc = cut(plan, STEP_FRONT_FLOWS, i, STEP_NONE);
		else if (b && cmp > 0 && b->back_count && !by_vserver(from, b))
			rc = cut(plan, STEP_FRONT_FLOWS, STEP_NONE, j);
		i += cmp <= 0;
		j += cmp >= 0;
	}
	return rc;
}

int plan_flows(struct svclb_plan *plan)
{
	size_t n = plan->steps.n;

	for (size_t i = 0; i < n; i++) {
		struct svclb_step more;
		struct svclb_step *slot;

		if (!follow_up(plan, &plan->steps.v[i], &more))
			continue;
		slot = vec_push(&plan->steps);
		if (!slot)
			return -1;
		more.phase = step_phase((enum step_kind)more.kind, STEP_DELETE, 0);
		*slot = more;
	}
	return cut_fronts(plan);
}
