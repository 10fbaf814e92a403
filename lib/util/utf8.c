/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8: what is well-formed, and what may be shown. */
#include "utf8.h"

#include <string.h>

static const struct form {
	unsigned char first, last, low, high; /* range of byte 1, range of byte 2 */
	size_t length;
} forms[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct form *form_of(unsigned char first)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (first >= forms[i].first && first <= forms[i].last)
			return &forms[i];
	return NULL;
}

size_t utf8_next(const char *s, size_t left, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s;
	const struct form *f;
	uint32_t c;

	*ret = p[0];
	if (p[0] < 0x80)
		return 1;
	f = form_of(p[0]);
	if (!f || left < f->length || p[1] < f->low || p[1] > f->high)
		return 0;
	c = p[0] & (0x7fu >> f->length);
	for (size_t i = 1; i < f->length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	*ret = c;
	return f->length;
}

bool utf8_is_special(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0, 0x1f},	  {0x7f, 0x9f},
		{0x200e, 0x200f}, /* also marks and overrides of */
		{0x2028, 0x202e}, {0x2066, 0x2069},
		{0xfeff, 0xfeff}, /* the direction of writing */
		{0xfffe, 0xffff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

void text_make_safe(char *s, bool lines)
{
	size_t left = strlen(s);

	while (left) {
		uint32_t c;
		size_t n = utf8_next(s, left, &c);
		bool bad = !n || (utf8_is_special(c) && !(lines && c == '\n'));

		if (!n)
			n = 1;
		if (bad)
			memset(s, '?', n);
		s += n;
		left -= n;
	}
}

const char *text_shown(const char *s, char *buf, size_t size)
{
	size_t n = strnlen(s, size - 1);

	while (n && s[n] && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(buf, s, n);
	buf[n] = '\0';
	text_make_safe(buf, false);
	return buf;
}
