/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints objects as slices, the way the mirroring controller writes them. */
#include "model/derive.h"
#include "model/fields.h"
#include "model/keys.h"

#define SUBSET_MAX 1000

bool endpoints_mirrored(const struct endpoints *e)
{
	const char *skip = label_get(&e->meta.labels, LABEL_SKIP_MIRROR);

	return !(skip && !strcmp(skip, "true")) && !meta_left_to_others(&e->meta) &&
	       !label_find(&e->meta.annotations, ANNOTATION_LEADER);
}

static uint8_t address_family(const struct endpoint_address *a)
{
	struct ipaddr ip;

	return ip_parse(a->ip.s, &ip, NULL) ? ip.family : 0;
}

/* One endpoint; the address list of a subset gives its conditions. */
static void add_endpoint(struct slice *slice, const struct endpoint_address *a, enum tristate ready)
{
	struct slice_endpoint *e = &slice->endpoints[slice->n_endpoints++];

	e->at = a->at;
	/* A list of one: the address itself, which lives as long as the model. */
	e->addresses = (struct ftext_list){.v = (struct ftext *)&a->ip, .n = 1};
	e->ready = ready;
	e->node_name = a->node_name;
	e->hostname = a->hostname;
	e->target_kind = a->target_kind;
	e->target_name = a->target_name;
}

static size_t number_of(const struct endpoint_subset *s, uint8_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_addresses; i++)
		n += address_family(&s->addresses[i]) == family;
	for (size_t i = 0; i < s->n_not_ready; i++)
		n += address_family(&s->not_ready[i]) == family;
	return n;
}

static void add_family(struct slice *slice, const struct endpoint_address *v, size_t n,
		       uint8_t family, enum tristate ready)
{
	for (size_t i = 0; i < n && slice->n_endpoints < slice->cap_endpoints; i++) {
		if (address_family(&v[i]) == family)
			add_endpoint(slice, &v[i], ready);
	}
}

static void derive_subset(struct derive *d, const struct service *s, const struct svclb_object *obj,
			  const struct endpoint_subset *subset, uint8_t family)
{
	size_t n = number_of(subset, family);
	struct slice *slice;

	if (!n)
		return;
	if (n > SUBSET_MAX) {
		check_warn(d->c, "subsets[#]", subset->at,
			   "%zu %s addresses, only the first %d are used", n, family_name(family),
			   SUBSET_MAX);
		n = SUBSET_MAX;
	}
	slice = derive_slice(d, obj, s, family, n);
	if (!slice)
		return;
	add_family(slice, subset->addresses, subset->n_addresses, family, TRI_TRUE);
	add_family(slice, subset->not_ready, subset->n_not_ready, family, TRI_FALSE);
	slice->mirrored = true;
	slice->meta.annotations = obj->meta->annotations;
	slice->ports = subset->ports;
	slice->n_ports = subset->n_ports;
}

void derive_from_endpoints(struct derive *d, const struct service *s,
			   const struct svclb_object *obj)
{
	const struct endpoints *e = obj->endpoints;
	const struct svclb_object *service = d->c->obj;

	check_object(d->c, obj);
	for (size_t i = 0; i < e->n_subsets && !d->c->given_up; i++) {
		d->c->index[0] = i;
		derive_subset(d, s, obj, &e->subsets[i], 4);
		derive_subset(d, s, obj, &e->subsets[i], 6);
	}
	check_object(d->c, service);
}
