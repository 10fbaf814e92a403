/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is sound of an input: loaded and merged without the faulty objects, which are named. */
#include <stdio.h>

#include "manifest.h"

#define SERVICE(name, spec) \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name "}\nspec: {" spec "}\n"
#define PORT "ports: [{port: 80}]"

static char *identity(const struct svclb_error *e)
{
	const char *name = svclb_error_get_object_name(e);
	const char *ns = svclb_error_get_object_namespace(e);
	char *text = NULL;

	if (name)
		ck_assert_int_gt(
			asprintf(&text, "%u %s/%s", svclb_error_get_object_kind(e), ns, name), 0);
	else
		ck_assert_int_gt(asprintf(&text, "? %s", svclb_error_get_object(e)), 0);
	return text;
}

/* Identities of a list, one for each problem, joined by blanks. */
static void expect_aside(const struct svclb_error *e, const char *expected)
{
	char got[2000] = "";

	for (; e; e = svclb_error_get_next(e)) {
		char *one = identity(e);

		ck_assert_uint_lt(strlen(got) + strlen(one) + 2, sizeof(got));
		if (*got)
			strcat(got, ", ");
		strcat(got, one);
		free(one);
	}
	ck_assert_str_eq(got, expected);
}

static void expect_services(const struct svclb_model *m, const char *expected)
{
	const struct svclb_object *o = NULL;
	char got[400] = "";

	while ((o = svclb_model_next(m, o))) {
		if (*got)
			strcat(got, " ");
		strcat(got, svclb_object_get_name(o));
	}
	ck_assert_str_eq(got, expected);
}

