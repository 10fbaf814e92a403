/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps in words: for plans that people read and for errors. */
#ifndef SVCLB_PLAN_STEP_TEXT_H
#define SVCLB_PLAN_STEP_TEXT_H

#include "plan/plan.h"
#include "util/strbuf.h"

/* "virtual server 10.96.0.10:80/TCP rr", what changes as "weight 1 -> 0"; no newline. */
void step_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *step);

/* The state and origin of the object a step is about: the wanted image, else the old one. */
const struct origin *step_origin(const struct svclb_plan *plan, const struct svclb_step *step);

#endif
