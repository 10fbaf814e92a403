/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests from files, folders and standard input. */
#ifndef SVCLBCTL_INPUT_H
#define SVCLBCTL_INPUT_H

#include "aside.h"

/* Appends a whole file ("-" is standard input, once) to *buf; bounded. Exit code. */
int input_read_file(struct cli *c, const char *path, struct text *buf);

/* Finds the files that the command line names, and those of the folders that it names: c->inputs. */
void input_find(struct cli *c);

/*
 * Loads every manifest that was found into a new model; plain: plain arguments may name some too.
 * Files that fail do not keep the others from being read, so that every problem is reported;
 * *ret is then set nevertheless, with what could be read. Exit code.
 */
int input_load(struct cli *c, const struct svclb_options *opts, bool plain,
	       struct svclb_model **ret);

/* What was read, and what of it is left out for its own faults. */
struct input_aside {
	struct asides objects;
	struct list files;
	uint64_t problems; /* of all objects */
	uint64_t shown;	   /* of them, at most limits.problems */
};

/* The same; with --quarantine faulty objects are left aside, with a word on standard error. */
int input_load_sound(struct cli *c, const struct svclb_options *opts, bool plain,
		     struct svclb_model **ret, struct input_aside *aside);
/* Prints problems, as far as there is room, and notes the objects that they name, for asides_fold(). */
void input_leave_aside(struct input_aside *aside, const struct svclb_options *opts,
		       const struct svclb_error *problems);
/* Says how many problems were not printed, if any. */
void input_count_hidden(const struct cli *c, const struct input_aside *aside);

/* What there is to say of an input without objects. Exit code. */
int input_none(struct cli *c);

/* Whether any input was named. */
bool input_given(const struct cli *c, bool plain);

#endif
