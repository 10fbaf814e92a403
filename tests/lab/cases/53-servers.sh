#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Weights, scheduler flags, thresholds, forwarding methods, one-packet scheduling and plain virtual servers: what the
# kernel holds, what changes in place, and packets where they show it.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
before=$(dump_kernel node)
for pod in a b c; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

service() { # NAME ANNOTATIONS PROTOCOL
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: $1, annotations: {$2}}
		spec:
		  clusterIP: 10.96.0.10
		  sessionAffinity: ${4:-None}
		  ports: [{port: 80, protocol: $3}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-4, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv4
		ports: [{port: 8080, protocol: $3}]
		endpoints: [{addresses: [10.244.1.2]}, {addresses: [10.244.1.3]}, {addresses: [10.244.1.4]}]
	END
}

same_as_rendered() { # NAME FILE
	assert_eq "$1: render prints what ipvsadm prints" \
		"$(in_ns node ipvsadm -Sn | sort)" "$(ctl render -f "$2" -o ipvsadm | sort)"
	assert_contains "$1: a second apply changes nothing" "$(ctl apply --prune "$2" 2>&1)" unchanged
}

# ---- weights and thresholds of endpoints
service web 'svclb.io/weight: "1,10.244.1.2=3,10.244.1.4=0", service.kubernetes.io/ipvs-scheduler: wrr' TCP >weights.yaml
assert_rc "weights: apply" 0 ctl apply --prune weights.yaml
same_as_rendered weights weights.yaml
assert_eq "weights: connections are spread by them" "a 12, b 4" \
	"$(in_ns client hit -n 16 10.96.0.10 80 | sed 's/ saw .*//' | sort | uniq -c |
		awk '{ print $2, $1 }' | paste -sd , | sed 's/,/, /g')"
service web 'svclb.io/upper-threshold: "50", svclb.io/lower-threshold: "10,10.244.1.3=20", service.kubernetes.io/ipvs-scheduler: wrr' TCP >limits.yaml
assert_contains "thresholds: real servers change in place" "$(ctl plan --prune limits.yaml)" "3 to change, 0 to delete (ipvs 3)"
assert_rc "thresholds: apply" 0 ctl apply --prune limits.yaml
assert_eq "thresholds: the kernel has them" "10.244.1.2:8080 50 10 10.244.1.3:8080 50 20 10.244.1.4:8080 50 10" \
	"$(in_ns node ipvsadm -Ln --thresholds | awk '/->.*:8080/ { print $2, $3, $4 }' | sort | paste -sd ' ')"
assert_contains "thresholds: a second apply changes nothing" "$(ctl apply --prune limits.yaml 2>&1)" unchanged

# ---- flags and persistence in place
service web 'service.kubernetes.io/ipvs-scheduler: mh, svclb.io/scheduler-flags: "mh-fallback", svclb.io/affinity-prefix-ipv4: "24"' TCP ClientIP >flags.yaml
assert_rc "flags: apply" 0 ctl apply --prune flags.yaml
same_as_rendered flags flags.yaml
assert_contains "flags: the kernel has them" "$(in_ns node ipvsadm -Sn)" "-s mh -p 10800 -M 255.255.255.0 -b mh-fallback"
assert_eq "affinity prefix: two clients of one network meet one endpoint" 1 \
	"$({ in_ns client hit -n 3 -s 192.168.64.100 10.96.0.10 80; in_ns client hit -n 3 -s 192.168.64.101 10.96.0.10 80; } |
		sed 's/ saw .*//' | sort -u | wc -l)"
ctl get virtual-servers >table
assert_contains "flags: get shows them" "$(cat table)" "persistent 10800 mask /24 (mh-fallback)"

# ---- one-packet scheduling: one client port, every packet by itself
received() {
	local pod n=()

	for pod in a b c; do
		n+=("$pod $(in_ns $pod awk '/^Udp: [0-9]/ { print $2 }' /proc/net/snmp)")
	done
	echo "${n[*]}"
}
service web '' UDP >udp.yaml
assert_rc "UDP: apply" 0 ctl apply --prune udp.yaml
in_ns client hit -p udp -k -n 6 -S 5555 -t 300 10.96.0.10 80 >/dev/null
assert_eq "UDP: one client port stays with one endpoint" "0 0 6" \
	"$(received | tr ' ' '\n' | grep -x '[0-9]*' | sort -n | paste -sd ' ')"
service web 'svclb.io/one-packet: "true"' UDP >ops.yaml
assert_rc "one-packet: apply" 0 ctl apply --prune ops.yaml
same_as_rendered one-packet ops.yaml
assert_contains "one-packet: the kernel has it" "$(in_ns node ipvsadm -Sn)" "-s rr -o"
received >was
for _ in 1 2 3 4 5 6; do
	in_ns client hit -p udp -n 1 -S 5556 -t 100 10.96.0.10 80
