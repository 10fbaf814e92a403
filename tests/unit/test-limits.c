/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every limit of the options, given in C and by configuration, and inputs that are made to cost
 * much: each is answered, in bounded memory, and within the time-out of a test, which the same
 * input would exceed by far if its cost grew with more than its size.
 */
#include "manifest.h"

#include <stdio.h>
#include <sys/resource.h>

#include "util/strbuf.h"

#define SERVICE(name) \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name "}\nspec: {clusterIP: None}\n"

#define ONE "{port: 80}"
#define TWO "{name: a, port: 80}, {name: b, port: 81}"
#define SERVED(name, ips, ports)                                                               \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name "}\nspec: {externalIPs: [" ips \
	"], ports: [" ports "]}\n"
#define SLICE(service, ip)                                                                     \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " service \
	"-1, labels: {kubernetes.io/service-name: " service "}}\naddressType: IPv4\nports: ["  \
	"{name: a, port: 80}, {name: b, port: 81}]\nendpoints: [{addresses: ['" ip "']}]\n"

static const struct limited {
	enum svclb_limit limit;
	const char *name; /* in the configuration */
	uint64_t value;	  /* keeps to it */
	const char *good;
	const char *bad;
	const char *words;
} limited[] = {
	{SVCLB_LIMIT_BYTES, "bytes", 6, "a: 12\n", "a: 123\n",
	 "f: the input has 7 bytes, more than the limit of 6\n" RAISE("bytes", "BYTES")},
	{SVCLB_LIMIT_DEPTH, "depth", 2, SERVICE("a"),
	 "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: []}\n",
	 "f:4:15: nesting is deeper than the limit of 2 levels\n" RAISE("depth", "DEPTH")},
	{SVCLB_LIMIT_DOCUMENTS, "documents", 2, SERVICE("a") "---\n" SERVICE("b"),
	 "---\n---\n---\n",
	 "f:1:1: the input has more documents than the limit of 2\n" RAISE("documents",
									   "DOCUMENTS")},
	{SVCLB_LIMIT_OBJECTS, "objects", 1, SERVICE("a"), SERVICE("a") "---\n" SERVICE("b"),
	 "f: more objects in one model than the limit of 1\n" RAISE("objects", "OBJECTS")},
	{SVCLB_LIMIT_SCALAR, "scalar", 10, SERVICE("a"), SERVICE("abcdefghijk"),
	 "f:3:18: a text is longer than the limit of 10 bytes\n" RAISE("scalar", "SCALAR")},
	{SVCLB_LIMIT_NODES, "nodes", 7, SERVICE("a"), "[1, 2, 3, 4, 5, 6, 7]",
	 "f:1:20: the document has more values than the limit of 7\n" RAISE("nodes", "NODES")},
	{SVCLB_LIMIT_PROBLEMS, "problems", 1, SERVICE("a"),
	 "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: 1\nstatus: 2\n",
	 "f:4:7: Pod default/a: spec: must be a mapping, not a number\n"
	 "1 more problems are not shown\n" RAISE("problems", "PROBLEMS")},
	{SVCLB_LIMIT_SERVERS, "servers", 4, SERVED("a", "192.0.2.1, 192.0.2.2, 192.0.2.3", ONE),
	 SERVED("a", "192.0.2.1", TWO) SLICE("a", "10.244.1.1"),
	 "f:4:41: Service default/a: spec.ports: too many: with all addresses and endpoints, 8 "
	 "virtual and real servers, more than the limit of 4\n" RAISE("servers", "SERVERS")},
};

#define N_LIMITED ((int)(sizeof(limited) / sizeof(limited[0])))

_Static_assert(sizeof(limited) / sizeof(limited[0]) == SVCLB_LIMIT_MAX_, "every limit is tried");

/* Loads and completes a manifest under options; "" when that works, else what is wrong. */
static char *load_under(const struct svclb_options *opts, const char *text, size_t len)
{
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	/* the words tell */
	if (!svclb_model_load(m, text, len, "f", &e))
		(void)svclb_model_complete(m, opts, &e);
	words = errors_text(e);
	svclb_error_unref(e);
	svclb_model_unref(m);
	return words;
}

static void expect_under(const struct svclb_options *opts, const char *text, const char *words)
{
	char *got = load_under(opts, text, strlen(text));

	ck_assert_str_eq(got, words);
	free(got);
}

START_TEST(each_limit_in_c)
{
	const struct limited *l = &limited[_i];
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_uint_eq(svclb_options_get_limit(opts, l->limit),
			  svclb_options_get_limit(NULL, l->limit));
	ck_assert_int_eq(svclb_options_set_limit(opts, l->limit, l->value + 1000), 0);
	ck_assert_uint_eq(svclb_options_get_limit(opts, l->limit), l->value + 1000);
	ck_assert_uint_eq(svclb_options_get_limit(opts, SVCLB_LIMIT_MAX_), 0);
	if (l->limit == SVCLB_LIMIT_BYTES)
		ck_assert_int_eq(svclb_options_set_limit(opts, l->limit, strlen(l->bad)), 0);
	if (l->limit != SVCLB_LIMIT_PROBLEMS) {
		char *words = load_under(opts, l->bad, strlen(l->bad));

		ck_assert_ptr_null(strstr(words, "limit"));
		free(words);
	}
	ck_assert_int_eq(svclb_options_set_limit(opts, l->limit, l->value), 0);
	if (l->limit != SVCLB_LIMIT_BYTES)
		expect_under(opts, l->good, "");
	expect_under(opts, l->bad, l->words);
	ck_assert_int_eq(svclb_options_set_limit(opts, l->limit, 0), -SVCLB_EINVAL);
	expect_under(opts, l->bad, l->words);
	svclb_options_unref(opts);
}
END_TEST

