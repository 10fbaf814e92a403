#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ctrl-C in the middle of an apply: kernel and store are as before, and the tool says so.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

# So many Services that the apply takes long enough to be met in its middle.
many() { # FIRST LAST
	awk -v first="$1" -v last="$2" 'BEGIN {
		for (i = first; i <= last; i++) {
			printf "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%d}\n", i
			printf "spec: {clusterIP: 10.97.%d.%d, ports: [{port: 80}]}\n", i / 250, i % 250 + 1
			printf "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: s%d}\n", i
			printf "subsets: [{addresses: [{ip: 10.244.1.2}, {ip: 10.244.1.3}], ports: [{port: 8080}]}]\n"
		}
	}'
}
many 1 1 >one.yaml
many 2 2 >other.yaml
assert_rc "an apply is interrupted at every step" 0 in_ns node crash-test interrupt one.yaml other.yaml
assert_rc "of which nothing stays" 0 ctl cleanup --yes

many 1 20 >few.yaml
many 1 800 >many.yaml
# Addresses that are put back stand behind those that stayed.
held() {
	dump_kernel node | sort
}
stored() {
	ctl get all -A -o json | sha256sum
}
assert_rc "a few Services are applied" 0 ctl apply -f few.yaml
before=$(held)
store_before=$(stored)

same() { # NAME BEFORE: the kernel holds what it held
	local diff

	diff=$(diff <(printf '%s\n' "$2") <(held) | head -n 10)
	assert_eq "$1" "" "$diff"
}

# Runs svclbctl until the kernel has more than MIN lines of IPVS, and looks what it has then. The signal comes twice: the
# second one changes nothing. It is stopped once only: User-Mode Linux may answer a call that a stop meets with EFAULT.
mkfifo never
exec 8<>never
interrupt_once() { # SIGNAL MIN COMMAND...
	local signal=$1 min=$2 pid lines=() stat

	shift 2
	nsenter --net=/run/netns/node -- env --default-signal=INT,TERM svclbctl --state-dir "$LAB_STATE/store" \
		--node node-1 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 "$@" >out 2>err &
	pid=$!
	while read -r stat </proc/$pid/stat && [[ $stat != *") Z "* ]]; do
		[ ! -e /proc/$pid/net/ip_vs ] || mapfile -n $((min + 1)) -t lines </proc/$pid/net/ip_vs
		[ ${#lines[@]} -le "$min" ] || break
		read -r -t 0.002 -u 8
	done
	kill -STOP $pid 2>/dev/null
	kill -"$signal" $pid 2>/dev/null
	kill -CONT $pid 2>/dev/null
	kill -"$signal" $pid 2>/dev/null
	wait $pid 2>/dev/null
	rc=$?
	echo "    $signal when IPVS had ${#lines[@]} lines, exit code $rc: $(head -n 1 err)"
}

# On a busy machine it may be through before anybody looks: then once more.
interrupt() {
	for ((i = 0; i < 12; i++)); do
		interrupt_once "$@"
		[ "$rc" -lt 128 ] || return
		ctl apply -q --prune -f few.yaml
	done
}

interrupt INT 100 apply -f many.yaml
assert_eq "Ctrl-C ends an apply with 130" 130 "$rc"
assert_contains "and says that all was put back" "$(<err)" "was interrupted"
assert_contains "and at which step" "$(<err)" "interrupted at step "
same "the kernel is as before" "$before"
assert_eq "the store is as before" "$store_before" "$(stored)"
assert_rc "nothing is left to do" 0 ctl status --exit-code

interrupt TERM 100 apply -f many.yaml
assert_eq "SIGTERM does the same, with 143" 143 "$rc"
same "the kernel is as before" "$before"

assert_rc "uninterrupted it works" 0 ctl apply -q -f many.yaml
many=$(held)
store_many=$(stored)

# Waiting for a lock is interrupted as well, and nothing was changed.
lock=/run/svclb/KUBE-$(stat -Lc %i /run/netns/node).lock
exec 9>>/run/xtables.lock
flock 9
for command in "delete svc s1" "cleanup --yes"; do
	# shellcheck disable=SC2086
	nsenter --net=/run/netns/node -- env --default-signal=INT svclbctl --state-dir "$LAB_STATE/store" --node node-1 \
		--cluster-cidr 10.244.0.0/16,fd00:10:244::/56 --lock-wait 5m $command 2>err 9>&- &
	pid=$!
	# the owner's lock names the process as soon as that has it; the next one is xtables'
	n=0
	while [ "$(cat "$lock")" != $pid ] && [ $n -lt 300 ]; do
		n=$((n + 1))
	done
	kill -INT $pid
	wait $pid
	assert_eq "$command: waiting for a lock is interrupted" 130 $?
	assert_contains "$command: which is said" "$(<err)" "interrupted while waiting for the lock"
done
exec 9>&-
same "the kernel is as before" "$many"
assert_eq "the store is as before" "$store_many" "$(stored)"
assert_rc "the next command works" 0 ctl delete svc s1
lab_end
