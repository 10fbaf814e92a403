/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Validation: one row for each rule, and what a report says. */
#include "model-make.h"
#include "model/check.h"

struct fixture {
	struct svclb_model *m;
	struct service *s;
	struct slice *sl;
	struct endpoints *ep;
};

static struct fixture f;

/* A valid Service, slice and Endpoints object, defaulted, which a row then breaks. */
static void start(const char *type)
{
	struct check c = {.opts = options_defaults()};

	f.m = new_model();
	f.s = new_service(f.m, "web");
	f.s->type.s = type;
	add_port(f.m, f.s, 80)->name.s = "http";
	if (!strcmp(type, "LoadBalancer")) {
		struct ingress *i =
			list_push(&f.m->arena, f.s->ingress, f.s->n_ingress, f.s->cap_ingress);

		ck_assert_ptr_nonnull(i);
		i->ip.s = "198.51.100.7";
	}
	if (!strcmp(type, "ExternalName"))
		f.s->external_name.s = "example.com.";
	else
		f.s->cluster_ip.s = "10.96.0.20";
	f.sl = new_slice(f.m, "web-1", "web");
	add_endpoint(f.m, f.sl, "10.244.1.5")->node_name.s = "node-1";
	add_slice_port(f.m, f.sl, 8080)->name.s = "http";
	f.ep = new_endpoints(f.m, "web");
	add_address(f.m, add_subset(f.m, f.ep), "10.244.1.5", true);
	add_subset_port(f.m, &f.ep->subsets[0], 8080);
	c.model = f.m;
	model_default(&c);
	ck_assert(!c.given_up);
}

static struct check validated;

static void validate(void)
{
	validated = (struct check){.model = f.m, .opts = options_defaults()};
	model_sort(f.m);
	model_canonical(&validated);
	model_validate(&validated);
	ck_assert(!validated.given_up);
}

static void finish(void)
{
	problems_free(&validated.problems);
	arena_free(&validated.scratch);
	svclb_model_unref(f.m);
}

static struct service_port *second_port(int port)
{
	struct service_port *p = add_port(f.m, f.s, port);

	p->name.s = "second";
	p->protocol.s = "TCP";
	return p;
}

static void second_name(void)
{
	struct slice_port *p = add_slice_port(f.m, f.sl, 9090);

	p->name.s = "http";
	p->protocol.s = "TCP";
}

static void many_endpoints(size_t n)
{
	while (f.sl->n_endpoints < n)
		add_endpoint(f.m, f.sl, "10.244.1.6");
}

static void many_addresses(size_t n)
{
	while (f.sl->endpoints[0].addresses.n < n)
		add_text(f.m, &f.sl->endpoints[0].addresses, "10.244.1.6");
}

static void many_zones(size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_text(f.m, &f.sl->endpoints[0].zone_hints,
			 arena_printf(&f.m->arena, "zone-%zu", i));
}

static void many_ports(size_t n)
{
	while (f.sl->n_ports < n) {
		struct slice_port *p = add_slice_port(f.m, f.sl, 80);

		p->name.s = arena_printf(&f.m->arena, "p%zu", f.sl->n_ports);
		p->protocol.s = "TCP";
	}
}

static void annotate(const char *key, const char *value)
{
	add_label(f.m, &f.s->meta.annotations, key, value);
}

#define SPECIAL_IPS                                                                                \
	X(external_unspecified, "NodePort", "spec.externalIPs[0]",                                 \
	  "invalid: \"0.0.0.0\" is the unspecified", add_text(f.m, &f.s->external_ips, "0.0.0.0")) \
	X(external_loopback, "NodePort", "spec.externalIPs[0]",                                    \
	  "invalid: \"127.1.2.3\" is a loop", add_text(f.m, &f.s->external_ips, "127.1.2.3"))      \
	X(external_link_local, "NodePort", "spec.externalIPs[0]",                                  \
	  "invalid: \"fe80::1\" is a link", add_text(f.m, &f.s->external_ips, "fe80::1"))          \
	X(external_multicast, "NodePort", "spec.externalIPs[0]",                                   \
	  "invalid: \"224.0.0.5\" is a link-local mul",                                            \
	  add_text(f.m, &f.s->external_ips, "224.0.0.5"))                                          \
	X(external_multicast_6, "NodePort", "spec.externalIPs[0]",                                 \
	  "invalid: \"ff05::1\" is a multicast", add_text(f.m, &f.s->external_ips, "ff05::1"))     \
	X(external_no_ip, "NodePort", "spec.externalIPs[1]", "invalid: \"nonsense\" is no IP",     \
	  add_text(f.m, &f.s->external_ips, "192.0.2.1");                                          \
	  add_text(f.m, &f.s->external_ips, "nonsense"))

