/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes on the in-memory kernel: which one is taken, changing it, and failing half way. */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <svclb/svclb.h>

#include "apply/ctx.h"
#include "state/state.h"

static const char web[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: web, annotations: {service.kubernetes.io/ipvs-scheduler: lc}}\n"
	"spec:\n"
	"  type: NodePort\n"
	"  clusterIP: 10.96.0.10\n"
	"  ports: [{port: 80, nodePort: 30080}]\n"
	"---\n"
	"apiVersion: discovery.k8s.io/v1\n"
	"kind: EndpointSlice\n"
	"metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
	"addressType: IPv4\n"
	"ports: [{port: 8080}]\n"
	"endpoints: [{addresses: [10.244.1.2]}, {addresses: [10.244.1.3]}]\n";

/* The same at addresses of both families. */
static const char dual[] = "apiVersion: v1\n"
			   "kind: Service\n"
			   "metadata: {name: web}\n"
			   "spec:\n"
			   "  clusterIP: 10.96.0.10\n"
			   "  clusterIPs: [10.96.0.10, 'fd00:96::10']\n"
			   "  ipFamilies: [IPv4, IPv6]\n"
			   "  ipFamilyPolicy: RequireDualStack\n"
			   "  ports: [{port: 80}]\n"
			   "---\n"
			   "apiVersion: discovery.k8s.io/v1\n"
			   "kind: EndpointSlice\n"
			   "metadata: {name: web-4, labels: {kubernetes.io/service-name: web}}\n"
			   "addressType: IPv4\n"
			   "ports: [{port: 8080}]\n"
			   "endpoints: [{addresses: [10.244.1.2]}]\n"
			   "---\n"
			   "apiVersion: discovery.k8s.io/v1\n"
			   "kind: EndpointSlice\n"
			   "metadata: {name: web-6, labels: {kubernetes.io/service-name: web}}\n"
			   "addressType: IPv6\n"
			   "ports: [{port: 8080}]\n"
			   "endpoints: [{addresses: ['fd00:10:244:1::2']}]\n";

static struct svclb_model *load(const char *text)
{
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "web.yaml", NULL), 0);
	return m;
}

static struct svclb_mem *new_mem(bool ipvs)
{
	struct svclb_mem *mem = NULL;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(mem, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_set_ipvs(mem, ipvs), 0);
	return mem;
}

static struct svclb_ctx *new_ctx(struct svclb_mem *mem, uint32_t mode)
{
	struct svclb_options *o = NULL;
	struct svclb_ctx *ctx = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	svclb_options_unref(o);
	return ctx;
}

/* Applies in a mode; *ret (may be NULL) is the report. */
static int apply(struct svclb_mem *mem, uint32_t mode, const char *text, struct svclb_report **ret)
{
	struct svclb_ctx *ctx = new_ctx(mem, mode);
	struct svclb_model *m = load(text);
	int r = svclb_apply(ctx, m, ret, NULL);

	svclb_model_unref(m);
	svclb_ctx_free(ctx);
	return r;
}

static struct svclb_state *read_all(struct svclb_mem *mem)
{
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_AUTO);
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_read(ctx, &st, NULL), 0);
	svclb_ctx_free(ctx);
	return st;
}

static char *text_of(struct svclb_mem *mem, uint32_t format)
{
	struct svclb_state *st = read_all(mem);
	char *text = NULL;

	ck_assert_int_eq(svclb_state_to_text(st, format, &text, NULL), 0);
	svclb_state_unref(st);
	return text;
}

static bool has(struct svclb_mem *mem, uint32_t format, const char *part)
{
	char *text = text_of(mem, format);
	bool found = strstr(text, part);

	svclb_text_free(text);
	return found;
}

/* ---- which mode ---- */

START_TEST(auto_with_ipvs)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_AUTO);
	uint32_t mode = 99;

	ck_assert_int_eq(svclb_resolve_mode(ctx, &mode, NULL), 0);
	ck_assert_uint_eq(mode, SVCLB_MODE_IPVS);
	ck_assert_ptr_null(svclb_ctx_get_mode_notice(ctx));
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

