/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": the nearest known word to one that is not known. */
#include "cli.h"

#define WORD_MAX 40

/* Levenshtein distance; words longer than any of ours are far from all of them. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[lb];
}

void suggest_consider(struct suggestion *s, const char *name)
{
	size_t d = distance(s->wanted, name);
	size_t allowed = strlen(s->wanted) <= 3 ? 1 : 2 + strlen(s->wanted) / 6;
	size_t n = strlen(s->wanted);

	/* A beginning of the word is as good as a slip of one letter. */
	if (n >= 3 && !strncmp(name, s->wanted, n))
		d = 1;
	if (d > allowed || (s->best && d >= s->distance))
		return;
	s->best = name;
	s->distance = d;
}
