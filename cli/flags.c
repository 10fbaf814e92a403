/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The flags of every command, as a table, and the parser: flags may stand anywhere. */
#include <unistd.h>

#include "config.h"
#include "flags.h"

#define AT(member) offsetof(struct cli, member)

#define CMD_INPUT (CMD_VALIDATE | CMD_RENDER | CMD_PLAN | CMD_APPLY | CMD_DELETE)
#define CMD_STORE                                                                               \
	(CMD_RENDER | CMD_PLAN | CMD_APPLY | CMD_DELETE | CMD_GET | CMD_DESCRIBE | CMD_STATUS | \
	 CMD_CLEANUP)
#define CMD_KERNEL CMD_STORE
#define CMD_OUT	   (CMD_STORE | CMD_VALIDATE | CMD_VERSION)
#define CMD_NODE   (CMD_STORE | CMD_VALIDATE)

/* Flags of the whole program are accepted by every command, used or not. */
static const struct flag flags[] = {
	{"file", 'f', FLAG_LIST, AT(files), CMD_INPUT, "FILE|DIR|-",
	 "manifests to read; repeatable"},
	{"recursive", 'R', FLAG_BOOL, AT(recursive), CMD_INPUT, NULL, "read folders below folders"},
	{"output", 'o', FLAG_TEXT, AT(output_name), CMD_OUT, "FORMAT", "form of the output"},
	{"prune", 0, FLAG_BOOL, AT(prune), CMD_APPLY | CMD_PLAN, NULL,
	 "drop stored objects that the input does not have"},
	{"stored", 0, FLAG_BOOL, AT(stored), CMD_APPLY, NULL,
	 "apply what was applied before, without any input: after a restart, or to repair"},
	{"plan", 0, FLAG_TEXT, AT(plan_file), CMD_APPLY, "FILE", "carry out a saved plan"},
	{"dry-run", 0, FLAG_TEXT, AT(dry_run_name), CMD_APPLY | CMD_DELETE, "client|kernel|none",
	 "client: only check the input; kernel: also read the kernel"},
	{"quarantine", 0, FLAG_BOOL, AT(quarantine), CMD_APPLY | CMD_PLAN, NULL,
	 "leave invalid objects aside and apply the others"},
	{"wait", 0, FLAG_WAIT, AT(wait), CMD_APPLY | CMD_DELETE, "[=DURATION]",
	 "wait until nothing drains any more, as long as --timeout or so long"},
	{"adopt", 0, FLAG_BOOL, AT(adopt), CMD_APPLY | CMD_DELETE | CMD_PLAN, NULL,
	 "take over objects of others that are in the way"},
	{"exit-code", 0, FLAG_BOOL, AT(exit_code), CMD_PLAN | CMD_STATUS, NULL,
	 "exit 3 when there are differences"},
	{"all-namespaces", 'A', FLAG_BOOL, AT(all_namespaces), CMD_GET | CMD_DESCRIBE, NULL,
	 "of every namespace"},
	{"selector", 'l', FLAG_TEXT, AT(selector), CMD_GET, "SELECTOR",
	 "by labels: k=v, k!=v, k in (a,b), k notin (a,b), k, !k"},
	{"no-headers", 0, FLAG_BOOL, AT(no_headers), CMD_GET, NULL, "tables without headings"},
	{"ignore-not-found", 0, FLAG_BOOL, AT(ignore_not_found), CMD_DELETE | CMD_GET, NULL,
	 "a missing object is no error"},
	{"yes", 'y', FLAG_BOOL, AT(yes), CMD_CLEANUP, NULL, "do not ask"},
	{"namespace", 'n', FLAG_TEXT, AT(ns), CMD_ALL, "NAMESPACE", "namespace (default)"},
	{"config", 0, FLAG_TEXT, AT(config), CMD_ALL, "FILE",
	 "KubeProxyConfiguration or SvclbConfiguration"},
	{"state-dir", 0, FLAG_TEXT, AT(state_dir), CMD_ALL, "DIR",
	 "where applied objects are kept (" STATE_DIR_DEFAULT ")"},
	{"netns", 0, FLAG_TEXT, AT(netns), CMD_ALL, "NAME|PATH", "network namespace to work in"},
	{"timeout", 0, FLAG_DURATION, AT(timeout), CMD_ALL, "DURATION",
	 "bound of the whole command: 30s, 500ms, 2m"},
	{"lock-wait", 0, FLAG_DURATION, AT(lock_wait), CMD_ALL, "DURATION",
	 "how long to wait for locks (5s)"},
	{"quiet", 'q', FLAG_BOOL, AT(quiet), CMD_ALL, NULL, "only errors and what was asked for"},
	{"verbose", 'v', FLAG_BOOL, AT(verbose), CMD_ALL, NULL, "say more on standard error"},
	{"color", 0, FLAG_TEXT, AT(color), CMD_ALL, "auto|always|never",
	 "colours (auto: on a terminal without NO_COLOR)"},
	{"help", 'h', FLAG_BOOL, AT(help), CMD_ALL, NULL, "this text"},
};

