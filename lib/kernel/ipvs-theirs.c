/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel carries no owner of a virtual server. Where it never answered whether it made one of
 * ours, there may be one of somebody else, who was faster: then it has refused ours, and put our
 * real servers into theirs. Undoing must not take away what is not as we would have made it.
 */
#include "kernel/ipvs.h"

/* Whether it is not known what came of a step that adds. */
static bool unknown_add(const struct backend_run *run, size_t i, enum step_kind kind)
{
	return run->steps[i]->kind == kind && run->steps[i]->op == STEP_ADD &&
	       *run->done[i] == FATE_UNKNOWN;
}

static const struct vserver *find(const vserver_vec *list, const struct vs_key *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (!vs_key_cmp(&list->v[i].key, key))
			return &list->v[i];
	return NULL;
}

/* A real server of the virtual server `vs`, as we would have made it; NULL: none. */
static const struct rserver *find_ours(const struct svclb_state *to, const struct vserver *vs,
				       const struct rserver *rs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++)
		if (!rs_key_cmp(&to->rservers.v[vs->rs_first + i], rs))
			return &to->rservers.v[vs->rs_first + i];
	return NULL;
}

static bool is_as_made(const struct svclb_state *to, const struct vserver *ours,
		       const struct vserver *have, const rserver_vec *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		const struct rserver *made = find_ours(to, ours, &rs->v[i]);

		if (!made || !rs_same(made, &rs->v[i]))
			return false;
	}
	return vs_same(ours, have);
}

/* Ours that it has go all the same: who made it may have had the same ones, but we sent them. */
static void leave(const struct backend_run *run, size_t i, const rserver_vec *rs)
{
	const struct svclb_state *to = run->plan->to;

	*run->done[i] = FATE_UNDONE;
	for (size_t k = 0; k < run->n; k++) {
		const struct rserver *ours;

		if (!unknown_add(run, k, STEP_RSERVER))
			continue;
		ours = &to->rservers.v[run->steps[k]->after];
		if (ours->vs != run->steps[i]->after)
			continue;
		for (size_t j = 0; j < rs->n; j++)
			if (!rs_key_cmp(ours, &rs->v[j]) && !rs_same(ours, &rs->v[j]))
				*run->done[k] = FATE_UNDONE;
	}
}

static int look(struct ipvs_backend *v, const struct backend_run *run, size_t i,
		const vserver_vec *list, struct nlbuf *buf, struct svclb_error **reterr)
{
	const struct svclb_state *to = run->plan->to;
	const struct vserver *ours = &to->vservers.v[run->steps[i]->after];
	const struct vserver *have = find(list, &ours->key);
	rserver_vec rs = {0};
	int rc;

	if (!have)
		return 0;
	rc = ipvs_list_dests(v, &ours->key, buf, &rs, reterr);
	if (!rc && !is_as_made(to, ours, have, &rs))
		leave(run, i, &rs);
	vec_free(&rs);
	return rc;
}

int ipvs_leave_theirs(struct ipvs_backend *v, const struct backend_run *run,
		      struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	vserver_vec list = {0};
	bool listed = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < run->n; i++) {
		if (!unknown_add(run, i, STEP_VSERVER))
			continue;
		if (!listed)
			rc = ipvs_list_services(v, &buf, &list, reterr);
		listed = true;
		if (!rc)
			rc = look(v, run, i, &list, &buf, reterr);
	}
	nlbuf_free(&buf);
	vec_free(&list);
	return rc;
}