#define SERVICE_ROWS                                                                               \
	X(name_missing, "ClusterIP", "metadata.name", "required:", f.s->meta.name.s = NULL)        \
	X(name_syntax, "ClusterIP", "metadata.name", "invalid: \"1web\"",                          \
	  f.s->meta.name.s = "1web")                                                               \
	X(namespace, "ClusterIP", "metadata.namespace", "invalid:", f.s->meta.ns.s = "a.b")        \
	X(topology, "ClusterIP", "metadata.annotations[service.kubernetes.io/topology-mode]",      \
	  "invalid: \"Auto\"", annotate("service.kubernetes.io/topology-aware-hints", "auto");     \
	  annotate("service.kubernetes.io/topology-mode", "Auto"))                                 \
	X(scheduler, "ClusterIP", "metadata.annotations[service.kubernetes.io/ipvs-scheduler]",    \
	  "not supported: \"RR\" is not one of the schedulers rr, wrr",                            \
	  annotate("service.kubernetes.io/ipvs-scheduler", "RR"))                                  \
	X(no_ports, "ClusterIP", "spec.ports", "required:", f.s->n_ports = 0)                      \
	X(port_unnamed, "ClusterIP", "spec.ports[1].name",                                         \
	  "required:", second_port(81)->name.s = "")                                               \
	X(port_name, "ClusterIP", "spec.ports[0].name", "invalid: \"HTTP\"",                       \
	  f.s->ports[0].name.s = "HTTP")                                                           \
	X(port_name_twice, "ClusterIP", "spec.ports[1].name", "duplicate: \"http\" is at index 0", \
	  second_port(81)->name.s = "http")                                                        \
	X(port_zero, "ClusterIP", "spec.ports[0].port", "invalid: 0 is not",                       \
	  f.s->ports[0].port.v = 0)                                                                \
	X(port_large, "ClusterIP", "spec.ports[0].port", "invalid: 65536",                         \
	  f.s->ports[0].port.v = 65536)                                                            \
	X(port_missing, "ClusterIP", "spec.ports[0].port", "invalid: no port",                     \
	  f.s->ports[0].port = (struct fint){0})                                                   \
	X(protocol_missing, "ClusterIP", "spec.ports[0].protocol",                                 \
	  "required: one of TCP, UDP and SCTP", f.s->ports[0].protocol.s = "")                     \
	X(protocol_case, "ClusterIP", "spec.ports[0].protocol", "not supported: \"tcp\"",          \
	  f.s->ports[0].protocol.s = "tcp")                                                        \
	X(target_range, "ClusterIP", "spec.ports[0].targetPort", "invalid: 70000",                 \
	  f.s->ports[0].target_port.v = 70000)                                                     \
	X(target_name, "ClusterIP", "spec.ports[0].targetPort", "invalid: \"web--1\"",             \
	  f.s->ports[0].target_port_name.s = "web--1")                                             \
	X(port_twice, "ClusterIP", "spec.ports[1]", "duplicate: 80/TCP is at index 0",             \
	  second_port(80))                                                                         \
	X(node_port_twice, "NodePort", "spec.ports[1].nodePort", "duplicate: 30080/TCP",           \
	  f.s->ports[0].node_port.v = 30080;                                                       \
	  second_port(81)->node_port.v = 30080)                                                    \
	X(node_port_type, "ClusterIP", "spec.ports[0].nodePort", "forbidden: 30080",               \
	  f.s->ports[0].node_port.v = 30080)                                                       \
	X(app_protocol, "ClusterIP", "spec.ports[0].appProtocol", "invalid: \"a b\"",              \
	  f.s->ports[0].app_protocol.s = "a b")                                                    \
	X(kubelet, "LoadBalancer", "spec.ports[0]", "invalid:", f.s->ports[0].port.v = 10250)      \
	X(type_missing, "ExternalName", "spec.type", "required:", f.s->type.s = "";                \
	  f.s->external_name.s = NULL; f.s->internal_traffic_policy.s = NULL)                      \
	X(type_unknown, "ClusterIP", "spec.type",                                                  \
	  "not supported: \"Balancer\" is not one of ClusterIP, NodePort, LoadBalancer and Ext",   \
	  f.s->type.s = "Balancer")                                                                \
	X(headless_node_port, "NodePort", "spec.clusterIPs[0]", "invalid: \"None\"",               \
	  f.s->cluster_ip.s = "None";                                                              \
	  f.s->cluster_ips.v[0].s = "None")                                                        \
	X(external_name_ips, "ExternalName", "spec.clusterIPs",                                    \
	  "forbidden:", f.s->cluster_ip.s = "10.96.0.1";                                           \
	  add_text(f.m, &f.s->cluster_ips, "10.96.0.1"))                                           \
	X(external_name_families, "ExternalName", "spec.ipFamilies",                               \
	  "forbidden:", add_text(f.m, &f.s->ip_families, "IPv4"))                                  \
	X(external_name_policy, "ExternalName", "spec.ipFamilyPolicy",                             \
	  "forbidden:", f.s->ip_family_policy.s = "SingleStack")                                   \
	X(external_name_missing, "ExternalName", "spec.externalName",                              \
	  "required:", f.s->external_name.s = "")                                                  \
	X(external_name_syntax, "ExternalName", "spec.externalName", "invalid: \"a..\"",           \
	  f.s->external_name.s = "a..")                                                            \
	X(ips_missing, "ClusterIP", "spec.clusterIPs", "required:", f.s->cluster_ips.n = 0)        \
	X(ips_first, "ClusterIP", "spec.clusterIPs", "invalid: the first member",                  \
	  f.s->cluster_ips.v[0].s = "10.96.0.21")                                                  \
	X(ips_alone, "ClusterIP", "spec.clusterIPs", "invalid: clusterIP is empty",                \
	  f.s->cluster_ip.s = "")                                                                  \
	X(ips_three, "ClusterIP", "spec.clusterIPs", "invalid: 3 members",                         \
	  add_text(f.m, &f.s->cluster_ips, "fd00::1");                                             \
	  add_text(f.m, &f.s->cluster_ips, "fd00::2"))                                             \
	X(ips_none, "ClusterIP", "spec.clusterIPs", "invalid: \"None\" must stand alone",          \
	  add_text(f.m, &f.s->cluster_ips, "None"))                                                \
	X(ips_one_family, "ClusterIP", "spec.clusterIPs",                                          \
	  "invalid: \"10.96.0.20\" and \"10.96.0.22\"",                                            \
	  add_text(f.m, &f.s->cluster_ips, "10.96.0.22"))                                          \
	X(ips_syntax, "ClusterIP", "spec.clusterIPs[1]", "invalid: \"10.96.0.300\" is no IP",      \
	  add_text(f.m, &f.s->cluster_ips, "10.96.0.300"))                                         \
	X(ips_loopback, "ClusterIP", "spec.clusterIPs[0]", "invalid: \"127.0.0.1\" is a loop",     \
	  f.s->cluster_ip.s = "127.0.0.1";                                                         \
	  f.s->cluster_ips.v[0].s = "127.0.0.1")                                                   \
	X(ips_family, "ClusterIP", "spec.clusterIPs[0]", "invalid: \"10.96.0.20\" is not IPv6",    \
	  add_text(f.m, &f.s->ip_families, "IPv6"))                                                \
	X(family_unknown, "ClusterIP", "spec.ipFamilies[0]", "not supported: \"ipv4\"",            \
	  add_text(f.m, &f.s->ip_families, "ipv4"))                                                \
	X(family_twice, "ClusterIP", "spec.ipFamilies[1]", "duplicate: \"IPv4\"",                  \
	  add_text(f.m, &f.s->ip_families, "IPv4");                                                \
	  add_text(f.m, &f.s->ip_families, "IPv4"))                                                \
	X(family_policy, "ClusterIP", "spec.ipFamilyPolicy", "not supported: \"Dual\"",            \
	  f.s->ip_family_policy.s = "Dual")                                                        \
	X(affinity_missing, "ClusterIP", "spec.sessionAffinity",                                   \
	  "required:", f.s->session_affinity.s = NULL)                                             \
	X(affinity_unknown, "ClusterIP", "spec.sessionAffinity", "not supported: \"Cookie\"",      \
	  f.s->session_affinity.s = "Cookie")                                                      \
	X(affinity_config, "ClusterIP", "spec.sessionAffinityConfig",                              \
	  "required:", f.s->session_affinity.s = "ClientIP")                                       \
	X(affinity_zero, "ClusterIP", "spec.sessionAffinityConfig.clientIP.timeoutSeconds",        \
	  "invalid: 0", f.s->session_affinity.s = "ClientIP";                                      \
	  f.s->affinity_timeout.given = true)                                                      \
	X(affinity_long, "ClusterIP", "spec.sessionAffinityConfig.clientIP.timeoutSeconds",        \
	  "invalid: 86401", f.s->session_affinity.s = "ClientIP";                                  \
	  f.s->affinity_timeout.given = true; f.s->affinity_timeout.v = 86401)                     \
	X(affinity_unused, "ClusterIP", "spec.sessionAffinityConfig",                              \
	  "forbidden:", f.s->affinity_config_given = true)                                         \
	X(ranges_type, "NodePort", "spec.loadBalancerSourceRanges",                                \
	  "forbidden:", add_text(f.m, &f.s->source_ranges, "10.0.0.0/8"))                          \
	X(ranges_syntax, "LoadBalancer", "spec.loadBalancerSourceRanges[0]",                       \
	  "invalid: \"10.0.0.0\"", add_text(f.m, &f.s->source_ranges, " 10.0.0.0 "))               \
	X(ranges_annotation_type, "NodePort",                                                      \
	  "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]",          \
	  "forbidden:", annotate("service.beta.kubernetes.io/load-balancer-source-ranges", ""))    \
	X(ranges_annotation, "LoadBalancer",                                                       \
	  "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]",          \
	  "invalid: \"10.0.0.x/8\"",                                                               \
	  annotate("service.beta.kubernetes.io/load-balancer-source-ranges",                       \
		   "192.0.2.0/24, 10.0.0.x/8"))                                                    \
	X(ranges_annotation_end, "LoadBalancer",                                                   \
	  "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]",          \
	  "invalid: nothing follows",                                                              \
	  annotate("service.beta.kubernetes.io/load-balancer-source-ranges", "192.0.2.0/24,"))     \
	X(allocate_type, "NodePort", "spec.allocateLoadBalancerNodePorts",                         \
	  "forbidden:", f.s->allocate_node_ports.v = TRI_FALSE)                                    \
	X(allocate_missing, "LoadBalancer", "spec.allocateLoadBalancerNodePorts",                  \
	  "required:", f.s->allocate_node_ports.v = TRI_UNSET)                                     \
	X(external_policy_unused, "ClusterIP", "spec.externalTrafficPolicy", "invalid: \"Local\"", \
	  f.s->external_traffic_policy.s = "Local")                                                \
	X(external_policy_missing, "NodePort", "spec.externalTrafficPolicy",                       \
	  "required:", f.s->external_traffic_policy.s = "")                                        \
	X(external_policy_unknown, "NodePort", "spec.externalTrafficPolicy",                       \
	  "not supported: \"local\" is not one of Cluster and Local",                              \
	  f.s->external_traffic_policy.s = "local")                                                \
	X(health_unused, "LoadBalancer", "spec.healthCheckNodePort", "invalid: 31000",             \
	  f.s->health_check_node_port.v = 31000)                                                   \
	X(health_range, "LoadBalancer", "spec.healthCheckNodePort", "invalid: 65536",              \
	  f.s->external_traffic_policy.s = "Local";                                                \
	  f.s->health_check_node_port.v = 65536)                                                   \
	X(internal_missing, "ClusterIP", "spec.internalTrafficPolicy",                             \
	  "required:", f.s->internal_traffic_policy.s = NULL)                                      \
	X(internal_unknown, "ClusterIP", "spec.internalTrafficPolicy", "not supported: \"Here\"",  \
	  f.s->internal_traffic_policy.s = "Here")                                                 \
	X(distribution, "ClusterIP", "spec.trafficDistribution", "not supported: \"Near\"",        \
	  f.s->traffic_distribution.s = "Near")                                                    \
	X(ingress_type, "LoadBalancer", "status.loadBalancer.ingress",                             \
	  "forbidden:", f.s->type.s = "NodePort";                                                  \
	  f.s->allocate_node_ports.v = TRI_UNSET)                                                  \
	X(ingress_ip, "LoadBalancer", "status.loadBalancer.ingress[0].ip", "invalid: \"x\"",       \
	  f.s->ingress[0].ip.s = "x")                                                              \
	X(ingress_unspecified, "LoadBalancer", "status.loadBalancer.ingress[0].ip",                \
	  "invalid: \"0.0.0.0\" is the unspecified", f.s->ingress[0].ip.s = "0.0.0.0")             \
	X(ingress_mode_missing, "LoadBalancer", "status.loadBalancer.ingress[0].ipMode",           \
	  "required:", f.s->ingress[0].ip_mode.s = NULL)                                           \
	X(ingress_mode_alone, "LoadBalancer", "status.loadBalancer.ingress[0].ipMode",             \
	  "forbidden:", f.s->ingress[0].ip.s = NULL)                                               \
	X(ingress_mode_unknown, "LoadBalancer", "status.loadBalancer.ingress[0].ipMode",           \
	  "not supported: \"vip\"", f.s->ingress[0].ip_mode.s = "vip")                             \
	X(ingress_host_ip, "LoadBalancer", "status.loadBalancer.ingress[0].hostname",              \
	  "invalid: \"192.0.2.1\" is an IP", f.s->ingress[0].hostname.s = "192.0.2.1")             \
	X(ingress_host, "LoadBalancer", "status.loadBalancer.ingress[0].hostname",                 \
	  "invalid: \"a_b\"", f.s->ingress[0].hostname.s = "a_b")

