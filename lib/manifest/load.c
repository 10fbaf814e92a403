/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads manifests into a model. Objects are decoded into the model's arena but linked only when
 * the whole input turned out well, so that a failure leaves the model as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/decode.h"
#include "manifest/reader.h"
#include "model/keys.h"

/* Lists inside of lists inside of lists: nothing makes them, and each is a level of recursion. */
#define LIST_NESTING_MAX 8u

/* One decoded object, waiting. */
struct loaded {
	const struct object_kind *kind;
	struct meta *meta;
	bool sound; /* nothing was wrong with it */
};

struct loader {
	struct svclb_model *model;
	struct source src;
	struct problems problems;
	struct problems warnings;
	struct decoder decoder;
	const char *file;
	uint64_t document;
	VEC(struct loaded) objects;
};

/* What items of a typed list leave out because the list says it. */
struct inherited {
	const char *kind;
	const char *api_version;
};

static void load_value(struct loader *l, const struct path *path, const struct tnode *n,
		       const struct inherited *from, unsigned nesting);

static bool ends_with_list(const char *kind)
{
	size_t len = strlen(kind);

	return len >= 4 && !strcmp(kind + len - 4, "List");
}

static const struct fields *list_fields(void)
{
	static const struct field v[] = {
		{.name = "apiVersion", .use = SILENT},
		{.name = "kind", .use = SILENT},
		{.name = "metadata", .use = SILENT},
		{.name = "items", .use = SILENT},
	};
	static const struct fields t = {.v = v, .n = sizeof(v) / sizeof(v[0])};

	return &t;
}

static void load_list(struct loader *l, const struct path *up, const struct tnode *n,
		      const char *kind, const char *api_version, unsigned nesting)
{
	struct path path = {.up = up, .key = "items"};
	struct path item = {.up = &path};
	struct inherited from = {.api_version = api_version};
	const struct tnode *items = tnode_get(n, "items");
	size_t len = strlen(kind) - 4;
	char of[64] = "";
	char none;

	if (nesting >= LIST_NESTING_MAX) {
		decode_problem(&l->decoder, NULL, n->at, NULL, "lists are nested too deep");
		return;
	}
	decode_mapping(&l->decoder, up, n, list_fields(), &none);
	if (tnode_is_null(items))
		return;
	if (items->kind != TNODE_SEQUENCE) {
		decode_problem(&l->decoder, &path, items->at, NULL, "must be a list, not %s",
			       tnode_words(items));
		return;
	}
	if (len && len < sizeof(of)) {
		(void)snprintf(of, sizeof(of), "%.*s", (int)len, kind); /* fits */
		from.kind = of;
	}
	for (const struct tnode *m = items->first; m; m = m->next, item.index++)
		load_value(l, &item, m, len ? &from : NULL, nesting + 1);
}

static void not_used(struct loader *l, const struct tnode *n, const char *kind)
{
	const char *like = object_kind_like(kind);
	struct strbuf shown = {0};
	char hint[64];

	if (like)
		(void)snprintf(hint, sizeof(hint), "did you mean %s?", like); /* names are short */
	strbuf_add_shown(&shown, kind);
	if (shown.failed)
		decode_nomem(&l->decoder);
	else
		decode_warning(&l->decoder, NULL, n->at, like ? hint : NULL,
			       "kind %s is not used here", shown.s ? shown.s : "");
	strbuf_free(&shown);
}

static void check_version(struct loader *l, const struct tnode *n, const struct object_kind *kind,
			  const char *version)
{
	static const struct path path = {.key = "apiVersion"};
	const struct tnode *at = tnode_get(n, "apiVersion");
	struct decoder *d = &l->decoder;
	struct strbuf shown = {0};

	if (version && !strcmp(version, kind->api_version))
		return;
	if (version && kind->old_api_version && !strcmp(version, kind->old_api_version)) {
		decode_warning(d, &path, at ? at->at : n->at, NULL, "%s is outdated, use %s",
			       version, kind->api_version);
		return;
	}
	if (!version) {
		decode_problem(d, &path, at ? at->at : n->at, NULL, "is missing, must be %s",
			       kind->api_version);
		return;
	}
	strbuf_add_shown(&shown, version);
	decode_problem(d, &path, at ? at->at : n->at, NULL, "must be %s, not %s", kind->api_version,
		       shown.s ? shown.s : "");
	strbuf_free(&shown);
}

static void check_name(struct loader *l, const struct meta *meta, const struct tnode *n)
{
	static const struct path path_meta = {.key = "metadata"};
	static const struct path path = {.up = &path_meta, .key = "name"};
	const struct tnode *name = tnode_get(tnode_get(n, "metadata"), "name");

	/* One of a wrong type was reported already. */
	if (meta->name.s ? !*meta->name.s : tnode_is_null(name))
		decode_problem(&l->decoder, &path, meta->name.at, NULL, "is missing");
}

