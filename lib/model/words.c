/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of manifests and the numbers they stand for. */
#include <string.h>

#include "model/model.h"

static const struct {
	uint8_t proto;
	const char *name;
	const char *lower;
} protocols[] = {
	{PROTO_TCP, "TCP", "tcp"},
	{PROTO_UDP, "UDP", "udp"},
	{PROTO_SCTP, "SCTP", "sctp"},
};

#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

uint8_t proto_from_name(const char *name)
{
	for (size_t i = 0; name && i < N_PROTOCOLS; i++) {
		if (!strcmp(name, protocols[i].name))
			return protocols[i].proto;
	}
	return 0;
}

const char *proto_name(uint8_t proto)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (protocols[i].proto == proto)
			return protocols[i].name;
	}
	return "";
}

const char *proto_lower(uint8_t proto)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (protocols[i].proto == proto)
			return protocols[i].lower;
	}
	return "";
}

uint8_t family_from_name(const char *name)
{
	if (name && !strcmp(name, "IPv4"))
		return 4;
	return name && !strcmp(name, "IPv6") ? 6 : 0;
}

const char *family_name(uint8_t family)
{
	return family == 6 ? "IPv6" : "IPv4";
}
