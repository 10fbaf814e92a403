/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of node ports, where there are node ports: those that change nothing, and one that lacks. */
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"

void idle_warn_option(struct check *c, const char *fmt, ...)
{
	static const struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};
	struct svclb_error *e;
	va_list ap;

	va_start(ap, fmt);
	e = err_newv(SVCLB_EINVALID, &parts, fmt, ap);
	va_end(ap);
	if (svclb_error_get_code(e) == SVCLB_ENOMEM)
		c->given_up = true;
	else
		problems_add(&c->model->warnings, e);
}

bool model_has_node_ports(struct svclb_model *model)
{
	size_t i, end = model_kind_range(model, SVCLB_KIND_SERVICE, &i);

	for (; i < end; i++) {
		const struct service *s = model->objects.v[i]->service;

		for (size_t k = 0; k < s->n_ports && !service_skip_reason(s); k++)
			if (s->ports[k].node_port.v)
				return true;
	}
	return false;
}

/* In mode iptables node ports are served at 127.0.0.1, nowhere else at such an address. */
static bool served_loopback(const struct svclb_options *o, const struct cidr *net)
{
	static const struct ipaddr localhost = {.family = 4, .b = {127, 0, 0, 1}};

	return o->mode != SVCLB_MODE_IPVS && o->localhost_node_ports && net->ip.family == 4 &&
	       cidr_contains(net, &localhost);
}

static bool holds_address(const struct svclb_options *o, const struct cidr *net)
{
	for (size_t i = 0; i < o->node_addresses.n; i++) {
		const struct node_address *a = &o->node_addresses.v[i];

		if (a->ip.family == net->ip.family && cidr_contains(net, &a->ip) &&
		    !ip_is_loopback(&a->ip) && !(a->ip.family == 6 && ip_is_link_local(&a->ip)) &&
		    strcmp(a->ifname, o->link_name) != 0)
			return true;
	}
	return served_loopback(o, net);
}

/* A network of everything opens all there is, and that may be nothing. */
static void warn_networks(struct check *c)
{
	const struct svclb_options *o = c->opts;
	char text[CIDR_TEXT_MAX];

	for (size_t i = 0; o->node_addresses.n && i < o->node_port_cidrs.n; i++) {
		const struct cidr *net = &o->node_port_cidrs.v[i];

		if (net->plen && !holds_address(o, net))
			idle_warn_option(c,
					 "no address of this node is in %s of the option "
					 "nodePortAddresses, so it opens no node port",
					 cidr_format(net, text));
	}
}

/* Whether networks or "primary" keep node ports away from 127.0.0.1. */
static bool closed_to_localhost(const struct svclb_options *o)
{
	static const struct ipaddr localhost = {.family = 4, .b = {127, 0, 0, 1}};
	bool any = false;

	for (size_t i = 0; i < o->node_port_cidrs.n; i++) {
		const struct cidr *net = &o->node_port_cidrs.v[i];

		if (net->ip.family == 4 && cidr_contains(net, &localhost))
			return false;
		any |= net->ip.family == 4;
	}
	return any || o->node_ports_primary;
}

/* That mode ipvs has none is said where the mode is known for sure: apply/mode.c. */
static void warn_localhost(struct check *c)
{
	const struct svclb_options *o = c->opts;

	if (!o->localhost_node_ports || !o->localhost_node_ports_given ||
	    o->mode == SVCLB_MODE_IPVS)
		return;
	if (!o->ipv4)
		idle_warn_option(c, "the option localhostNodePorts is without effect: IPv4 is off");
	else if (closed_to_localhost(o))
		idle_warn_option(c, "the option localhostNodePorts is without effect: the option "
				    "nodePortAddresses leaves out 127.0.0.1");
}

static bool is_unusual(const struct svclb_options *o, const struct fint *n)
{
	return n->v && !options_node_port_in_range(o, n->v);
}

/* The first of the Service that the usual range lacks. */
static bool unusual_port(const struct svclb_options *o, const struct service *s, struct spot *ret)
{
	for (size_t i = 0; i < s->n_ports && !service_skip_reason(s); i++) {
		if (!is_unusual(o, &s->ports[i].node_port))
			continue;
		*ret = (struct spot){pos_or(s->ports[i].node_port.at, s->ports[i].at), i};
		return true;
	}
	return false;
}

static bool unusual_check(const struct svclb_options *o, const struct service *s, struct spot *ret)
{
	ret->at = s->health_check_node_port.at;
	return !service_skip_reason(s) && is_unusual(o, &s->health_check_node_port);
}

/* A cluster has the range that its API server was told: only who tells it here can have it checked. */
static void warn_unusual_ports(struct check *c)
{
	static const char unusual[] = "is not in the usual range, 30000-32767";
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);
	struct found ports = {.others = 0}, checks = {.others = 0};

	for (; i < end && !c->opts->node_port_range_given && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (unusual_port(c->opts, o->service, &spot))
			idle_find(&ports, o, &spot);
		if (unusual_check(c->opts, o->service, &spot))
			idle_find(&checks, o, &spot);
	}
	c->advice = "give the cluster's range: nodePortRange of the SvclbConfiguration, in C "
		    "svclb_options_set_node_port_range()";
	idle_warn(c, &ports, "spec.ports[#].nodePort", unusual);
	idle_warn(c, &checks, "spec.healthCheckNodePort", unusual);
	c->advice = NULL;
}

void model_warn_options(struct check *c)
{
	warn_unusual_ports(c);
	if (!model_has_node_ports(c->model))
		return;
	warn_localhost(c);
	warn_networks(c);
}
