/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of the packet filter as the kernel lays them out: the first byte is the family, then one
 * entry behind the other. Where an entry ends is libiptc's word; everything inside is not.
 */
#include "fuzz.h"
#include "kernel/iptables.h"
#include "numbers.h"

#define ENTRIES_MAX 64

/* Verdicts and jumps have no name in the kernel; libiptc makes one up from the number. */
static const char *target_of(const struct xt_entry_target *t)
{
	static const char *const verdicts[] = {"", "ACCEPT", "DROP", "RETURN", "KUBE-MARK-MASQ"};

	/* the name may have no end; revisions of the verdict are of no use to the kernel */
	return t->u.user.name[0] ? t->u.user.name : verdicts[t->u.user.revision % 5];
}

static void use_rule(uint8_t family, const struct rule *r, const struct match *matches)
{
	struct chain chain = {.family = family, .table = TABLE_NAT, .name = "KUBE-SERVICES"};
	struct chain other = {.family = family, .table = TABLE_NAT, .name = "KUBE-MARK-MASQ"};
	struct svclb_state *st = state_new(options_defaults());
	struct rule copy = *r;
	int64_t i;

	FUZZ_CHECK(st);
	FUZZ_CHECK(state_add_chain(st, &other) >= 0); /* rules may jump to it */
	i = state_add_chain(st, &chain);
	FUZZ_CHECK(i >= 0);
	copy.chain = (uint32_t)i;
	FUZZ_CHECK(state_add_rule(st, &copy, matches, r->match_count) >= 0);
	FUZZ_CHECK(!state_seal(st, NULL));
	fuzz_render(st);
	FUZZ_CHECK(rule_same(st, &st->rules.v[0], st, &st->rules.v[0]) == !r->opaque);
	svclb_state_unref(st);
}

static void decode(struct xt_sets *sets, struct xt_buf *buf, uint8_t family, uint8_t *entry)
{
	struct xt_head h = xt_head(family, entry);
	struct match matches[XT_MATCHES_MAX];
	struct svclb_error *err = NULL;
	char target[XT_EXTENSION_MAXNAMELEN + 1] = "";
	struct rule r;

	if (*h.target_offset == XT_ALIGN(*h.target_offset) &&
	    *h.target_offset <= *h.next_offset - sizeof(struct xt_entry_target))
		(void)snprintf(target, sizeof(target), "%.*s", (int)sizeof(target) - 1,
			       target_of(xt_entry_target(family, entry)));
	if (xt_decode(sets, family, entry, target, buf, &r, matches, &err)) {
		svclb_error_unref(err);
		return;
	}
	use_rule(family, &r, matches);
}

/* The rule as one that is kept to be put back: its sets have the same numbers again. */
static void keep(struct xt_sets *sets, uint8_t family, const uint8_t *entry, size_t size)
{
	struct tc_table t = {.tc = tc_ops_of(family), .sets = *sets};
	struct svclb_error *err = NULL;
	struct edits e = {0};
	struct edit *d = vec_push(&e.v);
	struct edit_rule *r = d ? vec_push(&d->rules) : NULL;

	FUZZ_CHECK(r);
	r->entry = malloc(size);
	FUZZ_CHECK(r->entry);
	memcpy(r->entry, entry, size);
	if (kept_rule_remember(&t, r, &err) || kept_rules_refresh(&t, &e, &err))
		svclb_error_unref(err);
	else
		FUZZ_CHECK(!memcmp(r->entry, entry, size));
	*sets = t.sets;
	edits_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t family = size && data[0] == 6 ? 6 : 4;
	size_t least = xt_head_size(family) + sizeof(struct xt_entry_target);
	struct xt_sets sets = {.fd = -1};
	struct xt_buf buf = {0};
	size_t at = 1;

	for (int i = 0; i < ENTRIES_MAX && size >= at && size - at >= least; i++) {
		size_t left = size - at;
		uint8_t *entry = malloc(left);
		struct xt_head h;

		FUZZ_CHECK(entry);
		memcpy(entry, data + at, left);
		h = xt_head(family, entry);
		if (*h.next_offset < least || *h.next_offset > left)
			*h.next_offset = (uint16_t)(left > UINT16_MAX ? UINT16_MAX : left);
		left = *h.next_offset;
		entry = realloc(entry, left);
		FUZZ_CHECK(entry);
		decode(&sets, &buf, family, entry);
		keep(&sets, family, entry, left);
		free(entry);
		at += left;
	}
	xt_sets_free(&sets);
	vec_free(&buf.b);
	return 0;
}
