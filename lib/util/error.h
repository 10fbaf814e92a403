/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building errors, and lists of problems. */
#ifndef SVCLB_UTIL_ERROR_H
#define SVCLB_UTIL_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include <svclb/error.h>

/* A place in an input. file is an index the owner of the texts understands; line 0 = unknown. */
struct pos {
	uint32_t line;
	uint32_t column;
};

/* Texts of an error, all optional, copied by err_new_full(). */
struct err_parts {
	int severity; /* enum svclb_severity */
	int os_errno;
	const char *object;
	uint32_t kind; /* enum svclb_kind; with ns and name what `object` says in words */
	const char *ns;
	const char *name;
	const char *field;
	const char *file;
	struct pos pos;
	const char *subsystem;
	const char *operation;
	const char *hint;
	uint64_t rival; /* arrival of the object that has what this one claims; 0: none */
	bool alone;	/* a limit that the object exceeds without any other */
	bool hides;	/* what it is about may hold objects that it does not name */
};

/* A new error with one reference; never NULL: without memory it is a static "out of memory". */
struct svclb_error *err_new(int code, const struct err_parts *parts, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct svclb_error *err_newv(int code, const struct err_parts *parts, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* Stores err in *reterr (or drops it when reterr is NULL) and returns its negative code, so that
 * `return err_give(reterr, err_new(...))` is the common form. */
int err_give(struct svclb_error **reterr, struct svclb_error *err);

/* err_give(err_new(code, NULL, ...)) */
int err_set(struct svclb_error **reterr, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int err_nomem(struct svclb_error **reterr);

/* err, which says that putting back failed; or, if there was no memory for it, one that says so. */
struct svclb_error *err_or_mixed(struct svclb_error *err);

/* Makes `cause` (reference taken over) the cause of err, which must not be shared yet. */
void err_set_cause(struct svclb_error *err, struct svclb_error *cause);

/* Another message for err, which must not be shared yet. False: out of memory. */
bool err_set_message(struct svclb_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends `next` (reference taken over) to the list that begins with err, not shared yet. */
void err_append(struct svclb_error *err, struct svclb_error *next);

/* As err_parts has them. */
uint64_t err_rival(const struct svclb_error *err);
bool err_alone(const struct svclb_error *err);

/* Takes the first error of a list out of it. The list must not be shared. */
struct svclb_error *err_pop(struct svclb_error **list);

/* The errno's words, e.g. "No such file or directory"; thread-safe, static or in buf. */
const char *err_os_text(int os_errno, char *buf, size_t size);

/* A list that problems are added to. Zeroed with a limit = empty. */
struct problems {
	struct svclb_error *first;
	struct svclb_error *last;
	size_t count; /* all, also those beyond the limit */
	size_t kept;
	size_t limit;		  /* kept at most; 0 = 1000 */
	struct svclb_error *rest; /* behind the last: how many are beyond the limit; or NULL */
};

/* Takes the reference; err may be the first of a list. */
void problems_add(struct problems *p, struct svclb_error *err);
void problems_free(struct problems *p);
/* Adds all of the list `from`, which is empty afterwards. */
void problems_move(struct problems *to, struct problems *from);

/* Sorts problems of one file by their places; what has one place stays in its order. */
void problems_sort(struct problems *p);

/* Lets the list end with how many are beyond the limit, if any are. False: out of memory. */
bool problems_tell(struct problems *p);

/* Gives the list to *reterr and returns its first code negated; 0 when there is none. When some
 * were beyond the limit, a last one says how many. */
int problems_give(struct problems *p, struct svclb_error **reterr);

#endif