static void service_of_slice(struct slice *s)
{
	const struct label *label = label_find(&s->meta.labels, LABEL_SERVICE_NAME);

	s->service.at = s->meta.labels.at;
	if (label) {
		s->service.s = label->value;
		s->service.at = label->at;
	}
}

static void load_object(struct loader *l, const struct tnode *n, const struct object_kind *kind,
			const char *version)
{
	struct decoder *d = &l->decoder;
	struct meta *meta = arena_alloc(&l->model->arena, kind->fields->size);
	size_t before = l->problems.count;
	struct loaded *o = NULL;

	if (meta)
		o = vec_push(&l->objects);
	if (!o) {
		decode_nomem(d);
		return;
	}
	d->object = n;
	d->namespaced = kind->namespaced;
	check_version(l, n, kind, version);
	decode_mapping(d, NULL, n, kind->fields, meta);
	check_name(l, meta, n);
	meta->file = l->file;
	if (kind->kind == SVCLB_KIND_ENDPOINT_SLICE)
		service_of_slice((struct slice *)meta);
	o->kind = kind;
	o->meta = meta;
	o->sound = l->problems.count == before;
}

/* Reads a member that must be a text and may be absent; false with the problem listed. */
static bool header_text(struct loader *l, const struct tnode *n, const char *key, const char **ret)
{
	const struct tnode *m = tnode_get(n, key);
	struct path path = {.key = key};

	if (tnode_is_null(m))
		return true;
	*ret = tnode_text(m);
	if (!*ret)
		decode_problem(&l->decoder, &path, m->at, NULL, "must be text, not %s",
			       tnode_words(m));
	return *ret;
}

/* Objects without a usable kind are named by their document. */
static void name_document(struct loader *l, char buf[48])
{
	(void)snprintf(buf, 48, "document %llu", (unsigned long long)l->document); /* fits */
	l->decoder.kind = buf;
	l->decoder.object = NULL;
}

static void load_value(struct loader *l, const struct path *path, const struct tnode *n,
		       const struct inherited *from, unsigned nesting)
{
	const char *kind = from ? from->kind : NULL;
	const char *version = from ? from->api_version : NULL;
	const struct path path_kind = {.up = path, .key = "kind"};
	const struct object_kind *known;
	char document[48];

	name_document(l, document);
	if (n->kind != TNODE_MAPPING) {
		decode_problem(&l->decoder, path, n->at, NULL, "must be an object, not %s",
			       tnode_words(n));
		return;
	}
	if (!header_text(l, n, "kind", &kind) || !header_text(l, n, "apiVersion", &version))
		return;
	if (!kind || !*kind) {
		decode_problem(&l->decoder, &path_kind, n->at, NULL, "is missing");
		return;
	}
	l->decoder.kind = kind;
	known = object_kind_by_name(kind);
	if (known) {
		load_object(l, n, known, version);
	} else if (ends_with_list(kind)) {
		load_list(l, path, n, kind, version, nesting);
	} else {
		l->decoder.object = n;
		l->decoder.namespaced = tnode_get(tnode_get(n, "metadata"), "namespace");
		not_used(l, n, kind);
	}
}

static void read_all(struct loader *l)
{
	struct arena arena = {0};
	const struct tnode *root;
	struct reader r;
	int got = reader_open(&r, &l->src) ? -1 : 1;

	while (got > 0 && !l->src.nomem) {
		root = NULL;
		got = reader_next(&r, &arena, &root);
		l->document++;
		if (got > 0 && !tnode_is_null(root))
			load_value(l, NULL, root, NULL, 0);
		arena_free(&arena);
	}
	reader_close(&r);
}

static const char *namespace_of(const struct loaded *o)
{
	if (!o->kind->namespaced)
		return "";
	return o->meta->ns.s && *o->meta->ns.s ? o->meta->ns.s : "default";
}

static int identity_cmp(const struct loaded *x, const struct loaded *y)
{
	int r = x->kind == y->kind ? 0 : x->kind < y->kind ? -1 : 1;

	if (!r)
		r = strcmp(x->meta->name.s, y->meta->name.s);
	return r ? r : strcmp(namespace_of(x), namespace_of(y));
}

static int by_identity(const void *a, const void *b)
{
	const struct loaded *x = *(const struct loaded *const *)a;
	const struct loaded *y = *(const struct loaded *const *)b;
	int r = identity_cmp(x, y);

	/* They are elements of one array, in the order of the input. */
	return r ? r : x < y ? -1 : x > y;
}

