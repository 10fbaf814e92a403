/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the halves of loading share: documents to objects (load.c), objects into a model
 * (load-link.c). */
#ifndef SVCLB_MANIFEST_LOAD_H
#define SVCLB_MANIFEST_LOAD_H

#include "manifest/decode.h"

/* One decoded object, waiting. */
struct loaded {
	const struct object_kind *kind;
	struct meta *meta;
	bool sound; /* nothing was wrong with it */
};

struct loader {
	struct svclb_model *model;
	struct source src;
	struct problems problems; /* with sound_only: of what is left aside */
	struct problems warnings;
	struct problems form; /* sound_only: what the reader says */
	struct decoder decoder;
	const char *file;
	uint64_t document;
	bool sound_only; /* faulty objects do not keep the others out */
	VEC(struct loaded) objects;
};

/* Reads all documents of the source. What is wrong is in the loader's problems. */
void load_documents(struct loader *l);

#endif
