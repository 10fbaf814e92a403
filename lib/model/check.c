/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the steps of completing a model report. */
#include "model/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "util/strbuf.h"

#define OBJECT_TEXT_MAX 384
#define FIELD_TEXT_MAX	160

static const char *const fault_words[] = {
	[FAULT_REQUIRED] = "required",
	[FAULT_INVALID] = "invalid",
	[FAULT_NOT_SUPPORTED] = "not supported",
	[FAULT_DUPLICATE] = "duplicate",
	[FAULT_FORBIDDEN] = "forbidden",
	[FAULT_TOO_MANY] = "too many",
	[FAULT_LIMIT] = "too many",
	[FAULT_SIZE] = "too many",
};

bool check_goes_on(struct check *c)
{
	c->given_up |= patience_over(&c->patience);
	return !c->given_up;
}

void check_object(struct check *c, const struct svclb_object *obj)
{
	if (c->obj != obj)
		c->of_object = 0;
	c->obj = obj;
	c->at = obj->meta->at;
	memset(c->index, 0, sizeof(c->index));
	c->hint = NULL;
}

static const char *field_text(const struct check *c, const char *path, char buf[FIELD_TEXT_MAX])
{
	size_t len = 0, depth = 0;

	for (; *path && len + 24 < FIELD_TEXT_MAX; path++) {
		if (*path == '#' && depth < FIELD_DEPTH)
			len += (size_t)snprintf(buf + len, FIELD_TEXT_MAX - len, "%zu",
						c->index[depth++]);
		else
			buf[len++] = *path;
	}
	buf[len] = '\0';
	return buf;
}

static struct svclb_error *make(const struct check *c, int severity, const char *path,
				struct pos at, const char *message)
{
	char object[OBJECT_TEXT_MAX], field[FIELD_TEXT_MAX];
	struct err_parts parts = {
		.severity = severity,
		.object = object_name(c->obj, object, sizeof(object)),
		.kind = c->obj->kind,
		.ns = c->obj->meta->ns.s,
		.name = text_given(&c->obj->meta->name) ? c->obj->meta->name.s : NULL,
		.field = path ? field_text(c, path, field) : NULL,
		.file = c->obj->meta->file,
		.pos = pos_or(pos_or(at, c->at), c->obj->meta->at),
		.hint = severity == SVCLB_SEVERITY_ERROR ? c->hint : c->advice,
		.rival = c->rival,
		.alone = c->fault == FAULT_SIZE,
	};
	bool limit = c->fault == FAULT_LIMIT || c->fault == FAULT_SIZE;

	return err_new(severity == SVCLB_SEVERITY_ERROR && limit ? SVCLB_ELIMIT : SVCLB_EINVALID,
		       &parts, "%s", message);
}

static void add(struct check *c, struct problems *to, int severity, const char *path, struct pos at,
		struct strbuf *message)
{
	char *text = strbuf_steal(message);
	struct svclb_error *err;

	if (!text) {
		c->given_up = true;
		return;
	}
	err = make(c, severity, path, at, text);
	free(text);
	if (svclb_error_get_code(err) == SVCLB_ENOMEM)
		c->given_up = true;
	else
		problems_add(to, err);
}

static void __attribute__((format(printf, 2, 0)))
add_formatted(struct strbuf *b, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0) {
		b->failed = true;
		return;
	}
	strbuf_add(b, text);
	free(text);
}

static void __attribute__((format(printf, 3, 0)))
report(struct check *c, struct pos at, const char *fmt, va_list ap)
{
	struct strbuf b = {0};

	if (c->each && c->of_object++ >= c->each) {
		c->problems.count++;
		return;
	}
	strbuf_addf(&b, "%s: ", fault_words[c->fault]);
	add_formatted(&b, fmt, ap);
	add(c, &c->problems, SVCLB_SEVERITY_ERROR, c->path, at, &b);
}

void check_report(struct check *c, struct pos at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(c, at, fmt, ap);
	va_end(ap);
}

