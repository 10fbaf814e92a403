/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The applied objects with an input merged in, as apply and plan want them. */
#include "merge.h"
#include "input.h"
#include "kinds.h"

void merge_free(struct merged *m)
{
	svclb_state_unref(m->state);
	svclb_model_unref(m->model);
	svclb_model_unref(m->input);
	list_clear(&m->aside);
	*m = (struct merged){0};
}

static int remove_object(struct work *w, struct svclb_model *model, uint32_t kind, const char *ns,
			 const char *name)
{
	struct svclb_error *err = NULL;

	if (svclb_model_remove(model, kind, ns, name, &err) < 0)
		return fail_error(w->cli, err);
	return EXIT_DONE;
}

static char *identity(uint32_t kind, const char *ns, const char *name)
{
	return xasprintf("%u/%s/%s", kind, ns, name);
}

/* An object that was set aside is in the input all the same. */
static bool in_input(const struct merged *m, uint32_t kind, const char *ns, const char *name)
{
	autofree char *id = identity(kind, ns, name);

	if (svclb_model_find(m->input, kind, ns, name))
		return true;
	for (size_t i = 0; i < m->aside.n; i++)
		if (!strcmp(m->aside.v[i], id))
			return true;
	return false;
}

/* The walk ends with each removal, so names are collected first. */
static int prune(struct work *w, const struct merged *m)
{
	struct svclb_model *model = m->model;
	autolist struct list names = {0};
	const struct svclb_object *obj = NULL;

	while ((obj = svclb_model_next(model, obj))) {
		uint32_t kind = svclb_object_get_kind(obj);
		const char *ns = svclb_object_get_namespace(obj);
		autofree char *number = xasprintf("%u", kind);

		if (in_input(m, kind, ns, svclb_object_get_name(obj)))
			continue;
		list_add(&names, number);
		list_add(&names, ns);
		list_add(&names, svclb_object_get_name(obj));
	}
	for (size_t i = 0; i < names.n; i += 3) {
		int rc = remove_object(w, model, (uint32_t)strtoul(names.v[i], NULL, 10),
				       names.v[i + 1], names.v[i + 2]);

		if (rc != EXIT_DONE)
			return rc;
	}
	return EXIT_DONE;
}

static int merge_models(struct work *w, struct merged *m)
{
	struct svclb_error *err = NULL;
	int rc;

	svclb_model_unref(m->model);
	m->model = NULL;
	rc = work_stored_model(w, &m->model);
	if (rc != EXIT_DONE || !m->input)
		return rc;
	if (svclb_model_merge(m->model, m->input, &err) < 0)
		return fail_error(w->cli, err);
	return w->cli->prune ? prune(w, m) : EXIT_DONE;
}

/* "Service default/web" back into its parts; false when it is something else. */
static bool object_identity(const char *object, uint32_t *kind, char **ns, char **name)
{
	const char *blank = object ? strchr(object, ' ') : NULL;
	const char *slash = blank ? strchr(blank, '/') : NULL;

	if (!blank)
		return false;
	for (size_t i = 0; kind_at(i); i++) {
		const char *title = kind_at(i)->title;

		if (strncmp(title, object, (size_t)(blank - object)) ||
		    strlen(title) != (size_t)(blank - object))
			continue;
		*kind = (uint32_t)kind_at(i)->thing;
		*ns = slash ? xstrndup(blank + 1, (size_t)(slash - blank - 1)) : xstrdup("");
		*name = xstrdup(slash ? slash + 1 : blank + 1);
		return true;
	}
	return false;
}

/* Takes one object that a problem names out of the input. */
static bool set_aside(struct work *w, struct merged *m, const struct svclb_error *problem)
{
	autofree char *ns = NULL;
	autofree char *name = NULL;
	autofree char *id = NULL;
	uint32_t kind = 0;

	if (!object_identity(svclb_error_get_object(problem), &kind, &ns, &name))
		return false;
	if (svclb_model_remove(m->input, kind, ns, name, NULL) < 0)
		return false;
	id = identity(kind, ns, name);
	warn(w->cli, "%s %s%s%s is left aside", kind_of((enum thing)kind)->title, ns,
	     *ns ? "/" : "", name);
	list_add(&m->aside, id);
	m->quarantined++;
	return true;
}

static void print_quarantine(const struct svclb_error *list)
{
	autolib char *text = NULL;

	if (svclb_error_to_text(list, &text) == 0)
		fputs(text, stderr);
}

/* Completes and compiles; where objects may be set aside, those of the input that have problems
 * are, and the rest is tried again until nothing more can be set aside. */
static int settle(struct work *w, struct merged *m)
{
	for (;;) {
		struct svclb_error *err = NULL;
		bool again = false;
		int rc = merge_models(w, m);
		int r;

		if (rc != EXIT_DONE)
			return rc;
		r = svclb_model_complete(m->model, work_options(w), &err);
		if (r == 0)
			r = svclb_compile(m->model, work_options(w), &m->state, &err);
		if (r == 0) {
			warn_list(w->cli, svclb_model_get_warnings(m->model));
			return EXIT_DONE;
		}
		if (w->cli->quarantine && m->input && r == -SVCLB_EINVALID) {
			for (const struct svclb_error *e = err; e; e = svclb_error_get_next(e))
				again |= set_aside(w, m, e);
		}
		if (!again)
			return fail_error(w->cli, err);
		print_quarantine(err);
		svclb_error_unref(err);
	}
}

int merge_input(struct work *w, bool need_input, struct merged *ret)
{
	struct cli *c = w->cli;
	int rc = EXIT_DONE;

	if (need_input || input_given(c, true))
		rc = input_load(c, w->opts, true, &ret->input);
	if (rc != EXIT_DONE) {
		/* what could be read is checked too, so that every problem shows at once */
		if (rc == EXIT_INVALID && ret->input) {
			struct svclb_error *err = NULL;

			if (svclb_model_complete(ret->input, work_options(w), &err) < 0)
				fail_error(c, err);
		}
		return rc;
	}
	/* an empty input is more likely a broken pipe than a wish, above all when pruning */
	if (ret->input && !svclb_model_count(ret->input, 0))
		return fail(c, EXIT_ERROR, "there are no objects in the input");
	if (ret->input)
		warn_list(c, svclb_model_get_warnings(ret->input));
	return settle(w, ret);
}
