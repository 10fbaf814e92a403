#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Mode iptables: the same Services without IPVS. Requests through every kind of address, who answers, which source
# the pods see; unchanged the second time; gone after cleanup, byte for byte.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"

lab_node || { fail "a node comes up"; lab_end; }
# Service addresses are nobody's here: what the node sends to them needs a way out before it is redirected.
ip -n node route add default via 192.168.64.20
ip -n node route add default via fd00:64::20
# That way out makes redirects, which use up the allowance for ICMP errors.
in_ns node sh -c 'for f in all eth0; do echo 0 >/proc/sys/net/ipv4/conf/$f/send_redirects; done'
serve a b c r
before=$(dump_kernel node)
was_localnet=$(in_ns node cat /proc/sys/net/ipv4/conf/all/route_localnet)

ipt() {
	ctl --mode iptables "$@"
}

# The tables that an apply commits, each as often as it does.
commits() { # FILE
	in_ns node strace -f -qq -s 32 -e trace=setsockopt -o trace svclbctl --state-dir "$LAB_STATE/store" --node node-1 \
		--cluster-cidr 10.244.0.0/16,fd00:10:244::/56 --mode iptables apply -q "$1"
	sed -nE 's/.*(IP6?T)_SO_SET_REPLACE, "([a-z]*).*/\1-\2/p' trace | sort | paste -sd ' '
}
if command -v strace >/dev/null; then
	service "" a b c >web.yaml
	assert_eq "an apply commits each table once" "IP6T-filter IP6T-nat IPT-filter IPT-nat" "$(commits web.yaml)"
	assert_eq "one that changes nothing commits none" "" "$(commits web.yaml)"
	service "" a b c r >web.yaml
	assert_eq "one more endpoint: the table nat of each family" "IP6T-nat IPT-nat" "$(commits web.yaml)"
else
	skip "commits counted" "there is no strace"
	service "" a b c r >web.yaml
	assert_rc "apply" 0 ipt apply web.yaml
fi
assert_contains "a second apply changes nothing" "$(ipt apply web.yaml 2>&1)" unchanged
assert_contains "status names the mode" "$(ipt status)" "mode: iptables"
assert_rc "status finds no difference" 0 ipt status --exit-code
assert_eq "no virtual server" "" "$(in_ns node ipvsadm -Sn)"
assert_eq "no set" "" "$(in_ns node ipset list -n)"
for tool in iptables ip6tables; do
	assert_eq "render prints the rules that $tool-save prints" \
		"$(in_ns node $tool-legacy-save | lab_rules | lab_tables)" \
		"$(ipt render -f web.yaml -o $tool | lab_rules | lab_tables)"
done

# "spread" if every request is answered, and not all by one: 16 to one of four happen once in a thousand million.
spread() { # FROM OPTION... ADDRESS PORT
	local names

	names=$(in_ns "$1" hit -n 16 "${@:2}" | lab_names)
	[[ $names != *error* && $names == *" "* ]] && names=spread
	echo "$names"
}

for p in $protocols; do
	for at in "10.96.0.10 80" "fd00:10:96::10 80" "203.0.113.10 80" "2001:db8:cb::10 80" "198.51.100.10 80" \
		"2001:db8:51::10 80" "192.168.64.10 30080" "fd00:64::10 30080"; do
		# shellcheck disable=SC2086  # address and port are two words
		assert_eq "$p from outside to $at" spread "$(spread client -p $p $at)"
	done
	assert_eq "$p from the node to the cluster IP" spread "$(spread node -p "$p" 10.96.0.10 80)"
	assert_eq "$p from a pod to the cluster IP, itself too" "a b c r" \
		"$(in_ns a hit -n 60 -p "$p" 10.96.0.10 80 | lab_names)"
	assert_eq "$p from the node to its own node port on 127.0.0.1" spread "$(spread node -p "$p" 127.0.0.1 30080)"