START_TEST(each_limit_by_configuration)
{
	const struct limited *l = &limited[_i];
	struct svclb_options *opts = NULL;
	char text[256];

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	(void)snprintf(text, sizeof(text),
		       "apiVersion: svclb.io/v1alpha1\nkind: SvclbConfiguration\n"
		       "limits: {%s: %llu}\n",
		       l->name, (unsigned long long)l->value);
	ck_assert_int_eq(svclb_options_load_config(opts, text, strlen(text), "c", NULL), 0);
	ck_assert_uint_eq(opts->limits[l->limit], l->value);
	expect_under(opts, l->bad, l->words);
	svclb_options_unref(opts);
}
END_TEST

START_TEST(limits_hold_for_configurations_and_plans)
{
	static const char config[] =
		"apiVersion: svclb.io/v1alpha1\nkind: SvclbConfiguration\nlimits: {depth: [[1]]}\n";
	struct svclb_options *opts = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_error *e = NULL;
	char deep[1000];
	char *words;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_DEPTH, 3), 0);
	ck_assert_int_eq(svclb_options_load_config(opts, config, strlen(config), "c", &e),
			 -SVCLB_ELIMIT);
	svclb_error_unref(e);
	memset(deep, '[', sizeof(deep));
	ck_assert_int_eq(svclb_plan_load(deep, sizeof(deep), "p", NULL, &plan, &e), -SVCLB_ELIMIT);
	words = errors_text(e);
	ck_assert_str_eq(words, "p:1:65: nesting is deeper than the limit of 64 levels\n" RAISE(
					"depth", "DEPTH"));
	free(words);
	svclb_error_unref(e);
	ck_assert_int_eq(svclb_plan_load(deep, sizeof(deep), "p", opts, &plan, &e), -SVCLB_ELIMIT);
	svclb_options_unref(opts);
	words = errors_text(e);
	ck_assert_str_eq(words, "p:1:4: nesting is deeper than the limit of 3 levels\n" RAISE(
					"depth", "DEPTH"));
	free(words);
	svclb_error_unref(e);
}
END_TEST

/* A small plan can lead each of many rules to each of many others. */
START_TEST(limits_hold_for_what_rules_of_a_plan_lead_to)
{
	struct strbuf b = {0};
	struct svclb_options *opts = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_error *e = NULL;
	char *words;

	strbuf_addf(&b,
		    "{\"apiVersion\": \"svclb.io/v1alpha1\", \"kind\": \"Plan\", "
		    "\"formatVersion\": \"1.0\", \"prefix\": \"KUBE-\", \"linkName\": \"l\", "
		    "\"fingerprints\": {\"from\": \"%064d\", \"wanted\": \"%064d\"}, \"from\": {}, "
		    "\"to\": {\"chains\": [{\"family\": 4, \"table\": \"nat\", "
		    "\"name\": \"KUBE-SERVICES\", \"rules\": [",
		    0, 0);
	for (unsigned i = 0; i < 100; i++)
		strbuf_addf(&b,
			    "%s{\"destination\": \"10.0.0.%u/32\", \"target\": \"jump\", "
			    "\"jump\": \"KUBE-NODEPORTS\"}",
			    i ? "," : "", i);
	strbuf_add(&b, "]}, {\"family\": 4, \"table\": \"nat\", \"name\": \"KUBE-NODEPORTS\", "
		       "\"rules\": [");
	for (unsigned i = 0; i < 100; i++)
		strbuf_addf(&b,
			    "%s{\"protocol\": 17, \"target\": \"jump\", "
			    "\"jump\": \"KUBE-SVC-AAAAAAAAAAAAAAAA\", "
			    "\"matches\": [{\"type\": \"dport\", \"port\": %u}]}",
			    i ? "," : "", i + 1);
	strbuf_add(&b, "]}, {\"family\": 4, \"table\": \"nat\", "
		       "\"name\": \"KUBE-SVC-AAAAAAAAAAAAAAAA\", \"rules\": []}]}}");
	ck_assert(!b.failed);
	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, 9999), 0);
	ck_assert_int_eq(svclb_plan_load(b.s, b.len, "p", opts, &plan, &e), -SVCLB_ELIMIT);
	words = errors_text(e);
	ck_assert_str_eq(words, "the rules lead more ways to node ports and endpoints than "
				"the limit of 9999\n" RAISE("nodes", "NODES"));
	free(words);
	svclb_error_unref(e);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, 10000), 0);
	ck_assert_int_eq(svclb_plan_load(b.s, b.len, "p", opts, &plan, NULL), 0);
	svclb_plan_unref(plan);
	svclb_options_unref(opts);
	strbuf_free(&b);
}
END_TEST

/* A model counts what it has already, from wherever that came. */
START_TEST(objects_of_all_inputs_count)
{
	static const char words[] =
		"more objects in one model than the limit of 2\n" RAISE("objects", "OBJECTS");
	struct svclb_options *opts = NULL;
	struct svclb_model *m = NULL;
	struct svclb_model *other = NULL;
	struct svclb_service *svc = NULL;
	struct svclb_error *e = NULL;
	char *got;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_OBJECTS, 2), 0);
	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, SERVICE("a"), strlen(SERVICE("a")), "a", NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, SERVICE("b"), strlen(SERVICE("b")), "b", NULL), 0);
	/* the same again replaces */
	ck_assert_int_eq(svclb_model_load(m, SERVICE("b"), strlen(SERVICE("b")), "c", NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, SERVICE("c"), strlen(SERVICE("c")), "c", NULL),
			 -SVCLB_ELIMIT);
	ck_assert_int_eq(svclb_service_new(NULL, "d", &svc, NULL), 0);
	ck_assert_int_eq(svclb_model_add_service(m, svc, &e), -SVCLB_ELIMIT);
	got = errors_text(e);
	ck_assert_str_eq(got, words);
	free(got);
	svclb_error_unref(e);
	ck_assert_int_eq(svclb_model_new(NULL, &other, NULL), 0);
	ck_assert_int_eq(svclb_model_add_service(other, svc, NULL), 0);
	ck_assert_int_eq(svclb_model_merge(m, other, &e), -SVCLB_ELIMIT);
	got = errors_text(e);
	ck_assert_str_eq(got, words);
	free(got);
	svclb_error_unref(e);
	ck_assert_uint_eq(svclb_model_count(m, 0), 2);
	svclb_service_unref(svc);
	svclb_model_unref(other);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

