/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling a state: one function for each kind of object, in any order. */
#include "state/state.h"

#include <stdlib.h>
#include <string.h>

struct svclb_state *state_new(const struct svclb_options *opts)
{
	struct svclb_state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	atomic_init(&st->refs, 1);
	memcpy(st->prefix, opts->prefix, sizeof(st->prefix));
	memcpy(st->link_name, opts->link_name, sizeof(st->link_name));
	if (!vec_push(&st->origins))
		return svclb_state_unref(st);
	return st;
}

struct svclb_state *svclb_state_ref(struct svclb_state *state)
{
	if (state)
		atomic_fetch_add(&state->refs, 1);
	return state;
}

struct svclb_state *svclb_state_unref(struct svclb_state *state)
{
	if (!state || atomic_fetch_sub(&state->refs, 1) != 1)
		return NULL;
	vec_free(&state->origins);
	vec_free(&state->vservers);
	vec_free(&state->rservers);
	vec_free(&state->sets);
	vec_free(&state->entries);
	vec_free(&state->chains);
	vec_free(&state->rules);
	vec_free(&state->matches);
	vec_free(&state->addrs);
	vec_free(&state->sysctls);
	vec_free(&state->fronts);
	vec_free(&state->backs);
	vec_free(&state->foreign_uses);
	vec_free(&state->foreign_addrs);
	arena_free(&state->arena);
	svclb_state_unref(state->base);
	free(state);
	return NULL;
}

static bool keep_text(struct svclb_state *st, const char **text)
{
	if (*text)
		*text = arena_strdup(&st->arena, *text);
	return *text;
}

int64_t state_add_origin(struct svclb_state *st, const struct origin *obj)
{
	struct origin *o = vec_push(&st->origins);

	if (!o)
		return -1;
	*o = *obj;
	if (!keep_text(st, &o->object) || keep_text(st, &o->ns) != !!obj->ns ||
	    keep_text(st, &o->name) != !!obj->name || keep_text(st, &o->file) != !!obj->file) {
		st->origins.n--;
		return -1;
	}
	return (int64_t)st->origins.n - 1;
}

/* Appends a copy; indexes stay within 32 bits. */
#define STATE_PUSH(vec, obj)                                                                \
	({                                                                                  \
		__typeof__((vec)->v) p_ = (vec)->n < UINT32_MAX - 1 ? vec_push(vec) : NULL; \
		if (p_)                                                                     \
			*p_ = *(obj);                                                       \
		p_ ? (int64_t)(vec)->n - 1 : -1;                                            \
	})

int64_t state_add_vserver(struct svclb_state *st, const struct vserver *obj)
{
	return STATE_PUSH(&st->vservers, obj);
}

int64_t state_add_rserver(struct svclb_state *st, const struct rserver *obj)
{
	return STATE_PUSH(&st->rservers, obj);
}

int64_t state_add_set(struct svclb_state *st, const struct ipset *obj)
{
	return STATE_PUSH(&st->sets, obj);
}

int64_t state_add_entry(struct svclb_state *st, const struct set_entry *obj)
{
	return STATE_PUSH(&st->entries, obj);
}

int64_t state_add_chain(struct svclb_state *st, const struct chain *obj)
{
	int64_t i = STATE_PUSH(&st->chains, obj);

	if (i >= 0)
		st->chains.v[i].rule_count = 0;
	return i;
}

/* Keeps the comment's text in the state's own arena. */
static bool adopt_comment(struct svclb_state *st, struct match *m)
{
	if (m->type != MATCH_COMMENT)
		return true;
	m->comment = arena_strdup(&st->arena, m->comment ? m->comment : "");
	return m->comment != NULL;
}

int64_t state_add_rule(struct svclb_state *st, const struct rule *obj, const struct match *matches,
		       size_t n_matches)
{
	size_t first = st->matches.n;
	struct rule r = *obj;
	int64_t i;

	if (first + n_matches > UINT32_MAX)
		return -1;
	for (size_t m = 0; m < n_matches; m++) {
		struct match *p = vec_push(&st->matches);

		if (p)
			*p = matches[m];
		if (!p || !adopt_comment(st, p)) {
			st->matches.n = first;
			return -1;
		}
	}
	r.match_first = (uint32_t)first;
	r.match_count = (uint32_t)n_matches;
	r.position = st->chains.v[r.chain].rule_count;
	i = STATE_PUSH(&st->rules, &r);
	if (i < 0)
		st->matches.n = first;
	else
		st->chains.v[r.chain].rule_count++;
	return i;
}

int64_t state_add_addr(struct svclb_state *st, const struct link_addr *obj)
{
	return STATE_PUSH(&st->addrs, obj);
}

int64_t state_add_sysctl(struct svclb_state *st, const char *key, const char *value)
{
	struct sysctl s = {0};

	if (strlen(key) >= sizeof(s.key) || strlen(value) >= sizeof(s.value))
		return -1;
	strcpy(s.key, key);
	strcpy(s.value, value);
	return STATE_PUSH(&st->sysctls, &s);
}

#define COPY_VEC(to, from)                                                          \
	({                                                                          \
		bool ok_ = !(from)->n || vec_reserve((to), (from)->n) == 0;         \
		if (ok_ && (from)->n)                                               \
			memcpy((to)->v, (from)->v, (from)->n * sizeof(*(from)->v)); \
		(to)->n = ok_ ? (from)->n : 0;                                      \
		ok_;                                                                \
	})

/* Ranges of children are counted again by sealing. */
static void forget_ranges(struct svclb_state *st)
{
	for (size_t i = 0; i < st->vservers.n; i++)
		st->vservers.v[i].rs_count = 0;
	for (size_t i = 0; i < st->sets.n; i++)
		st->sets.v[i].entry_count = 0;
}

struct svclb_state *state_clone(struct svclb_state *st)
{
	struct svclb_state *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	atomic_init(&c->refs, 1);
	c->base = svclb_state_ref(st);
	c->was_read = st->was_read;
	c->settled = st->settled;
	c->clock_ms = st->clock_ms;
	memcpy(c->prefix, st->prefix, sizeof(c->prefix));
	memcpy(c->link_name, st->link_name, sizeof(c->link_name));
	c->link = st->link;
	c->timeouts_given = st->timeouts_given;
	c->timeouts = st->timeouts;
	if (!COPY_VEC(&c->origins, &st->origins) || !COPY_VEC(&c->vservers, &st->vservers) ||
	    !COPY_VEC(&c->rservers, &st->rservers) || !COPY_VEC(&c->sets, &st->sets) ||
	    !COPY_VEC(&c->entries, &st->entries) || !COPY_VEC(&c->chains, &st->chains) ||
	    !COPY_VEC(&c->rules, &st->rules) || !COPY_VEC(&c->matches, &st->matches) ||
	    !COPY_VEC(&c->addrs, &st->addrs) || !COPY_VEC(&c->sysctls, &st->sysctls))
		return svclb_state_unref(c);
	forget_ranges(c);
	return c;
}
