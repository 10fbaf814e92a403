/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deep copies of objects: a flat copy first, then everything it points to is copied in place. */
#include "model/copy.h"

#include <string.h>

static void copy_chars(struct copier *c, const char **s)
{
	if (!*s)
		return;
	*s = arena_strdup(c->arena, *s);
	if (!*s)
		c->failed = true;
}

static void copy_array_(struct copier *c, void **v, size_t n, size_t *cap, size_t size)
{
	void *copy = n ? arena_array(c->arena, n, size) : NULL;

	if (copy)
		memcpy(copy, *v, n * size);
	else if (n)
		c->failed = true;
	*v = copy;
	*cap = copy ? n : 0;
}

/* Copies an array, then its members by `member`; nothing of a failed copy is looked at. */
#define copy_array(c, v, n, cap, member)                                    \
	do {                                                                \
		copy_array_((c), (void **)&(v), (n), &(cap), sizeof(*(v))); \
		for (size_t i_ = 0; !(c)->failed && i_ < (n); i_++)         \
			member((c), &(v)[i_]);                              \
	} while (0)

void copy_text_field(struct copier *c, struct ftext *field)
{
	copy_chars(c, &field->s);
}

void copy_text_list(struct copier *c, struct ftext_list *list)
{
	copy_array(c, list->v, list->n, list->cap, copy_text_field);
}

static void copy_label(struct copier *c, struct label *l)
{
	copy_chars(c, &l->key);
	copy_chars(c, &l->value);
}

static void copy_labels(struct copier *c, struct label_list *list)
{
	copy_array(c, list->v, list->n, list->cap, copy_label);
	list->sorted = NULL; /* of the other model */
	list->n_sorted = 0;
}

static void copy_meta(struct copier *c, struct meta *m)
{
	copy_chars(c, &m->file);
	copy_text_field(c, &m->ns);
	copy_text_field(c, &m->name);
	copy_text_field(c, &m->uid);
	copy_text_field(c, &m->creation_timestamp);
	copy_text_field(c, &m->deletion_timestamp);
	copy_labels(c, &m->labels);
	copy_labels(c, &m->annotations);
}

static void copy_service_port(struct copier *c, struct service_port *p)
{
	copy_text_field(c, &p->name);
	copy_text_field(c, &p->protocol);
	copy_text_field(c, &p->app_protocol);
	copy_text_field(c, &p->target_port_name);
}

static void copy_ingress(struct copier *c, struct ingress *i)
{
	copy_text_field(c, &i->ip);
	copy_text_field(c, &i->ip_mode);
	copy_text_field(c, &i->hostname);
}

void copy_service(struct copier *c, struct service *s)
{
	copy_meta(c, &s->meta);
	copy_text_field(c, &s->type);
	copy_text_field(c, &s->cluster_ip);
	copy_text_list(c, &s->cluster_ips);
	copy_text_list(c, &s->ip_families);
	copy_text_field(c, &s->ip_family_policy);
	copy_array(c, s->ports, s->n_ports, s->cap_ports, copy_service_port);
	copy_labels(c, &s->selector);
	copy_text_list(c, &s->external_ips);
	copy_text_field(c, &s->session_affinity);
	copy_text_field(c, &s->external_traffic_policy);
	copy_text_field(c, &s->internal_traffic_policy);
	copy_text_list(c, &s->source_ranges);
	copy_text_field(c, &s->traffic_distribution);
	copy_text_field(c, &s->external_name);
	copy_text_field(c, &s->load_balancer_ip);
	copy_text_field(c, &s->load_balancer_class);
	copy_array(c, s->ingress, s->n_ingress, s->cap_ingress, copy_ingress);
}

void copy_slice_endpoint(struct copier *c, struct slice_endpoint *e)
{
	copy_text_list(c, &e->addresses);
	copy_text_field(c, &e->node_name);
	copy_text_field(c, &e->hostname);
	copy_text_field(c, &e->zone);
	copy_text_list(c, &e->zone_hints);
	copy_text_list(c, &e->node_hints);
	copy_text_field(c, &e->target_kind);
	copy_text_field(c, &e->target_name);
}

static void copy_slice_port(struct copier *c, struct slice_port *p)
{
	copy_text_field(c, &p->name);
	copy_text_field(c, &p->protocol);
	copy_text_field(c, &p->app_protocol);
}

