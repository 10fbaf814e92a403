/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * YAML by libyaml's events. libyaml's scanner is lazy, so refusing a document at the event that
 * goes too deep also stops it before its own cost, quadratic in the depth, shows. It neither
 * resolves aliases nor minds duplicate keys; both are done on our side.
 *
 * It cannot go on after a mistake. Sources to go on with do, with a new parser behind the next line
 * that begins with "---": such a line ends a document wherever it stands, inside of quotes too.
 */
#include <stdlib.h>
#include <string.h>
#include <svclb/options.h>
#include <yaml.h>

#include "manifest/reader.h"

#define ANCHORS_MAX    1000u
#define DIRECTIVES_MAX 100u

struct anchor {
	const char *name;
	const struct tnode *node;
};

struct yaml_reader {
	struct source *src;
	struct misfits misfits;
	const char *text; /* what the parser has; behind a broken document not the whole input */
	size_t len;
	size_t characters; /* before the text */
	uint32_t lines;	   /* before the text */
	yaml_parser_t parser;
	yaml_event_type_t ahead; /* lenient: the event behind the last document, if it was read */
	size_t fed;		 /* bytes of the text that the parser was given */
	size_t failed_at;	 /* character at which the parser, or we, gave up */
	size_t began_at;	 /* the same of what the parser did not like; SIZE_MAX: not known */
	bool hopeless;		 /* not a matter of one document */
	bool ended;
	struct tbuild build;
	VEC(struct anchor) anchors; /* of the document that is read, sorted by name */
};

/* Whether a byte ends a line for libyaml: some do as the last one of a character. */
static bool ends_line(char c)
{
	return c == '\n' || c == '\r' || c == '\x85' || c == '\xa8' || c == '\xa9';
}

int yaml_check_directives(struct source *src, const char *text, size_t len)
{
	const char *any = memchr(text, '%', len);
	size_t n = 0, next = 0;

	for (size_t i = any ? (size_t)(any - text) : len; i < len; i++) {
		if (!source_goes_on_at(src, i, &next))
			return -1;
		if (i && !ends_line(text[i - 1]))
			continue;
		if (text[i] == '%')
			n++;
		else if (!strchr("# \t\r\n", text[i]))
			n = 0;
		if (n > DIRECTIVES_MAX)
			return source_fail(src, SVCLB_ELIMIT, reader_place(text, i), NULL,
					   "the document has more than %u directives",
					   DIRECTIVES_MAX);
	}
	return 0;
}

/* Events may be as far apart as comments and texts are long: the time is looked at here, too. */
static int feed(void *data, unsigned char *buf, size_t size, size_t *ret)
{
	struct yaml_reader *y = data;
	size_t left = y->len - y->fed;

	if (!source_goes_on(y->src))
		return 0;
	*ret = left < size ? left : size;
	memcpy(buf, y->text + y->fed, *ret);
	y->fed += *ret;
	return 1;
}

static void start(struct yaml_reader *y)
{
	y->fed = 0;
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input(&y->parser, feed, y);
}

struct yaml_reader *yaml_reader_new(struct source *src, const char *text, size_t len)
{
	struct yaml_reader *y = calloc(1, sizeof(*y));

	if (!y)
		return NULL;
	if (misfits_find(&y->misfits, src, text, len) || !yaml_parser_initialize(&y->parser)) {
		yaml_reader_free(y);
		return NULL;
	}
	y->src = src;
	y->text = y->misfits.text;
	y->len = len;
	y->build.src = src;
	start(y);
	return y;
}

void yaml_reader_free(struct yaml_reader *y)
{
	if (!y)
		return;
	yaml_parser_delete(&y->parser);
	tbuild_free(&y->build);
	vec_free(&y->anchors);
	misfits_free(&y->misfits);
	free(y);
}

static struct pos place(const struct yaml_reader *y, const yaml_mark_t *m)
{
	return (struct pos){.line = y->lines + (uint32_t)m->line + 1,
			    .column = (uint32_t)m->column + 1};
}

/* Whether what ends at a character of the text has a misfit in it. */
static bool reaches_misfit(const struct yaml_reader *y, size_t end)
{
	return y->misfits.character != SIZE_MAX && y->characters + end > y->misfits.character;
}

static int misfit_error(struct yaml_reader *y)
{
	y->failed_at = y->misfits.character - y->characters;
	return misfits_fail(&y->misfits, y->src);
}

/* A tab where blanks are due is the one mistake that libyaml's words do not give away. */
static const char *syntax_hint(const struct yaml_reader *y)
{
	size_t i = y->parser.problem_mark.index;
	size_t line_start = 0;
	size_t bytes = 0;

	while (bytes < y->len && i) {
		if (((unsigned char)y->text[bytes] & 0xc0) != 0x80)
			i--;
		bytes++;
		if (y->text[bytes - 1] == '\n')
			line_start = bytes;
	}
	for (i = line_start; i < y->len && (y->text[i] == ' ' || y->text[i] == '\t'); i++)
		if (y->text[i] == '\t')
			return "indent with blanks, not with tabs";
	return NULL;
}

