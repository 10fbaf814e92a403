#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every example manifest in mode iptables: applied, seen by the tools as rendered, unchanged the second time, gone after
# delete, byte for byte. The one of plain virtual servers is refused before anything is changed.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
before=$(dump_kernel node)
m=$(manifests)

ipt() {
	ctl --mode iptables "$@"
}

for file in clusterip multi-port nodeport loadbalancer external-ips affinity scheduler-wrr weights headless externalname \
	endpoints dual-stack; do
	assert_rc "$file: apply" 0 ipt apply "$m/$file.yaml"
	assert_contains "$file: a second apply changes nothing" "$(ipt apply "$m/$file.yaml" 2>&1)" unchanged
	for tool in iptables ip6tables; do
		assert_eq "$file: render prints the rules that $tool-save prints" \
			"$(in_ns node $tool-legacy-save | lab_rules | lab_tables)" \
			"$(ipt render -f "$m/$file.yaml" -o $tool | lab_rules | lab_tables)"
	done
	assert_rc "$file: delete" 0 ipt delete -f "$m/$file.yaml"
	assert_eq "$file: delete leaves the kernel as it was" "$before" "$(dump_kernel node)"
done

out=$(ipt apply -f "$m/virtualserver.yaml" 2>&1)
rc=$?
names=$(sed -n 's/^  name: //p' "$m/virtualserver.yaml")
assert_eq "plain virtual servers are refused" 5 $rc
for name in $names; do
	assert_eq "VirtualServer $name is named, once" 1 "$(grep -c "VirtualServer $name: " <<<"$out")"
done
assert_eq "nothing was changed" "$before" "$(dump_kernel node)"
assert_rc "plan refuses them too" 5 ipt plan -f "$m/virtualserver.yaml"
lab_end
