/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options: what is true for the whole node. Setters copy their arguments. A setter that gets a
 * value out of range returns -SVCLB_EINVAL and changes nothing. An options object is used by one
 * thread at a time; svclb_ctx_new() takes a copy.
 */
#ifndef SVCLB_OPTIONS_H
#define SVCLB_OPTIONS_H

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_options;

enum svclb_mode {
	SVCLB_MODE_AUTO = 0,	 /* IPVS if the kernel has it, else iptables */
	SVCLB_MODE_IPVS = 1,	 /* virtual servers, sets and static chains */
	SVCLB_MODE_IPTABLES = 2, /* chains alone */
};

/* How traffic of local pods is told from other traffic (spec: detectLocalMode). */
enum svclb_detect_local {
	SVCLB_DETECT_CLUSTER_CIDR = 0,
	SVCLB_DETECT_NODE_CIDR = 1,
	SVCLB_DETECT_BRIDGE_INTERFACE = 2,
	SVCLB_DETECT_INTERFACE_NAME_PREFIX = 3,
};

enum svclb_family {
	SVCLB_FAMILY_IPV4 = 4,
	SVCLB_FAMILY_IPV6 = 6,
};

/* Milliseconds to a deadline where there is none. */
#define SVCLB_NO_DEADLINE UINT64_MAX

/* Limits on input; see svclb_options_set_limit(). */
enum svclb_limit {
	SVCLB_LIMIT_BYTES = 0,	   /* bytes of one input; default 256 MiB */
	SVCLB_LIMIT_DEPTH = 1,	   /* nesting; default 64 */
	SVCLB_LIMIT_DOCUMENTS = 2, /* documents of one input; default 200000 */
	SVCLB_LIMIT_OBJECTS = 3,   /* objects in a model; default 500000 */
	SVCLB_LIMIT_SCALAR = 4,	   /* bytes of one scalar; default 1 MiB */
	SVCLB_LIMIT_NODES = 5,	   /* nodes of one document, aliases expanded; default 20000000 */
	SVCLB_LIMIT_PROBLEMS = 6,  /* problems reported of one call; default 1000 */
	SVCLB_LIMIT_SERVERS = 7,   /* virtual and real servers of a model; default 4000000 */
	SVCLB_LIMIT_MAX_
};

/* New options with the defaults named below. Returns 0 or -SVCLB_ENOMEM. Since 0.1. */
SVCLB_API int svclb_options_new(struct svclb_options **ret, struct svclb_error **reterr);

/* References as for errors; NULL is allowed. Since 0.1. */
SVCLB_API struct svclb_options *svclb_options_ref(struct svclb_options *opts);
SVCLB_API struct svclb_options *svclb_options_unref(struct svclb_options *opts);

/*
 * Reads a configuration document (YAML or JSON): kind KubeProxyConfiguration of
 * kubeproxy.config.k8s.io/v1alpha1 for the fields that matter here, and our own kind
 * SvclbConfiguration of svclb.io/v1alpha1, in one document each. buf needs no NUL. name is the
 * input's name in messages. On failure nothing is changed and every problem is in *reterr.
 * Errors: EPARSE, EINVALID, ELIMIT, ETIMEDOUT, ENOMEM, EINVAL. Since 0.1.
 */
SVCLB_API int svclb_options_load_config(struct svclb_options *opts, const char *buf, size_t len,
					const char *name, struct svclb_error **reterr);

/* Warnings of the configurations loaded so far (unused fields), or NULL. Borrowed. Since 0.1. */
SVCLB_API const struct svclb_error *svclb_options_get_warnings(const struct svclb_options *opts);

/* enum svclb_mode; default SVCLB_MODE_AUTO. Since 0.1. */
SVCLB_API int svclb_options_set_mode(struct svclb_options *opts, uint32_t mode);
SVCLB_API uint32_t svclb_options_get_mode(const struct svclb_options *opts);

/* This node's name, compared with nodeName of endpoints; taken in lower case, without the blanks
 * around it. NULL or "" unsets. Unset: the name of the model's Node object if it has exactly one,
 * else no endpoint is local. Since 0.1. */
SVCLB_API int svclb_options_set_node_name(struct svclb_options *opts, const char *name);
SVCLB_API const char *svclb_options_get_node_name(const struct svclb_options *opts);

