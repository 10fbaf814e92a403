/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual and real servers as `ipvsadm -Sn` prints them. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "state/render.h"

/* The names that ipvsadm has for the three flags of a scheduler. */
static const struct {
	const char *sched; /* NULL: any other */
	uint32_t flag;
	const char *name;
} sched_flags[] = {
	{"sh", VS_SCHED1, "sh-fallback"}, {"sh", VS_SCHED2, "sh-port"}, {"sh", VS_SCHED3, "flag-3"},
	{"mh", VS_SCHED1, "mh-fallback"}, {"mh", VS_SCHED2, "mh-port"}, {"mh", VS_SCHED3, "flag-3"},
	{NULL, VS_SCHED1, "flag-1"},	  {NULL, VS_SCHED2, "flag-2"},	{NULL, VS_SCHED3, "flag-3"},
};

const char *sched_flags_text(const struct vserver *vs, char buf[SCHED_FLAGS_TEXT_MAX])
{
	bool named = !strcmp(vs->sched, "sh") || !strcmp(vs->sched, "mh");
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(sched_flags) / sizeof(sched_flags[0]); i++) {
		const char *sched = sched_flags[i].sched;

		if (!(vs->flags & sched_flags[i].flag) ||
		    (named ? !sched || strcmp(sched, vs->sched) : sched != NULL))
			continue;
		(void)snprintf(buf + len, SCHED_FLAGS_TEXT_MAX - len, "%s%s", len ? "," : "",
			       sched_flags[i].name); /* the three longest fit */
		len = strlen(buf);
	}
	return buf;
}

static const char *proto_option(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return "-t";
	case PROTO_UDP:
		return "-u";
	default:
		return "--sctp-service";
	}
}

/* "-t 10.0.0.1:80", "-f 5 -6" */
static void add_service(struct strbuf *b, const struct vs_key *key)
{
	char ip[IP_TEXT_MAX];

	if (key->fwmark)
		strbuf_addf(b, "-f %u%s", key->fwmark, key->family == 6 ? " -6" : "");
	else
		strbuf_addf(b, key->family == 6 ? "%s [%s]:%u" : "%s %s:%u",
			    proto_option(key->proto), ip_format(&key->ip, ip), key->port);
}

static void add_persistence(struct strbuf *b, const struct vserver *vs)
{
	struct ipaddr mask = {.family = 4};
	char text[IP_TEXT_MAX];

	if (!(vs->flags & VS_PERSISTENT))
		return;
	strbuf_addf(b, " -p %u", vs->timeout_sec);
	memset(mask.b, 0xff, 4);
	ip_mask(&mask, (uint8_t)vs->netmask);
	if (vs->key.family == 4 && vs->netmask < 32)
		strbuf_addf(b, " -M %s", ip_format(&mask, text));
	else if (vs->key.family == 6 && vs->netmask != 128)
		strbuf_addf(b, " -M %u", vs->netmask);
	if (*vs->pe)
		strbuf_addf(b, " --pe %s", vs->pe);
}

/* Numbers and flags: linux/ip_vs.h, IP_VS_CONN_F_TUNNEL_TYPE_*, IP_VS_TUNNEL_ENCAP_FLAG_*. */
const char *tunnel_type_name(uint8_t type)
{
	static const char *const types[] = {"ipip", "gue", "gre"};

	return type < sizeof(types) / sizeof(types[0]) ? types[type] : "";
}

const char *tunnel_checksum_name(uint16_t flags)
{
	return flags & 1 ? "full" : flags & 2 ? "remote" : "none";
}

static void add_tunnel(struct strbuf *b, const struct rserver *rs)
{
	const char *type = tunnel_type_name(rs->tun_type);

	if (rs->fwd != FWD_TUNNEL || !*type)
		return;
	strbuf_addf(b, " --tun-type %s", type);
	if (rs->tun_type == 1)
		strbuf_addf(b, " --tun-port %u", rs->tun_port);
	if (rs->tun_type)
		strbuf_add(b, rs->tun_flags & 1	  ? " --tun-csum"
			      : rs->tun_flags & 2 ? " --tun-remcsum"
						  : " --tun-nocsum");
}

static void add_rserver(struct strbuf *b, const struct vserver *vs, const struct rserver *rs)
{
	char text[KEY_TEXT_MAX];

	strbuf_add(b, "-a ");
	add_service(b, &vs->key);
	strbuf_addf(b, " -r %s %s -w %u", rs_text(rs, text, sizeof(text)),
		    rs->fwd == FWD_TUNNEL   ? "-i"
		    : rs->fwd == FWD_DROUTE ? "-g"
					    : "-m",
		    rs->weight);
	add_tunnel(b, rs);
	strbuf_addc(b, '\n');
}

static void add_vserver(struct strbuf *b, const struct vserver *vs)
{
	char flags[SCHED_FLAGS_TEXT_MAX];

	strbuf_add(b, "-A ");
	add_service(b, &vs->key);
	strbuf_addf(b, " -s %s", vs->sched);
	add_persistence(b, vs);
	if (vs->flags & VS_ONEPACKET)
		strbuf_add(b, " -o");
	if (*sched_flags_text(vs, flags))
		strbuf_addf(b, " -b %s", flags);
	strbuf_addc(b, '\n');
}

void render_ipvsadm(struct strbuf *b, const struct svclb_state *st)
{
	for (size_t i = 0; i < st->vservers.n; i++) {
		const struct vserver *vs = &st->vservers.v[i];

		add_vserver(b, vs);
		for (uint32_t k = 0; k < vs->rs_count; k++)
			add_rserver(b, vs, &st->rservers.v[vs->rs_first + k]);
	}
}
