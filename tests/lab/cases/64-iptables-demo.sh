#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo runs, in the mode that the kernel offers: all its commands succeed, all its requests are answered.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

assert_rc "the demo" 0 bash -c '"${LAB_LIB%tests/lab/lib.sh}examples/demo" >"$LAB_STATE/out" 2>&1'
out=$(cat "$LAB_STATE/out")
if in_ns node ipvsadm -Ln >/dev/null 2>&1; then
	assert_contains "it is in mode ipvs" "$out" "mode: ipvs (auto: the kernel has all of it)"
	assert_contains "and shows virtual servers" "$out" "TCP  10.96.0.10:80 rr"
else
	assert_contains "it is in mode iptables, and says what is missing" "$out" \
		"warning: mode auto is iptables here, because the kernel lacks a part of IPVS mode"
	assert_contains "by name" "$out" "the kernel has no IPVS (ip_vs)"
	assert_contains "and shows chains" "$out" "-A KUBE-SERVICES -d 10.96.0.10/32"
fi
assert_eq "requests are answered three times" 3 "$(grep -c '^answered by: [abc]' <<<"$out")"
assert_lacks "all of them" "$out" error
assert_contains "nothing is left" "$out" "nothing left"
[ "$LAB_FAILED" = 0 ] || lab_show <<<"$out"
lab_end
