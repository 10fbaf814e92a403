#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies of which system calls that change the kernel are refused: everything is put back, and the error says what failed,
# where and why; or it was worth another try.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/crash-manifests.sh
. "${LAB_LIB%lib.sh}crash-manifests.sh"

lab_node || { fail "a node comes up"; lab_end; }
calls_fail refuse EPERM empty one 20
calls_fail refuse ENOMEM two empty 20
calls_fail refuse EBUSY one empty 20
calls_fail refuse ENOBUFS one two 8
calls_fail refuse EAGAIN one two 8
calls_fail refuse EINTR one two 8
lab_end
