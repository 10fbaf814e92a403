/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The iptables backend on the running kernel, each test in a network namespace of its own. The
 * tools are the judge: iptables-legacy-restore writes what is then read, and iptables-legacy-save
 * prints what was written.
 */
#include "kernel/iptables.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/state.h"
#include "util/strbuf.h"

#define SKIPPED 77

/* ---- a commit that others get in the way of ---- */

static int commits;    /* done since the test began */
static int disturbed;  /* commits before which somebody appends a rule */
static bool half_done; /* commits take effect and report a failure */
static bool not_done;  /* they report one and do nothing */
static bool blind;     /* after a commit tables cannot be read */

struct xtc_handle *iptc_init(const char *table);

struct xtc_handle *iptc_init(const char *table)
{
	struct xtc_handle *(*real)(const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "iptc_init");
	if (!blind || !commits)
		return real(table);
	errno = ENOMEM;
	return NULL;
}

int iptc_commit(struct xtc_handle *h);

int iptc_commit(struct xtc_handle *h)
{
	int (*real)(struct xtc_handle *);
	int ok;

	*(void **)&real = dlsym(RTLD_NEXT, "iptc_commit");
	commits++;
	if (disturbed > 0) {
		disturbed--;
		if (system("iptables-legacy -t nat -A POSTROUTING -m comment --comment other"))
			_exit(1);
	}
	ok = not_done ? 0 : real(h);
	if (!half_done && !not_done)
		return ok;
	errno = EINVAL;
	return 0;
}

/* ---- the world of one test ---- */

static struct svclb_options opts;
static struct netns *ns;
static struct backend *backend;

static char *output_of(const char *command)
{
	struct strbuf b = {0};
	FILE *f = popen(command, "re");
	char line[1024];
	char *text;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#')
			strbuf_add(&b, line);
	ck_assert_msg(!pclose(f), "%s failed", command);
	text = strbuf_steal(&b);
	ck_assert_ptr_nonnull(text);
	return text;
}

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	ck_assert_int_lt(vsnprintf(command, sizeof(command), fmt, ap), (int)sizeof(command));
	va_end(ap);
	ck_assert_msg(!system(command), "%s failed", command);
}

