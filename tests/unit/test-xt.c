/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules into entries of the kernel and back, for every match and target in both families. */
#include "kernel/xt.h"

#include <check.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_statistic.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

struct fixture {
	uint8_t family;
	struct svclb_options opts;
	struct svclb_state *st;
	uint32_t chain;
	struct xt_sets sets;
	struct xt_buf buf;
	struct xt_buf scratch;
};

static void add_set(struct xt_sets *s, const char *name, uint16_t index)
{
	struct xt_set_ref *ref = vec_push(&s->refs);

	ck_assert_ptr_nonnull(ref);
	strcpy(ref->name, name);
	ref->index = index;
}

static void begin(struct fixture *f, uint8_t family)
{
	struct chain c = {.family = family, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	int64_t chain;

	memset(f, 0, sizeof(*f));
	f->family = family;
	strcpy(f->opts.prefix, "KUBE-");
	f->st = state_new(&f->opts);
	ck_assert_ptr_nonnull(f->st);
	chain = state_add_chain(f->st, &c);
	ck_assert_int_ge(chain, 0);
	f->chain = (uint32_t)chain;
	f->sets.fd = -1;
	add_set(&f->sets, "KUBE-CLUSTER-IP", 3);
	add_set(&f->sets, "KUBE-LOOP-BACK", 7);
}

static void end(struct fixture *f)
{
	xt_sets_free(&f->sets);
	vec_free(&f->buf.b);
	vec_free(&f->scratch.b);
	svclb_state_unref(f->st);
}

static int64_t add_rule(struct fixture *f, const struct rule *r, const struct match *m, size_t n)
{
	struct rule copy = *r;
	int64_t i;

	copy.chain = f->chain;
	i = state_add_rule(f->st, &copy, m, n);
	ck_assert_int_ge(i, 0);
	return i;
}

/* What the kernel would hand out for an entry given to it: verdicts and jumps have no name. */
static void as_kernel(struct fixture *f, char name[32])
{
	struct xt_entry_target *t = xt_entry_target(f->family, f->buf.b.v);

	memset(name, 0, 32);
	strcpy(name, t->u.user.name);
	if (!xt_target_named(name, t->u.user.revision, f->family))
		memset(t->u.user.name, 0, sizeof(t->u.user.name));
}

/* Decodes what is in buf and says whether it is the i-th rule again. */
static bool decodes_to(struct fixture *f, int64_t i, const char *target, bool *opaque)
{
	struct match matches[XT_MATCHES_MAX];
	struct rule back;
	int64_t j;

	ck_assert_int_eq(xt_decode(&f->sets, f->family, f->buf.b.v, target, &f->scratch, &back,
				   matches, NULL),
			 0);
	*opaque = back.opaque;
	j = add_rule(f, &back, matches, back.match_count);
	return rule_same(f->st, &f->st->rules.v[i], f->st, &f->st->rules.v[j]);
}

static void encode(struct fixture *f, int64_t i)
{
	const struct rule *r = &f->st->rules.v[i];
	struct svclb_error *err = NULL;
	int rc = xt_encode(&f->sets, f->family, r, rule_matches(f->st, r), &f->buf, &err);

	ck_assert_msg(rc == 0, "%s", svclb_error_get_message(err));
}

static void round_trip(uint8_t family, const struct rule *r, const struct match *m, size_t n)
{
	struct fixture f;
	bool opaque = true;
	char target[32];
	int64_t i;

	begin(&f, family);
	i = add_rule(&f, r, m, n);
	encode(&f, i);
	as_kernel(&f, target);
	ck_assert(decodes_to(&f, i, target, &opaque));
	ck_assert(!opaque);
	end(&f);
}

static void both(const struct rule *r, const struct match *m, size_t n)
{
	round_trip(4, r, m, n);
	round_trip(6, r, m, n);
}

static struct ipaddr ip(const char *text)
{
	struct ipaddr ret;

	ck_assert(ip_parse(text, &ret, NULL));
	return ret;
}

static struct cidr cidr(const char *text)
{
	struct cidr ret;

	ck_assert(cidr_parse(text, &ret, NULL));
	return ret;
}

/* ---- every match ---- */

static const struct match samples[] = {
	{MATCH_SET, false, .set = {"KUBE-CLUSTER-IP", 2, {SETDIR_DST, SETDIR_DST}}},
	{MATCH_SET, true, .set = {"KUBE-CLUSTER-IP", 2, {SETDIR_SRC, SETDIR_DST}}},
	{MATCH_SET, false, .set = {"KUBE-LOOP-BACK", 3, {SETDIR_DST, SETDIR_DST, SETDIR_SRC}}},
	{MATCH_COMMENT, false, .comment = "cluster IP and port"},
	{MATCH_COMMENT, false, .comment = ""},
	{MATCH_ADDRTYPE, false, .addrtype = ADDRTYPE_DST_LOCAL},
	{MATCH_ADDRTYPE, false, .addrtype = ADDRTYPE_SRC_LOCAL | ADDRTYPE_NOT_SRC},
	{MATCH_ADDRTYPE, false, .addrtype = ADDRTYPE_DST_LOCAL | ADDRTYPE_NOT_DST},
	{MATCH_MARK, false, .mark = {0x4000, 0x4000}},
	{MATCH_MARK, true, .mark = {0x4000, 0x4000}},
	{MATCH_CTSTATE, false, .ctstate = CT_NEW},
	{MATCH_CTSTATE, true, .ctstate = CT_RELATED | CT_ESTABLISHED},
	{MATCH_CTSTATE, false, .ctstate = CT_INVALID},
	{MATCH_PHYSDEV_IN, false, .mark = {0}},
	{MATCH_PHYSDEV_IN, true, .mark = {0}},
	{MATCH_STATISTIC, false, .probability = 715827883},
	{MATCH_STATISTIC, true, .probability = 1},
	{MATCH_RECENT, false, .recent = {"KUBE-SEP-SXIVWICOYRO3J4NJ", false, true, 10800}},
	{MATCH_RECENT, false, .recent = {"KUBE-SEP-SXIVWICOYRO3J4NJ", true, false, 0}},
};

START_TEST(every_match)
{
	struct rule r = {.target = TARGET_ACCEPT};

	both(&r, &samples[_i], 1);
}
END_TEST

START_TEST(all_matches_of_a_rule)
{
	struct rule r = {.target = TARGET_DROP};

	both(&r, samples, XT_MATCHES_MAX);
}
END_TEST

START_TEST(too_many_matches)
{
	struct fixture f;
	struct rule r = {.target = TARGET_DROP};
	int64_t i;

	begin(&f, 4);
	i = add_rule(&f, &r, samples, XT_MATCHES_MAX + 1);
	ck_assert_int_eq(xt_encode(&f.sets, 4, &f.st->rules.v[i], f.st->matches.v, &f.buf, NULL),
			 -SVCLB_EINVAL);
	end(&f);
}
END_TEST

START_TEST(ports)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
	struct rule r = {.proto = protos[_i / 2], .target = TARGET_REJECT};
	struct match m = {MATCH_DPORT, _i % 2, .dport = 30080};

	both(&r, &m, 1);
}
END_TEST

