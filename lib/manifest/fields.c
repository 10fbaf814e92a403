/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of Kubernetes' objects, in the order they are written. */
#include "manifest/fields.h"

#include <string.h>

#include "model/model.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define KEPT(name_, type_, struct_, member_)                                             \
	{                                                                                \
		.name = (name_), .type = FIELD_##type_, .place = PLACE(struct_, member_) \
	}
/* Written again as it was read, but of no effect. */
#define SHOWN(name_, type_, struct_, member_, hint_)                      \
	{                                                                 \
		.name = (name_), .type = FIELD_##type_, .use = NO_EFFECT, \
		.place = PLACE(struct_, member_), .hint = (hint_)         \
	}
#define LIST(name_, struct_, array_, n_, cap_, sub_)                                     \
	{                                                                                \
		.name = (name_), .type = FIELD_LIST, .place = PLACE(struct_, array_),    \
		.other = PLACE(struct_, n_), .cap = PLACE(struct_, cap_), .sub = &(sub_) \
	}
#define OBJECT(name_, sub_)                                           \
	{                                                             \
		.name = (name_), .type = FIELD_OBJECT, .sub = &(sub_) \
	}
#define EACH(name_, sub_)                                           \
	{                                                           \
		.name = (name_), .type = FIELD_EACH, .sub = &(sub_) \
	}
#define QUIET(name_)                           \
	{                                      \
		.name = (name_), .use = SILENT \
	}
#define IDLE(name_, hint_)                                         \
	{                                                          \
		.name = (name_), .use = NO_EFFECT, .hint = (hint_) \
	}

