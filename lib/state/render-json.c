/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States as JSON. */
#include "model/model.h"
#include "state/render.h"
#include "util/jsonout.h"

static void add_origin(struct jsonout *j, const struct svclb_state *st, origin_id id)
{
	const struct origin *o;

	if (!id || id >= st->origins.n)
		return;
	o = &st->origins.v[id];
	jsonout_key(j, "origin");
	jsonout_object(j);
	jsonout_kv_str(j, "object", o->object);
	jsonout_kv_str(j, "file", o->file);
	if (o->at.line)
		jsonout_kv_int(j, "line", o->at.line);
	if (o->at.column)
		jsonout_kv_int(j, "column", o->at.column);
	jsonout_object_end(j);
}

static const char *forwarding_name(uint8_t fwd)
{
	switch (fwd) {
	case FWD_TUNNEL:
		return "tunnel";
	case FWD_DROUTE:
		return "route";
	default:
		return "masquerade";
	}
}

static void add_rserver(struct jsonout *j, const struct rserver *rs)
{
	char ip[IP_TEXT_MAX];

	jsonout_object(j);
	jsonout_kv_str(j, "address", ip_format(&rs->ip, ip));
	jsonout_kv_int(j, "port", rs->port);
	jsonout_kv_str(j, "forwarding", forwarding_name(rs->fwd));
	if (rs->fwd == FWD_TUNNEL)
		jsonout_kv_str(j, "tunnelType", tunnel_type_name(rs->tun_type));
	if (rs->tun_port)
		jsonout_kv_int(j, "tunnelPort", rs->tun_port);
	if (rs->tun_type)
		jsonout_kv_str(j, "tunnelChecksum", tunnel_checksum_name(rs->tun_flags));
	jsonout_kv_int(j, "weight", rs->weight);
	if (rs->upper_threshold)
		jsonout_kv_int(j, "upperThreshold", rs->upper_threshold);
	if (rs->lower_threshold)
		jsonout_kv_int(j, "lowerThreshold", rs->lower_threshold);
	if (rs->active_conns)
		jsonout_kv_int(j, "activeConnections", rs->active_conns);
	if (rs->inactive_conns)
		jsonout_kv_int(j, "inactiveConnections", rs->inactive_conns);
	if (rs->draining)
		jsonout_kv_bool(j, "draining", true);
	if (rs->draining && rs->drain_left_ms != SVCLB_NO_DEADLINE)
		jsonout_kv_int(j, "millisecondsLeft", (int64_t)rs->drain_left_ms);
	jsonout_object_end(j);
}

static void add_vs_key(struct jsonout *j, const struct vs_key *key)
{
	char ip[IP_TEXT_MAX];

	jsonout_kv_str(j, "family", family_name(key->family));
	if (key->fwmark) {
		jsonout_kv_int(j, "mark", key->fwmark);
		return;
	}
	jsonout_kv_str(j, "address", ip_format(&key->ip, ip));
	jsonout_kv_int(j, "port", key->port);
	jsonout_kv_str(j, "protocol", proto_name(key->proto));
}

static void add_vserver(struct jsonout *j, const struct svclb_state *st, const struct vserver *vs)
{
	char flags[SCHED_FLAGS_TEXT_MAX];

	jsonout_object(j);
	add_vs_key(j, &vs->key);
	jsonout_kv_str(j, "scheduler", vs->sched);
	if (*sched_flags_text(vs, flags))
		jsonout_kv_str(j, "schedulerFlags", flags);
	if (vs->flags & VS_PERSISTENT) {
		jsonout_kv_int(j, "persistenceSeconds", vs->timeout_sec);
		jsonout_kv_int(j, "persistencePrefix", vs->netmask);
	}
	if (*vs->pe)
		jsonout_kv_str(j, "persistenceEngine", vs->pe);
	if (vs->flags & VS_ONEPACKET)
		jsonout_kv_bool(j, "onePacket", true);
	jsonout_kv_bool(j, "ours", vs->ours);
	add_origin(j, st, vs->origin);
	jsonout_key(j, "realServers");
	jsonout_array(j);
	for (uint32_t i = 0; i < vs->rs_count; i++)
		add_rserver(j, &st->rservers.v[vs->rs_first + i]);
	jsonout_array_end(j);
	jsonout_object_end(j);
}

