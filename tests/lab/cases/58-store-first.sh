#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first svclbctl of a node, which makes the store, killed before every call that writes a file: after the next one
# kernel and store say the same.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME LAST PORT
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1}" \
		"spec: {clusterIP: 10.96.0.$2, ports: [{port: $3}]}"
}

service web 10 80 >one.yaml

# Runs a command that is killed before its call NUMBER: 137, or its exit code when it does not come that far.
killed() { # NUMBER ARGUMENT...
	in_ns node crash-test exec "$1" svclbctl --state-dir "$LAB_STATE/store" --node node-1 "${@:2}" >killed.out 2>&1
}

agree() { # TEXT
	if ! ctl status --exit-code >status.out 2>&1; then
		lab_show <status.out
		fail "$1" "kernel and store differ"
		return 1
	fi
	# a journal that is left is one that the next writer would carry out
	[ ! -e store/svclb.db-journal ] || fail "$1" "a journal stays behind"
}

for ((k = 1; k < 60; k++)); do
	rm -rf store
	killed $k apply one.yaml
	[ $? -eq 137 ] || break
	ctl apply one.yaml >next.out 2>&1 || { lab_show <next.out; fail "apply after kill $k of the first one" "it failed"; }
	agree "after a kill before write $k of the first one" || break
done
echo "# $((k - 1)) kills of the first one"
if [ $k -gt 15 ]; then ok "the first one killed before each write"; else fail "the first one killed before each write" "only $k"; fi
assert_rc "cleanup" 0 ctl cleanup
lab_end
