#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The time limit bounds the whole command, reading its input and waiting for the store too; and nobody waits for the store
# while somebody else types.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME LAST
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1}" \
		"spec: {clusterIP: 10.96.0.$2, ports: [{port: 80}]}"
}
service web 10 >web.yaml
service other 11 >other.yaml
mkdir inputs
mkfifo typed never inputs/typed.yaml

# Somebody types: the store is free, and what was applied meanwhile stays.
service third 12 >third.yaml
ctl apply -q --timeout 5m -f typed -f inputs &
typing=$!
assert_rc "another apply does not wait" 0 ctl apply -q --lock-wait 0s web.yaml
cat other.yaml >typed
assert_rc "nor does one while a pipe of a folder is awaited" 0 ctl apply -q --lock-wait 0s web.yaml
cat third.yaml >inputs/typed.yaml
wait $typing
assert_eq "and then the typed input is applied" 0 $?
assert_contains "next to the other" "$(ctl get svc)" web

exec 8<>never
before=$(dump_kernel node)
out=$(ctl apply --timeout 500ms -f never 8<&- 2>&1)
assert_eq "input that never comes: exit code" 8 $?
assert_contains "which is said" "$out" "never: the time limit of 500 ms passed before the input ended"

# Another svclbctl holds the store, as it waits for the lock of xtables.
lock=/run/svclb/KUBE-$(stat -Lc %i /run/netns/node).lock
exec 9>>/run/xtables.lock
flock 9
was=$(<"$lock")
ctl apply -q --lock-wait 5m --scheduler lc --stored 9>&- 8<&- &
holder=$!
n=0
while [ "$(<"$lock")" = "$was" ] && [ $n -lt 2000 ]; do
	n=$((n + 1))
	read -r -t 0.02 -u 8
done
began=$SECONDS
out=$(ctl apply --timeout 1s --lock-wait 5m --stored 2>&1 9>&- 8<&-)
assert_eq "a store that is held: exit code" 8 $?
assert_contains "which is said" "$out" "another svclbctl holds the store"
if [ $((SECONDS - began)) -lt 60 ]; then ok "in time"; else fail "in time" "$((SECONDS - began)) s"; fi
assert_eq "nothing changed" "$before" "$(dump_kernel node)"
exec 9>&-
wait $holder
assert_eq "the other one is done" 0 $?
assert_rc "in sync" 0 ctl status --exit-code
lab_end
