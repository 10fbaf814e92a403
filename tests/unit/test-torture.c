/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at allocation k, for every k of every stage: a clean error or success, nothing
 * leaked, and the in-memory kernel as before or as asked for.
 */
#include "failing-memory.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#include "kernel/mem.h"

/* One of everything that has code of its own on the way to the kernel. */
static const char first_yaml[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: &meta {name: web, labels: {team: a}}\n"
	"spec:\n"
	"  type: LoadBalancer\n"
	"  selector: {app: web}\n"
	"  clusterIP: 10.96.0.10\n"
	"  externalIPs: [192.0.2.5]\n"
	"  loadBalancerSourceRanges: [198.51.100.0/24]\n"
	"  sessionAffinity: ClientIP\n"
	"  ports:\n"
	"  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}\n"
	"  - {name: dns, port: 53, protocol: UDP}\n"
	"  unheardOf: true\n"
	"status: {loadBalancer: {ingress: [{ip: 192.0.2.6}]}}\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata: {name: web-a, labels: {app: web}}\n"
	"spec: {nodeName: n1, containers: [{name: c}]}\n"
	"status: {podIP: 10.244.1.2, podIPs: [{ip: 10.244.1.2}, {ip: 'fd00::2'}],\n"
	"  conditions: [{type: Ready, status: 'True'}]}\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: six, namespace: other}\n"
	"spec: {ipFamilies: [IPv6], ports: [{port: 443}]}\n"
	"---\n"
	"apiVersion: discovery.k8s.io/v1\n"
	"kind: EndpointSlice\n"
	"metadata: {name: six-1, namespace: other, labels: {kubernetes.io/service-name: six}}\n"
	"addressType: IPv6\n"
	"ports: [{port: 8443}]\n"
	"endpoints: [{addresses: ['fd00::10'], nodeName: n1, zone: z}, {addresses: ['fd00::11']}]\n";

/* Against the first: a port less, another endpoint, a Service less and one more. */
static const char second_yaml[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata:\n"
	"  name: web\n"
	"  annotations: {service.kubernetes.io/ipvs-scheduler: wrr}\n"
	"spec: {type: NodePort, clusterIP: 10.96.0.10,\n"
	"  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Endpoints\n"
	"metadata: {name: web, annotations: {svclb.io/weight: '10.244.1.3=2,1', svclb.io/odd: ''}}\n"
	"subsets: [{addresses: [{ip: 10.244.1.3}], ports: [{name: http, port: 8080}]}]\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: new}\n"
	"spec: {clusterIP: 10.96.0.11, ports: [{port: 80}]}\n"
	"---\n"
	"apiVersion: svclb.io/v1alpha1\n"
	"kind: VirtualServer\n"
	"metadata: {name: plain}\n"
	"spec: {address: 203.0.113.1, port: 80, scheduler: sh, schedulerFlags: [sh-port],\n"
	"  realServers: [{address: 10.0.0.1}, {address: 10.0.0.2, forwarding: direct}]}\n";

static const char first_json[] =
	"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\","
	"\"kind\": \"Service\", \"metadata\": {\"name\": \"w\\u0065b\"}, \"spec\": {\"ports\":"
	"[{\"port\": 80}]}}, {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}]}";

/* Problems of several kinds, so that lists of errors are built. */
static const char bad_yaml[] = "apiVersion: v1\n"
			       "kind: Service\n"
			       "metadata: {name: Web, name: twice}\n"
			       "spec: {ports: [{port: 0}], clusterIP: [1]}\n"
			       "---\n"
			       "apiVersion: v2\n"
			       "kind: Service\n"
			       "metadata: {name: \"a\\\"b\", labels: 7}\n";

static const char invalid_yaml[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: web, annotations: {svclb.io/weight: x, svclb.io/scheduler-flags: y}}\n"
	"spec: {type: Odd, clusterIP: 10.1.2.3.4, ports: [{port: 80}, {port: 80}]}\n";

static const char configuration[] =
	"apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
	"kind: KubeProxyConfiguration\n"
	"clusterCIDR: 10.244.0.0/16,fd00:1::/64\n"
	"nodePortAddresses: [192.168.0.0/16]\n"
	"ipvs: {scheduler: wrr, excludeCIDRs: [10.0.0.0/8, 10.1.0.0/16], tcpTimeout: 15m}\n"
	"---\n"
	"apiVersion: svclb.io/v1alpha1\n"
	"kind: SvclbConfiguration\n"
	"nodeName: n1\n"
	"nodeAddresses: [192.168.0.1/24]\n"
	"zone: z\n"
	"unheardOf: 1\n";

/* What a stage works on; prepared with memory, then used without. */
struct bench {
	struct svclb_options *opts;
	struct svclb_model *model;
	struct svclb_mem *mem;
	struct svclb_ctx *ctx;
	struct svclb_state *before;
	struct svclb_state *after;
	struct svclb_state *state;
	struct svclb_state *made;
	struct svclb_plan *plan;
	struct svclb_plan *plan_made;
	struct svclb_report *report;
	struct svclb_error *problems;
	char *saved;
	char *text;
};

static void bench_free(struct bench *b)
{
	svclb_options_unref(b->opts);
	svclb_model_unref(b->model);
	svclb_ctx_free(b->ctx);
	svclb_mem_unref(b->mem);
	svclb_state_unref(b->before);
	svclb_state_unref(b->after);
	svclb_state_unref(b->state);
	svclb_state_unref(b->made);
	svclb_plan_unref(b->plan);
	svclb_plan_unref(b->plan_made);
	svclb_report_unref(b->report);
	svclb_error_unref(b->problems);
	svclb_text_free(b->saved);
	svclb_text_free(b->text);
	memset(b, 0, sizeof(*b));
}

/* ---- preparing ---- */

static int load(struct bench *b, const char *text, struct svclb_error **reterr)
{
	return svclb_model_load(b->model, text, strlen(text), "f.yaml", reterr);
}

static void load_new(struct bench *b, const char *text)
{
	svclb_model_unref(b->model);
	ck_assert_int_eq(svclb_model_new(b->opts, &b->model, NULL), 0);
	ck_assert_int_eq(load(b, text, NULL), 0);
}

static void with_options(struct bench *b)
{
	ck_assert_int_eq(svclb_options_new(&b->opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(b->opts, "n1"), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(b->opts, "10.244.0.0/16"), 0);
}

static void with_model(struct bench *b)
{
	with_options(b);
	ck_assert_int_eq(svclb_model_new(b->opts, &b->model, NULL), 0);
}

static void with_objects(struct bench *b)
{
	with_options(b);
	load_new(b, first_yaml);
}

static void with_invalid_objects(struct bench *b)
{
	with_options(b);
	load_new(b, invalid_yaml);
}

static void with_completed(struct bench *b)
{
	with_objects(b);
	ck_assert_int_eq(svclb_model_complete(b->model, b->opts, NULL), 0);
}

static struct svclb_state *compiled(struct bench *b, const char *text)
{
	struct svclb_state *st = NULL;

	load_new(b, text);
	ck_assert_int_eq(svclb_model_complete(b->model, b->opts, NULL), 0);
	ck_assert_int_eq(svclb_compile(b->model, svclb_ctx_get_options(b->ctx), &st, NULL), 0);
	return st;
}

static void with_state(struct bench *b)
{
	with_completed(b);
	ck_assert_int_eq(svclb_compile(b->model, b->opts, &b->state, NULL), 0);
}

static struct svclb_state *kernel_state(struct bench *b)
{
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_read(b->ctx, &st, NULL), 0);
	return st;
}

static void with_kernel(struct bench *b)
{
	with_options(b);
	ck_assert_int_eq(svclb_mem_new(&b->mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(b->mem, "192.168.0.1", "eth0"), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(b->opts, b->mem, &b->ctx, NULL), 0);
	ck_assert_int_eq(svclb_discover(b->ctx, NULL), 0);
}

/* How many connections there are to a real server that only the first objects have, if it is there. */
static void connect_first(struct bench *b, uint32_t n)
{
	(void)svclb_mem_set_connections(b->mem, "10.96.0.10", 80, "10.244.1.2", 8080, n, 0);
}

/* The kernel holds `from` (NULL: nothing); the model asks for `to`. */
static void on_the_way(struct bench *b, const char *from, const char *to)
{
	with_kernel(b);
	if (from) {
		load_new(b, from);
		ck_assert_int_eq(svclb_apply(b->ctx, b->model, NULL, NULL), 0);
		connect_first(b, 1);
	}
	b->before = kernel_state(b);
	b->after = compiled(b, to);
	load_new(b, to);
}

static void fresh(struct bench *b)
{
	on_the_way(b, NULL, first_yaml);
}

static void changed(struct bench *b)
{
	on_the_way(b, first_yaml, second_yaml);
}

/* What goes drains, and the last connection has just ended. */
static void drained(struct bench *b)
{
	changed(b);
	ck_assert_int_eq(svclb_apply(b->ctx, b->model, NULL, NULL), 0);
	connect_first(b, 0);
	svclb_state_unref(b->before);
	b->before = kernel_state(b);
	ck_assert_int_eq(svclb_state_equal(b->before, b->after), 0);
	load_new(b, second_yaml);
}

/* Clients connect to what goes, just before it gets no connections any more. */
static void changed_meeting_clients(struct bench *b)
{
	changed(b);
	connect_first(b, 0);
	svclb_state_unref(b->before);
	b->before = kernel_state(b);
	b->mem->connect_at = b->mem->changes + 1;
}

static void changed_back(struct bench *b)
{
	on_the_way(b, second_yaml, first_yaml);
}

static void emptied(struct bench *b)
{
	on_the_way(b, first_yaml, "");
}

static void work_in(struct bench *b, uint32_t mode)
{
	b->ctx = svclb_ctx_free(b->ctx);
	ck_assert_int_eq(svclb_options_set_mode(b->opts, mode), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(b->opts, b->mem, &b->ctx, NULL), 0);
	ck_assert_int_eq(svclb_discover(b->ctx, NULL), 0);
}

/* The kernel holds the objects in one mode; they are wanted in the other. */
static void change_mode(struct bench *b, uint32_t from, uint32_t to)
{
	with_kernel(b);
	work_in(b, from);
	load_new(b, first_yaml);
	ck_assert_int_eq(svclb_apply(b->ctx, b->model, NULL, NULL), 0);
	work_in(b, to);
	b->before = kernel_state(b);
	b->after = compiled(b, first_yaml);
	load_new(b, first_yaml);
}

static void to_iptables(struct bench *b)
{
	change_mode(b, SVCLB_MODE_IPVS, SVCLB_MODE_IPTABLES);
}

static void to_ipvs(struct bench *b)
{
	change_mode(b, SVCLB_MODE_IPTABLES, SVCLB_MODE_IPVS);
}

static void without_ipvs(struct bench *b)
{
	with_kernel(b);
	ck_assert_int_eq(svclb_mem_set_ipvs(b->mem, 0), 0);
}

/* Like changed(), with a step in the middle that the kernel refuses. */
static void refused(struct bench *b)
{
	changed(b);
	ck_assert_int_eq(svclb_mem_fail_at(b->mem, 12, ENOBUFS, 0), 0);
}

static void planned(struct bench *b)
{
	changed(b);
	ck_assert_int_eq(svclb_diff(b->before, b->after, 0, &b->plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(b->plan, &b->saved, NULL), 0);
}

static void loaded_meeting_clients(struct bench *b)
{
	changed_meeting_clients(b);
	ck_assert_int_eq(svclb_diff(b->before, b->after, 0, &b->plan, NULL), 0);
	ck_assert_int_eq(svclb_plan_to_json(b->plan, &b->saved, NULL), 0);
	b->plan = svclb_plan_unref(b->plan);
	ck_assert_int_eq(
		svclb_plan_load(b->saved, strlen(b->saved), "plan.json", NULL, &b->plan, NULL), 0);
}

static void with_problems(struct bench *b)
{
	with_model(b);
	ck_assert_int_ne(load(b, bad_yaml, &b->problems), 0);
}

static void with_rollback(struct bench *b)
{
	refused(b);
	ck_assert_int_eq(svclb_apply(b->ctx, b->model, NULL, &b->problems), -SVCLB_EROLLEDBACK);
}

static void with_report(struct bench *b)
{
	fresh(b);
	ck_assert_int_eq(svclb_apply(b->ctx, b->model, &b->report, NULL), 0);
}

static void with_nothing(struct bench *b)
{
	(void)b;
}

/* ---- stages ---- */

static int do_load_yaml(struct bench *b, struct svclb_error **e)
{
	return load(b, first_yaml, e);
}

static int do_load_json(struct bench *b, struct svclb_error **e)
{
	return load(b, first_json, e);
}

static int do_load_bad(struct bench *b, struct svclb_error **e)
{
	return load(b, bad_yaml, e);
}

static int do_load_config(struct bench *b, struct svclb_error **e)
{
	return svclb_options_load_config(b->opts, configuration, strlen(configuration), "c.yaml",
					 e);
}

static int do_complete(struct bench *b, struct svclb_error **e)
{
	return svclb_model_complete(b->model, b->opts, e);
}

static int do_compile(struct bench *b, struct svclb_error **e)
{
	return svclb_compile(b->model, b->opts, &b->made, e);
}

static int do_render(struct bench *b, struct svclb_error **e)
{
	int r = 0;

	for (uint32_t f = SVCLB_FORMAT_JSON; !r && f <= SVCLB_FORMAT_SYSCTLS; f++) {
		r = svclb_state_to_text(b->state, f, &b->text, e);
		svclb_text_free(b->text);
		b->text = NULL;
	}
	return r;
}

static int do_select(struct bench *b, struct svclb_error **e)
{
	struct svclb_selection *sel = NULL;
	int r = svclb_select(b->model, b->opts, &sel, e);

	svclb_selection_free(sel);
	return r;
}

static int do_write(struct bench *b, struct svclb_error **e)
{
	const struct svclb_object *o = NULL;
	int r = 0;

	(void)e; /* these functions have no error object */
	while (!r && (o = svclb_model_next(b->model, o))) {
		r = svclb_object_to_yaml(o, &b->text);
		if (!r) {
			svclb_text_free(b->text);
			r = svclb_object_to_json(o, &b->text);
		}
		if (!r) {
			svclb_text_free(b->text);
			r = svclb_object_get_text(o, "metadata.name", &b->text);
		}
		if (!r)
			svclb_text_free(b->text);
		b->text = NULL;
	}
	return r;
}

static int do_merge(struct bench *b, struct svclb_error **e)
{
	struct svclb_model *m = NULL;
	int r = svclb_model_new(NULL, &m, e);

	if (!r)
		r = svclb_model_merge(m, b->model, e);
	if (!r)
		r = svclb_model_merge(m, b->model, e);
	svclb_model_unref(m);
	return r;
}

/* Broken documents, objects that do not decode, and ones that contradict what is there. */
static int do_sound(struct bench *b, struct svclb_error **e)
{
	static const char text[] =
		"apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {ports: [}\n---\n"
		"apiVersion: v1\nkind: Service\nmetadata: {name: c, name: c}\n---\n"
		"apiVersion: v1\nkind: Node\nmetadata: {name: n}\n---\n"
		"apiVersion: v1\nkind: Node\nmetadata: {name: n}\n---\n"
		"apiVersion: v1\nkind: Service\nmetadata: {name: odd}\n"
		"spec: {type: Odd, odd: 1, ports: [{port: 80}]}\n---\n"
		"apiVersion: v1\nkind: Service\nmetadata: {name: late}\n"
		"spec: {odd: 2, clusterIP: 10.96.0.11, ports: [{port: 80}]}\n---\n"
		"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: q}\n"
		"spec: {address: 203.0.113.1, port: 80}\n";
	struct svclb_error *unread = NULL, *refused = NULL;
	struct svclb_model *m = NULL;
	int r = svclb_model_new(NULL, &m, e);

	if (!r)
		r = svclb_model_load_sound(m, text, strlen(text), "s.yaml", &unread, e);
	if (!r)
		r = svclb_model_merge_sound(b->model, m, b->opts, &refused, e);
	svclb_error_unref(unread);
	svclb_error_unref(refused);
	svclb_model_unref(m);
	return r;
}

static int add_service(struct svclb_model *m, struct svclb_error **e)
{
	struct svclb_affinity *affinity = NULL;
	struct svclb_service *svc = NULL;
	int r = svclb_service_new(NULL, "web", &svc, e);

	if (!r)
		r = svclb_affinity_new(0, &affinity, e);
	if (!r)
		r = svclb_service_set_affinity(svc, affinity);
	if (!r)
		r = svclb_service_add_port(svc, "http", "TCP", 80, "web", 0);
	if (!r)
		r = svclb_service_add_cluster_ip(svc, "10.96.0.9");
	if (!r)
		r = svclb_service_set_label(svc, "a", "b");
	if (!r)
		r = svclb_service_add_source_range(svc, "10.0.0.0/8");
	if (!r)
		r = svclb_model_add_service(m, svc, e);
	svclb_affinity_unref(affinity);
	svclb_service_unref(svc);
	return r;
}

static int add_endpoints(struct svclb_model *m, struct svclb_error **e)
{
	struct svclb_endpoints *eps = NULL;
	struct svclb_endpoint *ep = NULL;
	int r = svclb_endpoints_new(NULL, "web-1", "web", &eps, e);

	if (!r)
		r = svclb_endpoint_new("10.244.1.2", &ep, e);
	if (!r)
		r = svclb_endpoint_set_node_name(ep, "n1");
	if (!r)
		r = svclb_endpoint_add_zone_hint(ep, "z");
	if (!r)
		r = svclb_endpoints_add_port(eps, "http", NULL, 8080);
	if (!r)
		r = svclb_endpoints_add(eps, ep);
	if (!r)
		r = svclb_model_add_endpoints(m, eps, e);
	svclb_endpoint_unref(ep);
	svclb_endpoints_unref(eps);
	return r;
}

static int do_build(struct bench *b, struct svclb_error **e)
{
	struct svclb_model *m = NULL;
	int r = svclb_model_new(NULL, &m, e);

	(void)b;
	if (!r)
		r = add_service(m, e);
	if (!r)
		r = add_endpoints(m, e);
	svclb_model_unref(m);
	return r;
}

static int do_context(struct bench *b, struct svclb_error **e)
{
	struct svclb_options *opts = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_mem *mem = NULL;
	int r = svclb_options_new(&opts, e);

	(void)b;
	if (!r)
		r = svclb_options_set_zone(opts, "z");
	if (!r)
		r = svclb_options_set_exclude_cidrs(opts, "10.0.0.0/8,10.1.0.0/16");
	if (!r)
		r = svclb_options_add_node_address(opts, "10.0.0.1/8", "eth0");
	if (!r)
		r = svclb_mem_new(&mem, e);
	if (!r)
		r = svclb_ctx_new_mem(opts, mem, &ctx, e);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
	svclb_options_unref(opts);
	return r;
}

static int do_apply(struct bench *b, struct svclb_error **e)
{
	return svclb_apply(b->ctx, b->model, &b->report, e);
}

/* No assertion, which would ask for memory. */
static int after_clients(const struct bench *b, int r)
{
	bool said = svclb_report_get_warnings(b->report) != NULL;

	return r || said || svclb_report_get_draining(b->report) ? r : -SVCLB_EKERNEL;
}

static int do_apply_meeting_clients(struct bench *b, struct svclb_error **e)
{
	return after_clients(b, do_apply(b, e));
}

static int do_drain_step(struct bench *b, struct svclb_error **e)
{
	return svclb_drain_step(b->ctx, &b->report, e);
}

static int do_cleanup(struct bench *b, struct svclb_error **e)
{
	return svclb_cleanup(b->ctx, &b->report, e);
}

static int do_read(struct bench *b, struct svclb_error **e)
{
	return svclb_read(b->ctx, &b->made, e);
}

static int do_diff(struct bench *b, struct svclb_error **e)
{
	return svclb_diff(b->before, b->after, 0, &b->plan_made, e);
}

static int do_plan_text(struct bench *b, struct svclb_error **e)
{
	return svclb_plan_to_text(b->plan, &b->text, e);
}

static int do_plan_json(struct bench *b, struct svclb_error **e)
{
	return svclb_plan_to_json(b->plan, &b->text, e);
}

static int do_plan_load(struct bench *b, struct svclb_error **e)
{
	return svclb_plan_load(b->saved, strlen(b->saved), "plan.json", NULL, &b->plan_made, e);
}

static int do_plan_commit(struct bench *b, struct svclb_error **e)
{
	return svclb_plan_commit(b->ctx, b->plan, &b->report, e);
}

static int do_plan_commit_meeting_clients(struct bench *b, struct svclb_error **e)
{
	return after_clients(b, do_plan_commit(b, e));
}

static int do_error_text(struct bench *b, struct svclb_error **e)
{
	(void)e; /* has no error object */
	return svclb_error_to_text(b->problems, &b->text);
}

static int do_error_json(struct bench *b, struct svclb_error **e)
{
	(void)e; /* has no error object */
	return svclb_error_to_json(b->problems, &b->text);
}

static int do_report(struct bench *b, struct svclb_error **e)
{
	return svclb_report_to_json(b->report, &b->text, e);
}

static int do_resolve(struct bench *b, struct svclb_error **e)
{
	return svclb_resolve_mode(b->ctx, NULL, e);
}

/* ---- every stage, every allocation ---- */

static const struct stage {
	const char *name;
	void (*prepare)(struct bench *b);
	int (*run)(struct bench *b, struct svclb_error **reterr);
	int result;  /* with memory */
	bool silent; /* gives a code only */
	bool transaction;
} stages[] = {
	{"load YAML", with_model, do_load_yaml, 0, false, false},
	{"load JSON", with_model, do_load_json, 0, false, false},
	{"load what is wrong", with_model, do_load_bad, -SVCLB_EPARSE, false, false},
	{"load configuration", with_options, do_load_config, 0, false, false},
	{"complete", with_objects, do_complete, 0, false, false},
	{"complete what is invalid", with_invalid_objects, do_complete, -SVCLB_EINVALID, false,
	 false},
	{"compile", with_completed, do_compile, 0, false, false},
	{"render", with_state, do_render, 0, false, false},
	{"select", with_completed, do_select, 0, false, false},
	{"write objects", with_completed, do_write, 0, true, false},
	{"merge", with_objects, do_merge, 0, false, false},
	{"load and merge what is sound", with_objects, do_sound, 0, false, false},
	{"build", with_nothing, do_build, 0, true, false},
	{"context", with_nothing, do_context, 0, true, false},
	{"apply anew", fresh, do_apply, 0, false, true},
	{"apply a change", changed, do_apply, 0, false, true},
	{"apply a change while clients connect", changed_meeting_clients, do_apply_meeting_clients,
	 0, false, true},
	{"end drains", drained, do_drain_step, 0, false, true},
	{"apply the change back", changed_back, do_apply, 0, false, true},
	{"apply nothing", emptied, do_apply, 0, false, true},
	{"resolve the mode", without_ipvs, do_resolve, 0, false, false},
	{"apply iptables mode", to_iptables, do_apply, 0, false, true},
	{"apply IPVS mode", to_ipvs, do_apply, 0, false, true},
	{"apply what is refused", refused, do_apply, -SVCLB_EROLLEDBACK, false, true},
	{"clean up", emptied, do_cleanup, 0, false, true},
	{"read", with_report, do_read, 0, false, false},
	{"diff", planned, do_diff, 0, false, false},
	{"plan to text", planned, do_plan_text, 0, false, false},
	{"plan to JSON", planned, do_plan_json, 0, false, false},
	{"load plan", planned, do_plan_load, 0, false, false},
	{"commit plan", planned, do_plan_commit, 0, false, true},
	{"commit a loaded plan while clients connect", loaded_meeting_clients,
	 do_plan_commit_meeting_clients, 0, false, true},
	{"error to text", with_problems, do_error_text, 0, true, false},
	{"error to JSON", with_problems, do_error_json, 0, true, false},
	{"rollback to text", with_rollback, do_error_text, 0, true, false},
	{"rollback to JSON", with_rollback, do_error_json, 0, true, false},
	{"report", with_report, do_report, 0, false, false},
};

#define CALLS_MAX 300 /* of a stage are made fail, evenly spread */

#define N_STAGES ((int)(sizeof(stages) / sizeof(stages[0])))

/* Whether running out of memory is somewhere among the reasons. */
static bool says_no_memory(const struct svclb_error *e)
{
	for (; e; e = svclb_error_get_next(e))
		if (svclb_error_get_code(e) == SVCLB_ENOMEM ||
		    svclb_error_get_os_errno(e) == ENOMEM ||
		    says_no_memory(svclb_error_get_cause(e)))
			return true;
	return false;
}

/* The kernel is whole: as before, or as asked for where the result says so. */
static void check_kernel(const struct stage *s, struct bench *b, int r, uint64_t k)
{
	struct svclb_state *now = kernel_state(b);
	/* that it is not all done is said */
	bool all = !r && !svclb_report_get_warnings(b->report);

	if (all && s->run != do_cleanup)
		ck_assert_msg(svclb_state_equal(now, b->after), "%s, allocation %llu: not reached",
			      s->name, (unsigned long long)k);
	if (r && r != -SVCLB_EROLLBACK && s->run != do_cleanup)
		ck_assert_msg(svclb_state_equal(now, b->before),
			      "%s, allocation %llu: not as before", s->name, (unsigned long long)k);
	svclb_state_unref(now);
}

/* Whatever happened, with memory the next try reaches the goal. */
static void check_recovery(const struct stage *s, struct bench *b)
{
	struct svclb_state *now;

	ck_assert_int_eq(svclb_mem_fail_at(b->mem, 0, 0, 0), 0);
	if (s->run == do_cleanup) {
		ck_assert_int_eq(svclb_cleanup(b->ctx, NULL, NULL), 0);
		return;
	}
	if (b->plan) {
		load_new(b, second_yaml);
	}
	ck_assert_int_eq(svclb_apply(b->ctx, b->model, NULL, NULL), 0);
	now = kernel_state(b);
	ck_assert(svclb_state_equal(now, b->after));
	svclb_state_unref(now);
}

static void check_result(const struct stage *s, int r, const struct svclb_error *e, uint64_t k,
			 bool failed)
{
	bool clean = r == s->result || r == -SVCLB_ENOMEM ||
		     (s->transaction && (r == -SVCLB_EROLLEDBACK || r == -SVCLB_EROLLBACK));

	ck_assert_msg(clean, "%s, allocation %llu: gives %s", s->name, (unsigned long long)k,
		      svclb_code_name(r));
	if (!failed)
		ck_assert_msg(r == s->result, "%s, with memory: gives %s", s->name,
			      svclb_code_name(r));
	ck_assert_msg(!r == !e || s->silent, "%s, allocation %llu: %s has %s error object", s->name,
		      (unsigned long long)k, svclb_code_name(r), e ? "an" : "no");
	if (e)
		ck_assert_int_eq(svclb_error_get_code(e), -r);
	if (e && r != s->result && r != -SVCLB_EROLLBACK)
		ck_assert_msg(says_no_memory(e), "%s, allocation %llu: no word of memory", s->name,
			      (unsigned long long)k);
}

/* One run with allocation k failing. Whether one failed. */
static bool run_stage(const struct stage *s, uint64_t k, bool for_good, bool every_call)
{
	int64_t live = memory.live;
	struct svclb_error *e = NULL;
	struct bench b = {0};
	bool failed;
	int r;

	s->prepare(&b);
	memory_fail(k, for_good, every_call);
	r = s->run(&b, &e);
	failed = memory_restore();
	check_result(s, r, e, k, failed);
	if (s->transaction && !(for_good && r == -SVCLB_EROLLBACK)) {
		check_kernel(s, &b, r, k);
		/* each k costs a read and a diff more */
		if (k % 8 == 0)
			check_recovery(s, &b);
	} else if (s->transaction) {
		check_recovery(s, &b);
	}
	svclb_error_unref(e);
	bench_free(&b);
	ck_assert_msg(memory.live == live, "%s, allocation %llu: %lld allocations are lost",
		      s->name, (unsigned long long)k, (long long)(memory.live - live));
	return failed;
}

START_TEST(one_allocation_fails)
{
	const struct stage *s = &stages[_i];

	for (uint64_t k = 1; run_stage(s, k, false, false); k++)
		ck_assert_uint_lt(k, 100000);
	ck_assert_msg(memory.asked, "%s asks for no memory", s->name);
}
END_TEST

START_TEST(one_call_of_an_arena_or_array_fails)
{
	const struct stage *s = &stages[_i];
	uint64_t calls;

	(void)run_stage(s, UINT64_MAX, false, true); /* only counts */
	calls = memory.asked;
	for (uint64_t k = 1; k <= calls; k += 1 + calls / CALLS_MAX)
		ck_assert(run_stage(s, k, false, true));
}
END_TEST

START_TEST(all_allocations_fail_from_one_on)
{
	const struct stage *s = &stages[_i];
	uint64_t step = 1;

	/* what comes behind the first failure is short, so large stages are only sampled */
	for (uint64_t k = 1; run_stage(s, k, true, false); k += step) {
		ck_assert_uint_lt(k, 100000);
		step = 1 + k / 64;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("torture");
	TCase *tc = tcase_create("memory");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, one_allocation_fails, 0, N_STAGES);
	tcase_add_loop_test(tc, one_call_of_an_arena_or_array_fails, 0, N_STAGES);
	tcase_add_loop_test(tc, all_allocations_fail_from_one_on, 0, N_STAGES);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
