/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes objects along the same tables that they are read by. */
#include "manifest/write.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/fields.h"
#include "manifest/reader.h"
#include "model/keys.h"
#include "model/model.h"
#include "util/jsonout.h"

/* A label that belongs to an object although its list may not have it. */
struct extra_label {
	const char *key;
	const char *value;
};

struct writer {
	struct jsonout j;
	struct extra_label extra; /* for metadata.labels; key NULL: none */
};

static const void *at(const void *base, uint16_t place)
{
	return (const char *)base + place - 1;
}

static bool has_any(const struct writer *w, const struct fields *t, const void *base);
static void write_fields(struct writer *w, const struct fields *t, const void *base);

static size_t list_length(const struct field *f, const void *base)
{
	size_t n;

	memcpy(&n, at(base, f->other), sizeof(n));
	return n;
}

static const char *list_array(const struct field *f, const void *base)
{
	const char *v;

	memcpy(&v, at(base, f->place), sizeof(v));
	return v;
}

static bool is_labels(const struct field *f)
{
	return f->type == FIELD_LABELS && f->place == PLACE(struct meta, labels);
}

static bool needs_extra(const struct writer *w, const struct field *f, const void *base)
{
	return w->extra.key && is_labels(f) && !label_find(at(base, f->place), w->extra.key);
}

/* Whether the field has a value that is worth a line. */
static bool has_value(const struct writer *w, const struct field *f, const void *base)
{
	const void *v = f->place ? at(base, f->place) : base;

	switch (f->type) {
	case FIELD_TEXT: /* an empty one means the same as none */
		return ((const struct ftext *)v)->s && *((const struct ftext *)v)->s;
	case FIELD_INT:
		return ((const struct fint *)v)->given;
	case FIELD_BOOL:
		return ((const struct fbool *)v)->v != TRI_UNSET;
	case FIELD_TRISTATE:
	case FIELD_READY:
		return *(const enum tristate *)v != TRI_UNSET;
	case FIELD_TEXTS:
		return ((const struct ftext_list *)v)->n;
	case FIELD_LABELS:
		return ((const struct label_list *)v)->n || needs_extra(w, f, base);
	case FIELD_OBJECT:
	case FIELD_EACH:
		return has_any(w, f->sub, base);
	case FIELD_LIST:
		return list_length(f, base);
	case FIELD_INT_OR_TEXT:
		return ((const struct fint *)v)->given ||
		       ((const struct ftext *)at(base, f->other))->s;
	default:
		return false;
	}
}

static bool has_any(const struct writer *w, const struct fields *t, const void *base)
{
	if (t->given)
		return *(const bool *)at(base, t->given);
	for (size_t i = 0; i < t->n; i++)
		if (has_value(w, &t->v[i], base))
			return true;
	return false;
}

static void write_texts(struct writer *w, const struct ftext_list *l)
{
	jsonout_array(&w->j);
	for (size_t i = 0; i < l->n; i++)
		jsonout_str(&w->j, l->v[i].s);
	jsonout_array_end(&w->j);
}

static void write_labels(struct writer *w, const struct field *f, const void *base)
{
	const struct label_list *l = at(base, f->place);

	jsonout_object(&w->j);
	for (size_t i = 0; i < l->n; i++)
		jsonout_kv_str(&w->j, l->v[i].key, l->v[i].value);
	if (needs_extra(w, f, base))
		jsonout_kv_str(&w->j, w->extra.key, w->extra.value);
	jsonout_object_end(&w->j);
}

static void write_mapping(struct writer *w, const struct fields *t, const void *base)
{
	jsonout_object(&w->j);
	write_fields(w, t, base);
	jsonout_object_end(&w->j);
}

static void write_list(struct writer *w, const struct field *f, const void *base)
{
	const char *element = list_array(f, base);
	size_t n = list_length(f, base);

	jsonout_array(&w->j);
	for (size_t i = 0; i < n; i++)
		write_mapping(w, f->sub, element + i * f->sub->size);
	jsonout_array_end(&w->j);
}

static void write_ready(struct writer *w, enum tristate v)
{
	jsonout_array(&w->j);
	jsonout_object(&w->j);
	jsonout_kv_str(&w->j, "type", "Ready");
	jsonout_kv_str(&w->j, "status", v == TRI_TRUE ? "True" : "False");
	jsonout_object_end(&w->j);
	jsonout_array_end(&w->j);
}

