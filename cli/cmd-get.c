/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl get: which kinds, which names, and the forms of output they share. */
#include "commands.h"
#include "get.h"

/* What "all" stands for. */
static const enum thing all_things[] = {THING_NODE, THING_POD, THING_SERVICE, THING_ENDPOINTS,
					THING_PLAIN};

bool get_wanted(struct get *g, const char *ns, const char *name)
{
	const struct cli *c = g->cli;
	bool named = !g->names.n;

	if (*ns && !c->all_namespaces && strcmp(ns, cli_namespace(c)))
		return false;
	for (size_t i = 0; i < g->names.n; i++)
		named |= !strcmp(g->names.v[i], name);
	if (named && g->names.n)
		list_add_unique(&g->found, name);
	g->shown += named;
	return named;
}

static void with_namespace(struct get *g, const char *ns, const char *const *cells)
{
	const char *row[COLUMNS_MAX + 1] = {0};
	size_t n = 0;

	if (g->cli->all_namespaces)
		row[n++] = ns;
	while (*cells && n < g->table.columns)
		row[n++] = *cells++;
	table_cells(&g->table, row);
}

void get_headers(struct get *g, const char *const *cells)
{
	size_t n = g->cli->all_namespaces;

	for (const char *const *p = cells; *p; p++)
		n++;
	g->table = (struct table){.columns = n, .headers = 1};
	with_namespace(g, "NAMESPACE", cells);
}

void get_cells(struct get *g, const char *ns, const char *const *cells)
{
	with_namespace(g, ns, cells);
}

char *get_name(const struct get *g, const struct kind *k, const char *name)
{
	return g->several ? xasprintf("%s/%s", k->singular, name) : xstrdup(name);
}

void get_item_doc(struct get *g, struct doc *d)
{
	autotext struct text t = {0};

	doc_take(d, &t);
	list_add(&g->items, text_get(&t));
}

int get_item_object(struct get *g, const struct svclb_object *obj)
{
	autolib char *text = NULL;
	int r = g->cli->output == OUT_YAML ? svclb_object_to_yaml(obj, &text)
					   : svclb_object_to_json(obj, &text);

	if (r < 0)
		return fail(g->cli, exit_of_code(r), "%s: out of memory",
			    svclb_object_get_name(obj));
	list_add(&g->items, text);
	return EXIT_DONE;
}

void get_item_name(struct get *g, const struct kind *k, const char *name)
{
	autofree char *item = xasprintf("%s/%s", k->singular, name);

	list_add(&g->items, item);
}

enum doc_format get_doc_format(const struct get *g)
{
	return g->cli->output == OUT_YAML ? DOC_YAML : DOC_JSON;
}

static void print_yaml_item(const char *item)
{
	const char *before = "- ";
	const char *end;

	for (; *item; item = *end ? end + 1 : end) {
		end = strchrnul(item, '\n');
		if (!strncmp(item, "---", 3))
			continue;
		printf("%s%.*s\n", before, (int)(end - item), item);
		before = "  ";
	}
}

static void print_json_list(const struct get *g)
{
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_str(&d, "apiVersion", "v1");
	doc_str(&d, "kind", "List");
	doc_array(&d, "items");
	for (size_t i = 0; i < g->items.n; i++)
		doc_raw(&d, NULL, g->items.v[i]);
	doc_end(&d);
	doc_end(&d);
	doc_print(&d);
}

static void print_items(struct get *g)
{
	bool one = g->names.n == 1 && g->items.n == 1 && !g->several;

	if (g->cli->output == OUT_NAME || one) {
		for (size_t i = 0; i < g->items.n; i++) {
			size_t n = strlen(g->items.v[i]);

			printf("%s%s", g->items.v[i],
			       n && g->items.v[i][n - 1] == '\n' ? "" : "\n");
		}
	} else if (g->cli->output == OUT_JSON) {
		print_json_list(g);
	} else {
		printf("apiVersion: v1\nkind: List\nitems:%s\n", g->items.n ? "" : " []");
		for (size_t i = 0; i < g->items.n; i++)
			print_yaml_item(g->items.v[i]);
	}
}

static int get_kind(struct get *g, const struct kind *k)
{
	switch (k->thing) {
	case THING_ENDPOINTS:
		return get_endpoints(g, k);
	case THING_VIRTUAL_SERVER:
		return get_virtual_servers(g, k);
	case THING_REAL_SERVER:
		return get_real_servers(g, k);
	default:
		return get_objects(g, k);
	}
}

static bool tabular(const struct cli *c)
{
	return c->output == OUT_DEFAULT || c->output == OUT_TABLE || c->output == OUT_WIDE;
}

static int get_and_print(struct get *g, const struct kind *k)
{
	static const char between[] = "\n";
	size_t before = g->shown;
	int rc = get_kind(g, k);

	if (!tabular(g->cli) || rc != EXIT_DONE || g->shown == before) {
		list_clear(&g->table.cells);
		return rc;
	}
	if (before)
		fputs(between, stdout);
	table_print(&g->table, g->cli->no_headers);
	return rc;
}

