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
		strstr(text, "rule 3 of the foreign chain OTHER in table nat of iptables"));
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
	ck_assert_ptr_nonnull(strstr(text, "chain KUBE-SERVICES: would be removed, but rule 3"));
	free(text);
	text = conflict(from, from);
	ck_assert_str_eq(text, "");
	free(text);
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
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
