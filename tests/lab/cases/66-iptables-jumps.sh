#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Jumps of others to our chains, in chains where ours stand too: they stay, and are in the way of what would remove
# their chain. What kube-proxy left behind goes.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
cat >one.yaml <<'END_OF_FILE'
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 8080}]}]
END_OF_FILE
sed -e 's/10.96.0.10/10.96.0.11/' one.yaml >two.yaml
ipt() {
	ctl --mode iptables "$@"
}
table() {
	in_ns node "$1-legacy" -w "${@:2}"
}
# Two that somebody wrote, and two that kube-proxy's two modes leave behind.
mine=("INPUT -s 10.0.0.0/8 -m comment --comment mine -j KUBE-NODEPORTS" "FORWARD -j KUBE-FORWARD")
left=("INPUT -m comment --comment \"kubernetes health check rules\" -j KUBE-NODE-PORT"
	"FORWARD -m conntrack --ctstate NEW -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES")

assert_rc "a Service is applied" 0 ipt apply -q -f one.yaml
for tool in iptables ip6tables; do
	table $tool -N KUBE-NODE-PORT
	for rule in "${left[@]}"; do
		eval "table $tool -A $rule"
	done
	[ $tool = ip6tables ] || for rule in "${mine[@]}"; do
		eval "table $tool -A $rule"
	done
done
assert_rc "what kube-proxy left is a difference" 3 ipt status --exit-code
assert_rc "an apply" 0 ipt apply -q -f one.yaml
rules=$(table iptables -S)
for rule in "${mine[@]}"; do
	assert_contains "others' jump stays: $rule" "$rules" "-A $rule"
done
for tool in iptables ip6tables; do
	for rule in "${left[@]}"; do
		assert_lacks "kube-proxy's goes from $tool: $rule" "$(table $tool -S)" "-A $rule"
	done
done
assert_rc "others' jumps are no difference" 0 ipt status --exit-code
assert_rc "a change of the Service" 0 ipt apply -q --prune -f two.yaml
assert_eq "leaves them where they are" "2" "$(table iptables -S | grep -cF -e "-A ${mine[0]}" -e "-A ${mine[1]}")"

before=$(dump_kernel node)
out=$(ctl cleanup --yes 2>&1)
assert_eq "they are in the way of a cleanup" 1 $?
assert_contains "which names the first" "$out" "chain KUBE-NODEPORTS: would be removed, but the foreign rule 5 of chain INPUT in table filter of iptables refers to it"
assert_contains "and the second" "$out" "chain KUBE-FORWARD: would be removed, but the foreign rule 5 of chain FORWARD in table filter of iptables refers to it"
assert_eq "and changes nothing" "$before" "$(dump_kernel node)"
assert_rc "so does a dry run" 1 ipt delete svc web --dry-run=kernel
for rule in "${mine[@]}"; do
	eval "table iptables -D $rule"
done
assert_rc "without them all goes" 0 ctl cleanup --yes
assert_eq "and no rule of ours is left" "" "$(table iptables -S | grep KUBE)"
lab_end
