/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services that nobody serves though somebody should. */
#include "degraded.h"
#include "get.h"

#define SERVICE_NAME_LABEL "kubernetes.io/service-name"

/* "NAMESPACE/SERVICE" of everything that brings endpoints, sorted. */
static void find_owners(const struct svclb_model *model, struct list *ret)
{
	const struct svclb_object *o = NULL;

	while ((o = svclb_model_next(model, o))) {
		uint32_t kind = svclb_object_get_kind(o);
		autolib char *label =
			kind == SVCLB_KIND_ENDPOINT_SLICE
				? field(o, "metadata.labels['" SERVICE_NAME_LABEL "']")
				: NULL;
		const char *service =
			kind == SVCLB_KIND_ENDPOINTS ? svclb_object_get_name(o) : label;
		autofree char *owner = NULL;

		if (!service)
			continue;
		owner = xasprintf("%s/%s", svclb_object_get_namespace(o), service);
		list_add(ret, owner);
	}
	list_sort_unique(ret);
}

static bool served(const struct by_service *b, const struct svclb_object *svc)
{
	size_t n = 0;
	const struct svclb_selected_port *const *ports =
		by_service_find(b, svclb_object_get_namespace(svc), svclb_object_get_name(svc), &n);

	for (size_t i = 0; i < n; i++) {
		const struct svclb_selected_endpoint *ep = NULL;

		while ((ep = svclb_selected_port_next_endpoint(ports[i], ep)))
			if (endpoint_serves(ep))
				return true;
	}
	return false;
}

static bool should_be_served(const struct svclb_object *svc, const struct list *owners)
{
	autofree char *name =
		xasprintf("%s/%s", svclb_object_get_namespace(svc), svclb_object_get_name(svc));

	return field_count(svc, "spec.selector") || list_has_sorted(owners, name);
}

int degraded_services(struct work *w, struct svclb_model *model, struct list *ret)
{
	autolist struct list owners = {0};
	const struct svclb_object *o = NULL;
	struct by_service b = {0};
	int rc = by_service_load(w, model, &b);

	if (rc == EXIT_DONE)
		find_owners(model, &owners);
	while (rc == EXIT_DONE && (o = svclb_model_next(model, o))) {
		autofree char *name = NULL;

		if (svclb_object_get_kind(o) != SVCLB_KIND_SERVICE ||
		    svclb_object_get_skip_reason(o) || served(&b, o) ||
		    !should_be_served(o, &owners))
			continue;
		name = xasprintf("Service %s/%s", svclb_object_get_namespace(o),
				 svclb_object_get_name(o));
		list_add(ret, name);
	}
	by_service_free(&b);
	return rc;
}
