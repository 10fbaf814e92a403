/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source ranges of load balancers: who may use an ingress address. */
#include "compile/internal.h"

bool source_range_of(const struct ftext *text, uint8_t family, struct cidr *ret)
{
	return text->s && cidr_parse(text->s, ret, NULL) && ret->ip.family == family;
}

/* The kernel's sets have no entry for a prefix of length 0, which restricts nothing anyway. */
uint8_t source_range_flags(struct compiler *c, const struct service *s, uint8_t family)
{
	const struct ipaddr *node_ip = &family_ctx(c, family)->node_ip;
	uint8_t flags = CLAIM_RESTRICTED;

	if (service_admits_all(s, family))
		return 0;
	for (size_t i = 0; i < s->source_ranges.n; i++) {
		struct cidr range;

		if (source_range_of(&s->source_ranges.v[i], family, &range) &&
		    cidr_contains(&range, node_ip))
			flags |= CLAIM_NODE_ADMITTED;
	}
	return flags;
}

int add_source_range_entries(struct compiler *c, const struct claim *claim)
{
	const struct service *s = c->sel->ports[claim->port].service;
	const struct family_ctx *f = family_ctx(c, claim->key.family);
	struct set_entry e = {
		.set = f->sets[SET_LOAD_BALANCER_SOURCE_CIDR],
		.proto = claim->key.proto,
		.port = claim->key.port,
		.ip = claim->key.ip,
		.origin = c->origins[claim->port],
	};

	for (size_t i = 0; i < s->source_ranges.n; i++) {
		struct cidr range;

		if (!source_range_of(&s->source_ranges.v[i], claim->key.family, &range))
			continue;
		e.ip2 = range.ip;
		e.plen2 = range.plen;
		if (state_add_entry(c->st, &e) < 0)
			return -1;
	}
	if (!(claim->flags & CLAIM_NODE_ADMITTED))
		return 0;
	/* what the node itself sends to an address it holds has that address as its source */
	e.set = f->sets[SET_LOAD_BALANCER_SOURCE_IP];
	e.ip2 = claim->key.ip;
	e.plen2 = 0;
	return state_add_entry(c->st, &e) < 0 ? -1 : 0;
}
