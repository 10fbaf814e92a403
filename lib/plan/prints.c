/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan begins with and what it was made for, as fingerprints. */
#include "plan/prints.h"

#include <string.h>

bool plan_prints(const struct svclb_plan *plan, struct plan_prints *ret)
{
	if (*plan->saved.from) {
		*ret = plan->saved;
		return true;
	}
	return state_fingerprint(plan->from, false, ret->from) &&
	       state_fingerprint(plan->wanted, true, ret->wanted);
}

int svclb_plan_leads_to(const struct svclb_plan *plan, const struct svclb_state *want)
{
	struct plan_prints prints;
	char print[FINGERPRINT_SIZE];

	if (!plan || !want || !want->sealed)
		return -SVCLB_EINVAL;
	if (!plan_prints(plan, &prints) || !state_fingerprint(want, true, print))
		return -SVCLB_ENOMEM;
	return !strcmp(prints.wanted, print);
}