static void feed(const char *command, const char *text)
{
	FILE *f = popen(command, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_msg(!pclose(f), "%s failed on:\n%s", command, text);
}

static const char sets[] = "create KUBE-CLUSTER-IP hash:ip,port\n"
			   "create KUBE-LOOP-BACK hash:ip,port,ip\n"
			   "create KUBE-LOAD-BALANCER hash:ip,port\n"
			   "create KUBE-SOURCES hash:ip,port,net\n"
			   "create KUBE-NODE-PORT-TCP bitmap:port range 0-65535\n"
			   "create KUBE-IPVS-IPS hash:ip\n"
			   "create KUBE-6-CLUSTER-IP hash:ip,port family inet6\n"
			   "create KUBE-6-LOOP-BACK hash:ip,port,ip family inet6\n"
			   "create KUBE-6-LOAD-BALANCER hash:ip,port family inet6\n"
			   "create KUBE-6-SOURCES hash:ip,port,net family inet6\n"
			   "create KUBE-6-NODE-PORT-TCP bitmap:port range 0-65535\n"
			   "create KUBE-6-IPVS-IPS hash:ip family inet6\n";

static void fresh_namespace(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	feed("ipset restore", sets);
}

static void open_backend(void)
{
	ck_assert_int_eq(netns_new(-1, &ns, NULL), 0);
	ck_assert_int_eq(iptables_backend_new(&opts, ns, &backend, NULL), 0);
}

static void close_backend(void)
{
	backend->ops->free(backend);
	netns_free(ns);
}

static void setup(void)
{
	memset(&opts, 0, sizeof(opts));
	strcpy(opts.prefix, "KUBE-");
	opts.ipv4 = true;
	opts.ipv6 = true;
	commits = disturbed = 0;
	half_done = not_done = blind = false;
	fresh_namespace();
	open_backend();
}

static void teardown(void)
{
	close_backend();
}

static struct svclb_state *read_state(void)
{
	struct svclb_state *st = state_new(&opts);
	struct svclb_error *err = NULL;
	int rc;

	ck_assert_ptr_nonnull(st);
	rc = backend->ops->read(backend, NULL, st, &err);
	ck_assert_msg(!rc, "%s", svclb_error_get_message(err));
	ck_assert_int_eq(state_seal(st, NULL), 0);
	return st;
}

static struct svclb_state *empty_state(void)
{
	struct svclb_state *st = state_new(&opts);

	ck_assert_ptr_nonnull(st);
	ck_assert_int_eq(state_seal(st, NULL), 0);
	return st;
}

static enum fate last_fate; /* of the step that was run last */

static int run_table(struct svclb_state *from, struct svclb_state *to, uint32_t index, bool undo,
		     struct svclb_error **reterr)
{
	struct svclb_step step = {
		.kind = STEP_TABLE, .op = STEP_CHANGE, .before = index, .after = index};
	const struct svclb_step *steps[] = {&step};
	struct svclb_plan plan = {.from = from, .to = to};
	enum fate before = undo ? FATE_DONE : FATE_UNDONE;
	enum fate fate = before;
	enum fate *done[] = {&fate};
	struct backend_run run = {&plan, steps, 1, undo, done};
	int rc = backend->ops->run(backend, &run, reterr);

	last_fate = fate;
	ck_assert((fate == before || fate == FATE_UNKNOWN) == (rc != 0));
	return rc;
}

static void run_tables(struct svclb_state *from, struct svclb_state *to, bool undo)
{
	for (uint32_t i = 0; i < 2 * TABLE_COUNT_; i++) {
		struct svclb_error *err = NULL;
		int rc = run_table(from, to, i, undo, &err);
		char *text = NULL;

		if (rc)
			(void)svclb_error_to_text(err, &text);
		ck_assert_msg(!rc, "table %u: %s", i, text);
	}
}

/* How many changes the table still needs to be as wanted. */
static size_t changes_left(uint8_t family, enum table table, const struct svclb_state *want)
{
	struct tc_table t;
	struct edits e = {0};
	struct edits back = {0};
	size_t n;

	ck_assert_int_eq(tc_open(&t, backend, family, table, NULL), 0);
	ck_assert_int_eq(edits_plan(&t, want, &e, &back, NULL), 0);
	n = e.v.n;
	edits_free(&e);
	edits_free(&back);
	tc_close(&t);
	return n;
}

/* ---- rules of both modes as the tools print them; @ is "6-" for IPv6 ---- */

static const char filter_text[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	":KUBE-FORWARD - [0:0]\n"
	":KUBE-IPVS-FILTER - [0:0]\n"
	":KUBE-NODE-PORT - [0:0]\n"
	":KUBE-PROXY-FIREWALL - [0:0]\n"
	":KUBE-SOURCE-RANGES-FIREWALL - [0:0]\n"
	"-A INPUT -m comment --comment \"only service ports\" -j KUBE-IPVS-FILTER\n"
	"-A INPUT -m comment --comment \"source ranges\" -j KUBE-PROXY-FIREWALL\n"
	"-A FORWARD -m comment --comment \"forwarded traffic\" -j KUBE-FORWARD\n"
	"-A KUBE-FORWARD -m comment --comment marked -m mark --mark 0x4000/0x4000 -j ACCEPT\n"
	"-A KUBE-FORWARD -m comment --comment known -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	"-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\n"
	"-A KUBE-IPVS-FILTER -m set --match-set KUBE-@LOAD-BALANCER dst,dst -j RETURN\n"
	"-A KUBE-IPVS-FILTER -m set --match-set KUBE-@CLUSTER-IP dst,dst -j RETURN\n"
	"-A KUBE-IPVS-FILTER -m set --match-set KUBE-@NODE-PORT-TCP dst -j RETURN\n"
	"-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-@IPVS-IPS dst -j REJECT --reject-with %s\n"
	"-A KUBE-NODE-PORT -p tcp -m comment --comment \"default/web:p health check\" -m tcp --dport 30001 -j ACCEPT\n"
	"-A KUBE-PROXY-FIREWALL -m comment --comment ranges -m set --match-set KUBE-@LOAD-BALANCER dst,dst -j KUBE-SOURCE-RANGES-FIREWALL\n"
	"-A KUBE-SOURCE-RANGES-FIREWALL -m comment --comment admitted -m set --match-set KUBE-@SOURCES dst,dst,src -j RETURN\n"
	"-A KUBE-SOURCE-RANGES-FIREWALL -j DROP\n"
	"COMMIT\n";

static const char nat_text[] =
	"*nat\n"
	":PREROUTING ACCEPT [0:0]\n"
	":INPUT ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	":POSTROUTING ACCEPT [0:0]\n"
	":KUBE-LOAD-BALANCER - [0:0]\n"
	":KUBE-MARK-MASQ - [0:0]\n"
	":KUBE-NODE-PORT - [0:0]\n"
	":KUBE-POSTROUTING - [0:0]\n"
	":KUBE-SERVICES - [0:0]\n"
	"-A PREROUTING -m comment --comment services -j KUBE-SERVICES\n"
	"-A OUTPUT -m comment --comment services -j KUBE-SERVICES\n"
	"-A POSTROUTING -m comment --comment masquerade -j KUBE-POSTROUTING\n"
	"-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ\n"
	"-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n"
	"-A KUBE-NODE-PORT -p tcp -m comment --comment port -m set --match-set KUBE-@NODE-PORT-TCP dst -j KUBE-MARK-MASQ\n"
	"-A KUBE-NODE-PORT -p udp -m udp --dport 53 -j DNAT --to-destination %s\n"
	"-A KUBE-NODE-PORT -p sctp -m sctp --dport 9 -j RETURN\n"
	"-A KUBE-NODE-PORT -p tcp -m tcp ! --dport 9 -j RETURN\n"
	"-A KUBE-NODE-PORT -m statistic --mode random --probability 0.33333333349 -j KUBE-LOAD-BALANCER\n"
	"-A KUBE-NODE-PORT -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-A --mask %s --rsource -j RETURN\n"
	"-A KUBE-NODE-PORT -p tcp -m recent --set --name KUBE-SEP-A --mask %s --rsource\n"
	"-A KUBE-POSTROUTING -m comment --comment \"to itself\" -m set --match-set KUBE-@LOOP-BACK dst,dst,src -j MASQUERADE\n"
	"-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n"
	"-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n"
	"-A KUBE-POSTROUTING -m comment --comment \"marked traffic\" -j MASQUERADE --random-fully\n"
	"-A KUBE-SERVICES -s %s -j RETURN\n"
	"-A KUBE-SERVICES ! -s %s -m set --match-set KUBE-@CLUSTER-IP dst,dst -j KUBE-MARK-MASQ\n"
	"-A KUBE-SERVICES ! -i cbr0 -m set --match-set KUBE-@CLUSTER-IP src,dst -j KUBE-MARK-MASQ\n"
	"-A KUBE-SERVICES ! -i veth+ -o eth0 -m set ! --match-set KUBE-@CLUSTER-IP dst,dst -j KUBE-MARK-MASQ\n"
	"-A KUBE-SERVICES -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT\n"
	"-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT\n"
	"COMMIT\n";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* The text for a family; the caller frees it. */
static char *text_of(const char *fmt, uint8_t family)
{
	bool v6 = family == 6;
	const char *mask = v6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255";
	struct strbuf raw = {0};
	struct strbuf b = {0};
	char *s;
	char *ret;

	if (fmt == filter_text)
		strbuf_addf(&raw, fmt, v6 ? "icmp6-port-unreachable" : "icmp-port-unreachable");
	else
		strbuf_addf(&raw, fmt, v6 ? "[fd00::1]:5353" : "10.180.0.1:5353", mask, mask,
			    v6 ? "::1/128" : "127.0.0.0/8", v6 ? "fd00:1::/64" : "10.244.0.0/16");
	s = strbuf_steal(&raw);
	ck_assert_ptr_nonnull(s);
	for (const char *p = s; *p; p++)
		if (*p != '@')
			strbuf_addc(&b, *p);
		else if (v6)
			strbuf_add(&b, "6-");
	free(s);
	ret = strbuf_steal(&b);
	ck_assert_ptr_nonnull(ret);
	return ret;
}
#pragma GCC diagnostic pop

static const char *tool(uint8_t family, const char *verb)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "ip%stables-legacy%s", family == 6 ? "6" : "", verb);
	return buf;
}