#define SLICE_ROWS                                                                                 \
	X(slice_name, "ClusterIP", "metadata.name", "invalid: \"web_1\"",                          \
	  f.sl->meta.name.s = "web_1")                                                             \
	X(address_type_missing, "ClusterIP", "addressType",                                        \
	  "required:", f.sl->address_type.s = NULL)                                                \
	X(address_type, "ClusterIP", "addressType", "not supported: \"ipv4\"",                     \
	  f.sl->address_type.s = "ipv4")                                                           \
	X(endpoints_many, "ClusterIP", "endpoints", "too many: 1001", many_endpoints(1001))        \
	X(addresses_none, "ClusterIP", "endpoints[0].addresses",                                   \
	  "required:", f.sl->endpoints[0].addresses.n = 0)                                         \
	X(addresses_many, "ClusterIP", "endpoints[0].addresses", "too many: 101",                  \
	  many_addresses(101))                                                                     \
	X(address_family, "ClusterIP", "endpoints[0].addresses[0]", "invalid: \"fd00::1\" is not", \
	  f.sl->endpoints[0].addresses.v[0].s = "fd00::1")                                         \
	X(address_special, "ClusterIP", "endpoints[0].addresses[0]", "invalid: \"169.254.1.1\"",   \
	  f.sl->endpoints[0].addresses.v[0].s = "169.254.1.1")                                     \
	X(address_text, "ClusterIP", "endpoints[0].addresses[1]", "invalid: \"pod-1\" is no IP",   \
	  add_text(f.m, &f.sl->endpoints[0].addresses, "pod-1"))                                   \
	X(address_fqdn, "ClusterIP", "endpoints[0].addresses[0]", "invalid: \"a_b\"",              \
	  f.sl->address_type.s = "FQDN";                                                           \
	  f.sl->endpoints[0].addresses.v[0].s = "a_b")                                             \
	X(node_name, "ClusterIP", "endpoints[0].nodeName", "invalid: \"Node\"",                    \
	  f.sl->endpoints[0].node_name.s = "Node")                                                 \
	X(hostname, "ClusterIP", "endpoints[0].hostname", "invalid: \"a.b\"",                      \
	  f.sl->endpoints[0].hostname.s = "a.b")                                                   \
	X(zones_many, "ClusterIP", "endpoints[0].hints.forZones", "too many: 9", many_zones(9))    \
	X(zones_twice, "ClusterIP", "endpoints[0].hints.forZones[1].name", "duplicate: \"a\"",     \
	  add_text(f.m, &f.sl->endpoints[0].zone_hints, "a");                                      \
	  add_text(f.m, &f.sl->endpoints[0].zone_hints, "a"))                                      \
	X(zones_syntax, "ClusterIP", "endpoints[0].hints.forZones[0].name", "invalid: \"a b\"",    \
	  add_text(f.m, &f.sl->endpoints[0].zone_hints, "a b"))                                    \
	X(hinted_node, "ClusterIP", "endpoints[0].hints.forNodes[1].name", "invalid: \"N\"",       \
	  add_text(f.m, &f.sl->endpoints[0].node_hints, "n");                                      \
	  add_text(f.m, &f.sl->endpoints[0].node_hints, "N"))                                      \
	X(ports_many, "ClusterIP", "ports", "too many: 20001", many_ports(20001))                  \
	X(slice_port_name, "ClusterIP", "ports[0].name", "invalid: \"H\"",                         \
	  f.sl->ports[0].name.s = "H")                                                             \
	X(slice_port_twice, "ClusterIP", "ports[1].name", "duplicate: \"http\"", second_name())    \
	X(slice_protocol_missing, "ClusterIP", "ports[0].protocol",                                \
	  "required:", f.sl->ports[0].protocol.s = NULL)                                           \
	X(slice_protocol, "ClusterIP", "ports[0].protocol", "not supported: \"ICMP\"",             \
	  f.sl->ports[0].protocol.s = "ICMP")                                                      \
	X(slice_port_zero, "ClusterIP", "ports[0].port", "invalid: 0", f.sl->ports[0].port.v = 0)  \
	X(slice_port_large, "ClusterIP", "ports[0].port", "invalid: 65536",                        \
	  f.sl->ports[0].port.v = 65536)

