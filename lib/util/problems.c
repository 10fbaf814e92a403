/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of errors and warnings: bounded, sorted by their places, handed over as one. */
#include "error-parts.h"

void problems_add(struct problems *p, struct svclb_error *err)
{
	size_t limit = p->limit ? p->limit : 1000;

	p->count++;
	if (p->count > limit || (p->last && p->last->fixed)) {
		svclb_error_unref(err);
		return;
	}
	if (p->last)
		p->last->next = err;
	else
		p->first = err;
	p->kept++;
	for (; err->next; err = err->next, p->kept++)
		p->count++;
	p->last = err;
}

void problems_free(struct problems *p)
{
	svclb_error_unref(p->first);
	p->first = NULL;
	p->last = NULL;
	p->rest = NULL;
	p->count = p->kept = 0;
}

static struct svclb_error *rest_of(const struct problems *p)
{
	static const char hint[] =
		"raise limits.problems of the SvclbConfiguration, in C SVCLB_LIMIT_PROBLEMS";
	struct err_parts parts = {
		.severity = p->first->severity,
		.hint = p->limit ? hint : NULL,
	};

	return err_new(SVCLB_ELIMIT, &parts, "%zu more %s are not shown", p->count - p->kept,
		       p->first->severity == SVCLB_SEVERITY_ERROR ? "problems" : "warnings");
}

static bool drop_rest(struct problems *p)
{
	bool told = p->rest;

	if (told)
		p->last->next = svclb_error_unref(p->rest);
	p->rest = NULL;
	return told;
}

bool problems_tell(struct problems *p)
{
	drop_rest(p);
	if (!p->first || p->last->fixed || p->count <= p->kept)
		return true;
	p->rest = rest_of(p);
	if (p->rest->fixed)
		p->rest = NULL;
	p->last->next = p->rest;
	return p->rest;
}

void problems_move(struct problems *to, struct problems *from)
{
	bool told = drop_rest(from);
	size_t hidden = from->count;

	told |= drop_rest(to);
	while (from->first) {
		struct svclb_error *err = from->first;

		from->first = err->next;
		if (!err->fixed)
			err->next = NULL;
		problems_add(to, err);
		hidden--;
	}
	to->count += hidden;
	problems_free(from);
	if (told)
		(void)problems_tell(to); /* without memory the number is missing, as before */
}

static bool stands_before(const struct svclb_error *a, const struct svclb_error *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static struct svclb_error *merge_lists(struct svclb_error *a, struct svclb_error *b)
{
	struct svclb_error *first = NULL;
	struct svclb_error **end = &first;

	while (a && b) {
		struct svclb_error **from = stands_before(b, a) ? &b : &a;

		*end = *from;
		*from = (*from)->next;
		end = &(*end)->next;
	}
	*end = a ? a : b;
	return first;
}

/* Sorts the first n of a list and cuts them off; *rest is what follows them. */
static struct svclb_error *sort_list(struct svclb_error *list, size_t n, struct svclb_error **rest)
{
	struct svclb_error *first;

	if (n == 1) {
		*rest = list->next;
		list->next = NULL;
		return list;
	}
	first = sort_list(list, n / 2, &list);
	return merge_lists(first, sort_list(list, n - n / 2, rest));
}

void problems_sort(struct problems *p)
{
	size_t n = 0;

	drop_rest(p);
	for (struct svclb_error *e = p->first; e; e = e->next, n++)
		if (e->fixed)
			return; /* it is everybody's and cannot be moved */
	if (n > 1)
		p->first = sort_list(p->first, n, &p->last);
	for (p->last = p->first; p->last && p->last->next;)
		p->last = p->last->next;
}

int problems_give(struct problems *p, struct svclb_error **reterr)
{
	int ret;

	if (!p->first)
		return 0;
	if (!problems_tell(p))
		p->last->next = &err_out_of_memory;
	ret = err_give(reterr, p->first);
	p->first = NULL;
	problems_free(p);
	return ret;
}
