/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a Service is reached besides its cluster IP. */
#include "select/exposed.h"

#include "model/fields.h"

static bool exposed_at(const struct service *s, const struct ftext *text, uint8_t family,
		       struct ipaddr *ret)
{
	struct ipaddr own;

	return text->s && ip_parse(text->s, ret, NULL) && ret->family == family &&
	       !(service_cluster_ip(s, family, &own) && !ip_cmp(ret, &own));
}

bool external_ip_of(const struct service *s, size_t i, uint8_t family, struct ipaddr *ret)
{
	return exposed_at(s, &s->external_ips.v[i], family, ret);
}

bool ingress_vip_of(const struct service *s, size_t i, uint8_t family, struct ipaddr *ret)
{
	return !text_is(&s->ingress[i].ip_mode, "Proxy") &&
	       exposed_at(s, &s->ingress[i].ip, family, ret);
}

bool port_externally_accessible(const struct service *s, const struct service_port *port,
				uint8_t family)
{
	struct ipaddr ip;

	if (port->node_port.v)
		return true;
	for (size_t i = 0; i < s->n_ingress; i++)
		if (ingress_vip_of(s, i, family, &ip))
			return true;
	for (size_t i = 0; i < s->external_ips.n; i++)
		if (external_ip_of(s, i, family, &ip))
			return true;
	return false;
}
