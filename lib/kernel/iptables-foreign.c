/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of others that name what is ours: they keep a set or a chain from being removed. */
#include "kernel/iptables.h"

#include <string.h>

#include <linux/netfilter/xt_set.h>
#include <linux/netfilter_ipv4/ip_tables.h>

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

/* Every revision of the match begins with the set's number; the target has two, from revision 1 on
 * four bytes each. */
static int note_sets(const struct place *p, const void *entry, struct svclb_error **reterr)
{
	const unsigned char *bytes = entry;
	struct xt_head h = xt_head(p->t->tc->family, (void *)(uintptr_t)entry); /* only read */
	const struct xt_entry_target *target =
		xt_entry_target(p->t->tc->family, (void *)(uintptr_t)entry);
	uint32_t at = h.size;
	int rc = 0;

	while (!rc && at + sizeof(struct xt_entry_match) <= *h.target_offset) {
		const struct xt_entry_match *m = (const void *)(bytes + at);

		if (m->u.match_size < sizeof(*m))
			break;
		if (!strcmp(m->u.user.name, "set") && m->u.match_size > sizeof(*m))
			rc = note_set(p, m->data, reterr);
		at += m->u.match_size;
	}
	if (rc || strcmp(target->u.user.name, "SET") || !target->u.user.revision ||
	    target->u.target_size < sizeof(*target) + 2 * sizeof(struct xt_set_info))
		return rc;
	rc = note_set(p, target->data, reterr);
	return rc ? rc : note_set(p, target->data + sizeof(struct xt_set_info), reterr);
}

int iptables_read_foreign(struct tc_table *t, const char *chain, struct svclb_state *ret,
			  struct svclb_error **reterr)
{
	struct place p = {.t = t, .chain = chain, .ret = ret};
	bool builtin = tc_is_builtin(t, chain);
	int rc = 0;

	for (const void *e = t->tc->first_rule(chain, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h)) {
		bool jumps = tc_jumps_to_ours(t, e);

		p.position++;
		if (jumps && builtin) /* such a jump is ours, and goes with the chain */
			continue;
		if (jumps)
			rc = note(&p, false, t->tc->target(e, t->h), reterr);
		if (!rc)
			rc = note_sets(&p, e, reterr);
	}
	return rc;
}
