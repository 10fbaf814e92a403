#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A kernel without IPv6, as svclbctl sees it: what is IPv4 is served in either mode, and what is IPv6 is left out.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"

lab_node || { fail "a node comes up"; lab_end; }
bare() {
	LD_PRELOAD=$LAB_BUILD/tests/lab/tools/.libs/no-ipv6.so ctl "$@"
}
rules() { # TOOL: how many rules and chains of ours there are
	in_ns node "$1"-legacy-save | grep -c KUBE
}
forwarding=/proc/sys/net/ipv6/conf/all/forwarding
left_out="this kernel has no IPv6, so what is IPv6 is left out"

[ -e "$LAB_BUILD/tests/lab/tools/.libs/no-ipv6.so" ] || { skip "no IPv6" "the build has no shared objects"; lab_end; }
in_ns node sh -c "echo 0 >$forwarding"
serve a b
service "" a b >web.yaml
cat >four.yaml <<-END
	apiVersion: v1
	kind: Service
	metadata: {name: four}
	spec: {clusterIP: 10.96.0.44, ports: [{port: 80}]}
END
out=$(bare apply four.yaml 2>&1)
assert_contains "a Service of IPv4" "$out" "mode ipvs (auto"
assert_lacks "needs no words about IPv6" "$out" IPv6
for mode in ipvs iptables; do
	out=$(bare --mode $mode plan web.yaml 2>&1)
	assert_eq "$mode: a plan says what is left out" 1 "$(grep -c "$left_out" <<<"$out")"
	out=$(bare --mode $mode apply web.yaml 2>&1) || fail "$mode: a Service of both" "$out"
	assert_eq "$mode: so does an apply, once" 1 "$(grep -c "$left_out" <<<"$out")"
	assert_contains "$mode: a second one changes nothing" "$(bare apply web.yaml 2>&1)" unchanged
	assert_contains "$mode: status" "$(bare status)" in-sync
	assert_rc "$mode: finds no difference" 0 bare status --exit-code
	assert_eq "$mode: no rule of IPv6" 0 "$(rules ip6tables)"
	assert_contains "$mode: rules of IPv4" "$(in_ns node iptables-legacy-save)" "KUBE-SERVICES"
	assert_lacks "$mode: no set of IPv6" "$(in_ns node ipset list -n)" KUBE-6-
	assert_eq "$mode: no setting of IPv6" 0 "$(in_ns node cat $forwarding)"
	assert_lacks "$mode: the Service answers" "$(in_ns client hit -n 4 10.96.0.10 80)" error
	service "" a >one.yaml
	bare plan -o json one.yaml >plan.json 2>/dev/null
	assert_rc "$mode: a saved plan fits its input" 0 bare apply --plan plan.json one.yaml
	[ $mode = iptables ] || ipvs=$(in_ns node ipvsadm -Sn)
done
assert_rc "delete" 0 bare delete service four
assert_contains "virtual servers of IPv4" "$ipvs" "10.96.0.10:80"
assert_lacks "and none of IPv6" "$ipvs" "["
assert_eq "none stays in mode iptables" "" "$(in_ns node ipvsadm -Sn)"
assert_lacks "families that are chosen are refused" "$(bare --ip-families ipv4,ipv6 apply web.yaml 2>&1)" applied
assert_contains "in the right words" "$(bare --ip-families ipv4,ipv6 apply web.yaml 2>&1)" "the kernel lacks IPv6 (ipv6)"
assert_contains "with a hint" "$(bare --ip-families ipv4,ipv6 apply web.yaml 2>&1)" "leave it out: --ip-families ipv4"
out=$(bare --ip-families ipv4 apply web.yaml 2>&1)
assert_lacks "IPv4 that is chosen needs no words about the kernel" "$out" "$left_out"
assert_rc "cleanup" 0 bare cleanup
assert_eq "leaves nothing" "0 0" "$(rules iptables) $(rules ip6tables)"
lab_end