START_TEST(auto_without_ipvs)
{
	struct svclb_mem *mem = new_mem(false);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_AUTO);
	const struct svclb_error *notice;
	uint32_t mode = 99;

	ck_assert_int_eq(svclb_resolve_mode(ctx, &mode, NULL), 0);
	ck_assert_uint_eq(mode, SVCLB_MODE_IPTABLES);
	ck_assert_uint_eq(svclb_options_get_mode(svclb_ctx_get_options(ctx)), SVCLB_MODE_IPTABLES);
	notice = svclb_ctx_get_mode_notice(ctx);
	ck_assert_int_eq(svclb_error_get_severity(notice), SVCLB_SEVERITY_WARNING);
	ck_assert_str_eq(svclb_error_get_message(svclb_error_get_cause(notice)),
			 "the kernel has no IPVS");
	/* the answer stays when the module is loaded later */
	ck_assert_int_eq(svclb_mem_set_ipvs(mem, 1), 0);
	ck_assert_int_eq(svclb_resolve_mode(ctx, &mode, NULL), 0);
	ck_assert_uint_eq(mode, SVCLB_MODE_IPTABLES);
	ck_assert_int_eq(svclb_probe(ctx, NULL), 0);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

START_TEST(ipvs_is_not_replaced)
{
	struct svclb_mem *mem = new_mem(false);

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, web, NULL), -SVCLB_EUNSUPPORTED);
	ck_assert_uint_eq(svclb_mem_count_changes(mem), 0);
	svclb_mem_unref(mem);
}
END_TEST

START_TEST(a_report_says_why)
{
	struct svclb_mem *mem = new_mem(false);
	struct svclb_report *report = NULL;
	const struct svclb_error *w;
	char *json = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_AUTO, web, &report), 0);
	ck_assert_uint_eq(svclb_report_get_mode(report), SVCLB_MODE_IPTABLES);
	w = svclb_report_get_warnings(report);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(w), "mode auto is iptables here"));
	w = svclb_error_get_next(w);
	ck_assert_str_eq(svclb_error_get_object(w), "Service default/web");
	ck_assert_str_eq(svclb_error_get_message(w),
			 "its scheduler is without effect in mode iptables");
	ck_assert_ptr_null(svclb_error_get_next(w));
	ck_assert_int_eq(svclb_report_to_json(report, &json, NULL), 0);
	ck_assert_ptr_nonnull(strstr(json, "\"mode\": \"iptables\""));
	svclb_text_free(json);
	svclb_report_unref(report);
	ck_assert(has(mem, SVCLB_FORMAT_IPTABLES, "-j KUBE-SVC-"));
	svclb_mem_unref(mem);
}
END_TEST

