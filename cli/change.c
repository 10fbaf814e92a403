/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing the applied objects: what changes, and store and kernel as one transaction. */
#include "change.h"
#include "interrupt.h"

static struct change *add_change(struct changes *ch, uint32_t kind, const char *ns,
				 const char *name, enum action action)
{
	struct change *one;

	ch->v = xrealloc(ch->v, ch->n + 1, sizeof(*ch->v));
	one = &ch->v[ch->n++];
	*one = (struct change){
		.kind = kind, .ns = xstrdup(ns), .name = xstrdup(name), .action = action};
	return one;
}

static int compare_object(struct work *w, const struct svclb_object *obj, bool shown,
			  struct changes *ch)
{
	uint32_t kind = svclb_object_get_kind(obj);
	const char *ns = svclb_object_get_namespace(obj);
	const char *name = svclb_object_get_name(obj);
	autolib char *json = NULL;
	autofree char *stored = NULL;
	enum action action = ACTION_UNCHANGED;
	struct change *one;

	if (svclb_object_to_json(obj, &json) < 0)
		return fail(w->cli, EXIT_ERROR, "out of memory");
	if (w->store) {
		int rc = store_get(w->store, kind, ns, name, &stored);

		if (rc != EXIT_DONE)
			return rc;
	}
	if (!stored)
		action = ACTION_CREATED;
	else if (strcmp(stored, json))
		action = ACTION_CONFIGURED;
	one = add_change(ch, kind, ns, name, action);
	one->shown = shown;
	if (svclb_object_get_skip_reason(obj))
		one->why = xasprintf("no virtual server: %s", svclb_object_get_skip_reason(obj));
	if (action != ACTION_UNCHANGED)
		one->json = xstrdup(json);
	return EXIT_DONE;
}

struct missing {
	const struct svclb_model *model;
	struct changes *changes;
};

static void note_missing(void *data, uint32_t kind, const char *ns, const char *name)
{
	struct missing *m = data;
	const struct input_aside *aside = m->changes->aside;

	if (aside && asides_find(&aside->objects, kind, ns, name))
		return;
	if (!svclb_model_find(m->model, kind, ns, name))
		add_change(m->changes, kind, ns, name, ACTION_DELETED)->shown = true;
}

int changes_find(struct work *w, const struct svclb_model *model, const struct svclb_model *input,
		 struct changes *ret)
{
	struct missing missing = {.model = model, .changes = ret};
	const struct svclb_object *obj = NULL;

	while ((obj = svclb_model_next(model, obj))) {
		bool shown = input && svclb_model_find(input, svclb_object_get_kind(obj),
						       svclb_object_get_namespace(obj),
						       svclb_object_get_name(obj));
		int rc = compare_object(w, obj, shown, ret);

		if (rc != EXIT_DONE)
			return rc;
	}
	return w->store ? store_each(w->store, note_missing, &missing) : EXIT_DONE;
}

void changes_forget(struct changes *ch, uint32_t kind, const char *ns, const char *name)
{
	struct change *one = add_change(ch, kind, ns, name, ACTION_DELETED);

	one->shown = true;
	one->why = xstrdup("it was in quarantine");
}

void changes_explain(struct changes *ch, uint32_t kind, const char *ns, const char *name,
		     const char *why)
{
	for (size_t i = 0; i < ch->n; i++) {
		struct change *one = &ch->v[i];

		if (one->kind == kind && !strcmp(one->ns, ns) && !strcmp(one->name, name) &&
		    !one->why)
			one->why = xstrdup(why);
	}
}

void changes_free(struct changes *ch)
{
	for (size_t i = 0; i < ch->n; i++) {
		free(ch->v[i].ns);
		free(ch->v[i].name);
		free(ch->v[i].json);
		free(ch->v[i].why);
	}
	free(ch->v);
	*ch = (struct changes){0};
}

/* An object leaves quarantine when it is applied, what has no identity when its file is read again.
 * All that is stored is applied each time. */
static int write_quarantine(struct store *s, const struct changes *ch)
{
	int rc = ch->all ? store_aside_clear(s) : store_aside_forget_stored(s);

	for (size_t i = 0; rc == EXIT_DONE && ch->aside && i < ch->aside->files.n; i++)
		rc = store_aside_forget_file(s, ch->aside->files.v[i]);
	for (size_t i = 0; rc == EXIT_DONE && ch->aside && i < ch->aside->objects.n; i++)
		rc = store_aside_add(s, &ch->aside->objects.v[i]);
	return rc;
}

