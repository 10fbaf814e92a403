/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What changes nothing because of other objects, the node or its options: each is named once. */
#include "model/derive.h"
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

struct view {
	struct check *c;
	size_t first_service, first_pod;
	bool *sliced; /* Services that have slices of the input */
	bool *used;   /* of Pods: endpoints are made of them, or weights taken from them */
};

struct row {
	uint32_t kind;
	const char *path;
	bool (*idle)(const struct view *v, const struct svclb_object *o, struct spot *ret);
	const char *why;
};

static const struct svclb_object *service_of(const struct view *v, const struct svclb_object *o)
{
	const char *name =
		o->kind == SVCLB_KIND_ENDPOINT_SLICE ? o->slice->service.s : o->meta->name.s;

	return name ? model_lookup(v->c->model, SVCLB_KIND_SERVICE, o->meta->ns.s, name) : NULL;
}

/* ---- Services ---- */

static bool ranges_without_ingress(const struct view *v, const struct svclb_object *o,
				   struct spot *ret)
{
	const struct service *s = o->service;

	(void)v;
	if (service_skip_reason(s) || !s->source_ranges.n)
		return false;
	for (size_t i = 0; i < s->n_ingress; i++)
		if (idle_ingress_served(s, &s->ingress[i]))
			return false;
	ret->at = s->source_ranges.v[0].at;
	return true;
}

/* A health check port is what the policy is about, even where nothing else is exposed yet. */
static bool external_policy_unexposed(const struct view *v, const struct svclb_object *o,
				      struct spot *ret)
{
	(void)v;
	ret->at = o->service->external_traffic_policy.at;
	return !service_skip_reason(o->service) && !idle_exposed(o->service) &&
	       !o->service->health_check_node_port.v &&
	       text_is(&o->service->external_traffic_policy, "Local");
}

static bool labelled(const struct svclb_object *o, const char *key, struct spot *ret)
{
	const struct label *l = label_find(&o->meta->labels, key);

	if (l)
		ret->at = l->at;
	return l;
}

static bool of_other_proxy(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	return !idle_unserved(o->service) && labelled(o, LABEL_PROXY_NAME, ret);
}

static bool headless_by_label(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	return !idle_unserved(o->service) && !label_find(&o->meta->labels, LABEL_PROXY_NAME) &&
	       labelled(o, LABEL_HEADLESS, ret);
}

/* Of a family that the kernel lacks it is said once for all: apply/families.c. */
static bool switched_on(const struct view *v, uint8_t family)
{
	return !v->c->opts->families_given || (family == 4 ? v->c->opts->ipv4 : v->c->opts->ipv6);
}

static bool families_off(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct service *s = o->service;

	if (s->ip_families.n)
		ret->at = s->ip_families.v[0].at;
	return !service_skip_reason(s) && !(switched_on(v, 4) && service_serves_family(s, 4)) &&
	       !(switched_on(v, 6) && service_serves_family(s, 6));
}

/* One of two; without both the Service has no effect at all. */
static bool family_off(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct service *s = o->service;

	for (size_t i = 0; i < s->ip_families.n && s->ip_families.n > 1; i++) {
		uint8_t family = family_from_name(s->ip_families.v[i].s);

		if (service_skip_reason(s) || !service_serves_family(s, family) ||
		    switched_on(v, family) || !switched_on(v, family == 4 ? 6 : 4))
			continue;
		*ret = (struct spot){s->ip_families.v[i].at, i};
		return true;
	}
	return false;
}

static bool name_selector(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	ret->at = o->service->selector.at;
	return service_is(o->service, "ExternalName") && o->service->selector.n;
}

static bool name_ports(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	ret->at = o->service->ports_at;
	return service_is(o->service, "ExternalName") && o->service->n_ports;
}

static bool not_ready_unserved(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	ret->at = o->service->publish_not_ready.at;
	return o->service->publish_not_ready.v == TRI_TRUE && idle_unserved(o->service);
}

static bool not_ready_beside_slices(const struct view *v, const struct svclb_object *o,
				    struct spot *ret)
{
	const struct service *s = o->service;

