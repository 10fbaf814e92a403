#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# svclbctl killed before every call that writes a file, the store above all: after the next command kernel and store
# say the same.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME LAST PORT
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1}" \
		"spec: {clusterIP: 10.96.0.$2, ports: [{port: $3}]}"
}

service web 10 80 >one.yaml
service web 10 81 >two.yaml
service other 11 80 >other.yaml

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

kills=0
for ((k = 1; k < 100; k++)); do
	ctl apply --prune one.yaml >/dev/null 2>&1
	killed $k apply two.yaml
	[ $? -eq 137 ] || break
	kills=$((kills + 1))
	ctl status >read.out 2>&1 || { lab_show <read.out; fail "status after kill $k" "it failed"; }
	# in turns: the same again, something else, the thing removed
	case $((k % 3)) in
	0) ctl apply two.yaml ;;
	1) ctl apply other.yaml ;;
	2) ctl delete service web ;;
	esac >next.out 2>&1 || { lab_show <next.out; fail "the command after kill $k" "it failed"; }
	agree "after a kill before write $k" || break
done
echo "# $kills kills"
if [ $kills -ge 15 ]; then ok "killed before each write"; else fail "killed before each write" "only $kills"; fi
assert_eq "the apply that was not killed is through" "10.96.0.10:81" \
	"$(in_ns node ipvsadm -Sn | sed -n 's/^-A -t \([0-9.:]*\) .*/\1/p')"
assert_rc "cleanup" 0 ctl cleanup
lab_end
