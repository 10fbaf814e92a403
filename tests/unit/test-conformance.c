/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares desired states with what kube-proxy left in the kernel for the same objects. */
#include "vectors.h"

/*
 * Every wanted difference, one line each; docs/differences.md says why. A difference that is not
 * listed fails, and so does a line here that no longer is a difference.
 */
static const struct exception {
	const char *dir;
	const char *file;
	char side; /* '+': we alone have it, '-': kube-proxy alone */
	const char *line;
} exceptions[] = {
	/* a connection was open when the endpoint went away: draining is not part of the desired state */
	{"71-update-graceful-termination/after", "ipvs.txt", '-',
	 "-a -t 10.96.0.10:80 -r 10.244.1.5:8080 -m -w 0"},
	/* foreign virtual servers that existed before */
	{"61-exclude-cidrs", "ipvs.txt", '-', "-A -t 172.30.0.1:80 -s rr"},
	{"61-exclude-cidrs", "ipvs.txt", '-', "-a -t 172.30.0.1:80 -r 10.9.9.9:80 -m -w 1"},
	/* an Endpoints object is taken for what a mirrored slice would say */
	{"66-v1-endpoints-only", "ipvs.txt", '+',
	 "-a -t 10.96.0.40:80 -r 10.244.1.50:8080 -m -w 1"},
	{"66-v1-endpoints-only", "ipset.txt", '+',
	 "add KUBE-LOOP-BACK 10.244.1.50,tcp:8080,10.244.1.50"},
	/* policy Local without a local endpoint: closed to clients outside the cluster */
	{"28-etp-local-lb-no-local", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL 192.168.64.10,tcp:30080"},
	{"28-etp-local-lb-no-local", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL-MASQ 192.168.64.10,tcp:30080"},
	{"28-etp-local-lb-no-local", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL 198.51.100.7,tcp:80"},
	{"28-etp-local-lb-no-local", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL-MASQ 198.51.100.7,tcp:80"},
	{"69-etp-local-local-not-ready", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL 192.168.64.10,tcp:30080"},
	{"69-etp-local-local-not-ready", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL-MASQ 192.168.64.10,tcp:30080"},
	{"69-etp-local-local-not-ready", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL 198.51.100.7,tcp:80"},
	{"69-etp-local-local-not-ready", "ipset.txt", '+',
	 "add KUBE-SVCLB-NO-LOCAL-MASQ 198.51.100.7,tcp:80"},
	/* a health check port is open at its own Service's load balancer IP alone */
	{"28-etp-local-lb-no-local", "ipset.txt", '+',
	 "add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"},
	{"46-ipv6-only", "ipset.txt", '+',
	 "add KUBE-6-SVCLB-HEALTH-CHECK 2001:db8:51::7,tcp:31234"},
	{"49-detect-local-interface-prefix", "ipset.txt", '+',
	 "add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"},
	{"67-mixed-ten-services", "ipset.txt", '+',
	 "add KUBE-SVCLB-HEALTH-CHECK 198.51.100.21,tcp:31021"},
	{"69-etp-local-local-not-ready", "ipset.txt", '+',
	 "add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"},
	{"81-update-etp-cluster-to-local/after", "ipset.txt", '+',
	 "add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"},
	/* forwarding for IPv6 Services */
	{"44-dual-stack", "sysctls.txt", '+', "net.ipv6.conf.all.forwarding=1"},
	{"46-ipv6-only", "sysctls.txt", '+', "net.ipv6.conf.all.forwarding=1"},
};

#define N_EXCEPTIONS (sizeof(exceptions) / sizeof(exceptions[0]))

/* ---- differences ---- */

static bool excepted(const char *dir, const char *file, char side, const char *line, int *hits)
{
	for (size_t i = 0; i < N_EXCEPTIONS; i++) {
		const struct exception *e = &exceptions[i];

		if (e->side == side && !strcmp(e->dir, dir) && !strcmp(e->file, file) &&
		    !strcmp(e->line, line)) {
			(*hits)++;
			return true;
		}
	}
	return false;
}

static int expected_hits(const char *dir, const char *file)
{
	int n = 0;

	for (size_t i = 0; i < N_EXCEPTIONS; i++)
		n += !strcmp(exceptions[i].dir, dir) && !strcmp(exceptions[i].file, file);
	return n;
}

/* Both as sets of lines. */
static void compare_sorted(const char *dir, const char *file, struct lines *ours,
			   struct lines *theirs)
{
	size_t i = 0;
	size_t k = 0;
	int bad = 0;
	int hits = 0;

	sort(ours);
	sort(theirs);
	while (i < ours->n || k < theirs->n) {
		int r = i == ours->n ? 1 : k == theirs->n ? -1 : strcmp(ours->v[i], theirs->v[k]);
		char side = r < 0 ? '+' : '-';
		const char *line = r < 0 ? ours->v[i] : k < theirs->n ? theirs->v[k] : "";

		i += r <= 0;
		k += r >= 0;
		if (!r || excepted(dir, file, side, line, &hits))
			continue;
		(void)fprintf(stderr, "%s/%s: %c %s\n", dir, file, side, line);
		bad++;
	}
	ck_assert_msg(!bad, "%s/%s: %d differences", dir, file, bad);
	ck_assert_msg(hits == expected_hits(dir, file), "%s/%s: an exception is not needed", dir,
		      file);
}

/* ---- what is compared ---- */

/* The ledger, and the other sets that only we have; what is in those is listed above. */
static char *not_ledger(char *line, const void *data)
{
	(void)data;
	if (strstr(line, "-SVCLB-OWNED "))
		return NULL;
	return strncmp(line, "create ", 7) || !strstr(line, "-SVCLB-") ? line : NULL;
}

/* "kube-ipvs0    inet 10.96.0.10/32 scope global …" */
static char *address_of(char *line, const void *data)
{
	char *p = strstr(line, " inet");

	(void)data;
	ck_assert_ptr_nonnull(p);
	p = strchr(p + 1, ' ') + 1;
	p[strcspn(p, " ")] = '\0';
	return p;
}

/* Our rules stand while their sets are empty, kube-proxy's mostly do not. */
static bool matches_empty_set(const char *line, const struct lines *ipset)
{
	const char *p = strstr(line, "--match-set ");
	char add[64];
	size_t n;

	if (!p)
		return false;
	p += strlen("--match-set ");
	n = (size_t)snprintf(add, sizeof(add), "add %.*s ", (int)strcspn(p, " "), p);
	for (size_t i = 0; i < ipset->n; i++)
		if (!strncmp(ipset->v[i], add, n))
			return false;
	return true;
}

/* An entry that only we have does not bring a rule that kube-proxy should have. */
static char *not_excepted(char *line, const void *dir)
{
	int hits = 0;

	return excepted(dir, "ipset.txt", '+', line, &hits) ? NULL : line;
}

/* kube-proxy opens a health check port at every address of the link. */
static bool opens_health_check(const char *line)
{
	return strstr(line, "-A KUBE-IPVS-FILTER ") && strstr(line, "-HEALTH-CHECK-NODE-PORT dst");
}

static char *effective_rule(char *line, const void *ipset)
{
	drop_comment(line);
	if (opens_health_check(line) || strstr(line, " -m physdev ") ||
	    matches_empty_set(line, ipset))
		return NULL;
	return line;
}

static void check_tables(const struct phase *p, const struct svclb_state *st, const char *file,
			 uint32_t format)
{
	struct lines our_sets = render(st, SVCLB_FORMAT_IPSET);
	struct lines their_sets = split(read_file(p->dir, "ipset.txt"));
	struct lines ours = render(st, format);
	struct lines theirs = split(read_file(p->dir, file));

	filter(&our_sets, not_excepted, p->dir);
	filter(&ours, effective_rule, &our_sets);
	filter(&theirs, effective_rule, &their_sets);
	ck_assert_uint_gt(theirs.n, 20);
	compare_ordered(p->dir, file, &ours, &theirs, same_text);
	lines_free(&our_sets);
	lines_free(&their_sets);
	lines_free(&ours);
	lines_free(&theirs);
}

static void check_lines(const struct phase *p, const struct svclb_state *st, const char *file,
			uint32_t format, char *(*keep_ours)(char *, const void *),
			char *(*keep_theirs)(char *, const void *))
{
	struct lines ours = render(st, format);
	struct lines theirs = split(read_file(p->dir, file));

	if (keep_ours)
		filter(&ours, keep_ours, NULL);
	if (keep_theirs)
		filter(&theirs, keep_theirs, NULL);
	compare_sorted(p->dir, file, &ours, &theirs);
	lines_free(&ours);
	lines_free(&theirs);
}

static size_t count_lines(const struct svclb_state *st, uint32_t format, const char *part)
{
	struct lines l = render(st, format);
	size_t n = 0;

	for (size_t i = 0; i < l.n; i++)
		n += strstr(l.v[i], part) != NULL;
	lines_free(&l);
	return n;
}

/* The ledger has an entry for each virtual server. */
static void check_ledger(const struct svclb_state *st)
{
	ck_assert_uint_eq(count_lines(st, SVCLB_FORMAT_IPVSADM, "-A "),
			  count_lines(st, SVCLB_FORMAT_IPSET, "SVCLB-OWNED ") -
				  count_lines(st, SVCLB_FORMAT_IPSET, "SVCLB-OWNED hash:"));
}

/* 0 leaves what the kernel has, which is this from the beginning. */
static void check_timeouts(const struct phase *p, const struct svclb_state *st)
{
	const struct ipvs_timeouts *t = &st->timeouts;
	char *theirs = read_file(p->dir, "ipvs-timeouts.txt");
	char ours[64];

	(void)snprintf(ours, sizeof(ours), "Timeout (tcp tcpfin udp): %u %u %u\n",
		       t->tcp_sec ? t->tcp_sec : 900, t->tcp_fin_sec ? t->tcp_fin_sec : 120,
		       t->udp_sec ? t->udp_sec : 300);
	ck_assert_str_eq(ours, theirs);
	free(theirs);
}

/* All that a state says of the link; the rest is the kernel's, and the lab's to compare. */
static void check_link(const struct phase *p, const struct svclb_state *st)
{
	struct lines theirs = split(read_file(p->dir, "link.txt"));

	ck_assert(st->link);
	ck_assert_uint_eq(theirs.n, 3);
	ck_assert_uint_eq(strcspn(theirs.v[0], ":"), strlen(st->link_name));
	ck_assert_int_eq(strncmp(theirs.v[0], st->link_name, strlen(st->link_name)), 0);
	ck_assert_int_eq(strncmp(theirs.v[2], "dummy ", 6), 0);
	lines_free(&theirs);
}

START_TEST(conforms)
{
	const struct phase *p = &phases[_i];
	struct svclb_state *st = desired(p, SVCLB_MODE_IPVS);

	check_lines(p, st, "ipvs.txt", SVCLB_FORMAT_IPVSADM, NULL, NULL);
	check_lines(p, st, "ipset.txt", SVCLB_FORMAT_IPSET, not_ledger, NULL);
	check_lines(p, st, "addrs.txt", SVCLB_FORMAT_ADDRESSES, NULL, address_of);
	check_lines(p, st, "sysctls.txt", SVCLB_FORMAT_SYSCTLS, NULL, sysctl_of);
	check_tables(p, st, "iptables.txt", SVCLB_FORMAT_IPTABLES);
	check_tables(p, st, "ip6tables.txt", SVCLB_FORMAT_IP6TABLES);
	check_timeouts(p, st);
	check_link(p, st);
	check_health(p, SVCLB_MODE_IPVS);
	check_ledger(st);
	svclb_state_unref(st);
}
END_TEST

START_TEST(all_vectors_are_there)
{
	ck_assert_int_eq(n_phases, 50);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conformance");
	TCase *t = tcase_create("conformance");
	SRunner *r;
	int failed;

	find_phases("");
	tcase_add_test(t, all_vectors_are_there);
	tcase_add_loop_test(t, conforms, 0, n_phases);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