static const struct {
	const char *text;
	const char *aside;
	const char *sound;
} inputs[] = {
	{SERVICE("a", PORT) "---\n" SERVICE("b", "ports: [{port: \"80\"}]") "---\n" SERVICE("c",
											    PORT),
	 "1 default/b", "a c"},
	/* broken documents: named when their metadata was read */
	{SERVICE("a", PORT) "---\n" SERVICE("b", "ports: [{port: 80}") "---\n" SERVICE("c", PORT),
	 "1 default/b", "a c"},
	{"a: [\n---\n" SERVICE("c", PORT), "? document 1", "c"},
	{"\"a: \n--- \n" SERVICE("c", PORT), "? document 1", "c"},
	{"@a\n---\n" SERVICE("c", PORT) "---\n{\n", "? document 1, ? document 3", "c"},
	{"kind: Service\nmetadata: {name: x, namespace: [}\n---\n" SERVICE("c", PORT),
	 "? document 1", "c"},
	{"kind: Service\nmetadata: {name: x, namespace: n}\nspec: }\n---\n" SERVICE("c", PORT),
	 "1 n/x", "c"},
	/* a line that is indented less than the first one ends it */
	{"  apiVersion: v1\n  kind: Service\n  metadata: {name: x}\nstatus: {}\n---\n" SERVICE(
		 "c", PORT),
	 "1 default/x", "c"},
	{SERVICE("a", PORT) "...\n---\r\n" SERVICE("c", PORT), "", "a c"},
	/* what ends a line for YAML */
	{"a: [\xe2\x80\xa8---\xe2\x80\xa8" SERVICE("c", PORT), "? document 1", "c"},
	{"a: \"\xc3\xa9--- \n" SERVICE("no", PORT) "\n---\n" SERVICE("c", PORT), "? document 1",
	 "c"},
	/* keys that appear twice, merge keys, tags, aliases */
	{SERVICE("b", PORT ", type: ClusterIP, type: ClusterIP") "---\n" SERVICE("c", PORT),
	 "1 default/b", "c"},
	{SERVICE("b", PORT ", <<: {}") "---\n" SERVICE("c", PORT), "1 default/b", "c"},
	{SERVICE("b", PORT ", type: !t x") "---\n" SERVICE("c", PORT), "1 default/b", "c"},
	{SERVICE("b", PORT ", type: *x") "---\n" SERVICE("c", PORT), "1 default/b", "c"},
	/* members of a list are objects by themselves, the list is not */
	{"{\"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\","
	 "\"metadata\": {\"name\": \"b\", \"name\": \"b\"}}, {\"apiVersion\": \"v1\", \"kind\":"
	 "\"Service\", \"metadata\": {\"name\": \"c\"}}, 7, {\"metadata\": {}}]}",
	 "1 default/b, ? document 1, ? document 1", "c"},
	{"kind: List\nkind: List\nitems: []\n---\n" SERVICE("c", PORT), "? List", "c"},
	/* without a name, of the wrong version, twice */
	{"apiVersion: v1\nkind: Service\n---\n" SERVICE("c", PORT), "? Service (unnamed)", "c"},
	{"apiVersion: v2\nkind: Node\nmetadata: {name: n}\n---\n" SERVICE("c", PORT), "5 /n", "c"},
	{SERVICE("c", PORT) "---\n" SERVICE("c", "type: NodePort"), "1 default/c", "c"},
	/* bytes that are not UTF-8 and control characters: named when they stand behind the metadata */
	{SERVICE("a", PORT) "---\n" SERVICE("b", PORT ", x: \xff") "---\n" SERVICE("c", PORT),
	 "1 default/b", "a c"},
	{SERVICE("a", PORT) "---\n" SERVICE("b", PORT ", x: \xe1\x9c ") "---\n" SERVICE("c", PORT),
	 "1 default/b", "a c"},
	{SERVICE("a", PORT) "---\n" SERVICE("b\xff", PORT) "---\n" SERVICE("c", PORT),
	 "? document 2", "a c"},
	{"# \xe4\n" SERVICE("a", PORT) "---\n" SERVICE("b", PORT) "# \xe4\n---\n" SERVICE("c",
											  PORT),
	 "? document 1, 1 default/b", "c"},
	{SERVICE("b", PORT) "...\n# \xff\n---\n" SERVICE("c", PORT), "1 default/b", "c"},
	{SERVICE("b", PORT) "---\xff\n---\n" SERVICE("c", PORT), "1 default/b", "c"},
	{"a: [\n\xff\n---\n" SERVICE("c", PORT) "---\n'\xe2\x80\n---\n\x01",
	 "? document 1, ? document 3, "
	 "? document 4",
	 "c"},
	/* byte order marks where files were joined */
	{SERVICE("a", PORT) "---\n" SERVICE("b", PORT) "\xef\xbb\xbf---\n" SERVICE("c", PORT),
	 "1 default/b", "a c"},
	{SERVICE("a", PORT) "...\n\xef\xbb\xbf---\n" SERVICE("c", PORT) "---\n" SERVICE("d",
											"type: 1"),
	 "1 default/a, 1 default/d", "c"},
	{"%YAML 1.1 \xff\n---\n" SERVICE("c", PORT), "? document 1", "c"},
	{"a: \xc2\x80\xef\xbf\xbe\n---\n" SERVICE("c", PORT) "---\na: \x7f\n",
	 "? document 1, ? document 3", "c"},
	{SERVICE("c", "type: 1") "---\n" SERVICE("c", PORT), "1 default/c", "c"},
};

