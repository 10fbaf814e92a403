/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks mappings along their tables and words what is wrong with them. */
#include "manifest/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 120

void decoder_free(struct decoder *d)
{
	vec_free(&d->said);
}

void decode_nomem(struct decoder *d)
{
	d->src->given_up = true;
}

void strbuf_add_shown(struct strbuf *b, const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++) {
		bool starts = ((unsigned char)s[i] & 0xc0) != 0x80;

		if (i >= SHOWN_MAX && starts) {
			strbuf_add(b, "...");
			return;
		}
		strbuf_addc(b, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i]);
	}
}

static void add_path(struct strbuf *b, const struct path *p)
{
	if (p->up)
		add_path(b, p->up);
	if (!p->key) {
		strbuf_addf(b, "[%zu]", p->index);
	} else if (p->label) {
		strbuf_addc(b, '[');
		strbuf_add_shown(b, p->key);
		strbuf_addc(b, ']');
	} else {
		if (p->up)
			strbuf_addc(b, '.');
		strbuf_add_shown(b, p->key);
	}
}

/* "Service default/web" */
static void add_object(struct strbuf *b, const struct decoder *d)
{
	const struct tnode *meta = tnode_get(d->object, "metadata");
	const char *name = tnode_text(tnode_get(meta, "name"));
	const char *ns = tnode_text(tnode_get(meta, "namespace"));

	strbuf_add_shown(b, d->kind);
	if (!d->object)
		return;
	if (!name || !*name) {
		strbuf_add(b, " (unnamed)");
		return;
	}
	strbuf_addc(b, ' ');
	if (d->namespaced) {
		strbuf_add_shown(b, ns && *ns ? ns : "default");
		strbuf_addc(b, '/');
	}
	strbuf_add_shown(b, name);
}

__attribute__((format(printf, 6, 0))) static struct svclb_error *about(
	struct decoder *d, int severity, const struct path *path, struct pos at, const char *hint,
	const char *fmt, va_list ap)
{
	const struct tnode *meta = tnode_get(d->object, "metadata");
	const char *name = tnode_text(tnode_get(meta, "name"));
	const char *ns = tnode_text(tnode_get(meta, "namespace"));
	bool known = d->id && name && *name;
	struct strbuf object = {0};
	struct strbuf field = {0};
	struct svclb_error *e;

	add_object(&object, d);
	if (path)
		add_path(&field, path);
	e = err_newv(SVCLB_EINVALID,
		     &(struct err_parts){.severity = severity,
					 .object = object.s,
					 .kind = d->id,
					 .ns = !known		? NULL
					       : !d->namespaced ? ""
					       : ns && *ns	? ns
								: "default",
					 .name = known ? name : NULL,
					 .field = path ? field.s : NULL,
					 .file = d->src->name,
					 .pos = at,
					 .hint = hint,
					 .hides = severity == SVCLB_SEVERITY_ERROR && d->hides},
		     fmt, ap);
	if (object.failed || field.failed || svclb_error_get_code(e) == SVCLB_ENOMEM)
		decode_nomem(d);
	strbuf_free(&object);
	strbuf_free(&field);
	return e;
}

void decode_problem(struct decoder *d, const struct path *path, struct pos at, const char *hint,
		    const char *fmt, ...)
{
	bool full = d->id ? d->of_object++ >= d->each : d->nameless++ + 1 >= d->each;
	va_list ap;

	if (d->each && full) {
		d->problems->count++;
		return;
	}
	va_start(ap, fmt);
	problems_add(d->problems, about(d, SVCLB_SEVERITY_ERROR, path, at, hint, fmt, ap));
	va_end(ap);
}

void decode_warning(struct decoder *d, const struct path *path, struct pos at, const char *hint,
		    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	problems_add(d->warnings, about(d, SVCLB_SEVERITY_WARNING, path, at, hint, fmt, ap));
	va_end(ap);
}

/* Different ones that are named; those behind them are counted. */
#define SAID_FIELDS_MAX 64u
#define SAID_KINDS_MAX	128u

static struct said *find_said(struct decoder *d, const struct said *like)
{
	for (size_t i = 0; i < d->said.n; i++) {
		struct said *s = &d->said.v[i];

		if (s->field == like->field && s->of == like->of &&
		    (s->field || !strcmp(s->key, like->key)))
			return s;
	}
	return NULL;
}

static void count_said(const struct decoder *d, struct said *s)
{
	s->others += s->object != d->serial;
	s->object = d->serial;
}

/* The warning that was added last is what was said. */
static void note_said(struct decoder *d, struct said said)
{
	struct said *slot;

	if (!said.field) {
		said.key = arena_strdup(d->arena, said.key);
		if (!said.key) {
			decode_nomem(d);
			return;
		}
	}
	slot = vec_push(&d->said);
	if (!slot) {
		decode_nomem(d);
		return;
	}
	said.object = d->serial;
	said.warning = d->warnings->count <= d->warnings->limit ? d->warnings->last : NULL;
	*slot = said;
}

/* Where the names are too many, the first one behind them stands for the others. False: it is that. */
static bool note_more(const struct decoder *d, struct said *more, size_t room)
{
	if (room)
		return false;
	if (!more->object) {
		more->object = d->serial + 1; /* of a configuration it is 0 */
		return false;
	}
	more->others++;
	return true;
}

static void said_now(struct decoder *d, struct said said, struct said *more, size_t *used,
		     size_t max)
{
	if (*used < max) {
		note_said(d, said);
		(*used)++;
		return;
	}
	more->warning = d->warnings->count <= d->warnings->limit ? d->warnings->last : NULL;
}

