/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets are large enough for what comes beside what is to go. */
#include "plan/room.h"

/* Entries of set b of `to` and of set a of `from`, equal ones once. */
static uint32_t count_both(const struct svclb_state *from, const struct ipset *a,
			   const struct svclb_state *to, const struct ipset *b)
{
	uint32_t n = 0;
	uint32_t i = 0;
	uint32_t j = 0;

	while (i < a->entry_count && j < b->entry_count) {
		int r = entry_key_cmp(&from->entries.v[a->entry_first + i],
				      &to->entries.v[b->entry_first + j]);

		i += r <= 0;
		j += r >= 0;
		n++;
	}
	return n + (a->entry_count - i) + (b->entry_count - j);
}

/* The size that set b has to have, its own where that is enough. */
static uint32_t room_for(const struct svclb_state *from, const struct svclb_state *to,
			 const struct ipset *b)
{
	const struct ipset *a = state_find_set(from, b->name);
	uint32_t size = b->maxelem;
	uint32_t both;

	if (!a || !size || a->type != b->type || a->family != b->family)
		return size;
	if ((uint64_t)a->entry_count + b->entry_count <= a->maxelem)
		return size; /* without looking at each of them */
	both = count_both(from, a, to, b);
	if (both <= a->maxelem)
		return size;
	while (size < both && size <= UINT32_MAX / 2)
		size *= 2;
	return size;
}

static bool has_room(const struct svclb_state *from, const struct svclb_state *to)
{
	for (size_t i = 0; i < to->sets.n; i++)
		if (room_for(from, to, &to->sets.v[i]) > to->sets.v[i].maxelem)
			return false;
	return true;
}

int room_merge(const struct svclb_state *from, struct svclb_state **to)
{
	struct svclb_state *merged;

	/* a state that was read is gone back to, and what came in between goes first */
	if ((*to)->was_read || has_room(from, *to))
		return 0;
	merged = state_clone(*to);
	svclb_state_unref(*to);
	*to = merged;
	if (merged && !state_seal(merged, NULL)) {
		for (size_t i = 0; i < merged->sets.n; i++)
			merged->sets.v[i].maxelem = room_for(from, merged, &merged->sets.v[i]);
		return 0;
	}
	svclb_state_unref(merged);
	*to = NULL;
	return -1;
}
