/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl delete: objects out of the store, and the kernel to what remains. */
#include "change.h"
#include "commands.h"
#include "draining.h"
#include "input.h"
#include "kinds.h"

#define SERVICE_NAME_LABEL "kubernetes.io/service-name"

/* What to delete, and what goes along with it. */
struct target {
	uint32_t kind;
	char *ns;
	char *name;
	char *why; /* NULL: it was named */
};

struct targets {
	struct target *v;
	size_t n;
};

static void add_target(struct targets *t, uint32_t kind, const char *ns, const char *name,
		       const char *why)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == kind && !strcmp(t->v[i].ns, ns) && !strcmp(t->v[i].name, name))
			return;
	t->v = xrealloc(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n++] = (struct target){kind, xstrdup(ns), xstrdup(name), why ? xstrdup(why) : NULL};
}

static void free_targets(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].ns);
		free(t->v[i].name);
		free(t->v[i].why);
	}
	free(t->v);
}

static int add_named(struct cli *c, const char *kind_name, const char *name, struct targets *t)
{
	const struct kind *k = kind_find(c, kind_name);

	if (!k)
		return EXIT_USAGE;
	if (k->thing >= THING_VIRTUAL_SERVER)
		return fail_usage(c,
				  "%s are not deleted by themselves; delete what they are made of",
				  k->plural);
	if (!*name)
		return fail_usage(c, "the name of the %s is empty", k->singular);
	add_target(t, (uint32_t)k->thing, k->thing >= THING_NODE ? "" : cli_namespace(c), name,
		   NULL);
	return EXIT_DONE;
}

/* "KIND NAME NAME..." or "KIND/NAME KIND/NAME...". */
static int named_targets(struct cli *c, struct targets *t)
{
	const struct list *args = &c->args;
	bool slashed = args->n && strchr(args->v[0], '/');
	int rc = EXIT_DONE;

	if (args->n == 1 && !slashed)
		return fail_usage(c, "delete %s: which? name one", args->v[0]);
	for (size_t i = slashed ? 0 : 1; rc == EXIT_DONE && i < args->n; i++) {
		const char *slash = strchr(args->v[i], '/');
		autofree char *kind = slashed && slash
					      ? xstrndup(args->v[i], (size_t)(slash - args->v[i]))
					      : NULL;

		if (slashed && !slash)
			return fail_usage(c, "'%s': KIND/NAME is expected", args->v[i]);
		rc = slashed ? add_named(c, kind, slash + 1, t)
			     : add_named(c, args->v[0], args->v[i], t);
	}
	return rc;
}

static int file_targets(struct work *w, struct targets *t)
{
	struct svclb_model *input = NULL;
	const struct svclb_object *obj = NULL;
	int rc = input_load(w->cli, w->opts, false, &input);

	while (rc == EXIT_DONE && (obj = svclb_model_next(input, obj)))
		add_target(t, svclb_object_get_kind(obj), svclb_object_get_namespace(obj),
			   svclb_object_get_name(obj), NULL);
	svclb_model_unref(input);
	return rc;
}

/* A cluster's garbage collector takes a Service's EndpointSlices and Endpoints along. */
static void add_owned(const struct svclb_model *model, const char *ns, const char *service,
		      struct targets *t)
{
	autofree char *why = xasprintf("belonged to service/%s", service);
	const struct svclb_object *obj = NULL;

	while ((obj = svclb_model_next(model, obj))) {
		uint32_t kind = svclb_object_get_kind(obj);
		const char *name = svclb_object_get_name(obj);
		autolib char *owner = NULL;

		if (strcmp(svclb_object_get_namespace(obj), ns))
			continue;
		if (kind == SVCLB_KIND_ENDPOINT_SLICE)
			owner = field(obj, "metadata.labels['" SERVICE_NAME_LABEL "']");
		if ((owner && !strcmp(owner, service)) ||
		    (kind == SVCLB_KIND_ENDPOINTS && !strcmp(name, service)))
			add_target(t, kind, ns, name, why);
	}
}

static int check_targets(struct cli *c, const struct svclb_model *model,
			 const struct asides *asides, struct targets *t)
{
	size_t named = t->n;
	int rc = EXIT_DONE;

	for (size_t i = 0; i < named; i++) {
		const struct target *one = &t->v[i];

		if (svclb_model_find(model, one->kind, one->ns, one->name)) {
			if (one->kind == SVCLB_KIND_SERVICE) {
				autofree char *ns = xstrdup(one->ns);
				autofree char *name = xstrdup(one->name);

				add_owned(model, ns, name, t);
			}
			continue;
		}
		if (!c->ignore_not_found && !asides_find(asides, one->kind, one->ns, one->name))
			rc = fail(c, EXIT_ERROR, "%s %s%s%s: not found",
				  kind_of((enum thing)one->kind)->title, one->ns,
				  *one->ns ? "/" : "", one->name);
	}
	return rc;
}

