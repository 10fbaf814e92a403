/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans as objects: references, walking, words for steps. */
#include "plan/diff.h"

#include <stdlib.h>
#include <string.h>

#include "plan/drain.h"
#include "plan/step-text.h"
#include "util/strbuf.h"
#include "util/utf8.h"

struct svclb_plan *plan_new(struct svclb_state *from, struct svclb_state *to,
			    struct svclb_state *wanted)
{
	struct svclb_plan *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->from = svclb_state_ref(from);
	p->to = svclb_state_ref(to);
	p->wanted = svclb_state_ref(wanted);
	return p;
}

struct svclb_plan *plan_copy(const struct svclb_plan *plan, struct svclb_state *to)
{
	struct svclb_plan *p = plan_new(plan->from, to, plan->wanted);

	if (!p || vec_reserve(&p->steps, plan->steps.n) < 0)
		return svclb_plan_unref(p);
	if (plan->steps.n)
		memcpy(p->steps.v, plan->steps.v, plan->steps.n * sizeof(*p->steps.v));
	p->steps.n = plan->steps.n;
	p->saved = plan->saved;
	return p;
}

struct svclb_plan *svclb_plan_ref(struct svclb_plan *plan)
{
	if (plan)
		atomic_fetch_add(&plan->refs, 1);
	return plan;
}

struct svclb_plan *svclb_plan_unref(struct svclb_plan *plan)
{
	if (!plan || atomic_fetch_sub(&plan->refs, 1) != 1)
		return NULL;
	svclb_state_unref(plan->from);
	svclb_state_unref(plan->to);
	svclb_state_unref(plan->wanted);
	vec_free(&plan->steps);
	free(plan);
	return NULL;
}

size_t svclb_plan_count(const struct svclb_plan *plan)
{
	return plan ? plan->steps.n : 0;
}

size_t svclb_plan_count_drained(const struct svclb_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; plan && i < plan->steps.n; i++)
		n += drain_step_ends(plan, &plan->steps.v[i]);
	return n;
}

const struct svclb_step *svclb_plan_next_step(const struct svclb_plan *plan,
					      const struct svclb_step *prev)
{
	size_t i;

	if (!plan)
		return NULL;
	i = prev ? (size_t)(prev - plan->steps.v) + 1 : 0;
	return i < plan->steps.n ? &plan->steps.v[i] : NULL;
}

const char *svclb_step_get_op(const struct svclb_step *step)
{
	static const char *const ops[] = {
		[STEP_ADD] = "add", [STEP_CHANGE] = "change", [STEP_DELETE] = "delete"};

	return step ? ops[step->op] : NULL;
}

const char *svclb_step_get_object(const struct svclb_plan *plan, const struct svclb_step *step)
{
	return plan && step ? step_origin(plan, step)->object : NULL;
}

const char *svclb_step_get_subsystem(const struct svclb_step *step)
{
	static const char *const subsystems[] = {
		[STEP_SYSCTL] = "sysctl",
		[STEP_TIMEOUTS] = "ipvs",
		[STEP_LINK] = "link",
		[STEP_SET] = "ipset",
		[STEP_ENTRY] = "ipset",
		[STEP_TABLE] = "iptables",
		[STEP_VSERVER] = "ipvs",
		[STEP_RSERVER] = "ipvs",
		[STEP_ADDR] = "link",
		[STEP_VSERVER_FLOWS] = "conntrack",
		[STEP_RSERVER_FLOWS] = "conntrack",
		[STEP_SETTLE] = "ipvs",
		[STEP_FRONT_FLOWS] = "conntrack",
		[STEP_BACK_FLOWS] = "conntrack",
		[STEP_QUIESCE] = "ipvs",
		[STEP_ROUTES] = "link",
	};

	return step ? subsystems[step->kind] : NULL;
}

int svclb_step_to_text(const struct svclb_plan *plan, const struct svclb_step *step, char **ret)
{
	struct strbuf b = {0};
	char *text;

	if (!plan || !step || !ret)
		return -SVCLB_EINVAL;
	step_text(&b, plan, step);
	text = strbuf_steal(&b);
	if (!text)
		return -SVCLB_ENOMEM;
	text_make_safe(text, false); /* as svclb_plan_to_text() */
	*ret = text;
	return 0;
}
