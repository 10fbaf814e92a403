/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's addresses: which serve node ports, and which one stands for the node. */
#include <stdlib.h>
#include <string.h>

#include "compile/internal.h"

static int by_ip(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void sort_unique(ip_vec *v)
{
	size_t kept = 0;

	if (v->n)
		qsort(v->v, v->n, sizeof(*v->v), by_ip);
	for (size_t i = 0; i < v->n; i++)
		if (!kept || ip_cmp(&v->v[i], &v->v[kept - 1]))
			v->v[kept++] = v->v[i];
	v->n = kept;
}

static bool usable_for_node_ports(const struct ipaddr *ip)
{
	return !ip_is_loopback(ip) && !(ip->family == 6 && ip_is_link_local(ip));
}

/* Networks of one family restrict that family alone; a network of everything restricts nothing. */
static bool restricted(const cidr_vec *cidrs, uint8_t family)
{
	bool any = false;

	for (size_t i = 0; i < cidrs->n; i++) {
		if (cidrs->v[i].ip.family != family)
			continue;
		if (!cidrs->v[i].plen)
			return false;
		any = true;
	}
	return any;
}

/* Addresses of our own link are Services' and never the node's, whatever networks are given. */
static bool admitted(const cidr_vec *cidrs, const struct ipaddr *ip)
{
	for (size_t i = 0; i < cidrs->n; i++)
		if (cidrs->v[i].ip.family == ip->family && cidr_contains(&cidrs->v[i], ip))
			return true;
	return !restricted(cidrs, ip->family);
}

bool node_ports_restricted(const struct compiler *c, uint8_t family)
{
	return c->opts->node_ports_primary || restricted(&c->opts->node_port_cidrs, family);
}

/* The kernel has no setting that lets it send from ::1 to a pod. */
bool localhost_node_ports(const struct compiler *c, uint8_t family)
{
	static const struct ipaddr localhost = {.family = 4, .b = {127, 0, 0, 1}};

	return family == 4 && c->opts->ipv4 && c->opts->localhost_node_ports &&
	       !c->opts->node_ports_primary && admitted(&c->opts->node_port_cidrs, &localhost);
}

static int add_ip(ip_vec *v, const struct ipaddr *ip)
{
	struct ipaddr *p = vec_push(v);

	if (!p)
		return -1;
	*p = *ip;
	return 0;
}

/* From the Node object: the first internal address, else the first external one; family 0: any. */
static bool node_object_ip(const struct node *n, uint8_t family, struct ipaddr *ret)
{
	static const char *const types[] = {"InternalIP", "ExternalIP"};

	for (size_t t = 0; n && t < sizeof(types) / sizeof(types[0]); t++)
		for (size_t i = 0; i < n->n_addresses; i++) {
			const struct node_status_address *a = &n->addresses[i];

			if (a->type.s && !strcmp(a->type.s, types[t]) && a->address.s &&
			    ip_parse(a->address.s, ret, NULL) && (!family || ret->family == family))
				return true;
		}
	return false;
}

/* Where a Node object has addresses, those of links are not asked. */
static void find_node_ip(struct compiler *c, uint8_t family, struct ipaddr *ret)
{
	const node_address_vec *given = &c->opts->node_addresses;

	if (c->opts->bind_address.family == family) {
		*ret = c->opts->bind_address;
		return;
	}
	if (node_object_ip(c->sel->node, family, ret))
		return;
	for (size_t i = 0; i < given->n && !node_object_ip(c->sel->node, 0, ret); i++) {
		const struct node_address *a = &given->v[i];

		if (a->ip.family == family && usable_for_node_ports(&a->ip) &&
		    strcmp(a->ifname, c->opts->link_name)) {
			*ret = a->ip;
			return;
		}
	}
	*ret = (struct ipaddr){.family = family};
	if (family == 4)
		memcpy(ret->b, (const uint8_t[]){127, 0, 0, 1}, 4);
	else
		ret->b[15] = 1;
}

static bool serves_node_ports(struct compiler *c, const struct ipaddr *ip)
{
	if (c->opts->node_ports_primary)
		return !ip_cmp(ip, &family_ctx(c, ip->family)->node_ip);
	return admitted(&c->opts->node_port_cidrs, ip);
}

int find_node_addresses(struct compiler *c)
{
	const node_address_vec *given = &c->opts->node_addresses;

	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
		find_node_ip(c, f, &family_ctx(c, f)->node_ip);
	for (size_t i = 0; i < given->n; i++) {
		const struct node_address *a = &given->v[i];

		/* one that is on our link and on another one is listed twice and so counts */
		if (!strcmp(a->ifname, c->opts->link_name))
			continue;
		if (add_ip(&c->node_ips, &a->ip) < 0)
			return -1;
		if (usable_for_node_ports(&a->ip) && serves_node_ports(c, &a->ip) &&
		    add_ip(&family_ctx(c, a->ip.family)->node_port_ips, &a->ip) < 0)
			return -1;
	}
	sort_unique(&c->node_ips);
	for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
		sort_unique(&family_ctx(c, f)->node_port_ips);
	return 0;
}

bool is_node_address(const struct compiler *c, const struct ipaddr *ip)
{
	return c->node_ips.n &&
	       bsearch(ip, c->node_ips.v, c->node_ips.n, sizeof(*ip), by_ip) != NULL;
}