/*
 * Adds an address of this node: "ADDR" or "ADDR/PREFIX"; ifname may be NULL. With at least one
 * address given, the node's addresses are exactly these; with none they are read from the kernel
 * by svclb_discover() or svclb_apply(). Since 0.1.
 */
SVCLB_API int svclb_options_add_node_address(struct svclb_options *opts, const char *addr,
					     const char *ifname);
/* Number of node addresses given or discovered. Since 0.1. */
SVCLB_API size_t svclb_options_count_node_addresses(const struct svclb_options *opts);

/* Zone of this node for topology hints; NULL unsets. Unset: label topology.kubernetes.io/zone of
 * the Node object. Since 0.1. */
SVCLB_API int svclb_options_set_zone(struct svclb_options *opts, const char *zone);

/* Scheduler of every virtual server whose Service names none; default "rr". One of the kernel's
 * names. Since 0.1. */
SVCLB_API int svclb_options_set_scheduler(struct svclb_options *opts, const char *scheduler);

/* Masquerade all traffic to cluster IPs; 0 or 1, default 0. Since 0.1. */
SVCLB_API int svclb_options_set_masquerade_all(struct svclb_options *opts, int on);

/* Bit of the packet mark that asks for masquerading, 0-31, default 14. Since 0.1. */
SVCLB_API int svclb_options_set_masquerade_bit(struct svclb_options *opts, uint32_t bit);

/* Let MASQUERADE choose source ports at random; 0 or 1, default 1. Since 0.1. */
SVCLB_API int svclb_options_set_random_fully(struct svclb_options *opts, int on);

/* Emit the physdev rules for bridged pods (this loads br_netfilter); 0 or 1, default 0. */
SVCLB_API int svclb_options_set_physdev(struct svclb_options *opts, int on);

/* enum svclb_detect_local, default cluster CIDR; arg is the bridge's name or the prefix of
 * interface names for the two interface modes, else NULL. Since 0.1. */
SVCLB_API int svclb_options_set_detect_local(struct svclb_options *opts, uint32_t how,
					     const char *arg);

/* Comma list of the cluster's pod networks, at most one a family is used; NULL: none. Since 0.1. */
SVCLB_API int svclb_options_set_cluster_cidrs(struct svclb_options *opts, const char *cidrs);

/* Comma list of networks of node addresses that serve node ports, or "primary": the address that
 * stands for the node, of each family; NULL: all. Since 0.1. */
SVCLB_API int svclb_options_set_node_port_addresses(struct svclb_options *opts, const char *cidrs);

/* The address that stands for the node in its family, before those of the Node object; source
 * ranges that have it admit the node. NULL, "", 0.0.0.0 and :: unset. Since 0.1. */
SVCLB_API int svclb_options_set_bind_address(struct svclb_options *opts, const char *addr);

/* In mode iptables, whether node ports are served at 127.0.0.1 too, for which the kernel must route
 * this network; 0 or 1, default 1. Since 0.1. */
SVCLB_API int svclb_options_set_localhost_node_ports(struct svclb_options *opts, int on);

/* Comma list of networks whose foreign virtual servers stay even when adopting; NULL: none. */
SVCLB_API int svclb_options_set_exclude_cidrs(struct svclb_options *opts, const char *cidrs);

/* Answer and announce ARP strictly (sysctls arp_ignore, arp_announce); 0 or 1, default 0. */
SVCLB_API int svclb_options_set_strict_arp(struct svclb_options *opts, int on);

/* IPVS time-outs in seconds, 0 keeps the kernel's. Since 0.1. */
SVCLB_API int svclb_options_set_ipvs_timeouts(struct svclb_options *opts, uint32_t tcp_sec,
					      uint32_t tcp_fin_sec, uint32_t udp_sec);

/* Comma list of networks, one a family, from which missing cluster IPs are allocated; default
 * "10.96.0.0/12,fd00:10:96::/108". Since 0.1. */
SVCLB_API int svclb_options_set_service_cidrs(struct svclb_options *opts, const char *cidrs);

/* Range of node ports, inclusive; default 30000-32767, from which they are allocated. Given node
 * ports are checked against a range that was set here, and against the default with a warning alone:
 * the cluster's range is an option of its API server. Since 0.1. */
