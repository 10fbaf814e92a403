/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routing of 127.0.0.0/8 does not outlast the rule that keeps others on the network out of it. */
#include "plan/localnet.h"

#include <string.h>

#include "state/names.h"
#include "state/sysctls.h"

static bool guarded(const struct svclb_state *st)
{
	char name[CHAIN_NAME_MAX];
	const struct chain *c = state_find_chain(
		st, 4, TABLE_FILTER, chain_full_name(st->prefix, CHAIN_FILTER_LOCALNET, name));

	return c && c->rule_count;
}

/* What the state says of the routing; NULL: nothing. */
static const char *routing(const struct svclb_state *st)
{
	for (size_t i = 0; i < st->sysctls.n; i++)
		if (!strcmp(st->sysctls.v[i].key, SYSCTL_ROUTE_LOCALNET))
			return st->sysctls.v[i].value;
	return NULL;
}

static bool closes(const struct svclb_state *st)
{
	const char *value = routing(st);

	return value && !strcmp(value, "0");
}

bool localnet_fits(const struct svclb_plan *plan, const struct svclb_state *have)
{
	if (!guarded(plan->from) || guarded(plan->to))
		return true;
	return closes(plan->to) ? !have->other_guard
				: have->other_guard || !plan->from->other_guard;
}

int localnet_merge(const struct svclb_state *from, struct svclb_state **to)
{
	struct svclb_state *merged;
	int r = -1;

	/* a state that was read is gone back to: it says what the setting was, or nobody knows;
	 * what another owner guards as well stays open for that one */
	if (from->other_guard || !guarded(from) || guarded(*to) || routing(*to) || (*to)->was_read)
		return 0;
	merged = state_clone(*to);
	svclb_state_unref(*to);
	if (merged && state_add_sysctl(merged, SYSCTL_ROUTE_LOCALNET, "0") >= 0)
		r = state_seal(merged, NULL);
	*to = merged;
	if (r < 0) {
		svclb_state_unref(merged);
		*to = NULL;
	}
	return r < 0 ? -1 : 0;
}
