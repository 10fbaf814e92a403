/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model's hash index over the identities of its objects, and the hash it uses. */
#ifndef SVCLB_MODEL_INDEX_H
#define SVCLB_MODEL_INDEX_H

#include "model/model.h"

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a over the text and its end, so that "a","bc" differs from "ab","c". */
uint64_t hash_text(uint64_t h, const char *s);
uint64_t hash_bytes(uint64_t h, const void *p, size_t n);
/* The same on machines of either byte order. */
uint64_t hash_number(uint64_t h, uint64_t n);
/* Spreads a hash over all its bits, for use modulo something. */
uint64_t hash_finish(uint64_t h);
/* A start that an input cannot know: p is an address in the heap. */
uint64_t hash_seed(const void *p);

/* Room for n more objects; 0, or -1 when out of memory. */
int index_reserve(struct svclb_model *m, size_t n);
/* The object must be named, and room reserved. */
void index_add(struct svclb_model *m, struct svclb_object *obj);
void index_remove(struct svclb_model *m, const struct svclb_object *obj);
struct svclb_object *index_find(const struct svclb_model *m, uint32_t kind, const char *ns,
				const char *name);

#endif
