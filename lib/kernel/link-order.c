/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses that are put back come in such an order that the kernel lists them as before, for its
 * list is what tools print and what source addresses are chosen from. It has a new IPv4 address
 * behind all others of the link, and a new IPv6 one before them or, in later versions, behind them
 * too. Where others have stayed, that is where those that come back stand.
 */
#include "kernel/link.h"

#include <stdlib.h>

/* The address that undoing step i puts back; NULL: it does something else. */
static const struct link_addr *comes_back(const struct backend_run *run, size_t i)
{
	const struct svclb_step *s = run->steps[i];

	return s->kind == STEP_ADDR && s->op == STEP_DELETE ? &run->plan->from->addrs.v[s->before]
							    : NULL;
}

/* ---- where the kernel puts a new IPv6 address ---- */

static int send_two(struct link_backend *l, bool add, int index, const struct ipaddr *two[2])
{
	struct nlbuf buf = {0};
	char text[NL_TEXT_MAX];
	int errors[2];
	int rc;

	for (int i = 0; i < 2; i++)
		link_put_addr(&buf, add, index, two[i]);
	rc = nl_batch(l->nl, &buf, errors, text, NULL, NULL);
	nlbuf_free(&buf);
	return rc;
}

/* Whether of two addresses that were added the second is listed first. */
static bool is_listed_first(struct link_backend *l, int index, const struct ipaddr *two[2])
{
	link_address_vec now = {0};
	bool first = true;

	(void)link_list_addrs(l, &now, NULL); /* an empty list is an answer like "before" */
	for (size_t i = 0; i < now.n; i++) {
		if (now.v[i].index != index || ip_cmp(&now.v[i].ip, two[0]))
			continue;
		for (size_t k = i + 1; k < now.n; k++)
			if (now.v[k].index == index && !ip_cmp(&now.v[k].ip, two[1]))
				first = false;
	}
	vec_free(&now);
	return first;
}

/* Tries it out with two of those that come back, before they do. */
static bool is_newest_first(struct link_backend *l, const struct backend_run *run)
{
	const struct ipaddr *two[2] = {NULL, NULL};
	struct link_info info = {.index = 0};
	bool first;
	size_t n = 0;

	for (size_t i = 0; i < run->n && n < 2; i++) {
		const struct link_addr *a = comes_back(run, i);

		/* one that perhaps never went must not go for this */
		if (a && a->ip.family == 6 && *run->done[i] == FATE_DONE)
			two[n++] = &a->ip;
	}
	if (n < 2 || link_find(l, &info, NULL) || !info.index || send_two(l, true, info.index, two))
		return true;
	first = is_listed_first(l, info.index, two);
	(void)send_two(l, false, info.index, two); /* one that stays is met, and is no failure */
	return first;
}

/* ---- sorting ---- */

struct placed {
	uint32_t key;
	const struct svclb_step *step;
	enum fate *done;
};

static int by_key(const void *a, const void *b)
{
	const struct placed *x = a;
	const struct placed *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Sorts steps [first, first + n), all of which put addresses back. */
static bool sort(struct link_order *o, size_t first, size_t n, bool newest_first)
{
	struct placed *v = calloc(n + 1, sizeof(*v));

	for (size_t i = 0; v && i < n; i++) {
		const struct link_addr *a = comes_back(&o->run, first + i);

		v[i].key = a->ip.family == 6 && newest_first ? UINT32_MAX - a->place : a->place;
		v[i].step = o->steps[first + i];
		v[i].done = o->done[first + i];
	}
	if (!v)
		return false;
	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 0; i < n; i++) {
		o->steps[first + i] = v[i].step;
		o->done[first + i] = v[i].done;
	}
	free(v);
	return true;
}

void link_order_free(struct link_order *o)
{
	free(o->steps);
	free(o->done);
}

const struct backend_run *link_order_back(struct link_backend *l, const struct backend_run *run,
					  struct link_order *o)
{
	size_t first = 0;
	size_t n = 0;

	while (first < run->n && !comes_back(run, first))
		first++;
	while (first + n < run->n && comes_back(run, first + n))
		n++;
	o->run = *run;
	o->steps = calloc(run->n + 1, sizeof(*o->steps));
	o->done = calloc(run->n + 1, sizeof(*o->done));
	if (n < 2 || !o->steps || !o->done)
		return run;
	for (size_t i = 0; i < run->n; i++) {
		o->steps[i] = run->steps[i];
		o->done[i] = run->done[i];
	}
	o->run.steps = o->steps;
	o->run.done = o->done;
	return sort(o, first, n, is_newest_first(l, run)) ? &o->run : run;
}
