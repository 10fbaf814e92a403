/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the error of an apply that was put back tells all that it should. */
#ifndef SVCLB_TEST_TELLING_H
#define SVCLB_TEST_TELLING_H

#include <svclb/svclb.h>

/*
 * What such an error lacks: the step with its object, its subsystem, the operation, os_errno in words,
 * the place in the manifest where the step makes something for an object of it. NULL: nothing.
 */
const char *telling_lacks(const struct svclb_error *err, int os_errno);

#endif
