/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl render: the desired state in a tool's own save format. */
#include "commands.h"
#include "input.h"
#include "work.h"

static const struct {
	enum output output;
	uint32_t format;
} formats[] = {
	{OUT_DEFAULT, SVCLB_FORMAT_JSON},	 {OUT_JSON, SVCLB_FORMAT_JSON},
	{OUT_IPVSADM, SVCLB_FORMAT_IPVSADM},	 {OUT_IPSET, SVCLB_FORMAT_IPSET},
	{OUT_IPTABLES, SVCLB_FORMAT_IPTABLES},	 {OUT_IP6TABLES, SVCLB_FORMAT_IP6TABLES},
	{OUT_ADDRESSES, SVCLB_FORMAT_ADDRESSES}, {OUT_SYSCTLS, SVCLB_FORMAT_SYSCTLS},
};

static uint32_t format_of(enum output output)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].output == output)
			return formats[i].format;
	return SVCLB_FORMAT_JSON;
}

static int print_state(struct work *w, struct svclb_model *model)
{
	struct svclb_state *state = NULL;
	struct svclb_error *err = NULL;
	autolib char *text = NULL;
	int rc = work_compile(w, model, &state);

	if (rc == EXIT_DONE)
		rc = work_warn_mode(w, model);
	if (rc == EXIT_DONE &&
	    svclb_state_to_text(state, format_of(w->cli->output), &text, &err) < 0)
		rc = fail_error(w->cli, err);
	if (rc == EXIT_DONE)
		fputs(text, stdout);
	svclb_state_unref(state);
	return rc;
}

static int render(struct work *w, bool from_input)
{
	struct svclb_model *model = NULL;
	int rc;

	work_find_addresses(w);
	rc = from_input ? input_load(w->cli, w->opts, true, &model) : work_stored_model(w, &model);
	if (rc == EXIT_DONE)
		rc = print_state(w, model);
	svclb_model_unref(model);
	return rc;
}

int cmd_render(struct cli *c)
{
	bool from_input = input_given(c, true);
	struct work w;
	int rc = work_open(&w, c, from_input ? WORK_NO_STORE : WORK_READ_STORE);

	if (rc == EXIT_DONE)
		rc = render(&w, from_input);
	work_close(&w);
	return rc;
}
