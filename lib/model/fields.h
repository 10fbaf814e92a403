/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small questions to the fields of an object. */
#ifndef SVCLB_MODEL_FIELDS_H
#define SVCLB_MODEL_FIELDS_H

#include <string.h>

#include "model/model.h"

/* An empty text counts as not given, as it does for an API server. */
static inline bool text_given(const struct ftext *t)
{
	return t->s && t->s[0];
}

static inline const char *text_or(const struct ftext *t, const char *otherwise)
{
	return text_given(t) ? t->s : otherwise;
}

static inline bool text_is(const struct ftext *t, const char *word)
{
	return t->s && !strcmp(t->s, word);
}

static inline struct pos pos_or(struct pos at, struct pos otherwise)
{
	return at.line ? at : otherwise;
}

#endif
