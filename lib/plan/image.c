/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the members of saved objects, and writing them. */
#include "plan/image.h"

#include <stddef.h>
#include <string.h>

#define FIELD(type, member, name, kind)                                               \
	{                                                                             \
		name, kind, offsetof(type, member), sizeof(((type *)0)->member), NULL \
	}
#define WORD(type, member, name, words)                                                      \
	{                                                                                    \
		name, IMAGE_WORD, offsetof(type, member), sizeof(((type *)0)->member), words \
	}
#define END                                \
	{                                  \
		NULL, IMAGE_U8, 0, 0, NULL \
	}

static const struct image_word proto_words[] = {{6, "TCP"},
						{17, "UDP"},
						{132, "SCTP"},
						{136, "UDPLITE"},
						{0, NULL}};
static const struct image_word forwarding_words[] = {{FWD_MASQUERADE, "masquerade"},
						     {FWD_TUNNEL, "tunnel"},
						     {FWD_DROUTE, "direct"},
						     {0, NULL}};
static const struct image_word set_type_words[] = {
	{SET_HASH_IP_PORT, "hash:ip,port"},	    {SET_HASH_IP_PORT_IP, "hash:ip,port,ip"},
	{SET_HASH_IP_PORT_NET, "hash:ip,port,net"}, {SET_HASH_IP, "hash:ip"},
	{SET_BITMAP_PORT, "bitmap:port"},	    {0, NULL}};
static const struct image_word table_words[] = {{TABLE_FILTER, "filter"},
						{TABLE_NAT, "nat"},
						{TABLE_MANGLE, "mangle"},
						{0, NULL}};
static const struct image_word target_words[] = {{TARGET_NONE, "none"},
						 {TARGET_ACCEPT, "accept"},
						 {TARGET_DROP, "drop"},
						 {TARGET_RETURN, "return"},
						 {TARGET_JUMP, "jump"},
						 {TARGET_MARK, "mark"},
						 {TARGET_MASQUERADE, "masquerade"},
						 {TARGET_REJECT, "reject"},
						 {TARGET_DNAT, "dnat"},
						 {0, NULL}};
const struct image_word image_match_words[] = {{MATCH_SET, "set"},
					       {MATCH_COMMENT, "comment"},
					       {MATCH_ADDRTYPE, "addrtype"},
					       {MATCH_MARK, "mark"},
					       {MATCH_CTSTATE, "ctstate"},
					       {MATCH_PHYSDEV_IN, "physdev-in"},
					       {MATCH_IPVS, "ipvs"},
					       {MATCH_STATISTIC, "statistic"},
					       {MATCH_RECENT, "recent"},
					       {MATCH_DPORT, "dport"},
					       {0, NULL}};

const struct image_field image_vserver[] = {
	FIELD(struct vserver, key.ip, "address", IMAGE_IP),
	FIELD(struct vserver, key.family, "family", IMAGE_U8),
	WORD(struct vserver, key.proto, "protocol", proto_words),
	FIELD(struct vserver, key.port, "port", IMAGE_U16),
	FIELD(struct vserver, key.fwmark, "mark", IMAGE_U32),
	FIELD(struct vserver, sched, "scheduler", IMAGE_TEXT),
	FIELD(struct vserver, pe, "persistenceEngine", IMAGE_TEXT),
	FIELD(struct vserver, flags, "flags", IMAGE_U32),
	FIELD(struct vserver, timeout_sec, "persistenceSeconds", IMAGE_U32),
	FIELD(struct vserver, netmask, "persistencePrefix", IMAGE_U32),
	FIELD(struct vserver, origin, "origin", IMAGE_U32),
	END,
};

const struct image_field image_rserver[] = {
	FIELD(struct rserver, ip, "address", IMAGE_IP),
	FIELD(struct rserver, port, "port", IMAGE_U16),
	WORD(struct rserver, fwd, "forwarding", forwarding_words),
	FIELD(struct rserver, weight, "weight", IMAGE_U32),
	FIELD(struct rserver, upper_threshold, "upperThreshold", IMAGE_U32),
	FIELD(struct rserver, lower_threshold, "lowerThreshold", IMAGE_U32),
	FIELD(struct rserver, tun_type, "tunnelType", IMAGE_U8),
	FIELD(struct rserver, tun_port, "tunnelPort", IMAGE_U16),
	FIELD(struct rserver, tun_flags, "tunnelFlags", IMAGE_U16),
	FIELD(struct rserver, active_conns, "activeConnections", IMAGE_U32),
	FIELD(struct rserver, inactive_conns, "inactiveConnections", IMAGE_U32),
	FIELD(struct rserver, origin, "origin", IMAGE_U32),
	END,
};

