/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States made by hand for tests of the diff and the transaction. */
#ifndef TESTS_STATES_H
#define TESTS_STATES_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "plan/plan.h"
#include "state/names.h"
#include "state/state.h"

static inline struct svclb_state *state_begin(void)
{
	struct svclb_state *st = state_new(options_defaults());

	ck_assert_ptr_nonnull(st);
	st->link = true;
	return st;
}

static inline struct svclb_state *state_end(struct svclb_state *st)
{
	struct svclb_error *err = NULL;

	ck_assert_int_eq(state_seal(st, &err), 0);
	ck_assert_ptr_null(err);
	return st;
}

static inline struct ipaddr ip_of(const char *text)
{
	struct ipaddr ip;

	ck_assert(ip_parse(text, &ip, NULL));
	return ip;
}

static inline uint32_t put_set(struct svclb_state *st, enum set_id id)
{
	struct ipset set = {.type = set_table[id].type,
			    .family = set_table[id].type == SET_BITMAP_PORT ? 0 : 4,
			    .hashsize = 1024,
			    .maxelem = set_table[id].type == SET_BITMAP_PORT ? 0 : 65536};
	int64_t i;

	set_full_name(st->prefix, id, 4, set.name);
	i = state_add_set(st, &set);
	ck_assert_int_ge(i, 0);
	return (uint32_t)i;
}

static inline void put_entry(struct svclb_state *st, uint32_t set, const char *ip, uint16_t port)
{
	struct set_entry e = {.set = set, .proto = PROTO_TCP, .port = port, .ip = ip_of(ip)};

	ck_assert_int_ge(state_add_entry(st, &e), 0);
}

static inline uint32_t put_vserver(struct svclb_state *st, const char *ip, uint16_t port,
				   const char *sched)
{
	struct vserver vs = {
		.key = {.family = 4, .proto = PROTO_TCP, .port = port, .ip = ip_of(ip)},
		.netmask = 32,
		.ours = true};
	int64_t i;

	strcpy(vs.sched, sched);
	i = state_add_vserver(st, &vs);
	ck_assert_int_ge(i, 0);
	return (uint32_t)i;
}

static inline void put_rserver(struct svclb_state *st, uint32_t vs, const char *ip, uint32_t weight)
{
	struct rserver rs = {.vs = vs, .ip = ip_of(ip), .port = 8080, .weight = weight};

	ck_assert_int_ge(state_add_rserver(st, &rs), 0);
}

static inline void put_addr(struct svclb_state *st, const char *ip)
{
	struct link_addr a = {.ip = ip_of(ip)};

	ck_assert_int_ge(state_add_addr(st, &a), 0);
}

/* One chain with a rule that matches a set, and the jump to it. */
static inline void put_guard(struct svclb_state *st)
{
	struct chain builtin = {.family = 4, .table = TABLE_FILTER, .builtin = true};
	struct chain own = {.family = 4, .table = TABLE_FILTER};
	struct rule jump = {.target = TARGET_JUMP};
	struct rule gate = {.target = TARGET_RETURN};
	struct match set = {.type = MATCH_SET,
			    .set = {.n_dirs = 2, .dirs = {SETDIR_DST, SETDIR_DST}}};
	int64_t i;

	strcpy(builtin.name, "INPUT");
	chain_full_name(st->prefix, CHAIN_FILTER_IPVS, own.name);
	strcpy(jump.jump, own.name);
	set_full_name(st->prefix, SET_CLUSTER_IP, 4, set.set.name);
	i = state_add_chain(st, &builtin);
	ck_assert_int_ge(i, 0);
	jump.chain = (uint32_t)i;
	ck_assert_int_ge(state_add_rule(st, &jump, NULL, 0), 0);
	i = state_add_chain(st, &own);
	ck_assert_int_ge(i, 0);
	gate.chain = (uint32_t)i;
	ck_assert_int_ge(state_add_rule(st, &gate, &set, 1), 0);
}

/* A service with everything that belongs to it, in a state with the sets given. */
struct test_sets {
	uint32_t gate;
	uint32_t vips;
	uint32_t ledger;
};

static inline struct test_sets put_sets(struct svclb_state *st)
{
	struct test_sets s = {put_set(st, SET_CLUSTER_IP), put_set(st, SET_IPVS_IPS),
			      put_set(st, SET_OWNED)};

	put_guard(st);
	ck_assert_int_ge(state_add_sysctl(st, "net.ipv4.vs.conntrack", "1"), 0);
	return s;
}

static inline uint32_t put_service(struct svclb_state *st, struct test_sets s, const char *ip,
				   uint16_t port, const char *sched)
{
	struct set_entry vip = {.set = s.vips, .ip = ip_of(ip)};

	put_entry(st, s.gate, ip, port);
	put_entry(st, s.ledger, ip, port);
	ck_assert_int_ge(state_add_entry(st, &vip), 0);
	put_addr(st, ip);
	return put_vserver(st, ip, port, sched);
}

#endif
