/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model's objects as the stages see them. Texts are as the input gave them until
 * model_complete() has validated them; every field carries its place in the input.
 */
#ifndef SVCLB_MODEL_MODEL_H
#define SVCLB_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <svclb/model.h>

#include "model/options.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/ip.h"
#include "util/vec.h"

struct patience;

/* A text field; s NULL = not given. */
struct ftext {
	const char *s;
	struct pos at;
};

/* A whole number; given false = not given (v is 0). */
struct fint {
	int64_t v;
	bool given;
	struct pos at;
};

/* A truth value that may be absent. */
enum tristate {
	TRI_UNSET = 0,
	TRI_FALSE = 1,
	TRI_TRUE = 2,
};

struct fbool {
	enum tristate v;
	struct pos at;
};

struct ftext_list {
	struct ftext *v;
	size_t n;
	size_t cap; /* lists grow inside the model's arena */
	struct pos at;
};

struct label {
	const char *key;
	const char *value;
	struct pos at;
};

struct label_list {
	struct label *v;
	size_t n;
	size_t cap;
	struct pos at;
	const struct label **sorted; /* by key, see labels.c */
	size_t n_sorted;	     /* of another number than n it is out of date */
};

struct meta {
	const char *file; /* input name, NULL for built objects */
	struct pos at;	  /* where the object begins */
	struct ftext ns; /* "default" is filled in when the object enters the model; "" for nodes */
	struct ftext name;
	struct ftext uid;
	struct ftext creation_timestamp;
	struct ftext deletion_timestamp;
	struct label_list labels;
	struct label_list annotations;
};

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_SCTP = 132,
};

/* How packets reach a real server. The numbers of tunnels are linux/ip_vs.h's. */
enum { FORWARD_MASQUERADE = 0, FORWARD_DIRECT, FORWARD_TUNNEL };
enum { TUNNEL_IPIP = 0, TUNNEL_GUE, TUNNEL_GRE };

struct forwarding {
	uint8_t method;
	uint8_t tunnel;
	uint8_t checksum; /* 0 none, 1 full, 2 remote */
	uint16_t port;	  /* of a GUE tunnel */
};

/* What a Service says about all its virtual servers beyond the scheduler: filled by complete. */
struct tuning {
	struct forwarding forwarding;
	bool sched_flags_given;
	uint8_t sched_flags; /* bit n: the scheduler's flag n + 1 */
	bool one_packet;
	bool drain_given;
	uint32_t drain_sec; /* or DRAIN_* */
	uint8_t prefix[2];  /* of persistence, IPv4 and IPv6; 0: single addresses */
};

struct service_port {
	struct pos at;
	struct ftext name;
	struct ftext protocol;
	struct ftext app_protocol;
	struct fint port;
	struct fint target_port;       /* when given as a number */
	struct ftext target_port_name; /* when given as text */
	struct fint node_port;
	bool node_port_allocated;
	uint8_t proto; /* resolved by complete: PROTO_* */
};

struct ingress {
	struct pos at;
	struct ftext ip;
	struct ftext ip_mode;
	struct ftext hostname;
};

struct service {
	struct meta meta;
	struct pos spec_at;
	struct ftext type;
	struct ftext cluster_ip;
	struct ftext_list cluster_ips;
	struct ftext_list ip_families;
	struct ftext ip_family_policy;
	struct service_port *ports;
	size_t n_ports;
	size_t cap_ports;
	struct pos ports_at;
	struct label_list selector;
	struct ftext_list external_ips;
	struct ftext session_affinity;
	struct pos affinity_config_at; /* line 0: no sessionAffinityConfig */
	bool affinity_config_given;
	struct fint affinity_timeout;
	struct ftext external_traffic_policy;
	struct ftext internal_traffic_policy;
	struct fint health_check_node_port;
	struct ftext_list source_ranges;
	struct fbool allocate_node_ports;
	struct fbool publish_not_ready;
	struct ftext traffic_distribution;
	struct ftext external_name;
	struct ftext load_balancer_ip;
	struct ftext load_balancer_class;
	struct ingress *ingress;
	size_t n_ingress;
	size_t cap_ingress;
	bool cluster_ip_allocated;
	struct tuning tuning; /* filled by complete */
};

struct slice_endpoint {
	struct pos at;
	struct ftext_list addresses; /* only element 0 is used */
	enum tristate ready;
	enum tristate serving;
	enum tristate terminating;
	struct ftext node_name;
	struct ftext hostname;
	struct ftext zone;
	struct ftext_list zone_hints;
	struct ftext_list node_hints;
	struct ftext target_kind; /* targetRef, kept for display */
	struct ftext target_name;
	struct fint weight; /* these three: filled by complete; a weight that is not given is 1 */
	uint32_t upper_threshold;
	uint32_t lower_threshold;
};

struct slice_port {
	struct pos at;
	struct ftext name;
	struct ftext protocol;
	struct ftext app_protocol;
	struct fint port;
	uint8_t proto; /* resolved by complete */
};

