/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was changed, or would be: a line an object and a summary, or one JSON document. */
#include "change.h"
#include "doc.h"
#include "kinds.h"
#include "output.h"

static const char *const actions[] = {"unchanged", "created", "configured", "deleted"};
const char *const subsystems[N_SUBSYSTEMS] = {"ipvs", "ipset",	"iptables",
					      "link", "sysctl", "conntrack"};

void count_steps(const struct svclb_plan *plan, struct text *ret)
{
	size_t counts[N_SUBSYSTEMS] = {0};
	const struct svclb_step *step = NULL;

	while (plan && (step = svclb_plan_next_step(plan, step)))
		for (size_t i = 0; i < N_SUBSYSTEMS; i++)
			counts[i] += !strcmp(subsystems[i], svclb_step_get_subsystem(step));
	for (size_t i = 0; i < N_SUBSYSTEMS; i++)
		if (counts[i])
			text_addf(ret, "%s%s %zu", ret->len ? ", " : "", subsystems[i], counts[i]);
}

static void print_lines(struct cli *c, const struct changes *ch)
{
	const char *dry = c->dry_run ? " (dry run)" : "";

	for (size_t i = 0; i < ch->n; i++) {
		const struct change *one = &ch->v[i];
		autofree char *name = thing_name(c, one->kind, one->ns, one->name);

		if (one->shown && one->why)
			printf("%s %s (%s)%s\n", name, actions[one->action], one->why, dry);
		else if (one->shown)
			printf("%s %s%s\n", name, actions[one->action], dry);
	}
}

static void print_summary(const struct change_result *r)
{
	size_t n = svclb_report_get_changes(r->report);
	autotext struct text counts = {0};

	count_steps(svclb_report_get_plan(r->report), &counts);
	if (n)
		printf("applied: %zu change%s in the kernel (%s) in %.0f ms", n, n == 1 ? "" : "s",
		       text_get(&counts), r->milliseconds);
	else
		printf("unchanged");
	printf(", mode %s (%s)\n", mode_name(svclb_report_get_mode(r->report)), r->mode_reason);
}

static void print_text(struct cli *c, const struct change_result *r)
{
	autolib char *plan = NULL;

	if (c->quiet)
		return;
	print_lines(c, r->changes);
	if (r->report)
		print_summary(r);
	if (r->plan && svclb_plan_to_text(r->plan, &plan, NULL) == 0)
		print_plan_text(c, plan);
}

static void object_doc(struct doc *d, const struct change *one)
{
	if (!one->shown)
		return;
	doc_object(d, NULL);
	doc_str(d, "kind", kind_of((enum thing)one->kind)->title);
	if (*one->ns)
		doc_str(d, "namespace", one->ns);
	doc_str(d, "name", one->name);
	doc_str(d, "action", actions[one->action]);
	doc_str(d, "reason", one->why);
	doc_end(d);
}

static bool anything_changed(const struct change_result *r)
{
	if (r->report && svclb_report_get_changes(r->report))
		return true;
	if (r->plan && svclb_plan_count(r->plan))
		return true;
	for (size_t i = 0; i < r->changes->n; i++)
		if (r->changes->v[i].action != ACTION_UNCHANGED)
			return true;
	return false;
}

static void warnings_doc(struct doc *d, const struct svclb_error *list)
{
	autolib char *json = NULL;

	if (list && svclb_error_to_json(list, &json) == 0)
		doc_raw(d, "warnings", json);
}

static void print_json(struct cli *c, const struct change_result *r)
{
	autolib char *report = NULL;
	autolib char *plan = NULL;
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Result");
	doc_bool(&d, "ok", true);
	doc_bool(&d, "changed", anything_changed(r));
	if (c->dry_run)
		doc_str(&d, "dryRun", c->dry_run_name);
	if (r->report) {
		doc_str(&d, "mode", mode_name(svclb_report_get_mode(r->report)));
		doc_str(&d, "modeReason", r->mode_reason);
	}
	if (c->quarantine && r->changes->aside)
		asides_doc(&d, &r->changes->aside->objects);
	doc_array(&d, "objects");
	for (size_t i = 0; i < r->changes->n; i++)
		object_doc(&d, &r->changes->v[i]);
	doc_end(&d);
	if (r->report && svclb_report_to_json(r->report, &report, NULL) == 0)
		doc_raw(&d, "report", report);
	if (r->report)
		warnings_doc(&d, svclb_report_get_warnings(r->report));
	if (r->plan && svclb_plan_to_json(r->plan, &plan, NULL) == 0)
		doc_raw(&d, "plan", plan);
	doc_end(&d);
	doc_print(&d);
}

void change_print(struct cli *c, const struct change_result *r)
{
	if (r->report)
		warn_list(c, svclb_report_get_warnings(r->report));
	if (c->output == OUT_JSON)
		print_json(c, r);
	else
		print_text(c, r);
}
