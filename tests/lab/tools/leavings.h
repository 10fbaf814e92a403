/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an apply could leave behind where the library does not look. */
#ifndef SVCLB_TEST_LEAVINGS_H
#define SVCLB_TEST_LEAVINGS_H

#include <stddef.h>

/*
 * Routes of IPv4, routes of ours to IPv6 addresses that the kernel does not remove by itself when
 * their time is over, virtual servers of whomever, and whether 127.0.0.0/8 is routed, as text: from
 * `size` bytes at buf the end is cut off.
 */
void leavings(char *buf, size_t size);

#endif
