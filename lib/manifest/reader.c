/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an input document by document, be it YAML or JSON. */
#include "manifest/reader.h"

#include <string.h>
#include <svclb/options.h>

#include "util/utf8.h"

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

static int check_utf8(struct source *src, const char *text, size_t len)
{
	size_t i = 0, next = 0;
	uint32_t c;

	while (i < len) {
		size_t n = (unsigned char)text[i] < 0x80 ? 1 : utf8_next(text + i, len - i, &c);

		if (!source_goes_on_at(src, i, &next))
			return -1;
		if (!n)
			return source_fail(src, SVCLB_EPARSE, reader_place(text, i),
					   "save the file as UTF-8",
					   "byte 0x%02x is not valid UTF-8",
					   (unsigned char)text[i]);
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
		return source_fail(src, SVCLB_ELIMIT, nowhere,
				   limit < UINT32_MAX - 1 ? options_limit_hint(SVCLB_LIMIT_BYTES)
							  : NULL,
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
	r->json = looks_like_json(r->text, r->len);
	if (r->json)
		return check_utf8(src, r->text, r->len);
	if (yaml_check_directives(src, r->text, r->len))
		return -1;
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
	got = yaml_reader_next(r->yaml, a, ret, &r->broken);
	r->done = got <= 0;
	if (got <= 0)
		return got;
	if (*ret)
		start = (*ret)->at;
	if (++r->documents > r->src->limits[SVCLB_LIMIT_DOCUMENTS]) {
		r->done = true;
		return source_fail(r->src, SVCLB_ELIMIT, start,
				   options_limit_hint(SVCLB_LIMIT_DOCUMENTS),
				   "the input has more documents than the limit of %llu",
				   (unsigned long long)r->src->limits[SVCLB_LIMIT_DOCUMENTS]);
	}
	return 1;
}

void reader_close(struct reader *r)
{
	yaml_reader_free(r->yaml);
	r->yaml = NULL;
}
