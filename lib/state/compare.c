/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Order of objects by key, equality by content, and lookups in sealed states. */
#include "state/names.h"
#include "state/state.h"

#include <string.h>

int vs_key_cmp(const struct vs_key *a, const struct vs_key *b)
{
	int r = cmp_u32(a->family, b->family);

	if (!r)
		r = cmp_u32(a->fwmark, b->fwmark);
	if (!r)
		r = ip_cmp(&a->ip, &b->ip);
	if (!r)
		r = cmp_u32(a->proto, b->proto);
	return r ? r : cmp_u32(a->port, b->port);
}

int rs_key_cmp(const struct rserver *a, const struct rserver *b)
{
	int r = ip_cmp(&a->ip, &b->ip);

	return r ? r : cmp_u32(a->port, b->port);
}

int entry_key_cmp(const struct set_entry *a, const struct set_entry *b)
{
	int r = ip_cmp(&a->ip, &b->ip);

	if (!r)
		r = cmp_u32(a->proto, b->proto);
	if (!r)
		r = cmp_u32(a->port, b->port);
	if (!r)
		r = ip_cmp(&a->ip2, &b->ip2);
	return r ? r : cmp_u32(a->plen2, b->plen2);
}

static int chain_cmp(uint8_t family, enum table table, bool builtin, const char *name,
		     const struct chain *b)
{
	int r = 0;

	if (family != b->family)
		return family < b->family ? -1 : 1;
	if (table != b->table)
		return table < b->table ? -1 : 1;
	if (builtin != b->builtin)
		return builtin ? -1 : 1;
	if (builtin)
		r = builtin_order(name) - builtin_order(b->name);
	return r ? r : strcmp(name, b->name);
}

int chain_key_cmp(const struct chain *a, const struct chain *b)
{
	return chain_cmp(a->family, a->table, a->builtin, a->name, b);
}

bool vs_same(const struct vserver *a, const struct vserver *b)
{
	return !strcmp(a->sched, b->sched) && !strcmp(a->pe, b->pe) && a->flags == b->flags &&
	       a->timeout_sec == b->timeout_sec && a->netmask == b->netmask;
}

bool rs_same(const struct rserver *a, const struct rserver *b)
{
	return a->fwd == b->fwd && a->tun_type == b->tun_type && a->tun_port == b->tun_port &&
	       a->tun_flags == b->tun_flags && a->weight == b->weight &&
	       a->upper_threshold == b->upper_threshold && a->lower_threshold == b->lower_threshold;
}

bool set_same(const struct ipset *a, const struct ipset *b)
{
	return a->type != SET_OTHER && a->type == b->type && a->family == b->family &&
	       a->maxelem == b->maxelem;
}

bool entry_note_same(const struct set_entry *a, const struct set_entry *b)
{
	for (uint32_t i = 0; i < DRAIN_PORTS; i++)
		if (a->drain_port[i] != b->drain_port[i] || a->drain_until[i] != b->drain_until[i])
			return false;
	return true;
}

static bool cidr_same(const struct cidr *a, const struct cidr *b)
{
	return a->ip.family == b->ip.family && (!a->ip.family || !cidr_cmp(a, b));
}

static bool match_same(const struct match *a, const struct match *b)
{
	if (a->type != b->type || a->invert != b->invert)
		return false;
	switch (a->type) {
	case MATCH_SET:
		return !strcmp(a->set.name, b->set.name) && a->set.n_dirs == b->set.n_dirs &&
		       !memcmp(a->set.dirs, b->set.dirs, a->set.n_dirs);
	case MATCH_COMMENT:
		return !strcmp(a->comment, b->comment);
	case MATCH_ADDRTYPE:
		return a->addrtype == b->addrtype;
	case MATCH_MARK:
		return a->mark.value == b->mark.value && a->mark.mask == b->mark.mask;
	case MATCH_CTSTATE:
		return a->ctstate == b->ctstate;
	case MATCH_PHYSDEV_IN:
		return true;
	case MATCH_IPVS:
		return !ip_cmp(&a->ipvs.vaddr, &b->ipvs.vaddr) &&
		       a->ipvs.vproto == b->ipvs.vproto && a->ipvs.vport == b->ipvs.vport;
	case MATCH_STATISTIC:
		return a->probability == b->probability;
	case MATCH_RECENT:
		return !strcmp(a->recent.name, b->recent.name) && a->recent.set == b->recent.set &&
		       a->recent.reap == b->recent.reap && a->recent.seconds == b->recent.seconds;
	case MATCH_DPORT:
		return a->dport == b->dport;
	case MATCH_OTHER:
		break;
	}
	return false;
}

