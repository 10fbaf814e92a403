#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A store of which the commit fails once the kernel is changed: all is as before, with what was adopted and what an option
# changed.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME LAST
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1}" \
		"spec: {clusterIP: 10.96.0.$2, ports: [{port: 80}]}" \
		"---" "apiVersion: v1" "kind: Endpoints" "metadata: {name: $1}" \
		"subsets: [{addresses: [{ip: 10.244.1.3}], ports: [{port: 8080}]}]"
}
held() {
	dump_kernel node | sort
}
stored() {
	ctl get all -A -o json
	ctl status
}
same() { # NAME
	assert_eq "$1: the kernel is as before" "$kernel" "$(held)"
	assert_eq "$1: the store is as before" "$store" "$(stored)"
}

service web 10 >web.yaml
service other 50 >other.yaml
assert_rc "a Service is applied" 0 ctl apply web.yaml
in_ns node ipvsadm -A -t 10.96.0.50:80 -s wlc
in_ns node ipvsadm -a -t 10.96.0.50:80 -r 10.244.1.4:8080 -m -w 3
kernel=$(held)
store=$(stored)

# While the lock of xtables is waited for, writing files is forbidden.
lock=/run/svclb/KUBE-$(stat -Lc %i /run/netns/node).lock
failing_commit() { # NAME COMMAND...
	local name=$1 before pid n=0

	shift
	before=$(<"$lock")
	exec 9>>/run/xtables.lock
	flock 9
	{
		nsenter --net=/run/netns/node -- env --ignore-signal=XFSZ svclbctl --state-dir "$LAB_STATE/store" \
			--node node-1 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 --lock-wait 5m "$@" 2>&1 9>&- |
			cat >out 9>&-
		echo "${PIPESTATUS[0]}" >rc
	} 9>&- &
	pid=$!
	while [ "$(<"$lock")" = "$before" ] && [ $n -lt 2000 ]; do
		n=$((n + 1))
		read -r -t 0.02 -u 8
	done
	prlimit --pid "$(<"$lock")" --fsize=0:0
	exec 9>&-
	wait $pid
	assert_eq "$name: exit code" 7 "$(<rc)"
	assert_contains "$name: which is said" "$(<out)" "the store was not written: everything was put back"
	same "$name"
}
mkfifo never
exec 8<>never
failing_commit "adopting" apply --adopt other.yaml
failing_commit "another option" apply --scheduler lc --stored
failing_commit "cleanup" cleanup --yes
assert_contains "the foreign virtual server is still one" "$(ctl apply other.yaml 2>&1)" "exists and is not ours"
assert_rc "all is well" 0 ctl status --exit-code
assert_rc "and the next apply works" 0 ctl apply -q --adopt other.yaml
lab_end
