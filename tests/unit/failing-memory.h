/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out on request, and is counted. The program that includes this is linked with
 * --wrap for the functions below; libyaml's go the same way because its own call them through
 * the dynamic linker. Arenas and growing arrays ask for more than they need, so most of their
 * calls would never fail: those are counted and refused as well where asked for.
 */
#ifndef TESTS_UNIT_FAILING_MEMORY_H
#define TESTS_UNIT_FAILING_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/vec.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
int __real_vasprintf(char **ret, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void __wrap_free(void *p);

void *__real_arena_alloc(struct arena *a, size_t size);
void *__real_arena_array(struct arena *a, size_t n, size_t size);
char *__real_arena_strdup(struct arena *a, const char *s);
char *__real_arena_strndup(struct arena *a, const char *s, size_t n);
int __real_vec_reserve_(void **v, size_t *cap, size_t want, size_t size);
void *__real_vec_push_(void **v, size_t *n, size_t *cap, size_t size);

void *__wrap_arena_alloc(struct arena *a, size_t size);
void *__wrap_arena_array(struct arena *a, size_t n, size_t size);
char *__wrap_arena_strdup(struct arena *a, const char *s);
char *__wrap_arena_strndup(struct arena *a, const char *s, size_t n);
int __wrap_vec_reserve_(void **v, size_t *cap, size_t want, size_t size);
void *__wrap_vec_push_(void **v, size_t *n, size_t *cap, size_t size);

void *yaml_malloc(size_t size);
void *yaml_realloc(void *p, size_t size);
char *yaml_strdup(const char *s);
void yaml_free(void *p);

static struct {
	bool armed;
	bool for_good;	  /* not only allocation number fail_at but all after it fail too */
	bool every_call;  /* arenas and arrays count call by call */
	uint64_t fail_at; /* 0: none */
	uint64_t asked;	  /* allocations since memory_fail() */
	int64_t live;	  /* allocations that were not freed yet */
} memory;

/* Lets allocation k from now on fail; 0 only counts. */
static inline void memory_fail(uint64_t k, bool for_good, bool every_call)
{
	memory.armed = true;
	memory.for_good = for_good;
	memory.every_call = every_call;
	memory.fail_at = k;
	memory.asked = 0;
}

/* Back to memory without end. Whether anything failed meanwhile. */
static inline bool memory_restore(void)
{
	memory.armed = false;
	return memory.fail_at && memory.asked >= memory.fail_at;
}

static inline bool memory_refuses(void)
{
	if (!memory.armed)
		return false;
	memory.asked++;
	if (!memory.fail_at || memory.asked < memory.fail_at)
		return false;
	return memory.for_good || memory.asked == memory.fail_at;
}

static inline void *memory_given(void *p)
{
	memory.live += p != NULL;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return memory_refuses() ? NULL : memory_given(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return memory_refuses() ? NULL : memory_given(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	void *moved = memory_refuses() ? NULL : __real_realloc(p, size);

	return p ? moved : memory_given(moved);
}

char *__wrap_strdup(const char *s)
{
	return memory_refuses() ? NULL : memory_given(__real_strdup(s));
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	int n = memory_refuses() ? -1 : __real_vasprintf(ret, fmt, ap);

	memory.live += n >= 0;
	return n;
}

void __wrap_free(void *p)
{
	memory.live -= p != NULL;
	__real_free(p);
}

/* Calls that count by themselves; what they ask malloc() for then does not. */
static inline bool call_refused(bool *armed)
{
	if (memory.every_call && memory_refuses())
		return true;
	*armed = memory.armed;
	memory.armed = memory.armed && !memory.every_call;
	return false;
}

#define MEMORY_CALL(type, failure, call)   \
	do {                               \
		bool armed_;               \
		type ret_;                 \
		if (call_refused(&armed_)) \
			return failure;    \
		ret_ = (call);             \
		memory.armed = armed_;     \
		return ret_;               \
	} while (0)

void *__wrap_arena_alloc(struct arena *a, size_t size)
{
	MEMORY_CALL(void *, NULL, __real_arena_alloc(a, size));
}

void *__wrap_arena_array(struct arena *a, size_t n, size_t size)
{
	MEMORY_CALL(void *, NULL, __real_arena_array(a, n, size));
}

char *__wrap_arena_strdup(struct arena *a, const char *s)
{
	if (!s) /* needs none */
		return __real_arena_strdup(a, s);
	MEMORY_CALL(char *, NULL, __real_arena_strdup(a, s));
}

char *__wrap_arena_strndup(struct arena *a, const char *s, size_t n)
{
	MEMORY_CALL(char *, NULL, __real_arena_strndup(a, s, n));
}

int __wrap_vec_reserve_(void **v, size_t *cap, size_t want, size_t size)
{
	MEMORY_CALL(int, -1, __real_vec_reserve_(v, cap, want, size));
}

void *__wrap_vec_push_(void **v, size_t *n, size_t *cap, size_t size)
{
	MEMORY_CALL(void *, NULL, __real_vec_push_(v, n, cap, size));
}

void *yaml_malloc(size_t size)
{
	return __wrap_malloc(size ? size : 1);
}

void *yaml_realloc(void *p, size_t size)
{
	return __wrap_realloc(p, size ? size : 1);
}

char *yaml_strdup(const char *s)
{
	return s ? __wrap_strdup(s) : NULL;
}

void yaml_free(void *p)
{
	__wrap_free(p);
}

#endif
