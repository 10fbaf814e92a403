/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults, in the order in which an API server sets them: later ones depend on earlier ones. */
#include "model/check.h"
#include "model/fields.h"
#include "model/keys.h"

#define AFFINITY_TIMEOUT_SEC	10800
#define PERSISTENCE_TIMEOUT_SEC 300

static void text_default(struct ftext *t, const char *value)
{
	if (!text_given(t))
		t->s = value;
}

static void default_affinity(struct service *s)
{
	text_default(&s->session_affinity, "None");
	if (text_is(&s->session_affinity, "None")) {
		s->affinity_config_given = false;
		s->affinity_timeout = (struct fint){0};
	} else if (service_has_affinity(s) && !s->affinity_timeout.given) {
		s->affinity_config_given = true;
		s->affinity_timeout.v = AFFINITY_TIMEOUT_SEC;
		s->affinity_timeout.given = true;
	}
}

static void default_port(struct service_port *p)
{
	text_default(&p->name, "");
	text_default(&p->protocol, "TCP");
	if (!p->target_port.v && !text_given(&p->target_port_name)) {
		p->target_port.v = p->port.v;
		p->target_port.given = p->port.given;
	}
}

static void default_traffic_policies(struct service *s)
{
	if (service_externally_accessible(s))
		text_default(&s->external_traffic_policy, "Cluster");
	if (service_is(s, "ClusterIP") || service_is(s, "NodePort") ||
	    service_is(s, "LoadBalancer"))
		text_default(&s->internal_traffic_policy, "Cluster");
}

static void default_load_balancer(struct service *s)
{
	if (!service_is(s, "LoadBalancer"))
		return;
	if (s->allocate_node_ports.v == TRI_UNSET)
		s->allocate_node_ports.v = TRI_TRUE;
	for (size_t i = 0; i < s->n_ingress; i++) {
		if (text_given(&s->ingress[i].ip))
			text_default(&s->ingress[i].ip_mode, "VIP");
	}
}

static void default_cluster_ips(struct check *c, struct service *s)
{
	struct ftext *slot;

	if (!text_given(&s->cluster_ip) || s->cluster_ips.n)
		return;
	slot = list_push(&c->model->arena, s->cluster_ips.v, s->cluster_ips.n, s->cluster_ips.cap);
	if (slot)
		*slot = s->cluster_ip;
	else
		c->given_up = true;
}

static void default_service(struct check *c, struct service *s)
{
	default_affinity(s);
	text_default(&s->type, "ClusterIP");
	for (size_t i = 0; i < s->n_ports; i++)
		default_port(&s->ports[i]);
	default_traffic_policies(s);
	default_load_balancer(s);
	default_cluster_ips(c, s);
}

static void default_slice_ports(struct slice_port *ports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_default(&ports[i].name, "");
		text_default(&ports[i].protocol, "TCP");
	}
}

static void default_slice(struct slice *s)
{
	const struct label *l = label_find(&s->meta.labels, LABEL_SERVICE_NAME);

	if (l && !text_given(&s->service))
		s->service = (struct ftext){.s = l->value, .at = l->at};
	default_slice_ports(s->ports, s->n_ports);
}

static void default_endpoints(struct endpoints *e)
{
	for (size_t i = 0; i < e->n_subsets; i++)
		default_slice_ports(e->subsets[i].ports, e->subsets[i].n_ports);
}

static void default_pod(struct pod *p)
{
	for (size_t i = 0; i < p->n_ports; i++) {
		text_default(&p->ports[i].name, "");
		text_default(&p->ports[i].protocol, "TCP");
	}
}

/* ipvsadm has the same time-out. */
static void default_plain(struct plain *p)
{
	if (p->persistence_given && !p->persistence_timeout.given) {
		p->persistence_timeout.v = PERSISTENCE_TIMEOUT_SEC;
		p->persistence_timeout.given = true;
	}
	if (p->mark.given)
		text_default(&p->family, "IPv4");
	if (text_given(&p->address))
		text_default(&p->protocol, "TCP");
	if (text_given(&p->address) && p->bind.v == TRI_UNSET)
		p->bind.v = TRI_TRUE;
	for (size_t i = 0; i < p->n_servers; i++) {
		struct plain_server *s = &p->servers[i];

		if (!s->port.given && p->port.given) {
			s->port.v = p->port.v;
			s->port.given = true;
		}
		if (!s->weight.given) {
			s->weight.v = 1;
			s->weight.given = true;
		}
		text_default(&s->forwarding, "masquerade");
	}
}

void model_default(struct check *c)
{
	for (size_t i = 0; i < c->model->objects.n; i++) {
		struct svclb_object *o = c->model->objects.v[i];

		if (o->kind == SVCLB_KIND_SERVICE)
			default_service(c, o->service);
		else if (o->kind == SVCLB_KIND_ENDPOINT_SLICE)
			default_slice(o->slice);
		else if (o->kind == SVCLB_KIND_ENDPOINTS)
			default_endpoints(o->endpoints);
		else if (o->kind == SVCLB_KIND_POD)
			default_pod(o->pod);
		else if (o->kind == SVCLB_KIND_VIRTUAL_SERVER)
			default_plain(o->plain);
	}
}
