/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model: what the user wants, in Kubernetes words. Objects come from manifests
 * (svclb_model_load) or from typed builders. A model and the objects built for it are used by one
 * thread at a time. Builders copy every text they get; model_add functions copy the object.
 */
#ifndef SVCLB_MODEL_H
#define SVCLB_MODEL_H

#include "options.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_model;
struct svclb_object;	   /* an object inside a model, borrowed */
struct svclb_service;	   /* builder */
struct svclb_endpoint;	   /* builder */
struct svclb_endpoints;	   /* builder: a group of endpoints with their ports, as an EndpointSlice */
struct svclb_affinity;	   /* builder */
struct svclb_plain;	   /* builder: a plain virtual server */
struct svclb_plain_server; /* builder: a real server of one */

enum svclb_kind {
	SVCLB_KIND_SERVICE = 1,
	SVCLB_KIND_ENDPOINT_SLICE = 2,
	SVCLB_KIND_ENDPOINTS = 3,
	SVCLB_KIND_POD = 4,
	SVCLB_KIND_NODE = 5,
	SVCLB_KIND_VIRTUAL_SERVER = 6, /* a plain one, of the library's own kind */
};

/* New empty model. opts may be NULL (defaults); of it the limits and those of time are used. Since 0.1. */
SVCLB_API int svclb_model_new(const struct svclb_options *opts, struct svclb_model **ret,
			      struct svclb_error **reterr);
SVCLB_API struct svclb_model *svclb_model_ref(struct svclb_model *model);
SVCLB_API struct svclb_model *svclb_model_unref(struct svclb_model *model);

/*
 * Reads manifests, YAML (any number of documents) or JSON (one value), of the kinds Service,
 * EndpointSlice, Endpoints, Pod, Node, VirtualServer and List; other kinds are named in a warning. JSON is
 * assumed when the first character that is no white space is '{' or '['. An object replaces one
 * of the same kind, namespace and name that came from another input; twice in one input is an
 * error. On failure the model is unchanged and every problem is in *reterr.
 * Errors: EPARSE, EINVALID, ELIMIT, ETIMEDOUT, ENOMEM, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_model_load(struct svclb_model *model, const char *buf, size_t len,
			       const char *name, struct svclb_error **reterr);

/*
 * As svclb_model_load(), but an object that cannot be decoded does not keep the others out: it is
 * left aside, and its problems are in the list *retaside (NULL when there is none), which the
 * caller drops with svclb_error_unref(). svclb_error_get_object_kind() and its fellows say which
 * object a problem is about; without a name, it is about something of the input that cannot be told.
 * svclb_error_hides_objects() says whether other objects than the named one may stand there.
 * Of two objects with one identity in one input the later is left aside. A YAML document that
 * cannot be read to its end, as it is no YAML or no UTF-8, is left aside as a whole and reading goes
 * on at the next line "---"; JSON that cannot be read to its end or is no UTF-8, and limits of the
 * whole input (bytes, documents, objects) are errors as for svclb_model_load(). What decodes may be invalid all
 * the same: svclb_model_merge_sound() finds that. retaside must not be NULL.
 * Errors: EPARSE, ELIMIT, ETIMEDOUT, ENOMEM, EINVAL; then the model is unchanged and *retaside not written.
 * Since 0.1.
 */
SVCLB_API int svclb_model_load_sound(struct svclb_model *model, const char *buf, size_t len,
				     const char *name, struct svclb_error **retaside,
				     struct svclb_error **reterr);

/* Warnings collected so far by load and complete, or NULL. Borrowed until the next call on the
 * model. Since 0.1. */
SVCLB_API const struct svclb_error *svclb_model_get_warnings(const struct svclb_model *model);