/* Whether something may stand in the input that nothing names. */
static const struct {
	const char *text;
	bool hides;
} hiding[] = {
	{SERVICE("a", PORT ", type: 7") "---\n" SERVICE("b", PORT), false},
	{SERVICE("a", PORT ", type: ClusterIP, type: ClusterIP"), false},
	{SERVICE("a", PORT) "---\n" SERVICE("a", PORT), false},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n", false},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", false},
	{"apiVersion: v1\nkind: List\nitem: []\nitems: []\n", false},
	{"apiVersion: v2\nkind: Node\nmetadata: {name: n, namespace: [x]}\n", false},
	/* "---" forgotten, indented, written otherwise */
	{SERVICE("a", PORT) SERVICE("b", PORT), true},
	{SERVICE("a", PORT) " ---\n" SERVICE("b", PORT), true},
	{SERVICE("a", PORT) "x: [\n...\n" SERVICE("b", PORT), true},
	{SERVICE("a", PORT) "}\n---\n" SERVICE("b", PORT), true},
	{SERVICE("a", PORT ", x: \xff"), true},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" SERVICE("b", PORT), true},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: [\n", true},
	{"kind: List\n" SERVICE("b", PORT), true},
	/* a doubled identity */
	{"apiVersion: v1\nkind: Service\nmetadata: {name: a, name: b}\n", true},
	{"apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: x, namespace: y}\n", true},
	{"apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: [x]}\n", true},
	{"apiVersion: v1\nkind: Service\nmetadata: {name: b, <<: {namespace: x}}\n", true},
	{"apiVersion: v1\nkind: Service\nmetadata: {name: b}\n<<: {}\n", true},
	{"apiVersion: v1\nkind: Service\nmetadata: {name: b}\nmetadata: {name: b}\n", true},
	{"apiVersion: v1\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n", true},
	{"apiVersion: v1\nkind: Pod\nkind: Service\nmetadata: {name: b}\n", true},
	{"{\"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\","
	 "\"metadata\": {\"name\": \"a\", \"name\": \"b\"}}]}",
	 true},
	/* no name */
	{"apiVersion: v1\nkind: Service\n", true},
	{"a: [\n", true},
	{"kind: List\nitems: [7]\n", true},
	/* more problems than are kept of one object */
	{"kind: Service\nkind: Service\napiVersion: v1\nmetadata: {name: b}\n"
	 "spec: {a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1}\n",
	 true},
	{"spec: {a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1, a: 1}\n"
	 "apiVersion: v1\nkind: Service\nmetadata: {name: b, name: c}\n",
	 true},
};

START_TEST(tells_what_may_be_hidden)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;
	const char *text = hiding[_i].text;
	bool hides = false;

	ck_assert_int_eq(svclb_model_load_sound(m, text, strlen(text), "in", &aside, NULL), 0);
	for (const struct svclb_error *e = aside; e; e = svclb_error_get_next(e))
		hides |= svclb_error_hides_objects(e);
	ck_assert_int_eq(hides, hiding[_i].hides);
	for (const struct svclb_error *e = svclb_model_get_warnings(m); e;
	     e = svclb_error_get_next(e))
		ck_assert_int_eq(svclb_error_hides_objects(e), 0);
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

/* A merge key is a problem, and not an unknown field as well. */
START_TEST(merge_keys_are_named_once)
{
	static const char text[] = SERVICE("b", PORT ", <<: {}");
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;

	ck_assert_int_eq(svclb_model_load_sound(m, text, strlen(text), "in", &aside, NULL), 0);
	ck_assert_ptr_nonnull(aside);
	ck_assert_ptr_null(svclb_model_get_warnings(m));
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

START_TEST(loads_what_is_sound)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL, *e = NULL;
	const char *text = inputs[_i].text;

	ck_assert_int_eq(svclb_model_load_sound(m, text, strlen(text), "in", &aside, &e), 0);
	expect_aside(aside, inputs[_i].aside);
	expect_services(m, inputs[_i].sound);
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	const char *text;
	int code;
} refused[] = {
	{"{\"kind\": \"List\", \"items\": [}", SVCLB_EPARSE},
	{"{\"kind\": \"List\", \"items\": [], \"a\": \"\xff\"}\n---\n" SERVICE("c", PORT),
	 SVCLB_EPARSE},
	{SERVICE("a", PORT) "...\n%YAML 7.0\n---\n" SERVICE("c", PORT), SVCLB_EPARSE},
	{SERVICE("a", PORT) "...\n%FOO x\n---\n" SERVICE("c", PORT), SVCLB_EPARSE},
	{SERVICE("a", PORT) "...\n%TAG x\n---\n" SERVICE("c", PORT), SVCLB_EPARSE},
	{"%FOO x\n---\n" SERVICE("c", PORT), SVCLB_EPARSE},
	{SERVICE("a", PORT) "---\na: [\n---\n%\n---\n" SERVICE("c", PORT), SVCLB_EPARSE},
};