/* Everything that only IPVS has, asked for by objects and by options: a warning for each. */
START_TEST(what_the_mode_lacks_is_said)
{
	static const char all[] =
		"apiVersion: v1\n"
		"kind: Service\n"
		"metadata:\n"
		"  name: web\n"
		"  annotations: {service.kubernetes.io/ipvs-scheduler: sh, svclb.io/scheduler-flags: sh-port,"
		" svclb.io/forwarding: direct, svclb.io/one-packet: 'true',"
		" svclb.io/affinity-prefix-ipv4: '24', svclb.io/upper-threshold: '9'}\n"
		"spec: {clusterIP: 10.96.0.10, sessionAffinity: ClientIP,"
		" ports: [{port: 53, protocol: UDP}]}\n"
		"---\n"
		"apiVersion: v1\n"
		"kind: Service\n"
		"metadata: {name: other, annotations: {svclb.io/drain: cut}}\n"
		"spec: {ports: [{port: 80}]}\n"
		"---\n"
		"apiVersion: discovery.k8s.io/v1\n"
		"kind: EndpointSlice\n"
		"metadata: {name: web-1, labels: {kubernetes.io/service-name: web},"
		" annotations: {svclb.io/upper-threshold: '7'}}\n"
		"addressType: IPv4\n"
		"ports: [{port: 53, protocol: UDP}]\n"
		"endpoints: [{addresses: [10.244.1.2], targetRef: {kind: Pod, name: p}}]\n"
		"---\n"
		"apiVersion: v1\n"
		"kind: Endpoints\n"
		"metadata: {name: other, annotations: {svclb.io/lower-threshold: '7'}}\n"
		"---\n"
		"apiVersion: v1\n"
		"kind: Pod\n"
		"metadata: {name: p, annotations: {svclb.io/upper-threshold: '7'}}\n"
		"spec: {containers: [{name: c}]}\n";
	static const struct {
		const char *object; /* NULL: an option */
		const char *message;
		const char *field;
	} want[] = {
		{NULL, "the option scheduler is", NULL},
		{NULL, "the option strictARP is", NULL},
		{NULL, "the option excludeCIDRs is", NULL},
		{NULL, "time-outs of IPVS are", NULL},
		{NULL, "the option physdev is", NULL},
		{NULL, "the option drain is", NULL},
		{"Service default/web", "its scheduler is",
		 "metadata.annotations[service.kubernetes.io/ipvs-scheduler]"},
		{"Service default/web", "its forwarding method is",
		 "metadata.annotations[svclb.io/forwarding]"},
		{"Service default/web", "scheduling packet by packet is",
		 "metadata.annotations[svclb.io/one-packet]"},
		{"Service default/web", "affinity of networks, not single addresses, is",
		 "metadata.annotations[svclb.io/affinity-prefix-ipv4]"},
		{"Service default/other", "an end to draining is",
		 "metadata.annotations[svclb.io/drain]"},
		{"Service default/web", "limits of connections are",
		 "metadata.annotations[svclb.io/upper-threshold]"},
		{"EndpointSlice default/web-1", "limits of connections are",
		 "metadata.annotations[svclb.io/upper-threshold]"},
		{"Endpoints default/other", "limits of connections are",
		 "metadata.annotations[svclb.io/lower-threshold]"},
		{"Pod default/p", "limits of connections are",
		 "metadata.annotations[svclb.io/upper-threshold]"},
	};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_model *m = load(all);
	struct svclb_options *o = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_report *report = NULL;
	struct svclb_error *list = NULL;
	const struct svclb_error *w;
	char message[200];

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, SVCLB_MODE_IPTABLES), 0);
	ck_assert_int_eq(svclb_options_set_scheduler(o, "lc"), 0);
	ck_assert_int_eq(svclb_options_set_strict_arp(o, 1), 0);
	ck_assert_int_eq(svclb_options_set_exclude_cidrs(o, "192.0.2.0/24"), 0);
	ck_assert_int_eq(svclb_options_set_ipvs_timeouts(o, 900, 0, 0), 0);
	ck_assert_int_eq(svclb_options_set_physdev(o, 1), 0);
	ck_assert_int_eq(svclb_options_set_drain(o, "30s"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_model_warn_mode(m, o, &list, NULL),
			 -SVCLB_EINVAL); /* not complete */
	ck_assert_int_eq(svclb_apply(ctx, m, &report, NULL), 0);
	ck_assert_int_eq(svclb_model_warn_mode(m, NULL, &list, NULL), 0);
	ck_assert_ptr_null(list); /* the default is AUTO */
	ck_assert_int_eq(svclb_model_warn_mode(m, o, &list, NULL), 0);
	w = _i ? list : svclb_report_get_warnings(report);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++, w = svclb_error_get_next(w)) {
		(void)snprintf(message, sizeof(message), "%s without effect in mode iptables",
			       want[i].message);
		ck_assert_ptr_nonnull(w);
		ck_assert_str_eq(svclb_error_get_message(w), message);
		ck_assert_pstr_eq(svclb_error_get_object(w), want[i].object);
		ck_assert_int_eq(svclb_error_get_severity(w), SVCLB_SEVERITY_WARNING);
		ck_assert_pstr_eq(svclb_error_get_field(w), want[i].field);
		ck_assert_int_eq(svclb_error_get_line(w) > 0, want[i].object != NULL);
		/* the place of the annotation, not of the object */
		ck_assert(!want[i].object || svclb_error_get_column(w) > 1);
	}
	ck_assert_ptr_null(w);
	svclb_error_unref(list);
	svclb_report_unref(report);
	svclb_ctx_free(ctx);
	svclb_options_unref(o);
	svclb_model_unref(m);
	svclb_mem_unref(mem);
}
END_TEST

#define NOTED(name, notes, ip, more)                                                          \
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: " name ", annotations: {" notes \
	"}}\nspec: {clusterIP: " ip ", " more "}\n"
#define TCP "ports: [{port: 80}]"
/* For Services with the selector. */
#define LIMITED_POD                                                                                \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {x: y}, "                     \
	"annotations: {svclb.io/upper-threshold: '7'}}\nspec: {containers: [{name: c}]}\nstatus: " \
	"{phase: Running, podIP: 10.244.0.9}\n"
#define LIMITED_SLICE(labels)                                                                       \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a-1, labels: " \
	"{kubernetes.io/service-name: a" labels                                                     \
	"}, annotations: {svclb.io/upper-threshold: '7'}}\n"                                        \
	"addressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.244.0.1]}]\n"
#define IN_MODE " without effect in mode iptables"

