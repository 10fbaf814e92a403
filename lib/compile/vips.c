/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and ports of Services: who claims what, and the virtual servers that come of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/internal.h"
#include "model/keys.h"
#include "select/exposed.h"

bool port_origin(struct compiler *c, uint32_t port, origin_id *ret)
{
	const struct sel_port *p = &c->sel->ports[port];
	const struct meta *meta = &p->service->meta;
	const char *name = p->port->name.s;
	char number[24];
	char text[600]; /* names are at most 63 bytes each once they are validated */
	int64_t id;

	if (!c->origins[port]) {
		(void)snprintf(number, sizeof(number), "%lld", (long long)p->port->port.v);
		(void)snprintf(text, sizeof(text), "Service %s/%s port %s", meta->ns.s,
			       meta->name.s, name && *name ? name : number);
		id = state_add_origin(c->st,
				      &(struct origin){
					      .object = text,
					      .kind = SVCLB_KIND_SERVICE,
					      .ns = meta->ns.s,
					      .name = meta->name.s,
					      .file = meta->file,
					      .at = p->port->at.line ? p->port->at : meta->at,
				      });
		if (id < 0)
			return false;
		c->origins[port] = (origin_id)id;
	}
	*ret = c->origins[port];
	return true;
}

static int claim(struct compiler *c, uint32_t port, enum vip_kind kind, const struct ipaddr *ip,
		 uint16_t number, uint8_t flags)
{
	struct claim *cl = vec_push(&c->claims);

	if (!cl)
		return -1;
	cl->key = (struct vs_key){
		.family = ip->family,
		.proto = c->sel->ports[port].port->proto,
		.port = number,
		.ip = *ip,
	};
	cl->port = port;
	cl->kind = (uint8_t)kind;
	cl->flags = flags;
	return 0;
}

/* An address of the node that is on another link keeps its place there. */
static uint8_t bound_flag(const struct compiler *c, const struct ipaddr *ip)
{
	return is_node_address(c, ip) ? 0 : CLAIM_BOUND;
}

static int claim_external_ips(struct compiler *c, uint32_t port, uint8_t flags)
{
	const struct sel_port *p = &c->sel->ports[port];
	const struct service *s = p->service;
	struct ipaddr ip;

	for (size_t i = 0; i < s->external_ips.n; i++)
		if (external_ip_of(s, i, p->family, &ip) &&
		    claim(c, port, VIP_EXTERNAL_IP, &ip, (uint16_t)p->port->port.v,
			  flags | bound_flag(c, &ip)) < 0)
			return -1;
	return 0;
}

static int claim_ingress_ips(struct compiler *c, uint32_t port, uint8_t flags)
{
	const struct sel_port *p = &c->sel->ports[port];
	const struct service *s = p->service;
	struct ipaddr ip;

	flags |= source_range_flags(c, s, p->family);
	for (size_t i = 0; i < s->n_ingress; i++)
		if (ingress_vip_of(s, i, p->family, &ip) &&
		    claim(c, port, VIP_LOAD_BALANCER, &ip, (uint16_t)p->port->port.v,
			  flags | bound_flag(c, &ip)) < 0)
			return -1;
	return 0;
}

static int claim_node_ports(struct compiler *c, uint32_t port, uint8_t flags)
{
	const struct sel_port *p = &c->sel->ports[port];
	const ip_vec *ips = &family_ctx(c, p->family)->node_port_ips;

	if (!p->port->node_port.v)
		return 0;
	for (size_t i = 0; i < ips->n; i++)
		if (claim(c, port, VIP_NODE_PORT, &ips->v[i], (uint16_t)p->port->node_port.v,
			  flags) < 0)
			return -1;
	return 0;
}

static int claim_port(struct compiler *c, uint32_t port)
{
	const struct sel_port *p = &c->sel->ports[port];
	uint8_t outside = service_etp_local(p->service) ? CLAIM_LOCAL_ONLY : 0;
	const struct tuning *t = &p->service->tuning;
	uint8_t single = t->one_packet ? CLAIM_UNCHANGED : 0;
	uint8_t direct = t->forwarding.method == FORWARD_MASQUERADE ? single : CLAIM_UNCHANGED;

	if (closed_outside(p))
		outside |= CLAIM_NO_LOCAL;
	if (claim(c, port, VIP_CLUSTER_IP, &p->cluster_ip, (uint16_t)p->port->port.v,
		  CLAIM_BOUND | direct) < 0 ||
	    claim_external_ips(c, port, outside | direct) < 0 ||
	    claim_ingress_ips(c, port, outside | direct) < 0)
		return -1;
	return claim_node_ports(c, port, outside | single);
}