START_TEST(refuses_what_is_no_matter_of_an_object)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL, *e = NULL;
	const char *text = refused[_i].text;

	ck_assert_int_eq(svclb_model_load_sound(m, text, strlen(text), "in", &aside, &e),
			 -refused[_i].code);
	ck_assert_ptr_null(aside);
	ck_assert_ptr_nonnull(e);
	for (const struct svclb_error *i = e; i; i = svclb_error_get_next(i))
		ck_assert_ptr_null(svclb_error_get_object_name(i));
	ck_assert_uint_eq(svclb_model_count(m, 0), 0);
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

START_TEST(places_behind_a_broken_document)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;
	static const char text[] = "# one\na: [\n---\nb: [\n---\n" SERVICE("c", "ports: 1");

	ck_assert_int_eq(svclb_model_load_sound(m, text, sizeof(text) - 1, "in", &aside, NULL), 0);
	ck_assert_uint_eq(svclb_error_get_line(aside), 3);
	ck_assert_uint_eq(svclb_error_get_line(svclb_error_get_next(aside)), 5);
	ck_assert_uint_eq(svclb_error_get_line(svclb_error_get_next(svclb_error_get_next(aside))),
			  9);
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

START_TEST(places_of_misfits)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;
	static const char text[] = "# \xc3\xa4\r\n--- [\n---\na: \xc3\xa4\xff\xff\n---\n- \x02\n";
	char *words;

	ck_assert_int_eq(svclb_model_load_sound(m, text, sizeof(text) - 1, "in", &aside, NULL), 0);
	words = errors_text(aside);
	ck_assert_str_eq(words,
			 "in:3:1: document 1: not YAML: did not find expected node content, while "
			 "parsing a flow node in line 3, column 1\n"
			 "in:4:5: document 2: byte 0xff is not valid UTF-8\n"
			 "  hint: save the file as UTF-8\n"
			 "in:6:3: document 3: not YAML: control characters are not allowed\n");
	free(words);
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

/* Objects are counted, not their problems. */
START_TEST(at_most_ten_problems_of_one)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;
	static const char text[] = SERVICE("a", "externalIPs: [1,2,3,4,5,6,7,8,9,10,11,12,13]");
	size_t n = 0;

	ck_assert_int_eq(svclb_model_load_sound(m, text, sizeof(text) - 1, "in", &aside, NULL), 0);
	for (const struct svclb_error *e = aside; e; e = svclb_error_get_next(e))
		n++;
	ck_assert_uint_eq(n, 10);
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

/* Parts of a document that are no objects count as one. */
START_TEST(at_most_ten_problems_without_a_name)
{
	struct svclb_model *m = new_model();
	struct svclb_error *aside = NULL;
	static const char text[] = "kind: List\nitems: [1,2,3,4,5,6,7,8,9,10,11,12,13]\n---\n"
				   "kind: List\nitems: [1]\n";
	const struct svclb_error *e;
	size_t n = 1;

	ck_assert_int_eq(svclb_model_load_sound(m, text, sizeof(text) - 1, "in", &aside, NULL), 0);
	for (e = aside; n < 10; e = svclb_error_get_next(e))
		n++;
	ck_assert_str_eq(svclb_error_get_message(e), "4 more problems of parts without a name");
	ck_assert_str_eq(svclb_error_get_object(e), "document 1");
	e = svclb_error_get_next(e);
	ck_assert_str_eq(svclb_error_get_object(e), "document 2");
	ck_assert_ptr_null(svclb_error_get_next(e));
	svclb_error_unref(aside);
	svclb_model_unref(m);
}
END_TEST

