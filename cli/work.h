/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What most commands begin with: store, settings, options, context and models. */
#ifndef SVCLBCTL_WORK_H
#define SVCLBCTL_WORK_H

#include "aside.h"
#include "config.h"
#include "store.h"

enum work_store {
	WORK_NO_STORE,	 /* flags and --config alone */
	WORK_READ_STORE, /* what was applied, if anything was */
	WORK_WRITE_STORE,
};

struct work {
	struct cli *cli;
	struct store *store; /* NULL: nothing was applied yet */
	struct settings settings;
	struct svclb_options *opts;
	struct svclb_ctx *ctx;
	bool store_failed;  /* it could not be opened or read */
	struct text stored; /* the store's objects as found, one List */
};

/* Opens; also on failure the caller closes. WORK_WRITE_STORE holds the write lock. Exit code. */
int work_open(struct work *w, struct cli *c, enum work_store how);
void work_close(struct work *w);

/* A context in the network namespace of --netns, with the node's addresses found. */
int work_connect(struct work *w);

/* The mode that the kernel can do, where the options leave it to the kernel; after
 * work_connect(). */
int work_resolve(struct work *w);

/* The node's addresses as far as they can be found without privileges: where they cannot, a warning
 * says so, and the rest is still worth showing. */
void work_find_addresses(struct work *w);

/* Options in force: the context's once there is one. */
const struct svclb_options *work_options(const struct work *w);

/* A model of the stored objects; empty without a store. The caller unrefs it. */
int work_stored_model(struct work *w, struct svclb_model **ret);

/* Completes the model; warnings are printed. */
int work_complete(struct work *w, struct svclb_model *model);
/* Prints what a completed model asks for that its mode does not have. */
int work_warn_mode(struct work *w, struct svclb_model *model);
/* Completes and compiles. */
int work_compile(struct work *w, struct svclb_model *model, struct svclb_state **ret);

/* The stored model, completed. */
int work_current(struct work *w, struct svclb_model **ret);

/* What is in quarantine; nothing without a store. */
int work_asides(struct work *w, struct asides *ret);

/* Turns the problems from number `first` on into warnings. */
void work_only_warn(struct cli *c, size_t first, const char *about);

/* The mode in force: the one that is set, else the one of the last apply. */
const char *work_mode(const struct work *w);
/* Why it is that one, in a few words; after work_resolve(). */
const char *work_mode_reason(const struct work *w);

#endif
