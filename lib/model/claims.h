/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, ports and protocols that several Services claim: only the one that came first may. */
#ifndef SVCLB_MODEL_CLAIMS_H
#define SVCLB_MODEL_CLAIMS_H

#include "model/check.h"

/* Reports every claim after the first one; works on models with faults, too. */
void model_check_claims(struct check *c);

#endif