static void twice(struct loader *l, const struct loaded *first, const struct loaded *again)
{
	const struct svclb_object obj = {.kind = again->kind->kind, .meta = again->meta};
	const char *ns = namespace_of(again);
	struct strbuf name = {0};
	struct err_parts parts = {.file = l->src.name, .pos = again->meta->at};

	strbuf_add(&name, again->kind->name);
	strbuf_addc(&name, ' ');
	if (*ns) {
		strbuf_add_shown(&name, ns);
		strbuf_addc(&name, '/');
	}
	strbuf_add_shown(&name, obj.meta->name.s);
	parts.object = name.s;
	problems_add(&l->problems,
		     err_new(SVCLB_EINVALID, &parts,
			     "appears twice in one input, first in line %u, column %u",
			     first->meta->at.line, first->meta->at.column));
	strbuf_free(&name);
}

/* Sorted by identity, so that one pass finds them. */
static void find_twice(struct loader *l)
{
	const struct loaded **v = malloc((l->objects.n + 1) * sizeof(const struct loaded *));
	size_t n = 0;

	if (!v) {
		l->src.nomem = true;
		return;
	}
	for (size_t i = 0; i < l->objects.n; i++)
		if (l->objects.v[i].meta && l->objects.v[i].meta->name.s)
			v[n++] = &l->objects.v[i];
	qsort(v, n, sizeof(const struct loaded *), by_identity);
	for (size_t i = 1; i < n; i++)
		if (!identity_cmp(v[i - 1], v[i]))
			twice(l, v[i - 1], v[i]);
	free(v);
}

static void check_room(struct loader *l)
{
	struct svclb_model *m = l->model;
	uint64_t limit = m->limits[SVCLB_LIMIT_OBJECTS];
	size_t more = l->objects.n;

	if (m->objects.n + more <= limit)
		return;
	for (size_t i = 0; i < l->objects.n; i++) {
		const struct loaded *o = &l->objects.v[i];

		if (o->meta->name.s &&
		    model_lookup(m, o->kind->kind, namespace_of(o), o->meta->name.s))
			more--;
	}
	if (m->objects.n + more > limit)
		(void)source_fail(&l->src, SVCLB_ELIMIT, (struct pos){0},
				  options_limit_hint(SVCLB_LIMIT_OBJECTS),
				  "more objects in one model than the limit of %llu",
				  (unsigned long long)limit); /* recorded; the caller asks */
}

/* Puts what was read into a model: everything, or what nothing is wrong with. -1 when out of memory. */
static int link_objects(struct loader *l, struct svclb_model *m, bool only_sound)
{
	size_t n = l->objects.n;
	struct svclb_object *obj = arena_array(&l->model->arena, n, sizeof(*obj));

	if (!obj || model_reserve(m, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct loaded *o = &l->objects.v[i];

		if (only_sound && (!o->sound || !o->meta->name.s))
			continue;
		obj[i].kind = o->kind->kind;
		obj[i].meta = o->meta;
		obj[i].meta->ns.s = namespace_of(o);
		model_link(m, &obj[i]);
	}
	return 0;
}

/* The input is refused; what else is wrong with the objects that could be read is found all the
 * same, on a model that is thrown away, so that nobody has to correct one fault to see the next. */
static void find_faults(struct loader *l)
{
	struct svclb_model *m = NULL;

	if (svclb_model_new(NULL, &m, NULL) || link_objects(l, m, true) ||
	    model_faults(m, &l->problems) < 0)
		l->src.nomem = true;
	svclb_model_unref(m);
}

static int finish(struct loader *l, struct svclb_error **reterr)
{
	if (!l->src.nomem && l->problems.count)
		find_faults(l);
	if (!l->src.nomem && !l->problems.count)
		find_twice(l);
	if (!l->src.nomem && !l->problems.count)
		check_room(l);
	if (!l->src.nomem && !l->problems.count && link_objects(l, l->model, false))
		l->src.nomem = true;
	if (l->src.nomem)
		return err_nomem(reterr);
	if (!l->problems.count) {
		problems_move(&l->model->warnings, &l->warnings);
		return 0;
	}
	problems_move(&l->problems, &l->warnings);
	return problems_give(&l->problems, reterr);
}

int svclb_model_load(struct svclb_model *model, const char *buf, size_t len, const char *name,
		     struct svclb_error **reterr)
{
	struct loader l = {.model = model};
	int ret;

	if (!model || (!buf && len))
		return err_set(reterr, SVCLB_EINVAL, "a model and a buffer are needed");
	l.problems.limit = l.warnings.limit = model->limits[SVCLB_LIMIT_PROBLEMS];
	l.src = (struct source){.name = name,
				.buf = buf,
				.len = len,
				.limits = model->limits,
				.problems = &l.problems};
	l.decoder =
		(struct decoder){.src = &l.src, .arena = &model->arena, .warnings = &l.warnings};
	l.file = arena_strdup(&model->arena, name);
	if (name && !l.file)
		l.src.nomem = true;
	else
		read_all(&l);
	ret = finish(&l, reterr);
	decoder_free(&l.decoder);
	vec_free(&l.objects);
	problems_free(&l.problems);
	problems_free(&l.warnings);
	return ret;
}