done >answers 2>&1
paste -d ' ' was <(received) | awk '{ for (i = 2; i <= 6; i += 2) print $(i + 6) - $i }' | sort -n | paste -sd ' ' >spread
assert_eq "one-packet: the packets of one client port are spread over the endpoints" "2 2 2" "$(cat spread)"

# ---- direct routing and tunnels
cat >direct.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: direct, annotations: {svclb.io/forwarding: direct}}
spec:
  clusterIP: 10.96.0.11
  externalIPs: [203.0.113.11]
  ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: direct-4, labels: {kubernetes.io/service-name: direct}}
addressType: IPv4
ports: [{port: 80}]
endpoints: [{addresses: [192.168.64.20]}]
END
assert_rc "direct: apply" 0 ctl apply --prune direct.yaml
same_as_rendered direct direct.yaml
ip -n rnode link set lo up
ip -n rnode addr add 203.0.113.11/32 dev lo
lab_serve rnode 80
answer=$(in_ns client hit -n 1 203.0.113.11 80)
assert_contains "direct: the real server that holds the address answers by itself" "$answer" "rnode saw"
assert_contains "direct: it sees the client" "$answer" 192.168.64.100
# Without a local endpoint only those inside are served, and their addresses stay. An answer that comes back by this
# node has an address that the node holds.
sed '0,/^spec:/s//spec:\n  externalTrafficPolicy: Local/' direct.yaml >direct-local.yaml
assert_rc "direct, policy Local: apply" 0 ctl apply --prune direct-local.yaml
in_ns node sysctl -q -w net.ipv4.conf.eth0.accept_local=1
assert_eq "direct, policy Local: the real server sees the pod" "rnode saw 10.244.1.2" "$(in_ns a hit -n 1 203.0.113.11 80)"
assert_eq "direct, policy Local: it is closed to clients outside" "error: timeout" "$(in_ns client hit -t 300 203.0.113.11 80)"
in_ns node sysctl -q -w net.ipv4.conf.eth0.accept_local=0
assert_rc "direct: as before" 0 ctl apply --prune direct.yaml
sed 's/forwarding: direct/forwarding: tunnel, svclb.io\/tunnel-type: gue, svclb.io\/tunnel-port: "6080", svclb.io\/tunnel-checksum: full/' \
	direct.yaml >tunnel.yaml
assert_contains "tunnel: real servers change in place" "$(ctl plan --prune tunnel.yaml)" "0 to add, 2 to change, 0 to delete (ipvs 2)"
assert_rc "tunnel: apply" 0 ctl apply --prune tunnel.yaml
assert_contains "tunnel: the kernel has it" "$(in_ns node ipvsadm -Sn)" "-i -w 1 --tun-type gue --tun-port 6080 --tun-csum"
same_as_rendered tunnel tunnel.yaml
through_tunnel() { # NAME
	local answer

	answer=$(in_ns client hit -n 1 203.0.113.11 80 2>&1)
	assert_contains "$1: the real server behind it answers by itself" "$answer" "rnode saw"
	assert_contains "$1: it sees the client" "$answer" 192.168.64.100
}
ends_here() { # COMMAND...: makes and opens an end of a tunnel on the other node
	in_ns rnode sh -c "$* && ip link set tun up && sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tun.rp_filter=0"
}
"$(cat /proc/sys/kernel/modprobe)" -a fou || fail "the module fou"
ends_here "ip fou add port 6080 gue && ip link add tun type ipip local 192.168.64.20" ||
	fail "an end for gue"
through_tunnel "tunnel of type gue"
in_ns rnode sh -c 'ip link del tun; ip fou del port 6080'
sed -i 's/gue/gre/; s/, svclb.io\/tunnel-port: "6080"//' tunnel.yaml
assert_rc "tunnel of type gre: apply" 0 ctl apply --prune tunnel.yaml
assert_contains "tunnel of type gre: the kernel has it" "$(in_ns node ipvsadm -Sn)" "-i -w 1 --tun-type gre"
same_as_rendered "tunnel of type gre" tunnel.yaml
ends_here ip link add tun type gre local 192.168.64.20 csum || fail "an end for gre"
through_tunnel "tunnel of type gre"
in_ns rnode ip link del tun
sed -i 's/, svclb.io\/tunnel-type: gre, svclb.io\/tunnel-checksum: full//' tunnel.yaml
assert_rc "tunnel of type ipip: apply" 0 ctl apply --prune tunnel.yaml
assert_contains "tunnel of type ipip: the kernel has it" "$(in_ns node ipvsadm -Sn)" "-r 192.168.64.20:80 -i -w 1"
ends_here ip link add tun type ipip local 192.168.64.20 || fail "an end for ipip"
through_tunnel "tunnel of type ipip"

