#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real requests through every kind of address: from outside, from the node, from a pod to itself; who answers, and
# which source the pods see.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b c r; do
	lab_serve $pod 8080 udp:8080 sctp:8080 || fail "pod $pod serves"
done

service "" a b c r >web.yaml
assert_rc "apply" 0 ctl apply web.yaml

# Every kind of address, both families, three protocols, from outside and from the node. SCTP sends a packet that was
# lost again after three seconds.
for p in tcp udp sctp; do
	for at in "10.96.0.10 80" "fd00:10:96::10 80" "203.0.113.10 80" "2001:db8:cb::10 80" "198.51.100.10 80" \
		"2001:db8:51::10 80" "192.168.64.10 30080" "fd00:64::10 30080"; do
		# shellcheck disable=SC2086  # address and port are two words
		assert_eq "$p from outside to $at reaches every endpoint" "a b c r" \
			"$(in_ns client hit -n 8 -t 8000 -p $p $at | lab_names)"
	done
	assert_eq "$p from the node to the cluster IP reaches every endpoint" "a b c r" \
		"$(in_ns node hit -n 8 -t 8000 -p $p 10.96.0.10 80 | lab_names)"
	assert_eq "$p from a pod to the cluster IP reaches every endpoint, itself too" "a b c r" \
		"$(in_ns a hit -n 8 -t 8000 -p $p 10.96.0.10 80 | lab_names)"
done
assert_eq "rr spreads evenly" "3 a 3 b 3 c 3 r" \
	"$(in_ns client hit -n 12 10.96.0.10 80 | sed 's/ saw.*//' | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ' ')"

# Sources: what stands behind the answer of pod b.
source_of() { # FROM ADDRESS PORT
	in_ns "$1" hit -n 4 "$2" "$3" | sed -n 's/^b saw //p'
}
assert_eq "a pod of the cluster keeps its address on the cluster IP" 10.244.1.2 "$(source_of a 10.96.0.10 80)"
assert_eq "and over IPv6" fd00:10:244:1::2 "$(source_of a fd00:10:96::10 80)"
assert_eq "an outside client of the cluster IP is masqueraded" 10.244.1.1 "$(source_of client 10.96.0.10 80)"
assert_eq "an outside client of the external IP is masqueraded" 10.244.1.1 "$(source_of client 203.0.113.10 80)"
assert_eq "an outside client of the load balancer IP is masqueraded" 10.244.1.1 "$(source_of client 198.51.100.10 80)"
assert_eq "an outside client of the node port is masqueraded" 10.244.1.1 "$(source_of client 192.168.64.10 30080)"
assert_eq "and over IPv6" fd00:10:244:1::1 "$(source_of client fd00:64::10 30080)"
assert_eq "a pod that reaches itself is masqueraded" 10.244.1.1 "$(source_of b 10.96.0.10 80)"

# Only service ports answer on service addresses.
in_ns node podserver -n host -l 120 9999 >/dev/null
assert_eq "a port that is no service's is refused on the cluster IP" "error: refused" "$(in_ns client hit 10.96.0.10 9999)"
assert_eq "and on the load balancer IP" "error: refused" "$(in_ns client hit 198.51.100.10 9999)"
assert_eq "while the node's own address answers" "host saw 192.168.64.100" "$(in_ns client hit 192.168.64.10 9999)"

# Affinity: one client stays, two clients are independent.
sed -i 's/^  type: LoadBalancer/&\n  sessionAffinity: ClientIP/' web.yaml
assert_rc "apply with affinity" 0 ctl apply web.yaml
assert_contains "the virtual server is persistent" "$(in_ns node ipvsadm -Sn)" "-A -t 10.96.0.10:80 -s rr -p 10800"
assert_eq "a client stays with its endpoint" 1 "$(in_ns client hit -n 8 10.96.0.10 80 | lab_names | wc -w)"
assert_eq "on the node port too" 1 "$(in_ns client hit -n 8 192.168.64.10 30080 | lab_names | wc -w)"
assert_rc "cleanup" 0 ctl cleanup
assert_eq "nothing answers any more" "error: host unreachable" "$(in_ns client hit -t 500 10.96.0.10 80)"
lab_end
