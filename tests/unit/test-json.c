/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON into trees: what is accepted, where things stand, and every way of being wrong. */
#include "manifest.h"

START_TEST(shapes_and_places)
{
	const struct tnode *n;
	struct reading r;

	read_text(&r, " \n{\"a\": [1, -2.5e+3, true, false, null, \"x\"],\n"
		      "  \"\xc3\xa4\": {}, \"b\": \"80\", \"c\": []}\n");
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.documents, 1);
	ck_assert_uint_eq(r.root->n, 4);
	ck_assert_uint_eq(r.root->at.line, 2);
	n = tnode_get(r.root, "a");
	ck_assert_uint_eq(n->n, 6);
	ck_assert_uint_eq(n->at.column, 7);
	ck_assert_int_eq(tnode_sense(tnode_nth(n, 0)), SENSE_INT);
	ck_assert_int_eq(tnode_sense(tnode_nth(n, 1)), SENSE_FLOAT);
	ck_assert_int_eq(tnode_sense(tnode_nth(n, 2)), SENSE_BOOL);
	ck_assert_int_eq(tnode_sense(tnode_nth(n, 4)), SENSE_NULL);
	n = tnode_get(r.root, "b");
	ck_assert(tnode_is_text(n));
	ck_assert_uint_eq(n->at.line, 3);
	ck_assert_uint_eq(n->at.column, 17); /* characters, not bytes */
	ck_assert_uint_eq(n->key_at.column, 12);
	ck_assert_uint_eq(tnode_get(r.root, "c")->n, 0);
	reading_free(&r);
}
END_TEST

START_TEST(escapes)
{
	struct reading r;

	read_text(&r, "{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20ac\\ud83d\\ude00z\", "
		      "\"\\u0062\": 1}");
	ck_assert_str_eq(r.errors, "");
	ck_assert_str_eq(tnode_get(r.root, "a")->s,
			 "\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z");
	ck_assert_ptr_nonnull(tnode_get(r.root, "b"));
	reading_free(&r);
}
END_TEST

START_TEST(byte_order_mark)
{
	struct reading r;

	read_text(&r, "\xef\xbb\xbf[1]");
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.root->at.column, 1);
	reading_free(&r);
}
END_TEST

START_TEST(errors)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{"{", "1:2: not JSON: the end of the input comes too early"},
		{"[", "1:2: not JSON: the end of the input comes too early"},
		{"[1", "1:3: not JSON: the end of the input comes too early"},
		{"{\"a\"", "1:5: not JSON: a colon is missing behind a key"},
		{"{\"a\":", "1:6: not JSON: the end of the input comes too early"},
		{"{\"a\":\n1,}", "2:3: not JSON: a key in double quotes is missing"},
		{"{a: 1}", "1:2: not JSON: a key in double quotes is missing"},
		{"{1: 1}", "1:2: not JSON: a key in double quotes is missing"},
		{"{\"a\": 1 \"b\": 2}", "1:9: not JSON: a comma or a closing bracket is missing"},
		{"[1}", "1:3: not JSON: a comma or a closing bracket is missing"},
		{"[1,]", "1:4: not JSON: a value is missing"},
		{"[,]", "1:2: not JSON: a value is missing"},
		{"[tru]", "1:2: not JSON: a value is missing"},
		{"[truex]", "1:6: not JSON: a comma or a closing bracket is missing"},
		{"['a']", "1:2: not JSON: a value is missing"},
		{"[01]", "1:3: not JSON: a number must not begin with 0"},
		{"[+1]", "1:2: not JSON: a value is missing"},
		{"[-]", "1:3: not JSON: a value is missing"},
		{"[1.]", "1:4: not JSON: a digit is missing"},
		{"[.5]", "1:2: not JSON: a value is missing"},
		{"[1e]", "1:4: not JSON: a digit is missing"},
		{"[0x10]", "1:3: not JSON: a comma or a closing bracket is missing"},
		{"[NaN]", "1:2: not JSON: a value is missing"},
		{"[\"a]", "1:5: not JSON: the text has no end"},
		{"[\"a\\", "1:5: not JSON: the text has no end"},
		{"[\"a\nb\"]", "1:4: not JSON: a control character must be escaped in a text"},
		{"[\"\\x\"]", "1:4: not JSON: unknown escape in a text"},
		{"[\"\\u12\"]", "1:5: not JSON: \\u needs four hexadecimal digits"},
		{"[\"\\u12g4\"]", "1:5: not JSON: \\u needs four hexadecimal digits"},
		{"[\"\\ud83d\"]", "1:9: not JSON: a high surrogate has no low one behind it"},
		{"[\"\\ud83d\\u0041\"]",
		 "1:15: not JSON: a high surrogate has no low one behind it"},
		{"[\"\\ude00\"]", "1:9: not JSON: a low surrogate has no high one before it"},
		{"[\"\\u0000\"]", "1:2: a text has a character with the code 0"},
		{"[1] # comment", "1:5: not JSON: something follows the value"},
		{"{\"a\": 1, \"b\": 2,\n\"a\": 3}", "2:1: key a appears twice, first in line 1"},
		{"[\"\xff\"]", "1:3: byte 0xff is not valid UTF-8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		char *end;

		read_text(&r, cases[i].text);
		end = strchr(r.errors, '\n');
		ck_assert_msg(end, "%s is taken", cases[i].text);
		*end = '\0';
		ck_assert_msg(!strncmp(r.errors, "in:", 3), "%s", r.errors);
		ck_assert_str_eq(r.errors + 3, cases[i].error);
		reading_free(&r);
	}
}
END_TEST

/* YAML takes these, but '{' and '[' choose JSON. */
START_TEST(second_value)
{
	expect_errors("{}\n---\n{}\n",
		      "in:2:1: not JSON: something follows the value\n"
		      "  hint: use a List, or YAML documents, for several objects\n");
}
END_TEST

START_TEST(merge_key_is_a_key)
{
	expect_errors("{\"<<\": 1}", "");
}
END_TEST

START_TEST(depth)
{
	size_t n = 1000000;
	char *text = malloc(n + 1);

	memset(text, '[', n);
	text[n] = '\0';
	expect_errors(text, "in:1:65: nesting is deeper than the limit of 64 levels\n" RAISE(
				    "depth", "DEPTH"));
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	expect_errors(text, "");
	free(text);
}
END_TEST

/* Everything in one line: places must not cost the way from its beginning each time. */
START_TEST(one_long_line)
{
	size_t n = 500000;
	char *text = malloc(n * 2 + 16);
	struct reading r;

	text[0] = '[';
	for (size_t i = 0; i < n; i++)
		memcpy(text + 1 + 2 * i, "1,", 2);
	text[2 * n] = ']'; /* in place of the last comma */
	text[2 * n + 1] = '\0';
	read_text(&r, text);
	ck_assert_str_eq(r.errors, "");
	ck_assert_uint_eq(r.root->n, n);
	ck_assert_uint_eq(tnode_nth(r.root, n - 1)->at.column, 2 * n);
	reading_free(&r);
	free(text);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, shapes_and_places);
	tcase_add_test(tc, escapes);
	tcase_add_test(tc, byte_order_mark);
	tcase_add_test(tc, errors);
	tcase_add_test(tc, second_value);
	tcase_add_test(tc, merge_key_is_a_key);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, one_long_line);
}

int main(void)
{
	return run_case("json", fill);
}
