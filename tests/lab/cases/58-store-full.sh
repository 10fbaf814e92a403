#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A store without room for a change: that is found out before the kernel is changed, or there is enough.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
mkdir -p "$LAB_STATE/store"
mount -t tmpfs -o size=300k none "$LAB_STATE/store"

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

# However much room there is, an apply works or changes nothing.
refused=0
for room in 4 12 16; do
	dd if=/dev/zero of=store/filler bs=4k 2>/dev/null
	truncate -s $(($(stat -c %s store/filler) - room * 1024)) store/filler
	ctl apply --adopt other.yaml >out 2>&1
	rc=$?
	rm store/filler
	case $rc in
	0)
		ctl delete --adopt svc other >out 2>&1 || { lab_show <out; fail "with $room KiB: delete"; }
		in_ns node ipvsadm -A -t 10.96.0.50:80 -s wlc
		in_ns node ipvsadm -a -t 10.96.0.50:80 -r 10.244.1.4:8080 -m -w 3
		;;
	1)
		refused=$((refused + 1))
		;;
	*)
		lab_show <out
		fail "with $room KiB of room" "exit code $rc"
		;;
	esac
	same "with $room KiB of room, exit code $rc"
done
if [ $refused -gt 0 ]; then ok "no room is found out before the kernel is changed"; else fail "no room" "$refused times"; fi
lab_end
