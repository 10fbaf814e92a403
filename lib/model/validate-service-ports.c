/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services: their ports, each by itself and against the others. */
#include "model/check.h"
#include "model/fields.h"
#include "model/syntax.h"

#define KUBELET_PORT 10250

static const char *const protocols[] = {"TCP", "UDP", "SCTP", NULL};

static bool port_number(const struct fint *n)
{
	return n->v >= 1 && n->v <= UINT16_MAX;
}

static void name_missing(struct check *c, const struct service *s, const struct service_port *p)
{
	if (s->n_ports > 1 && !text_given(&p->name))
		check_report(c, p->name.at, "each of several ports needs a name");
}

static void name_syntax(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (text_given(&p->name) && !is_dns1123_label(p->name.s))
		check_report(c, p->name.at, "%s is not a DNS label", check_shown(c, p->name.s));
}

static void port_range(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (!p->port.given)
		check_report(c, p->port.at, "no port is given, it must be 1-65535");
	else if (!port_number(&p->port))
		check_report(c, p->port.at, "%lld is not in 1-65535", (long long)p->port.v);
}

static void protocol_missing(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (!text_given(&p->protocol))
		check_report(c, p->protocol.at, "one of %s", check_words(c, protocols));
}

static void protocol_unknown(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (text_given(&p->protocol) && !proto_from_name(p->protocol.s))
		check_report(c, p->protocol.at, "%s is not one of %s",
			     check_shown(c, p->protocol.s), check_words(c, protocols));
}

static void target_port(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (text_given(&p->target_port_name)) {
		if (!is_service_name(p->target_port_name.s))
			check_report(c, p->target_port_name.at,
				     "%s is neither a port number nor the name of one",
				     check_shown(c, p->target_port_name.s));
	} else if (p->target_port.given && p->target_port.v != p->port.v &&
		   !port_number(&p->target_port)) {
		/* One that equals the port is reported as that. */
		check_report(c, p->target_port.at, "%lld is not in 1-65535",
			     (long long)p->target_port.v);
	}
}

static void node_port_type(struct check *c, const struct service *s, const struct service_port *p)
{
	if (p->node_port.v && service_is(s, "ClusterIP"))
		check_report(c, p->node_port.at, "%lld cannot be used with type ClusterIP",
			     (long long)p->node_port.v);
}

static void node_port_range(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	/* 0 is none given: one is allocated where it is needed */
	if (p->node_port.v < 0 || p->node_port.v > UINT16_MAX)
		check_report(c, p->node_port.at, "%lld is not in 1-65535",
			     (long long)p->node_port.v);
}

static void app_protocol(struct check *c, const struct service *s, const struct service_port *p)
{
	(void)s;
	if (text_given(&p->app_protocol) && !is_qualified_name(p->app_protocol.s))
		check_report(c, p->app_protocol.at, "%s is not a qualified name",
			     check_shown(c, p->app_protocol.s));
}

static void kubelet_port(struct check *c, const struct service *s, const struct service_port *p)
{
	if (service_is(s, "LoadBalancer") && p->port.v == KUBELET_PORT)
		check_report(c, p->port.at, "a LoadBalancer cannot have port %d, the kubelet's",
			     KUBELET_PORT);
}

static const struct port_rule {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct service *s, const struct service_port *p);
	const char *hint;
} port_rules[] = {
	{"spec.ports[#].name", FAULT_REQUIRED, name_missing, NULL},
	{"spec.ports[#].name", FAULT_INVALID, name_syntax,
	 "lower-case letters, digits and '-', at most 63"},
	{"spec.ports[#].port", FAULT_INVALID, port_range, NULL},
	{"spec.ports[#].protocol", FAULT_REQUIRED, protocol_missing, NULL},
	{"spec.ports[#].protocol", FAULT_NOT_SUPPORTED, protocol_unknown,
	 "protocols are written in capitals"},
	{"spec.ports[#].targetPort", FAULT_INVALID, target_port,
	 "names have at most 15 lower-case letters, digits and single '-', and a letter"},
	{"spec.ports[#].nodePort", FAULT_FORBIDDEN, node_port_type,
	 "set type: NodePort or remove nodePort"},
	{"spec.ports[#].nodePort", FAULT_INVALID, node_port_range, NULL},
	{"spec.ports[#].appProtocol", FAULT_INVALID, app_protocol, NULL},
	{"spec.ports[#]", FAULT_INVALID, kubelet_port, NULL},
};

static void ports_missing(struct check *c, const struct service *s)
{
	if (s->n_ports || service_headless(s) || service_is(s, "ExternalName"))
		return;
	check_at(c, FAULT_REQUIRED, "spec.ports", NULL);
	check_report(c, s->ports_at, "at least one port");
}

static struct unique unique_name(struct check *c, const struct service_port *p)
{
	(void)c;
	return (struct unique){.text = text_or(&p->name, NULL), .at = p->name.at};
}

/* Protocol and number; the number 0 takes no part. */
static struct unique unique_number(struct check *c, const struct service_port *p, int64_t number)
{
	uint8_t proto = proto_from_name(p->protocol.s);
	struct unique u = {.shown = ""};

	if (!proto || number < 1 || number > UINT16_MAX)
		return u;
	u.number = (uint64_t)proto << 16 | (uint64_t)number;
	u.shown = arena_printf(&c->scratch, "%lld/%s", (long long)number, proto_name(proto));
	if (!u.shown) {
		c->given_up = true;
		u.shown = "";
	}
	return u;
}

static struct unique unique_port(struct check *c, const struct service_port *p)
{
	struct unique u = unique_number(c, p, p->port.v);

	u.at = pos_or(p->at, p->port.at);
	return u;
}

static struct unique unique_node_port(struct check *c, const struct service_port *p)
{
	struct unique u = unique_number(c, p, p->node_port.v);

	u.at = p->node_port.at;
	return u;
}

static const struct {
	const char *path;
	struct unique (*of)(struct check *c, const struct service_port *p);
} unique_rules[] = {
	{"spec.ports[#].name", unique_name},
	{"spec.ports[#]", unique_port},
	{"spec.ports[#].nodePort", unique_node_port},
};

static void ports_differ(struct check *c, const struct service *s, size_t rule)
{
	struct unique *u = check_scratch(c, s->n_ports, sizeof(*u));
	size_t n = 0;

	if (!u)
		return;
	for (size_t i = 0; i < s->n_ports; i++) {
		struct unique one = unique_rules[rule].of(c, &s->ports[i]);

		one.index = i;
		one.at = pos_or(one.at, s->ports[i].at);
		if (one.text || one.number)
			u[n++] = one;
	}
	check_at(c, FAULT_DUPLICATE, unique_rules[rule].path, NULL);
	check_unique(c, u, n, 0);
}

void validate_service_ports(struct check *c, const struct service *s)
{
	struct pos at = c->at;

	ports_missing(c, s);
	for (size_t i = 0; i < s->n_ports; i++) {
		c->index[0] = i;
		c->at = pos_or(s->ports[i].at, at);
		for (size_t r = 0; r < sizeof(port_rules) / sizeof(port_rules[0]); r++) {
			check_at(c, port_rules[r].fault, port_rules[r].path, port_rules[r].hint);
			port_rules[r].check(c, s, &s->ports[i]);
		}
	}
	c->at = at;
	for (size_t r = 0; s->n_ports > 1 && r < sizeof(unique_rules) / sizeof(unique_rules[0]);
	     r++)
		ports_differ(c, s, r);
}