static void restore(uint8_t family)
{
	char *filter = text_of(filter_text, family);
	char *nat = text_of(nat_text, family);

	feed(tool(family, "-restore"), filter);
	feed(tool(family, "-restore"), nat);
	free(filter);
	free(nat);
}

static char *save(uint8_t family, const char *table, bool counters)
{
	char command[128];

	snprintf(command, sizeof(command), "%s -t %s%s", tool(family, "-save"), table,
		 counters ? " -c" : "");
	return output_of(command);
}

static void expect(uint8_t family, const char *table, const char *fmt)
{
	char *want = text_of(fmt, family);
	char *is = save(family, table, false);

	ck_assert_str_eq(is, want);
	free(want);
	free(is);
}

/* The state the texts stand for, as read in a namespace of its own; a fresh one follows. */
static struct svclb_state *wanted(void)
{
	struct svclb_state *st;

	restore(4);
	restore(6);
	st = read_state();
	close_backend();
	fresh_namespace();
	open_backend();
	return st;
}

/* ---- tests ---- */

START_TEST(reads_what_the_tools_wrote)
{
	struct svclb_state *st;
	struct strbuf b = {0};
	char *filter = text_of(filter_text, 4);
	char *nat = text_of(nat_text, 4);

	restore(4);
	st = read_state();
	ck_assert_uint_eq(st->chains.n, 15);
	for (size_t c = 0; c < st->chains.n; c++)
		for (uint32_t i = 0; i < st->chains.v[c].rule_count; i++) {
			const struct rule *r = &st->rules.v[st->chains.v[c].rule_first + i];
			char *line;

			rule_text(&b, st, &st->chains.v[c], r);
			strbuf_add(&b, "\n");
			line = strbuf_steal(&b);
			ck_assert_msg(!r->opaque, "opaque: %s", line);
			ck_assert_msg(strstr(filter, line) || strstr(nat, line), "%s", line);
			free(line);
		}
	free(filter);
	free(nat);
	svclb_state_unref(st);
}
END_TEST

