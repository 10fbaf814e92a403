/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a virtual server is: the kernel keeps no owner, so our sets tell. */
#ifndef SVCLB_STATE_OWNERSHIP_H
#define SVCLB_STATE_OWNERSHIP_H

#include "state/state.h"

/* Sets vserver.ours in a sealed state that was read from the kernel. */
void state_mark_ours(struct svclb_state *st);

#endif
