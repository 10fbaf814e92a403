/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the objects that problems name have to go, where some are faulty only beside another. */
#include "compile/blame.h"

#include <stdlib.h>
#include <string.h>

/* One object reports each thing that it lacks in its own words about the one that has it. */
static int by_claim(const void *a, const void *b)
{
	const struct fault_of *x = a;
	const struct fault_of *y = b;

	if (x->rival != y->rival)
		return x->rival < y->rival ? -1 : 1;
	return strcmp(svclb_error_get_message(x->e), svclb_error_get_message(y->e));
}

static int by_object(const void *a, const void *b)
{
	const struct fault_of *x = a;
	const struct fault_of *y = b;

	if (x->arrival != y->arrival)
		return x->arrival < y->arrival ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void number_groups(struct fault_of *v, size_t n, uint64_t *holders)
{
	qsort(v, n, sizeof(*v), by_claim);
	for (size_t i = 0, group = 0; i < n; i++) {
		group += i && by_claim(&v[i - 1], &v[i]);
		v[i].group = group;
		holders[group] = v[i].rival;
	}
}

/* Of one that is not decided yet: whether it goes whatever becomes of the others. */
static bool leaves(const struct fault_of *v, size_t n, uint64_t arrival)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v[mid].arrival < arrival)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && v[lo].arrival == arrival && v[lo].leaves;
}

/* The object of v[first] up to end. */
static void decide(struct fault_of *v, size_t n, size_t first, size_t end, uint64_t *holders)
{
	bool out = false;

	for (size_t i = first; i < end; i++) {
		uint64_t holder = holders[v[i].group];

		if (v[i].rival && leaves(v, n, holder))
			continue;
		/* where another one took the rival's place, the next round has the words for it */
		v[i].counts = holder == v[i].rival;
		out = true;
	}
	for (size_t i = first; i < end; i++) {
		v[i].leaves = out;
		if (!out)
			holders[v[i].group] = v[i].arrival;
	}
}

static size_t end_of(const struct fault_of *v, size_t n, size_t first)
{
	size_t end = first + 1;

	while (end < n && v[end].arrival == v[first].arrival)
		end++;
	return end;
}

/* What is faulty by itself: a rival may come behind the one that names it. */
static void mark_faulty(struct fault_of *v, size_t first, size_t end)
{
	bool faulty = false;

	for (size_t i = first; i < end; i++)
		faulty |= !v[i].rival;
	for (size_t i = first; i < end; i++)
		v[i].leaves = faulty;
}

int blame(struct fault_of *v, size_t n)
{
	uint64_t *holders = calloc(n + 1, sizeof(*holders));

	if (!holders)
		return -1;
	if (n)
		number_groups(v, n, holders);
	if (n)
		qsort(v, n, sizeof(*v), by_object);
	for (size_t first = 0, end; first < n; first = end) {
		end = end_of(v, n, first);
		mark_faulty(v, first, end);
	}
	for (size_t first = 0, end; first < n; first = end) {
		end = end_of(v, n, first);
		decide(v, n, first, end, holders);
	}
	free(holders);
	return 0;
}
