/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is freed all at once. */
#ifndef SVCLB_UTIL_ARENA_H
#define SVCLB_UTIL_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t bytes;
};

/* A zeroed arena is empty and valid. */
void arena_free(struct arena *a);

/* Zeroed memory aligned for any type, or NULL. */
void *arena_alloc(struct arena *a, size_t size);

/* n elements of size bytes, overflow checked. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* NULL in gives NULL out, which callers that pass a non-NULL text may take for ENOMEM. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
