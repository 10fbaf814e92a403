/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a virtual server is: the kernel keeps no owner, so our sets tell. */
#ifndef SVCLB_STATE_OWNERSHIP_H
#define SVCLB_STATE_OWNERSHIP_H

#include "state/state.h"

/*
 * Sets vserver.ours and vserver.excluded in a sealed state that was read from the kernel. Inside
 * the excluded networks our ledger alone proves ownership, not what another proxy left.
 */
void state_mark_ours(struct svclb_state *st, const cidr_vec *excluded);

#endif
