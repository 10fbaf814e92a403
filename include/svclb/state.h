/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel states: what the kernel should hold (svclb_compile) or holds (svclb_read). States are
 * immutable once returned; any thread may read one, references are counted atomically.
 */
#ifndef SVCLB_STATE_H
#define SVCLB_STATE_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_state;

/* Text forms of a state. */
enum svclb_format {
	SVCLB_FORMAT_JSON = 0,	    /* everything, schema in svclb-state(7) */
	SVCLB_FORMAT_IPVSADM = 1,   /* as `ipvsadm -Sn` */
	SVCLB_FORMAT_IPSET = 2,	    /* as `ipset save` */
	SVCLB_FORMAT_IPTABLES = 3,  /* as `iptables-save`, IPv4 */
	SVCLB_FORMAT_IP6TABLES = 4, /* as `ip6tables-save` */
	SVCLB_FORMAT_ADDRESSES = 5, /* one address with prefix a line */
	SVCLB_FORMAT_SYSCTLS = 6,   /* key=value lines */
};

/*
 * Compiles a completed model into the state the kernel should hold. Pure: no I/O. A model
 * without Services and plain virtual servers gives the empty state. opts may be NULL (defaults).
 * Errors: EINVALID (two objects claim one address and port), EINVAL, ETIMEDOUT, ENOMEM. Since 0.1.
 */
SVCLB_API int svclb_compile(struct svclb_model *model, const struct svclb_options *opts,
			    struct svclb_state **ret, struct svclb_error **reterr);

/* References; NULL is allowed, unref returns NULL. Since 0.1. */
SVCLB_API struct svclb_state *svclb_state_ref(struct svclb_state *state);
SVCLB_API struct svclb_state *svclb_state_unref(struct svclb_state *state);

/* One of enum svclb_format; the caller frees *ret with svclb_text_free().
 * Errors: EINVAL, ENOMEM. Since 0.1. */
SVCLB_API int svclb_state_to_text(const struct svclb_state *state, uint32_t format, char **ret,
				  struct svclb_error **reterr);

/* 1 if both hold the same objects (counters and connection numbers aside), else 0. Since 0.1. */
SVCLB_API int svclb_state_equal(const struct svclb_state *a, const struct svclb_state *b);

/* Numbers of objects in a state, for reports. Fields are only ever appended. Since 0.1. */
struct svclb_state_counts {
	uint64_t virtual_servers;
	uint64_t real_servers;
	uint64_t sets;
	uint64_t set_entries;
	uint64_t chains;
	uint64_t rules;
	uint64_t addresses;
	uint64_t sysctls;
};

/* Fills as many bytes of *ret as size covers; fields the library does not know are zeroed.
 * Errors: EINVAL. Since 0.1. */
SVCLB_API int svclb_state_get_counts(const struct svclb_state *state,
				     struct svclb_state_counts *ret, size_t size);

/* One virtual server or real server, as numbers and texts; see svclb_state_next_virtual_server. */
struct svclb_virtual_server;
struct svclb_real_server;

/* Walks virtual servers in key order (family, address, protocol, port); prev NULL starts, NULL
 * ends. Results are borrowed from the state. Since 0.1. */
SVCLB_API const struct svclb_virtual_server *svclb_state_next_virtual_server(
	const struct svclb_state *state, const struct svclb_virtual_server *prev);
/* Address text without brackets, "" for a firewall mark. buf of at least 48 bytes is filled and
 * returned. */
SVCLB_API const char *svclb_virtual_server_get_address(const struct svclb_virtual_server *vs,
						       char *buf, size_t size);
SVCLB_API uint32_t svclb_virtual_server_get_port(const struct svclb_virtual_server *vs);
/* "TCP", "UDP", "SCTP" or "" for a firewall mark. */
SVCLB_API const char *svclb_virtual_server_get_protocol(const struct svclb_virtual_server *vs);
SVCLB_API uint32_t svclb_virtual_server_get_mark(const struct svclb_virtual_server *vs);
SVCLB_API const char *svclb_virtual_server_get_scheduler(const struct svclb_virtual_server *vs);
/* Persistence time-out in seconds, 0 = not persistent. */
SVCLB_API uint32_t svclb_virtual_server_get_persistence(const struct svclb_virtual_server *vs);
/* How many leading bits of a client's address persistence looks at. */
SVCLB_API uint32_t
svclb_virtual_server_get_persistence_prefix(const struct svclb_virtual_server *vs);
/* "mh-fallback,mh-port", "" for none. buf of at least 64 bytes is filled and returned. */
SVCLB_API const char *svclb_virtual_server_get_scheduler_flags(
	const struct svclb_virtual_server *vs, char *buf, size_t size);
/* 1 when every packet is scheduled by itself. */
SVCLB_API int svclb_virtual_server_is_one_packet(const struct svclb_virtual_server *vs);
/* 1 when this library's owner made it; desired states: always 1. */
SVCLB_API int svclb_virtual_server_is_ours(const struct svclb_virtual_server *vs);
/* "Service default/web port http", NULL in states that were read. */
SVCLB_API const char *svclb_virtual_server_get_origin(const struct svclb_state *state,
						      const struct svclb_virtual_server *vs);
