/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads configuration documents, into a copy of the options first, so that all holds or none. */
#include "manifest/config.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/reader.h"

#define N_KINDS (sizeof(config_kinds) / sizeof(config_kinds[0]))

struct config_loader {
	struct svclb_options *opts; /* the copy */
	struct source src;
	struct problems problems;
	struct problems warnings;
	struct decoder decoder;
	struct arena arena; /* of the document that is read */
	bool seen[N_KINDS];
};

/* Takes the setter's answer. */
static void answer(struct config_loader *l, int r, const struct path *path, struct pos at,
		   const struct setting *s)
{
	if (r == -SVCLB_ENOMEM)
		decode_nomem(&l->decoder);
	else if (r)
		decode_problem(&l->decoder, path, at, NULL, "%s", s->must);
}

static void set_text(struct config_loader *l, const struct setting *s, const struct path *path,
		     const struct ftext *v)
{
	if (v->s && *v->s)
		answer(l, s->text(l->opts, v->s), path, v->at, s);
}

static void set_each(struct config_loader *l, const struct setting *s, const struct path *up,
		     const struct ftext_list *v)
{
	struct path path = {.up = up};

	for (; path.index < v->n; path.index++)
		answer(l, s->text(l->opts, v->v[path.index].s), &path, v->v[path.index].at, s);
}

static void set_cidrs(struct config_loader *l, const struct setting *s, const struct path *up,
		      const struct ftext_list *v)
{
	struct path path = {.up = up};
	struct strbuf joined = {0};
	bool all_good = true;
	struct cidr c;

	/* what stands alone may be a word instead */
	if (v->n == 1) {
		set_each(l, s, up, v);
		return;
	}
	for (; path.index < v->n; path.index++) {
		const struct ftext *t = &v->v[path.index];

		if (!cidr_parse(t->s, &c, NULL)) {
			decode_problem(&l->decoder, &path, t->at, NULL, "%s", s->must);
			all_good = false;
		}
		if (path.index)
			strbuf_addc(&joined, ',');
		strbuf_add(&joined, t->s);
	}
	if (joined.failed)
		decode_nomem(&l->decoder);
	else if (all_good && v->n)
		answer(l, s->text(l->opts, joined.s), up, v->at, s);
	strbuf_free(&joined);
}

static void set_number(struct config_loader *l, const struct setting *s, const struct path *path,
		       const struct fint *v)
{
	bool fits = v->v >= 0 && v->v <= UINT32_MAX;

	if (v->given)
		answer(l, fits ? s->number(l->opts, (uint32_t)v->v) : -SVCLB_EINVAL, path, v->at,
		       s);
}

static void set_duration(struct config_loader *l, const struct setting *s, const struct path *path,
			 const struct ftext *v, uint64_t unit_ms)
{
	uint64_t ms, n;
	bool fits;

	if (!v->s || !*v->s)
		return;
	fits = duration_parse(v->s, &ms);
	/* 0 would leave what the kernel has */
	n = fits ? ms / unit_ms + (ms % unit_ms > 0) : 0;
	fits = fits && n <= UINT32_MAX;
	if (fits && n * unit_ms != ms)
		decode_warning(&l->decoder, path, v->at, NULL,
			       "is no whole number of seconds, %llus are taken",
			       (unsigned long long)n);
	answer(l, fits ? s->number(l->opts, (uint32_t)n) : -SVCLB_EINVAL, path, v->at, s);
}

static void set_flag(struct config_loader *l, const struct setting *s, const struct path *path,
		     const struct fbool *v)
{
	if (v->v != TRI_UNSET)
		answer(l, s->flag(l->opts, v->v == TRI_TRUE), path, v->at, s);
}

static void apply_setting(struct config_loader *l, const struct setting *s, void *config)
{
	const struct path path = {.key = s->field};
	const void *v = field_at(config, s->place);

	switch (s->type) {
	case SET_TEXT:
		set_text(l, s, &path, v);
		break;
	case SET_EACH:
		set_each(l, s, &path, v);
		break;
	case SET_CIDRS:
		set_cidrs(l, s, &path, v);
		break;
	case SET_FLAG:
		set_flag(l, s, &path, v);
		break;
	case SET_NUMBER:
		set_number(l, s, &path, v);
		break;
	case SET_SECONDS:
		set_duration(l, s, &path, v, 1000);
		break;
	default:
		set_duration(l, s, &path, v, 1);
		break;
	}
}

