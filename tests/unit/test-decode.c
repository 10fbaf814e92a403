/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests into objects: every field, every kind, and what is said about wrong ones. */
#include "manifest.h"

#include <stdio.h>

static const struct svclb_object *only(const struct svclb_model *m, uint32_t kind)
{
	const struct svclb_object *found = NULL;

	for (const struct svclb_object *o = svclb_model_next(m, NULL); o;
	     o = svclb_model_next(m, o))
		if (svclb_object_get_kind(o) == kind)
			found = o;
	ck_assert_uint_eq(svclb_model_count(m, kind), 1);
	return found;
}

static void check_text(const struct ftext *t, const char *s, unsigned line, unsigned column)
{
	ck_assert_pstr_eq(t->s, s);
	ck_assert_uint_eq(t->at.line, line);
	ck_assert_uint_eq(t->at.column, column);
}

static void check_int(const struct fint *n, int64_t v, unsigned line, unsigned column)
{
	ck_assert(n->given);
	ck_assert_int_eq(n->v, v);
	ck_assert_uint_eq(n->at.line, line);
	ck_assert_uint_eq(n->at.column, column);
}

static void check_warnings(const struct svclb_model *m, const char *words)
{
	char *got = errors_text(svclb_model_get_warnings(m));

	ck_assert_str_eq(got, words);
	free(got);
}

static void check_no_warnings(const struct svclb_model *m)
{
	ck_assert_ptr_null(svclb_model_get_warnings(m));
}

