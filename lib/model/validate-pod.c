/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pods and Nodes: of both only what is read here. */
#include "model/check.h"
#include "model/fields.h"
#include "model/tuning.h"

static void pod_address(struct check *c, const char *path, const struct ftext *t)
{
	struct ipaddr ip;

	if (!text_given(t) || ip_parse(t->s, &ip, NULL))
		return;
	check_at(c, FAULT_INVALID, path, NULL);
	check_report(c, t->at, "%s is no IP address", check_shown(c, t->s));
}

static void container_port(struct check *c, const struct container_port *p)
{
	struct pos at = pos_or(p->port.at, p->at);

	check_at(c, FAULT_INVALID, "spec.containers[].ports[].containerPort", NULL);
	if (p->port.v < 1 || p->port.v > UINT16_MAX)
		check_report(c, at, "%lld is not in 1-65535", (long long)p->port.v);
	if (text_given(&p->protocol) && !proto_from_name(p->protocol.s)) {
		check_at(c, FAULT_NOT_SUPPORTED, "spec.containers[].ports[].protocol", NULL);
		check_report(c, pos_or(p->protocol.at, p->at), "%s is not one of TCP, UDP and SCTP",
			     check_shown(c, p->protocol.s));
	}
}

void validate_pod(struct check *c, const struct pod *p)
{
	pod_address(c, "status.podIP", &p->pod_ip);
	for (size_t i = 0; i < p->pod_ips.n; i++) {
		c->index[0] = i;
		pod_address(c, "status.podIPs[#].ip", &p->pod_ips.v[i]);
	}
	for (size_t i = 0; i < p->n_ports; i++)
		container_port(c, &p->ports[i]);
}

/* Names of hosts are of no concern here; what is an address by its type may stand for the node. */
static void node_address(struct check *c, const struct node_status_address *a)
{
	static const char *const addresses[] = {"InternalIP", "ExternalIP", NULL};
	static const char *const names[] = {"Hostname", "InternalDNS", "ExternalDNS", NULL};
	struct ipaddr ip;

	if (!text_given(&a->type) || word_index(names, a->type.s) >= 0)
		return;
	if (word_index(addresses, a->type.s) < 0) {
		check_warn(c, "status.addresses[#].type", a->type.at,
			   "%s has no effect: addresses of a node are of type InternalIP or "
			   "ExternalIP",
			   check_shown(c, a->type.s));
		return;
	}
	check_at(c, FAULT_INVALID, "status.addresses[#].address", NULL);
	if (text_given(&a->address) && !ip_parse(a->address.s, &ip, NULL))
		check_report(c, a->address.at, "%s is no IP address", check_shown(c, a->address.s));
}

void validate_node(struct check *c, const struct node *n)
{
	struct cidr cidr;

	for (size_t i = 0; i < n->pod_cidrs.n; i++) {
		const struct ftext *t = &n->pod_cidrs.v[i];

		c->index[0] = i;
		check_at(c, FAULT_INVALID, "spec.podCIDRs[#]", NULL);
		if (!cidr_parse(t->s, &cidr, NULL))
			check_report(c, t->at, "%s is no network", check_shown(c, t->s));
	}
	for (size_t i = 0; i < n->n_addresses; i++) {
		c->index[0] = i;
		node_address(c, &n->addresses[i]);
	}
}
