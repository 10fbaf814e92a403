/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building netlink messages. */
#include "kernel/nlbuf.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#define NLBUF_MAX (64u << 20) /* far beyond any pack that the kernel takes */

void nlbuf_free(struct nlbuf *b)
{
	free(b->b);
	*b = (struct nlbuf){0};
}

void nlbuf_reset(struct nlbuf *b)
{
	b->len = 0;
	b->msg = 0;
	b->n = 0;
	b->failed = false;
}

/* Zeroed room at the end, aligned as netlink wants everything; NULL once anything failed. */
static void *nlbuf_room(struct nlbuf *b, size_t len)
{
	size_t want = b->len + NLMSG_ALIGN(len);
	size_t cap = b->cap ? b->cap : 4096;
	unsigned char *p;

	if (b->failed || len > NLBUF_MAX || want > NLBUF_MAX) {
		b->failed = true;
		return NULL;
	}
	while (cap < want)
		cap *= 2;
	if (cap != b->cap) {
		p = realloc(b->b, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->b = p;
		b->cap = cap;
	}
	p = b->b + b->len;
	memset(p, 0, NLMSG_ALIGN(len));
	b->len = want;
	return p;
}

/* The message's length field follows what was added to it. */
static void nlbuf_grown(struct nlbuf *b)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)(b->b + b->msg);

	h->nlmsg_len = (uint32_t)(b->len - b->msg);
}

void nlbuf_msg(struct nlbuf *b, uint16_t type, uint16_t flags, const void *hdr, size_t len)
{
	size_t at = b->len;
	struct nlmsghdr *h = nlbuf_room(b, NLMSG_HDRLEN + len);

	if (!h)
		return;
	h->nlmsg_type = type;
	h->nlmsg_flags = flags;
	memcpy((unsigned char *)h + NLMSG_HDRLEN, hdr, len);
	b->msg = at;
	b->n++;
	nlbuf_grown(b);
}

void nlbuf_genl(struct nlbuf *b, uint16_t family, uint8_t cmd, uint8_t version, uint16_t flags)
{
	struct genlmsghdr g = {.cmd = cmd, .version = version};

	nlbuf_msg(b, family, flags, &g, sizeof(g));
}

void nlbuf_put(struct nlbuf *b, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a;

	if (len > UINT16_MAX - NLA_HDRLEN) {
		b->failed = true;
		return;
	}
	a = nlbuf_room(b, NLA_HDRLEN + len);
	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((unsigned char *)a + NLA_HDRLEN, data, len);
	nlbuf_grown(b);
}

void nlbuf_u8(struct nlbuf *b, uint16_t type, uint8_t v)
{
	nlbuf_put(b, type, &v, sizeof(v));
}

void nlbuf_u16(struct nlbuf *b, uint16_t type, uint16_t v)
{
	nlbuf_put(b, type, &v, sizeof(v));
}

void nlbuf_u32(struct nlbuf *b, uint16_t type, uint32_t v)
{
	nlbuf_put(b, type, &v, sizeof(v));
}

void nlbuf_str(struct nlbuf *b, uint16_t type, const char *s)
{
	nlbuf_put(b, type, s, strlen(s) + 1);
}

size_t nlbuf_nest(struct nlbuf *b, uint16_t type)
{
	size_t at = b->len;

	nlbuf_put(b, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void nlbuf_nest_end(struct nlbuf *b, size_t nest)
{
	struct nlattr *a;

	if (b->failed)
		return;
	if (b->len - nest > UINT16_MAX) {
		b->failed = true;
		return;
	}
	a = (struct nlattr *)(void *)(b->b + nest);
	a->nla_len = (uint16_t)(b->len - nest);
}
