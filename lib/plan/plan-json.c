/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as JSON: the steps in words, and the objects they need so that it can be loaded again. */
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"
#include "plan/image.h"
#include "plan/prints.h"
#include "plan/step-text.h"

/* Which objects of one side belong into the file. */
struct marks {
	bool *vservers;
	bool *rservers;
	bool *sets;
	bool *entries;
	bool *addrs;
	bool *sysctls;
	bool tables[2 * TABLE_COUNT_];
	bool timeouts;
};

static void marks_free(struct marks *m)
{
	free(m->vservers);
	free(m->rservers);
	free(m->sets);
	free(m->entries);
	free(m->addrs);
	free(m->sysctls);
}

static bool marks_new(struct marks *m, const struct svclb_state *st)
{
	m->vservers = calloc(st->vservers.n + 1, sizeof(bool));
	m->rservers = calloc(st->rservers.n + 1, sizeof(bool));
	m->sets = calloc(st->sets.n + 1, sizeof(bool));
	m->entries = calloc(st->entries.n + 1, sizeof(bool));
	m->addrs = calloc(st->addrs.n + 1, sizeof(bool));
	m->sysctls = calloc(st->sysctls.n + 1, sizeof(bool));
	return m->vservers && m->rservers && m->sets && m->entries && m->addrs && m->sysctls;
}

static void mark_vserver(struct marks *m, const struct svclb_state *st, uint32_t i, bool children)
{
	m->vservers[i] = true;
	for (uint32_t k = 0; children && k < st->vservers.v[i].rs_count; k++)
		m->rservers[st->vservers.v[i].rs_first + k] = true;
}

static void mark(struct marks *m, const struct svclb_state *st, const struct svclb_step *s,
		 uint32_t i)
{
	switch (s->kind) {
	case STEP_VSERVER:
		mark_vserver(m, st, i, s->op == STEP_DELETE);
		break;
	case STEP_VSERVER_FLOWS: /* one that may not change itself */
		mark_vserver(m, st, i, true);
		break;
	case STEP_RSERVER:
		m->rservers[i] = true;
		m->vservers[st->rservers.v[i].vs] = true;
		break;
	case STEP_SET:
		m->sets[i] = true;
		break;
	case STEP_ENTRY:
		m->entries[i] = true;
		m->sets[st->entries.v[i].set] = true;
		break;
	case STEP_ADDR:
		m->addrs[i] = true;
		break;
	case STEP_SYSCTL:
		m->sysctls[i] = true;
		break;
	case STEP_TABLE:
		m->tables[i] = true;
		break;
	case STEP_TIMEOUTS:
		m->timeouts = true;
		break;
	}
}

/* Whether a virtual server had real servers decides about its flows, so all of them are kept. */
static void mark_udp(struct marks *m, const struct svclb_state *st)
{
	for (uint32_t i = 0; i < st->vservers.n; i++)
		if (m->vservers[i] && st->vservers.v[i].key.proto == PROTO_UDP)
			mark_vserver(m, st, i, true);
}

/* Parents that do not change stand on both sides, or their children would look like theirs. */
static void mark_parents(struct marks *a, const struct svclb_state *sa, struct marks *b,
			 const struct svclb_state *sb)
{
	for (uint32_t i = 0; i < sa->vservers.n; i++) {
		const struct vserver *other =
			a->vservers[i] ? state_find_vserver(sb, &sa->vservers.v[i].key) : NULL;

		if (other)
			b->vservers[other - sb->vservers.v] = true;
	}
	for (uint32_t i = 0; i < sa->sets.n; i++) {
		const struct ipset *other =
			a->sets[i] ? state_find_set(sb, sa->sets.v[i].name) : NULL;

		if (other)
			b->sets[other - sb->sets.v] = true;
	}
}

