/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The flags of every command, as a table. */
#ifndef SVCLBCTL_FLAGS_H
#define SVCLBCTL_FLAGS_H

#include <stddef.h>

#include "cli.h"

enum flag_kind {
	FLAG_BOOL,
	FLAG_TEXT,
	FLAG_LIST,
	FLAG_DURATION,
	FLAG_WAIT, /* a duration that may be left out */
	FLAG_SETTING,
};

struct flag {
	const char *name;
	char letter; /* 0: none */
	enum flag_kind kind;
	size_t offset;	   /* in struct cli */
	unsigned commands; /* which take it */
	const char *arg;   /* NULL: a truth value */
	const char *help;
};

/* The flags one after the other: first those of the table, then the settings. Fills *ret. */
bool flag_at(size_t i, struct flag *ret);

/* Whether a value follows in the next argument where it is not joined. */
bool flag_needs_value(const struct flag *f);

/* Fills c from the command line; c->cmd is NULL when none is named. Exit code. */
int flags_parse(struct cli *c, int argc, char **argv);

#endif