/* Words that are the default do nothing either; nothing is said of what is idle in both modes. */
static const struct {
	const char *yaml;
	const char *says[3];
} iptables_words[] = {
	{NOTED("a", "service.kubernetes.io/ipvs-scheduler: rr", "10.96.0.11", TCP)
		 NOTED("b", "svclb.io/scheduler-flags: none", "10.96.0.12", TCP)
			 NOTED("c", "service.kubernetes.io/ipvs-scheduler: lc", "10.96.0.13", TCP),
	 {"its scheduler is" IN_MODE "; the same with 2 other Services"}},
	{NOTED("a", "svclb.io/drain: linger, svclb.io/forwarding: masquerade", "10.96.0.11", TCP),
	 {"its forwarding method is" IN_MODE, "an end to draining is" IN_MODE}},
	{NOTED("a", "svclb.io/one-packet: 'false'", "10.96.0.11", TCP),
	 {"scheduling packet by packet is" IN_MODE}},
	{NOTED("a", "svclb.io/drain: cut", "10.96.0.11", "ports: [{port: 80, protocol: UDP}]"),
	 {NULL}},
	{NOTED("a", "svclb.io/affinity-prefix-ipv6: '64'", "10.96.0.11",
	       TCP ", sessionAffinity: ClientIP"),
	 {NULL}},
	{NOTED("a", "svclb.io/weight: '2'", "10.96.0.11", TCP), {NULL}},
	{NOTED("a", "svclb.io/upper-threshold: '2'", "None",
	       TCP) "---\n"
		    "apiVersion: v1\nkind: Endpoints\n"
		    "metadata: {name: a, annotations: {svclb.io/upper-threshold: '7'}}\n",
	 {NULL}},
	{NOTED("a", "", "10.96.0.11", TCP) LIMITED_SLICE(", service.kubernetes.io/headless: ''"),
	 {NULL}},
	{NOTED("a", "", "None", TCP ", selector: {x: y}") LIMITED_POD, {NULL}},
	{NOTED("a", "", "10.96.0.11", TCP ", selector: {x: z}") LIMITED_POD, {NULL}},
	{NOTED("a", "", "None", TCP ", selector: {x: y}")
		 NOTED("b", "", "10.96.0.11", TCP ", selector: {x: y}") LIMITED_POD,
	 {"limits of connections are" IN_MODE}},
};

START_TEST(said_once_in_iptables_mode)
{
	struct svclb_model *m = load(iptables_words[_i].yaml);
	struct svclb_options *o = NULL;
	struct svclb_error *list = NULL;
	const struct svclb_error *w;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, SVCLB_MODE_IPTABLES), 0);
	ck_assert_int_eq(svclb_model_complete(m, o, NULL), 0);
	ck_assert_int_eq(svclb_model_warn_mode(m, o, &list, NULL), 0);
	w = list;
	for (size_t i = 0; iptables_words[_i].says[i]; i++, w = svclb_error_get_next(w)) {
		ck_assert_ptr_nonnull(w);
		ck_assert_str_eq(svclb_error_get_message(w), iptables_words[_i].says[i]);
		ck_assert_str_eq(svclb_error_get_object(w),
				 strstr(iptables_words[_i].says[i], "limits")
					 ? "Pod default/p"
					 : "Service default/a");
	}
	ck_assert_ptr_null(w);
	svclb_error_unref(list);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* Each of them, once, and before anything is changed. */
START_TEST(plain_virtual_servers_are_refused)
{
	static const char plains[] = "apiVersion: svclb.io/v1alpha1\n"
				     "kind: VirtualServer\n"
				     "metadata: {name: mail}\n"
				     "spec: {address: 203.0.113.25, port: 25}\n"
				     "---\n"
				     "apiVersion: svclb.io/v1alpha1\n"
				     "kind: VirtualServer\n"
				     "metadata: {name: marked}\n"
				     "spec: {mark: 7}\n";
	static const char *const names[] = {"VirtualServer mail", "VirtualServer marked"};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_IPTABLES);
	struct svclb_model *m = load(plains);
	struct svclb_error *err = NULL;
	const struct svclb_error *e;

	ck_assert_int_eq(svclb_apply(ctx, m, NULL, &err), -SVCLB_EUNSUPPORTED);
	e = err;
	for (size_t i = 0; i < 2; i++, e = svclb_error_get_next(e)) {
		ck_assert_str_eq(svclb_error_get_object(e), names[i]);
		ck_assert_str_eq(svclb_error_get_message(e),
				 "the mode iptables has no plain virtual servers");
		ck_assert_int_gt(svclb_error_get_line(e), 0);
	}
	ck_assert_ptr_null(e);
	ck_assert_uint_eq(svclb_mem_count_changes(mem), 0);
	svclb_error_unref(err);
	svclb_model_unref(m);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

START_TEST(twice_is_once)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_report *report = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, NULL), 0);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, &report), 0);
	ck_assert_uint_eq(svclb_report_get_changes(report), 0);
	svclb_report_unref(report);
	svclb_mem_unref(mem);
}
END_TEST

/* ---- changing it ---- */

