/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watching the kernel for changes of what is ours, and of the node's addresses, with a file
 * descriptor that fits into any event loop.
 *
 * The kernel announces links and addresses. It announces no changes of virtual servers, sets and
 * legacy iptables rules: those are found by reading, svclb_read() and svclb_diff(), from time to
 * time.
 */
#ifndef SVCLB_MONITOR_H
#define SVCLB_MONITOR_H

#include "options.h"

#ifdef __cplusplus
extern "C" {
#endif

struct svclb_monitor;

/* What happened, or-ed. Later versions may add values. */
enum svclb_event {
	SVCLB_EVENT_LINK = 1,	      /* our link came, went or changed */
	SVCLB_EVENT_ADDRESS = 2,      /* an address came to our link, or went from it */
	SVCLB_EVENT_NODE_ADDRESS = 4, /* an address of the node's other links came or went */
	SVCLB_EVENT_LOST = 8, /* there was more than could be kept: anything may have happened */
};

/*
 * Begins to watch the network namespace of the options, for the link that they name. opts may be
 * NULL (defaults) and is not needed afterwards. Needs no privileges, but for another network
 * namespace CAP_SYS_ADMIN. Errors: EINVAL, ENOMEM, EPERM, EKERNEL. Since 0.1.
 */
SVCLB_API int svclb_monitor_new(const struct svclb_options *opts, struct svclb_monitor **ret,
				struct svclb_error **reterr);

/* Closes and frees; NULL is allowed; returns NULL. Since 0.1. */
SVCLB_API struct svclb_monitor *svclb_monitor_free(struct svclb_monitor *mon);

/* The descriptor, readable (POLLIN) when something happened. It is the monitor's: it is not to be
 * read, closed or changed by others. -1 for NULL. Since 0.1. */
SVCLB_API int svclb_monitor_get_fd(const struct svclb_monitor *mon);

/*
 * Takes everything that happened since the last call, without waiting, and stores it, values of
 * enum svclb_event or-ed, in *ret: 0 for nothing of interest. Changes that svclb_apply() itself
 * makes are among them. A monitor is used by one thread at a time. Errors: EINVAL, EKERNEL, after
 * which a new monitor is needed. Since 0.1.
 */
SVCLB_API int svclb_monitor_read(struct svclb_monitor *mon, uint32_t *ret,
				 struct svclb_error **reterr);

#ifdef __cplusplus
}
#endif
#endif
