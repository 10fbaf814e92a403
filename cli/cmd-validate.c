/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl validate: every problem of the input in one run. */
#include "commands.h"
#include "doc.h"
#include "input.h"
#include "work.h"

static void print_result(const struct cli *c, size_t objects)
{
	struct doc d;

	if (c->output != OUT_JSON) {
		if (!c->quiet)
			printf("%zu object%s valid\n", objects, objects == 1 ? "" : "s");
		return;
	}
	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Result");
	doc_bool(&d, "ok", true);
	doc_int(&d, "objects", (int64_t)objects);
	doc_end(&d);
	doc_print(&d);
}

static int validate(struct work *w)
{
	struct svclb_model *model = NULL;
	struct svclb_state *state = NULL;
	int loaded = input_load(w->cli, w->opts, true, &model);
	int rc = loaded;

	/* Files that could be read are checked also when others could not. */
	if (model && (loaded == EXIT_DONE || loaded == EXIT_INVALID))
		rc = work_compile(w, model, &state);
	if (rc == EXIT_DONE && model)
		rc = work_warn_mode(w, model);
	if (loaded != EXIT_DONE)
		rc = loaded;
	if (rc == EXIT_DONE && !svclb_model_count(model, 0))
		rc = input_none(w->cli);
	if (rc == EXIT_DONE)
		print_result(w->cli, svclb_model_count(model, 0));
	svclb_state_unref(state);
	svclb_model_unref(model);
	return rc;
}

int cmd_validate(struct cli *c)
{
	struct work w;
	int rc = work_open(&w, c, WORK_NO_STORE);

	if (rc == EXIT_DONE)
		rc = validate(&w);
	work_close(&w);
	return rc;
}
