/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects in quarantine, as a list. */
#include "aside.h"
#include "doc.h"
#include "kinds.h"

/* Kept of one object. Unnamed parts of one input count as one object. */
#define REASONS_MAX 10u

static int compare(const struct aside_one *a, const struct aside_one *b)
{
	int r = (a->kind > b->kind) - (a->kind < b->kind);

	if (!r)
		r = strcmp(a->ns, b->ns);
	if (!r)
		r = strcmp(a->name, b->name);
	/* what has no identity is at least of one input */
	return r || a->kind ? r : strcmp(a->file, b->file);
}

static int by_identity(const void *a, const void *b)
{
	const struct aside_one *x = a;
	const struct aside_one *y = b;
	int r = compare(x, y);

	return r ? r : (x->order > y->order) - (x->order < y->order);
}

const struct aside_one *asides_find(const struct asides *a, uint32_t kind, const char *ns,
				    const char *name)
{
	const struct aside_one key = {.kind = kind, .ns = (char *)ns, .name = (char *)name};
	size_t lo = 0, hi = a->n;

	while (kind && lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = compare(&a->v[mid], &key);

		if (!r)
			return &a->v[mid];
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static char *problem_text(const struct svclb_error *e)
{
	const char *field = svclb_error_get_field(e);

	return xasprintf("%s%s%s", field ? field : "", field ? ": " : "",
			 svclb_error_get_message(e));
}

static void push(struct asides *a, const struct aside_one *one)
{
	struct aside_one *slot;

	a->v = xrealloc(a->v, a->n + 1, sizeof(*a->v));
	slot = &a->v[a->n++];
	*slot = *one;
	slot->reasons = 1;
	slot->kept_len = strlen(one->reason);
	slot->order = a->added++;
}

static void add_one(struct asides *a, const struct svclb_error *e)
{
	const char *file = svclb_error_get_file(e);
	const char *name = svclb_error_get_object_name(e);
	const char *ns = svclb_error_get_object_namespace(e);
	uint32_t kind = name ? svclb_error_get_object_kind(e) : 0;
	autofree char *text = problem_text(e);

	if (!kind) {
		name = svclb_error_get_object(e);
		ns = "";
	}
	push(a, &(struct aside_one){
			.kind = kind,
			.ns = xstrdup(ns),
			.name = xstrdup(name ? name : "object"),
			.reason = xstrdup(text),
			.file = xstrdup(file ? file : ""),
			.line = svclb_error_get_line(e),
			.column = svclb_error_get_column(e),
			.hides = !kind || svclb_error_hides_objects(e),
		});
}

void asides_add_object(struct asides *a, const struct svclb_object *obj, const char *reason)
{
	const char *file = svclb_object_get_file(obj);

	push(a, &(struct aside_one){
			.kind = svclb_object_get_kind(obj),
			.ns = xstrdup(svclb_object_get_namespace(obj)),
			.name = xstrdup(svclb_object_get_name(obj)),
			.reason = xstrdup(reason),
			.file = xstrdup(file ? file : ""),
			.line = svclb_object_get_line(obj),
			.column = 1,
		});
}

static void clear_one(struct aside_one *one)
{
	free(one->ns);
	free(one->name);
	free(one->reason);
	free(one->file);
}

static void join(struct aside_one *to, struct aside_one *from)
{
	to->reason[to->kept_len] = 0;
	if (to->reasons++ < REASONS_MAX) {
		char *joined = xasprintf("%s; %s", to->reason, from->reason);

		free(to->reason);
		to->reason = joined;
		to->kept_len = strlen(joined);
	}
	to->hides |= from->hides;
	clear_one(from);
}

static void count_more(struct aside_one *one)
{
	char *text;

	if (one->reasons <= REASONS_MAX)
		return;
	one->reason[one->kept_len] = 0;
	text = xasprintf("%s; and %zu more", one->reason, one->reasons - REASONS_MAX);
	free(one->reason);
	one->reason = text;
}

void asides_fold(struct asides *a)
{
	size_t n = 0;

	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), by_identity);
	for (size_t i = 0; i < a->n; i++) {
		if (!n || compare(&a->v[n - 1], &a->v[i]))
			a->v[n++] = a->v[i];
		else
			join(&a->v[n - 1], &a->v[i]);
	}
	a->n = n;
	for (size_t i = 0; i < n; i++)
		count_more(&a->v[i]);
}

void asides_add(struct asides *a, const struct svclb_error *list)
{
	for (const struct svclb_error *e = list; e; e = svclb_error_get_next(e))
		add_one(a, e);
}

void asides_clear(struct asides *a)
{
	for (size_t i = 0; i < a->n; i++)
		clear_one(&a->v[i]);
	free(a->v);
	*a = (struct asides){0};
}

bool asides_unknown(const struct asides *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].hides)
			return true;
	return false;
}

char *aside_name(const struct aside_one *one)
{
	autofree char *name = printable(one->name);
	autofree char *ns = printable(one->ns);

	if (!one->kind)
		return xstrdup(name);
	return xasprintf("%s %s%s%s", kind_of((enum thing)one->kind)->title, ns, *ns ? "/" : "",
			 name);
}

char *aside_place(const struct aside_one *one)
{
	if (!one->line)
		return xstrdup(one->file);
	return xasprintf("%s:%u:%u", one->file, one->line, one->column);
}

void asides_doc(struct doc *d, const struct asides *a)
{
	doc_array(d, "quarantined");
	for (size_t i = 0; i < a->n; i++) {
		const struct aside_one *one = &a->v[i];

		doc_object(d, NULL);
		if (one->kind)
			doc_str(d, "kind", kind_of((enum thing)one->kind)->title);
		if (one->kind && *one->ns)
			doc_str(d, "namespace", one->ns);
		doc_str(d, one->kind ? "name" : "object", one->name);
		doc_str(d, "reason", one->reason);
		if (*one->file)
			doc_str(d, "file", one->file);
		if (one->line) {
			doc_int(d, "line", one->line);
			doc_int(d, "column", one->column);
		}
		doc_end(d);
	}
	doc_end(d);
}
