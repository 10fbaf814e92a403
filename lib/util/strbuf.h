/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that grows. A failed allocation sticks: it is asked for once, at the end. */
#ifndef SVCLB_UTIL_STRBUF_H
#define SVCLB_UTIL_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* A zeroed strbuf is empty and valid. */
struct strbuf {
	char *s; /* NUL-terminated once anything was added */
	size_t len;
	size_t cap;
	bool failed;
};

void strbuf_free(struct strbuf *b);
void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t n);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Gives the text ("" if nothing was added) to the caller, who frees it; NULL if any addition
 * failed. The buffer is empty afterwards. */
char *strbuf_steal(struct strbuf *b);

#endif
