/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl help: usage from the tables of commands and flags. */
#include "commands.h"
#include "flags.h"

static void print_flag(FILE *f, const struct flag *flag)
{
	char letter[] = {'-', flag->letter, ',', ' ', 0};
	autofree char *form =
		xasprintf("%s--%s%s%s", flag->letter ? letter : "    ", flag->name,
			  flag_needs_value(flag) ? " " : "", flag->arg ? flag->arg : "");

	if (strlen(form) > 34)
		fprintf(f, "  %s\n  %-34s %s\n", form, "", flag->help);
	else
		fprintf(f, "  %-34s %s\n", form, flag->help);
}

/* own true: flags that not every command takes. */
static void print_flags(FILE *f, const char *title, unsigned bit, bool own, bool settings)
{
	struct flag flag;
	bool first = true;

	for (size_t i = 0; flag_at(i, &flag); i++) {
		if (!(flag.commands & bit) || (flag.commands != CMD_ALL) != own ||
		    (flag.kind == FLAG_SETTING) != settings)
			continue;
		if (first)
			fprintf(f, "\n%s:\n", title);
		first = false;
		print_flag(f, &flag);
	}
}

static void print_commands(FILE *f)
{
	fputs("usage: svclbctl COMMAND [ARGUMENTS] [FLAGS]\n\n"
	      "Kubernetes Services on one node: virtual servers, sets and chains as one transaction.\n\n"
	      "commands:\n",
	      f);
	for (size_t i = 0; command_at(i); i++)
		fprintf(f, "  %-12s %s\n", command_at(i)->name, command_at(i)->summary);
	print_flags(f, "flags of every command", CMD_ALL, false, false);
	print_flags(f, "settings of the node", CMD_ALL, false, true);
	fputs("\nexit codes: 0 done or no difference, 1 error, 2 usage, 3 differences (--exit-code),\n"
	      "4 invalid input, 5 permission or missing kernel feature, 6 applied with objects left\n"
	      "aside, 7 rolled back, 8 lock or time limit, 9 rollback failed\n"
	      "\nsvclbctl help COMMAND says more.\n",
	      f);
}

void help_print(FILE *f, const struct command *cmd)
{
	if (!cmd) {
		print_commands(f);
		return;
	}
	fprintf(f, "usage: svclbctl %s%s%s [FLAGS]\n\n%s\n", cmd->name, *cmd->args ? " " : "",
		cmd->args, cmd->summary);
	if (cmd->details)
		fprintf(f, "\n%s\n", cmd->details);
	if (*cmd->outputs)
		fprintf(f, "\noutput (-o): %s\n", cmd->outputs);
	print_flags(f, "flags", cmd->bit, true, false);
	print_flags(f, "flags of every command", cmd->bit, false, false);
	print_flags(f, "settings of the node", cmd->bit, false, true);
}

int cmd_help(struct cli *c)
{
	const struct command *cmd = c->args.n ? command_find(c->args.v[0]) : NULL;
	struct suggestion s = {.wanted = c->args.n ? c->args.v[0] : ""};

	if (c->args.n && !cmd) {
		for (size_t i = 0; command_at(i); i++)
			suggest_consider(&s, command_at(i)->name);
		return fail_usage(c, "unknown command '%s'%s%s%s", s.wanted,
				  s.best ? "; did you mean '" : "", s.best ? s.best : "",
				  s.best ? "'?" : "");
	}
	help_print(stdout, cmd);
	return EXIT_DONE;
}