/* ---- inputs made to cost much ---- */

struct text {
	char *s;
	size_t len;
	size_t cap;
};

static void put(struct text *t, const char *s, size_t times)
{
	size_t n = strlen(s);

	if (t->len + n * times >= t->cap) {
		t->cap = 2 * (t->len + n * times + 1);
		t->s = realloc(t->s, t->cap);
		ck_assert_ptr_nonnull(t->s);
	}
	for (size_t i = 0; i < times; i++)
		memcpy(t->s + t->len + i * n, s, n + 1);
	t->len += n * times;
}

/* The texts with a number between them, counted up from 0. */
static void put_counted(struct text *t, const char *before, const char *behind, unsigned times)
{
	char buf[64];

	for (unsigned i = 0; i < times; i++) {
		(void)snprintf(buf, sizeof(buf), "%s%u%s", before, i, behind); /* short */
		put(t, buf, 1);
	}
}

static void deep_json(struct text *t)
{
	put(t, "[", 5000000);
}

static void deep_flow(struct text *t)
{
	put(t, "a: ", 1);
	put(t, "{a: ", 2000000);
}

static void deep_block(struct text *t)
{
	put(t, "- ", 3000000);
}

static void alias_bomb(struct text *t)
{
	int name = 'a';

	put(t, "a: &a [x,x,x,x,x,x,x,x,x,x]\n", 1);
	for (; name < 'z'; name++) {
		char line[80];

		(void)snprintf(line, sizeof(line), "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n",
			       name + 1, name + 1, name, name, name, name, name, name, name, name);
		put(t, line, 1);
	}
}

/* One large part, repeated: grows with the square of the input. */
static void alias_square(struct text *t)
{
	put(t, "a: &a [", 1);
	put(t, "x,", 100000);
	put(t, "x]\nb: [", 1);
	put(t, "*a,", 100000);
	put(t, "x]\n", 1);
}

/* One long text, repeated: few values, but each is a copy in the object. */
static void put_text(struct text *t, const char *before)
{
	put(t, "apiVersion: v1\nkind: Service\n", 1);
	put(t, before, 1);
	put(t, "&x ", 1);
	put(t, "x", 1000000);
}

static void put_texts(struct text *t, const char *before)
{
	put_text(t, before);
	put_counted(t, ", b", ": *x", 20000);
	put(t, "}}\n", 1);
}

static void alias_texts_in_annotations(struct text *t)
{
	put_texts(t, "metadata: {name: a, annotations: {a: ");
}

static void alias_texts_in_labels(struct text *t)
{
	put_texts(t, "metadata: {name: a, labels: {a: ");
}

static void alias_texts_in_selector(struct text *t)
{
	put_texts(t, "metadata: {name: a}\nspec: {selector: {a: ");
}

static void alias_texts_in_list(struct text *t)
{
	put_text(t, "metadata: {name: a}\nspec: {externalIPs: [");
	put(t, ", *x", 20000);
	put(t, "]}\n", 1);
}

static void alias_keys(struct text *t)
{
	put(t, "apiVersion: v1\nkind: ServiceList\nitems:\n", 1);
	put(t, "- {metadata: {name: a, labels: &x {? ", 1);
	put(t, "x", 1000000);
	put(t, " : y}}}\n", 1);
	put_counted(t, "- {metadata: {name: a", ", labels: *x}}\n", 5000);
}

static void alias_map_in_each_object(struct text *t)
{
	put(t, "apiVersion: v1\nkind: ServiceList\nitems:\n", 1);
	put(t, "- {metadata: {name: a, annotations: &x {", 1);
	for (char key[] = "a: "; key[0] <= 'z'; key[0]++) {
		put(t, key, 1);
		put(t, "x", 50000);
		put(t, ", ", 1);
	}
	put(t, "}}}\n", 1);
	put_counted(t, "- {metadata: {name: a", ", annotations: *x}}\n", 5000);
}

/* What small documents may repeat freely, by the thousand. */
static void alias_documents(struct text *t)
{
	for (unsigned i = 0; i < 3000; i++) {
		put(t, "---\nkind: ConfigMap\na: &x [", 1);
		put(t, "x,", 120);
		put(t, "x]\nb: [", 1);
		put(t, "*x,", 80);
		put(t, "]\n", 1);
	}
}

/* Nothing grows, but each alias is looked for among all anchors. */
static void aliases_of_many(struct text *t)
{
	put(t, "a:\n", 1);
	put_counted(t, "- &anchor-", " x\n", 1000);
	put(t, "- *anchor-0\n", 300000);
}

static void many_anchors(struct text *t)
{
	put_counted(t, "- &a", " x\n", 100000);
}

static void many_directives(struct text *t)
{
	put_counted(t, "%TAG !a", "! tag:x\n", 200000);
	put(t, "---\na: 1\n", 1);
}

static void directives_by_other_breaks(struct text *t)
{
	put_counted(t, "%TAG !a", "! tag:x\xc2\x85", 200000);
	put(t, "---\na: 1\n", 1);
}

static void duplicate_keys(struct text *t)
{
	put(t, "{", 1);
	put(t, "\"a\": 1,", 500000);
	put(t, "\"a\": 1}", 1);
}