#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

bool flag_at(size_t i, struct flag *ret)
{
	const struct setting_spec *s;

	if (i < N_FLAGS) {
		*ret = flags[i];
		return true;
	}
	s = &setting_specs[i - N_FLAGS];
	if (!s->name)
		return false;
	*ret = (struct flag){s->name, 0, FLAG_SETTING, 0, CMD_ALL, s->arg, s->help};
	return true;
}

bool flag_needs_value(const struct flag *f)
{
	return f->arg && f->kind != FLAG_WAIT;
}

static bool find_long(const char *name, size_t n, struct flag *ret)
{
	for (size_t i = 0; flag_at(i, ret); i++)
		if (strlen(ret->name) == n && !memcmp(ret->name, name, n))
			return true;
	return false;
}

static bool find_letter(char letter, struct flag *ret)
{
	for (size_t i = 0; flag_at(i, ret); i++)
		if (ret->letter == letter)
			return true;
	return false;
}

static int unknown_long(struct cli *c, const char *name, size_t n)
{
	autofree char *wanted = xstrndup(name, n);
	struct suggestion s = {.wanted = wanted};
	struct flag f;

	for (size_t i = 0; flag_at(i, &f); i++)
		suggest_consider(&s, f.name);
	if (s.best)
		return fail_usage(c, "unknown flag --%s; did you mean --%s?", s.wanted, s.best);
	return fail_usage(c, "unknown flag --%s", s.wanted);
}

static int parse_duration(struct cli *c, const struct flag *f, const char *value,
			  struct duration *ret)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", 1000}};
	char *end;
	double v = strtod(value, &end);

	for (size_t i = 0; end != value && i < sizeof(units) / sizeof(units[0]); i++) {
		double ms = v * units[i].ms;

		if (strcmp(end, units[i].unit) || !(ms >= 0) || !(ms <= UINT32_MAX))
			continue;
		*ret = (struct duration){(uint32_t)ms, true};
		return EXIT_DONE;
	}
	return fail_usage(c, "--%s: '%s' is no duration such as 30s or 500ms", f->name, value);
}

static int store_bool(struct cli *c, const struct flag *f, const char *value)
{
	bool on = !value || !strcmp(value, "true");

	/* as with settings that have a value, nothing forgets what was kept */
	if (value && !*value && f->kind == FLAG_SETTING) {
		settings_add(&c->given, f->name, "");
		return EXIT_DONE;
	}
	if (value && strcmp(value, "true") && strcmp(value, "false"))
		return fail_usage(c, "--%s: '%s' is neither true nor false", f->name, value);
	if (f->kind == FLAG_SETTING)
		settings_add(&c->given, f->name, on ? "true" : "false");
	else
		*(bool *)((char *)c + f->offset) = on;
	return EXIT_DONE;
}

static int store_value(struct cli *c, const struct flag *f, const char *value)
{
	const struct setting_spec *spec;
	void *at = (char *)c + f->offset;

	switch (f->kind) {
	case FLAG_TEXT:
		*(const char **)at = value;
		return EXIT_DONE;
	case FLAG_LIST:
		list_add(at, value);
		return EXIT_DONE;
	case FLAG_DURATION:
	case FLAG_WAIT:
		return parse_duration(c, f, value, at);
	case FLAG_SETTING:
		spec = setting_find(f->name);
		if (spec && !spec->repeatable)
			settings_drop(&c->given, f->name);
		settings_add(&c->given, f->name, value);
		return EXIT_DONE;
	case FLAG_BOOL:
		break;
	}
	return store_bool(c, f, value);
}

struct seen {
	struct flag *v;
	size_t n;
};

static void remember(struct seen *seen, const struct flag *f)
{
	seen->v = xrealloc(seen->v, seen->n + 1, sizeof(*seen->v));
	seen->v[seen->n++] = *f;
}

/* One "--flag", "--flag=VALUE" or "--flag VALUE"; *i moves on when the value is the next one. */
static int parse_long(struct cli *c, char **argv, int argc, int *i, struct seen *seen)
{
	const char *name = argv[*i] + 2;
	const char *value = strchr(name, '=');
	size_t n = value ? (size_t)(value++ - name) : strlen(name);
	struct flag f;

	if (!find_long(name, n, &f))
		return unknown_long(c, name, n);
	remember(seen, &f);
	if (!f.arg)
		return store_bool(c, &f, value);
	if (!value && f.kind == FLAG_WAIT) {
		c->wait = (struct duration){WAIT_AS_TIMEOUT, true};
		return EXIT_DONE;
	}
	if (!value) {
		if (*i + 1 >= argc)
			return fail_usage(c, "--%s needs a value: %s", f.name, f.arg);
		value = argv[++*i];
	}
	return store_value(c, &f, value);
}

