#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same while everything goes: sets, tables, the link: everything is done all the same, or nothing.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/crash-manifests.sh
. "${LAB_LIB%lib.sh}crash-manifests.sh"

lab_node || { fail "a node comes up"; lab_end; }
refuse() { # ERRNO FROM TO EACH
	local out rc

	out=$(in_ns node crash-test "$1" "$2.yaml" "$3.yaml" "$4" 2>&1)
	rc=$?
	lab_show <<<"$out"
	if [ $rc -eq 0 ]; then ok "$1, from $2 to $3"; else fail "$1, from $2 to $3"; fi
}

refuse ENOBUFS two empty 4
lab_end