static void say_nothing(const struct cli *c, bool namespaced)
{
	if (c->all_namespaces || !namespaced)
		fputs("nothing found\n", stderr);
	else
		fprintf(stderr, "nothing found in namespace %s\n", cli_namespace(c));
}

int get_missing(struct get *g, const struct kind *k, const char *name)
{
	const char *ns = k->thing < THING_NODE ? cli_namespace(g->cli) : "";
	const struct aside_one *one = asides_find(&g->asides, (uint32_t)k->thing, ns, name);
	autofree char *place = one ? aside_place(one) : NULL;

	if (!one)
		return fail(g->cli, EXIT_ERROR, "%s %s%s%s: not found", k->title, ns,
			    *ns ? "/" : "", name);
	return fail(g->cli, EXIT_ERROR, "%s %s%s%s: not applied, in quarantine: %s (%s)", k->title,
		    ns, *ns ? "/" : "", name, one->reason, place);
}

static int not_found(struct get *g, const struct kind *one, const char *title, bool namespaced)
{
	const struct cli *c = g->cli;
	int rc = EXIT_DONE;

	for (size_t i = 0; i < g->names.n; i++) {
		bool found = false;

		for (size_t j = 0; j < g->found.n; j++)
			found |= !strcmp(g->found.v[j], g->names.v[i]);
		if (!found && !c->ignore_not_found && one)
			rc = get_missing(g, one, g->names.v[i]);
		else if (!found && !c->ignore_not_found)
			rc = fail(g->cli, EXIT_ERROR, "%s %s%s%s: not found", title,
				  namespaced ? cli_namespace(c) : "", namespaced ? "/" : "",
				  g->names.v[i]);
	}
	if (!g->names.n && !g->shown && tabular(c) && !c->quiet)
		say_nothing(c, namespaced);
	return rc;
}

/* "svc,ep" or "all" into kinds. */
static int parse_kinds(struct cli *c, const char *words, const struct kind **ret, size_t max,
		       size_t *n)
{
	autofree char *copy = xstrdup(words);
	char *rest = NULL;

	for (char *w = strtok_r(copy, ",", &rest); w; w = strtok_r(NULL, ",", &rest)) {
		size_t all = sizeof(all_things) / sizeof(all_things[0]);
		bool everything = !strcmp(w, "all");

		if (*n + all > max)
			return fail_usage(c, "too many kinds in '%s'", words);
		for (size_t i = 0; everything && i < all; i++)
			ret[(*n)++] = kind_of(all_things[i]);
		if (everything)
			continue;
		ret[*n] = kind_find(c, w);
		if (!ret[(*n)++])
			return EXIT_USAGE;
	}
	return *n ? EXIT_DONE : fail_usage(c, "get: which kind? for example: get services");
}

static int parse_arguments(struct get *g, const struct kind **kinds, size_t max, size_t *n)
{
	struct cli *c = g->cli;
	autofree char *first = xstrdup(c->args.n ? c->args.v[0] : "");
	char *slash = strchr(first, '/');

	if (slash) {
		*slash = 0;
		list_add(&g->names, slash + 1);
	}
	for (size_t i = 1; i < c->args.n; i++)
		list_add(&g->names, c->args.v[i]);
	if (g->names.n && c->all_namespaces)
		return fail_usage(c, "get: either names or --all-namespaces");
	return parse_kinds(c, first, kinds, max, n);
}

static int get_all(struct get *g)
{
	const struct kind *kinds[16];
	const char *title = "object";
	bool namespaced = false;
	size_t n = 0;
	int rc = parse_arguments(g, kinds, 16, &n);

	if (rc == EXIT_DONE)
		rc = selector_check(g->cli, g->cli->selector);
	if (rc == EXIT_DONE)
		rc = work_open(&g->work, g->cli, WORK_READ_STORE);
	if (rc == EXIT_DONE)
		rc = work_current(&g->work, &g->model);
	if (rc == EXIT_DONE)
		rc = work_asides(&g->work, &g->asides);
	g->several = n > 1;
	for (size_t i = 0; rc == EXIT_DONE && i < n; i++)
		rc = get_and_print(g, kinds[i]);
	if (rc != EXIT_DONE)
		return rc;
	for (size_t i = 0; i < n; i++) {
		namespaced |= kinds[i]->thing < THING_NODE;
		title = n == 1 ? kinds[i]->title : "object";
	}
	rc = not_found(g, n == 1 ? kinds[0] : NULL, title, namespaced);
	if (!tabular(g->cli) && (rc == EXIT_DONE || g->items.n))
		print_items(g);
	return rc;
}

int cmd_get(struct cli *c)
{
	struct get g = {.cli = c};
	int rc = get_all(&g);

	svclb_state_unref(g.have);
	svclb_state_unref(g.want);
	svclb_model_unref(g.model);
	asides_clear(&g.asides);
	list_clear(&g.names);
	list_clear(&g.items);
	list_clear(&g.found);
	list_clear(&g.table.cells);
	work_close(&g.work);
	return rc;
}
