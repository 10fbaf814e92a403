/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects as JSON and YAML, read back, and single fields by their path. */
#include "manifest.h"

#include <stdio.h>

static const char *const manifests[] = {
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata:\n"
	"  name: web\n"
	"  namespace: shop\n"
	"  uid: \"0815\"\n"
	"  creationTimestamp: \"2026-01-02T03:04:05Z\"\n"
	"  labels:\n"
	"    app.kubernetes.io/name: web\n"
	"    version: \"1\"\n"
	"  annotations:\n"
	"    note: \"two\\nlines: \\\"x\\\" # y\\t\xe2\x82\xac\"\n"
	"    empty: \"\"\n"
	"spec:\n"
	"  type: LoadBalancer\n"
	"  clusterIP: 10.96.0.10\n"
	"  clusterIPs:\n"
	"  - 10.96.0.10\n"
	"  - fd00::10\n"
	"  ipFamilies:\n"
	"  - IPv4\n"
	"  - IPv6\n"
	"  ipFamilyPolicy: PreferDualStack\n"
	"  ports:\n"
	"  - name: http\n"
	"    protocol: TCP\n"
	"    port: 80\n"
	"    targetPort: web\n"
	"    nodePort: 30080\n"
	"  - name: admin\n"
	"    port: 81\n"
	"    targetPort: 8081\n"
	"  selector:\n"
	"    app: web\n"
	"  externalIPs:\n"
	"  - 203.0.113.7\n"
	"  sessionAffinity: ClientIP\n"
	"  sessionAffinityConfig:\n"
	"    clientIP:\n"
	"      timeoutSeconds: 600\n"
	"  externalTrafficPolicy: Local\n"
	"  internalTrafficPolicy: Cluster\n"
	"  healthCheckNodePort: 30999\n"
	"  loadBalancerSourceRanges:\n"
	"  - 192.0.2.0/24\n"
	"  allocateLoadBalancerNodePorts: false\n"
	"  publishNotReadyAddresses: true\n"
	"  trafficDistribution: PreferClose\n"
	"  loadBalancerIP: 198.51.100.1\n"
	"status:\n"
	"  loadBalancer:\n"
	"    ingress:\n"
	"    - ip: 198.51.100.1\n"
	"      ipMode: VIP\n"
	"    - hostname: lb.example.org\n",

	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata:\n"
	"  name: db\n"
	"  namespace: default\n"
	"spec:\n"
	"  type: ExternalName\n"
	"  externalName: db.example.org\n"
	"  sessionAffinityConfig: {}\n",

	"apiVersion: discovery.k8s.io/v1\n"
	"kind: EndpointSlice\n"
	"metadata:\n"
	"  name: web-1\n"
	"  namespace: shop\n"
	"  labels:\n"
	"    kubernetes.io/service-name: web\n"
	"addressType: IPv6\n"
	"endpoints:\n"
	"- addresses:\n"
	"  - \"2001:db8::1\"\n"
	"  conditions:\n"
	"    ready: true\n"
	"    serving: true\n"
	"    terminating: false\n"
	"  nodeName: node-1\n"
	"  hostname: web-0\n"
	"  zone: zone-a\n"
	"  hints:\n"
	"    forZones:\n"
	"    - name: zone-a\n"
	"    forNodes:\n"
	"    - name: node-1\n"
	"  targetRef:\n"
	"    kind: Pod\n"
	"    name: web-x\n"
	"- {}\n"
	"ports:\n"
	"- name: http\n"
	"  protocol: TCP\n"
	"  port: 8080\n",

	"apiVersion: v1\n"
	"kind: Endpoints\n"
	"metadata:\n"
	"  name: web\n"
	"  namespace: shop\n"
	"subsets:\n"
	"- addresses:\n"
	"  - ip: 10.244.1.2\n"
	"    nodeName: node-1\n"
	"    hostname: web-0\n"
	"    targetRef:\n"
	"      kind: Pod\n"
	"      name: web-x\n"
	"  notReadyAddresses:\n"
	"  - ip: 10.244.1.3\n"
	"  ports:\n"
	"  - name: http\n"
	"    protocol: TCP\n"
	"    appProtocol: http\n"
	"    port: 8080\n",

	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata:\n"
	"  name: web-x\n"
	"  namespace: shop\n"
	"  deletionTimestamp: \"2026-01-02T03:04:05Z\"\n"
	"spec:\n"
	"  nodeName: node-1\n"
	"  hostNetwork: false\n"
	"  containers:\n"
	"  - ports:\n"
	"    - name: http\n"
	"      protocol: TCP\n"
	"      containerPort: 8080\n"
	"    - containerPort: 9090\n"
	"status:\n"
	"  phase: Running\n"
	"  podIP: 10.244.1.2\n"
	"  podIPs:\n"
	"  - ip: 10.244.1.2\n"
	"  - ip: fd00:10:244:1::2\n"
	"  conditions:\n"
	"  - type: Ready\n"
	"    status: \"True\"\n",

	"apiVersion: v1\n"
	"kind: Node\n"
	"metadata:\n"
	"  name: node-1\n"
	"  labels:\n"
	"    topology.kubernetes.io/zone: zone-a\n"
	"spec:\n"
	"  podCIDRs:\n"
	"  - 10.244.1.0/24\n"
	"status:\n"
	"  addresses:\n"
	"  - type: InternalIP\n"
	"    address: 192.0.2.10\n",
};

