/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests from files, folders and standard input. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "limit.h"
#include "stream.h"

#define DEPTH_MAX 32
#define FILES_MAX 1000000u
/* Links let a few folders be found on ever more ways. */
#define FOLDERS_MAX 100000u

static int read_stdin(struct cli *c, struct text *buf)
{
	int rc;

	if (c->stdin_used)
		return fail_usage(c, "standard input can be read only once");
	c->stdin_used = true;
	return streams_take(c, "-", buf, &rc) ? rc : stream_read_fd(c, STDIN_FILENO, "-", buf);
}

int input_read_file(struct cli *c, const char *path, struct text *buf)
{
	struct stat st;
	int fd, rc;

	if (!strcmp(path, "-"))
		return read_stdin(c, buf);
	if (streams_take(c, path, buf, &rc))
		return rc;
	rc = stream_open(c, path, &fd);
	if (rc != EXIT_DONE)
		return rc;
	if (fstat(fd, &st) < 0)
		rc = fail_errno(c, path, errno);
	else if (S_ISDIR(st.st_mode))
		rc = fail(c, EXIT_ERROR, "%s: %s", path, strerror(EISDIR));
	else
		rc = stream_read_fd(c, fd, path, buf);
	close(fd);
	return rc;
}

static bool manifest_name(const char *name)
{
	static const char *const ends[] = {".yaml", ".yml", ".json"};
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t e = strlen(ends[i]);

		if (n > e && !strcmp(name + n - e, ends[i]))
			return true;
	}
	return false;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk(struct cli *c, const char *dir, unsigned depth, struct list *files);

static int check_time(struct cli *c, const char *path)
{
	if (limit_left_ms(c))
		return EXIT_DONE;
	return fail(c, EXIT_LOCKED,
		    "%s: the time limit of %u ms passed before the files were found", path,
		    c->timeout.ms);
}

static int walk_entry(struct cli *c, const char *dir, const char *name, unsigned depth,
		      struct list *files)
{
	autofree char *path =
		xasprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
	struct stat st;
	int rc = check_time(c, path);

	if (rc != EXIT_DONE)
		return rc;
	if (stat(path, &st) < 0)
		return manifest_name(name) ? fail_errno(c, path, errno) : EXIT_DONE;
	if (S_ISDIR(st.st_mode))
		return c->recursive ? walk(c, path, depth + 1, files) : EXIT_DONE;
	if (!manifest_name(name))
		return EXIT_DONE;
	if (files->n >= FILES_MAX)
		return fail(c, EXIT_INVALID, "%s: more than %u files", path, FILES_MAX);
	list_add(files, path);
	return EXIT_DONE;
}

