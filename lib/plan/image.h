/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of a saved plan as JSON: tables that say which member of which structure has which
 * name, used for writing and for reading.
 */
#ifndef SVCLB_PLAN_IMAGE_H
#define SVCLB_PLAN_IMAGE_H

#include "plan/plan.h"
#include "util/jsonout.h"

enum image_type {
	IMAGE_U8,
	IMAGE_U16,
	IMAGE_U32,
	IMAGE_BOOL,
	IMAGE_TEXT, /* char array of `size` bytes */
	IMAGE_IP,
	IMAGE_CIDR,
	IMAGE_WORD, /* an enum or a byte that `words` names */
};

struct image_word {
	uint32_t value;
	const char *name;
};

struct image_field {
	const char *name;
	enum image_type type;
	size_t offset;
	size_t size;
	const struct image_word *words; /* ends with a NULL name */
};

/* One structure: its fields, ended by a NULL name. */
extern const struct image_field image_vserver[];
extern const struct image_field image_rserver[];
extern const struct image_field image_set[];
extern const struct image_field image_entry[];
extern const struct image_field image_chain[];
extern const struct image_field image_rule[];
extern const struct image_field image_sysctl[];
extern const struct image_field image_addr[];
extern const struct image_field image_timeouts[];

/* Fields of a match depend on its type; NULL for a type that can't be saved. */
const struct image_field *image_match(enum match_type type);
extern const struct image_word image_match_words[];

/* Members of obj that are not zero, as members of the JSON object that is open. */
void image_write(struct jsonout *j, const struct image_field *fields, const void *obj);

#endif
