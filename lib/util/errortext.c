/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors as text for people and as JSON for programs. */
#include <svclb/error.h>

#include "error.h"
#include "jsonout.h"
#include "strbuf.h"

static void text_list(struct strbuf *b, const struct svclb_error *e, unsigned indent);

static void text_one(struct strbuf *b, const struct svclb_error *e, unsigned indent)
{
	const char *file = svclb_error_get_file(e);
	uint32_t line = svclb_error_get_line(e);
	char words[128];

	for (unsigned i = 0; i < indent; i++)
		strbuf_add(b, "  ");
	if (file) {
		strbuf_addf(b, "%s:", file);
		if (line)
			strbuf_addf(b, "%u:%u:", line, svclb_error_get_column(e));
		strbuf_addc(b, ' ');
	}
	if (svclb_error_get_severity(e) == SVCLB_SEVERITY_WARNING)
		strbuf_add(b, "warning: ");
	if (svclb_error_get_object(e))
		strbuf_addf(b, "%s: ", svclb_error_get_object(e));
	if (svclb_error_get_field(e))
		strbuf_addf(b, "%s: ", svclb_error_get_field(e));
	if (svclb_error_get_subsystem(e))
		strbuf_addf(b, "%s: ", svclb_error_get_subsystem(e));
	if (svclb_error_get_operation(e))
		strbuf_addf(b, "%s: ", svclb_error_get_operation(e));
	strbuf_add(b, svclb_error_get_message(e));
	if (svclb_error_get_os_errno(e))
		strbuf_addf(b, ": %s",
			    err_os_text(svclb_error_get_os_errno(e), words, sizeof(words)));
	strbuf_addc(b, '\n');
	if (svclb_error_get_hint(e)) {
		for (unsigned i = 0; i < indent; i++)
			strbuf_add(b, "  ");
		strbuf_addf(b, "  hint: %s\n", svclb_error_get_hint(e));
	}
	text_list(b, svclb_error_get_cause(e), indent + 1);
}

static void text_list(struct strbuf *b, const struct svclb_error *e, unsigned indent)
{
	for (; e; e = svclb_error_get_next(e))
		text_one(b, e, indent);
}

int svclb_error_to_text(const struct svclb_error *err, char **ret)
{
	struct strbuf b = {0};
	char *text;

	if (!ret)
		return -SVCLB_EINVAL;
	text_list(&b, err, 0);
	text = strbuf_steal(&b);
	if (!text)
		return -SVCLB_ENOMEM;
	*ret = text;
	return 0;
}

static void json_list(struct jsonout *j, const struct svclb_error *e)
{
	jsonout_array(j);
	for (; e; e = svclb_error_get_next(e)) {
		jsonout_object(j);
		jsonout_kv_str(j, "code", svclb_code_name(svclb_error_get_code(e)));
		jsonout_kv_str(j, "severity",
			       svclb_error_get_severity(e) == SVCLB_SEVERITY_WARNING ? "warning"
										     : "error");
		jsonout_kv_str(j, "message", svclb_error_get_message(e));
		jsonout_kv_str(j, "object", svclb_error_get_object(e));
		jsonout_kv_str(j, "field", svclb_error_get_field(e));
		jsonout_kv_str(j, "file", svclb_error_get_file(e));
		if (svclb_error_get_line(e)) {
			jsonout_kv_int(j, "line", svclb_error_get_line(e));
			jsonout_kv_int(j, "column", svclb_error_get_column(e));
		}
		jsonout_kv_str(j, "subsystem", svclb_error_get_subsystem(e));
		jsonout_kv_str(j, "operation", svclb_error_get_operation(e));
		if (svclb_error_get_os_errno(e)) {
			char words[128];

			jsonout_kv_int(j, "errno", svclb_error_get_os_errno(e));
			jsonout_kv_str(j, "errnoText",
				       err_os_text(svclb_error_get_os_errno(e), words,
						   sizeof(words)));
		}
		jsonout_kv_str(j, "hint", svclb_error_get_hint(e));
		if (svclb_error_get_cause(e)) {
			jsonout_key(j, "cause");
			json_list(j, svclb_error_get_cause(e));
		}
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

int svclb_error_to_json(const struct svclb_error *err, char **ret)
{
	struct strbuf b = {0};
	struct jsonout j = {.b = &b};
	char *text;

	if (!ret)
		return -SVCLB_EINVAL;
	json_list(&j, err);
	strbuf_addc(&b, '\n');
	text = strbuf_steal(&b);
	if (!text)
		return -SVCLB_ENOMEM;
	*ret = text;
	return 0;
}
