/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services: cluster IPs and families, external addresses, source ranges, ingress. */
#include "model/check.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/syntax.h"

static const char *const families[] = {"IPv4", "IPv6", NULL};

static bool none(const struct ftext *t)
{
	return text_is(t, "None");
}

static uint8_t family_of(const struct ftext *t)
{
	struct ipaddr ip;

	return ip_parse(t->s, &ip, NULL) ? ip.family : 0;
}

static void headless_type(struct check *c, const struct service *s)
{
	if ((service_is(s, "NodePort") || service_is(s, "LoadBalancer")) && service_headless(s))
		check_report(c, s->cluster_ips.n ? s->cluster_ips.v[0].at : s->cluster_ip.at,
			     "\"None\" cannot be used with type %s", s->type.s);
}

static void external_name_ips(struct check *c, const struct service *s)
{
	if (service_is(s, "ExternalName") && s->cluster_ips.n)
		check_report(c, pos_or(s->cluster_ips.at, s->cluster_ips.v[0].at),
			     "%s cannot be used with type ExternalName",
			     check_shown(c, s->cluster_ips.v[0].s));
}

static void external_name_families(struct check *c, const struct service *s)
{
	if (service_is(s, "ExternalName") && s->ip_families.n)
		check_report(c, pos_or(s->ip_families.at, s->ip_families.v[0].at),
			     "families cannot be given with type ExternalName");
}

static void external_name_policy(struct check *c, const struct service *s)
{
	if (service_is(s, "ExternalName") && text_given(&s->ip_family_policy))
		check_report(c, s->ip_family_policy.at, "%s cannot be used with type ExternalName",
			     check_shown(c, s->ip_family_policy.s));
}

static void external_name_missing(struct check *c, const struct service *s)
{
	if (service_is(s, "ExternalName") && !text_given(&s->external_name))
		check_report(c, s->external_name.at, "type ExternalName needs a DNS name");
}

static void external_name_syntax(struct check *c, const struct service *s)
{
	const char *name = s->external_name.s;

	if (service_is(s, "ExternalName") && text_given(&s->external_name) && !is_domain_name(name))
		check_report(c, s->external_name.at, "%s is not a DNS subdomain",
			     check_shown(c, name));
}

static void cluster_ips_missing(struct check *c, const struct service *s)
{
	if (text_given(&s->cluster_ip) && !s->cluster_ips.n)
		check_report(c, s->cluster_ip.at, "clusterIP %s must also be the first member here",
			     check_shown(c, s->cluster_ip.s));
}

static void cluster_ips_first(struct check *c, const struct service *s)
{
	if (!s->cluster_ips.n)
		return;
	if (!text_given(&s->cluster_ip))
		check_report(c, s->cluster_ips.at,
			     "clusterIP is empty, it must be the first member, %s",
			     check_shown(c, s->cluster_ips.v[0].s));
	else if (!text_is(&s->cluster_ips.v[0], s->cluster_ip.s))
		check_report(c, s->cluster_ips.v[0].at,
			     "the first member, %s, is not clusterIP, %s",
			     check_shown(c, s->cluster_ips.v[0].s),
			     check_shown(c, s->cluster_ip.s));
}

static void cluster_ips_number(struct check *c, const struct service *s)
{
	if (s->cluster_ips.n > 2)
		check_report(c, pos_or(s->cluster_ips.at, s->cluster_ips.v[2].at),
			     "%zu members, at most one a family", s->cluster_ips.n);
}

static void cluster_ips_none(struct check *c, const struct service *s)
{
	for (size_t i = 0; s->cluster_ips.n > 1 && i < s->cluster_ips.n; i++) {
		if (none(&s->cluster_ips.v[i])) {
			check_report(c, s->cluster_ips.v[i].at, "\"None\" must stand alone");
			return;
		}
	}
}

static void cluster_ips_families(struct check *c, const struct service *s)
{
	if (s->cluster_ips.n == 2 && family_of(&s->cluster_ips.v[0]) &&
	    family_of(&s->cluster_ips.v[0]) == family_of(&s->cluster_ips.v[1]))
		check_report(c, s->cluster_ips.v[1].at, "%s and %s are of one family",
			     check_shown(c, s->cluster_ips.v[0].s),
			     check_shown(c, s->cluster_ips.v[1].s));
}