static void many_keys(struct text *t)
{
	put(t, "kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n  labels:\n", 1);
	put_counted(t, "    k", ": v\n", 200000);
}

static void unknown_fields(struct text *t)
{
	put(t, "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec:\n  clusterIP: None\n", 1);
	put_counted(t, "  port", ": v\n", 200000);
}

static void many_problems(struct text *t)
{
	put(t, "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[", 1);
	put(t, "{\"kind\":\"Pod\"},", 200000);
	put(t, "{}]}", 1);
}

static void many_documents(struct text *t)
{
	put(t, "---\n", 1000000);
}

static void long_scalar(struct text *t)
{
	put(t, "a: ", 1);
	put(t, "x", 30000000);
}

static void long_quoted_scalar(struct text *t)
{
	put(t, "{\"a\": \"", 1);
	put(t, "\\u00e4", 5000000);
	put(t, "\"}", 1);
}

static void long_folded_scalar(struct text *t)
{
	put(t, "a: >\n", 1);
	put(t, "  x\n", 5000000);
}

static void endless_quote(struct text *t)
{
	put(t, "a: \"", 1);
	put(t, "x\n", 10000000);
}

static void no_utf8(struct text *t)
{
	put(t, "a: x\n", 2000000);
	put(t, "\xff", 1000000);
}

static void no_utf8_in_each_document(struct text *t)
{
	put(t, "---\na: [\n---\na: \xff\n", 400000);
}

static void surrogates(struct text *t)
{
	put(t, "a: \xed\xa0\x80\n", 1);
}

static void overlong(struct text *t)
{
	put(t, "a: \xc0\xaf\n", 1);
}

static void nothing_but_comment(struct text *t)
{
	put(t, "#", 20000000);
}

static void control_characters(struct text *t)
{
	put(t, "kind: Node\napiVersion: v1\nmetadata:\n  name: \"\\u001b[31m\\u009b\\u202e\\n\"\n",
	    1);
}

static const struct hostile {
	const char *name;
	void (*make)(struct text *t);
	int code;
	const char *part; /* of the message of the first error */
} hostile[] = {
	{"deep JSON", deep_json, SVCLB_ELIMIT, "deeper than the limit of 64"},
	{"deep flow", deep_flow, SVCLB_ELIMIT, "deeper than the limit of 64"},
	{"deep block", deep_block, SVCLB_ELIMIT, "deeper than the limit of 64"},
	{"alias bomb", alias_bomb, SVCLB_ELIMIT, "aliases make the document"},
	{"alias square", alias_square, SVCLB_ELIMIT, "aliases make the document"},
	{"alias texts in annotations", alias_texts_in_annotations, SVCLB_ELIMIT,
	 "aliases make the document"},
	{"alias texts in labels", alias_texts_in_labels, SVCLB_ELIMIT, "aliases make the document"},
	{"alias texts in selector", alias_texts_in_selector, SVCLB_ELIMIT,
	 "aliases make the document"},
	{"alias texts in list", alias_texts_in_list, SVCLB_ELIMIT, "aliases make the document"},
	{"alias keys", alias_keys, SVCLB_ELIMIT, "aliases make the document"},
	{"alias map in each object", alias_map_in_each_object, SVCLB_ELIMIT,
	 "aliases make the document"},
	{"alias documents", alias_documents, SVCLB_ELIMIT, "aliases make the document"},
	{"aliases of many", aliases_of_many, SVCLB_EINVALID, "missing"},
	{"many anchors", many_anchors, SVCLB_ELIMIT, "more than 1000 anchors"},
	{"many directives", many_directives, SVCLB_ELIMIT, "more than 100 directives"},
	{"directives by other breaks", directives_by_other_breaks, SVCLB_ELIMIT,
	 "more than 100 directives"},
	{"duplicate keys", duplicate_keys, SVCLB_EPARSE, "key a appears twice"},
	{"many keys", many_keys, SVCLB_OK, ""},
	{"unknown fields", unknown_fields, SVCLB_OK, ""},
	{"many problems", many_problems, SVCLB_EINVALID, "missing"},
	{"many documents", many_documents, SVCLB_ELIMIT, "more documents than the limit"},
	{"long scalar", long_scalar, SVCLB_ELIMIT, "a text is longer than the limit"},
	{"long quoted scalar", long_quoted_scalar, SVCLB_ELIMIT, "a text is longer than the limit"},
	{"long folded scalar", long_folded_scalar, SVCLB_ELIMIT, "a text is longer than the limit"},
	{"endless quote", endless_quote, SVCLB_EPARSE, "unexpected end of stream"},
	{"no UTF-8", no_utf8, SVCLB_EPARSE, "byte 0xff is not valid UTF-8"},
	{"no UTF-8 in each document", no_utf8_in_each_document, SVCLB_EPARSE, "not YAML"},
	{"surrogates", surrogates, SVCLB_EPARSE, "byte 0xed is not valid UTF-8"},
	{"overlong", overlong, SVCLB_EPARSE, "byte 0xc0 is not valid UTF-8"},
	{"nothing but comment", nothing_but_comment, SVCLB_OK, ""},
	{"control characters", control_characters, SVCLB_OK, ""},
};

#define N_HOSTILE ((int)(sizeof(hostile) / sizeof(hostile[0])))

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

/* Twenty times the input is more than any of it needs; a sanitizer needs an address space of its
 * own, and cannot be bounded. */
static void bound_memory(size_t input)
{
#ifdef SANITIZED
	(void)input;
#else
	struct rlimit limit = {.rlim_cur = ((rlim_t)128 << 20) + 20 * input};

	limit.rlim_max = limit.rlim_cur;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
#endif
}

static size_t count_errors(const struct svclb_error *e)
{
	size_t n = 0;

	for (; e; e = svclb_error_get_next(e))
		n++;
	return n;
}

