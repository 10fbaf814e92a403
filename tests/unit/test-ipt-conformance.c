/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares desired states of iptables mode with what kube-proxy left in that mode. */
#include "vectors.h"

/*
 * Every wanted difference, one line each; docs/differences.md says why. A difference that is not
 * listed fails, and so does a line here that no longer is a difference.
 */
static const struct exception {
	const char *dir;
	char side; /* '+': we alone have it, '-': kube-proxy alone */
	const char *line;
} exceptions[] = {
	/* an Endpoints object is taken for what a mirrored slice would say */
	{"66-v1-endpoints-only/iptables-mode", '-',
	 "-A KUBE-SERVICES -d 10.96.0.40/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with "
	 "icmp-port-unreachable"},
	{"66-v1-endpoints-only/iptables-mode", '+', ":KUBE-SVC-NL6WUNHPOWUYGHR7 -"},
	{"66-v1-endpoints-only/iptables-mode", '+', ":KUBE-SEP-CZVWGNZJND4IC3YF -"},
	{"66-v1-endpoints-only/iptables-mode", '+',
	 "-A KUBE-SERVICES -d 10.96.0.40/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-NL6WUNHPOWUYGHR7"},
	{"66-v1-endpoints-only/iptables-mode", '+',
	 "-A KUBE-SVC-NL6WUNHPOWUYGHR7 ! -s 10.244.0.0/16 -d 10.96.0.40/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ"},
	{"66-v1-endpoints-only/iptables-mode", '+',
	 "-A KUBE-SVC-NL6WUNHPOWUYGHR7 -j KUBE-SEP-CZVWGNZJND4IC3YF"},
	{"66-v1-endpoints-only/iptables-mode", '+',
	 "-A KUBE-SEP-CZVWGNZJND4IC3YF -s 10.244.1.50/32 -j KUBE-MARK-MASQ"},
	{"66-v1-endpoints-only/iptables-mode", '+',
	 "-A KUBE-SEP-CZVWGNZJND4IC3YF -p tcp -j DNAT --to-destination 10.244.1.50:8080"},
};

#define N_EXCEPTIONS (sizeof(exceptions) / sizeof(exceptions[0]))

/* Rules of these chains have no order among themselves: kube-proxy's changes from run to run. */
static bool unordered(const char *line)
{
	static const char *const chains[] = {"-A KUBE-SERVICES ", "-A KUBE-NODEPORTS ",
					     "-A KUBE-EXTERNAL-SERVICES ",
					     "-A KUBE-PROXY-FIREWALL "};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		if (!strncmp(line, chains[i], strlen(chains[i])))
			return true;
	return false;
}

/* "-A CHAIN" of a rule, all of a declaration. */
static size_t key_length(const char *line)
{
	return *line == '-' ? 3 + strcspn(line + 3, " ") : strlen(line);
}

/* By chain; inside a chain in the order of the dump, which is that of the pointers. */
static int by_chain(const void *pa, const void *pb)
{
	const char *a = *(char *const *)pa;
	const char *b = *(char *const *)pb;
	size_t n = key_length(a);
	size_t m = key_length(b);
	int r = strncmp(a, b, n < m ? n : m);

	if (!r && n != m)
		r = n < m ? -1 : 1;
	if (!r && unordered(a))
		r = strcmp(a, b);
	return r ? r : (a > b) - (a < b);
}

static void replace(char *line, const char *old, const char *new)
{
	char *p = strstr(line, old);

	ck_assert_uint_le(strlen(new), strlen(old));
	if (!p)
		return;
	memmove(p + strlen(new), p + strlen(old), strlen(p + strlen(old)) + 1);
	for (size_t i = 0; new[i]; i++)
		p[i] = new[i];
}

/* What has no effect, or is spelled otherwise; docs/differences.md names both. */
static char *effective(char *line, const void *data)
{
	(void)data;
	drop_comment(line);
	if (strstr(line, "KUBE-PROXY-CANARY"))
		return NULL;
	if (!strncmp(line, "-A ", 3) && !strstr(line, " -j "))
		return NULL;
	replace(line, " -m tcp -j DNAT", " -j DNAT");
	replace(line, " -m udp -j DNAT", " -j DNAT");
	replace(line, " -m sctp -j DNAT", " -j DNAT");
	replace(line, "KUBE-SVCLB-LOCALNET", "KUBE-FIREWALL");
	return line;
}

/* The kernel keeps 31 bits, and what they are computed from is printed with ten digits. */
static bool same_rule(const char *a, const char *b)
{
	static const char option[] = " --probability ";
	const char *p = strstr(a, option);
	const char *q = strstr(b, option);
	char *p_end;
	char *q_end;
	double x;
	double y;

	if (!p || !q || p - a != q - b || strncmp(a, b, (size_t)(p - a)))
		return !strcmp(a, b);
	x = strtod(p + sizeof(option) - 1, &p_end);
	y = strtod(q + sizeof(option) - 1, &q_end);
	return x - y <= 1.0 / 2147483648.0 && y - x <= 1.0 / 2147483648.0 && !strcmp(p_end, q_end);
}

/* One table's lines; the dump's text is used up. */
static struct lines table_of(const char *dump, const char *table)
{
	const char *begin = strstr(dump, table);
	const char *end = begin ? strstr(begin, "COMMIT") : NULL;
	struct lines l;