SVCLB_API int svclb_options_set_node_port_range(struct svclb_options *opts, uint32_t first,
						uint32_t last);

/* Families that are compiled, each 0 or 1, not both 0. Default: both, but for one that the kernel
 * lacks, which a context leaves out of its own options with a warning; one that was chosen is
 * refused there. Errors: EINVAL. Since 0.1. */
SVCLB_API int svclb_options_set_families(struct svclb_options *opts, int ipv4, int ipv6);

/* Prefix of our sets and chains, 2-6 characters of A-Z and 0-9 ending in '-', default "KUBE-". */
SVCLB_API int svclb_options_set_prefix(struct svclb_options *opts, const char *prefix);
SVCLB_API const char *svclb_options_get_prefix(const struct svclb_options *opts);

/* Name of the dummy link that holds the addresses, default "kube-ipvs0", at most 15 bytes. */
SVCLB_API int svclb_options_set_link_name(struct svclb_options *opts, const char *name);
SVCLB_API const char *svclb_options_get_link_name(const struct svclb_options *opts);

/* Take over conflicting objects instead of refusing; 0 or 1, default 0. Since 0.1. */
SVCLB_API int svclb_options_set_adopt(struct svclb_options *opts, int on);

/* File descriptor of a network namespace (kept by the caller, used by svclb_ctx_new() only), or
 * -1 for the namespace of the thread that calls svclb_ctx_new(), the default. Since 0.1. */
SVCLB_API int svclb_options_set_netns_fd(struct svclb_options *opts, int fd);

/*
 * How long a real server that is no longer wanted keeps its TCP connections, at weight 0: "linger"
 * (the default) until the last has ended, "cut" not at all, or a time such as "30" or "30s", "5m",
 * "1h", at most a year. Without connections it goes at once. A Service may have its own,
 * svclb_service_set_drain(). Errors: EINVAL. Since 0.1.
 */
SVCLB_API int svclb_options_set_drain(struct svclb_options *opts, const char *policy);

/*
 * Bound in milliseconds of each call that takes these options: of a context's operations, and of
 * svclb_model_complete(), svclb_model_merge_sound(), svclb_select(), svclb_compile(),
 * svclb_plan_load() and svclb_options_load_config(); of models made with them also
 * svclb_model_load() and svclb_model_load_sound(). 0 = none; default 60000. Since 0.1.
 */
SVCLB_API int svclb_options_set_timeout(struct svclb_options *opts, uint32_t timeout_ms);
/*
 * Bounds the same calls together, from now on: they end with ETIMEDOUT when left_ms milliseconds have
 * passed. 0: at once; SVCLB_NO_DEADLINE: no such bound, the default. svclb_ctx_new() and
 * svclb_model_new() take over what is set by then. Errors: EINVAL. Since 0.1.
 */
SVCLB_API int svclb_options_set_deadline(struct svclb_options *opts, uint64_t left_ms);

/* How long to wait for each of the two locks, the owner's and xtables', in milliseconds; default
 * 5000. Since 0.1. */
SVCLB_API int svclb_options_set_lock_wait(struct svclb_options *opts, uint32_t wait_ms);

/* The xtables lock file, default "/run/xtables.lock". Since 0.1. */
SVCLB_API int svclb_options_set_lock_file(struct svclb_options *opts, const char *path);

/*
 * The directory of the locks between agents, an absolute path, default "/run/svclb". All agents of
 * a host must use the same one. It is made, for its owner alone, when it is first needed, its
 * parent must exist; one that others may write to is refused then. Errors: EINVAL, ENOMEM.
 * Since 0.1.
 */
SVCLB_API int svclb_options_set_lock_dir(struct svclb_options *opts, const char *path);

/* One of enum svclb_limit; value at least 1. Since 0.1. */
SVCLB_API int svclb_options_set_limit(struct svclb_options *opts, uint32_t limit, uint64_t value);
/* Its value; opts NULL: the default one. 0: there is no such limit. Since 0.1. */
SVCLB_API uint64_t svclb_options_get_limit(const struct svclb_options *opts, uint32_t limit);

#ifdef __cplusplus
}
#endif
#endif