#define SLICE(name, service, port)                                                     \
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " name \
	", labels: {kubernetes.io/service-name: " service "}}\naddressType: IPv4\n"    \
	"ports: [{port: " port "}]\nendpoints: [{addresses: [10.244.1.2]}]\n"
#define NODE_PORT(number) "type: NodePort, ports: [{port: 80, nodePort: " number "}]"
#define DIRECT(name, ip)                                        \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name \
	", annotations: {svclb.io/forwarding: direct}}\nspec: {clusterIP: " ip ", " PORT "}\n"
#define PLAIN(name, ip)                                                                    \
	"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: " name "}\n" \
	"spec: {address: " ip ", port: 80}\n"

#define SELECTING(which, value)                                                            \
	"apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {svclb.io/" which \
	"-threshold: \"" value "\"}}\nspec: {selector: {x: y}, " PORT "}\n"
#define POD(name, which)                                                                          \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name                                       \
	", labels: {x: y}, annotations: {svclb.io/" which "-threshold: \"5\"}}\nstatus: {podIP: " \
	"10.244.1.2}\n"

static const struct {
	const char *held;
	const char *input;
	const char *aside;
	const char *result;
} merges[] = {
	{SERVICE("a", "clusterIP: 10.96.0.1, " PORT),
	 SERVICE("b", "clusterIP: 10.96.0.2, " PORT) "---\n" SERVICE("c", "type: Odd, " PORT),
	 "1 default/c", "a b"},
	/* the later arrival is at fault */
	{SERVICE("x", "clusterIP: 10.96.0.1, " PORT), SERVICE("a", "clusterIP: 10.96.0.1, " PORT),
	 "1 default/a", "x"},
	{SERVICE("x", "externalIPs: [192.0.2.1], " PORT),
	 SERVICE("a", "externalIPs: [192.0.2.1], " PORT) "---\n" SERVICE("b", PORT), "1 default/a",
	 "b x"},
	{SERVICE("x", "type: NodePort, ports: [{port: 80, nodePort: 30080}]"),
	 SERVICE("a", "type: NodePort, ports: [{port: 81, nodePort: 30080}]"), "1 default/a", "x"},
	{PLAIN("p", "192.0.2.1"), SERVICE("a", "externalIPs: [192.0.2.1], " PORT), "1 default/a",
	 "p"},
	{SERVICE("a", "externalIPs: [192.0.2.1], " PORT), PLAIN("p", "192.0.2.1"), "6 /p", "a"},
	/* the version that is held stays, with its address, which the input gave to another one */
	{SERVICE("a", "clusterIP: 10.96.0.1, " PORT),
	 SERVICE("a", "clusterIP: 10.96.0.2, type: Odd, " PORT) "---\n" SERVICE(
		 "b", "clusterIP: 10.96.0.1, " PORT),
	 "1 default/a, 1 default/b", "a"},
	{SERVICE("a", "clusterIP: 10.96.0.1, " PORT),
	 SERVICE("a", "clusterIP: 10.96.0.2, " PORT) "---\n" SERVICE("b",
								     "clusterIP: 10.96.0.1, " PORT),
	 "", "a b"},
	/* what clashes only with an object that goes stays */
	/* clang-format off */
	{SERVICE("s0", "externalIPs: [192.0.2.1, 192.0.2.2], " PORT),
	 SERVICE("s1", "externalIPs: [192.0.2.2, 192.0.2.3], " PORT) "---\n" SERVICE(
		 "s2", "externalIPs: [192.0.2.3], " PORT),
	 "1 default/s1", "s0 s2"},
	{SERVICE("x", PORT),
	 SERVICE("s0", "type: Odd, externalIPs: [192.0.2.1], " PORT) "---\n"
	 SERVICE("s3", "externalIPs: [192.0.2.1, 192.0.2.2], " PORT) "---\n"
	 SERVICE("s2", "externalIPs: [192.0.2.1, 192.0.2.3], " PORT) "---\n"
	 SERVICE("s1", "externalIPs: [192.0.2.3], " PORT),
	 "1 default/s0, 1 default/s2", "s1 s3 x"},
	{SERVICE("x", NODE_PORT("30080")),
	 SERVICE("s1", "clusterIP: 10.96.0.1, " NODE_PORT("30080")) "---\n"
	 SERVICE("s2", "clusterIP: 10.96.0.1, " NODE_PORT("30081")) "---\n"
	 SERVICE("s3", NODE_PORT("30081")),
	 "1 default/s1, 1 default/s3", "s2 x"},
	/* clang-format on */
	/* endpoints that do not fit a Service that is held */
	{DIRECT("a", "10.96.0.1"), SLICE("s", "a", "8080") "---\n" SLICE("t", "b", "8080"),
	 "2 default/s", "a t"},
	{SLICE("s", "a", "8080"), DIRECT("a", "10.96.0.1"), "1 default/a", "s"},
	/* those that fit stay, whether or not the Service is in the input too */
	/* clang-format off */
	{DIRECT("a", "10.96.0.1"),
	 "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n"
	 "subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 8080}]}]\n", "3 default/a", "a"},
	{DIRECT("a", "10.96.0.1") "---\n" SLICE("s", "a", "80"),
	 SLICE("t", "a", "80") "---\n" SLICE("u", "a", "8080"), "2 default/u", "a s t"},
	{DIRECT("a", "10.96.0.1") "---\n" SLICE("s", "a", "80"),
	 DIRECT("a", "10.96.0.1") "---\n" SLICE("t", "a", "80") "---\n" SLICE("u", "a", "8080"),
	 "2 default/u", "a s t"},
	{SERVICE("b", PORT),
	 SLICE("u", "a", "8080") "---\n" DIRECT("a", "10.96.0.1") "---\n" SLICE("t", "a", "80"),
	 "2 default/u", "a b t"},
	{DIRECT("a", "10.96.0.1") "---\n" SLICE("u", "a", "80"),
	 DIRECT("a", "10.96.0.1") "---\n" SLICE("t", "a", "80") "---\n" SLICE("u", "a", "8080"),
	 "2 default/u", "a t u"},
	/* what did not change is not at fault */
	{SERVICE("a", PORT) "---\n" SLICE("s", "a", "8080") "---\n" SLICE("t", "a", "8080"),
	 DIRECT("a", "10.96.0.1") "---\n" SLICE("s", "a", "8080") "---\n" SLICE("t", "a", "8080"),
	 "1 default/a", "a s t"},
	{SELECTING("upper", "9") "---\n" POD("p", "lower"),
	 SELECTING("upper", "3") "---\n" POD("p", "lower"), "1 default/a", "a p"},
	/* clang-format on */
	/* who says what does not fit goes; where that is held, what came beside it */
	{SERVICE("c", PORT),
	 SELECTING("upper", "0") "---\n" POD("p", "lower") "---\n" POD("q", "upper"), "4 default/p",
	 "a c q"},
	{SELECTING("upper", "9") "---\n" POD("p", "lower"), SELECTING("upper", "3"), "1 default/a",
	 "a p"},
	{SELECTING("lower", "3") "---\n" POD("p", "upper"), SELECTING("lower", "6"), "1 default/a",
	 "a p"},
	/* what contradicts one that is held goes before what contradicts that, in whatever order */
	{POD("p", "lower"), SELECTING("upper", "3") "---\n" POD("q", "lower"), "1 default/a",
	 "p q"},
	{POD("p", "lower"), POD("q", "lower") "---\n" SELECTING("upper", "3"), "1 default/a",
	 "p q"},
	{POD("p", "lower") "---\n" POD("r", "lower"), SELECTING("upper", "3"), "1 default/a",
	 "p r"},
};

