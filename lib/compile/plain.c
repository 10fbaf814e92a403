/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain virtual servers: their claims, and what becomes of them. */
#include <stdio.h>
#include <string.h>

#include "compile/internal.h"
#include "model/fields.h"
#include "model/tuning.h"

void set_forwarding(struct rserver *rs, const struct forwarding *f)
{
	static const uint8_t methods[] = {
		[FORWARD_MASQUERADE] = FWD_MASQUERADE,
		[FORWARD_DIRECT] = FWD_DROUTE,
		[FORWARD_TUNNEL] = FWD_TUNNEL,
	};

	rs->fwd = methods[f->method];
	if (f->method != FORWARD_TUNNEL)
		return;
	rs->tun_type = f->tunnel;
	rs->tun_port = f->tunnel == TUNNEL_GUE ? f->port : 0;
	rs->tun_flags = f->tunnel == TUNNEL_IPIP ? 0 : f->checksum;
}

uint32_t scheduler_flags(uint8_t bits)
{
	return (bits & 1 ? VS_SCHED1 : 0) | (bits & 2 ? VS_SCHED2 : 0);
}

static const struct plain *plain_at(const struct compiler *c, uint32_t i)
{
	return c->plains[i]->plain;
}

bool claim_is_plain(const struct compiler *c, const struct claim *cl)
{
	return cl->port >= c->sel->n_ports;
}

static bool key_of(const struct plain *p, struct vs_key *ret)
{
	*ret = (struct vs_key){0};
	if (p->mark.given) {
		ret->fwmark = (uint32_t)p->mark.v;
		ret->family = family_from_name(p->family.s);
		return true;
	}
	ret->proto = proto_from_name(p->protocol.s);
	ret->port = (uint16_t)p->port.v;
	if (!ip_parse(p->address.s, &ret->ip, NULL))
		return false;
	ret->family = ret->ip.family;
	return true;
}

static int64_t add_origin(struct compiler *c, const struct plain *p)
{
	char text[300]; /* names are subdomains once they are validated */

	(void)snprintf(text, sizeof(text), "%s %s", kind_name(SVCLB_KIND_VIRTUAL_SERVER),
		       p->meta.name.s);
	return state_add_origin(c->st, &(struct origin){
					       .object = text,
					       .kind = SVCLB_KIND_VIRTUAL_SERVER,
					       .ns = "",
					       .name = p->meta.name.s,
					       .file = p->meta.file,
					       .at = p->meta.at,
				       });
}

/* They say themselves how packets are forwarded and scheduled, which only IPVS can do. */
static void needs_ipvs(struct compiler *c, const struct origin *o, const struct plain *p)
{
	struct err_parts parts = {
		.object = o->object,
		.kind = SVCLB_KIND_VIRTUAL_SERVER,
		.ns = "",
		.name = p->meta.name.s,
		.file = o->file,
		.pos = o->at,
		.hint = "use the mode ipvs, or make a Service of it",
	};

	problems_add(&c->problems, err_new(SVCLB_EUNSUPPORTED, &parts,
					   "the mode iptables has no plain virtual servers"));
}

int claim_plains(struct compiler *c)
{
	for (uint32_t i = 0; i < c->n_plains; i++) {
		const struct plain *p = plain_at(c, i);
		struct claim cl = {.port = (uint32_t)c->sel->n_ports + i, .kind = VIP_PLAIN};
		int64_t id = add_origin(c, p);
		struct claim *slot;

		if (id < 0)
			return -1;
		c->origins[cl.port] = (origin_id)id;
		if (c->opts->mode == SVCLB_MODE_IPTABLES) {
			needs_ipvs(c, &c->st->origins.v[id], p);
			continue;
		}
		if (!key_of(p, &cl.key) || !family_enabled(c, cl.key.family))
			continue;
		if (!cl.key.fwmark && p->bind.v != TRI_FALSE && !is_node_address(c, &cl.key.ip))
			cl.flags = CLAIM_BOUND;
		slot = vec_push(&c->claims);
		if (!slot)
			return -1;
		*slot = cl;
	}
	return 0;
}

static int add_servers(struct compiler *c, const struct plain *p, uint32_t vs, origin_id origin)
{
	for (size_t i = 0; i < p->n_servers; i++) {
		const struct plain_server *s = &p->servers[i];
		struct rserver rs = {
			.vs = vs,
			.port = (uint16_t)s->port.v,
			.weight = (uint32_t)s->weight.v,
			.upper_threshold = (uint32_t)s->upper_threshold.v,
			.lower_threshold = (uint32_t)s->lower_threshold.v,
			.origin = origin,
		};

		set_forwarding(&rs, &s->resolved);
		if (ip_parse(s->address.s, &rs.ip, NULL) && state_add_rserver(c->st, &rs) < 0)
			return -1;
	}
	return 0;
}

static void set_scheduler(const struct compiler *c, const struct plain *p, struct vserver *vs)
{
	(void)snprintf(vs->sched, sizeof(vs->sched), "%s",
		       text_or(&p->scheduler, c->opts->scheduler)); /* a known one fits */
	for (size_t i = 0; i < p->scheduler_flags.n; i++) {
		const char *flag = p->scheduler_flags.v[i].s;

		vs->flags |= scheduler_flags(scheduler_flag_bits(flag, strlen(flag)));
	}
}

int add_plain_vserver(struct compiler *c, const struct claim *cl)
{
	const struct plain *p = plain_at(c, cl->port - (uint32_t)c->sel->n_ports);
	struct vserver vs = {
		.key = cl->key,
		.netmask = cl->key.family == 6 ? 128 : 32,
		.drain_sec = c->opts->drain_sec,
		.ours = true,
		.origin = c->origins[cl->port],
	};
	int64_t id;

	set_scheduler(c, p, &vs);
	if (p->one_packet.v == TRI_TRUE)
		vs.flags |= VS_ONEPACKET;
	if (p->persistence_given) {
		vs.flags |= VS_PERSISTENT;
		vs.timeout_sec = (uint32_t)p->persistence_timeout.v;
	}
	if (p->persistence_prefix.given)
		vs.netmask = (uint32_t)p->persistence_prefix.v;
	id = state_add_vserver(c->st, &vs);
	return id < 0 ? -1 : add_servers(c, p, (uint32_t)id, vs.origin);
}
