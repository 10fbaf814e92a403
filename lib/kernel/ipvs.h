/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the IPVS backend share. Attributes and commands: linux/ip_vs.h. */
#ifndef SVCLB_KERNEL_IPVS_H
#define SVCLB_KERNEL_IPVS_H

#include "kernel/nl.h"

struct sched_name {
	char name[SCHED_NAME_MAX];
};

typedef VEC(struct rserver) rserver_vec;
typedef VEC(struct vserver) vserver_vec;

struct ipvs_backend {
	struct backend b;
	struct nl_conn *nl;
	uint16_t family;	       /* generic netlink id; 0: not looked up, or absent */
	VEC(struct sched_name) scheds; /* those that the kernel was seen to have */
};

/* Sets family anew: 0 afterwards means that the kernel has no IPVS. */
int ipvs_lookup(struct ipvs_backend *v, struct svclb_error **reterr);
/* The problem of a kernel without IPVS. */
struct svclb_error *ipvs_absent(const struct ipvs_backend *v);
/* Remembers a scheduler; without memory it is asked for again. */
void ipvs_sched_seen(struct ipvs_backend *v, const char *name);
bool ipvs_sched_known(const struct ipvs_backend *v, const char *name);

/* ---- ipvs-msg.c ---- */

/* A request on a virtual server: attributes too, or only the key (delete). */
void ipvs_put_service(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vserver *vs,
		      bool full);
void ipvs_put_dest(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vs_key *key,
		   const struct rserver *rs, bool full);
void ipvs_put_timeouts(struct nlbuf *b, uint16_t family, const struct ipvs_timeouts *t);
/* Dump requests. */
void ipvs_put_list(struct nlbuf *b, uint16_t family, uint8_t cmd, const struct vs_key *key);

/* False when the message is no virtual server, real server or time-outs we understand. */
bool ipvs_parse_service(const struct nlmsghdr *h, struct vserver *ret);
bool ipvs_parse_dest(const struct nlmsghdr *h, uint8_t family, struct rserver *ret);
bool ipvs_parse_timeouts(const struct nlmsghdr *h, struct ipvs_timeouts *ret);

/* ---- ipvs-idle.c ---- */

/* Leaves out what would delete real servers that have connections by now, of the steps from `from`
 * on. */
int ipvs_leave_busy(struct ipvs_backend *v, const struct backend_run *run, size_t from,
		    struct svclb_error **reterr);

/* ---- ipvs-theirs.c ---- */

/* Of a run that undoes, leaves out what would delete a virtual server of somebody else. */
int ipvs_leave_theirs(struct ipvs_backend *v, const struct backend_run *run,
		      struct svclb_error **reterr);

/* ---- ipvs-read.c, ipvs-probe.c: the operations of the same names ---- */
int ipvs_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	      struct svclb_error **reterr);
/* All virtual servers, and the real servers of one of them. */
int ipvs_list_services(struct ipvs_backend *v, struct nlbuf *buf, vserver_vec *ret,
		       struct svclb_error **reterr);
int ipvs_list_dests(struct ipvs_backend *v, const struct vs_key *key, struct nlbuf *buf,
		    rserver_vec *ret, struct svclb_error **reterr);
int ipvs_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
	       struct svclb_error **reterr);

#endif
