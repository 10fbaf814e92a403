/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl cleanup: everything of ours out of the kernel and the store. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change.h"
#include "commands.h"
#include "doc.h"
#include "interrupt.h"

static bool agreed(const struct cli *c)
{
	char answer[16];

	if (c->yes || !isatty(STDIN_FILENO))
		return true;
	fputs("remove all virtual servers, sets, chains and addresses of ours? [y/N] ", stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void print_json(const struct svclb_report *report)
{
	autolib char *json = NULL;
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Result");
	doc_bool(&d, "ok", true);
	doc_bool(&d, "changed", svclb_report_get_changes(report) > 0);
	if (svclb_report_to_json(report, &json, NULL) == 0)
		doc_raw(&d, "report", json);
	doc_end(&d);
	doc_print(&d);
}

static void print_result(const struct cli *c, const struct svclb_report *report)
{
	size_t n = svclb_report_get_changes(report);
	autotext struct text counts = {0};

	if (c->output == OUT_JSON) {
		print_json(report);
		return;
	}
	if (c->quiet)
		return;
	count_steps(svclb_report_get_plan(report), &counts);
	if (n)
		printf("removed: %zu change%s in the kernel (%s)\n", n, n == 1 ? "" : "s",
		       text_get(&counts));
	printf("nothing left\n");
}

/* The store is emptied with the kernel: where that fails, it stays as it is. */
static int clean(struct work *w)
{
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	int rc = work_connect(w);

	if (rc == EXIT_DONE && w->store)
		rc = store_clear(w->store);
	if (rc == EXIT_DONE && w->store)
		rc = store_prepare(w->store);
	if (rc == EXIT_DONE) {
		interrupt_catch(w->ctx);
		if (svclb_cleanup(w->ctx, &report, &err) < 0)
			rc = fail_error(w->cli, err);
		interrupt_too_late();
	}
	if (rc == EXIT_DONE && w->store && store_commit(w->store) != EXIT_DONE)
		rc = change_take_back(w, report);
	if (rc == EXIT_DONE)
		print_result(w->cli, report);
	svclb_report_unref(report);
	return rc;
}

/* A machine that never applied anything gets no state directory from being cleaned. */
static bool has_state_dir(const struct cli *c)
{
	struct stat st;

	return stat(c->state_dir ? c->state_dir : STATE_DIR_DEFAULT, &st) == 0 || errno != ENOENT;
}

/* What is ours follows from the kernel; the store is only good for names that were set. */
static int open_without_store(struct work *w, struct cli *c, size_t first)
{
	work_close(w);
	work_only_warn(c, first, "the store is damaged");
	warn(c,
	     "the kernel is cleaned all the same, as its own names tell what is ours; were other "
	     "names set, give them again (--prefix, --link-name). The store stays as it is: "
	     "restore it or remove it, then apply again");
	return work_open(w, c, WORK_NO_STORE);
}

int cmd_cleanup(struct cli *c)
{
	size_t first = c->n_problems;
	struct work w;
	int rc;

	if (!agreed(c))
		return fail(c, EXIT_ERROR, "nothing was removed");
	rc = work_open(&w, c, has_state_dir(c) ? WORK_WRITE_STORE : WORK_NO_STORE);
	/* locked and forbidden are other exit codes */
	if (rc == EXIT_ERROR && w.store_failed)
		rc = open_without_store(&w, c, first);
	if (rc == EXIT_DONE)
		rc = clean(&w);
	work_close(&w);
	return rc;
}