static void load_kind(struct config_loader *l, const struct config_kind *kind,
		      const struct tnode *n)
{
	static const struct path path_version = {.key = "apiVersion"};
	const struct tnode *version = tnode_get(n, "apiVersion");
	const char *v = tnode_text(version);
	void *config = arena_alloc(&l->arena, kind->fields->size);

	if (!config) {
		decode_nomem(&l->decoder);
		return;
	}
	if (!v || strcmp(v, kind->api_version))
		decode_problem(&l->decoder, &path_version, version ? version->at : n->at, NULL,
			       "must be %s", kind->api_version);
	decode_mapping(&l->decoder, NULL, n, kind->fields, config);
	for (size_t i = 0; i < kind->n_settings; i++)
		apply_setting(l, &kind->settings[i], config);
	kind->rest(&l->decoder, l->opts, config);
}

static void load_document(struct config_loader *l, const struct tnode *n)
{
	static const struct path path_kind = {.key = "kind"};
	const struct tnode *kind = tnode_get(n, "kind");
	struct decoder *d = &l->decoder;

	d->kind = "configuration";
	if (n->kind != TNODE_MAPPING) {
		decode_problem(d, NULL, n->at, NULL, "must be a mapping, not %s", tnode_words(n));
		return;
	}
	if (!tnode_text(kind)) {
		decode_problem(d, &path_kind, kind ? kind->at : n->at, NULL,
			       "must be KubeProxyConfiguration or SvclbConfiguration");
		return;
	}
	d->kind = kind->s;
	for (size_t i = 0; i < N_KINDS; i++) {
		if (strcmp(kind->s, config_kinds[i].name))
			continue;
		if (l->seen[i])
			decode_problem(d, NULL, n->at, NULL, "appears twice in one input");
		l->seen[i] = true;
		load_kind(l, &config_kinds[i], n);
		return;
	}
	decode_warning(d, NULL, n->at, NULL, "this kind is not used here");
}

static void read_all(struct config_loader *l)
{
	const struct tnode *root;
	struct reader r;
	int got = reader_open(&r, &l->src) ? -1 : 1;

	while (got > 0 && !l->src.given_up) {
		root = NULL;
		got = reader_next(&r, &l->arena, &root);
		if (got > 0 && !tnode_is_null(root))
			load_document(l, root);
		arena_free(&l->arena);
	}
	reader_close(&r);
}

/* Moves the copy's contents into the options, which keep their references and warnings. */
static void take_over(struct svclb_options *opts, struct svclb_options *copy)
{
	unsigned refs = atomic_load(&opts->refs);
	struct problems warnings = opts->warnings;
	struct svclb_options old;

	memcpy(&old, opts, sizeof(old));
	memcpy(opts, copy, sizeof(*opts));
	memcpy(copy, &old, sizeof(old));
	atomic_init(&opts->refs, refs);
	atomic_init(&copy->refs, 1);
	opts->warnings = warnings;
	copy->warnings = (struct problems){0};
}

static int finish(struct config_loader *l, struct svclb_options *opts, struct svclb_error **reterr)
{
	if (l->src.given_up)
		return patience_give_up(&l->src.patience, reterr);
	if (l->problems.count) {
		problems_move(&l->problems, &l->warnings);
		return problems_give(&l->problems, reterr);
	}
	take_over(opts, l->opts);
	problems_move(&opts->warnings, &l->warnings);
	(void)problems_tell(&opts->warnings); /* the options hold, with or without the number */
	return 0;
}

int svclb_options_load_config(struct svclb_options *opts, const char *buf, size_t len,
			      const char *name, struct svclb_error **reterr)
{
	struct config_loader l = {0};
	int ret;

	if (!opts || (!buf && len))
		return err_set(reterr, SVCLB_EINVAL, "options and a buffer are needed");
	l.opts = options_copy(opts);
	if (!l.opts)
		return err_nomem(reterr);
	l.problems.limit = l.warnings.limit = opts->limits[SVCLB_LIMIT_PROBLEMS];
	l.src = (struct source){.name = name,
				.buf = buf,
				.len = len,
				.limits = opts->limits,
				.patience = patience_of(opts),
				.problems = &l.problems};
	l.decoder = (struct decoder){
		.src = &l.src, .arena = &l.arena, .problems = &l.problems, .warnings = &l.warnings};
	read_all(&l);
	decode_count(&l.decoder);
	ret = finish(&l, opts, reterr);
	decoder_free(&l.decoder);
	problems_free(&l.problems);
	problems_free(&l.warnings);
	svclb_options_unref(l.opts);
	return ret;
}
