/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An apply that something happens in the middle of: before the first real server that it removes
 * is told to take no new connections, a command of the shell runs.
 */
#include <stdio.h>

#include "stepwise.h"

int main(int argc, char **argv)
{
	struct svclb_options *opts;
	struct svclb_error *err = NULL;
	struct svclb_model *m;

	if (argc != 3) {
		fputs("usage: meanwhile COMMAND TO.yaml\n", stderr);
		return 2;
	}
	opts = lab_options();
	m = model_of_file(argv[2]);
	if (apply_model(opts, m, &(struct stop){.command = argv[1]}, NULL, &err) < 0)
		die(argv[2], err);
	svclb_model_unref(m);
	svclb_options_unref(opts);
	return 0;
}
