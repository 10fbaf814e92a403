/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building Services and affinities call by call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/build.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/tuning.h"

int svclb_service_new(const char *ns, const char *name, struct svclb_service **ret,
		      struct svclb_error **reterr)
{
	struct svclb_service *svc;

	if (!name || !*name || !ret)
		return err_set(reterr, SVCLB_EINVAL, "a Service needs a name");
	svc = calloc(1, sizeof(*svc));
	if (!svc)
		return err_nomem(reterr);
	if (build_text(&svc->arena, &svc->service.meta.ns, ns && *ns ? ns : "default") ||
	    build_text(&svc->arena, &svc->service.meta.name, name)) {
		svclb_service_unref(svc);
		return err_nomem(reterr);
	}
	*ret = svc;
	return 0;
}

struct svclb_service *svclb_service_unref(struct svclb_service *svc)
{
	if (svc)
		arena_free(&svc->arena);
	free(svc);
	return NULL;
}

int svclb_service_set_type(struct svclb_service *svc, const char *type)
{
	return svc ? build_text(&svc->arena, &svc->service.type, type) : -SVCLB_EINVAL;
}

int svclb_service_add_cluster_ip(struct svclb_service *svc, const char *addr)
{
	struct service *s;
	int r;

	if (!svc)
		return -SVCLB_EINVAL;
	s = &svc->service;
	r = build_list(&svc->arena, &s->cluster_ips, addr);
	if (!r && s->cluster_ips.n == 1)
		s->cluster_ip = s->cluster_ips.v[0];
	return r;
}

int svclb_service_add_ip_family(struct svclb_service *svc, const char *family)
{
	return svc ? build_list(&svc->arena, &svc->service.ip_families, family) : -SVCLB_EINVAL;
}

int svclb_service_set_ip_family_policy(struct svclb_service *svc, const char *policy)
{
	return svc ? build_text(&svc->arena, &svc->service.ip_family_policy, policy)
		   : -SVCLB_EINVAL;
}

/* A text of up to nine digits is a number, anything else is a name. */
static bool port_number(const char *text, int64_t *ret)
{
	size_t len = strspn(text, "0123456789");

	if (!len || len > 9 || text[len])
		return false;
	*ret = strtol(text, NULL, 10);
	return true;
}

static int fill_port(struct arena *a, struct service_port *p, const char *name,
		     const char *protocol, const char *target)
{
	int r = name ? build_text(a, &p->name, name) : 0;

	if (!r && protocol)
		r = build_text(a, &p->protocol, protocol);
	if (r || !target || !*target)
		return r;
	p->target_port.given = port_number(target, &p->target_port.v);
	return p->target_port.given ? 0 : build_text(a, &p->target_port_name, target);
}

int svclb_service_add_port(struct svclb_service *svc, const char *name, const char *protocol,
			   uint32_t port, const char *target_port, uint32_t node_port)
{
	struct service_port p = {
		.port = {.v = port, .given = true},
		.node_port = {.v = node_port, .given = node_port != 0},
	};
	struct service_port *slot;
	struct service *s;
	int r;

	if (!svc)
		return -SVCLB_EINVAL;
	s = &svc->service;
	r = fill_port(&svc->arena, &p, name, protocol, target_port);
	if (r)
		return r;
	slot = list_push(&svc->arena, s->ports, s->n_ports, s->cap_ports);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = p;
	return 0;
}

int svclb_service_add_external_ip(struct svclb_service *svc, const char *addr)
{
	return svc ? build_list(&svc->arena, &svc->service.external_ips, addr) : -SVCLB_EINVAL;
}

int svclb_service_add_ingress_ip(struct svclb_service *svc, const char *addr, const char *ip_mode)
{
	struct ingress i = {0}, *slot;
	struct service *s;
	int r;

	if (!svc)
		return -SVCLB_EINVAL;
	s = &svc->service;
	r = build_text(&svc->arena, &i.ip, addr);
	if (!r && ip_mode)
		r = build_text(&svc->arena, &i.ip_mode, ip_mode);
	if (r)
		return r;
	slot = list_push(&svc->arena, s->ingress, s->n_ingress, s->cap_ingress);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = i;
	return 0;
}

int svclb_service_add_source_range(struct svclb_service *svc, const char *cidr)
{
	return svc ? build_list(&svc->arena, &svc->service.source_ranges, cidr) : -SVCLB_EINVAL;
}

int svclb_service_set_external_traffic_policy(struct svclb_service *svc, const char *p)
{
	return svc ? build_text(&svc->arena, &svc->service.external_traffic_policy, p)
		   : -SVCLB_EINVAL;
}

int svclb_service_set_internal_traffic_policy(struct svclb_service *svc, const char *p)
{
	return svc ? build_text(&svc->arena, &svc->service.internal_traffic_policy, p)
		   : -SVCLB_EINVAL;
}

int svclb_service_set_health_check_node_port(struct svclb_service *svc, uint32_t port)
{
	if (!svc)
		return -SVCLB_EINVAL;
	svc->service.health_check_node_port = (struct fint){.v = port, .given = port != 0};
	return 0;
}