START_TEST(writes_what_the_tools_would)
{
	struct svclb_state *from = empty_state();
	struct svclb_state *to = wanted();

	run_tables(from, to, false);
	expect(4, "filter", filter_text);
	expect(4, "nat", nat_text);
	expect(6, "filter", filter_text);
	expect(6, "nat", nat_text);
	ck_assert_int_eq(commits, 2);
	run_tables(from, to, false);
	ck_assert_int_eq(commits, 2);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

START_TEST(what_the_tools_wrote_needs_no_change)
{
	struct svclb_state *to = wanted();

	restore(4);
	restore(6);
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		ck_assert_uint_eq(changes_left(family, TABLE_NAT, to), 0);
		ck_assert_uint_eq(changes_left(family, TABLE_FILTER, to), 0);
	}
	svclb_state_unref(to);
}
END_TEST

static const char foreign_rules[] =
	"*nat\n"
	":PREROUTING ACCEPT [5:500]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
	":MINE - [0:0]\n"
	"[7:700] -A PREROUTING -d 10.9.9.9/32 -p tcp -m tcp --dport 80 -j MINE\n"
	"[8:800] -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\n"
	"[9:900] -A MINE -p tcp -j DNAT --to-destination 10.1.1.1:8080\n"
	"[3:300] -A MINE -m limit --limit 5/sec -g OTHER\n"
	"COMMIT\n";

static void add_foreign(void)
{
	shell("iptables-legacy -t nat -N OTHER");
	feed("iptables-legacy-restore -c --noflush", foreign_rules);
}

