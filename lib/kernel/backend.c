/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the backends of the real kernel share: reading a step, and errors of one shape. */
#include "kernel/backend.h"

#include <errno.h>
#include <stdlib.h>

#include "util/strbuf.h"

struct step_view backend_step(const struct backend_run *run, size_t i)
{
	const struct svclb_step *s = run->steps[i];
	struct step_view v = {
		.kind = (enum step_kind)s->kind,
		.op = (enum step_op)s->op,
		.from = run->plan->from,
		.to = run->plan->to,
		.before = s->before,
		.after = s->after,
	};

	if (!run->undo)
		return v;
	v.from = run->plan->to;
	v.to = run->plan->from;
	v.before = s->after;
	v.after = s->before;
	if (s->op == STEP_ADD)
		v.op = STEP_DELETE;
	else if (s->op == STEP_DELETE)
		v.op = STEP_ADD;
	return v;
}

/* "virtual server 10.0.0.1:80/TCP of Service default/web", so that both worlds can be searched. */
static char *object_text(const char *object, const struct origin *origin)
{
	struct strbuf b = {0};

	strbuf_add(&b, object ? object : "");
	if (origin && origin->object)
		strbuf_addf(&b, "%s%s", object ? " of " : "", origin->object);
	return strbuf_steal(&b);
}

struct svclb_error *backend_error(const struct backend *b, int code, int os_errno,
				  const char *operation, const char *object,
				  const struct svclb_state *origin_state, origin_id origin,
				  const char *hint, const char *fmt, ...)
{
	const struct origin *o = NULL;
	struct err_parts parts = {0};
	struct svclb_error *err;
	char *text;
	va_list ap;

	if (origin && origin_state && origin < origin_state->origins.n)
		o = &origin_state->origins.v[origin];
	if (o)
		parts = origin_parts(o);
	parts.os_errno = os_errno;
	parts.operation = operation;
	parts.subsystem = b->ops->subsystem;
	parts.hint = hint;
	if (os_errno == EPERM || os_errno == EACCES) {
		code = SVCLB_EPERM;
		parts.hint = "CAP_NET_ADMIN is needed in the network namespace";
	}
	text = object_text(object, o);
	parts.object = text && *text ? text : NULL;
	va_start(ap, fmt);
	err = err_newv(code, &parts, fmt, ap);
	va_end(ap);
	free(text);
	return err;
}
