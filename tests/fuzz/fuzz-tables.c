/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables of the packet filter as libiptc hands them out: a byte for family and table, then pieces,
 * each with a byte that says what it is and its length in two bytes, low one first. A piece is the
 * head of a chain, or a rule of the chain before it. Libiptc itself is not asked, as it takes the
 * kernel's word for everything. It is a name's and an entry's end, where the target stands, and
 * where a rule leads.
 */
#include "fuzz.h"
#include "kernel/iptables.h"
#include "numbers.h"
#include "use.h"

#define CHAINS_MAX 16
#define RULES_MAX  64

#define PIECE_CHAIN   0x80 /* not a rule */
#define PIECE_BUILTIN 0x40 /* chains: of the kernel's own */

struct fake_rule {
	uint8_t *entry; /* of exactly its size */
	uint8_t chain;
	uint8_t to; /* number of a verdict, or beyond them of a chain */
	char target[XT_EXTENSION_MAXNAMELEN + 1];
};

static struct {
	char chains[CHAINS_MAX][TC_CHAIN_MAX];
	bool builtin[CHAINS_MAX];
	size_t n_chains;
	struct fake_rule rules[RULES_MAX];
	size_t n_rules;
	size_t chain; /* that first_chain() or next_chain() gave */
} fake;

/* ---- libiptc ---- */

static const char *next_chain(struct xtc_handle *h)
{
	(void)h;
	return fake.chain < fake.n_chains ? fake.chains[fake.chain++] : NULL;
}

static const char *first_chain(struct xtc_handle *h)
{
	fake.chain = 0;
	return next_chain(h);
}

static size_t find_chain(const char *name)
{
	size_t i = 0;

	while (i < fake.n_chains && strcmp(fake.chains[i], name) != 0)
		i++;
	return i;
}

static int is_chain(const char *name, struct xtc_handle *h)
{
	(void)h;
	return find_chain(name) < fake.n_chains;
}

static int builtin(const char *name, struct xtc_handle *h)
{
	return is_chain(name, h) && fake.builtin[find_chain(name)];
}

/* The first rule of the chain from number i on. */
static const void *rule_from(size_t i, size_t chain)
{
	while (i < fake.n_rules && fake.rules[i].chain != chain)
		i++;
	return i < fake.n_rules ? fake.rules[i].entry : NULL;
}

static size_t find_rule(const void *rule)
{
	size_t i = 0;

	while (i < fake.n_rules && fake.rules[i].entry != rule)
		i++;
	FUZZ_CHECK(i < fake.n_rules);
	return i;
}

static const void *first_rule(const char *chain, struct xtc_handle *h)
{
	FUZZ_CHECK(is_chain(chain, h));
	return rule_from(0, find_chain(chain));
}

static const void *next_rule(const void *rule, struct xtc_handle *h)
{
	size_t i = find_rule(rule);

	(void)h;
	return rule_from(i + 1, fake.rules[i].chain);
}

static const char *target(const void *rule, struct xtc_handle *h)
{
	static const char *const verdicts[] = {"", "ACCEPT", "DROP", "RETURN", "QUEUE"};
	const size_t n = sizeof(verdicts) / sizeof(verdicts[0]);
	const struct fake_rule *r = &fake.rules[find_rule(rule)];

	(void)h;
	if (r->target[0])
		return r->target;
	if (r->to < n)
		return verdicts[r->to];
	return fake.chains[(r->to - n) % fake.n_chains];
}

static struct tc_ops ops = {
	.first_chain = first_chain,
	.next_chain = next_chain,
	.builtin = builtin,
	.is_chain = is_chain,
	.first_rule = first_rule,
	.next_rule = next_rule,
	.target = target,
};

/* ---- the table of an input ---- */

static void add_chain(uint8_t what, const uint8_t *data, size_t len)
{
	char name[TC_CHAIN_MAX] = "";

	memcpy(name, data, len < sizeof(name) ? len : sizeof(name) - 1);
	if (!name[0] || is_chain(name, NULL) || fake.n_chains == CHAINS_MAX)
		return;
	fake.builtin[fake.n_chains] = what & PIECE_BUILTIN;
	memcpy(fake.chains[fake.n_chains++], name, sizeof(name));
}

static void add_rule(uint8_t what, const uint8_t *data, size_t len)
{
	size_t least = xt_head_size(ops.family);
	struct fake_rule *r = &fake.rules[fake.n_rules];
	struct xt_head h;

	if (!fake.n_chains || fake.n_rules == RULES_MAX ||
	    len < least + sizeof(struct xt_entry_target))
		return;
	*r = (struct fake_rule){
		.entry = malloc(len), .chain = (uint8_t)(fake.n_chains - 1), .to = what};
	FUZZ_CHECK(r->entry);
	memcpy(r->entry, data, len);
	h = xt_head(ops.family, r->entry);
	*h.next_offset = (uint16_t)len;
	if (*h.target_offset < least || *h.target_offset % __alignof__(struct xt_entry_target) ||
	    *h.target_offset > len - sizeof(struct xt_entry_target))
		*h.target_offset = (uint16_t)least;
	memcpy(r->target, xt_entry_target(ops.family, r->entry)->u.user.name,
	       sizeof(r->target) - 1);
	fake.n_rules++;
}

static void make_table(const uint8_t *data, size_t size)
{
	while (size > 3) {
		size_t len = data[1] | (size_t)data[2] << 8;

		len = len < size - 3 ? len : size - 3;
		(data[0] & PIECE_CHAIN ? add_chain : add_rule)(data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
}

static void drop_table(void)
{
	for (size_t i = 0; i < fake.n_rules; i++)
		free(fake.rules[i].entry);
	memset(&fake, 0, sizeof(fake));
}

/* ---- reading ---- */

static void plan_edits(struct tc_table *t, const struct svclb_state *want, struct edits *e)
{
	struct svclb_error *err = NULL;
	struct edits back = {0};
	int r = edits_plan(t, want, e, &back, &err);

	if (r)
		fuzz_take_error(r, err);
	edits_free(&back);
}

/* Nothing is left to do where all is as it was read. */
static void edit(struct tc_table *t, const struct svclb_state *st)
{
	struct edits e = {0};
	bool opaque = false;

	for (size_t i = 0; i < st->rules.n; i++)
		opaque = opaque || st->rules.v[i].opaque;
	plan_edits(t, NULL, &e);
	edits_free(&e);
	if (opaque) /* it would be about rules that nobody can write */
		return;
	plan_edits(t, st, &e);
	FUZZ_CHECK(!e.v.n);
	edits_free(&e);
}

static void read_table(struct tc_table *t)
{
	struct svclb_state *st = state_new(options_defaults());
	struct svclb_error *err = NULL;
	int r;

	FUZZ_CHECK(st);
	r = iptables_read_table(t, st, &err);
	if (r)
		fuzz_take_error(r, err);
	else
		fuzz_use_state(st);
	if (!r && st->sealed)
		edit(t, st);
	svclb_state_unref(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backend b = {.opts = options_defaults()};
	struct tc_table t = {.b = &b, .tc = &ops, .sets = {.fd = -1}};

	if (!size)
		return 0;
	ops.family = data[0] & 1 ? 6 : 4;
	t.table = (enum table)(data[0] / 2 % TABLE_COUNT_);
	make_table(data + 1, size - 1);
	read_table(&t);
	xt_sets_free(&t.sets);
	vec_free(&t.buf.b);
	drop_table();
	return 0;
}
