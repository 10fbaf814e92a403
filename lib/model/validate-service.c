/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services: fields that hold one of a few words, and the order of the other checks. */
#include <stddef.h>

#include "model/check.h"
#include "model/fields.h"

static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName", NULL};
static const char *const affinities[] = {"None", "ClientIP", NULL};
static const char *const policies[] = {"Cluster", "Local", NULL};
static const char *const family_policies[] = {"SingleStack", "PreferDualStack", "RequireDualStack",
					      NULL};
static const char *const distributions[] = {"PreferClose", "PreferSameZone", "PreferSameNode",
					    NULL};

static bool always(const struct service *s)
{
	(void)s;
	return true;
}

static bool never(const struct service *s)
{
	return !always(s);
}

static bool has_cluster_ip(const struct service *s)
{
	return service_is(s, "ClusterIP") || service_is(s, "NodePort") ||
	       service_is(s, "LoadBalancer");
}

static const struct word_rule {
	const char *path;
	size_t field;
	const char *const *words;
	bool (*required)(const struct service *s);
	bool (*checked)(const struct service *s);
} word_rules[] = {
	{"spec.type", offsetof(struct service, type), types, always, always},
	{"spec.sessionAffinity", offsetof(struct service, session_affinity), affinities, always,
	 always},
	{"spec.externalTrafficPolicy", offsetof(struct service, external_traffic_policy), policies,
	 service_externally_accessible, service_externally_accessible},
	{"spec.internalTrafficPolicy", offsetof(struct service, internal_traffic_policy), policies,
	 has_cluster_ip, always},
	{"spec.ipFamilyPolicy", offsetof(struct service, ip_family_policy), family_policies, never,
	 always},
	{"spec.trafficDistribution", offsetof(struct service, traffic_distribution), distributions,
	 never, always},
};

static bool among(const char *const *words, const char *s)
{
	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], s))
			return true;
	}
	return false;
}

static void check_word(struct check *c, const struct service *s, const struct word_rule *r)
{
	const struct ftext *t = (const struct ftext *)(const void *)((const char *)s + r->field);

	if (!text_given(t)) {
		if (!r->required(s))
			return;
		check_at(c, FAULT_REQUIRED, r->path, NULL);
		check_report(c, t->at, "one of %s", check_words(c, r->words));
	} else if (r->checked(s) && !among(r->words, t->s)) {
		check_at(c, FAULT_NOT_SUPPORTED, r->path, NULL);
		check_report(c, t->at, "%s is not one of %s", check_shown(c, t->s),
			     check_words(c, r->words));
	}
}

void validate_service(struct check *c, const struct service *s)
{
	c->at = pos_or(s->spec_at, s->meta.at);
	for (size_t i = 0; i < sizeof(word_rules) / sizeof(word_rules[0]); i++)
		check_word(c, s, &word_rules[i]);
	validate_service_ports(c, s);
	validate_service_addresses(c, s);
	validate_service_policy(c, s);
}
