/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our part of a table into a state. */
#include "kernel/iptables.h"

#include <string.h>

/* Adds the chain and returns its index, or -1 when out of memory. */
static int64_t add_chain(const struct tc_table *t, const char *name, bool builtin,
			 struct svclb_state *ret)
{
	struct chain c = {.family = t->tc->family, .table = t->table, .builtin = builtin};

	memcpy(c.name, name, strnlen(name, sizeof(c.name) - 1));
	return state_add_chain(ret, &c);
}

static int read_rule(struct tc_table *t, const void *entry, int64_t chain, struct svclb_state *ret,
		     struct svclb_error **reterr)
{
	struct match matches[XT_MATCHES_MAX];
	struct rule r;
	int rc = xt_decode(&t->sets, t->tc->family, entry, t->tc->target(entry, t->h), &t->buf, &r,
			   matches, reterr);

	if (rc < 0)
		return rc;
	r.chain = (uint32_t)chain;
	return state_add_rule(ret, &r, matches, r.match_count) < 0 ? err_nomem(reterr) : 0;
}

static int read_chain(struct tc_table *t, const char *name, struct svclb_state *ret,
		      struct svclb_error **reterr)
{
	int64_t chain = add_chain(t, name, false, ret);
	int rc = chain < 0 ? err_nomem(reterr) : 0;

	for (const void *e = t->tc->first_rule(name, t->h); e && !rc; e = t->tc->next_rule(e, t->h))
		rc = read_rule(t, e, chain, ret, reterr);
	return rc;
}

/* A built-in chain is part of a state only when a jump of ours is in it. */
static int read_jumps(struct tc_table *t, const char *name, struct svclb_state *ret,
		      struct svclb_error **reterr)
{
	int64_t chain = -1;
	int rc = 0;

	for (const void *e = t->tc->first_rule(name, t->h); e && !rc;
	     e = t->tc->next_rule(e, t->h)) {
		if (!iptables_our_jump(t, e))
			continue;
		if (chain < 0)
			chain = add_chain(t, name, true, ret);
		rc = chain < 0 ? err_nomem(reterr) : read_rule(t, e, chain, ret, reterr);
	}
	return rc;
}

int iptables_read_table(struct tc_table *t, struct svclb_state *ret, struct svclb_error **reterr)
{
	int rc = 0;

	for (const char *name = t->tc->first_chain(t->h); name && !rc;
	     name = t->tc->next_chain(t->h)) {
		if (tc_is_ours(t, name)) {
			rc = read_chain(t, name, ret, reterr);
			continue;
		}
		if (tc_is_builtin(t, name))
			rc = read_jumps(t, name, ret, reterr);
		if (!rc)
			rc = iptables_read_foreign(t, name, ret, reterr);
	}
	return rc;
}