static void unknown_field(struct decoder *d, const struct path *path, const struct tnode *n,
			  const struct fields *t)
{
	bool shown = d->warnings->count < d->warnings->limit;
	const struct said said = {.of = t, .key = n->key};
	struct said *before = find_said(d, &said);
	const char *like;
	char hint[96];

	if (before) {
		count_said(d, before);
		return;
	}
	if (note_more(d, &d->more_fields, SAID_FIELDS_MAX - d->fields))
		return;
	like = shown ? field_like(t, n->key) : NULL; /* takes its time */
	if (like)
		(void)snprintf(hint, sizeof(hint), "did you mean %s?", like); /* names are short */
	decode_warning(d, path, n->key_at, like ? hint : NULL, "unknown field");
	said_now(d, said, &d->more_fields, &d->fields, SAID_FIELDS_MAX);
}

void decode_unused_kind(struct decoder *d, struct pos at, const char *kind, const char *hint)
{
	const struct said said = {.key = kind};
	struct said *before = find_said(d, &said);
	struct strbuf shown = {0};

	d->serial++;
	if (before) {
		count_said(d, before);
		return;
	}
	if (note_more(d, &d->more_kinds, SAID_KINDS_MAX - d->kinds))
		return;
	strbuf_add_shown(&shown, kind);
	if (shown.failed)
		decode_nomem(d);
	else
		decode_warning(d, NULL, at, hint, "kind %s is not used here",
			       shown.s ? shown.s : "");
	strbuf_free(&shown);
	said_now(d, said, &d->more_kinds, &d->kinds, SAID_KINDS_MAX);
}

static void count_more(struct decoder *d, const struct said *more, const char *what)
{
	if (more->warning && more->others &&
	    !err_set_message(more->warning, "%s; %zu more %s%s not named one by one",
			     svclb_error_get_message(more->warning), more->others, what,
			     more->others == 1 ? " is" : "s are"))
		decode_nomem(d);
}

void decode_count(struct decoder *d)
{
	count_more(d, &d->more_fields, "unknown field");
	count_more(d, &d->more_kinds, "object");
	for (size_t i = 0; i < d->said.n; i++) {
		const struct said *s = &d->said.v[i];

		if (s->warning && s->others &&
		    !err_set_message(s->warning, "%s%s %zu other object%s",
				     svclb_error_get_message(s->warning),
				     s->field || s->of ? ", also in" : "; the same with", s->others,
				     s->others == 1 ? "" : "s"))
			decode_nomem(d);
	}
}

/* Values that say no more than leaving the field out does. */
static bool says_nothing(const struct tnode *n)
{
	static const char *const unset[] = {"", "0", "0s", "false"};

	if (tnode_is_null(n))
		return true;
	if (n->kind != TNODE_SCALAR) {
		for (const struct tnode *m = n->first; m; m = m->next)
			if (!says_nothing(m))
				return false;
		return true;
	}
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		if (!strcmp(n->s, unset[i]))
			return true;
	return false;
}

/* Named once in an input, not once for each of thousands of objects. */
static void no_effect(struct decoder *d, const struct path *path, const struct tnode *n,
		      const struct field *f)
{
	const struct said said = {.field = f};
	struct said *before;

	if (says_nothing(n))
		return;
	before = find_said(d, &said);
	if (before) {
		count_said(d, before);
		return;
	}
	decode_warning(d, path, n->key_at, f->hint, "has no effect here");
	note_said(d, said);
}

static void member(struct decoder *d, const struct path *up, const struct tnode *n,
		   const struct fields *t, void *base)
{
	struct path path = {.up = up, .key = n->key};
	const struct field *f = field_find(t, n->key);

	if (!source_goes_on(d->src))
		return;
	/* a merge key is a problem already */
	if (!f && n->flaw == FLAW_MERGE)
		return;
	if (!f) {
		/* Among members that are no concern of ours only those are worth a word that look
		 * like one that is, misspelt. */
		if (!t->open || (field_like(t, n->key) && !tnode_is_null(n)))
			unknown_field(d, &path, n, t);
		return;
	}
	if (f->use == NO_EFFECT)
		no_effect(d, &path, n, f);
	if (f->type != FIELD_NONE && !tnode_is_null(n))
		decode_field(d, &path, f, n, base);
}

void decode_mapping(struct decoder *d, const struct path *path, const struct tnode *n,
		    const struct fields *t, void *base)
{
	if (n->kind != TNODE_MAPPING) {
		decode_problem(d, path, n->at, NULL, "must be a mapping, not %s", tnode_words(n));
		return;
	}
	fields_absent(t, base, n->at);
	if (t->at)
		memcpy(field_at(base, t->at), &n->at, sizeof(n->at));
	if (t->given)
		*(bool *)field_at(base, t->given) = true;
	for (const struct tnode *m = n->first; m; m = m->next)
		member(d, path, m, t, base);
}

void decode_flaws(struct decoder *d, const struct path *up, const struct tnode *n)
{
	struct path path = {.up = up};

	if (n->kind == TNODE_SCALAR || !n->flawed)
		return;
	for (const struct tnode *m = n->first; m; m = m->next, path.index++) {
		path.key = n->kind == TNODE_MAPPING ? m->key : NULL;
		if (m->flaw == FLAW_TWICE)
			decode_problem(d, &path, m->key_at, NULL, "appears twice");
		if (m->flaw == FLAW_MERGE)
			decode_problem(d, &path, m->key_at, "write the merged keys out",
				       "merge keys (<<) are not supported");
		decode_flaws(d, &path, m);
	}
}
