/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads manifests: documents into decoded objects. load-link.c puts them into the model. */
#include <stdio.h>
#include <string.h>

#include "manifest/load.h"
#include "manifest/reader.h"
#include "model/keys.h"

/* Lists inside of lists inside of lists: nothing makes them, and each is a level of recursion. */
#define LIST_NESTING_MAX 8u

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

/* Flaws of its items are theirs. */
static bool list_flawed(struct loader *l, const struct path *up, const struct tnode *n)
{
	struct path path = {.up = up};

	for (const struct tnode *m = n->first; m; m = m->next) {
		path.key = m->key;
		if (!m->flaw && (!m->flawed || !strcmp(m->key, "items")))
			continue;
		decode_problem(&l->decoder, &path, m->key_at, NULL,
			       "has a key that appears twice, or a merge key (<<)");
		return true;
	}
	return false;
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
	if (list_flawed(l, up, n))
		return;
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
	char hint[64];

	if (like)
		(void)snprintf(hint, sizeof(hint), "did you mean %s?", like); /* names are short */
	decode_unused_kind(&l->decoder, n->at, kind, like ? hint : NULL);
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

/* The list is what counts; the API server lets nothing else stand before it. */
static void check_pod_cidr(struct loader *l, const struct node *node, const struct tnode *n)
{
	static const struct path path_spec = {.key = "spec"};
	static const struct path path = {.up = &path_spec, .key = "podCIDR"};
	const struct tnode *one = tnode_get(tnode_get(n, "spec"), "podCIDR");
	const char *text = one ? tnode_text(one) : NULL;
	const char *first = node->pod_cidrs.n ? node->pod_cidrs.v[0].s : NULL;

	if (text && *text && first && strcmp(text, first) != 0)
		decode_problem(&l->decoder, &path, one->at, NULL,
			       "must be the first of podCIDRs, or left out");
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

static const char *const header_keys[] = {"kind", "apiVersion", "metadata", NULL};

/* The first member that is there a second time, of those whose keys are in the list; or NULL. */
static const struct tnode *again(const struct tnode *n, const char *const *keys)
{
	for (const struct tnode *m = n->first; m; m = m->next)
		for (size_t i = 0; m->flaw == FLAW_TWICE && keys[i]; i++)
			if (!strcmp(m->key, keys[i]))
				return m;
	return NULL;
}

static bool merges(const struct tnode *n)
{
	for (const struct tnode *m = n->first; m; m = m->next)
		if (m->flaw == FLAW_MERGE)
			return true;
	return false;
}

/* Whether it is this object and no other. Two in a row without a line "---" between them are one that
 * has all these keys twice. */
static bool identity_sure(const struct tnode *n, const struct object_kind *kind)
{
	static const char *const names[] = {"name", "namespace", NULL};
	const struct tnode *meta = tnode_get(n, "metadata");
	const struct tnode *ns = tnode_get(meta, "namespace");
	const char *name = tnode_text(tnode_get(meta, "name"));

	return name && *name && !again(n, header_keys) && !merges(n) && !again(meta, names) &&
	       !merges(meta) && (!kind->namespaced || tnode_is_null(ns) || tnode_text(ns));
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
	d->serial++;
	d->id = kind->kind;
	d->namespaced = kind->namespaced;
	d->hides = !identity_sure(n, kind);
	decode_flaws(d, NULL, n);
	check_version(l, n, kind, version);
	decode_mapping(d, NULL, n, kind->fields, meta);
	check_name(l, meta, n);
	if (!kind->namespaced && meta->ns.s && *meta->ns.s)
		decode_warning(d, &(struct path){.key = "metadata.namespace"}, meta->ns.at, NULL,
			       "has no effect: a %s belongs to no namespace", kind->name);
	meta->file = l->file;
	if (kind->kind == SVCLB_KIND_ENDPOINT_SLICE)
		service_of_slice((struct slice *)meta);
	if (kind->kind == SVCLB_KIND_NODE)
		check_pod_cidr(l, (struct node *)meta, n);
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

/* What is not used may hide an object that is, unless it is one object. */
static bool is_twice(struct loader *l, const struct path *up, const struct tnode *n)
{
	const struct tnode *m = again(n, header_keys);
	struct path path = {.up = up};

	if (!m)
		return false;
	path.key = m->key;
	decode_problem(&l->decoder, &path, m->key_at, NULL, "appears twice");
	return true;
}

/* Objects without a usable kind are named by their document. */
static void name_document(struct loader *l, char buf[48])
{
	(void)snprintf(buf, 48, "document %llu", (unsigned long long)l->document); /* fits */
	l->decoder.kind = buf;
	l->decoder.id = 0;
	l->decoder.object = NULL;
	l->decoder.of_object = 0;
	l->decoder.hides = true;
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
	known = object_kind_by_name(kind);
	if (!known && !ends_with_list(kind) && is_twice(l, path, n))
		return;
	l->decoder.kind = kind;
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

/* As much of a broken document's object as tells which one it is. What was read of the metadata may
 * lack the namespace, unless it was read to its end. That others may stand there too remains. */
static void name_broken(struct loader *l, const struct tnode *root)
{
	const struct tnode *meta = tnode_get(root, "metadata");
	const char *kind = tnode_text(tnode_get(root, "kind"));
	const struct object_kind *known = kind ? object_kind_by_name(kind) : NULL;

	if (!known || !meta || !meta->complete)
		return;
	l->decoder.kind = known->name;
	l->decoder.id = known->kind;
	l->decoder.namespaced = known->namespaced;
	l->decoder.object = root;
}

/* The reader's words about it become problems of its object. */
static void broken_document(struct loader *l, const struct tnode *root)
{
	char document[48];

	name_document(l, document);
	if (root && root->kind == TNODE_MAPPING)
		name_broken(l, root);
	while (l->form.first) {
		struct svclb_error *e = err_pop(&l->form.first);
		struct pos at = {.line = svclb_error_get_line(e),
				 .column = svclb_error_get_column(e)};

		decode_problem(&l->decoder, NULL, at, svclb_error_get_hint(e), "%s",
			       svclb_error_get_message(e));
		svclb_error_unref(e);
	}
	problems_free(&l->form);
}

/* Those that were not kept of a document, as one. */
static void count_nameless(struct loader *l)
{
	struct decoder *d = &l->decoder;
	size_t n = d->nameless;
	char document[48];

	d->nameless = 0;
	if (!d->each || n < d->each)
		return;
	name_document(l, document);
	decode_problem(d, NULL, (struct pos){0}, NULL, "%zu more problems of parts without a name",
		       n - d->each + 1);
	d->nameless = 0;
}

void load_documents(struct loader *l)
{
	struct arena arena = {0};
	const struct tnode *root;
	struct reader r;
	int got = reader_open(&r, &l->src) ? -1 : 1;

	while (got > 0 && !l->src.given_up) {
		root = NULL;
		got = reader_next(&r, &arena, &root);
		l->document++;
		if (got > 0 && r.broken)
			broken_document(l, root);
		else if (got > 0 && !tnode_is_null(root))
			load_value(l, NULL, root, NULL, 0);
		count_nameless(l);
		arena_free(&arena);
	}
	reader_close(&r);
}
