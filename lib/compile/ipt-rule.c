/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules put together piece by piece. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compile/ipt.h"

struct match *draft_match(struct draft *d, enum match_type type)
{
	struct match *m = &d->m[d->n++];

	*m = (struct match){.type = type};
	return m;
}

void draft_comment(struct draft *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(d->comment, sizeof(d->comment), fmt, ap); /* the longest fits */
	va_end(ap);
	(void)draft_match(d, MATCH_COMMENT); /* its text is set when the rule is added */
}

void draft_addrtype(struct draft *d, uint32_t addrtype)
{
	draft_match(d, MATCH_ADDRTYPE)->addrtype = addrtype;
}

void draft_ctstate(struct draft *d, uint32_t states, bool invert)
{
	struct match *m = draft_match(d, MATCH_CTSTATE);

	m->ctstate = states;
	m->invert = invert;
}

void draft_port(struct draft *d, uint8_t proto, uint16_t port)
{
	d->r.proto = proto;
	draft_match(d, MATCH_DPORT)->dport = port;
}

void draft_source(struct draft *d, const struct ipaddr *ip)
{
	d->r.src = (struct cidr){*ip, ip_bits(ip)};
}

void draft_destination(struct draft *d, const struct ipaddr *ip)
{
	d->r.dst = (struct cidr){*ip, ip_bits(ip)};
}

void draft_jump(struct draft *d, const char *chain)
{
	d->r.target = TARGET_JUMP;
	memcpy(d->r.jump, chain, strnlen(chain, sizeof(d->r.jump) - 1));
}

void draft_jump_fixed(struct draft *d, const struct compiler *c, enum chain_id chain)
{
	d->r.target = TARGET_JUMP;
	(void)chain_full_name(c->opts->prefix, chain, d->r.jump);
}

int draft_add(struct compiler *c, const struct draft *d, uint32_t chain)
{
	struct match m[DRAFT_MATCHES];
	struct rule r = d->r;

	memcpy(m, d->m, sizeof(m));
	for (size_t i = 0; i < d->n; i++)
		if (m[i].type == MATCH_COMMENT)
			m[i].comment = d->comment;
	r.chain = chain;
	return state_add_rule(c->st, &r, m, d->n) < 0 ? -1 : 0;
}

int draft_add_fixed(struct compiler *c, const struct draft *d, uint8_t family, enum chain_id chain)
{
	return draft_add(c, d, family_ctx(c, family)->chains[chain]);
}
