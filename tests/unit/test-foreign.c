/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody else's rules still use is not removed, and who uses it is said. */
#include "plan/foreign.h"
#include "states.h"

static struct svclb_state *with_sets(void)
{
	struct svclb_state *st = state_begin();

	(void)put_sets(st);
	return st;
}

static void use(struct svclb_state *st, bool is_set, const char *name)
{
	struct foreign_use *u = vec_push(&st->foreign_uses);

	ck_assert_ptr_nonnull(u);
	*u = (struct foreign_use){.family = 4, .table = TABLE_NAT, .position = 3, .is_set = is_set};
	strcpy(u->chain, "OTHER");
	strcpy(u->name, name);
}

static struct svclb_state *nothing(void)
{
	struct svclb_state *st = state_begin();

	st->link = false;
	return state_end(st);
}

/* The conflict's text, "" when there is none; the caller frees it. */
static char *conflict(struct svclb_state *from, struct svclb_state *to)
{
	struct svclb_plan *plan = NULL;
	struct svclb_error *err = NULL;
	char *text = NULL;
	int r = svclb_diff(from, to, 1, &plan, &err);

	svclb_plan_unref(plan);
	if (!r)
		return strdup("");
	ck_assert_int_eq(r, -SVCLB_ECONFLICT);
	ck_assert_int_eq(svclb_error_to_text(err, &text), 0);
	svclb_error_unref(err);
	return text;
}

START_TEST(a_set_that_a_foreign_rule_matches)
{
	struct svclb_state *from = with_sets();
	struct svclb_state *to = nothing();
	struct svclb_state *more = state_end(with_sets());
	char *text;

	use(from, true, from->sets.v[0].name);
	from = state_end(from);
	text = conflict(from, to);
	ck_assert_ptr_nonnull(strstr(text, "set KUBE-"));
	ck_assert_ptr_nonnull(
		strstr(text, "foreign rule 3 of chain OTHER in table nat of iptables"));
	free(text);
	/* as long as it stays, it is nobody's business */
	text = conflict(from, more);
	ck_assert_str_eq(text, "");
	free(text);
	svclb_state_unref(from);
	svclb_state_unref(to);
	svclb_state_unref(more);
}
END_TEST

