/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store of applied objects and settings: one SQLite file below the state directory. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limit.h"
#include "store-db.h"

#define FILE_NAME	  "svclb.db"
#define SCHEMA_VERSION	  2
#define USER_VERSION	  "PRAGMA user_version"
#define LOCK_WAIT_DEFAULT 5000
/* Marks the file as ours in its header ("svlb"). */
#define APPLICATION_ID "1937140834"

static const char schema[] =
	"CREATE TABLE objects("
	" kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL,"
	" PRIMARY KEY(kind, namespace, name)) WITHOUT ROWID;"
	"CREATE TABLE settings("
	" position INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL);"
	"PRAGMA application_id=" APPLICATION_ID ";";

/* From each version to the next; a new file has them all done. */
static const char *const steps[SCHEMA_VERSION] = {
	schema,
	/* when an object was applied first; what is left aside, kind 0 where it has no identity */
	"ALTER TABLE objects ADD COLUMN applied TEXT;"
	"CREATE TABLE quarantine("
	" kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL,"
	" file TEXT NOT NULL, line INTEGER NOT NULL, col INTEGER NOT NULL);"
	"CREATE INDEX quarantined ON quarantine(kind, namespace, name);",
};

static int exit_of_sqlite(int r)
{
	switch (r & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EXIT_LOCKED;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return EXIT_DENIED;
	case SQLITE_CANTOPEN:
		return errno == EACCES || errno == EPERM ? EXIT_DENIED : EXIT_ERROR;
	default:
		return EXIT_ERROR;
	}
}

int db_fail(struct store *s, const char *doing, int r)
{
	int rc = exit_of_sqlite(r);

	if (rc == EXIT_LOCKED)
		return fail(s->cli, rc, "%s: %s: another svclbctl holds the store", s->path, doing);
	return fail(s->cli, rc, "%s: %s: %s", s->path, doing,
		    s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(r));
}

int db_run(struct store *s, const char *doing, const char *sql)
{
	int r = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return r == SQLITE_OK ? EXIT_DONE : db_fail(s, doing, r);
}

int db_prepare(struct store *s, const char *sql, sqlite3_stmt **ret)
{
	int r = sqlite3_prepare_v2(s->db, sql, -1, ret, NULL);

	return r == SQLITE_OK ? EXIT_DONE : db_fail(s, "reading", r);
}

const char *db_column(sqlite3_stmt *st, int i)
{
	const unsigned char *t = sqlite3_column_text(st, i);

	return t ? (const char *)t : "";
}

static int number(struct store *s, const char *sql, int *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, sql, &st);

	if (rc != EXIT_DONE)
		return rc;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*ret = sqlite3_column_int(st, 0);
		rc = EXIT_DONE;
	} else {
		rc = db_fail(s, "reading", rc);
	}
	sqlite3_finalize(st);
	return rc;
}

static int make_directory(struct cli *c, const char *dir)
{
	autofree char *path = xstrdup(dir);

	for (char *p = path + 1;; p++) {
		char was = *p;

		if (was && was != '/')
			continue;
		*p = 0;
		if (mkdir(path, was ? 0755 : 0700) < 0 && errno != EEXIST &&
		    (!was || errno != EROFS))
			return fail(c,
				    errno == EACCES || errno == EPERM || errno == EROFS
					    ? EXIT_DENIED
					    : EXIT_ERROR,
				    "%s: %s", path, strerror(errno));
		*p = was;
		if (!was)
			return EXIT_DONE;
	}
}

static int run_steps(struct store *s)
{
	autofree char *done = xasprintf(USER_VERSION "=%d", SCHEMA_VERSION);
	int rc = EXIT_DONE;

	for (int v = s->version; rc == EXIT_DONE && v >= 0 && v < SCHEMA_VERSION; v++)
		rc = db_run(s, "preparing", steps[v]);
	return rc == EXIT_DONE ? db_run(s, "preparing", done) : rc;
}

/* A new file has version 0. The schema goes in under the write lock, so that two first runs at
 * once do not meet. An older file is read as it is, and brought up to date when it is written. */
static int ensure_schema(struct store *s, enum store_access access)
{
	int rc = number(s, USER_VERSION, &s->version);

	if (rc != EXIT_DONE || s->version == SCHEMA_VERSION)
		return rc;
	if (s->version < 0 || s->version > SCHEMA_VERSION)
		return fail(s->cli, EXIT_ERROR,
			    "%s: made by another version (format %d, this is %d)", s->path,
			    s->version, SCHEMA_VERSION);
	if (access == STORE_READ)
		return EXIT_DONE;
	rc = store_begin(s);
	if (rc == EXIT_DONE)
		rc = number(s, USER_VERSION, &s->version);
	if (rc == EXIT_DONE && s->version < SCHEMA_VERSION)
		rc = run_steps(s);
	if (rc == EXIT_DONE)
		rc = store_commit(s);
	if (rc == EXIT_DONE)
		s->version = SCHEMA_VERSION;
	else
		store_rollback(s);
	return rc;
}