static int claim_cmp(const void *pa, const void *pb)
{
	const struct claim *a = pa;
	const struct claim *b = pb;
	int r = vs_key_cmp(&a->key, &b->key);

	if (!r)
		r = (a->port > b->port) - (a->port < b->port);
	return r ? r : (int)a->kind - (int)b->kind;
}

int collect_claims(struct compiler *c)
{
	for (uint32_t i = 0; i < c->sel->n_ports; i++) {
		origin_id id;

		if (patience_over(&c->patience) || !port_origin(c, i, &id) || claim_port(c, i) < 0)
			return -1;
	}
	if (claim_plains(c) < 0)
		return -1;
	if (c->claims.n)
		qsort(c->claims.v, c->claims.n, sizeof(*c->claims.v), claim_cmp);
	return 0;
}

/* Names the place of an origin as " (FILE:LINE)". */
static void place_text(const struct origin *o, char *buf, size_t size)
{
	buf[0] = '\0';
	if (o->file)
		(void)snprintf(buf, size, " (%s:%u)", o->file, o->at.line);
}

const struct svclb_object *port_owner(const struct compiler *c, uint32_t port)
{
	const struct meta *m;

	if (port >= c->sel->n_ports)
		return c->plains[port - c->sel->n_ports];
	m = &c->sel->ports[port].service->meta;
	return model_lookup(c->model, SVCLB_KIND_SERVICE, m->ns.s, m->name.s);
}

static void add_collision(struct compiler *c, const struct claim *holder, const struct claim *later)
{
	const struct origin *a = &c->st->origins.v[c->origins[holder->port]];
	const struct origin *b = &c->st->origins.v[c->origins[later->port]];
	struct err_parts parts = origin_parts(b);
	char key[KEY_TEXT_MAX];
	char place[300];

	parts.hint = later->key.fwmark ? "give one of the two another mark"
				       : "give one of the two another address or port";
	parts.rival = port_owner(c, holder->port)->arrival;
	place_text(a, place, sizeof(place));
	problems_add(&c->problems,
		     err_new(SVCLB_EINVALID, &parts, "claims %s, which belongs to %s%s",
			     vs_key_text(&later->key, key, sizeof(key)), a->object, place));
}

/* Text without the blanks around it; *n is its length. */
static const char *trimmed(const char *s, size_t *n)
{
	s += strspn(s, " \t");
	*n = strlen(s);
	while (*n && (s[*n - 1] == ' ' || s[*n - 1] == '\t'))
		(*n)--;
	return s;
}

/* The Service's own scheduler, which complete has checked, else the node's. */
static void set_scheduler(const struct compiler *c, const struct service *s, struct vserver *vs)
{
	const char *own = label_get(&s->meta.annotations, ANNOTATION_SCHEDULER);
	size_t n = 0;

	if (own)
		own = trimmed(own, &n);
	if (n && n < sizeof(vs->sched))
		memcpy(vs->sched, own, n);
	else
		memcpy(vs->sched, c->opts->scheduler, sizeof(vs->sched));
	/* maglev hashing over addresses alone would send a whole client to one real server */
	if (s->tuning.sched_flags_given)
		vs->flags |= scheduler_flags(s->tuning.sched_flags);
	else if (!strcmp(vs->sched, "mh"))
		vs->flags |= VS_SCHED2;
}

static int add_rservers(struct compiler *c, const struct claim *cl, uint32_t vs, uint16_t set)
{
	static const struct forwarding masquerade;
	const struct sel_port *p = &c->sel->ports[cl->port];
	/* a node port is not the endpoint's port, which only masquerade puts right */
	bool own = cl->kind != VIP_NODE_PORT;

	for (size_t i = 0; i < p->n_endpoints; i++) {
		const struct sel_endpoint *e = &p->endpoints[i];
		struct rserver rs = {
			.vs = vs,
			.ip = e->ip,
			.port = e->port,
			.weight = e->from->weight.given ? (uint32_t)e->from->weight.v : 1,
			.upper_threshold = e->from->upper_threshold,
			.lower_threshold = e->from->lower_threshold,
			.origin = c->origins[cl->port],
		};

		set_forwarding(&rs, own ? &p->service->tuning.forwarding : &masquerade);
		if ((e->flags & set) && state_add_rserver(c->st, &rs) < 0)
			return -1;
	}
	return 0;
}