START_TEST(port_without_protocol)
{
	struct fixture f;
	struct rule r = {.target = TARGET_ACCEPT};
	struct match m = {MATCH_DPORT, false, .dport = 80};
	int64_t i;

	begin(&f, 4);
	i = add_rule(&f, &r, &m, 1);
	ck_assert_int_eq(xt_encode(&f.sets, 4, &f.st->rules.v[i], f.st->matches.v, &f.buf, NULL),
			 -SVCLB_EINVAL);
	end(&f);
}
END_TEST

START_TEST(ipvs)
{
	struct rule r = {.target = TARGET_DROP};
	struct match m4 = {MATCH_IPVS, false, .ipvs = {ip("198.51.100.7"), IPPROTO_TCP, 80}};
	struct match m6 = {MATCH_IPVS, false, .ipvs = {ip("2001:db8::7"), IPPROTO_UDP, 53}};

	r.src = cidr("198.51.100.7/32");
	round_trip(4, &r, &m4, 1);
	r.src = cidr("2001:db8::7/128");
	round_trip(6, &r, &m6, 1);
}
END_TEST

/* ---- every target ---- */

START_TEST(every_target)
{
	static const struct rule rules[] = {
		{.target = TARGET_NONE},
		{.target = TARGET_ACCEPT},
		{.target = TARGET_DROP},
		{.target = TARGET_RETURN},
		{.target = TARGET_JUMP, .jump = "KUBE-MARK-MASQ"},
		{.target = TARGET_JUMP, .jump = "A23456789012345678901234567B"},
		{.target = TARGET_MARK, .mark_value = 0x4000, .mark_mask = 0x4000},
		{.target = TARGET_MARK, .mark_value = 0x4000},
		{.target = TARGET_MASQUERADE},
		{.target = TARGET_MASQUERADE, .random_fully = true},
		{.target = TARGET_REJECT},
	};

	if ((size_t)_i < sizeof(rules) / sizeof(rules[0]))
		both(&rules[_i], NULL, 0);
	else
		ck_assert_int_eq(_i, 11);
}
END_TEST

