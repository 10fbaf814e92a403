#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A saved plan is carried out only on the kernel it was made for, and only beside the input it was made for.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
lab_serve a 8080 && lab_serve b 8080
service() { # SCHEDULER [ENDPOINT...]
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata:
		  name: web
		  annotations: {service.kubernetes.io/ipvs-scheduler: $1, svclb.io/drain: 60s}
		spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: web}
		subsets: [{ports: [{port: 8080}], addresses: [$(printf '{ip: %s}, ' "${@:2}")]}]
	END
}
service rr 10.244.1.2 10.244.1.3 >one.yaml
service lc 10.244.1.2 10.244.1.3 >two.yaml
service rr 10.244.1.3 >three.yaml
planned() { # FILE
	ctl plan -o json -f "$1" >plan.json
}

assert_rc "a Service is applied" 0 ctl apply -q one.yaml

planned two.yaml
in_ns node ipvsadm -e -t 10.96.0.10:80 -r 10.244.1.3:8080 -m -w 7
before=$(dump_kernel node)
assert_rc "a plan is refused when something moved that it is not about" 1 ctl apply --plan plan.json
assert_contains "and says so" "$(ctl apply --plan plan.json 2>&1)" "moved since the plan was made"
assert_rc "a dry run says it too" 1 ctl apply --plan plan.json --dry-run=kernel two.yaml
assert_eq "and nothing was changed" "$before" "$(dump_kernel node)"
in_ns node ipvsadm -e -t 10.96.0.10:80 -r 10.244.1.3:8080 -m -w 1
assert_rc "other input than that of the plan is refused" 1 ctl apply --plan plan.json three.yaml
assert_rc "a dry run of the right one is not" 0 ctl apply --plan plan.json --dry-run=kernel two.yaml
assert_rc "it is carried out with its input" 0 ctl apply --plan plan.json two.yaml
assert_contains "and the kernel has it" "$(in_ns node ipvsadm -Sn)" "-A -t 10.96.0.10:80 -s lc"
assert_rc "and the store too" 0 ctl status --exit-code

# In mode iptables the plan is about tables as wholes.
rules() {
	ctl --mode iptables --state-dir "$LAB_STATE/rules" --netns rnode "$@"
}
assert_rc "mode iptables: a Service is applied" 0 rules apply -q one.yaml
rules plan -o json -f three.yaml >plan.json
sed 's/10.244.1.3/10.244.1.4/' three.yaml >four.yaml
assert_rc "mode iptables: input that differs in one address is refused" 1 rules apply --plan plan.json four.yaml
assert_rc "mode iptables: that of the plan is not" 0 rules apply --plan plan.json three.yaml

# The length of a drain counts from when the plan is carried out.
assert_rc "back to round robin" 0 ctl apply -q one.yaml
in_ns client bash -c 'exec 3<>/dev/tcp/10.96.0.10/80 4<>/dev/tcp/10.96.0.10/80 && echo open && exec sleep 120' >held &
for _ in {1..50}; do
	! grep -q open held || break
	sleep 0.1
done
planned three.yaml
sleep 3
assert_rc "a plan that begins a drain is good seconds later" 0 ctl apply --plan plan.json three.yaml
assert_contains "it drains" "$(in_ns node ipset list KUBE-SVCLB-DRAIN 2>&1)" "10.96.0.10,tcp:80,10.244.1.2"
lab_end