START_TEST(service)
{
	struct svclb_model *m = load("apiVersion: v1\n"
				     "kind: Service\n"
				     "metadata:\n"
				     "  name: web\n"
				     "  namespace: shop\n"
				     "  uid: u-1\n"
				     "  creationTimestamp: 2026-01-02T03:04:05Z\n"
				     "  deletionTimestamp: \"2026-01-03T03:04:05Z\"\n"
				     "  resourceVersion: \"7\"\n"
				     "  managedFields: [{manager: x}]\n"
				     "  generateName: w\n"
				     "  ownerReferences: []\n"
				     "  finalizers: [f]\n"
				     "  selfLink: /x\n"
				     "  generation: 3\n"
				     "  labels:\n"
				     "    app.kubernetes.io/name: web\n"
				     "    empty: \"\"\n"
				     "  annotations: {a: b}\n"
				     "spec:\n"
				     "  type: LoadBalancer\n"
				     "  clusterIP: 10.96.0.10\n"
				     "  clusterIPs: [10.96.0.10, \"fd00::10\"]\n"
				     "  ipFamilies: [IPv4, IPv6]\n"
				     "  ipFamilyPolicy: PreferDualStack\n"
				     "  ports:\n"
				     "  - name: http\n"
				     "    protocol: TCP\n"
				     "    appProtocol: kubernetes.io/h2c\n"
				     "    port: 80\n"
				     "    targetPort: web\n"
				     "    nodePort: 30080\n"
				     "  - port: 81\n"
				     "    targetPort: 8081\n"
				     "  selector:\n"
				     "    app: web\n"
				     "  externalIPs:\n"
				     "  - 203.0.113.7\n"
				     "  externalName: example.org\n"
				     "  sessionAffinity: ClientIP\n"
				     "  sessionAffinityConfig:\n"
				     "    clientIP:\n"
				     "      timeoutSeconds: 600\n"
				     "  externalTrafficPolicy: Local\n"
				     "  internalTrafficPolicy: Cluster\n"
				     "  healthCheckNodePort: 30999\n"
				     "  loadBalancerSourceRanges: [192.0.2.0/24]\n"
				     "  allocateLoadBalancerNodePorts: false\n"
				     "  publishNotReadyAddresses: true\n"
				     "  trafficDistribution: PreferClose\n"
				     "status:\n"
				     "  conditions: []\n"
				     "  loadBalancer:\n"
				     "    ingress:\n"
				     "    - ip: 198.51.100.1\n"
				     "      ipMode: VIP\n"
				     "    - hostname: lb.example.org\n");
	const struct service *s = only(m, SVCLB_KIND_SERVICE)->service;

	check_warnings(m, "f.yaml:29:5: warning: Service shop/web: spec.ports[0].appProtocol: "
			  "has no effect here\n"
			  "f.yaml:57:7: warning: Service shop/web: "
			  "status.loadBalancer.ingress[1].hostname: has no effect here\n"
			  "  hint: the addresses that are served stand in ip\n");
	ck_assert_str_eq(s->meta.file, "f.yaml");
	ck_assert_uint_eq(s->meta.at.line, 1);
	check_text(&s->meta.name, "web", 4, 9);
	check_text(&s->meta.ns, "shop", 5, 14);
	check_text(&s->meta.uid, "u-1", 6, 8);
	check_text(&s->meta.creation_timestamp, "2026-01-02T03:04:05Z", 7, 22);
	check_text(&s->meta.deletion_timestamp, "2026-01-03T03:04:05Z", 8, 22);
	ck_assert_str_eq(label_get(&s->meta.labels, "app.kubernetes.io/name"), "web");
	ck_assert_str_eq(label_get(&s->meta.labels, "empty"), "");
	ck_assert_uint_eq(label_find(&s->meta.labels, "empty")->at.line, 18);
	ck_assert_str_eq(label_get(&s->meta.annotations, "a"), "b");
	ck_assert_uint_eq(s->spec_at.line, 21);
	check_text(&s->type, "LoadBalancer", 21, 9);
	check_text(&s->cluster_ip, "10.96.0.10", 22, 14);
	ck_assert_uint_eq(s->cluster_ips.n, 2);
	check_text(&s->cluster_ips.v[1], "fd00::10", 23, 28);
	ck_assert_uint_eq(s->ip_families.n, 2);
	check_text(&s->ip_families.v[0], "IPv4", 24, 16);
	check_text(&s->ip_family_policy, "PreferDualStack", 25, 19);
	ck_assert_uint_eq(s->ports_at.line, 27);
	ck_assert_uint_eq(s->n_ports, 2);
	ck_assert_uint_eq(s->ports[0].at.line, 27);
	ck_assert_uint_eq(s->ports[0].at.column, 5);
	check_text(&s->ports[0].name, "http", 27, 11);
	check_text(&s->ports[0].protocol, "TCP", 28, 15);
	check_text(&s->ports[0].app_protocol, "kubernetes.io/h2c", 29, 18);
	check_int(&s->ports[0].port, 80, 30, 11);
	check_text(&s->ports[0].target_port_name, "web", 31, 17);
	ck_assert(!s->ports[0].target_port.given);
	check_int(&s->ports[0].node_port, 30080, 32, 15);
	check_int(&s->ports[1].target_port, 8081, 34, 17);
	ck_assert_ptr_null(s->ports[1].target_port_name.s);
	check_text(&s->ports[1].name, NULL, 33, 5); /* absent: the port's place */
	ck_assert(!s->ports[1].node_port.given);
	ck_assert_uint_eq(s->ports[1].node_port.at.line, 33);
	ck_assert_str_eq(label_get(&s->selector, "app"), "web");
	check_text(&s->external_ips.v[0], "203.0.113.7", 38, 5);
	check_text(&s->external_name, "example.org", 39, 17);
	check_text(&s->session_affinity, "ClientIP", 40, 20);
	ck_assert(s->affinity_config_given);
	ck_assert_uint_eq(s->affinity_config_at.line, 42);
	check_int(&s->affinity_timeout, 600, 43, 23);
	check_text(&s->external_traffic_policy, "Local", 44, 26);
	check_text(&s->internal_traffic_policy, "Cluster", 45, 26);
	check_int(&s->health_check_node_port, 30999, 46, 24);
	check_text(&s->source_ranges.v[0], "192.0.2.0/24", 47, 30);
	ck_assert_int_eq(s->allocate_node_ports.v, TRI_FALSE);
	ck_assert_uint_eq(s->allocate_node_ports.at.line, 48);
	ck_assert_int_eq(s->publish_not_ready.v, TRI_TRUE);
	check_text(&s->traffic_distribution, "PreferClose", 50, 24);
	ck_assert_uint_eq(s->n_ingress, 2);
	check_text(&s->ingress[0].ip, "198.51.100.1", 55, 11);
	check_text(&s->ingress[0].ip_mode, "VIP", 56, 15);
	check_text(&s->ingress[1].hostname, "lb.example.org", 57, 17);
	svclb_model_unref(m);
}
END_TEST

START_TEST(absent_fields)
{
	struct svclb_model *m = load("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"
				     "spec:\n  ports: null\n  clusterIP:\n  type: ~\n"
				     "---\n"
				     "apiVersion: v1\nkind: Service\nmetadata: {name: bare}\n");
	const struct service *s = svclb_model_find(m, SVCLB_KIND_SERVICE, NULL, "web")->service;

	check_no_warnings(m);
	ck_assert_str_eq(s->meta.ns.s, "default");
	ck_assert_uint_eq(s->n_ports, 0);
	check_text(&s->cluster_ip, NULL, 6, 3);
	check_text(&s->type, NULL, 6, 3);
	ck_assert_uint_eq(s->external_ips.at.line, 6);
	ck_assert(!s->affinity_config_given);
	ck_assert_uint_eq(s->affinity_config_at.line, 0);
	ck_assert_uint_eq(s->affinity_timeout.at.line, 6);
	s = svclb_model_find(m, SVCLB_KIND_SERVICE, "default", "bare")->service;
	ck_assert_uint_eq(s->spec_at.line, 10);
	check_text(&s->type, NULL, 10, 1);
	ck_assert_uint_eq(s->ports_at.line, 10);
	svclb_model_unref(m);
}
END_TEST

