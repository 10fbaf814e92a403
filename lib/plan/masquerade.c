/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A virtual server with real servers on other nodes must be masqueraded, or their answers go past
 * this node. So where the policy of one that stays changes, masquerading begins before the first
 * of them comes, and ends after the last one went.
 */
#include "plan/masquerade.h"

/* An entry of `set` begins or ends masquerading; what is served before and after is in `base`. */
static const struct {
	enum set_id set;
	enum set_id base;
	bool masquerades; /* the entry does, else its absence */
} deciding[] = {
	{SET_EXTERNAL_IP, SET_EXTERNAL_IP_LOCAL, true},
	{SET_LOAD_BALANCER_LOCAL, SET_LOAD_BALANCER, false},
	{SET_NODE_PORT_LOCAL_TCP, SET_NODE_PORT_TCP, false},
	{SET_NODE_PORT_LOCAL_UDP, SET_NODE_PORT_UDP, false},
	{SET_NODE_PORT_LOCAL_SCTP, SET_NODE_PORT_SCTP, false},
};

static bool has(const struct svclb_state *st, enum set_id id, uint8_t family,
		const struct set_entry *e)
{
	char name[SET_NAME_MAX];
	const struct ipset *set = state_find_set(st, set_full_name(st->prefix, id, family, name));

	return set && set->type == set_table[id].type && state_set_has(st, set, e);
}

enum set_role masquerade_role(const struct svclb_state *from, const struct svclb_state *to,
			      const struct set_info *info, uint8_t family, enum step_op op,
			      const struct set_entry *e)
{
	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++) {
		/* an external IP changes from one of its two sets to the other one */
		bool before = !deciding[i].masquerades || op == STEP_ADD;
		bool after = !deciding[i].masquerades || op == STEP_DELETE;

		if (deciding[i].set != info->id)
			continue;
		if ((before && !has(from, deciding[i].base, family, e)) ||
		    (after && !has(to, deciding[i].base, family, e)))
			break;
		return (op == STEP_ADD) == deciding[i].masquerades ? ROLE_MASQUERADE : ROLE_VISIBLE;
	}
	return info->role;
}