#define N_MANIFESTS (sizeof(manifests) / sizeof(manifests[0]))

static const struct svclb_object *first(struct svclb_model *m)
{
	const struct svclb_object *o = svclb_model_next(m, NULL);

	ck_assert_ptr_nonnull(o);
	return o;
}

/* What is written is what was read, to the byte: nothing is lost, nothing made up. */
START_TEST(yaml_is_stable)
{
	struct svclb_model *m = load(manifests[_i]);
	char *text = NULL;

	ck_assert_int_eq(svclb_object_to_yaml(first(m), &text), 0);
	ck_assert_str_eq(text, manifests[_i]);
	svclb_text_free(text);
	svclb_model_unref(m);
}
END_TEST

START_TEST(json_reads_back)
{
	struct svclb_model *m = load(manifests[_i]);
	struct svclb_model *again;
	char *json = NULL;
	char *yaml = NULL;

	ck_assert_int_eq(svclb_object_to_json(first(m), &json), 0);
	ck_assert_int_eq(json[0], '{');
	again = load(json);
	ck_assert_int_eq(svclb_object_to_yaml(first(again), &yaml), 0);
	ck_assert_str_eq(yaml, manifests[_i]);
	svclb_text_free(json);
	svclb_text_free(yaml);
	svclb_model_unref(m);
	svclb_model_unref(again);
}
END_TEST

/* Texts that would be something else without quotes keep them. */
START_TEST(quotes)
{
	static const char *const values[] = {
		"80",	    "1.5",  "true",	"null",	   "~",	    "no",      "Yes",  "off",
		"y",	    "0x1F", "1e3",	"-",	   "- a",   "a: b",    "a:",   "#",
		"a #b",	    " a",   "a ",	"*a",	   "&a",    "!a",      "%a",   "@a",
		"`a",	    "{a}",  "[a]",	"'a'",	   "\"a\"", "a\nb",    "1:30", "2026-01-01",
		"1_000",    "|",    ">",	"?",	   "=",	    "<<",      "a, b", "\\",
		"\xc3\xa4", "",	    "10.0.0.1", "fd00::1", "a/b",   "a-b_c.d", "::1",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct svclb_service *s = NULL;
		struct svclb_model *m = new_model();
		struct svclb_model *again;
		char *text = NULL;

		ck_assert_int_eq(svclb_service_new(NULL, "a", &s, NULL), 0);
		ck_assert_int_eq(svclb_service_set_annotation(s, "k", values[i]), 0);
		ck_assert_int_eq(svclb_model_add_service(m, s, NULL), 0);
		ck_assert_int_eq(svclb_object_to_yaml(first(m), &text), 0);
		again = load(text);
		ck_assert_str_eq(label_get(&first(again)->meta->annotations, "k"), values[i]);
		svclb_text_free(text);
		svclb_service_unref(s);
		svclb_model_unref(m);
		svclb_model_unref(again);
	}
}
END_TEST

static void expect_get(const struct svclb_object *o, const char *path, const char *value)
{
	char *text = NULL;
	int r = svclb_object_get_text(o, path, &text);

	ck_assert_msg(!r, "%s gives %d", path, r);
	ck_assert_str_eq(text, value);
	svclb_text_free(text);
}

