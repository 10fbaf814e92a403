#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every example manifest: applied to a real kernel, seen there by the tools, unchanged the second time, gone after
# delete and after cleanup, byte for byte.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
before=$(dump_kernel node)
m=$(manifests)

for file in clusterip multi-port nodeport loadbalancer external-ips affinity scheduler-wrr weights virtualserver \
	headless externalname endpoints dual-stack; do
	assert_rc "$file: apply" 0 ctl apply "$m/$file.yaml"
	assert_contains "$file: a second apply changes nothing" "$(ctl apply "$m/$file.yaml" 2>&1)" unchanged
	assert_eq "$file: render prints the virtual servers that ipvsadm prints" \
		"$(in_ns node ipvsadm -Sn | sort)" "$(ctl render -f "$m/$file.yaml" -o ipvsadm | sort)"
	assert_eq "$file: render prints the sets that ipset prints" \
		"$(in_ns node ipset save | sed -E 's/ (initval|bucketsize) [0-9a-fx]+//g' | sort)" \
		"$(ctl render -f "$m/$file.yaml" -o ipset | sed -E 's/ (initval|bucketsize) [0-9a-fx]+//g' | sort)"
	for tool in iptables ip6tables; do
		assert_eq "$file: render prints the rules that $tool-save prints" \
			"$(in_ns node $tool-legacy-save | lab_rules | lab_tables)" \
			"$(ctl render -f "$m/$file.yaml" -o $tool | lab_rules | lab_tables)"
	done
	assert_eq "$file: render prints the addresses of the link" \
		"$(in_ns node ip -o addr show kube-ipvs0 | awk '{ print $4 }' | sort)" \
		"$(ctl render -f "$m/$file.yaml" -o addresses | sort)"
	assert_rc "$file: delete" 0 ctl delete -f "$m/$file.yaml"
	assert_eq "$file: delete leaves the kernel as it was" "$before" "$(dump_kernel node)"
done

assert_rc "all of them together: apply" 0 ctl apply -f "$m"
assert_contains "all together: a second apply changes nothing" "$(ctl apply -f "$m" 2>&1)" unchanged
assert_rc "all together: status" 0 ctl status --exit-code
asked_for=$(dump_kernel node)
# What a restart of the host leaves: nothing.
in_ns node sh -c 'ip link del kube-ipvs0; ipvsadm -C
	for t in nat filter; do for f in iptables ip6tables; do $f-legacy -t $t -F; $f-legacy -t $t -X; done; done
	ipset destroy' || fail "everything is removed"
assert_rc "after a restart: status" 3 ctl status --exit-code
assert_rc "after a restart: apply without input" 2 ctl apply
assert_rc "after a restart: apply of what was applied" 0 ctl apply --stored
assert_eq "after a restart: the kernel holds all of it again" "$asked_for" "$(dump_kernel node)"
assert_rc "all together: cleanup" 0 ctl cleanup
assert_eq "cleanup leaves the kernel as it was" "$before" "$(dump_kernel node)"
lab_end