/* Position of the first step whose text begins so; -1: none. */
static int step_of(const struct svclb_plan *plan, const char *op, const char *begin)
{
	const struct svclb_step *s = NULL;

	for (int i = 0; (s = svclb_plan_next_step(plan, s)); i++) {
		char *text = NULL;
		bool found;

		ck_assert_int_eq(svclb_step_to_text(plan, s, &text), 0);
		found = !strncmp(text, begin, strlen(begin)) && !strcmp(svclb_step_get_op(s), op);
		svclb_text_free(text);
		if (found)
			return i;
	}
	return -1;
}

/* Each step comes before the next one. */
static void check_order(const struct svclb_plan *plan, const char *const (*steps)[2], size_t n)
{
	int last = -1;

	for (size_t i = 0; i < n; i++) {
		int at = step_of(plan, steps[i][0], steps[i][1]);

		ck_assert_msg(at > last, "%s %s: %d, behind %d", steps[i][0], steps[i][1], at,
			      last);
		last = at;
	}
}

START_TEST(to_iptables)
{
	static const char *const order[][2] = {
		{"change", "table nat of iptables"},
		{"change", "table filter of iptables"},
		{"change", "sysctl net.ipv4.conf.all.route_localnet"},
		{"delete", "virtual server 10.96.0.10:80/TCP"},
		{"delete", "address 10.96.0.10"},
		{"delete", "link"},
		{"delete", "set KUBE-CLUSTER-IP"},
	};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_report *report = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, web, NULL), 0);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, &report), 0);
	check_order(svclb_report_get_plan(report), order, sizeof(order) / sizeof(order[0]));
	svclb_report_unref(report);
	ck_assert(!has(mem, SVCLB_FORMAT_IPVSADM, "-A"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPSET, "create"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPTABLES, "KUBE-LOAD-BALANCER"));
	svclb_mem_unref(mem);
}
END_TEST

/* What the node itself asks of an address outlives it: an IPv6 one goes before the time for what is
 * under way, while a route still leads to it. */
START_TEST(to_iptables_routes)
{
	static const char *const order[][2] = {
		{"change", "table nat of iptables"},
		{"add", "routes for requests of the node"},
		{"delete", "address fd00:96::10"},
		{"change", "connections under way"},
		{"delete", "virtual server 10.96.0.10:80/TCP"},
		{"delete", "address 10.96.0.10"},
		{"delete", "routes for requests of the node"},
		{"delete", "link"},
	};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_report *report = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, dual, NULL), 0);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, dual, &report), 0);
	check_order(svclb_report_get_plan(report), order, sizeof(order) / sizeof(order[0]));
	svclb_report_unref(report);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, dual, &report), 0);
	ck_assert_int_eq(step_of(svclb_report_get_plan(report), "routes", "add"), -1);
	svclb_report_unref(report);
	svclb_mem_unref(mem);
}
END_TEST

/* An apply that is killed before the first step whose words begin so. */
static void begin_apply(struct svclb_mem *mem, uint32_t mode, const char *text,
			const char *const words[2])
{
	struct svclb_ctx *ctx = new_ctx(mem, mode);
	struct svclb_model *m = load(text);
	struct svclb_state *want = NULL;
	struct svclb_state *have = NULL;
	struct svclb_plan *plan = NULL;
	enum fate done[256] = {FATE_UNDONE};
	size_t n;

	ck_assert_int_eq(svclb_model_complete(m, svclb_ctx_get_options(ctx), NULL), 0);
	ck_assert_int_eq(svclb_compile(m, svclb_ctx_get_options(ctx), &want, NULL), 0);
	ck_assert_int_eq(svclb_read(ctx, &have, NULL), 0);
	ck_assert_int_eq(svclb_diff(have, want, 0, &plan, NULL), 0);
	n = (size_t)step_of(plan, words[0], words[1]);
	ck_assert_uint_lt(n, 256);
	ck_assert_int_eq(ctx->kernel->ops->run(ctx->kernel, plan, 0, n, false, done, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(have);
	svclb_state_unref(want);
	svclb_model_unref(m);
	svclb_ctx_free(ctx);
}

/* A change of mode that broke off after the first step of that order, begun again. */
static void once_more(uint32_t from, uint32_t to, const char *const order[][2], size_t n)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_report *report = NULL;

	ck_assert_int_eq(apply(mem, from, dual, NULL), 0);
	begin_apply(mem, to, dual, order[0]);
	ck_assert_int_eq(apply(mem, to, dual, &report), 0);
	check_order(svclb_report_get_plan(report), order, n);
	svclb_report_unref(report);
	svclb_mem_unref(mem);
}

/* An apply that was killed behind the tables has left rules that serve, and all of IPVS. */
START_TEST(to_iptables_once_more)
{
	static const char *const order[][2] = {
		{"add", "routes for requests of the node"},
		{"delete", "address fd00:96::10"},
		{"change", "connections under way"},
		{"delete", "virtual server 10.96.0.10:80/TCP"},
	};

	once_more(SVCLB_MODE_IPVS, SVCLB_MODE_IPTABLES, order, sizeof(order) / sizeof(order[0]));
}
END_TEST

START_TEST(to_ipvs)
{
	static const char *const order[][2] = {
		{"change", "sysctl net.ipv4.conf.all.route_localnet 1 -> 0"},
		{"add", "set KUBE-CLUSTER-IP"},
		{"change", "table filter of iptables"},
		{"add", "virtual server 10.96.0.10:80/TCP"},
		{"add", "address 10.96.0.10"},
		{"add", "entry KUBE-CLUSTER-IP"},
		{"change", "table nat of iptables"},
	};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_report *report = NULL;
	char *before;
	char *after;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, web, NULL), 0);
	before = text_of(mem, SVCLB_FORMAT_IPTABLES);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, NULL), 0);
	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, web, &report), 0);
	check_order(svclb_report_get_plan(report), order, sizeof(order) / sizeof(order[0]));
	svclb_report_unref(report);
	after = text_of(mem, SVCLB_FORMAT_IPTABLES);
	ck_assert_str_eq(before, after);
	svclb_text_free(before);
	svclb_text_free(after);
	svclb_mem_unref(mem);
}
END_TEST