START_TEST(leaves_foreign_rules_alone)
{
	struct svclb_state *from = empty_state();
	struct svclb_state *to = wanted();
	char *before;
	char *during;
	char *after;

	add_foreign();
	before = save(4, "nat", true);
	run_tables(from, to, false);
	during = save(4, "nat", true);
	ck_assert_ptr_nonnull(strstr(during, "[9:900] -A MINE -p tcp -j DNAT"));
	ck_assert_ptr_nonnull(strstr(during, "[3:300] -A MINE -m limit --limit 5/sec -g OTHER"));
	ck_assert_ptr_nonnull(strstr(during, "-j KUBE-SERVICES\n[7:700] -A PREROUTING -d"));
	ck_assert_ptr_nonnull(strstr(during, "-j KUBE-POSTROUTING\n[8:800] -A POSTROUTING"));
	run_tables(from, to, true);
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	free(before);
	free(during);
	free(after);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

/* Takes out one rule in the middle of a chain, so that only this chain is written. */
static struct svclb_state *without_rule(struct svclb_state *st, const char *chain, uint32_t skip)
{
	struct svclb_state *ret = state_new(&opts);

	ck_assert_ptr_nonnull(ret);
	for (size_t c = 0; c < st->chains.n; c++) {
		const struct chain *from = &st->chains.v[c];
		int64_t to = state_add_chain(ret, from);

		ck_assert_int_ge(to, 0);
		for (uint32_t i = 0; i < from->rule_count; i++) {
			struct rule r = st->rules.v[from->rule_first + i];

			if (i == skip && !strcmp(from->name, chain))
				continue;
			r.chain = (uint32_t)to;
			ck_assert_int_ge(state_add_rule(ret, &r, st->matches.v + r.match_first,
							r.match_count),
					 0);
		}
	}
	ck_assert_int_eq(state_seal(ret, NULL), 0);
	return ret;
}

START_TEST(undo_brings_back_everything)
{
	struct svclb_state *to = wanted();
	struct svclb_state *from;
	struct svclb_state *less;
	char *before;
	char *after;

	restore(4);
	shell("iptables-legacy -t nat -I PREROUTING 1 -m comment --comment other");
	shell("iptables-legacy -t nat -I KUBE-MARK-MASQ 1 -c 4 400 -m limit --limit 3/sec");
	shell("iptables-legacy -t nat -A OUTPUT -c 5 500 -m comment --comment old -j KUBE-SERVICES");
	shell("iptables-legacy -t nat -A OUTPUT -c 6 600 -s 10.7.7.7 -j KUBE-SERVICES");
	shell("iptables-legacy -t nat -A PREROUTING -g KUBE-SERVICES");
	shell("iptables-legacy -t nat -E KUBE-LOAD-BALANCER OWN-NAME");
	before = save(4, "nat", true);
	from = read_state();
	less = without_rule(to, "KUBE-SERVICES", 2);
	run_tables(from, less, false);
	ck_assert_uint_eq(changes_left(4, TABLE_NAT, less), 0);
	ck_assert_uint_gt(changes_left(4, TABLE_NAT, to), 0);
	run_tables(from, less, true);
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	svclb_state_unref(from);
	svclb_state_unref(less);
	svclb_state_unref(to);
}
END_TEST

START_TEST(undo_from_the_states_alone)
{
	struct svclb_state *from = empty_state();
	struct svclb_state *to = wanted();

	restore(4);
	restore(6);
	run_tables(to, from, true); /* back to "to", without having gone forward */
	expect(4, "nat", nat_text);
	run_tables(from, to, true); /* back to nothing */
	close_backend();
	open_backend();
	run_tables(to, from, true);
	expect(4, "nat", nat_text);
	expect(6, "filter", filter_text);
	svclb_state_unref(from);
	svclb_state_unref(to);
}
END_TEST

START_TEST(deleting_leaves_nothing)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	char *before;
	char *after;

	add_foreign();
	before = save(4, "nat", true);
	run_tables(none, to, false);
	run_tables(to, none, false);
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

START_TEST(unchanged_chains_keep_their_counters)
{
	struct svclb_state *to = wanted();
	struct svclb_state *less = without_rule(to, "KUBE-SERVICES", 2);
	char *after;

	restore(4);
	shell("iptables-legacy -t nat -R KUBE-MARK-MASQ 1 -c 6 600 -j MARK --set-xmark 0x4000/0x4000");
	run_tables(to, less, false);
	after = save(4, "nat", true);
	ck_assert_ptr_nonnull(strstr(after, "[6:600] -A KUBE-MARK-MASQ"));
	free(after);
	svclb_state_unref(less);
	svclb_state_unref(to);
}
END_TEST

START_TEST(jumps_stay_or_come_in_order)
{
	struct svclb_state *to = wanted();
	char *is;

	restore(4);
	shell("iptables-legacy -I INPUT 1 -c 1 100 -s 10.0.0.1 -j ACCEPT"); /* before both */
	shell("iptables-legacy -I INPUT 3 -c 1 100 -s 10.0.0.2 -j ACCEPT"); /* between them */
	shell("iptables-legacy -D INPUT -m comment --comment 'only service ports' -j KUBE-IPVS-FILTER");
	run_tables(to, to, false);
	is = output_of("iptables-legacy -S INPUT | cut -d' ' -f3-5,8-");
	ck_assert_ptr_nonnull(
		strstr(is, "-j KUBE-IPVS-FILTER\n-s 10.0.0.1/32 -j\n-s 10.0.0.2/32 -j\n"));
	free(is);
	ck_assert_uint_eq(changes_left(4, TABLE_FILTER, to), 0);
	shell("iptables-legacy -D INPUT -m comment --comment 'source ranges' -j KUBE-PROXY-FIREWALL");
	shell("iptables-legacy -A INPUT -m comment --comment 'only service ports' -j KUBE-IPVS-FILTER");
	run_tables(to, to, false);
	ck_assert_uint_eq(changes_left(4, TABLE_FILTER, to), 0);
	is = output_of("iptables-legacy -S INPUT | grep -c KUBE");
	ck_assert_str_eq(is, "2\n");
	free(is);
	svclb_state_unref(to);
}
END_TEST

START_TEST(others_change_the_table_meanwhile)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	struct svclb_error *err = NULL;
	char *is;

	disturbed = 3;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), false, NULL), 0);
	ck_assert_int_eq(commits, 4);
	ck_assert_uint_eq(changes_left(4, TABLE_NAT, to), 0);
	is = output_of("iptables-legacy -t nat -S POSTROUTING | grep -c other");
	ck_assert_str_eq(is, "3\n");
	free(is);
	disturbed = 1;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), true, NULL), 0);
	disturbed = 1000;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), false, &err),
			 -SVCLB_EAGAIN);
	ck_assert_str_eq(svclb_error_get_object(err), "IPv4 table nat");
	ck_assert_int_eq(last_fate, FATE_UNDONE);
	svclb_error_unref(err);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