static int parser_error(struct yaml_reader *y)
{
	const yaml_parser_t *p = &y->parser;

	if (y->src->given_up)
		return -1;
	if (p->error == YAML_MEMORY_ERROR)
		return source_nomem(y->src);
	if (reaches_misfit(y, p->problem_mark.index + 1))
		return misfit_error(y);
	y->failed_at = p->problem_mark.index;
	if (p->context)
		y->began_at = p->context_mark.index;
	switch (p->error) {
	case YAML_SCANNER_ERROR:
	case YAML_PARSER_ERROR:
		break;
	default:
		y->hopeless = true;
		return source_fail(y->src, SVCLB_EPARSE, place(y, &p->mark), NULL, "not YAML");
	}
	if (!p->context)
		return source_fail(y->src, SVCLB_EPARSE, place(y, &p->problem_mark), syntax_hint(y),
				   "not YAML: %s", p->problem);
	return source_fail(y->src, SVCLB_EPARSE, place(y, &p->problem_mark), syntax_hint(y),
			   "not YAML: %s, %s in line %zu, column %zu", p->problem, p->context,
			   y->lines + p->context_mark.line + 1, p->context_mark.column + 1);
}

static int next_event(struct yaml_reader *y, yaml_event_t *event)
{
	if (!yaml_parser_parse(&y->parser, event))
		return parser_error(y);
	if (!reaches_misfit(y, event->end_mark.index))
		return 0;
	yaml_event_delete(event);
	return misfit_error(y);
}

