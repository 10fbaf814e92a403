/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error objects: building and reading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error-parts.h"
#include "utf8.h"

struct svclb_error err_out_of_memory = {
	.fixed = true,
	.code = SVCLB_ENOMEM,
	.message = (char *)"out of memory",
};

/* What must not be mistaken for a failure that changed nothing. */
static struct svclb_error mixed_state = {
	.fixed = true,
	.code = SVCLB_EROLLBACK,
	.message = (char *)"putting everything back failed too, the state is mixed",
	.cause = &err_out_of_memory,
};

static const char *const code_names[] = {
	[SVCLB_OK] = "OK",
	[SVCLB_EINVAL] = "INVAL",
	[SVCLB_ENOMEM] = "NOMEM",
	[SVCLB_EPARSE] = "PARSE",
	[SVCLB_EINVALID] = "INVALID",
	[SVCLB_ELIMIT] = "LIMIT",
	[SVCLB_EUNSUPPORTED] = "UNSUPPORTED",
	[SVCLB_EPERM] = "PERM",
	[SVCLB_ECONFLICT] = "CONFLICT",
	[SVCLB_EBUSY] = "BUSY",
	[SVCLB_ETIMEDOUT] = "TIMEDOUT",
	[SVCLB_EAGAIN] = "AGAIN",
	[SVCLB_EKERNEL] = "KERNEL",
	[SVCLB_EROLLEDBACK] = "ROLLEDBACK",
	[SVCLB_EROLLBACK] = "ROLLBACK",
	[SVCLB_ENOTFOUND] = "NOTFOUND",
	[SVCLB_EINTERRUPTED] = "INTERRUPTED",
};

const char *svclb_code_name(int code)
{
	unsigned c = code < 0 ? 0u - (unsigned)code : (unsigned)code;

	return c < sizeof(code_names) / sizeof(code_names[0]) ? code_names[c] : "UNKNOWN";
}

struct svclb_error *svclb_error_ref(struct svclb_error *err)
{
	if (err && !err->fixed)
		atomic_fetch_add(&err->refs, 1);
	return err;
}

/* Frees one error and hands back what follows it in the list. */
static struct svclb_error *error_free(struct svclb_error *err)
{
	struct svclb_error *next = err->next;

	svclb_error_unref(err->cause);
	free(err->message);
	free(err->object);
	free(err->ns);
	free(err->name);
	free(err->field);
	free(err->file);
	free(err->subsystem);
	free(err->operation);
	free(err->hint);
	free(err);
	return next;
}

struct svclb_error *svclb_error_unref(struct svclb_error *err)
{
	while (err && !err->fixed && atomic_fetch_sub(&err->refs, 1) == 1)
		err = error_free(err);
	return NULL;
}

static bool dup_part(char **to, const char *from)
{
	if (!from)
		return true;
	*to = strdup(from);
	if (*to)
		text_make_safe(*to, false);
	return *to != NULL;
}

/* Identities are compared, so they stay as they are. */
static bool dup_identity(struct svclb_error *e, const struct err_parts *parts)
{
	e->kind = parts->kind;
	if (parts->ns)
		e->ns = strdup(parts->ns);
	if (parts->name)
		e->name = strdup(parts->name);
	return !parts->ns == !e->ns && !parts->name == !e->name;
}

struct svclb_error *err_newv(int code, const struct err_parts *parts, const char *fmt, va_list ap)
{
	static const struct err_parts none;
	struct svclb_error *e = calloc(1, sizeof(*e));

	if (!e)
		return &err_out_of_memory;
	if (!parts)
		parts = &none;
	atomic_init(&e->refs, 1);
	e->code = code;
	e->severity = parts->severity;
	e->os_errno = parts->os_errno;
	e->line = parts->pos.line;
	e->column = parts->pos.column;
	e->rival = parts->rival;
	e->alone = parts->alone;
	e->hides = parts->hides;
	if (vasprintf(&e->message, fmt, ap) < 0) {
		e->message = NULL;
		goto fail;
	}
	text_make_safe(e->message, true);
	if (!dup_part(&e->object, parts->object) || !dup_part(&e->field, parts->field) ||
	    !dup_part(&e->file, parts->file) || !dup_part(&e->subsystem, parts->subsystem) ||
	    !dup_part(&e->operation, parts->operation) || !dup_part(&e->hint, parts->hint) ||
	    !dup_identity(e, parts))
		goto fail;
	return e;
fail:
	svclb_error_unref(e);
	return &err_out_of_memory;
}

