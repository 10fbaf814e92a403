/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the ipset backend share. Reads go over netlink in bulk, changes through
 * libipset; errors of both are the kernel's own numbers (linux/netfilter/ipset/ip_set.h).
 */
#ifndef SVCLB_KERNEL_IPSET_H
#define SVCLB_KERNEL_IPSET_H

#include "kernel/nl.h"

struct ipset_backend {
	struct backend b;
	struct nl_conn *nl;
	bool types_seen[SET_OTHER][2]; /* types found in the kernel, by family 4, 6 */
};

/* A set with its contents, as a dump tells them. */
struct ipset_image {
	struct ipset set;
	bool header;		       /* set is filled in */
	VEC(struct set_entry) entries; /* .set is not set */
};

/* Name of the short-lived set that takes the place of `name` when that must be made anew. */
const char *ipset_temp_name(const char *prefix, const char *name, char buf[SET_NAME_MAX]);
bool ipset_is_temp(const char *prefix, const char *name);

/* ---- ipset-msg.c ---- */
void ipset_put_list(struct nlbuf *b, const char *name); /* NULL: the names of all sets */
void ipset_put_protocol(struct nlbuf *b);
void ipset_put_type(struct nlbuf *b, const char *type, uint8_t family);

/* The name a message of a listing is about; false when it has none. */
bool ipset_msg_name(const struct nlmsghdr *h, char name[SET_NAME_MAX]);
/* Adds what a message of a listing holds. 0, -1 out of memory, -2 of unknown form. */
int ipset_msg_list(const struct nlmsghdr *h, struct ipset_image *im);

/* ---- ipset-read.c ---- */
struct svclb_error *ipset_absent(const struct ipset_backend *s);
/* *found false: there is no such set. The image is to be zeroed before, its entries freed. */
int ipset_read_one(struct ipset_backend *s, const char *name, struct ipset_image *im, bool *found,
		   struct svclb_error **reterr);
int ipset_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	       struct svclb_error **reterr);
int ipset_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
		struct svclb_error **reterr);

/* ---- ipset-lib.c: the only file that knows libipset ---- */
struct ipset_lib;

/* The process-wide lock on libipset's globals. Another thread's exchange with the kernel is waited for
 * as long as the operation may go on: else -SVCLB_ETIMEDOUT or -SVCLB_EINTERRUPTED. */
int ipset_lib_lock(const struct svclb_options *opts, struct svclb_error **reterr);
void ipset_lib_unlock(void);

/* Takes that lock until ipset_lib_close(). */
int ipset_lib_open(const struct backend *b, struct ipset_lib **ret, struct svclb_error **reterr);
void ipset_lib_close(struct ipset_lib *l);

/* These return 0 or the kernel's positive error; EIO when the kernel's answer made no sense.
 * exist: a set or entry that is there already, or not there any more, is no error. */
int ipset_lib_create(struct ipset_lib *l, const char *name, const struct ipset *set, bool exist);
int ipset_lib_destroy(struct ipset_lib *l, const char *name);
int ipset_lib_swap(struct ipset_lib *l, const char *a, const char *b);

/* Entries [0, n) of one set in as few messages as possible; stops at the first bad one. *n_done is
 * how many took effect: all those before it. */
int ipset_lib_entries(struct ipset_lib *l, const char *name, const struct ipset *set, bool add,
		      const struct set_entry *const *entries, size_t n, size_t *n_done);

/* libipset's words for the last error, "" none; and, where there was no proper answer, the system's
 * error that was the reason, 0 none. */
const char *ipset_lib_words(const struct ipset_lib *l);
int ipset_lib_os_errno(const struct ipset_lib *l);

#endif
