/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl plan: what apply would do. */
#include "change.h"
#include "commands.h"
#include "merge.h"
#include "output.h"
#include "refused.h"

static int print_plan(struct cli *c, const struct svclb_plan *plan)
{
	struct svclb_error *err = NULL;
	autolib char *text = NULL;
	int r = c->output == OUT_JSON ? svclb_plan_to_json(plan, &text, &err)
				      : svclb_plan_to_text(plan, &text, &err);

	if (r < 0)
		return fail_error(c, err);
	if (c->output == OUT_JSON)
		fputs(text, stdout);
	else
		print_plan_text(c, text);
	return c->exit_code && svclb_plan_count(plan) ? EXIT_DIFFERENT : EXIT_DONE;
}

static int compare(struct work *w, struct merged *m, void *data, struct svclb_error **refusal)
{
	return change_plan(w, m->state, data, refusal);
}

static int plan_input(struct work *w, struct merged *m)
{
	struct svclb_plan *plan = NULL;
	int rc = work_connect(w);

	if (rc == EXIT_DONE)
		rc = work_resolve(w);
	if (rc == EXIT_DONE)
		rc = merge_input(w, false, m);
	if (rc == EXIT_DONE)
		warn_list(w->cli, svclb_ctx_get_mode_notice(w->ctx));
	if (rc == EXIT_DONE)
		rc = work_warn_mode(w, m->model);
	if (rc == EXIT_DONE)
		rc = refused_try(w, m, compare, &plan);
	if (rc == EXIT_DONE)
		rc = print_plan(w->cli, plan);
	svclb_plan_unref(plan);
	return rc;
}

int cmd_plan(struct cli *c)
{
	struct merged m = {0};
	struct work w;
	int rc = work_open(&w, c, WORK_READ_STORE);

	if (rc == EXIT_DONE)
		rc = plan_input(&w, &m);
	merge_free(&m);
	work_close(&w);
	return rc;
}
