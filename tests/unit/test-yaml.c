/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* YAML into trees: shapes, places, and the guards against hostile input. */
#include "manifest.h"

#include <stdio.h>
#include <time.h>

START_TEST(shapes_and_places)
{
	const struct tnode *n, *list;
	struct reading r;

	read_text(&r, "# comment\n"
		      "a: text\n"
		      "b:\n"
		      "  - 1\n"
		      "  - \"2\"\n"
		      "c: {d: [x, y]}\n"
		      "e:\n"
		      "'f g': |\n"
		      "  two\n"
		      "  lines\n");
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.documents, 1);
	ck_assert_uint_eq(r.root->n, 5);
	n = tnode_get(r.root, "a");
	ck_assert_str_eq(n->s, "text");
	ck_assert_uint_eq(n->at.line, 2);
	ck_assert_uint_eq(n->at.column, 4);
	ck_assert_uint_eq(n->key_at.column, 1);
	list = tnode_get(r.root, "b");
	ck_assert_uint_eq(list->kind, TNODE_SEQUENCE);
	ck_assert_uint_eq(list->at.line, 4);
	ck_assert_uint_eq(list->at.column, 3);
	ck_assert_int_eq(tnode_sense(tnode_nth(list, 0)), SENSE_INT);
	ck_assert_int_eq(tnode_sense(tnode_nth(list, 1)), SENSE_TEXT);
	ck_assert_ptr_null(tnode_nth(list, 2));
	n = tnode_nth(tnode_get(tnode_get(r.root, "c"), "d"), 1);
	ck_assert_str_eq(n->s, "y");
	ck_assert_uint_eq(n->at.line, 6);
	ck_assert_uint_eq(n->at.column, 12);
	ck_assert(tnode_is_null(tnode_get(r.root, "e")));
	ck_assert_str_eq(tnode_get(r.root, "f g")->s, "two\nlines\n");
	ck_assert_ptr_null(tnode_get(r.root, "z"));
	reading_free(&r);
}
END_TEST

START_TEST(senses)
{
	static const struct {
		const char *s;
		enum tnode_sense sense;
	} cases[] = {
		{"80", SENSE_INT},     {"-1", SENSE_INT},	   {"+7", SENSE_INT},
		{"010", SENSE_INT},    {"0x1F", SENSE_INT},	   {"0o17", SENSE_INT},
		{"1.5", SENSE_FLOAT},  {".5", SENSE_FLOAT},	   {"1.", SENSE_FLOAT},
		{"1e3", SENSE_FLOAT},  {"-.inf", SENSE_FLOAT},	   {".nan", SENSE_FLOAT},
		{"true", SENSE_BOOL},  {"False", SENSE_BOOL},	   {"null", SENSE_NULL},
		{"~", SENSE_NULL},     {"", SENSE_NULL},	   {"no", SENSE_TEXT},
		{"1_000", SENSE_TEXT}, {"10.0.0.1", SENSE_TEXT},   {"1e", SENSE_TEXT},
		{"0x", SENSE_TEXT},    {".", SENSE_TEXT},	   {"-", SENSE_TEXT},
		{"::1", SENSE_TEXT},   {"2026-01-01", SENSE_TEXT}, {"e3", SENSE_TEXT},
		{"1-2", SENSE_TEXT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tnode n = {.kind = TNODE_SCALAR, .s = cases[i].s};

		ck_assert_msg(tnode_sense(&n) == cases[i].sense, "%s", cases[i].s);
		n.quoted = true;
		ck_assert_int_eq(tnode_sense(&n), SENSE_TEXT);
	}
}
END_TEST

START_TEST(several_documents)
{
	struct reading r;

	read_text(&r, "---\n---\n# only a comment\n---\na: 1\n...\n---\nb: 2\n");
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.documents, 4);
	ck_assert_uint_eq(tnode_get(r.root, "b")->at.line, 8);
	reading_free(&r);
	read_text(&r, "");
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.documents, 0);
	reading_free(&r);
}
END_TEST

START_TEST(byte_order_mark_and_carriage_returns)
{
	struct reading r;

	read_text(&r, "\xef\xbb\xbf"
		      "a: 1\r\nb: \xc3\xa4\xc3\xb6 # x\r\nc: 3\r\n");
	ck_assert_str_eq(r.errors, "");
	ck_assert_str_eq(tnode_get(r.root, "b")->s, "\xc3\xa4\xc3\xb6");
	ck_assert_uint_eq(tnode_get(r.root, "c")->at.line, 3);
	ck_assert_uint_eq(tnode_get(r.root, "c")->at.column, 4);
	reading_free(&r);
}
END_TEST

#define MARK	  "\xef\xbb\xbf"
#define LATE_MARK ": a byte order mark is only allowed at the beginning\n  hint: remove it\n"