const struct image_field image_set[] = {
	FIELD(struct ipset, name, "name", IMAGE_TEXT),
	WORD(struct ipset, type, "type", set_type_words),
	FIELD(struct ipset, family, "family", IMAGE_U8),
	FIELD(struct ipset, noted, "comments", IMAGE_BOOL),
	FIELD(struct ipset, hashsize, "hashsize", IMAGE_U32),
	FIELD(struct ipset, maxelem, "maxelem", IMAGE_U32),
	END,
};

const struct image_field image_entry[] = {
	FIELD(struct set_entry, ip, "address", IMAGE_IP),
	WORD(struct set_entry, proto, "protocol", proto_words),
	FIELD(struct set_entry, port, "port", IMAGE_U16),
	FIELD(struct set_entry, ip2, "second", IMAGE_IP),
	FIELD(struct set_entry, plen2, "prefix", IMAGE_U8),
	FIELD(struct set_entry, drain_port[0], "drainPort", IMAGE_U16),
	FIELD(struct set_entry, drain_until[0], "drainUntil", IMAGE_U32),
	FIELD(struct set_entry, drain_port[1], "drainPort2", IMAGE_U16),
	FIELD(struct set_entry, drain_until[1], "drainUntil2", IMAGE_U32),
	FIELD(struct set_entry, drain_port[2], "drainPort3", IMAGE_U16),
	FIELD(struct set_entry, drain_until[2], "drainUntil3", IMAGE_U32),
	FIELD(struct set_entry, drain_port[3], "drainPort4", IMAGE_U16),
	FIELD(struct set_entry, drain_until[3], "drainUntil4", IMAGE_U32),
	FIELD(struct set_entry, origin, "origin", IMAGE_U32),
	END,
};

const struct image_field image_chain[] = {
	FIELD(struct chain, family, "family", IMAGE_U8),
	WORD(struct chain, table, "table", table_words),
	FIELD(struct chain, builtin, "builtin", IMAGE_BOOL),
	FIELD(struct chain, name, "name", IMAGE_TEXT),
	END,
};

const struct image_field image_rule[] = {
	FIELD(struct rule, src, "source", IMAGE_CIDR),
	FIELD(struct rule, src_invert, "notSource", IMAGE_BOOL),
	FIELD(struct rule, dst, "destination", IMAGE_CIDR),
	FIELD(struct rule, dst_invert, "notDestination", IMAGE_BOOL),
	FIELD(struct rule, in_iface, "inInterface", IMAGE_TEXT),
	FIELD(struct rule, in_invert, "notInInterface", IMAGE_BOOL),
	FIELD(struct rule, out_iface, "outInterface", IMAGE_TEXT),
	FIELD(struct rule, out_invert, "notOutInterface", IMAGE_BOOL),
	FIELD(struct rule, proto, "protocol", IMAGE_U8),
	FIELD(struct rule, proto_invert, "notProtocol", IMAGE_BOOL),
	FIELD(struct rule, opaque, "opaque", IMAGE_BOOL),
	WORD(struct rule, target, "target", target_words),
	FIELD(struct rule, jump, "jump", IMAGE_TEXT),
	FIELD(struct rule, mark_value, "markValue", IMAGE_U32),
	FIELD(struct rule, mark_mask, "markMask", IMAGE_U32),
	FIELD(struct rule, random_fully, "randomFully", IMAGE_BOOL),
	FIELD(struct rule, dnat_ip, "toAddress", IMAGE_IP),
	FIELD(struct rule, dnat_port, "toPort", IMAGE_U16),
	END,
};

const struct image_field image_sysctl[] = {
	FIELD(struct sysctl, key, "key", IMAGE_TEXT),
	FIELD(struct sysctl, value, "value", IMAGE_TEXT),
	END,
};

const struct image_field image_addr[] = {
	FIELD(struct link_addr, ip, "address", IMAGE_IP),
	FIELD(struct link_addr, origin, "origin", IMAGE_U32),
	FIELD(struct link_addr, place, "place", IMAGE_U32),
	END,
};

const struct image_field image_timeouts[] = {
	FIELD(struct ipvs_timeouts, tcp_sec, "tcpSeconds", IMAGE_U32),
	FIELD(struct ipvs_timeouts, tcp_fin_sec, "tcpFinSeconds", IMAGE_U32),
	FIELD(struct ipvs_timeouts, udp_sec, "udpSeconds", IMAGE_U32),
	END,
};

