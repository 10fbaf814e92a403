/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One short text for everything of ours in a state, by which it is known again. */
#ifndef SVCLB_STATE_FINGERPRINT_H
#define SVCLB_STATE_FINGERPRINT_H

#include "state/state.h"

#define FINGERPRINT_SIZE 65 /* SHA-256 in hexadecimal digits */

/*
 * Of a sealed state: owner, link and addresses, our virtual servers with their real servers, sets,
 * chains; with `settings` sysctls and time-outs too, which a read finds only where they are asked
 * for. Not what is counted, where it came from, or until when something drains. False: out of
 * memory.
 */
bool state_fingerprint(const struct svclb_state *st, bool settings, char ret[FINGERPRINT_SIZE]);

#endif