/* EndpointSlice; also what Endpoints objects and selectors become. */
struct slice {
	struct meta meta;
	struct ftext service;	   /* label kubernetes.io/service-name */
	struct ftext address_type; /* IPv4, IPv6, FQDN */
	struct slice_endpoint *endpoints;
	size_t n_endpoints;
	size_t cap_endpoints;
	struct slice_port *ports;
	size_t n_ports;
	size_t cap_ports;
	bool derived;  /* made by model_complete() */
	bool mirrored; /* derived of an Endpoints object */
};

struct endpoint_address {
	struct pos at;
	struct ftext ip;
	struct ftext node_name;
	struct ftext hostname;
	struct ftext target_kind;
	struct ftext target_name;
};

struct endpoint_subset {
	struct pos at;
	struct endpoint_address *addresses;
	size_t n_addresses;
	size_t cap_addresses;
	struct endpoint_address *not_ready;
	size_t n_not_ready;
	size_t cap_not_ready;
	struct slice_port *ports;
	size_t n_ports;
	size_t cap_ports;
};

/* v1 Endpoints */
struct endpoints {
	struct meta meta;
	struct endpoint_subset *subsets;
	size_t n_subsets;
	size_t cap_subsets;
};

struct container_port {
	struct pos at;
	struct ftext name;
	struct ftext protocol;
	struct fint port;
};

struct pod {
	struct meta meta;
	struct ftext node_name;
	struct fbool host_network;
	struct container_port *ports; /* of all containers */
	size_t n_ports;
	size_t cap_ports;
	struct ftext phase;
	struct ftext pod_ip;
	struct ftext_list pod_ips;
	enum tristate ready; /* condition Ready */
};

struct node_status_address {
	struct ftext type;
	struct ftext address;
};

struct node {
	struct meta meta;
	struct ftext_list pod_cidrs;
	struct node_status_address *addresses;
	size_t n_addresses;
	size_t cap_addresses;
};

/* A real server of a plain virtual server. */
struct plain_server {
	struct pos at;
	struct ftext address;
	struct fint port;
	struct fint weight;
	struct ftext forwarding;
	struct ftext tunnel_type;
	struct fint tunnel_port;
	struct ftext tunnel_checksum;
	struct fint upper_threshold;
	struct fint lower_threshold;
	struct forwarding resolved; /* filled by complete */
};

/* VirtualServer: one virtual server with its real servers, in the kernel's words. */
struct plain {
	struct meta meta;
	struct pos spec_at;
	struct ftext address;
	struct fint port;
	struct ftext protocol;
	struct fint mark;
	struct ftext family; /* of a mark */
	struct fbool bind;
	struct ftext scheduler;
	struct ftext_list scheduler_flags;
	struct fbool one_packet;
	bool persistence_given;
	struct pos persistence_at;
	struct fint persistence_timeout;
	struct fint persistence_prefix;
	struct plain_server *servers;
	size_t n_servers;
	size_t cap_servers;
};

struct svclb_object {
	uint32_t kind; /* enum svclb_kind */
	bool derived;  /* not part of the user's input: hidden from the public walk */
	bool unserved; /* a slice, Endpoints or a Pod: no Service that is served has it */
	size_t place;  /* in the model's array */
	uint64_t
		arrival; /* later ones have larger numbers: of two claims the later one is at fault */
	uint64_t hash;	 /* of kind, namespace and name, for the model's index */
	union {
		struct meta *meta; /* every object begins with its meta */
		struct service *service;
		struct slice *slice;
		struct endpoints *endpoints;
		struct pod *pod;
		struct node *node;
		struct plain *plain;
	};
};

struct svclb_model {
	atomic_uint refs;
	struct arena arena;
	uint64_t limits[SVCLB_LIMIT_MAX_];
	uint32_t timeout_ms;		    /* of each load */
	uint64_t end_ms;		    /* of all of them, as the options have it */
	VEC(struct svclb_object *) objects; /* sorted by kind, namespace, name after model_sort() */
	uint64_t arrivals;		    /* number of the last one */
	struct svclb_object **slots;	    /* hash table over the named objects, see index.c */
	uint64_t seed;			    /* of its hashes */
	size_t n_slots;			    /* a power of two, or 0 */
	size_t n_indexed;
	bool sorted;
	bool completed;
	struct problems warnings;
};

/* ---- model/model.c ---- */

/* Appends an element to one of the arena lists above: doubles inside the arena; NULL = ENOMEM. */
void *list_push_(struct arena *a, void **v, size_t *n, size_t *cap, size_t size);
#define list_push(arena, v, n, cap) \
	((__typeof__(v))list_push_((arena), (void **)&(v), &(n), &(cap), sizeof(*(v))))

/* The error of a model that has as many objects as it may. */
int model_full(const struct svclb_model *m, struct svclb_error **reterr);

/* Adds an object whose memory belongs to the model's arena. Fills in the namespace. Replaces an
 * object of the same identity unless it came from the same file ("" is no file): then EINVALID. */
