/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The applied objects with an input merged in, as apply and plan want them. */
#include <inttypes.h>

#include "merge.h"
#include "store.h"

void merge_free(struct merged *m)
{
	svclb_state_unref(m->state);
	svclb_model_unref(m->model);
	svclb_model_unref(m->input);
	asides_clear(&m->aside.objects);
	list_clear(&m->aside.files);
	list_clear(&m->dropped);
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

/* names: kind, namespace and name of each, one after the other. */
static int remove_objects(struct work *w, struct svclb_model *model, const struct list *names)
{
	for (size_t i = 0; i < names->n; i += 3) {
		int rc = remove_object(w, model, (uint32_t)strtoul(names->v[i], NULL, 10),
				       names->v[i + 1], names->v[i + 2]);

		if (rc != EXIT_DONE)
			return rc;
	}
	return EXIT_DONE;
}

/* An object that was left aside is in the input all the same. */
static bool in_input(const struct merged *m, uint32_t kind, const char *ns, const char *name)
{
	return svclb_model_find(m->input, kind, ns, name) ||
	       asides_find(&m->aside.objects, kind, ns, name);
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
	return remove_objects(w, model, &names);
}

/* The objects that the input lacks go, before it is merged: what of it is left aside keeps the
 * version that was applied before. */
static int prune_stored(struct work *w, struct merged *m)
{
	if (!m->input || !w->cli->prune)
		return EXIT_DONE;
	m->pruned = !asides_unknown(&m->aside.objects);
	return m->pruned ? prune(w, m) : EXIT_DONE;
}

/* They are in the input's model no more, so that they count as not applied. */
static void remove_faulty(struct merged *m, const struct svclb_error *list)
{
	for (const struct svclb_error *e = list; e; e = svclb_error_get_next(e))
		(void)svclb_model_remove(m->input, svclb_error_get_object_kind(e),
					 svclb_error_get_object_namespace(e),
					 svclb_error_get_object_name(e),
					 NULL); /* gone already with its first problem */
}

static int merge_sound(struct work *w, struct merged *m)
{
	struct svclb_error *left = NULL;
	struct svclb_error *err = NULL;

	if (svclb_model_merge_sound(m->model, m->input, work_options(w), &left, &err) < 0)
		return fail_error(w->cli, err);
	input_leave_aside(&m->aside, work_options(w), left);
	asides_fold(&m->aside.objects);
	remove_faulty(m, left);
	svclb_error_unref(left);
	return EXIT_DONE;
}

static int merge_all(struct work *w, struct merged *m)
{
	struct svclb_error *err = NULL;

	if (m->input && svclb_model_merge(m->model, m->input, &err) < 0)
		return fail_error(w->cli, err);
	return EXIT_DONE;
}

/* Another version of it, of the same input, may be in the model: the store tells. */
static int is_held(const struct work *w, const struct merged *m, const struct aside_one *one,
		   bool *ret)
{
	autofree char *stored = NULL;
	int rc;

	*ret = false;
	if (!w->store || !one->kind || !svclb_model_find(m->model, one->kind, one->ns, one->name) ||
	    svclb_model_find(m->input, one->kind, one->ns, one->name))
		return EXIT_DONE;
	rc = store_get(w->store, one->kind, one->ns, one->name, &stored);
	*ret = stored;
	return rc;
}

static int say_what_is_aside(const struct work *w, struct merged *m)
{
	uint64_t room = svclb_options_get_limit(work_options(w), SVCLB_LIMIT_PROBLEMS);
	size_t n = m->aside.objects.n;

	for (size_t i = 0; i < n; i++) {
		struct aside_one *one = &m->aside.objects.v[i];
		autofree char *name = aside_name(one);
		bool held;
		int rc = EXIT_DONE;

		if (one->said)
			continue;
		one->said = true;
		if (m->said++ >= room)
			continue;
		rc = is_held(w, m, one, &held);
		if (rc != EXIT_DONE)
			return rc;
		warn(w->cli, "%s%s is left aside%s", name,
		     one->kind ? "" : ": what cannot be named",
		     held ? ", what was applied of it stays" : "");
	}
	return EXIT_DONE;
}

/* What was beyond the limit, once. */
static void say_what_is_hidden(const struct work *w, struct merged *m)
{
	uint64_t room = svclb_options_get_limit(work_options(w), SVCLB_LIMIT_PROBLEMS);

	if (m->said > room)
		warn(w->cli, "%" PRIu64 " more are left aside", (uint64_t)m->said - room);
	m->said = m->said < room ? m->said : room;
	input_count_hidden(w->cli, &m->aside);
}

/* Completes and compiles. */
static int settle(struct work *w, struct merged *m)
{
	struct svclb_error *err = NULL;
	int rc = work_stored_model(w, &m->model);

	if (rc == EXIT_DONE)
		rc = remove_objects(w, m->model, &m->dropped);
	if (rc == EXIT_DONE)
		rc = prune_stored(w, m);
	if (rc == EXIT_DONE)
		rc = m->input && w->cli->quarantine ? merge_sound(w, m) : merge_all(w, m);
	if (rc != EXIT_DONE)
		return rc;
	if (svclb_model_complete(m->model, work_options(w), &err) < 0 ||
	    svclb_compile(m->model, work_options(w), &m->state, &err) < 0)
		return fail_error(w->cli, err);
	return say_what_is_aside(w, m);
}

int merge_again(struct work *w, struct merged *m)
{
	int rc;

	m->state = svclb_state_unref(m->state);
	m->model = svclb_model_unref(m->model);
	rc = settle(w, m);
	say_what_is_hidden(w, m);
	return rc;
}

/* An empty input is more likely a broken pipe than a wish, above all when pruning; and where nothing
 * at all could be read there is nothing to go by. */
static int check_input(struct cli *c, const struct merged *m)
{
	if (svclb_model_count(m->input, 0))
		return EXIT_DONE;
	if (!m->aside.objects.n)
		return input_none(c);
	for (size_t i = 0; i < m->aside.objects.n; i++)
		if (m->aside.objects.v[i].kind)
			return EXIT_DONE;
	return fail(c, EXIT_INVALID, "nothing of the input could be read");
}

static int read_and_merge(struct work *w, bool need_input, struct merged *ret)
{
	struct cli *c = w->cli;
	int rc = EXIT_DONE;

	if (need_input || input_given(c, true))
		rc = input_load_sound(c, w->opts, true, &ret->input, &ret->aside);
	if (rc != EXIT_DONE) {
		/* what could be read is checked too, so that every problem shows at once */
		if (rc == EXIT_INVALID && ret->input) {
			struct svclb_error *err = NULL;

			if (svclb_model_complete(ret->input, work_options(w), &err) < 0)
				fail_error(c, err);
		}
		return rc;
	}
	if (ret->input)
		rc = check_input(c, ret);
	if (rc != EXIT_DONE)
		return rc;
	if (ret->input)
		warn_list(c, svclb_model_get_warnings(ret->input));
	rc = settle(w, ret);
	if (ret->input && c->prune && !ret->pruned)
		warn(c, "nothing is pruned: a part of the input could not be told, and any object "
			"may stand there");
	if (rc == EXIT_DONE)
		warn_list(w->cli, svclb_model_get_warnings(ret->model));
	return rc;
}

int merge_input(struct work *w, bool need_input, struct merged *ret)
{
	int rc = read_and_merge(w, need_input, ret);

	say_what_is_hidden(w, ret);
	return rc;
}
