/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the objects of a saved plan from their JSON tree. */
#include "plan/image-read.h"

#include <stdlib.h>
#include <string.h>

#include "model/tuning.h"
#include "state/names.h"

void image_problem(struct image_reader *r, const struct tnode *n, const char *field,
		   const char *why)
{
	struct err_parts parts = {.file = r->file, .field = field};

	if (n)
		parts.pos = n->at;
	problems_add(&r->problems, err_new(SVCLB_EINVALID, &parts, "%s", why));
}

static bool read_number(const struct tnode *n, uint64_t max, uint64_t *ret)
{
	char *end;
	uint64_t v;

	if (n->kind != TNODE_SCALAR || n->quoted || tnode_sense(n) != SENSE_INT || n->s[0] == '-')
		return false;
	v = strtoull(n->s, &end, 10);
	if (*end || v > max)
		return false;
	*ret = v;
	return true;
}

static bool store_number(const struct image_field *f, void *p, uint64_t v)
{
	uint8_t u8 = (uint8_t)v;
	uint16_t u16 = (uint16_t)v;
	uint32_t u32 = (uint32_t)v;

	switch (f->size) {
	case sizeof(u8):
		memcpy(p, &u8, sizeof(u8));
		return v <= UINT8_MAX;
	case sizeof(u16):
		memcpy(p, &u16, sizeof(u16));
		return v <= UINT16_MAX;
	default:
		memcpy(p, &u32, sizeof(u32));
		return v <= UINT32_MAX;
	}
}

static bool store_word(const struct image_field *f, void *p, const char *text)
{
	for (const struct image_word *w = f->words; text && w->name; w++)
		if (!strcmp(w->name, text))
			return store_number(f, p, w->value);
	return false;
}

static bool store_text(const struct image_field *f, void *p, const char *text)
{
	if (!text || strlen(text) >= f->size)
		return false;
	strcpy(p, text);
	return true;
}

static bool store_bool(const struct tnode *n, void *p)
{
	if (n->kind != TNODE_SCALAR || n->quoted || tnode_sense(n) != SENSE_BOOL)
		return false;
	*(bool *)p = !strcmp(n->s, "true");
	return true;
}

static bool read_field(const struct tnode *n, const struct image_field *f, void *p)
{
	uint64_t v;

	switch (f->type) {
	case IMAGE_TEXT:
		return store_text(f, p, tnode_text(n));
	case IMAGE_IP:
		return ip_parse(tnode_text(n), p, NULL);
	case IMAGE_CIDR:
		return cidr_parse(tnode_text(n), p, NULL);
	case IMAGE_BOOL:
		return store_bool(n, p);
	case IMAGE_WORD:
		return store_word(f, p, tnode_text(n));
	default:
		return read_number(n, UINT32_MAX, &v) && store_number(f, p, v);
	}
}

void image_read(struct image_reader *r, const struct tnode *n, const struct image_field *fields,
		void *obj)
{
	r->given_up |= patience_over(&r->patience);
	for (const struct image_field *f = fields; f->name && !r->given_up; f++) {
		const struct tnode *v = tnode_get(n, f->name);

		if (v && !read_field(v, f, (unsigned char *)obj + f->offset))
			image_problem(r, v, f->name, "not a value this member can have");
	}
}

/* First element of the list under a key, or NULL; anything but a list is a problem. */
static const struct tnode *list_of(struct image_reader *r, const struct tnode *n, const char *key)
{
	const struct tnode *l = tnode_get(n, key);

	if (!l)
		return NULL;
	if (l->kind != TNODE_SEQUENCE) {
		image_problem(r, l, key, "must be a list");
		return NULL;
	}
	return l->first;
}

static void added(struct image_reader *r, int64_t index)
{
	r->given_up |= index < 0;
}