START_TEST(hostile_inputs_are_answered)
{
	const struct hostile *h = &hostile[_i];
	struct text t = {NULL, 0, 0};
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	int r;

	h->make(&t);
	bound_memory(t.len);
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	r = svclb_model_load(m, t.s, t.len, "f", &e);
	ck_assert_msg(r == -h->code, "%s gives %s: %s", h->name, svclb_code_name(r),
		      e ? svclb_error_get_message(e) : "");
	if (e)
		ck_assert_msg(strstr(svclb_error_get_message(e), h->part), "%s gives: %s", h->name,
			      svclb_error_get_message(e));
	/* errors and, behind them, warnings: each at most as many as the limit, and a last word */
	ck_assert_uint_le(count_errors(e), 2001);
	ck_assert_uint_le(count_errors(svclb_model_get_warnings(m)), 1001);
	svclb_error_unref(e);
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

/* A Service whose servers are a product, beside one of its own that is sound. */
static const struct product {
	unsigned ports, ips, endpoints;
	uint32_t mode;
	const char *says; /* NULL: it is not too much */
} products[] = {
	{300, 300, 1000, SVCLB_MODE_IPVS, "90390300 virtual and real servers"},
	{300, 300, 1000, SVCLB_MODE_AUTO, "90390300 virtual and real servers"},
	{300, 300, 1000, SVCLB_MODE_IPTABLES, NULL},
	{5000, 5000, 0, SVCLB_MODE_IPVS, "25005000 virtual and real servers"},
	{5000, 5000, 0, SVCLB_MODE_IPTABLES, "25005000 virtual and real servers"},
	{20000, 65000, 1000, SVCLB_MODE_IPVS, "virtual and real servers"},
};

#define N_PRODUCTS ((int)(sizeof(products) / sizeof(products[0])))

static void put_product(struct text *t, const struct product *x)
{
	char buf[64];

	put(t, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n", 1);
	for (unsigned i = 0; i < x->ports; i++) {
		(void)snprintf(buf, sizeof(buf), "  - {name: p%u, port: %u}\n", i, i + 1);
		put(t, buf, 1);
	}
	put(t, "  externalIPs:\n", 1);
	for (unsigned i = 0; i < x->ips; i++) {
		(void)snprintf(buf, sizeof(buf), "  - 192.168.%u.%u\n", i / 256, i % 256);
		put(t, buf, 1);
	}
	put(t, "---\n" SERVED("b", "192.0.2.1", ONE), 1);
	for (unsigned i = 0; i < x->endpoints; i++) {
		if (!i)
			put(t,
			    "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
			    "addressType: IPv4\nendpoints:\n",
			    1);
		(void)snprintf(buf, sizeof(buf), "- {addresses: ['10.244.%u.%u']}\n", i / 256,
			       i % 256);
		put(t, buf, 1);
	}
	if (x->endpoints)
		put(t, "ports:\n", 1);
	for (unsigned i = 0; x->endpoints && i < x->ports; i++) {
		(void)snprintf(buf, sizeof(buf), "- {name: p%u, port: %u}\n", i, i + 1);
		put(t, buf, 1);
	}
}

/* Multiplied, not expanded; and left aside, it does not stop the other one. */
START_TEST(products_are_not_expanded)
{
	const struct product *x = &products[_i];
	struct svclb_model *m = NULL, *held = NULL;
	struct svclb_error *e = NULL, *aside = NULL;
	struct svclb_options *opts = NULL;
	struct text t = {NULL, 0, 0};

	put_product(&t, x);
	bound_memory(t.len);
	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, x->mode), 0);
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_new(NULL, &held, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	if (x->says) {
		ck_assert_int_eq(svclb_model_merge_sound(held, m, opts, &aside, NULL), 0);
		ck_assert_uint_eq(svclb_model_count(held, SVCLB_KIND_SERVICE), 1);
		ck_assert_ptr_nonnull(strstr(svclb_error_get_message(aside), x->says));
	}
	ck_assert_int_eq(svclb_model_complete(m, opts, &e), x->says ? -SVCLB_ELIMIT : 0);
	if (x->says) {
		ck_assert_ptr_nonnull(strstr(svclb_error_get_message(e), x->says));
		ck_assert_str_eq(svclb_error_get_object(e), "Service default/a");
		ck_assert_ptr_nonnull(strstr(svclb_error_get_hint(e), "limits.servers"));
	}
	svclb_error_unref(e);
	svclb_error_unref(aside);
	svclb_options_unref(opts);
	svclb_model_unref(m);
	svclb_model_unref(held);
	free(t.s);
}
END_TEST

/* Each of two keeps to the limit: neither is at fault, and the later one is named. */
START_TEST(sums_have_a_limit)
{
	static const char text[] =
		SERVED("a", "192.0.2.1", ONE) "---\n" SERVED("b", "192.0.2.2", ONE);
	struct svclb_model *m = NULL, *held = NULL;
	struct svclb_error *e = NULL, *aside = NULL;
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_SERVERS, 3), 0);
	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_new(opts, &held, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f", NULL), 0);
	ck_assert_int_eq(svclb_model_merge_sound(held, m, opts, &aside, &e), -SVCLB_ELIMIT);
	ck_assert_ptr_null(aside);
	ck_assert_str_eq(svclb_error_get_object(e), "Service default/b");
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(e), "before it, 4 virtual"));
	svclb_error_unref(e);
	svclb_options_unref(opts);
	svclb_model_unref(m);
	svclb_model_unref(held);
}
END_TEST

#define NODE_PORT(name)                                         \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name \
	"}\nspec: {type: NodePort, ports: [" ONE "]}\n"