#define INVERT FIELD(struct match, invert, "not", IMAGE_BOOL)

/* Directions are six bytes; sets have at most three dimensions here. */
static const struct image_field match_set[] = {
	INVERT,
	FIELD(struct match, set.name, "name", IMAGE_TEXT),
	FIELD(struct match, set.n_dirs, "dimensions", IMAGE_U8),
	FIELD(struct match, set.dirs[0], "direction1", IMAGE_U8),
	FIELD(struct match, set.dirs[1], "direction2", IMAGE_U8),
	FIELD(struct match, set.dirs[2], "direction3", IMAGE_U8),
	END,
};
static const struct image_field match_nothing[] = {INVERT, END};
static const struct image_field match_addrtype[] = {
	INVERT, FIELD(struct match, addrtype, "bits", IMAGE_U32), END};
static const struct image_field match_mark[] = {INVERT,
						FIELD(struct match, mark.value, "value", IMAGE_U32),
						FIELD(struct match, mark.mask, "mask", IMAGE_U32),
						END};
static const struct image_field match_ctstate[] = {
	INVERT, FIELD(struct match, ctstate, "bits", IMAGE_U32), END};
static const struct image_field match_ipvs[] = {
	INVERT, FIELD(struct match, ipvs.vaddr, "address", IMAGE_IP),
	WORD(struct match, ipvs.vproto, "protocol", proto_words),
	FIELD(struct match, ipvs.vport, "port", IMAGE_U16), END};
static const struct image_field match_statistic[] = {
	INVERT, FIELD(struct match, probability, "probability", IMAGE_U32), END};
static const struct image_field match_recent[] = {
	INVERT,
	FIELD(struct match, recent.name, "name", IMAGE_TEXT),
	FIELD(struct match, recent.set, "set", IMAGE_BOOL),
	FIELD(struct match, recent.reap, "reap", IMAGE_BOOL),
	FIELD(struct match, recent.seconds, "seconds", IMAGE_U32),
	END,
};
static const struct image_field match_dport[] = {
	INVERT, FIELD(struct match, dport, "port", IMAGE_U16), END};

const struct image_field *image_match(enum match_type type)
{
	switch (type) {
	case MATCH_SET:
		return match_set;
	case MATCH_COMMENT: /* its text is written apart: it lives outside of the structure */
	case MATCH_PHYSDEV_IN:
		return match_nothing;
	case MATCH_ADDRTYPE:
		return match_addrtype;
	case MATCH_MARK:
		return match_mark;
	case MATCH_CTSTATE:
		return match_ctstate;
	case MATCH_IPVS:
		return match_ipvs;
	case MATCH_STATISTIC:
		return match_statistic;
	case MATCH_RECENT:
		return match_recent;
	case MATCH_DPORT:
		return match_dport;
	case MATCH_OTHER:
		break;
	}
	return NULL;
}

static uint32_t number_of(const struct image_field *f, const void *p)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;

	switch (f->size) {
	case sizeof(u8):
		memcpy(&u8, p, sizeof(u8));
		return u8;
	case sizeof(u16):
		memcpy(&u16, p, sizeof(u16));
		return u16;
	default:
		memcpy(&u32, p, sizeof(u32));
		return u32;
	}
}

static const char *word_of(const struct image_word *w, uint32_t value)
{
	for (; w->name; w++)
		if (w->value == value)
			return w->name;
	return NULL;
}

static void write_field(struct jsonout *j, const struct image_field *f, const void *p)
{
	char buf[CIDR_TEXT_MAX];

	switch (f->type) {
	case IMAGE_TEXT:
		if (*(const char *)p)
			jsonout_kv_str(j, f->name, p);
		break;
	case IMAGE_IP:
		if (((const struct ipaddr *)p)->family)
			jsonout_kv_str(j, f->name, ip_format(p, buf));
		break;
	case IMAGE_CIDR:
		if (((const struct cidr *)p)->ip.family)
			jsonout_kv_str(j, f->name, cidr_format(p, buf));
		break;
	case IMAGE_BOOL:
		if (*(const bool *)p)
			jsonout_kv_bool(j, f->name, true);
		break;
	case IMAGE_WORD:
		jsonout_kv_str(j, f->name, word_of(f->words, number_of(f, p)));
		break;
	default:
		if (number_of(f, p))
			jsonout_kv_int(j, f->name, number_of(f, p));
	}
}

void image_write(struct jsonout *j, const struct image_field *fields, const void *obj)
{
	for (const struct image_field *f = fields; f->name; f++)
		write_field(j, f, (const unsigned char *)obj + f->offset);
}