done
# 400 requests over 4 endpoints: 100 each, with a standard deviation of 8.7
assert_eq "requests are spread evenly, within five standard deviations" "even" \
	"$(in_ns client hit -n 400 10.96.0.10 80 | sed 's/ saw.*//' | sort | uniq -c |
		awk '$1 < 56 || $1 > 144 { bad = 1 } END { print bad || NR != 4 ? "uneven" : "even" }')"

assert_eq "a pod of the cluster keeps its address" 10.244.1.2 "$(seen a 10.96.0.10 80)"
assert_eq "and over IPv6" fd00:10:244:1::2 "$(seen a fd00:10:96::10 80)"
assert_eq "an outside client of the cluster IP is masqueraded" 10.244.1.1 "$(seen client 10.96.0.10 80)"
assert_eq "of the external IP" 10.244.1.1 "$(seen client 203.0.113.10 80)"
assert_eq "of the load balancer IP" 10.244.1.1 "$(seen client 198.51.100.10 80)"
assert_eq "of the node port" 10.244.1.1 "$(seen client 192.168.64.10 30080)"
assert_eq "a pod that reaches itself is masqueraded" 10.244.1.1 "$(seen b 10.96.0.10 80)"

# What kube-proxy left is taken over, what is kubelet's stays.
in_ns node iptables-legacy -t nat -N KUBE-SEP-AAAAAAAAAAAAAAAA
in_ns node iptables-legacy -t nat -A KUBE-SERVICES -d 10.96.9.9 -j KUBE-SEP-AAAAAAAAAAAAAAAA
in_ns node iptables-legacy -t filter -N KUBE-PROXY-CANARY
in_ns node iptables-legacy -t filter -N KUBE-FIREWALL
assert_rc "status sees it" 3 ipt status --exit-code
assert_rc "apply" 0 ipt apply web.yaml
assert_lacks "no chain of kube-proxy's is left" "$(in_ns node iptables-legacy-save)" KUBE-SEP-AAAAAAAAAAAAAAAA
assert_contains "the chain that kubelet uses is" "$(in_ns node iptables-legacy-save)" KUBE-FIREWALL
in_ns node iptables-legacy -t filter -X KUBE-FIREWALL

# What connection tracking cannot place is dropped, but not where it is told to be liberal.
liberal() {
	in_ns node sh -c "echo $1 >/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal"
}
invalid="-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP"
assert_contains "invalid packets are dropped" "$(in_ns node iptables-legacy-save)" "$invalid"
liberal 1
assert_rc "status sees that the kernel is liberal now" 3 ipt status --exit-code
assert_rc "apply" 0 ipt apply web.yaml
assert_lacks "invalid packets pass" "$(in_ns node iptables-legacy-save)" "$invalid"
assert_contains "a second apply changes nothing" "$(ipt apply web.yaml 2>&1)" unchanged
liberal 0
assert_rc "apply" 0 ipt apply web.yaml
assert_contains "they are dropped again" "$(in_ns node iptables-legacy-save)" "$invalid"

localnet() {
	in_ns node cat /proc/sys/net/ipv4/conf/all/route_localnet
}
other() {
	in_ns node svclbctl --state-dir "$LAB_STATE/other" --node node-1 --cluster-cidr 10.244.0.0/16 --mode iptables \
		--prefix OTHER- --link-name other-ipvs0 "$@"
}
cat >other.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {type: NodePort, clusterIP: 10.97.0.10, ports: [{port: 80, nodePort: 31090}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: other}
subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 8080}]}]
END
assert_eq "127.0.0.0/8 is routed while it is guarded" 1 "$(localnet)"
assert_rc "another owner comes" 0 other apply -q other.yaml
assert_rc "cleanup" 0 ipt cleanup
assert_eq "127.0.0.0/8 is routed while the other owner guards it" 1 "$(localnet)"
assert_contains "whose node port on 127.0.0.1 goes on" "$(in_ns node hit 127.0.0.1 31090)" "a saw "
assert_rc "cleanup of the other owner" 0 other cleanup
assert_eq "cleanup leaves the kernel as it was" "$before" "$(dump_kernel node)"
assert_eq "and 127.0.0.0/8 too" "$was_localnet" "$(localnet)"
lab_end
