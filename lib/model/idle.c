/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields of Services that change nothing because of what else the Service says: each is named once. */
#include <string.h>

#include "model/derive.h"
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

struct idle {
	const char *path;
	bool (*idle)(const struct service *s, struct spot *ret);
	const char *why;
};

static bool other_family(const struct service *s, const struct ftext *t, size_t i, struct spot *ret)
{
	struct ipaddr ip;

	if (!text_given(t) || !ip_parse(t->s, &ip, NULL) || service_serves_family(s, ip.family))
		return false;
	*ret = (struct spot){t->at, i};
	return true;
}

bool idle_unserved(const struct service *s)
{
	return service_headless(s) || service_is(s, "ExternalName");
}

bool idle_cluster_ip(const struct service *s, const struct ftext *t)
{
	for (size_t i = 0; text_given(t) && i < s->cluster_ips.n; i++)
		if (text_is(&s->cluster_ips.v[i], t->s))
			return true;
	return false;
}

bool idle_ingress_served(const struct service *s, const struct ingress *in)
{
	return text_given(&in->ip) && !text_is(&in->ip_mode, "Proxy") &&
	       !idle_cluster_ip(s, &in->ip);
}

bool idle_exposed(const struct service *s)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i].node_port.v)
			return true;
	for (size_t i = 0; i < s->n_ingress; i++)
		if (idle_ingress_served(s, &s->ingress[i]))
			return true;
	for (size_t i = 0; i < s->external_ips.n; i++)
		if (!idle_cluster_ip(s, &s->external_ips.v[i]))
			return true;
	return false;
}

static bool external_ip_unserved(const struct service *s, struct spot *ret)
{
	if (!s->external_ips.n || !idle_unserved(s))
		return false;
	ret->at = s->external_ips.v[0].at;
	return true;
}

static bool external_ip_family(const struct service *s, struct spot *ret)
{
	for (size_t i = 0; i < s->external_ips.n && !service_skip_reason(s); i++)
		if (other_family(s, &s->external_ips.v[i], i, ret))
			return true;
	return false;
}

static bool ingress_family(const struct service *s, struct spot *ret)
{
	for (size_t i = 0; i < s->n_ingress && !service_skip_reason(s); i++)
		if (!text_is(&s->ingress[i].ip_mode, "Proxy") &&
		    other_family(s, &s->ingress[i].ip, i, ret))
			return true;
	return false;
}

/* Whether a load balancer's address of the family is served, or may come. */
static bool range_family_served(const struct service *s, uint8_t family)
{
	bool any = false;
	struct ipaddr ip;

	for (size_t i = 0; i < s->n_ingress; i++) {
		if (!idle_ingress_served(s, &s->ingress[i]) ||
		    !ip_parse(s->ingress[i].ip.s, &ip, NULL))
			continue;
		if (ip.family == family)
			return service_serves_family(s, family);
		any = true;
	}
	return !any && service_serves_family(s, family);
}

static bool range_served(const struct service *s)
{
	struct cidr range;

	for (size_t i = 0; i < s->source_ranges.n; i++)
		if (cidr_parse(s->source_ranges.v[i].s, &range, NULL) &&
		    range_family_served(s, range.ip.family))
			return true;
	return false;
}

/* Without a range of the family that is served, one of the other closes the addresses, or opens them
 * if it is of length 0. */
static bool source_range_family(const struct service *s, struct spot *ret)
{
	if (service_skip_reason(s) || !range_served(s))
		return false;
	for (size_t i = 0; i < s->source_ranges.n; i++) {
		const struct ftext *t = &s->source_ranges.v[i];
		struct cidr range;

		if (!cidr_parse(t->s, &range, NULL) || range_family_served(s, range.ip.family))
			continue;
		*ret = (struct spot){t->at, i};
		return true;
	}
	return false;
}

/* Of families that are listed the policy may grant the first alone. */
static bool second_family(const struct service *s, struct spot *ret)
{
	size_t i = s->cluster_ips.n;

	if (service_skip_reason(s) || s->ip_families.n <= i)
		return false;
	*ret = (struct spot){s->ip_families.v[i].at, i};
	return true;
}

static bool single_of_two(const struct service *s, struct spot *ret)
{
	ret->at = s->ip_family_policy.at;
	return !service_skip_reason(s) && s->cluster_ips.n > 1 &&
	       text_is(&s->ip_family_policy, "SingleStack");
}

static bool affinity_unserved(const struct service *s, struct spot *ret)
{
	ret->at = s->session_affinity.at;
	return idle_unserved(s) && service_has_affinity(s);
}

static bool internal_policy_unserved(const struct service *s, struct spot *ret)
{
	ret->at = s->internal_traffic_policy.at;
	return idle_unserved(s) && text_is(&s->internal_traffic_policy, "Local");
}