START_TEST(commit_that_worked_and_says_it_failed)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();

	half_done = true;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), false, NULL), 0);
	ck_assert_int_eq(commits, 1);
	expect(4, "nat", nat_text);
	/* it is known how to put back what took effect */
	half_done = false;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), true, NULL), 0);
	ck_assert_uint_eq(changes_left(4, TABLE_NAT, none), 0);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

/* Whether it took effect or not: what nobody can look at is not known, and is put back later. */
START_TEST(commit_that_nobody_can_look_at)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	struct svclb_state *less = without_rule(to, "KUBE-SERVICES", 2);
	char *before;
	char *after;

	run_tables(none, to, false);
	shell("iptables-legacy -t nat -R KUBE-MARK-MASQ 1 -c 6 600 -j MARK --set-xmark 0x4000/0x4000");
	before = save(4, "nat", true);
	commits = 0;
	half_done = !_i;
	not_done = _i;
	blind = true;
	ck_assert_int_eq(run_table(to, less, table_index(4, TABLE_NAT), false, NULL),
			 -SVCLB_ENOMEM);
	ck_assert_int_eq(commits, 1);
	ck_assert_int_eq(last_fate, FATE_UNKNOWN);
	half_done = not_done = blind = false;
	ck_assert_uint_eq(changes_left(4, TABLE_NAT, _i ? to : less), 0);
	ck_assert_int_eq(run_table(to, less, table_index(4, TABLE_NAT), true, NULL), 0);
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	svclb_state_unref(less);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

/* Others kept changing the table, or the kernel refused a rule: it is as it was, and that is known. */
START_TEST(commit_that_did_nothing_is_undone)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();

	not_done = true;
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), false, NULL),
			 -SVCLB_EKERNEL);
	ck_assert_int_eq(commits, 1);
	ck_assert_int_eq(last_fate, FATE_UNDONE);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

/* Jumps in the form of ours and of kube-proxy are ours, whatever their comment says. */
START_TEST(jumps_in_our_form_are_ours)
{
	static const char *const rules[] = {
		"-m comment --comment 'kubernetes service portals'",
		"-m conntrack --ctstate NEW -m comment --comment portals",
		"-m comment --comment portals -m conntrack --ctstate NEW",
	};
	struct svclb_state *to = wanted();
	char command[256];
	char *is;

	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		const char *tool = family == 6 ? "ip6tables-legacy" : "iptables-legacy";

		restore(family);
		for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
			shell("%s -t nat -A OUTPUT %s -j KUBE-SERVICES", tool, rules[i]);
		}
		ck_assert_uint_gt(changes_left(family, TABLE_NAT, to), 0);
		ck_assert_int_eq(run_table(to, to, table_index(family, TABLE_NAT), false, NULL), 0);
		(void)snprintf(command, sizeof(command), "%s -t nat -S OUTPUT | grep -c KUBE",
			       tool);
		is = output_of(command);
		ck_assert_str_eq(is, "1\n");
		free(is);
	}
	svclb_state_unref(to);
}
END_TEST

/* Others may jump to our chains: such a jump has matches of its own, or no comment. It stays, and is
 * said to be in the way where its chain is to go. */
