/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from the fields of a Service. */
#include "model/fields.h"
#include "model/keys.h"

bool service_is(const struct service *s, const char *type)
{
	return text_is(&s->type, type);
}

bool service_externally_accessible(const struct service *s)
{
	return service_is(s, "LoadBalancer") || service_is(s, "NodePort") ||
	       (service_is(s, "ClusterIP") && s->external_ips.n);
}

bool service_etp_local(const struct service *s)
{
	return service_externally_accessible(s) && text_is(&s->external_traffic_policy, "Local");
}

bool service_itp_local(const struct service *s)
{
	return text_is(&s->internal_traffic_policy, "Local");
}

bool service_needs_health_check(const struct service *s)
{
	return service_is(s, "LoadBalancer") && service_etp_local(s);
}

bool service_has_affinity(const struct service *s)
{
	return text_is(&s->session_affinity, "ClientIP");
}

bool service_headless(const struct service *s)
{
	return text_is(&s->cluster_ip, "None") ||
	       (!text_given(&s->cluster_ip) && s->cluster_ips.n &&
		text_is(&s->cluster_ips.v[0], "None"));
}

bool service_has_family(const struct service *s, uint8_t family)
{
	for (size_t i = 0; i < s->ip_families.n; i++) {
		if (family_from_name(s->ip_families.v[i].s) == family)
			return true;
	}
	return !s->ip_families.n;
}

bool meta_left_to_others(const struct meta *meta)
{
	/* the keys alone decide, whatever their values */
	static const char *const keys[] = {LABEL_PROXY_NAME, LABEL_HEADLESS};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (label_find(&meta->labels, keys[i]))
			return true;
	return false;
}

const char *service_skip_reason(const struct service *s)
{
	if (label_find(&s->meta.labels, LABEL_PROXY_NAME))
		return "label " LABEL_PROXY_NAME;
	if (label_find(&s->meta.labels, LABEL_HEADLESS))
		return "label " LABEL_HEADLESS;
	if (service_is(s, "ExternalName"))
		return "ExternalName";
	if (service_headless(s))
		return "headless";
	return text_given(&s->cluster_ip) ? NULL : "no cluster IP";
}

bool service_cluster_ip(const struct service *s, uint8_t family, struct ipaddr *ret)
{
	struct ipaddr ip;

	if (!s->ip_families.n) {
		if (!ip_parse(s->cluster_ip.s, &ip, NULL) || ip.family != family)
			return false;
		*ret = ip;
		return true;
	}
	for (size_t i = 0; i < s->ip_families.n && i < s->cluster_ips.n; i++) {
		if (family_from_name(s->ip_families.v[i].s) == family)
			return ip_parse(s->cluster_ips.v[i].s, ret, NULL);
	}
	return false;
}

bool service_serves_family(const struct service *s, uint8_t family)
{
	struct ipaddr ip;

	return service_cluster_ip(s, family, &ip);
}

uint8_t plain_family(const struct plain *p)
{
	struct ipaddr ip;

	if (p->mark.given)
		return family_from_name(p->family.s);
	return ip_parse(p->address.s, &ip, NULL) ? ip.family : 0;
}

bool slice_serves(const struct service *s, const struct slice *slice)
{
	return !service_skip_reason(s) && !meta_left_to_others(&slice->meta) &&
	       service_serves_family(s, family_from_name(slice->address_type.s));
}

struct svclb_object *slice_service(const struct svclb_model *m, const struct slice *slice)
{
	if (!text_given(&slice->service))
		return NULL;
	return model_lookup(m, SVCLB_KIND_SERVICE, slice->meta.ns.s, slice->service.s);
}

struct svclb_object *slice_served_by(const struct svclb_model *m, const struct slice *slice)
{
	struct svclb_object *o = slice_service(m, slice);

	return o && slice_serves(o->service, slice) ? o : NULL;
}

bool service_admits_all(const struct service *s, uint8_t family)
{
	bool has_own = false;
	bool own_all = false;
	bool other_all = false;

	for (size_t i = 0; i < s->source_ranges.n; i++) {
		const struct ftext *text = &s->source_ranges.v[i];
		struct cidr range;

		if (!text->s || !cidr_parse(text->s, &range, NULL))
			continue;
		if (range.ip.family == family) {
			has_own = true;
			own_all = own_all || !range.plen;
		} else {
			other_all = other_all || !range.plen;
		}
	}
	return !s->source_ranges.n || own_all || (!has_own && other_all);
}