int svclb_service_set_publish_not_ready(struct svclb_service *svc, int on)
{
	if (!svc || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	svc->service.publish_not_ready.v = on ? TRI_TRUE : TRI_FALSE;
	return 0;
}

static int set_number(struct svclb_service *svc, const char *key, uint32_t number)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", number); /* ten digits fit */
	return svclb_service_set_annotation(svc, key, text);
}

static int set_prefixes(struct svclb_service *svc, const struct svclb_affinity *a)
{
	int r = 0;

	if (a->prefix[0])
		r = set_number(svc, ANNOTATION_PREFIX "affinity-prefix-ipv4", a->prefix[0]);
	if (!r && a->prefix[1])
		r = set_number(svc, ANNOTATION_PREFIX "affinity-prefix-ipv6", a->prefix[1]);
	return r;
}

int svclb_service_set_affinity(struct svclb_service *svc, const struct svclb_affinity *a)
{
	struct service *s;

	if (!svc)
		return -SVCLB_EINVAL;
	s = &svc->service;
	s->session_affinity.s = a ? "ClientIP" : "None";
	s->affinity_config_given = a && a->timeout_sec;
	s->affinity_timeout = (struct fint){0};
	if (s->affinity_config_given)
		s->affinity_timeout = (struct fint){.v = a->timeout_sec, .given = true};
	return a ? set_prefixes(svc, a) : 0;
}

int svclb_service_set_scheduler(struct svclb_service *svc, const char *name, const char *flags)
{
	int r = svclb_service_set_annotation(svc, ANNOTATION_SCHEDULER, name);

	if (!r && flags)
		r = svclb_service_set_annotation(svc, ANNOTATION_PREFIX "scheduler-flags", flags);
	return r;
}

int svclb_service_set_forwarding(struct svclb_service *svc, const char *method,
				 const char *tunnel_type, uint32_t tunnel_port,
				 const char *tunnel_checksum)
{
	int r = svclb_service_set_annotation(svc, ANNOTATION_PREFIX "forwarding", method);

	if (!r && tunnel_type)
		r = svclb_service_set_annotation(svc, ANNOTATION_PREFIX "tunnel-type", tunnel_type);
	if (!r && tunnel_port)
		r = set_number(svc, ANNOTATION_PREFIX "tunnel-port", tunnel_port);
	if (!r && tunnel_checksum)
		r = svclb_service_set_annotation(svc, ANNOTATION_PREFIX "tunnel-checksum",
						 tunnel_checksum);
	return r;
}

int svclb_service_set_one_packet(struct svclb_service *svc, int on)
{
	if (!svc || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	return svclb_service_set_annotation(svc, ANNOTATION_PREFIX "one-packet",
					    on ? "true" : "false");
}

int svclb_service_set_drain(struct svclb_service *svc, const char *policy)
{
	uint32_t seconds;

	if (!svc || !policy || !drain_parse(policy, &seconds))
		return -SVCLB_EINVAL;
	return svclb_service_set_annotation(svc, ANNOTATION_PREFIX "drain", policy);
}

int svclb_service_set_label(struct svclb_service *svc, const char *key, const char *value)
{
	return svc ? build_label(&svc->arena, &svc->service.meta.labels, key, value)
		   : -SVCLB_EINVAL;
}

int svclb_service_set_annotation(struct svclb_service *svc, const char *key, const char *value)
{
	return svc ? build_label(&svc->arena, &svc->service.meta.annotations, key, value)
		   : -SVCLB_EINVAL;
}

int svclb_service_set_selector(struct svclb_service *svc, const char *key, const char *value)
{
	return svc ? build_label(&svc->arena, &svc->service.selector, key, value) : -SVCLB_EINVAL;
}

int svclb_model_add_service(struct svclb_model *model, const struct svclb_service *svc,
			    struct svclb_error **reterr)
{
	struct svclb_object o = {.kind = SVCLB_KIND_SERVICE};
	struct meta *copy;

	if (!model || !svc)
		return err_set(reterr, SVCLB_EINVAL, "a model and a Service are needed");
	o.meta = (struct meta *)&svc->service.meta;
	copy = object_copy(&model->arena, &o);
	if (!copy)
		return err_nomem(reterr);
	return model_add(model, SVCLB_KIND_SERVICE, copy, reterr);
}

int svclb_affinity_new(uint32_t timeout_sec, struct svclb_affinity **ret,
		       struct svclb_error **reterr)
{
	struct svclb_affinity *a;

	if (!ret || timeout_sec > 86400)
		return err_set(reterr, SVCLB_EINVAL, "an affinity lasts 1-86400 seconds");
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_nomem(reterr);
	a->timeout_sec = timeout_sec;
	*ret = a;
	return 0;
}

int svclb_affinity_set_prefix(struct svclb_affinity *affinity, uint32_t ipv4, uint32_t ipv6)
{
	if (!affinity || ipv4 > 32 || ipv6 > 128)
		return -SVCLB_EINVAL;
	affinity->prefix[0] = ipv4;
	affinity->prefix[1] = ipv6;
	return 0;
}

struct svclb_affinity *svclb_affinity_unref(struct svclb_affinity *affinity)
{
	free(affinity);
	return NULL;
}
