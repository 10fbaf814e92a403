/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many virtual and real servers a model asks for: ports times addresses times endpoints, which a
 * small input can make huge. It is multiplied here before anything is expanded.
 */
#include "model/derive.h"
#include "model/fields.h"

/* What one Service has in one family. */
struct share {
	uint64_t addresses;
	uint64_t restricted; /* of them, those that source ranges go with */
	uint64_t endpoints;  /* over all its ports: at most so many */
};

struct demand {
	struct share families[2];
};

static uint64_t plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static struct share *share_of(struct demand *d, const struct ftext *address)
{
	struct ipaddr ip;

	return ip_parse(address->s, &ip, NULL) ? &d->families[ip.family == 6] : NULL;
}

static void count_addresses(const struct service *s, struct demand *d)
{
	struct share *share;

	for (size_t i = 0; i < 2; i++)
		d->families[i].addresses =
			service_is(s, "NodePort") || service_is(s, "LoadBalancer") ? 2 : 1;
	for (size_t i = 0; i < s->external_ips.n; i++) {
		share = share_of(d, &s->external_ips.v[i]);
		if (share)
			share->addresses++;
	}
	for (size_t i = 0; i < s->n_ingress; i++) {
		share = text_given(&s->ingress[i].ip) ? share_of(d, &s->ingress[i].ip) : NULL;
		if (!share || text_is(&s->ingress[i].ip_mode, "Proxy"))
			continue;
		share->addresses++;
		share->restricted++;
	}
}

/* A chain of iptables mode serves all addresses of its port, virtual servers have one each. */
static uint64_t share_size(const struct check *c, const struct service *s, const struct share *f)
{
	uint64_t ranges = f->restricted ? s->source_ranges.n : 0;
	uint64_t servers = plus(s->n_ports, f->endpoints);
	uint64_t entries = times(s->n_ports, ranges);

	if (c->opts->mode == SVCLB_MODE_IPTABLES)
		return plus(times(f->addresses, s->n_ports), plus(f->endpoints, entries));
	return plus(times(f->addresses, servers), times(f->restricted, entries));
}

static uint64_t service_size(const struct check *c, const struct service *s, struct demand *d)
{
	uint64_t n = 0;

	/* one without a cluster IP will be given one */
	if (service_is(s, "ExternalName") || (service_skip_reason(s) && text_given(&s->cluster_ip)))
		return 0;
	count_addresses(s, d);
	if (c->opts->ipv4 && service_has_family(s, 4))
		n = share_size(c, s, &d->families[0]);
	if (c->opts->ipv6 && service_has_family(s, 6))
		n = plus(n, share_size(c, s, &d->families[1]));
	return n;
}

/* Names of ports differ, so a slice has at most one port for each of the Service's. */
static void count_endpoints(struct check *c, struct demand *demands, size_t first)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);

	for (; i < end && check_goes_on(c); i++) {
		const struct slice *slice = c->model->objects.v[i]->slice;
		const struct svclb_object *o = slice_service(c->model, slice);
		struct share *share;
		uint64_t ports;

		if (!o)
			continue;
		ports = o->service->n_ports < slice->n_ports ? o->service->n_ports : slice->n_ports;
		share = &demands[o->place - first]
				 .families[family_from_name(slice->address_type.s) == 6];
		share->endpoints = plus(share->endpoints, times(ports, slice->n_endpoints));
	}
}

static void report_size(struct check *c, const struct svclb_object *o, enum fault fault, uint64_t n)
{
	check_object(c, o);
	check_at(c, fault, o->kind == SVCLB_KIND_SERVICE ? "spec.ports" : "spec.realServers",
		 options_limit_hint(SVCLB_LIMIT_SERVERS));
	check_report(c, o->kind == SVCLB_KIND_SERVICE ? o->service->ports_at : o->meta->at,
		     "%s, %llu virtual and real servers, more than the limit of %llu",
		     fault == FAULT_SIZE ? "with all addresses and endpoints"
					 : "with those of the objects before it",
		     (unsigned long long)n,
		     (unsigned long long)c->model->limits[SVCLB_LIMIT_SERVERS]);
}

static uint64_t object_size(const struct check *c, const struct svclb_object *o,
			    struct demand *demands, size_t first)
{
	if (o->kind == SVCLB_KIND_SERVICE)
		return service_size(c, o->service, &demands[o->place - first]);
	return o->kind == SVCLB_KIND_VIRTUAL_SERVER ? plus(1, o->plain->n_servers) : 0;
}

/* All that are too large by themselves are named, of the others the first that is one too many. */
static bool fits(struct check *c, struct demand *demands, size_t first)
{
	uint64_t limit = c->model->limits[SVCLB_LIMIT_SERVERS];
	uint64_t total = 0;
	bool good = true;

	for (size_t i = 0; i < c->model->objects.n && total <= limit && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		uint64_t n = object_size(c, o, demands, first);

		if (n > limit) {
			report_size(c, o, FAULT_SIZE, n);
			good = false;
		} else {
			total = plus(total, n);
		}
		/* beside other problems it might be the fault of what has them */
		if (total > limit && !c->problems.count)
			report_size(c, o, FAULT_LIMIT, total);
	}
	return good && total <= limit;
}

bool model_check_size(struct check *c, const uint64_t (*more)[2])
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	struct demand *demands = check_scratch(c, end - first, sizeof(*demands));

	if (!demands)
		return false;
	count_endpoints(c, demands, first);
	for (size_t i = 0; more && i < 2 * (end - first); i++)
		demands[i / 2].families[i % 2].endpoints =
			plus(demands[i / 2].families[i % 2].endpoints, more[i / 2][i % 2]);
	return fits(c, demands, first);
}
