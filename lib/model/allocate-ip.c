/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cluster IPs: unique over all Services, missing ones chosen within the service networks. */
#include <stdlib.h>
#include <string.h>

#include "model/allocate.h"
#include "model/carry.h"
#include "model/fields.h"
#include "model/index.h"

/* People pick low addresses by hand, and clusters put the API server at .1 and DNS at .10. */
#define LOW_ADDRESSES 10

struct ip_owner {
	struct ipaddr ip; /* family 0: free */
	const struct service *owner;
};

struct cluster_ips {
	struct ip_owner *slots; /* at most half full */
	size_t mask;
	size_t used;
	uint64_t seed;
};

struct cluster_ips *cluster_ips_new(struct check *c, size_t n_services)
{
	struct cluster_ips *ci = calloc(1, sizeof(*ci));
	size_t n = 64;

	/* Two addresses for each Service at most, as validation has made sure. */
	while (n / 4 < n_services)
		n *= 2;
	if (ci)
		ci->slots = calloc(n, sizeof(*ci->slots));
	if (!ci || !ci->slots) {
		free(ci);
		c->given_up = true;
		return NULL;
	}
	ci->mask = n - 1;
	ci->seed = hash_seed(ci);
	return ci;
}

void cluster_ips_free(struct cluster_ips *ci)
{
	if (ci)
		free(ci->slots);
	free(ci);
}

/* The slot that has ip, or the free one where it belongs. */
static struct ip_owner *slot_of(const struct cluster_ips *ci, const struct ipaddr *ip)
{
	size_t i = hash_finish(hash_bytes(ci->seed, ip->b, sizeof(ip->b))) & ci->mask;

	while (ci->slots[i].ip.family && ip_cmp(&ci->slots[i].ip, ip))
		i = (i + 1) & ci->mask;
	return &ci->slots[i];
}

static void take(struct cluster_ips *ci, struct ip_owner *slot, const struct ipaddr *ip,
		 const struct service *s)
{
	slot->ip = *ip;
	slot->owner = s;
	ci->used++;
}

static void check_network(struct check *c, const struct ftext *t, const struct ipaddr *ip)
{
	const struct cidr *net = options_cidr_of(&c->opts->service_cidrs, ip->family);
	char text[CIDR_TEXT_MAX];

	/* Unless somebody said what the network is, any address may be in it. */
	if (net && !cidr_contains(net, ip))
		check_report(c, t->at, "%s is not in the service network %s", check_shown(c, t->s),
			     cidr_format(net, text));
}

void cluster_ips_reserve(struct check *c, struct cluster_ips *ci, const struct service *s)
{
	check_at(c, FAULT_INVALID, "spec.clusterIPs", NULL);
	for (size_t i = 0; service_wants_cluster_ip(s) && i < s->cluster_ips.n && i < 2; i++) {
		const struct ftext *t = &s->cluster_ips.v[i];
		struct pos at = pos_or(t->at, pos_or(s->cluster_ips.at, s->cluster_ip.at));
		struct ip_owner *slot;
		struct ipaddr ip;

		if (!ip_parse(t->s, &ip, NULL))
			continue;
		check_network(c, t, &ip);
		slot = slot_of(ci, &ip);
		if (!slot->ip.family)
			take(ci, slot, &ip, s);
		else if (slot->owner != s)
			check_taken(c, at, slot->owner, "%s is taken by Service %s/%s",
				    check_shown(c, t->s), slot->owner->meta.ns.s,
				    text_or(&slot->owner->meta.name, "(without name)"));
	}
}

static bool family_enabled(const struct check *c, uint8_t family)
{
	struct cidr storage;

	return (family == 4 ? c->opts->ipv4 : c->opts->ipv6) &&
	       options_service_cidr(c->opts, family, &storage);
}

/* The family of the first configured network, or IPv4 where it is in use. */
static uint8_t primary_family(const struct check *c)
{
	const cidr_vec *v = &c->opts->service_cidrs;

	if (v->n && family_enabled(c, v->v[0].ip.family))
		return v->v[0].ip.family;
	return family_enabled(c, 4) ? 4 : 6;
}

static bool wants_second(const struct check *c, const struct service *s, uint8_t second)
{
	if (text_is(&s->ip_family_policy, "RequireDualStack"))
		return true;
	if (!text_is(&s->ip_family_policy, "PreferDualStack") || !family_enabled(c, second))
		return false;
	/* Address and family both given: an API server has decided already. */
	return !s->cluster_ips.n || !s->ip_families.n;
}