#define ENDPOINTS_ROWS                                                                            \
	X(subset_empty, "ClusterIP", "subsets[0]", "required:", f.ep->subsets[0].n_addresses = 0) \
	X(subset_address, "ClusterIP", "subsets[0].addresses[0].ip",                              \
	  "invalid: \"::1\" is a loopback", f.ep->subsets[0].addresses[0].ip.s = "::1")           \
	X(subset_not_ready, "ClusterIP", "subsets[0].notReadyAddresses[0].ip",                    \
	  "invalid: \"\" is no IP", add_address(f.m, &f.ep->subsets[0], NULL, false))             \
	X(subset_node, "ClusterIP", "subsets[0].addresses[0].nodeName", "invalid: \"N\"",         \
	  f.ep->subsets[0].addresses[0].node_name.s = "N")                                        \
	X(subset_port_name, "ClusterIP", "subsets[0].ports[0].name", "invalid: \"H\"",            \
	  f.ep->subsets[0].ports[0].name.s = "H")                                                 \
	X(subset_port_unnamed, "ClusterIP", "subsets[0].ports[1].name",                           \
	  "required:", f.ep->subsets[0].ports[0].name.s = "a";                                    \
	  add_subset_port(f.m, &f.ep->subsets[0], 81)->protocol.s = "TCP")                        \
	X(subset_port, "ClusterIP", "subsets[0].ports[0].port", "invalid: 0",                     \
	  f.ep->subsets[0].ports[0].port = (struct fint){0})                                      \
	X(subset_protocol, "ClusterIP", "subsets[0].ports[0].protocol", "not supported: \"x\"",   \
	  f.ep->subsets[0].ports[0].protocol.s = "x")                                             \
	X(pod_ip, "ClusterIP", "status.podIP", "invalid: \"x\"", new_pod(f.m, "p", "a", "x"))     \
	X(pod_ips, "ClusterIP", "status.podIPs[0].ip", "invalid: \"x\"",                          \
	  add_text(f.m, &new_pod(f.m, "p", "a", NULL)->pod_ips, "x"))