START_TEST(dnat)
{
	struct rule r = {.target = TARGET_DNAT, .proto = IPPROTO_TCP, .dnat_port = 8080};

	r.dnat_ip = ip("10.180.0.1");
	round_trip(4, &r, NULL, 0);
	r.dnat_port = 0;
	round_trip(4, &r, NULL, 0);
	r.dnat_ip = ip("fd00::1");
	round_trip(6, &r, NULL, 0);
}
END_TEST

/* ---- the head ---- */

START_TEST(addresses)
{
	static const char *const v4[] = {"127.0.0.0/8", "10.0.0.1/32", "128.0.0.0/1"};
	static const char *const v6[] = {"::1/128", "fd00:1::/33", "8000::/1"};
	struct rule r = {.target = TARGET_RETURN, .src_invert = true};

	r.src = cidr(v4[_i]);
	r.dst = cidr("192.0.2.0/25");
	round_trip(4, &r, NULL, 0);
	r.src = cidr(v6[_i]);
	r.dst = cidr("2001:db8::/47");
	r.dst_invert = true;
	round_trip(6, &r, NULL, 0);
}
END_TEST

START_TEST(interfaces)
{
	static const char *const names[] = {"cbr0", "veth+", "fifteen-letters", "fourteen-lett+"};
	struct rule r = {.target = TARGET_RETURN};

	strcpy(r.in_iface, names[_i]);
	r.in_invert = true;
	both(&r, NULL, 0);
	strcpy(r.out_iface, names[_i]);
	r.in_iface[0] = '\0';
	r.in_invert = false;
	both(&r, NULL, 0);
	r.proto = IPPROTO_UDP;
	r.proto_invert = true;
	both(&r, NULL, 0);
}
END_TEST

START_TEST(address_of_the_other_family)
{
	struct fixture f;
	struct rule r = {.target = TARGET_RETURN};
	int64_t i;

	begin(&f, 6);
	r.src = cidr("10.0.0.0/8");
	i = add_rule(&f, &r, NULL, 0);
	ck_assert_int_eq(xt_encode(&f.sets, 6, &f.st->rules.v[i], NULL, &f.buf, NULL),
			 -SVCLB_EINVAL);
	end(&f);
}
END_TEST

/* ---- what cannot be expressed ---- */

/* A rule of two matches whose bytes the test then changes. */
static int64_t begin_foreign(struct fixture *f, char target[32])
{
	struct match m[2] = {samples[0], samples[15]};
	struct rule r = {.target = TARGET_MARK, .mark_value = 1, .mark_mask = 1};
	int64_t i;

	begin(f, 4);
	m[0].set.n_dirs = 2;
	i = add_rule(f, &r, m, 2);
	encode(f, i);
	as_kernel(f, target);
	return i;
}

static struct xt_entry_match *match_at(struct fixture *f, size_t n)
{
	unsigned char *p = f->buf.b.v + xt_head_size(f->family);

	for (; n; n--)
		p += ((struct xt_entry_match *)p)->u.match_size;
	return (struct xt_entry_match *)p;
}

static void set_goto(struct fixture *f)
{
	((struct ipt_entry *)f->buf.b.v)->ip.flags |= IPT_F_GOTO;
}

static void set_fragment(struct fixture *f)
{
	((struct ipt_entry *)f->buf.b.v)->ip.flags |= IPT_F_FRAG;
}

static void set_odd_mask(struct fixture *f)
{
	((struct ipt_entry *)f->buf.b.v)->ip.smsk.s_addr = htonl(0xff00ff00);
}

static void set_counter_match(struct fixture *f)
{
	((struct xt_set_info_match_v4 *)match_at(f, 0)->data)->packets.value = 5;
}

static void set_unknown_set(struct fixture *f)
{
	((struct xt_set_info_match_v4 *)match_at(f, 0)->data)->match_set.dim = 7;
}

static void set_every_nth(struct fixture *f)
{
	((struct xt_statistic_info *)match_at(f, 1)->data)->mode = XT_STATISTIC_MODE_NTH;
}

static void set_other_match(struct fixture *f)
{
	strcpy(match_at(f, 1)->u.user.name, "quota");
}

