/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Node ports. A number belongs to one Service, whatever the protocol; within a Service, several
 * protocols may share it. Health check node ports come from the same range.
 */
#include <stdlib.h>

#include "model/allocate.h"
#include "model/carry.h"
#include "model/fields.h"
#include "model/index.h"

#define N_PORTS 65536

struct node_ports {
	const struct service *owner[N_PORTS];
	uint8_t protos[N_PORTS];   /* of the owner's ports that use the number */
	uint16_t by_port[N_PORTS]; /* of the Service at work: port -> node port */
	size_t n_taken;		   /* in the range */
};

enum {
	USED_TCP = 1 << 0,
	USED_UDP = 1 << 1,
	USED_SCTP = 1 << 2,
	USED_ALL = USED_TCP | USED_UDP | USED_SCTP, /* health checks share with nobody */
};

struct node_ports *node_ports_new(struct check *c)
{
	struct node_ports *np = calloc(1, sizeof(*np));

	if (!np)
		c->given_up = true;
	return np;
}

void node_ports_free(struct node_ports *np)
{
	free(np);
}

static uint8_t used_bit(const struct service_port *p)
{
	switch (proto_from_name(p->protocol.s)) {
	case PROTO_UDP:
		return USED_UDP;
	case PROTO_SCTP:
		return USED_SCTP;
	default:
		return USED_TCP;
	}
}

static bool uses_node_ports(const struct service *s)
{
	return service_is(s, "NodePort") || service_is(s, "LoadBalancer");
}

static void take(const struct check *c, struct node_ports *np, const struct service *s,
		 int64_t number, uint8_t protos)
{
	np->n_taken += !np->owner[number] && options_node_port_in_range(c->opts, number);
	np->owner[number] = s;
	np->protos[number] |= protos;
}

static void reserve(struct check *c, struct node_ports *np, const struct service *s,
		    const struct fint *number, uint8_t protos)
{
	const struct svclb_options *o = c->opts;
	const struct service *owner;

	if (number->v < 1 || number->v >= N_PORTS)
		return; /* is told by the validation, which goes on to find more */
	if (o->node_port_range_given && !options_node_port_in_range(o, number->v)) {
		check_report(c, number->at, "%lld is not in the range of node ports, %u-%u",
			     (long long)number->v, o->node_port_first, o->node_port_last);
		return;
	}
	owner = np->owner[number->v];
	if (owner && owner != s)
		check_taken(c, number->at, owner, "%lld is taken by Service %s/%s",
			    (long long)number->v, owner->meta.ns.s,
			    text_or(&owner->meta.name, "(without name)"));
	else if (owner && protos == USED_ALL)
		check_report(c, number->at, "%lld is taken by a port of the same Service",
			     (long long)number->v);
	else
		take(c, np, s, number->v, protos);
}

void node_ports_reserve(struct check *c, struct node_ports *np, const struct service *s)
{
	struct pos at = c->at;

	if (!uses_node_ports(s))
		return;
	check_at(c, FAULT_INVALID, "spec.ports[#].nodePort", NULL);
	for (size_t i = 0; i < s->n_ports; i++) {
		c->index[0] = i;
		c->at = pos_or(s->ports[i].at, at);
		if (s->ports[i].node_port.v)
			reserve(c, np, s, &s->ports[i].node_port, used_bit(&s->ports[i]));
	}
	c->at = at;
	if (!s->health_check_node_port.v)
		return;
	check_at(c, FAULT_INVALID, "spec.healthCheckNodePort", NULL);
	reserve(c, np, s, &s->health_check_node_port, USED_ALL);
}

/* The first free number from where the hash points, 0 when the range is used up. */
static uint16_t choose(struct check *c, struct node_ports *np, const struct service *s,
		       uint64_t what)
{
	uint32_t first = c->opts->node_port_first, size = c->opts->node_port_last - first + 1;
	uint64_t h = hash_text(hash_text(HASH_START, s->meta.ns.s), s->meta.name.s);
	uint32_t start;

	if (np->n_taken >= size)
		return 0;
	start = (uint32_t)(hash_finish(hash_number(h, what)) % size);
	for (uint32_t i = 0; i < size; i++) {
		uint32_t number = first + (start + i) % size;

		if (!np->owner[number])
			return (uint16_t)number;
	}
	return 0;
}

static void used_up(struct check *c, const char *path)
{
	check_at(c, FAULT_INVALID, path, "widen the range of node ports");
	check_report(c, c->at, "no free node port is left in %u-%u", c->opts->node_port_first,
		     c->opts->node_port_last);
}

/* The node port that another protocol of the same port has, if this one can have it too. */
static uint16_t shareable(const struct node_ports *np, const struct service_port *p)
{
	uint16_t number = np->by_port[p->port.v];

	return number && !(np->protos[number] & used_bit(p)) ? number : 0;
}

static void assign_port(struct check *c, struct node_ports *np, struct service *s,
			struct service_port *p)
{
	uint16_t number = shareable(np, p);

	if (!number)
		number = choose(c, np, s, (uint64_t)p->port.v);
	if (!number) {
		used_up(c, "spec.ports[#].nodePort");
		return;
	}
	p->node_port.v = number;
	p->node_port.given = true;
	p->node_port_allocated = true;
	np->by_port[p->port.v] = number;
	take(c, np, s, number, used_bit(p));
}

static void assign_ports(struct check *c, struct node_ports *np, struct service *s)
{
	for (size_t i = 0; i < s->n_ports; i++)
		np->by_port[s->ports[i].port.v] = 0;
	for (size_t i = 0; i < s->n_ports; i++) {
		if (s->ports[i].node_port.v)
			np->by_port[s->ports[i].port.v] = (uint16_t)s->ports[i].node_port.v;
	}
	for (size_t i = 0; i < s->n_ports; i++) {
		c->index[0] = i;
		if (!s->ports[i].node_port.v)
			assign_port(c, np, s, &s->ports[i]);
	}
}

static void assign_health_check(struct check *c, struct node_ports *np, struct service *s)
{
	uint16_t number = choose(c, np, s, 0);

	if (!number) {
		used_up(c, "spec.healthCheckNodePort");
		return;
	}
	s->health_check_node_port.v = number;
	s->health_check_node_port.given = true;
	take(c, np, s, number, USED_ALL);
}

void node_ports_assign(struct check *c, struct node_ports *np, struct service *s)
{
	if (service_wants_node_ports(s))
		assign_ports(c, np, s);
	if (service_needs_health_check(s) && !s->health_check_node_port.v)
		assign_health_check(c, np, s);
}
