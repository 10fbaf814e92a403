/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules as iptables-save prints them. */
#include <string.h>

#include "model/model.h"
#include "state/state.h"
#include "util/strbuf.h"

/* Quoted unless it consists of harmless characters. */
static void add_quoted(struct strbuf *b, const char *s)
{
	static const char harmless[] = "_-0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*s && !s[strspn(s, harmless)]) {
		strbuf_add(b, s);
		return;
	}
	strbuf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\' || *s == '\'')
			strbuf_addc(b, '\\');
		strbuf_addc(b, *s);
	}
	strbuf_addc(b, '"');
}

static void add_addr(struct strbuf *b, char option, const struct cidr *c, bool invert)
{
	char text[CIDR_TEXT_MAX];

	if (!c->ip.family || (!c->plen && !invert))
		return;
	strbuf_addf(b, "%s -%c %s", invert ? " !" : "", option, cidr_format(c, text));
}

static void add_iface(struct strbuf *b, char option, const char *name, bool invert)
{
	if (*name)
		strbuf_addf(b, "%s -%c %s", invert ? " !" : "", option, name);
}

static void add_proto(struct strbuf *b, const struct rule *r)
{
	if (!r->proto)
		return;
	strbuf_add(b, r->proto_invert ? " ! -p " : " -p ");
	if (r->proto == PROTO_TCP || r->proto == PROTO_UDP || r->proto == PROTO_SCTP)
		strbuf_add(b, proto_lower(r->proto));
	else
		strbuf_addf(b, "%u", r->proto);
}

static void add_set_match(struct strbuf *b, const struct match *m)
{
	strbuf_addf(b, " -m set%s --match-set %s", m->invert ? " !" : "", m->set.name);
	for (unsigned i = 0; i < m->set.n_dirs && i < sizeof(m->set.dirs); i++)
		strbuf_addf(b, "%c%s", i ? ',' : ' ', m->set.dirs[i] == SETDIR_SRC ? "src" : "dst");
}

static void add_addrtype(struct strbuf *b, uint32_t flags)
{
	strbuf_add(b, " -m addrtype");
	if (flags & ADDRTYPE_SRC_LOCAL)
		strbuf_addf(b, "%s --src-type LOCAL", flags & ADDRTYPE_NOT_SRC ? " !" : "");
	if (flags & ADDRTYPE_DST_LOCAL)
		strbuf_addf(b, "%s --dst-type LOCAL", flags & ADDRTYPE_NOT_DST ? " !" : "");
}

static void add_mark_match(struct strbuf *b, const struct match *m)
{
	strbuf_addf(b, " -m mark%s --mark 0x%x", m->invert ? " !" : "", m->mark.value);
	if (m->mark.mask != UINT32_MAX)
		strbuf_addf(b, "/0x%x", m->mark.mask);
}

static void add_ctstate(struct strbuf *b, const struct match *m)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{CT_INVALID, "INVALID"},	 {CT_NEW, "NEW"},   {CT_RELATED, "RELATED"},
		{CT_ESTABLISHED, "ESTABLISHED"}, {CT_DNAT, "DNAT"},
	};
	char sep = ' ';

	strbuf_addf(b, " -m conntrack%s --ctstate", m->invert ? " !" : "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(m->ctstate & names[i].flag))
			continue;
		strbuf_addf(b, "%c%s", sep, names[i].name);
		sep = ',';
	}
}

static void add_ipvs_match(struct strbuf *b, const struct match *m)
{
	char ip[IP_TEXT_MAX];

	strbuf_addf(b, " -m ipvs --vproto %u --vaddr %s --vport %u", m->ipvs.vproto,
		    ip_format(&m->ipvs.vaddr, ip), m->ipvs.vport);
}

