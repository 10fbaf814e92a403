#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A store of which the commit fails once the kernel is changed, when nothing can be put back either: both reasons are said,
# and the next apply brings kernel and store together.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME LAST
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1}" \
		"spec: {clusterIP: 10.96.0.$2, ports: [{port: 80}]}"
}
await() { # COMMAND...
	local n=0

	until "$@" >/dev/null 2>&1 || [ $n -ge 600 ]; do
		n=$((n + 1))
		read -r -t 0.05 -u 8
	done
}
service web 10 >web.yaml
service other 50 >other.yaml
mkfifo never statements
exec 8<>never
assert_rc "a Service is applied" 0 ctl apply -q web.yaml
before=$(dump_kernel node)

# Somebody reads the store and does not come to the end, so that it cannot be written.
sqlite3 store/svclb.db <statements >answers &
reader=$!
exec 7>statements
echo "BEGIN; SELECT count(*) FROM objects;" >&7
await test -s answers

# Who waits for the lock of xtables has it as soon as the kernel is changed, so that nothing can be put back.
ctl apply --lock-wait 6s other.yaml >out 2>&1 7>&- &
applying=$!
await in_ns node ipset test KUBE-SVCLB-OWNED 10.96.0.50,tcp:80
exec 9>>/run/xtables.lock
flock 9
wait $applying
assert_eq "exit code" 9 $?
exec 9>&-
assert_contains "why the store was not written" "$(<out)" "svclb.db: writing: another svclbctl holds the store"
assert_contains "why nothing was put back" "$(<out)" "take the xtables lock: the lock was not free in time"
assert_contains "and what that means" "$(<out)" "the store was not written, and the kernel keeps changes"
exec 7>&-
wait $reader

assert_lacks "the store is as before" "$(ctl get svc -o name)" other
assert_eq "the kernel is ahead of it" drifted "$(ctl status -q)"
assert_rc "the next apply" 0 ctl apply -q --stored
assert_eq "brings them together" "$before" "$(dump_kernel node)"
lab_end
