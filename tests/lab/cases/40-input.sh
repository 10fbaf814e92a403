#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input: every problem at once with its place, exit code 4, kernel and store untouched. A kernel that lacks what
# is needed: exit code 5, named, untouched.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
m=$(manifests)
assert_rc "something is applied" 0 ctl apply "$m/clusterip.yaml"
before=$(dump_kernel node)
stored=$(ctl get services -A -o json)

cat >bad.yaml <<'END'
apiVersion: v1
kind: Service
metadata:
  name: Web_1
spec:
  type: NodePorts
  clusterIP: 10.96.0.300
  sessionAffinity: ClientIP
  sessionAffinityConfig:
    clientIP:
      timeoutSeconds: 90000
  ports:
  - port: 70000
    protocol: tcp
  - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: low
spec:
  type: NodePort
  ports:
  - port: 80
    nodePort: 80000
END
out=$(ctl apply bad.yaml 2>&1)
rc=$?
assert_eq "bad input ends with 4" 4 $rc
for at in "bad.yaml:4:9: Service default/Web_1: metadata.name:" "bad.yaml:6:9: Service default/Web_1: spec.type:" \
	"bad.yaml:7:14: Service default/Web_1: spec.clusterIP" "bad.yaml:11:23: Service default/Web_1: spec.sessionAffinityConfig" \
	"bad.yaml:13:11: Service default/Web_1: spec.ports[0].port:" \
	"bad.yaml:14:15: Service default/Web_1: spec.ports[0].protocol:" "bad.yaml:25:15: Service default/low: spec.ports[0].nodePort:"; do
	assert_contains "it says $at" "$out" "$at"
done
assert_eq "the kernel is untouched" "$before" "$(dump_kernel node)"
assert_eq "the store is untouched" "$stored" "$(ctl get services -A -o json)"

printf 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {a: 1\n' >broken.yaml
out=$(ctl apply broken.yaml "$m/nodeport.yaml" 2>&1)
rc=$?
assert_eq "broken YAML ends with 4" 4 $rc
assert_contains "with a place" "$out" "broken.yaml:"
assert_eq "and nothing of the other file is applied" "$before" "$(dump_kernel node)"

# A scheduler this kernel does not have is found out before anything is changed.
sed 's/wrr/fo/' "$m/scheduler-wrr.yaml" >fo.yaml
assert_rc "a scheduler of the kernel's" 0 ctl apply fo.yaml
assert_contains "is used" "$(in_ns node ipvsadm -Sn)" "-s fo"
assert_rc "cleanup" 0 ctl cleanup

# Without IPVS: exit code 5, what is missing, nothing changed. The lab's own kernel has it; a user namespace has no
# right to use it, which is the other half of exit code 5.
before=$(dump_kernel node)
out=$(in_ns node setpriv --bounding-set=-all --inh-caps=-all svclbctl --state-dir "$LAB_STATE/other" --node node-1 \
	apply "$m/clusterip.yaml" 2>&1)
rc=$?
assert_eq "without rights it ends with 5" 5 $rc
assert_contains "and says which one" "$out" "CAP_NET_ADMIN"
assert_eq "nothing was changed without rights" "$before" "$(dump_kernel node)"
lab_end