static void read_origins(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	for (const struct tnode *o = list_of(r, n, "origins"); o; o = o->next) {
		const struct tnode *line = tnode_get(o, "line");
		const struct tnode *column = tnode_get(o, "column");
		const char *object = tnode_text(tnode_get(o, "object"));
		uint64_t v[2] = {0};

		if (line)
			(void)read_number(line, UINT32_MAX, &v[0]); /* a place unknown is 0 */
		if (column)
			(void)read_number(column, UINT32_MAX, &v[1]);
		added(r, state_add_origin(st, &(struct origin){
						      .object = object ? object : "",
						      .file = tnode_text(tnode_get(o, "file")),
						      .at = {(uint32_t)v[0], (uint32_t)v[1]},
					      }));
	}
}

/* Numbers that are used as indexes later. */
static origin_id checked_origin(const struct svclb_state *st, origin_id id)
{
	return id < st->origins.n ? id : 0;
}

static void read_drain(struct image_reader *r, const struct tnode *n, struct vserver *ret)
{
	const struct tnode *drain = tnode_get(n, "drain");
	const char *text = tnode_text(drain);

	ret->drain_sec = DRAIN_UNTOLD;
	if (drain && !(text && drain_parse(text, &ret->drain_sec)))
		image_problem(r, drain, "drain", "must be linger or a time");
}

static void read_vservers(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	for (const struct tnode *v = list_of(r, n, "virtualServers"); v; v = v->next) {
		struct vserver vs = {.ours = true};
		int64_t i;

		image_read(r, v, image_vserver, &vs);
		read_drain(r, v, &vs);
		vs.origin = checked_origin(st, vs.origin);
		if (vs.key.family != 4 && vs.key.family != 6)
			image_problem(r, v, "family", "must be 4 or 6");
		i = state_add_vserver(st, &vs);
		added(r, i);
		if (i < 0)
			return;
		for (const struct tnode *s = list_of(r, v, "realServers"); s; s = s->next) {
			struct rserver rs = {.vs = (uint32_t)i};

			image_read(r, s, image_rserver, &rs);
			rs.origin = checked_origin(st, rs.origin);
			if (!rs.ip.family)
				image_problem(r, s, "address", "is missing");
			added(r, state_add_rserver(st, &rs));
		}
	}
}

static void read_sets(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	for (const struct tnode *s = list_of(r, n, "sets"); s; s = s->next) {
		struct ipset set = {0};
		int64_t i;

		image_read(r, s, image_set, &set);
		if (!set.name[0] || !set.type)
			image_problem(r, s, "name", "a set needs a name and a type");
		i = state_add_set(st, &set);
		added(r, i);
		if (i < 0)
			return;
		for (const struct tnode *e = list_of(r, s, "entries"); e; e = e->next) {
			struct set_entry entry = {.set = (uint32_t)i};

			image_read(r, e, image_entry, &entry);
			entry.origin = checked_origin(st, entry.origin);
			added(r, state_add_entry(st, &entry));
		}
	}
}

static size_t read_matches(struct image_reader *r, const struct tnode *n, struct match *ret,
			   size_t max)
{
	size_t count = 0;

	for (const struct tnode *m = list_of(r, n, "matches"); m; m = m->next) {
		const char *type = tnode_text(tnode_get(m, "type"));
		const struct image_word *w = image_match_words;

		while (w->name && (!type || strcmp(w->name, type)))
			w++;
		if (!w->name || count == max) {
			image_problem(r, m, "type", "not a match that can be saved, or too many");
			continue;
		}
		ret[count] = (struct match){.type = (enum match_type)w->value};
		if (ret[count].type == MATCH_COMMENT)
			ret[count].comment = tnode_text(tnode_get(m, "text"));
		image_read(r, m, image_match(ret[count].type), &ret[count]);
		if (ret[count].type == MATCH_SET && ret[count].set.n_dirs > 3)
			image_problem(r, m, "dimensions", "must be 1 to 3");
		count++;
	}
	return count;
}

/* What is read of a kernel is ours, and nothing else is to be written: chains by their names, and in
 * built-in chains jumps to these. */
