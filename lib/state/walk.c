/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public view of a state: counts, virtual servers, real servers. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "state/render.h"

/* The public handles are the records themselves, under names without members. */
static const struct vserver *vs_of(const struct svclb_virtual_server *vs)
{
	return (const struct vserver *)(const void *)vs;
}

static const struct rserver *rs_of(const struct svclb_real_server *rs)
{
	return (const struct rserver *)(const void *)rs;
}

int svclb_state_get_counts(const struct svclb_state *state, struct svclb_state_counts *ret,
			   size_t size)
{
	struct svclb_state_counts counts = {0};

	if (!state || !ret)
		return -SVCLB_EINVAL;
	counts.virtual_servers = state->vservers.n;
	counts.real_servers = state->rservers.n;
	counts.sets = state->sets.n;
	counts.set_entries = state->entries.n;
	counts.chains = state->chains.n;
	counts.rules = state->rules.n;
	counts.addresses = state->addrs.n;
	counts.sysctls = state->sysctls.n;
	memset(ret, 0, size);
	memcpy(ret, &counts, size < sizeof(counts) ? size : sizeof(counts));
	return 0;
}

const struct svclb_virtual_server *svclb_state_next_virtual_server(
	const struct svclb_state *state, const struct svclb_virtual_server *prev)
{
	const struct vserver *vs;

	if (!state || !state->vservers.n)
		return NULL;
	vs = prev ? vs_of(prev) + 1 : state->vservers.v;
	if (vs >= state->vservers.v + state->vservers.n)
		return NULL;
	return (const struct svclb_virtual_server *)(const void *)vs;
}

static const char *put_ip(const struct ipaddr *ip, char *buf, size_t size)
{
	char text[IP_TEXT_MAX];

	if (!buf || !size)
		return "";
	(void)snprintf(buf, size, "%s", ip_format(ip, text)); /* cut to the caller's room */
	return buf;
}

const char *svclb_virtual_server_get_address(const struct svclb_virtual_server *vs, char *buf,
					     size_t size)
{
	static const struct ipaddr none;

	return put_ip(vs && !vs_of(vs)->key.fwmark ? &vs_of(vs)->key.ip : &none, buf, size);
}

uint32_t svclb_virtual_server_get_port(const struct svclb_virtual_server *vs)
{
	return vs ? vs_of(vs)->key.port : 0;
}

const char *svclb_virtual_server_get_protocol(const struct svclb_virtual_server *vs)
{
	return vs && !vs_of(vs)->key.fwmark ? proto_name(vs_of(vs)->key.proto) : "";
}

uint32_t svclb_virtual_server_get_mark(const struct svclb_virtual_server *vs)
{
	return vs ? vs_of(vs)->key.fwmark : 0;
}

const char *svclb_virtual_server_get_scheduler(const struct svclb_virtual_server *vs)
{
	return vs ? vs_of(vs)->sched : "";
}

uint32_t svclb_virtual_server_get_persistence(const struct svclb_virtual_server *vs)
{
	return vs && (vs_of(vs)->flags & VS_PERSISTENT) ? vs_of(vs)->timeout_sec : 0;
}

uint32_t svclb_virtual_server_get_persistence_prefix(const struct svclb_virtual_server *vs)
{
	return vs ? vs_of(vs)->netmask : 0;
}

const char *svclb_virtual_server_get_scheduler_flags(const struct svclb_virtual_server *vs,
						     char *buf, size_t size)
{
	char text[SCHED_FLAGS_TEXT_MAX] = "";

	if (!buf || !size)
		return "";
	if (vs)
		(void)sched_flags_text(vs_of(vs), text);
	(void)snprintf(buf, size, "%s", text); /* cut to the caller's room */
	return buf;
}

int svclb_virtual_server_is_one_packet(const struct svclb_virtual_server *vs)
{
	return vs && (vs_of(vs)->flags & VS_ONEPACKET);
}

int svclb_virtual_server_is_ours(const struct svclb_virtual_server *vs)
{
	return vs && vs_of(vs)->ours;
}

const char *svclb_virtual_server_get_origin(const struct svclb_state *state,
					    const struct svclb_virtual_server *vs)
{
	origin_id id = vs ? vs_of(vs)->origin : 0;

	return state && id && id < state->origins.n ? state->origins.v[id].object : NULL;
}

const struct svclb_real_server *svclb_state_next_real_server(const struct svclb_state *state,
							     const struct svclb_virtual_server *vs,
							     const struct svclb_real_server *prev)
{
	const struct rserver *first;
	const struct rserver *rs;

	if (!state || !vs || !vs_of(vs)->rs_count)
		return NULL;
	first = state->rservers.v + vs_of(vs)->rs_first;
	rs = prev ? rs_of(prev) + 1 : first;
	if (rs >= first + vs_of(vs)->rs_count)
		return NULL;
	return (const struct svclb_real_server *)(const void *)rs;
}

const char *svclb_real_server_get_address(const struct svclb_real_server *rs, char *buf,
					  size_t size)
{
	static const struct ipaddr none;

	return put_ip(rs ? &rs_of(rs)->ip : &none, buf, size);
}

uint32_t svclb_real_server_get_port(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->port : 0;
}

const char *svclb_real_server_get_forwarding(const struct svclb_real_server *rs)
{
	switch (rs ? rs_of(rs)->fwd : FWD_MASQUERADE) {
	case FWD_TUNNEL:
		return "Tunnel";
	case FWD_DROUTE:
		return "Route";
	default:
		return "Masq";
	}
}

const char *svclb_real_server_get_tunnel_type(const struct svclb_real_server *rs)
{
	return rs && rs_of(rs)->fwd == FWD_TUNNEL ? tunnel_type_name(rs_of(rs)->tun_type) : "";
}

uint32_t svclb_real_server_get_upper_threshold(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->upper_threshold : 0;
}

uint32_t svclb_real_server_get_lower_threshold(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->lower_threshold : 0;
}

uint32_t svclb_real_server_get_weight(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->weight : 0;
}

uint32_t svclb_real_server_get_active(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->active_conns : 0;
}

uint32_t svclb_real_server_get_inactive(const struct svclb_real_server *rs)
{
	return rs ? rs_of(rs)->inactive_conns : 0;
}

int svclb_real_server_is_draining(const struct svclb_real_server *rs)
{
	return rs && rs_of(rs)->draining;
}

uint64_t svclb_real_server_get_drain_left(const struct svclb_real_server *rs)
{
	return rs && rs_of(rs)->draining ? rs_of(rs)->drain_left_ms : SVCLB_NO_DEADLINE;
}
