/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan for people: a line a step, the service it is for, a summary last. */
#include <string.h>

#include "plan/order.h"
#include "plan/step-text.h"
#include "util/utf8.h"

static const char symbols[] = {[STEP_ADD] = '+', [STEP_CHANGE] = '~', [STEP_DELETE] = '-'};

/* How many steps from i on create (or destroy) sets one after the other. */
static size_t set_run(const struct svclb_plan *plan, size_t i)
{
	const struct svclb_step *first = &plan->steps.v[i];
	size_t n = 0;

	while (i + n < plan->steps.n && plan->steps.v[i + n].kind == STEP_SET &&
	       plan->steps.v[i + n].op == first->op && first->op != STEP_CHANGE)
		n++;
	return n;
}

static const char *set_name_of(const struct svclb_plan *plan, const struct svclb_step *s)
{
	return s->after != STEP_NONE ? plan->to->sets.v[s->after].name
				     : plan->from->sets.v[s->before].name;
}

/* The fixed sets come and go together: one line for all of them. */
static void sets_line(struct strbuf *b, const struct svclb_plan *plan, size_t i, size_t n)
{
	strbuf_addf(b, "%c %zu sets: %s … %s\n", symbols[plan->steps.v[i].op], n,
		    set_name_of(plan, &plan->steps.v[i]),
		    set_name_of(plan, &plan->steps.v[i + n - 1]));
}

/* Real servers of a virtual server that is new stand below it: they share its phase. */
static bool is_nested(const struct svclb_step *s)
{
	return s->kind == STEP_RSERVER && s->phase == step_phase(STEP_VSERVER, STEP_ADD, 0);
}

static void step_line(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	bool nested = is_nested(s);
	const struct origin *o = step_origin(plan, s);

	strbuf_addf(b, "%s%c ", nested ? "    " : "", symbols[s->op]);
	step_text(b, plan, s);
	if (o->object && !nested)
		strbuf_addf(b, "  (%s)", o->object);
	strbuf_addc(b, '\n');
}

static void summary(struct strbuf *b, const struct svclb_plan *plan)
{
	static const char *const subsystems[] = {"ipvs", "ipset",  "iptables",
						 "link", "sysctl", "conntrack"};
	enum { SUBSYSTEMS = sizeof(subsystems) / sizeof(subsystems[0]) };
	size_t by_op[4] = {0};
	size_t by_subsystem[SUBSYSTEMS] = {0};
	bool first = true;

	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];

		by_op[s->op]++;
		for (int k = 0; k < SUBSYSTEMS; k++)
			by_subsystem[k] += !strcmp(subsystems[k], svclb_step_get_subsystem(s));
	}
	strbuf_addf(b, "Plan: %zu to add, %zu to change, %zu to delete", by_op[STEP_ADD],
		    by_op[STEP_CHANGE], by_op[STEP_DELETE]);
	for (int k = 0; k < SUBSYSTEMS; k++) {
		if (!by_subsystem[k])
			continue;
		strbuf_addf(b, "%s%s %zu", first ? " (" : ", ", subsystems[k], by_subsystem[k]);
		first = false;
	}
	strbuf_add(b, first ? ".\n" : ").\n");
}

int svclb_plan_to_text(const struct svclb_plan *plan, char **ret, struct svclb_error **reterr)
{
	struct strbuf b = {0};
	char *text;

	if (!plan || !ret)
		return err_set(reterr, SVCLB_EINVAL, "a plan and a place for the text are needed");
	for (size_t i = 0; i < plan->steps.n;) {
		size_t run = set_run(plan, i);

		if (run > 4) {
			sets_line(&b, plan, i, run);
			i += run;
			continue;
		}
		step_line(&b, plan, &plan->steps.v[i]);
		i++;
	}
	if (plan->steps.n)
		summary(&b, plan);
	else
		strbuf_add(&b, "Nothing to do: the kernel is in the wanted state.\n");
	text = strbuf_steal(&b);
	if (!text)
		return err_nomem(reterr);
	text_make_safe(text, true); /* names that the kernel gave may hold anything */
	*ret = text;
	return 0;
}