START_TEST(jumps_of_others_stay)
{
	static const char *const rules[] = {
		"-j KUBE-SERVICES",
		"-s 10.0.0.0/8 -m comment --comment mine -j KUBE-SERVICES",
		"! -d 10.0.0.0/8 -m comment --comment mine -j KUBE-SERVICES",
		"-o eth+ -m comment --comment mine -j KUBE-SERVICES",
		"-p tcp -m comment --comment mine -j KUBE-SERVICES",
		"-m comment --comment mine -g KUBE-SERVICES",
		"-m comment --comment mine -m mark --mark 1 -j KUBE-SERVICES",
		"-m comment --comment mine -m conntrack --ctstate INVALID -j KUBE-SERVICES",
		"-m comment --comment mine -m conntrack ! --ctstate NEW -j KUBE-SERVICES",
		"-m comment --comment mine -m comment --comment yours -j KUBE-SERVICES",
		"-m conntrack --ctstate NEW -j KUBE-SERVICES",
	};
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	struct svclb_state *now;
	struct svclb_error *err = NULL;
	char *before;
	char *after;

	restore(4);
	shell("iptables-legacy -t nat -A OUTPUT %s", rules[_i]);
	before = save(4, "nat", true);
	ck_assert_uint_eq(changes_left(4, TABLE_NAT, to), 0);
	now = read_state();
	ck_assert_uint_eq(now->foreign_uses.n, 1);
	ck_assert_str_eq(now->foreign_uses.v[0].chain, "OUTPUT");
	ck_assert_str_eq(now->foreign_uses.v[0].name, "KUBE-SERVICES");
	ck_assert_uint_eq(now->foreign_uses.v[0].position, 2);
	ck_assert_int_eq(run_table(to, none, table_index(4, TABLE_NAT), false, &err),
			 -SVCLB_ECONFLICT);
	svclb_error_unref(err);
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	svclb_state_unref(now);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

/* Rules by which another owner may keep the network out of 127.0.0.0/8, and whether they do. */
static const struct {
	const char *rules;
	bool guard;
} guards[] = {
	{"-N OTHER-SVCLB-LOCALNET\n-A OTHER-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n"
	 "-A INPUT -m comment --comment x -j OTHER-SVCLB-LOCALNET\n",
	 true},
	{"-N OTHER-SVCLB-LOCALNET\n-A INPUT -m comment --comment x -j OTHER-SVCLB-LOCALNET\n",
	 false},
	{"-N OTHER-SVCLB-LOCALNET\n-A OTHER-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n", false},
	{"-N OTHER-SVCLB-LOCALNET\n-A OTHER-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n"
	 "-A INPUT -s 10.0.0.0/8 -m comment --comment x -j OTHER-SVCLB-LOCALNET\n",
	 false},
	{"-N OTHER-SVCLB-LOCALNET\n-A OTHER-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n"
	 "-A OUTPUT -m comment --comment x -j OTHER-SVCLB-LOCALNET\n",
	 false},
	{"-N A-SVCLB-LOCALNET\n-N B-SVCLB-LOCALNET\n-A A-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n"
	 "-A INPUT -m comment --comment x -j A-SVCLB-LOCALNET\n"
	 "-A INPUT -m comment --comment x -j B-SVCLB-LOCALNET\n",
	 true},
	{"-N KUBE-SVCLB-LOCALNET\n-A KUBE-SVCLB-LOCALNET -d 127.0.0.0/8 -j DROP\n"
	 "-A INPUT -m comment --comment x -j KUBE-SVCLB-LOCALNET\n",
	 false},
};

START_TEST(guard_of_another_owner)
{
	struct svclb_state *st;
	char text[512];

	(void)snprintf(text, sizeof(text), "*filter\n%s-A INPUT -j ACCEPT\nCOMMIT\n",
		       guards[_i].rules);
	feed("iptables-legacy-restore -n", text);
	st = read_state();
	ck_assert(st->other_guard == guards[_i].guard);
	svclb_state_unref(st);
}
END_TEST

START_TEST(chain_that_others_use)
{
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	struct svclb_error *err = NULL;
	char *before;
	char *after;

	run_tables(none, to, false);
	shell("iptables-legacy -t nat -N MINE");
	shell("iptables-legacy -t nat -A MINE -j KUBE-MARK-MASQ");
	before = save(4, "nat", true);
	ck_assert_int_eq(run_table(to, none, table_index(4, TABLE_NAT), false, &err),
			 -SVCLB_ECONFLICT);
	ck_assert_str_eq(svclb_error_get_object(err), "IPv4 table nat chain KUBE-MARK-MASQ");
	after = save(4, "nat", true);
	ck_assert_str_eq(before, after);
	svclb_error_unref(err);
	free(before);
	free(after);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

START_TEST(unsuitable_sets)
{
	static const struct {
		const char *instead;
		int code;
		const char *says;
	} cases[] = {
		{NULL, SVCLB_EKERNEL, "set KUBE-CLUSTER-IP"},
		{"hash:ip,port family inet6", SVCLB_ECONFLICT, "IPv6"},
		{"hash:ip,port,ip", SVCLB_ECONFLICT, "hash:ip,port,ip"},
		{"bitmap:port range 0-65535", SVCLB_ECONFLICT, "bitmap:port"},
	};
	struct svclb_state *none = empty_state();
	struct svclb_state *to = wanted();
	struct svclb_error *err = NULL;
	char *is;

	shell("ipset destroy KUBE-CLUSTER-IP");
	if (cases[_i].instead)
		shell("ipset create KUBE-CLUSTER-IP %s", cases[_i].instead);
	ck_assert_int_eq(run_table(none, to, table_index(4, TABLE_NAT), false, &err),
			 -cases[_i].code);
	ck_assert_msg(strstr(svclb_error_get_message(err), cases[_i].says) != NULL, "%s",
		      svclb_error_get_message(err));
	is = save(4, "nat", false);
	ck_assert_ptr_null(strstr(is, "KUBE"));
	free(is);
	svclb_error_unref(err);
	svclb_state_unref(none);
	svclb_state_unref(to);
}
END_TEST

START_TEST(reading_makes_no_tables)
{
	struct svclb_state *none = read_state();
	char *names;

	run_tables(none, none, false);
	names = output_of("cat /proc/net/ip_tables_names /proc/net/ip6_tables_names");
	ck_assert_str_eq(names, "");
	free(names);
	svclb_state_unref(none);
}
END_TEST

START_TEST(probe_finds_all_here)
{
	struct svclb_state *to = wanted();
	struct problems missing = {0};

	ck_assert_int_eq(backend->ops->probe(backend, to, &missing, NULL), 0);
	ck_assert_uint_eq(missing.count, 0);
	svclb_state_unref(to);
}
END_TEST

START_TEST(probe_names_what_is_missing)
{
	struct svclb_state *to = wanted();
	struct match *m = &to->matches.v[0];
	struct problems missing = {0};
	bool ipvs = !system("grep -q '^ipvs$' /proc/net/ip_tables_matches");

	for (size_t i = 0; i < to->matches.n; i++)
		to->matches.v[i].type = MATCH_IPVS;
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(backend->ops->probe(backend, to, &missing, NULL), 0);
	if (!ipvs) {
		ck_assert_uint_eq(missing.count, 2);
		ck_assert_str_eq(svclb_error_get_message(missing.first),
				 "the kernel lacks IPv4 match ipvs revision 0 (xt_ipvs)");
	}
	problems_free(&missing);
	svclb_state_unref(to);
}
END_TEST

START_TEST(without_privileges)
{
	struct svclb_state *to = wanted();
	struct svclb_state *st = state_new(&opts);
	struct problems missing = {0};
	struct svclb_error *err = NULL;

	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	ck_assert_int_eq(backend->ops->probe(backend, to, &missing, &err), -SVCLB_EPERM);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "CAP_NET_RAW"));
	err = svclb_error_unref(err);
	ck_assert_int_eq(backend->ops->read(backend, NULL, st, &err), -SVCLB_EPERM);
	svclb_error_unref(err);
	svclb_state_unref(st);
	svclb_state_unref(to);
}
END_TEST

