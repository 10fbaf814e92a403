/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's own annotations: what they make of virtual and real servers, and what is refused. */
#include <stdio.h>

#include "manifest.h"

#define NODE_PORTS "192.0.2.0/24"

/* A Service with one endpoint slice and a Pod; every text may hold more lines. */
static char *manifest(const char *service, const char *spec, const char *slice, const char *pod)
{
	char *text = NULL;

	ck_assert_int_gt(
		asprintf(&text,
			 "apiVersion: v1\nkind: Service\n"
			 "metadata:\n  name: web\n  annotations:\n    a: b\n%s"
			 "spec:\n  clusterIP: 10.96.0.10\n%s"
			 "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			 "metadata:\n  name: web-1\n  labels: {kubernetes.io/service-name: web}\n"
			 "  annotations:\n    a: b\n%s"
			 "addressType: IPv4\n"
			 "ports: [{port: 80}, {name: u, port: 80, protocol: UDP}]\n"
			 "endpoints:\n- {addresses: [10.0.0.1], targetRef: {kind: Pod, name: p}}\n"
			 "- {addresses: [10.0.0.2]}\n"
			 "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
			 "  annotations:\n    a: b\n%s",
			 service, spec, slice, pod),
		0);
	return text;
}

static struct svclb_options *options(void)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "192.0.2.9", NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, NODE_PORTS), 0);
	return o;
}

static char *compiled(struct svclb_model *m, const struct svclb_options *o, uint32_t format)
{
	struct svclb_state *st = NULL;
	struct svclb_error *e = NULL;
	char *text = NULL;

	if (svclb_model_complete(m, o, &e) || svclb_compile(m, o, &st, &e))
		ck_abort_msg("%s", errors_text(e));
	ck_assert_int_eq(svclb_state_to_text(st, format, &text, NULL), 0);
	svclb_state_unref(st);
	return text;
}

#define TCP_PORT "  ports: [{port: 80}]\n"
#define UDP_PORT "  ports: [{name: u, port: 80, protocol: UDP}]\n"
#define CLIENTIP TCP_PORT "  sessionAffinity: ClientIP\n"
#define OUTSIDE \
	"  type: NodePort\n  externalIPs: [203.0.113.1]\n  ports: [{port: 80, nodePort: 30080}]\n"
#define NAME(n)	 "    svclb.io/" n "\n"
#define SCHED(s) "    service.kubernetes.io/ipvs-scheduler: " s "\n"

