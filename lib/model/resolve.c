/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocol names to numbers, once and for all later stages. */
#include "model/check.h"

static void resolve_slice_ports(struct slice_port *ports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ports[i].proto = proto_from_name(ports[i].protocol.s);
}

void model_resolve(struct check *c)
{
	for (size_t i = 0; i < c->model->objects.n; i++) {
		struct svclb_object *o = c->model->objects.v[i];

		if (o->kind == SVCLB_KIND_SERVICE) {
			for (size_t k = 0; k < o->service->n_ports; k++)
				o->service->ports[k].proto =
					proto_from_name(o->service->ports[k].protocol.s);
		} else if (o->kind == SVCLB_KIND_ENDPOINT_SLICE) {
			resolve_slice_ports(o->slice->ports, o->slice->n_ports);
		} else if (o->kind == SVCLB_KIND_ENDPOINTS) {
			for (size_t k = 0; k < o->endpoints->n_subsets; k++)
				resolve_slice_ports(o->endpoints->subsets[k].ports,
						    o->endpoints->subsets[k].n_ports);
		}
	}
}
