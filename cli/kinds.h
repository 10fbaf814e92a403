/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of things that can be named on the command line. */
#ifndef SVCLBCTL_KINDS_H
#define SVCLBCTL_KINDS_H

#include "cli.h"

struct work;
struct view;

enum thing {
	THING_SERVICE = SVCLB_KIND_SERVICE,
	THING_ENDPOINT_SLICE = SVCLB_KIND_ENDPOINT_SLICE,
	THING_ENDPOINTS = SVCLB_KIND_ENDPOINTS,
	THING_POD = SVCLB_KIND_POD,
	THING_NODE = SVCLB_KIND_NODE,
	THING_PLAIN = SVCLB_KIND_VIRTUAL_SERVER, /* an object; the next two are the kernel's */
	THING_VIRTUAL_SERVER,
	THING_REAL_SERVER,
};

struct kind {
	enum thing thing;
	const char *singular; /* also in "service/web" */
	const char *plural;
	const char *letters; /* short form, or NULL */
	const char *title;   /* "Service" */
};

const struct kind *kind_at(size_t i); /* NULL behind the last */
const struct kind *kind_of(enum thing thing);
/* By any of its names, letter case aside; NULL and a usage problem when there is none. */
const struct kind *kind_find(struct cli *c, const char *name);

/* "service/web", or "service/NS/web" outside the namespace of the command line. */
char *thing_name(const struct cli *c, uint32_t kind, const char *ns, const char *name);

/* Namespace of the command line. */
const char *cli_namespace(const struct cli *c);

/* Field of an object by a formatted path; NULL when it has none. Freed by svclb_text_free(). */
char *field(const struct svclb_object *obj, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
size_t field_count(const struct svclb_object *obj, const char *path);

/* Whether an object's labels fit a selector. The selector is checked by selector_check() first. */
int selector_check(struct cli *c, const char *selector);
bool selector_fits(const char *selector, const struct svclb_object *obj);

#endif
