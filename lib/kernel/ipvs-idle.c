/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real servers that are about to be deleted are looked at once more. They were idle when the
 * kernel was read, and get no new connections any more; one that got some in between would cut
 * them off by going.
 */
#include "kernel/ipvs.h"

static bool is_busy(const rserver_vec *now, const struct rserver *rs)
{
	for (size_t i = 0; i < now->n; i++)
		if (!rs_key_cmp(&now->v[i], rs))
			return now->v[i].active_conns || now->v[i].inactive_conns;
	return false;
}

int ipvs_leave_busy(struct ipvs_backend *v, const struct backend_run *run, size_t from,
		    struct svclb_error **reterr)
{
	const struct svclb_state *st = run->plan->from;
	uint32_t listed = STEP_NONE; /* the virtual server that `now` is of */
	struct nlbuf buf = {0};
	rserver_vec now = {0};
	int rc = 0;

	for (size_t i = from; !rc && i < run->n; i++) {
		const struct rserver *rs;

		if (!run->steps[i]->when_idle)
			continue;
		rs = &st->rservers.v[run->steps[i]->before];
		if (rs->vs != listed)
			rc = ipvs_list_dests(v, &st->vservers.v[rs->vs].key, &buf, &now, reterr);
		listed = rs->vs;
		if (!rc && is_busy(&now, rs))
			*run->done[i] = FATE_LEFT;
	}
	nlbuf_free(&buf);
	vec_free(&now);
	return rc;
}
