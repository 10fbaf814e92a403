/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a Service is reached besides its cluster IP. */
#include "select/exposed.h"

#include "model/fields.h"

bool external_ip_of(const struct ftext *text, uint8_t family, struct ipaddr *ret)
{
	return text->s && ip_parse(text->s, ret, NULL) && ret->family == family;
}

bool ingress_vip_of(const struct ingress *in, uint8_t family, struct ipaddr *ret)
{
	if (text_is(&in->ip_mode, "Proxy"))
		return false;
	return external_ip_of(&in->ip, family, ret);
}

bool port_externally_accessible(const struct service *s, const struct service_port *port,
				uint8_t family)
{
	struct ipaddr ip;

	if (port->node_port.v)
		return true;
	for (size_t i = 0; i < s->n_ingress; i++)
		if (ingress_vip_of(&s->ingress[i], family, &ip))
			return true;
	for (size_t i = 0; i < s->external_ips.n; i++)
		if (external_ip_of(&s->external_ips.v[i], family, &ip))
			return true;
	return false;
}
