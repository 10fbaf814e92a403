/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the link backend share: messages of linux/rtnetlink.h. */
#ifndef SVCLB_KERNEL_LINK_H
#define SVCLB_KERNEL_LINK_H

#include "kernel/nl.h"

struct link_backend {
	struct backend b;
	struct nl_conn *nl;
	bool dummy_seen;	 /* the kernel was seen to make dummy links */
	struct ipaddr source[2]; /* of detours, IPv4 and IPv6; family 0: none */
};

/* A link as a dump tells it. */
struct link_info {
	int index;
	char name[LINK_NAME_MAX];
	bool dummy;
	bool up;
};

struct link_address {
	int index; /* of the link */
	struct ipaddr ip;
	uint8_t plen;
};

typedef VEC(struct link_address) link_address_vec;

/* ---- link-msg.c ---- */
void link_put_get(struct nlbuf *b, const char *name); /* NULL: dump of all */
void link_put_add(struct nlbuf *b, const char *name);
void link_put_delete(struct nlbuf *b, int index);
void link_put_addr(struct nlbuf *b, bool add, int index, const struct ipaddr *ip);
void link_put_list_addrs(struct nlbuf *b);

/* False when the message is of another kind or form. */
bool link_parse_link(const struct nlmsghdr *h, struct link_info *ret);
bool link_parse_addr(const struct nlmsghdr *h, struct link_address *ret);

/* ---- link-route.c ---- */

/* Makes or drops a route for each address of `going`, all of which are to go from the link of this
 * index. */
int link_routes(struct link_backend *l, const struct svclb_state *going, bool make, int index,
		struct svclb_error **reterr);
/* Drops the one to an address, if there is one. */
void link_put_drop_route(struct nlbuf *b, int index, const struct ipaddr *ip);
void link_put_get_route(struct nlbuf *b, const struct ipaddr *to);
/* The source address in it. False when the message is of another kind or form. */
bool link_parse_route(const struct nlmsghdr *h, struct ipaddr *ret);

/* ---- link-read.c ---- */

/* Our link: index 0 when there is none; -SVCLB_ECONFLICT when it is no dummy. */
int link_find(struct link_backend *l, struct link_info *ret, struct svclb_error **reterr);
/* All addresses of all links, in the kernel's order. */
int link_list_addrs(struct link_backend *l, link_address_vec *ret, struct svclb_error **reterr);
int link_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	      struct svclb_error **reterr);

/* ---- link-order.c ---- */

struct link_order {
	struct backend_run run;
	const struct svclb_step **steps;
	enum fate **done;
};

/* The run that undoes with addresses in the order in which they have to come back; without memory
 * the same run. What it is made of is in *o. */
const struct backend_run *link_order_back(struct link_backend *l, const struct backend_run *run,
					  struct link_order *o);
void link_order_free(struct link_order *o);

#endif
