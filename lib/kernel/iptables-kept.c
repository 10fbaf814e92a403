/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules name sets by a number, which belongs to a set as long as it exists. A rule that is kept to
 * be put back remembers the names, for the sets may have been made anew by then.
 */
#include "kernel/iptables.h"

#include <string.h>

#include <linux/netfilter/xt_set.h>
#include <linux/netfilter_ipv4/ip_tables.h>

/* Calls fn for the number in every match on a set; stops at the first failure. */
static int each_set(struct tc_table *t, struct edit_rule *r,
		    int (*fn)(struct tc_table *t, struct edit_rule *r, size_t i,
			      ip_set_id_t *number, struct svclb_error **reterr),
		    struct svclb_error **reterr)
{
	struct xt_head h = xt_head(t->tc->family, r->entry);
	struct xt_entry_match *m;
	size_t at = h.size;
	size_t i = 0;

	while ((m = xt_match_at(&h, r->entry, at))) {
		int rc = 0;

		/* every revision begins with the number */
		if (!strcmp(m->u.user.name, "set") && m->u.match_size > sizeof(*m))
			rc = fn(t, r, i++, (ip_set_id_t *)(void *)m->data, reterr);
		if (rc)
			return rc;
		at += m->u.match_size;
	}
	return 0;
}

static int remember(struct tc_table *t, struct edit_rule *r, size_t i, ip_set_id_t *number,
		    struct svclb_error **reterr)
{
	struct kept_set *s = vec_push(&r->sets);

	(void)i; /* names are kept in the order of the matches */
	return s ? xt_set_name(&t->sets, *number, s->name, reterr) : err_nomem(reterr);
}

static int refresh(struct tc_table *t, struct edit_rule *r, size_t i, ip_set_id_t *number,
		   struct svclb_error **reterr)
{
	uint16_t now = *number;
	int rc = 0;

	if (i < r->sets.n && r->sets.v[i].name[0])
		rc = xt_set_index(&t->sets, r->sets.v[i].name, &now, reterr);
	if (!rc)
		*number = now;
	return rc;
}

int kept_rule_remember(struct tc_table *t, struct edit_rule *r, struct svclb_error **reterr)
{
	return each_set(t, r, remember, reterr);
}

int kept_rules_refresh(struct tc_table *t, struct edits *e, struct svclb_error **reterr)
{
	for (size_t i = 0; i < e->v.n; i++)
		for (size_t k = 0; k < e->v.v[i].rules.n; k++) {
			int rc = each_set(t, &e->v.v[i].rules.v[k], refresh, reterr);

			if (rc)
				return rc;
		}
	return 0;
}
