/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One object of a model: its names, its labels, what its public getters say. */
#include <stdio.h>

#include "model/fields.h"

static const char *const kind_names[] = {
	[SVCLB_KIND_SERVICE] = "Service",     [SVCLB_KIND_ENDPOINT_SLICE] = "EndpointSlice",
	[SVCLB_KIND_ENDPOINTS] = "Endpoints", [SVCLB_KIND_POD] = "Pod",
	[SVCLB_KIND_NODE] = "Node",	      [SVCLB_KIND_VIRTUAL_SERVER] = "VirtualServer",
};

const char *kind_name(uint32_t kind)
{
	if (kind < 1 || kind > SVCLB_KIND_VIRTUAL_SERVER)
		return "object";
	return kind_names[kind];
}

const char *kind_plural(uint32_t kind, size_t n)
{
	return n == 1 || kind == SVCLB_KIND_ENDPOINTS ? "" : "s";
}

bool kind_namespaced(uint32_t kind)
{
	return kind != SVCLB_KIND_NODE && kind != SVCLB_KIND_VIRTUAL_SERVER;
}

const char *object_name(const struct svclb_object *obj, char *buf, size_t size)
{
	const struct meta *m = obj->meta;
	const char *name = text_or(&m->name, "(without name)");

	if (!kind_namespaced(obj->kind))
		(void)snprintf(buf, size, "%s %s", kind_name(obj->kind), name);
	else
		(void)snprintf(buf, size, "%s %s/%s", kind_name(obj->kind),
			       text_or(&m->ns, "default"), name);
	/* Names are shown before they are validated: one line, whatever they hold. */
	for (char *c = buf; *c; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	}
	return buf;
}

uint32_t svclb_object_get_kind(const struct svclb_object *obj)
{
	return obj ? obj->kind : 0;
}

const char *svclb_object_get_namespace(const struct svclb_object *obj)
{
	return obj ? text_or(&obj->meta->ns, "") : "";
}

const char *svclb_object_get_name(const struct svclb_object *obj)
{
	return obj ? text_or(&obj->meta->name, "") : "";
}

const char *svclb_object_get_file(const struct svclb_object *obj)
{
	return obj ? obj->meta->file : NULL;
}

uint32_t svclb_object_get_line(const struct svclb_object *obj)
{
	return obj ? obj->meta->at.line : 0;
}

const char *svclb_object_get_skip_reason(const struct svclb_object *obj)
{
	if (!obj || obj->kind != SVCLB_KIND_SERVICE)
		return NULL;
	return service_skip_reason(obj->service);
}
