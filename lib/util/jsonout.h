/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes JSON, indented by two blanks, keys in the order given. */
#ifndef SVCLB_UTIL_JSONOUT_H
#define SVCLB_UTIL_JSONOUT_H

#include <stdint.h>

#include "strbuf.h"

struct jsonout {
	struct strbuf *b;
	unsigned depth;
	bool compact; /* no line breaks */
	bool first;   /* nothing written yet at this depth */
	bool keyed;   /* a key waits for its value */
};

void jsonout_object(struct jsonout *j);
void jsonout_object_end(struct jsonout *j);
void jsonout_array(struct jsonout *j);
void jsonout_array_end(struct jsonout *j);
void jsonout_key(struct jsonout *j, const char *key);
/* NULL is written as null. */
void jsonout_str(struct jsonout *j, const char *s);
void jsonout_int(struct jsonout *j, int64_t v);
void jsonout_bool(struct jsonout *j, bool v);

/* key and value; jsonout_kv_str leaves a NULL value out. */
void jsonout_kv_str(struct jsonout *j, const char *key, const char *s);
void jsonout_kv_int(struct jsonout *j, const char *key, int64_t v);
void jsonout_kv_bool(struct jsonout *j, const char *key, bool v);

#endif
