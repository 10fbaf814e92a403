/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an input document by document, be it YAML or JSON. */
#include "manifest/reader.h"

#include <string.h>
#include <svclb/options.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct pos reader_place(const char *text, size_t offset)
{
	struct pos at = {.line = 1, .column = 1};

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

/* Length of the well-formed sequence at s, 0 if it is none (overlong, surrogate, cut off). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char first, last, low, high; /* range of byte 1, range of byte 2 */
		size_t length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (s[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (left < forms[i].length || s[1] < forms[i].low || s[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static int check_utf8(struct source *src, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	while (i < len) {
		size_t n = s[i] < 0x80 ? 1 : utf8_length(s + i, len - i);

		if (!n)
			return source_fail(src, SVCLB_EPARSE, reader_place(text, i),
					   "save the file as UTF-8",
					   "byte 0x%02x is not valid UTF-8", s[i]);
		i += n;
	}
	return 0;
}

static int check_size(struct source *src)
{
	static const struct pos nowhere;
	uint64_t limit = src->limits[SVCLB_LIMIT_BYTES];

	/* Lengths and lines are counted in 32 bits. */
	if (limit >= UINT32_MAX)
		limit = UINT32_MAX - 1;
	if (src->len > limit)
		return source_fail(src, SVCLB_ELIMIT, nowhere, NULL,
				   "the input has %zu bytes, more than the limit of %llu", src->len,
				   (unsigned long long)limit);
	return 0;
}

static bool looks_like_json(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", s[i]) || !s[i])
			return s[i] == '{' || s[i] == '[';
	return false;
}

int reader_open(struct reader *r, struct source *src)
{
	*r = (struct reader){.src = src, .text = src->buf ? src->buf : "", .len = src->len};
	if (check_size(src))
		return -1;
	if (r->len >= 3 && !memcmp(r->text, BYTE_ORDER_MARK, 3)) {
		r->text += 3;
		r->len -= 3;
	}
	if (!src->trusted && check_utf8(src, r->text, r->len))
		return -1;
	r->json = looks_like_json(r->text, r->len);
	if (r->json)
		return 0;
	r->yaml = yaml_reader_new(src, r->text, r->len);
	return r->yaml ? 0 : source_nomem(src);
}

int reader_next(struct reader *r, struct arena *a, const struct tnode **ret)
{
	struct pos start = {.line = 1, .column = 1};
	int got;

	if (r->done)
		return 0;
	if (r->json) {
		r->done = true;
		return json_read(r->src, r->text, r->len, a, ret) ? -1 : 1;
	}
	got = yaml_reader_next(r->yaml, a, ret);
	r->done = got <= 0;
	if (got <= 0)
		return got;
	if (*ret)
		start = (*ret)->at;
	if (++r->documents > r->src->limits[SVCLB_LIMIT_DOCUMENTS]) {
		r->done = true;
		return source_fail(r->src, SVCLB_ELIMIT, start, NULL,
				   "the input has more than %llu documents",
				   (unsigned long long)r->src->limits[SVCLB_LIMIT_DOCUMENTS]);
	}
	return 1;
}

void reader_close(struct reader *r)
{
	yaml_reader_free(r->yaml);
	r->yaml = NULL;
}