START_TEST(merges_what_is_sound)
{
	struct svclb_model *held = load(merges[_i].held);
	struct svclb_model *input = load(merges[_i].input);
	size_t before = svclb_model_count(input, 0);
	struct svclb_error *aside = NULL, *e = NULL;
	struct svclb_state *state = NULL;

	ck_assert_int_eq(svclb_model_merge_sound(held, input, NULL, &aside, &e), 0);
	expect_aside(aside, merges[_i].aside);
	expect_services(held, merges[_i].result);
	ck_assert_uint_eq(svclb_model_count(input, 0), before);
	/* it is completed */
	ck_assert_int_eq(svclb_compile(held, NULL, &state, NULL), 0);
	svclb_state_unref(state);
	svclb_error_unref(aside);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

/* Many that clash, under a limit of problems that would name one of them at a time: all claim one
 * address, or each two that its neighbours have. */
START_TEST(many_that_clash)
{
	struct svclb_model *held = new_model(), *input = new_model();
	struct svclb_options *opts = NULL;
	struct svclb_error *aside = NULL;
	size_t n = 1000;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_PROBLEMS, 1), 0);
	for (size_t i = 0; i < n; i++) {
		size_t a = _i ? i : 0, b = i + 1;
		char text[300];

		ck_assert_int_lt(
			snprintf(text, sizeof(text),
				 SERVICE("s%zu",
					 "externalIPs: [10.1.%zu.%zu, 10.1.%zu.%zu], " PORT),
				 i, a / 250, a % 250 + 1, b / 250, b % 250 + 1),
			(int)sizeof(text));
		ck_assert_int_eq(svclb_model_load(input, text, strlen(text), NULL, NULL), 0);
	}
	ck_assert_int_eq(svclb_model_merge_sound(held, input, opts, &aside, NULL), 0);
	ck_assert_uint_eq(svclb_model_count(held, 0), _i ? n / 2 : 1);
	svclb_error_unref(aside);
	svclb_options_unref(opts);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