/* No service network contains these, so no API server would have given one out. */
static const char *cluster_ip_fault(const struct ipaddr *ip)
{
	if (ip_is_unspecified(ip))
		return "is the unspecified address";
	if (ip_is_loopback(ip))
		return "is a loopback address";
	if (ip->family == 4 ? (ip->b[0] & 0xf0) == 0xe0 : ip->b[0] == 0xff)
		return "is a multicast address";
	return NULL;
}

static void cluster_ip_syntax(struct check *c, const struct service *s)
{
	for (size_t i = 0; i < s->cluster_ips.n; i++) {
		const struct ftext *t = &s->cluster_ips.v[i];
		const char *fault = "is no IP address";
		struct ipaddr ip;

		if (none(t))
			continue;
		if (ip_parse(t->s, &ip, NULL))
			fault = cluster_ip_fault(&ip);
		c->index[0] = i;
		if (fault)
			check_report(c, t->at, "%s %s", check_shown(c, t->s), fault);
	}
}

static void cluster_ip_family(struct check *c, const struct service *s)
{
	for (size_t i = 0; i < s->cluster_ips.n && i < s->ip_families.n; i++) {
		const struct ftext *t = &s->cluster_ips.v[i];
		uint8_t want = family_from_name(s->ip_families.v[i].s), family = family_of(t);

		c->index[0] = i;
		if (want && family && want != family)
			check_report(c, t->at, "%s is not %s, which ipFamilies[%zu] says",
				     check_shown(c, t->s), s->ip_families.v[i].s, i);
	}
}

static void families_unknown(struct check *c, const struct service *s)
{
	for (size_t i = 0; i < s->ip_families.n; i++) {
		c->index[0] = i;
		if (!family_from_name(s->ip_families.v[i].s))
			check_report(c, s->ip_families.v[i].at, "%s is not one of %s",
				     check_shown(c, s->ip_families.v[i].s),
				     check_words(c, families));
	}
}

static void families_repeated(struct check *c, const struct service *s)
{
	bool seen[7] = {false};

	for (size_t i = 0; i < s->ip_families.n; i++) {
		uint8_t family = family_from_name(s->ip_families.v[i].s);

		c->index[0] = i;
		if (family && seen[family])
			check_report(c, s->ip_families.v[i].at, "%s is given twice",
				     check_shown(c, s->ip_families.v[i].s));
		seen[family] = true;
	}
}

/* The API lets these pass, but no link takes an IPv6 multicast address, and no set the address 0. */
static const char *kernel_fault(const struct ipaddr *ip)
{
	if (ip_is_unspecified(ip))
		return "is the unspecified address";
	if (ip->family == 6 && ip->b[0] == 0xff)
		return "is a multicast address";
	return NULL;
}

static void external_ips(struct check *c, const struct service *s)
{
	for (size_t i = 0; i < s->external_ips.n; i++) {
		const struct ftext *t = &s->external_ips.v[i];
		struct ipaddr ip;
		const char *fault = address_fault(t->s, &ip);

		c->index[0] = i;
		if (!fault)
			fault = kernel_fault(&ip);
		if (fault)
			check_report(c, t->at, "%s %s", check_shown(c, t->s), fault);
	}
}

static void source_ranges_type(struct check *c, const struct service *s)
{
	if (s->source_ranges.n && !service_is(s, "LoadBalancer"))
		check_report(c, pos_or(s->source_ranges.at, s->source_ranges.v[0].at),
			     "source ranges need type LoadBalancer, this is type %s",
			     check_shown(c, s->type.s));
}

static void source_ranges_syntax(struct check *c, const struct service *s)
{
	struct cidr cidr;

	for (size_t i = 0; i < s->source_ranges.n; i++) {
		const struct ftext *t = &s->source_ranges.v[i];

		c->index[0] = i;
		if (!cidr_parse(t->s, &cidr, NULL))
			check_report(c, t->at, "%s is no network", check_shown(c, t->s));
	}
}

/* Also if one is no network: what it was meant to be is not known. */
static bool may_have_range_of(const struct service *s, uint8_t family)
{
	struct cidr cidr;

	for (size_t i = 0; i < s->source_ranges.n; i++)
		if (!cidr_parse(s->source_ranges.v[i].s, &cidr, NULL) || cidr.ip.family == family)
			return true;
	return false;
}