	ret->at = s->publish_not_ready.at;
	return s->publish_not_ready.v == TRI_TRUE && s->selector.n && !service_skip_reason(s) &&
	       v->sliced[o->place - v->first_service];
}

/* ---- EndpointSlices ---- */

/* The Service that uses a slice, which is no derived one. */
static const struct svclb_object *served_by(const struct view *v, const struct svclb_object *o)
{
	return o->derived ? NULL : slice_served_by(v->c->model, o->slice);
}

static bool slice_left(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct svclb_object *service = o->derived ? NULL : service_of(v, o);

	return service && !service_skip_reason(service->service) &&
	       (labelled(o, LABEL_PROXY_NAME, ret) || labelled(o, LABEL_HEADLESS, ret));
}

static bool slice_without_ports(const struct view *v, const struct svclb_object *o,
				struct spot *ret)
{
	ret->at = o->meta->at;
	return o->slice->n_endpoints && !o->slice->n_ports && served_by(v, o);
}

/* What says the same as ready is what a controller writes. So is another word where the Service
 * publishes what is not ready. */
static bool serving_stays(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct svclb_object *service = served_by(v, o);

	if (!service || service->service->publish_not_ready.v == TRI_TRUE)
		return false;
	for (size_t i = 0; i < o->slice->n_endpoints; i++) {
		const struct slice_endpoint *e = &o->slice->endpoints[i];
		bool ready = e->ready != TRI_FALSE;

		if (e->terminating == TRI_TRUE || e->serving == TRI_UNSET ||
		    ready == (e->serving == TRI_TRUE))
			continue;
		*ret = (struct spot){e->at, i};
		return true;
	}
	return false;
}

/* A controller calls ready what goes away only where what is not ready is published. */
static bool terminating_ready(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct svclb_object *service = served_by(v, o);

	if (!service || service->service->publish_not_ready.v == TRI_TRUE)
		return false;
	for (size_t i = 0; i < o->slice->n_endpoints; i++) {
		const struct slice_endpoint *e = &o->slice->endpoints[i];

		if (e->terminating != TRI_TRUE || e->ready == TRI_FALSE)
			continue;
		*ret = (struct spot){e->at, i};
		return true;
	}
	return false;
}

static bool slice_port_number(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	for (size_t i = 0; i < o->slice->n_ports; i++) {
		if (o->slice->ports[i].port.given)
			continue;
		*ret = (struct spot){o->slice->ports[i].at, i};
		return served_by(v, o);
	}
	return false;
}

/* ---- others ---- */

static bool pod_unused(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	ret->at = o->meta->at;
	return !v->used[o->place - v->first_pod];
}

static bool plain_says_family(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	ret->at = o->plain->family.at;
	return text_given(&o->plain->family) && !o->plain->mark.given;
}

static bool plain_off(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	const struct plain *p = o->plain;
	uint8_t family = plain_family(p);

	ret->at = p->mark.given ? p->family.at : p->address.at;
	return family && !switched_on(v, family);
}

static bool plain_label(const struct view *v, const struct svclb_object *o, struct spot *ret)
{
	(void)v;
	return labelled(o, LABEL_HEADLESS, ret) || labelled(o, LABEL_PROXY_NAME, ret);
}

#define NOT_SERVED "has no effect: the Service has no address of its own"
#define SERVICE(p) SVCLB_KIND_SERVICE, p
#define SLICE(p)   SVCLB_KIND_ENDPOINT_SLICE, p

