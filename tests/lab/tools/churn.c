/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applies in quick succession in the real kernel, by chance whole, failing at a step, or killed.
 *
 * `live` goes from file to file, for a test that sends traffic meanwhile. `foreign` makes its own
 * manifests, changes what belongs to others in between, and compares that before and after.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../unit/random-manifest.h"
#include "others.h"
#include "stepwise.h"

#define FOREIGN_MIN  200 /* applies next to others, however long they take */
#define PATIENCE_SEC 200
#define APPLIES_MAX  40 /* between two listings, which cost more than an apply */
#define STEPS_MAX    60 /* an apply of fewer steps than the one it is to stop at goes through */

struct churn {
	uint64_t rnd;
	time_t end;
	const struct svclb_options *opts;
	struct svclb_options *second; /* those of another owner */
	unsigned applied;
	unsigned rolled_back;
	unsigned killed;
	unsigned changed; /* by others */
};

static const char usage[] = "usage: churn live SECONDS SEED FILE.yaml...\n"
			    "       churn foreign SECONDS SEED\n";

static void apply_killed(struct churn *c, struct svclb_model *m, size_t at)
{
	const struct stop stop = {.at = at, .signal = SIGKILL};
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(apply_model(c->opts, m, &stop, NULL, NULL) < 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork", NULL);
	if (WIFSIGNALED(status))
		c->killed++;
	else if (!WEXITSTATUS(status))
		c->applied++;
	else
		die("apply that was to be killed", NULL);
}

static void apply_once(struct churn *c, struct svclb_model *m)
{
	struct svclb_error *err = NULL;
	struct stop stop = {.at = sometimes(&c->rnd, 3) ? 1 + below(&c->rnd, STEPS_MAX) : 0};
	int rc;

	if (stop.at && sometimes(&c->rnd, 2)) {
		printf(" killed at %zu", stop.at);
		apply_killed(c, m, stop.at);
		return;
	}
	if (stop.at)
		printf(" fails at %zu", stop.at);
	rc = apply_model(c->opts, m, &stop, NULL, &err);
	if (rc == -SVCLB_EROLLEDBACK && stop.at)
		c->rolled_back++;
	else if (rc < 0)
		die("apply", err);
	else
		c->applied++;
	svclb_error_unref(err);
}

static double uptime_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void live(struct churn *c, char **files, unsigned n)
{
	while (time(NULL) < c->end) {
		char *file = files[below(&c->rnd, n)];
		struct svclb_model *m = model_of_file(file);

		printf("%.2f s: %s", uptime_sec(), file);
		apply_once(c, m);
		printf(" until %.2f s\n", uptime_sec());
		svclb_model_unref(m);
	}
	must_apply(files[0], NULL);
}

static struct svclb_model *random_model(struct churn *c, bool second)
{
	char *text = random_manifest(&c->rnd);
	struct svclb_model *m;

	if (!text)
		die("a manifest", NULL);
	if (second)
		others_readdress(text);
	m = model_of_text(text);
	free(text);
	return m;
}

/* The second owner is one of the others. */
static void apply_second(struct churn *c)
{
	struct svclb_model *m = random_model(c, true);
	struct svclb_error *err = NULL;
	char *before = held(c->opts);
	char *after;

	if (apply_model(c->second, m, NULL, NULL, &err) < 0)
		die("apply of the second owner", err);
	after = held(c->opts);
	if (strcmp(before, after) != 0)
		others_differ("what is ours, after an apply of the second owner", before, after);
	svclb_text_free(before);
	svclb_text_free(after);
	svclb_model_unref(m);
}

static void foreign_round(struct churn *c)
{
	char *before;
	char *after;

	c->changed += others_change(&c->rnd);
	if (sometimes(&c->rnd, 2)) {
		apply_second(c);
		c->changed++;
	}
	before = others_dump();
	for (unsigned i = 1 + below(&c->rnd, APPLIES_MAX); i; i--) {
		struct svclb_model *m = random_model(c, false);

		apply_once(c, m);
		svclb_model_unref(m);
	}
	printf("\n");
	after = others_dump();
	if (strcmp(before, after) != 0)
		others_differ("what belongs to others, after applies", before, after);
	free(before);
	free(after);
}

static struct svclb_options *options_of_second(void)
{
	struct svclb_options *o = NULL;

	if (svclb_options_new(&o, NULL) < 0 || svclb_options_set_prefix(o, "OTHER-") < 0 ||
	    svclb_options_set_link_name(o, "other-ipvs0") < 0 ||
	    svclb_options_set_node_name(o, "n2") < 0 ||
	    svclb_options_set_masquerade_bit(o, 15) < 0 ||
	    svclb_options_set_node_port_range(o, 31000, 31999) < 0)
		die("options", NULL);
	return o;
}

static struct svclb_options *options_of_first(void)
{
	struct svclb_options *o = NULL;

	if (svclb_options_new(&o, NULL) < 0 || svclb_options_set_node_name(o, "n1") < 0 ||
	    svclb_options_set_node_port_range(o, 30000, 30999) < 0)
		die("options", NULL);
	return o;
}

/* The settings of the kernel are everybody's: they are made before anything is compared. */
static void make_settings(struct churn *c)
{
	struct svclb_model *m =
		model_of_text("apiVersion: v1\nkind: Service\nmetadata: {name: first}\n"
			      "spec:\n  clusterIP: 'fd00:10:96::9'\n  ports: [{port: 80}]\n");
	struct svclb_error *err = NULL;

	if (apply_model(c->opts, m, NULL, NULL, &err) < 0)
		die("apply", err);
	svclb_model_unref(m);
}

static void foreign(struct churn *c)
{
	struct svclb_options *first = options_of_first();

	c->opts = first;
	c->second = options_of_second();
	others_begin();
	make_settings(c);
	while (time(NULL) < c->end || c->applied + c->rolled_back + c->killed < FOREIGN_MIN) {
		if (time(NULL) > c->end + PATIENCE_SEC)
			die("too few applies in the time there is", NULL);
		foreign_round(c);
	}
	svclb_options_unref(c->second);
	svclb_options_unref(first);
}

int main(int argc, char **argv)
{
	struct svclb_options *opts;
	struct churn c = {0};

	if (argc < 4 || !!strcmp(argv[1], "foreign") == (argc == 4)) {
		fputs(usage, stderr);
		return 2;
	}
	opts = lab_options();
	c.opts = opts;
	c.rnd = strtoull(argv[3], NULL, 0);
	c.end = time(NULL) + strtol(argv[2], NULL, 10);
	printf("seed %s\n", argv[3]);
	if (argc == 4)
		foreign(&c);
	else
		live(&c, argv + 4, (unsigned)argc - 4);
	printf("ok %u applied, %u rolled back, %u killed, %u changes of others\n", c.applied,
	       c.rolled_back, c.killed, c.changed);
	svclb_options_unref(opts);
	return 0;
}