static void add_set(struct jsonout *j, const struct svclb_state *st, const struct ipset *set)
{
	char text[KEY_TEXT_MAX];

	jsonout_object(j);
	jsonout_kv_str(j, "name", set->name);
	jsonout_kv_str(j, "type", set_type_name(set->type));
	if (set->family)
		jsonout_kv_str(j, "family", family_name(set->family));
	if (set->maxelem)
		jsonout_kv_int(j, "maxElements", set->maxelem);
	jsonout_key(j, "entries");
	jsonout_array(j);
	for (uint32_t i = 0; i < set->entry_count; i++)
		jsonout_str(j, entry_text(set->type, &st->entries.v[set->entry_first + i], text,
					  sizeof(text)));
	jsonout_array_end(j);
	jsonout_object_end(j);
}

static void add_rule(struct jsonout *j, const struct svclb_state *st, const struct chain *c,
		     const struct rule *r)
{
	struct strbuf text = {0};

	rule_text(&text, st, c, r);
	if (text.failed)
		j->b->failed = true;
	else
		jsonout_str(j, text.s);
	strbuf_free(&text);
}

static void add_chain(struct jsonout *j, const struct svclb_state *st, const struct chain *c)
{
	jsonout_object(j);
	jsonout_kv_str(j, "family", family_name(c->family));
	jsonout_kv_str(j, "table", table_name(c->table));
	jsonout_kv_str(j, "name", c->name);
	jsonout_kv_bool(j, "builtIn", c->builtin);
	jsonout_key(j, "rules");
	jsonout_array(j);
	for (uint32_t i = 0; i < c->rule_count; i++)
		add_rule(j, st, c, &st->rules.v[c->rule_first + i]);
	jsonout_array_end(j);
	jsonout_object_end(j);
}

static void add_link(struct jsonout *j, const struct svclb_state *st)
{
	char text[CIDR_TEXT_MAX];

	jsonout_kv_bool(j, "link", st->link);
	jsonout_kv_str(j, "linkName", st->link_name);
	jsonout_key(j, "addresses");
	jsonout_array(j);
	for (size_t i = 0; i < st->addrs.n; i++) {
		struct cidr c = {st->addrs.v[i].ip, ip_bits(&st->addrs.v[i].ip)};

		jsonout_str(j, cidr_format(&c, text));
	}
	jsonout_array_end(j);
}

static void add_sysctls(struct jsonout *j, const struct svclb_state *st)
{
	jsonout_key(j, "sysctls");
	jsonout_array(j);
	for (size_t i = 0; i < st->sysctls.n; i++) {
		jsonout_object(j);
		jsonout_kv_str(j, "key", st->sysctls.v[i].key);
		jsonout_kv_str(j, "value", st->sysctls.v[i].value);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

static void add_timeouts(struct jsonout *j, const struct svclb_state *st)
{
	if (!st->timeouts_given)
		return;
	jsonout_key(j, "timeouts");
	jsonout_object(j);
	jsonout_kv_int(j, "tcpSeconds", st->timeouts.tcp_sec);
	jsonout_kv_int(j, "tcpFinSeconds", st->timeouts.tcp_fin_sec);
	jsonout_kv_int(j, "udpSeconds", st->timeouts.udp_sec);
	jsonout_object_end(j);
}

void render_json(struct strbuf *b, const struct svclb_state *st)
{
	struct jsonout j = {.b = b};

	jsonout_object(&j);
	jsonout_kv_str(&j, "apiVersion", "svclb.io/v1alpha1");
	jsonout_kv_str(&j, "kind", "State");
	jsonout_kv_str(&j, "formatVersion", "1.0");
	jsonout_key(&j, "virtualServers");
	jsonout_array(&j);
	for (size_t i = 0; i < st->vservers.n; i++)
		add_vserver(&j, st, &st->vservers.v[i]);
	jsonout_array_end(&j);
	jsonout_key(&j, "sets");
	jsonout_array(&j);
	for (size_t i = 0; i < st->sets.n; i++)
		add_set(&j, st, &st->sets.v[i]);
	jsonout_array_end(&j);
	jsonout_key(&j, "chains");
	jsonout_array(&j);
	for (size_t i = 0; i < st->chains.n; i++)
		add_chain(&j, st, &st->chains.v[i]);
	jsonout_array_end(&j);
	add_link(&j, st);
	add_sysctls(&j, st);
	add_timeouts(&j, st);
	jsonout_object_end(&j);
	strbuf_addc(b, '\n');
}