	ck_assert_ptr_nonnull(end);
	begin += strlen(table);
	l = split(strndup(begin, (size_t)(end - begin)));
	filter(&l, effective, NULL);
	return l;
}

/* Takes what is listed for one side out of its lines. Returns how much that was. */
static size_t except(const struct phase *p, char side, struct lines *l)
{
	size_t kept = 0;
	size_t hits = 0;

	for (size_t i = 0; i < l->n; i++) {
		bool listed = false;

		for (size_t e = 0; e < N_EXCEPTIONS; e++)
			listed = listed || (exceptions[e].side == side &&
					    !strcmp(exceptions[e].dir, p->dir) &&
					    !strcmp(exceptions[e].line, l->v[i]));
		if (listed)
			hits++;
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
	return hits;
}

/* A rule for each port of a Service where one does the same. */
static void drop_repeated(struct lines *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!kept || !unordered(l->v[i]) || strcmp(l->v[i], l->v[kept - 1]))
			l->v[kept++] = l->v[i];
	l->n = kept;
}

static size_t hits_wanted(const struct phase *p)
{
	size_t n = 0;

	for (size_t e = 0; e < N_EXCEPTIONS; e++)
		n += !strcmp(exceptions[e].dir, p->dir);
	return n;
}

/* What leads to the node ports catches what no rule before it took. */
static void check_last(const struct lines *l)
{
	bool seen = false;

	for (size_t i = 0; i < l->n; i++) {
		if (strncmp(l->v[i], "-A KUBE-SERVICES ", 17))
			continue;
		ck_assert_msg(!seen || strstr(l->v[i], " -j KUBE-NODEPORTS"),
			      "behind the node ports: %s", l->v[i]);
		seen = strstr(l->v[i], " -j KUBE-NODEPORTS");
	}
}

/* Returns how many exceptions were needed. */
static size_t check_table(const struct phase *p, const char *file, const char *our_dump,
			  const char *their_dump, const char *table)
{
	struct lines ours = table_of(our_dump, table);
	struct lines theirs = table_of(their_dump, table);
	size_t hits;

	ck_assert_uint_gt(theirs.n, 10);
	check_last(&ours);
	qsort(ours.v, ours.n, sizeof(*ours.v), by_chain);
	qsort(theirs.v, theirs.n, sizeof(*theirs.v), by_chain);
	drop_repeated(&theirs);
	hits = except(p, '+', &ours) + except(p, '-', &theirs);
	compare_ordered(p->dir, file, &ours, &theirs, same_rule);
	lines_free(&ours);
	lines_free(&theirs);
	return hits;
}

static size_t check_family(const struct phase *p, const struct svclb_state *st, const char *file,
			   uint32_t format)
{
	char *theirs = read_file(p->dir, file);
	char *ours = NULL;
	size_t hits;

	ck_assert_int_eq(svclb_state_to_text(st, format, &ours, NULL), 0);
	hits = check_table(p, file, ours, theirs, "*filter\n") +
	       check_table(p, file, ours, theirs, "*nat\n");
	ck_assert_ptr_null(strstr(ours, "*mangle\n"));
	svclb_text_free(ours);
	free(theirs);
	return hits;
}

/* Without forwarding nothing reaches a pod, so it is part of every mode here. */
static char *not_forwarding(char *line, const void *data)
{
	(void)data;
	if (!strcmp(line, "net.ipv4.ip_forward=1") ||
	    !strcmp(line, "net.ipv6.conf.all.forwarding=1"))
		return NULL;
	return line;
}

static void check_sysctls(const struct phase *p, const struct svclb_state *st)
{
	struct lines ours = render(st, SVCLB_FORMAT_SYSCTLS);
	struct lines theirs = split(read_file(p->dir, "sysctls.txt"));

	sort(&ours);
	ck_assert_uint_ge(ours.n, 1);
	filter(&ours, not_forwarding, NULL);
	filter(&theirs, sysctl_of, NULL);
	sort(&theirs);
	compare_ordered(p->dir, "sysctls.txt", &ours, &theirs, same_rule);
	lines_free(&ours);
	lines_free(&theirs);
}

static void check_nothing(const struct svclb_state *st, uint32_t format)
{
	struct lines l = render(st, format);

	ck_assert_uint_eq(l.n, 0);
	lines_free(&l);
}

START_TEST(conforms)
{
	const struct phase *p = &phases[_i];
	struct svclb_state *st = desired(p, SVCLB_MODE_IPTABLES);
	size_t hits;

	check_nothing(st, SVCLB_FORMAT_IPVSADM);
	check_nothing(st, SVCLB_FORMAT_IPSET);
	check_nothing(st, SVCLB_FORMAT_ADDRESSES);
	check_sysctls(p, st);
	check_health(p, SVCLB_MODE_IPTABLES);
	hits = check_family(p, st, "iptables.txt", SVCLB_FORMAT_IPTABLES) +
	       check_family(p, st, "ip6tables.txt", SVCLB_FORMAT_IP6TABLES);
	ck_assert_msg(hits == hits_wanted(p), "%s: an exception is not needed", p->dir);
	svclb_state_unref(st);
}
END_TEST

START_TEST(all_vectors_are_there)
{
	ck_assert_int_eq(n_phases, 43);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ipt-conformance");
	TCase *t = tcase_create("ipt-conformance");
	SRunner *r;
	int failed;

	find_phases("iptables-mode");
	tcase_add_test(t, all_vectors_are_there);
	tcase_add_loop_test(t, conforms, 0, n_phases);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
