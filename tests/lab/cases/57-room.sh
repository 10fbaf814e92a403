#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A set that is full but for a few entries: what comes has room beside what goes, and a failure makes it as small as before.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME ADDRESS ENDPOINT
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: $1}
		spec: {clusterIP: $2, ports: [{port: 80}]}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: $1}
		subsets: [{addresses: [{ip: $3}], ports: [{port: 8080}]}]
	END
}
set_size() {
	in_ns node ipset save KUBE-CLUSTER-IP | sed -n 's/^create.* maxelem \([0-9]*\).*/\1/p'
}
# Entries that nobody wants any more, as if they were of Services that go with the next apply: all but six.
fill() {
	local have

	have=$(in_ns node ipset save KUBE-CLUSTER-IP | grep -c ^add)
	seq -f 'add KUBE-CLUSTER-IP 10.250.0.1,tcp:%.0f' 1 $((65530 - have)) | in_ns node ipset restore
}

service web 10.96.0.10 10.244.1.2 >one.yaml
for i in {1..20}; do
	service "more-$i" "10.96.1.$i" 10.244.1.3
done >more.yaml
{ cat more.yaml; service bad 10.96.2.1 239.1.1.1; } >bad.yaml

assert_rc "a Service is applied" 0 ctl apply -q one.yaml
assert_eq "its set has the size that all have" 65536 "$(set_size)"
assert_rc "the set is filled" 0 fill
dump_kernel node >before
assert_rc "a set that is as large is too small" 1 in_ns node sh -c '
	seq -f "add KUBE-CLUSTER-IP 10.250.0.2,tcp:%.0f" 1 20 | ipset restore'
in_ns node sh -c 'seq -f "del KUBE-CLUSTER-IP 10.250.0.2,tcp:%.0f" 1 20 | ipset -exist restore'

assert_rc "an apply that fails when all has come" 7 ctl apply -q --prune bad.yaml
assert_rc "puts back all of it, the size of the set too" 0 cmp before <(dump_kernel node)

assert_rc "more Services are applied while the old entries stand" 0 ctl apply -q more.yaml
assert_eq "in a larger set" 131072 "$(set_size)"
assert_eq "which has what is wanted, and nothing else" 21 "$(in_ns node ipset save KUBE-CLUSTER-IP | grep -c ^add)"
assert_rc "one of the new ones is in it" 0 in_ns node ipset test KUBE-CLUSTER-IP 10.96.1.20,tcp:80
assert_contains "the second apply changes nothing" "$(ctl apply more.yaml)" "unchanged, mode "
assert_eq "and leaves the set as large as it is" 131072 "$(set_size)"
assert_rc "cleanup" 0 ctl cleanup --yes
lab_end
