/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl apply: the input into the store and the kernel, all or nothing. */
#include "change.h"
#include "commands.h"
#include "draining.h"
#include "input.h"
#include "merge.h"
#include "refused.h"

static int load_plan(struct cli *c, const struct svclb_options *opts, struct svclb_plan **ret)
{
	autotext struct text buf = {0};
	struct svclb_error *err = NULL;
	int rc = input_read_file(c, c->plan_file, &buf);

	if (rc != EXIT_DONE)
		return rc;
	if (svclb_plan_load(text_get(&buf), buf.len, c->plan_file, opts, ret, &err) < 0)
		return fail_error(c, err);
	return EXIT_DONE;
}

static int finished(struct cli *c, const struct merged *m, struct change_result *r)
{
	change_print(c, r);
	return m->aside.objects.n ? EXIT_QUARANTINED : EXIT_DONE;
}

static int still_fits(struct work *w, const struct svclb_plan *saved)
{
	struct svclb_state *have = NULL;
	struct svclb_error *err = NULL;
	int r = svclb_read(w->ctx, &have, &err);

	if (r == 0)
		r = svclb_plan_check(saved, have, &err);
	svclb_state_unref(have);
	return r < 0 ? fail_error(w->cli, err) : EXIT_DONE;
}

static int ask_kernel(struct work *w, const struct merged *m, const struct svclb_plan *saved,
		      struct svclb_plan **ret, struct svclb_error **refusal)
{
	int r = svclb_probe_for(w->ctx, m->state, refusal);

	if (r < 0)
		return exit_of_code(r);
	return saved ? still_fits(w, saved) : change_plan(w, m->state, ret, refusal);
}

/* Nothing is touched; client does not even read the kernel. */
static int rehearse(struct work *w, struct merged *m, struct svclb_plan *saved,
		    const struct changes *ch, struct svclb_error **refusal)
{
	struct change_result r = {.changes = ch};
	struct svclb_plan *plan = NULL;
	int rc = EXIT_DONE;

	if (w->cli->dry_run == DRY_RUN_KERNEL)
		rc = ask_kernel(w, m, saved, &plan, refusal);
	r.plan = saved ? saved : plan;
	if (rc == EXIT_DONE)
		rc = finished(w->cli, m, &r);
	svclb_plan_unref(plan);
	return rc;
}

static int carry_out(struct work *w, struct merged *m, struct svclb_plan *saved,
		     const struct changes *ch, struct svclb_error **refusal)
{
	struct svclb_report *report = NULL;
	double began = clock_ms();
	int rc = change_commit(w, m->model, saved, ch, &report, refusal);

	if (rc == EXIT_DONE) {
		struct change_result r = {.changes = ch,
					  .report = report,
					  .mode_reason = saved ? "as planned" : work_mode_reason(w),
					  .milliseconds = clock_ms() - began};

		rc = finished(w->cli, m, &r);
	}
	svclb_report_unref(report);
	return rc;
}

/* A saved plan knows kernel objects only: with input beside it, that must be what it was made from. */
static int check_plan(struct work *w, struct merged *m, const struct svclb_plan *saved)
{
	int same;

	if (!m->input) {
		warn(w->cli, "the plan alone is carried out: the objects it was made from are not "
			     "stored, name them with -f to store them too");
		return EXIT_DONE;
	}
	same = svclb_plan_leads_to(saved, m->state);
	if (same < 0)
		return fail(w->cli, EXIT_ERROR, "out of memory");
	return same ? EXIT_DONE
		    : fail(w->cli, EXIT_ERROR, "%s is not the plan for this input",
			   w->cli->plan_file);
}

static int attempt(struct work *w, struct merged *m, void *data, struct svclb_error **refusal)
{
	struct svclb_plan *saved = data;
	struct changes ch = {.aside = &m->aside, .all = m->pruned};
	int rc = changes_find(w, m->model, m->input, &ch);

	if (rc == EXIT_DONE)
		rc = (w->cli->dry_run ? rehearse : carry_out)(w, m, saved, &ch, refusal);
	changes_free(&ch);
	return rc;
}

static int apply(struct work *w, struct merged *m)
{
	struct cli *c = w->cli;
	struct svclb_plan *saved = NULL;
	int rc = EXIT_DONE;

	if (c->dry_run != DRY_RUN_CLIENT)
		rc = work_connect(w);
	if (rc == EXIT_DONE && c->dry_run == DRY_RUN_KERNEL)
		rc = work_resolve(w);
	if (rc == EXIT_DONE && c->plan_file)
		rc = load_plan(c, w->opts, &saved);
	if (rc == EXIT_DONE)
		rc = merge_input(w, !c->plan_file && !c->stored, m);
	if (rc == EXIT_DONE && saved && c->dry_run != DRY_RUN_CLIENT)
		rc = check_plan(w, m, saved);
	if (rc == EXIT_DONE && c->dry_run && !saved) /* else the report has them */
		rc = work_warn_mode(w, m->model);
	if (rc == EXIT_DONE)
		rc = refused_try(w, m, attempt, saved);
	if (!c->dry_run && (rc == EXIT_DONE || rc == EXIT_QUARANTINED))
		rc = draining_wait(w, rc);
	svclb_plan_unref(saved);
	return rc;
}

int cmd_apply(struct cli *c)
{
	struct merged m = {0};
	struct work w;
	int rc;

	if (c->prune && c->plan_file && !input_given(c, true))
		return fail_usage(c, "--prune needs input");
	rc = work_open(&w, c, c->dry_run ? WORK_READ_STORE : WORK_WRITE_STORE);
	if (rc == EXIT_DONE)
		rc = apply(&w, &m);
	merge_free(&m);
	work_close(&w);
	return rc;
}