int model_add(struct svclb_model *m, uint32_t kind, struct meta *obj, struct svclb_error **reterr);
/* The object of an identity, derived ones too; ns "" for nodes. NULL: none. */
struct svclb_object *model_lookup(const struct svclb_model *m, uint32_t kind, const char *ns,
				  const char *name);
/* The parts of model_add() for callers that must not fail halfway: room for n more objects (0, or
 * -1 when out of memory), then link new or replacing objects, which cannot fail. */
int model_reserve(struct svclb_model *m, size_t n);
void model_link(struct svclb_model *m, struct svclb_object *obj);
/* What is wrong with the objects one by one, moved to *ret. The model is of no use afterwards. -1
 * when out of memory. */
int model_faults(struct svclb_model *m, struct patience *patience, struct problems *ret);
/* svclb_model_complete() of a model that is not completed. each: how many problems in a row of one
 * object are kept, then of any number of objects; 0: as many of all as the limit says. */
int model_complete(struct svclb_model *m, const struct svclb_options *opts, size_t each,
		   struct svclb_error **reterr);
/* svclb_model_merge() without the objects of src that `skip` (by place, may be NULL) marks. */
int model_merge(struct svclb_model *dst, const struct svclb_model *src, const bool *skip,
		struct svclb_error **reterr);
/* Moves all objects of `from`, which is empty then, to dst, whose own go. Warnings are added. */
void model_take(struct svclb_model *dst, struct svclb_model *from);
void model_drop_derived(struct svclb_model *m);
/* Makes the model incomplete again, before its objects change. */
void model_change(struct svclb_model *m);
void model_sort(struct svclb_model *m);
/* Sorted range of one kind: [*first, return). */
size_t model_kind_range(struct svclb_model *m, uint32_t kind, size_t *first);

const char *kind_name(uint32_t kind); /* "Service", ... */
/* What its name ends with for so many: "s" or "". */
const char *kind_plural(uint32_t kind, size_t n);
bool kind_namespaced(uint32_t kind);
/* "Service default/web" into buf, truncated. */
const char *object_name(const struct svclb_object *obj, char *buf, size_t size);

/* ---- model/labels.c ---- */
/* The first of a key, or NULL. */
const struct label *label_find(const struct label_list *l, const char *key);
/* The same for a key in two parts. */
const struct label *label_find_below(const struct label_list *l, const char *prefix,
				     const char *name);
const char *label_get(const struct label_list *l, const char *key); /* value or NULL */
/* Texts that label_find() compares at most in a list that was sorted. */
size_t label_steps(const struct label_list *l);
/* Sorts what is long, in the model's arena; -1 when out of memory. */
int model_sort_labels(struct svclb_model *m);

/* Deep copies of one object into another model's arena; NULL when out of memory. */
struct meta *object_copy(struct arena *a, const struct svclb_object *obj);

/* ---- model/words.c ---- */
uint8_t family_from_name(const char *name); /* "IPv4" -> 4; 0 = unknown */
const char *family_name(uint8_t family);    /* "IPv4" */
uint8_t proto_from_name(const char *name);  /* "TCP" -> 6; 0 = unknown; case-sensitive */
const char *proto_name(uint8_t proto);	    /* "TCP" */
const char *proto_lower(uint8_t proto);	    /* "tcp" */

/* ---- model/predicates.c: valid on a completed model ---- */
bool service_is(const struct service *s, const char *type); /* type equals */
bool service_externally_accessible(const struct service *s);
bool service_etp_local(const struct service *s);
/*
 * Whether a Service's source ranges restrict nothing in one family: it has none, one of the family
 * is of length 0, or none is of the family and one of the other is of length 0. A list of
 * narrower ranges of the other family alone admits nobody of this one.
 */
bool service_admits_all(const struct service *s, uint8_t family);
bool service_itp_local(const struct service *s);
/* Whether the Service has addresses of a family; before it is completed, whether it may have. */
bool service_has_family(const struct service *s, uint8_t family);
/* Whether it has a cluster IP of the family: its list of families may be longer than it gets. */
bool service_serves_family(const struct service *s, uint8_t family);
/* That of a plain virtual server's address or mark; 0: none. */
uint8_t plain_family(const struct plain *p);
/* Whether the slice is one of the Service's that has a part in what is served. */
bool slice_serves(const struct service *s, const struct slice *slice);
/* The Service that a slice names, or NULL; the same only if it serves the slice. */
struct svclb_object *slice_service(const struct svclb_model *m, const struct slice *slice);
struct svclb_object *slice_served_by(const struct svclb_model *m, const struct slice *slice);
/* Labelled for another proxy, or headless by label: such objects do not count. */
bool meta_left_to_others(const struct meta *meta);
bool service_needs_health_check(const struct service *s);
bool service_has_affinity(const struct service *s);
bool service_headless(const struct service *s); /* clusterIP "None" */
/* Why no virtual server is made of it, a static text, or NULL if one is. */
const char *service_skip_reason(const struct service *s);
/* The cluster IP of a family; false: none. */
bool service_cluster_ip(const struct service *s, uint8_t family, struct ipaddr *ret);

#endif