/* An apply that was killed behind the first of the tables has left nat, which serves: it still comes last. */
START_TEST(to_ipvs_once_more)
{
	static const char *const order[][2] = {
		{"add", "virtual server 10.96.0.10:80/TCP"},
		{"add", "address 10.96.0.10"},
		{"add", "entry KUBE-CLUSTER-IP"},
		{"change", "table nat of iptables"},
	};

	once_more(SVCLB_MODE_IPTABLES, SVCLB_MODE_IPVS, order, sizeof(order) / sizeof(order[0]));
}
END_TEST

START_TEST(cleanup)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_AUTO);

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, NULL), 0);
	ck_assert(has(mem, SVCLB_FORMAT_SYSCTLS, "net.ipv4.conf.all.route_localnet=1"));
	ck_assert_int_eq(svclb_cleanup(ctx, NULL, NULL), 0);
	ck_assert(has(mem, SVCLB_FORMAT_SYSCTLS, "net.ipv4.conf.all.route_localnet=0"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPTABLES, "KUBE-"));
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

/* Nothing of either family is left, but for settings: others may rely on them by now. */
START_TEST(cleanup_of_ipvs)
{
	static const char *const kept[] = {"net.ipv4.ip_forward=1", "net.ipv4.vs.conntrack=1",
					   "net.ipv6.conf.all.forwarding=1"};
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_AUTO);

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, dual, NULL), 0);
	ck_assert(has(mem, SVCLB_FORMAT_IPSET, "create KUBE-6-CLUSTER-IP"));
	ck_assert_int_eq(svclb_cleanup(ctx, NULL, NULL), 0);
	ck_assert(!has(mem, SVCLB_FORMAT_IPVSADM, "-A"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPSET, "create"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPTABLES, "KUBE-"));
	ck_assert(!has(mem, SVCLB_FORMAT_IP6TABLES, "KUBE-"));
	ck_assert(!has(mem, SVCLB_FORMAT_ADDRESSES, "/"));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		ck_assert_msg(has(mem, SVCLB_FORMAT_SYSCTLS, kept[i]), "%s", kept[i]);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

static bool mentions_routing(const struct svclb_plan *plan)
{
	return step_of(plan, "change", "sysctl net.ipv4.conf.all.route_localnet") >= 0;
}

/* The plan as it is loaded again. */
static struct svclb_plan *loaded(const struct svclb_plan *plan)
{
	struct svclb_plan *again = NULL;
	char *json;

	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan", NULL, &again, NULL), 0);
	svclb_text_free(json);
	return again;
}

