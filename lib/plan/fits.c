/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a plan that was made earlier still fits what the kernel holds. */
#include <string.h>

#include "plan/diff.h"
#include "plan/localnet.h"
#include "plan/prints.h"
#include "plan/step-text.h"
#include "state/names.h"
#include "util/strbuf.h"

static const struct rserver *find_rserver(const struct svclb_state *st, const struct vserver *vs,
					  const struct rserver *rs)
{
	for (uint32_t i = 0; vs && i < vs->rs_count; i++)
		if (!rs_key_cmp(&st->rservers.v[vs->rs_first + i], rs))
			return &st->rservers.v[vs->rs_first + i];
	return NULL;
}

static bool is_owned(const struct svclb_state *st, const struct vs_key *key)
{
	char name[SET_NAME_MAX];
	const struct set_entry e = vs_key_entry(key);
	const struct ipset *ledger =
		state_find_set(st, set_full_name(st->prefix, SET_OWNED, key->family, name));

	return ledger && state_find_entry(st, ledger, &e);
}

/* A plan that adopts writes into the ledger what was somebody else's. */
static bool may_change(const struct svclb_plan *p, const struct vserver *have)
{
	return have->ours ||
	       (!have->excluded && is_owned(p->to, &have->key) && !is_owned(p->from, &have->key));
}

static bool vserver_fits(const struct svclb_plan *p, const struct svclb_step *s,
			 const struct svclb_state *now)
{
	const struct vserver *have;

	if (s->op == STEP_ADD)
		return !state_find_vserver(now, &p->to->vservers.v[s->after].key);
	have = state_find_vserver(now, &p->from->vservers.v[s->before].key);
	return have && may_change(p, have) && vs_same(have, &p->from->vservers.v[s->before]);
}

static bool rserver_fits(const struct svclb_plan *p, const struct svclb_step *s,
			 const struct svclb_state *now)
{
	const struct svclb_state *st = s->op == STEP_ADD ? p->to : p->from;
	const struct rserver *rs = &st->rservers.v[s->op == STEP_ADD ? s->after : s->before];
	const struct rserver *have =
		find_rserver(now, state_find_vserver(now, &st->vservers.v[rs->vs].key), rs);

	return s->op == STEP_ADD ? !have : have && rs_same(have, rs);
}

static bool set_fits(const struct svclb_plan *p, const struct svclb_step *s,
		     const struct svclb_state *now)
{
	const struct ipset *have;

	if (s->op == STEP_ADD)
		return !state_find_set(now, p->to->sets.v[s->after].name);
	have = state_find_set(now, p->from->sets.v[s->before].name);
	return have && set_same(have, &p->from->sets.v[s->before]);
}

static bool entry_fits(const struct svclb_plan *p, const struct svclb_step *s,
		       const struct svclb_state *now)
{
	const struct svclb_state *st = s->op == STEP_ADD ? p->to : p->from;
	const struct set_entry *e = &st->entries.v[s->op == STEP_ADD ? s->after : s->before];
	const struct ipset *set = state_find_set(now, st->sets.v[e->set].name);
	const struct set_entry *have = set ? state_find_entry(now, set, e) : NULL;

	return s->op == STEP_ADD ? !have : have && entry_note_same(have, e);
}

static bool addr_fits(const struct svclb_plan *p, const struct svclb_step *s,
		      const struct svclb_state *now)
{
	const struct link_addr *a =
		s->op == STEP_ADD ? &p->to->addrs.v[s->after] : &p->from->addrs.v[s->before];
	bool there = false;

	for (size_t i = 0; i < now->addrs.n && !there; i++)
		there = !ip_cmp(&now->addrs.v[i].ip, &a->ip);
	return s->op == STEP_ADD ? !there : there;
}

static bool table_fits(const struct svclb_plan *p, const struct svclb_step *s,
		       const struct svclb_state *now)
{
	uint32_t index = s->op == STEP_ADD ? s->after : s->before;

	return table_same(p->from, now, table_index_family(index), table_index_table(index));
}

static bool sysctl_fits(const struct svclb_plan *p, const struct svclb_step *s,
			const struct svclb_state *now)
{
	if (s->before == STEP_NONE)
		return true;
	for (size_t i = 0; i < now->sysctls.n; i++)
		if (!strcmp(now->sysctls.v[i].key, p->from->sysctls.v[s->before].key))
			return !strcmp(now->sysctls.v[i].value,
				       p->from->sysctls.v[s->before].value);
	return false;
}

static bool step_fits(const struct svclb_plan *p, const struct svclb_step *s,
		      const struct svclb_state *now)
{
	switch (s->kind) {
	case STEP_SYSCTL:
		return sysctl_fits(p, s, now);
	case STEP_LINK:
		return now->link == (s->op == STEP_DELETE);
	case STEP_SET:
		return set_fits(p, s, now);
	case STEP_ENTRY:
		return entry_fits(p, s, now);
	case STEP_TABLE:
		return table_fits(p, s, now);
	case STEP_VSERVER:
		return vserver_fits(p, s, now);
	case STEP_RSERVER:
		return rserver_fits(p, s, now);
	case STEP_ADDR:
		return addr_fits(p, s, now);
	default:
		return true;
	}
}

static int moved(const char *what, struct svclb_error **reterr)
{
	const struct err_parts parts = {.hint = "make a new plan"};

	return err_give(reterr,
			err_new(SVCLB_EAGAIN, &parts,
				"the kernel's state moved since the plan was made: %s", what));
}

static int step_moved(const struct svclb_plan *plan, const struct svclb_step *s,
		      struct svclb_error **reterr)
{
	struct strbuf b = {0};
	char *text;
	int r;

	strbuf_addf(&b, "%s ", svclb_step_get_op(s));
	step_text(&b, plan, s);
	strbuf_add(&b, " no longer fits");
	text = strbuf_steal(&b);
	r = moved(text ? text : "a step no longer fits", reterr);
	svclb_text_free(text);
	return r;
}

int svclb_plan_check(const struct svclb_plan *plan, const struct svclb_state *have,
		     struct svclb_error **reterr)
{
	struct plan_prints prints;
	char now[FINGERPRINT_SIZE];
	bool same;

	if (!plan || !have || !have->sealed)
		return err_set(reterr, SVCLB_EINVAL, "a plan and a state that was read are needed");
	if (!plan_prints(plan, &prints) || !state_fingerprint(have, false, now))
		return err_nomem(reterr);
	if (!localnet_fits(plan, have))
		return moved("another owner's rule that guards 127.0.0.0/8 has come or gone",
			     reterr);
	same = !strcmp(prints.from, now);
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];

		/* rules of others' making may be such as are equal to nothing, not even to themselves */
		if (same && s->kind == STEP_TABLE)
			continue;
		if (!step_fits(plan, s, have))
			return step_moved(plan, s, reterr);
	}
	return same ? 0 : moved("something else of ours changed", reterr);
}