START_TEST(slice)
{
	struct svclb_model *m = load(
		"apiVersion: discovery.k8s.io/v1\n"
		"kind: EndpointSlice\n"
		"metadata:\n"
		"  name: web-1\n"
		"  labels:\n"
		"    kubernetes.io/service-name: web\n"
		"addressType: IPv4\n"
		"endpoints:\n"
		"- addresses: [10.244.1.2, 10.244.1.3]\n"
		"  conditions: {ready: true, serving: false}\n"
		"  nodeName: node-1\n"
		"  hostname: web-0\n"
		"  zone: zone-a\n"
		"  hints: {forZones: [{name: zone-a}, {name: zone-b}], forNodes: [{name: n}]}\n"
		"  targetRef: {kind: Pod, name: web-x, namespace: default, uid: u}\n"
		"- addresses: [10.244.1.4]\n"
		"  conditions: {terminating: true, ready: null}\n"
		"ports:\n"
		"- {name: http, protocol: UDP, port: 8080, appProtocol: a}\n"
		"- {name: \"\", port: null}\n");
	const struct slice *s = only(m, SVCLB_KIND_ENDPOINT_SLICE)->slice;

	check_warnings(m, "f.yaml:12:3: warning: EndpointSlice default/web-1: "
			  "endpoints[0].hostname: has no effect here\n"
			  "f.yaml:19:43: warning: EndpointSlice default/web-1: "
			  "ports[0].appProtocol: has no effect here\n");
	check_text(&s->service, "web", 6, 33);
	check_text(&s->address_type, "IPv4", 7, 14);
	ck_assert_uint_eq(s->n_endpoints, 2);
	ck_assert_uint_eq(s->endpoints[0].addresses.n, 2);
	check_text(&s->endpoints[0].addresses.v[1], "10.244.1.3", 9, 27);
	ck_assert_int_eq(s->endpoints[0].ready, TRI_TRUE);
	ck_assert_int_eq(s->endpoints[0].serving, TRI_FALSE);
	ck_assert_int_eq(s->endpoints[0].terminating, TRI_UNSET);
	check_text(&s->endpoints[0].node_name, "node-1", 11, 13);
	check_text(&s->endpoints[0].hostname, "web-0", 12, 13);
	check_text(&s->endpoints[0].zone, "zone-a", 13, 9);
	ck_assert_uint_eq(s->endpoints[0].zone_hints.n, 2);
	check_text(&s->endpoints[0].zone_hints.v[1], "zone-b", 14, 45);
	ck_assert_uint_eq(s->endpoints[0].node_hints.n, 1);
	ck_assert_str_eq(s->endpoints[0].target_kind.s, "Pod");
	ck_assert_str_eq(s->endpoints[0].target_name.s, "web-x");
	ck_assert_int_eq(s->endpoints[1].ready, TRI_UNSET);
	ck_assert_int_eq(s->endpoints[1].terminating, TRI_TRUE);
	ck_assert_uint_eq(s->n_ports, 2);
	check_text(&s->ports[0].protocol, "UDP", 19, 26);
	check_int(&s->ports[0].port, 8080, 19, 37);
	ck_assert_str_eq(s->ports[0].app_protocol.s, "a");
	ck_assert(!s->ports[1].port.given);
	ck_assert_str_eq(s->ports[1].name.s, "");
	svclb_model_unref(m);
}
END_TEST

START_TEST(endpoints)
{
	struct svclb_model *m = load("apiVersion: v1\n"
				     "kind: Endpoints\n"
				     "metadata: {name: web}\n"
				     "subsets:\n"
				     "- addresses:\n"
				     "  - ip: 10.244.1.2\n"
				     "    nodeName: node-1\n"
				     "    hostname: h\n"
				     "    targetRef: {kind: Pod, name: p}\n"
				     "  notReadyAddresses:\n"
				     "  - ip: 10.244.1.3\n"
				     "  ports:\n"
				     "  - {name: http, port: 8080, protocol: TCP}\n"
				     "- {}\n");
	const struct endpoints *e = only(m, SVCLB_KIND_ENDPOINTS)->endpoints;

	check_warnings(m, "f.yaml:8:5: warning: Endpoints default/web: "
			  "subsets[0].addresses[0].hostname: has no effect here\n");
	ck_assert_uint_eq(e->n_subsets, 2);
	ck_assert_uint_eq(e->subsets[0].at.line, 5);
	check_text(&e->subsets[0].addresses[0].ip, "10.244.1.2", 6, 9);
	check_text(&e->subsets[0].addresses[0].node_name, "node-1", 7, 15);
	ck_assert_str_eq(e->subsets[0].addresses[0].hostname.s, "h");
	ck_assert_str_eq(e->subsets[0].addresses[0].target_name.s, "p");
	check_text(&e->subsets[0].not_ready[0].ip, "10.244.1.3", 11, 9);
	check_int(&e->subsets[0].ports[0].port, 8080, 13, 24);
	ck_assert_uint_eq(e->subsets[1].n_addresses, 0);
	ck_assert_uint_eq(e->subsets[1].at.line, 14);
	svclb_model_unref(m);
}
END_TEST

