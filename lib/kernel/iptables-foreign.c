/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of others that name what is ours: they keep a set or a chain from being removed. And which
 * jumps are ours, among those of others to the same chains. */
#include "kernel/iptables.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter_ipv4/ip_tables.h>

/* ---- our jumps ---- */

/* Neither addresses, interfaces and a protocol, nor "goto". */
static bool takes_all_packets(const struct xt_head *h, const unsigned char *entry)
{
	for (size_t i = 0; i < h->compared; i++)
		if (entry[i])
			return false;
	return true;
}

static bool takes_new_connections(const struct xt_entry_match *m)
{
	const struct xt_ext *ext = xt_match_of(MATCH_CTSTATE, 0);
	struct xt_conntrack_mtinfo3 wanted;
	const void *bytes = &wanted;

	memset(&wanted, 0, sizeof(wanted));
	wanted.match_flags = XT_CONNTRACK_STATE;
	wanted.state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_NEW);
	return !strcmp(m->u.user.name, ext->name) && m->u.user.revision == ext->revision &&
	       m->u.match_size >= sizeof(*m) + sizeof(wanted) &&
	       !memcmp(m->data, bytes, sizeof(wanted));
}

/* All packets or all new connections, with a comment. */
static bool has_our_form(const struct tc_table *t, const void *rule)
{
	void *entry = (void *)(uintptr_t)rule; /* only read */
	struct xt_head h = xt_head(t->tc->family, entry);
	struct xt_entry_match *m;
	size_t at = h.size;
	unsigned comments = 0;
	unsigned states = 0;

	if (!takes_all_packets(&h, rule))
		return false;
	while ((m = xt_match_at(&h, entry, at))) {
		if (!strcmp(m->u.user.name, "comment"))
			comments++;
		else if (takes_new_connections(m))
			states++;
		else
			return false;
		at += m->u.match_size;
	}
	return comments == 1 && states <= 1;
}

bool iptables_our_jump(const struct tc_table *t, const void *rule)
{
	return tc_jumps_to_ours(t, rule) && has_our_form(t, rule);
}

/* Whether the rule sends all that comes in to the chain by which another owner guards 127.0.0.0/8. */
static bool jumps_to_other_guard(const struct tc_table *t, const char *chain, const void *rule)
{
	char end[CHAIN_NAME_MAX];
	const char *to = t->tc->target(rule, t->h);
	size_t n = strlen(chain_full_name("", CHAIN_FILTER_LOCALNET, end));
	size_t len = strlen(to);

	return t->tc->family == 4 && t->table == TABLE_FILTER && !strcmp(chain, "INPUT") &&
	       len > n && !strcmp(to + len - n, end) && !tc_is_ours(t, to) && has_our_form(t, rule);
}

/* ---- uses by others ---- */

/* Where a rule stands. */
struct place {
	struct tc_table *t;
	const char *chain;
	uint32_t position; /* from 1 */
	struct svclb_state *ret;
};

static int note(const struct place *p, bool is_set, const char *name, struct svclb_error **reterr)
{
	struct foreign_use *u = vec_push(&p->ret->foreign_uses);

	if (!u)
		return err_nomem(reterr);
	u->family = p->t->tc->family;
	u->table = p->t->table;
	u->position = p->position;
	u->is_set = is_set;
	memcpy(u->chain, p->chain, strnlen(p->chain, sizeof(u->chain) - 1));
	memcpy(u->name, name, strnlen(name, sizeof(u->name) - 1));
	return 0;
}

static int note_set(const struct place *p, const unsigned char *data, struct svclb_error **reterr)
{
	char name[SET_NAME_MAX] = "";
	ip_set_id_t index;
	uint8_t family;
	int rc;

	memcpy(&index, data, sizeof(index));
	if (index == IPSET_INVALID_ID)
		return 0;
	rc = xt_set_name(&p->t->sets, index, name, reterr);
	if (rc || !set_by_name(p->t->b->opts->prefix, name, &family))
		return rc;
	return note(p, true, name, reterr);
}

/* Both sets of the target SET, which from revision 1 on has four bytes for each. */
static int note_target(const struct place *p, const struct xt_head *h,
		       const struct xt_entry_target *target, struct svclb_error **reterr)
{
	size_t room = (size_t)*h->next_offset - *h->target_offset;
	int rc;

	if (strcmp(target->u.user.name, "SET") || !target->u.user.revision ||
	    target->u.target_size > room ||
	    target->u.target_size < sizeof(*target) + 2 * sizeof(struct xt_set_info))
		return 0;
	rc = note_set(p, target->data, reterr);
	return rc ? rc : note_set(p, target->data + sizeof(struct xt_set_info), reterr);
}

/* Every revision of the match begins with the set's number. */
static int note_sets(const struct place *p, const void *rule, struct svclb_error **reterr)
{
	void *entry = (void *)(uintptr_t)rule; /* only read */
	struct xt_head h = xt_head(p->t->tc->family, entry);
	const struct xt_entry_match *m;
	size_t at = h.size;
	int rc = 0;

	while (!rc && (m = xt_match_at(&h, entry, at))) {
		if (!strcmp(m->u.user.name, "set") && m->u.match_size > sizeof(*m))
			rc = note_set(p, m->data, reterr);
		at += m->u.match_size;
	}
	return rc ? rc : note_target(p, &h, xt_entry_target(p->t->tc->family, entry), reterr);
}

/* Chains by which other owners guard 127.0.0.0/8. */
struct guard {
	char chain[TC_CHAIN_MAX];
};

typedef VEC(struct guard) guard_vec;

static int add_guard(guard_vec *guards, const char *chain, struct svclb_error **reterr)
{
	struct guard *g = vec_push(guards);

	if (!g)
		return err_nomem(reterr);
	memcpy(g->chain, chain, strnlen(chain, sizeof(g->chain) - 1));
	return 0;
}

int iptables_read_foreign(struct tc_table *t, const char *chain, struct svclb_state *ret,
			  struct svclb_error **reterr)
{
	struct place p = {.t = t, .chain = chain, .ret = ret};
	bool builtin = tc_is_builtin(t, chain);
	guard_vec guards = {0};
	int rc = 0;

	for (const void *e = t->tc->first_rule(chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h)) {
		p.position++;
		if (builtin && iptables_our_jump(t, e)) /* it goes with the chain */
			continue;
		if (builtin && jumps_to_other_guard(t, chain, e))
			rc = add_guard(&guards, t->tc->target(e, t->h), reterr);
		if (!rc && tc_jumps_to_ours(t, e))
			rc = note(&p, false, t->tc->target(e, t->h), reterr);
		if (!rc)
			rc = note_sets(&p, e, reterr);
	}
	/* behind the loop, as libiptc goes through one chain at a time */
	for (size_t i = 0; i < guards.n; i++)
		ret->other_guard |= t->tc->is_chain(guards.v[i].chain, t->h) &&
				    t->tc->first_rule(guards.v[i].chain, t->h);
	vec_free(&guards);
	return rc;
}
