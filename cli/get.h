/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the views of `get` share. */
#ifndef SVCLBCTL_GET_H
#define SVCLBCTL_GET_H

#include "doc.h"
#include "kinds.h"
#include "output.h"
#include "work.h"

struct get {
	struct cli *cli;
	struct work work;
	struct list names;	   /* wanted; empty: all */
	struct svclb_model *model; /* stored objects, completed */
	struct svclb_state *have;  /* the kernel's, read when a view needs it */
	struct svclb_state *want;
	struct table table;
	struct list items; /* JSON or YAML of each thing found */
	struct list found; /* names found */
	struct asides asides;
	bool several; /* kinds: names carry theirs */
	size_t shown;
};

/* Whether a thing is asked for; notes that it was found. */
bool get_wanted(struct get *g, const char *ns, const char *name);

/* The problem of a name that is not there, with the reason if it is in quarantine. */
int get_missing(struct get *g, const struct kind *k, const char *name);

/* Begins a table; with -A a column NAMESPACE stands first. */
void get_headers(struct get *g, const char *const *cells);
#define get_header_row(g, ...) get_headers((g), (const char *const[]){__VA_ARGS__, NULL})

/* One thing as a row. */
void get_cells(struct get *g, const char *ns, const char *const *cells);
#define get_row(g, ns, ...) get_cells((g), (ns), (const char *const[]){__VA_ARGS__, NULL})

/* The name as a table shows it: with its kind when several kinds are listed. */
char *get_name(const struct get *g, const struct kind *k, const char *name);

/* One thing as text in the format of -o name, json or yaml. */
void get_item_doc(struct get *g, struct doc *d);
int get_item_object(struct get *g, const struct svclb_object *obj);
void get_item_name(struct get *g, const struct kind *k, const char *name);
enum doc_format get_doc_format(const struct get *g);

/* Views, one for each kind. Exit codes. */
int get_objects(struct get *g, const struct kind *k);
int get_endpoints(struct get *g, const struct kind *k);
int get_virtual_servers(struct get *g, const struct kind *k);
int get_real_servers(struct get *g, const struct kind *k);

/* Texts of Services, also for describe. */
char *service_ports(const struct svclb_object *svc);
char *service_external_ips(const struct svclb_object *svc);
/* "a=b,c=d" of the map at a path, "<none>" when empty. */
char *map_text(struct cli *c, const struct svclb_object *obj, const char *path,
	       const char *between);
/* Members of a list of texts joined by commas, "" when there are none. */
char *list_text(const struct svclb_object *obj, const char *path);

/* Endpoints by Service: sorted ports of a selection. */
struct by_service {
	struct svclb_selection *sel;
	const struct svclb_selected_port **v;
	size_t n;
};
int by_service_load(struct work *w, struct svclb_model *model, struct by_service *ret);
void by_service_free(struct by_service *b);
/* First port of a Service; *n ports follow each other. */
const struct svclb_selected_port *const *by_service_find(const struct by_service *b, const char *ns,
							 const char *name, size_t *n);
/* Whether an endpoint is shown as serving. */
bool endpoint_serves(const struct svclb_selected_endpoint *ep);
/* "10.244.1.2:8080,10.244.1.3:8080 + 2 more..." of a Service's ports; at most max, 0: all. */
char *endpoints_text(const struct svclb_selected_port *const *ports, size_t n, size_t max);

/* The age of an object: since it was created, else since it was first applied. buf of 32 bytes. */
const char *get_age(struct get *g, const struct svclb_object *o, char *buf, size_t size);

/* "Service default/web port http" as "default/web:http". */
char *origin_text(const char *origin);
/* "10.96.0.10:80", "FWM 5". */
char *virtual_server_text(const struct svclb_virtual_server *vs);
const char *virtual_server_protocol(const struct svclb_virtual_server *vs);
int get_read_kernel(struct get *g);

#endif