static int remove_targets(struct work *w, struct svclb_model *model, const struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct svclb_error *err = NULL;
		int r = svclb_model_remove(model, t->v[i].kind, t->v[i].ns, t->v[i].name, &err);

		if (r < 0 && r != -SVCLB_ENOTFOUND)
			return fail_error(w->cli, err);
		if (r < 0)
			svclb_error_unref(err);
	}
	return EXIT_DONE;
}

static int rehearse(struct work *w, struct svclb_model *model, const struct changes *ch)
{
	struct change_result r = {.changes = ch};
	struct svclb_state *state = NULL;
	struct svclb_plan *plan = NULL;
	int rc = EXIT_DONE;

	if (w->cli->dry_run == DRY_RUN_KERNEL) {
		rc = work_resolve(w);
		if (rc == EXIT_DONE)
			rc = work_compile(w, model, &state);
		if (rc == EXIT_DONE)
			rc = change_plan(w, state, &plan, NULL);
	}
	r.plan = plan;
	if (rc == EXIT_DONE)
		change_print(w->cli, &r);
	svclb_plan_unref(plan);
	svclb_state_unref(state);
	return rc;
}

static int carry_out(struct work *w, struct svclb_model *model, const struct changes *ch)
{
	struct svclb_report *report = NULL;
	double began = clock_ms();
	int rc = change_commit(w, model, NULL, ch, &report, NULL);

	if (rc == EXIT_DONE)
		change_print(w->cli, &(struct change_result){.changes = ch,
							     .report = report,
							     .mode_reason = work_mode_reason(w),
							     .milliseconds = clock_ms() - began});
	svclb_report_unref(report);
	return rc;
}

/* Those that were never applied. */
static void forget_targets(const struct svclb_model *stored, const struct asides *asides,
			   const struct targets *t, struct changes *ch)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct target *one = &t->v[i];

		if (asides_find(asides, one->kind, one->ns, one->name) &&
		    !svclb_model_find(stored, one->kind, one->ns, one->name))
			changes_forget(ch, one->kind, one->ns, one->name);
	}
}

static int delete_from(struct work *w, struct svclb_model *model, struct targets *t)
{
	struct cli *c = w->cli;
	struct asides asides = {0};
	struct changes ch = {0};
	int rc = input_given(c, false) ? file_targets(w, t) : named_targets(c, t);

	if (rc == EXIT_DONE)
		rc = work_asides(w, &asides);
	if (rc == EXIT_DONE)
		rc = check_targets(c, model, &asides, t);
	if (rc == EXIT_DONE)
		forget_targets(model, &asides, t, &ch);
	if (rc == EXIT_DONE)
		rc = remove_targets(w, model, t);
	if (rc == EXIT_DONE && c->dry_run != DRY_RUN_CLIENT)
		rc = work_connect(w);
	if (rc == EXIT_DONE)
		rc = work_complete(w, model);
	if (rc == EXIT_DONE)
		rc = changes_find(w, model, NULL, &ch);
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].why)
			changes_explain(&ch, t->v[i].kind, t->v[i].ns, t->v[i].name, t->v[i].why);
	if (rc == EXIT_DONE)
		rc = c->dry_run ? rehearse(w, model, &ch) : carry_out(w, model, &ch);
	if (rc == EXIT_DONE && !c->dry_run)
		rc = draining_wait(w, rc);
	changes_free(&ch);
	asides_clear(&asides);
	return rc;
}

int cmd_delete(struct cli *c)
{
	struct svclb_model *model = NULL;
	struct targets targets = {0};
	struct work w;
	int rc;

	if (!c->args.n && !c->files.n)
		return fail_usage(c, "delete: name objects (service web), or manifests with -f");
	if (c->args.n && c->files.n)
		return fail_usage(c, "delete: either names or -f");
	rc = work_open(&w, c, c->dry_run ? WORK_READ_STORE : WORK_WRITE_STORE);
	if (rc == EXIT_DONE)
		rc = work_stored_model(&w, &model);
	if (rc == EXIT_DONE)
		rc = delete_from(&w, model, &targets);
	free_targets(&targets);
	svclb_model_unref(model);
	work_close(&w);
	return rc;
}