static bool external_policy_unserved(const struct service *s, struct spot *ret)
{
	ret->at = s->external_traffic_policy.at;
	return idle_unserved(s) && text_is(&s->external_traffic_policy, "Local");
}

/* A number is compared with those of the endpoints. */
static bool named_without_selector(const struct service *s, struct spot *ret)
{
	for (size_t i = 0; i < s->n_ports && !s->selector.n && !service_skip_reason(s); i++) {
		if (!text_given(&s->ports[i].target_port_name))
			continue;
		*ret = (struct spot){
			pos_or(s->ports[i].target_port_name.at, s->ports[i].target_port.at), i};
		return true;
	}
	return false;
}

static bool external_name_typed(const struct service *s, struct spot *ret)
{
	ret->at = s->external_name.at;
	return text_given(&s->external_name) && !service_is(s, "ExternalName");
}

static bool ranges_annotation(const struct service *s, struct spot *ret)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_SOURCE_RANGES);

	if (l)
		ret->at = l->at;
	return l && service_is(s, "LoadBalancer");
}

static bool distribution_unserved(const struct service *s, struct spot *ret)
{
	ret->at = s->traffic_distribution.at;
	return idle_unserved(s) && text_given(&s->traffic_distribution);
}

static bool not_ready_without_pods(const struct service *s, struct spot *ret)
{
	ret->at = s->meta.at;
	return s->publish_not_ready.v == TRI_TRUE && !s->selector.n && !service_skip_reason(s);
}

static bool scheduler_unserved(const struct service *s, struct spot *ret)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_SCHEDULER);

	if (!l || !idle_unserved(s))
		return false;
	ret->at = l->at;
	return true;
}

static bool scheduler_empty(const struct service *s, struct spot *ret)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_SCHEDULER);

	if (!l || idle_unserved(s) || (l->value && *l->value))
		return false;
	ret->at = l->at;
	return true;
}

/* Only a number that is missing is allocated or left out. */
static bool nothing_to_allocate(const struct service *s, struct spot *ret)
{
	size_t given = 0;

	ret->at = s->allocate_node_ports.at;
	for (size_t i = 0; i < s->n_ports; i++)
		given += s->ports[i].node_port.v && !s->ports[i].node_port_allocated;
	return s->allocate_node_ports.v == TRI_FALSE && given && given == s->n_ports;
}

static bool topology_empty(const struct service *s, struct spot *ret)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_HINTS);

	if (!l)
		l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_MODE);
	if (!l || (l->value && *l->value))
		return false;
	ret->at = l->at;
	return true;
}

/* The field alone asks for what the annotation would ask for, and cannot be switched off by it. */
static bool topology_beside_field(const struct service *s, struct spot *ret)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_HINTS);

	if (!l)
		l = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_MODE);
	if (!l || !l->value || !*l->value || service_skip_reason(s))
		return false;
	ret->at = l->at;
	return text_given(&s->traffic_distribution);
}

/* The first of our annotations. */
static bool tuning_unserved(const struct service *s, struct spot *ret)
{
	for (size_t i = 0; i < s->meta.annotations.n && idle_unserved(s); i++) {
		const struct label *l = &s->meta.annotations.v[i];

		if (strncmp(l->key, ANNOTATION_PREFIX, sizeof(ANNOTATION_PREFIX) - 1))
			continue;
		ret->at = l->at;
		return true;
	}
	return false;
}

static bool drain_without_tcp(const struct service *s, struct spot *ret)
{
	const struct label *l = annotation_find(&s->meta.annotations, "drain");

	if (!l || service_skip_reason(s))
		return false;
	for (size_t i = 0; i < s->n_ports; i++)
		if (text_is(&s->ports[i].protocol, "TCP"))
			return false;
	ret->at = l->at;
	return true;
}

static bool prefix_without_family(const struct service *s, const char *name, uint8_t family,
				  struct spot *ret)
{
	const struct label *l = annotation_find(&s->meta.annotations, name);

	if (!l || service_skip_reason(s) || service_serves_family(s, family))
		return false;
	ret->at = l->at;
	return true;
}

static bool prefix_4(const struct service *s, struct spot *ret)
{
	return prefix_without_family(s, "affinity-prefix-ipv4", 4, ret);
}

static bool prefix_6(const struct service *s, struct spot *ret)
{
	return prefix_without_family(s, "affinity-prefix-ipv6", 6, ret);
}

#define ANOTHER_FAMILY "has no effect: the Service has no address of its family"
#define NOT_SERVED     "has no effect: the Service has no address of its own"