static const struct row rows[] = {
	{SERVICE("spec.loadBalancerSourceRanges"), ranges_without_ingress,
	 "has no effect: the Service has no load balancer IP"},
	{SERVICE("spec.externalTrafficPolicy"), external_policy_unexposed,
	 "has no effect: the Service has no node port and no external address"},
	{SERVICE("metadata.labels[" LABEL_PROXY_NAME "]"), of_other_proxy,
	 "leaves the Service to another proxy: it has no effect here"},
	{SERVICE("metadata.labels[" LABEL_HEADLESS "]"), headless_by_label,
	 "makes the Service headless: it has no effect here"},
	{SERVICE("spec.ipFamilies"), families_off,
	 "are switched off on this node, so the Service has no effect"},
	{SERVICE("spec.ipFamilies[#]"), family_off,
	 "is switched off on this node, so it has no effect"},
	{SERVICE("spec.selector"), name_selector, NOT_SERVED},
	{SERVICE("spec.ports"), name_ports, NOT_SERVED},
	{SERVICE("spec.publishNotReadyAddresses"), not_ready_unserved, NOT_SERVED},
	{SERVICE("spec.publishNotReadyAddresses"), not_ready_beside_slices,
	 "has no effect beside slices: they say themselves what is ready"},
	{SLICE("metadata.labels"), slice_left, "leaves the slice to others: it has no effect here"},
	{SLICE("ports"), slice_without_ports, "there are none, so the slice has no effect"},
	{SLICE("endpoints[#].conditions.serving"), serving_stays,
	 "has no effect: it counts where terminating is true"},
	{SLICE("endpoints[#].conditions.terminating"), terminating_ready,
	 "has no effect: it counts where ready is false"},
	{SLICE("ports[#].port"), slice_port_number, "is not given, so the port has no effect"},
	{SVCLB_KIND_POD, NULL, pod_unused,
	 "has no effect: no Service takes an endpoint or a weight from it"},
	{SVCLB_KIND_VIRTUAL_SERVER, "spec.family", plain_says_family,
	 "has no effect: the address has a family"},
	{SVCLB_KIND_VIRTUAL_SERVER, NULL, plain_off,
	 "its family is switched off on this node, so it has no effect"},
	{SVCLB_KIND_VIRTUAL_SERVER, "metadata.labels", plain_label,
	 "leave nothing to others here: they have no effect"},
};

static void warn_row(struct view *v, const struct row *row)
{
	size_t i, end = model_kind_range(v->c->model, row->kind, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(v->c); i++) {
		const struct svclb_object *o = v->c->model->objects.v[i];
		struct spot here = {.index = 0};

		if (row->idle(v, o, &here))
			idle_find(&f, o, &here);
	}
	idle_warn(v->c, &f, row->path, row->why);
}

/* ---- what there is ---- */

static bool says_values(const struct meta *pod)
{
	return annotation_find(&pod->annotations, "weight") ||
	       annotation_find(&pod->annotations, "upper-threshold") ||
	       annotation_find(&pod->annotations, "lower-threshold");
}

static void use_pod(struct view *v, const struct svclb_object *slice,
		    const struct slice_endpoint *e)
{
	const struct svclb_object *pod;

	if (!text_is(&e->target_kind, "Pod") || !text_given(&e->target_name))
		return;
	pod = model_lookup(v->c->model, SVCLB_KIND_POD, slice->meta->ns.s, e->target_name.s);
	if (pod && (slice->derived || says_values(pod->meta)))
		v->used[pod->place - v->first_pod] = true;
}

static void see_slice(struct view *v, const struct svclb_object *o)
{
	const struct svclb_object *service = service_of(v, o);

	if (service)
		v->sliced[service->place - v->first_service] |= !o->derived;
	for (size_t i = 0; service && !meta_left_to_others(o->meta) && i < o->slice->n_endpoints;
	     i++)
		use_pod(v, o, &o->slice->endpoints[i]);
}

void model_warn_beside(struct check *c)
{
	struct view v = {.c = c};
	size_t services = model_kind_range(c->model, SVCLB_KIND_SERVICE, &v.first_service);
	size_t pods = model_kind_range(c->model, SVCLB_KIND_POD, &v.first_pod);
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);

	v.sliced = check_scratch(c, services - v.first_service, sizeof(*v.sliced));
	v.used = check_scratch(c, pods - v.first_pod, sizeof(*v.used));
	if (!v.sliced || !v.used)
		return;
	for (; i < end && check_goes_on(c); i++)
		see_slice(&v, c->model->objects.v[i]);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]) && !c->given_up; k++)
		warn_row(&v, &rows[k]);
	model_warn_near(c);
	model_warn_targets(c);
}
