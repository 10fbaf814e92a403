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

static void add_use(struct problems *conflicts, const struct foreign_use *u)
{
	char object[SET_NAME_MAX + 8];
	char why[160];

	(void)snprintf(object, sizeof(object), "%s %s", u->is_set ? "set" : "chain", u->name);
	(void)snprintf(why, sizeof(why),
		       "would be removed, but the foreign rule %u of chain %s in table %s of "
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

/* The link would take along what stands on it beside our addresses. */
static void check_link_goes(const struct svclb_plan *plan, const struct svclb_state *now,
			    struct problems *conflicts)
{
	char object[LINK_NAME_MAX + 8];

	(void)snprintf(object, sizeof(object), "link %s", plan->from->link_name);
	for (size_t i = 0; i < now->foreign_addrs.n; i++) {
		const struct foreign_addr *a = &now->foreign_addrs.v[i];
		char why[IP_TEXT_MAX + 80];
		char ip[IP_TEXT_MAX];

		if (strcmp(a->ifname, plan->from->link_name) != 0)
			continue;
		(void)snprintf(why, sizeof(why),
			       "would be removed, but it has the address %s/%u, which is not ours",
			       ip_format(&a->ip, ip), a->plen);
		add_conflict(conflicts, object, "move that address to another link first", why);
	}
}

static void check_link_comes(const struct svclb_plan *plan, const struct svclb_state *now,
			     struct problems *conflicts)
{
	char object[LINK_NAME_MAX + 8];

	if (!now->other_link)
		return;
	(void)snprintf(object, sizeof(object), "link %s", plan->to->link_name);
	add_conflict(conflicts, object, "remove that link, or set another link name",
		     "there is a link of this name that is no dummy link");
}

/* Of this address, or of the next one there is. */
static size_t first_foreign_addr(const struct svclb_state *now, const struct ipaddr *ip)
{
	size_t low = 0;
	size_t high = now->foreign_addrs.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_cmp(&now->foreign_addrs.v[mid].ip, ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* On two such links the address would meet the guards of both owners, and each refuses what is not
 * its own. */
static void check_addr_comes(const struct svclb_plan *plan, const struct link_addr *addr,
			     const struct svclb_state *now, struct problems *conflicts)
{
	const struct origin *o = &plan->to->origins.v[addr->origin];
	struct err_parts parts = origin_parts(o);
	char ip[IP_TEXT_MAX];

	parts.hint = "take another address, or remove it there; two owners cannot share one";
	for (size_t i = first_foreign_addr(now, &addr->ip); i < now->foreign_addrs.n; i++) {
		const struct foreign_addr *a = &now->foreign_addrs.v[i];

		if (ip_cmp(&a->ip, &addr->ip) != 0)
			return;
		if (!strcmp(a->ifname, plan->to->link_name))
			continue;
		problems_add(conflicts,
			     err_new(SVCLB_ECONFLICT, &parts,
				     "address %s is on the link %s, which is another owner's",
				     ip_format(&addr->ip, ip), a->ifname));
		return;
	}
}

/* Who has no set of his own has no addresses on the link either, unless kube-proxy left them. */
static void check_link_is_ours(const struct svclb_plan *plan, const struct svclb_state *now,
			       struct problems *conflicts)
{
	char object[LINK_NAME_MAX + 8];
	char why[120];

	if (now->sets.n || !now->addrs.n || !*now->other_owner)
		return;
	(void)snprintf(object, sizeof(object), "link %s", plan->to->link_name);
	(void)snprintf(why, sizeof(why),
		       "it has addresses, and the owner with the prefix %s is the only one here",
		       now->other_owner);
	add_conflict(conflicts, object, "each owner needs a link of its own: set another link name",
		     why);
}

void foreign_conflicts(const struct svclb_plan *plan, const struct svclb_state *now, bool adopt,
		       struct problems *conflicts)
{
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];

		if (s->kind == STEP_SET && s->op == STEP_DELETE)
			check_set(now, plan->from->sets.v[s->before].name, conflicts);
		else if (s->kind == STEP_TABLE && s->op != STEP_ADD)
			check_table(plan, s->before, now, conflicts);
		else if (s->kind == STEP_LINK && s->op == STEP_DELETE)
			check_link_goes(plan, now, conflicts);
		else if (s->kind == STEP_LINK)
			check_link_comes(plan, now, conflicts);
		else if (s->kind == STEP_ADDR && s->op == STEP_ADD && !adopt)
			check_addr_comes(plan, &plan->to->addrs.v[s->after], now, conflicts);
	}
	if (plan->steps.n && !adopt)
		check_link_is_ours(plan, now, conflicts);
}
