/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What most commands begin with: store, settings, options, context and models. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "input.h"
#include "stream.h"
#include "work.h"

static int open_store(struct work *w, enum work_store how)
{
	int rc;

	if (how == WORK_NO_STORE)
		return EXIT_DONE;
	rc = store_open(w->cli, how == WORK_WRITE_STORE ? STORE_WRITE : STORE_READ, &w->store);
	if (rc == EXIT_DONE && how == WORK_WRITE_STORE)
		rc = store_begin(w->store);
	if (rc == EXIT_DONE && w->store)
		rc = store_list(w->store, &w->stored);
	w->store_failed = rc != EXIT_DONE;
	return rc;
}

static void note_service(void *data, uint32_t kind, const char *ns, const char *name)
{
	(void)ns;
	(void)name;
	*(bool *)data |= kind == SVCLB_KIND_SERVICE || kind == SVCLB_KIND_VIRTUAL_SERVER;
}

static int check_name(struct cli *c, const char *what, const char *was, const char *is)
{
	if (!strcmp(was, is))
		return EXIT_DONE;
	return fail(c, EXIT_ERROR,
		    "the %s cannot change from %s to %s while objects are applied: run svclbctl "
		    "cleanup with the old one first, or name another --state-dir for another owner",
		    what, was, is);
}

/* Under other names nobody would find what stands under the old ones, and it would stand unguarded. */
static int check_names(struct work *w, const struct settings *kept)
{
	static const unsigned changing = CMD_PLAN | CMD_APPLY | CMD_DELETE | CMD_CLEANUP;
	struct svclb_options *old = NULL;
	bool applied = false;
	int rc;

	if (!w->store || !(w->cli->cmd->bit & changing))
		return EXIT_DONE;
	rc = store_each(w->store, note_service, &applied);
	if (rc != EXIT_DONE || !applied)
		return rc;
	rc = config_options_kept(w->cli, kept, &old);
	if (rc == EXIT_DONE)
		rc = check_name(w->cli, "prefix", svclb_options_get_prefix(old),
				svclb_options_get_prefix(w->opts));
	if (rc == EXIT_DONE)
		rc = check_name(w->cli, "link's name", svclb_options_get_link_name(old),
				svclb_options_get_link_name(w->opts));
	svclb_options_unref(old);
	return rc;
}

int work_open(struct work *w, struct cli *c, enum work_store how)
{
	struct settings kept = {0};
	int rc;

	*w = (struct work){.cli = c};
	/* nobody waits for the store while somebody writes the input */
	input_find(c); /* what was not found is said together with the faults of what was */
	rc = streams_read(c);
	if (rc == EXIT_DONE)
		rc = open_store(w, how);
	if (rc == EXIT_DONE && w->store) {
		rc = store_load_settings(w->store, &kept);
		w->store_failed = rc != EXIT_DONE;
	}
	if (rc == EXIT_DONE)
		rc = config_settings(c, &kept, &w->settings);
	if (rc == EXIT_DONE)
		rc = config_options(c, &w->settings, &w->opts);
	if (rc == EXIT_DONE && (c->given.n || c->config))
		rc = check_names(w, &kept);
	settings_clear(&kept);
	return rc;
}

void work_close(struct work *w)
{
	svclb_ctx_free(w->ctx);
	svclb_options_unref(w->opts);
	settings_clear(&w->settings);
	text_clear(&w->stored);
	store_close(w->store);
	*w = (struct work){0};
}

static int open_netns(struct cli *c, int *ret)
{
	autofree char *path =
		strchr(c->netns, '/') ? xstrdup(c->netns) : xasprintf("/run/netns/%s", c->netns);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(c, errno == EACCES || errno == EPERM ? EXIT_DENIED : EXIT_ERROR,
			    "network namespace %s: %s", c->netns, strerror(errno));
	*ret = fd;
	return EXIT_DONE;
}

static int connect_in(struct work *w, int netns)
{
	struct svclb_error *err = NULL;

	if (netns >= 0 && svclb_options_set_netns_fd(w->opts, netns) < 0)
		return fail(w->cli, EXIT_ERROR, "network namespace %s: not usable", w->cli->netns);
	if (svclb_ctx_new(w->opts, &w->ctx, &err) < 0)
		return fail_error(w->cli, err);
	if (svclb_discover(w->ctx, &err) < 0)
		return fail_error(w->cli, err);
	return EXIT_DONE;
}

