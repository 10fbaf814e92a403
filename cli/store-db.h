/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the store share: the open file (store.c) and its rows (store-rows.c). */
#ifndef SVCLBCTL_STORE_DB_H
#define SVCLBCTL_STORE_DB_H

#include <sqlite3.h>

#include "store.h"

struct store {
	struct cli *cli;
	sqlite3 *db;
	char *path;
	int version; /* of the format */
	bool in_transaction;
};

/* Versions of the format in which things are there: what is only read may be older. */
#define STORE_QUARANTINE 2
#define STORE_APPLIED	 2

int db_fail(struct store *s, const char *doing, int r);
int db_run(struct store *s, const char *doing, const char *sql);
int db_prepare(struct store *s, const char *sql, sqlite3_stmt **ret);
/* Runs a statement that gives no rows, unless binding failed (r); st is finalized. */
int db_finish(struct store *s, sqlite3_stmt *st, int r);
const char *db_column(sqlite3_stmt *st, int i);

#endif
