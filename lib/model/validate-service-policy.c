/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services: affinity, traffic policies, health check node port, annotations. */
#include "model/check.h"
#include "model/fields.h"
#include "model/keys.h"

#define AFFINITY_MAX_SEC 86400

static void topology(struct check *c, const struct service *s)
{
	const struct label *hints = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_HINTS);
	const struct label *mode = label_find(&s->meta.annotations, ANNOTATION_TOPOLOGY_MODE);

	if (!hints || !mode || !hints->value || !mode->value || !strcmp(hints->value, mode->value))
		return;
	check_report(c, mode->at, "%s, while " ANNOTATION_TOPOLOGY_HINTS " is %s",
		     check_shown(c, mode->value), check_shown(c, hints->value));
}

static void scheduler(struct check *c, const struct service *s)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_SCHEDULER);

	if (l && l->value && *l->value && !scheduler_known(l->value))
		check_report(c, l->at, "%s is not one of the schedulers %s",
			     check_shown(c, l->value), check_words(c, scheduler_names()));
}

static void affinity_config_missing(struct check *c, const struct service *s)
{
	if (service_has_affinity(s) && !s->affinity_timeout.given)
		check_report(c, s->affinity_config_at,
			     "affinity ClientIP needs clientIP.timeoutSeconds");
}

static void affinity_timeout(struct check *c, const struct service *s)
{
	int64_t v = s->affinity_timeout.v;

	if (service_has_affinity(s) && s->affinity_timeout.given && (v < 1 || v > AFFINITY_MAX_SEC))
		check_report(c, pos_or(s->affinity_timeout.at, s->affinity_config_at),
			     "%lld is not in 1-%d", (long long)v, AFFINITY_MAX_SEC);
}

static void affinity_config_unused(struct check *c, const struct service *s)
{
	if (text_is(&s->session_affinity, "None") && s->affinity_config_given)
		check_report(c, s->affinity_config_at, "affinity None has no configuration");
}

static bool type_known(const struct service *s)
{
	return service_is(s, "ClusterIP") || service_is(s, "NodePort") ||
	       service_is(s, "LoadBalancer") || service_is(s, "ExternalName");
}

static void node_ports_flag_unused(struct check *c, const struct service *s)
{
	if (s->allocate_node_ports.v != TRI_UNSET && !service_is(s, "LoadBalancer"))
		check_report(c, s->allocate_node_ports.at,
			     "only type LoadBalancer has it, this is type %s",
			     check_shown(c, s->type.s));
}

static void node_ports_flag_missing(struct check *c, const struct service *s)
{
	if (s->allocate_node_ports.v == TRI_UNSET && service_is(s, "LoadBalancer"))
		check_report(c, s->allocate_node_ports.at, "type LoadBalancer needs true or false");
}

static void external_policy_unused(struct check *c, const struct service *s)
{
	if (text_given(&s->external_traffic_policy) && type_known(s) &&
	    !service_externally_accessible(s))
		check_report(c, s->external_traffic_policy.at,
			     "%s needs a Service that is reachable from outside",
			     check_shown(c, s->external_traffic_policy.s));
}

static void health_check_unused(struct check *c, const struct service *s)
{
	if (s->health_check_node_port.v && !service_needs_health_check(s))
		check_report(c, s->health_check_node_port.at,
			     "%lld needs type LoadBalancer and externalTrafficPolicy Local",
			     (long long)s->health_check_node_port.v);
}

static void health_check_range(struct check *c, const struct service *s)
{
	int64_t v = s->health_check_node_port.v;

	/* 0 is none given: one is allocated where it is needed. */
	if (v < 0 || v > UINT16_MAX)
		check_report(c, s->health_check_node_port.at, "%lld is not in 1-65535",
			     (long long)v);
}

static const struct {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct service *s);
	const char *hint;
} rules[] = {
	{"metadata.annotations[" ANNOTATION_TOPOLOGY_MODE "]", FAULT_INVALID, topology,
	 "keep one of the two annotations"},
	{"metadata.annotations[" ANNOTATION_SCHEDULER "]", FAULT_NOT_SUPPORTED, scheduler, NULL},
	{"spec.sessionAffinityConfig", FAULT_REQUIRED, affinity_config_missing, NULL},
	{"spec.sessionAffinityConfig.clientIP.timeoutSeconds", FAULT_INVALID, affinity_timeout,
	 NULL},
	{"spec.sessionAffinityConfig", FAULT_FORBIDDEN, affinity_config_unused, NULL},
	{"spec.allocateLoadBalancerNodePorts", FAULT_FORBIDDEN, node_ports_flag_unused, NULL},
	{"spec.allocateLoadBalancerNodePorts", FAULT_REQUIRED, node_ports_flag_missing, NULL},
	{"spec.externalTrafficPolicy", FAULT_INVALID, external_policy_unused,
	 "set type NodePort or LoadBalancer, or externalIPs, or remove it"},
	{"spec.healthCheckNodePort", FAULT_INVALID, health_check_unused, NULL},
	{"spec.healthCheckNodePort", FAULT_INVALID, health_check_range, NULL},
};

void validate_service_policy(struct check *c, const struct service *s)
{
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		check_at(c, rules[r].fault, rules[r].path, rules[r].hint);
		rules[r].check(c, s);
	}
}
