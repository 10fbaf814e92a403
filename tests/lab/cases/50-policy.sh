#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Traffic policies Local: who is served by whom, from which source, and who is kept out, with local endpoints and
# without; what an open connection sees of it.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a r; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

service() { # EXTERNAL_POLICY INTERNAL_POLICY POD... (a: this node's, r: another node's)
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec:
		  type: LoadBalancer
		  externalTrafficPolicy: $1
		  internalTrafficPolicy: $2
		  clusterIP: 10.96.0.10
		  clusterIPs: [10.96.0.10, "fd00:10:96::10"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  externalIPs: [203.0.113.10, "2001:db8:cb::10"]
		  ports:
		  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
		  - {name: udp, port: 80, protocol: UDP, targetPort: 8080, nodePort: 30080}
		status:
		  loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:51::10"}]}
	END
	shift 2
	slice IPv4 10.244.1.2 10.244.2.2 "$@"
	slice IPv6 fd00:10:244:1::2 fd00:10:244:2::2 "$@"
}

slice() { # FAMILY A R POD...
	local family=$1 a=$2 r=$3 pod

	shift 3
	cat <<-END
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: web-${family,,}, labels: {kubernetes.io/service-name: web}}
		addressType: $family
		ports: [{name: http, port: 8080}, {name: udp, port: 8080, protocol: UDP}]
		endpoints:
	END
	[ $# -gt 0 ] || echo "  []"
	for pod; do
		case $pod in
		a) echo "- {addresses: ['$a'], nodeName: node-1}" ;;
		r) echo "- {addresses: ['$r'], nodeName: node-2}" ;;
		esac
	done
}

answers() { # NS PROTOCOL ADDRESS PORT [TIMEOUT_MS]
	in_ns "$1" hit -n 2 -t "${5:-250}" -p "$2" "$3" "$4" | sort -u | paste -sd ' '
}

outside="198.51.100.10:80 203.0.113.10:80 192.168.64.10:30080 2001:db8:51::10:80 2001:db8:cb::10:80 fd00:64::10:30080"