static void write_value(struct writer *w, const struct field *f, const void *base)
{
	const void *v = f->place ? at(base, f->place) : base;

	switch (f->type) {
	case FIELD_TEXT:
		jsonout_str(&w->j, ((const struct ftext *)v)->s);
		break;
	case FIELD_INT:
		jsonout_int(&w->j, ((const struct fint *)v)->v);
		break;
	case FIELD_BOOL:
		jsonout_bool(&w->j, ((const struct fbool *)v)->v == TRI_TRUE);
		break;
	case FIELD_TRISTATE:
		jsonout_bool(&w->j, *(const enum tristate *)v == TRI_TRUE);
		break;
	case FIELD_READY:
		write_ready(w, *(const enum tristate *)v);
		break;
	case FIELD_TEXTS:
		write_texts(w, v);
		break;
	case FIELD_LABELS:
		write_labels(w, f, base);
		break;
	case FIELD_OBJECT:
		write_mapping(w, f->sub, base);
		break;
	case FIELD_EACH: /* what stood in several mappings is kept as one */
		jsonout_array(&w->j);
		write_mapping(w, f->sub, base);
		jsonout_array_end(&w->j);
		break;
	case FIELD_LIST:
		write_list(w, f, base);
		break;
	case FIELD_INT_OR_TEXT:
		if (((const struct fint *)v)->given)
			jsonout_int(&w->j, ((const struct fint *)v)->v);
		else
			jsonout_str(&w->j, ((const struct ftext *)at(base, f->other))->s);
		break;
	default:
		break;
	}
}

static void write_fields(struct writer *w, const struct fields *t, const void *base)
{
	for (size_t i = 0; i < t->n; i++) {
		if (!has_value(w, &t->v[i], base))
			continue;
		jsonout_key(&w->j, t->v[i].name);
		write_value(w, &t->v[i], base);
	}
}

static void write_with(struct strbuf *b, const struct svclb_object *obj, bool compact)
{
	const struct object_kind *kind = object_kind_by_id(obj->kind);
	struct writer w = {.j = {.b = b, .compact = compact}};

	/* Built slices may know their Service by the field alone. */
	if (obj->kind == SVCLB_KIND_ENDPOINT_SLICE && obj->slice->service.s)
		w.extra = (struct extra_label){LABEL_SERVICE_NAME, obj->slice->service.s};
	jsonout_object(&w.j);
	jsonout_kv_str(&w.j, "apiVersion", kind->api_version);
	jsonout_kv_str(&w.j, "kind", kind->name);
	write_fields(&w, kind->fields, obj->meta);
	jsonout_object_end(&w.j);
}

void write_object(struct strbuf *b, const struct svclb_object *obj)
{
	write_with(b, obj, true);
}

int svclb_object_to_json(const struct svclb_object *obj, char **ret)
{
	struct strbuf b = {0};
	char *text;

	if (!obj || !ret)
		return -SVCLB_EINVAL;
	write_with(&b, obj, false);
	strbuf_addc(&b, '\n');
	text = strbuf_steal(&b);
	if (!text)
		return -SVCLB_ENOMEM;
	*ret = text;
	return 0;
}

int object_tree(const struct svclb_object *obj, struct arena *a, const struct tnode **ret)
{
	/* Our own text needs no protection against itself. */
	static const uint64_t limits[SVCLB_LIMIT_MAX_] = {
		[SVCLB_LIMIT_BYTES] = UINT64_MAX,
		[SVCLB_LIMIT_DEPTH] = UINT64_MAX,
		[SVCLB_LIMIT_SCALAR] = UINT64_MAX,
		[SVCLB_LIMIT_NODES] = UINT64_MAX,
	};
	struct problems problems = {0};
	struct source src = {.limits = limits, .problems = &problems};
	struct strbuf b = {0};
	int ret_code = 0;

	write_object(&b, obj);
	if (b.failed || json_read(&src, b.s, b.len, a, ret))
		ret_code = -SVCLB_ENOMEM;
	problems_free(&problems);
	strbuf_free(&b);
	return ret_code;
}

int svclb_object_to_yaml(const struct svclb_object *obj, char **ret)
{
	const struct tnode *n = NULL;
	struct arena a = {0};
	struct strbuf b = {0};
	char *text = NULL;

	if (!obj || !ret)
		return -SVCLB_EINVAL;
	if (!object_tree(obj, &a, &n)) {
		write_yaml(&b, n);
		text = strbuf_steal(&b);
	}
	arena_free(&a);
	if (!text)
		return -SVCLB_ENOMEM;
	*ret = text;
	return 0;
}
