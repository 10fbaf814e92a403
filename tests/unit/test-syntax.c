/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syntaxes of names, what each accepts and refuses; addresses as text. */
#include "model-make.h"
#include "model/syntax.h"
#include "util/ip.h"

#define N15   "abcdefghijklmno"
#define N60   N15 N15 N15 N15
#define SUB62 N60 "ab"

static const struct {
	const char *text;
	int label, label1035, subdomain, service_name, label_value, qualified;
} rows[] = {
	/* text, 1123 label, 1035 label, subdomain, service name, label value, qualified name */
	{"web", 1, 1, 1, 1, 1, 1},
	{"a", 1, 1, 1, 1, 1, 1},
	{"", 0, 0, 0, 0, 1, 0},
	{"1web", 1, 0, 1, 1, 1, 1},
	{"80", 1, 0, 1, 0, 1, 1},
	{"-web", 0, 0, 0, 0, 0, 0},
	{"web-", 0, 0, 0, 0, 0, 0},
	{"we--b", 1, 1, 1, 0, 1, 1},
	{"we-b", 1, 1, 1, 1, 1, 1},
	{"Web", 0, 0, 0, 0, 1, 1},
	{"we_b", 0, 0, 0, 0, 1, 1},
	{"we.b", 0, 0, 1, 0, 1, 1},
	{"we..b", 0, 0, 0, 0, 1, 1},
	{".web", 0, 0, 0, 0, 0, 0},
	{"web.", 0, 0, 0, 0, 0, 0},
	{"we b", 0, 0, 0, 0, 0, 0},
	{"w\xc3\xa9", 0, 0, 0, 0, 0, 0},
	{"example.com/Name_1", 0, 0, 0, 0, 0, 1},
	{"Example.com/name", 0, 0, 0, 0, 0, 0},
	{"example.com/", 0, 0, 0, 0, 0, 0},
	{"/name", 0, 0, 0, 0, 0, 0},
	{"a/b/c", 0, 0, 0, 0, 0, 0},
	{N15, 1, 1, 1, 1, 1, 1},
	{N15 "p", 1, 1, 1, 0, 1, 1},
	{N60 "abc", 1, 1, 1, 0, 1, 1},
	{N60 "abcd", 0, 0, 1, 0, 0, 0},
	{SUB62 "." SUB62 "." SUB62 "." SUB62 "ab", 0, 0, 1, 0, 0, 0},
	{SUB62 "." SUB62 "." SUB62 "." SUB62 "abc", 0, 0, 0, 0, 0, 0},
};

START_TEST(accepts_what_it_should)
{
	const char *s = rows[_i].text;

	ck_assert_int_eq(is_dns1123_label(s), rows[_i].label);
	ck_assert_int_eq(is_dns1035_label(s), rows[_i].label1035);
	ck_assert_int_eq(is_dns1123_subdomain(s), rows[_i].subdomain);
	ck_assert_int_eq(is_service_name(s), rows[_i].service_name);
	ck_assert_int_eq(is_label_value(s), rows[_i].label_value);
	ck_assert_int_eq(is_qualified_name(s), rows[_i].qualified);
}
END_TEST

START_TEST(addresses_as_they_were_written)
{
	static const char *const texts[] = {
		"0.0.0.0", "10.0.100.9", "1.22.133.4",	"255.255.255.255",
		"::",	   "::1",	 "fd00::a:0:1", "2001:db8:1:2:3:4:5:6",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[IP_PORT_TEXT_MAX];
		struct ipaddr ip;

		ck_assert(ip_parse(texts[i], &ip, NULL));
		ck_assert_str_eq(ip_format(&ip, text), texts[i]);
	}
}
END_TEST

START_TEST(addresses_with_ports)
{
	static const struct {
		const char *ip;
		uint16_t port;
		const char *text;
	} known[] = {
		{"10.0.0.1", 80, "10.0.0.1:80"},
		{"255.255.255.255", 65535, "255.255.255.255:65535"},
		{"10.0.0.1", 0, "10.0.0.1:0"},
		{"fd00::1", 8080, "[fd00::1]:8080"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char text[IP_PORT_TEXT_MAX];
		struct ipaddr ip;

		ck_assert(ip_parse(known[i].ip, &ip, NULL));
		ck_assert_str_eq(ip_port_format(&ip, known[i].port, text), known[i].text);
	}
	ck_assert_str_eq(ip_format(&(struct ipaddr){0}, (char[IP_TEXT_MAX]){"x"}), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("syntax");
	TCase *t = tcase_create("table");

	tcase_add_loop_test(t, accepts_what_it_should, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, addresses_as_they_were_written);
	tcase_add_test(t, addresses_with_ports);
	suite_add_tcase(s, t);
	return run_suite(s);
}
