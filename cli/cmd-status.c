/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl status: the kernel next to what was applied. */
#include "change.h"
#include "commands.h"
#include "degraded.h"
#include "doc.h"
#include "draining.h"
#include "output.h"

static const char *const ops[] = {"add", "change", "delete"};

#define N_OPS 3

struct status {
	struct work work;
	struct svclb_model *model;
	struct svclb_plan *plan;
	struct svclb_state *have;
	struct svclb_error *conflicts; /* what of others is in the way, or NULL */
	struct svclb_state_counts counts;
	size_t services;
	size_t plains;
	size_t steps[N_SUBSYSTEMS][N_OPS];
	struct list drifted;  /* objects with differences */
	bool shared;	      /* and things that all objects share */
	struct asides asides; /* in quarantine */
	struct list degraded; /* Services without an endpoint */
};

/* A drain that is over and waits for an apply is where it was left to be. */
static bool is_drifted(const struct status *s)
{
	return s->conflicts || svclb_plan_count(s->plan) > svclb_plan_count_drained(s->plan);
}

static bool is_quarantined(const struct status *s)
{
	return s->asides.n > 0;
}

/* What kept the mode from being IPVS, or NULL. */
static const struct svclb_error *missing_for_ipvs(const struct status *s)
{
	return svclb_error_get_cause(svclb_ctx_get_mode_notice(s->work.ctx));
}

static bool is_degraded(const struct status *s)
{
	return s->degraded.n || (missing_for_ipvs(s) && s->services + s->plains);
}

static bool is_draining(const struct status *s)
{
	return draining_count(s->have) > 0;
}

static bool is_in_sync(const struct status *s)
{
	return s->services + s->plains > 0;
}

static bool is_empty(const struct status *s)
{
	(void)s;
	return true;
}

/* The overall state is the first one that holds. Those that differ from what was asked for count
 * with --exit-code. */
static const struct verdict {
	const char *word;
	bool (*holds)(const struct status *s);
	bool different;
} verdicts[] = {
	{"drifted", is_drifted, true},	  {"quarantined", is_quarantined, true},
	{"degraded", is_degraded, false}, {"draining", is_draining, false},
	{"in-sync", is_in_sync, false},	  {"empty", is_empty, false},
};

static const struct verdict *verdict(const struct status *s)
{
	size_t i = 0;

	while (!verdicts[i].holds(s))
		i++;
	return &verdicts[i];
}

/* "Service default/web port http" without the port. */
static void note_object(struct status *s, const char *object)
{
	const char *port = strstr(object, " port ");
	autofree char *name = xstrndup(object, port ? (size_t)(port - object) : strlen(object));

	/* steps of one object mostly follow each other */
	if (!s->drifted.n || strcmp(s->drifted.v[s->drifted.n - 1], name))
		list_add(&s->drifted, name);
}

static size_t index_of(const char *const *words, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && strcmp(words[i], word))
		i++;
	return i;
}

static void count(struct status *s)
{
	const struct svclb_step *step = NULL;

	while ((step = svclb_plan_next_step(s->plan, step))) {
		size_t i = index_of(subsystems, N_SUBSYSTEMS, svclb_step_get_subsystem(step));
		size_t j = index_of(ops, N_OPS, svclb_step_get_op(step));
		const char *object = svclb_step_get_object(s->plan, step);

		if (i < N_SUBSYSTEMS && j < N_OPS)
			s->steps[i][j]++;
		if (object)
			note_object(s, object);
		else
			s->shared = true;
	}
	for (const struct svclb_error *e = s->conflicts; e; e = svclb_error_get_next(e))
		if (svclb_error_get_object_kind(e))
			note_object(s, svclb_error_get_object(e));
	list_sort_unique(&s->drifted);
	if (!is_drifted(s)) {
		list_clear(&s->drifted);
		s->shared = false;
	}
}

/* The differences are those that an apply with --adopt would remove, so that there are some where
 * one without is refused; none are known where not even --adopt helps. */