static const struct {
	const char *service;
	const char *spec;
	const char *slice;
	const char *pod;
	uint32_t format;
	const char *part; /* of what is rendered */
} made[] = {
	{"", TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM, "-r 10.0.0.2:80 -m -w 1\n"},
	{NAME("weight: \"3\""), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-r 10.0.0.1:80 -m -w 3\n-a -t 10.96.0.10:80 -r 10.0.0.2:80 -m -w 3\n"},
	{NAME("weight: \"10.0.0.2=0, 5\""), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-r 10.0.0.1:80 -m -w 5\n-a -t 10.96.0.10:80 -r 10.0.0.2:80 -m -w 0\n"},
	/* the Pod before what a slice says of all, that before what the Service says of all */
	{NAME("weight: \"3\""), TCP_PORT, NAME("weight: \"4\""), NAME("weight: \"7\""),
	 SVCLB_FORMAT_IPVSADM,
	 "-r 10.0.0.1:80 -m -w 7\n-a -t 10.96.0.10:80 -r 10.0.0.2:80 -m -w 4\n"},
	/* an address that is named before the Pod, the Service's before the slice's */
	{NAME("weight: 10.0.0.2=8"), TCP_PORT, NAME("weight: \"10.0.0.1=6,10.0.0.2=6\""),
	 NAME("weight: \"7\""), SVCLB_FORMAT_IPVSADM,
	 "-r 10.0.0.1:80 -m -w 6\n-a -t 10.96.0.10:80 -r 10.0.0.2:80 -m -w 8\n"},
	{NAME("upper-threshold: \"9\""), TCP_PORT, "", NAME("lower-threshold: \"4\""),
	 SVCLB_FORMAT_JSON, "\"upperThreshold\": 9,\n          \"lowerThreshold\": 4"},
	{SCHED("mh"), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM, "-s mh -b mh-port\n"},
	{SCHED("mh") NAME("scheduler-flags: mh-fallback"), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-s mh -b mh-fallback\n"},
	{SCHED("mh") NAME("scheduler-flags: none"), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-s mh\n"},
	{SCHED("sh") NAME("scheduler-flags: \"sh-port,sh-fallback\""), TCP_PORT, "", "",
	 SVCLB_FORMAT_IPVSADM, "-s sh -b sh-fallback,sh-port\n"},
	{NAME("one-packet: \"true\""), UDP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-A -u 10.96.0.10:80 -s rr -o\n"},
	{NAME("one-packet: \"true\""), UDP_PORT, "", "", SVCLB_FORMAT_IPSET,
	 "add KUBE-EXTERNAL-IP-LOCAL 10.96.0.10,udp:80\n"},
	{NAME("affinity-prefix-ipv4: \"24\""), CLIENTIP, "", "", SVCLB_FORMAT_IPVSADM,
	 "-p 10800 -M 255.255.255.0\n"},
	{NAME("forwarding: direct"), OUTSIDE, "", "", SVCLB_FORMAT_IPVSADM,
	 "-a -t 203.0.113.1:80 -r 10.0.0.1:80 -g -w 1\n"},
	{NAME("forwarding: direct"), OUTSIDE, "", "", SVCLB_FORMAT_IPVSADM,
	 "-a -t 192.0.2.9:30080 -r 10.0.0.1:80 -m -w 1\n"},
	{NAME("forwarding: direct"), OUTSIDE, "", "", SVCLB_FORMAT_IPSET,
	 "add KUBE-EXTERNAL-IP-LOCAL 10.96.0.10,tcp:80\n"
	 "add KUBE-EXTERNAL-IP-LOCAL 203.0.113.1,tcp:80\n"},
	{NAME("forwarding: tunnel"), TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-i -w 1 --tun-type ipip\n"},
	{NAME("forwarding: tunnel") NAME("tunnel-type: gre") NAME("tunnel-checksum: full"),
	 TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM, "-i -w 1 --tun-type gre --tun-csum\n"},
	{NAME("forwarding: tunnel") NAME("tunnel-type: gue") NAME("tunnel-port: \"6080\"")
		 NAME("tunnel-checksum: remote"),
	 TCP_PORT, "", "", SVCLB_FORMAT_IPVSADM,
	 "-i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum\n"},
};

START_TEST(makes)
{
	char *text = manifest(made[_i].service, made[_i].spec, made[_i].slice, made[_i].pod);
	struct svclb_options *o = options();
	struct svclb_model *m = load(text);
	char *got = compiled(m, o, made[_i].format);

	ck_assert_msg(strstr(got, made[_i].part), "no\n%sin\n%s", made[_i].part, got);
	free(got);
	free(text);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

#define SERVICE_AT(column) \
	"f.yaml:7:" column ": Service default/web: metadata.annotations[svclb.io/"

static const struct {
	const char *service;
	const char *spec;
	const char *slice;
	const char *pod;
	const char *words; /* of the only problem, up to its end */
} refused[] = {
	{NAME("weight: \"65536\""), TCP_PORT, "", "",
	 SERVICE_AT(
		 "22") "weight]: invalid: \"65536\" is neither a whole number in 0-65535 nor a list "
		       "of them such as 10.0.0.1=1,10.0.0.2=3"},
	{NAME("weight: \"10.0.0=1\""), TCP_PORT, "", "",
	 SERVICE_AT("22") "weight]: invalid: \"10.0.0=1\" is neither"},
	{NAME("weight: \"1,2\""), TCP_PORT, "", "",
	 SERVICE_AT("22") "weight]: invalid: \"1,2\" has two numbers"},
	{NAME("weight: \"\""), TCP_PORT, "", "", SERVICE_AT("22") "weight]: invalid: \"\" is"},
	{NAME("weight: \"10.0.0.1=3, 2, 10.0.0.2=1, 10.0.0.1=4\""), TCP_PORT, "", "",
	 SERVICE_AT("22") "weight]: duplicate: 10.0.0.1 has two numbers"},
	{"", TCP_PORT, NAME("upper-threshold: \"10.0.0.1=3,10.0.0.1=3\""), "",
	 "EndpointSlice default/web-1: metadata.annotations[svclb.io/upper-threshold]: duplicate: "
	 "10.0.0.1 has two numbers"},
	{"", TCP_PORT, "", NAME("weight: 10.0.0.1=1"),
	 "Pod default/p: metadata.annotations[svclb.io/weight]: invalid: \"10.0.0.1=1\" names an"},
	{"", TCP_PORT, NAME("weight: x"), "",
	 "EndpointSlice default/web-1: metadata.annotations[svclb.io/weight]: invalid: \"x\" is"},
	{NAME("lower-threshold: \"4\""), TCP_PORT, "", "",
	 SERVICE_AT(
		 "31") "lower-threshold]: invalid: of endpoint 10.0.0.1 it is 4, above the upper "
		       "threshold, which is 0"},
	{"", TCP_PORT, "", NAME("lower-threshold: \"4\""),
	 "Pod default/p: metadata.annotations[svclb.io/lower-threshold]: invalid: of endpoint "
	 "10.0.0.1 it is 4, above the upper threshold, which is 0"},
	{NAME("lower-threshold: \"4\"") NAME("upper-threshold: \"9\""), TCP_PORT, "",
	 NAME("upper-threshold: \"3\""),
	 "Pod default/p: metadata.annotations[svclb.io/upper-threshold]: invalid: of endpoint "
	 "10.0.0.1 it is 3, below the lower threshold, which is 4"},
	{NAME("upper-threshold: \"9\""), TCP_PORT, NAME("lower-threshold: 10.0.0.2=10"), "",
	 "EndpointSlice default/web-1: metadata.annotations[svclb.io/lower-threshold]: invalid: of "
	 "endpoint 10.0.0.2 it is 10, above the upper threshold, which is 9"},
	{NAME("scheduler-flags: mh-port"), TCP_PORT, "", "",
	 SERVICE_AT("31") "scheduler-flags]: invalid: mh-port is a flag of the scheduler mh, the "
			  "scheduler here is rr"},
	{SCHED("sh") NAME("scheduler-flags: \"sh-port,\""), TCP_PORT, "", "",
	 "scheduler-flags]: invalid: \"\" is not one of sh-fallback, sh-port, mh-fallback and mh-port"},
	{NAME("forwarding: dr"), TCP_PORT, "", "",
	 SERVICE_AT("26") "forwarding]: not supported: \"dr\" is not one of masquerade, direct and "
			  "tunnel"},
	{NAME("forwarding: \"\""), TCP_PORT, "", "",
	 SERVICE_AT("26") "forwarding]: not supported: \"\" is not one of masquerade, direct and "
			  "tunnel"},
	{NAME("forwarding: tunnel") NAME("tunnel-type: \"\""), TCP_PORT, "", "",
	 "tunnel-type]: not supported: \"\" is not one of ipip, gue and gre"},
	{NAME("forwarding: tunnel") NAME("tunnel-checksum: \"\""), TCP_PORT, "", "",
	 "tunnel-checksum]: not supported: \"\" is not one of none, full and remote"},
	{NAME("forwarding: direct"), "  ports: [{port: 81}]\n", "", "",
	 "EndpointSlice default/web-1: ports: invalid: the endpoints listen on 80, the Service has "
	 "81, and its forwarding \"direct\" leaves the port of packets as it is"},
	{NAME("tunnel-type: gre"), TCP_PORT, "", "",
	 SERVICE_AT("27") "tunnel-type]: forbidden: only the forwarding method tunnel has it"},
	{NAME("forwarding: tunnel") NAME("tunnel-type: gue"), TCP_PORT, "", "",
	 "tunnel-port]: required: a tunnel of type gue needs the port that the real servers listen on"},
	{NAME("forwarding: tunnel") NAME("tunnel-port: \"80\""), TCP_PORT, "", "",
	 "tunnel-port]: forbidden: only a tunnel of type gue has a port"},
	{NAME("forwarding: tunnel") NAME("tunnel-checksum: full"), TCP_PORT, "", "",
	 "tunnel-checksum]: forbidden: a tunnel of type ipip has no checksum"},
	{NAME("forwarding: tunnel") NAME("tunnel-type: gue") NAME("tunnel-port: x"), TCP_PORT, "",
	 "", "tunnel-port]: invalid: \"x\" is not a whole number in 1-65535"},
	{NAME("one-packet: \"true\""), TCP_PORT, "", "",
	 SERVICE_AT(
		 "26") "one-packet]: forbidden: only UDP has packets that are a request each, port "
		       "80 is \"TCP\""},
	{NAME("one-packet: \"yes\""), UDP_PORT, "", "",
	 SERVICE_AT("26") "one-packet]: invalid: \"yes\" is not true or false"},
	{NAME("affinity-prefix-ipv4: \"24\""), TCP_PORT, "", "",
	 SERVICE_AT(
		 "36") "affinity-prefix-ipv4]: forbidden: only a Service with affinity ClientIP"},
	{NAME("affinity-prefix-ipv6: \"129\""), CLIENTIP, "", "",
	 SERVICE_AT("36") "affinity-prefix-ipv6]: invalid: \"129\" is not a whole number in 1-128"},
	{NAME("drain: 1.5s"), TCP_PORT, "", "",
	 SERVICE_AT(
		 "21") "drain]: invalid: \"1.5s\" is not linger, cut, or a time such as 30s of at "
		       "most a year"},
};

START_TEST(refuses)
{
	char *text =
		manifest(refused[_i].service, refused[_i].spec, refused[_i].slice, refused[_i].pod);
	struct svclb_model *m = load(text);
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, &e), -SVCLB_EINVALID);
	ck_assert_ptr_null(svclb_error_get_next(e));
	words = errors_text(e);
	ck_assert_msg(strstr(words, refused[_i].words), "%s", words);
	free(words);
	free(text);
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	const char *service;
	const char *slice;
	const char *words;
} warned[] = {
	{NAME("wieght: \"3\""), "",
	 "f.yaml:7:22: warning: Service default/web: metadata.annotations: unknown annotation "
	 "\"svclb.io/wieght\"; did you mean svclb.io/weight?\n"},
	{NAME("scheduler: rr"), "", "the scheduler has service.kubernetes.io/ipvs-scheduler\n"},
	{NAME("colour: red"), "", "unknown annotation \"svclb.io/colour\"\n"},
	{"", NAME("forwarding: direct"),
	 "EndpointSlice default/web-1: metadata.annotations[svclb.io/forwarding]: has no effect on an "
	 "EndpointSlice, it belongs on Services\n"},
	{"", SCHED("lc"),
	 "EndpointSlice default/web-1: metadata.annotations[service.kubernetes.io/ipvs-scheduler]: "
	 "has no effect on an EndpointSlice, it belongs on Services\n"},
	{"", "    service.kubernetes.io/topology-mode: auto\n",
	 "metadata.annotations[service.kubernetes.io/topology-mode]: has no effect on an "},
	{NAME("one-packet: \"true\"") NAME("forwarding: masquerade"), "",
	 "answers come from the real server's own address and port\n"},
	{NAME("one-packet: \"true\""), "",
	 "answers come from the real server's own address and port\n"},
};

START_TEST(warns)
{
	char *text = manifest(warned[_i].service, UDP_PORT, warned[_i].slice, "");
	struct svclb_model *m = load(text);
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(strstr(words, warned[_i].words), "%s", words);
	free(words);
	free(text);
	svclb_model_unref(m);
}
END_TEST

/* Of Endpoints and selected Pods, which become slices. */
START_TEST(derived_endpoints)
{
	struct svclb_model *m = load(
		"apiVersion: v1\nkind: Service\nmetadata: {name: old}\n"
		"spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}\n"
		"---\napiVersion: v1\nkind: Endpoints\n"
		"metadata: {name: old, annotations: {svclb.io/weight: \"10.0.0.2=0\"}}\n"
		"subsets: [{addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}], ports: [{port: 80}]}]\n"
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: pods}\n"
		"spec: {clusterIP: 10.96.0.2, selector: {a: b}, ports: [{port: 80}]}\n"
		"---\napiVersion: v1\nkind: Pod\n"
		"metadata: {name: p, labels: {a: b}, annotations: {svclb.io/weight: \"9\"}}\n"
		"status: {podIP: 10.0.0.3}\n");
	char *got = compiled(m, NULL, SVCLB_FORMAT_IPVSADM);

	ck_assert_str_eq(got, "-A -t 10.96.0.1:80 -s rr\n"
			      "-a -t 10.96.0.1:80 -r 10.0.0.1:80 -m -w 1\n"
			      "-a -t 10.96.0.1:80 -r 10.0.0.2:80 -m -w 0\n"
			      "-A -t 10.96.0.2:80 -s rr\n"
			      "-a -t 10.96.0.2:80 -r 10.0.0.3:80 -m -w 9\n");
	free(got);
	svclb_model_unref(m);
}
END_TEST

/* What of an input serves nobody. */
/* An Endpoints object that stands beside a selector has no part in what the Pods listen on. */
START_TEST(port_of_pods_beside_endpoints)
{
	static const char text[] =
		"apiVersion: v1\nkind: Service\n"
		"metadata: {name: web, annotations: {svclb.io/forwarding: direct}}\n"
		"spec: {selector: {x: y}, ports: [{port: 80, targetPort: 8080}]}\n"
		"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {x: y}}\n"
		"status: {phase: Running, podIP: 10.0.0.1}\n"
		"---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\n"
		"subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}]}]\n";
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "f.yaml", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, &err), -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_object(err), "Service default/web");
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "endpoints listen on 8080"));
	ck_assert_ptr_null(svclb_error_get_next(err));
	svclb_error_unref(err);
	svclb_model_unref(m);
}
END_TEST

