/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds models from C, without manifests and without validation: as if completed. */
#ifndef TESTS_BUILD_MODEL_H
#define TESTS_BUILD_MODEL_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"

static inline struct svclb_model *new_model(void)
{
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	return m;
}

static inline void set_meta(struct meta *meta, const char *ns, const char *name, uint32_t line)
{
	meta->file = "test.yaml";
	meta->at.line = line;
	meta->ns.s = ns;
	meta->name.s = name;
}

static inline void set_label(struct svclb_model *m, struct label_list *l, const char *key,
			     const char *value)
{
	struct label *p = list_push(&m->arena, l->v, l->n, l->cap);

	ck_assert_ptr_nonnull(p);
	p->key = key;
	p->value = value;
}

static inline void add_text(struct svclb_model *m, struct ftext_list *l, const char *text)
{
	struct ftext *p = list_push(&m->arena, l->v, l->n, l->cap);

	ck_assert_ptr_nonnull(p);
	p->s = text;
}

/* A Service of namespace "default" with one cluster IP. */
static inline struct service *add_service(struct svclb_model *m, const char *name, const char *type,
					  const char *cluster_ip)
{
	struct service *s = arena_alloc(&m->arena, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	set_meta(&s->meta, "default", name, (uint32_t)svclb_model_count(m, 0) * 100 + 1);
	s->type.s = type;
	s->cluster_ip.s = cluster_ip;
	add_text(m, &s->cluster_ips, cluster_ip);
	add_text(m, &s->ip_families, strchr(cluster_ip, ':') ? "IPv6" : "IPv4");
	s->session_affinity.s = "None";
	s->internal_traffic_policy.s = "Cluster";
	s->external_traffic_policy.s = "Cluster";
	ck_assert_int_eq(model_add(m, SVCLB_KIND_SERVICE, &s->meta, NULL), 0);
	return s;
}

static inline struct service_port *add_port(struct svclb_model *m, struct service *s,
					    const char *name, const char *proto, int port,
					    int node_port)
{
	struct service_port *p = list_push(&m->arena, s->ports, s->n_ports, s->cap_ports);

	ck_assert_ptr_nonnull(p);
	p->at.line = s->meta.at.line + (uint32_t)s->n_ports * 10;
	p->name.s = name;
	p->protocol.s = proto;
	p->proto = proto_from_name(proto);
	p->port.v = port;
	p->node_port.v = node_port;
	return p;
}

static inline void add_ingress(struct svclb_model *m, struct service *s, const char *ip,
			       const char *mode)
{
	struct ingress *in = list_push(&m->arena, s->ingress, s->n_ingress, s->cap_ingress);

	ck_assert_ptr_nonnull(in);
	in->ip.s = ip;
	in->ip_mode.s = mode;
}

static inline struct slice *add_slice(struct svclb_model *m, const char *name, const char *service,
				      const char *type)
{
	struct slice *s = arena_alloc(&m->arena, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	set_meta(&s->meta, "default", name, (uint32_t)svclb_model_count(m, 0) * 100 + 1);
	s->service.s = service;
	s->address_type.s = type;
	ck_assert_int_eq(model_add(m, SVCLB_KIND_ENDPOINT_SLICE, &s->meta, NULL), 0);
	return s;
}

static inline void add_slice_port(struct svclb_model *m, struct slice *s, const char *name,
				  const char *proto, int port)
{
	struct slice_port *p = list_push(&m->arena, s->ports, s->n_ports, s->cap_ports);

	ck_assert_ptr_nonnull(p);
	p->name.s = name;
	p->protocol.s = proto;
	p->proto = proto_from_name(proto);
	p->port.v = port;
}

/*
 * conditions: letters for what differs from a ready endpoint: 'n' not ready, 's' not serving,
 * 't' terminating (and therefore not ready unless 'r' insists).
 */
static inline struct slice_endpoint *add_endpoint(struct svclb_model *m, struct slice *s,
						  const char *addr, const char *node,
						  const char *conditions)
{
	struct slice_endpoint *e =
		list_push(&m->arena, s->endpoints, s->n_endpoints, s->cap_endpoints);

	ck_assert_ptr_nonnull(e);
	add_text(m, &e->addresses, addr);
	e->node_name.s = node;
	if (strchr(conditions, 't'))
		e->terminating = TRI_TRUE;
	if (strchr(conditions, 'n') || (strchr(conditions, 't') && !strchr(conditions, 'r')))
		e->ready = TRI_FALSE;
	if (strchr(conditions, 's'))
		e->serving = TRI_FALSE;
	return e;
}

static inline struct node *add_node(struct svclb_model *m, const char *name, const char *zone)
{
	struct node *n = arena_alloc(&m->arena, sizeof(*n));

	ck_assert_ptr_nonnull(n);
	set_meta(&n->meta, "", name, 1);
	if (zone)
		set_label(m, &n->meta.labels, "topology.kubernetes.io/zone", zone);
	ck_assert_int_eq(model_add(m, SVCLB_KIND_NODE, &n->meta, NULL), 0);
	return n;
}

static inline void add_node_ip(struct svclb_model *m, struct node *n, const char *type,
			       const char *ip)
{
	struct node_status_address *a =
		list_push(&m->arena, n->addresses, n->n_addresses, n->cap_addresses);

	ck_assert_ptr_nonnull(a);
	a->type.s = type;
	a->address.s = ip;
}

/* Runs a suite; the exit status of the program. */
static inline int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}

#endif
