/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services that nobody serves though somebody should. */
#ifndef SVCLBCTL_DEGRADED_H
#define SVCLBCTL_DEGRADED_H

#include "work.h"

/* Names ("Service default/web") of the Services of a completed model that have virtual servers and
 * a selector, EndpointSlices or Endpoints, but no endpoint that serves. Exit code. */
int degraded_services(struct work *w, struct svclb_model *model, struct list *ret);

#endif