struct svclb_error *err_new(int code, const struct err_parts *parts, const char *fmt, ...)
{
	struct svclb_error *e;
	va_list ap;

	va_start(ap, fmt);
	e = err_newv(code, parts, fmt, ap);
	va_end(ap);
	return e;
}

uint64_t err_rival(const struct svclb_error *err)
{
	return err->rival;
}

bool err_alone(const struct svclb_error *err)
{
	return err->alone;
}

int err_give(struct svclb_error **reterr, struct svclb_error *err)
{
	int code = -err->code;

	if (reterr)
		*reterr = err;
	else
		svclb_error_unref(err);
	return code;
}

int err_set(struct svclb_error **reterr, int code, const char *fmt, ...)
{
	struct svclb_error *e;
	va_list ap;

	va_start(ap, fmt);
	e = err_newv(code, NULL, fmt, ap);
	va_end(ap);
	return err_give(reterr, e);
}

int err_nomem(struct svclb_error **reterr)
{
	return err_give(reterr, &err_out_of_memory);
}

struct svclb_error *err_or_mixed(struct svclb_error *err)
{
	return err == &err_out_of_memory ? &mixed_state : err;
}

void err_set_cause(struct svclb_error *err, struct svclb_error *cause)
{
	if (err->fixed) {
		svclb_error_unref(cause);
		return;
	}
	svclb_error_unref(err->cause);
	err->cause = cause;
}

bool err_set_message(struct svclb_error *err, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	if (err->fixed)
		return false;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return false;
	free(err->message);
	err->message = text;
	return true;
}

void err_append(struct svclb_error *err, struct svclb_error *next)
{
	while (!err->fixed && err->next)
		err = err->next;
	if (err->fixed)
		svclb_error_unref(next);
	else
		err->next = next;
}

struct svclb_error *err_pop(struct svclb_error **list)
{
	struct svclb_error *e = *list;

	*list = e ? e->next : NULL;
	if (e && !e->fixed)
		e->next = NULL;
	return e;
}

const char *err_os_text(int os_errno, char *buf, size_t size)
{
	return strerror_r(os_errno, buf, size);
}

int svclb_error_get_code(const struct svclb_error *err)
{
	return err ? err->code : SVCLB_OK;
}

int svclb_error_get_severity(const struct svclb_error *err)
{
	return err ? err->severity : SVCLB_SEVERITY_ERROR;
}

int svclb_error_get_os_errno(const struct svclb_error *err)
{
	return err ? err->os_errno : 0;
}

const char *svclb_error_get_message(const struct svclb_error *err)
{
	return err ? err->message : NULL;
}

const char *svclb_error_get_object(const struct svclb_error *err)
{
	return err ? err->object : NULL;
}

uint32_t svclb_error_get_object_kind(const struct svclb_error *err)
{
	return err ? err->kind : 0;
}

const char *svclb_error_get_object_namespace(const struct svclb_error *err)
{
	return err ? err->ns : NULL;
}

const char *svclb_error_get_object_name(const struct svclb_error *err)
{
	return err ? err->name : NULL;
}

int svclb_error_hides_objects(const struct svclb_error *err)
{
	return err && err->hides;
}

const char *svclb_error_get_field(const struct svclb_error *err)
{
	return err ? err->field : NULL;
}

const char *svclb_error_get_file(const struct svclb_error *err)
{
	return err ? err->file : NULL;
}

const char *svclb_error_get_subsystem(const struct svclb_error *err)
{
	return err ? err->subsystem : NULL;
}

const char *svclb_error_get_operation(const struct svclb_error *err)
{
	return err ? err->operation : NULL;
}

const char *svclb_error_get_hint(const struct svclb_error *err)
{
	return err ? err->hint : NULL;
}

uint32_t svclb_error_get_line(const struct svclb_error *err)
{
	return err ? err->line : 0;
}

uint32_t svclb_error_get_column(const struct svclb_error *err)
{
	return err ? err->column : 0;
}

const struct svclb_error *svclb_error_get_next(const struct svclb_error *err)
{
	return err ? err->next : NULL;
}

const struct svclb_error *svclb_error_get_cause(const struct svclb_error *err)
{
	return err ? err->cause : NULL;
}
