/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory, growing texts and lists of texts; running out of memory ends the program. */
#include <stdarg.h>

#include "cli.h"
#include "util/utf8.h"

static void *or_die(void *p)
{
	if (!p) {
		fputs("error: out of memory\n", stderr);
		exit(EXIT_ERROR);
	}
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return or_die(reallocarray(p, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return or_die(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return or_die(n < 0 ? NULL : s);
}

void text_addn(struct text *t, const char *s, size_t n)
{
	if (t->cap - t->len <= n) {
		t->cap = (t->len + n + 64) * 2;
		t->s = xrealloc(t->s, t->cap, 1);
	}
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	autofree char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		s = NULL;
	text_add(t, or_die(s));
}

const char *text_get(const struct text *t)
{
	return t->s ? t->s : "";
}

void text_clear(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}

void list_add(struct list *l, const char *s)
{
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = xstrdup(s);
}

void list_add_unique(struct list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return;
	list_add(l, s);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void list_sort_unique(struct list *l)
{
	size_t n = 0;

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_text);
	for (size_t i = 0; i < l->n; i++) {
		if (n && !strcmp(l->v[n - 1], l->v[i]))
			free(l->v[i]);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

bool list_has_sorted(const struct list *l, const char *s)
{
	return l->n && bsearch(&s, l->v, l->n, sizeof(*l->v), by_text);
}

void list_clear(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct list){0};
}

char *printable(const char *s)
{
	char *copy = xstrdup(s);

	text_make_safe(copy, false);
	return copy;
}

void free_text_(struct text *t)
{
	text_clear(t);
}

void free_list_(struct list *l)
{
	list_clear(l);
}

void free_mem_(void *p)
{
	free(*(void **)p);
}

void free_lib_text_(char **p)
{
	svclb_text_free(*p);
}
