#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Objects in quarantine: the sound ones are applied, the others keep what was applied of them; status says all of it,
# and what drifted and is degraded. A damaged store does not keep the kernel from being cleaned.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
empty=$(dump_kernel node)

service() { # NAME ADDRESS [MORE-SPEC]
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: $1}
		spec: {clusterIP: $2, ${3:-} ports: [{name: http, port: 80}]}
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-1, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv4
		ports: [{name: http, port: 8080}]
		endpoints: [{addresses: [10.244.1.2]}]
	END
}

state() { # the overall word
	ctl status -q
}

services() { # virtual servers in the kernel
	in_ns node ipvsadm -Ln | awk '/^TCP/ { print $2 }' | sort | xargs
}

{ service held 10.96.0.1; service other 10.96.0.2; } >first.yaml
assert_rc "apply" 0 ctl apply first.yaml
assert_eq "in sync" in-sync "$(state)"

# One of each fault: what does not decode, is invalid, cannot be read. "late" takes over the address of what is pruned.
{
	service good 10.96.0.3
	service held 10.96.0.9 'type: 7,'
	service odd 10.96.0.4 'type: Odd,'
	service late 10.96.0.2
} >second.yaml
{
	service good 10.96.0.3
	service held 10.96.0.9 'type: 7,'
	service odd 10.96.0.4 'type: Odd,'
	service open 10.96.0.5 'externalIPs: ['
} >open.yaml
before=$(dump_kernel node)
assert_rc "refused as a whole without the flag" 4 ctl apply second.yaml
assert_eq "nothing changed" "$before" "$(dump_kernel node)"
assert_rc "applied with it" 6 ctl apply --quarantine --prune second.yaml
assert_eq "the sound ones are there, and what was applied of the others" "10.96.0.1:80 10.96.0.2:80 10.96.0.3:80" "$(services)"
assert_lacks "what is pruned is gone" "$(ctl get svc)" other
# What stands in a document that cannot be read is not known.
assert_rc "with one that cannot be read" 6 ctl apply --quarantine --prune open.yaml
assert_eq "nothing is pruned" "10.96.0.1:80 10.96.0.2:80 10.96.0.3:80" "$(services)"
assert_eq "state" quarantined "$(state)"
assert_rc "an exit code says so" 3 ctl status --exit-code
all=$(ctl status)
for line in "quarantined: Service default/held: spec.type: must be text" \
	"quarantined: Service default/odd: spec.type: not supported" \
	"quarantined: Service default/open: not YAML" "(open.yaml:"; do
	assert_contains "status: $line" "$all" "$line"
done
assert_contains "as JSON" "$(ctl status -o json)" '"name": "odd",'
assert_contains "get says why there is none" "$(ctl get svc odd 2>&1)" "in quarantine: spec.type"
assert_contains "describe shows what is not in force" "$(ctl describe svc held)" "Quarantined:"

# Later arrivals are at fault, not what has the address.
service clash 10.96.0.3 >clash.yaml
assert_rc "a clash" 6 ctl apply --quarantine clash.yaml
assert_contains "the later one is left aside" "$(ctl status)" "quarantined: Service default/clash: "
assert_eq "the first one stays" "10.96.0.1:80 10.96.0.2:80 10.96.0.3:80" "$(services)"

# They leave quarantine when they are applied, deleted or pruned.
service odd 10.96.0.4 >odd.yaml
assert_rc "a sound version" 0 ctl apply odd.yaml
assert_lacks "is in quarantine no more" "$(ctl status)" "default/odd"
assert_rc "one that was never applied can be deleted" 0 ctl delete svc clash
assert_lacks "and is forgotten" "$(ctl status)" "default/clash"
{ service good 10.96.0.3; service held 10.96.0.1; } >third.yaml
assert_rc "all that is wanted" 0 ctl apply --prune third.yaml
assert_eq "in sync again" in-sync "$(state)"

# Drift names the Service, whatever was changed.
drifts() { # WHAT OBJECT COMMAND...: a foreign change
	local what=$1 object=$2

	shift 2
	in_ns node "$@" || fail "$what: the change"
	assert_eq "$what: drifted" drifted "$(state)"
	assert_contains "$what: status names it" "$(ctl status)" "drifted: $object"
	assert_rc "$what: apply repairs" 0 ctl apply third.yaml
	assert_eq "$what: in sync" in-sync "$(state)"
}
drifts "a real server" "Service default/good" ipvsadm -d -t 10.96.0.3:80 -r 10.244.1.2:8080
drifts "a virtual server" "Service default/good" ipvsadm -E -t 10.96.0.3:80 -s wlc
drifts "an entry" "Service default/held" ipset del KUBE-CLUSTER-IP 10.96.0.1,tcp:80
drifts "an address" "Service default/held" ip addr del 10.96.0.1/32 dev kube-ipvs0
drifts "rules" "what all objects share" iptables-legacy -t nat -F KUBE-SERVICES
drifts "a sysctl" "what all objects share" sysctl -qw net.ipv4.vs.conntrack=0

# Nobody serves.
service good 10.96.0.3 | sed 's/endpoints:.*/endpoints: [{addresses: [10.244.1.2], conditions: {ready: false}}]/' >down.yaml
assert_rc "no endpoint is ready" 0 ctl apply down.yaml
assert_eq "degraded" degraded "$(state)"
assert_contains "status names the Service" "$(ctl status)" "degraded: Service default/good"
assert_rc "that is no difference" 0 ctl status --exit-code
before=$(dump_kernel node)
store=$(cksum <"$LAB_STATE"/store/svclb.db)
assert_rc "status once more" 0 ctl status
assert_eq "it changes nothing in the kernel" "$before" "$(dump_kernel node)"
assert_eq "and nothing in the store" "$store" "$(cksum <"$LAB_STATE"/store/svclb.db)"
assert_lacks "the age of an object without a time is that of its first apply" "$(ctl get svc)" "<unknown>"

# A store that is no store.
ctl_db=$(find "$LAB_STATE" -name svclb.db | head -n 1)
echo "no database" >"$ctl_db"
assert_rc "a damaged store stops apply" 1 ctl apply third.yaml
out=$(ctl cleanup -y 2>&1)
assert_eq "cleanup succeeds" 0 $?
assert_contains "says what is wrong" "$out" "the store is damaged"
sysctls='net.ipv4.vs|/proc/sys'
assert_eq "the kernel is clean" "$(grep -vE "$sysctls" <<<"$empty")" "$(dump_kernel node | grep -vE "$sysctls")"
lab_end
