#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Status where somebody else's virtual server stands in the way of what was applied: that is drift, with everything else
# that differs.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

cat >web.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80}]}
END
assert_rc "apply" 0 ctl apply web.yaml
in_ns node ipvsadm -D -t 10.96.0.10:80
in_ns node ipset flush KUBE-SVCLB-OWNED
in_ns node ipset flush KUBE-CLUSTER-IP
in_ns node ipvsadm -A -t 10.96.0.10:80 -s wlc

all=$(ctl status --exit-code 2>&1)
assert_eq "exit code" 3 $?
assert_eq "drifted" drifted "${all%%$'\n'*}"
assert_contains "the Service is named" "$all" "drifted: Service default/web"
assert_contains "the conflict is a line" "$all" \
	"conflict: Service default/web port http: virtual server 10.96.0.10:80/TCP exists and is not ours"
assert_contains "the other differences are listed" "$all" "KUBE-CLUSTER-IP"
json=$(ctl status -o json)
assert_contains "JSON: the state" "$json" '"status": "drifted"'
assert_contains "JSON: the conflict" "$json" '"code": "CONFLICT"'
assert_contains "JSON: the differences" "$json" '"subsystem": "ipset"'
assert_rc "apply still refuses" 1 ctl apply --stored
assert_rc "but with --adopt" 0 ctl apply --stored --adopt
assert_eq "in sync" in-sync "$(ctl status -q)"
assert_contains "JSON: no conflict" "$(ctl status -o json)" '"conflicts": []'
lab_end