static int add_vserver(struct compiler *c, const struct claim *cl)
{
	const struct sel_port *p = &c->sel->ports[cl->port];
	struct vserver vs = {
		.key = cl->key,
		.netmask = ip_bits(&cl->key.ip),
		.drain_sec = c->opts->drain_sec,
		.ours = true,
		.origin = c->origins[cl->port],
	};
	uint8_t prefix = p->service->tuning.prefix[cl->key.family == 6];
	int64_t id;

	set_scheduler(c, p->service, &vs);
	if (service_has_affinity(p->service)) {
		vs.flags |= VS_PERSISTENT;
		vs.timeout_sec = (uint32_t)p->service->affinity_timeout.v;
		if (prefix)
			vs.netmask = prefix;
	}
	if (p->service->tuning.one_packet)
		vs.flags |= VS_ONEPACKET;
	if (p->service->tuning.drain_given)
		vs.drain_sec = p->service->tuning.drain_sec;
	id = state_add_vserver(c->st, &vs);
	if (id < 0)
		return -1;
	return add_rservers(c, cl, (uint32_t)id, serving_set(p, (enum vip_kind)cl->kind));
}

/* Of two that claim one key the later one is at fault; the other one holds it. */
static const struct claim *collide(struct compiler *c, const struct claim *a, const struct claim *b)
{
	bool swap = port_owner(c, b->port)->arrival < port_owner(c, a->port)->arrival;

	add_collision(c, swap ? b : a, swap ? a : b);
	return swap ? b : a;
}

/* Bound to our link a second time, the address would be a Service's and not the node's any more: the
 * guard would close every other port on it. */
static void add_node_clash(struct compiler *c, const struct claim *cl)
{
	const struct sel_port *p = &c->sel->ports[cl->port];
	const struct sel_port *before = cl->port ? p - 1 : NULL;
	const struct origin *o = &c->st->origins.v[c->origins[cl->port]];
	struct err_parts parts = origin_parts(o);
	char ip[IP_TEXT_MAX];

	parts.field = "spec.clusterIP";
	parts.hint = "take an address that no link has, from the service CIDR";
	/* said once for the ports of one Service */
	if (before && before->service == p->service && before->family == p->family)
		return;
	problems_add(&c->problems, err_new(SVCLB_EINVALID, &parts, "%s is an address of this node",
					   ip_format(&cl->key.ip, ip)));
}

/* One service port may claim a key twice, with an external IP that is its ingress IP too: the
 * first kind decides. Two ports may not: it belongs to the object that came first. */
void check_claims(struct compiler *c)
{
	const struct claim *holder = NULL;

	for (size_t i = 0; i < c->claims.n; i++) {
		const struct claim *cl = &c->claims.v[i];

		if (cl->kind == VIP_CLUSTER_IP && is_node_address(c, &cl->key.ip))
			add_node_clash(c, cl);
		if (!holder || vs_key_cmp(&holder->key, &cl->key))
			holder = cl;
		else if (holder->port != cl->port)
			holder = collide(c, holder, cl);
	}
}

int add_vservers(struct compiler *c)
{
	const struct claim *holder = NULL;

	for (size_t i = 0; i < c->claims.n; i++) {
		const struct claim *cl = &c->claims.v[i];
		struct link_addr addr = {.ip = cl->key.ip, .origin = c->origins[cl->port]};

		if (patience_over(&c->patience) ||
		    ((cl->flags & CLAIM_BOUND) && state_add_addr(c->st, &addr) < 0))
			return -1;
		if (holder && !vs_key_cmp(&holder->key, &cl->key))
			continue;
		if ((claim_is_plain(c, cl) ? add_plain_vserver : add_vserver)(c, cl) < 0)
			return -1;
		holder = cl;
	}
	return 0;
}