#define FIELDS(name_, ...)                   \
	static const struct fields name_ = { \
		.v = name_##_list, .n = COUNT(name_##_list), ##__VA_ARGS__}

/* ---- metadata: every object's struct begins with it ---- */

static const struct field meta_fields_list[] = {
	KEPT("name", TEXT, struct meta, name),
	KEPT("namespace", TEXT, struct meta, ns),
	KEPT("uid", TEXT, struct meta, uid),
	KEPT("creationTimestamp", TEXT, struct meta, creation_timestamp),
	KEPT("deletionTimestamp", TEXT, struct meta, deletion_timestamp),
	KEPT("labels", LABELS, struct meta, labels),
	KEPT("annotations", LABELS, struct meta, annotations),
	QUIET("clusterName"),
	QUIET("deletionGracePeriodSeconds"),
	QUIET("finalizers"),
	QUIET("generateName"),
	QUIET("generation"),
	QUIET("managedFields"),
	QUIET("ownerReferences"),
	QUIET("resourceVersion"),
	QUIET("selfLink"),
};
FIELDS(meta_fields);

#define TOP_FIELDS QUIET("apiVersion"), QUIET("kind"), OBJECT("metadata", meta_fields)

/* ---- Service ---- */

static const struct field service_port_fields_list[] = {
	KEPT("name", TEXT, struct service_port, name),
	KEPT("protocol", TEXT, struct service_port, protocol),
	SHOWN("appProtocol", TEXT, struct service_port, app_protocol, NULL),
	KEPT("port", INT, struct service_port, port),
	{.name = "targetPort",
	 .type = FIELD_INT_OR_TEXT,
	 .place = PLACE(struct service_port, target_port),
	 .other = PLACE(struct service_port, target_port_name)},
	KEPT("nodePort", INT, struct service_port, node_port),
};
FIELDS(service_port_fields, .size = sizeof(struct service_port),
       .at = PLACE(struct service_port, at));

static const struct field client_ip_fields_list[] = {
	KEPT("timeoutSeconds", INT, struct service, affinity_timeout),
};
FIELDS(client_ip_fields);

static const struct field affinity_fields_list[] = {
	OBJECT("clientIP", client_ip_fields),
};
FIELDS(affinity_fields, .at = PLACE(struct service, affinity_config_at),
       .given = PLACE(struct service, affinity_config_given));

static const struct field service_spec_fields_list[] = {
	KEPT("type", TEXT, struct service, type),
	KEPT("clusterIP", TEXT, struct service, cluster_ip),
	KEPT("clusterIPs", TEXTS, struct service, cluster_ips),
	KEPT("ipFamilies", TEXTS, struct service, ip_families),
	KEPT("ipFamilyPolicy", TEXT, struct service, ip_family_policy),
	{.name = "ports",
	 .type = FIELD_LIST,
	 .place = PLACE(struct service, ports),
	 .other = PLACE(struct service, n_ports),
	 .cap = PLACE(struct service, cap_ports),
	 .at = PLACE(struct service, ports_at),
	 .sub = &service_port_fields},
	KEPT("selector", LABELS, struct service, selector),
	KEPT("externalIPs", TEXTS, struct service, external_ips),
	KEPT("externalName", TEXT, struct service, external_name),
	KEPT("sessionAffinity", TEXT, struct service, session_affinity),
	OBJECT("sessionAffinityConfig", affinity_fields),
	KEPT("externalTrafficPolicy", TEXT, struct service, external_traffic_policy),
	KEPT("internalTrafficPolicy", TEXT, struct service, internal_traffic_policy),
	KEPT("healthCheckNodePort", INT, struct service, health_check_node_port),
	KEPT("loadBalancerSourceRanges", TEXTS, struct service, source_ranges),
	KEPT("allocateLoadBalancerNodePorts", BOOL, struct service, allocate_node_ports),
	KEPT("publishNotReadyAddresses", BOOL, struct service, publish_not_ready),
	KEPT("trafficDistribution", TEXT, struct service, traffic_distribution),
	SHOWN("loadBalancerIP", TEXT, struct service, load_balancer_ip,
	      "the addresses that are served stand in status.loadBalancer.ingress"),
	SHOWN("loadBalancerClass", TEXT, struct service, load_balancer_class, NULL),
	IDLE("topologyKeys", NULL),
	IDLE("ipFamily", "use ipFamilies"),
};
FIELDS(service_spec_fields, .at = PLACE(struct service, spec_at));

static const struct field ingress_fields_list[] = {
	KEPT("ip", TEXT, struct ingress, ip),
	KEPT("ipMode", TEXT, struct ingress, ip_mode),
	SHOWN("hostname", TEXT, struct ingress, hostname,
	      "the addresses that are served stand in ip"),
	QUIET("ports"),
};
FIELDS(ingress_fields, .size = sizeof(struct ingress), .at = PLACE(struct ingress, at));

static const struct field load_balancer_fields_list[] = {
	LIST("ingress", struct service, ingress, n_ingress, cap_ingress, ingress_fields),
};
FIELDS(load_balancer_fields);

static const struct field service_status_fields_list[] = {
	OBJECT("loadBalancer", load_balancer_fields),
	QUIET("conditions"),
};
FIELDS(service_status_fields);

static const struct field service_fields_list[] = {
	TOP_FIELDS,
	OBJECT("spec", service_spec_fields),
	OBJECT("status", service_status_fields),
};
FIELDS(service_fields, .size = sizeof(struct service), .at = PLACE(struct meta, at));

/* ---- EndpointSlice ---- */

/* An element of an ftext_list that stands in a mapping of its own. */
struct one_text {
	struct ftext text;
};

static const struct field conditions_fields_list[] = {
	KEPT("ready", TRISTATE, struct slice_endpoint, ready),
	KEPT("serving", TRISTATE, struct slice_endpoint, serving),
	KEPT("terminating", TRISTATE, struct slice_endpoint, terminating),
};
FIELDS(conditions_fields);

static const struct field hint_fields_list[] = {
	KEPT("name", TEXT, struct one_text, text),
};
FIELDS(hint_fields, .size = sizeof(struct one_text));

static const struct field hints_fields_list[] = {
	LIST("forZones", struct slice_endpoint, zone_hints.v, zone_hints.n, zone_hints.cap,
	     hint_fields),
	LIST("forNodes", struct slice_endpoint, node_hints.v, node_hints.n, node_hints.cap,
	     hint_fields),
};
FIELDS(hints_fields);

#define TARGET_FIELDS(struct_)                                                              \
	KEPT("kind", TEXT, struct_, target_kind), KEPT("name", TEXT, struct_, target_name), \
		QUIET("apiVersion"), QUIET("fieldPath"), QUIET("namespace"),                \
		QUIET("resourceVersion"), QUIET("uid")

static const struct field slice_target_fields_list[] = {
	TARGET_FIELDS(struct slice_endpoint),
};
FIELDS(slice_target_fields);

static const struct field slice_endpoint_fields_list[] = {
	KEPT("addresses", TEXTS, struct slice_endpoint, addresses),
	OBJECT("conditions", conditions_fields),
	KEPT("nodeName", TEXT, struct slice_endpoint, node_name),
	SHOWN("hostname", TEXT, struct slice_endpoint, hostname, NULL),
	KEPT("zone", TEXT, struct slice_endpoint, zone),
	OBJECT("hints", hints_fields),
	OBJECT("targetRef", slice_target_fields),
	IDLE("deprecatedTopology", "use nodeName and zone"),
	IDLE("topology", "use nodeName and zone"),
};
FIELDS(slice_endpoint_fields, .size = sizeof(struct slice_endpoint),
       .at = PLACE(struct slice_endpoint, at));

static const struct field slice_port_fields_list[] = {
	KEPT("name", TEXT, struct slice_port, name),
	KEPT("protocol", TEXT, struct slice_port, protocol),
	SHOWN("appProtocol", TEXT, struct slice_port, app_protocol, NULL),
	KEPT("port", INT, struct slice_port, port),
};
FIELDS(slice_port_fields, .size = sizeof(struct slice_port), .at = PLACE(struct slice_port, at));

static const struct field slice_fields_list[] = {
	TOP_FIELDS,
	KEPT("addressType", TEXT, struct slice, address_type),
	LIST("endpoints", struct slice, endpoints, n_endpoints, cap_endpoints,
	     slice_endpoint_fields),
	LIST("ports", struct slice, ports, n_ports, cap_ports, slice_port_fields),
};
FIELDS(slice_fields, .size = sizeof(struct slice), .at = PLACE(struct meta, at));

/* ---- Endpoints ---- */

static const struct field address_target_fields_list[] = {
	TARGET_FIELDS(struct endpoint_address),
};
FIELDS(address_target_fields);

static const struct field address_fields_list[] = {
	KEPT("ip", TEXT, struct endpoint_address, ip),
	KEPT("nodeName", TEXT, struct endpoint_address, node_name),
	SHOWN("hostname", TEXT, struct endpoint_address, hostname, NULL),
	OBJECT("targetRef", address_target_fields),
};
FIELDS(address_fields, .size = sizeof(struct endpoint_address),
       .at = PLACE(struct endpoint_address, at));

static const struct field subset_fields_list[] = {
	LIST("addresses", struct endpoint_subset, addresses, n_addresses, cap_addresses,
	     address_fields),
	LIST("notReadyAddresses", struct endpoint_subset, not_ready, n_not_ready, cap_not_ready,
	     address_fields),
	LIST("ports", struct endpoint_subset, ports, n_ports, cap_ports, slice_port_fields),
};
FIELDS(subset_fields, .size = sizeof(struct endpoint_subset),
       .at = PLACE(struct endpoint_subset, at));

static const struct field endpoints_fields_list[] = {
	TOP_FIELDS,
	LIST("subsets", struct endpoints, subsets, n_subsets, cap_subsets, subset_fields),
};
FIELDS(endpoints_fields, .size = sizeof(struct endpoints), .at = PLACE(struct meta, at));

/* ---- Pod ---- */

static const struct field container_port_fields_list[] = {
	KEPT("name", TEXT, struct container_port, name),
	KEPT("protocol", TEXT, struct container_port, protocol),
	KEPT("containerPort", INT, struct container_port, port),
	QUIET("hostIP"),
	QUIET("hostPort"),
};
FIELDS(container_port_fields, .size = sizeof(struct container_port),
       .at = PLACE(struct container_port, at));

static const struct field container_fields_list[] = {
	LIST("ports", struct pod, ports, n_ports, cap_ports, container_port_fields),
};
FIELDS(container_fields, .open = true);

static const struct field pod_spec_fields_list[] = {
	KEPT("nodeName", TEXT, struct pod, node_name),
	KEPT("hostNetwork", BOOL, struct pod, host_network),
	EACH("containers", container_fields),
};
FIELDS(pod_spec_fields, .open = true);

static const struct field pod_ip_fields_list[] = {
	KEPT("ip", TEXT, struct one_text, text),
};
FIELDS(pod_ip_fields, .size = sizeof(struct one_text));

static const struct field pod_status_fields_list[] = {
	KEPT("phase", TEXT, struct pod, phase),
	KEPT("podIP", TEXT, struct pod, pod_ip),
	LIST("podIPs", struct pod, pod_ips.v, pod_ips.n, pod_ips.cap, pod_ip_fields),
	KEPT("conditions", READY, struct pod, ready),
};
FIELDS(pod_status_fields, .open = true);

static const struct field pod_fields_list[] = {
	TOP_FIELDS,
	OBJECT("spec", pod_spec_fields),
	OBJECT("status", pod_status_fields),
};
FIELDS(pod_fields, .size = sizeof(struct pod), .at = PLACE(struct meta, at));

/* ---- Node ---- */

static const struct field node_address_fields_list[] = {
	KEPT("type", TEXT, struct node_status_address, type),
	KEPT("address", TEXT, struct node_status_address, address),
};
FIELDS(node_address_fields, .size = sizeof(struct node_status_address));

static const struct field node_spec_fields_list[] = {
	KEPT("podCIDRs", TEXTS, struct node, pod_cidrs),
	KEPT("podCIDR", ONE_TEXT, struct node, pod_cidrs),
};
FIELDS(node_spec_fields, .open = true);

static const struct field node_status_fields_list[] = {
	LIST("addresses", struct node, addresses, n_addresses, cap_addresses, node_address_fields),
};
FIELDS(node_status_fields, .open = true);

static const struct field node_fields_list[] = {
	TOP_FIELDS,
	OBJECT("spec", node_spec_fields),
	OBJECT("status", node_status_fields),
};
FIELDS(node_fields, .size = sizeof(struct node), .at = PLACE(struct meta, at));

/* ---- VirtualServer ---- */

static const struct field tunnel_fields_list[] = {
	KEPT("type", TEXT, struct plain_server, tunnel_type),
	KEPT("port", INT, struct plain_server, tunnel_port),
	KEPT("checksum", TEXT, struct plain_server, tunnel_checksum),
};
FIELDS(tunnel_fields);

static const struct field plain_server_fields_list[] = {
	KEPT("address", TEXT, struct plain_server, address),
	KEPT("port", INT, struct plain_server, port),
	KEPT("weight", INT, struct plain_server, weight),
	KEPT("forwarding", TEXT, struct plain_server, forwarding),
	OBJECT("tunnel", tunnel_fields),
	KEPT("upperThreshold", INT, struct plain_server, upper_threshold),
	KEPT("lowerThreshold", INT, struct plain_server, lower_threshold),
};
FIELDS(plain_server_fields, .size = sizeof(struct plain_server),
       .at = PLACE(struct plain_server, at));

static const struct field persistence_fields_list[] = {
	KEPT("timeoutSeconds", INT, struct plain, persistence_timeout),
	KEPT("prefixLength", INT, struct plain, persistence_prefix),
};
FIELDS(persistence_fields, .at = PLACE(struct plain, persistence_at),
       .given = PLACE(struct plain, persistence_given));

static const struct field plain_spec_fields_list[] = {
	KEPT("address", TEXT, struct plain, address),
	KEPT("port", INT, struct plain, port),
	KEPT("protocol", TEXT, struct plain, protocol),
	KEPT("mark", INT, struct plain, mark),
	KEPT("family", TEXT, struct plain, family),
	KEPT("bind", BOOL, struct plain, bind),
	KEPT("scheduler", TEXT, struct plain, scheduler),
	KEPT("schedulerFlags", TEXTS, struct plain, scheduler_flags),
	KEPT("onePacket", BOOL, struct plain, one_packet),
	OBJECT("persistence", persistence_fields),
	LIST("realServers", struct plain, servers, n_servers, cap_servers, plain_server_fields),
};
FIELDS(plain_spec_fields, .at = PLACE(struct plain, spec_at));

static const struct field plain_fields_list[] = {
	TOP_FIELDS,
	OBJECT("spec", plain_spec_fields),
};
FIELDS(plain_fields, .size = sizeof(struct plain), .at = PLACE(struct meta, at));

/* ---- kinds ---- */

static const struct object_kind kinds[] = {
	{"Service", "v1", NULL, SVCLB_KIND_SERVICE, true, &service_fields},
	{"EndpointSlice", "discovery.k8s.io/v1", "discovery.k8s.io/v1beta1",
	 SVCLB_KIND_ENDPOINT_SLICE, true, &slice_fields},
	{"Endpoints", "v1", NULL, SVCLB_KIND_ENDPOINTS, true, &endpoints_fields},
	{"Pod", "v1", NULL, SVCLB_KIND_POD, true, &pod_fields},
	{"Node", "v1", NULL, SVCLB_KIND_NODE, false, &node_fields},
	{"VirtualServer", "svclb.io/v1alpha1", NULL, SVCLB_KIND_VIRTUAL_SERVER, false,
	 &plain_fields},
};

const struct object_kind *object_kind_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const struct object_kind *object_kind_by_id(uint32_t kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

const char *object_kind_like(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (words_alike(kinds[i].name, name))
			return kinds[i].name;
	return NULL;
}
