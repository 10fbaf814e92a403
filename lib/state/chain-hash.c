/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the chains that one service port or endpoint has in iptables mode. */
#include "state/chain-hash.h"

#include <string.h>

#include "util/sha256.h"

/* Behind the prefix. */
static const char *const kinds[HASHED_COUNT_] = {
	[HASHED_SVC] = "SVC-", [HASHED_SVL] = "SVL-", [HASHED_EXT] = "EXT-",
	[HASHED_FW] = "FW-",   [HASHED_SEP] = "SEP-",
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Five bits a character: ten bytes are sixteen characters, without a rest. */
static void base32(const uint8_t *bytes, char ret[CHAIN_HASH_MAX])
{
	for (unsigned i = 0; i < CHAIN_HASH_MAX - 1; i++) {
		unsigned bit = 5 * i;
		unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

		ret[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	ret[CHAIN_HASH_MAX - 1] = '\0';
}

const char *chain_hash(const char *port_name, const char *proto, const char *endpoint,
		       char buf[CHAIN_HASH_MAX])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, port_name, strlen(port_name));
	sha256_add(&s, proto, strlen(proto));
	if (endpoint)
		sha256_add(&s, endpoint, strlen(endpoint));
	sha256_end(&s, digest);
	base32(digest, buf);
	return buf;
}

const char *hashed_chain_name(const char *prefix, enum hashed_chain kind, const char *hash,
			      char buf[CHAIN_NAME_MAX])
{
	/* 6 + 4 + 16 characters at most fit */
	strcpy(stpcpy(stpcpy(buf, prefix), kinds[kind]), hash);
	return buf;
}

static bool is_hash(const char *s)
{
	const char *end = s;

	while ((*end >= 'A' && *end <= 'Z') || (*end >= '2' && *end <= '7'))
		end++;
	return !*end && end - s == CHAIN_HASH_MAX - 1;
}

bool is_hashed_chain(const char *suffix)
{
	for (int k = 0; k < HASHED_COUNT_; k++) {
		size_t n = strlen(kinds[k]);

		if (!strncmp(suffix, kinds[k], n))
			return is_hash(suffix + n);
	}
	return false;
}
