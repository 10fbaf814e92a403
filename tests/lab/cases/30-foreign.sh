#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What belongs to others stays: their virtual servers, sets, chains, rules, addresses. What is in the way is a clear
# error before any change.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
m=$(manifests)

foreign() {
	in_ns node sh -c '
		set -e
		ipvsadm -A -t 192.0.2.1:80 -s wrr
		ipvsadm -a -t 192.0.2.1:80 -r 10.244.1.2:8080 -m -w 7
		ipvsadm -A -f 77 -s rr
		ipvsadm -A -u [2001:db8::1]:53 -s rr
		ipset create MINE hash:ip,port
		ipset add MINE 10.96.0.10,tcp:80
		ipset create KUBE-MINE hash:ip
		iptables-legacy -N MINE
		iptables-legacy -A MINE -m set --match-set MINE dst,dst -m comment --comment "not yours" -j ACCEPT
		iptables-legacy -I INPUT -j MINE
		iptables-legacy -A FORWARD -m conntrack --ctstate INVALID -j DROP
		iptables-legacy -N KUBE-FIREWALL
		iptables-legacy -A INPUT -j KUBE-FIREWALL
		iptables-legacy -t nat -A POSTROUTING -s 10.0.0.0/8 -o nowhere -j MASQUERADE
		iptables-legacy -t nat -A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 82
		ip6tables-legacy -t nat -A POSTROUTING -s fd00::/8 -o nowhere -j MASQUERADE
		iptables-legacy -P FORWARD ACCEPT
		ip link add other0 type dummy
		ip link set other0 addrgenmode none
		ip addr add 10.96.77.77/32 dev other0'
}

assert_rc "others set up their own" 0 foreign
before=$(dump_kernel node)

assert_rc "apply beside them" 0 ctl apply -f "$m"
after=$(dump_kernel node)
for mine in "-A -t 192.0.2.1:80 -s wrr" "-a -t 192.0.2.1:80 -r 10.244.1.2:8080 -m -w 7" "-A -f 77 -s rr" \
	"add MINE 10.96.0.10,tcp:80" "create KUBE-MINE" "-A MINE -m set --match-set MINE dst,dst" \
	"-A INPUT -j KUBE-FIREWALL" "-A POSTROUTING -s 10.0.0.0/8 -o nowhere -j MASQUERADE" "10.96.77.77/32"; do
	assert_contains "still there: $mine" "$after" "$mine"
done
assert_rc "delete" 0 ctl delete -f "$m"
assert_eq "delete leaves exactly what was there before" "$before" "$(dump_kernel node)"

# Conflicts.
assert_rc "somebody has a virtual server where ours should be" 0 in_ns node ipvsadm -A -t 10.96.0.10:80 -s lc
before=$(dump_kernel node)
cat >web.yaml <<'END'
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  clusterIP: 10.96.0.10
  ports:
  - port: 80
END
out=$(ctl apply web.yaml 2>&1)
rc=$?
assert_eq "a conflict is an error" 1 $rc
assert_contains "it names the virtual server" "$out" "10.96.0.10:80/TCP"
assert_contains "and the place in the manifest" "$out" "web.yaml:8:"
assert_eq "nothing was changed" "$before" "$(dump_kernel node)"
out=$(ctl --adopt --exclude-cidrs 10.96.0.0/16 apply web.yaml 2>&1)
rc=$?
assert_eq "in an excluded network not even adopting takes it over" 1 $rc
assert_contains "which the error says" "$out" "its address is excluded"
assert_eq "nothing was changed by that" "$before" "$(dump_kernel node)"
assert_rc "adopting is explicit" 0 ctl --adopt --exclude-cidrs= apply web.yaml
assert_contains "then it is ours" "$(in_ns node ipvsadm -Sn)" "-A -t 10.96.0.10:80 -s rr"
assert_rc "cleanup" 0 ctl cleanup

# What kube-proxy's sets name is taken over, but for what is in an excluded network.
in_ns node sh -c '
	ipset create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
	ipset add KUBE-CLUSTER-IP 172.30.0.1,tcp:80
	ipset add KUBE-CLUSTER-IP 172.31.0.1,tcp:80
	ipvsadm -A -t 172.30.0.1:80 -s rr
	ipvsadm -A -t 172.31.0.1:80 -s rr'
assert_rc "a host that ran kube-proxy" 0 ctl --exclude-cidrs 172.30.0.0/16 apply web.yaml
out=$(in_ns node ipvsadm -Sn)
assert_contains "what is excluded stays" "$out" "-A -t 172.30.0.1:80 -s rr"
assert_lacks "the rest goes" "$out" "172.31.0.1"
in_ns node ip addr add 192.0.2.1/24 dev kube-ipvs0
before=$(dump_kernel node)
assert_contains "a foreign address on the link keeps it" "$(ctl cleanup 2>&1)" "it has the address 192.0.2.1/24, which is not ours"
assert_eq "and nothing is changed" "$before" "$(dump_kernel node)"
in_ns node ip addr del 192.0.2.1/24 dev kube-ipvs0
assert_rc "cleanup after that" 0 ctl cleanup
assert_contains "what is excluded stays then too" "$(in_ns node ipvsadm -Sn)" "-A -t 172.30.0.1:80 -s rr"
in_ns node ipvsadm -D -t 172.30.0.1:80

# What no --adopt can take over.
refused() { # NAME WORDS
	local before flag out rc

	before=$(dump_kernel node)
	for flag in "" --adopt; do
		out=$(ctl apply $flag web.yaml 2>&1)
		rc=$?
		assert_eq "$1: an error ${flag:-as such}" 1 $rc
		assert_contains "$1: which is said" "$out" "$2"
		assert_contains "$1: with a way out" "$out" "hint: "
		assert_eq "$1: nothing was changed" "$before" "$(dump_kernel node)"
	done
}
assert_rc "somebody has a set of our name with another type" 0 in_ns node ipset create KUBE-CLUSTER-IP hash:mac
refused "a set of another type" "set KUBE-CLUSTER-IP exists with another type or family"
in_ns node ipset destroy KUBE-CLUSTER-IP

in_ns node ip link add kube-ipvs0 type veth peer name peer0
refused "a link of our name that is no dummy" "link kube-ipvs0: there is a link of this name that is no dummy link"
lab_end
