# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Applies that change the mode, killed before system calls that can change something, while clients use a Service that
# stays as it is. There are many of these calls, and half a second passes in each way to iptables: case
# 57-kill-mode-N takes each fourth one, beginning with the N-th.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/live.sh
. "${LAB_LIB%lib.sh}live.sh"

lab_node || { fail "a node comes up"; lab_end; }
ip -n node route add default via 192.168.64.20
ip -n node -6 route add default via fd00:64::20
for pod in a b; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done
{
	cat <<-'END'
		apiVersion: v1
		kind: Service
		metadata: {name: steady}
		spec:
		  type: LoadBalancer
		  clusterIP: 10.96.0.30
		  clusterIPs: [10.96.0.30, "fd00:10:96::30"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  externalIPs: [203.0.113.30]
		  loadBalancerSourceRanges: [192.168.64.0/24]
		  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30081}, {name: dns, port: 53, protocol: UDP, targetPort: 8080}]
		status: {loadBalancer: {ingress: [{ip: 198.51.100.30}]}}
	END
	slices steady
} >steady.yaml

kernel() {
	dump_kernel node | sort # addresses stand in the order in which they came
}

before=$(kernel)
assert_rc "apply" 0 ctl --mode ipvs apply steady.yaml
ipvs=$(kernel)
# what rules redirect stays, and what goes through a virtual server ends with it
assert_rc "from mode ipvs to iptables" 0 ctl --mode iptables apply steady.yaml
iptables=$(kernel)
load_room node
LOAD_PAUSE_MS=400 # most of the time is for what is killed
LOAD_SECONDS=850
LOAD_AGAIN_MS=4000 # a datagram that is under way when its flow goes is lost, the client's next one is not
load_start client {new,hold},{10.96.0.30,fd00:10:96::30,203.0.113.30,198.51.100.30},80 {new,hold},192.168.64.10,30081 \
	udp,{10.96.0.30,fd00:10:96::30},53
load_start a {new,hold},{10.96.0.30,fd00:10:96::30},80 udp,10.96.0.30,53
load_start node {new,hold},{10.96.0.30,fd00:10:96::30},80 udp,10.96.0.30,53
load_ready
# nothing of the other mode, no route of ours but those on lo, which the kernel removes when their time is over
out=$(in_ns node crash-test modes steady.yaml 4 "$KILL_FIRST")
echo "# ${out#ok }"
assert_contains "modes changed, there and back, killed before each fourth system call from number $KILL_FIRST on" "$out" "ok an apply killed before any of"
load_stop "an unchanged Service"
assert_eq "at the end the kernel holds exactly what was asked for" "$iptables" "$(kernel)"
assert_rc "and once more in mode ipvs" 0 ctl --mode ipvs apply steady.yaml
assert_eq "it holds exactly what was asked for" "$ipvs" "$(kernel)"
assert_rc "cleanup" 0 ctl cleanup
assert_eq "cleanup leaves the kernel as it was" "$before" "$(kernel)"
lab_end
