/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growing arrays of one type. */
#include "vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int vec_reserve_(void **v, size_t *cap, size_t want, size_t size)
{
	size_t grown = *cap ? *cap : 8;
	void *p;

	if (want <= *cap)
		return 0;
	while (grown < want) {
		if (grown > SIZE_MAX / 2)
			return -1;
		grown *= 2;
	}
	if (grown > SIZE_MAX / size)
		return -1;
	p = realloc(*v, grown * size);
	if (!p)
		return -1;
	*v = p;
	*cap = grown;
	return 0;
}

void *vec_push_(void **v, size_t *n, size_t *cap, size_t size)
{
	unsigned char *p;

	if (*n == SIZE_MAX || vec_reserve_(v, cap, *n + 1, size) < 0)
		return NULL;
	p = (unsigned char *)*v + *n * size;
	memset(p, 0, size);
	(*n)++;
	return p;
}
