/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options as the stages read them. */
#ifndef SVCLB_MODEL_OPTIONS_H
#define SVCLB_MODEL_OPTIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <svclb/options.h>

#include "util/error.h"
#include "util/ip.h"
#include "util/vec.h"

#define LINK_NAME_MAX	16 /* IFNAMSIZ */
#define NAME_PREFIX_MAX 7  /* longest chain suffix is 22 of 28 characters */
#define SCHED_NAME_MAX	16 /* linux/ip_vs.h: IP_VS_SCHEDNAME_MAXLEN */

/* How long a real server that goes keeps its connections, where that is no number of seconds. */
#define DRAIN_CUT    UINT32_C(0)
#define DRAIN_LINGER UINT32_MAX
#define DRAIN_MAX    UINT32_C(31536000)

struct node_address {
	struct ipaddr ip;
	uint8_t plen;
	char ifname[LINK_NAME_MAX]; /* "" unknown */
};

struct ipvs_timeouts {
	uint32_t tcp_sec;
	uint32_t tcp_fin_sec;
	uint32_t udp_sec;
};

typedef VEC(struct cidr) cidr_vec;
typedef VEC(struct node_address) node_address_vec;

struct svclb_options {
	atomic_uint refs;
	uint32_t mode;
	char *node_name; /* NULL unset */
	char *zone;	 /* NULL unset */
	char scheduler[SCHED_NAME_MAX];
	bool masquerade_all;
	uint32_t masquerade_bit;
	bool random_fully;
	bool physdev;
	uint32_t detect_local;
	char *detect_local_arg; /* bridge name or interface prefix */
	cidr_vec cluster_cidrs;
	cidr_vec node_port_cidrs;
	bool node_ports_primary;    /* at the node's own address of each family alone */
	struct ipaddr bind_address; /* family 0: none */
	bool localhost_node_ports;
	bool localhost_node_ports_given;
	cidr_vec exclude_cidrs;
	cidr_vec service_cidrs; /* empty: the defaults */
	bool strict_arp;
	struct ipvs_timeouts ipvs_timeouts;
	uint32_t drain_sec; /* or DRAIN_* */
	uint32_t node_port_first;
	uint32_t node_port_last;
	bool node_port_range_given; /* else it is for allocation alone */
	bool ipv4;
	bool ipv6;
	bool families_given; /* else one that the kernel lacks is off in a context's */
	char prefix[NAME_PREFIX_MAX];
	char link_name[LINK_NAME_MAX];
	bool adopt;
	int netns_fd;
	uint32_t timeout_ms;
	uint64_t
		end_ms; /* of all that is done with them, in the kernel's monotonic time; 0: none */
	uint64_t deadline_ms;	     /* of a context's operation under way, likewise */
	atomic_bool interrupted;     /* a context's: the operation under way is to end */
	atomic_bool *interrupted_of; /* a context's: its own, in borrowed copies too; else NULL */
	bool under_way;	 /* a context's: an operation is, whose end takes the flag back */
	bool to_the_end; /* a context's: whatever comes, what is begun is done */
	uint32_t lock_wait_ms;
	char *lock_file;
	char *lock_dir;
	uint64_t limits[SVCLB_LIMIT_MAX_];
	node_address_vec node_addresses;
	bool node_addresses_given; /* by the caller, not discovered */
	bool tcp_be_liberal; /* discovered: connection tracking takes odd TCP packets as valid */
	struct problems warnings;
};

/* A deep copy without warnings; NULL when out of memory. */
struct svclb_options *options_copy(const struct svclb_options *opts);

/* What to do about a limit that was met, one of enum svclb_limit. */
const char *options_limit_hint(uint32_t limit);

/* What to do about a family (4 or 6) that was chosen and that the kernel lacks. */
const char *options_family_hint(uint8_t family);

static inline bool options_node_port_in_range(const struct svclb_options *o, int64_t number)
{
	return number >= o->node_port_first && number <= o->node_port_last;
}

/* Static defaults, for functions that accept NULL options. */
const struct svclb_options *options_defaults(void);

/* Whether name is a scheduler the kernel could know. */
bool scheduler_known(const char *name);
/* Whether it tells weights above 0 apart; one that is unknown does. */
bool scheduler_weighs(const char *name);

/* All names of that table, NULL at the end. */
const char *const *scheduler_names(void);

/* First CIDR of a family (4 or 6), or NULL. */
const struct cidr *options_cidr_of(const cidr_vec *v, uint8_t family);

/* The networks for allocation of cluster IPs: given ones or the defaults. NULL: none of it. */
const struct cidr *options_service_cidr(const struct svclb_options *opts, uint8_t family,
					struct cidr *storage);

#endif