static void set_other_revision(struct fixture *f)
{
	match_at(f, 0)->u.user.revision = 3;
}

static void set_other_target(struct fixture *f)
{
	xt_entry_target(4, f->buf.b.v)->u.user.revision = 1;
}

static void set_cut_match(struct fixture *f)
{
	match_at(f, 1)->u.match_size = 8;
}

/* Names of lists are those of chains; a longer one is somebody else's. */
START_TEST(a_long_name_of_a_list_is_opaque)
{
	struct match m = {.type = MATCH_RECENT, .recent = {.name = "KUBE-SEP-A"}};
	struct rule r = {.target = TARGET_RETURN};
	struct fixture f;
	char target[32];
	bool opaque = false;
	int64_t i;

	begin(&f, 4);
	i = add_rule(&f, &r, &m, 1);
	encode(&f, i);
	as_kernel(&f, target);
	memset(((struct xt_recent_mtinfo_v1 *)match_at(&f, 0)->data)->name, 'A', CHAIN_NAME_MAX);
	ck_assert(!decodes_to(&f, i, target, &opaque));
	ck_assert(opaque);
	end(&f);
}
END_TEST

START_TEST(foreign_bytes_are_opaque)
{
	static void (*const changes[])(struct fixture *) = {
		set_goto,	  set_fragment,	 set_odd_mask,	  set_counter_match,
		set_unknown_set,  set_every_nth, set_other_match, set_other_revision,
		set_other_target, set_cut_match,
	};
	struct fixture f;
	char target[32];
	bool opaque = false;
	int64_t i = begin_foreign(&f, target);

	changes[_i](&f);
	ck_assert(!decodes_to(&f, i, target, &opaque));
	ck_assert(opaque);
	end(&f);
}
END_TEST

START_TEST(counters_and_private_bytes_do_not_count)
{
	struct fixture f;
	char target[32];
	bool opaque = true;
	int64_t i = begin_foreign(&f, target);

	((struct ipt_entry *)f.buf.b.v)->counters.pcnt = 77;
	((struct ipt_entry *)f.buf.b.v)->nfcache = 0x4000;
	((struct xt_statistic_info *)match_at(&f, 1)->data)->u.nth.count = 9;
	ck_assert(decodes_to(&f, i, target, &opaque));
	ck_assert(!opaque);
	end(&f);
}
END_TEST

/* The kernel's layout, as sizes measured against entries that iptables wrote itself. */
START_TEST(sizes)
{
	static const struct {
		enum match_type type;
		uint16_t size;
	} known[] = {
		{MATCH_SET, 80},     {MATCH_COMMENT, 288},    {MATCH_ADDRTYPE, 40},
		{MATCH_MARK, 48},    {MATCH_CTSTATE, 200},    {MATCH_STATISTIC, 56},
		{MATCH_RECENT, 264}, {MATCH_PHYSDEV_IN, 104},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_uint_eq(sizeof(struct xt_entry_match) +
					  XT_ALIGN(xt_match_of(known[i].type, 0)->size),
				  known[i].size);
	ck_assert_uint_eq(XT_ALIGN(xt_target_of(TARGET_MASQUERADE, 4)->size) + 32, 56);
	ck_assert_uint_eq(XT_ALIGN(xt_target_of(TARGET_MASQUERADE, 6)->size) + 32, 72);
	ck_assert_uint_eq(XT_ALIGN(xt_target_of(TARGET_DNAT, 6)->size) + 32, 80);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xt");
	TCase *t = tcase_create("codec");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, every_match, 0, (int)(sizeof(samples) / sizeof(samples[0])));
	tcase_add_test(t, all_matches_of_a_rule);
	tcase_add_test(t, too_many_matches);
	tcase_add_loop_test(t, ports, 0, 6);
	tcase_add_test(t, port_without_protocol);
	tcase_add_test(t, ipvs);
	tcase_add_loop_test(t, every_target, 0, 11);
	tcase_add_test(t, dnat);
	tcase_add_loop_test(t, addresses, 0, 3);
	tcase_add_loop_test(t, interfaces, 0, 4);
	tcase_add_test(t, address_of_the_other_family);
	tcase_add_loop_test(t, foreign_bytes_are_opaque, 0, 10);
	tcase_add_test(t, a_long_name_of_a_list_is_opaque);
	tcase_add_test(t, counters_and_private_bytes_do_not_count);
	tcase_add_test(t, sizes);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