/* Place of the first anchor whose name is not less. */
static size_t anchor_place(const struct yaml_reader *y, const char *name)
{
	size_t lo = 0;
	size_t hi = y->anchors.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(y->anchors.v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct anchor *find_anchor(const struct yaml_reader *y, const char *name)
{
	size_t i = anchor_place(y, name);

	return i < y->anchors.n && !strcmp(y->anchors.v[i].name, name) ? &y->anchors.v[i] : NULL;
}

static int insert_anchor(struct yaml_reader *y, const char *name, const struct tnode *node)
{
	size_t i = anchor_place(y, name);
	struct anchor a = {.name = arena_strdup(y->build.arena, name), .node = node};

	if (!a.name || !vec_push(&y->anchors))
		return source_nomem(y->src);
	memmove(y->anchors.v + i + 1, y->anchors.v + i,
		(y->anchors.n - 1 - i) * sizeof(*y->anchors.v));
	y->anchors.v[i] = a;
	return 0;
}

static int add_anchor(struct yaml_reader *y, const yaml_char_t *name, const struct tnode *node,
		      struct pos at)
{
	struct anchor *a;

	if (!name)
		return 0;
	if (!node)
		return source_fail(y->src, SVCLB_EPARSE, at, NULL, "a key must not have an anchor");
	a = find_anchor(y, (const char *)name);
	if (a) { /* a name that is given again means the later one from there on */
		a->node = node;
		return 0;
	}
	if (y->anchors.n >= ANCHORS_MAX)
		return source_fail(y->src, SVCLB_ELIMIT, at, NULL,
				   "the document has more than %u anchors", ANCHORS_MAX);
	return insert_anchor(y, (const char *)name, node);
}

static int on_alias(struct yaml_reader *y, const yaml_char_t *name, struct pos at)
{
	const struct anchor *a = find_anchor(y, (const char *)name);
	char shown[SHOWN_SIZE];

	if (a)
		return tbuild_alias(&y->build, a->node, at);
	return source_fail(y->src, SVCLB_EPARSE, at, NULL, "alias *%s has no anchor",
			   text_shown((const char *)name, shown, sizeof(shown)));
}

static int on_scalar(struct yaml_reader *y, const yaml_event_t *e, struct pos at)
{
	const char *tag = (const char *)e->data.scalar.tag;
	bool quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	const struct tnode value = {.kind = TNODE_SCALAR, .s = (const char *)e->data.scalar.value};
	struct tnode *n;

	if (yaml_check_tag(y->src, tag, &value, at))
		return -1;
	if (tag)
		quoted = !strcmp(tag, YAML_STR_TAG) || !strcmp(tag, "!");
	if (tbuild_scalar(&y->build, (const char *)e->data.scalar.value, e->data.scalar.length,
			  quoted, at, &n))
		return -1;
	return add_anchor(y, e->data.scalar.anchor, n, at);
}

static int on_begin(struct yaml_reader *y, enum tnode_kind kind, const yaml_char_t *anchor,
		    const yaml_char_t *tag, struct pos at)
{
	const struct tnode value = {.kind = (uint8_t)kind};
	struct tnode *n;

	if (yaml_check_tag(y->src, (const char *)tag, &value, at) ||
	    tbuild_begin(&y->build, kind, at, &n))
		return -1;
	return add_anchor(y, anchor, n, at);
}

static int on_event(struct yaml_reader *y, const yaml_event_t *e)
{
	struct pos at = place(y, &e->start_mark);

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(y, e, at);
	case YAML_ALIAS_EVENT:
		return on_alias(y, e->data.alias.anchor, at);
	case YAML_SEQUENCE_START_EVENT:
		return on_begin(y, TNODE_SEQUENCE, e->data.sequence_start.anchor,
				e->data.sequence_start.tag, at);
	case YAML_MAPPING_START_EVENT:
		return on_begin(y, TNODE_MAPPING, e->data.mapping_start.anchor,
				e->data.mapping_start.tag, at);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return tbuild_end(&y->build);
	default:
		return 0;
	}
}

/* Reads on to the start of a document: 1, 0 at the end of the input, -1. */
static int find_document(struct yaml_reader *y)
{
	yaml_event_type_t type = y->ahead;
	yaml_event_t e;

	y->ahead = YAML_NO_EVENT;
	while (type != YAML_DOCUMENT_START_EVENT && type != YAML_STREAM_END_EVENT) {
		if (next_event(y, &e))
			return -1;
		type = e.type;
		yaml_event_delete(&e);
		if (type == YAML_NO_EVENT)
			return 0;
	}
	return type == YAML_DOCUMENT_START_EVENT;
}

/* What follows a document can show that the document is not one: a line that is indented less than
 * its first one. Where parts may be left aside that must be known before the document is used. */
static int look_ahead(struct yaml_reader *y)
{
	yaml_event_t e;

	if (next_event(y, &e))
		return -1;
	y->ahead = e.type == YAML_NO_EVENT ? YAML_STREAM_END_EVENT : e.type;
	yaml_event_delete(&e);
	return 0;
}

static int read_document(struct yaml_reader *y, struct arena *a)
{
	bool inside = true;
	yaml_event_t e;

	tbuild_start(&y->build, a);
	y->anchors.n = 0;
	while (inside) {
		int failed;

		if (next_event(y, &e))
			return -1;
		y->failed_at = e.start_mark.index;
		failed = on_event(y, &e);
		inside = e.type != YAML_DOCUMENT_END_EVENT;
		yaml_event_delete(&e);
		if (failed)
			return -1;
	}
	tbuild_finish(&y->build);
	return y->src->lenient ? look_ahead(y) : 0;
}

static bool begins_document(const char *s, size_t len)
{
	return len >= 3 && !memcmp(s, "---", 3) &&
	       (len == 3 || s[3] == ' ' || s[3] == '\t' || yaml_line_break(s + 3, len - 3));
}

/* Goes to the line "---" that is at or behind the place of the failure, but not the text's first one,
 * by which the broken document begins; a byte order mark before it stays behind. A directive belongs
 * to what follows it: not a matter of one document. */
static void skip_document(struct yaml_reader *y)
{
	size_t character = 0;
	size_t i = 0, start = 0;
	uint32_t lines = 0;

	while (i < y->len) {
		size_t n = yaml_line_break(y->text + i, y->len - i);
		size_t mark = misfits_mark(&y->misfits, (size_t)(y->text - y->misfits.text) + i);

		if (i == start && i && character >= y->failed_at &&
		    begins_document(y->text + i + mark, y->len - i - mark)) {
			i += mark;
			character += mark; /* each byte became one */
			break;
		}
		if (i == start && y->text[i] == '%' &&
		    (character == y->failed_at || character == y->began_at))
			y->hopeless = true;
		for (size_t k = 0; k < (n ? n : 1); k++)
			character += ((unsigned char)y->text[i + k] & 0xc0) != 0x80;
		i += n ? n : 1;
		lines += n > 0;
		if (n)
			start = i;
	}
	y->text += i;
	y->len -= i;
	y->lines += lines;
	y->characters += character;
	misfits_pass(&y->misfits, (size_t)(y->text - y->misfits.text));
}

static int start_again(struct yaml_reader *y)
{
	yaml_parser_delete(&y->parser);
	memset(&y->parser, 0, sizeof(y->parser));
	if (!yaml_parser_initialize(&y->parser))
		return source_nomem(y->src);
	start(y);
	return 0;
}

/* Behind a document that cannot be read. */
static int go_on(struct yaml_reader *y)
{
	if (!y->src->go_on || y->hopeless || y->src->given_up)
		return -1;
	skip_document(y);
	y->ended = !y->len;
	y->ahead = YAML_NO_EVENT;
	return y->hopeless || start_again(y) ? -1 : 1;
}

int yaml_reader_next(struct yaml_reader *y, struct arena *a, const struct tnode **ret, bool *broken)
{
	int got;

	*broken = false;
	if (y->ended)
		return 0;
	y->build.root = NULL;
	y->began_at = SIZE_MAX;
	got = find_document(y);
	if (got > 0 && read_document(y, a))
		got = -1;
	if (got < 0) {
		got = go_on(y);
		*broken = got > 0;
	}
	if (got > 0)
		*ret = tnode_is_null(y->build.root) ? NULL : y->build.root;
	return got;
}
