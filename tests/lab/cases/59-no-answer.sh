#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies of which system calls that change the kernel, or hear what became of it, fail: everything is done all the same, or nothing.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/crash-manifests.sh
. "${LAB_LIB%lib.sh}crash-manifests.sh"

lab_node || { fail "a node comes up"; lab_end; }
calls_fail deafen ENOBUFS one two 1
calls_fail deafen EPERM one two 5
lab_end
