/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public view of a selection. */
#include <stdio.h>
#include <string.h>

#include <svclb/state.h>

#include "model/options.h"
#include "select/select.h"

/* The internal flags have the public values. */
#define SAME(internal, public) _Static_assert((int)(internal) == (int)(public), "flag values")
SAME(EP_READY, SVCLB_ENDPOINT_READY);
SAME(EP_SERVING, SVCLB_ENDPOINT_SERVING);
SAME(EP_TERMINATING, SVCLB_ENDPOINT_TERMINATING);
SAME(EP_LOCAL, SVCLB_ENDPOINT_LOCAL);
SAME(EP_IN_CLUSTER, SVCLB_ENDPOINT_IN_CLUSTER_SET);
SAME(EP_IN_LOCAL, SVCLB_ENDPOINT_IN_LOCAL_SET);

/* The public handles are the records themselves, under names without members. */
static const struct sel_port *port_of(const struct svclb_selected_port *port)
{
	return (const struct sel_port *)(const void *)port;
}

static const struct sel_endpoint *endpoint_of(const struct svclb_selected_endpoint *ep)
{
	return (const struct sel_endpoint *)(const void *)ep;
}

int svclb_select(struct svclb_model *model, const struct svclb_options *opts,
		 struct svclb_selection **ret, struct svclb_error **reterr)
{
	if (!model || !ret)
		return err_set(reterr, SVCLB_EINVAL, "svclb_select needs a model and a result");
	if (!model->completed)
		return err_set(reterr, SVCLB_EINVAL, "the model is not completed");
	return select_endpoints(model, opts ? opts : options_defaults(), ret, reterr);
}

struct svclb_selection *svclb_selection_free(struct svclb_selection *sel)
{
	selection_free(sel);
	return NULL;
}

const struct svclb_selected_port *svclb_selection_next_port(const struct svclb_selection *sel,
							    const struct svclb_selected_port *prev)
{
	const struct sel_port *p;

	if (!sel)
		return NULL;
	p = prev ? port_of(prev) + 1 : sel->ports;
	if (p >= sel->ports + sel->n_ports)
		return NULL;
	return (const struct svclb_selected_port *)(const void *)p;
}

const char *svclb_selected_port_get_namespace(const struct svclb_selected_port *port)
{
	return port ? port_of(port)->service->meta.ns.s : "";
}

const char *svclb_selected_port_get_service(const struct svclb_selected_port *port)
{
	return port ? port_of(port)->service->meta.name.s : "";
}

const char *svclb_selected_port_get_name(const struct svclb_selected_port *port)
{
	const char *name = port ? port_of(port)->port->name.s : NULL;

	return name ? name : "";
}

const char *svclb_selected_port_get_protocol(const struct svclb_selected_port *port)
{
	return port ? proto_name(port_of(port)->port->proto) : "";
}

uint32_t svclb_selected_port_get_port(const struct svclb_selected_port *port)
{
	return port ? (uint32_t)port_of(port)->port->port.v : 0;
}

uint32_t svclb_selected_port_get_family(const struct svclb_selected_port *port)
{
	return port ? port_of(port)->family : 0;
}

const struct svclb_selected_endpoint *svclb_selected_port_next_endpoint(
	const struct svclb_selected_port *port, const struct svclb_selected_endpoint *prev)
{
	const struct sel_endpoint *e;

	if (!port || !port_of(port)->n_endpoints)
		return NULL;
	e = prev ? endpoint_of(prev) + 1 : port_of(port)->endpoints;
	if (e >= port_of(port)->endpoints + port_of(port)->n_endpoints)
		return NULL;
	return (const struct svclb_selected_endpoint *)(const void *)e;
}

const char *svclb_selected_endpoint_get_address(const struct svclb_selected_endpoint *ep, char *buf,
						size_t size)
{
	char text[IP_TEXT_MAX] = "";

	if (!buf || !size)
		return "";
	if (ep)
		(void)ip_format(&endpoint_of(ep)->ip, text);
	(void)snprintf(buf, size, "%s", text); /* cut to the caller's room */
	return buf;
}

uint32_t svclb_selected_endpoint_get_port(const struct svclb_selected_endpoint *ep)
{
	return ep ? endpoint_of(ep)->port : 0;
}

uint32_t svclb_selected_endpoint_get_flags(const struct svclb_selected_endpoint *ep)
{
	return ep ? endpoint_of(ep)->flags : 0;
}

const char *svclb_selected_endpoint_get_node(const struct svclb_selected_endpoint *ep)
{
	return ep ? endpoint_of(ep)->from->node_name.s : NULL;
}

const char *svclb_selected_endpoint_get_target(const struct svclb_selected_endpoint *ep)
{
	return ep ? endpoint_of(ep)->from->target_name.s : NULL;
}
