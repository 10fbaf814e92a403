/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an apply did: the plan it carried out, notices, times. */
#include <stdlib.h>

#include "apply/ctx.h"
#include "util/jsonout.h"

struct svclb_report *report_new(void)
{
	struct svclb_report *r = calloc(1, sizeof(*r));

	if (r)
		atomic_init(&r->refs, 1);
	return r;
}

int report_finish(int r, struct svclb_report *report, struct svclb_report **ret)
{
	(void)problems_tell(&report->warnings); /* without memory the number is missing */
	if (ret && (!r || r == -SVCLB_EROLLEDBACK || r == -SVCLB_EROLLBACK))
		*ret = report;
	else
		svclb_report_unref(report);
	return r;
}

struct svclb_report *svclb_report_ref(struct svclb_report *report)
{
	if (report)
		atomic_fetch_add(&report->refs, 1);
	return report;
}

struct svclb_report *svclb_report_unref(struct svclb_report *report)
{
	if (!report || atomic_fetch_sub(&report->refs, 1) != 1)
		return NULL;
	svclb_plan_unref(report->plan);
	svclb_plan_unref(report->first);
	svclb_plan_unref(report->second);
	svclb_state_unref(report->before);
	problems_free(&report->warnings);
	free(report);
	return NULL;
}

size_t svclb_report_get_changes(const struct svclb_report *report)
{
	return report ? report->changes : 0;
}

size_t svclb_report_get_draining(const struct svclb_report *report)
{
	return report ? report->draining : 0;
}

const struct svclb_plan *svclb_report_get_plan(const struct svclb_report *report)
{
	return report ? report->plan : NULL;
}

const struct svclb_error *svclb_report_get_warnings(const struct svclb_report *report)
{
	return report ? report->warnings.first : NULL;
}

uint32_t svclb_report_get_mode(const struct svclb_report *report)
{
	return report ? report->mode : SVCLB_MODE_AUTO;
}

static int steps_json(struct jsonout *j, const struct svclb_plan *plan)
{
	const struct svclb_step *s = NULL;

	jsonout_key(j, "steps");
	jsonout_array(j);
	while ((s = svclb_plan_next_step(plan, s))) {
		char *text;

		if (svclb_step_to_text(plan, s, &text) < 0)
			return -1;
		jsonout_object(j);
		jsonout_kv_str(j, "op", svclb_step_get_op(s));
		jsonout_kv_str(j, "subsystem", svclb_step_get_subsystem(s));
		jsonout_kv_str(j, "object", text);
		jsonout_object_end(j);
		svclb_text_free(text);
	}
	jsonout_array_end(j);
	return 0;
}

int svclb_report_to_json(const struct svclb_report *report, char **ret, struct svclb_error **reterr)
{
	struct strbuf b = {0};
	struct jsonout j = {.b = &b};
	char *text;

	if (!report || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "a report and a place for the text are needed");
	jsonout_object(&j);
	jsonout_kv_str(&j, "apiVersion", "svclb.io/v1alpha1");
	jsonout_kv_str(&j, "kind", "Report");
	jsonout_kv_str(&j, "formatVersion", "1.0");
	jsonout_kv_bool(&j, "changed", report->changes > 0);
	jsonout_kv_int(&j, "changes", (int64_t)report->changes);
	jsonout_kv_int(&j, "draining", (int64_t)report->draining);
	jsonout_kv_str(&j, "mode", report->mode == SVCLB_MODE_IPTABLES ? "iptables" : "ipvs");
	jsonout_key(&j, "microseconds");
	jsonout_object(&j);
	jsonout_kv_int(&j, "compile", (int64_t)report->timing.compile_us);
	jsonout_kv_int(&j, "read", (int64_t)report->timing.read_us);
	jsonout_kv_int(&j, "diff", (int64_t)report->timing.diff_us);
	jsonout_kv_int(&j, "commit", (int64_t)report->timing.commit_us);
	jsonout_object_end(&j);
	if (steps_json(&j, report->plan) < 0)
		b.failed = true;
	jsonout_object_end(&j);
	strbuf_addc(&b, '\n');
	text = strbuf_steal(&b);
	if (!text)
		return err_nomem(reterr);
	*ret = text;
	return 0;
}
