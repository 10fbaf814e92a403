/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain virtual servers and their real servers. */
#include <string.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/tuning.h"

#define PERSISTENCE_MAX_SEC 2678400 /* 31 days */

static const char *const protocols[] = {"TCP", "UDP", "SCTP", NULL};
static const char *const families[] = {"IPv4", "IPv6", NULL};

static uint8_t family_of(const struct plain *p)
{
	struct ipaddr ip;

	if (text_given(&p->address))
		return ip_parse(p->address.s, &ip, NULL) ? ip.family : 0;
	return family_from_name(p->family.s);
}

static void one_key(struct check *c, const struct plain *p)
{
	bool address = text_given(&p->address);

	if (address == p->mark.given)
		check_report(c, address ? p->mark.at : p->address.at,
			     "a virtual server has either an address or a firewall mark");
}

static void address(struct check *c, const struct plain *p)
{
	struct ipaddr ip;
	const char *fault = text_given(&p->address) ? address_fault(p->address.s, &ip) : NULL;

	if (fault)
		check_report(c, p->address.at, "%s %s", check_shown(c, p->address.s), fault);
}

static void port(struct check *c, const struct plain *p)
{
	if (text_given(&p->address) && !p->port.given)
		check_report(c, p->port.at, "no port is given, it must be 1-65535");
	else if (p->port.given && (p->port.v < 1 || p->port.v > UINT16_MAX))
		check_report(c, p->port.at, "%lld is not in 1-65535", (long long)p->port.v);
}

static void protocol(struct check *c, const struct plain *p)
{
	if (text_given(&p->protocol) && word_index(protocols, p->protocol.s) < 0)
		check_report(c, p->protocol.at, "%s is not one of %s",
			     check_shown(c, p->protocol.s), check_words(c, protocols));
}

static void mark(struct check *c, const struct plain *p)
{
	if (p->mark.given && (p->mark.v < 1 || p->mark.v > UINT32_MAX))
		check_report(c, p->mark.at, "%lld is not in 1-%u", (long long)p->mark.v,
			     UINT32_MAX);
}

static void mark_only(struct check *c, const struct plain *p)
{
	struct pos at = pos_or(p->port.at, p->spec_at);

	if (!p->mark.given || text_given(&p->address))
		return;
	if (p->port.given || text_given(&p->protocol) || p->bind.v != TRI_UNSET)
		check_report(c, at, "port, protocol and bind go with an address, not with a mark");
}

static void family(struct check *c, const struct plain *p)
{
	if (!text_given(&p->family))
		return;
	if (word_index(families, p->family.s) < 0)
		check_report(c, p->family.at, "%s is not one of %s", check_shown(c, p->family.s),
			     check_words(c, families));
	else if (text_given(&p->address) && family_from_name(p->family.s) != family_of(p))
		check_report(c, p->family.at, "the address is not %s", p->family.s);
}

static void scheduler(struct check *c, const struct plain *p)
{
	if (text_given(&p->scheduler) && !scheduler_known(p->scheduler.s))
		check_report(c, p->scheduler.at, "%s is not one of the schedulers %s",
			     check_shown(c, p->scheduler.s), check_words(c, scheduler_names()));
}

static void scheduler_flags(struct check *c, const struct plain *p)
{
	for (size_t i = 0; i < p->scheduler_flags.n; i++) {
		const struct ftext *t = &p->scheduler_flags.v[i];

		c->index[0] = i;
		validate_scheduler_flag(c, t->at, t->s, strlen(t->s),
					text_or(&p->scheduler, c->opts->scheduler));
	}
}

static void one_packet(struct check *c, const struct plain *p)
{
	if (p->one_packet.v == TRI_TRUE && text_given(&p->protocol) &&
	    !text_is(&p->protocol, "UDP"))
		check_report(c, p->one_packet.at,
			     "only UDP has packets that are a request each, the protocol is %s",
			     check_shown(c, p->protocol.s));
	for (size_t i = 0; p->one_packet.v == TRI_TRUE && i < p->n_servers; i++) {
		if (!text_is(&p->servers[i].forwarding, "masquerade"))
			continue;
		check_warn(c, c->path, p->one_packet.at, ONE_PACKET_ANSWERS);
		break;
	}
}

static void persistence_timeout(struct check *c, const struct plain *p)
{
	int64_t v = p->persistence_timeout.v;

	if (p->persistence_given && (v < 1 || v > PERSISTENCE_MAX_SEC))
		check_report(c, pos_or(p->persistence_timeout.at, p->persistence_at),
			     "%lld is not in 1-%d", (long long)v, PERSISTENCE_MAX_SEC);
}

static void persistence_prefix(struct check *c, const struct plain *p)
{
	int64_t max = family_of(p) == 6 ? 128 : 32;

	if (p->persistence_prefix.given &&
	    (p->persistence_prefix.v < 1 || p->persistence_prefix.v > max))
		check_report(c, p->persistence_prefix.at, "%lld is not in 1-%lld",
			     (long long)p->persistence_prefix.v, (long long)max);
}

static const struct {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct plain *p);
} rules[] = {
	{"spec", FAULT_REQUIRED, one_key},
	{"spec.address", FAULT_INVALID, address},
	{"spec.port", FAULT_INVALID, port},
	{"spec.protocol", FAULT_NOT_SUPPORTED, protocol},
	{"spec.mark", FAULT_INVALID, mark},
	{"spec", FAULT_FORBIDDEN, mark_only},
	{"spec.family", FAULT_INVALID, family},
	{"spec.scheduler", FAULT_NOT_SUPPORTED, scheduler},
	{"spec.schedulerFlags[#]", FAULT_INVALID, scheduler_flags},
	{"spec.onePacket", FAULT_FORBIDDEN, one_packet},
	{"spec.persistence.timeoutSeconds", FAULT_INVALID, persistence_timeout},
	{"spec.persistence.prefixLength", FAULT_INVALID, persistence_prefix},
};

