/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of the store: objects as JSON, settings as name and value. */
#include "store-db.h"

static int bind_identity(sqlite3_stmt *st, uint32_t kind, const char *ns, const char *name)
{
	int r = sqlite3_bind_int(st, 1, (int)kind);

	if (r == SQLITE_OK)
		r = sqlite3_bind_text(st, 2, ns, -1, SQLITE_STATIC);
	if (r == SQLITE_OK)
		r = sqlite3_bind_text(st, 3, name, -1, SQLITE_STATIC);
	return r;
}

int db_finish(struct store *s, sqlite3_stmt *st, int r)
{
	if (r == SQLITE_OK)
		r = sqlite3_step(st);
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "writing", r);
}

int store_list(struct store *s, struct text *ret)
{
	sqlite3_stmt *st = NULL;
	const char *between = "";
	int rc = db_prepare(s, "SELECT json FROM objects ORDER BY kind, namespace, name", &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	text_add(ret, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
	while ((r = sqlite3_step(st)) == SQLITE_ROW) {
		text_addf(ret, "%s\n", between);
		text_add(ret, db_column(st, 0));
		between = ",";
	}
	text_add(ret, "]}\n");
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_get(struct store *s, uint32_t kind, const char *ns, const char *name, char **ret)
{
	static const char sql[] =
		"SELECT json FROM objects WHERE kind=? AND namespace=? AND name=?";
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, sql, &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	r = bind_identity(st, kind, ns, name);
	if (r == SQLITE_OK)
		r = sqlite3_step(st);
	if (r == SQLITE_ROW)
		*ret = xstrdup(db_column(st, 0));
	sqlite3_finalize(st);
	return r == SQLITE_ROW || r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_put(struct store *s, uint32_t kind, const char *ns, const char *name, const char *json)
{
	static const char sql[] =
		"INSERT INTO objects(kind, namespace, name, json, applied)"
		" VALUES(?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
		" ON CONFLICT(kind, namespace, name) DO UPDATE SET json=excluded.json";
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, sql, &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	r = bind_identity(st, kind, ns, name);
	if (r == SQLITE_OK)
		r = sqlite3_bind_text(st, 4, json, -1, SQLITE_STATIC);
	return db_finish(s, st, r);
}

int store_delete(struct store *s, uint32_t kind, const char *ns, const char *name)
{
	static const char sql[] = "DELETE FROM objects WHERE kind=? AND namespace=? AND name=?";
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, sql, &st);

	return rc == EXIT_DONE ? db_finish(s, st, bind_identity(st, kind, ns, name)) : rc;
}

int store_clear(struct store *s)
{
	return db_run(s, "writing",
		      "DELETE FROM objects; DELETE FROM settings; DELETE FROM quarantine");
}

int store_each(struct store *s,
	       void (*fn)(void *data, uint32_t kind, const char *ns, const char *name), void *data)
{
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, "SELECT kind, namespace, name FROM objects ORDER BY 1, 2, 3", &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	while ((r = sqlite3_step(st)) == SQLITE_ROW)
		fn(data, (uint32_t)sqlite3_column_int(st, 0), db_column(st, 1), db_column(st, 2));
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_applied(struct store *s, uint32_t kind, const char *ns, const char *name, char **ret)
{
	static const char sql[] =
		"SELECT applied FROM objects WHERE kind=? AND namespace=? AND name=?";
	sqlite3_stmt *st = NULL;
	int rc, r;

	if (s->version < STORE_APPLIED)
		return EXIT_DONE;
	rc = db_prepare(s, sql, &st);
	if (rc != EXIT_DONE)
		return rc;
	r = bind_identity(st, kind, ns, name);
	if (r == SQLITE_OK)
		r = sqlite3_step(st);
	if (r == SQLITE_ROW && *db_column(st, 0))
		*ret = xstrdup(db_column(st, 0));
	sqlite3_finalize(st);
	return r == SQLITE_ROW || r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_load_settings(struct store *s, struct settings *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = db_prepare(s, "SELECT name, value FROM settings ORDER BY position", &st);
	int r;

	if (rc != EXIT_DONE)
		return rc;
	while ((r = sqlite3_step(st)) == SQLITE_ROW)
		settings_add(ret, db_column(st, 0), db_column(st, 1));
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? EXIT_DONE : db_fail(s, "reading", r);
}

int store_save_settings(struct store *s, const struct settings *settings)
{
	int rc = db_run(s, "writing", "DELETE FROM settings");

	for (size_t i = 0; rc == EXIT_DONE && i < settings->n; i++) {
		sqlite3_stmt *st = NULL;
		int r;

		rc = db_prepare(s, "INSERT INTO settings(name, value) VALUES(?, ?)", &st);
		if (rc != EXIT_DONE)
			break;
		r = sqlite3_bind_text(st, 1, settings->v[i].name, -1, SQLITE_STATIC);
		if (r == SQLITE_OK)
			r = sqlite3_bind_text(st, 2, settings->v[i].value, -1, SQLITE_STATIC);
		rc = db_finish(s, st, r);
	}
	return rc;
}

int json_map(struct cli *c, const char *json, const char *path, struct settings *ret)
{
	static const char sql[] = "SELECT key, value FROM json_each(?, ?) ORDER BY id";
	struct store s = {.cli = c, .path = xstrdup("labels")};
	sqlite3_stmt *st = NULL;
	int r = sqlite3_open_v2(":memory:", &s.db, SQLITE_OPEN_READWRITE, NULL);
	int rc = EXIT_DONE;

	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(s.db, sql, -1, &st, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_bind_text(st, 1, json, -1, SQLITE_STATIC);
	if (r == SQLITE_OK)
		r = sqlite3_bind_text(st, 2, path, -1, SQLITE_STATIC);
	while (r == SQLITE_OK && (r = sqlite3_step(st)) == SQLITE_ROW) {
		settings_add(ret, db_column(st, 0), db_column(st, 1));
		r = SQLITE_OK;
	}
	if (r != SQLITE_DONE)
		rc = db_fail(&s, "reading", r);
	sqlite3_finalize(st);
	sqlite3_close(s.db);
	free(s.path);
	return rc;
}