/* Walks the real servers of vs. */
SVCLB_API const struct svclb_real_server *svclb_state_next_real_server(
	const struct svclb_state *state, const struct svclb_virtual_server *vs,
	const struct svclb_real_server *prev);
SVCLB_API const char *svclb_real_server_get_address(const struct svclb_real_server *rs, char *buf,
						    size_t size);
SVCLB_API uint32_t svclb_real_server_get_port(const struct svclb_real_server *rs);
/* "Masq", "Tunnel" or "Route", as ipvsadm names them. */
SVCLB_API const char *svclb_real_server_get_forwarding(const struct svclb_real_server *rs);
SVCLB_API uint32_t svclb_real_server_get_weight(const struct svclb_real_server *rs);
SVCLB_API uint32_t svclb_real_server_get_active(const struct svclb_real_server *rs);
/* "ipip", "gue" or "gre" for the forwarding method Tunnel, else "". Static text. */
SVCLB_API const char *svclb_real_server_get_tunnel_type(const struct svclb_real_server *rs);
/* Connections from which on none are added, and below which some are again; 0 = no limit. */
SVCLB_API uint32_t svclb_real_server_get_upper_threshold(const struct svclb_real_server *rs);
SVCLB_API uint32_t svclb_real_server_get_lower_threshold(const struct svclb_real_server *rs);
SVCLB_API uint32_t svclb_real_server_get_inactive(const struct svclb_real_server *rs);

/* 1 when it is not wanted any more and stays, at weight 0, for its connections; known in states
 * that svclb_read() made. Since 0.1. */
SVCLB_API int svclb_real_server_is_draining(const struct svclb_real_server *rs);
/* Of a draining one, the milliseconds from the reading to its deadline; 0: it is over, it leaves
 * with the next svclb_apply() or svclb_drain_step(); SVCLB_NO_DEADLINE: it stays until it is idle,
 * or does not drain. Since 0.1. */
SVCLB_API uint64_t svclb_real_server_get_drain_left(const struct svclb_real_server *rs);

/*
 * Endpoints of one service port as selected for traffic: the answer to "who serves this". A
 * selection borrows from its model, which must outlive it unchanged. Since 0.1.
 */
struct svclb_selection;
struct svclb_selected_port;
struct svclb_selected_endpoint;

enum svclb_endpoint_flag {
	SVCLB_ENDPOINT_READY = 1,
	SVCLB_ENDPOINT_SERVING = 2,
	SVCLB_ENDPOINT_TERMINATING = 4,
	SVCLB_ENDPOINT_LOCAL = 8,
	SVCLB_ENDPOINT_IN_CLUSTER_SET = 16, /* serves traffic of policy Cluster */
	SVCLB_ENDPOINT_IN_LOCAL_SET = 32,   /* serves traffic of policy Local */
};

/* Selects for all Services of a completed model; opts may be NULL (defaults).
 * Errors: EINVAL, ETIMEDOUT, ENOMEM. Since 0.1. */
SVCLB_API int svclb_select(struct svclb_model *model, const struct svclb_options *opts,
			   struct svclb_selection **ret, struct svclb_error **reterr);
/* Frees the selection; NULL is allowed; returns NULL. */
SVCLB_API struct svclb_selection *svclb_selection_free(struct svclb_selection *sel);
/* Walks service ports by family, namespace, Service name, port. */
SVCLB_API const struct svclb_selected_port *svclb_selection_next_port(
	const struct svclb_selection *sel, const struct svclb_selected_port *prev);
SVCLB_API const char *svclb_selected_port_get_namespace(const struct svclb_selected_port *port);
SVCLB_API const char *svclb_selected_port_get_service(const struct svclb_selected_port *port);
/* Port name, "" if it has none. */
SVCLB_API const char *svclb_selected_port_get_name(const struct svclb_selected_port *port);
SVCLB_API const char *svclb_selected_port_get_protocol(const struct svclb_selected_port *port);
SVCLB_API uint32_t svclb_selected_port_get_port(const struct svclb_selected_port *port);
/* enum svclb_family */
SVCLB_API uint32_t svclb_selected_port_get_family(const struct svclb_selected_port *port);
SVCLB_API const struct svclb_selected_endpoint *svclb_selected_port_next_endpoint(
	const struct svclb_selected_port *port, const struct svclb_selected_endpoint *prev);
SVCLB_API const char *svclb_selected_endpoint_get_address(const struct svclb_selected_endpoint *ep,
							  char *buf, size_t size);
SVCLB_API uint32_t svclb_selected_endpoint_get_port(const struct svclb_selected_endpoint *ep);
/* enum svclb_endpoint_flag, or-ed. */
SVCLB_API uint32_t svclb_selected_endpoint_get_flags(const struct svclb_selected_endpoint *ep);
/* Node name or NULL; name of the object behind it (Pod) or NULL. */
SVCLB_API const char *svclb_selected_endpoint_get_node(const struct svclb_selected_endpoint *ep);
SVCLB_API const char *svclb_selected_endpoint_get_target(const struct svclb_selected_endpoint *ep);

#ifdef __cplusplus
}
#endif
#endif
