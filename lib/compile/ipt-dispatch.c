/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses of one service port: where their packets go, and how those are refused that have
 * nowhere to go. */
#include "compile/ipt.h"
#include "select/exposed.h"

/* One address, in the table nat: off to a chain of the port. */
static int send_to(struct compiler *c, const struct ipt_port *ip, const struct ipaddr *vip,
		   const char *what, enum hashed_chain kind)
{
	struct draft d = {.r = {.origin = ip->origin}};

	draft_comment(&d, "%s %s", ip->name, what);
	draft_port(&d, ip->p->port->proto, (uint16_t)ip->p->port->port.v);
	draft_destination(&d, vip);
	draft_jump(&d, ip->names[kind]);
	return draft_add_fixed(c, &d, ip->p->family, CHAIN_NAT_SERVICES);
}

/* With the policy Local and endpoints on other nodes only, silence: a load balancer tries another
 * node. */
static void draft_refusal(struct draft *d, const struct ipt_port *ip, bool local)
{
	bool silent = local && ip->elsewhere;

	d->r.origin = ip->origin;
	d->r.target = silent ? TARGET_DROP : TARGET_REJECT;
	draft_comment(d, silent ? "%s has no local endpoint" : "%s has no endpoint", ip->name);
}

static int refuse(struct compiler *c, const struct ipt_port *ip, const struct ipaddr *vip,
		  bool local, enum chain_id chain)
{
	struct draft d = {0};

	draft_refusal(&d, ip, local);
	draft_port(&d, ip->p->port->proto, (uint16_t)ip->p->port->port.v);
	draft_destination(&d, vip);
	return draft_add_fixed(c, &d, ip->p->family, chain);
}

static int dispatch_cluster_ip(struct compiler *c, const struct ipt_port *ip)
{
	const struct ipaddr *vip = &ip->p->cluster_ip;

	if (ip->served_inside)
		return send_to(c, ip, vip, "cluster IP", inside_chain(ip));
	return refuse(c, ip, vip, ip->itp_local, CHAIN_FILTER_SERVICES);
}

/* Pods and the node itself are served also where clients outside are not. */
static int dispatch_outside(struct compiler *c, const struct ipt_port *ip, const struct ipaddr *vip,
			    const char *what, enum hashed_chain kind)
{
	if (ip->entered && send_to(c, ip, vip, what, kind) < 0)
		return -1;
	if (ip->served_outside)
		return 0;
	return refuse(c, ip, vip, ip->etp_local, CHAIN_FILTER_EXTERNAL_SERVICES);
}

static int dispatch_external_ips(struct compiler *c, const struct ipt_port *ip)
{
	const struct service *s = ip->p->service;
	struct ipaddr vip;

	for (size_t i = 0; i < s->external_ips.n; i++)
		if (external_ip_of(s, i, ip->p->family, &vip) &&
		    dispatch_outside(c, ip, &vip, "external IP", HASHED_EXT) < 0)
			return -1;
	return 0;
}

/* What no source range admits comes back from the table nat with the address it had. */
static int close_ingress_ip(struct compiler *c, const struct ipt_port *ip, const struct ipaddr *vip)
{
	struct draft d = {.r = {.origin = ip->origin, .target = TARGET_DROP}};

	draft_comment(&d, "%s admits no such source", ip->name);
	draft_port(&d, ip->p->port->proto, (uint16_t)ip->p->port->port.v);
	draft_destination(&d, vip);
	return draft_add_fixed(c, &d, ip->p->family, CHAIN_FILTER_PROXY_FIREWALL);
}

static int dispatch_ingress_ips(struct compiler *c, const struct ipt_port *ip)
{
	const struct service *s = ip->p->service;
	bool restricted = ip->restricted && ip->entered;
	struct ipaddr vip;

	for (size_t i = 0; i < s->n_ingress; i++) {
		if (!ingress_vip_of(s, i, ip->p->family, &vip))
			continue;
		if (dispatch_outside(c, ip, &vip, "load balancer IP",
				     restricted ? HASHED_FW : HASHED_EXT) < 0 ||
		    (restricted && close_ingress_ip(c, ip, &vip) < 0))
			return -1;
	}
	return 0;
}

static int dispatch_node_port(struct compiler *c, const struct ipt_port *ip)
{
	uint16_t number = (uint16_t)ip->p->port->node_port.v;
	struct draft to = {.r = {.origin = ip->origin}};
	struct draft refusal = {0};

	if (!number)
		return 0;
	if (ip->entered) {
		draft_comment(&to, "%s", ip->name);
		draft_port(&to, ip->p->port->proto, number);
		draft_jump(&to, ip->names[HASHED_EXT]);
		if (draft_add_fixed(c, &to, ip->p->family, CHAIN_NAT_NODEPORTS) < 0)
			return -1;
	}
	if (ip->served_outside)
		return 0;
	draft_refusal(&refusal, ip, ip->etp_local);
	draft_addrtype(&refusal, ADDRTYPE_DST_LOCAL);
	draft_port(&refusal, ip->p->port->proto, number);
	return draft_add_fixed(c, &refusal, ip->p->family, CHAIN_FILTER_EXTERNAL_SERVICES);
}

static bool first_port_of_service(const struct compiler *c, const struct ipt_port *ip)
{
	return !ip->index || c->sel->ports[ip->index - 1].service != ip->p->service ||
	       c->sel->ports[ip->index - 1].family != ip->p->family;
}

static int admit_health_check(struct compiler *c, const struct ipt_port *ip)
{
	const struct service *s = ip->p->service;
	uint16_t number = (uint16_t)s->health_check_node_port.v;
	struct draft d = {.r = {.origin = ip->origin, .target = TARGET_ACCEPT}};

	if (!number || !service_needs_health_check(s) || !first_port_of_service(c, ip))
		return 0;
	draft_comment(&d, "%s health check node port", ip->name);
	draft_port(&d, PROTO_TCP, number);
	return draft_add_fixed(c, &d, ip->p->family, CHAIN_FILTER_NODEPORTS);
}

int add_dispatch(struct compiler *c, const struct ipt_port *ip)
{
	if (dispatch_cluster_ip(c, ip) < 0 || dispatch_external_ips(c, ip) < 0 ||
	    dispatch_ingress_ips(c, ip) < 0 || dispatch_node_port(c, ip) < 0)
		return -1;
	return admit_health_check(c, ip);
}
