/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict JSON. No recursion: what is open stands on the builder's stack. */
#include <string.h>
#include <svclb/error.h>

#include "manifest/reader.h"
#include "util/strbuf.h"

struct json {
	struct source *src;
	const char *p;
	const char *end;
	/* The line and column of a byte that was asked for last: places are asked for in
	 * ascending order, so that counting is linear also when everything stands in one line. */
	const char *counted;
	struct pos counted_at;
	struct tbuild build;
	struct strbuf text; /* a string whose escapes were resolved */
};

static struct pos place(struct json *j, const char *p)
{
	for (; j->counted < p; j->counted++) {
		if (*j->counted == '\n') {
			j->counted_at.line++;
			j->counted_at.column = 1;
		} else if (((unsigned char)*j->counted & 0xc0) != 0x80) {
			j->counted_at.column++;
		}
	}
	return j->counted_at;
}

static int fail(struct json *j, const char *what)
{
	return source_fail(j->src, SVCLB_EPARSE, place(j, j->p), NULL, "not JSON: %s", what);
}

static void skip_blanks(struct json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

static bool at(const struct json *j, char c)
{
	return j->p < j->end && *j->p == c;
}

static int hex4(struct json *j, unsigned *ret)
{
	unsigned v = 0;

	if (j->end - j->p < 4)
		return fail(j, "\\u needs four hexadecimal digits");
	for (unsigned i = 0; i < 4; i++) {
		char c = j->p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + (unsigned)((c | 0x20) - 'a') + 10;
		else
			return fail(j, "\\u needs four hexadecimal digits");
	}
	j->p += 4;
	*ret = v;
	return 0;
}

static void add_utf8(struct strbuf *b, unsigned c)
{
	if (c < 0x80) {
		strbuf_addc(b, (char)c);
	} else if (c < 0x800) {
		strbuf_addc(b, (char)(0xc0 | (c >> 6)));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_addc(b, (char)(0xe0 | (c >> 12)));
		strbuf_addc(b, (char)(0x80 | ((c >> 6) & 0x3f)));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_addc(b, (char)(0xf0 | (c >> 18)));
		strbuf_addc(b, (char)(0x80 | ((c >> 12) & 0x3f)));
		strbuf_addc(b, (char)(0x80 | ((c >> 6) & 0x3f)));
		strbuf_addc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* Behind "\u". Characters beyond the basic plane come as two surrogates. */
static int unicode_escape(struct json *j)
{
	unsigned c = 0;
	unsigned low = 0;

	if (hex4(j, &c))
		return -1;
	if (c >= 0xdc00 && c <= 0xdfff)
		return fail(j, "a low surrogate has no high one before it");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return fail(j, "a high surrogate has no low one behind it");
		j->p += 2;
		if (hex4(j, &low))
			return -1;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(j, "a high surrogate has no low one behind it");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(&j->text, c);
	return 0;
}

/* Behind the backslash. */
static int escape(struct json *j)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (j->p == j->end)
		return fail(j, "the text has no end");
	if (*j->p == 'u') {
		j->p++;
		return unicode_escape(j);
	}
	found = memchr(names, *j->p, sizeof(names) - 1);
	if (!found)
		return fail(j, "unknown escape in a text");
	strbuf_addc(&j->text, values[found - names]);
	j->p++;
	return 0;
}

/* Passes over characters that stand for themselves. */
static void skip_plain(struct json *j)
{
	while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
		j->p++;
}

/* Behind the opening quote; *s is a part of the input or the buffer. */
static int string_text(struct json *j, const char **s, size_t *len)
{
	const char *start = j->p;

	skip_plain(j);
	if (at(j, '"')) {
		*s = start;
		*len = (size_t)(j->p++ - start);
		return 0;
	}
	j->text.len = 0;
	strbuf_addn(&j->text, start, (size_t)(j->p - start));
	while (!at(j, '"')) {
		if (j->p == j->end)
			return fail(j, "the text has no end");
		if (*j->p != '\\')
			return fail(j, "a control character must be escaped in a text");
		j->p++;
		if (escape(j))
			return -1;
		start = j->p;
		skip_plain(j);
		strbuf_addn(&j->text, start, (size_t)(j->p - start));
	}
	j->p++;
	if (j->text.failed)
		return source_nomem(j->src);
	*s = j->text.s;
	*len = j->text.len;
	return 0;
}

static int string(struct json *j)
{
	struct pos here = place(j, j->p);
	struct tnode *n;
	const char *s = NULL;
	size_t len = 0;

	if (!at(j, '"'))
		return fail(j, j->p == j->end ? "the end of the input comes too early"
					      : "a key in double quotes is missing");
	j->p++;
	if (string_text(j, &s, &len))
		return -1;
	return tbuild_scalar(&j->build, s, len, true, here, &n);
}

static void digits(struct json *j)
{
	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
}

/* Passes over at least one digit. */
static bool some_digits(struct json *j)
{
	const char *start = j->p;

	digits(j);
	return j->p > start;
}

static int number(struct json *j)
{
	if (at(j, '-'))
		j->p++;
	if (at(j, '0'))
		j->p++;
	else if (!some_digits(j))
		return fail(j, "a value is missing");
	if (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		return fail(j, "a number must not begin with 0");
	if (at(j, '.')) {
		j->p++;
		if (!some_digits(j))
			return fail(j, "a digit is missing");
	}
	if (at(j, 'e') || at(j, 'E')) {
		j->p++;
		if (at(j, '+') || at(j, '-'))
			j->p++;
		if (!some_digits(j))
			return fail(j, "a digit is missing");
	}
	return 0;
}

/* A number, true, false or null. */
static int bare(struct json *j)
{
	static const char *const words[] = {"true", "false", "null"};
	struct pos here = place(j, j->p);
	const char *start = j->p;
	struct tnode *n;

	for (size_t i = 0; i < 3 && j->p == start; i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(j->end - j->p) >= len && !memcmp(j->p, words[i], len))
			j->p += len;
	}
	if (j->p == start && number(j))
		return -1;
	return tbuild_scalar(&j->build, start, (size_t)(j->p - start), false, here, &n);
}

static int begin(struct json *j, enum tnode_kind kind)
{
	struct tnode *n;

	if (tbuild_begin(&j->build, kind, place(j, j->p), &n))
		return -1;
	j->p++;
	return 0;
}

static char closer(const struct json *j)
{
	return j->build.stack.v[j->build.stack.n - 1].node->kind == TNODE_MAPPING ? '}' : ']';
}

static int key(struct json *j)
{
	if (string(j))
		return -1;
	skip_blanks(j);
	if (!at(j, ':'))
		return fail(j, "a colon is missing behind a key");
	j->p++;
	skip_blanks(j);
	return 0;
}

/* One value; of a list or mapping only its beginning, *opened says so. */
static int value(struct json *j, bool *opened)
{
	*opened = at(j, '{') || at(j, '[');
	if (j->p == j->end)
		return fail(j, "the end of the input comes too early");
	if (*opened)
		return begin(j, *j->p == '{' ? TNODE_MAPPING : TNODE_SEQUENCE);
	return at(j, '"') ? string(j) : bare(j);
}

/* Behind a value: closes what ends here. Leaves the reader before the next value, if any. */
static int after_value(struct json *j)
{
	while (j->build.stack.n) {
		skip_blanks(j);
		if (at(j, ',')) {
			j->p++;
			return 0;
		}
		if (j->p == j->end)
			return fail(j, "the end of the input comes too early");
		if (!at(j, closer(j)))
			return fail(j, "a comma or a closing bracket is missing");
		j->p++;
		if (tbuild_end(&j->build))
			return -1;
	}
	return 0;
}

static int read_value(struct json *j)
{
	bool opened = false;

	do {
		skip_blanks(j);
		if (opened && at(j, closer(j))) {
			j->p++;
			if (tbuild_end(&j->build) || after_value(j))
				return -1;
			opened = false;
			continue;
		}
		if (tbuild_wants_key(&j->build) && key(j))
			return -1;
		if (value(j, &opened))
			return -1;
		if (!opened && after_value(j))
			return -1;
	} while (j->build.stack.n);
	return 0;
}

int json_read(struct source *src, const char *text, size_t len, struct arena *a,
	      const struct tnode **ret)
{
	struct json j = {
		.src = src,
		.p = text,
		.end = text + len,
		.counted = text,
		.counted_at = {.line = 1, .column = 1},
		.build = {.src = src, .arena = a},
	};
	int failed = read_value(&j);

	if (!failed) {
		skip_blanks(&j);
		if (j.p != j.end)
			failed = source_fail(src, SVCLB_EPARSE, place(&j, j.p),
					     "use a List, or YAML documents, for several objects",
					     "not JSON: something follows the value");
	}
	if (!failed)
		*ret = j.build.root;
	tbuild_free(&j.build);
	strbuf_free(&j.text);
	return failed;
}