static void write_origins(struct jsonout *j, const struct svclb_state *st)
{
	jsonout_key(j, "origins");
	jsonout_array(j);
	for (size_t i = 1; i < st->origins.n; i++) {
		const struct origin *o = &st->origins.v[i];

		jsonout_object(j);
		jsonout_kv_str(j, "object", o->object);
		jsonout_kv_str(j, "file", o->file);
		jsonout_kv_int(j, "line", o->at.line);
		jsonout_kv_int(j, "column", o->at.column);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

/* For real servers that get connections before they are deleted. What was read does not say. */
static void write_drain(struct jsonout *j, const struct svclb_state *st, const struct vserver *vs)
{
	char seconds[16];

	if (st->was_read || vs->key.proto != PROTO_TCP || vs->drain_sec == DRAIN_UNTOLD)
		return;
	(void)snprintf(seconds, sizeof(seconds), "%us", vs->drain_sec); /* always fits */
	jsonout_kv_str(j, "drain", vs->drain_sec == DRAIN_LINGER ? "linger" : seconds);
}

static void write_vservers(struct jsonout *j, const struct svclb_state *st, const struct marks *m)
{
	jsonout_key(j, "virtualServers");
	jsonout_array(j);
	for (uint32_t i = 0; i < st->vservers.n; i++) {
		const struct vserver *vs = &st->vservers.v[i];

		if (!m->vservers[i])
			continue;
		jsonout_object(j);
		image_write(j, image_vserver, vs);
		write_drain(j, st, vs);
		jsonout_key(j, "realServers");
		jsonout_array(j);
		for (uint32_t k = vs->rs_first; k < vs->rs_first + vs->rs_count; k++) {
			if (!m->rservers[k])
				continue;
			jsonout_object(j);
			image_write(j, image_rserver, &st->rservers.v[k]);
			jsonout_object_end(j);
		}
		jsonout_array_end(j);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

static void write_sets(struct jsonout *j, const struct svclb_state *st, const struct marks *m)
{
	jsonout_key(j, "sets");
	jsonout_array(j);
	for (uint32_t i = 0; i < st->sets.n; i++) {
		const struct ipset *set = &st->sets.v[i];

		if (!m->sets[i])
			continue;
		jsonout_object(j);
		image_write(j, image_set, set);
		jsonout_key(j, "entries");
		jsonout_array(j);
		for (uint32_t k = set->entry_first; k < set->entry_first + set->entry_count; k++) {
			if (!m->entries[k])
				continue;
			jsonout_object(j);
			image_write(j, image_entry, &st->entries.v[k]);
			jsonout_object_end(j);
		}
		jsonout_array_end(j);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

static void write_rule(struct jsonout *j, const struct svclb_state *st, const struct rule *r)
{
	jsonout_object(j);
	image_write(j, image_rule, r);
	jsonout_key(j, "matches");
	jsonout_array(j);
	for (uint32_t i = 0; i < r->match_count; i++) {
		const struct match *m = &st->matches.v[r->match_first + i];
		const struct image_word *w = image_match_words;

		while (w->name && w->value != (uint32_t)m->type)
			w++;
		jsonout_object(j);
		jsonout_kv_str(j, "type", w->name ? w->name : "other");
		if (m->type == MATCH_COMMENT)
			jsonout_kv_str(j, "text", m->comment);
		if (image_match(m->type))
			image_write(j, image_match(m->type), m);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
	jsonout_object_end(j);
}

static void write_chains(struct jsonout *j, const struct svclb_state *st, const struct marks *m)
{
	jsonout_key(j, "chains");
	jsonout_array(j);
	for (size_t i = 0; i < st->chains.n; i++) {
		const struct chain *c = &st->chains.v[i];

		if (!m->tables[table_index(c->family, c->table)])
			continue;
		jsonout_object(j);
		image_write(j, image_chain, c);
		jsonout_key(j, "rules");
		jsonout_array(j);
		for (uint32_t k = 0; k < c->rule_count; k++)
			write_rule(j, st, &st->rules.v[c->rule_first + k]);
		jsonout_array_end(j);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
}

static void write_rest(struct jsonout *j, const struct svclb_state *st, const struct marks *m)
{
	jsonout_key(j, "addresses");
	jsonout_array(j);
	for (size_t i = 0; i < st->addrs.n; i++) {
		if (!m->addrs[i])
			continue;
		jsonout_object(j);
		image_write(j, image_addr, &st->addrs.v[i]);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
	jsonout_key(j, "sysctls");
	jsonout_array(j);
	for (size_t i = 0; i < st->sysctls.n; i++) {
		if (!m->sysctls[i])
			continue;
		jsonout_object(j);
		image_write(j, image_sysctl, &st->sysctls.v[i]);
		jsonout_object_end(j);
	}
	jsonout_array_end(j);
	if (m->timeouts) {
		jsonout_key(j, "timeouts");
		jsonout_object(j);
		image_write(j, image_timeouts, &st->timeouts);
		jsonout_object_end(j);
	}
}

static void write_side(struct jsonout *j, const char *name, const struct svclb_state *st,
		       const struct marks *m)
{
	jsonout_key(j, name);
	jsonout_object(j);
	jsonout_kv_bool(j, "link", st->link);
	if (st->other_guard)
		jsonout_kv_bool(j, "otherGuard", true);
	if (st->clock_ms)
		jsonout_kv_int(j, "secondsSinceBoot", (int64_t)(st->clock_ms / 1000));
	write_origins(j, st);
	write_vservers(j, st, m);
	write_sets(j, st, m);
	write_chains(j, st, m);
	write_rest(j, st, m);
	jsonout_object_end(j);
}

static void write_steps(struct jsonout *j, const struct svclb_plan *plan)
{
	jsonout_key(j, "steps");
	jsonout_array(j);
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct svclb_step *s = &plan->steps.v[i];
		struct strbuf text = {0};

		step_text(&text, plan, s);
		jsonout_object(j);
		jsonout_kv_str(j, "op", svclb_step_get_op(s));
		jsonout_kv_str(j, "subsystem", svclb_step_get_subsystem(s));
		jsonout_kv_str(j, "object", text.s);
		jsonout_kv_str(j, "origin", step_origin(plan, s)->object);
		jsonout_object_end(j);
		j->b->failed |= text.failed;
		strbuf_free(&text);
	}
	jsonout_array_end(j);
}

static void write_prints(struct jsonout *j, const struct svclb_plan *plan)
{
	struct plan_prints prints;

	if (!plan_prints(plan, &prints)) {
		j->b->failed = true;
		return;
	}
	jsonout_key(j, "fingerprints");
	jsonout_object(j);
	jsonout_kv_str(j, "from", prints.from);
	jsonout_kv_str(j, "wanted", prints.wanted);
	jsonout_object_end(j);
}

static void write_plan(struct jsonout *j, const struct svclb_plan *plan, const struct marks *from,
		       const struct marks *to)
{
	jsonout_object(j);
	jsonout_kv_str(j, "apiVersion", "svclb.io/v1alpha1");
	jsonout_kv_str(j, "kind", "Plan");
	jsonout_kv_str(j, "formatVersion", "1.0");
	jsonout_kv_bool(j, "changed", plan->steps.n > 0);
	jsonout_kv_str(j, "prefix", plan->to->prefix);
	jsonout_kv_str(j, "linkName", plan->to->link_name);
	write_prints(j, plan);
	write_steps(j, plan);
	write_side(j, "from", plan->from, from);
	write_side(j, "to", plan->to, to);
	jsonout_object_end(j);
	strbuf_addc(j->b, '\n');
}

int svclb_plan_to_json(const struct svclb_plan *plan, char **ret, struct svclb_error **reterr)
{
	struct strbuf b = {0};
	struct jsonout j = {.b = &b};
	struct marks from = {0};
	struct marks to = {0};
	char *text = NULL;

	if (!plan || !ret)
		return err_set(reterr, SVCLB_EINVAL, "a plan and a place for the text are needed");
	if (marks_new(&from, plan->from) && marks_new(&to, plan->to)) {
		for (size_t i = 0; i < plan->steps.n; i++) {
			const struct svclb_step *s = &plan->steps.v[i];

			if (s->before != STEP_NONE)
				mark(&from, plan->from, s, s->before);
			if (s->after != STEP_NONE)
				mark(&to, plan->to, s, s->after);
		}
		mark_parents(&from, plan->from, &to, plan->to);
		mark_parents(&to, plan->to, &from, plan->from);
		mark_udp(&from, plan->from);
		mark_udp(&to, plan->to);
		write_plan(&j, plan, &from, &to);
		text = strbuf_steal(&b);
	}
	marks_free(&from);
	marks_free(&to);
	if (!text)
		return err_nomem(reterr);
	*ret = text;
	return 0;
}
