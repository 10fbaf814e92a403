/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Netlink messages built one behind the other in one buffer, as they are sent. */
#ifndef SVCLB_KERNEL_NLBUF_H
#define SVCLB_KERNEL_NLBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed buffer is empty and valid. A failed allocation, or a message or nest too long for its
 * length field, sticks in `failed`, which nl.c asks for when it sends. */
struct nlbuf {
	unsigned char *b;
	size_t len;
	size_t cap;
	size_t msg; /* offset of the message being built */
	uint32_t n; /* messages */
	bool failed;
};

void nlbuf_free(struct nlbuf *b);
void nlbuf_reset(struct nlbuf *b); /* keeps the memory */

/* Begins a message; what follows belongs to it. hdr is the protocol's own fixed header. */
void nlbuf_msg(struct nlbuf *b, uint16_t type, uint16_t flags, const void *hdr, size_t len);
/* The same with a generic netlink header. */
void nlbuf_genl(struct nlbuf *b, uint16_t family, uint8_t cmd, uint8_t version, uint16_t flags);

void nlbuf_put(struct nlbuf *b, uint16_t type, const void *data, size_t len);
void nlbuf_u8(struct nlbuf *b, uint16_t type, uint8_t v);
void nlbuf_u16(struct nlbuf *b, uint16_t type, uint16_t v);
void nlbuf_u32(struct nlbuf *b, uint16_t type, uint32_t v);
void nlbuf_str(struct nlbuf *b, uint16_t type, const char *s);

/* Returns what nlbuf_nest_end() needs. */
size_t nlbuf_nest(struct nlbuf *b, uint16_t type);
void nlbuf_nest_end(struct nlbuf *b, size_t nest);

#endif
