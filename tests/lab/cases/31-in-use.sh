#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Rules of others that use our sets and chains: what they use stays, or is refused before anything is changed.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
cat >one.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets: [{addresses: [{ip: 10.244.1.2}], ports: [{port: 8080}]}]
END
sed -e 's/10.96.0.10/10.96.0.11/' one.yaml >two.yaml

# COMMAND... is refused with these words, and nothing was changed.
refused() { # NAME WORDS COMMAND...
	local name=$1 words=$2 out rc before

	shift 2
	before=$(dump_kernel node)
	out=$("$@" 2>&1)
	rc=$?
	assert_eq "$name: refused" 1 $rc
	assert_contains "$name: says who" "$out" "$words"
	assert_eq "$name: nothing was changed" "$before" "$(dump_kernel node)"
}
table() {
	in_ns node iptables-legacy -w "$@"
}

assert_rc "a Service is applied" 0 ctl apply -q -f one.yaml

table -N OTHER
table -A OTHER -s 192.0.2.1 -j RETURN
table -A OTHER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN
assert_rc "a set that stays may be used" 0 ctl apply -q --prune -f two.yaml
refused "a set in a chain" "set KUBE-CLUSTER-IP: would be removed, but the foreign rule 2 of chain OTHER in table filter of iptables" \
	ctl cleanup --yes
refused "and the last Service that goes" "foreign rule 2 of chain OTHER" ctl delete svc web
assert_rc "a dry run says it too" 1 ctl delete svc web --dry-run=kernel
table -F OTHER

table -I FORWARD -m set --match-set KUBE-LOOP-BACK dst,dst,src -j ACCEPT
refused "a set in a built-in chain" "foreign rule 1 of chain FORWARD" ctl cleanup --yes
table -D FORWARD 1

table -A OTHER -j KUBE-FORWARD
refused "a chain that is jumped to" "chain KUBE-FORWARD: would be removed, but the foreign rule 1 of chain OTHER" \
	ctl cleanup --yes
table -F OTHER

# A jump with matches of its own, in a chain where ours stand too.
table -A INPUT -s 10.0.0.0/8 -j KUBE-NODE-PORT
assert_rc "a chain that stays may be jumped to" 0 ctl apply -q --prune -f one.yaml
assert_contains "and the jump stays" "$(table -S INPUT)" "-A INPUT -s 10.0.0.0/8 -j KUBE-NODE-PORT"
refused "a jump in a built-in chain" "chain KUBE-NODE-PORT: would be removed, but the foreign rule 4 of chain INPUT" \
	ctl cleanup --yes
table -D INPUT 4

table -t raw -A OUTPUT -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
refused "a table that is not read" "something other than our rules refers to it" ctl cleanup --yes
table -t raw -F OUTPUT

in_ns node ipset create all list:set
in_ns node ipset add all KUBE-CLUSTER-IP
refused "a set of sets" "something other than our rules refers to it" ctl cleanup --yes
in_ns node ipset destroy all

# A saved plan meets what came after it was made.
in_ns node svclbctl --state-dir "$LAB_STATE/empty-store" plan --node node-1 -o json >gone.json
table -A OTHER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN
refused "a saved plan" "foreign rule 1 of chain OTHER" ctl apply --plan gone.json
table -F OTHER

assert_rc "without them all goes" 0 ctl cleanup --yes
table -X OTHER
assert_eq "and nothing of ours is left" "" "$(in_ns node ipset -n list)"
lab_end
