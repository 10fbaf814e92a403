/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chance that can be had again: the same seed gives the same numbers. */
#ifndef SVCLB_TEST_CHANCE_H
#define SVCLB_TEST_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* splitmix64: any state is a good one, so seeds may be small numbers */
static inline uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline unsigned below(uint64_t *state, unsigned n)
{
	return (unsigned)(draw(state) % n);
}

/* One in n. */
static inline bool sometimes(uint64_t *state, unsigned n)
{
	return !below(state, n);
}

#endif