void copy_slice(struct copier *c, struct slice *s)
{
	copy_meta(c, &s->meta);
	copy_text_field(c, &s->service);
	copy_text_field(c, &s->address_type);
	copy_array(c, s->endpoints, s->n_endpoints, s->cap_endpoints, copy_slice_endpoint);
	copy_array(c, s->ports, s->n_ports, s->cap_ports, copy_slice_port);
}

static void copy_address(struct copier *c, struct endpoint_address *a)
{
	copy_text_field(c, &a->ip);
	copy_text_field(c, &a->node_name);
	copy_text_field(c, &a->hostname);
	copy_text_field(c, &a->target_kind);
	copy_text_field(c, &a->target_name);
}

static void copy_subset(struct copier *c, struct endpoint_subset *s)
{
	copy_array(c, s->addresses, s->n_addresses, s->cap_addresses, copy_address);
	copy_array(c, s->not_ready, s->n_not_ready, s->cap_not_ready, copy_address);
	copy_array(c, s->ports, s->n_ports, s->cap_ports, copy_slice_port);
}

static void copy_endpoints(struct copier *c, struct endpoints *e)
{
	copy_meta(c, &e->meta);
	copy_array(c, e->subsets, e->n_subsets, e->cap_subsets, copy_subset);
}

static void copy_container_port(struct copier *c, struct container_port *p)
{
	copy_text_field(c, &p->name);
	copy_text_field(c, &p->protocol);
}

static void copy_pod(struct copier *c, struct pod *p)
{
	copy_meta(c, &p->meta);
	copy_text_field(c, &p->node_name);
	copy_array(c, p->ports, p->n_ports, p->cap_ports, copy_container_port);
	copy_text_field(c, &p->phase);
	copy_text_field(c, &p->pod_ip);
	copy_text_list(c, &p->pod_ips);
}

static void copy_node_address(struct copier *c, struct node_status_address *a)
{
	copy_text_field(c, &a->type);
	copy_text_field(c, &a->address);
}

static void copy_node(struct copier *c, struct node *n)
{
	copy_meta(c, &n->meta);
	copy_text_list(c, &n->pod_cidrs);
	copy_array(c, n->addresses, n->n_addresses, n->cap_addresses, copy_node_address);
}

void copy_plain_server(struct copier *c, struct plain_server *s)
{
	copy_text_field(c, &s->address);
	copy_text_field(c, &s->forwarding);
	copy_text_field(c, &s->tunnel_type);
	copy_text_field(c, &s->tunnel_checksum);
}

static void copy_plain(struct copier *c, struct plain *p)
{
	copy_meta(c, &p->meta);
	copy_text_field(c, &p->address);
	copy_text_field(c, &p->protocol);
	copy_text_field(c, &p->family);
	copy_text_field(c, &p->scheduler);
	copy_text_list(c, &p->scheduler_flags);
	copy_array(c, p->servers, p->n_servers, p->cap_servers, copy_plain_server);
}

static size_t object_size(uint32_t kind)
{
	static const size_t sizes[] = {
		[SVCLB_KIND_SERVICE] = sizeof(struct service),
		[SVCLB_KIND_ENDPOINT_SLICE] = sizeof(struct slice),
		[SVCLB_KIND_ENDPOINTS] = sizeof(struct endpoints),
		[SVCLB_KIND_POD] = sizeof(struct pod),
		[SVCLB_KIND_NODE] = sizeof(struct node),
		[SVCLB_KIND_VIRTUAL_SERVER] = sizeof(struct plain),
	};

	return sizes[kind];
}

struct meta *object_copy(struct arena *a, const struct svclb_object *obj)
{
	struct copier c = {.arena = a};
	struct svclb_object copy = {.kind = obj->kind};

	copy.meta = arena_alloc(a, object_size(obj->kind));
	if (!copy.meta)
		return NULL;
	memcpy(copy.meta, obj->meta, object_size(obj->kind));
	switch (obj->kind) {
	case SVCLB_KIND_SERVICE:
		copy_service(&c, copy.service);
		break;
	case SVCLB_KIND_ENDPOINT_SLICE:
		copy_slice(&c, copy.slice);
		break;
	case SVCLB_KIND_ENDPOINTS:
		copy_endpoints(&c, copy.endpoints);
		break;
	case SVCLB_KIND_POD:
		copy_pod(&c, copy.pod);
		break;
	case SVCLB_KIND_VIRTUAL_SERVER:
		copy_plain(&c, copy.plain);
		break;
	default:
		copy_node(&c, copy.node);
		break;
	}
	return c.failed ? NULL : copy.meta;
}
