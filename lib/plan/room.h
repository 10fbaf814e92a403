/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets are large enough for what comes beside what is to go. */
#ifndef SVCLB_PLAN_ROOM_H
#define SVCLB_PLAN_ROOM_H

#include "state/state.h"

/*
 * As entries come before others go, a set holds both for a while. Where one of `from` and *to would
 * be full then, *to becomes a state that wants it larger; the reference is exchanged. -1 when out of
 * memory; *to is dropped then.
 */
int room_merge(const struct svclb_state *from, struct svclb_state **to);

#endif
