#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Several processes at once: those of one owner wait for each other, those of another one do not.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

# Services of input N have addresses, ports, schedulers and endpoints of its own.
input() {
	local n=$1 i

	for i in 1 2 3 4 5; do
		cat <<-END
			---
			apiVersion: v1
			kind: Service
			metadata:
			  name: s$i
			  annotations: {service.kubernetes.io/ipvs-scheduler: $([ $((n % 2)) = 0 ] && echo wlc || echo sh)}
			spec: {clusterIP: 10.96.$((n * i % 2)).$((10 * n + i)), ports: [{port: $((80 + n))}]}
			---
			apiVersion: v1
			kind: Endpoints
			metadata: {name: s$i}
			subsets: [{addresses: [{ip: 10.244.1.$((n + 1))}, {ip: 10.244.2.$i}], ports: [{port: 8080}]}]
		END
	done
}
as() { # STORE COMMAND...: each agent has a store of its own, as two hosts' agents by mistake would
	in_ns node svclbctl --state-dir "$LAB_STATE/store-$1" --node node-1 --cluster-cidr 10.244.0.0/16 "${@:2}"
}
held() {
	dump_kernel node | sort
}
agents="1 2 3 4"
lock=/run/svclb/KUBE-$(stat -Lc %i /run/netns/node).lock
declare -A alone
for n in $agents; do
	input "$n" >"$n.yaml"
	assert_rc "input $n alone" 0 as "$n" apply -q --prune -f "$n.yaml"
	alone[$n]=$(held)
done

# The lock of xtables, which would hide it, is another file for each of them.
for round in 1 2 3; do
	for n in $agents; do
		as "$n" apply -q --prune --lock-wait 1m --lock-file "$LAB_STATE/xtables-$n.lock" -f "$n.yaml" >"out-$n" 2>&1 &
		pids[n]=$!
	done
	for n in $agents; do
		wait "${pids[$n]}"
		assert_eq "round $round: agent $n succeeds" 0 $?
	done
	now=$(held)
	winner=none
	for n in $agents; do
		[ "$now" != "${alone[$n]}" ] || winner=$n
	done
	assert_lacks "round $round: the kernel holds one of the inputs (now $winner), not a mix" "$winner" none
done
assert_eq "there is one lock for all, nobody but root uses it" "700 600" \
	"$(stat -c %a /run/svclb) $(stat -c %a "$lock")"

# Held by somebody else: a process that never lets go.
flock "$lock" -c 'echo $$ >/run/holder; exec sleep 300' &
flock=$!
n=0
while flock -n "$lock" true && [ $n -lt 300 ]; do n=$((n + 1)); done
before=$(held)
out=$(as 1 apply --lock-wait 100ms -f 1.yaml 2>&1)
assert_eq "exit code 8 when it is not free in time" 8 $?
assert_contains "and who held it last" "$out" "with the prefix KUBE- holds the lock"
out=$(as 1 apply --lock-wait 5m --timeout 300ms -f 1.yaml 2>&1)
assert_eq "exit code 8 when the time limit passes" 8 $?
as 1 cleanup --yes --lock-wait 100ms >/dev/null 2>&1
assert_eq "cleanup waits for it too" 8 $?
as 1 apply --mode iptables --lock-wait 100ms -f 1.yaml >/dev/null 2>&1
assert_eq "and so does mode iptables" 8 $?
assert_eq "nothing was changed" "$before" "$(held)"
assert_rc "reading needs no lock" 0 as "$winner" status --exit-code
assert_rc "nor does a plan" 0 as 1 plan -f 1.yaml

# Another owner: another prefix, another link.
second() {
	as second --prefix LB- --link-name lb0 --masquerade-bit 13 "$@"
}
input 9 | sed 's/10\.96\./10.99./' >second.yaml
assert_rc "another owner does not wait" 0 second apply -q -f second.yaml
assert_rc "and is in sync" 0 second status --exit-code
assert_rc "as the first one still is" 0 as "$winner" status --exit-code
exec 9>>/run/xtables.lock
flock 9
second apply -q --lock-wait 100ms -f 1.yaml >/dev/null 2>err
assert_eq "but for the lock of xtables, which is everybody's" 8 $?
assert_contains "which is said" "$(<err)" "xtables"
exec 9>&-
kill $flock "$(cat /run/holder)"
wait $flock 2>/dev/null
assert_rc "the kernel frees the lock of the dead" 0 as 1 apply -q --prune -f 1.yaml

# Where it cannot be.
mkdir ro
mount -t tmpfs -o ro none ro
out=$(as 1 apply --lock-dir "$LAB_STATE/ro/svclb" -f 2.yaml 2>&1)
assert_eq "a file system that is read-only is refused" 5 $?
assert_contains "with a way out" "$out" "set another directory for locks"
mkdir -m 777 open
as 1 apply --lock-dir "$LAB_STATE/open" -f 2.yaml >/dev/null 2>&1
assert_eq "and so is a directory that others may write to" 5 $?
assert_rc "another directory works" 0 as 1 apply -q --lock-dir "$LAB_STATE/other" -f 2.yaml
lab_end
