/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8: what is well-formed, and what may be shown. */
#ifndef SVCLB_UTIL_UTF8_H
#define SVCLB_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed sequence at s, 0 if it is none (overlong, surrogate, cut off). *ret is
 * its character, or the byte that begins none. left is at least 1. */
size_t utf8_next(const char *s, size_t left, uint32_t *ret);

/* Characters that move a cursor or end a line, and those that YAML has no room for. */
bool utf8_is_special(uint32_t c);

/* Replaces every byte of special characters and of what is no UTF-8 by '?'; with lines, '\n' stays. */
void text_make_safe(char *s, bool lines);

/* The beginning of s, made safe, in buf; whole characters only. Returns buf. */
const char *text_shown(const char *s, char *buf, size_t size);

#endif
