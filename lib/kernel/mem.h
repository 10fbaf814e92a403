/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the in-memory kernel holds. */
#ifndef SVCLB_KERNEL_MEM_H
#define SVCLB_KERNEL_MEM_H

#include <stdatomic.h>

#include "kernel/kernel.h"
#include "plan/flows.h"

#define MEM_TABLES (2 * TABLE_COUNT_)

struct mem_vserver {
	struct vserver vs;
	VEC(struct rserver) rs;
};

struct mem_set {
	struct ipset set;
	VEC(struct set_entry) entries; /* sorted by key */
};

struct svclb_mem {
	atomic_uint refs;
	bool locked;
	bool no_ipvs;
	bool no_ipv6;
	bool link;
	struct ipvs_timeouts timeouts;
	VEC(struct mem_vserver) vservers; /* sorted by key */
	VEC(struct mem_set) sets;
	struct svclb_state
		*tables[MEM_TABLES]; /* the state whose chains of the table are in force */
	VEC(struct link_addr) addrs;
	VEC(struct sysctl) sysctls;
	VEC(struct flow_key) flows; /* tracked UDP flows, put here by tests */
	node_address_vec node_addresses;
	uint64_t clock_ms;
	uint64_t changes;
	uint64_t fail_at;    /* number of the change that fails, 0 = none */
	uint64_t fail_again; /* one more, for failing rollbacks */
	int fail_errno;
	uint64_t connect_at;   /* number of the change before which clients connect, 0 = none */
	uint64_t interrupt_at; /* number of the change before which one asks to end, 0 = none */
};

struct mem_kernel {
	struct kernel kernel;
	struct svclb_mem *mem;
};

static inline struct svclb_mem *mem_of(struct kernel *k)
{
	return ((struct mem_kernel *)k)->mem;
}

/* Inserts at its place; NULL when out of memory. */
struct mem_vserver *mem_insert_vserver(struct svclb_mem *mem, const struct vserver *vs);

/* kernel_ops.run */
int mem_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n, bool undo,
	    enum fate *done, struct svclb_error **reterr);

#endif