#define ROWS SERVICE_ROWS SPECIAL_IPS SLICE_ROWS ENDPOINTS_ROWS

#define X(id, type, field, message, ...) \
	static void break_##id(void)     \
	{                                \
		__VA_ARGS__;             \
	}
ROWS
#undef X

	static const struct {
	const char *type;
	void (*break_it)(void);
	const char *field;
	const char *message;
} rows[] = {
#define X(id, type, field, message, ...) {type, break_##id, field, message},
	ROWS
#undef X
};

START_TEST(rule)
{
	const struct svclb_error *e;

	start(rows[_i].type);
	rows[_i].break_it();
	validate();
	e = validated.problems.first;
	ck_assert_msg(e != NULL, "row %d, %s: nothing was reported", _i, rows[_i].field);
	ck_assert_str_eq(svclb_error_get_field(e), rows[_i].field);
	ck_assert_msg(!strncmp(svclb_error_get_message(e), rows[_i].message,
			       strlen(rows[_i].message)),
		      "row %d: \"%s\" does not begin with \"%s\"", _i, svclb_error_get_message(e),
		      rows[_i].message);
	ck_assert_int_eq(svclb_error_get_code(e), SVCLB_EINVALID);
	/* One fault gives one report, except where a member is wrong in its list, too. */
	ck_assert_uint_le(validated.problems.count, 2);
	finish();
}
END_TEST