START_TEST(get_text)
{
	struct svclb_model *m = load(manifests[0]);
	const struct svclb_object *o = first(m);

	expect_get(o, "kind", "Service");
	expect_get(o, "metadata.name", "web");
	expect_get(o, "metadata.labels['app.kubernetes.io/name']", "web");
	expect_get(o, "metadata.labels[\"app.kubernetes.io/name\"]", "web");
	expect_get(o, "metadata.labels[app.kubernetes.io/name]", "web");
	expect_get(o, "['metadata']['labels']", "2");
	expect_get(o, "spec.ports", "2");
	expect_get(o, "spec.ports[0].port", "80");
	expect_get(o, "spec.ports[1].targetPort", "8081");
	expect_get(o, "spec.clusterIPs[1]", "fd00::10");
	expect_get(o, "spec.allocateLoadBalancerNodePorts", "false");
	expect_get(o, "status.loadBalancer.ingress[0].ip", "198.51.100.1");
	svclb_model_unref(m);
}
END_TEST

START_TEST(get_text_refusals)
{
	static const char *const missing[] = {
		"spec.nothing",		"spec.ports[2]", "spec.ports[2].port",
		"spec.ports.port",	"metadata[0]",	 "metadata.name.x",
		"metadata.labels['a']", "a.b.c.d",	 "spec.ports[999999999]",
	};
	static const char *const malformed[] = {
		"",
		".",
		"spec.",
		".spec",
		"spec..ports",
		"spec.ports[",
		"spec.ports[]",
		"spec.ports[0",
		"spec.ports[0]x",
		"spec.ports[0x]",
		"a['b]",
		"a['b'",
		"a['']",
		"a]",
		"spec.ports[99999999999999999999]",
		"nothing[",
		"a['b'x]",
	};
	struct svclb_model *m = load(manifests[0]);
	char *text = NULL;

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		ck_assert_msg(svclb_object_get_text(first(m), missing[i], &text) ==
				      -SVCLB_ENOTFOUND,
			      "%s", missing[i]);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		ck_assert_msg(svclb_object_get_text(first(m), malformed[i], &text) == -SVCLB_EINVAL,
			      "%s", malformed[i]);
	ck_assert_int_eq(svclb_object_get_text(NULL, "a", &text), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_object_to_json(first(m), NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_object_to_yaml(NULL, &text), -SVCLB_EINVAL);
	ck_assert_ptr_null(text);
	svclb_model_unref(m);
}
END_TEST

/* A built group of endpoints names its Service, and its Service is found again. */
START_TEST(built_endpoints)
{
	struct svclb_endpoints *eps = NULL;
	struct svclb_endpoint *ep = NULL;
	struct svclb_model *m = new_model();
	struct svclb_model *again;
	char *text = NULL;

	ck_assert_int_eq(svclb_endpoints_new("shop", "web-1", "web", &eps, NULL), 0);
	ck_assert_int_eq(svclb_endpoints_add_port(eps, "http", "TCP", 8080), 0);
	ck_assert_int_eq(svclb_endpoint_new("10.244.1.2", &ep, NULL), 0);
	ck_assert_int_eq(svclb_endpoints_add(eps, ep), 0);
	ck_assert_int_eq(svclb_model_add_endpoints(m, eps, NULL), 0);
	ck_assert_int_eq(svclb_object_to_json(first(m), &text), 0);
	again = load(text);
	ck_assert_str_eq(first(again)->slice->service.s, "web");
	expect_get(first(again), "endpoints[0].addresses[0]", "10.244.1.2");
	svclb_text_free(text);
	svclb_endpoint_unref(ep);
	svclb_endpoints_unref(eps);
	svclb_model_unref(m);
	svclb_model_unref(again);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, yaml_is_stable, 0, N_MANIFESTS);
	tcase_add_loop_test(tc, json_reads_back, 0, N_MANIFESTS);
	tcase_add_test(tc, quotes);
	tcase_add_test(tc, get_text);
	tcase_add_test(tc, get_text_refusals);
	tcase_add_test(tc, built_endpoints);
}

int main(void)
{
	return run_case("write", fill);
}