START_TEST(pod)
{
	struct svclb_model *m =
		load("apiVersion: v1\n"
		     "kind: Pod\n"
		     "metadata: {name: p, labels: {app: web}}\n"
		     "spec:\n"
		     "  nodeName: node-1\n"
		     "  hostNetwork: true\n"
		     "  restartPolicy: Always\n"
		     "  tolerations: [{key: a}]\n"
		     "  containers:\n"
		     "  - name: one\n"
		     "    image: x\n"
		     "    ports:\n"
		     "    - {name: http, containerPort: 8080, protocol: TCP, hostPort: 1}\n"
		     "    - {containerPort: 9090}\n"
		     "  - name: two\n"
		     "  - ports: [{name: dns, containerPort: 53, protocol: UDP}]\n"
		     "status:\n"
		     "  phase: Running\n"
		     "  hostIP: 192.0.2.1\n"
		     "  podIP: 10.244.1.2\n"
		     "  podIPs: [{ip: 10.244.1.2}, {ip: \"fd00::2\"}]\n"
		     "  conditions:\n"
		     "  - {type: Initialized, status: \"True\"}\n"
		     "  - {type: Ready, status: \"True\"}\n"
		     "---\n"
		     "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\n"
		     "status: {conditions: [{type: Ready, status: \"False\"}]}\n");
	const struct pod *p = svclb_model_find(m, SVCLB_KIND_POD, "default", "p")->pod;

	check_no_warnings(m);
	check_text(&p->node_name, "node-1", 5, 13);
	ck_assert_int_eq(p->host_network.v, TRI_TRUE);
	ck_assert_uint_eq(p->n_ports, 3);
	check_text(&p->ports[0].name, "http", 13, 14);
	check_int(&p->ports[1].port, 9090, 14, 23);
	check_text(&p->ports[2].protocol, "UDP", 16, 54);
	check_text(&p->phase, "Running", 18, 10);
	check_text(&p->pod_ip, "10.244.1.2", 20, 10);
	ck_assert_uint_eq(p->pod_ips.n, 2);
	ck_assert_str_eq(p->pod_ips.v[1].s, "fd00::2");
	ck_assert_int_eq(p->ready, TRI_TRUE);
	p = svclb_model_find(m, SVCLB_KIND_POD, "default", "q")->pod;
	ck_assert_int_eq(p->ready, TRI_FALSE);
	svclb_model_unref(m);
}
END_TEST

START_TEST(node)
{
	struct svclb_model *m =
		load("apiVersion: v1\n"
		     "kind: Node\n"
		     "metadata: {name: node-1, labels: {topology.kubernetes.io/zone: z}}\n"
		     "spec:\n"
		     "  podCIDR: 10.244.1.0/24\n"
		     "  podCIDRs: [10.244.1.0/24, \"fd00::/64\"]\n"
		     "  taints: []\n"
		     "status:\n"
		     "  capacity: {cpu: 4}\n"
		     "  addresses:\n"
		     "  - {type: InternalIP, address: 192.0.2.10}\n"
		     "---\n"
		     "apiVersion: v1\nkind: Node\nmetadata: {name: node-2}\n"
		     "spec: {podCIDR: 10.244.2.0/24}\n");
	const struct node *n = svclb_model_find(m, SVCLB_KIND_NODE, NULL, "node-1")->node;

	check_no_warnings(m);
	ck_assert_str_eq(n->meta.ns.s, "");
	ck_assert_uint_eq(n->pod_cidrs.n, 2);
	check_text(&n->pod_cidrs.v[1], "fd00::/64", 6, 29);
	ck_assert_uint_eq(n->n_addresses, 1);
	check_text(&n->addresses[0].type, "InternalIP", 11, 12);
	check_text(&n->addresses[0].address, "192.0.2.10", 11, 33);
	n = svclb_model_find(m, SVCLB_KIND_NODE, NULL, "node-2")->node;
	ck_assert_uint_eq(n->pod_cidrs.n, 1);
	check_text(&n->pod_cidrs.v[0], "10.244.2.0/24", 16, 17);
	svclb_model_unref(m);
}
END_TEST

START_TEST(lists)
{
	struct svclb_model *m = load(
		"{\"apiVersion\": \"v1\", \"items\": [\n"
		" {\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"a\"}},\n"
		" {\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n"
		"  {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"b\"}}]}],\n"
		" \"kind\": \"List\", \"metadata\": {\"resourceVersion\": \"\"}}\n");

	check_no_warnings(m);
	ck_assert_uint_eq(svclb_model_count(m, 0), 2);
	ck_assert_uint_eq(only(m, SVCLB_KIND_POD)->meta->at.line, 4);
	svclb_model_unref(m);
	/* Typed lists leave kind and apiVersion out of their items. */
	m = load("apiVersion: discovery.k8s.io/v1\nkind: EndpointSliceList\n"
		 "items:\n- metadata: {name: a}\n- metadata: {name: b}\n");
	ck_assert_uint_eq(svclb_model_count(m, SVCLB_KIND_ENDPOINT_SLICE), 2);
	svclb_model_unref(m);
	m = load("apiVersion: v1\nkind: ServiceList\nitems: null\n");
	ck_assert_uint_eq(svclb_model_count(m, 0), 0);
	svclb_model_unref(m);
	expect_load("apiVersion: v1\nkind: List\nitems: {a: b}\n", SVCLB_EINVALID,
		    "f.yaml:3:8: List: items: must be a list, not a mapping\n");
}
END_TEST

