/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of things that can be named on the command line, and their fields. */
#include <stdarg.h>
#include <strings.h>

#include "kinds.h"

static const struct kind kinds[] = {
	{THING_SERVICE, "service", "services", "svc", "Service"},
	{THING_ENDPOINTS, "endpoints", "endpoints", "ep", "Endpoints"},
	{THING_ENDPOINT_SLICE, "endpointslice", "endpointslices", "eps", "EndpointSlice"},
	{THING_VIRTUAL_SERVER, "virtual-server", "virtual-servers", "vs", "VirtualServer"},
	{THING_REAL_SERVER, "real-server", "real-servers", "rs", "RealServer"},
	{THING_NODE, "node", "nodes", "no", "Node"},
	{THING_POD, "pod", "pods", "po", "Pod"},
	{THING_PLAIN, "virtualserver", "virtualservers", "plain", "VirtualServer"},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct kind *kind_at(size_t i)
{
	return i < N_KINDS ? &kinds[i] : NULL;
}

const struct kind *kind_of(enum thing thing)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].thing == thing)
			return &kinds[i];
	return &kinds[0];
}

const struct kind *kind_find(struct cli *c, const char *name)
{
	struct suggestion s = {.wanted = name};

	for (size_t i = 0; i < N_KINDS; i++) {
		const struct kind *k = &kinds[i];

		if (!strcasecmp(name, k->singular) || !strcasecmp(name, k->plural) ||
		    !strcasecmp(name, k->letters))
			return k;
		suggest_consider(&s, k->plural);
	}
	if (s.best)
		fail_usage(c, "unknown kind '%s'; did you mean '%s'?", name, s.best);
	else
		fail_usage(c, "unknown kind '%s'", name);
	return NULL;
}

const char *cli_namespace(const struct cli *c)
{
	return c->ns && *c->ns ? c->ns : "default";
}

char *thing_name(const struct cli *c, uint32_t kind, const char *ns, const char *name)
{
	const char *word = kind_of((enum thing)kind)->singular;

	if (!*ns || !strcmp(ns, cli_namespace(c)))
		return xasprintf("%s/%s", word, name);
	return xasprintf("%s/%s/%s", word, ns, name);
}

char *field(const struct svclb_object *obj, const char *fmt, ...)
{
	autofree char *path = NULL;
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&path, fmt, ap);
	va_end(ap);
	if (n < 0) {
		path = NULL;
		return NULL;
	}
	return svclb_object_get_text(obj, path, &text) < 0 ? NULL : text;
}

size_t field_count(const struct svclb_object *obj, const char *path)
{
	autolib char *n = field(obj, "%s", path);

	return n ? strtoul(n, NULL, 10) : 0;
}