/* One or more letters; the last may have a value, joined or as the next argument. */
static int parse_letters(struct cli *c, char **argv, int argc, int *i, struct seen *seen)
{
	for (const char *p = argv[*i] + 1; *p; p++) {
		struct flag f;

		if (!find_letter(*p, &f))
			return fail_usage(c, "unknown flag -%c", *p);
		remember(seen, &f);
		if (!f.arg) {
			int rc = store_bool(c, &f, NULL);

			if (rc != EXIT_DONE)
				return rc;
			continue;
		}
		if (p[1])
			return store_value(c, &f, p[1] == '=' ? p + 2 : p + 1);
		if (*i + 1 >= argc)
			return fail_usage(c, "-%c needs a value: %s", *p, f.arg);
		return store_value(c, &f, argv[++*i]);
	}
	return EXIT_DONE;
}

static int unknown_command(struct cli *c, const char *name)
{
	struct suggestion s = {.wanted = name};

	for (size_t i = 0; command_at(i); i++)
		suggest_consider(&s, command_at(i)->name);
	if (s.best)
		return fail_usage(c, "unknown command '%s'; did you mean '%s'?", name, s.best);
	return fail_usage(c, "unknown command '%s'", name);
}

static int parse_plain(struct cli *c, const char *arg)
{
	if (c->cmd) {
		list_add(&c->args, arg);
		return EXIT_DONE;
	}
	c->cmd = command_find(arg);
	return c->cmd ? EXIT_DONE : unknown_command(c, arg);
}

static int check_use(struct cli *c, const struct seen *seen)
{
	if (!c->cmd || c->help)
		return EXIT_DONE;
	for (size_t i = 0; i < seen->n; i++)
		if (!(seen->v[i].commands & c->cmd->bit))
			return fail_usage(c, "%s does not take --%s", c->cmd->name,
					  seen->v[i].name);
	if (c->args.n > c->cmd->max_args)
		return fail_usage(c, "%s: unexpected argument '%s'", c->cmd->name,
				  c->args.v[c->cmd->max_args]);
	return EXIT_DONE;
}

static int parse_output(struct cli *c)
{
	static const char *const names[] = {"",		"table",     "wide",	  "json",
					    "yaml",	"name",	     "ipvsadm",	  "ipset",
					    "iptables", "ip6tables", "addresses", "sysctls"};
	const char *allowed = c->cmd ? c->cmd->outputs : "";
	const char *name = c->output_name;

	if (!name || c->help)
		return EXIT_DONE;
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);
		const char *at = strstr(allowed, names[i]);

		/* "ipset" is no part of another name, but "iptables" ends "ip6tables" not. */
		while (at && ((at != allowed && at[-1] != '|') || (at[n] && at[n] != '|')))
			at = strstr(at + 1, names[i]);
		if (!strcmp(names[i], name) && at) {
			c->output = (enum output)i;
			return EXIT_DONE;
		}
	}
	return fail_usage(c, "-o %s: %s has the formats %s", name, c->cmd ? c->cmd->name : "",
			  *allowed ? allowed : "of text only");
}

static int parse_dry_run(struct cli *c)
{
	static const char *const names[] = {"none", "client", "kernel"};

	if (!c->dry_run_name)
		return EXIT_DONE;
	for (size_t i = 0; i < 3; i++) {
		if (!strcmp(names[i], c->dry_run_name)) {
			c->dry_run = (enum dry_run)i;
			return EXIT_DONE;
		}
	}
	return fail_usage(c, "--dry-run: '%s' is none of client, kernel, none", c->dry_run_name);
}

static int parse_color(struct cli *c)
{
	const char *when = c->color ? c->color : "auto";
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool possible = !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));

	if (strcmp(when, "auto") && strcmp(when, "always") && strcmp(when, "never"))
		return fail_usage(c, "--color: '%s' is none of auto, always, never", when);
	c->color_out = !strcmp(when, "always");
	c->color_err = c->color_out;
	if (!strcmp(when, "auto") && possible) {
		c->color_out = isatty(STDOUT_FILENO);
		c->color_err = isatty(STDERR_FILENO);
	}
	return EXIT_DONE;
}

static int parse_all(struct cli *c, int argc, char **argv, struct seen *seen)
{
	bool plain = false;

	for (int i = 1; i < argc; i++) {
		int rc;

		if (plain || argv[i][0] != '-' || !argv[i][1])
			rc = parse_plain(c, argv[i]);
		else if (!strcmp(argv[i], "--"))
			rc = (plain = true, EXIT_DONE);
		else if (argv[i][1] == '-')
			rc = parse_long(c, argv, argc, &i, seen);
		else
			rc = parse_letters(c, argv, argc, &i, seen);
		if (rc != EXIT_DONE)
			return rc;
	}
	return check_use(c, seen);
}

int flags_parse(struct cli *c, int argc, char **argv)
{
	struct seen seen = {0};
	int rc = parse_all(c, argc, argv, &seen);
	int color = parse_color(c);

	free(seen.v);
	if (rc == EXIT_DONE)
		rc = color;
	if (rc == EXIT_DONE)
		rc = parse_output(c);
	return rc == EXIT_DONE ? parse_dry_run(c) : rc;
}
