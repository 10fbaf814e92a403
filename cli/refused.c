/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that only the kernel refuses: --quarantine leaves them aside too. */
#include "refused.h"

#include <errno.h>

/* Of a step: the kernel will say the same of it again, whatever else is done. */
static const int lasting[] = {
	EINVAL, ENOENT,	    EEXIST,	  ERANGE,	E2BIG,	       ENAMETOOLONG,
	ESRCH,	EOPNOTSUPP, EAFNOSUPPORT, ENOPROTOOPT,	EADDRNOTAVAIL, EPROTONOSUPPORT,
	ENODEV, ENXIO,	    ENETUNREACH,  EHOSTUNREACH,
};

static bool lasts(int os_errno)
{
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++)
		if (lasting[i] == os_errno)
			return true;
	return false;
}

/* The problems that say which objects are at fault; NULL: it is nobody's fault. */
static const struct svclb_error *faults_of(const struct svclb_error *refusal)
{
	switch (svclb_error_get_code(refusal)) {
	case SVCLB_EUNSUPPORTED:
	case SVCLB_ECONFLICT:
		return refusal;
	case SVCLB_EROLLEDBACK:
		break;
	default:
		return NULL;
	}
	for (const struct svclb_error *e = svclb_error_get_cause(refusal); e;
	     e = svclb_error_get_next(e))
		if (!lasts(svclb_error_get_os_errno(e)))
			return NULL;
	return svclb_error_get_cause(refusal);
}

static bool is_there(const struct svclb_model *model, const struct svclb_error *e)
{
	const char *ns = svclb_error_get_object_namespace(e);
	const char *name = svclb_error_get_object_name(e);

	return model && ns && name &&
	       svclb_model_find(model, svclb_error_get_object_kind(e), ns, name);
}

/* What has no object would be refused again. */
static bool all_named(const struct merged *m, const struct svclb_error *faults)
{
	for (const struct svclb_error *e = faults; e; e = svclb_error_get_next(e))
		if (!is_there(m->model, e))
			return false;
	return faults;
}

static bool same_object(const struct svclb_error *a, const struct svclb_error *b)
{
	return svclb_error_get_object_kind(a) == svclb_error_get_object_kind(b) &&
	       !strcmp(svclb_error_get_object_namespace(a), svclb_error_get_object_namespace(b)) &&
	       !strcmp(svclb_error_get_object_name(a), svclb_error_get_object_name(b));
}

/* Whether the list has its object before it. The library limits how long the list is. */
static bool was_named(const struct svclb_error *list, const struct svclb_error *e)
{
	for (; list != e; list = svclb_error_get_next(list))
		if (same_object(list, e))
			return true;
	return false;
}

static bool is_endpoints_of(const struct svclb_object *obj, const char *ns, const char *service)
{
	autolib char *of = NULL;

	if (strcmp(svclb_object_get_namespace(obj), ns) != 0)
		return false;
	if (svclb_object_get_kind(obj) == SVCLB_KIND_ENDPOINTS)
		return !strcmp(svclb_object_get_name(obj), service);
	if (svclb_object_get_kind(obj) != SVCLB_KIND_ENDPOINT_SLICE ||
	    svclb_object_get_text(obj, "metadata.labels['kubernetes.io/service-name']", &of) < 0)
		return false;
	return !strcmp(of, service);
}

static void remove_from_input(struct merged *m, uint32_t kind, const char *ns, const char *name)
{
	(void)svclb_model_remove(m->input, kind, ns, name, NULL); /* it was just found */
}

/* With the version of a Service that was applied before go the endpoints that it had. The walk ends
 * with each removal. */
static void leave_out_endpoints(struct merged *m, const char *ns, const char *service)
{
	autofree char *why = xasprintf("of Service %s/%s, which is left aside", ns, service);
	const struct svclb_object *obj = NULL;

	while ((obj = svclb_model_next(m->input, obj))) {
		autofree char *name = NULL;

		if (!is_endpoints_of(obj, ns, service))
			continue;
		name = xstrdup(svclb_object_get_name(obj));
		asides_add_object(&m->aside.objects, obj, why);
		remove_from_input(m, svclb_object_get_kind(obj), ns, name);
		obj = NULL;
	}
}

/* What is refused as it is applied already leaves the kernel, and stays in the store. */
static void leave_out(struct merged *m, const struct svclb_error *faults)
{
	for (const struct svclb_error *e = faults; e; e = svclb_error_get_next(e)) {
		uint32_t kind = svclb_error_get_object_kind(e);
		const char *ns = svclb_error_get_object_namespace(e);
		const char *name = svclb_error_get_object_name(e);
		autofree char *number = xasprintf("%u", kind);

		if (was_named(faults, e))
			continue;
		if (is_there(m->input, e)) {
			remove_from_input(m, kind, ns, name);
			if (kind == SVCLB_KIND_SERVICE)
				leave_out_endpoints(m, ns, name);
			continue;
		}
		list_add(&m->dropped, number);
		list_add(&m->dropped, ns);
		list_add(&m->dropped, name);
	}
}

static int try_without(struct work *w, struct merged *m, const struct svclb_error *faults)
{
	leave_out(m, faults);
	input_leave_aside(&m->aside, work_options(w), faults);
	asides_fold(&m->aside.objects);
	return merge_again(w, m);
}

/* A saved plan is carried out as it is, or not at all. */
static bool may_leave_aside(const struct cli *c)
{
	return c->quarantine && !c->plan_file;
}

int refused_try(struct work *w, struct merged *m, attempt_fn attempt, void *data)
{
	for (;;) {
		struct svclb_error *refusal = NULL;
		const struct svclb_error *faults;
		int rc = attempt(w, m, data, &refusal);

		if (!refusal)
			return rc;
		faults = may_leave_aside(w->cli) ? faults_of(refusal) : NULL;
		if (!all_named(m, faults))
			return fail_error(w->cli, refusal);
		rc = try_without(w, m, faults);
		svclb_error_unref(refusal);
		if (rc != EXIT_DONE)
			return rc;
	}
}
