/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing objects and trees, and reading back what was written. */
#ifndef SVCLB_MANIFEST_WRITE_H
#define SVCLB_MANIFEST_WRITE_H

#include <svclb/model.h>

#include "manifest/node.h"
#include "util/arena.h"
#include "util/strbuf.h"

/* The object as JSON without line breaks; the buffer remembers a failed allocation. */
void write_object(struct strbuf *b, const struct svclb_object *obj);

/* The object as a tree in the arena; 0 or -SVCLB_ENOMEM. */
int object_tree(const struct svclb_object *obj, struct arena *a, const struct tnode **ret);

/* A tree as a YAML document without markers. ---- write-yaml.c ---- */
void write_yaml(struct strbuf *b, const struct tnode *n);

#endif
