/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of Services that other Nodes have: put on this node's link, they hide that Node from it. */
#include <stdlib.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"

struct addresses {
	struct ipaddr *v; /* sorted */
	size_t n;
};

static int by_ip(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static bool of_other_nodes(struct check *c, struct addresses *ret)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_NODE, &first);
	const char *name = c->opts->node_name;
	size_t room = 0;

	/* without a name a single Node is this one, and of several nobody knows which */
	if (!name || !*name)
		return false;
	for (size_t i = first; i < end; i++)
		room += c->model->objects.v[i]->node->n_addresses;
	ret->v = check_scratch(c, room, sizeof(*ret->v));
	for (size_t i = first; ret->v && i < end; i++) {
		const struct node *node = c->model->objects.v[i]->node;

		for (size_t k = 0; !text_is(&node->meta.name, name) && k < node->n_addresses; k++) {
			const struct ftext *t = &node->addresses[k].address;

			if (t->s && ip_parse(t->s, &ret->v[ret->n], NULL))
				ret->n++;
		}
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_ip);
	return ret->n;
}

/* One that a link of this node has stays there. */
static bool is_here(const struct check *c, const struct ipaddr *ip)
{
	const node_address_vec *here = &c->opts->node_addresses;

	for (size_t i = 0; i < here->n; i++)
		if (!ip_cmp(&here->v[i].ip, ip))
			return true;
	return false;
}

static bool elsewhere(const struct check *c, const struct addresses *x, const struct service *s,
		      const struct ftext *t)
{
	struct ipaddr ip;

	return text_given(t) && ip_parse(t->s, &ip, NULL) && service_serves_family(s, ip.family) &&
	       bsearch(&ip, x->v, x->n, sizeof(ip), by_ip) && !is_here(c, &ip);
}

static bool external_ip(const struct check *c, const struct addresses *x, const struct service *s,
			struct spot *ret)
{
	for (size_t i = 0; i < s->external_ips.n; i++) {
		if (!elsewhere(c, x, s, &s->external_ips.v[i]))
			continue;
		*ret = (struct spot){s->external_ips.v[i].at, i};
		return true;
	}
	return false;
}

static bool ingress_ip(const struct check *c, const struct addresses *x, const struct service *s,
		       struct spot *ret)
{
	for (size_t i = 0; i < s->n_ingress; i++) {
		const struct ingress *in = &s->ingress[i];

		if (text_is(&in->ip_mode, "Proxy") || !elsewhere(c, x, s, &in->ip))
			continue;
		*ret = (struct spot){in->ip.at, i};
		return true;
	}
	return false;
}

void model_warn_nodes(struct check *c)
{
	static const char why[] =
		"is an address of another Node, which this node will take for its own";
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);
	struct found external = {.others = 0}, ingress = {.others = 0};
	struct addresses x = {.n = 0};

	/* chains redirect the ports of Services alone */
	if (c->opts->mode == SVCLB_MODE_IPTABLES || !of_other_nodes(c, &x))
		return;
	for (; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (service_skip_reason(o->service))
			continue;
		if (external_ip(c, &x, o->service, &spot))
			idle_find(&external, o, &spot);
		if (ingress_ip(c, &x, o->service, &spot))
			idle_find(&ingress, o, &spot);
	}
	idle_warn(c, &external, "spec.externalIPs[#]", why);
	idle_warn(c, &ingress, "status.loadBalancer.ingress[#].ip", why);
}