/* The last owner with a guard turns the routing of 127.0.0.0/8 off, nobody before. */
START_TEST(routing_stays_on_while_another_owner_guards_it)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_IPTABLES);
	struct svclb_state *nothing = state_new(svclb_ctx_get_options(ctx));
	struct svclb_state *have = NULL;
	struct svclb_plan *plan = NULL;
	struct svclb_plan *again;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, NULL), 0);
	ck_assert_int_eq(state_seal(nothing, NULL), 0);
	ck_assert_int_eq(svclb_read(ctx, &have, NULL), 0);
	have->other_guard = _i;
	ck_assert_int_eq(svclb_diff(have, nothing, 0, &plan, NULL), 0);
	ck_assert(mentions_routing(plan) == !_i);
	again = loaded(plan);
	ck_assert(mentions_routing(again) == !_i);
	ck_assert_int_eq(svclb_plan_check(again, have, NULL), 0);
	have->other_guard = !_i;
	ck_assert_int_eq(svclb_plan_check(again, have, NULL), -SVCLB_EAGAIN);
	ck_assert_int_eq(svclb_plan_commit(ctx, again, NULL, NULL), _i ? -SVCLB_EAGAIN : 0);
	ck_assert(has(mem, SVCLB_FORMAT_SYSCTLS, "net.ipv4.conf.all.route_localnet=1") == _i);
	svclb_plan_unref(again);
	svclb_plan_unref(plan);
	svclb_state_unref(have);
	svclb_state_unref(nothing);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