/* Depth is bounded because links may lead in circles. */
static int walk(struct cli *c, const char *dir, unsigned depth, struct list *files)
{
	struct dirent **entries = NULL;
	int rc = EXIT_DONE;
	int n;

	if (depth > DEPTH_MAX)
		return fail(c, EXIT_INVALID, "%s: folders nest deeper than %d", dir, DEPTH_MAX);
	if (c->folders++ >= FOLDERS_MAX)
		return fail(c, EXIT_INVALID,
			    "%s: more than %u folders, those that links lead to counted each time",
			    dir, FOLDERS_MAX);
	n = scandir(dir, &entries, visible, by_bytes);
	if (n < 0)
		return fail_errno(c, dir, errno);
	for (int i = 0; i < n; i++) {
		if (rc == EXIT_DONE)
			rc = walk_entry(c, dir, entries[i]->d_name, depth, files);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int expand(struct cli *c, const char *arg, struct list *files)
{
	size_t before = files->n;
	struct stat st;
	int rc;

	if (!strcmp(arg, "-") || (stat(arg, &st) == 0 && !S_ISDIR(st.st_mode))) {
		list_add(files, arg);
		return EXIT_DONE;
	}
	if (!*arg)
		return fail_usage(c, "the name of an input is empty");
	if (stat(arg, &st) < 0)
		return fail_errno(c, arg, errno);
	rc = walk(c, arg, 0, files);
	if (rc == EXIT_DONE && files->n == before)
		return fail(c, EXIT_ERROR, "%s: no file *.yaml, *.yml or *.json%s", arg,
			    c->recursive ? "" : " (folders below it are read with -R)");
	return rc;
}

/* Where the n-th next problem begins; lines that begin with a blank belong to the one above. */
static const char *skip_problems(const char *text, uint64_t n)
{
	while (*text && n--) {
		do {
			const char *end = strchrnul(text, '\n');

			text = *end ? end + 1 : end;
		} while (*text == ' ');
	}
	return text;
}

void input_leave_aside(struct input_aside *aside, const struct svclb_options *opts,
		       const struct svclb_error *problems)
{
	uint64_t room = svclb_options_get_limit(opts, SVCLB_LIMIT_PROBLEMS) - aside->shown;
	autolib char *text = NULL;
	uint64_t n = 0;

	for (const struct svclb_error *e = problems; e; e = svclb_error_get_next(e))
		n++;
	room = n < room ? n : room;
	if (room && svclb_error_to_text(problems, &text) == 0)
		fwrite(text, 1, (size_t)(skip_problems(text, room) - text), stderr);
	aside->problems += n;
	aside->shown += room;
	asides_add(&aside->objects, problems);
}

void input_count_hidden(const struct cli *c, const struct input_aside *aside)
{
	if (aside->problems > aside->shown)
		warn(c, "%" PRIu64 " more problems are not shown (limits.problems)",
		     aside->problems - aside->shown);
}

static int load_one(struct cli *c, const struct svclb_options *opts, const char *path,
		    struct svclb_model *model, struct input_aside *aside)
{
	bool sound = aside && c->quarantine;
	struct svclb_error *left = NULL;
	autotext struct text buf = {0};
	struct svclb_error *err = NULL;
	int rc = input_read_file(c, path, &buf);

	if (rc != EXIT_DONE)
		return rc;
	note(c, "reading %s: %zu bytes", path, buf.len);
	if ((sound ? svclb_model_load_sound(model, text_get(&buf), buf.len, path, &left, &err)
		   : svclb_model_load(model, text_get(&buf), buf.len, path, &err)) < 0)
		return fail_error(c, err);
	if (aside)
		list_add(&aside->files, path);
	if (sound)
		input_leave_aside(aside, opts, left);
	svclb_error_unref(left);
	return EXIT_DONE;
}

static void keep_first(int *rc, int one)
{
	if (*rc == EXIT_DONE)
		*rc = one;
}

void input_find(struct cli *c)
{
	bool plain = c->cmd->bit & (CMD_VALIDATE | CMD_RENDER | CMD_PLAN | CMD_APPLY);

	for (size_t i = 0; i < c->files.n && c->inputs_rc != EXIT_LOCKED; i++)
		keep_first(&c->inputs_rc, expand(c, c->files.v[i], &c->inputs));
	for (size_t i = 0; plain && i < c->args.n && c->inputs_rc != EXIT_LOCKED; i++)
		keep_first(&c->inputs_rc, expand(c, c->args.v[i], &c->inputs));
}

int input_none(struct cli *c)
{
	return fail(c, EXIT_ERROR, "there are no objects in the input");
}

bool input_given(const struct cli *c, bool plain)
{
	return c->files.n || (plain && c->args.n);
}

int input_load_sound(struct cli *c, const struct svclb_options *opts, bool plain,
		     struct svclb_model **ret, struct input_aside *aside)
{
	struct svclb_error *err = NULL;
	int rc = c->inputs_rc;

	if (!input_given(c, plain))
		return fail_usage(c, "%s: no input; name one with -f FILE, or - for standard input",
				  c->cmd->name);
	if (svclb_model_new(opts, ret, &err) < 0)
		return fail_error(c, err);
	for (size_t i = 0; i < c->inputs.n && rc != EXIT_LOCKED; i++)
		keep_first(&rc, load_one(c, opts, c->inputs.v[i], *ret, aside));
	if (aside)
		asides_fold(&aside->objects);
	return rc;
}

int input_load(struct cli *c, const struct svclb_options *opts, bool plain,
	       struct svclb_model **ret)
{
	return input_load_sound(c, opts, plain, ret, NULL);
}
