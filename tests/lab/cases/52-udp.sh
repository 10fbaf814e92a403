#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# UDP clients that never change their port: endpoints go, come and are replaced, node ports and Services go. Tracked
# flows of the old kind are deleted with the same apply, no others are, and at most one datagram is lost. Mode IPVS;
# 56-iptables-udp.sh is the same in the other one.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
mode=${UDP_MODE:-ipvs}

lab_node || { fail "a node comes up"; lab_end; }
command -v conntrack >/dev/null || { skip "flows" "there is no conntrack tool"; lab_end; }
for pod in a b c; do
	lab_serve $pod udp:8080 || fail "pod $pod serves"
done

# The Service with the pods given: 2 is a, 3 is b, 4 is c.
service() { # TYPE POD...
	local type=$1 family pod base

	shift
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: dns}
		spec:
		  type: $type
		  clusterIP: 10.96.0.10
		  clusterIPs: [10.96.0.10, "fd00:10:96::10"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  ports:
		  - {name: udp, port: 53, protocol: UDP, targetPort: 8080$([ "$type" = ClusterIP ] || echo ", nodePort: 30053")}
	END
	for family in 4 6; do
		base=10.244.1.
		[ $family = 4 ] || base=fd00:10:244:1::
		cat <<-END
			---
			apiVersion: discovery.k8s.io/v1
			kind: EndpointSlice
			metadata: {name: dns-$family, labels: {kubernetes.io/service-name: dns}}
			addressType: IPv$family
			ports: [{name: udp, port: 8080, protocol: UDP}]
			endpoints:$([ $# -gt 0 ] || echo " []")
		END
		for pod; do
			echo "- {addresses: [\"$base$pod\"], nodeName: node-1}"
		done
	done
}

apply() { # TYPE POD...
	service "$@" >dns.yaml
	ctl --mode "$mode" apply -q dns.yaml
}

# Tracked UDP flows of both families, without what changes by itself.
flows() { # CONNTRACK_ARGUMENT...
	local family

	for family in ipv4 ipv6; do
		in_ns node conntrack -L -f $family -p udp "$@" 2>/dev/null
	done | sed -E -e 's/^udp +17 [0-9]+ //' -e 's/ (mark|use|secctx)=[^ ]*//g' | sort
}

to_service() {
	flows | grep -E ' dst=(10\.96\.0\.10|fd00:10:96::10|192\.168\.64\.10|fd00:64::10) .* dport=(53|30053) '
}

load() { # lines of conntrack commands on standard input
	cat >flows.txt
	in_ns node conntrack -R flows.txt
}

clients=("client 5001 10.96.0.10 53" "client 5002 192.168.64.10 30053" "client 5003 fd00:10:96::10 53"
	"a 5004 10.96.0.10 53" "node 5005 10.96.0.10 53")

ask() { # TIMEOUT_MS: one datagram of each client, the answers in one line
	local ns port addr dport c

	for c in "${clients[@]}"; do
		read -r ns port addr dport <<<"$c"
		in_ns "$ns" hit -p udp -t "$1" -S "$port" "$addr" "$dport" | sed -e 's/ saw.*//'
	done | paste -sd ' '
}

# Every refusal shall be heard, and flows shall be tracked from the start.
in_ns node sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
	for tool in iptables-legacy ip6tables-legacy; do $tool -A INPUT -m conntrack --ctstate INVALID; done'

# Before there is a Service its addresses lead elsewhere: the flow is tracked without any translation.
in_ns node ip route add 10.96.0.0/24 via 192.168.64.20
in_ns node ip route add fd00:10:96::/64 via fd00:64::20
in_ns client hit -p udp -t 100 -S 5009 10.96.0.10 53 >/dev/null
assert_contains "a client that came too early is tracked" "$(flows)" "sport=5009 dport=53 [UNREPLIED] src=10.96.0.10"

# Foreign flows, some of them as near as can be.
{
	for ((i = 0; i < 1000; i++)); do
		echo "-I -p udp -s 192.168.64.101 -d 192.0.2.7 --sport $((10000 + i)) --dport 53 -r 192.0.2.7" \
			"-q 192.168.64.101 --reply-port-src 53 --reply-port-dst $((10000 + i)) -t 300"
	done
	n=0
	for near in "udp 10.96.0.10 54" "udp 10.96.0.11 53" "udp 192.168.64.101 30053" "udp 10.244.1.2 8080" \
		"tcp 10.96.0.10 53"; do
		read -r proto addr port <<<"$near"
		n=$((n + 1))
		echo "-I -p $proto -s 192.168.64.101 -d $addr --sport 700$n --dport $port -r 10.244.1.2 -q 192.168.64.101" \
			"--reply-port-src 8080 --reply-port-dst 700$n -t 300 $([ "$proto" = udp ] || echo --state ESTABLISHED)"
	done
} | load
foreign=$(flows -s 192.168.64.101)
assert_eq "foreign flows are there" 1004 "$(wc -l <<<"$foreign")"

# 0 -> 1, the Service is new.
assert_rc "apply with one endpoint" 0 apply NodePort 2
assert_eq "no flow is left from before" "" "$(to_service)"
assert_eq "the client that came too early is translated now" "a saw 10.244.1.1" \
	"$(in_ns client hit -p udp -t 500 -S 5009 10.96.0.10 53)"
assert_eq "every client is answered" "a a a a a" "$(ask 500)"
assert_eq "and tracked" 6 "$(to_service | wc -l)"

# A client that goes on and on, from one port.
nsenter --net=/run/netns/client -- hit -k -p udp -S 5000 -t 200 -i 10 -n 100000 10.96.0.10 53 >steady &
steady=$!
met() { # ANSWER: waits until the client has met it; a datagram that is lost costs it the time of several changes
	local i

	for ((i = 0; i < 200; i++)); do
		[[ $(tail -n 1 steady) == "$1"* ]] && return
		sleep 0.05
	done
}
met a

# N -> M, all of them replaced.
assert_rc "apply with another endpoint" 0 apply NodePort 3
assert_eq "no flow to the old one is left" "" "$(flows -r 10.244.1.2 -d 10.96.0.10 | grep -v 'sport=700')"
assert_eq "every client is answered by the new one at once" "b b b b b" "$(ask 500)"
met b

# 1 -> 0
assert_rc "apply without endpoints" 0 apply NodePort
assert_eq "no flow is left" "" "$(to_service)"
assert_eq "every client hears at once that nobody serves" \
	"error: refused error: refused error: refused error: refused error: prohibited" "$(ask 500)"
met "error: refused"
# 0 -> 1, the Service stays.
assert_rc "apply with an endpoint again" 0 apply NodePort 4
assert_eq "every client is answered at once" "c c c c c" "$(ask 500)"
met c

kill $steady 2>/dev/null
wait $steady 2>/dev/null
assert_eq "the steady client met a, b, nobody and c" "a b error: refused c" \
	"$(sed -e 's/ saw.*//' -e '/timeout/d' steady | uniq | paste -sd ' ')"
lost=$(uniq -c steady | awk '/timeout/ { if ($1 > most) most = $1 } END { print most + 0 }')
if [ "$lost" -le 1 ]; then
	ok "it lost one datagram a change, or none"
else
	uniq -c steady | lab_show
	fail "it lost one datagram a change, or none" "$lost"
fi

# N -> M, one stays: its flows are not touched.
assert_rc "apply with two endpoints" 0 apply NodePort 3 4
for ((i = 0; i < 4; i++)); do
	in_ns client hit -p udp -S 510$i 10.96.0.10 53 >/dev/null
	in_ns client hit -p udp -S 511$i fd00:10:96::10 53 >/dev/null
done
stay=$(flows | grep -E ' sport=51[01][0-9] ' | grep -E ' src=(10\.244\.1\.4|fd00:10:244:1::4) ')
# in mode iptables each goes to one at random
[ "$mode" = iptables ] || assert_eq "half of the clients are with c" 4 "$(wc -l <<<"$stay")"
assert_rc "apply with one of them replaced" 0 apply NodePort 2 4
assert_eq "the flows to the one that stays are as they were" "$stay" "$(flows | grep -E ' sport=51[01][0-9] ')"
assert_lacks "and the others are gone" "$(flows)" "src=fd00:10:244:1::3"

# A flow that is translated by connection tracking itself, as proxies without IPVS do.
load <<<"-I -p udp -s 192.168.64.100 --sport 5200 -d 10.96.0.10 --dport 53 --dst-nat 10.244.1.2:8080 -t 300 -u SEEN_REPLY"
assert_contains "a translated flow is there" "$(flows)" "sport=5200 dport=53 src=10.244.1.2"
assert_rc "its endpoint goes" 0 apply NodePort 4
assert_eq "and the client is answered by another one" "c saw 10.244.1.1" \
	"$(in_ns client hit -p udp -t 500 -S 5200 10.96.0.10 53)"

# What it costs: one listing a family, which the kernel narrows down.
if command -v strace >/dev/null; then
	service NodePort 2 >dns.yaml
	in_ns node strace -o trace -s 200 -v -e trace=sendto,recvmsg svclbctl --state-dir "$LAB_STATE/store" --node node-1 \
		--cluster-cidr 10.244.0.0/16,fd00:10:244::/56 --mode "$mode" apply -q dns.yaml
	assert_eq "one listing for each family" 2 "$(grep -c '^sendto.*CT_GET,' trace)"
	listed=$(grep '^recvmsg' trace | grep -o 'IPCTNL_MSG_CT_NEW' | wc -l)
	[ "$listed" -lt 20 ]
	assert_eq "the kernel lists only a few of the thousand flows ($listed)" 0 $?
else
	skip "one listing for each family" "there is no strace"
fi

# An external IP goes, the Service stays.
service NodePort 2 4 | sed 's/^  type: .*/&\n  externalIPs: [203.0.113.53]/' >dns.yaml
assert_rc "apply with an external IP" 0 ctl --mode "$mode" apply -q dns.yaml
assert_contains "a client is answered there" "$(in_ns client hit -p udp -t 500 -S 5301 203.0.113.53 53)" " saw "
assert_contains "and tracked" "$(flows)" "dst=203.0.113.53 sport=5301"
assert_rc "apply without it" 0 apply NodePort 2 4
assert_lacks "the flow is gone" "$(flows)" "dst=203.0.113.53"

# The node port goes, the Service stays.
assert_rc "apply with a and c" 0 apply NodePort 2 4
ask 500 >/dev/null
assert_contains "the node port has a flow" "$(to_service)" dport=30053
assert_rc "apply without the node port" 0 apply ClusterIP 2 4
assert_lacks "the node port has none" "$(to_service)" dport=30053
assert_contains "the cluster IP has" "$(to_service)" "dport=53 "

# The Service goes.
assert_rc "delete" 0 ctl --mode "$mode" delete -q -f dns.yaml
assert_eq "no flow of it is left" "" "$(to_service)"
assert_eq "foreign flows are as they were" "$foreign" "$(flows -s 192.168.64.101)"
assert_contains "the TCP one too" "$(in_ns node conntrack -L -p tcp 2>/dev/null)" "sport=7005 dport=53 "

# Without ctnetlink UDP Services are refused, before anything is changed; others are not. Modules are the whole
# kernel's, so only one that is thrown away is asked.
if grep -q "User Mode Linux" /proc/cpuinfo && rmmod nf_conntrack_netlink 2>/dev/null; then
	helper=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	before=$(dump_kernel node)
	out=$(ctl --mode "$mode" apply dns.yaml 2>&1)
	rc=$?
	assert_eq "a UDP Service is refused" 5 $rc
	assert_contains "and it is said what is missing" "$out" "load the kernel module nf_conntrack_netlink"
	assert_eq "nothing was changed" "$before" "$(dump_kernel node)"
	sed -i 's/UDP/TCP/' dns.yaml
	assert_rc "a TCP Service is not" 0 ctl --mode "$mode" apply -q dns.yaml
	assert_rc "and goes again" 0 ctl --mode "$mode" delete -q -f dns.yaml
	echo "$helper" >/proc/sys/kernel/modprobe
else
	skip "a kernel without ctnetlink" "its module cannot be taken away here"
fi
lab_end
