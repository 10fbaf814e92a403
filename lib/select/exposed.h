/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a Service is reached besides its cluster IP. */
#ifndef SVCLB_SELECT_EXPOSED_H
#define SVCLB_SELECT_EXPOSED_H

#include "model/model.h"

/* One of the external IPs; false when it is of another family, or is the Service's own cluster IP,
 * which serves clients inside whoever else sends to it. */
bool external_ip_of(const struct service *s, size_t i, uint8_t family, struct ipaddr *ret);

/* The address of a load balancer ingress that delivers packets with the address itself as their
 * destination; false for host names and load balancers that proxy, too. */
bool ingress_vip_of(const struct service *s, size_t i, uint8_t family, struct ipaddr *ret);

/* Whether one port is reachable from outside in one family: node port, external or ingress IP. */
bool port_externally_accessible(const struct service *s, const struct service_port *port,
				uint8_t family);

#endif
