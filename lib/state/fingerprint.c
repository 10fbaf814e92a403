/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One short text for everything of ours in a state, by which it is known again. */
#include "state/fingerprint.h"

#include <stdio.h>

#include "util/sha256.h"
#include "util/strbuf.h"

struct printer {
	struct sha256 sum;
	struct strbuf line; /* of one object */
	bool failed;
};

/* Ends a line: as each has an end of its own, no two lists of lines look the same. */
static void take_line(struct printer *p)
{
	strbuf_addc(&p->line, '\n');
	p->failed |= p->line.failed;
	if (!p->line.failed)
		sha256_add(&p->sum, p->line.s, p->line.len);
	p->line.len = 0;
}

static void take_vserver(struct printer *p, const struct svclb_state *st, const struct vserver *vs)
{
	char key[KEY_TEXT_MAX];

	strbuf_addf(&p->line, "virtual server %s %s %s %x %u %u",
		    vs_key_text(&vs->key, key, sizeof(key)), vs->sched, vs->pe, vs->flags,
		    vs->timeout_sec, vs->netmask);
	take_line(p);
	for (uint32_t i = 0; i < vs->rs_count; i++) {
		const struct rserver *rs = &st->rservers.v[vs->rs_first + i];

		strbuf_addf(&p->line, "real server %s %u %u %u %u %u %u %u",
			    rs_text(rs, key, sizeof(key)), rs->fwd, rs->tun_type, rs->tun_port,
			    rs->tun_flags, rs->weight, rs->upper_threshold, rs->lower_threshold);
		take_line(p);
	}
}

static void take_set(struct printer *p, const struct svclb_state *st, const struct ipset *set)
{
	char text[KEY_TEXT_MAX];

	strbuf_addf(&p->line, "set %s %s %u %u", set->name, set_type_name(set->type), set->family,
		    set->maxelem);
	take_line(p);
	for (uint32_t i = 0; i < set->entry_count; i++) {
		strbuf_addf(&p->line, "entry %s",
			    entry_text(set->type, &st->entries.v[set->entry_first + i], text,
				       sizeof(text)));
		take_line(p);
	}
}

static void take_chain(struct printer *p, const struct svclb_state *st, const struct chain *c)
{
	strbuf_addf(&p->line, "chain %u %s %s", c->family, table_name(c->table), c->name);
	take_line(p);
	for (uint32_t i = 0; i < c->rule_count; i++) {
		rule_text(&p->line, st, c, &st->rules.v[c->rule_first + i]);
		take_line(p);
	}
}

static void take_link(struct printer *p, const struct svclb_state *st)
{
	char ip[IP_TEXT_MAX];

	strbuf_addf(&p->line, "owner %s %s, link %d", st->prefix, st->link_name, st->link);
	take_line(p);
	for (size_t i = 0; i < st->addrs.n; i++) {
		strbuf_addf(&p->line, "address %s", ip_format(&st->addrs.v[i].ip, ip));
		take_line(p);
	}
}

static void take_settings(struct printer *p, const struct svclb_state *st)
{
	for (size_t i = 0; i < st->sysctls.n; i++) {
		strbuf_addf(&p->line, "sysctl %s=%s", st->sysctls.v[i].key, st->sysctls.v[i].value);
		take_line(p);
	}
	if (!st->timeouts_given)
		return;
	strbuf_addf(&p->line, "time-outs %u %u %u", st->timeouts.tcp_sec, st->timeouts.tcp_fin_sec,
		    st->timeouts.udp_sec);
	take_line(p);
}

static void end(struct printer *p, char ret[FINGERPRINT_SIZE])
{
	uint8_t sum[SHA256_SIZE];

	sha256_end(&p->sum, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", sum[i]); /* always fits */
}

bool state_fingerprint(const struct svclb_state *st, bool settings, char ret[FINGERPRINT_SIZE])
{
	struct printer p = {.failed = false};

	sha256_init(&p.sum);
	take_link(&p, st);
	for (size_t i = 0; i < st->vservers.n; i++)
		if (st->vservers.v[i].ours)
			take_vserver(&p, st, &st->vservers.v[i]);
	for (size_t i = 0; i < st->sets.n; i++)
		take_set(&p, st, &st->sets.v[i]);
	for (size_t i = 0; i < st->chains.n; i++)
		take_chain(&p, st, &st->chains.v[i]);
	if (settings)
		take_settings(&p, st);
	end(&p, ret);
	strbuf_free(&p.line);
	return !p.failed;
}
