/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and networks of both families, as text and as bytes. */
#ifndef SVCLB_UTIL_IP_H
#define SVCLB_UTIL_IP_H

#include <stdbool.h>
#include <stdint.h>

#define IP_TEXT_MAX	 48 /* an IPv6 address with NUL, rounded up */
#define CIDR_TEXT_MAX	 52
#define IP_PORT_TEXT_MAX (IP_TEXT_MAX + 8) /* brackets, colon, five digits */

/* family 4, 6, or 0 for "no address"; IPv4 uses the first four bytes, the others are zero, so
 * that addresses compare with memcmp. */
struct ipaddr {
	uint8_t family;
	uint8_t b[16];
};

struct cidr {
	struct ipaddr ip; /* host bits are zero */
	uint8_t plen;
};

/*
 * Parses an address the way Kubernetes' sloppy parser does: octets of IPv4 may have leading zeros
 * and are decimal. *sloppy (may be NULL) says whether the text was not canonical in that way.
 */
bool ip_parse(const char *text, struct ipaddr *ret, bool *sloppy);

/* "ADDR/PREFIX"; host bits are masked off, *sloppy says whether that (or ip_parse's) happened. */
bool cidr_parse(const char *text, struct cidr *ret, bool *sloppy);

/* Canonical text; "" for no address. Returns buf. */
const char *ip_format(const struct ipaddr *ip, char buf[IP_TEXT_MAX]);
const char *cidr_format(const struct cidr *c, char buf[CIDR_TEXT_MAX]);
/* "10.0.0.1:80", "[fd00::1]:80". Returns buf. */
const char *ip_port_format(const struct ipaddr *ip, uint16_t port, char buf[IP_PORT_TEXT_MAX]);

/* Order: family, then bytes. */
int ip_cmp(const struct ipaddr *a, const struct ipaddr *b);
int cidr_cmp(const struct cidr *a, const struct cidr *b);

static inline uint8_t ip_bits(const struct ipaddr *ip)
{
	return ip->family == 4 ? 32 : 128;
}

bool cidr_contains(const struct cidr *c, const struct ipaddr *ip);
void ip_mask(struct ipaddr *ip, uint8_t plen);

bool ip_is_unspecified(const struct ipaddr *ip);
bool ip_is_loopback(const struct ipaddr *ip);
bool ip_is_link_local(const struct ipaddr *ip);		  /* unicast: 169.254/16, fe80::/10 */
bool ip_is_link_local_multicast(const struct ipaddr *ip); /* 224.0.0/24, ffX2::/16 */

/* Base + n within the network; false if n is outside of it. */
bool cidr_nth(const struct cidr *c, uint64_t n, struct ipaddr *ret);
/* Number of addresses, at most UINT64_MAX. */
uint64_t cidr_size(const struct cidr *c);

#endif
