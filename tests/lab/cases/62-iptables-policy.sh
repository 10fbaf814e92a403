#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Mode iptables: affinity, source ranges, traffic policies, and Services without endpoints.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"

lab_node || { fail "a node comes up"; lab_end; }
# Service addresses are nobody's here: what the node sends to them needs a way out before it is redirected.
ip -n node route add default via 192.168.64.20
ip -n node route add default via fd00:64::20
# That way out makes redirects, which use up the allowance for ICMP errors.
in_ns node sh -c 'for f in all eth0; do echo 0 >/proc/sys/net/ipv4/conf/$f/send_redirects; done'
serve a b c r
ipt() {
	ctl --mode iptables "$@"
}

# Affinity
service "  sessionAffinity: ClientIP" a b c r >web.yaml
assert_rc "apply with affinity" 0 ipt apply web.yaml
for p in tcp udp; do
	assert_eq "a $p client stays with its endpoint" 1 \
		"$(in_ns client hit -n 20 -p $p 10.96.0.10 80 | lab_names | wc -w)"
done
assert_eq "at the node port it is the same one" 1 "$({ in_ns client hit -n 10 10.96.0.10 80
	in_ns client hit -n 10 192.168.64.10 30080; } | lab_names | wc -w)"
assert_eq "over IPv6 too" 1 "$(in_ns client hit -n 20 fd00:10:96::10 80 | lab_names | wc -w)"
assert_contains "a second apply changes nothing" "$(ipt apply web.yaml 2>&1)" unchanged

# Source ranges: the load balancer IP alone is restricted.
service "  loadBalancerSourceRanges: [192.168.64.100/32, 'fd00:64::100/128']" a b c r >web.yaml
assert_rc "apply with source ranges" 0 ipt apply web.yaml
assert_eq "an admitted source" "a b c r" "$(in_ns client hit -n 60 -s 192.168.64.100 198.51.100.10 80 | lab_names)"
assert_eq "one that is not" "error: timeout" "$(in_ns client hit -t 300 -s 192.168.64.101 198.51.100.10 80)"
assert_eq "over IPv6 one that is not" "error: timeout" \
	"$(in_ns client hit -t 300 -s fd00:64::101 2001:db8:51::10 80)"
assert_eq "it may use the external IP" "a b c r" \
	"$(in_ns client hit -n 60 -s 192.168.64.101 203.0.113.10 80 | lab_names)"

# External policy Local
service "  externalTrafficPolicy: Local" a b c r >web.yaml
assert_rc "apply with the external policy Local" 0 ipt apply web.yaml
assert_eq "from outside only local endpoints" "a b c" "$(in_ns client hit -n 60 198.51.100.10 80 | lab_names)"
assert_eq "which see the client" 192.168.64.100 "$(seen client 198.51.100.10 80 -s 192.168.64.100)"
assert_eq "from a pod all of them" "a b c r" "$(in_ns a hit -n 60 198.51.100.10 80 | lab_names)"
assert_eq "from the node all of them" "a b c r" "$(in_ns node hit -n 60 198.51.100.10 80 | lab_names)"
service "  externalTrafficPolicy: Local" r >web.yaml
assert_rc "apply without a local endpoint" 0 ipt apply web.yaml
assert_eq "from outside silence" "error: timeout" "$(in_ns client hit -t 300 192.168.64.10 30080)"
assert_eq "from a pod the other node's endpoint" r "$(in_ns a hit 198.51.100.10 80 | lab_names)"

# Health check node port: it is let in, and nothing beside it.
service "  externalTrafficPolicy: Local
  healthCheckNodePort: 32100" a b c r >web.yaml
assert_rc "apply with a health check node port" 0 ipt apply web.yaml
in_ns node podserver -n node -l 120 32100 32101 >/dev/null || fail "the node serves"
in_ns node sh -c 'for t in iptables ip6tables; do $t-legacy -A INPUT -p tcp --dport 32100:32101 -j DROP; done'
assert_eq "the health check is reached" "node saw 192.168.64.100" \
	"$(in_ns client hit -s 192.168.64.100 192.168.64.10 32100)"
assert_eq "over IPv6 too" "node saw fd00:64::100" "$(in_ns client hit -s fd00:64::100 fd00:64::10 32100)"
assert_eq "the port beside it is not" "error: timeout" "$(in_ns client hit -t 300 192.168.64.10 32101)"

# Weights are probabilities: of 400 requests 200, 100, 100 and none, with standard deviations of 10 and 8.7.
shares() { # ADDRESS: "right" if each answered within five standard deviations
	in_ns client hit -n 400 "$1" 80 | sed 's/ saw.*//' | sort | uniq -c | awk '
		{ n[$2] = $1 }
		END {
			right = NR == 3 && n["a"] >= 150 && n["a"] <= 250 && n["b"] >= 56 && n["b"] <= 144 && n["c"] >= 56 && n["c"] <= 144
			print right ? "right" : "a " n["a"] " b " n["b"] " c " n["c"] " r " n["r"]
		}'
}
weights="10.244.1.2=2,10.244.2.2=0,fd00:10:244:1::2=2,fd00:10:244:2::2=0,1"
service "" a b c r |
	sed "0,/^metadata: {name: web}/s//metadata: {name: web, annotations: {svclb.io\/weight: \"$weights\"}}/" >web.yaml
assert_rc "apply with weights" 0 ipt apply web.yaml
assert_eq "requests follow the weights" right "$(shares 10.96.0.10)"
assert_eq "over IPv6 too" right "$(shares fd00:10:96::10)"

# No endpoint
service "" >web.yaml
assert_rc "apply without endpoints" 0 ipt apply web.yaml
for at in "10.96.0.10 80" "198.51.100.10 80" "203.0.113.10 80" "192.168.64.10 30080" "fd00:10:96::10 80"; do
	# shellcheck disable=SC2086
	assert_eq "$at is refused" "error: refused" "$(in_ns client hit $at)"
done
assert_eq "from the node too" "error: refused" "$(in_ns node hit 10.96.0.10 80)"
lab_end