START_TEST(a_set_that_something_unknown_uses)
{
	struct svclb_state *from = with_sets();
	struct svclb_state *to = nothing();
	char *text;

	from->sets.v[0].references = 2; /* one of them is a rule of ours */
	from = state_end(from);
	text = conflict(from, to);
	ck_assert_ptr_nonnull(strstr(text, "something other than our rules"));
	free(text);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

static void put_chain(struct svclb_state *st, const char *name, const char *set, bool opaque)
{
	struct chain c = {.family = 4, .table = TABLE_NAT};
	struct match m = {.type = MATCH_SET};
	struct rule r = {.opaque = opaque, .target = TARGET_RETURN};
	int64_t chain;

	strcpy(c.name, name);
	strcpy(m.set.name, set);
	chain = state_add_chain(st, &c);
	ck_assert_int_ge(chain, 0);
	r.chain = (uint32_t)chain;
	ck_assert_int_ge(state_add_rule(st, &r, &m, 1), 0);
}

START_TEST(our_own_rules_are_no_conflict)
{
	struct svclb_state *to = nothing();

	for (int opaque = 0; opaque < 2; opaque++) {
		struct svclb_state *from = with_sets();
		char *text;

		from->sets.v[0].references = 2 + (uint32_t)opaque;
		put_chain(from, "KUBE-SERVICES", from->sets.v[0].name, opaque);
		from = state_end(from);
		text = conflict(from, to);
		ck_assert_str_eq(text, "");
		free(text);
		svclb_state_unref(from);
	}
	svclb_state_unref(to);
}
END_TEST

START_TEST(a_chain_that_a_foreign_rule_jumps_to)
{
	struct svclb_state *from = with_sets();
	struct svclb_state *to = nothing();
	char *text;

	put_chain(from, "KUBE-SERVICES", from->sets.v[0].name, false);
	use(from, false, "KUBE-SERVICES");
	from = state_end(from);
	text = conflict(from, to);
	ck_assert_ptr_nonnull(
		strstr(text, "chain KUBE-SERVICES: would be removed, but the foreign rule 3"));
	free(text);
	text = conflict(from, from);
	ck_assert_str_eq(text, "");
	free(text);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

static void put_foreign_addr(struct svclb_state *st, const char *ip, uint8_t plen, const char *link)
{
	struct foreign_addr *a = vec_push(&st->foreign_addrs);

	ck_assert_ptr_nonnull(a);
	*a = (struct foreign_addr){.plen = plen};
	ck_assert(ip_parse(ip, &a->ip, NULL));
	strcpy(a->ifname, link);
}

START_TEST(an_address_that_would_go_with_the_link)
{
	struct svclb_state *from = with_sets();
	struct svclb_state *to = nothing();
	char *text;

	put_foreign_addr(from, "192.0.2.9", 32, "dummy7");
	put_foreign_addr(from, "192.0.2.1", 24, "kube-ipvs0");
	from = state_end(from);
	text = conflict(from, to);
	ck_assert_ptr_nonnull(strstr(text, "link kube-ipvs0: would be removed, but it has the "
					   "address 192.0.2.1/24"));
	ck_assert_ptr_null(strstr(text, "192.0.2.9"));
	free(text);
	text = conflict(from, from);
	ck_assert_str_eq(text, "");
	free(text);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

START_TEST(a_link_of_another_kind)
{
	struct svclb_state *from = nothing();
	struct svclb_state *to = state_end(with_sets());
	char *text;

	from->other_link = true;
	text = conflict(from, to);
	ck_assert_ptr_nonnull(strstr(text, "link kube-ipvs0: there is a link of this name"));
	free(text);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

/* One Service, and what another owner has. */
static const struct {
	const char *link; /* that has the Service's address; NULL: none */
	const char *owner;
	bool addrs; /* our link is there and has addresses, but no set is */
	const char *words;
} owners[] = {
	{"other0", "B-", false,
	 "address 10.96.0.1 is on the link other0, which is another owner's"},
	{NULL, "B-", false, NULL},
	{NULL, "B-", true, "the owner with the prefix B- is the only one here"},
	{NULL, "", true, NULL},
};

START_TEST(another_owner)
{
	struct svclb_state *from = state_begin();
	struct svclb_state *to = state_begin();
	struct svclb_plan *plan = NULL;
	struct svclb_error *err = NULL;
	struct link_addr addr = {0};

	from->link = owners[_i].addrs;
	if (owners[_i].link)
		put_foreign_addr(from, "10.96.0.1", 32, owners[_i].link);
	strcpy(from->other_owner, owners[_i].owner);
	ck_assert(ip_parse("10.97.0.1", &addr.ip, NULL));
	if (owners[_i].addrs)
		ck_assert_int_ge(state_add_addr(from, &addr), 0);
	(void)put_service(to, put_sets(to), "10.96.0.1", 80, "rr");
	from = state_end(from);
	to = state_end(to);
	if (owners[_i].words) {
		ck_assert_int_eq(svclb_diff(from, to, 0, &plan, &err), -SVCLB_ECONFLICT);
		ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), owners[_i].words));
		svclb_error_unref(err);
	}
	/* who adopts takes it over */
	ck_assert_int_eq(svclb_diff(from, to, owners[_i].words != NULL, &plan, NULL), 0);
	svclb_plan_unref(plan);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("foreign");
	TCase *t = tcase_create("foreign");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_set_that_a_foreign_rule_matches);
	tcase_add_test(t, a_set_that_something_unknown_uses);
	tcase_add_test(t, our_own_rules_are_no_conflict);
	tcase_add_test(t, a_chain_that_a_foreign_rule_jumps_to);
	tcase_add_test(t, an_address_that_would_go_with_the_link);
	tcase_add_test(t, a_link_of_another_kind);
	tcase_add_loop_test(t, another_owner, 0, sizeof(owners) / sizeof(owners[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