static void check_chain(struct image_reader *r, const struct tnode *n, const struct svclb_state *st,
			const struct chain *c)
{
	if ((c->family != 4 && c->family != 6) || !c->name[0])
		image_problem(r, n, "family", "a chain needs a name and family 4 or 6");
	else if (c->builtin ? builtin_order(c->name) < 0
			    : !chain_is_ours(st->prefix, c->table, c->name))
		image_problem(r, n, "name", "neither a chain of this prefix nor a built-in one");
}

static void check_jump(struct image_reader *r, const struct tnode *n, const struct svclb_state *st,
		       const struct rule *rule)
{
	const struct chain *c = &st->chains.v[rule->chain];

	if (c->builtin &&
	    (rule->target != TARGET_JUMP || !chain_is_ours(st->prefix, c->table, rule->jump)))
		image_problem(r, n, "target", "in a built-in chain, but no jump to one of ours");
}

static void read_rules(struct image_reader *r, const struct tnode *n, struct svclb_state *st,
		       uint32_t chain)
{
	for (const struct tnode *e = list_of(r, n, "rules"); e; e = e->next) {
		struct match matches[8];
		struct rule rule = {.chain = chain};
		size_t count = read_matches(r, e, matches, 8);

		image_read(r, e, image_rule, &rule);
		check_jump(r, e, st, &rule);
		added(r, state_add_rule(st, &rule, matches, count));
	}
}

static void read_chains(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	for (const struct tnode *c = list_of(r, n, "chains"); c; c = c->next) {
		struct chain chain = {0};
		int64_t i;

		image_read(r, c, image_chain, &chain);
		check_chain(r, c, st, &chain);
		i = state_add_chain(st, &chain);
		added(r, i);
		if (i >= 0)
			read_rules(r, c, st, (uint32_t)i);
	}
}

static void read_rest(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	const struct tnode *timeouts = tnode_get(n, "timeouts");

	for (const struct tnode *a = list_of(r, n, "addresses"); a; a = a->next) {
		struct link_addr addr = {0};

		image_read(r, a, image_addr, &addr);
		addr.origin = checked_origin(st, addr.origin);
		if (!addr.ip.family)
			image_problem(r, a, "address", "is missing");
		added(r, state_add_addr(st, &addr));
	}
	for (const struct tnode *s = list_of(r, n, "sysctls"); s; s = s->next) {
		struct sysctl sysctl = {0};

		image_read(r, s, image_sysctl, &sysctl);
		added(r, state_add_sysctl(st, sysctl.key, sysctl.value));
	}
	if (timeouts) {
		image_read(r, timeouts, image_timeouts, &st->timeouts);
		st->timeouts_given = true;
	}
}

static void read_clock(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	const struct tnode *clock = tnode_get(n, "secondsSinceBoot");
	uint64_t v = 0;

	if (clock && !read_number(clock, UINT32_MAX, &v))
		image_problem(r, clock, "secondsSinceBoot", "must be a number of seconds");
	st->clock_ms = v * 1000;
	st->settled = true; /* what the plan keeps for a while is in it */
}

void image_read_state(struct image_reader *r, const struct tnode *n, struct svclb_state *st)
{
	const struct tnode *link = tnode_get(n, "link");
	const struct tnode *guard = tnode_get(n, "otherGuard");

	if (!n || n->kind != TNODE_MAPPING) {
		image_problem(r, n, NULL, "a plan needs the objects \"from\" and \"to\"");
		return;
	}
	if (link && !store_bool(link, &st->link))
		image_problem(r, link, "link", "must be true or false");
	if (guard && !store_bool(guard, &st->other_guard))
		image_problem(r, guard, "otherGuard", "must be true or false");
	read_clock(r, n, st);
	read_origins(r, n, st);
	read_vservers(r, n, st);
	read_sets(r, n, st);
	read_chains(r, n, st);
	read_rest(r, n, st);
}
