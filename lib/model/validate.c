/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Validation of every object: its names here, the rest by kind. */
#include "model/check.h"
#include "model/fields.h"
#include "model/idle.h"
#include "model/once.h"
#include "model/syntax.h"

/* What a name may be, by kind. */
static const struct name_rule {
	bool (*ok)(const char *);
	const char *words;
} name_rules[] = {
	[SVCLB_KIND_SERVICE] = {is_dns1035_label,
				"a DNS label (lower-case letters, digits and '-', "
				"beginning with a letter, at most 63)"},
	[SVCLB_KIND_ENDPOINT_SLICE] = {is_dns1123_subdomain, "a DNS subdomain"},
	[SVCLB_KIND_ENDPOINTS] = {is_dns1123_subdomain, "a DNS subdomain"},
	[SVCLB_KIND_POD] = {is_dns1123_subdomain, "a DNS subdomain"},
	[SVCLB_KIND_NODE] = {is_dns1123_subdomain, "a DNS subdomain"},
	[SVCLB_KIND_VIRTUAL_SERVER] = {is_dns1123_subdomain, "a DNS subdomain"},
};

static void validate_meta(struct check *c)
{
	const struct meta *m = c->obj->meta;
	const struct name_rule *rule = &name_rules[c->obj->kind];

	if (!text_given(&m->name)) {
		check_at(c, FAULT_REQUIRED, "metadata.name", NULL);
		check_report(c, m->name.at, "the object has no name");
	} else if (!rule->ok(m->name.s)) {
		check_at(c, FAULT_INVALID, "metadata.name", NULL);
		check_report(c, m->name.at, "%s is not %s", check_shown(c, m->name.s), rule->words);
	}
	if (kind_namespaced(c->obj->kind) && !is_dns1123_label(m->ns.s)) {
		check_at(c, FAULT_INVALID, "metadata.namespace", NULL);
		check_report(c, m->ns.at, "%s is not a DNS label", check_shown(c, m->ns.s));
	}
}

void model_validate(struct check *c)
{
	for (size_t i = 0; i < c->model->objects.n && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];

		check_object(c, o);
		validate_meta(c);
		validate_annotations(c);
		if (o->kind == SVCLB_KIND_SERVICE)
			validate_service(c, o->service);
		else if (o->kind == SVCLB_KIND_ENDPOINT_SLICE)
			validate_slice(c, o->slice);
		else if (o->kind == SVCLB_KIND_ENDPOINTS)
			validate_endpoints(c, o->endpoints);
		else if (o->kind == SVCLB_KIND_POD)
			validate_pod(c, o->pod);
		else if (o->kind == SVCLB_KIND_VIRTUAL_SERVER)
			validate_plain(c, o->plain);
		else
			validate_node(c, o->node);
	}
	once_count(c);
	model_warn_nameless(c);
}