/* Every base that the rows break is valid, and so are these variations. */
START_TEST(valid_objects)
{
	static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer",
					    "ExternalName"};

	start(types[_i]);
	second_port(80)->protocol.s = "UDP";
	f.s->ports[1].target_port_name.s = "dns-1";
	f.s->traffic_distribution.s = "PreferSameNode";
	f.s->session_affinity.s = "ClientIP";
	f.s->affinity_timeout = (struct fint){.v = 86400, .given = true};
	annotate("service.kubernetes.io/ipvs-scheduler", " wlc ");
	many_zones(8);
	many_endpoints(1000);
	validate();
	ck_assert_msg(!validated.problems.count, "%s: %s",
		      svclb_error_get_field(validated.problems.first),
		      svclb_error_get_message(validated.problems.first));
	ck_assert_str_eq(label_get(&f.s->meta.annotations, "service.kubernetes.io/ipvs-scheduler"),
			 "wlc");
	finish();
}
END_TEST

START_TEST(headless_services)
{
	start("ClusterIP");
	f.s->cluster_ip.s = "None";
	f.s->cluster_ips.v[0].s = "None";
	f.s->n_ports = 0;
	validate();
	ck_assert_uint_eq(validated.problems.count, 0);
	finish();
}
END_TEST

START_TEST(places)
{
	const struct svclb_error *e;

	start("ClusterIP");
	f.s->meta.file = "web.yaml";
	f.s->meta.at = (struct pos){1, 1};
	f.s->spec_at = (struct pos){5, 3};
	f.s->ports[0].at = (struct pos){7, 5};
	f.s->ports[0].port = (struct fint){.v = -1, .given = true, .at = {8, 9}};
	f.s->ports[0].node_port = (struct fint){.v = 30080, .given = true};
	f.s->session_affinity.s = "Cookie\n\"monster\"";
	validate();
	e = validated.problems.first;
	ck_assert_str_eq(svclb_error_get_object(e), "Service default/web");
	ck_assert_str_eq(svclb_error_get_file(e), "web.yaml");
	ck_assert_str_eq(svclb_error_get_field(e), "spec.sessionAffinity");
	ck_assert_uint_eq(svclb_error_get_line(e), 5);
	ck_assert_uint_eq(svclb_error_get_column(e), 3);
	ck_assert_str_eq(
		svclb_error_get_message(e),
		"not supported: \"Cookie\\x0a\\\"monster\\\"\" is not one of None and ClientIP");
	e = svclb_error_get_next(e);
	ck_assert_uint_eq(svclb_error_get_line(e), 8);
	ck_assert_uint_eq(svclb_error_get_column(e), 9);
	e = svclb_error_get_next(e);
	ck_assert_str_eq(svclb_error_get_field(e), "spec.ports[0].nodePort");
	ck_assert_uint_eq(svclb_error_get_line(e), 7);
	ck_assert_ptr_nonnull(svclb_error_get_hint(e));
	finish();
}
END_TEST

