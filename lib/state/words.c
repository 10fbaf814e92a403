/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text forms of keys and names, for rendering and for messages. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "state/state.h"

static const char *const table_names[TABLE_COUNT_] = {
	[TABLE_FILTER] = "filter",
	[TABLE_NAT] = "nat",
	[TABLE_MANGLE] = "mangle",
};

const char *table_name(enum table t)
{
	return (unsigned)t < TABLE_COUNT_ ? table_names[t] : "unknown";
}

static const char *const set_type_names[] = {
	[SET_HASH_IP_PORT] = "hash:ip,port",	     [SET_HASH_IP_PORT_IP] = "hash:ip,port,ip",
	[SET_HASH_IP_PORT_NET] = "hash:ip,port,net", [SET_HASH_IP] = "hash:ip",
	[SET_BITMAP_PORT] = "bitmap:port",	     [SET_OTHER] = "unknown",
};

const char *set_type_name(enum set_type type)
{
	return type >= SET_HASH_IP_PORT && type <= SET_OTHER ? set_type_names[type] : "unknown";
}

enum set_type set_type_from_name(const char *name)
{
	for (int t = SET_HASH_IP_PORT; t < SET_OTHER; t++)
		if (!strcmp(set_type_names[t], name))
			return (enum set_type)t;
	return SET_OTHER;
}

const char *vs_key_text(const struct vs_key *key, char *buf, size_t size)
{
	char text[IP_PORT_TEXT_MAX];

	if (key->fwmark)
		(void)snprintf(buf, size, "mark %u IPv%u", key->fwmark, key->family);
	else
		(void)snprintf(buf, size, "%s/%s", ip_port_format(&key->ip, key->port, text),
			       proto_name(key->proto));
	return buf;
}

const char *rs_text(const struct rserver *rs, char *buf, size_t size)
{
	char text[IP_PORT_TEXT_MAX];

	(void)snprintf(buf, size, "%s", ip_port_format(&rs->ip, rs->port, text));
	return buf;
}

/* "tcp:80"; the number for protocols that have no place here. */
static void proto_port_text(const struct set_entry *e, char *buf, size_t size)
{
	switch (e->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
		(void)snprintf(buf, size, "%s:%u", proto_lower(e->proto), e->port);
		break;
	case IPPROTO_UDPLITE:
		(void)snprintf(buf, size, "udplite:%u", e->port);
		break;
	default:
		(void)snprintf(buf, size, "%u:%u", e->proto, e->port);
	}
}

const char *entry_text(enum set_type type, const struct set_entry *e, char *buf, size_t size)
{
	char ip[IP_TEXT_MAX];
	char ip2[IP_TEXT_MAX];
	char port[24];

	(void)ip_format(&e->ip, ip);
	(void)ip_format(&e->ip2, ip2);
	proto_port_text(e, port, sizeof(port));
	switch (type) {
	case SET_HASH_IP_PORT:
		(void)snprintf(buf, size, "%s,%s", ip, port);
		break;
	case SET_HASH_IP_PORT_IP:
		(void)snprintf(buf, size, "%s,%s,%s", ip, port, ip2);
		break;
	case SET_HASH_IP_PORT_NET:
		/* a network of one address is listed without its prefix */
		if (e->plen2 == ip_bits(&e->ip2))
			(void)snprintf(buf, size, "%s,%s,%s", ip, port, ip2);
		else
			(void)snprintf(buf, size, "%s,%s,%s/%u", ip, port, ip2, e->plen2);
		break;
	case SET_HASH_IP:
		(void)snprintf(buf, size, "%s", ip);
		break;
	default:
		(void)snprintf(buf, size, "%u", e->port);
	}
	return buf;
}
