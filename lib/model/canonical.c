/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings addresses and networks into the one form that is compared, sorted and hashed later:
 * IPv4 octets without leading zeros, IPv6 shortened, networks without host bits, no blanks.
 * What is no address stays as it is, for validation to complain about.
 */
#include "model/check.h"
#include "model/fields.h"
#include "model/keys.h"

static void replace(struct check *c, struct ftext *t, const char *canonical)
{
	const char *copy;

	if (!strcmp(t->s, canonical))
		return;
	copy = arena_strdup(&c->model->arena, canonical);
	if (copy)
		t->s = copy;
	else
		c->given_up = true;
}

static void canonical_ip(struct check *c, const char *path, struct ftext *t)
{
	char buf[IP_TEXT_MAX];
	struct ipaddr ip;
	bool sloppy;

	if (!text_given(t) || !ip_parse(t->s, &ip, &sloppy))
		return;
	if (ip.family == 4 && !sloppy)
		return; /* there is no other way to write it */
	ip_format(&ip, buf);
	if (sloppy)
		check_warn(c, path, t->at, "%s is read as %s", check_shown(c, t->s), buf);
	replace(c, t, buf);
}

static bool blank(char ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static void trim(struct check *c, const char **s)
{
	const char *start = *s, *end;

	while (blank(*start))
		start++;
	end = start + strlen(start);
	while (end > start && blank(end[-1]))
		end--;
	if (start == *s && !*end)
		return;
	start = arena_strndup(&c->model->arena, start, (size_t)(end - start));
	if (start)
		*s = start;
	else
		c->given_up = true;
}

static void canonical_cidr(struct check *c, const char *path, struct ftext *t)
{
	char buf[CIDR_TEXT_MAX];
	struct cidr cidr;
	bool sloppy;

	if (!text_given(t))
		return;
	trim(c, &t->s);
	if (!cidr_parse(t->s, &cidr, &sloppy))
		return;
	cidr_format(&cidr, buf);
	if (sloppy)
		check_warn(c, path, t->at, "%s is read as %s", check_shown(c, t->s), buf);
	replace(c, t, buf);
}

static void canonical_list(struct check *c, const char *path, struct ftext_list *l,
			   void (*one)(struct check *, const char *, struct ftext *))
{
	for (size_t i = 0; i < l->n; i++) {
		c->index[0] = i;
		one(c, path, &l->v[i]);
	}
}

static void canonical_service(struct check *c, struct service *s)
{
	struct label *scheduler;

	/* clusterIPs holds the same address again, so one of the two warns. */
	if (s->cluster_ips.n && text_given(&s->cluster_ip) &&
	    text_is(&s->cluster_ips.v[0], s->cluster_ip.s)) {
		canonical_list(c, "spec.clusterIPs[#]", &s->cluster_ips, canonical_ip);
		s->cluster_ip.s = s->cluster_ips.v[0].s;
	} else {
		canonical_ip(c, "spec.clusterIP", &s->cluster_ip);
		canonical_list(c, "spec.clusterIPs[#]", &s->cluster_ips, canonical_ip);
	}
	canonical_list(c, "spec.externalIPs[#]", &s->external_ips, canonical_ip);
	canonical_list(c, "spec.loadBalancerSourceRanges[#]", &s->source_ranges, canonical_cidr);
	for (size_t i = 0; i < s->n_ingress; i++) {
		c->index[0] = i;
		canonical_ip(c, "status.loadBalancer.ingress[#].ip", &s->ingress[i].ip);
	}
	scheduler = (struct label *)label_find(&s->meta.annotations, ANNOTATION_SCHEDULER);
	if (scheduler && scheduler->value)
		trim(c, &scheduler->value);
}

static void canonical_slice(struct check *c, struct slice *s)
{
	if (text_is(&s->address_type, "FQDN"))
		return;
	for (size_t i = 0; i < s->n_endpoints; i++) {
		struct ftext_list *l = &s->endpoints[i].addresses;

		c->index[0] = i;
		for (c->index[1] = 0; c->index[1] < l->n; c->index[1]++)
			canonical_ip(c, "endpoints[#].addresses[#]", &l->v[c->index[1]]);
	}
}

static void canonical_addresses(struct check *c, const char *path, struct endpoint_address *v,
				size_t n)
{
	for (c->index[1] = 0; c->index[1] < n; c->index[1]++)
		canonical_ip(c, path, &v[c->index[1]].ip);
}

static void canonical_endpoints(struct check *c, struct endpoints *e)
{
	for (size_t i = 0; i < e->n_subsets; i++) {
		struct endpoint_subset *s = &e->subsets[i];

		c->index[0] = i;
		canonical_addresses(c, "subsets[#].addresses[#].ip", s->addresses, s->n_addresses);
		canonical_addresses(c, "subsets[#].notReadyAddresses[#].ip", s->not_ready,
				    s->n_not_ready);
	}
}

static void canonical_plain(struct check *c, struct plain *p)
{
	canonical_ip(c, "spec.address", &p->address);
	for (size_t i = 0; i < p->n_servers; i++) {
		c->index[0] = i;
		canonical_ip(c, "spec.realServers[#].address", &p->servers[i].address);
	}
}

static void canonical_pod(struct check *c, struct pod *p)
{
	canonical_ip(c, "status.podIP", &p->pod_ip);
	canonical_list(c, "status.podIPs[#].ip", &p->pod_ips, canonical_ip);
}

void model_canonical(struct check *c)
{
	for (size_t i = 0; i < c->model->objects.n && check_goes_on(c); i++) {
		struct svclb_object *o = c->model->objects.v[i];

		check_object(c, o);
		if (o->kind == SVCLB_KIND_SERVICE)
			canonical_service(c, o->service);
		else if (o->kind == SVCLB_KIND_ENDPOINT_SLICE)
			canonical_slice(c, o->slice);
		else if (o->kind == SVCLB_KIND_ENDPOINTS)
			canonical_endpoints(c, o->endpoints);
		else if (o->kind == SVCLB_KIND_POD)
			canonical_pod(c, o->pod);
		else if (o->kind == SVCLB_KIND_NODE)
			canonical_list(c, "spec.podCIDRs[#]", &o->node->pod_cidrs, canonical_cidr);
		else if (o->kind == SVCLB_KIND_VIRTUAL_SERVER)
			canonical_plain(c, o->plain);
	}
}
