/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink as the backends use it: packs of requests with errors told apart by sequence number,
 * and single requests or dumps whose answers go to a function. Errors of the kernel are its own
 * numbers, which beyond 4095 belong to a subsystem and are no errno.
 */
#ifndef SVCLB_KERNEL_NL_H
#define SVCLB_KERNEL_NL_H

#include <netlink/attr.h>
#include <netlink/netlink.h>

#include "kernel/backend.h"
#include "kernel/nlbuf.h"

#define NL_TEXT_MAX 160 /* text the kernel adds to an error, cut */
#define NL_PACK_MAX 500 /* requests in one pack; beyond 100 hardly anything is gained */

struct nl_conn;

/* A connection of backend b (for its errors, options and namespace); opened with the first use,
 * and again after answers were lost. */
int nl_conn_new(const struct backend *b, int protocol, struct nl_conn **ret,
		struct svclb_error **reterr);
void nl_conn_free(struct nl_conn *c);
const struct backend *nl_conn_backend(const struct nl_conn *c);

/*
 * Sends all messages at once and waits for the end of the last one. errors[i] becomes the positive
 * error of message i, or 0; text (NL_TEXT_MAX bytes) the kernel's words on the first of them, ""
 * if it had none. A message that failed does not stop the ones behind it.
 * On failure of the exchange itself: *sent (may be NULL) says whether the kernel has had the
 * messages; if so their fate is unknown and the state must be read again.
 */
int nl_batch(struct nl_conn *c, struct nlbuf *b, int *errors, char *text, bool *sent,
	     struct svclb_error **reterr);

/* Takes one answer; h NULL: forget everything taken so far, the dump starts over. */
typedef int (*nl_take_fn)(void *data, const struct nlmsghdr *h, struct svclb_error **reterr);

/* Sends the one message of b and hands each answer to take. *error is the kernel's positive
 * error, or 0. A dump that was interrupted by a change is repeated, a bounded number of times. */
int nl_request(struct nl_conn *c, struct nlbuf *b, nl_take_fn take, void *data, int *error,
	       struct svclb_error **reterr);

/* Id of a generic netlink family, 0 when the kernel has none of that name. */
int nl_genl_family(struct nl_conn *c, const char *name, uint16_t *ret, struct svclb_error **reterr);

/* An error that the kernel gave as the answer to a read or a check. */
int nl_read_error(const struct backend *b, int error, const char *operation,
		  struct svclb_error **reterr);

/* The error and the kernel's words in a NLMSG_ERROR or NLMSG_DONE; false when it is too short. */
bool nl_parse_error(const struct nlmsghdr *h, int *error, char text[NL_TEXT_MAX]);

/* Attributes behind a fixed header of hdrlen bytes: tb[0..max], see libnl's nla_parse(). False
 * when the message is too short or an attribute breaks the policy. */
bool nl_parse_attrs(const struct nlmsghdr *h, size_t hdrlen, struct nlattr **tb, int max,
		    const struct nla_policy *policy);

#endif
