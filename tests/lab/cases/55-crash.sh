#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies that fail, and applies that are killed, at every single step, in the real kernel.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b; do
	lab_serve $pod 8080 || fail "pod $pod serves"
done
before=$(dump_kernel node)

# shellcheck source=tests/lab/crash-manifests.sh
. "${LAB_LIB%lib.sh}crash-manifests.sh"

for way in "empty one" "one two" "two empty"; do
	read -r from to <<<"$way"
	assert_rc "from $from to $to, every step fails once" 0 in_ns node crash-test fail "$from.yaml" "$to.yaml"
	assert_rc "from $from to $to, killed before every step" 0 in_ns node crash-test kill "$from.yaml" "$to.yaml"
done
assert_eq "and at the end nothing is left behind" "$before" "$(dump_kernel node)"
lab_end