/* ---- real servers ---- */

struct forwarding_words plain_forwarding(const struct plain_server *s)
{
	return (struct forwarding_words){
		.method = s->forwarding,
		.tunnel_type = s->tunnel_type,
		.tunnel_port = s->tunnel_port,
		.checksum = s->tunnel_checksum,
		.method_path = "spec.realServers[#].forwarding",
		.type_path = "spec.realServers[#].tunnel.type",
		.port_path = "spec.realServers[#].tunnel.port",
		.checksum_path = "spec.realServers[#].tunnel.checksum",
	};
}

static void server_address(struct check *c, const struct plain *p, const struct plain_server *s)
{
	struct ipaddr ip;
	const char *fault;

	if (!text_given(&s->address)) {
		check_report(c, s->address.at, "a real server has an address");
		return;
	}
	fault = address_fault(s->address.s, &ip);
	if (fault)
		check_report(c, s->address.at, "%s %s", check_shown(c, s->address.s), fault);
	else if (family_of(p) && ip.family != family_of(p) && !text_is(&s->forwarding, "tunnel"))
		check_report(c, s->address.at,
			     "%s is not %s, only a tunnel leads into the other family",
			     check_shown(c, s->address.s), family_name(family_of(p)));
}

static void server_port(struct check *c, const struct plain *p, const struct plain_server *s)
{
	bool masquerade = text_is(&s->forwarding, "masquerade");

	if (!s->port.given)
		return;
	if (s->port.v < 1 || s->port.v > UINT16_MAX)
		check_report(c, s->port.at, "%lld is not in 1-65535", (long long)s->port.v);
	else if (!masquerade && !p->port.given)
		check_report(c, s->port.at, "%s leaves the port of packets as it is",
			     check_shown(c, s->forwarding.s));
	else if (!masquerade && s->port.v != p->port.v)
		check_report(c, s->port.at,
			     "%s leaves the port of packets as it is: the virtual server has %lld",
			     check_shown(c, s->forwarding.s), (long long)p->port.v);
}

static void server_weight(struct check *c, const struct plain *p, const struct plain_server *s)
{
	(void)p;
	if (s->weight.v < 0 || s->weight.v > WEIGHT_MAX)
		check_report(c, s->weight.at, "%lld is not in 0-%d", (long long)s->weight.v,
			     WEIGHT_MAX);
}

static void server_upper(struct check *c, const struct plain *p, const struct plain_server *s)
{
	(void)p;
	if (s->upper_threshold.v < 0 || s->upper_threshold.v > THRESHOLD_MAX)
		check_report(c, s->upper_threshold.at, "%lld is not in 0-%d",
			     (long long)s->upper_threshold.v, THRESHOLD_MAX);
}

static void server_lower(struct check *c, const struct plain *p, const struct plain_server *s)
{
	(void)p;
	if (s->lower_threshold.v < 0 || s->lower_threshold.v > s->upper_threshold.v)
		check_report(c, s->lower_threshold.at,
			     "%lld is not in 0-%lld, up to the upper threshold",
			     (long long)s->lower_threshold.v, (long long)s->upper_threshold.v);
}

static const struct {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct plain *p, const struct plain_server *s);
} server_rules[] = {
	{"spec.realServers[#].address", FAULT_INVALID, server_address},
	{"spec.realServers[#].port", FAULT_INVALID, server_port},
	{"spec.realServers[#].weight", FAULT_INVALID, server_weight},
	{"spec.realServers[#].upperThreshold", FAULT_INVALID, server_upper},
	{"spec.realServers[#].lowerThreshold", FAULT_INVALID, server_lower},
};

static void servers_differ(struct check *c, const struct plain *p)
{
	struct unique *u = check_scratch(c, p->n_servers, sizeof(*u));

	check_at(c, FAULT_DUPLICATE, "spec.realServers[#]", NULL);
	for (size_t i = 0; u && i < p->n_servers; i++) {
		const struct plain_server *s = &p->servers[i];

		u[i].text = arena_printf(&c->scratch, "%s port %lld", text_or(&s->address, ""),
					 (long long)s->port.v);
		u[i].index = i;
		u[i].at = s->at;
		if (!u[i].text) {
			c->given_up = true;
			return;
		}
	}
	if (u)
		check_unique(c, u, p->n_servers, 0);
}

void validate_plain(struct check *c, const struct plain *p)
{
	c->at = pos_or(p->spec_at, p->meta.at);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		check_at(c, rules[i].fault, rules[i].path, NULL);
		rules[i].check(c, p);
	}
	for (size_t i = 0; i < p->n_servers; i++) {
		const struct plain_server *s = &p->servers[i];
		struct forwarding_words w = plain_forwarding(s);

		c->index[0] = i;
		c->at = pos_or(s->at, p->spec_at);
		validate_forwarding(c, &w);
		for (size_t k = 0; k < sizeof(server_rules) / sizeof(server_rules[0]); k++) {
			check_at(c, server_rules[k].fault, server_rules[k].path, NULL);
			server_rules[k].check(c, p, s);
		}
	}
	servers_differ(c, p);
}
