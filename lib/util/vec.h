/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growing arrays of one type. */
#ifndef SVCLB_UTIL_VEC_H
#define SVCLB_UTIL_VEC_H

#include <stddef.h>

#define VEC(type)           \
	struct {            \
		type *v;    \
		size_t n;   \
		size_t cap; \
	}

/* Room for at least `want` elements; 0, or -1 when out of memory (nothing changed). */
int vec_reserve_(void **v, size_t *cap, size_t want, size_t size);

/* Pointer to a new zeroed last element, or NULL when out of memory. */
void *vec_push_(void **v, size_t *n, size_t *cap, size_t size);

#define vec_reserve(vec, want) \
	vec_reserve_((void **)&(vec)->v, &(vec)->cap, (want), sizeof(*(vec)->v))
#define vec_push(vec)                                                                \
	((__typeof__((vec)->v))vec_push_((void **)&(vec)->v, &(vec)->n, &(vec)->cap, \
					 sizeof(*(vec)->v)))
#define vec_free(vec)            \
	do {                     \
		free((vec)->v);  \
		(vec)->v = NULL; \
		(vec)->n = 0;    \
		(vec)->cap = 0;  \
	} while (0)

#endif