/* Address k is claimed by the Services 2k - 1, 2k and 2k + 1, and the first one is odd: each that goes
 * gives an address to the next one, which then contradicts the one behind that. */
START_TEST(a_chain_without_end)
{
	struct svclb_model *held = new_model(), *input = new_model();
	struct svclb_error *aside = NULL, *e = NULL;
	char *words;

	for (unsigned i = 1; i < 2 * 200; i++) {
		unsigned a = i / 2, b = (i + 1) / 2;
		char text[300];

		ck_assert_int_lt(
			snprintf(text, sizeof(text),
				 SERVICE("s%u", "%sexternalIPs: [10.1.0.%u, 10.%u.0.%u], " PORT), i,
				 i == 1 ? "type: Odd, " : "", a + 1, i % 2 ? 1 : 2, b + 1),
			(int)sizeof(text));
		ck_assert_int_eq(svclb_model_load(input, text, strlen(text), "in", NULL), 0);
	}
	ck_assert_int_eq(svclb_model_merge_sound(held, input, NULL, &aside, &e), -SVCLB_EINVALID);
	ck_assert_ptr_null(aside);
	ck_assert_str_eq(svclb_error_get_object_name(e), "s399");
	ck_assert_uint_gt(svclb_error_get_line(e), 0);
	ck_assert_ptr_nonnull(svclb_error_get_hint(e));
	words = errors_text(e);
	ck_assert_ptr_nonnull(strstr(words, "each of 200 objects was faulty only without another"));
	free(words);
	ck_assert_uint_eq(svclb_model_count(held, 0), 0);
	svclb_error_unref(e);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

/* Nobody's fault: no object goes for it. */
START_TEST(limits_are_no_faults)
{
	static const char text[] = SERVICE(
		"a",
		"selector: {a: b}, " PORT) "---\n"
					   "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\n"
					   "status: {podIP: 10.244.1.5}\n---\n"
					   "apiVersion: v1\nkind: Pod\nmetadata: {name: q, labels: {a: b}}\n"
					   "status: {podIP: 10.244.1.6}\n";
	struct svclb_model *held = NULL, *input = load(text);
	struct svclb_error *aside = NULL, *e = NULL;
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, 10), 0);
	ck_assert_int_eq(svclb_model_new(opts, &held, NULL), 0);
	ck_assert_int_eq(svclb_model_merge_sound(held, input, opts, &aside, &e), -SVCLB_ELIMIT);
	ck_assert_ptr_null(aside);
	expect_aside(e, "1 default/a");
	ck_assert_uint_eq(svclb_error_get_line(e), 4);
	ck_assert_uint_eq(svclb_model_count(held, 0), 0);
	svclb_error_unref(e);
	svclb_options_unref(opts);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