START_TEST(late_byte_order_marks)
{
	expect_errors(MARK MARK "a: 1\n", "in:1:1" LATE_MARK);
	expect_errors("a: 1\n" MARK "---\nb: 2\n", "in:2:1" LATE_MARK);
	expect_errors(MARK "a: 1\r\n" MARK "b: 2\r\n", "in:2:1" LATE_MARK);
	expect_errors("a: 1\n---\n" MARK "b: 2\n", "in:3:1" LATE_MARK);
	expect_errors("a: 1\n...\n" MARK "# two\n---\nb: 2\n", "in:3:1" LATE_MARK);
	expect_errors("a: 'b" MARK "'\nc: d" MARK "\n", "");
}
END_TEST

START_TEST(aliases)
{
	struct reading r;
	const struct tnode *n;

	read_text(&r, "a: &x {k: 1}\nb: *x\nc: &x 2\nd: [*x, *x]\n");
	ck_assert_str_eq(r.errors, "");
	n = tnode_get(r.root, "b");
	ck_assert_str_eq(tnode_get(n, "k")->s, "1");
	ck_assert_uint_eq(n->at.line, 2);
	ck_assert_str_eq(tnode_nth(tnode_get(r.root, "d"), 1)->s, "2");
	ck_assert_str_eq(n->key, "b");
	reading_free(&r);
	expect_errors("a: *x\n", "in:1:4: alias *x has no anchor\n");
	expect_errors("a: &x 1\n---\nb: *x\n", "in:3:4: alias *x has no anchor\n");
	expect_errors("a: &x [*x]\n", "in:1:8: an alias stands inside of what it refers to\n");
	expect_errors("&k a: 1\n", "in:1:1: a key must not have an anchor\n");
	expect_errors("a: &x b\n*x : 1\n", "in:2:1: a key must be text, not an alias\n");
}
END_TEST

START_TEST(tags)
{
	struct reading r;

	read_text(&r, "a: !!str 80\nb: ! 80\nc: !!int \"80\"\n");
	ck_assert_str_eq(r.errors, "");
	ck_assert(tnode_is_text(tnode_get(r.root, "a")));
	ck_assert(tnode_is_text(tnode_get(r.root, "b")));
	ck_assert_int_eq(tnode_sense(tnode_get(r.root, "c")), SENSE_INT);
	reading_free(&r);
	expect_errors("a: !secret x\n", "in:1:4: tag !secret is not supported\n");
	expect_errors("a: !!set {b}\n", "in:1:4: tag tag:yaml.org,2002:set is not supported\n");
	expect_errors("a: !!null ~\nb: !!null\nc: !!bool true\nd: !!float 1.5\ne: !!float 1\n"
		      "f: !!map {}\ng: !!seq []\n!!int 8: !!str\nh: ! [1]\n",
		      "");
	expect_errors("a: !!null 80\n",
		      "in:1:4: tag tag:yaml.org,2002:null does not fit a number\n");
	expect_errors("a: !!int x\n", "in:1:4: tag tag:yaml.org,2002:int does not fit text\n");
	expect_errors("a: !!int 1.5\n", "in:1:4: tag tag:yaml.org,2002:int does not fit a number "
					"with a fraction\n");
	expect_errors("a: !!int\n", "in:1:4: tag tag:yaml.org,2002:int does not fit empty\n");
	expect_errors("a: !!bool yes\n", "in:1:4: tag tag:yaml.org,2002:bool does not fit text\n");
	expect_errors("a: !!map []\n", "in:1:4: tag tag:yaml.org,2002:map does not fit a list\n");
	expect_errors("a: !!str {}\n",
		      "in:1:4: tag tag:yaml.org,2002:str does not fit a mapping\n");
	expect_errors("a: !!seq x\n", "in:1:4: tag tag:yaml.org,2002:seq does not fit text\n");
}
END_TEST

START_TEST(keys)
{
	expect_errors("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 4\n",
		      "in:5:3: key c appears twice, first in line 3\n"
		      "in:6:1: key a appears twice, first in line 1\n");
	expect_errors(
		"b: {x: 1}\n<<: {y: 2}\n",
		"in:2:1: merge keys (<<) are not supported\n  hint: write the merged keys out\n");
	expect_errors("\"<<\": 1\n", "");
	expect_errors("? [a]\n: b\n", "in:1:3: a key must be text, not a list\n");
	expect_errors("? {a: b}\n: b\n", "in:1:3: a key must be text, not a mapping\n");
}
END_TEST

/* Many keys, among them one twice: found, and not in quadratic time. */
START_TEST(many_keys)
{
	size_t size = 4 << 20;
	char *text = malloc(size);
	size_t len = 0;

	for (unsigned i = 0; i < 200000; i++)
		len += (size_t)snprintf(text + len, size - len, "k%u: x\n", i);
	(void)snprintf(text + len, size - len, "k77: x\n");
	expect_errors(text, "in:200001:1: key k77 appears twice, first in line 78\n");
	free(text);
}
END_TEST

