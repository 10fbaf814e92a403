#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A family of addresses that is given up: nothing of it stays in force, in either mode and between them.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/service.sh
. "${LAB_LIB%lib.sh}service.sh"

lab_node || { fail "a node comes up"; lab_end; }
rules() { # TOOL: how many rules and chains of ours there are
	in_ns node "$1"-legacy-save | grep -c KUBE
}

service "" a b >web.yaml
assert_rc "both families" 0 ctl --mode ipvs apply web.yaml
assert_rc "IPv4 alone" 0 ctl --ip-families ipv4 apply web.yaml
assert_eq "no rule of IPv6 stays" 0 "$(rules ip6tables)"
assert_lacks "no set of IPv6 stays" "$(in_ns node ipset list -n)" KUBE-6-
assert_lacks "no virtual server of IPv6 stays" "$(in_ns node ipvsadm -Sn)" "["
assert_rc "both families again" 0 ctl --ip-families ipv4,ipv6 apply web.yaml
assert_rc "the other mode, with IPv4 alone" 0 ctl --mode iptables --ip-families ipv4 apply web.yaml
assert_eq "no set stays" "" "$(in_ns node ipset list -n)"
assert_eq "no rule of IPv6 stays in mode iptables" 0 "$(rules ip6tables)"
assert_rc "IPv6 alone" 0 ctl --ip-families ipv6 apply web.yaml
assert_eq "no rule of IPv4 stays" 0 "$(rules iptables)"
assert_rc "both families in mode iptables" 0 ctl --ip-families ipv4,ipv6 apply web.yaml
assert_rc "cleanup with IPv4 alone" 0 ctl --ip-families ipv4 cleanup
assert_eq "removes the rules of both" "0 0" "$(rules iptables) $(rules ip6tables)"
lab_end
