#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same while everything goes: sets, tables, the link: everything is done all the same, or nothing.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/crash-manifests.sh
. "${LAB_LIB%lib.sh}crash-manifests.sh"

lab_node || { fail "a node comes up"; lab_end; }
calls_fail deafen ENOBUFS two empty 4
lab_end