static bool header_same(const struct rule *a, const struct rule *b)
{
	return cidr_same(&a->src, &b->src) && cidr_same(&a->dst, &b->dst) &&
	       a->src_invert == b->src_invert && a->dst_invert == b->dst_invert &&
	       !strcmp(a->in_iface, b->in_iface) && !strcmp(a->out_iface, b->out_iface) &&
	       a->in_invert == b->in_invert && a->out_invert == b->out_invert &&
	       a->proto == b->proto && a->proto_invert == b->proto_invert;
}

static bool target_same(const struct rule *a, const struct rule *b)
{
	if (a->target != b->target || a->target == TARGET_OTHER)
		return false;
	switch (a->target) {
	case TARGET_JUMP:
		return !strcmp(a->jump, b->jump);
	case TARGET_MARK:
		return a->mark_value == b->mark_value && a->mark_mask == b->mark_mask;
	case TARGET_MASQUERADE:
		return a->random_fully == b->random_fully;
	case TARGET_DNAT:
		return !ip_cmp(&a->dnat_ip, &b->dnat_ip) && a->dnat_port == b->dnat_port;
	default:
		return true;
	}
}

bool rule_same(const struct svclb_state *sa, const struct rule *a, const struct svclb_state *sb,
	       const struct rule *b)
{
	if (a->opaque || b->opaque || a->match_count != b->match_count || !header_same(a, b) ||
	    !target_same(a, b))
		return false;
	for (uint32_t i = 0; i < a->match_count; i++)
		if (!match_same(&sa->matches.v[a->match_first + i],
				&sb->matches.v[b->match_first + i]))
			return false;
	return true;
}

bool chain_same(const struct svclb_state *sa, const struct chain *a, const struct svclb_state *sb,
		const struct chain *b)
{
	if (a->rule_count != b->rule_count)
		return false;
	for (uint32_t i = 0; i < a->rule_count; i++)
		if (!rule_same(sa, &sa->rules.v[a->rule_first + i], sb,
			       &sb->rules.v[b->rule_first + i]))
			return false;
	return true;
}

const struct vserver *state_find_vserver(const struct svclb_state *st, const struct vs_key *key)
{
	size_t lo = 0;
	size_t hi = st->vservers.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = vs_key_cmp(key, &st->vservers.v[mid].key);

		if (!r)
			return &st->vservers.v[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct ipset *state_find_set(const struct svclb_state *st, const char *name)
{
	size_t lo = 0;
	size_t hi = st->sets.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(name, st->sets.v[mid].name);

		if (!r)
			return &st->sets.v[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct chain *state_find_chain(const struct svclb_state *st, uint8_t family, enum table table,
				     const char *name)
{
	bool builtin = builtin_order(name) >= 0;
	size_t lo = 0;
	size_t hi = st->chains.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = chain_cmp(family, table, builtin, name, &st->chains.v[mid]);

		if (!r)
			return &st->chains.v[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct set_entry *state_find_entry(const struct svclb_state *st, const struct ipset *set,
					 const struct set_entry *entry)
{
	size_t lo = set->entry_first;
	size_t hi = lo + set->entry_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = entry_key_cmp(entry, &st->entries.v[mid]);

		if (!r)
			return &st->entries.v[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

bool state_set_has(const struct svclb_state *st, const struct ipset *set,
		   const struct set_entry *entry)
{
	return state_find_entry(st, set, entry);
}
