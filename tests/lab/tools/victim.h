/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that is killed, or meets an error, at one of its system calls. */
#ifndef SVCLB_TEST_VICTIM_H
#define SVCLB_TEST_VICTIM_H

#include <stdbool.h>
#include <stddef.h>

/* Which system calls count. */
enum victim_calls {
	VICTIM_CHANGES, /* all that can change something, files too */
	VICTIM_FILES,	/* those that write files */
	VICTIM_KERNEL,	/* those that change the kernel, or hear what became of it */
	VICTIM_ASKS,	/* those that change the kernel */
};

struct victim {
	enum victim_calls calls;
	size_t at;	 /* the number of the call, from 1; 0 = none */
	int error;	 /* what it fails with, without being made; 0: SIGKILL before it */
	size_t *counted; /* how many calls there were; may be NULL */
};

/*
 * Runs fn(data) in a child; the calls of all its threads count. *met says whether it came to the
 * call. The child's exit code, 137 if it was killed, or -1 when it cannot be traced.
 */
int victim_run(void (*fn)(void *data), void *data, const struct victim *v, bool *met);

#endif