int work_connect(struct work *w)
{
	int netns = -1;
	int rc = EXIT_DONE;

	if (w->cli->netns && *w->cli->netns)
		rc = open_netns(w->cli, &netns);
	if (rc == EXIT_DONE)
		rc = connect_in(w, netns);
	if (netns >= 0)
		close(netns);
	return rc;
}

int work_resolve(struct work *w)
{
	struct svclb_error *err = NULL;

	if (svclb_resolve_mode(w->ctx, NULL, &err) < 0)
		return fail_error(w->cli, err);
	return EXIT_DONE;
}

void work_only_warn(struct cli *c, size_t first, const char *about)
{
	for (; c->n_problems > first; c->n_problems--) {
		struct problem *p = &c->problems[c->n_problems - 1];

		warn(c, "%s: %s", about, p->err ? svclb_error_get_message(p->err) : p->text);
		svclb_error_unref(p->err);
		free(p->text);
	}
}

int work_asides(struct work *w, struct asides *ret)
{
	return w->store ? store_aside_list(w->store, ret) : EXIT_DONE;
}

void work_find_addresses(struct work *w)
{
	struct cli *c = w->cli;
	size_t before = c->n_problems;

	if (svclb_options_count_node_addresses(w->opts))
		return;
	if (work_connect(w) == EXIT_DONE)
		return;
	work_only_warn(c, before, "the node's addresses are not known");
	w->ctx = svclb_ctx_free(w->ctx);
}

const struct svclb_options *work_options(const struct work *w)
{
	return w->ctx ? svclb_ctx_get_options(w->ctx) : w->opts;
}

int work_stored_model(struct work *w, struct svclb_model **ret)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;

	if (svclb_model_new(w->opts, &m, &err) < 0)
		return fail_error(w->cli, err);
	if (w->stored.len &&
	    svclb_model_load(m, text_get(&w->stored), w->stored.len, STORED_NAME, &err) < 0) {
		svclb_model_unref(m);
		return fail_error(w->cli, err);
	}
	*ret = m;
	return EXIT_DONE;
}

int work_complete(struct work *w, struct svclb_model *model)
{
	struct svclb_error *err = NULL;
	int r = svclb_model_complete(model, work_options(w), &err);

	warn_list(w->cli, svclb_model_get_warnings(model));
	return r < 0 ? fail_error(w->cli, err) : EXIT_DONE;
}

int work_warn_mode(struct work *w, struct svclb_model *model)
{
	struct svclb_error *list = NULL;
	struct svclb_error *err = NULL;

	if (svclb_model_warn_mode(model, work_options(w), &list, &err) < 0)
		return fail_error(w->cli, err);
	warn_list(w->cli, list);
	svclb_error_unref(list);
	return EXIT_DONE;
}

int work_compile(struct work *w, struct svclb_model *model, struct svclb_state **ret)
{
	struct svclb_error *err = NULL;
	int rc = work_complete(w, model);

	if (rc != EXIT_DONE)
		return rc;
	if (svclb_compile(model, work_options(w), ret, &err) < 0)
		return fail_error(w->cli, err);
	return EXIT_DONE;
}

int work_current(struct work *w, struct svclb_model **ret)
{
	struct svclb_model *m = NULL;
	struct svclb_error *err = NULL;
	int rc = work_stored_model(w, &m);

	if (rc == EXIT_DONE && svclb_model_complete(m, work_options(w), &err) < 0)
		rc = fail_error(w->cli, err);
	/* all of it was applied, and said then */
	if (w->cli->verbose && m)
		warn_list(w->cli, svclb_model_get_warnings(m));
	if (rc == EXIT_DONE)
		*ret = m;
	else
		svclb_model_unref(m);
	return rc;
}

const char *work_mode(const struct work *w)
{
	uint32_t mode = svclb_options_get_mode(work_options(w));
	const char *applied = settings_get(&w->settings, SETTING_APPLIED);

	return mode == SVCLB_MODE_AUTO && applied ? applied : mode_name(mode);
}

const char *work_mode_reason(const struct work *w)
{
	if (svclb_options_get_mode(w->opts) != SVCLB_MODE_AUTO)
		return "as set";
	return svclb_ctx_get_mode_notice(w->ctx) ? "auto: a part of IPVS mode is missing"
						 : "auto: the kernel has all of it";
}