/*
 * Defaults and validates every object, allocates missing cluster IPs and node ports, and derives
 * endpoints from Endpoints objects and from selectors and Pods where no EndpointSlice exists.
 * Allocation depends on the objects alone (a hash of the name, then the next free one), so the
 * same input gives the same result. Calling it again on a completed model changes nothing.
 * On failure every problem is in *reterr; the model may be used only for unref.
 * Errors: EINVALID, ELIMIT, ETIMEDOUT, ENOMEM, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_model_complete(struct svclb_model *model, const struct svclb_options *opts,
				   struct svclb_error **reterr);

/*
 * Copies every object of src into dst, as `kubectl apply` does: same kind, namespace and name
 * replaces; a Service that has no clusterIP(s) or nodePort keeps the one that dst's Service held,
 * port by name (or by protocol and port). Neither model needs to be completed.
 * Errors: ENOMEM, ELIMIT, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_model_merge(struct svclb_model *dst, const struct svclb_model *src,
				struct svclb_error **reterr);

/*
 * Merges as svclb_model_merge() and completes dst, but leaves out the objects of src that are
 * invalid there or contradict others, as svclb_model_complete() and svclb_compile() with these
 * options (NULL: defaults) find it; of two that claim one address or port the later one is at
 * fault, and what dst holds came before all of src. Where src has a faulty version of an object
 * that dst holds, dst keeps its own. *retaside is a list as of svclb_model_load_sound() with the
 * problems of all objects that were left out. src is not changed.
 * Errors: EINVALID (what is wrong lies in dst alone; or 200 objects were faulty one after the other,
 * each only without the one before, of which the error names the last), EUNSUPPORTED (of dst alone), ELIMIT, ETIMEDOUT, ENOMEM, EINVAL; then
 * dst is unchanged and *retaside not written. Since 0.1.
 */
SVCLB_API int svclb_model_merge_sound(struct svclb_model *dst, const struct svclb_model *src,
				      const struct svclb_options *opts,
				      struct svclb_error **retaside, struct svclb_error **reterr);

/* Removes an object. Errors: ENOTFOUND, EINVAL. ns is ignored for nodes. Since 0.1. */
SVCLB_API int svclb_model_remove(struct svclb_model *model, uint32_t kind, const char *ns,
				 const char *name, struct svclb_error **reterr);

/* Number of objects of a kind, without derived ones; kind 0: of all kinds. Since 0.1. */
SVCLB_API size_t svclb_model_count(const struct svclb_model *model, uint32_t kind);

/*
 * Walks the objects in the order kind, namespace, name; prev NULL starts, NULL ends. The result is
 * borrowed until the model is changed. Objects that svclb_model_complete() derived are left out.
 * Since 0.1.
 */
SVCLB_API const struct svclb_object *svclb_model_next(const struct svclb_model *model,
						      const struct svclb_object *prev);
SVCLB_API const struct svclb_object *svclb_model_find(const struct svclb_model *model,
						      uint32_t kind, const char *ns,
						      const char *name);
SVCLB_API uint32_t svclb_object_get_kind(const struct svclb_object *obj);
/* "" for objects without namespace. Since 0.1. */
SVCLB_API const char *svclb_object_get_namespace(const struct svclb_object *obj);
SVCLB_API const char *svclb_object_get_name(const struct svclb_object *obj);
/* Input the object came from, or NULL; line from 1, 0 unknown. Since 0.1. */
SVCLB_API const char *svclb_object_get_file(const struct svclb_object *obj);
SVCLB_API uint32_t svclb_object_get_line(const struct svclb_object *obj);
/* The object as one JSON object in Kubernetes' own form, with what was defaulted and allocated;
 * svclb_model_load() accepts it. Free with svclb_text_free(). Errors: ENOMEM. Since 0.1. */
SVCLB_API int svclb_object_to_json(const struct svclb_object *obj, char **ret);
SVCLB_API int svclb_object_to_yaml(const struct svclb_object *obj, char **ret);

/*
 * Text of one field by its path in Kubernetes' form ("spec.type", "spec.ports[0].port",
 * "metadata.labels['app.kubernetes.io/name']"), numbers and truth values as JSON writes them.
 * With a path to a list or map, its number of members. Free *ret with svclb_text_free().
 * Errors: ENOTFOUND (no such field in this object), EINVAL (malformed path), ENOMEM. Since 0.1.
 */
SVCLB_API int svclb_object_get_text(const struct svclb_object *obj, const char *path, char **ret);

/*
 * Why no virtual server is made for this Service ("headless", "ExternalName", …), static text, or
 * NULL if one is made or the object is no Service. Completed models only. Since 0.1.
 */
SVCLB_API const char *svclb_object_get_skip_reason(const struct svclb_object *obj);

/*
 * A Service builder. ns NULL or "" means "default". References as elsewhere. The setters take
 * Kubernetes' own words ("ClusterIP", "NodePort", "Local", "TCP", …); svclb_model_complete()
 * validates them. All return 0, -SVCLB_EINVAL or -SVCLB_ENOMEM. Since 0.1.
 */
SVCLB_API int svclb_service_new(const char *ns, const char *name, struct svclb_service **ret,
				struct svclb_error **reterr);
