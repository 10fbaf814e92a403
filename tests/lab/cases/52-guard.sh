#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What answers on a service address: its service ports and nothing else of the node. An open connection outlives every
# apply, also one that writes the tables anew.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b; do
	lab_serve $pod 8080 || fail "pod $pod serves"
done
# what a node has: a daemon on all addresses, and the health check server of a Service
in_ns node podserver -n host -l 200 9999 31234 udp:9999 sctp:9999 >/dev/null || fail "the node serves"

service() { # NAME LAST TYPE [LINE_OF_SPEC...]
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: $1}
		spec:
		  type: $3
		  clusterIP: 10.96.0.$2
		  clusterIPs: [10.96.0.$2, "fd00:10:96::$2"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  ports: [{name: http, port: 80, targetPort: 8080}]
		  externalIPs: [203.0.113.$2, "2001:db8:cb::$2"]
		$(shift 3 && [ $# -eq 0 ] || printf '  %s\n' "$@")
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-4, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv4
		ports: [{name: http, port: 8080}]
		endpoints: [{addresses: [10.244.1.2], nodeName: node-1}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-6, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv6
		ports: [{name: http, port: 8080}]
		endpoints: [{addresses: ["fd00:10:244:1::2"], nodeName: node-1}]
	END
}

{
	service web 10 LoadBalancer "externalTrafficPolicy: Local" "healthCheckNodePort: 31234"
	service other 20 ClusterIP
} >all.yaml
sed -i '0,/^---$/{/^---$/d}' all.yaml
# the load balancer's addresses belong to the first Service
sed -i '0,/^---$/s/^---$/status: {loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:51::10"}]}}\n---/' all.yaml
assert_rc "apply" 0 ctl apply all.yaml

at() { # NS PROTOCOL ADDRESS PORT
	in_ns "$1" hit -t 2500 -p "$2" "$3" "$4" | sed 's/ saw.*//'
}
for address in 10.96.0.10 203.0.113.10 198.51.100.10 10.96.0.20 fd00:10:96::10 2001:db8:cb::20 2001:db8:51::10; do
	assert_eq "$address: the service port answers" a "$(at client tcp $address 80)"
	assert_eq "$address: another port is refused" "error: refused" "$(at client tcp $address 9999)"
done
assert_eq "a UDP port is refused too" "error: refused" "$(at client udp 10.96.0.10 9999)"
# a refusal by ICMP tells SCTP nothing
assert_eq "an SCTP port does not answer" "error: timeout" "$(at client sctp 198.51.100.10 9999)"
assert_eq "a pod is refused like everybody" "error: refused" "$(at b tcp 10.96.0.10 9999)"
assert_eq "the node's own address answers as before" host "$(at client tcp 192.168.64.10 9999)"

# The health check port.
assert_eq "the health check answers at the node's address" host "$(at client tcp 192.168.64.10 31234)"
assert_eq "and over IPv6" host "$(at client tcp fd00:64::10 31234)"
assert_eq "and at the load balancer IP of its Service" host "$(at client tcp 198.51.100.10 31234)"
assert_eq "and over IPv6 there" host "$(at client tcp 2001:db8:51::10 31234)"
for address in 10.96.0.10 203.0.113.10 10.96.0.20 2001:db8:cb::20; do
	assert_eq "$address: it is refused" "error: refused" "$(at client tcp $address 31234)"
done
in_ns node iptables-legacy -P INPUT DROP
assert_eq "where the node lets nothing else in, it answers" host "$(at client tcp 192.168.64.10 31234)"
assert_eq "and nothing else does" "error: timeout" "$(in_ns client hit -t 300 192.168.64.10 9999)"
in_ns node iptables-legacy -P INPUT ACCEPT

# One connection, and everything that an apply can do meanwhile.
in_ns client hit -k -n 1000 -i 100 -t 3000 203.0.113.20 80 >open-connection 2>&1 &
open=$!
service more 30 NodePort >more.yaml
assert_rc "a Service comes" 0 ctl apply more.yaml
assert_rc "the masquerade bit changes: tables are written anew" 0 ctl --masquerade-bit 9 apply all.yaml
assert_rc "so does the detector" 0 ctl --cluster-cidr= apply all.yaml
assert_rc "the scheduler changes" 0 ctl --scheduler lc apply all.yaml
sed 's/^  ports: \[/&{name: more, port: 81}, /' all.yaml >changed.yaml
assert_rc "ports come" 0 ctl apply changed.yaml
assert_rc "a Service goes" 0 ctl delete -f more.yaml
sed 's/^  externalTrafficPolicy: Local/  externalTrafficPolicy: Cluster/; /healthCheckNodePort/d' all.yaml >changed.yaml
assert_rc "a policy changes" 0 ctl apply changed.yaml
before=$(wc -l <open-connection)
sleep 1
if kill -0 $open && [ "$(wc -l <open-connection)" -gt "$before" ]; then
	ok "the connection is open and serves"
else
	fail "the connection is open and serves"
fi
assert_eq "every request over it was answered" a "$(sed 's/ saw.*//' open-connection | sort -u)"
assert_rc "cleanup" 0 ctl cleanup
lab_end