START_TEST(keeps_the_version_that_is_held)
{
	struct svclb_model *held = load(SERVICE("a", "clusterIP: 10.96.0.1, " PORT));
	struct svclb_model *input = load(SERVICE("a", "clusterIP: 10.96.0.2, type: Odd, " PORT));
	struct svclb_error *aside = NULL;
	char *ip = NULL;

	ck_assert_int_eq(svclb_model_merge_sound(held, input, NULL, &aside, NULL), 0);
	ck_assert_int_eq(svclb_object_get_text(svclb_model_find(held, SVCLB_KIND_SERVICE, "", "a"),
					       "spec.clusterIP", &ip),
			 0);
	ck_assert_str_eq(ip, "10.96.0.1");
	svclb_text_free(ip);
	svclb_error_unref(aside);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

START_TEST(faults_of_what_is_held_are_errors)
{
	struct svclb_model *held = load(SERVICE("a", "type: Odd, " PORT));
	struct svclb_model *input = load(SERVICE("b", PORT));
	struct svclb_error *aside = NULL, *e = NULL;

	ck_assert_int_eq(svclb_model_merge_sound(held, input, NULL, &aside, &e), -SVCLB_EINVALID);
	ck_assert_ptr_null(aside);
	expect_aside(e, "1 default/a");
	expect_services(held, "a");
	svclb_error_unref(e);
	svclb_model_unref(held);
	svclb_model_unref(input);
}
END_TEST

START_TEST(wrong_calls)
{
	struct svclb_model *m = new_model(), *n = new_model();
	struct svclb_error *aside = NULL;

	ck_assert_int_eq(svclb_model_load_sound(NULL, "", 0, NULL, &aside, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_load_sound(m, "", 0, NULL, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_merge_sound(m, m, NULL, &aside, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_merge_sound(m, NULL, NULL, &aside, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_merge_sound(m, n, NULL, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_uint_eq(svclb_error_get_object_kind(NULL), 0);
	ck_assert_ptr_null(svclb_error_get_object_name(NULL));
	ck_assert_ptr_null(svclb_error_get_object_namespace(NULL));
	ck_assert_int_eq(svclb_error_hides_objects(NULL), 0);
	svclb_model_unref(m);
	svclb_model_unref(n);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, merge_keys_are_named_once);
	tcase_add_loop_test(tc, loads_what_is_sound, 0, sizeof(inputs) / sizeof(inputs[0]));
	tcase_add_loop_test(tc, tells_what_may_be_hidden, 0, sizeof(hiding) / sizeof(hiding[0]));
	tcase_add_loop_test(tc, refuses_what_is_no_matter_of_an_object, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, places_behind_a_broken_document);
	tcase_add_test(tc, places_of_misfits);
	tcase_add_test(tc, at_most_ten_problems_of_one);
	tcase_add_test(tc, at_most_ten_problems_without_a_name);
	tcase_add_loop_test(tc, merges_what_is_sound, 0, sizeof(merges) / sizeof(merges[0]));
	tcase_add_loop_test(tc, many_that_clash, 0, 2);
	tcase_add_test(tc, a_chain_without_end);
	tcase_add_test(tc, limits_are_no_faults);
	tcase_add_test(tc, keeps_the_version_that_is_held);
	tcase_add_test(tc, faults_of_what_is_held_are_errors);
	tcase_add_test(tc, wrong_calls);
}

int main(void)
{
	return run_case("sound", fill);
}