/* Why nothing can be tested here, or NULL. Asked in a child, which may change its namespace. */
static const char *obstacle(void)
{
	static const char *const reasons[] = {NULL, "no permission for a network namespace",
					      "no iptables-legacy or no ipset",
					      "no legacy tables or no sets in this kernel"};
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return "cannot fork";
	if (!pid) {
		if (unshare(CLONE_NEWNET))
			_exit(1);
		if (system("{ command -v iptables-legacy && command -v ipset; } >/dev/null"))
			_exit(2);
		_exit(system("{ iptables-legacy -t nat -S && ip6tables-legacy -t nat -S && ipset list; } >/dev/null 2>&1")
			      ? 3
			      : 0);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 3)
		return "cannot tell what is possible here";
	return reasons[WEXITSTATUS(status)];
}

int main(void)
{
	const char *why = obstacle();
	Suite *s;
	TCase *t;
	SRunner *r;
	int failed;

	if (why) {
		printf("SKIP: %s\n", why);
		return SKIPPED;
	}
	s = suite_create("iptables");
	t = tcase_create("kernel");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, reads_what_the_tools_wrote);
	tcase_add_test(t, writes_what_the_tools_would);
	tcase_add_test(t, what_the_tools_wrote_needs_no_change);
	tcase_add_test(t, leaves_foreign_rules_alone);
	tcase_add_test(t, undo_brings_back_everything);
	tcase_add_test(t, undo_from_the_states_alone);
	tcase_add_test(t, deleting_leaves_nothing);
	tcase_add_test(t, unchanged_chains_keep_their_counters);
	tcase_add_test(t, jumps_stay_or_come_in_order);
	tcase_add_test(t, others_change_the_table_meanwhile);
	tcase_add_test(t, commit_that_worked_and_says_it_failed);
	tcase_add_loop_test(t, commit_that_nobody_can_look_at, 0, 2);
	tcase_add_test(t, commit_that_did_nothing_is_undone);
	tcase_add_test(t, chain_that_others_use);
	tcase_add_test(t, jumps_in_our_form_are_ours);
	tcase_add_loop_test(t, guard_of_another_owner, 0,
			    (int)(sizeof(guards) / sizeof(guards[0])));
	tcase_add_loop_test(t, jumps_of_others_stay, 0, 11);
	tcase_add_loop_test(t, unsuitable_sets, 0, 4);
	tcase_add_test(t, reading_makes_no_tables);
	tcase_add_test(t, probe_finds_all_here);
	tcase_add_test(t, probe_names_what_is_missing);
	tcase_add_test(t, without_privileges);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
