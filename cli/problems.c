/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Problems are collected while a command works and printed once, as text and, if asked, as JSON. */
#include <errno.h>
#include <stdarg.h>

#include "cli.h"
#include "doc.h"
#include "util/utf8.h"

#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define RESET  "\033[0m"

static const struct {
	int code;
	int exit;
} exits[] = {
	{SVCLB_EPARSE, EXIT_INVALID},	{SVCLB_EINVALID, EXIT_INVALID},
	{SVCLB_ELIMIT, EXIT_INVALID},	{SVCLB_EUNSUPPORTED, EXIT_DENIED},
	{SVCLB_EPERM, EXIT_DENIED},	{SVCLB_EBUSY, EXIT_LOCKED},
	{SVCLB_ETIMEDOUT, EXIT_LOCKED}, {SVCLB_EROLLEDBACK, EXIT_ROLLED_BACK},
	{SVCLB_EROLLBACK, EXIT_STUCK},	{SVCLB_EINTERRUPTED, EXIT_INTERRUPTED},
};

int exit_of_code(int code)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].code == abs(code))
			return exits[i].exit;
	return EXIT_ERROR;
}

static int add_problem(struct cli *c, struct svclb_error *err, char *text, int exit_code)
{
	c->problems = xrealloc(c->problems, c->n_problems + 1, sizeof(*c->problems));
	c->problems[c->n_problems++] =
		(struct problem){.err = err, .text = text, .exit = exit_code};
	return exit_code;
}

int fail(struct cli *c, int exit_code, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("out of memory");
	va_end(ap);
	return add_problem(c, NULL, text, exit_code);
}

void fail_hint(struct cli *c, const char *hint)
{
	c->problems[c->n_problems - 1].hint = hint;
}

int fail_errno(struct cli *c, const char *path, int os_errno)
{
	return fail(c, os_errno == EACCES || os_errno == EPERM ? EXIT_DENIED : EXIT_ERROR, "%s: %s",
		    path, strerror(os_errno));
}

int fail_usage(struct cli *c, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("out of memory");
	va_end(ap);
	return add_problem(c, NULL, text, EXIT_USAGE);
}

int fail_error(struct cli *c, struct svclb_error *err)
{
	if (!err)
		return fail(c, EXIT_ERROR, "out of memory");
	return add_problem(c, err, NULL, exit_of_code(svclb_error_get_code(err)));
}

static void print_label(FILE *f, bool color, const char *label, const char *seq)
{
	if (color)
		fprintf(f, "%s%s:%s ", seq, label, RESET);
	else
		fprintf(f, "%s: ", label);
}

static void print_line(FILE *f, const char *line, size_t n)
{
	autofree char *copy = xasprintf("%.*s", (int)n, line);

	text_make_safe(copy, false);
	fprintf(f, "%s\n", copy);
}

/* What there is to warn of in an applied object was said when it was applied. */
static bool old_news(const struct cli *c, const struct svclb_error *err)
{
	const char *file = svclb_error_get_file(err);

	return !c->verbose && file && !strcmp(file, STORED_NAME) &&
	       svclb_error_get_severity(err) == SVCLB_SEVERITY_WARNING;
}

/* How many more there are, behind the last that is shown. */
static bool beyond_limit(const struct svclb_error *err)
{
	return svclb_error_get_severity(err) == SVCLB_SEVERITY_WARNING &&
	       svclb_error_get_code(err) == SVCLB_ELIMIT;
}

/* "FILE:LINE:COLUMN: " and "warning: " stay in the library's order; "error: " is put before what
 * has no place in a file. Lines that begin with a blank belong to the problem above. */
static void print_errors(const struct cli *c, const struct svclb_error *list)
{
	autolib char *text = NULL;
	const char *line, *end;
	bool hidden = false;

	if (svclb_error_to_text(list, &text) < 0)
		return;
	for (line = text; *line; line = *end ? end + 1 : end) {
		static const char warning[] = "warning: ";

		end = strchrnul(line, '\n');
		if (*line != ' ' && list) {
			hidden = old_news(c, list) || (hidden && beyond_limit(list));
			if (!strncmp(line, warning, sizeof(warning) - 1)) {
				print_label(stderr, c->color_err, "warning", YELLOW);
				line += sizeof(warning) - 1;
			} else if (!svclb_error_get_file(list)) {
				print_label(stderr, c->color_err, "error", RED);
			}
			list = svclb_error_get_next(list);
		}
		if (!hidden)
			print_line(stderr, line, (size_t)(end - line));
	}
}

void cli_problems_print(const struct cli *c)
{
	bool usage = false;

	for (size_t i = 0; i < c->n_problems; i++) {
		const struct problem *p = &c->problems[i];

		usage |= p->exit == EXIT_USAGE;
		if (p->err) {
			print_errors(c, p->err);
			continue;
		}
		print_label(stderr, c->color_err, "error", RED);
		print_line(stderr, p->text, strlen(p->text));
		if (p->hint)
			fprintf(stderr, "  hint: %s\n", p->hint);
	}
	if (usage)
		fprintf(stderr, "  hint: svclbctl help%s%s\n", c->cmd ? " " : "",
			c->cmd ? c->cmd->name : "");
}

void cli_problems_free(struct cli *c)
{
	for (size_t i = 0; i < c->n_problems; i++) {
		svclb_error_unref(c->problems[i].err);
		free(c->problems[i].text);
	}
	free(c->problems);
	c->problems = NULL;
	c->n_problems = 0;
}

void warn(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	print_label(stderr, c->color_err, "warning", YELLOW);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void warn_list(const struct cli *c, const struct svclb_error *list)
{
	if (list && !c->quiet)
		print_errors(c, list);
}

void note(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->verbose)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static const char *code_of_exit(int exit_code)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].exit == exit_code)
			return svclb_code_name(exits[i].code);
	return "ERROR";
}

static void problem_doc(struct doc *d, const struct problem *p)
{
	autolib char *json = NULL;

	if (p->err && svclb_error_to_json(p->err, &json) == 0) {
		doc_raw_members(d, json);
		return;
	}
	doc_object(d, NULL);
	doc_str(d, "code", code_of_exit(p->exit));
	doc_str(d, "severity", "error");
	doc_str(d, "message", p->text ? p->text : "out of memory");
	if (p->hint)
		doc_str(d, "hint", p->hint);
	doc_end(d);
}

void cli_problems_print_json(const struct cli *c)
{
	struct doc d;

	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Result");
	doc_bool(&d, "ok", false);
	doc_array(&d, "errors");
	for (size_t i = 0; i < c->n_problems; i++)
		problem_doc(&d, &c->problems[i]);
	doc_end(&d);
	doc_end(&d);
	doc_print(&d);
}