START_TEST(long_values_are_cut)
{
	char *value = malloc(5000);

	ck_assert_ptr_nonnull(value);
	memset(value, '\x01', 4999);
	value[4999] = '\0';
	start("ClusterIP");
	f.s->ports[0].name.s = value;
	validate();
	ck_assert_uint_lt(strlen(svclb_error_get_message(validated.problems.first)), 200);
	finish();
	free(value);
}
END_TEST

START_TEST(sloppy_addresses)
{
	start("LoadBalancer");
	f.s->cluster_ip.s = "010.96.00.20";
	f.s->cluster_ips.v[0].s = "010.96.00.20";
	add_text(f.m, &f.s->external_ips, "2001:DB8:0::1");
	add_text(f.m, &f.s->source_ranges, " 192.0.2.77/24 ");
	f.sl->endpoints[0].addresses.v[0].s = "10.244.001.005";
	validate();
	ck_assert_uint_eq(validated.problems.count, 0);
	ck_assert_str_eq(f.s->cluster_ip.s, "10.96.0.20");
	ck_assert_str_eq(f.s->cluster_ips.v[0].s, "10.96.0.20");
	ck_assert_str_eq(f.s->external_ips.v[0].s, "2001:db8::1");
	ck_assert_str_eq(f.s->source_ranges.v[0].s, "192.0.2.0/24");
	ck_assert_str_eq(f.sl->endpoints[0].addresses.v[0].s, "10.244.1.5");
	ck_assert_uint_eq(warnings_with(f.m, "is read as"), 3);
	finish();
}
END_TEST