/* What does not touch the routing of 127.0.0.0/8 is not held up by who guards it. */
START_TEST(guards_of_others_are_no_matter_of_ipvs)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_IPVS);
	struct svclb_state *nothing = state_new(svclb_ctx_get_options(ctx));
	struct svclb_state *have = NULL;
	struct svclb_plan *plan = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPVS, web, NULL), 0);
	ck_assert_int_eq(state_seal(nothing, NULL), 0);
	ck_assert_int_eq(svclb_read(ctx, &have, NULL), 0);
	have->other_guard = _i;
	ck_assert_int_eq(svclb_diff(have, nothing, 0, &plan, NULL), 0);
	have->other_guard = !_i;
	ck_assert_int_eq(svclb_plan_check(plan, have, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(have);
	svclb_state_unref(nothing);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

/* Mode auto is known to be IPVS when the kernel has been asked. */
START_TEST(no_localhost_in_ipvs)
{
	static const char words[] = "localhostNodePorts is without effect in mode ipvs";

	for (int ports = 0; ports < 2; ports++) {
		struct svclb_mem *mem = new_mem(true);
		struct svclb_options *o = NULL;
		struct svclb_ctx *ctx = NULL;
		struct svclb_model *m = load(ports ? web : dual);
		struct svclb_report *report = NULL;
		bool said = false;

		ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
		ck_assert_int_eq(svclb_options_set_mode(o, SVCLB_MODE_AUTO), 0);
		ck_assert_int_eq(svclb_options_set_localhost_node_ports(o, 1), 0);
		ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
		ck_assert_int_eq(svclb_apply(ctx, m, &report, NULL), 0);
		for (const struct svclb_error *e = svclb_report_get_warnings(report); e;
		     e = svclb_error_get_next(e))
			said |= strstr(svclb_error_get_message(e), words) != NULL;
		ck_assert_int_eq(said, ports);
		svclb_report_unref(report);
		svclb_model_unref(m);
		svclb_ctx_free(ctx);
		svclb_options_unref(o);
		svclb_mem_unref(mem);
	}
}
END_TEST

/* ---- failing half way ---- */

/* When the rules serve and before anything of IPVS goes, requests under way get time; not back. */
START_TEST(requests_under_way_get_time)
{
	static const uint32_t modes[] = {SVCLB_MODE_IPVS, SVCLB_MODE_IPTABLES, SVCLB_MODE_IPVS};
	static const char words[] = "connections under way get 500 ms to be answered";
	struct svclb_mem *mem = new_mem(true);

	for (size_t i = 0; i < 3; i++) {
		struct svclb_report *report = NULL;
		const struct svclb_step *s = NULL;
		bool waited = false;

		ck_assert_int_eq(apply(mem, modes[i], web, &report), 0);
		while ((s = svclb_plan_next_step(svclb_report_get_plan(report), s))) {
			char *text = NULL;

			ck_assert_int_eq(
				svclb_step_to_text(svclb_report_get_plan(report), s, &text), 0);
			if (!strcmp(svclb_step_get_subsystem(s), "iptables"))
				ck_assert(!waited);
			if (i == 1 && !strcmp(svclb_step_get_op(s), "delete"))
				ck_assert(waited);
			waited = waited || !strcmp(text, words);
			svclb_text_free(text);
		}
		ck_assert_int_eq(waited, i == 1);
		svclb_report_unref(report);
	}
	svclb_mem_unref(mem);
}
END_TEST

/* Fails at every change of a change of mode; afterwards all is as before. */
static void fail_everywhere(const char *text, uint32_t from, uint32_t to)
{
	int r = -1;

	for (uint64_t k = 1; r && k < 500; k++) {
		struct svclb_mem *mem = new_mem(true);
		struct svclb_state *before;
		struct svclb_state *after;

		ck_assert_int_eq(apply(mem, from, text, NULL), 0);
		before = read_all(mem);
		ck_assert_int_eq(svclb_mem_fail_at(mem, k, EIO, 0), 0);
		r = apply(mem, to, text, NULL);
		ck_assert(!r || r == -SVCLB_EROLLEDBACK);
		after = read_all(mem);
		ck_assert_int_eq(svclb_state_equal(after, before), r != 0);
		svclb_state_unref(before);
		svclb_state_unref(after);
		svclb_mem_unref(mem);
	}
	ck_assert_int_eq(r, 0);
}

START_TEST(failing_to_iptables)
{
	fail_everywhere(web, SVCLB_MODE_IPVS, SVCLB_MODE_IPTABLES);
	fail_everywhere(dual, SVCLB_MODE_IPVS, SVCLB_MODE_IPTABLES);
}
END_TEST

START_TEST(failing_to_ipvs)
{
	fail_everywhere(web, SVCLB_MODE_IPTABLES, SVCLB_MODE_IPVS);
	fail_everywhere(dual, SVCLB_MODE_IPTABLES, SVCLB_MODE_IPVS);
}
END_TEST

/* A saved plan of a change of mode is the same plan again. */
START_TEST(a_saved_plan)
{
	struct svclb_mem *mem = new_mem(true);
	struct svclb_ctx *ctx = new_ctx(mem, SVCLB_MODE_IPVS);
	struct svclb_model *m = load(web);
	struct svclb_report *report = NULL;
	struct svclb_state *want = NULL;
	struct svclb_state *have;
	struct svclb_plan *plan = NULL;
	struct svclb_plan *loaded = NULL;
	char *json = NULL;

	ck_assert_int_eq(apply(mem, SVCLB_MODE_IPTABLES, web, NULL), 0);
	ck_assert_int_eq(svclb_discover(ctx, NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, svclb_ctx_get_options(ctx), NULL), 0);
	ck_assert_int_eq(svclb_compile(m, svclb_ctx_get_options(ctx), &want, NULL), 0);
	have = read_all(mem);
	ck_assert_int_eq(svclb_diff(have, want, 0, &plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(plan, &json, NULL), 0);
	ck_assert_int_eq(svclb_plan_load(json, strlen(json), "plan.json", NULL, &loaded, NULL), 0);
	ck_assert_uint_eq(svclb_plan_count(loaded), svclb_plan_count(plan));
	ck_assert_int_eq(svclb_plan_commit(ctx, loaded, &report, NULL), 0);
	ck_assert_uint_eq(svclb_report_get_mode(report), SVCLB_MODE_IPVS);
	ck_assert(has(mem, SVCLB_FORMAT_IPVSADM, "-A -t 10.96.0.10:80"));
	ck_assert(!has(mem, SVCLB_FORMAT_IPTABLES, "KUBE-SVC-"));
	svclb_report_unref(report);
	svclb_plan_unref(plan);
	svclb_plan_unref(loaded);
	svclb_state_unref(want);
	svclb_state_unref(have);
	svclb_text_free(json);
	svclb_model_unref(m);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mode");
	TCase *t = tcase_create("mode");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, auto_with_ipvs);
	tcase_add_test(t, auto_without_ipvs);
	tcase_add_test(t, ipvs_is_not_replaced);
	tcase_add_test(t, a_report_says_why);
	tcase_add_loop_test(t, what_the_mode_lacks_is_said, 0, 2);
	tcase_add_loop_test(t, said_once_in_iptables_mode, 0,
			    (int)(sizeof(iptables_words) / sizeof(iptables_words[0])));
	tcase_add_test(t, plain_virtual_servers_are_refused);
	tcase_add_test(t, requests_under_way_get_time);
	tcase_add_test(t, twice_is_once);
	tcase_add_test(t, to_iptables);
	tcase_add_test(t, to_iptables_routes);
	tcase_add_test(t, to_iptables_once_more);
	tcase_add_test(t, to_ipvs);
	tcase_add_test(t, to_ipvs_once_more);
	tcase_add_test(t, cleanup);
	tcase_add_test(t, cleanup_of_ipvs);
	tcase_add_loop_test(t, guards_of_others_are_no_matter_of_ipvs, 0, 2);
	tcase_add_test(t, no_localhost_in_ipvs);
	tcase_add_loop_test(t, routing_stays_on_while_another_owner_guards_it, 0, 2);
	tcase_add_test(t, failing_to_iptables);
	tcase_add_test(t, failing_to_ipvs);
	tcase_add_test(t, a_saved_plan);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
