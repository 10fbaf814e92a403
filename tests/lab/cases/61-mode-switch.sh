#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Changing the mode on a node that is in use: no new connection fails, and nothing of the old mode is left.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
ip -n node route add default via 192.168.64.20
ip -n node -6 route add default via fd00:64::20
for pod in a b c r; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done
before=$(dump_kernel node)
cat >web.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, "fd00:96::10"]
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  externalIPs: [203.0.113.10]
  loadBalancerSourceRanges: [192.168.64.0/24]
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
  - {name: udp, port: 80, protocol: UDP, targetPort: 8080, nodePort: 30080}
status:
  loadBalancer:
    ingress: [{ip: 198.51.100.10}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-4, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports:
- {name: http, port: 8080}
- {name: udp, port: 8080, protocol: UDP}
endpoints:
- {addresses: [10.244.1.2], nodeName: node-1}
- {addresses: [10.244.1.3], nodeName: node-1}
- {addresses: [10.244.1.4], nodeName: node-1}
- {addresses: [10.244.2.2], nodeName: node-2}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-6, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
ports:
- {name: http, port: 8080}
- {name: udp, port: 8080, protocol: UDP}
endpoints:
- {addresses: ["fd00:10:244:1::2"], nodeName: node-1}
- {addresses: ["fd00:10:244:2::2"], nodeName: node-2}
END
assert_rc "auto takes IPVS" 0 ctl --mode auto apply web.yaml
assert_contains "and says so" "$(ctl --mode auto status)" "mode: ipvs (auto"

# Requests to every kind of address while the mode changes. Each loop writes what went wrong and how often it asked.
loop() { # NAME FROM OPTION... ADDRESS PORT
	local name=$1 from=$2

	shift 2
	nsenter --net="/run/netns/$from" -- hit -n 1000000 -t 5000 -i 5 "$@" >"loop-$name" 2>&1 &
	loops+=($!)
}

names=(cluster external balancer node-port pod node cluster6 pod6 node6 udp)
run_loops() {
	loops=()
	loop cluster client 10.96.0.10 80
	loop external client 203.0.113.10 80
	loop balancer client 198.51.100.10 80
	loop node-port client 192.168.64.10 30080
	loop pod a 10.96.0.10 80
	loop node node 10.96.0.10 80
	loop cluster6 client fd00:96::10 80
	loop pod6 a fd00:96::10 80
	loop node6 node fd00:96::10 80
	loop udp client -p udp 10.96.0.10 80
}

# A datagram that is under way when its flow goes is lost: one at most. Nothing else is.
check_loops() { # WHAT
	local name errors

	# each ends with what becomes of the request that is under way
	kill "${loops[@]}"
	wait "${loops[@]}" 2>/dev/null
	for name in "${names[@]}"; do
		errors=$(grep -c error "loop-$name")
		[ "$name" = udp ] && [ "$errors" = 1 ] && errors=0
		[ "$errors" = 0 ] || grep error "loop-$name" | lab_show
		assert_eq "$1, requests ($name): none failed" 0 "$errors"
		[ "$(wc -l <"loop-$name")" -ge 20 ] || fail "$1, requests ($name): enough of them" "too few"
	done
}

switch() { # MODE
	run_loops
	sleep 0.3
	assert_rc "to $1: apply" 0 ctl --mode "$1" apply web.yaml
	sleep 0.3
	check_loops "to $1"
	assert_contains "to $1: a second apply changes nothing" "$(ctl --mode "$1" apply web.yaml 2>&1)" unchanged
}

# A set that somebody lists makes the last steps fail, when all else has been done.
held() {
	dump_kernel node
	in_ns node ip route show table local
	in_ns node ip -6 route show table local
}

ipvs_dump=$(dump_kernel node)
seq -f 'add KUBE-LOOP-BACK 10.250.0.1,tcp:%g,10.250.0.1' 1 1500 | in_ns node ipset restore
held_before=$(held)
mkfifo holding
nsenter --net=/run/netns/node -- set-holder KUBE-LOOP-BACK >holding &
holder=$!
read -r word <holding
assert_eq "somebody lists a set" holding "$word"
run_loops
sleep 0.3
assert_rc "to iptables while a set is listed: apply" 7 ctl --mode iptables apply web.yaml
sleep 0.3
check_loops "put back"
kill $holder
wait $holder 2>/dev/null
assert_eq "all is put back, with its routes" "$held_before" "$(held)"
assert_rc "what is not wanted goes" 0 ctl --mode ipvs apply web.yaml
assert_eq "as before" "$ipvs_dump" "$(dump_kernel node)"

# Somebody is killed while requests under way have their time. What he leaves goes with the addresses at the latest.
cat >more.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: more}
spec: {clusterIP: 10.96.0.11, ports: [{port: 80}]}
END
routes() {
	in_ns node ip route show table local | grep -E '^local (10.96|203.0|198.51)' | grep -v 'proto kernel'
	in_ns node ip -6 route show table local | grep '^local fd00:96'
}
assert_rc "one more Service" 0 ctl --mode ipvs apply more.yaml
in_ns node strace -f -qq -o /dev/null -e trace=clock_nanosleep -e inject=clock_nanosleep:signal=KILL:when=1 \
	svclbctl --state-dir "$LAB_STATE/store" --node node-1 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 \
	--mode iptables apply web.yaml >/dev/null 2>&1
assert_contains "killed, it leaves routes" "$(routes)" "10.96.0.11"
assert_rc "back to ipvs" 0 ctl --mode ipvs apply web.yaml
assert_contains "they are there as long as the addresses" "$(routes)" "10.96.0.11"
assert_eq "the node is answered" 4 "$(in_ns node hit -n 4 10.96.0.10 80 | grep -c '^[abcr] saw')"
assert_rc "the Service goes" 0 ctl --mode ipvs delete service more
assert_lacks "and its route" "$(in_ns node ip route show table local)" 10.96.0.11

switch iptables
dump=$(dump_kernel node)
assert_lacks "no virtual server is left" "$dump" "-A -t"
assert_lacks "no set" "$dump" "create KUBE"
assert_lacks "no link" "$dump" kube-ipvs0
assert_eq "no route" "" "$(in_ns node ip route show table local | grep 10.96; in_ns node ip -6 route show table local | grep fd00:96)"
assert_lacks "no chain of the old mode" "$dump" KUBE-LOAD-BALANCER
switch ipvs
assert_eq "back in IPVS mode all is as it was there" "$ipvs_dump" "$(dump_kernel node)"
assert_eq "127.0.0.0/8 is routed no more" 0 "$(in_ns node cat /proc/sys/net/ipv4/conf/all/route_localnet)"

assert_rc "cleanup" 0 ctl cleanup
assert_eq "cleanup leaves the kernel as it was" "$before" "$(dump_kernel node)"
lab_end
