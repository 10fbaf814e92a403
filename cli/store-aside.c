/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store's memory of objects in quarantine. */
#include "aside.h"
#include "store-db.h"

static int bind_texts(sqlite3_stmt *st, int first, const char *const *texts, int n)
{
	int r = SQLITE_OK;

	for (int i = 0; r == SQLITE_OK && i < n; i++)
		r = sqlite3_bind_text(st, first + i, texts[i], -1, SQLITE_STATIC);
	return r;
}

int store_aside_list(struct store *s, struct asides *ret)
{
	static const char sql[] = "SELECT kind, namespace, name, reason, file, line, col"
				  " FROM quarantine ORDER BY 1, 2, 3, 5, 6";
	sqlite3_stmt *st = NULL;
	int rc, r;

	if (s->version < STORE_QUARANTINE)
		return EXIT_DONE;
	rc = db_prepare(s, sql, &st);
	if (rc != EXIT_DONE)
		return rc;
	while ((r = sqlite3_step(st)) == SQLITE_ROW) {
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] = (struct aside_one){
			.kind = (uint32_t)sqlite3_column_int(st, 0),
			.ns = xstrdup(db_column(st, 1)),
			.name = xstrdup(db_column(st, 2)),
			.reason = xstrdup(db_column(st, 3)),
			.file = xstrdup(db_column(st, 4)),
			.line = (uint32_t)sqlite3_column_int64(st, 5),
			.column = (uint32_t)sqlite3_column_int64(st, 6),
		};
	}
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_aside_add(struct store *s, const struct aside_one *one)
{
	const char *const texts[] = {one->ns, one->name, one->reason, one->file};
	sqlite3_stmt *st = NULL;
	int rc = one->kind ? store_aside_forget(s, one->kind, one->ns, one->name) : EXIT_DONE;
	int r;

	if (rc == EXIT_DONE)
		rc = db_prepare(s, "INSERT INTO quarantine VALUES(?, ?, ?, ?, ?, ?, ?)", &st);
	if (rc != EXIT_DONE)
		return rc;
	r = sqlite3_bind_int(st, 1, (int)one->kind);
	if (r == SQLITE_OK)
		r = bind_texts(st, 2, texts, 4);
	if (r == SQLITE_OK)
		r = sqlite3_bind_int64(st, 6, one->line);
	if (r == SQLITE_OK)
		r = sqlite3_bind_int64(st, 7, one->column);
	return db_finish(s, st, r);
}

int store_aside_forget(struct store *s, uint32_t kind, const char *ns, const char *name)
{
	static const char sql[] = "DELETE FROM quarantine WHERE kind=? AND namespace=? AND name=?";
	const char *const texts[] = {ns, name};
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, sql, &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	r = sqlite3_bind_int(st, 1, (int)kind);
	if (r == SQLITE_OK)
		r = bind_texts(st, 2, texts, 2);
	return db_finish(s, st, r);
}

int store_aside_forget_file(struct store *s, const char *file)
{
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, "DELETE FROM quarantine WHERE kind=0 AND file=?", &st);

	return rc == EXIT_DONE ? db_finish(s, st, bind_texts(st, 1, &file, 1)) : rc;
}

int store_aside_forget_stored(struct store *s)
{
	return db_run(s, "writing", "DELETE FROM quarantine WHERE file='" STORED_NAME "'");
}

int store_aside_clear(struct store *s)
{
	return db_run(s, "writing", "DELETE FROM quarantine");
}