START_TEST(all_problems_of_all_objects)
{
	struct svclb_model *m = new_model();

	new_service(m, "Bad")->type.s = "x";
	add_port(m, new_service(m, "good"), 0);
	new_slice(m, "s", NULL)->address_type.s = NULL;
	/* name, type, ports; port; addressType */
	ck_assert_uint_eq(refuse_model(m, NULL, "addressType", "required:"), 5);
	ck_assert_uint_eq(warnings_with(m, "names no Service"), 1);
	svclb_model_unref(m);
}
END_TEST

START_TEST(problems_are_limited)
{
	struct svclb_options *o;
	struct svclb_model *m;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_PROBLEMS, 2), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	for (int i = 0; i < 5; i++)
		new_service(m, arena_printf(&m->arena, "s%d", i));
	ck_assert_uint_eq(refuse_model(m, o, "spec.ports", "required:"), 3);
	svclb_model_unref(m);
	svclb_options_unref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("validate");
	TCase *t = tcase_create("rules");

	tcase_add_loop_test(t, rule, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, valid_objects, 0, 4);
	suite_add_tcase(s, t);
	t = tcase_create("reports");
	tcase_add_test(t, headless_services);
	tcase_add_test(t, places);
	tcase_add_test(t, long_values_are_cut);
	tcase_add_test(t, sloppy_addresses);
	tcase_add_test(t, all_problems_of_all_objects);
	tcase_add_test(t, problems_are_limited);
	suite_add_tcase(s, t);
	return run_suite(s);
}