# With a local endpoint: that one alone, and it sees the client's own address.
service Local Cluster a r >web.yaml
assert_rc "policy Local, a local endpoint" 0 ctl apply web.yaml
for at in $outside; do
	source=192.168.64.100
	case $at in *:*:*) source=fd00:64::100 ;; esac
	for p in tcp udp; do
		assert_eq "$p $at: the local endpoint answers and sees the client" "a saw $source" \
			"$(answers client $p "${at%:*}" "${at##*:}")"
	done
done
assert_eq "the cluster IP has all endpoints" "a r" "$(in_ns client hit -n 4 10.96.0.10 80 | lab_names)"
assert_eq "a pod gets the local endpoint at the load balancer IP" a "$(in_ns c hit -n 4 198.51.100.10 80 | lab_names)"
assert_eq "so does the node" a "$(in_ns node hit -n 4 198.51.100.10 80 | lab_names)"

# The endpoint goes while a connection to it is open.
in_ns client hit -k -n 12 -i 250 -t 2000 198.51.100.10 80 >open-connection 2>&1 &
open=$!
for _ in $(seq 50); do
	[ -s open-connection ] && break
	sleep 0.1
done
service Local Cluster r >web.yaml
assert_rc "the local endpoint goes" 0 ctl apply web.yaml
for at in $outside; do
	for p in tcp udp; do
		assert_eq "$p $at: a client outside gets no answer" "error: timeout" \
			"$(answers client $p "${at%:*}" "${at##*:}")"
	done
	assert_eq "$at: a pod of this node is served" r "$(in_ns c hit -n 2 "${at%:*}" "${at##*:}" | lab_names)"
	assert_eq "$at: a pod of another node is served" r "$(in_ns r hit -n 2 "${at%:*}" "${at##*:}" | lab_names)"
	assert_eq "$at: the node is served" r "$(in_ns node hit -n 2 "${at%:*}" "${at##*:}" | lab_names)"
done
assert_eq "the cluster IP serves everybody" r "$(in_ns client hit -n 2 10.96.0.10 80 | lab_names)"
assert_contains "the set names what is closed" "$(in_ns node ipset list KUBE-SVCLB-NO-LOCAL)" "192.168.64.10,tcp:30080"
wait $open
assert_eq "the open connection went on" "12 a saw 192.168.64.100" "$(sort open-connection | uniq -c | sed 's/^ *//')"

# It comes back.
service Local Cluster a r >web.yaml
assert_rc "a local endpoint comes" 0 ctl apply web.yaml
assert_eq "clients outside are served again" "a saw 192.168.64.100" "$(answers client tcp 198.51.100.10 80)"
assert_eq "at the node port too" "a saw 192.168.64.100" "$(answers client tcp 192.168.64.10 30080)"

# While it goes and comes, a client outside is answered by it or not at all: never by another node's endpoint.
(while [ ! -e enough ]; do in_ns client hit -n 20 -i 10 -t 250 198.51.100.10 80; done) >asking 2>&1 &
asking=$!
for pods in r "a r" r "a r"; do
	# shellcheck disable=SC2086  # one word each
	service Local Cluster $pods >web.yaml
	assert_rc "endpoints $pods, while a client asks" 0 ctl apply web.yaml
	sleep 0.5
done
touch enough
wait $asking
assert_eq "it heard nothing else in between" "a saw 192.168.64.100
error: timeout" "$(sort -u asking)"

# No endpoint anywhere: a refusal, not silence.
service Local Cluster >web.yaml
assert_rc "no endpoint at all" 0 ctl apply web.yaml
assert_eq "a client outside is refused" "error: refused" "$(answers client tcp 198.51.100.10 80)"
assert_eq "so is a pod" "error: refused" "$(answers c tcp 198.51.100.10 80)"

# Without a detector nobody but the node itself counts as inside.
service Local Cluster r >web.yaml
assert_rc "without a detector" 0 ctl --cluster-cidr= apply web.yaml
assert_eq "a client outside gets no answer" "error: timeout" "$(answers client tcp 198.51.100.10 80)"
assert_eq "a pod cannot be told from it" "error: timeout" "$(answers c tcp 198.51.100.10 80)"
assert_eq "the node is served" r "$(in_ns node hit -n 2 198.51.100.10 80 | lab_names)"
assert_rc "with the pods' interfaces as the detector" 0 ctl --cluster-cidr= \
	--detect-local-mode InterfaceNamePrefix --detect-local-arg veth- apply web.yaml
assert_eq "a pod of this node is known by its interface" r "$(in_ns c hit -n 2 198.51.100.10 80 | lab_names)"
assert_eq "a client outside is not" "error: timeout" "$(answers client tcp 198.51.100.10 80)"
assert_rc "with one link as the detector" 0 ctl --cluster-cidr= \
	--detect-local-mode BridgeInterface --detect-local-arg veth-c apply web.yaml
assert_eq "what comes by it is served" r "$(in_ns c hit -n 2 198.51.100.10 80 | lab_names)"
assert_eq "what comes by another one is not" "error: timeout" "$(answers b tcp 198.51.100.10 80)"
{
	service Local Cluster r
	printf -- '---\napiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n'
	printf 'spec: {podCIDRs: [10.244.1.0/24, "fd00:10:244:1::/64"]}\n'
} >node.yaml
assert_rc "with the node's own networks as the detector" 0 ctl --cluster-cidr= --detect-local-arg= \
	--detect-local-mode NodeCIDR apply node.yaml
for ip in 198.51.100.10 2001:db8:51::10; do
	assert_eq "$ip: a pod of this node is known by its address" r "$(in_ns c hit -n 2 $ip 80 | lab_names)"
	assert_eq "$ip: a pod of another node is not" "error: timeout" "$(answers r tcp $ip 80)"
done

# internalTrafficPolicy Local is about the cluster IP alone, and does not leak.
service Cluster Local a r >web.yaml
assert_rc "internal policy Local, a local endpoint" 0 ctl --detect-local-mode= --detect-local-arg= apply web.yaml
assert_eq "the cluster IP has the local endpoint alone" a "$(in_ns c hit -n 4 10.96.0.10 80 | lab_names)"
assert_eq "the load balancer IP has all" "a r" "$(in_ns client hit -n 4 198.51.100.10 80 | lab_names)"
service Cluster Local r >web.yaml
assert_rc "internal policy Local, no local endpoint" 0 ctl apply web.yaml
for ns in client c node r; do
	assert_eq "$ns is refused at the cluster IP" "error: refused" "$(answers $ns tcp 10.96.0.10 80)"
done
# over a veth the refusal can come before the socket is ready for it; the next packet is a second later
assert_eq "over IPv6 too" "error: refused" "$(answers c tcp fd00:10:96::10 80 2500)"
assert_eq "the load balancer IP serves" r "$(in_ns client hit -n 2 198.51.100.10 80 | lab_names)"
assert_eq "the node port serves" r "$(in_ns client hit -n 2 192.168.64.10 30080 | lab_names)"

assert_rc "cleanup" 0 ctl cleanup
lab_end
