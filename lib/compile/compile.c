/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desired state of a model: selection first, then one part of the state after the other. */
#include <stdlib.h>

#include "compile/internal.h"

/* Anything that may become a virtual server. */
static bool has_servers(struct svclb_model *m)
{
	size_t first;

	return model_kind_range(m, SVCLB_KIND_SERVICE, &first) > first ||
	       model_kind_range(m, SVCLB_KIND_VIRTUAL_SERVER, &first) > first;
}

static void add_timeouts(struct compiler *c)
{
	const struct ipvs_timeouts *t = &c->opts->ipvs_timeouts;

	/* the kernel takes all three at once and keeps its own for a zero */
	c->st->timeouts_given = t->tcp_sec || t->tcp_fin_sec || t->udp_sec;
	c->st->timeouts = *t;
}

static int fill_ipvs(struct compiler *c)
{
	if (add_sets(c) < 0 || add_vservers(c) < 0 || add_entries(c) < 0 || add_rules(c) < 0)
		return -1;
	c->st->link = true;
	add_timeouts(c);
	return 0;
}

static int fill(struct compiler *c)
{
	bool iptables = c->opts->mode == SVCLB_MODE_IPTABLES;
	bool fit = true;

	c->origins = calloc(c->sel->n_ports + c->n_plains + 1, sizeof(*c->origins));
	if (!c->origins || find_node_addresses(c) < 0 || collect_claims(c) < 0)
		return -1;
	check_claims(c);
	if (!iptables && claims_fit(c, &fit) < 0)
		return -1;
	if (!fit)
		return 0;
	if ((iptables ? fill_iptables(c) : fill_ipvs(c)) < 0)
		return -1;
	return add_sysctls(c);
}

static void compiler_free(struct compiler *c)
{
	free(c->origins);
	vec_free(&c->node_ips);
	vec_free(&c->families[0].node_port_ips);
	vec_free(&c->families[1].node_port_ips);
	vec_free(&c->claims);
	problems_free(&c->problems);
}

/* Fills and seals st. */
static int compile_selection(struct svclb_state *st, struct svclb_model *m,
			     const struct svclb_selection *sel, const struct svclb_options *opts,
			     struct svclb_error **reterr)
{
	size_t first, end = model_kind_range(m, SVCLB_KIND_VIRTUAL_SERVER, &first);
	struct compiler c = {
		.st = st,
		.opts = opts,
		.sel = sel,
		.model = m,
		.plains = m->objects.v + first,
		.n_plains = (uint32_t)(end - first),
		.problems = {.limit = opts->limits[SVCLB_LIMIT_PROBLEMS]},
		.patience = patience_of(opts),
	};
	int r;

	if (fill(&c) < 0)
		r = patience_give_up(&c.patience, reterr);
	else
		r = problems_give(&c.problems, reterr);
	compiler_free(&c);
	if (!r)
		r = state_seal(st, reterr);
	if (!r)
		fit_set_sizes(st);
	return r;
}

static int compile_services(struct svclb_model *m, const struct svclb_options *opts,
			    struct svclb_state *st, struct svclb_error **reterr)
{
	struct svclb_selection *sel;
	int r = select_endpoints(m, opts, &sel, reterr);

	if (r < 0)
		return r;
	r = compile_selection(st, m, sel, opts, reterr);
	selection_free(sel);
	return r;
}

int compile_model(struct svclb_model *m, const struct svclb_options *opts, struct svclb_state **ret,
		  struct svclb_error **reterr)
{
	struct svclb_state *st = state_new(opts);
	int r;

	if (!st)
		return err_nomem(reterr);
	model_sort(m);
	if (has_servers(m))
		r = compile_services(m, opts, st, reterr);
	else
		r = state_seal(st, reterr);
	if (r < 0) {
		svclb_state_unref(st);
		return r;
	}
	*ret = st;
	return 0;
}

int svclb_compile(struct svclb_model *model, const struct svclb_options *opts,
		  struct svclb_state **ret, struct svclb_error **reterr)
{
	if (!model || !ret)
		return err_set(reterr, SVCLB_EINVAL, "svclb_compile needs a model and a result");
	if (!model->completed)
		return err_set(reterr, SVCLB_EINVAL, "the model is not completed");
	return compile_model(model, opts ? opts : options_defaults(), ret, reterr);
}