START_TEST(deep_lists)
{
	char text[1024] = "";

	for (unsigned i = 0; i < 20; i++)
		strcat(text, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
	for (unsigned i = 0; i < 20; i++)
		strcat(text, "]}");
	expect_load(text, SVCLB_EINVALID, "f.yaml:1:337: List: lists are nested too deep\n");
}
END_TEST

/* Everything that is wrong with a file, in one run, in the order of the file. */
START_TEST(whole_file)
{
	expect_load(
		"apiVersion: v1\n"
		"kind: Service\n"
		"metadata:\n"
		"  name: web\n"
		"spec:\n"
		"  ports:\n"
		"  - name: 80\n"
		"    port: eighty\n"
		"    targetPort: true\n"
		"  - port: \"80\"\n"
		"  - port: 080\n"
		"  - port: 8.5\n"
		"  - port: [1]\n"
		"  - port: 99999999999999999999\n"
		"  - text\n"
		"  publishNotReadyAddresses: yes\n"
		"  allocateLoadBalancerNodePorts: \"true\"\n"
		"  externalIPs: 203.0.113.1\n"
		"  selector: [a]\n"
		"---\n"
		"apiVersion: v1\n"
		"kind: Pod\n"
		"metadata:\n"
		"  namespace: shop\n"
		"  name: p\n"
		"  labels: {version: 1}\n"
		"spec: {containers: {}}\n",
		SVCLB_EINVALID,
		"f.yaml:7:11: Service default/web: spec.ports[0].name: must be text, not a number\n"
		"  hint: put it in quotes: \"80\"\n"
		"f.yaml:8:11: Service default/web: spec.ports[0].port: must be a whole number, "
		"not text\n"
		"f.yaml:9:17: Service default/web: spec.ports[0].targetPort: must be a whole number "
		"or a name, not true or false\n"
		"f.yaml:10:11: Service default/web: spec.ports[1].port: must be a whole number, "
		"not text\n"
		"  hint: remove the quotes\n"
		"f.yaml:11:11: Service default/web: spec.ports[2].port: must be a whole number in "
		"plain decimal digits, not 080\n"
		"f.yaml:12:11: Service default/web: spec.ports[3].port: must be a whole number, "
		"not a number with a fraction\n"
		"f.yaml:13:11: Service default/web: spec.ports[4].port: must be a whole number, "
		"not a list\n"
		"f.yaml:14:11: Service default/web: spec.ports[5].port: is out of range: "
		"99999999999999999999\n"
		"f.yaml:15:5: Service default/web: spec.ports[6]: must be a mapping, not text\n"
		"f.yaml:16:29: Service default/web: spec.publishNotReadyAddresses: must be true or "
		"false, not yes\n"
		"f.yaml:17:34: Service default/web: spec.allocateLoadBalancerNodePorts: must be "
		"true or false, not \"true\"\n"
		"  hint: remove the quotes\n"
		"f.yaml:18:16: Service default/web: spec.externalIPs: must be a list, not text\n"
		"  hint: begin each element with '- '\n"
		"f.yaml:19:13: Service default/web: spec.selector: must be a mapping, not a list\n"
		"f.yaml:26:21: Pod shop/p: metadata.labels[version]: must be text, not a number\n"
		"  hint: put it in quotes: \"1\"\n"
		"f.yaml:27:20: Pod shop/p: spec.containers: must be a list, not a mapping\n"
		"  hint: begin each element with '- '\n");
}
END_TEST

START_TEST(headers)
{
	expect_load("apiVersion: v1\nkind: Service\nspec: {}\n", SVCLB_EINVALID,
		    "f.yaml:1:1: Service (unnamed): metadata.name: is missing\n");
	expect_load("apiVersion: v1\nkind: Node\nmetadata:\n  name: \"\"\n", SVCLB_EINVALID,
		    "f.yaml:4:9: Node (unnamed): metadata.name: is missing\n");
	expect_load("kind: Service\nmetadata: {name: a}\n", SVCLB_EINVALID,
		    "f.yaml:1:1: Service default/a: apiVersion: is missing, must be v1\n");
	expect_load("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n",
		    SVCLB_EINVALID,
		    "f.yaml:1:13: Service default/a: apiVersion: must be v1, not "
		    "serving.knative.dev/v1\n");
	expect_load(
		"apiVersion: v1\nkind: EndpointSlice\nmetadata: {name: a}\n", SVCLB_EINVALID,
		"f.yaml:1:13: EndpointSlice default/a: apiVersion: must be discovery.k8s.io/v1, "
		"not v1\n");
	expect_load(
		"apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: {name: a}\n",
		SVCLB_OK,
		"f.yaml:1:13: warning: EndpointSlice default/a: apiVersion: "
		"discovery.k8s.io/v1beta1 is outdated, use discovery.k8s.io/v1\n");
	expect_load("---\n---\na: 1\n---\n[a]\n---\ntext\n---\napiVersion: v1\nkind: 5\n",
		    SVCLB_EINVALID,
		    "f.yaml:3:1: document 2: kind: is missing\n"
		    "f.yaml:5:1: document 3: must be an object, not a list\n"
		    "f.yaml:7:1: document 4: must be an object, not text\n"
		    "f.yaml:10:7: document 5: kind: must be text, not a number\n");
	expect_load("[]", SVCLB_EINVALID,
		    "f.yaml:1:1: document 1: must be an object, not a list\n");
}
END_TEST

START_TEST(other_kinds)
{
	expect_load("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n"
		    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n"
		    "---\napiVersion: v1\nkind: service\nmetadata: {name: c}\n",
		    SVCLB_OK,
		    "f.yaml:1:1: warning: Deployment b/a: kind Deployment is not used here\n"
		    "f.yaml:5:1: warning: Namespace b: kind Namespace is not used here\n"
		    "f.yaml:9:1: warning: service c: kind service is not used here\n"
		    "  hint: did you mean Service?\n");
}
END_TEST

/* Thousands of them leave room for what is worth reading. */
START_TEST(other_kinds_are_counted)
{
	static const char set[] =
		"---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: a}\n";
	struct strbuf b = {0};

	for (int i = 0; i < 1200; i++)
		strbuf_add(&b, set);
	strbuf_add(&b, "---\nkind: Job\n---\napiVersion: v1\nkind: Service\n"
		       "metadata: {name: a, lables: {}}\nspec: {ports: [{port: 80}]}\n"
		       "---\nkind: Job\n");
	ck_assert(!b.failed);
	expect_load(
		b.s, SVCLB_OK,
		"f.yaml:2:1: warning: ReplicaSet a: kind ReplicaSet is not used here; the same with "
		"1199 other objects\n"
		"f.yaml:4802:1: warning: Job (unnamed): kind Job is not used here; the same with 1 "
		"other object\n"
		"f.yaml:4806:21: warning: Service default/a: metadata.lables: unknown field\n"
		"  hint: did you mean labels?\n");
	strbuf_free(&b);
}
END_TEST

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, part)); p++)
		n++;
	return n;
}

