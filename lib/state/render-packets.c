/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets as `ipset save` prints them, and tables as `iptables-save` does. */
#include "state/draining.h"
#include "state/names.h"
#include "state/render.h"

static void add_create(struct strbuf *b, const struct ipset *set)
{
	strbuf_addf(b, "create %s %s", set->name, set_type_name(set->type));
	if (set->type == SET_BITMAP_PORT)
		strbuf_add(b, " range 0-65535\n");
	else if (set->type == SET_OTHER)
		strbuf_addc(b, '\n');
	else /* the size of buckets is the kernel's own choice, which the tool prints */
		strbuf_addf(b, " family %s hashsize %u maxelem %u%s bucketsize 12\n",
			    set->family == 6 ? "inet6" : "inet", set->hashsize, set->maxelem,
			    set->noted ? " comment" : "");
}

static void add_entry(struct strbuf *b, const struct ipset *set, const struct set_entry *e)
{
	char text[KEY_TEXT_MAX];
	char note[DRAIN_NOTE_MAX];

	strbuf_addf(b, "add %s %s", set->name, entry_text(set->type, e, text, sizeof(text)));
	if (set->noted)
		strbuf_addf(b, " comment \"%s\"", drain_note(e, note));
	strbuf_addc(b, '\n');
}

void render_ipset(struct strbuf *b, const struct svclb_state *st)
{
	for (size_t i = 0; i < st->sets.n; i++) {
		const struct ipset *set = &st->sets.v[i];

		add_create(b, set);
		for (uint32_t k = 0; k < set->entry_count; k++)
			add_entry(b, set, &st->entries.v[set->entry_first + k]);
	}
}

/* The built-in chains of a table in the order in which the tool lists them. */
static const char *const builtins[TABLE_COUNT_][6] = {
	[TABLE_FILTER] = {"INPUT", "FORWARD", "OUTPUT"},
	[TABLE_NAT] = {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"},
	[TABLE_MANGLE] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"},
};

/* The range of a table's chains: a sealed state has them together. */
static size_t table_range(const struct svclb_state *st, uint8_t family, enum table t, size_t *first)
{
	size_t i = 0;

	while (i < st->chains.n && (st->chains.v[i].family != family || st->chains.v[i].table != t))
		i++;
	*first = i;
	while (i < st->chains.n && st->chains.v[i].family == family && st->chains.v[i].table == t)
		i++;
	return i;
}

static void add_table(struct strbuf *b, const struct svclb_state *st, uint8_t family, enum table t)
{
	size_t first;
	size_t end = table_range(st, family, t, &first);

	if (first == end)
		return;
	strbuf_addf(b, "*%s\n", table_name(t));
	for (size_t i = 0; builtins[t][i]; i++)
		strbuf_addf(b, ":%s ACCEPT\n", builtins[t][i]);
	for (size_t i = first; i < end; i++)
		if (!st->chains.v[i].builtin)
			strbuf_addf(b, ":%s -\n", st->chains.v[i].name);
	for (size_t i = first; i < end; i++) {
		const struct chain *c = &st->chains.v[i];

		for (uint32_t k = 0; k < c->rule_count; k++) {
			rule_text(b, st, c, &st->rules.v[c->rule_first + k]);
			strbuf_addc(b, '\n');
		}
	}
	strbuf_add(b, "COMMIT\n");
}

void render_iptables(struct strbuf *b, const struct svclb_state *st, uint8_t family)
{
	for (int t = 0; t < TABLE_COUNT_; t++)
		add_table(b, st, family, (enum table)t);
}
