/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The index from service ports to ports of EndpointSlices: one sort, then binary searches. */
#include "select/index.h"

#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "select/exposed.h"

/* The join is by port name and protocol; numbers play no part in it. */
struct join_key {
	const char *ns;
	const char *service;
	const char *port;
	uint8_t proto;
};

static struct join_key key_of(const struct slice_ref *r)
{
	return (struct join_key){
		.ns = text_or(&r->slice->meta.ns, ""),
		.service = r->slice->service.s,
		.port = text_or(&r->port->name, ""),
		.proto = r->port->proto,
	};
}

static int key_cmp(const struct join_key *a, const struct join_key *b)
{
	int r = strcmp(a->ns, b->ns);

	if (!r)
		r = strcmp(a->service, b->service);
	if (!r)
		r = strcmp(a->port, b->port);
	return r ? r : (int)a->proto - (int)b->proto;
}

static int ref_cmp(const void *pa, const void *pb)
{
	const struct slice_ref *a = pa;
	const struct slice_ref *b = pb;
	struct join_key ka = key_of(a);
	struct join_key kb = key_of(b);
	int r = key_cmp(&ka, &kb);

	return r ? r : strcmp(text_or(&a->slice->meta.name, ""), text_or(&b->slice->meta.name, ""));
}

/* 0: of no use here, as for slices of host names. */
static uint8_t slice_family(const struct slice *s)
{
	return family_from_name(s->address_type.s);
}

static int add_slice(struct slice_index *x, const struct slice *s)
{
	uint8_t family = slice_family(s);

	if (!family || !text_given(&s->service) || meta_left_to_others(&s->meta))
		return 0;
	for (size_t i = 0; i < s->n_ports; i++) {
		struct slice_ref *r;

		if (s->ports[i].port.v <= 0 || s->ports[i].port.v > UINT16_MAX)
			continue;
		r = vec_push(&x->refs);
		if (!r)
			return -1;
		*r = (struct slice_ref){s, &s->ports[i], family};
	}
	return 0;
}

int slice_index_build(struct slice_index *x, struct svclb_model *m)
{
	size_t first;
	size_t end = model_kind_range(m, SVCLB_KIND_ENDPOINT_SLICE, &first);

	for (size_t i = first; i < end; i++)
		if (add_slice(x, m->objects.v[i]->slice) < 0)
			return -1;
	if (x->refs.n)
		qsort(x->refs.v, x->refs.n, sizeof(*x->refs.v), ref_cmp);
	return 0;
}

void slice_index_free(struct slice_index *x)
{
	vec_free(&x->refs);
}

/* First reference whose key is not less than key, or, after true, greater than key. */
static size_t bound(const struct slice_index *x, const struct join_key *key, bool after)
{
	size_t lo = 0;
	size_t hi = x->refs.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct join_key k = key_of(&x->refs.v[mid]);
		int r = key_cmp(&k, key);

		if (r < 0 || (after && !r))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t slice_index_find(const struct slice_index *x, const struct service *s,
			const struct service_port *port, size_t *first)
{
	struct join_key key = {
		.ns = text_or(&s->meta.ns, ""),
		.service = text_or(&s->meta.name, ""),
		.port = text_or(&port->name, ""),
		.proto = port->proto,
	};

	*first = bound(x, &key, false);
	return bound(x, &key, true);
}
