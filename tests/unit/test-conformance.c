/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares desired states with what kube-proxy left in the kernel for the same objects. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <svclb/state.h>

#define DATA_DIR   SVCLB_TEST_DIR "/conformance"
#define MAX_PHASES 128
#define PATH_SIZE  512

/* A vector, or one phase of a vector with two. */
struct phase {
	char dir[256];	 /* of the dumps: "71-update-graceful-termination/after" */
	char input[256]; /* of the objects */
	char config[256];
};

static struct phase phases[MAX_PHASES];
static int n_phases;

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
	/* forwarding for IPv6 Services */
	{"44-dual-stack", "sysctls.txt", '+', "net.ipv6.conf.all.forwarding=1"},
	{"46-ipv6-only", "sysctls.txt", '+', "net.ipv6.conf.all.forwarding=1"},
};

#define N_EXCEPTIONS (sizeof(exceptions) / sizeof(exceptions[0]))

/* ---- text ---- */

static char *read_file(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	char *text;
	long size;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", DATA_DIR, dir, name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	ck_assert_int_ge(size, 0);
	rewind(f);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, f), (size_t)size);
	text[size] = '\0';
	(void)fclose(f); /* only read */
	return text;
}

struct lines {
	char **v;
	size_t n;
	char *text; /* what v points into */
};

/* Takes the text over. */
static struct lines split(char *text)
{
	struct lines l = {.text = text};
	size_t cap = 1;

	for (const char *p = text; *p; p++)
		cap += *p == '\n';
	l.v = calloc(cap + 1, sizeof(*l.v));
	ck_assert_ptr_nonnull(l.v);
	while (*text) {
		char *end = strchr(text, '\n');

		if (*text != '\n')
			l.v[l.n++] = text;
		if (!end)
			break;
		*end = '\0';
		text = end + 1;
	}
	return l;
}

static void lines_free(struct lines *l)
{
	free(l->v);
	free(l->text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct lines *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_text);
}

/* Keeps the lines that `keep` accepts; it may shorten a line or move its beginning. */
static void filter(struct lines *l, char *(*keep)(char *line, const void *data), const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		char *line = keep(l->v[i], data);

		if (line)
			l->v[kept++] = line;
	}
	l->n = kept;
}

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

static void compare_ordered(const char *dir, const char *file, const struct lines *ours,
			    const struct lines *theirs)
{
	for (size_t i = 0; i < ours->n && i < theirs->n; i++)
		ck_assert_msg(!strcmp(ours->v[i], theirs->v[i]), "%s/%s: \"%s\", not \"%s\"", dir,
			      file, ours->v[i], theirs->v[i]);
	ck_assert_msg(ours->n == theirs->n, "%s/%s: %zu lines, not %zu, from \"%s\" on", dir, file,
		      ours->n, theirs->n,
		      ours->n > theirs->n ? ours->v[theirs->n] : theirs->v[ours->n]);
}

/* ---- options and model ---- */