static void source_ranges_family(struct check *c, const struct service *s)
{
	struct ipaddr ip;

	for (size_t i = 0; i < s->n_ingress; i++) {
		const struct ftext *t = &s->ingress[i].ip;

		if (!text_given(t) || text_is(&s->ingress[i].ip_mode, "Proxy") ||
		    !ip_parse(t->s, &ip, NULL) || service_admits_all(s, ip.family) ||
		    may_have_range_of(s, ip.family))
			continue;
		check_warn(c, c->path, pos_or(s->source_ranges.at, s->source_ranges.v[0].at),
			   "no range is IPv%u, so the load balancer's address %s admits nobody",
			   ip.family, t->s);
	}
}

/* The old form of the field counts only while the field is empty. */
static const struct label *ranges_annotation(const struct service *s)
{
	return s->source_ranges.n ? NULL
				  : label_find(&s->meta.annotations, ANNOTATION_SOURCE_RANGES);
}

static void ranges_annotation_type(struct check *c, const struct service *s)
{
	const struct label *l = ranges_annotation(s);

	if (l && !service_is(s, "LoadBalancer"))
		check_report(c, l->at, "source ranges need type LoadBalancer, this is type %s",
			     check_shown(c, s->type.s));
}

static bool range_member(const char *s, const char *end, char buf[CIDR_TEXT_MAX])
{
	struct cidr cidr;
	size_t len;

	while (s < end && *s == ' ')
		s++;
	while (end > s && end[-1] == ' ')
		end--;
	len = (size_t)(end - s);
	if (len >= CIDR_TEXT_MAX)
		len = CIDR_TEXT_MAX - 1;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return cidr_parse(buf, &cidr, NULL);
}

static void ranges_annotation_syntax(struct check *c, const struct service *s)
{
	const struct label *l = ranges_annotation(s);
	const char *list = l && l->value ? l->value : "";

	list += strspn(list, " ");
	while (*list) {
		const char *end = strchrnul(list, ',');
		char buf[CIDR_TEXT_MAX];

		if (l && !range_member(list, end, buf))
			check_report(c, l->at, "%s is no network", check_shown(c, buf));
		if (l && *end && !end[1])
			check_report(c, l->at, "nothing follows the last comma");
		list = *end ? end + 1 : end;
	}
}

static void ingress_type(struct check *c, const struct service *s)
{
	if (s->n_ingress && !service_is(s, "LoadBalancer"))
		check_report(c, s->ingress[0].at, "only type LoadBalancer has one, this is type %s",
			     check_shown(c, s->type.s));
}

#define RANGES_ANNOTATION "metadata.annotations[" ANNOTATION_SOURCE_RANGES "]"

static const struct {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct service *s);
	const char *hint;
} rules[] = {
	{"spec.clusterIPs[0]", FAULT_INVALID, headless_type,
	 "a headless Service has type ClusterIP"},
	{"spec.clusterIPs", FAULT_FORBIDDEN, external_name_ips, NULL},
	{"spec.ipFamilies", FAULT_FORBIDDEN, external_name_families, NULL},
	{"spec.ipFamilyPolicy", FAULT_FORBIDDEN, external_name_policy, NULL},
	{"spec.externalName", FAULT_REQUIRED, external_name_missing, NULL},
	{"spec.externalName", FAULT_INVALID, external_name_syntax, NULL},
	{"spec.clusterIPs", FAULT_REQUIRED, cluster_ips_missing, NULL},
	{"spec.clusterIPs", FAULT_INVALID, cluster_ips_first, NULL},
	{"spec.clusterIPs", FAULT_INVALID, cluster_ips_number, NULL},
	{"spec.clusterIPs", FAULT_INVALID, cluster_ips_none, NULL},
	{"spec.clusterIPs", FAULT_INVALID, cluster_ips_families, NULL},
	{"spec.clusterIPs[#]", FAULT_INVALID, cluster_ip_syntax, NULL},
	{"spec.clusterIPs[#]", FAULT_INVALID, cluster_ip_family, NULL},
	{"spec.ipFamilies[#]", FAULT_NOT_SUPPORTED, families_unknown, NULL},
	{"spec.ipFamilies[#]", FAULT_DUPLICATE, families_repeated, NULL},
	{"spec.externalIPs[#]", FAULT_INVALID, external_ips, NULL},
	{"spec.loadBalancerSourceRanges", FAULT_FORBIDDEN, source_ranges_type, NULL},
	{"spec.loadBalancerSourceRanges[#]", FAULT_INVALID, source_ranges_syntax,
	 "a network is written ADDRESS/LENGTH, e.g. 192.0.2.0/24"},
	{"spec.loadBalancerSourceRanges", FAULT_INVALID, source_ranges_family, NULL},
	{RANGES_ANNOTATION, FAULT_FORBIDDEN, ranges_annotation_type, NULL},
	{RANGES_ANNOTATION, FAULT_INVALID, ranges_annotation_syntax,
	 "a network is written ADDRESS/LENGTH, e.g. 192.0.2.0/24"},
	{"status.loadBalancer.ingress", FAULT_FORBIDDEN, ingress_type, NULL},
};