static void add_recent(struct strbuf *b, const struct match *m, uint8_t family)
{
	strbuf_addf(b, " -m recent%s --%s", m->invert ? " !" : "",
		    m->recent.set ? "set" : "rcheck");
	if (m->recent.seconds)
		strbuf_addf(b, " --seconds %u", m->recent.seconds);
	if (m->recent.reap)
		strbuf_add(b, " --reap");
	strbuf_addf(b, " --name %s --mask %s --rsource", m->recent.name,
		    family == 4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void add_match(struct strbuf *b, const struct match *m, const struct rule *r, uint8_t family)
{
	switch (m->type) {
	case MATCH_SET:
		add_set_match(b, m);
		break;
	case MATCH_COMMENT:
		strbuf_add(b, " -m comment --comment ");
		add_quoted(b, m->comment);
		break;
	case MATCH_ADDRTYPE:
		add_addrtype(b, m->addrtype);
		break;
	case MATCH_MARK:
		add_mark_match(b, m);
		break;
	case MATCH_CTSTATE:
		add_ctstate(b, m);
		break;
	case MATCH_PHYSDEV_IN:
		strbuf_addf(b, " -m physdev%s --physdev-is-in", m->invert ? " !" : "");
		break;
	case MATCH_IPVS:
		add_ipvs_match(b, m);
		break;
	case MATCH_STATISTIC:
		strbuf_addf(b, " -m statistic --mode random%s --probability %.11f",
			    m->invert ? " !" : "", m->probability / 2147483648.0);
		break;
	case MATCH_RECENT:
		add_recent(b, m, family);
		break;
	case MATCH_DPORT:
		strbuf_addf(b, " -m %s%s --dport %u", proto_lower(r->proto), m->invert ? " !" : "",
			    m->dport);
		break;
	case MATCH_OTHER:
		strbuf_add(b, " -m unknown");
		break;
	}
}

static void add_dnat(struct strbuf *b, const struct rule *r)
{
	char ip[IP_TEXT_MAX];

	strbuf_addf(b,
		    r->dnat_ip.family == 6 ? " -j DNAT --to-destination [%s]:%u"
					   : " -j DNAT --to-destination %s:%u",
		    ip_format(&r->dnat_ip, ip), r->dnat_port);
}

static void add_target(struct strbuf *b, const struct rule *r, uint8_t family)
{
	switch (r->target) {
	case TARGET_NONE:
		break;
	case TARGET_ACCEPT:
		strbuf_add(b, " -j ACCEPT");
		break;
	case TARGET_DROP:
		strbuf_add(b, " -j DROP");
		break;
	case TARGET_RETURN:
		strbuf_add(b, " -j RETURN");
		break;
	case TARGET_JUMP:
		strbuf_addf(b, " -j %s", r->jump);
		break;
	case TARGET_MARK:
		strbuf_addf(b, " -j MARK --set-xmark 0x%x/0x%x", r->mark_value, r->mark_mask);
		break;
	case TARGET_MASQUERADE:
		strbuf_addf(b, " -j MASQUERADE%s", r->random_fully ? " --random-fully" : "");
		break;
	case TARGET_REJECT:
		strbuf_addf(b, " -j REJECT --reject-with icmp%s-port-unreachable",
			    family == 6 ? "6" : "");
		break;
	case TARGET_DNAT:
		add_dnat(b, r);
		break;
	case TARGET_OTHER:
		strbuf_add(b, " -j unknown");
		break;
	}
}

void rule_text(struct strbuf *b, const struct svclb_state *st, const struct chain *c,
	       const struct rule *r)
{
	strbuf_addf(b, "-A %s", c->name);
	add_addr(b, 's', &r->src, r->src_invert);
	add_addr(b, 'd', &r->dst, r->dst_invert);
	add_iface(b, 'i', r->in_iface, r->in_invert);
	add_iface(b, 'o', r->out_iface, r->out_invert);
	add_proto(b, r);
	for (uint32_t i = 0; i < r->match_count; i++)
		add_match(b, &st->matches.v[r->match_first + i], r, c->family);
	add_target(b, r, c->family);
}
