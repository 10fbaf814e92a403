/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function a command. */
#ifndef SVCLBCTL_COMMANDS_H
#define SVCLBCTL_COMMANDS_H

#include "cli.h"

int cmd_validate(struct cli *c);
int cmd_render(struct cli *c);
int cmd_plan(struct cli *c);
int cmd_apply(struct cli *c);
int cmd_delete(struct cli *c);
int cmd_get(struct cli *c);
int cmd_describe(struct cli *c);
int cmd_status(struct cli *c);
int cmd_cleanup(struct cli *c);
int cmd_version(struct cli *c);
int cmd_help(struct cli *c);
int cmd_completion(struct cli *c);

/* Usage of the program (cmd NULL) or of a command. */
void help_print(FILE *f, const struct command *cmd);

#endif
