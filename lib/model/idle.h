/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How things that change nothing are named: the first one, and how many others there are. */
#ifndef SVCLB_MODEL_IDLE_H
#define SVCLB_MODEL_IDLE_H

#include "model/check.h"

/* Where a field stands. */
struct spot {
	struct pos at;
	size_t index;
};

/* The first object of which something holds, and how many others there are. */
struct found {
	const struct svclb_object *first;
	struct spot spot;
	size_t others;
};

void idle_find(struct found *f, const struct svclb_object *o, const struct spot *spot);
/* path NULL: about the object as a whole. */
void idle_warn(struct check *c, const struct found *f, const char *path, const char *why);
/* The first text of a canonical list that stands before, too. */
bool idle_text_twice(struct check *c, const struct ftext_list *l, struct spot *ret);

/* Without virtual servers: headless, or a name for something elsewhere. */
bool idle_unserved(const struct service *s);
/* Whether an address is one of the Service's cluster IPs. */
bool idle_cluster_ip(const struct service *s, const struct ftext *t);
/* Whether it is served: not that of a load balancer that proxies, and no cluster IP. */
bool idle_ingress_served(const struct service *s, const struct ingress *in);
/* By a node port or an external address. */
bool idle_exposed(const struct service *s);

void model_warn_beside(struct check *c);    /* idle-beside.c */
void model_warn_endpoints(struct check *c); /* idle-endpoints.c */
void model_warn_node(struct check *c);	    /* idle-node.c */
void model_warn_nodes(struct check *c);	    /* warn-nodes.c */
void model_warn_options(struct check *c);   /* idle-options.c */
bool model_has_node_ports(struct svclb_model *model);
/* About no object. */
void idle_warn_option(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The Node object of this node, as the selection of endpoints finds it, or NULL. */
const struct svclb_object *idle_this_node(struct check *c);
void model_warn_detector(struct check *c);  /* idle-detector.c */
void model_warn_near(struct check *c);	    /* idle-near.c */
void model_warn_targets(struct check *c);   /* idle-targets.c */
void model_warn_misplaced(struct check *c); /* idle-misplaced.c */
void model_warn_lists(struct check *c);	    /* idle-lists.c */
void model_warn_unserved(struct check *c);  /* idle-unserved.c */
void model_warn_weights(struct check *c);   /* weights.c */
void model_warn_slices(struct check *c);    /* warn-slices.c */
void model_warn_nameless(struct check *c);  /* warn-slices.c: also of an input with problems */
void model_warn_mentions(struct check *c);  /* warn-mentions.c */

#endif
