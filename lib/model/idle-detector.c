/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detection of local traffic by networks: those of a Node that has none, and those that do not count. */
#include "model/fields.h"
#include "model/idle.h"

static bool serves(struct check *c, uint8_t family)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);

	if (family == 4 ? !c->opts->ipv4 : !c->opts->ipv6)
		return false;
	for (; i < end; i++) {
		const struct service *s = c->model->objects.v[i]->service;

		if (!service_skip_reason(s) && service_serves_family(s, family))
			return true;
	}
	return false;
}

static bool has_cidr(const struct node *n, uint8_t family)
{
	struct cidr cidr;

	for (size_t i = 0; i < n->pod_cidrs.n; i++)
		if (n->pod_cidrs.v[i].s && cidr_parse(n->pod_cidrs.v[i].s, &cidr, NULL) &&
		    cidr.ip.family == family)
			return true;
	return false;
}

#define NO_EFFECT "the option detectLocalMode is without effect: "

static void warn_families(struct check *c, const struct svclb_object *node)
{
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2))
		if (serves(c, family) && !has_cidr(node->node, family))
			idle_warn_option(c, NO_EFFECT "Node %s has no podCIDR of %s",
					 check_shown(c, node->meta->name.s), family_name(family));
}

/* The first of each family counts. */
static void warn_surplus(struct check *c)
{
	const cidr_vec *v = &c->opts->cluster_cidrs;
	char text[CIDR_TEXT_MAX];

	for (size_t i = 1; i < v->n; i++) {
		uint8_t family = v->v[i].ip.family;

		if (options_cidr_of(v, family) == &v->v[i] || !serves(c, family))
			continue;
		idle_warn_option(c,
				 "%s of the option clusterCIDR is without effect: the first "
				 "network of %s counts",
				 cidr_format(&v->v[i], text), family_name(family));
		return;
	}
}

/* The first of each family counts of a Node, too. */
static void warn_node_surplus(struct check *c, const struct svclb_object *o)
{
	bool seen[2] = {false};
	struct found f = {.others = 0};
	struct cidr cidr;

	for (size_t i = 0; i < o->node->pod_cidrs.n; i++) {
		const struct ftext *t = &o->node->pod_cidrs.v[i];
		struct spot spot = {.at = t->at, .index = i};

		if (!t->s || !cidr_parse(t->s, &cidr, NULL))
			continue;
		if (seen[cidr.ip.family == 6] && serves(c, cidr.ip.family) && !f.first)
			idle_find(&f, o, &spot);
		seen[cidr.ip.family == 6] = true;
	}
	idle_warn(c, &f, "spec.podCIDRs[#]", "has no effect: the first network of a family counts");
}

void model_warn_detector(struct check *c)
{
	const struct svclb_object *node;

	/* where everything is masqueraded nothing is detected */
	if (c->opts->masquerade_all)
		return;
	if (c->opts->detect_local == SVCLB_DETECT_CLUSTER_CIDR)
		warn_surplus(c);
	if (c->opts->detect_local != SVCLB_DETECT_NODE_CIDR)
		return;
	node = idle_this_node(c);
	if (node) {
		warn_families(c, node);
		warn_node_surplus(c, node);
	} else if (serves(c, 4) || serves(c, 6)) {
		idle_warn_option(c, NO_EFFECT "NodeCIDR needs the Node object of this node");
	}
}
