/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the chains that one service port or endpoint has in iptables mode. */
#ifndef SVCLB_STATE_CHAIN_HASH_H
#define SVCLB_STATE_CHAIN_HASH_H

#include "state/state.h"

#define CHAIN_HASH_MAX 17 /* 16 characters of base32 */

enum hashed_chain {
	HASHED_SVC, /* one of the cluster set */
	HASHED_SVL, /* one of the local set */
	HASHED_EXT, /* entry for traffic from outside */
	HASHED_FW,  /* source ranges */
	HASHED_SEP, /* one endpoint */
	HASHED_COUNT_
};

/*
 * The first 16 characters of the base32 form of the SHA-256 of the service port's name
 * ("ns/name:port"), its protocol in small letters and, for an endpoint's chain, the endpoint's
 * text. kube-proxy names its chains the same way, and so do tools that look for them.
 */
const char *chain_hash(const char *port_name, const char *proto, const char *endpoint,
		       char buf[CHAIN_HASH_MAX]);

/* "KUBE-SEP-…" into buf, which is returned. */
const char *hashed_chain_name(const char *prefix, enum hashed_chain kind, const char *hash,
			      char buf[CHAIN_NAME_MAX]);

/* Whether what stands behind the prefix of a chain's name is that of such a chain. */
bool is_hashed_chain(const char *suffix);

#endif
