/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Warnings about annotations that are given once for all objects of a kind. */
#ifndef SVCLB_MODEL_ONCE_H
#define SVCLB_MODEL_ONCE_H

#include "model/check.h"

/* Whether the current object is not the first of its kind with that key; it is counted then. */
bool once_before(struct check *c, const char *key);
/* The warning that was added last is about that key. */
void once_said(struct check *c, const char *key);
/* Adds to the warnings how many others there are. */
void once_count(struct check *c);

#endif
