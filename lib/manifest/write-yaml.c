/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes trees as YAML in block style, lists not indented, as kubectl does. */
#include <string.h>

#include "manifest/write.h"
#include "util/jsonout.h"

static void indent(struct strbuf *b, unsigned depth)
{
	while (depth--)
		strbuf_add(b, "  ");
}

/* Words that YAML 1.1 readers take for truth values. */
static bool is_old_bool(const char *s)
{
	static const char *const words[] = {"y", "n", "yes", "no", "on", "off"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *w = words[i];
		const char *p = s;

		while (*w && (*p | 0x20) == *w) {
			w++;
			p++;
		}
		if (!*w && !*p)
			return true;
	}
	return false;
}

/* Whether a text may stand without quotes and still be that text for every reader: letters and
 * digits, and what else names, paths and addresses have inside of them. */
static bool plain(const char *s)
{
	const struct tnode n = {.kind = TNODE_SCALAR, .s = s};
	size_t len = strlen(s);
	bool letter = false;

	if (!len || tnode_sense(&n) != SENSE_TEXT || is_old_bool(s))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool alpha = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool inside = i && i + 1 < len;

		letter |= alpha;
		if (alpha || (c >= '0' && c <= '9') || (inside && strchr("-._/+", c)))
			continue;
		/* A colon ends a key only before a blank. */
		if (inside && c == ':' && s[i + 1] != ' ')
			continue;
		return false;
	}
	/* Old readers take times and numbers of base 60 for what they look like. */
	if (s[0] >= '0' && s[0] <= '9' && strpbrk(s, ":_-"))
		return false;
	return letter || strchr(s, '.');
}

/* A text whose double-quoted form is the same in JSON and YAML. */
static void write_text(struct strbuf *b, const char *s)
{
	struct jsonout j = {.b = b, .compact = true};

	if (plain(s))
		strbuf_add(b, s);
	else
		jsonout_str(&j, s);
}

static void write_node(struct strbuf *b, const struct tnode *n, unsigned depth, bool in_line);

static void write_member(struct strbuf *b, const struct tnode *m, unsigned depth)
{
	bool nested = m->kind != TNODE_SCALAR && m->n;

	write_text(b, m->key);
	strbuf_add(b, nested ? ":\n" : ": ");
	/* A list stands at the depth of its key. */
	write_node(b, m, m->kind == TNODE_SEQUENCE ? depth : depth + 1, false);
}

/* in_line: the indentation of the first line is written already. */
static void write_node(struct strbuf *b, const struct tnode *n, unsigned depth, bool in_line)
{
	if (n->kind == TNODE_SCALAR) {
		if (n->quoted)
			write_text(b, n->s);
		else
			strbuf_add(b, n->s);
		strbuf_addc(b, '\n');
		return;
	}
	if (!n->n) {
		strbuf_add(b, n->kind == TNODE_SEQUENCE ? "[]\n" : "{}\n");
		return;
	}
	for (const struct tnode *m = n->first; m; m = m->next) {
		if (!in_line)
			indent(b, depth);
		in_line = false;
		if (n->kind == TNODE_SEQUENCE) {
			strbuf_add(b, "- ");
			write_node(b, m, depth + 1, true);
		} else {
			write_member(b, m, depth);
		}
	}
}

void write_yaml(struct strbuf *b, const struct tnode *n)
{
	write_node(b, n, 0, false);
}
