/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which UDP flows a plan cuts off, and how connection tracking names them. */
#ifndef SVCLB_PLAN_FLOWS_H
#define SVCLB_PLAN_FLOWS_H

#include "plan/plan.h"

/* Flows by what their first packet was sent to, and by what answers. */
struct flow_key {
	struct ipaddr vip;  /* unspecified: every address of the node's own */
	struct ipaddr real; /* family 0: whatever answers */
	uint16_t port;	    /* 0: any, of a virtual server for all ports */
	uint16_t real_port; /* 0: any */
};

/* Order: families apart, otherwise any that serves. */
int flow_key_cmp(const struct flow_key *a, const struct flow_key *b);

/* The flows of a step of one of the four kinds. from and to are the states of its indexes. */
struct flow_key flow_key_of(enum step_kind kind, const struct svclb_state *from,
			    const struct svclb_state *to, uint32_t before, uint32_t after);

/* Whether one of n keys, in the order of flow_key_cmp(), names the flow, which has no wildcards. */
bool flow_among(const struct flow_key *flow, const struct flow_key *keys, size_t n);

/* Whether one of the keys for all addresses of the node would name it, if its address is one. */
bool flow_among_node(const struct flow_key *flow, const struct flow_key *keys, size_t n);

/*
 * Adds the steps that follow from those the plan has: UDP has no end that a client would notice,
 * so whoever goes on sending is kept where the first packet went. -1 when out of memory.
 */
int plan_flows(struct svclb_plan *plan);

#endif