static bool ignored_key(const char *key)
{
	static const char *const keys[] = {"proxy-mode",  "pre-ipvs",	 "connect",
					   "connect-pod", "pod-address", NULL};

	for (int i = 0; keys[i]; i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static int add_address(struct svclb_options *o, char *value)
{
	char *addr = strchr(value, ' ');

	ck_assert_ptr_nonnull(addr);
	*addr++ = '\0';
	return svclb_options_add_node_address(o, addr, value);
}

static int set_option(struct svclb_options *o, const char *key, char *value)
{
	if (!strcmp(key, "node-name"))
		return svclb_options_set_node_name(o, value);
	if (!strcmp(key, "node-address"))
		return add_address(o, value);
	if (!strcmp(key, "cluster-cidr"))
		return svclb_options_set_cluster_cidrs(o, value);
	if (!strcmp(key, "masquerade-all"))
		return svclb_options_set_masquerade_all(o, !strcmp(value, "true"));
	if (!strcmp(key, "nodeport-addresses"))
		return svclb_options_set_node_port_addresses(o, value);
	if (!strcmp(key, "ipvs-scheduler"))
		return svclb_options_set_scheduler(o, value);
	if (!strcmp(key, "ipvs-strict-arp"))
		return svclb_options_set_strict_arp(o, !strcmp(value, "true"));
	if (!strcmp(key, "ipvs-exclude-cidrs"))
		return svclb_options_set_exclude_cidrs(o, value);
	if (!strcmp(key, "ipvs-tcpfin-timeout"))
		return svclb_options_set_ipvs_timeouts(o, 0, (uint32_t)atoi(value), 0);
	if (!strcmp(key, "iptables-masquerade-bit"))
		return svclb_options_set_masquerade_bit(o, (uint32_t)atoi(value));
	if (!strcmp(key, "detect-local-mode")) /* its argument has a line of its own */
		return strcmp(value, "InterfaceNamePrefix") ? -SVCLB_EINVAL : 0;
	if (!strcmp(key, "pod-interface-name-prefix"))
		return svclb_options_set_detect_local(o, SVCLB_DETECT_INTERFACE_NAME_PREFIX, value);
	return ignored_key(key) ? 0 : -SVCLB_EINVAL;
}

static struct svclb_options *load_options(const struct phase *p)
{
	struct lines l = split(read_file(p->config, "config"));
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	for (size_t i = 0; i < l.n; i++) {
		char *value = strchr(l.v[i], '=');

		if (l.v[i][0] == '#')
			continue;
		ck_assert_ptr_nonnull(value);
		*value++ = '\0';
		ck_assert_msg(!set_option(o, l.v[i], value), "%s: %s=%s", p->config, l.v[i], value);
	}
	lines_free(&l);
	return o;
}

static void fail_with(const char *what, const char *name, const struct svclb_error *err)
{
	char *text = NULL;

	(void)svclb_error_to_text(err, &text); /* NULL without memory */
	ck_abort_msg("%s %s: %s", what, name, text ? text : "?");
}

static struct svclb_state *desired(const struct phase *p)
{
	struct svclb_options *o = load_options(p);
	struct svclb_model *m = NULL;
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;
	char *text = read_file("", p->input);

	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	if (svclb_model_load(m, text, strlen(text), p->input, &err) < 0)
		fail_with("load", p->input, err);
	if (svclb_model_complete(m, o, &err) < 0)
		fail_with("complete", p->input, err);
	if (svclb_compile(m, o, &st, &err) < 0)
		fail_with("compile", p->input, err);
	free(text);
	svclb_model_unref(m);
	svclb_options_unref(o);
	return st;
}

static struct lines render(const struct svclb_state *st, uint32_t format)
{
	char *text = NULL;

	ck_assert_int_eq(svclb_state_to_text(st, format, &text, NULL), 0);
	return split(text);
}

/* ---- what is compared ---- */

static char *not_ledger(char *line, const void *data)
{
	(void)data;
	return strstr(line, "-SVCLB-OWNED ") ? NULL : line;
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

/* "net.ipv4.ip_forward=1 (was 0)"; those of conntrack are not part of the mode. */
static char *sysctl_of(char *line, const void *data)
{
	(void)data;
	line[strcspn(line, " ")] = '\0';
	return strstr(line, "nf_conntrack_") ? NULL : line;
}

static void drop_comment(char *line)
{
	static const char option[] = " -m comment --comment ";
	char *p = strstr(line, option);
	char *end;

	if (!p)
		return;
	end = p + sizeof(option) - 1;
	if (*end == '"')
		for (end++; *end && *end != '"'; end++)
			end += *end == '\\';
	end += strcspn(end, " ");
	memmove(p, end, strlen(end) + 1);
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

static char *effective_rule(char *line, const void *ipset)
{
	drop_comment(line);
	if (strstr(line, " -m physdev ") || matches_empty_set(line, ipset))
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
	compare_ordered(p->dir, file, &ours, &theirs);
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

START_TEST(conforms)
{
	const struct phase *p = &phases[_i];
	struct svclb_state *st = desired(p);

	check_lines(p, st, "ipvs.txt", SVCLB_FORMAT_IPVSADM, NULL, NULL);
	check_lines(p, st, "ipset.txt", SVCLB_FORMAT_IPSET, not_ledger, NULL);
	check_lines(p, st, "addrs.txt", SVCLB_FORMAT_ADDRESSES, NULL, address_of);
	check_lines(p, st, "sysctls.txt", SVCLB_FORMAT_SYSCTLS, NULL, sysctl_of);
	check_tables(p, st, "iptables.txt", SVCLB_FORMAT_IPTABLES);
	check_tables(p, st, "ip6tables.txt", SVCLB_FORMAT_IP6TABLES);
	check_ledger(st);
	svclb_state_unref(st);
}
END_TEST

START_TEST(all_vectors_are_there)
{
	ck_assert_int_eq(n_phases, 49);
}
END_TEST

/* ---- finding the vectors ---- */

static bool exists(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", DATA_DIR, dir, name);
	return !stat(path, &st);
}

static void add_phase(const char *vector, const char *phase, const char *input)
{
	struct phase *p = &phases[n_phases];

	if (n_phases == MAX_PHASES)
		return;
	n_phases++;
	(void)snprintf(p->dir, sizeof(p->dir), "%s%s%s", vector, *phase ? "/" : "", phase);
	(void)snprintf(p->input, sizeof(p->input), "%s/%s", vector, input);
	(void)snprintf(p->config, sizeof(p->config), "%s", vector);
}

static int is_vector(const struct dirent *d)
{
	return d->d_name[0] >= '0' && d->d_name[0] <= '9' && strlen(d->d_name) < 100;
}

static void find_phases(void)
{
	struct dirent **found = NULL;
	int n = scandir(DATA_DIR, &found, is_vector, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name;

		if (exists(name, "input.yaml"))
			add_phase(name, "", "input.yaml");
		if (exists(name, "before.yaml"))
			add_phase(name, "before", "before.yaml");
		if (exists(name, "after.yaml"))
			add_phase(name, "after", "after.yaml");
		free(found[i]);
	}
	free(found);
}

int main(void)
{
	Suite *s = suite_create("conformance");
	TCase *t = tcase_create("conformance");
	SRunner *r;
	int failed;

	find_phases();
	tcase_add_test(t, all_vectors_are_there);
	tcase_add_loop_test(t, conforms, 0, n_phases);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