static int compare(struct status *s, struct svclb_state *want)
{
	struct svclb_error *err = NULL;
	int r = svclb_read(s->work.ctx, &s->have, &err);

	if (r == 0)
		r = svclb_diff(s->have, want, 0, &s->plan, &err);
	if (r != -SVCLB_ECONFLICT)
		return r < 0 ? fail_error(s->work.cli, err) : EXIT_DONE;
	s->conflicts = err;
	r = svclb_diff(s->have, want, 1, &s->plan, &err);
	if (r != -SVCLB_ECONFLICT)
		return r < 0 ? fail_error(s->work.cli, err) : EXIT_DONE;
	svclb_error_unref(err);
	return EXIT_DONE;
}

static int observe(struct status *s)
{
	struct work *w = &s->work;
	struct svclb_state *want = NULL;
	int rc = work_connect(w);

	if (rc == EXIT_DONE)
		rc = work_resolve(w);
	if (rc == EXIT_DONE)
		rc = work_stored_model(w, &s->model);
	if (rc == EXIT_DONE)
		rc = work_compile(w, s->model, &want);
	if (rc == EXIT_DONE)
		rc = work_asides(w, &s->asides);
	if (rc == EXIT_DONE)
		rc = degraded_services(w, s->model, &s->degraded);
	if (rc == EXIT_DONE)
		rc = compare(s, want);
	if (rc == EXIT_DONE) {
		s->services = svclb_model_count(s->model, SVCLB_KIND_SERVICE);
		s->plains = svclb_model_count(s->model, SVCLB_KIND_VIRTUAL_SERVER);
		(void)svclb_state_get_counts(want, &s->counts,
					     sizeof(s->counts)); /* arguments are right */
		count(s);
	}
	svclb_state_unref(want);
	return rc;
}

static void print_differences(const struct status *s)
{
	struct table t = {.columns = 4, .headers = 1};
	autolib char *text = NULL;

	table_row(&t, "SUBSYSTEM", "ADD", "CHANGE", "DELETE");
	for (size_t i = 0; i < N_SUBSYSTEMS; i++) {
		autofree char *add = xasprintf("%zu", s->steps[i][0]);
		autofree char *change = xasprintf("%zu", s->steps[i][1]);
		autofree char *gone = xasprintf("%zu", s->steps[i][2]);

		table_row(&t, subsystems[i], add, change, gone);
	}
	table_print(&t, false);
	if (svclb_plan_to_text(s->plan, &text, NULL) == 0)
		print_plan_text(s->work.cli, text);
}

static void print_drifted(const struct status *s)
{
	for (size_t i = 0; i < s->drifted.n; i++)
		printf("drifted: %s\n", s->drifted.v[i]);
	if (s->shared)
		printf("drifted: what all objects share, or none asks for\n");
}

static void print_conflicts(const struct status *s)
{
	for (const struct svclb_error *e = s->conflicts; e; e = svclb_error_get_next(e)) {
		const char *object = svclb_error_get_object(e);
		autofree char *safe = printable(object ? object : "");

		printf("conflict: %s%s%s\n", safe, object ? ": " : "", svclb_error_get_message(e));
	}
}

static void print_troubles(const struct status *s)
{
	for (size_t i = 0; i < s->asides.n; i++) {
		autofree char *name = aside_name(&s->asides.v[i]);
		autofree char *place = aside_place(&s->asides.v[i]);
		autofree char *reason = printable(s->asides.v[i].reason);

		printf("quarantined: %s: %s%s%s%s\n", name, reason, *place ? " (" : "", place,
		       *place ? ")" : "");
	}
	for (size_t i = 0; i < s->degraded.n; i++)
		printf("degraded: %s has no endpoint that serves\n", s->degraded.v[i]);
	if (missing_for_ipvs(s) && s->services + s->plains)
		printf("degraded: mode iptables, as a part of IPVS mode is missing\n");
}