START_TEST(unused)
{
	struct svclb_model *m = load(
		"apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
		"spec: {clusterIP: 10.96.0.1, externalName: a.b, ports: [{name: a, port: 80}]}\n"
		"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		"metadata: {name: one, labels: {kubernetes.io/service-name: web}}\n"
		"addressType: IPv4\nports: [{name: a, port: 80}, {name: b, port: 80}]\n"
		"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		"metadata: {name: two, labels: {kubernetes.io/service-name: wbe}}\n"
		"addressType: IPv4\n");
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_str_eq(words,
			 "f.yaml:14:60: warning: EndpointSlice default/two: "
			 "metadata.labels[kubernetes.io/service-name]: there is no Service "
			 "\"wbe\", so the slice has no effect\n"
			 "f.yaml:10:30: warning: EndpointSlice default/one: ports[1]: the Service "
			 "has no port named \"b\" for TCP, so it has no effect\n"
			 "f.yaml:4:44: warning: Service default/web: spec.externalName: has no "
			 "effect without type ExternalName\n");
	free(words);
	svclb_model_unref(m);
}
END_TEST

#define ok(call) ck_assert_int_eq((call), 0)

/* Completes and returns the warnings as text. */
static char *warnings_of(const char *text, uint32_t mode)
{
	struct svclb_options *o = options();
	struct svclb_model *m = load(text);
	char *words;

	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
	ck_assert_int_eq(svclb_model_complete(m, o, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	svclb_model_unref(m);
	svclb_options_unref(o);
	return words;
}

START_TEST(addresses_that_are_no_endpoints)
{
	char *text = manifest(NAME("weight: \"10.0.0.1=1,10.9.0.1=2,10.9.0.2=3\""), TCP_PORT,
			      NAME("upper-threshold: \"10.0.0.2=1,10.9.0.3=9\""), "");
	char *words = warnings_of(text, SVCLB_MODE_IPVS);

	ck_assert_msg(strstr(words, "Service default/web: metadata.annotations[svclb.io/weight]: "
				    "10.9.0.1 and 1 more are no endpoints of the Service"),
		      "%s", words);
	ck_assert_msg(strstr(words, "EndpointSlice default/web-1: metadata.annotations["
				    "svclb.io/upper-threshold]: 10.9.0.3 is no endpoint of the "),
		      "%s", words);
	free(words);
	free(text);
}
END_TEST

START_TEST(addresses_behind_the_first)
{
	char *words = warnings_of(
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		"metadata: {name: s, labels: {kubernetes.io/service-name: web}}\n"
		"addressType: IPv4\nports: []\n"
		"endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2, 10.0.0.3]},\n"
		"  {addresses: [10.0.0.4, 10.0.0.5]}]\n"
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
		"spec: {ports: [{port: 80}]}\n",
		SVCLB_MODE_IPVS);

	ck_assert_msg(strstr(words, "f.yaml:6:61: warning: EndpointSlice default/s: "
				    "endpoints[1].addresses[1]: only the first address is used, "
				    "also of 1 other endpoint\n"),
		      "%s", words);
	free(words);
}
END_TEST

static struct svclb_endpoint *endpoint(const char *addr)
{
	struct svclb_endpoint *ep = NULL;

	ok(svclb_endpoint_new(addr, &ep, NULL));
	return ep;
}

/* What builders set is what manifests have, also when the object is written and read again. */
START_TEST(builders)
{
	struct svclb_model *m = new_model();
	struct svclb_endpoints *eps = NULL;
	struct svclb_endpoint *ep;
	struct svclb_affinity *a = NULL;
	struct svclb_service *s = NULL;
	char *got;

	ok(svclb_service_new(NULL, "web", &s, NULL));
	ok(svclb_service_add_cluster_ip(s, "10.96.0.1"));
	ok(svclb_service_add_port(s, NULL, "UDP", 80, NULL, 0));
	ok(svclb_service_set_scheduler(s, "mh", "mh-fallback"));
	ok(svclb_service_set_forwarding(s, "tunnel", "gue", 6080, "full"));
	ok(svclb_service_set_one_packet(s, 1));
	ok(svclb_service_set_drain(s, "30s"));
	ok(svclb_affinity_new(60, &a, NULL));
	ok(svclb_affinity_set_prefix(a, 16, 64));
	ck_assert_int_eq(svclb_affinity_set_prefix(a, 33, 0), -SVCLB_EINVAL);
	ok(svclb_service_set_affinity(s, a));
	ok(svclb_model_add_service(m, s, NULL));
	ok(svclb_endpoints_new(NULL, "web-1", "web", &eps, NULL));
	ok(svclb_endpoints_add_port(eps, NULL, "UDP", 80));
	ep = endpoint("10.0.0.1");
	ok(svclb_endpoint_set_weight(ep, 5));
	ok(svclb_endpoints_add(eps, ep));
	svclb_endpoint_unref(ep);
	ep = endpoint("10.0.0.2");
	ok(svclb_endpoint_set_thresholds(ep, 20, 10));
	ok(svclb_endpoints_add(eps, ep));
	svclb_endpoint_unref(ep);
	ok(svclb_model_add_endpoints(m, eps, NULL));
	got = compiled(m, NULL, SVCLB_FORMAT_IPVSADM);
	ck_assert_str_eq(got, "-A -u 10.96.0.1:80 -s mh -p 60 -M 255.255.0.0 -o -b mh-fallback\n"
			      "-a -u 10.96.0.1:80 -r 10.0.0.1:80 -i -w 5 --tun-type gue "
			      "--tun-port 6080 --tun-csum\n"
			      "-a -u 10.96.0.1:80 -r 10.0.0.2:80 -i -w 1 --tun-type gue "
			      "--tun-port 6080 --tun-csum\n");
	free(got);
	ok(svclb_object_to_json(svclb_model_find(m, SVCLB_KIND_ENDPOINT_SLICE, NULL, "web-1"),
				&got));
	ck_assert_ptr_nonnull(strstr(got, "\"svclb.io/weight\": \"10.0.0.1=5\""));
	ck_assert_ptr_nonnull(strstr(got, "\"svclb.io/lower-threshold\": \"10.0.0.2=10\""));
	svclb_text_free(got);
	svclb_affinity_unref(a);
	svclb_service_unref(s);
	svclb_endpoints_unref(eps);
	svclb_model_unref(m);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, makes, 0, sizeof(made) / sizeof(made[0]));
	tcase_add_loop_test(tc, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(tc, warns, 0, sizeof(warned) / sizeof(warned[0]));
	tcase_add_test(tc, derived_endpoints);
	tcase_add_test(tc, port_of_pods_beside_endpoints);
	tcase_add_test(tc, unused);
	tcase_add_test(tc, addresses_that_are_no_endpoints);
	tcase_add_test(tc, addresses_behind_the_first);
	tcase_add_test(tc, builders);
}

int main(void)
{
	return run_case("annotations", fill);
}
