/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completing a model: default, validate, allocate, resolve, derive, tune, in this order. */
#include "model/check.h"
#include "model/claims.h"
#include "model/idle.h"

static int complete(struct check *c, struct svclb_error **reterr)
{
	model_drop_derived(c->model);
	model_sort(c->model);
	if (model_sort_labels(c->model) < 0)
		return err_nomem(reterr);
	model_warn_affinity_config(c); /* defaulting takes it away */
	model_default(c);
	model_canonical(c);
	model_validate(c);
	/* Conflicts between objects belong into the same list as faults of single ones. */
	if (!c->given_up)
		model_allocate(c);
	if (!c->given_up && model_check_size(c, NULL))
		model_check_claims(c);
	if (!c->given_up && !c->problems.count) {
		model_resolve(c);
		model_derive(c);
	}
	if (!c->given_up && !c->problems.count)
		(void)model_check_size(c, NULL); /* derived slices too; the problems tell */
	if (!c->given_up && !c->problems.count)
		model_tune(c);
	if (!c->given_up && !c->problems.count)
		model_warn_slices(c);
	if (!c->given_up && !c->problems.count)
		model_warn_mentions(c);
	if (!c->given_up && !c->problems.count)
		model_warn_addresses(c);
	if (!c->given_up && !c->problems.count)
		model_warn_idle(c);
	if (c->given_up || !problems_tell(&c->model->warnings))
		return patience_give_up(&c->patience, reterr);
	return problems_give(&c->problems, reterr);
}

int model_faults(struct svclb_model *m, struct patience *patience, struct problems *ret)
{
	struct check c = {.model = m, .opts = options_defaults(), .patience = *patience};

	model_sort(m);
	model_default(&c);
	model_canonical(&c);
	model_validate(&c);
	*patience = c.patience;
	problems_move(ret, &c.problems);
	problems_free(&c.problems);
	arena_free(&c.scratch);
	return c.given_up ? -1 : 0;
}

int model_complete(struct svclb_model *model, const struct svclb_options *opts, size_t each,
		   struct svclb_error **reterr)
{
	struct check c = {
		.model = model, .opts = opts, .each = each, .patience = patience_of(opts)};
	int r;

	c.problems.limit = each ? SIZE_MAX : model->limits[SVCLB_LIMIT_PROBLEMS];
	r = complete(&c, reterr);
	problems_free(&c.problems);
	arena_free(&c.scratch);
	if (!r)
		model->completed = true;
	return r;
}

int svclb_model_complete(struct svclb_model *model, const struct svclb_options *opts,
			 struct svclb_error **reterr)
{
	if (!model)
		return err_set(reterr, SVCLB_EINVAL, "no model");
	if (model->completed)
		return 0;
	return model_complete(model, opts ? opts : options_defaults(), 0, reterr);
}
