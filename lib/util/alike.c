/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that differ in little: capitals, a letter more or less. */
#include "util/alike.h"

#include <string.h>

/* Longer words are not compared: no field or annotation has such a name. */
#define WORD_MAX 48

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool words_same(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Letters to add, drop or change to get from one word to the other; two swapped count as one. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned d[3][WORD_MAX + 1];

	for (size_t k = 0; k <= m; k++)
		d[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = d[i % 3];
		const unsigned *up = d[(i + 2) % 3];
		const unsigned *up2 = d[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			row[k] = least(up[k] + 1, row[k - 1] + 1,
				       up[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], up2[k - 2] + 1, row[k]);
		}
	}
	return d[n % 3][m];
}

bool words_alike(const char *a, const char *b)
{
	size_t n = strlen(a);
	size_t m = strlen(b);

	if (words_same(a, b))
		return true;
	if (n > WORD_MAX || m > WORD_MAX || n > m + 2 || m > n + 2)
		return false;
	return distance(a, n, b, m) <= (n < 4 ? 0u : n < 8 ? 1u : 2u);
}
