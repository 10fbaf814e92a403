/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a virtual server is: the kernel keeps no owner, so our sets tell. */
#include "state/ownership.h"

#include "model/model.h"
#include "state/names.h"

static const struct ipset *set_of(const struct svclb_state *st, enum set_id id, uint8_t family)
{
	char name[SET_NAME_MAX];

	return state_find_set(st, set_full_name(st->prefix, id, family, name));
}

static bool named_by(const struct svclb_state *st, enum set_id id, const struct vs_key *key)
{
	struct set_entry e = vs_key_entry(key);
	const struct ipset *set = set_of(st, id, key->family);

	return set && set->type == SET_HASH_IP_PORT && state_set_has(st, set, &e);
}

static bool node_port_named(const struct svclb_state *st, const struct vs_key *key)
{
	enum set_id id = key->proto == PROTO_UDP ? SET_NODE_PORT_UDP : SET_NODE_PORT_TCP;
	const struct ipset *set = set_of(st, id, key->family);
	struct set_entry e = {.port = key->port};

	return key->proto != PROTO_SCTP && set && set->type == SET_BITMAP_PORT &&
	       state_set_has(st, set, &e);
}

static bool ours(const struct svclb_state *st, const struct vs_key *key)
{
	const struct ipset *ledger = set_of(st, SET_OWNED, key->family);

	if (key->fwmark)
		return named_by(st, SET_OWNED, key);
	for (int id = 0; id < SET_COUNT_; id++)
		if (set_table[id].names_vservers && named_by(st, (enum set_id)id, key))
			return true;
	/* a node port's set names no address: it proves ownership only on a host that was
	 * kube-proxy's, before our ledger has its first entry */
	return (!ledger || !ledger->entry_count) && node_port_named(st, key);
}

static bool inside(const cidr_vec *cidrs, const struct vs_key *key)
{
	for (size_t i = 0; i < cidrs->n && !key->fwmark; i++)
		if (cidr_contains(&cidrs->v[i], &key->ip))
			return true;
	return false;
}

void state_mark_ours(struct svclb_state *st, const cidr_vec *excluded)
{
	for (size_t i = 0; i < st->vservers.n; i++) {
		struct vserver *vs = &st->vservers.v[i];
		bool kept = inside(excluded, &vs->key);

		vs->ours = kept ? named_by(st, SET_OWNED, &vs->key) : ours(st, &vs->key);
		vs->excluded = kept && !vs->ours;
	}
}
