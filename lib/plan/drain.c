/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that are no longer wanted but still have connections leave when they are idle. */
#include "plan/drain.h"

#include "model/model.h"

static bool wanted(const struct svclb_state *to, const struct vserver *vs, const struct rserver *rs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++)
		if (!rs_key_cmp(&to->rservers.v[vs->rs_first + i], rs))
			return true;
	return false;
}

/* A connectionless protocol has nothing to wait for. */
static bool busy(const struct rserver *rs)
{
	return rs->active_conns || rs->inactive_conns;
}

/* Real servers of one virtual server that drain: counted, and added to `merged` if there is one. */
static int64_t drain_one(const struct svclb_state *from, const struct vserver *have,
			 const struct svclb_state *to, const struct vserver *want,
			 struct svclb_state *merged)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < have->rs_count; i++) {
		struct rserver rs = from->rservers.v[have->rs_first + i];

		if (!busy(&rs) || wanted(to, want, &rs))
			continue;
		n++;
		rs.weight = 0;
		rs.vs = (uint32_t)(want - to->vservers.v);
		rs.origin = want->origin;
		if (merged && state_add_rserver(merged, &rs) < 0)
			return -1;
	}
	return n;
}

static int64_t drain_all(const struct svclb_state *from, const struct svclb_state *to,
			 struct svclb_state *merged)
{
	int64_t n = 0;

	for (size_t i = 0; i < from->vservers.n; i++) {
		const struct vserver *have = &from->vservers.v[i];
		const struct vserver *want;
		int64_t more;

		if (!have->ours || have->key.proto != PROTO_TCP)
			continue;
		want = state_find_vserver(to, &have->key);
		more = want ? drain_one(from, have, to, want, merged) : 0;
		if (more < 0)
			return -1;
		n += more;
	}
	return n;
}

int drain_merge(const struct svclb_state *from, struct svclb_state *to, struct svclb_state **ret)
{
	struct svclb_state *merged;

	if (!drain_all(from, to, NULL)) {
		*ret = svclb_state_ref(to);
		return 0;
	}
	merged = state_clone(to);
	if (!merged || drain_all(from, to, merged) < 0 || state_seal(merged, NULL) < 0) {
		svclb_state_unref(merged);
		return -1;
	}
	*ret = merged;
	return 0;
}