void check_taken(struct check *c, struct pos at, const struct service *by, const char *fmt, ...)
{
	const struct svclb_object *rival = NULL;
	va_list ap;

	if (text_given(&by->meta.name))
		rival = model_lookup(c->model, SVCLB_KIND_SERVICE, by->meta.ns.s, by->meta.name.s);
	c->rival = rival ? rival->arrival : 0;
	va_start(ap, fmt);
	report(c, at, fmt, ap);
	va_end(ap);
	c->rival = 0;
}

void check_at(struct check *c, enum fault fault, const char *path, const char *hint)
{
	c->fault = fault;
	c->path = path;
	c->hint = hint;
}

void check_warn(struct check *c, const char *path, struct pos at, const char *fmt, ...)
{
	struct strbuf b = {0};
	va_list ap;

	va_start(ap, fmt);
	add_formatted(&b, fmt, ap);
	va_end(ap);
	add(c, &c->model->warnings, SVCLB_SEVERITY_WARNING, path, at, &b);
}

const char *check_shown(struct check *c, const char *value)
{
	char *buf = c->shown[c->n_shown++ % 4];
	size_t len = 0;

	if (!value)
		value = "";
	buf[len++] = '"';
	/* The longest piece is four bytes, the longest end five. */
	for (; *value && len < SHOWN_MAX - 10; value++) {
		unsigned char ch = (unsigned char)*value;

		if (ch == '"' || ch == '\\')
			len += (size_t)snprintf(buf + len, SHOWN_MAX - len, "\\%c", ch);
		else if (ch < ' ' || ch > '~')
			len += (size_t)snprintf(buf + len, SHOWN_MAX - len, "\\x%02x", ch);
		else
			buf[len++] = (char)ch;
	}
	(void)snprintf(buf + len, SHOWN_MAX - len, *value ? "...\"" : "\"");
	return buf;
}

const char *check_words(struct check *c, const char *const *words)
{
	struct strbuf b = {0};
	const char *kept;
	char *text;

	for (size_t i = 0; words[i]; i++) {
		if (i)
			strbuf_add(&b, words[i + 1] ? ", " : " and ");
		strbuf_add(&b, words[i]);
	}
	text = strbuf_steal(&b);
	kept = arena_strdup(&c->scratch, text);
	free(text);
	if (!kept)
		c->given_up = true;
	return kept ? kept : "";
}

void *check_scratch(struct check *c, size_t n, size_t size)
{
	void *p = arena_array(&c->scratch, n, size);

	if (!p)
		c->given_up = true;
	return p;
}

const char *address_fault(const char *text, struct ipaddr *ret)
{
	if (!ip_parse(text, ret, NULL))
		return "is no IP address";
	if (ip_is_unspecified(ret))
		return "is the unspecified address";
	if (ip_is_loopback(ret))
		return "is a loopback address";
	if (ip_is_link_local(ret))
		return "is a link-local address";
	if (ip_is_link_local_multicast(ret))
		return "is a link-local multicast address";
	return NULL;
}

static int unique_cmp_value(const struct unique *a, const struct unique *b)
{
	if (a->text && b->text)
		return strcmp(a->text, b->text);
	return a->number < b->number ? -1 : a->number > b->number;
}

static int unique_cmp(const void *a, const void *b)
{
	const struct unique *x = a, *y = b;
	int r = unique_cmp_value(x, y);

	if (r)
		return r;
	return x->index < y->index ? -1 : x->index > y->index;
}

void check_unique(struct check *c, struct unique *u, size_t n, unsigned depth)
{
	size_t first = 0;

	if (n > 1)
		qsort(u, n, sizeof(*u), unique_cmp);
	for (size_t i = 1; i < n; i++) {
		if (unique_cmp_value(&u[first], &u[i])) {
			first = i;
			continue;
		}
		c->index[depth] = u[i].index;
		check_report(c, u[i].at, "%s is at index %zu already",
			     u[i].text ? check_shown(c, u[i].text) : u[i].shown, u[first].index);
	}
}
