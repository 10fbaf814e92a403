/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a completed model to one record per service port and family. */
#include "select/select.h"

#include <stdlib.h>
#include <string.h>

#include "model/keys.h"
#include "model/patience.h"
#include "select/endpoints.h"
#include "select/exposed.h"

struct selector {
	struct svclb_model *model;
	const struct svclb_options *opts;
	struct svclb_selection *sel;
	struct slice_index index;
	struct endpoint_scratch scratch;
	struct patience patience;
	VEC(struct ipaddr) ips; /* of one Service, for counting distinct ones */
};

/* The Node object of this node: the one of the given name, or without a name the only one. */
static const struct node *find_node(struct svclb_model *m, const char *name)
{
	size_t first;
	size_t end = model_kind_range(m, SVCLB_KIND_NODE, &first);

	if (!name || !*name)
		return end - first == 1 ? m->objects.v[first]->node : NULL;
	for (size_t i = first; i < end; i++)
		if (!strcmp(m->objects.v[i]->node->meta.name.s, name))
			return m->objects.v[i]->node;
	return NULL;
}

/* Copies: the options need not outlive the selection. */
static int set_place(struct selector *x)
{
	struct svclb_selection *sel = x->sel;
	const char *name = x->opts->node_name;
	const char *zone = x->opts->zone;

	sel->node = find_node(x->model, name);
	if ((!name || !*name) && sel->node)
		name = sel->node->meta.name.s;
	if ((!zone || !*zone) && sel->node)
		zone = label_get(&sel->node->meta.labels, LABEL_ZONE);
	sel->node_name = arena_strdup(&sel->arena, name ? name : "");
	sel->zone = arena_strdup(&sel->arena, zone ? zone : "");
	return sel->node_name && sel->zone ? 0 : -1;
}

/* Whether ports of s are selected in a family, and its cluster IP there. */
static bool takes_part(const struct selector *x, const struct service *s, uint8_t family,
		       struct ipaddr *ip)
{
	if (family == 4 ? !x->opts->ipv4 : !x->opts->ipv6)
		return false;
	return !service_skip_reason(s) && service_cluster_ip(s, family, ip);
}

static size_t count_ports(const struct selector *x, size_t first, size_t end, uint8_t family)
{
	struct ipaddr ip;
	size_t n = 0;

	for (size_t i = first; i < end; i++) {
		const struct service *s = x->model->objects.v[i]->service;

		if (takes_part(x, s, family, &ip))
			n += s->n_ports;
	}
	return n;
}

static int note_local_ready(struct selector *x, const struct sel_port *p)
{
	for (size_t i = 0; i < p->n_endpoints; i++) {
		const struct sel_endpoint *e = &p->endpoints[i];
		struct ipaddr *ip;

		if (!(e->flags & EP_LOCAL) || !(e->flags & EP_READY))
			continue;
		ip = vec_push(&x->ips);
		if (!ip)
			return -1;
		*ip = e->ip;
	}
	return 0;
}

static int by_ip(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static size_t count_distinct(struct selector *x)
{
	size_t n = 0;

	if (x->ips.n)
		qsort(x->ips.v, x->ips.n, sizeof(*x->ips.v), by_ip);
	for (size_t i = 0; i < x->ips.n; i++)
		n += !i || ip_cmp(&x->ips.v[i], &x->ips.v[i - 1]);
	return n;
}

static int select_service(struct selector *x, const struct service *s, uint8_t family,
			  const struct ipaddr *cluster_ip)
{
	struct svclb_selection *sel = x->sel;
	struct sel_port *ports = sel->ports + sel->n_ports;
	size_t distinct;

	x->ips.n = 0;
	for (size_t i = 0; i < s->n_ports; i++) {
		struct sel_port *p = &ports[i];

		p->service = s;
		p->port = &s->ports[i];
		p->family = family;
		p->cluster_ip = *cluster_ip;
		if (patience_over(&x->patience) ||
		    collect_endpoints(p, &x->index, sel->node_name, &x->scratch, &sel->arena) < 0 ||
		    note_local_ready(x, p) < 0)
			return -1;
		choose_sets(p, sel->node_name, sel->zone);
		sel->n_ports++;
	}
	distinct = count_distinct(x);
	for (size_t i = 0; i < s->n_ports; i++)
		ports[i].local_ready = distinct;
	return 0;
}

static int select_family(struct selector *x, size_t first, size_t end, uint8_t family)
{
	for (size_t i = first; i < end; i++) {
		const struct service *s = x->model->objects.v[i]->service;
		struct ipaddr ip;

		if (takes_part(x, s, family, &ip) && select_service(x, s, family, &ip) < 0)
			return -1;
	}
	return 0;
}

static int select_all(struct selector *x)
{
	size_t first;
	size_t end;
	size_t n;

	model_sort(x->model);
	end = model_kind_range(x->model, SVCLB_KIND_SERVICE, &first);
	n = count_ports(x, first, end, 4) + count_ports(x, first, end, 6);
	if (set_place(x) < 0 || slice_index_build(&x->index, x->model) < 0)
		return -1;
	x->sel->ports = arena_array(&x->sel->arena, n, sizeof(*x->sel->ports));
	if (!x->sel->ports)
		return -1;
	if (select_family(x, first, end, 4) < 0)
		return -1;
	return select_family(x, first, end, 6);
}

int select_endpoints(struct svclb_model *m, const struct svclb_options *opts,
		     struct svclb_selection **ret, struct svclb_error **reterr)
{
	struct selector x = {.model = m, .opts = opts, .patience = patience_of(opts)};
	int r;

	x.sel = calloc(1, sizeof(*x.sel));
	if (!x.sel)
		return err_nomem(reterr);
	r = select_all(&x);
	slice_index_free(&x.index);
	vec_free(&x.scratch.candidates);
	vec_free(&x.ips);
	if (r < 0) {
		selection_free(x.sel);
		return patience_give_up(&x.patience, reterr);
	}
	*ret = x.sel;
	return 0;
}

void selection_free(struct svclb_selection *sel)
{
	if (!sel)
		return;
	arena_free(&sel->arena);
	free(sel);
}

static int port_cmp(const struct sel_port *p, uint8_t family, const struct service *s)
{
	int r = (int)p->family - (int)family;

	if (!r)
		r = strcmp(p->service->meta.ns.s, s->meta.ns.s);
	return r ? r : strcmp(p->service->meta.name.s, s->meta.name.s);
}

static size_t family_local_ready(const struct svclb_selection *sel, const struct service *s,
				 uint8_t family)
{
	size_t lo = 0;
	size_t hi = sel->n_ports;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = port_cmp(&sel->ports[mid], family, s);

		if (!r)
			return sel->ports[mid].local_ready;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

size_t selection_local_ready(const struct svclb_selection *sel, const struct service *s)
{
	return family_local_ready(sel, s, 4) + family_local_ready(sel, s, 6);
}
