/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store of applied objects and settings: one SQLite file below the state directory. */
#ifndef SVCLBCTL_STORE_H
#define SVCLBCTL_STORE_H

#include "config.h"

struct store;

enum store_access {
	STORE_READ,  /* *ret stays NULL when there is no store yet */
	STORE_WRITE, /* makes the directory and the file */
};

int store_open(struct cli *c, enum store_access access, struct store **ret);
void store_close(struct store *s); /* rolls back what was not committed; NULL is allowed */

/* Takes the write lock, waiting as long as --lock-wait says. */
int store_begin(struct store *s);
/* After the last write: puts everything in place that store_commit() needs, room on the file system
 * above all, so that it is unlikely to fail. */
int store_prepare(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);
/* A point inside of a transaction that can be gone back to. */
int store_mark(struct store *s);
int store_back_to_mark(struct store *s);

/* Every object as one List, which svclb_model_load() reads. */
int store_list(struct store *s, struct text *ret);
/* The JSON of one object; *ret stays NULL when there is none. */
int store_get(struct store *s, uint32_t kind, const char *ns, const char *name, char **ret);
int store_put(struct store *s, uint32_t kind, const char *ns, const char *name, const char *json);
int store_delete(struct store *s, uint32_t kind, const char *ns, const char *name);
int store_clear(struct store *s); /* objects, settings and quarantine */
/* When an object was first applied, RFC 3339; *ret stays NULL when that is not known. */
int store_applied(struct store *s, uint32_t kind, const char *ns, const char *name, char **ret);

/* Calls fn for each stored object's identity. */
int store_each(struct store *s,
	       void (*fn)(void *data, uint32_t kind, const char *ns, const char *name), void *data);

int store_load_settings(struct store *s, struct settings *ret);
int store_save_settings(struct store *s, const struct settings *settings);

/* The members of the map at a path ("$.metadata.labels") of a JSON text as KEY, VALUE pairs, in
 * the order of the text. Needs no store. Missing maps have no members. */
int json_map(struct cli *c, const char *json, const char *path, struct settings *ret);

#endif
