/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others still use cannot be removed: found before the first change. */
#include "plan/foreign.h"

#include <stdio.h>
#include <string.h>

#define HINT "remove that rule first; what it needs has to be elsewhere than in our sets and chains"

static void add_conflict(struct problems *conflicts, const char *object, const char *hint,
			 const char *why)
{
	problems_add(conflicts,
		     err_new(SVCLB_ECONFLICT, &(struct err_parts){.object = object, .hint = hint},
			     "%s", why));
}

/* "a foreign rule, number 3 of chain OTHER in table nat of iptables, still refers to it" */
static void add_use(struct problems *conflicts, const struct foreign_use *u)
{
	char object[SET_NAME_MAX + 8];
	char why[160];

	(void)snprintf(object, sizeof(object), "%s %s", u->is_set ? "set" : "chain", u->name);
	(void)snprintf(why, sizeof(why),
		       "would be removed, but rule %u of the foreign chain %s in table %s of "
		       "%s refers to it",
		       u->position, u->chain, table_name(u->table),
		       u->family == 6 ? "ip6tables" : "iptables");
	add_conflict(conflicts, object, HINT, why);
}

/* Rules of ours that match the set; false: some rule of ours has what we cannot read. */
static bool count_ours(const struct svclb_state *now, const char *set, uint32_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < now->rules.n; i++) {
		const struct rule *r = &now->rules.v[i];
		const struct match *m = rule_matches(now, r);

		if (r->opaque)
			return false;
		for (uint32_t k = 0; k < r->match_count; k++)
			*ret += m[k].type == MATCH_SET && !strcmp(m[k].set.name, set);
	}
	return true;
}

/* Other tables, other tools and sets of sets hold a set as well; the kernel only counts them. */
static void check_set(const struct svclb_state *now, const char *name, struct problems *conflicts)
{
	const struct ipset *set = state_find_set(now, name);
	uint32_t ours = 0;
	bool named = false;
	char object[SET_NAME_MAX + 8];

	for (size_t i = 0; i < now->foreign_uses.n; i++) {
		const struct foreign_use *u = &now->foreign_uses.v[i];

		if (!u->is_set || strcmp(u->name, name))
			continue;
		add_use(conflicts, u);
		named = true;
	}
	if (named || !set || !set->references || !count_ours(now, name, &ours) ||
	    set->references <= ours)
		return;
	(void)snprintf(object, sizeof(object), "set %s", name);
	add_conflict(conflicts, object,
		     "look for its name in the tables raw and security, in nft list ruleset, in tc "
		     "filters and in sets of sets",
		     "would be removed, but something other than our rules refers to it");
}

static void check_table(const struct svclb_plan *plan, uint32_t index,
			const struct svclb_state *now, struct problems *conflicts)
{
	uint8_t family = table_index_family(index);
	enum table table = table_index_table(index);

	for (size_t i = 0; i < now->foreign_uses.n; i++) {
		const struct foreign_use *u = &now->foreign_uses.v[i];

		if (!u->is_set && u->family == family && u->table == table &&
		    !state_find_chain(plan->to, family, table, u->name))
			add_use(conflicts, u);
	}
}

void foreign_conflicts(const struct svclb_plan *plan, const struct svclb_state *now,
		       struct problems *conflicts)
{
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];

		if (s->kind == STEP_SET && s->op == STEP_DELETE)
			check_set(now, plan->from->sets.v[s->before].name, conflicts);
		else if (s->kind == STEP_TABLE && s->op != STEP_ADD)
			check_table(plan, s->before, now, conflicts);
	}
}
