/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors. Every fallible function returns 0 (or a positive count) on success and a negative
 * enum svclb_code on failure, and gives the details as an object through its last argument,
 * `reterr`. `reterr` may be NULL; it is written on failure only.
 */
#ifndef SVCLB_ERROR_H
#define SVCLB_ERROR_H

#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_error;

/* Codes are part of the ABI: values never change their meaning. Functions return them negated. */
enum svclb_code {
	SVCLB_OK = 0,
	SVCLB_EINVAL = 1,	/* the caller broke the rules of a function: a programming error */
	SVCLB_ENOMEM = 2,	/* out of memory */
	SVCLB_EPARSE = 3,	/* input is not YAML, JSON or UTF-8, or has no usable shape */
	SVCLB_EINVALID = 4,	/* input objects are invalid; every problem is in the list */
	SVCLB_ELIMIT = 5,	/* input exceeds a limit of the options */
	SVCLB_EUNSUPPORTED = 6, /* the kernel lacks something that is needed; the text names it */
	SVCLB_EPERM = 7,	/* no permission */
	SVCLB_ECONFLICT = 8,	/* an object of somebody else is in the way */
	SVCLB_EBUSY = 9,	/* a lock was not obtained in time */
	SVCLB_ETIMEDOUT = 10,	/* the time limit of the operation passed */
	SVCLB_EAGAIN = 11,	/* the kernel's state moved since it was read */
	SVCLB_EKERNEL = 12,	/* the kernel refused a read or a check; nothing was changed */
	SVCLB_EROLLEDBACK = 13, /* a change failed and everything was put back */
	SVCLB_EROLLBACK = 14,	/* a change failed and putting back failed too */
	SVCLB_ENOTFOUND = 15,	/* no such object */
	/* svclb_ctx_interrupt() was called: nothing was changed, or everything put back */
	SVCLB_EINTERRUPTED = 16,
};

enum svclb_severity {
	SVCLB_SEVERITY_ERROR = 0,
	SVCLB_SEVERITY_WARNING = 1,
};

/*
 * Takes another reference on err and returns err. NULL is allowed and returned.
 * Errors are immutable: any thread, also at the same time. Since 0.1.
 */
SVCLB_API struct svclb_error *svclb_error_ref(struct svclb_error *err);

/*
 * Drops a reference; the last one frees the error with the list behind it. Returns NULL.
 * NULL is allowed. Any thread. Since 0.1.
 */
SVCLB_API struct svclb_error *svclb_error_unref(struct svclb_error *err);

/* Positive enum svclb_code; SVCLB_OK for NULL. Any thread. Since 0.1. */
SVCLB_API int svclb_error_get_code(const struct svclb_error *err);

/* Name of a code without prefix, e.g. "INVALID" for SVCLB_EINVALID; accepts both signs;
 * "UNKNOWN" for other values. Static storage. Any thread. Since 0.1. */
SVCLB_API const char *svclb_code_name(int code);

/* enum svclb_severity. Any thread. Since 0.1. */
SVCLB_API int svclb_error_get_severity(const struct svclb_error *err);

/* errno(3) value that the kernel gave, or 0. Any thread. Since 0.1. */
SVCLB_API int svclb_error_get_os_errno(const struct svclb_error *err);

/*
 * The text getters below return borrowed text that lives as long as the error, or NULL where the
 * error has no such part. Any thread. Since 0.1.
 *
 *   message    what and why, one line, without the other parts
 *   object     the object concerned: "Service default/web", "virtual server 10.96.0.10:80/TCP"
 *   field      path in the object: "spec.ports[0].nodePort"
 *   file       input name as given by the caller
 *   subsystem  "ipvs", "ipset", "iptables", "link", "sysctl", "conntrack", ... for kernel errors
 *   operation  what was asked of the subsystem: "add virtual server"
 *   hint       what to do about it
 */
SVCLB_API const char *svclb_error_get_message(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_object(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_field(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_file(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_subsystem(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_operation(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_hint(const struct svclb_error *err);

/*
 * Which object of a model the problem is about, for programs: enum svclb_kind, its namespace ("" for
 * kinds without) and its name, as the input has them. 0 and NULL where it is no such object or
 * cannot be told, for example since it has no name. Borrowed. Any thread. Since 0.1.
 */
SVCLB_API uint32_t svclb_error_get_object_kind(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_object_namespace(const struct svclb_error *err);
SVCLB_API const char *svclb_error_get_object_name(const struct svclb_error *err);

/*
 * 1 if the part of an input that the problem is about may hold objects that it does not name: the
 * part could not be read to its end, or says twice or not at all which object it is. Else 0. Who
 * removes what an input lacks (prunes) must not where this is so. Any thread. Since 0.1.
 */
SVCLB_API int svclb_error_hides_objects(const struct svclb_error *err);

/* Position in the file, counted from 1; 0 where unknown. Any thread. Since 0.1. */
SVCLB_API uint32_t svclb_error_get_line(const struct svclb_error *err);
SVCLB_API uint32_t svclb_error_get_column(const struct svclb_error *err);

/*
 * Next problem of the same call, or NULL. Borrowed: lives as long as the first one.
 * Any thread. Since 0.1.
 */
SVCLB_API const struct svclb_error *svclb_error_get_next(const struct svclb_error *err);

/*
 * Why this problem came about: for SVCLB_EROLLEDBACK the step's own failure, for SVCLB_EROLLBACK
 * the step's failure with the failure of putting back as the cause's next one. NULL if there is
 * none. Borrowed. Any thread. Since 0.1.
 */
SVCLB_API const struct svclb_error *svclb_error_get_cause(const struct svclb_error *err);

/*
 * The whole list as text, a line per problem `file:line:column: object: field: message`, hints as
 * `  hint: …` lines below, causes indented. The caller frees *ret with svclb_text_free().
 * Returns 0 or -SVCLB_ENOMEM. Any thread. Since 0.1.
 */
SVCLB_API int svclb_error_to_text(const struct svclb_error *err, char **ret);

/*
 * The whole list as a JSON array of objects with the members code, severity, message, object,
 * field, file, line, column, subsystem, operation, errno, hint, cause; absent parts are left out.
 * Ownership, errors and threads as svclb_error_to_text(). Since 0.1.
 */
SVCLB_API int svclb_error_to_json(const struct svclb_error *err, char **ret);

#ifdef __cplusplus
}
#endif
#endif
