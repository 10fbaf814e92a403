#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The names in the kernel stay while anything stands under them; and an apply says its mode.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

cat >web.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
END
cat >names.yaml <<'END'
apiVersion: svclb.io/v1alpha1
kind: SvclbConfiguration
linkName: other0
END
empty=$(dump_kernel node)
out=$(ctl apply web.yaml)
assert_contains "an apply says its mode and why" "$out" "ms, mode ipvs (auto: the kernel has all of it)"
assert_contains "also where nothing changed" "$(ctl apply web.yaml)" "unchanged, mode ipvs (auto: the kernel has all of it)"
json=$(ctl apply --stored -o json)
assert_contains "JSON: the mode" "$json" '"mode": "ipvs"'
assert_contains "JSON: the reason" "$json" '"modeReason": "auto: the kernel has all of it"'
assert_contains "a mode that was set" "$(ctl apply --stored --mode ipvs)" "mode ipvs (as set)"

held=$(dump_kernel node)
refused() { # NAME COMMAND...
	local out

	out=$(ctl "${@:2}" 2>&1)
	assert_eq "$1: refused" 1 $?
	assert_contains "$1: with a way out" "$out" "cleanup with the old one first"
	assert_eq "$1: nothing changed" "$held" "$(dump_kernel node)"
}
refused "another link" apply --link-name other0 --stored
refused "another link, by a file" apply --config names.yaml --stored
refused "another prefix" apply --prefix LB- web.yaml
refused "a plan for another link" plan --link-name other0
refused "a delete with another link" delete --link-name other0 svc web
refused "a cleanup of other names" cleanup --yes --link-name other0
assert_rc "the names in force may be given" 0 ctl apply -q --link-name kube-ipvs0 --prefix KUBE- --stored
assert_rc "after a cleanup" 0 ctl cleanup --yes
assert_eq "of which nothing stays" "$empty" "$(dump_kernel node)"
assert_rc "the names are free" 0 ctl apply -q --link-name other0 --prefix LB- web.yaml
assert_contains "and in force" "$(in_ns node ip -o addr show)" " other0 "
assert_rc "for later commands too" 0 ctl status --exit-code
held=$(dump_kernel node)
refused "back to the default" apply --link-name= --stored
assert_rc "cleanup" 0 ctl cleanup --yes
assert_eq "leaves nothing" "$empty" "$(dump_kernel node)"
lab_end
