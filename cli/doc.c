/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing structured output: the same calls give JSON or YAML. */
#include "doc.h"

#include "util/utf8.h"

void doc_begin(struct doc *d, enum doc_format format)
{
	*d = (struct doc){.format = format};
}

static void add_string(struct doc *d, const char *s)
{
	size_t left = strlen(s);
	uint32_t c;

	text_add(&d->text, "\"");
	while (left) {
		size_t n = utf8_next(s, left, &c);

		if (c == '"' || c == '\\')
			text_addf(&d->text, "\\%c", (int)c);
		else if (c == '\n')
			text_add(&d->text, "\\n");
		else if (c == '\t')
			text_add(&d->text, "\\t");
		else if (!n)
			text_add(&d->text, "\\ufffd");
		else if (utf8_is_special(c))
			text_addf(&d->text, "\\u%04x", c);
		else
			text_addn(&d->text, s, n);
		s += n ? n : 1;
		left -= n ? n : 1;
	}
	text_add(&d->text, "\"");
}

static void indent(struct doc *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_add(&d->text, "  ");
}

static void member_json(struct doc *d, const char *key)
{
	if (d->stack[d->depth - 1].members++)
		text_add(&d->text, ",");
	text_add(&d->text, "\n");
	indent(d, d->depth);
	if (key) {
		add_string(d, key);
		text_add(&d->text, ": ");
	}
}

/* YAML indents what is below the whole document's members; arrays begin each member with "- ". */
static void member_yaml(struct doc *d, const char *key)
{
	unsigned level = d->depth - 1;

	if (d->stack[level].members++ || !d->stack[level].inline_first) {
		if (d->text.len)
			text_add(&d->text, "\n");
		indent(d, level);
	}
	if (d->stack[level].array)
		text_add(&d->text, "- ");
	else
		text_addf(&d->text, "%s:", key);
}

static void member(struct doc *d, const char *key)
{
	if (!d->depth)
		return;
	if (d->format == DOC_JSON)
		member_json(d, key);
	else
		member_yaml(d, key);
}

static void value_blank(struct doc *d)
{
	if (d->format == DOC_YAML && d->depth && !d->stack[d->depth - 1].array)
		text_add(&d->text, " ");
}

static void open_container(struct doc *d, const char *key, bool array)
{
	bool in_array = d->depth && d->stack[d->depth - 1].array;

	member(d, key);
	if (d->format == DOC_JSON)
		text_add(&d->text, array ? "[" : "{");
	if (d->depth >= DOC_DEPTH)
		abort();
	d->stack[d->depth].array = array;
	d->stack[d->depth].members = 0;
	d->stack[d->depth].inline_first = in_array;
	d->depth++;
}

void doc_object(struct doc *d, const char *key)
{
	open_container(d, key, false);
}

void doc_array(struct doc *d, const char *key)
{
	open_container(d, key, true);
}

void doc_end(struct doc *d)
{
	bool array = d->stack[d->depth - 1].array;
	bool empty = !d->stack[d->depth - 1].members;

	d->depth--;
	if (d->format == DOC_YAML) {
		if (empty) {
			value_blank(d);
			text_add(&d->text, array ? "[]" : "{}");
		}
		return;
	}
	if (!empty) {
		text_add(&d->text, "\n");
		indent(d, d->depth);
	}
	text_add(&d->text, array ? "]" : "}");
}

void doc_str(struct doc *d, const char *key, const char *value)
{
	if (!value)
		return;
	member(d, key);
	value_blank(d);
	add_string(d, value);
}

void doc_int(struct doc *d, const char *key, int64_t value)
{
	member(d, key);
	value_blank(d);
	text_addf(&d->text, "%lld", (long long)value);
}

void doc_bool(struct doc *d, const char *key, bool value)
{
	member(d, key);
	value_blank(d);
	text_add(&d->text, value ? "true" : "false");
}

void doc_header(struct doc *d, const char *kind)
{
	doc_str(d, "apiVersion", API_VERSION);
	doc_str(d, "kind", kind);
	doc_str(d, "formatVersion", "1.0");
}

static size_t trimmed(const char *s)
{
	size_t n = strlen(s);

	while (n && (s[n - 1] == '\n' || s[n - 1] == ' '))
		n--;
	return n;
}

/* Finished JSON has newlines between its members only, never inside a text. */
static void add_indented(struct doc *d, const char *json, size_t n, unsigned levels)
{
	for (size_t i = 0; i < n; i++) {
		text_addn(&d->text, json + i, 1);
		if (json[i] == '\n')
			indent(d, levels);
	}
}

void doc_raw(struct doc *d, const char *key, const char *json)
{
	member(d, key);
	add_indented(d, json, trimmed(json), d->depth);
}

void doc_raw_members(struct doc *d, const char *json)
{
	size_t n = trimmed(json);

	if (n < 3 || json[0] != '[' || json[n - 1] != ']')
		return;
	member(d, NULL);
	for (json++, n -= 2; n && (*json == '\n' || *json == ' '); n--)
		json++;
	while (n && (json[n - 1] == '\n' || json[n - 1] == ' '))
		n--;
	add_indented(d, json, n, d->depth - 1);
}

void doc_take(struct doc *d, struct text *ret)
{
	text_addn(ret, text_get(&d->text), d->text.len);
	text_clear(&d->text);
}

void doc_print(struct doc *d)
{
	text_add(&d->text, "\n");
	fwrite(text_get(&d->text), 1, d->text.len, stdout);
	text_clear(&d->text);
}