/* Names are bounded, whatever an input has. */
START_TEST(many_names)
{
	static const char *const says[] = {
		"f.yaml:258:1: warning: Kind129 (unnamed): kind Kind129 is not used here; 71 more "
		"objects are not named one by one\n",
		"f.yaml:325:8: warning: Service default/a65: spec.some65: unknown field; 135 more "
		"unknown fields are not named one by one\n",
	};
	struct svclb_model *m = new_model();
	struct strbuf b = {0};
	char *words;

	for (int i = 1; i <= 200; i++)
		if (_i)
			strbuf_addf(&b,
				    "---\napiVersion: v1\nkind: Service\nmetadata: {name: a%d}\n"
				    "spec: {some%d: 1, ports: [{port: 80}]}\n",
				    i, i);
		else
			strbuf_addf(&b, "---\nkind: Kind%d\n", i);
	ck_assert(!b.failed);
	ck_assert_int_eq(svclb_model_load(m, b.s, strlen(b.s), "f.yaml", NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(strstr(words, says[_i]) != NULL, "%s", words);
	ck_assert_uint_eq(count_of(words, "\n"), _i ? 65 : 129);
	svclb_text_free(words);
	svclb_model_unref(m);
	strbuf_free(&b);
}
END_TEST

START_TEST(unknown_fields)
{
	expect_load(
		"apiVersion: v1\nkind: Service\n"
		"metadata:\n  name: web\n  lables: {a: b}\n"
		"spec:\n  clusterIp: 10.96.0.1\n  prots: []\n  whatever: 1\n"
		"  ports:\n  - port: 80\n    targetport: 8080\n  - port: 81\n    targetport: 8081\n"
		"extra: 1\n",
		SVCLB_OK,
		"f.yaml:5:3: warning: Service default/web: metadata.lables: unknown field\n"
		"  hint: did you mean labels?\n"
		"f.yaml:7:3: warning: Service default/web: spec.clusterIp: unknown field\n"
		"  hint: did you mean clusterIP?\n"
		"f.yaml:8:3: warning: Service default/web: spec.prots: unknown field\n"
		"  hint: did you mean ports?\n"
		"f.yaml:9:3: warning: Service default/web: spec.whatever: unknown field\n"
		"f.yaml:12:5: warning: Service default/web: spec.ports[0].targetport: unknown field\n"
		"  hint: did you mean targetPort?\n"
		"f.yaml:15:1: warning: Service default/web: extra: unknown field\n");
	/* Pods and nodes have very many fields that are no concern of ours. */
	expect_load("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
		    "spec: {nodename: x, hostPID: true}\nstatus: {qosClass: x, podIp: 10.0.0.1}\n",
		    SVCLB_OK,
		    "f.yaml:4:8: warning: Pod default/a: spec.nodename: unknown field\n"
		    "  hint: did you mean nodeName?\n"
		    "f.yaml:5:23: warning: Pod default/a: status.podIp: unknown field\n"
		    "  hint: did you mean podIP?\n");
}
END_TEST

/* Named once, also when many objects have them; not at all where they say nothing. */
START_TEST(fields_without_effect)
{
	expect_load(
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
		"spec: {loadBalancerClass: x/y, loadBalancerIP: 198.51.100.1}\n"
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n"
		"spec: {loadBalancerClass: x/y, topologyKeys: []}\n",
		SVCLB_OK,
		"f.yaml:4:8: warning: Service default/a: spec.loadBalancerClass: has no effect here, "
		"also in 1 other object\n"
		"f.yaml:4:32: warning: Service default/a: spec.loadBalancerIP: has no effect here\n"
		"  hint: the addresses that are served stand in status.loadBalancer.ingress\n");
}
END_TEST

/* Warnings follow the problems: a misspelt name is why another one is missing. */
START_TEST(warnings_with_problems)
{
	expect_load("apiVersion: v1\nkind: Service\nmetadata: {nmae: a}\n", SVCLB_EINVALID,
		    "f.yaml:3:11: Service (unnamed): metadata.name: is missing\n"
		    "f.yaml:3:12: warning: Service (unnamed): metadata.nmae: unknown field\n"
		    "  hint: did you mean name?\n");
}
END_TEST

START_TEST(twice)
{
	struct svclb_model *m;
	const char *other = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
			    "spec: {type: NodePort}\n";

	expect_load("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n"
		    "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n---\n"
		    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n"
		    "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\n",
		    SVCLB_EINVALID,
		    "f.yaml:1:1: Service default/a: spec.ports: required: at least one port\n"
		    "f.yaml:5:1: Service b/a: spec.ports: required: at least one port\n"
		    "f.yaml:13:1: Service default/a: appears twice in one input, first in line 1, "
		    "column 1\n");
	m = load("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n");
	ck_assert_int_eq(svclb_model_load(m, other, strlen(other), "other.yaml", NULL), 0);
	ck_assert_uint_eq(svclb_model_count(m, 0), 1);
	ck_assert_str_eq(only(m, SVCLB_KIND_SERVICE)->service->type.s, "NodePort");
	ck_assert_str_eq(svclb_object_get_file(only(m, SVCLB_KIND_SERVICE)), "other.yaml");
	svclb_model_unref(m);
}
END_TEST

/* A reader's error ends the input, but what was wrong before it is told as well. */
START_TEST(problems_before_a_syntax_error)
{
	expect_load(
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: 1\n---\na: [\n",
		SVCLB_EINVALID,
		"f.yaml:4:7: Service default/a: spec: must be a mapping, not a number\n"
		"f.yaml:7:1: not YAML: did not find expected node content, while parsing a flow "
		"node in line 7, column 1\n");
	/* it hides nothing of those behind it */
	expect_load(
		"a: \xff\n---\nb: [\n---\napiVersion: v1\nkind: Service\n", SVCLB_EPARSE,
		"f.yaml:1:4: byte 0xff is not valid UTF-8\n"
		"  hint: save the file as UTF-8\n"
		"f.yaml:4:1: not YAML: did not find expected node content, while parsing a flow "
		"node in line 4, column 1\n"
		"f.yaml:5:1: Service (unnamed): metadata.name: is missing\n");
	expect_load(
		"a: [\n", SVCLB_EPARSE,
		"f.yaml:2:1: not YAML: did not find expected node content, while parsing a flow "
		"node in line 2, column 1\n");
}
END_TEST

START_TEST(names_in_messages)
{
	expect_load("apiVersion: v1\nkind: Service\nmetadata: {name: \"a\\nb\\x1b\"}\nspec: []\n",
		    SVCLB_EINVALID,
		    "f.yaml:4:7: Service default/a?b?: spec: must be a mapping, not a list\n");
}
END_TEST

START_TEST(a_network_that_is_not_the_first)
{
	expect_load("apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec:\n"
		    "  podCIDR: 10.1.0.0/24\n  podCIDRs: [10.2.0.0/24, 10.1.0.0/24]\n",
		    SVCLB_EINVALID,
		    "f.yaml:5:12: Node n: spec.podCIDR: must be the first of podCIDRs, or left "
		    "out\n");
}
END_TEST

/* Names of hosts, and names in slices of names, may end with a dot. */
START_TEST(addresses_of_nodes_and_names)
{
	static const char head[] = "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nstatus:\n"
				   "  addresses:\n  - {type: Hostname, address: n.example.}\n";
	static const char fqdn[] = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
				   "metadata: {name: a}\naddressType: FQDN\n"
				   "endpoints: [{addresses: [db.example.]}]\n";
	struct svclb_model *m = new_model();
	struct svclb_error *e = NULL;
	char text[400];

	(void)snprintf(text, sizeof(text), "%s  - {type: InternalIP, address: 192.0.2.l}\n", head);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f.yaml", NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, fqdn, strlen(fqdn), "g.yaml", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, &e), -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_field(e), "status.addresses[1].address");
	ck_assert_str_eq(svclb_error_get_message(e), "invalid: \"192.0.2.l\" is no IP address");
	ck_assert_int_eq(svclb_error_get_line(e), 7);
	ck_assert_ptr_null(svclb_error_get_next(e));
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

START_TEST(nothing_and_arguments)
{
	struct svclb_model *m = new_model();
	struct svclb_error *e = NULL;

	ck_assert_int_eq(svclb_model_load(m, "", 0, "f", NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, NULL, 0, NULL, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, "null", 4, NULL, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, NULL, 1, "f", &e), -SVCLB_EINVAL);
	svclb_error_unref(e);
	ck_assert_int_eq(svclb_model_load(NULL, "", 0, "f", NULL), -SVCLB_EINVAL);
	ck_assert_uint_eq(svclb_model_count(m, 0), 0);
	svclb_model_unref(m);
}
END_TEST

START_TEST(limit_of_objects)
{
	const char *text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n"
			   "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n";
	struct svclb_options *o = NULL;
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_OBJECTS, 2), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f", NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "g", NULL), 0);
	text = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "h", &e), -SVCLB_ELIMIT);
	ck_assert_uint_eq(svclb_model_count(m, 0), 2);
	svclb_error_unref(e);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

START_TEST(limit_of_problems)
{
	struct svclb_options *o = NULL;
	struct svclb_model *m = NULL;
	struct svclb_error *e = NULL;
	const char *text = "apiVersion: v1\nkind: Pod\nspec: 1\nstatus: 1\nmetadata: {nmae: x}\n";
	char *words;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_PROBLEMS, 2), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f", &e), -SVCLB_EINVALID);
	words = errors_text(e);
	ck_assert_str_eq(words, "f:3:7: Pod (unnamed): spec: must be a mapping, not a number\n"
				"f:4:9: Pod (unnamed): status: must be a mapping, not a number\n"
				"2 more problems are not shown\n" RAISE("problems", "PROBLEMS"));
	free(words);
	svclb_error_unref(e);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

/* Loading, completing, and loading more each bring the number up to date. */
START_TEST(limit_of_warnings)
{
	static const char *const inputs[] = {
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
		"spec: {clusterIP: None, aa: 1, bb: 1, cc: 1, internalTrafficPolicy: Local}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nsepc: {}\n",
	};
	static const char *const numbers[] = {"2 more warnings are not shown",
					      "3 more warnings are not shown",
					      "4 more warnings are not shown"};
	struct svclb_options *o = NULL;
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_PROBLEMS, 1), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct svclb_error *e, *last = NULL;

		if (i == 1)
			ck_assert_int_eq(svclb_model_complete(m, o, NULL), 0);
		else
			ck_assert_int_eq(svclb_model_load(m, inputs[i / 2], strlen(inputs[i / 2]),
							  "f", NULL),
					 0);
		e = svclb_model_get_warnings(m);
		last = svclb_error_get_next(e);
		ck_assert_str_eq(svclb_error_get_field(e), "spec.aa");
		ck_assert_ptr_nonnull(last);
		ck_assert_ptr_null(svclb_error_get_next(last));
		ck_assert_int_eq(svclb_error_get_severity(last), SVCLB_SEVERITY_WARNING);
		ck_assert_str_eq(svclb_error_get_message(last), numbers[i]);
	}
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, service);
	tcase_add_test(tc, absent_fields);
	tcase_add_test(tc, slice);
	tcase_add_test(tc, endpoints);
	tcase_add_test(tc, pod);
	tcase_add_test(tc, node);
	tcase_add_test(tc, lists);
	tcase_add_test(tc, deep_lists);
	tcase_add_test(tc, whole_file);
	tcase_add_test(tc, headers);
	tcase_add_test(tc, other_kinds);
	tcase_add_test(tc, other_kinds_are_counted);
	tcase_add_loop_test(tc, many_names, 0, 2);
	tcase_add_test(tc, unknown_fields);
	tcase_add_test(tc, fields_without_effect);
	tcase_add_test(tc, warnings_with_problems);
	tcase_add_test(tc, twice);
	tcase_add_test(tc, problems_before_a_syntax_error);
	tcase_add_test(tc, names_in_messages);
	tcase_add_test(tc, a_network_that_is_not_the_first);
	tcase_add_test(tc, addresses_of_nodes_and_names);
	tcase_add_test(tc, nothing_and_arguments);
	tcase_add_test(tc, limit_of_objects);
	tcase_add_test(tc, limit_of_problems);
	tcase_add_test(tc, limit_of_warnings);
}

int main(void)
{
	return run_case("decode", fill);
}
