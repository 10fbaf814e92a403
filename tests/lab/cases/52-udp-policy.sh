#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# UDP clients that never change their port, when a traffic policy, source ranges or an endpoint's readiness say that they
# are not served there any more: what connection tracking knows of them does not keep them in. Mode IPVS;
# 56-iptables-udp-policy.sh is the same in the other one.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
mode=${UDP_MODE:-ipvs}

lab_node || { fail "a node comes up"; lab_end; }
# Service addresses are nobody's here: what is not redirected needs a way out before it is refused.
ip -n node route add default via 192.168.64.20
ip -n node route add default via fd00:64::20
# That way out makes redirects, which use up the allowance for ICMP errors.
in_ns node sh -c 'for f in all eth0; do echo 0 >/proc/sys/net/ipv4/conf/$f/send_redirects; done
	echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
for pod in a r; do
	lab_serve $pod udp:8080 || fail "pod $pod serves"
done

# A line more of the specification, and the pods: a is this node's, r another node's; !a and !r are not ready.
service() { # LINE POD...
	local line=$1 family pod ready

	shift
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: dns}
		spec:
		  type: LoadBalancer
		  clusterIP: 10.96.0.10
		  clusterIPs: [10.96.0.10, "fd00:10:96::10"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  externalIPs: [203.0.113.10, "2001:db8:cb::10"]
		  $line
		  ports: [{name: udp, port: 53, protocol: UDP, targetPort: 8080, nodePort: 30053}]
		status:
		  loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:51::10"}]}
	END
	for family in 4 6; do
		cat <<-END
			---
			apiVersion: discovery.k8s.io/v1
			kind: EndpointSlice
			metadata: {name: dns-$family, labels: {kubernetes.io/service-name: dns}}
			addressType: IPv$family
			ports: [{name: udp, port: 8080, protocol: UDP}]
			endpoints:
		END
		for pod; do
			ready=true
			[ "${pod#!}" = "$pod" ] || ready=false
			case $family${pod#!} in
			4a) echo "- {addresses: [10.244.1.2], nodeName: node-1, conditions: {ready: $ready}}" ;;
			4r) echo "- {addresses: [10.244.2.2], nodeName: node-2, conditions: {ready: $ready}}" ;;
			6a) echo "- {addresses: ['fd00:10:244:1::2'], nodeName: node-1, conditions: {ready: $ready}}" ;;
			6r) echo "- {addresses: ['fd00:10:244:2::2'], nodeName: node-2, conditions: {ready: $ready}}" ;;
			esac
		done
	done
}

apply() { # LINE POD...
	service "$@" >dns.yaml
	ctl --mode "$mode" apply -q dns.yaml
}

outside=("198.51.100.10 53" "203.0.113.10 53" "192.168.64.10 30053"
	"2001:db8:51::10 53" "2001:db8:cb::10 53" "fd00:64::10 30053")

ask() { # NS SOURCE_PORT ADDRESS PORT [OPTION...]: the answer to one datagram of that port
	local ns=$1 sport=$2 addr=$3 port=$4

	shift 4
	in_ns "$ns" hit -p udp -t 1000 -S "$sport" "$@" "$addr" "$port" | sed 's/ saw.*//'
}

all() { # what the client hears at all addresses that are for clients outside
	local at i=0

	for at in "${outside[@]}"; do
		i=$((i + 1))
		# shellcheck disable=SC2086
		ask client 530$i $at
	done | sort | uniq -c | sed 's/^ *//' | paste -sd ' '
}

pod() { # what a pod hears at the load balancer IPs
	echo "$(ask c 5310 198.51.100.10 53)" "$(ask c 5311 2001:db8:51::10 53)"
}

# The external policy becomes Local, and the only endpoint is another node's.
assert_rc "policy Cluster" 0 apply "" r
assert_eq "a client outside is answered" "6 r" "$(all)"
assert_eq "a pod is answered" "r r" "$(pod)"
assert_rc "policy Local, no local endpoint" 0 apply "externalTrafficPolicy: Local" r
assert_eq "the client is answered no more" "6 error: timeout" "$(all)"
assert_eq "a pod goes on" "r r" "$(pod)"

# The same with a local endpoint: it is the one to answer.
assert_rc "policy Local, a local endpoint comes" 0 apply "externalTrafficPolicy: Local" a r
assert_eq "the client is answered by the local endpoint" "6 a" "$(all)"
assert_rc "the local endpoint goes" 0 apply "externalTrafficPolicy: Local" r
assert_eq "the client is answered no more" "6 error: timeout" "$(all)"

# The internal policy.
assert_rc "internal policy Cluster" 0 apply "" r
assert_eq "a pod is answered at the cluster IP" "r r" \
	"$(ask c 5320 10.96.0.10 53) $(ask c 5321 fd00:10:96::10 53)"
assert_rc "internal policy Local, no local endpoint" 0 apply "internalTrafficPolicy: Local" r
# in mode iptables in silence, as with the external one
why=refused
[ "$mode" = ipvs ] || why=timeout
assert_eq "the pod is served no more" "error: $why error: $why" \
	"$(ask c 5320 10.96.0.10 53) $(ask c 5321 fd00:10:96::10 53)"

# Source ranges
sources() { # what .100 and .101 hear, over IPv4 and IPv6
	echo "$(ask client 5330 198.51.100.10 53 -s 192.168.64.100)" "$(ask client 5331 2001:db8:51::10 53 -s fd00:64::100)," \
		"$(ask client 5332 198.51.100.10 53 -s 192.168.64.101)" "$(ask client 5333 2001:db8:51::10 53 -s fd00:64::101)"
}
wide="loadBalancerSourceRanges: [192.168.64.0/24, 'fd00:64::/64']"
narrow="loadBalancerSourceRanges: [192.168.64.100/32, 'fd00:64::100/128']"
assert_rc "no source ranges" 0 apply "" a
assert_eq "everybody is answered" "a a, a a" "$(sources)"
assert_rc "ranges that admit both clients" 0 apply "$wide" a
assert_eq "both are answered" "a a, a a" "$(sources)"
assert_rc "ranges that admit one" 0 apply "$narrow" a
assert_eq "the other one is cut off" "a a, error: timeout error: timeout" "$(sources)"
assert_rc "wide ranges again" 0 apply "$wide" a
assert_eq "both are answered" "a a, a a" "$(sources)"

# An endpoint that is not ready any more
assert_rc "one endpoint" 0 apply "" a
assert_eq "the client is answered" "6 a" "$(all)"
assert_rc "it is not ready, another one is" 0 apply "" !a r
assert_eq "the client is answered by the other one" "6 r" "$(all)"
assert_rc "cleanup" 0 ctl cleanup
lab_end
