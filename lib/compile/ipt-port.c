/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What iptables mode decides for one service port before it writes a rule. */
#include <stdio.h>
#include <string.h>

#include "compile/ipt.h"
#include "select/exposed.h"

uint32_t weight_in(const struct sel_endpoint *e, uint16_t set)
{
	const struct fint *weight = &e->from->weight;

	if (!(e->flags & set))
		return 0;
	return weight->given ? (uint32_t)weight->v : 1;
}

static size_t count_weighted(const struct sel_port *p, uint16_t set)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_endpoints; i++)
		n += weight_in(&p->endpoints[i], set) > 0;
	return n;
}

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
		if (ingress_vip_of(&p->service->ingress[i], p->family, &vip))
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
	ret->n_cluster = count_weighted(p, EP_IN_CLUSTER);
	ret->n_local = count_weighted(p, EP_IN_LOCAL);
	ret->etp_local = service_etp_local(s);
	ret->itp_local = service_itp_local(s);
	ret->outside = port_externally_accessible(s, p->port, p->family);
	/* the second half: there are endpoints, and all of them have weight 0 */
	ret->served = p->any && (ret->n_cluster || ret->n_local || !p->n_cluster);
	ret->served_inside = ret->itp_local ? ret->n_local > 0 : ret->n_cluster > 0;
	ret->served_outside = ret->etp_local ? ret->n_local > 0 : ret->n_cluster > 0;
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
