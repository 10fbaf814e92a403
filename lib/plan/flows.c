/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which UDP flows a plan cuts off, and how connection tracking names them. */
#include "plan/flows.h"

#include <stdlib.h>

#include "model/model.h"
#include "plan/order.h"

int flow_key_cmp(const struct flow_key *a, const struct flow_key *b)
{
	int r = ip_cmp(&a->vip, &b->vip);

	if (!r)
		r = a->port - b->port;
	if (!r)
		r = ip_cmp(&a->real, &b->real);
	return r ? r : a->real_port - b->real_port;
}

struct flow_key flow_key_of(enum step_kind kind, const struct svclb_state *from,
			    const struct svclb_state *to, uint32_t before, uint32_t after)
{
	const struct svclb_state *st = before != STEP_NONE ? from : to;
	uint32_t i = before != STEP_NONE ? before : after;
	struct flow_key k = {.port = 0};

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
	else if (s->kind != STEP_VSERVER || s->op != STEP_DELETE ||
		 !tracked(&from->vservers.v[s->before]))
		return false;
	ret->phase = step_phase((enum step_kind)ret->kind, STEP_DELETE, 0);
	return true;
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
		*slot = more;
	}
	return 0;
}