static int write_changes(struct store *s, const struct changes *ch)
{
	int rc = EXIT_DONE;

	for (size_t i = 0; rc == EXIT_DONE && i < ch->n; i++) {
		const struct change *one = &ch->v[i];

		if (one->shown)
			rc = store_aside_forget(s, one->kind, one->ns, one->name);
		if (rc != EXIT_DONE)
			break;

		if (one->action == ACTION_DELETED)
			rc = store_delete(s, one->kind, one->ns, one->name);
		else if (one->json)
			rc = store_put(s, one->kind, one->ns, one->name, one->json);
	}
	return rc == EXIT_DONE ? write_quarantine(s, ch) : rc;
}

static int change_kernel(struct work *w, struct svclb_model *model, struct svclb_plan *plan,
			 struct svclb_report **ret, struct svclb_error **refusal)
{
	struct svclb_error *err = NULL;
	int r = plan ? svclb_plan_commit(w->ctx, plan, ret, &err)
		     : svclb_apply(w->ctx, model, ret, &err);

	if (r < 0 && refusal) {
		*refusal = err;
		return exit_of_code(r);
	}
	return r < 0 ? fail_error(w->cli, err) : EXIT_DONE;
}

int change_take_back(struct work *w, const struct svclb_report *report)
{
	struct svclb_error *err = NULL;

	if (svclb_undo(w->ctx, report, &err) < 0) {
		fail_error(w->cli, err);
		return fail(w->cli, EXIT_STUCK,
			    "the store was not written, and the kernel keeps changes");
	}
	return fail(w->cli, EXIT_ROLLED_BACK, "the store was not written: everything was put back");
}

static int write_mode(struct work *w, uint32_t mode)
{
	const char *kept = settings_get(&w->settings, SETTING_APPLIED);
	autofree char *word = xstrdup(mode == SVCLB_MODE_AUTO && kept ? kept : mode_name(mode));

	settings_drop(&w->settings, SETTING_APPLIED);
	settings_add(&w->settings, SETTING_APPLIED, word);
	return store_save_settings(w->store, &w->settings);
}

/* Everything but the commit itself, so that what may fail does so before the kernel is changed. */
static int write_store(struct work *w, const struct svclb_plan *plan, const struct changes *ch)
{
	uint32_t mode = SVCLB_MODE_AUTO;
	int rc = plan ? EXIT_DONE : work_resolve(w);

	if (rc == EXIT_DONE && !plan)
		mode = svclb_options_get_mode(work_options(w));
	if (rc == EXIT_DONE)
		rc = write_changes(w->store, ch);
	if (rc == EXIT_DONE)
		rc = write_mode(w, mode);
	return rc == EXIT_DONE ? store_prepare(w->store) : rc;
}

/* A saved plan tells its mode only now. */
static int finish_store(struct work *w, const struct svclb_report *report)
{
	uint32_t mode = svclb_report_get_mode(report);
	const char *written = settings_get(&w->settings, SETTING_APPLIED);
	int rc = written && !strcmp(written, mode_name(mode)) ? EXIT_DONE : write_mode(w, mode);

	if (rc == EXIT_DONE)
		rc = store_commit(w->store);
	return rc == EXIT_DONE ? rc : change_take_back(w, report);
}

int change_commit(struct work *w, struct svclb_model *model, struct svclb_plan *plan,
		  const struct changes *ch, struct svclb_report **ret, struct svclb_error **refusal)
{
	int rc;

	interrupt_catch(w->ctx);
	rc = refusal ? store_mark(w->store) : EXIT_DONE;
	if (rc == EXIT_DONE)
		rc = write_store(w, plan, ch);
	if (rc == EXIT_DONE)
		rc = change_kernel(w, model, plan, ret, refusal);
	interrupt_too_late();
	if (rc == EXIT_DONE)
		return finish_store(w, *ret);
	if (refusal && *refusal)
		return store_back_to_mark(w->store) == EXIT_DONE ? rc : EXIT_ERROR;
	store_rollback(w->store);
	return rc;
}

int change_plan(struct work *w, struct svclb_state *want, struct svclb_plan **ret,
		struct svclb_error **refusal)
{
	struct svclb_state *have = NULL;
	struct svclb_error *err = NULL;
	int r = svclb_read(w->ctx, &have, &err);

	if (r == 0)
		r = svclb_diff(have, want, w->cli->adopt, ret, &err);
	svclb_state_unref(have);
	if (r < 0 && refusal) {
		*refusal = err;
		return exit_of_code(r);
	}
	return r < 0 ? fail_error(w->cli, err) : EXIT_DONE;
}
