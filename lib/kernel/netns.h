/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network namespace of a context, and work done inside of it. */
#ifndef SVCLB_KERNEL_NETNS_H
#define SVCLB_KERNEL_NETNS_H

#include "util/error.h"

struct netns;

/* fd -1: the calling thread's present namespace. Keeps its own descriptor. */
int netns_new(int fd, struct netns **ret, struct svclb_error **reterr);
/* A fresh, empty namespace that goes away with netns_free(), for trying things out. -SVCLB_EPERM
 * where that is not permitted. */
int netns_new_private(struct netns **ret, struct svclb_error **reterr);
void netns_free(struct netns *ns);

/* The number that tells it from all other network namespaces that exist now. */
uint64_t netns_inode(const struct netns *ns);

/*
 * Calls fn(data) in the namespace and returns its result: directly when the calling thread is in
 * it already, else in a short-lived thread that enters it and ends. Sockets opened by fn stay in
 * the namespace. Signals are blocked in the helper thread.
 */
int netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr), void *data,
	       struct svclb_error **reterr);

#endif
