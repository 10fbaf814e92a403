#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab itself, with the kernel's standard tools only: if this fails, no other case means anything.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
before=$(dump_kernel node)

for pod in a b c r; do
	lab_serve $pod 8080 udp:5353 sctp:9090 || fail "pod $pod serves"
done

# Plain paths first: every namespace reaches what it should.
assert_eq "the client reaches a pod through the node" "a saw 192.168.64.100" "$(in_ns client hit 10.244.1.2 8080)"
assert_eq "and over IPv6" "a saw fd00:64::100" "$(in_ns client hit fd00:10:244:1::2 8080)"
assert_eq "the node reaches the remote pod" "r saw 192.168.64.10" "$(in_ns node hit 10.244.2.2 8080)"
assert_eq "and over IPv6" "r saw fd00:64::10" "$(in_ns node hit fd00:10:244:2::2 8080)"
assert_eq "a pod reaches the remote pod" "r saw 10.244.1.3" "$(in_ns b hit 10.244.2.2 8080)"
assert_eq "pods reach each other" "c saw 10.244.1.2" "$(in_ns a hit 10.244.1.4 8080)"
assert_eq "a closed port refuses" "error: refused" "$(in_ns client hit 10.244.1.2 81)"
assert_eq "UDP" "b saw 192.168.64.101" "$(in_ns client hit -p udp -s 192.168.64.101 10.244.1.3 5353)"
assert_eq "SCTP" "b saw 192.168.64.100" "$(in_ns client hit -p sctp 10.244.1.3 9090)"
assert_eq "nothing answers for an address that is nobody's" "error: host unreachable" \
	"$(in_ns client hit -t 500 10.96.0.10 80)"

# A virtual server in front of the three local pods and the remote one.
assert_rc "IPVS, sets, rules and a dummy link" 0 in_ns node bash -c '
	set -e
	ip link add kube-ipvs0 type dummy
	ip addr add 10.96.0.10/32 dev kube-ipvs0
	ip addr add fd00:96::a/128 dev kube-ipvs0 nodad
	ipvsadm -A -t 10.96.0.10:80 -s rr
	ipvsadm -A -t [fd00:96::a]:80 -s rr
	ipvsadm -A -u 10.96.0.10:53 -s rr
	for i in 2 3 4; do
		ipvsadm -a -t 10.96.0.10:80 -r 10.244.1.$i:8080 -m
		ipvsadm -a -t [fd00:96::a]:80 -r [fd00:10:244:1::$i]:8080 -m
		ipvsadm -a -u 10.96.0.10:53 -r 10.244.1.$i:5353 -m
	done
	echo 1 >/proc/sys/net/ipv4/vs/conntrack
	ipset create VIPS hash:ip,port
	ipset add VIPS 10.96.0.10,tcp:80
	iptables-legacy -t nat -A POSTROUTING -m set --match-set VIPS dst,dst -j ACCEPT
	iptables-legacy -t nat -A POSTROUTING -m ipvs --vaddr 10.96.0.10 --vport 80 -j MASQUERADE
'

assert_eq "every real server answers" "a b c" "$(in_ns client hit -n 6 10.96.0.10 80 | lab_names)"
assert_contains "with the node's address as source" "$(in_ns client hit 10.96.0.10 80)" "saw 10.244.1.1"
assert_eq "every real server answers over IPv6" "a b c" "$(in_ns client hit -n 6 fd00:96::a 80 | lab_names)"
assert_eq "every real server answers over UDP" "a b c" \
	"$(in_ns client hit -n 6 -p udp 10.96.0.10 53 | lab_names)"
assert_eq "the node itself is a client" "a b c" "$(in_ns node hit -n 6 10.96.0.10 80 | lab_names)"

in_ns node ipvsadm -a -t 10.96.0.10:80 -r 10.244.2.2:8080 -m
assert_eq "the remote real server answers too" "a b c r" "$(in_ns client hit -n 8 10.96.0.10 80 | lab_names)"

dump=$(dump_kernel node)
assert_contains "the dump has the virtual server" "$dump" "-A -t 10.96.0.10:80 -s rr"
assert_contains "the dump has the set" "$dump" "add VIPS 10.96.0.10,tcp:80"
assert_contains "the dump has the rule" "$dump" "--vport 80 -j MASQUERADE"
assert_contains "the dump has the address" "$dump" "kube-ipvs0 inet 10.96.0.10/32 scope global kube-ipvs0"

in_ns node bash -c 'ipvsadm -C; ip link del kube-ipvs0; iptables-legacy -t nat -F; ipset destroy'
assert_eq "after everything is removed the dump is the first one" "$before" "$(dump_kernel node)"

lab_end
