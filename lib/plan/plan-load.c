/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a saved plan: rebuilds its two states and diffs them again. */
#include <string.h>

#include "manifest/reader.h"
#include "plan/image-read.h"

/* Prefix and link name decide which objects are meant: both come from the file. */
static void read_names(struct image_reader *r, const struct tnode *root, struct svclb_options *opts)
{
	const char *prefix = tnode_text(tnode_get(root, "prefix"));
	const char *link = tnode_text(tnode_get(root, "linkName"));

	if (!prefix || svclb_options_set_prefix(opts, prefix) < 0)
		image_problem(r, root, "prefix", "is missing or not a prefix");
	if (!link || svclb_options_set_link_name(opts, link) < 0)
		image_problem(r, root, "linkName", "is missing or not a link's name");
}

static void check_header(struct image_reader *r, const struct tnode *root)
{
	const char *api = tnode_text(tnode_get(root, "apiVersion"));
	const char *kind = tnode_text(tnode_get(root, "kind"));
	const char *version = tnode_text(tnode_get(root, "formatVersion"));

	if (!api || strcmp(api, "svclb.io/v1alpha1"))
		image_problem(r, root, "apiVersion", "must be svclb.io/v1alpha1");
	if (!kind || strcmp(kind, "Plan"))
		image_problem(r, root, "kind", "must be Plan");
	if (!version || strncmp(version, "1.", 2))
		image_problem(r, root, "formatVersion", "must be 1.x");
}

static void read_print(struct image_reader *r, const struct tnode *root, const char *name,
		       char ret[FINGERPRINT_SIZE])
{
	const struct tnode *n = tnode_get(tnode_get(root, "fingerprints"), name);
	const char *text = n ? tnode_text(n) : NULL;

	if (text && strlen(text) == FINGERPRINT_SIZE - 1)
		memcpy(ret, text, FINGERPRINT_SIZE);
	else
		image_problem(r, n ? n : root, name, "is missing or no fingerprint");
}

static int build_plan(struct image_reader *r, const struct tnode *root, struct svclb_options *opts,
		      uint64_t ways_max, struct svclb_plan **ret, struct svclb_error **reterr)
{
	struct plan_prints prints = {.from = ""};
	struct svclb_state *from;
	struct svclb_state *to;
	int ok;

	check_header(r, root);
	read_names(r, root, opts);
	read_print(r, root, "from", prints.from);
	read_print(r, root, "wanted", prints.wanted);
	from = state_new(opts);
	to = state_new(opts);
	if (from && to) {
		from->ways_max = to->ways_max = ways_max;
		image_read_state(r, tnode_get(root, "from"), from);
		image_read_state(r, tnode_get(root, "to"), to);
	}
	if (!from || !to || r->given_up)
		ok = patience_give_up(&r->patience, reterr);
	else
		ok = problems_give(&r->problems, reterr);
	if (!ok)
		ok = state_seal(from, reterr);
	if (!ok)
		ok = state_seal(to, reterr);
	if (!ok)
		ok = svclb_diff(from, to, 1, ret, reterr);
	if (!ok)
		(*ret)->saved = prints;
	svclb_state_unref(from);
	svclb_state_unref(to);
	return ok;
}

/* The single JSON document of the file. */
static int read_tree(struct source *src, struct arena *arena, const struct tnode **ret)
{
	struct reader reader = {0};
	int r = reader_open(&reader, src);

	if (!r)
		r = reader_next(&reader, arena, ret);
	reader_close(&reader);
	return r;
}

int svclb_plan_load(const char *buf, size_t len, const char *name, const struct svclb_options *opts,
		    struct svclb_plan **ret, struct svclb_error **reterr)
{
	const struct svclb_options *given = opts ? opts : options_defaults();
	struct image_reader r = {.file = name, .patience = patience_of(given)};
	struct source src = {.name = name,
			     .buf = buf,
			     .len = len,
			     .limits = given->limits,
			     .patience = r.patience,
			     .problems = &r.problems};
	struct svclb_options *own = options_copy(options_defaults()); /* the names are the plan's */
	const struct tnode *root = NULL;
	struct arena arena = {0};
	int ok;

	if (!buf || !ret) {
		svclb_options_unref(own);
		return err_set(reterr, SVCLB_EINVAL, "text and a place for the plan are needed");
	}
	if (!own) {
		ok = err_nomem(reterr);
	} else if (read_tree(&src, &arena, &root) < 0) {
		ok = src.given_up ? patience_give_up(&src.patience, reterr)
				  : problems_give(&r.problems, reterr);
	} else if (!root) {
		ok = err_set(reterr, SVCLB_EPARSE, "%s: no plan in it", name ? name : "input");
	} else {
		ok = build_plan(&r, root, own, given->limits[SVCLB_LIMIT_NODES], ret, reterr);
	}
	problems_free(&r.problems);
	arena_free(&arena);
	svclb_options_unref(own);
	return ok;
}
