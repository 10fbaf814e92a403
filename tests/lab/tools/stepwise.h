/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applies in the real kernel that can be stopped at any step, for the tests that live next to it. */
#ifndef SVCLB_TEST_STEPWISE_H
#define SVCLB_TEST_STEPWISE_H

#include <stdbool.h>
#include <stddef.h>
#include <svclb/svclb.h>

/* Where an apply ends before its time: before step `at`, counted from 1; 0 = nowhere. */
struct stop {
	size_t at;
	int signal;	     /* that is sent there: SIGINT interrupts the apply; 0 = a failure */
	const char *command; /* or what the shell does before the first real server is quiesced */
};

/* Prints "not ok WHAT: ERROR" and ends the program. */
_Noreturn void die(const char *what, struct svclb_error *err);

/* Manifests of a file, or of a text. */
struct svclb_model *model_of_file(const char *path);
struct svclb_model *model_of_text(const char *text);

/* Those of svclbctl in the lab's cases; the caller frees them. */
struct svclb_options *lab_options(void);

/* From now on SIGINT interrupts the apply that is under way. */
void heed_interrupts(void);

/* A context on the real kernel. opts may be NULL. */
struct svclb_ctx *context(const struct svclb_options *opts, const struct stop *stop);

/* One apply in a context of its own, with the lab's options where a file is applied; *steps (may be NULL) receives the number of changes. */
int apply_model(const struct svclb_options *opts, struct svclb_model *m, const struct stop *stop,
		size_t *steps, struct svclb_error **reterr);
int apply_file(const char *path, const struct stop *stop, size_t *steps,
	       struct svclb_error **reterr);

/* Or the program ends. */
void must_apply(const char *path, size_t *steps);

/* What the kernel holds of ours, in words, but for how many connections there are; the caller frees it. */
char *held(const struct svclb_options *opts);

/* Or the program ends, and shows both. */
void must_hold(const char *want, const char *what, size_t k);

#endif