START_TEST(syntax_errors)
{
	expect_errors("a: [b\nc: d\n",
		      "in:2:2: not YAML: did not find expected ',' or ']', while parsing a flow "
		      "sequence in line 1, column 4\n");
	expect_errors("a: b\n\tc: d\n",
		      "in:2:1: not YAML: found a tab character that violates indentation, while "
		      "scanning a plain scalar in line 1, column 4\n"
		      "  hint: indent with blanks, not with tabs\n");
	expect_errors("ok: 1\n---\na: \"b\nc: d\n",
		      "in:5:1: not YAML: found unexpected end of stream, while scanning a quoted "
		      "scalar in line 3, column 4\n");
	expect_errors("a: \x01\n", "in:1:4: not YAML: control characters are not allowed\n");
	expect_errors("a: \"x\\0y\"\n", "in:1:4: a text has a character with the code 0\n");
}
END_TEST

START_TEST(encoding)
{
	static const char *const bad[] = {
		"a: \xc3\xa4\xff",	   "a: \xc3\xa4\xc0\x80",
		"a: \xc3\xa4\xed\xa0\x80", "a: \xc3\xa4\xf4\x90\x80\x80",
		"a: \xc3\xa4\xe2\x82",	   "a: \xc3\xa4\x80",
		"a: \xc3\xa4\xe0\x80\x80", "a: \xc3\xa4\xf0\x80\x80\x80",
		"a: \xc3\xa4\xc3",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct reading r;

		read_text(&r, bad[i]);
		ck_assert_msg(!strncmp(r.errors, "in:1:5: byte 0x", 15), "%s", r.errors);
		reading_free(&r);
	}
	expect_errors("\xff\xfe"
		      "a\0:\0",
		      "in:1:1: byte 0xff is not valid UTF-8\n"
		      "  hint: save the file as UTF-8\n");
	expect_errors("a: \xf0\x9f\x98\x80\nb: \xed\x9f\xbf\xef\xbf\xbd\n", "");
}
END_TEST

/* The time that libyaml alone needs for this is over a minute. */
START_TEST(deep_nesting_is_answered_at_once)
{
	size_t n = 200000;
	char *text = malloc(n + 16);
	struct timespec start, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	memcpy(text, "a: ", 3);
	memset(text + 3, '[', n);
	text[n + 3] = '\0';
	expect_errors(text, "in:1:67: nesting is deeper than the limit of 64 levels\n" RAISE(
				    "depth", "DEPTH"));
	for (size_t i = 0; i + 4 <= n; i += 4)
		memcpy(text + 3 + i, "{a: ", 4);
	expect_errors(text, "in:1:256: nesting is deeper than the limit of 64 levels\n" RAISE(
				    "depth", "DEPTH"));
	for (size_t i = 0; i + 2 <= n; i += 2)
		memcpy(text + 3 + i, "- ", 2);
	memcpy(text, "a:\n", 3);
	expect_errors(text, "in:2:127: nesting is deeper than the limit of 64 levels\n" RAISE(
				    "depth", "DEPTH"));
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_lt(end.tv_sec - start.tv_sec, 5);
	free(text);
}
END_TEST

START_TEST(nesting_through_aliases)
{
	char text[4096];
	size_t len = (size_t)snprintf(text, sizeof(text), "a0: &a0 [x]\n");

	for (unsigned i = 1; i < 70; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "a%u: &a%u [*a%u]\n", i, i,
					i - 1);
	expect_errors(text, "in:64:12: nesting is deeper than the limit of 64 levels\n" RAISE(
				    "depth", "DEPTH"));
}
END_TEST

START_TEST(alias_bomb)
{
	expect_errors("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
		      "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
		      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
		      "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
		      "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
		      "in:4:32: aliases make the document more than 10 times as large\n"
		      "  hint: write the repeated parts out or use fewer aliases\n");
}
END_TEST

/* A list of aliases of one text, behind which stands anything. */
static char *text_aliases(size_t len, unsigned times, const char *behind)
{
	char *text = malloc(len + 8 * times + strlen(behind) + 32);
	size_t n = (size_t)sprintf(text, "a: &x ");

	memset(text + n, 'x', len);
	n += len;
	n += (size_t)sprintf(text + n, "\nb:\n");
	for (unsigned i = 0; i < times; i++)
		n += (size_t)sprintf(text + n, "- *x\n");
	(void)sprintf(text + n, "%s", behind);
	return text;
}

