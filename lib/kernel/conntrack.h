/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of the connection tracking backend: messages to and from the kernel's ctnetlink. */
#ifndef SVCLB_KERNEL_CONNTRACK_H
#define SVCLB_KERNEL_CONNTRACK_H

#include "kernel/nl.h"
#include "plan/flows.h"

/* One direction of a tracked flow. */
struct ct_tuple {
	struct ipaddr src;
	struct ipaddr dst;
	uint16_t sport;
	uint16_t dport;
};

/* A tracked flow, as far as it takes to tell which it is and to delete exactly this one. */
struct ct_flow {
	struct ct_tuple orig;
	struct ct_tuple reply;
	uint16_t zone;	/* 0: the usual one */
	bool zone_orig; /* the zone holds for the original direction only */
	uint32_t id;	/* as the kernel wrote it; 0: an older kernel, which has none */
};

/*
 * Asks for the UDP flows of a family that the key, with its wildcards, names; of IPv6 also for those
 * of other addresses. Linux before 5.8 gives all flows of the family; filter false asks for them
 * everywhere.
 */
void conntrack_put_dump(struct nlbuf *b, uint8_t family, const struct flow_key *key, bool filter);
void conntrack_put_delete(struct nlbuf *b, const struct ct_flow *f);
/* Asks for what every kernel with ctnetlink can answer at once. */
void conntrack_put_stats(struct nlbuf *b);

/* A message about a flow; false when it is another one, damaged, or not about UDP. */
bool conntrack_parse_flow(const struct nlmsghdr *h, struct ct_flow *ret);
struct flow_key conntrack_flow_key(const struct ct_flow *f);

/*
 * Every listing makes the kernel walk its whole table, which costs it for each flow about a 16th of
 * what it costs to hand one over and have it looked at here. So beyond as many questions one that
 * lists everything would be as cheap.
 */
#define CT_QUESTIONS_MAX 16

/*
 * What to ask the kernel for, that it names all flows of n keys of one family, which are in the
 * order of flow_key_cmp(): as narrow as the limit on questions allows. Returns how many.
 */
size_t conntrack_questions(const struct flow_key *keys, size_t n,
			   struct flow_key ret[CT_QUESTIONS_MAX]);

/* Whether a kernel that heeds the filter would name the flow, which has no wildcards. */
bool conntrack_answers(const struct flow_key *flow, const struct flow_key *question);

#endif
