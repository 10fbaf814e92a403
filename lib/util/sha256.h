/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 (FIPS 180-4) of short texts: names that others compute the same way are made of it. */
#ifndef SVCLB_UTIL_SHA256_H
#define SVCLB_UTIL_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t h[8];
	uint8_t block[64];
	uint64_t bytes;
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
void sha256_end(struct sha256 *s, uint8_t ret[SHA256_SIZE]);

#endif
