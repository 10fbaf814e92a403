/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of lists that say what another one says already. */
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/said.h"

struct member {
	const char *text; /* canonical */
	struct spot spot;
};

static int by_text(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int r = strcmp(x->text, y->text);

	if (r)
		return r;
	return x->spot.index < y->spot.index ? -1 : x->spot.index > y->spot.index;
}

/* The first one of the list that stands before, too. */
static bool find_twice(struct member *v, size_t n, struct spot *ret)
{
	const struct member *found = NULL;

	if (n > 1)
		qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(v[i - 1].text, v[i].text) &&
		    (!found || v[i].spot.index < found->spot.index))
			found = &v[i];
	if (found)
		*ret = found->spot;
	return found;
}

bool idle_text_twice(struct check *c, const struct ftext_list *l, struct spot *ret)
{
	struct member *v = l->n > 1 ? check_scratch(c, l->n, sizeof(*v)) : NULL;

	for (size_t i = 0; v && i < l->n; i++)
		v[i] = (struct member){l->v[i].s ? l->v[i].s : "", {l->v[i].at, i}};
	return v && find_twice(v, l->n, ret);
}

static bool range_twice(struct check *c, const struct service *s, struct spot *ret)
{
	return idle_text_twice(c, &s->source_ranges, ret);
}

static bool external_twice(struct check *c, const struct service *s, struct spot *ret)
{
	return idle_text_twice(c, &s->external_ips, ret);
}

static bool ingress_twice(struct check *c, const struct service *s, struct spot *ret)
{
	struct member *v = s->n_ingress > 1 ? check_scratch(c, s->n_ingress, sizeof(*v)) : NULL;
	size_t n = 0;

	for (size_t i = 0; v && i < s->n_ingress; i++)
		if (text_given(&s->ingress[i].ip) && !text_is(&s->ingress[i].ip_mode, "Proxy"))
			v[n++] = (struct member){s->ingress[i].ip.s, {s->ingress[i].ip.at, i}};
	return v && find_twice(v, n, ret);
}

static bool external_is_cluster(struct check *c, const struct service *s, struct spot *ret)
{
	(void)c;
	for (size_t i = 0; i < s->external_ips.n; i++) {
		*ret = (struct spot){s->external_ips.v[i].at, i};
		if (idle_cluster_ip(s, &s->external_ips.v[i]))
			return true;
	}
	return false;
}

static bool ingress_is_cluster(struct check *c, const struct service *s, struct spot *ret)
{
	(void)c;
	for (size_t i = 0; i < s->n_ingress; i++) {
		*ret = (struct spot){s->ingress[i].ip.at, i};
		if (!text_is(&s->ingress[i].ip_mode, "Proxy") &&
		    idle_cluster_ip(s, &s->ingress[i].ip))
			return true;
	}
	return false;
}

struct range_member {
	struct cidr range;
	struct spot spot;
};

/* A range stands behind those that hold it. */
static int by_range(const void *a, const void *b)
{
	const struct range_member *x = a, *y = b;

	return cidr_cmp(&x->range, &y->range);
}

static size_t served_ranges(const struct service *s, struct range_member *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < s->source_ranges.n; i++) {
		const struct ftext *t = &s->source_ranges.v[i];

		ret[n].spot = (struct spot){t->at, i};
		n += cidr_parse(t->s, &ret[n].range, NULL) &&
		     service_serves_family(s, ret[n].range.ip.family);
	}
	return n;
}

/* The first of the list that a wider one holds. Ranges are disjoint or one within the other, so the
 * last one that no other held is the only one to look at. */
static bool range_within(struct check *c, const struct service *s, struct spot *ret)
{
	struct range_member *v =
		s->source_ranges.n > 1 ? check_scratch(c, s->source_ranges.n, sizeof(*v)) : NULL;
	size_t n = v ? served_ranges(s, v) : 0;
	const struct range_member *outer = v, *found = NULL;

	if (n > 1)
		qsort(v, n, sizeof(*v), by_range);
	for (size_t i = 1; i < n; i++) {
		if (!cidr_contains(&outer->range, &v[i].range.ip))
			outer = &v[i];
		else if (v[i].range.plen > outer->range.plen &&
			 (!found || v[i].spot.index < found->spot.index))
			found = &v[i];
	}
	if (found)
		*ret = found->spot;
	return found;
}

#define TWICE "has no effect: the list has it before"

static const struct row {
	const char *path;
	bool (*idle)(struct check *c, const struct service *s, struct spot *ret);
	const char *why;
} rows[] = {
	{"spec.loadBalancerSourceRanges[#]", range_twice, TWICE},
	{"spec.loadBalancerSourceRanges[#]", range_within,
	 "has no effect: a wider range of the list holds it"},
	{"spec.externalIPs[#]", external_twice, TWICE},
	{"spec.externalIPs[#]", external_is_cluster,
	 "has no effect: it is the Service's own cluster IP"},
	{"status.loadBalancer.ingress[#].ip", ingress_twice, TWICE},
	{"status.loadBalancer.ingress[#].ip", ingress_is_cluster,
	 "has no effect: it is the Service's own cluster IP"},
};

static void warn_flags(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_VIRTUAL_SERVER, &i);
	struct found f = {.others = 0};

	for (; i < end && !c->given_up; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (idle_text_twice(c, &o->plain->scheduler_flags, &spot))
			idle_find(&f, o, &spot);
	}
	idle_warn(c, &f, "spec.schedulerFlags[#]", TWICE);
}

static bool endpoint_twice(struct check *c, const struct slice *s, struct spot *ret)
{
	struct member *v = s->n_endpoints > 1 ? check_scratch(c, s->n_endpoints, sizeof(*v)) : NULL;
	size_t n = 0;

	for (size_t i = 0; v && i < s->n_endpoints; i++)
		if (s->endpoints[i].addresses.n)
			v[n++] = (struct member){s->endpoints[i].addresses.v[0].s,
						 {s->endpoints[i].addresses.v[0].at, i}};
	return v && find_twice(v, n, ret);
}

/* Of slices made of an Endpoints object that one is named. */
static void warn_endpoints(struct check *c)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	struct found slices = {.others = 0}, objects = {.others = 0};
	const struct svclb_object *last = NULL;

	for (; i < end && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		const struct svclb_object *writer =
			o->slice->mirrored ? slice_writer(c->model, o) : NULL;
		struct spot spot = {.index = 0};

		if ((o->derived && (!writer || writer == last)) ||
		    !slice_served_by(c->model, o->slice) || !endpoint_twice(c, o->slice, &spot))
			continue;
		if (!o->derived)
			idle_find(&slices, o, &spot);
		else
			idle_find(&objects, last = writer, &spot);
	}
	idle_warn(c, &slices, "endpoints[#]",
		  "the slice has its address before, and one of them counts");
	idle_warn(c, &objects, "subsets", "have an address twice, and one of them counts");
}

void model_warn_lists(struct check *c)
{
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);

	warn_flags(c);
	warn_endpoints(c);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct found f = {.others = 0};

		for (size_t i = first; i < end && check_goes_on(c); i++) {
			const struct svclb_object *o = c->model->objects.v[i];
			struct spot spot = {.index = 0};

			if (!service_skip_reason(o->service) && rows[k].idle(c, o->service, &spot))
				idle_find(&f, o, &spot);
		}
		idle_warn(c, &f, rows[k].path, rows[k].why);
	}
}
