/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of annotations that change nothing, because every endpoint has a nearer one. */
#include "model/nearer.h"

#include "model/idle.h"
#include "model/keys.h"

#define EVERY "the number for all has no effect: every endpoint has a nearer one"

/* The list of a Service has nothing before it. */
static const struct {
	enum source from;
	const char *why;
} rows[] = {
	{SOURCE_SLICE_LIST, "has no effect on an address that the Service names too"},
	{SOURCE_POD, "has no effect: a list of its Service or slice has its address"},
	{SOURCE_SLICE, EVERY},
	{SOURCE_SERVICE, EVERY},
};

_Static_assert(SOURCE_COUNT_ *VALUE_COUNT_ <= 16, "a tally has a bit for each");

static uint16_t bit_of(enum source from, enum endpoint_value which)
{
	return (uint16_t)(1u << ((unsigned)from * VALUE_COUNT_ + (unsigned)which));
}

bool nearer_new(struct check *c, struct nearer *ret)
{
	ret->v = check_scratch(c, c->model->objects.n, sizeof(*ret->v));
	return ret->v;
}

void nearer_note(struct nearer *n, const struct svclb_object *o, enum source from,
		 enum endpoint_value which, bool counts)
{
	struct tally *t = &n->v[o->place];

	if (counts)
		t->counted |= bit_of(from, which);
	else
		t->lost |= bit_of(from, which);
}

/* Of a list each address is looked at, of a number for all what becomes of it. */
static bool idle(const struct tally *t, enum source from, enum endpoint_value which)
{
	uint16_t bit = bit_of(from, which);

	return t->lost & bit && (from == SOURCE_SLICE_LIST || !(t->counted & bit));
}

static void warn_one(struct check *c, const struct nearer *n, size_t row, enum endpoint_value which)
{
	struct found f = {.others = 0};
	const char *path;

	for (size_t i = 0; i < c->model->objects.n && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (!idle(&n->v[i], rows[row].from, which))
			continue;
		spot.at = annotation_find(&o->meta->annotations, endpoint_value_names[which])->at;
		idle_find(&f, o, &spot);
	}
	path = arena_printf(&c->scratch, ANNOTATION_PATH "%s]", endpoint_value_names[which]);
	if (path)
		idle_warn(c, &f, path, rows[row].why);
	else
		c->given_up = true;
}

void nearer_warn(struct check *c, const struct nearer *n)
{
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (int i = 0; i < VALUE_COUNT_ && !c->given_up; i++)
			warn_one(c, n, row, (enum endpoint_value)i);
}
