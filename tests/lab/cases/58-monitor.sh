#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Somebody takes an address of ours away: it is announced, and the next apply repairs it.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
assert_rc "a Service is applied" 0 ctl apply -q -f "$(manifests)/clusterip.yaml"
want=$(dump_kernel node)
address=$(in_ns node ip -4 -o addr show dev kube-ipvs0 | awk '{ print $4; exit }')

# Runs a command while somebody watches; prints what was seen.
watched() {
	local word

	mkfifo ready
	in_ns node monitor-wait >ready &
	exec 7<ready
	rm ready
	read -r -u 7 word
	[ "$word" = ready ] || return
	in_ns node "$@" >&2
	read -r -u 7 word
	wait $!
	exec 7<&-
	echo "$word"
}
assert_eq "an address that goes" 2 "$(watched ip addr del "$address" dev kube-ipvs0)"
assert_rc "the kernel has drifted" 3 ctl status --exit-code
assert_rc "apply repairs it" 0 ctl apply -q -f "$(manifests)/clusterip.yaml"
assert_eq "all is as before" "$want" "$(dump_kernel node)"
assert_eq "an address of the node" 4 "$(watched ip addr add 192.168.64.11/24 dev eth0)"
seen=$(watched ip link del kube-ipvs0)
assert_eq "the link that goes" 1 $((seen & 1))
assert_rc "apply repairs that too" 0 ctl apply -q -f "$(manifests)/clusterip.yaml"
assert_rc "and is in sync" 0 ctl status --exit-code
lab_end