/* Node ports are served at every address of the node, which is known last. */
static const struct spread {
	const char *text;
	uint64_t limit;
	int r;		  /* of merging what is sound */
	const char *name; /* of the Service that is named */
	const char *message;
} spreads[] = {
	{NODE_PORT("a"), 4, 0, NULL, NULL},
	{NODE_PORT("a"), 3, 0, "a",
	 "too many: with all addresses of this node, 4 virtual and real servers, more than the "
	 "limit of 3"},
	{NODE_PORT("a") "---\n" NODE_PORT("b"), 5, -SVCLB_ELIMIT, "b",
	 "too many: with all addresses of this node and those of the objects before it, 8 virtual "
	 "and real servers, more than the limit of 5"},
};

#define N_SPREADS ((int)(sizeof(spreads) / sizeof(spreads[0])))

static struct svclb_options *node_with_addresses(uint64_t limit)
{
	static const char *const addresses[] = {"192.0.2.10", "192.0.2.11", "192.0.2.12"};
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_SERVERS, limit), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(svclb_options_add_node_address(opts, addresses[i], NULL), 0);
	return opts;
}

static void names_the_service(const struct svclb_error *e, const struct spread *x)
{
	ck_assert_int_eq(svclb_error_get_code(e), SVCLB_ELIMIT);
	ck_assert_str_eq(svclb_error_get_object_name(e), x->name);
	ck_assert_str_eq(svclb_error_get_field(e), "spec.ports");
	ck_assert_str_eq(svclb_error_get_message(e), x->message);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_hint(e), "limits.servers"));
	ck_assert_uint_ge(svclb_error_get_line(e), 4);
	ck_assert_ptr_null(svclb_error_get_next(e));
}

START_TEST(addresses_of_the_node_count)
{
	const struct spread *x = &spreads[_i];
	struct svclb_options *opts = node_with_addresses(x->limit);
	struct svclb_state *st = NULL;
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;

	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, x->text, strlen(x->text), "f", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	ck_assert_int_eq(svclb_compile(m, opts, &st, &e), x->name ? -SVCLB_ELIMIT : 0);
	if (x->name)
		names_the_service(e, x);
	svclb_error_unref(e);
	svclb_state_unref(st);
	svclb_options_unref(opts);
	svclb_model_unref(m);
}
END_TEST

/* What is too large for this node by itself is left out, a sum is nobody's fault. */
START_TEST(addresses_of_the_node_leave_out)
{
	static const char other[] = "---\n" SERVED("z", "", ONE);
	const struct spread *x = &spreads[_i];
	struct svclb_options *opts = node_with_addresses(x->limit);
	struct svclb_model *m = NULL, *held = NULL;
	struct svclb_error *e = NULL, *aside = NULL;

	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_new(opts, &held, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, x->text, strlen(x->text), "f", NULL), 0);
	if (!x->r && x->name)
		ck_assert_int_eq(svclb_model_load(m, other, sizeof(other) - 1, "g", NULL), 0);
	ck_assert_int_eq(svclb_model_merge_sound(held, m, opts, &aside, &e), x->r);
	if (x->name)
		names_the_service(x->r ? e : aside, x);
	else
		ck_assert_ptr_null(aside);
	ck_assert_uint_eq(svclb_model_count(held, SVCLB_KIND_SERVICE), x->r ? 0 : 1);
	svclb_error_unref(e);
	svclb_error_unref(aside);
	svclb_options_unref(opts);
	svclb_model_unref(m);
	svclb_model_unref(held);
}
END_TEST

static void put_ports(struct text *t, const char *indent, unsigned first, unsigned last)
{
	char buf[96];

	for (unsigned i = first; i <= last; i++) {
		(void)snprintf(buf, sizeof(buf), "%s- {name: same-start%u, port: %u}\n", indent, i,
			       i);
		put(t, buf, 1);
	}
}