static void ingress_ip(struct check *c, const struct ingress *i)
{
	const char *fault;
	struct ipaddr ip;

	if (!text_given(&i->ip))
		return;
	fault = ip_parse(i->ip.s, &ip, NULL) ? kernel_fault(&ip) : "is no IP address";
	if (fault)
		check_report(c, i->ip.at, "%s %s", check_shown(c, i->ip.s), fault);
}

static void ingress_mode_missing(struct check *c, const struct ingress *i)
{
	if (text_given(&i->ip) && !text_given(&i->ip_mode))
		check_report(c, i->ip_mode.at, "an ip needs an ipMode, VIP or Proxy");
}

static void ingress_mode_alone(struct check *c, const struct ingress *i)
{
	if (!text_given(&i->ip) && text_given(&i->ip_mode))
		check_report(c, i->ip_mode.at, "%s without an ip", check_shown(c, i->ip_mode.s));
}

static void ingress_mode_unknown(struct check *c, const struct ingress *i)
{
	if (text_given(&i->ip_mode) && !text_is(&i->ip_mode, "VIP") &&
	    !text_is(&i->ip_mode, "Proxy"))
		check_report(c, i->ip_mode.at, "%s is not one of VIP and Proxy",
			     check_shown(c, i->ip_mode.s));
}

static void ingress_hostname(struct check *c, const struct ingress *i)
{
	struct ipaddr ip;

	if (!text_given(&i->hostname))
		return;
	if (ip_parse(i->hostname.s, &ip, NULL))
		check_report(c, i->hostname.at, "%s is an IP address, which belongs into ip",
			     check_shown(c, i->hostname.s));
	else if (!is_dns1123_subdomain(i->hostname.s))
		check_report(c, i->hostname.at, "%s is not a DNS subdomain",
			     check_shown(c, i->hostname.s));
}

static const struct {
	const char *path;
	enum fault fault;
	void (*check)(struct check *c, const struct ingress *i);
} ingress_rules[] = {
	{"status.loadBalancer.ingress[#].ip", FAULT_INVALID, ingress_ip},
	{"status.loadBalancer.ingress[#].ipMode", FAULT_REQUIRED, ingress_mode_missing},
	{"status.loadBalancer.ingress[#].ipMode", FAULT_FORBIDDEN, ingress_mode_alone},
	{"status.loadBalancer.ingress[#].ipMode", FAULT_NOT_SUPPORTED, ingress_mode_unknown},
	{"status.loadBalancer.ingress[#].hostname", FAULT_INVALID, ingress_hostname},
};

static void check_ingress(struct check *c, const struct service *s, size_t i)
{
	/* Without the right type the whole list is refused already. */
	if (!service_is(s, "LoadBalancer"))
		return;
	for (size_t r = 0; r < sizeof(ingress_rules) / sizeof(ingress_rules[0]); r++) {
		c->index[0] = i;
		check_at(c, ingress_rules[r].fault, ingress_rules[r].path, NULL);
		ingress_rules[r].check(c, &s->ingress[i]);
	}
}

void validate_service_addresses(struct check *c, const struct service *s)
{
	struct pos at = c->at;

	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		check_at(c, rules[r].fault, rules[r].path, rules[r].hint);
		rules[r].check(c, s);
	}
	for (size_t i = 0; i < s->n_ingress; i++) {
		c->at = pos_or(s->ingress[i].at, at);
		check_ingress(c, s, i);
	}
	c->at = at;
}