SVCLB_API struct svclb_service *svclb_service_unref(struct svclb_service *svc);
SVCLB_API int svclb_service_set_type(struct svclb_service *svc, const char *type);
/* One cluster IP a family, first the primary one; "None" makes the Service headless. */
SVCLB_API int svclb_service_add_cluster_ip(struct svclb_service *svc, const char *addr);
/* "IPv4" or "IPv6"; "SingleStack", "PreferDualStack" or "RequireDualStack". */
SVCLB_API int svclb_service_add_ip_family(struct svclb_service *svc, const char *family);
SVCLB_API int svclb_service_set_ip_family_policy(struct svclb_service *svc, const char *policy);
/* name may be NULL; protocol NULL = TCP; target_port NULL = port, else a number or a port name;
 * node_port 0 = none given. */
SVCLB_API int svclb_service_add_port(struct svclb_service *svc, const char *name,
				     const char *protocol, uint32_t port, const char *target_port,
				     uint32_t node_port);
SVCLB_API int svclb_service_add_external_ip(struct svclb_service *svc, const char *addr);
/* An address of status.loadBalancer.ingress; ip_mode NULL, "VIP" or "Proxy". */
SVCLB_API int svclb_service_add_ingress_ip(struct svclb_service *svc, const char *addr,
					   const char *ip_mode);
SVCLB_API int svclb_service_add_source_range(struct svclb_service *svc, const char *cidr);
SVCLB_API int svclb_service_set_external_traffic_policy(struct svclb_service *svc, const char *p);
SVCLB_API int svclb_service_set_internal_traffic_policy(struct svclb_service *svc, const char *p);
SVCLB_API int svclb_service_set_health_check_node_port(struct svclb_service *svc, uint32_t port);
SVCLB_API int svclb_service_set_publish_not_ready(struct svclb_service *svc, int on);
/* NULL removes the affinity. */
SVCLB_API int svclb_service_set_affinity(struct svclb_service *svc, const struct svclb_affinity *a);
/* The scheduler of the Service's virtual servers, and its flags ("mh-port,mh-fallback", "none";
 * NULL: not given). This and the next three set the annotations of svclb-manifest(5). */
SVCLB_API int svclb_service_set_scheduler(struct svclb_service *svc, const char *name,
					  const char *flags);
/* "masquerade", "direct" or "tunnel"; for a tunnel "ipip", "gue" or "gre", the port of a gue
 * tunnel (else 0), and "none", "full" or "remote". NULL and 0: not given. */
SVCLB_API int svclb_service_set_forwarding(struct svclb_service *svc, const char *method,
					   const char *tunnel_type, uint32_t tunnel_port,
					   const char *tunnel_checksum);
/* Every packet is scheduled by itself: for a Service with UDP ports only. */
SVCLB_API int svclb_service_set_one_packet(struct svclb_service *svc, int on);
/* How long its real servers keep TCP connections when they go, as svclb_options_set_drain(). */
SVCLB_API int svclb_service_set_drain(struct svclb_service *svc, const char *policy);
SVCLB_API int svclb_service_set_label(struct svclb_service *svc, const char *key,
				      const char *value);
SVCLB_API int svclb_service_set_annotation(struct svclb_service *svc, const char *key,
					   const char *value);
SVCLB_API int svclb_service_set_selector(struct svclb_service *svc, const char *key,
					 const char *value);
SVCLB_API int svclb_model_add_service(struct svclb_model *model, const struct svclb_service *svc,
				      struct svclb_error **reterr);

/* Affinity of clients to endpoints by source address, for timeout_sec (1-86400; 0 = the default,
 * 10800) after the last new connection. Since 0.1. */
SVCLB_API int svclb_affinity_new(uint32_t timeout_sec, struct svclb_affinity **ret,
				 struct svclb_error **reterr);
/* Clients of one network of this prefix length go to one endpoint; 0: each for itself. */
SVCLB_API int svclb_affinity_set_prefix(struct svclb_affinity *affinity, uint32_t ipv4,
					uint32_t ipv6);
SVCLB_API struct svclb_affinity *svclb_affinity_unref(struct svclb_affinity *affinity);

/* One endpoint: an address with its conditions. Unset conditions are ready, serving and not
 * terminating. The int setters take 0 or 1. Since 0.1. */
SVCLB_API int svclb_endpoint_new(const char *addr, struct svclb_endpoint **ret,
				 struct svclb_error **reterr);
