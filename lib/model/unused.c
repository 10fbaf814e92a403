/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses that change nothing: in annotations, of no endpoint, and of endpoints and Pods that have
 * more than one. */
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

/* One endpoint's address with the Service it is for. */
struct known_address {
	const char *ns;
	const char *service;
	struct ipaddr ip;
};

struct known_addresses {
	struct known_address *v; /* sorted */
	size_t n;
	size_t cap;
};

static int known_cmp(const void *a, const void *b)
{
	const struct known_address *x = a;
	const struct known_address *y = b;
	int r = strcmp(x->ns, y->ns);

	if (!r)
		r = strcmp(x->service, y->service);
	return r ? r : ip_cmp(&x->ip, &y->ip);
}

static void add_slice(struct check *c, const struct slice *s, struct known_addresses *k)
{
	struct known_address *slot;
	struct ipaddr ip;

	for (size_t i = 0; i < s->n_endpoints && !c->given_up; i++) {
		const struct ftext_list *l = &s->endpoints[i].addresses;

		if (!l->n || !ip_parse(l->v[0].s, &ip, NULL))
			continue;
		slot = list_push(&c->scratch, k->v, k->n, k->cap);
		if (!slot) {
			c->given_up = true;
			return;
		}
		*slot = (struct known_address){s->meta.ns.s, s->service.s, ip};
	}
}

static bool known(const struct known_addresses *k, const struct known_address *key)
{
	return k->n && bsearch(key, k->v, k->n, sizeof(*k->v), known_cmp);
}

/* The first address of a list that no endpoint has, and how many there are. */
static void warn_list_of(struct check *c, const struct known_addresses *k, const char *service,
			 const struct label *l, const char *path)
{
	struct known_address key = {.ns = c->obj->meta->ns.s, .service = service};
	const char *p = l->value;
	struct annotation_item item;
	char first[IP_TEXT_MAX] = "";
	size_t n = 0;

	while (p && annotation_item(&p, UINT32_MAX, &item)) {
		key.ip = item.ip;
		if (!item.ip.family || known(k, &key))
			continue;
		if (!n++)
			(void)ip_format(&item.ip, first); /* gives its argument back */
	}
	if (n > 1)
		check_warn(c, path, l->at, "%s and %zu more are no endpoints of the Service", first,
			   n - 1);
	else if (n)
		check_warn(c, path, l->at, "%s is no endpoint of the Service", first);
}

static const char *service_of(const struct svclb_object *o)
{
	if (o->kind == SVCLB_KIND_SERVICE || o->kind == SVCLB_KIND_ENDPOINTS)
		return o->meta->name.s;
	return o->kind == SVCLB_KIND_ENDPOINT_SLICE ? text_or(&o->slice->service, NULL) : NULL;
}

static const struct label *list_of(const struct svclb_object *o, size_t which)
{
	const struct label *l = annotation_find(&o->meta->annotations, endpoint_value_names[which]);

	return l && l->value && strchr(l->value, '=') ? l : NULL;
}

static bool any_list(const struct svclb_object *o)
{
	return list_of(o, VALUE_WEIGHT) || list_of(o, VALUE_UPPER) || list_of(o, VALUE_LOWER);
}

/* What is of no Service that is served here has no effect at all. */
static bool in_use(struct check *c, const struct svclb_object *o)
{
	const char *name = service_of(o);
	const struct svclb_object *service;

	if (o->kind == SVCLB_KIND_ENDPOINT_SLICE)
		return slice_served_by(c->model, o->slice);
	service = name ? model_lookup(c->model, SVCLB_KIND_SERVICE, o->meta->ns.s, name) : NULL;
	return service && !service_skip_reason(service->service);
}

/* The first one of an endpoint is used, by kube-proxy too. */
static void warn_second_addresses(struct check *c)
{
	const struct svclb_object *first = NULL;
	struct pos at = {0};
	size_t n = 0, index = 0;

	for (size_t i = 0; i < c->model->objects.n; i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (o->kind != SVCLB_KIND_ENDPOINT_SLICE || o->derived || !in_use(c, o))
			continue;
		for (size_t k = 0; k < o->slice->n_endpoints; k++) {
			const struct ftext_list *l = &o->slice->endpoints[k].addresses;

			if (l->n < 2 || n++)
				continue;
			first = o;
			at = l->v[1].at;
			index = k;
		}
	}
	if (!n)
		return;
	check_object(c, first);
	c->index[0] = index;
	if (n > 1)
		check_warn(c, "endpoints[#].addresses[1]", at,
			   "only the first address is used, also of %zu other endpoint%s", n - 1,
			   n == 2 ? "" : "s");
	else
		check_warn(c, "endpoints[#].addresses[1]", at, "only the first address is used");
}

/* The first address of a family that an earlier one has. */
static bool second_of_family(const struct pod *p, struct spot *ret)
{
	bool seen[2] = {false};
	struct ipaddr ip;

	for (size_t i = 0; i < p->pod_ips.n; i++) {
		if (!ip_parse(p->pod_ips.v[i].s, &ip, NULL))
			continue;
		if (seen[ip.family == 6]) {
			*ret = (struct spot){p->pod_ips.v[i].at, i};
			return true;
		}
		seen[ip.family == 6] = true;
	}
	return false;
}

static bool beside_list(const struct pod *p, struct spot *ret)
{
	if (!text_given(&p->pod_ip) || !p->pod_ips.n)
		return false;
	for (size_t i = 0; i < p->pod_ips.n; i++)
		if (text_is(&p->pod_ips.v[i], p->pod_ip.s))
			return false;
	ret->at = p->pod_ip.at;
	return true;
}

static void warn_pods(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_POD, &i);
	struct found second = {.others = 0}, single = {.others = 0};

	for (; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (second_of_family(o->pod, &spot))
			idle_find(&second, o, &spot);
		if (beside_list(o->pod, &spot))
			idle_find(&single, o, &spot);
	}
	idle_warn(c, &second, "status.podIPs[#].ip",
		  "has no effect: the first address of a family is used");
	idle_warn(c, &single, "status.podIP", "has no effect: podIPs are used, it is none of them");
}

void model_warn_addresses(struct check *c)
{
	struct known_addresses k = {0};
	bool any = false;

	warn_second_addresses(c);
	warn_pods(c);
	for (size_t i = 0; i < c->model->objects.n && !any; i++)
		any = any_list(c->model->objects.v[i]);
	for (size_t i = 0; any && i < c->model->objects.n && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (o->kind == SVCLB_KIND_ENDPOINT_SLICE && in_use(c, o))
			add_slice(c, o->slice, &k);
	}
	if (k.n)
		qsort(k.v, k.n, sizeof(*k.v), known_cmp);
	for (size_t i = 0; any && i < c->model->objects.n && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		const char *service = service_of(o);

		if (o->derived || !service || !any_list(o) || !in_use(c, o))
			continue;
		check_object(c, o);
		for (size_t w = 0; w < VALUE_COUNT_; w++) {
			const char *path = arena_printf(&c->scratch, ANNOTATION_PATH "%s]",
							endpoint_value_names[w]);

			if (!path)
				c->given_up = true;
			else if (list_of(o, w))
				warn_list_of(c, &k, service, list_of(o, w), path);
		}
	}
}
