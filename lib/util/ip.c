/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and networks of both families, as text and as bytes. */
#include "ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool parse_ipv4(const char *s, struct ipaddr *ret, bool *sloppy)
{
	for (int i = 0; i < 4; i++) {
		unsigned v = 0;
		int digits = 0;

		if (*s == '0' && s[1] >= '0' && s[1] <= '9')
			*sloppy = true;
		while (*s >= '0' && *s <= '9') {
			v = v * 10 + (unsigned)(*s++ - '0');
			if (++digits > 15 || v > 255)
				return false;
		}
		if (!digits)
			return false;
		ret->b[i] = (uint8_t)v;
		if (i < 3 && *s++ != '.')
			return false;
	}
	ret->family = 4;
	return *s == '\0';
}

bool ip_parse(const char *text, struct ipaddr *ret, bool *sloppy)
{
	static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool dummy;
	struct ipaddr ip = {0};

	if (!sloppy)
		sloppy = &dummy;
	*sloppy = false;
	if (!text)
		return false;
	if (strchr(text, ':')) {
		if (inet_pton(AF_INET6, text, ip.b) != 1)
			return false;
		ip.family = 6;
		if (!memcmp(ip.b, v4_mapped, sizeof(v4_mapped))) {
			memmove(ip.b, ip.b + 12, 4);
			memset(ip.b + 4, 0, 12);
			ip.family = 4;
			*sloppy = true;
		}
	} else if (!parse_ipv4(text, &ip, sloppy)) {
		return false;
	}
	*ret = ip;
	return true;
}

void ip_mask(struct ipaddr *ip, uint8_t plen)
{
	for (unsigned i = 0; i < sizeof(ip->b); i++) {
		if (plen >= 8) {
			plen = (uint8_t)(plen - 8);
			continue;
		}
		ip->b[i] &= (uint8_t)(0xff00 >> plen);
		plen = 0;
	}
}

bool cidr_parse(const char *text, struct cidr *ret, bool *sloppy)
{
	char addr[IP_TEXT_MAX];
	const char *slash = text ? strchr(text, '/') : NULL;
	struct cidr c = {0};
	struct ipaddr whole;
	unsigned plen = 0;
	bool dummy;

	if (!sloppy)
		sloppy = &dummy;
	if (!slash || (size_t)(slash - text) >= sizeof(addr))
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (!ip_parse(addr, &c.ip, sloppy))
		return false;
	slash++;
	if (!*slash || strlen(slash) > 3)
		return false;
	for (; *slash; slash++) {
		if (*slash < '0' || *slash > '9')
			return false;
		plen = plen * 10 + (unsigned)(*slash - '0');
	}
	if (plen > ip_bits(&c.ip))
		return false;
	c.plen = (uint8_t)plen;
	whole = c.ip;
	ip_mask(&c.ip, c.plen);
	if (ip_cmp(&whole, &c.ip))
		*sloppy = true;
	*ret = c;
	return true;
}

/* Returns the end. */
static char *put_number(char *p, unsigned n)
{
	if (n >= 10)
		p = put_number(p, n / 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

/* By hand: inet_ntop goes through printf, and names are made of the addresses of all endpoints. */
static char *put_ipv4(char *p, const uint8_t b[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_number(p, b[i]);
	}
	return p;
}

static char *put_ip(char *p, const struct ipaddr *ip)
{
	if (ip->family == 4)
		return put_ipv4(p, ip->b);
	if (ip->family)
		(void)inet_ntop(AF_INET6, ip->b, p, IP_TEXT_MAX); /* the buffer holds any address */
	return ip->family ? p + strlen(p) : p;
}

const char *ip_format(const struct ipaddr *ip, char buf[IP_TEXT_MAX])
{
	*put_ip(buf, ip) = '\0';
	return buf;
}

const char *ip_port_format(const struct ipaddr *ip, uint16_t port, char buf[IP_PORT_TEXT_MAX])
{
	char *p = buf;

	if (ip->family == 6)
		*p++ = '[';
	p = put_ip(p, ip);
	if (ip->family == 6)
		*p++ = ']';
	*p++ = ':';
	*put_number(p, port) = '\0';
	return buf;
}

const char *cidr_format(const struct cidr *c, char buf[CIDR_TEXT_MAX])
{
	char addr[IP_TEXT_MAX];

	(void)snprintf(buf, CIDR_TEXT_MAX, "%s/%u", ip_format(&c->ip, addr), c->plen);
	return buf;
}

int ip_cmp(const struct ipaddr *a, const struct ipaddr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

int cidr_cmp(const struct cidr *a, const struct cidr *b)
{
	int r = ip_cmp(&a->ip, &b->ip);

	return r ? r : (int)a->plen - (int)b->plen;
}

bool cidr_contains(const struct cidr *c, const struct ipaddr *ip)
{
	struct ipaddr masked = *ip;

	if (ip->family != c->ip.family)
		return false;
	ip_mask(&masked, c->plen);
	return !ip_cmp(&masked, &c->ip);
}

bool ip_is_unspecified(const struct ipaddr *ip)
{
	static const uint8_t zero[16];

	return ip->family && !memcmp(ip->b, zero, sizeof(zero));
}

bool ip_is_loopback(const struct ipaddr *ip)
{
	static const uint8_t one[16] = {[15] = 1};

	return ip->family == 4 ? ip->b[0] == 127
			       : ip->family == 6 && !memcmp(ip->b, one, sizeof(one));
}

bool ip_is_link_local(const struct ipaddr *ip)
{
	if (ip->family == 4)
		return ip->b[0] == 169 && ip->b[1] == 254;
	return ip->family == 6 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

bool ip_is_link_local_multicast(const struct ipaddr *ip)
{
	if (ip->family == 4)
		return ip->b[0] == 224 && !ip->b[1] && !ip->b[2];
	return ip->family == 6 && ip->b[0] == 0xff && (ip->b[1] & 0x0f) == 2;
}

uint64_t cidr_size(const struct cidr *c)
{
	unsigned host = (unsigned)ip_bits(&c->ip) - c->plen;

	return host >= 64 ? UINT64_MAX : (uint64_t)1 << host;
}

bool cidr_nth(const struct cidr *c, uint64_t n, struct ipaddr *ret)
{
	struct ipaddr ip = c->ip;

	if (n >= cidr_size(c))
		return false;
	for (int i = ip_bits(&ip) / 8 - 1; i >= 0 && n; i--, n >>= 8)
		ip.b[i] |= (uint8_t)n;
	*ret = ip;
	return true;
}
