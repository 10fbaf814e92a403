/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vectors of tests/conformance: finding them, compiling their objects, comparing lines. */
#ifndef SVCLB_TESTS_VECTORS_H
#define SVCLB_TESTS_VECTORS_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <svclb/state.h>

#include "model/model.h"
#include "select/select.h"
#include "state/state.h"
#include "util/strbuf.h"

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

static bool exists(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", DATA_DIR, dir, name);
	return !stat(path, &st);
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

/* ---- lines ---- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void compare_ordered(const char *dir, const char *file, const struct lines *ours,
			    const struct lines *theirs, bool (*same)(const char *, const char *))
{
	for (size_t i = 0; i < ours->n && i < theirs->n; i++)
		ck_assert_msg(same(ours->v[i], theirs->v[i]), "%s/%s: \"%s\", not \"%s\"", dir,
			      file, ours->v[i], theirs->v[i]);
	ck_assert_msg(ours->n == theirs->n, "%s/%s: %zu lines, not %zu, from \"%s\" on", dir, file,
		      ours->n, theirs->n,
		      ours->n > theirs->n ? ours->v[theirs->n] : theirs->v[ours->n]);
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

/* ---- options and model ---- */

static bool ignored_key(const char *key)
{
	static const char *const keys[] = {"proxy-mode",  "pre-ipvs", "connect", "connect-pod",
					   "pod-address", "final",    NULL};

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

static struct svclb_options *load_options(const struct phase *p, uint32_t mode)
{
	struct lines l = split(read_file(p->config, "config"));
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
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

static struct svclb_model *complete_model(const struct phase *p, const struct svclb_options *o)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;
	char *text = read_file("", p->input);

	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	if (svclb_model_load(m, text, strlen(text), p->input, &err) < 0)
		fail_with("load", p->input, err);
	if (svclb_model_complete(m, o, &err) < 0)
		fail_with("complete", p->input, err);
	free(text);
	return m;
}

static struct svclb_state *desired(const struct phase *p, uint32_t mode)
{
	struct svclb_options *o = load_options(p, mode);
	struct svclb_model *m = complete_model(p, o);
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;

	if (svclb_compile(m, o, &st, &err) < 0)
		fail_with("compile", p->input, err);
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

/* ---- health checks ---- */

/* What kube-proxy would answer at the health check port of a Service; we answer nothing ourselves. */
static void add_health(struct strbuf *b, const struct svclb_selection *sel, const struct service *s)
{
	size_t n = selection_local_ready(sel, s);

	if (service_needs_health_check(s))
		strbuf_addf(b,
			    "port %u: HTTP %u { \"service\": { \"namespace\": \"%s\", \"name\": "
			    "\"%s\" }, \"localEndpoints\": %zu, \"serviceProxyHealthy\": true }\n",
			    (unsigned)s->health_check_node_port.v, n ? 200U : 503U, s->meta.ns.s,
			    s->meta.name.s, n);
}

static void check_health(const struct phase *p, uint32_t mode)
{
	bool any = exists(p->dir, "healthcheck.txt");
	struct lines theirs = split(any ? read_file(p->dir, "healthcheck.txt") : strdup(""));
	struct svclb_options *o = load_options(p, mode);
	struct svclb_model *m = complete_model(p, o);
	struct svclb_selection *sel = NULL;
	struct strbuf b = {0};
	struct lines ours;

	ck_assert_int_eq(select_endpoints(m, o, &sel, NULL), 0);
	for (size_t i = 0; i < m->objects.n; i++)
		if (m->objects.v[i]->kind == SVCLB_KIND_SERVICE)
			add_health(&b, sel, m->objects.v[i]->service);
	ours = split(strbuf_steal(&b));
	sort(&ours);
	sort(&theirs);
	compare_ordered(p->dir, "healthcheck.txt", &ours, &theirs, same_text);
	lines_free(&ours);
	lines_free(&theirs);
	selection_free(sel);
	svclb_model_unref(m);
	svclb_options_unref(o);
}

/* ---- finding the vectors ---- */

static void add_phase(const char *vector, const char *mode, const char *phase, const char *input)
{
	struct phase *p = &phases[n_phases];

	if (n_phases == MAX_PHASES || !exists(vector, input))
		return;
	n_phases++;
	(void)snprintf(p->dir, sizeof(p->dir), "%s%s%s%s%s", vector, *mode ? "/" : "", mode,
		       *phase ? "/" : "", phase);
	(void)snprintf(p->input, sizeof(p->input), "%s/%s", vector, input);
	(void)snprintf(p->config, sizeof(p->config), "%s", vector);
}

/* The last phase is that of a file which the settings name, or of the last one once connections ended. */
static void add_final(const char *vector, const char *mode)
{
	char input[100] = "after.yaml";
	char dumps[300];
	char line[300];
	FILE *config;

	(void)snprintf(dumps, sizeof(dumps), "%s%s%s", vector, *mode ? "/" : "", mode);
	if (!exists(dumps, "final"))
		return;
	(void)snprintf(line, sizeof(line), "%s/%s/config", DATA_DIR, vector);
	config = fopen(line, "r");
	while (config && fgets(line, sizeof(line), config))
		(void)sscanf(line, "final=%99s", input);
	if (config)
		(void)fclose(config);
	add_phase(vector, mode, "final", input);
}

static int is_vector(const struct dirent *d)
{
	return d->d_name[0] >= '0' && d->d_name[0] <= '9' && strlen(d->d_name) < 100;
}

/* mode is the folder of its dumps in each vector, "" for IPVS mode; not all vectors have others. */
static void find_phases(const char *mode)
{
	struct dirent **found = NULL;
	int n = scandir(DATA_DIR, &found, is_vector, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name;

		if (exists(name, mode)) {
			add_phase(name, mode, "", "input.yaml");
			add_phase(name, mode, "before", "before.yaml");
			add_phase(name, mode, "after", "after.yaml");
			add_final(name, mode);
		}
		free(found[i]);
	}
	free(found);
}

#endif
