/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules of iptables mode redirect: the UDP addresses and ports, and where to. */
#ifndef SVCLB_STATE_FRONTS_H
#define SVCLB_STATE_FRONTS_H

#include "state/state.h"

/*
 * Fills st->fronts and st->backs from the chains and rules of a state that is otherwise sealed,
 * whoever wrote them: two states are told apart by them as by their virtual servers. -1 when out of
 * memory, or when the ways are more than may be.
 */
int state_find_fronts(struct svclb_state *st);

/* Order: family, address, port. */
int front_key_cmp(const struct front *a, const struct front *b);
int back_key_cmp(const struct back *a, const struct back *b); /* of one front */

/* Whether source ranges keep out a client whom they admitted before: 1, 0, or -1 when out of memory.
 * A range that several ones took over counts as kept out. */
int front_narrows(const struct svclb_state *from, const struct front *before,
		  const struct svclb_state *to, const struct front *after);

#endif
