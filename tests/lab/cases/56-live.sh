#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Clients that never stop asking, from outside, from a pod and from the node, while Services are added, scaled,
# relabelled, switched in type and put back: nothing fails where an endpoint stays.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"
# shellcheck source=tests/lab/live.sh
. "${LAB_LIB%lib.sh}live.sh"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b c r; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

change() { # NAME: applies step.yaml
	local uptime

	read -r uptime _ </proc/uptime
	echo "# at $uptime s: $1"
	assert_rc "$1" 0 ctl apply --prune step.yaml
}

relabelled='s/{name: web}/{name: web, labels: {x: y}, annotations: {service.kubernetes.io\/ipvs-scheduler: lc}}/'

{ service "" a b c r; second ClusterIP; } >step.yaml
change "apply"
# shellcheck disable=SC2054  # an address and a port each
web=(10.96.0.10,80 fd00:10:96::10,80)
# shellcheck disable=SC2054
second=(10.96.0.20,80 fd00:10:96::20,80)
# shellcheck disable=SC2054
outside=(203.0.113.10,80 2001:db8:cb::10,80 198.51.100.10,80 2001:db8:51::10,80 192.168.64.10,30080 fd00:64::10,30080)
all=("${web[@]}" "${outside[@]}" "${second[@]}")
inside=("${web[@]}" "${second[@]}")
load_room node
# Four open connections to each address: one to each endpoint. Datagrams only to endpoints that stay, for what is
# on its way to one that goes is lost.
load_start client "${all[@]/#/new,}" "${all[@]/#/hold,}" "${all[@]/#/hold,}" "${all[@]/#/hold,}" "${all[@]/#/hold,}" \
	udp,10.96.0.20,53 udp,fd00:10:96::20,53
load_start a "${inside[@]/#/new,}" "${inside[@]/#/hold,}" udp,10.96.0.20,53
load_start node "${inside[@]/#/new,}" "${inside[@]/#/hold,}" udp,10.96.0.20,53
load_ready

{ service "" a b c; second ClusterIP; } >step.yaml
change "fewer endpoints"
{ service "" a b c r; second NodePort; } >step.yaml
change "more again; a node port"
{ service "  sessionAffinity: ClientIP" a b c r; second LoadBalancer "  externalIPs: [203.0.113.20]"; } >step.yaml
change "affinity; a load balancer and an external IP"
{ service "" a b c r | sed "$relabelled"; second NodePort; } >step.yaml
change "no affinity, a label, another scheduler; only a node port"
{ service "  externalTrafficPolicy: Local" a b; second ClusterIP; } >step.yaml
change "policy Local, fewer endpoints; only a cluster IP"
{ service "  internalTrafficPolicy: Local" a b r; second ClusterIP; } >step.yaml
change "the other policy"
{ service "" a b c r; second ClusterIP; echo ---; cat "$(manifests)/clusterip.yaml"; } >step.yaml
change "one more Service"
{ service "" c r; second ClusterIP; } >step.yaml
change "that one gone, half of the endpoints"
{ service "" a b; second ClusterIP; } >step.yaml
change "the other half instead"
load_stop "changes"

# The same tools see it when something breaks: a Service without endpoints, then one that is gone.
LOAD_TIMEOUT_MS=5000
load_start client new,10.96.0.10,80 hold,10.96.0.20,80
load_start node new,10.96.0.20,80
load_ready
service "" >step.yaml
change "no endpoint, and the second Service gone"
sleep 0.5
load_end
for one in "client new 10.96.0.10 80" "client hold 10.96.0.20 80" "node new 10.96.0.20 80"; do
	lab_show <"load-${one%% *}.out"
	counts=$(grep "^${one#* }: " "load-${one%% *}.out")
	assert_lacks "that shows in ${one#* } from ${one%% *}" "$counts" ", 0 failed"
done
lab_end
