/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What iptables mode decides for one service port before it writes a rule. */
#include <stdio.h>
#include <string.h>

#include "compile/ipt.h"
#include "select/exposed.h"

static void set_names(struct compiler *c, struct ipt_port *ip)
{
	const struct meta *meta = &ip->p->service->meta;
	const char *port = ip->p->port->name.s;
	char hash[CHAIN_HASH_MAX];

	(void)snprintf(ip->name, sizeof(ip->name), "%s/%s%s%s", meta->ns.s, meta->name.s,
		       port && *port ? ":" : "", port ? port : "");
	(void)chain_hash(ip->name, proto_lower(ip->p->port->proto), NULL, hash);
	for (int k = 0; k < HASHED_COUNT_; k++)
		(void)hashed_chain_name(c->opts->prefix, (enum hashed_chain)k, hash, ip->names[k]);
}

static bool has_ingress_vip(const struct sel_port *p)
{
	struct ipaddr vip;

	for (size_t i = 0; i < p->service->n_ingress; i++)
		if (ingress_vip_of(p->service, i, p->family, &vip))
			return true;
	return false;
}

void decide_port(struct compiler *c, uint32_t index, bool large, struct ipt_port *ret)
{
	const struct sel_port *p = &c->sel->ports[index];
	const struct service *s = p->service;

	*ret = (struct ipt_port){.p = p, .index = index, .origin = c->origins[index]};
	set_names(c, ret);
	ret->large = large;
	ret->cluster_takes = set_takes(p, EP_IN_CLUSTER);
	ret->local_takes = set_takes(p, EP_IN_LOCAL);
	ret->elsewhere = taken_somewhere(p);
	ret->etp_local = service_etp_local(s);
	ret->itp_local = service_itp_local(s);
	ret->outside = port_externally_accessible(s, p->port, p->family);
	ret->served_inside = ret->itp_local ? ret->local_takes : ret->cluster_takes;
	ret->served_outside = ret->etp_local ? ret->local_takes : ret->cluster_takes;
	ret->entered = ret->outside && (ret->served_outside || ret->cluster_takes);
	ret->restricted = has_ingress_vip(p) && !service_admits_all(s, p->family);
}

enum hashed_chain inside_chain(const struct ipt_port *ip)
{
	return ip->itp_local ? HASHED_SVL : HASHED_SVC;
}

enum hashed_chain outside_chain(const struct ipt_port *ip)
{
	return ip->etp_local ? HASHED_SVL : HASHED_SVC;
}

int declare_chain(struct compiler *c, struct ipt_port *ip, enum hashed_chain kind)
{
	struct chain chain = {
		.family = ip->p->family,
		.table = TABLE_NAT,
		.origin = ip->origin,
	};
	int64_t i;

	memcpy(chain.name, ip->names[kind], sizeof(chain.name));
	i = state_add_chain(c->st, &chain);
	if (i < 0)
		return -1;
	ip->chains[kind] = (uint32_t)i;
	return 0;
}
