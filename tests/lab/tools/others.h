/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to others in a network namespace: changed by chance, listed, compared. */
#ifndef SVCLB_TEST_OTHERS_H
#define SVCLB_TEST_OTHERS_H

#include <stdint.h>

/* Makes what the changes begin with. */
void others_begin(void);

/* Some changes with the tools of others; how many. */
unsigned others_change(uint64_t *rnd);

/* Everything that is not ours, in the words of the tools; the caller frees it. */
char *others_dump(void);

/* Prints both and ends the program. */
_Noreturn void others_differ(const char *what, const char *before, const char *after);

/* Moves a manifest to addresses and node ports of the second owner. */
void others_readdress(char *manifest);

#endif