/* As many ports as there may be, here and there: each is looked for, but not tried with each. */
START_TEST(ports_find_those_of_slices)
{
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	struct text t = {NULL, 0, 0};
	char buf[256];

	put(&t, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n", 1);
	put(&t, "  selector: {app: a}\n  ports:\n", 1);
	put_ports(&t, "  ", 1, 65535);
	for (unsigned i = 1; i <= 4; i++) {
		(void)snprintf(buf, sizeof(buf),
			       "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			       "metadata: {name: a-%u, labels: {kubernetes.io/service-name: a}}\n"
			       "addressType: IPv4\nendpoints: [{addresses: ['10.244.1.%u']}]\n"
			       "ports:\n",
			       i, i);
		put(&t, buf, 1);
		put_ports(&t, "", 65535 - 19999, 65535);
	}
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", &e), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, &e), 0);
	ck_assert_ptr_null(svclb_model_get_warnings(m));
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

/* Each target port is a name, and ten Pods have all of them, in the other order. */
START_TEST(target_ports_find_those_of_pods)
{
	static const unsigned n = 60000;
	struct svclb_model *m = NULL;
	struct text t = {NULL, 0, 0};
	char buf[160];

	put(&t, "apiVersion: v1\nkind: List\nitems:\n", 1);
	put(&t, "- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n", 1);
	put(&t, "    clusterIP: None\n    selector: {app: a}\n    ports:\n", 1);
	for (unsigned i = 1; i <= n; i++) {
		(void)snprintf(buf, sizeof(buf), "    - {name: p%u, port: %u, targetPort: t%u}\n",
			       i, i, i);
		put(&t, buf, 1);
	}
	for (unsigned k = 0; k < 10; k++) {
		(void)snprintf(
			buf, sizeof(buf),
			"- apiVersion: v1\n  kind: Pod\n  metadata: {name: p%u, labels: {app: "
			"a}}\n  status: {podIP: 10.244.0.%u}\n",
			k, k + 1);
		put(&t, buf, 1);
		put(&t, "  spec:\n    containers:\n", 1);
		if (k) {
			put(&t, "    - ports: *all\n", 1);
			continue;
		}
		put(&t, "    - ports: &all\n", 1);
		for (unsigned i = n; i; i--) {
			(void)snprintf(buf, sizeof(buf), "      - {name: t%u, containerPort: %u}\n",
				       i, i);
			put(&t, buf, 1);
		}
	}
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_ptr_null(svclb_model_get_warnings(m));
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

static struct svclb_model *many_node_ports(const struct svclb_options *opts, bool turned)
{
	static const unsigned n = 60000;
	struct svclb_model *m = NULL;
	struct text t = {NULL, 0, 0};
	char buf[64];

	put(&t, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n", 1);
	put(&t, "  type: NodePort\n  ports:\n", 1);
	for (unsigned i = 1; i <= n; i++) {
		unsigned port = turned ? n + 1 - i : i;

		(void)snprintf(buf, sizeof(buf), "  - {name: p%u, port: %u}\n", port, port);
		put(&t, buf, 1);
	}
	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	free(t.s);
	return m;
}

static char *node_port_at(const struct svclb_model *m, unsigned i)
{
	const struct svclb_object *o = svclb_model_find(m, SVCLB_KIND_SERVICE, "default", "a");
	char path[64], *text = NULL;

	(void)snprintf(path, sizeof(path), "spec.ports[%u].nodePort", i);
	ck_assert_int_eq(svclb_object_get_text(o, path, &text), 0);
	return text;
}

/* The ports of all containers are one array, which grows with each of them. */
START_TEST(containers_of_a_pod)
{
	struct strbuf t = {0};
	struct svclb_model *m;

	strbuf_add(&t, "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [");
	for (unsigned i = 0; i < 20000; i++)
		strbuf_addf(&t, "{ports: [{name: p%u, containerPort: %u}]}, ", i, i + 1);
	strbuf_add(&t, "]}\nstatus: {podIP: 10.0.0.1}\n");
	ck_assert(!t.failed);
	bound_memory(t.len);
	m = load(t.s);
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	svclb_model_unref(m);
	strbuf_free(&t);
}
END_TEST

/* Merged again and again, each time in the other order, a Service keeps each number. */
START_TEST(node_ports_find_their_predecessors)
{
	static const unsigned place[] = {776, 60000 - 777};
	struct svclb_options *opts = NULL;
	struct svclb_model *held, *versions[2];
	char *first, *now;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_port_range(opts, 1, 65535), 0);
	held = many_node_ports(opts, false);
	versions[0] = many_node_ports(opts, false);
	versions[1] = many_node_ports(opts, true);
	ck_assert_int_eq(svclb_model_complete(held, opts, NULL), 0);
	first = node_port_at(held, place[0]);
	for (unsigned i = 1; i <= 8; i++) {
		ck_assert_int_eq(svclb_model_merge(held, versions[i % 2], NULL), 0);
		ck_assert_int_eq(svclb_model_complete(held, opts, NULL), 0);
		now = node_port_at(held, place[i % 2]);
		ck_assert_str_eq(first, now);
		svclb_text_free(now);
	}
	svclb_text_free(first);
	svclb_model_unref(held);
	svclb_model_unref(versions[0]);
	svclb_model_unref(versions[1]);
	svclb_options_unref(opts);
}
END_TEST

/* Services times Pods, all of which match, or match but for one label: counted, not made. */
static const struct matching {
	unsigned services, pods;
	const char *ports;
	const char *labels[2]; /* of every other Pod */
	uint64_t nodes;	       /* limit; 0: the default one */
	const char *says;
} matchings[] = {
	{2000,
	 2000,
	 ONE,
	 {"a: x, b: y", "a: x, b: y"},
	 0,
	 "match more Pods than the limit on nodes allows"},
	{1000,
	 1000,
	 "{name: a, port: 1}, {name: b, port: 2}, {name: c, port: 3}, {name: d, port: 4}",
	 {"a: x, b: y", "a: x, b: y"},
	 0,
	 "virtual and real servers, more than the limit of 4000000"},
	{200,
	 500,
	 ONE,
	 {"a: x, b: z", "a: z, b: y"},
	 10000,
	 "are compared with more labels of Pods than the limit on nodes"},
};

START_TEST(selectors_are_counted)
{
	const struct matching *x = &matchings[_i];
	struct svclb_options *opts = NULL;
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	struct text t = {NULL, 0, 0};
	char buf[300];

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	if (x->nodes)
		ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, x->nodes), 0);
	for (unsigned i = 0; i < x->services; i++) {
		(void)snprintf(buf, sizeof(buf),
			       "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%u}\n"
			       "spec: {selector: {a: x, b: y}, ports: [%s]}\n",
			       i, x->ports);
		put(&t, buf, 1);
	}
	for (unsigned i = 0; i < x->pods; i++) {
		(void)snprintf(
			buf, sizeof(buf),
			"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%u, labels: {%s}}\n"
			"status: {podIP: 10.244.%u.%u}\n",
			i, x->labels[i % 2], i / 250, i % 250 + 1);
		put(&t, buf, 1);
	}
	bound_memory(t.len);
	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, &e), -SVCLB_ELIMIT);
	ck_assert_msg(strstr(svclb_error_get_message(e), x->says) != NULL, "%s",
		      svclb_error_get_message(e));
	svclb_error_unref(e);
	svclb_options_unref(opts);
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

static void put_labels(struct text *t, const char *before, unsigned n, const char *behind)
{
	put(t, before, 1);
	put_counted(t, "k", ": v, ", n);
	put(t, behind, 1);
}

/* As many labels in each selector as on each Pod: found, not walked through, and counted. */
static const struct labelled {
	unsigned n, labels;
	uint64_t nodes; /* limit; 0: the default one */
	const char *says;
} labelled[] = {
	{12, 20000, 0, NULL},
	{10, 1000, 4000, "are compared with more labels of Pods than the limit on nodes allows"},
};

