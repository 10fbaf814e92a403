/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealing: order, merged duplicates, refused collisions, lookups. */
#include "states.h"

START_TEST(vservers_are_sorted_with_their_rservers)
{
	struct svclb_state *st = state_begin();
	uint32_t b = put_vserver(st, "10.0.0.2", 80, "rr");
	uint32_t a = put_vserver(st, "10.0.0.1", 80, "wrr");

	put_rserver(st, b, "10.1.0.9", 1);
	put_rserver(st, a, "10.1.0.2", 2);
	put_rserver(st, b, "10.1.0.3", 3);
	state_end(st);
	ck_assert_str_eq(st->vservers.v[0].sched, "wrr");
	ck_assert_uint_eq(st->vservers.v[0].rs_count, 1);
	ck_assert_uint_eq(st->vservers.v[1].rs_count, 2);
	ck_assert_uint_eq(st->rservers.v[st->vservers.v[1].rs_first].weight, 3);
	ck_assert_uint_eq(st->rservers.v[st->vservers.v[1].rs_first + 1].weight, 1);
	svclb_state_unref(st);
}
END_TEST

START_TEST(equal_entries_are_merged)
{
	struct svclb_state *st = state_begin();
	uint32_t set = put_set(st, SET_CLUSTER_IP);
	struct set_entry e = {.proto = PROTO_TCP, .port = 80, .ip = ip_of("10.0.0.1")};

	put_entry(st, set, "10.0.0.2", 80);
	put_entry(st, set, "10.0.0.1", 80);
	put_entry(st, set, "10.0.0.2", 80);
	state_end(st);
	ck_assert_uint_eq(st->entries.n, 2);
	ck_assert_uint_eq(st->sets.v[0].entry_count, 2);
	ck_assert(state_set_has(st, &st->sets.v[0], &e));
	e.port = 81;
	ck_assert(!state_set_has(st, &st->sets.v[0], &e));
	svclb_state_unref(st);
}
END_TEST

START_TEST(entries_of_many_sets_stay_with_their_set)
{
	struct svclb_state *st = state_begin();
	struct test_sets s = put_sets(st);
	const struct ipset *gate;

	put_service(st, s, "10.0.0.7", 80, "rr");
	put_entry(st, s.gate, "10.0.0.8", 80);
	state_end(st);
	gate = state_find_set(st, "KUBE-CLUSTER-IP");
	ck_assert_ptr_nonnull(gate);
	ck_assert_uint_eq(gate->entry_count, 2);
	ck_assert_uint_eq(state_find_set(st, "KUBE-IPVS-IPS")->entry_count, 1);
	ck_assert_ptr_null(state_find_set(st, "KUBE-LOOP-BACK"));
	svclb_state_unref(st);
}
END_TEST

START_TEST(two_virtual_servers_with_one_key_collide)
{
	struct svclb_state *st = state_begin();
	struct svclb_error *err = NULL;
	int64_t first = state_add_origin(st, &(struct origin){.object = "Service default/a port x",
							      .file = "a.yaml",
							      .at = {3, 5}});
	int64_t second = state_add_origin(st, &(struct origin){.object = "Service default/b port x",
							       .file = "b.yaml",
							       .at = {7, 9}});
	uint32_t a = put_vserver(st, "10.0.0.1", 80, "rr");
	uint32_t b = put_vserver(st, "10.0.0.1", 80, "rr");

	st->vservers.v[a].origin = (origin_id)first;
	st->vservers.v[b].origin = (origin_id)second;
	ck_assert_int_eq(state_seal(st, &err), -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_file(err), "b.yaml");
	ck_assert_uint_eq(svclb_error_get_line(err), 7);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "Service default/a port x"));
	svclb_error_unref(err);
	svclb_state_unref(st);
}
END_TEST

START_TEST(rules_keep_their_order_inside_the_chain)
{
	struct svclb_state *st = state_begin();
	struct chain z = {.family = 4, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	struct chain a = {.family = 4, .table = TABLE_FILTER, .name = "KUBE-FORWARD"};
	struct rule r = {.target = TARGET_ACCEPT};
	const struct chain *c;

	r.chain = (uint32_t)state_add_chain(st, &z);
	ck_assert_int_ge(state_add_rule(st, &r, NULL, 0), 0);
	r.target = TARGET_DROP;
	ck_assert_int_ge(state_add_rule(st, &r, NULL, 0), 0);
	ck_assert_int_ge(state_add_chain(st, &a), 0);
	state_end(st);
	c = state_find_chain(st, 4, TABLE_NAT, "KUBE-SERVICES");
	ck_assert_uint_eq(c->rule_count, 2);
	ck_assert_int_eq(st->rules.v[c->rule_first].target, TARGET_ACCEPT);
	ck_assert_int_eq(st->rules.v[c->rule_first + 1].target, TARGET_DROP);
	svclb_state_unref(st);
}
END_TEST

START_TEST(an_opaque_rule_equals_nothing)
{
	struct svclb_state *st = state_begin();
	struct chain c = {.family = 4, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	struct rule r = {.target = TARGET_ACCEPT, .opaque = true};

	r.chain = (uint32_t)state_add_chain(st, &c);
	ck_assert_int_ge(state_add_rule(st, &r, NULL, 0), 0);
	state_end(st);
	ck_assert(!chain_same(st, &st->chains.v[0], st, &st->chains.v[0]));
	svclb_state_unref(st);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("state");
	TCase *tc = tcase_create("seal");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, vservers_are_sorted_with_their_rservers);
	tcase_add_test(tc, equal_entries_are_merged);
	tcase_add_test(tc, entries_of_many_sets_stay_with_their_set);
	tcase_add_test(tc, two_virtual_servers_with_one_key_collide);
	tcase_add_test(tc, rules_keep_their_order_inside_the_chain);
	tcase_add_test(tc, an_opaque_rule_equals_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
