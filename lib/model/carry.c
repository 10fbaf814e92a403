/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which allocations a Service keeps when a new version of it takes its place. */
#include "model/carry.h"

#include "model/fields.h"

bool service_wants_cluster_ip(const struct service *s)
{
	const char *type = text_or(&s->type, "ClusterIP");

	return (!strcmp(type, "ClusterIP") || !strcmp(type, "NodePort") ||
		!strcmp(type, "LoadBalancer")) &&
	       !service_headless(s);
}

bool service_wants_node_ports(const struct service *s)
{
	return service_is(s, "NodePort") ||
	       (service_is(s, "LoadBalancer") && s->allocate_node_ports.v != TRI_FALSE);
}

static uint8_t family_of(const struct ftext *ip)
{
	struct ipaddr a;

	return ip_parse(ip->s, &a, NULL) ? a.family : 0;
}

/* Whether a held address may stand at place i of the new list. */
static bool fits(const struct service *next, size_t i, const struct ftext *ip)
{
	if (i && text_is(&next->ip_family_policy, "SingleStack"))
		return false;
	return i >= next->ip_families.n ||
	       family_from_name(next->ip_families.v[i].s) == family_of(ip);
}

static void carry_ip(struct copier *c, struct service *next, const struct ftext *ip)
{
	struct ftext *slot = list_push(c->arena, next->cluster_ips.v, next->cluster_ips.n,
				       next->cluster_ips.cap);

	if (!slot) {
		c->failed = true;
		return;
	}
	*slot = (struct ftext){.s = ip->s};
	copy_text_field(c, slot);
}

/* The held addresses as a list, whichever of the two fields they are in. */
static struct ftext_list held_ips(const struct service *held)
{
	if (held->cluster_ips.n || !text_given(&held->cluster_ip))
		return held->cluster_ips;
	return (struct ftext_list){.v = (struct ftext *)&held->cluster_ip, .n = 1};
}

static void carry_cluster_ips(struct copier *c, struct service *next, const struct service *held)
{
	struct ftext_list ips = held_ips(held);

	if (!service_wants_cluster_ip(next) || !service_wants_cluster_ip(held))
		return;
	if (text_given(&next->cluster_ip) || next->cluster_ips.n)
		return;
	for (size_t i = 0; i < ips.n && !c->failed; i++) {
		if (!fits(next, i, &ips.v[i]))
			break;
		carry_ip(c, next, &ips.v[i]);
	}
	if (next->cluster_ips.n && !c->failed) {
		next->cluster_ip.s = next->cluster_ips.v[0].s;
		next->cluster_ip_allocated = held->cluster_ip_allocated;
	}
}

static bool number_taken(const struct service *s, int64_t number)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		if (s->ports[i].node_port.v == number)
			return true;
	}
	return s->health_check_node_port.v == number;
}

static void carry_health_check(struct service *next, const struct service *held)
{
	int64_t number = held->health_check_node_port.v;

	if (!service_needs_health_check(next) || !service_needs_health_check(held))
		return;
	if (next->health_check_node_port.v || !number || number_taken(next, number))
		return;
	next->health_check_node_port = (struct fint){.v = number, .given = true};
}

void carry_allocations(struct copier *c, struct service *next, const struct service *held)
{
	carry_cluster_ips(c, next, held);
	if (service_wants_node_ports(next) && service_wants_node_ports(held) &&
	    !carry_node_ports(next, held))
		c->failed = true;
	carry_health_check(next, held);
}
