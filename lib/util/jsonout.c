/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes JSON, indented by two blanks, keys in the order given. */
#include "jsonout.h"

#include <inttypes.h>
#include <string.h>

#include "utf8.h"

static void newline(struct jsonout *j)
{
	if (j->compact)
		return;
	strbuf_addc(j->b, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		strbuf_add(j->b, "  ");
}

/* Separates a value from what stands before it. */
static void before_value(struct jsonout *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (!j->depth)
		return;
	if (!j->first)
		strbuf_addc(j->b, ',');
	j->first = false;
	newline(j);
}

static void open_with(struct jsonout *j, char c)
{
	before_value(j);
	strbuf_addc(j->b, c);
	j->depth++;
	j->first = true;
}

static void close_with(struct jsonout *j, char c)
{
	j->depth--;
	if (!j->first)
		newline(j);
	j->first = false;
	strbuf_addc(j->b, c);
}

/* Special characters are escaped, so that the text is good for a terminal and in YAML too. Texts of
 * the kernel need not be UTF-8; what is none becomes the character for that. */
static size_t quoted_char(struct jsonout *j, const char *s, size_t left)
{
	uint32_t c;
	size_t n = utf8_next(s, left, &c);

	if (!n)
		strbuf_add(j->b, "\\ufffd");
	else if (c == '"' || c == '\\')
		strbuf_addf(j->b, "\\%c", (char)c);
	else if (c == '\n')
		strbuf_add(j->b, "\\n");
	else if (c == '\r')
		strbuf_add(j->b, "\\r");
	else if (c == '\t')
		strbuf_add(j->b, "\\t");
	else if (utf8_is_special(c))
		strbuf_addf(j->b, "\\u%04x", (unsigned)c);
	else
		strbuf_addn(j->b, s, n);
	return n ? n : 1;
}

/* Characters that stand for themselves, which most do. */
static size_t plain_length(const char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void quoted(struct jsonout *j, const char *s)
{
	size_t left = strlen(s);

	strbuf_addc(j->b, '"');
	while (left) {
		size_t n = plain_length(s);

		if (n)
			strbuf_addn(j->b, s, n);
		else
			n = quoted_char(j, s, left);
		s += n;
		left -= n;
	}
	strbuf_addc(j->b, '"');
}

void jsonout_object(struct jsonout *j)
{
	open_with(j, '{');
}

void jsonout_object_end(struct jsonout *j)
{
	close_with(j, '}');
}

void jsonout_array(struct jsonout *j)
{
	open_with(j, '[');
}

void jsonout_array_end(struct jsonout *j)
{
	close_with(j, ']');
}

void jsonout_key(struct jsonout *j, const char *key)
{
	before_value(j);
	quoted(j, key);
	strbuf_add(j->b, j->compact ? ":" : ": ");
	j->keyed = true;
}

void jsonout_str(struct jsonout *j, const char *s)
{
	before_value(j);
	if (s)
		quoted(j, s);
	else
		strbuf_add(j->b, "null");
}

void jsonout_int(struct jsonout *j, int64_t v)
{
	before_value(j);
	strbuf_addf(j->b, "%" PRId64, v);
}

void jsonout_bool(struct jsonout *j, bool v)
{
	before_value(j);
	strbuf_add(j->b, v ? "true" : "false");
}

void jsonout_kv_str(struct jsonout *j, const char *key, const char *s)
{
	if (!s)
		return;
	jsonout_key(j, key);
	jsonout_str(j, s);
}

void jsonout_kv_int(struct jsonout *j, const char *key, int64_t v)
{
	jsonout_key(j, key);
	jsonout_int(j, v);
}

void jsonout_kv_bool(struct jsonout *j, const char *key, bool v)
{
	jsonout_key(j, key);
	jsonout_bool(j, v);
}
