/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether two words are likely meant to be the same. */
#ifndef SVCLB_UTIL_ALIKE_H
#define SVCLB_UTIL_ALIKE_H

#include <stdbool.h>

/* But for capitals. */
bool words_same(const char *a, const char *b);
/* Spelling in capitals, a typo or two. */
bool words_alike(const char *a, const char *b);

#endif