/* Whether the mode was given or found out, and what kept it from being IPVS. */
static void print_mode(const struct status *s)
{
	const struct svclb_error *why = svclb_ctx_get_mode_notice(s->work.ctx);
	bool found_out = svclb_options_get_mode(s->work.opts) == SVCLB_MODE_AUTO;

	printf("mode: %s%s%s%s\n", work_mode(&s->work), found_out ? " (" : "",
	       found_out ? work_mode_reason(&s->work) : "", found_out ? ")" : "");
	for (why = svclb_error_get_cause(why); why; why = svclb_error_get_next(why))
		printf("  %s\n", svclb_error_get_message(why));
}

static void print_text(const struct status *s)
{
	printf("%s\n", verdict(s)->word);
	if (s->work.cli->quiet)
		return;
	print_mode(s);
	printf("services: %zu, virtual servers: %llu, real servers: %llu\n", s->services,
	       (unsigned long long)s->counts.virtual_servers,
	       (unsigned long long)s->counts.real_servers);
	print_drifted(s);
	print_conflicts(s);
	print_troubles(s);
	draining_print(s->have);
	if (is_drifted(s))
		print_differences(s);
}

static void list_doc(struct doc *d, const char *key, const struct list *l)
{
	doc_array(d, key);
	for (size_t i = 0; i < l->n; i++)
		doc_str(d, NULL, l->v[i]);
	doc_end(d);
}

static void differences_doc(struct doc *d, const struct status *s)
{
	const struct svclb_step *step = NULL;

	doc_array(d, "differences");
	while ((step = svclb_plan_next_step(s->plan, step))) {
		autolib char *text = NULL;

		doc_object(d, NULL);
		doc_str(d, "op", svclb_step_get_op(step));
		doc_str(d, "subsystem", svclb_step_get_subsystem(step));
		if (svclb_step_to_text(s->plan, step, &text) == 0)
			doc_str(d, "object", text);
		doc_str(d, "for", svclb_step_get_object(s->plan, step));
		doc_end(d);
	}
	doc_end(d);
}

static void print_json(const struct status *s)
{
	const struct svclb_error *why = missing_for_ipvs(s);
	autolib char *missing = NULL;
	autolib char *conflicts = NULL;
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Status");
	doc_str(&d, "status", verdict(s)->word);
	doc_str(&d, "mode", work_mode(&s->work));
	if (svclb_error_to_json(why, &missing) == 0 && why)
		doc_raw(&d, "missingForIPVS", missing);
	doc_int(&d, "services", (int64_t)s->services);
	doc_int(&d, "plainVirtualServers", (int64_t)s->plains);
	doc_int(&d, "virtualServers", (int64_t)s->counts.virtual_servers);
	doc_int(&d, "realServers", (int64_t)s->counts.real_servers);
	draining_doc(&d, s->have);
	doc_array(&d, "subsystems");
	for (size_t i = 0; i < N_SUBSYSTEMS; i++) {
		doc_object(&d, NULL);
		doc_str(&d, "name", subsystems[i]);
		for (size_t j = 0; j < N_OPS; j++)
			doc_int(&d, ops[j], (int64_t)s->steps[i][j]);
		doc_end(&d);
	}
	doc_end(&d);
	list_doc(&d, "drifted", &s->drifted);
	if (svclb_error_to_json(s->conflicts, &conflicts) == 0)
		doc_raw(&d, "conflicts", conflicts);
	asides_doc(&d, &s->asides);
	list_doc(&d, "degraded", &s->degraded);
	differences_doc(&d, s);
	doc_end(&d);
	doc_print(&d);
}

int cmd_status(struct cli *c)
{
	struct status s = {0};
	int rc = work_open(&s.work, c, WORK_READ_STORE);

	if (rc == EXIT_DONE)
		rc = observe(&s);
	if (rc == EXIT_DONE) {
		if (c->output == OUT_JSON)
			print_json(&s);
		else
			print_text(&s);
		if (c->exit_code && verdict(&s)->different)
			rc = EXIT_DIFFERENT;
	}
	list_clear(&s.drifted);
	list_clear(&s.degraded);
	asides_clear(&s.asides);
	svclb_error_unref(s.conflicts);
	svclb_plan_unref(s.plan);
	svclb_state_unref(s.have);
	svclb_model_unref(s.model);
	work_close(&s.work);
	return rc;
}