START_TEST(selectors_of_many_labels)
{
	const struct labelled *x = &labelled[_i];
	struct svclb_options *opts = NULL;
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	struct text t = {NULL, 0, 0};
	char buf[96];

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	if (x->nodes)
		ck_assert_int_eq(svclb_options_set_limit(opts, SVCLB_LIMIT_NODES, x->nodes), 0);
	for (unsigned i = 0; i < x->n; i++) {
		(void)snprintf(buf, sizeof(buf),
			       "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%u}\n", i);
		put(&t, buf, 1);
		put_labels(&t, "spec: {ports: [" ONE "], selector: {", x->labels, "}}\n");
		put_labels(&t, "---\napiVersion: v1\nkind: Pod\nmetadata: {labels: {", x->labels,
			   "}");
		(void)snprintf(buf, sizeof(buf), ", name: p%u}\nstatus: {podIP: 10.244.0.%u}\n", i,
			       i + 1);
		put(&t, buf, 1);
	}
	ck_assert_int_eq(svclb_model_new(opts, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, &e), x->says ? -SVCLB_ELIMIT : 0);
	ck_assert(!x->says || strstr(svclb_error_get_message(e), x->says));
	svclb_error_unref(e);
	svclb_options_unref(opts);
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

static void put_list(struct text *t, const char *name, unsigned n)
{
	char buf[32];

	put(t, name, 1);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(buf, sizeof(buf), "%s10.1.%u.%u=3", i ? "," : "", i / 256, i % 256);
		put(t, buf, 1);
	}
	put(t, "\"", 1);
}

/* What a Service says of single addresses is not taken apart for each of its slices. */
START_TEST(lists_of_many_slices)
{
	struct svclb_model *m = NULL;
	struct text t = {NULL, 0, 0};
	char buf[256];

	put(&t, "apiVersion: v1\nkind: Service\n", 1);
	put_list(&t, "metadata: {name: a, annotations: {svclb.io/weight: \"", 20000);
	put_list(&t, ", svclb.io/upper-threshold: \"", 20000);
	put_list(&t, ", svclb.io/lower-threshold: \"", 20000);
	put(&t, "}}\nspec: {clusterIP: 10.96.0.1, ports: [" ONE "]}\n", 1);
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(buf, sizeof(buf),
			       "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			       "metadata: {name: a-%u, labels: {kubernetes.io/service-name: a}}\n"
			       "addressType: IPv4\nports: [" ONE "]\n"
			       "endpoints: [{addresses: [10.1.%u.%u]}]\n",
			       i, i / 256, i % 256);
		put(&t, buf, 1);
	}
	bound_memory(t.len);
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, t.s, t.len, "f", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	svclb_model_unref(m);
	free(t.s);
}
END_TEST

/* Nothing of an input steers a terminal, whatever is said about it. */
START_TEST(words_are_safe)
{
	static const char *const texts[] = {
		"\"a\\nb\\e[31m\": 1\n\"a\\nb\\e[31m\": 2\n",
		"a: !<x%0A%1B[31m> 1\n",
		"a: *b\n",
		"apiVersion: \"v\\x9b31m\"\nkind: \"P\\u202e\"\nmetadata: {name: \"\\x7f\"}\n",
		"apiVersion: \"\\n\\n\"\nkind: Pod\nmetadata: {\"\\x1b\": 1, name: \"\\u2028\"}\n",
	};
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	const struct svclb_error *shown;
	char *words;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	(void)svclb_model_load(m, texts[_i], strlen(texts[_i]), "f\n\x1b", &e);
	shown = e ? e : svclb_model_get_warnings(m);
	ck_assert_ptr_nonnull(shown);
	for (const struct svclb_error *p = shown; p; p = svclb_error_get_next(p))
		ck_assert_ptr_null(strchr(svclb_error_get_message(p), '\n'));
	words = errors_text(shown);
	for (const char *s = words; *s; s++)
		ck_assert_msg((*s >= 0x20 && *s != 0x7f) || *s == '\n', "byte 0x%02x in: %s",
			      (unsigned char)*s, words);
	free(words);
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_set_timeout(tc, 300); /* these are what takes long, with sanitizers all the more */
	tcase_add_loop_test(tc, each_limit_in_c, 0, N_LIMITED);
	tcase_add_loop_test(tc, each_limit_by_configuration, 0, N_LIMITED);
	tcase_add_test(tc, limits_hold_for_configurations_and_plans);
	tcase_add_test(tc, limits_hold_for_what_rules_of_a_plan_lead_to);
	tcase_add_test(tc, objects_of_all_inputs_count);
	tcase_add_loop_test(tc, hostile_inputs_are_answered, 0, N_HOSTILE);
	tcase_add_loop_test(tc, products_are_not_expanded, 0, N_PRODUCTS);
	tcase_add_test(tc, sums_have_a_limit);
	tcase_add_loop_test(tc, addresses_of_the_node_count, 0, N_SPREADS);
	tcase_add_loop_test(tc, addresses_of_the_node_leave_out, 0, N_SPREADS);
	tcase_add_test(tc, ports_find_those_of_slices);
	tcase_add_test(tc, target_ports_find_those_of_pods);
	tcase_add_test(tc, containers_of_a_pod);
	tcase_add_test(tc, node_ports_find_their_predecessors);
	tcase_add_loop_test(tc, selectors_are_counted, 0,
			    (int)(sizeof(matchings) / sizeof(matchings[0])));
	tcase_add_loop_test(tc, selectors_of_many_labels, 0,
			    (int)(sizeof(labelled) / sizeof(labelled[0])));
	tcase_add_test(tc, lists_of_many_slices);
	tcase_add_loop_test(tc, words_are_safe, 0, 5);
}

int main(void)
{
	return run_case("limits", fill);
}
