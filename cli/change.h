/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing the applied objects: what changes, and store and kernel as one transaction. */
#ifndef SVCLBCTL_CHANGE_H
#define SVCLBCTL_CHANGE_H

#include "input.h"
#include "limit.h"
#include "work.h"

enum action { ACTION_UNCHANGED, ACTION_CREATED, ACTION_CONFIGURED, ACTION_DELETED };

struct change {
	uint32_t kind;
	char *ns;
	char *name;
	char *json; /* what to store, NULL when unchanged or deleted */
	char *why;  /* printed behind it, or NULL */
	enum action action;
	bool shown;
};

struct changes {
	struct change *v;
	size_t n;
	const struct input_aside *aside; /* what goes into quarantine, or NULL */
	bool all;			 /* the input was everything: no other stays there */
};

/* Compares a completed model with the store. Objects that `input` has too are shown, and all that
 * are deleted. */
int changes_find(struct work *w, const struct svclb_model *model, const struct svclb_model *input,
		 struct changes *ret);
void changes_free(struct changes *ch);
/* Notes an object that is in quarantine only: it is forgotten. */
void changes_forget(struct changes *ch, uint32_t kind, const char *ns, const char *name);
/* Gives the line of a deleted object a reason. */
void changes_explain(struct changes *ch, uint32_t kind, const char *ns, const char *name,
		     const char *why);

/*
 * Writes the changes and the settings, brings the kernel to the model (or carries out the plan),
 * and commits the store; undoes all of it when a part fails or a signal interrupts it. *ret is
 * set where the library gave a report, also after failures. With `refusal` the library's error goes
 * there instead of being a problem, and the store's transaction goes on as it was before. Exit code.
 */
int change_commit(struct work *w, struct svclb_model *model, struct svclb_plan *plan,
		  const struct changes *ch, struct svclb_report **ret,
		  struct svclb_error **refusal);

/* The kernel is ahead of a store that could not be written: it goes back to what it was before. Exit
 * code, never EXIT_DONE. */
int change_take_back(struct work *w, const struct svclb_report *report);

/* What was done, as text or JSON. seconds is the time it took; report may be NULL (dry run). */
struct change_result {
	const struct changes *changes;
	const struct svclb_report *report;
	const struct svclb_plan *plan; /* dry run: what would be done, or NULL */
	const char *mode_reason;       /* with a report: why it is that mode */
	double milliseconds;
};
void change_print(struct cli *c, const struct change_result *r);

/* Reads the kernel and compares it with a state. refusal as above. */
int change_plan(struct work *w, struct svclb_state *want, struct svclb_plan **ret,
		struct svclb_error **refusal);

/* The words the library uses for the subsystems of the kernel. */
#define N_SUBSYSTEMS 6
extern const char *const subsystems[N_SUBSYSTEMS];

/* Steps by subsystem, as "ipvs 4, ipset 9". */
void count_steps(const struct svclb_plan *plan, struct text *ret);

#endif
