/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports and protocols that several Services claim: only the one that came first may. */
#include "model/claims.h"

#include <stdlib.h>

#include "model/allocate.h"
#include "model/fields.h"

struct claim {
	struct ipaddr ip;
	uint8_t proto;
	uint16_t port;
	const struct svclb_object *by;
	const char *path;
	size_t index;
	struct pos at;
};

typedef VEC(struct claim) claim_vec;

static const char cluster_ips_path[] = "spec.clusterIPs[#]";

/* An address of a family that the Service or the node does without is nobody's. */
static bool serves(const struct check *c, const struct service *s, uint8_t family)
{
	uint8_t wanted[2];
	size_t n = wanted_families(c, s, wanted);

	if (!(family == 4 ? c->opts->ipv4 : c->opts->ipv6))
		return false;
	return wanted[0] == family || (n > 1 && wanted[1] == family);
}

/* An address of a Service with all of its ports. */
static void add_address(struct check *c, claim_vec *v, const struct svclb_object *by,
			const char *path, size_t index, const struct ftext *text)
{
	const struct service *s = by->service;
	struct ipaddr ip;

	if (!ip_parse(text->s, &ip, NULL) || !serves(c, s, ip.family))
		return;
	for (size_t p = 0; p < s->n_ports; p++) {
		uint8_t proto =
			s->ports[p].protocol.s ? proto_from_name(s->ports[p].protocol.s) : 0;
		struct claim *slot;

		if (!proto || s->ports[p].port.v < 1 || s->ports[p].port.v > UINT16_MAX)
			continue;
		slot = vec_push(v);
		if (!slot) {
			c->given_up = true;
			return;
		}
		*slot = (struct claim){.ip = ip,
				       .proto = proto,
				       .port = (uint16_t)s->ports[p].port.v,
				       .by = by,
				       .path = path,
				       .index = index,
				       .at = text->at};
	}
}

static void add_service(struct check *c, claim_vec *v, const struct svclb_object *by)
{
	const struct service *s = by->service;

	/* one without a cluster IP will be given one */
	if (service_skip_reason(s) && text_given(&s->cluster_ip))
		return;
	if (service_is(s, "ExternalName"))
		return;
	for (size_t i = 0; i < s->cluster_ips.n; i++)
		add_address(c, v, by, cluster_ips_path, i, &s->cluster_ips.v[i]);
	for (size_t i = 0; i < s->external_ips.n; i++)
		add_address(c, v, by, "spec.externalIPs[#]", i, &s->external_ips.v[i]);
	for (size_t i = 0; i < s->n_ingress; i++)
		if (!text_is(&s->ingress[i].ip_mode, "Proxy"))
			add_address(c, v, by, "status.loadBalancer.ingress[#].ip", i,
				    &s->ingress[i].ip);
}

static int by_key_and_arrival(const void *a, const void *b)
{
	const struct claim *x = a;
	const struct claim *y = b;
	int r = ip_cmp(&x->ip, &y->ip);

	if (!r)
		r = (int)x->proto - (int)y->proto;
	if (!r)
		r = (int)x->port - (int)y->port;
	return r ? r : (x->by->arrival > y->by->arrival) - (x->by->arrival < y->by->arrival);
}

static bool same_key(const struct claim *a, const struct claim *b)
{
	return !ip_cmp(&a->ip, &b->ip) && a->proto == b->proto && a->port == b->port;
}

/* Two Services with one cluster IP are reported where addresses are reserved. */
static bool reported_elsewhere(const struct claim *first, const struct claim *later)
{
	return first->path == cluster_ips_path && later->path == cluster_ips_path;
}

static void report(struct check *c, const struct claim *first, const struct claim *later)
{
	char ip[IP_TEXT_MAX];

	check_object(c, later->by);
	check_at(c, FAULT_INVALID, later->path, NULL);
	c->index[0] = later->index;
	check_taken(c, later->at, first->by->service, "%s port %u/%s is taken by Service %s/%s",
		    ip_format(&later->ip, ip), (unsigned)later->port, proto_name(later->proto),
		    first->by->meta->ns.s, text_or(&first->by->meta->name, "(without name)"));
}

void model_check_claims(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);
	claim_vec v = {0};

	for (; i < end && check_goes_on(c); i++)
		add_service(c, &v, c->model->objects.v[i]);
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), by_key_and_arrival);
	for (size_t first = 0, k = 1; k < v.n && check_goes_on(c); k++) {
		if (!same_key(&v.v[first], &v.v[k]))
			first = k;
		else if (v.v[k].by != v.v[first].by && !reported_elsewhere(&v.v[first], &v.v[k]))
			report(c, &v.v[first], &v.v[k]);
	}
	vec_free(&v);
}
