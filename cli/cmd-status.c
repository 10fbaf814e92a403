/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl status: the kernel next to what was applied. */
#include "change.h"
#include "commands.h"
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
	struct svclb_state_counts counts;
	size_t services;
	size_t plains;
	size_t steps[N_SUBSYSTEMS][N_OPS];
};

/* A drain that is over and waits for an apply is where it was left to be. */
static bool drifted(const struct status *s)
{
	return svclb_plan_count(s->plan) > svclb_plan_count_drained(s->plan);
}

static const char *verdict(const struct status *s)
{
	if (drifted(s))
		return "drifted";
	if (draining_count(s->have))
		return "draining";
	return s->services + s->plains ? "in-sync" : "empty";
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

		if (i < N_SUBSYSTEMS && j < N_OPS)
			s->steps[i][j]++;
	}
}

static int observe(struct status *s)
{
	struct work *w = &s->work;
	struct svclb_state *want = NULL;
	struct svclb_error *err = NULL;
	int rc = work_connect(w);

	if (rc == EXIT_DONE)
		rc = work_resolve(w);
	if (rc == EXIT_DONE)
		rc = work_stored_model(w, &s->model);
	if (rc == EXIT_DONE)
		rc = work_compile(w, s->model, &want);
	if (rc == EXIT_DONE)
		rc = change_plan(w, want, &s->plan);
	if (rc == EXIT_DONE && svclb_read(w->ctx, &s->have, &err) < 0)
		rc = fail_error(w->cli, err);
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

/* Whether the mode was given or found out, and what kept it from being IPVS. */
static void print_mode(const struct status *s)
{
	const struct svclb_error *why = svclb_ctx_get_mode_notice(s->work.ctx);
	bool found_out = svclb_options_get_mode(s->work.opts) == SVCLB_MODE_AUTO;

	printf("mode: %s%s\n", work_mode(&s->work),
	       !found_out ? ""
	       : why	  ? " (auto: a part of IPVS mode is missing)"
			  : " (auto: the kernel has all of it)");
	for (why = svclb_error_get_cause(why); why; why = svclb_error_get_next(why))
		printf("  %s\n", svclb_error_get_message(why));
}

static void print_text(const struct status *s)
{
	printf("%s\n", verdict(s));
	if (s->work.cli->quiet)
		return;
	print_mode(s);
	printf("services: %zu, virtual servers: %llu, real servers: %llu\n", s->services,
	       (unsigned long long)s->counts.virtual_servers,
	       (unsigned long long)s->counts.real_servers);
	draining_print(s->have);
	if (drifted(s))
		print_differences(s);
}

static void print_json(const struct status *s)
{
	const struct svclb_error *why =
		svclb_error_get_cause(svclb_ctx_get_mode_notice(s->work.ctx));
	const struct svclb_step *step = NULL;
	autolib char *missing = NULL;
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Status");
	doc_str(&d, "status", verdict(s));
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
	doc_array(&d, "differences");
	while ((step = svclb_plan_next_step(s->plan, step))) {
		autolib char *text = NULL;

		doc_object(&d, NULL);
		doc_str(&d, "op", svclb_step_get_op(step));
		doc_str(&d, "subsystem", svclb_step_get_subsystem(step));
		if (svclb_step_to_text(s->plan, step, &text) == 0)
			doc_str(&d, "object", text);
		doc_end(&d);
	}
	doc_end(&d);
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
		if (c->exit_code && drifted(&s))
			rc = EXIT_DIFFERENT;
	}
	svclb_plan_unref(s.plan);
	svclb_state_unref(s.have);
	svclb_model_unref(s.model);
	work_close(&s.work);
	return rc;
}