static const struct idle idles[] = {
	{"spec.externalIPs[#]", external_ip_unserved, NOT_SERVED},
	{"spec.externalIPs[#]", external_ip_family, ANOTHER_FAMILY},
	{"status.loadBalancer.ingress[#].ip", ingress_family, ANOTHER_FAMILY},
	{"spec.loadBalancerSourceRanges[#]", source_range_family,
	 "has no effect: the Service has no load balancer IP of its family"},
	{"spec.ipFamilies[#]", second_family,
	 "has no effect: by its ipFamilyPolicy the Service is SingleStack"},
	{"spec.ipFamilyPolicy", single_of_two,
	 "SingleStack has no effect: two cluster IPs are given, and both are served"},
	{"spec.sessionAffinity", affinity_unserved, NOT_SERVED},
	{"spec.internalTrafficPolicy", internal_policy_unserved, NOT_SERVED},
	{"spec.externalTrafficPolicy", external_policy_unserved, NOT_SERVED},
	{"spec.ports[#].targetPort", named_without_selector,
	 "a name has no effect without a selector: slices and Endpoints have numbers"},
	{"spec.externalName", external_name_typed, "has no effect without type ExternalName"},
	{"metadata.annotations[" ANNOTATION_SOURCE_RANGES "]", ranges_annotation,
	 "the annotation restricts nothing, only spec.loadBalancerSourceRanges does"},
	{"spec.trafficDistribution", distribution_unserved, NOT_SERVED},
	{"spec.publishNotReadyAddresses", not_ready_without_pods,
	 "has no effect without a selector: slices say themselves what is ready"},
	{"metadata.annotations[" ANNOTATION_SCHEDULER "]", scheduler_unserved, NOT_SERVED},
	{"metadata.annotations[" ANNOTATION_SCHEDULER "]", scheduler_empty,
	 "is empty and has no effect: the scheduler is the node's"},
	{"spec.allocateLoadBalancerNodePorts", nothing_to_allocate,
	 "has no effect: all node ports are given"},
	{"metadata.annotations", topology_empty, "an empty topology hint has no effect"},
	{"metadata.annotations", topology_beside_field,
	 "a topology hint has no effect beside spec.trafficDistribution"},
	{"metadata.annotations", tuning_unserved, NOT_SERVED},
	{"metadata.annotations[svclb.io/drain]", drain_without_tcp,
	 "has no effect: only TCP connections drain"},
	{"metadata.annotations[svclb.io/affinity-prefix-ipv4]", prefix_4, ANOTHER_FAMILY},
	{"metadata.annotations[svclb.io/affinity-prefix-ipv6]", prefix_6, ANOTHER_FAMILY},
};

void idle_find(struct found *f, const struct svclb_object *o, const struct spot *spot)
{
	f->others += f->first != NULL;
	if (f->first)
		return;
	f->first = o;
	f->spot = *spot;
}

void idle_warn(struct check *c, const struct found *f, const char *path, const char *why)
{
	struct pos at;

	if (!f->first)
		return;
	at = pos_or(f->spot.at, f->first->meta->at);
	check_object(c, f->first);
	c->index[0] = f->spot.index;
	if (f->others)
		check_warn(c, path, at, "%s; the same with %zu other %s%s", why, f->others,
			   kind_name(f->first->kind), kind_plural(f->first->kind, f->others));
	else
		check_warn(c, path, at, "%s", why);
}

static void warn_idle(struct check *c, const struct idle *rule)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot here = {.index = 0};

		if (rule->idle(o->service, &here))
			idle_find(&f, o, &here);
	}
	idle_warn(c, &f, rule->path, rule->why);
}

/* One that is no Service's: others keep their leases in such objects. */
static void warn_endpoints(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINTS, &i);
	static const struct spot nowhere;
	struct found f = {.others = 0};

	for (; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		if (endpoints_mirrored(o->endpoints) &&
		    !model_lookup(c->model, SVCLB_KIND_SERVICE, o->meta->ns.s, o->meta->name.s))
			idle_find(&f, o, &nowhere);
	}
	idle_warn(c, &f, NULL, "there is no Service of this name, so it has no effect");
}

void model_warn_idle(struct check *c)
{
	warn_endpoints(c);
	for (size_t i = 0; i < sizeof(idles) / sizeof(idles[0]) && !c->given_up; i++)
		warn_idle(c, &idles[i]);
	model_warn_nodes(c);
	model_warn_weights(c);
	model_warn_beside(c);
	model_warn_endpoints(c);
	model_warn_misplaced(c);
	model_warn_lists(c);
	model_warn_unserved(c);
	model_warn_node(c);
	model_warn_options(c);
	model_warn_detector(c);
}

void model_warn_affinity_config(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &i);
	struct found f = {.others = 0};

	for (; i < end && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.at = o->service->affinity_config_at};

		if (!o->service->affinity_config_given || service_has_affinity(o->service) ||
		    (text_given(&o->service->session_affinity) &&
		     !text_is(&o->service->session_affinity, "None")))
			continue;
		idle_find(&f, o, &spot);
	}
	idle_warn(c, &f, "spec.sessionAffinityConfig", "has no effect without session affinity");
}