size_t wanted_families(const struct check *c, const struct service *s, uint8_t wanted[2])
{
	size_t n = 0;
	struct ipaddr ip;

	for (; n < s->cluster_ips.n && n < 2; n++)
		wanted[n] = ip_parse(s->cluster_ips.v[n].s, &ip, NULL) ? ip.family : 4;
	for (; n < s->ip_families.n && n < 2; n++) {
		if (n && text_is(&s->ip_family_policy, "SingleStack"))
			break;
		wanted[n] = family_from_name(s->ip_families.v[n].s);
	}
	if (!n)
		wanted[n++] = primary_family(c);
	if (n == 1 && wants_second(c, s, wanted[0] == 4 ? 6 : 4))
		wanted[n++] = wanted[0] == 4 ? 6 : 4;
	return n;
}

/* Which addresses of a network are given out: [*first, *first + return). */
static uint64_t usable_range(const struct cidr *net, uint64_t *first)
{
	uint64_t size = cidr_size(net), low = LOW_ADDRESSES + 1;
	uint64_t high = net->ip.family == 4 ? 1 : 0; /* the broadcast address */

	if (size < 4 * low)
		low = 2; /* the network's own address, and the API server */
	*first = low;
	return size > low + high ? size - low - high : 0;
}

static struct ip_owner *choose(const struct cluster_ips *ci, const struct cidr *net,
			       const struct service *s, struct ipaddr *ret)
{
	uint64_t first, size = usable_range(net, &first), start;
	uint64_t h = hash_text(hash_text(HASH_START, s->meta.ns.s), s->meta.name.s);

	if (!size)
		return NULL;
	start = hash_finish(hash_text(h, family_name(net->ip.family))) % size;
	/* Of used + 1 different addresses one is free. */
	for (uint64_t i = 0; i < size && i <= ci->used; i++) {
		uint64_t n = start < size - i ? start + i : start - (size - i);
		struct ip_owner *slot;

		if (!cidr_nth(net, first + n, ret))
			return NULL;
		slot = slot_of(ci, ret);
		if (!slot->ip.family)
			return slot;
	}
	return NULL;
}

static void add_text(struct check *c, struct ftext_list *l, const char *s)
{
	struct ftext *slot = list_push(&c->model->arena, l->v, l->n, l->cap);

	s = arena_strdup(&c->model->arena, s);
	if (slot)
		*slot = (struct ftext){.s = s};
	if (!slot || !s)
		c->given_up = true;
}

static bool assign(struct check *c, struct cluster_ips *ci, struct service *s, uint8_t family)
{
	char text[CIDR_TEXT_MAX];
	struct cidr net;
	struct ip_owner *slot;
	struct ipaddr ip;

	check_at(c, FAULT_REQUIRED, "spec.clusterIPs", NULL);
	if (!options_service_cidr(c->opts, family, &net)) {
		check_report(c, c->at, "there is no %s service network to allocate from",
			     family_name(family));
		return false;
	}
	slot = choose(ci, &net, s, &ip);
	if (!slot) {
		check_at(c, FAULT_INVALID, "spec.clusterIPs", "configure a larger service network");
		check_report(c, c->at, "no free address is left in %s", cidr_format(&net, text));
		return false;
	}
	take(ci, slot, &ip, s);
	add_text(c, &s->cluster_ips, ip_format(&ip, text));
	s->cluster_ip_allocated = true;
	return true;
}

void cluster_ips_assign(struct check *c, struct cluster_ips *ci, struct service *s)
{
	uint8_t wanted[2] = {0};
	size_t n;

	if (!service_wants_cluster_ip(s))
		return;
	n = wanted_families(c, s, wanted);
	for (size_t i = s->cluster_ips.n; i < n; i++) {
		if (!assign(c, ci, s, wanted[i]))
			return;
	}
	for (size_t i = s->ip_families.n; i < s->cluster_ips.n; i++)
		add_text(c, &s->ip_families, family_name(wanted[i]));
	if (!text_given(&s->ip_family_policy))
		s->ip_family_policy.s = n > 1 ? "PreferDualStack" : "SingleStack";
	if (s->cluster_ips.n) /* none when memory ran out, which the check knows */
		s->cluster_ip = s->cluster_ips.v[0];
}
