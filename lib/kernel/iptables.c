/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend of legacy iptables: its operations as the engine calls them. */
#include "kernel/iptables.h"

#include <errno.h>
#include <stdlib.h>

#include "model/options.h"

struct iptables {
	struct backend b;
	struct table_undo undo[2 * TABLE_COUNT_]; /* by table_index() */
};

/* Arguments of the functions that run inside the namespace. */
struct call {
	struct iptables *ipt;
	const struct svclb_state *want;
	struct svclb_state *state;
	struct problems *missing;
	const struct backend_run *run;
	uint8_t family;
};

/* ---- probe ---- */

static bool family_used(const struct iptables *ipt, const struct svclb_state *want, uint8_t family)
{
	if (!want)
		return family == 6 ? ipt->b.opts->ipv6 : ipt->b.opts->ipv4;
	for (size_t i = 0; i < want->chains.n; i++)
		if (want->chains.v[i].family == family)
			return true;
	return false;
}

static void add_missing_family(struct call *c)
{
	problems_add(c->missing,
		     backend_error(&c->ipt->b, SVCLB_EUNSUPPORTED, EAFNOSUPPORT, "probe", NULL,
				   NULL, 0, options_family_hint(c->family),
				   "the kernel lacks IPv%u (ipv%u)", (unsigned)c->family,
				   (unsigned)c->family));
}

static int add_missing(void *data, const char *what, const char *module, int os_errno)
{
	struct call *c = data;

	problems_add(c->missing,
		     backend_error(&c->ipt->b, SVCLB_EUNSUPPORTED, os_errno, "probe", NULL, NULL, 0,
				   NULL, "the kernel lacks IPv%u %s (%s)", (unsigned)c->family,
				   what, module));
	return 0;
}

static int probe_family(struct call *c, struct svclb_error **reterr)
{
	if (xt_has_family(c->family))
		return xt_probe(c->family, c->want, c->ipt->b.opts, add_missing, c, reterr);
	add_missing_family(c);
	return 0;
}

static int probe_inside(void *data, struct svclb_error **reterr)
{
	struct call *c = data;
	int rc = 0;

	for (c->family = 4; c->family <= 6 && !rc; c->family = (uint8_t)(c->family + 2))
		if (family_used(c->ipt, c->want, c->family))
			rc = probe_family(c, reterr);
	return rc;
}

static int iptables_probe(struct backend *b, const struct svclb_state *want,
			  struct problems *missing, struct svclb_error **reterr)
{
	struct call c = {.ipt = (struct iptables *)b, .want = want, .missing = missing};

	return netns_call(b->ns, probe_inside, &c, reterr);
}

static int ask_family(void *data, struct svclb_error **reterr)
{
	struct call *c = data;

	(void)reterr;
	return !xt_has_family(c->family);
}

bool iptables_has_family(struct backend *b, uint8_t family)
{
	struct call c = {.ipt = (struct iptables *)b, .family = family};

	return netns_call(b->ns, ask_family, &c, NULL) <= 0;
}

/* ---- read ---- */

/* Without the family an older kernel may list its tables all the same. Nobody can have filled them. */
static int read_family(struct call *c, uint8_t family, struct svclb_error **reterr)
{
	unsigned present = 0;
	int rc = xt_tables_present(family, &present, reterr);

	if (!rc && present && !xt_has_family(family))
		present = 0;
	for (int t = 0; t < TABLE_COUNT_ && !rc; t++) {
		struct tc_table table;

		if (!(present & 1U << t))
			continue;
		rc = tc_open(&table, &c->ipt->b, family, (enum table)t, reterr);
		if (!rc)
			rc = iptables_read_table(&table, c->state, reterr);
		tc_close(&table);
	}
	return rc;
}

/* A family that is not in use any more may hold what was written while it was. */
static int read_inside(void *data, struct svclb_error **reterr)
{
	struct call *c = data;
	int rc = read_family(c, 4, reterr);

	return rc ? rc : read_family(c, 6, reterr);
}

static int iptables_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
			 struct svclb_error **reterr)
{
	struct call c = {.ipt = (struct iptables *)b, .want = want, .state = ret};

	return netns_call(b->ns, read_inside, &c, reterr);
}

/* ---- run ---- */

static uint32_t index_of(const struct step_view *v)
{
	return v->after != STEP_NONE ? v->after : v->before;
}

static int run_step(struct iptables *ipt, const struct backend_run *run, size_t i,
		    struct svclb_error **reterr)
{
	struct step_view v = backend_step(run, i);
	uint32_t index = index_of(&v);
	struct table_undo *undo;

	if (index >= 2 * TABLE_COUNT_)
		return err_set(reterr, SVCLB_EINVAL, "no table has the number %u", index);
	undo = &ipt->undo[index];
	if (run->undo && undo->known)
		return iptables_put_back(&ipt->b, index, undo, reterr);
	return iptables_commit(&ipt->b, index, v.op == STEP_DELETE ? NULL : v.to, undo, reterr);
}

/* Whether nobody knows what a step has done that failed: there is something to put back. */
static bool is_unknown(const struct iptables *ipt, const struct backend_run *run, size_t i)
{
	struct step_view v = backend_step(run, i);
	uint32_t index = index_of(&v);

	return !run->undo && index < 2 * TABLE_COUNT_ && ipt->undo[index].known;
}

/* Forward the first failure ends it; backwards everything that can be put back is. */
static int run_inside(void *data, struct svclb_error **reterr)
{
	struct call *c = data;
	const struct backend_run *run = c->run;
	struct problems failed = {0};

	for (size_t i = 0; i < run->n && (run->undo || !failed.count); i++) {
		struct svclb_error *err = NULL;

		if (!run_step(c->ipt, run, i, &err)) {
			*run->done[i] = backend_fate(run);
			continue;
		}
		problems_add(&failed, err);
		if (is_unknown(c->ipt, run, i))
			*run->done[i] = FATE_UNKNOWN;
	}
	return problems_give(&failed, reterr);
}

static int iptables_run(struct backend *b, const struct backend_run *run,
			struct svclb_error **reterr)
{
	struct call c = {.ipt = (struct iptables *)b, .run = run};

	return netns_call(b->ns, run_inside, &c, reterr);
}

static void iptables_free(struct backend *b)
{
	struct iptables *ipt = (struct iptables *)b;

	for (size_t i = 0; i < sizeof(ipt->undo) / sizeof(ipt->undo[0]); i++)
		edits_free(&ipt->undo[i].edits);
	free(ipt);
}

static const struct backend_ops iptables_ops = {
	.subsystem = "iptables",
	.probe = iptables_probe,
	.read = iptables_read,
	.run = iptables_run,
	.free = iptables_free,
};

int iptables_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
			 struct svclb_error **reterr)
{
	struct iptables *ipt = calloc(1, sizeof(*ipt));

	if (!ipt)
		return err_nomem(reterr);
	ipt->b.ops = &iptables_ops;
	ipt->b.opts = opts;
	ipt->b.ns = ns;
	*ret = &ipt->b;
	return 0;
}