START_TEST(texts_of_aliases_count)
{
	/* ten times what is written, whatever the size */
	char *text = text_aliases(1000000, 10, "");

	expect_errors(text, "");
	free(text);
	/* and 10000 values, or 64 bytes for each of them */
	text = text_aliases(6400, 121, "");
	expect_errors(text, "");
	free(text);
	text = text_aliases(6400, 122, "");
	expect_errors(text, "in:124:3: aliases make the document more than 10 times as large\n"
			    "  hint: write the repeated parts out or use fewer aliases\n");
	free(text);
	/* once for the documents of an input */
	text = text_aliases(6400, 100, "---\na: &x [1, 2]\nb: *x\n");
	expect_errors(text, "");
	free(text);
	text = text_aliases(6400, 121,
			    "---\na: &x [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
			    "b: [*x, *x, *x, *x, *x, *x, *x, *x]\n");
	expect_errors(text, "");
	free(text);
}
END_TEST

START_TEST(anchors_are_bounded)
{
	char *text = malloc(1 << 20);
	size_t len = 0;

	for (unsigned i = 0; i < 1001; i++)
		len += (size_t)snprintf(text + len, (1 << 20) - len, "- &a%u x\n", i);
	expect_errors(text, "in:1001:3: the document has more than 1000 anchors\n");
	free(text);
}
END_TEST

static void expect_limited(const char *text, enum svclb_limit limit, uint64_t value,
			   const char *errors)
{
	uint64_t limits[SVCLB_LIMIT_MAX_];
	struct reading r;

	memcpy(limits, options_defaults()->limits, sizeof(limits));
	limits[limit] = value;
	read_limited(&r, text, strlen(text), limits);
	ck_assert_str_eq(r.errors, errors);
	reading_free(&r);
}

START_TEST(limits)
{
	expect_limited("a: [1]\n", SVCLB_LIMIT_DEPTH, 2, "");
	expect_limited("a: [1]\n", SVCLB_LIMIT_DEPTH, 1,
		       "in:1:4: nesting is deeper than the limit of 1 levels\n" RAISE("depth",
										      "DEPTH"));
	expect_limited("abc: d\n", SVCLB_LIMIT_SCALAR, 3, "");
	expect_limited("abcd: d\n", SVCLB_LIMIT_SCALAR, 3,
		       "in:1:1: a text is longer than the limit of 3 bytes\n" RAISE("scalar",
										    "SCALAR"));
	expect_limited("a: b\n", SVCLB_LIMIT_BYTES, 5, "");
	expect_limited("a: b\n", SVCLB_LIMIT_BYTES, 4,
		       "in: the input has 5 bytes, more than the limit of 4\n" RAISE("bytes",
										     "BYTES"));
	expect_limited("a: 1\n---\nb: 2\n", SVCLB_LIMIT_DOCUMENTS, 2, "");
	expect_limited("a: 1\n---\nb: 2\n", SVCLB_LIMIT_DOCUMENTS, 1,
		       "in:3:1: the input has more documents than the limit of 1\n" RAISE(
			       "documents", "DOCUMENTS"));
	expect_limited("a: [1, 2]\n", SVCLB_LIMIT_NODES, 4, "");
	expect_limited("a: [1, 2]\n", SVCLB_LIMIT_NODES, 3,
		       "in:1:8: the document has more values than the limit of 3\n" RAISE("nodes",
											  "NODES"));
	expect_limited("a: &x [1]\nb: *x\n", SVCLB_LIMIT_NODES, 4,
		       "in:2:4: the document has more values than the limit of 4\n" RAISE("nodes",
											  "NODES"));
}
END_TEST

START_TEST(huge_scalar)
{
	size_t n = (1 << 20) + 1;
	char *text = malloc(n + 16);

	memcpy(text, "a: ", 3);
	memset(text + 3, 'x', n);
	text[n + 3] = '\0';
	expect_errors(text, "in:1:4: a text is longer than the limit of 1048576 bytes\n" RAISE(
				    "scalar", "SCALAR"));
	text[n + 2] = '\0';
	expect_errors(text, "");
	free(text);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, shapes_and_places);
	tcase_add_test(tc, senses);
	tcase_add_test(tc, several_documents);
	tcase_add_test(tc, byte_order_mark_and_carriage_returns);
	tcase_add_test(tc, late_byte_order_marks);
	tcase_add_test(tc, aliases);
	tcase_add_test(tc, tags);
	tcase_add_test(tc, keys);
	tcase_add_test(tc, many_keys);
	tcase_add_test(tc, syntax_errors);
	tcase_add_test(tc, encoding);
	tcase_add_test(tc, deep_nesting_is_answered_at_once);
	tcase_add_test(tc, nesting_through_aliases);
	tcase_add_test(tc, alias_bomb);
	tcase_add_test(tc, texts_of_aliases_count);
	tcase_add_test(tc, anchors_are_bounded);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, huge_scalar);
}

int main(void)
{
	return run_case("yaml", fill);
}
