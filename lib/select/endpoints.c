/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoint list of a service port: all slices together, each endpoint once, in fixed order. */
#include "select/endpoints.h"

#include <stdlib.h>
#include <string.h>

static uint16_t condition_flags(const struct slice_endpoint *e, const char *node_name)
{
	uint16_t flags = 0;

	/* absent conditions: ready, serving, not terminating */
	if (e->ready != TRI_FALSE)
		flags |= EP_READY;
	if (e->serving != TRI_FALSE)
		flags |= EP_SERVING;
	if (e->terminating == TRI_TRUE)
		flags |= EP_TERMINATING;
	if (*node_name && e->node_name.s && !strcmp(e->node_name.s, node_name))
		flags |= EP_LOCAL;
	return flags;
}

static int add_slice_endpoints(struct endpoint_scratch *scratch, const struct slice_ref *ref,
			       const char *node_name)
{
	const struct slice *s = ref->slice;

	for (size_t i = 0; i < s->n_endpoints; i++) {
		const struct slice_endpoint *e = &s->endpoints[i];
		struct ipaddr ip;
		struct candidate *c;

		/* further addresses of an endpoint have no meaning to a proxy */
		if (!e->addresses.n || !ip_parse(e->addresses.v[0].s, &ip, NULL) ||
		    ip.family != ref->family)
			continue;
		c = vec_push(&scratch->candidates);
		if (!c)
			return -1;
		c->ep = (struct sel_endpoint){
			.ip = ip,
			.port = (uint16_t)ref->port->port.v,
			.flags = condition_flags(e, node_name),
			.slice = s,
			.from = e,
		};
		(void)ip_port_format(&ip, c->ep.port, c->text);
	}
	return 0;
}

/* Of two mentions of one endpoint the lower one counts: an address is used again by a new pod while
 * the old one still terminates, so what does not terminate comes first. */
static unsigned mention_rank(const struct sel_endpoint *e)
{
	return (e->flags & EP_TERMINATING ? 4u : 0u) | (e->flags & EP_READY ? 0u : 2u) |
	       (e->flags & EP_LOCAL ? 0u : 1u);
}

static int candidate_cmp(const void *pa, const void *pb)
{
	const struct candidate *a = pa;
	const struct candidate *b = pb;
	int r = strcmp(a->text, b->text);

	if (!r)
		r = (int)mention_rank(&a->ep) - (int)mention_rank(&b->ep);
	if (!r && a->ep.slice != b->ep.slice)
		r = strcmp(a->ep.slice->meta.name.s, b->ep.slice->meta.name.s);
	if (!r) /* within one slice: the order of the input */
		r = (a->ep.from > b->ep.from) - (a->ep.from < b->ep.from);
	return r;
}

static size_t drop_repeated(struct candidate *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(v[i].text, v[kept - 1].text))
			v[kept++] = v[i];
	return kept;
}

int collect_endpoints(struct sel_port *p, const struct slice_index *x, const char *node_name,
		      struct endpoint_scratch *scratch, struct arena *a)
{
	size_t first;
	size_t end = slice_index_find(x, p->service, p->port, &first);
	size_t n;

	scratch->candidates.n = 0;
	for (size_t i = first; i < end; i++)
		if (x->refs.v[i].family == p->family &&
		    add_slice_endpoints(scratch, &x->refs.v[i], node_name) < 0)
			return -1;
	n = scratch->candidates.n;
	if (!n)
		return 0;
	qsort(scratch->candidates.v, n, sizeof(*scratch->candidates.v), candidate_cmp);
	n = drop_repeated(scratch->candidates.v, n);
	p->endpoints = arena_array(a, n, sizeof(*p->endpoints));
	if (!p->endpoints)
		return -1;
	for (size_t i = 0; i < n; i++)
		p->endpoints[i] = scratch->candidates.v[i].ep;
	p->n_endpoints = n;
	return 0;
}