# ---- plain virtual servers, without any Service
cat >plain.yaml <<'END'
apiVersion: svclb.io/v1alpha1
kind: VirtualServer
metadata: {name: web}
spec:
  address: 203.0.113.20
  port: 80
  scheduler: sh
  schedulerFlags: [sh-port]
  realServers:
  - {address: 10.244.1.2, port: 8080}
  - {address: 10.244.1.3, port: 8080, weight: 2, upperThreshold: 100, lowerThreshold: 50}
---
apiVersion: svclb.io/v1alpha1
kind: VirtualServer
metadata: {name: own}
spec:
  address: 192.168.64.10
  port: 81
  persistence: {timeoutSeconds: 60}
  realServers: [{address: 10.244.1.4, port: 8080}]
---
apiVersion: svclb.io/v1alpha1
kind: VirtualServer
metadata: {name: marked}
spec:
  mark: 168427777
  scheduler: rr
  realServers: [{address: 10.244.1.2, port: 8080}, {address: 10.244.1.3, port: 8080}]
---
apiVersion: svclb.io/v1alpha1
kind: VirtualServer
metadata: {name: marked-6}
spec:
  mark: 5
  family: IPv6
  realServers: [{address: "fd00:10:244:1::2", port: 8080}]
END
assert_rc "plain: apply" 0 ctl apply --prune plain.yaml
same_as_rendered plain plain.yaml
assert_eq "plain: the address is bound, and not the node's own" 203.0.113.20/32 \
	"$(in_ns node ip -o addr show kube-ipvs0 | awk '{ print $4 }' | paste -sd ' ')"
assert_eq "plain: render prints the sets that ipset prints" \
	"$(in_ns node ipset save | sed -E 's/ (initval|bucketsize) [0-9a-fx]+//g' | sort)" \
	"$(ctl render -f plain.yaml -o ipset | sed -E 's/ (initval|bucketsize) [0-9a-fx]+//g' | sort)"
assert_eq "plain: its real servers answer" "a b" "$(in_ns client hit -n 12 203.0.113.20 80 | lab_names)"
assert_contains "plain: they see the client" "$(in_ns client hit -n 1 203.0.113.20 80)" 192.168.64.100
assert_eq "plain: an address of the node" c "$(in_ns client hit -n 2 192.168.64.10 81 | lab_names)"
assert_contains "plain: other ports of the address are refused" "$(in_ns client hit -n 1 203.0.113.20 8080 2>&1)" refused
in_ns node sh -c 'iptables-legacy -t mangle -A PREROUTING -d 203.0.113.99 -p tcp --dport 90:99 -j MARK --set-mark 168427777 &&
	ip route add local 203.0.113.99 dev lo' || fail "a rule that marks"
assert_eq "plain: a mark" "a b" \
	"$({ in_ns client hit -n 2 203.0.113.99 90; in_ns client hit -n 2 203.0.113.99 95; } | lab_names)"
assert_eq "plain: all of them are ours" "4 ours" \
	"$(ctl get virtual-servers | awk '$NF == "ours" { n++ } $NF == "foreign" { f++ } END { print n + f, n == 4 ? "ours" : "foreign" }')"
assert_contains "plain: get" "$(ctl get plain)" "203.0.113.20:80"
assert_contains "plain: describe" "$(ctl describe plain/web)" "203.0.113.20:80/TCP sh, 2 real servers"
in_ns node sh -c 'ip route del local 203.0.113.99 dev lo; iptables-legacy -t mangle -F; ipvsadm -A -f 7 -s rr'
assert_rc "plain: delete one" 0 ctl delete virtualserver marked
assert_lacks "plain: its mark is gone" "$(in_ns node ipvsadm -Sn)" "-f 168427777"
cat >more.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: taken}
spec: {type: ClusterIP, clusterIP: 10.96.0.12, externalIPs: [203.0.113.20], ports: [{port: 80}]}
END
assert_contains "plain: a Service cannot claim the same address and port" "$(ctl apply more.yaml 2>&1)" \
	"Service default/taken port 80: claims 203.0.113.20:80/TCP, which belongs to VirtualServer web"
assert_rc "plain: cleanup" 0 ctl cleanup
assert_contains "plain: the mark of somebody else stays" "$(in_ns node ipvsadm -Sn)" "-A -f 7 -s rr"
in_ns node ipvsadm -D -f 7
in_ns node ip6tables-legacy -t mangle -S >/dev/null
assert_eq "cleanup leaves the kernel as it was" "$(grep -v mangle <<<"$before")" \
	"$(dump_kernel node | awk '/^\*mangle/ { skip = 1 } !skip; /^COMMIT/ { skip = 0 }')"
lab_end
