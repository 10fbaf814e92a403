#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same clients while applies go through, are rolled back from any step, or are killed at any step, by chance:
# nothing fails where an endpoint stays. SVCLB_SEED tries another chance.
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

{ service "" a b c r; second ClusterIP; } >1.yaml
{ service "" a b c; second NodePort; } >2.yaml
{ service "  sessionAffinity: ClientIP" a b c r; second LoadBalancer "  externalIPs: [203.0.113.20]"; } >3.yaml
{ service "  externalTrafficPolicy: Local" a b; second ClusterIP; } >4.yaml
{ service "  internalTrafficPolicy: Local" a b r; second NodePort; echo ---; cat "$(manifests)/clusterip.yaml"; } >5.yaml
{ service "" c r; second ClusterIP; } >6.yaml
assert_rc "apply" 0 in_ns node crash-test kill 1.yaml 1.yaml
load_room node
load_start client {new,hold},{10.96.0.10,fd00:10:96::10,203.0.113.10,2001:db8:cb::10,198.51.100.10,2001:db8:51::10}',80' \
	{new,hold},{192.168.64.10,fd00:64::10}',30080' {new,hold},{10.96.0.20,fd00:10:96::20}',80' \
	udp,{10.96.0.20,fd00:10:96::20}',53'
load_start a {new,hold},{10.96.0.10,fd00:10:96::10,10.96.0.20,fd00:10:96::20}',80' udp,10.96.0.20,53
load_start node {new,hold},{10.96.0.10,fd00:10:96::10,10.96.0.20,fd00:10:96::20}',80' udp,10.96.0.20,53
load_ready
if in_ns node churn live 20 "${SVCLB_SEED:-$SRANDOM}" {1..6}.yaml >churn.out 2>&1; then
	ok "applies, rollbacks, kills"
else
	fail "applies, rollbacks, kills" "one did not do what it should"
fi
lab_show <churn.out # times are those of the uptime, as in what load counts
load_stop "applies that fail and are killed"
lab_end
