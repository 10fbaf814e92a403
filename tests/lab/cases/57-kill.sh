#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies killed before every system call that can change something, while clients use a Service that does not change.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/live.sh
. "${LAB_LIB%lib.sh}live.sh"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

steady() {
	cat <<-'END'
		apiVersion: v1
		kind: Service
		metadata: {name: steady}
		spec:
		  type: NodePort
		  clusterIP: 10.96.0.30
		  clusterIPs: [10.96.0.30, "fd00:10:96::30"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  externalIPs: [203.0.113.30]
		  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30081}, {name: dns, port: 53, protocol: UDP, targetPort: 8080}]
	END
	slices steady
	echo ---
}

# What changes: endpoints, a scheduler, a Service that goes and one that comes.
{
	steady
	cat <<-'END'
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec: {clusterIP: 10.96.0.10, externalIPs: [203.0.113.10], ports: [{port: 80}]}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: web}
		subsets: [{addresses: [{ip: 10.244.1.2}, {ip: 10.244.1.3}], ports: [{port: 8080}]}]
		---
		apiVersion: v1
		kind: Service
		metadata: {name: gone}
		spec: {clusterIP: 10.96.0.11, sessionAffinity: ClientIP, ports: [{port: 53, protocol: UDP}]}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: gone}
		subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 53, protocol: UDP}]}]
	END
} >one.yaml
{
	steady
	cat <<-'END'
		apiVersion: v1
		kind: Service
		metadata: {name: web, annotations: {service.kubernetes.io/ipvs-scheduler: wlc}}
		spec:
		  type: LoadBalancer
		  clusterIP: 10.96.0.10
		  ports: [{port: 80, nodePort: 30080}]
		  loadBalancerSourceRanges: [192.168.64.0/24]
		status: {loadBalancer: {ingress: [{ip: 198.51.100.10}]}}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: web}
		subsets: [{addresses: [{ip: 10.244.1.3}, {ip: 10.244.1.4}], ports: [{port: 8080}]}]
		---
		apiVersion: v1
		kind: Service
		metadata: {name: new}
		spec: {clusterIP: "fd00:10:96::12", ports: [{port: 443}]}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: new}
		subsets: [{addresses: [{ip: "fd00:10:244:1::2"}], ports: [{port: 8443}]}]
	END
} >two.yaml
cat >empty.yaml </dev/null

kernel() {
	dump_kernel node | sort # addresses stand in the order in which they came
}

assert_rc "apply" 0 ctl apply one.yaml
one=$(kernel)
load_room node
LOAD_PAUSE_MS=120 # most of the time is for what is killed
load_start client {new,hold},{10.96.0.30,fd00:10:96::30,203.0.113.30},80 {new,hold},192.168.64.10,30081 \
	udp,{10.96.0.30,fd00:10:96::30},53
load_start c {new,hold},{10.96.0.30,fd00:10:96::30},80 udp,10.96.0.30,53
load_start node {new,hold},{10.96.0.30,fd00:10:96::30},80 udp,10.96.0.30,53
load_ready
out=$(in_ns node crash-test calls one.yaml two.yaml)
echo "# ${out#ok }"
assert_contains "changes, there and back, killed before every system call" "$out" "ok an apply killed before any of"
load_stop "an unchanged Service"
assert_eq "at the end the kernel holds exactly what was asked for" "$one" "$(kernel)"
lab_end