SVCLB_API struct svclb_endpoint *svclb_endpoint_unref(struct svclb_endpoint *ep);
SVCLB_API int svclb_endpoint_set_node_name(struct svclb_endpoint *ep, const char *node);
SVCLB_API int svclb_endpoint_set_zone(struct svclb_endpoint *ep, const char *zone);
SVCLB_API int svclb_endpoint_set_ready(struct svclb_endpoint *ep, int on);
SVCLB_API int svclb_endpoint_set_serving(struct svclb_endpoint *ep, int on);
SVCLB_API int svclb_endpoint_set_terminating(struct svclb_endpoint *ep, int on);
/* 0-65535; unset it is 1. At 0 the endpoint gets no new connections. */
SVCLB_API int svclb_endpoint_set_weight(struct svclb_endpoint *ep, uint32_t weight);
/* With upper connections the endpoint gets no more, until it has fewer than lower; 0 = no limit. */
SVCLB_API int svclb_endpoint_set_thresholds(struct svclb_endpoint *ep, uint32_t upper,
					    uint32_t lower);
SVCLB_API int svclb_endpoint_add_zone_hint(struct svclb_endpoint *ep, const char *zone);

/* A group of endpoints of one Service that share their ports, like an EndpointSlice. The address
 * type follows from the first endpoint. Since 0.1. */
SVCLB_API int svclb_endpoints_new(const char *ns, const char *name, const char *service,
				  struct svclb_endpoints **ret, struct svclb_error **reterr);
SVCLB_API struct svclb_endpoints *svclb_endpoints_unref(struct svclb_endpoints *eps);
SVCLB_API int svclb_endpoints_add_port(struct svclb_endpoints *eps, const char *name,
				       const char *protocol, uint32_t port);
SVCLB_API int svclb_endpoints_add(struct svclb_endpoints *eps, const struct svclb_endpoint *ep);
SVCLB_API int svclb_model_add_endpoints(struct svclb_model *model,
					const struct svclb_endpoints *eps,
					struct svclb_error **reterr);

/*
 * A plain virtual server: an address, protocol and port, or a firewall mark, with its real
 * servers; no Service, no namespace. It has either an address or a mark. Setters return 0,
 * -SVCLB_EINVAL or -SVCLB_ENOMEM; svclb_model_complete() validates. Since 0.1.
 */
SVCLB_API int svclb_plain_new(const char *name, struct svclb_plain **ret,
			      struct svclb_error **reterr);
SVCLB_API struct svclb_plain *svclb_plain_unref(struct svclb_plain *plain);
/* protocol NULL = TCP. */
SVCLB_API int svclb_plain_set_address(struct svclb_plain *plain, const char *addr,
				      const char *protocol, uint32_t port);
/* family "IPv4", "IPv6"; NULL = IPv4. */
SVCLB_API int svclb_plain_set_mark(struct svclb_plain *plain, uint32_t mark, const char *family);
/* Whether the address is put on the dummy link; unset: yes, unless the node has it elsewhere. */
SVCLB_API int svclb_plain_set_bind(struct svclb_plain *plain, int on);
/* Unset: the node's scheduler. flags as for svclb_service_set_scheduler(). */
SVCLB_API int svclb_plain_set_scheduler(struct svclb_plain *plain, const char *name,
					const char *flags);
SVCLB_API int svclb_plain_set_one_packet(struct svclb_plain *plain, int on);
/* timeout_sec 0 = 300; prefix 0 = single addresses. */
SVCLB_API int svclb_plain_set_persistence(struct svclb_plain *plain, uint32_t timeout_sec,
					  uint32_t prefix);
/* Copies the real server. */
SVCLB_API int svclb_plain_add_server(struct svclb_plain *plain,
				     const struct svclb_plain_server *server);
SVCLB_API int svclb_model_add_plain(struct svclb_model *model, const struct svclb_plain *plain,
				    struct svclb_error **reterr);

/* port 0: that of the virtual server. Since 0.1. */
SVCLB_API int svclb_plain_server_new(const char *addr, uint32_t port,
				     struct svclb_plain_server **ret, struct svclb_error **reterr);
SVCLB_API struct svclb_plain_server *svclb_plain_server_unref(struct svclb_plain_server *server);
/* As for an endpoint; unset the weight is 1. */
SVCLB_API int svclb_plain_server_set_weight(struct svclb_plain_server *server, uint32_t weight);
SVCLB_API int svclb_plain_server_set_thresholds(struct svclb_plain_server *server, uint32_t upper,
						uint32_t lower);
/* As for a Service. */
SVCLB_API int svclb_plain_server_set_forwarding(struct svclb_plain_server *server,
						const char *method, const char *tunnel_type,
						uint32_t tunnel_port, const char *tunnel_checksum);

#ifdef __cplusplus
}
#endif
#endif