/* How long to wait for others: as --lock-wait says, and not longer than there is time. */
static int patience_ms(const struct cli *c, uint64_t left)
{
	uint64_t wait = c->lock_wait.given ? c->lock_wait.ms : LOCK_WAIT_DEFAULT;

	wait = wait < left ? wait : left;
	return wait < INT_MAX ? (int)wait : INT_MAX;
}

static int open_db(struct store *s, enum store_access access)
{
	/* what a killed writer left half done is put back by whoever reads next; where the file cannot
	 * be written, SQLite opens it for reading */
	int flags = SQLITE_OPEN_READWRITE | (access == STORE_READ ? 0 : SQLITE_OPEN_CREATE);
	int r = sqlite3_open_v2(s->path, &s->db, flags, NULL);

	if (r != SQLITE_OK)
		return db_fail(s, "opening", r);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, patience_ms(s->cli, limit_left_ms(s->cli)));
	/* cache_spill off: readers are not locked out before the commit. */
	return db_run(s, "opening",
		      access == STORE_READ ? "PRAGMA query_only=ON"
					   : "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
					     "PRAGMA cache_spill=OFF; PRAGMA trusted_schema=OFF");
}

int store_open(struct cli *c, enum store_access access, struct store **ret)
{
	const char *dir = c->state_dir ? c->state_dir : STATE_DIR_DEFAULT;
	struct store *s;
	struct stat st;
	int rc;

	if (!*dir)
		return fail_usage(c, "--state-dir is empty");
	s = xrealloc(NULL, 1, sizeof(*s));
	*s = (struct store){.cli = c, .path = xasprintf("%s/" FILE_NAME, dir)};
	if (access == STORE_READ &&
	    (lstat(s->path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))) {
		store_close(s);
		return EXIT_DONE;
	}
	rc = access == STORE_WRITE ? make_directory(c, dir) : EXIT_DONE;
	if (rc == EXIT_DONE)
		rc = open_db(s, access);
	if (rc == EXIT_DONE)
		rc = ensure_schema(s, access);
	/* Without tables there is nothing to read either. */
	if (rc != EXIT_DONE || s->version == 0) {
		store_close(s);
		return rc;
	}
	*ret = s;
	return EXIT_DONE;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->in_transaction)
		store_rollback(s);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

int store_begin(struct store *s)
{
	int rc = db_run(s, "locking", "BEGIN IMMEDIATE");

	s->in_transaction = rc == EXIT_DONE;
	return rc;
}

/* The file gets the size that it will have. A size in chunks makes SQLite allocate, not only note. */
static int reserve(struct store *s, int pages, int page_size)
{
	sqlite3_int64 bytes = (sqlite3_int64)pages * page_size;
	int r = sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_CHUNK_SIZE, &page_size);

	if (r == SQLITE_OK)
		r = sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_SIZE_HINT, &bytes);
	if (r == SQLITE_OK || r == SQLITE_NOTFOUND)
		return EXIT_DONE;
	return fail(s->cli, EXIT_ERROR, "%s: there is no room for the change", s->path);
}

int store_prepare(struct store *s)
{
	/* the first page changes with every commit: written now, its old version is in the journal */
	autofree char *first = xasprintf(USER_VERSION "=%d", SCHEMA_VERSION);
	int pages = 0, page_size = 0;
	int rc = db_run(s, "writing", first);

	/* readers are waited for once the kernel is changed, whatever time is left */
	sqlite3_busy_timeout(s->db, patience_ms(s->cli, SVCLB_NO_DEADLINE));
	if (rc == EXIT_DONE)
		rc = number(s, "PRAGMA page_count", &pages);
	if (rc == EXIT_DONE)
		rc = number(s, "PRAGMA page_size", &page_size);
	return rc == EXIT_DONE ? reserve(s, pages, page_size) : rc;
}

int store_commit(struct store *s)
{
	int rc = db_run(s, "writing", "COMMIT");

	if (rc == EXIT_DONE)
		s->in_transaction = false;
	return rc;
}

int store_mark(struct store *s)
{
	return db_run(s, "writing", "SAVEPOINT attempt");
}

int store_back_to_mark(struct store *s)
{
	return db_run(s, "writing", "ROLLBACK TO attempt");
}

void store_rollback(struct store *s)
{
	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* closing would do the same */
	s->in_transaction = false;
}
