/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl: the table of commands, and what happens around each of them. */
#include "commands.h"
#include "config.h"
#include "flags.h"
#include "interrupt.h"
#include "limit.h"
#include "stream.h"

static const struct command commands[] = {
	{"validate", CMD_VALIDATE, cmd_validate, "[FILE...]", 1000, "table|json",
	 "check manifests; every problem in one run",
	 "Reads manifests, defaults and checks them as an API server would, and compiles them, so that\n"
	 "two Services that claim one address and port are found. Needs no privileges, changes nothing."},
	{"render", CMD_RENDER, cmd_render, "[FILE...]", 1000,
	 "json|ipvsadm|ipset|iptables|ip6tables|addresses|sysctls",
	 "print what the kernel should hold",
	 "Prints the state for the objects of the input, or without input for those applied, in the save\n"
	 "format of a tool: ipvsadm -Sn, ipset save, iptables-save; one address a line; key=value."},
	{"plan", CMD_PLAN, cmd_plan, "[FILE...]", 1000, "table|json", "show what apply would do",
	 "Compares the kernel with what the applied objects and the input ask for. -o json is a saved\n"
	 "plan for apply --plan. With --exit-code it exits 3 when there is anything to do."},
	{"apply", CMD_APPLY, cmd_apply, "[FILE...]", 1000, "table|json",
	 "bring the kernel to what is asked for, all or nothing",
	 "Merges the input into the applied objects and carries out all changes as one transaction: what\n"
	 "fails is rolled back. --stored needs no input: it brings back what was applied, after a\n"
	 "restart for one. Settings given as flags are kept for later commands; an empty value\n"
	 "(--mode=) forgets one, --config forgets all. --plan FILE carries out exactly a saved plan and\n"
	 "keeps the objects of the input, if there is any, as applied."},
	{"delete", CMD_DELETE, cmd_delete, "[KIND NAME... | KIND/NAME...]", 1000, "table|json",
	 "remove objects",
	 "Removes objects by name, or those of the manifests of -f. EndpointSlices and Endpoints of a\n"
	 "Service go with it. The last Service takes everything of ours out of the kernel."},
	{"get", CMD_GET, cmd_get, "KIND[,KIND] [NAME...]", 1000, "table|wide|json|yaml|name",
	 "list objects",
	 "Kinds: services (svc), endpoints (ep), endpointslices (eps), virtual-servers (vs),\n"
	 "real-servers (rs), nodes (no), pods (po), all. Virtual and real servers are read from the\n"
	 "kernel, all others are those applied."},
	{"describe", CMD_DESCRIBE, cmd_describe, "KIND [NAME...]", 1000, "",
	 "show objects at length", NULL},
	{"status", CMD_STATUS, cmd_status, "", 0, "table|json",
	 "compare the kernel with what was applied",
	 "Prints drifted, quarantined, degraded, draining, in-sync or, when nothing is applied,\n"
	 "empty: the first that holds, and what it concerns. With --exit-code it exits 3 when the kernel drifted or\n"
	 "objects are in quarantine."},
	{"cleanup", CMD_CLEANUP, cmd_cleanup, "", 0, "table|json", "remove everything that is ours",
	 "Removes all of our virtual servers, sets, chains and the link, proves that nothing is left, and\n"
	 "empties the store. Asks on a terminal; --yes does not."},
	{"version", CMD_VERSION, cmd_version, "", 0, "table|json", "print versions", NULL},
	{"help", CMD_HELP, cmd_help, "[COMMAND]", 1, "", "explain a command", NULL},
	{"completion", CMD_COMPLETION, cmd_completion, "bash|zsh|fish", 1, "",
	 "print a completion script", NULL},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *command_at(size_t i)
{
	return i < N_COMMANDS ? &commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run(struct cli *c)
{
	if (c->help) {
		help_print(stdout, c->cmd);
		return EXIT_DONE;
	}
	if (!c->cmd) {
		help_print(stderr, NULL);
		return EXIT_USAGE;
	}
	return c->cmd->run(c);
}

/* Commands whose JSON output reports failures too. */
static bool reports_json(const struct cli *c)
{
	return c->output == OUT_JSON && c->cmd &&
	       (c->cmd->bit & (CMD_VALIDATE | CMD_PLAN | CMD_APPLY | CMD_DELETE | CMD_CLEANUP));
}

int main(int argc, char **argv)
{
	struct cli c = {0};
	int rc;

	limit_begin(&c);
	rc = flags_parse(&c, argc, argv);
	if (rc == EXIT_DONE)
		rc = run(&c);
	if (c.n_problems && reports_json(&c))
		cli_problems_print_json(&c);
	cli_problems_print(&c);
	if ((fflush(stdout) != 0 || ferror(stdout)) && rc == EXIT_DONE) {
		fputs("error: writing the output failed\n", stderr);
		rc = EXIT_ERROR;
	}
	cli_problems_free(&c);
	streams_free(&c);
	list_clear(&c.args);
	list_clear(&c.files);
	list_clear(&c.inputs);
	settings_clear(&c.given);
	return interrupt_deliver(rc);
}
