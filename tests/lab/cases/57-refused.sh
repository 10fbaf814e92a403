#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Objects that only the kernel refuses are in quarantine too: an address that is somebody else's, a scheduler that is not
# there, a real server that the kernel does not take. All others are applied.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME ADDRESS [ENDPOINT] [ANNOTATION]
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: $1, annotations: {${4:-}}}
		spec: {clusterIP: $2, ports: [{name: http, port: 80}]}
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-1, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv4
		ports: [{name: http, port: 8080}]
		endpoints: [{addresses: [${3:-10.244.1.2}]}]
	END
}
services() { # ours in the kernel
	ctl get virtual-servers | awk '/ours/ { print $2 }' | sort | xargs
}
all=$(dump_kernel node)

# Somebody else's virtual server.
in_ns node ipvsadm -A -t 10.96.0.2:80 -s wlc
{ service one 10.96.0.1; service taken 10.96.0.2; service three 10.96.0.3; } >first.yaml
foreign=$(dump_kernel node)
assert_rc "refused as a whole without the flag" 1 ctl apply first.yaml
assert_eq "nothing changed" "$foreign" "$(dump_kernel node)"
assert_rc "a dry run leaves it aside" 6 ctl apply --quarantine --dry-run=kernel first.yaml
assert_contains "and so does a plan" "$(ctl plan --quarantine -f first.yaml 2>&1)" "Service default/taken is left aside"
assert_eq "still nothing changed" "$foreign" "$(dump_kernel node)"
assert_rc "applied with it" 6 ctl apply --quarantine first.yaml
assert_eq "all others are there" "10.96.0.1:80 10.96.0.3:80" "$(services)"
assert_contains "the other one's stays as it was" "$(in_ns node ipvsadm -Sn)" "-A -t 10.96.0.2:80 -s wlc"
assert_contains "status says why" "$(ctl status)" \
	"quarantined: Service default/taken: virtual server 10.96.0.2:80/TCP exists and is not ours (first.yaml:"
assert_eq "the word for it" quarantined "$(ctl status -q)"
in_ns node ipvsadm -D -t 10.96.0.2:80
assert_rc "when it is gone, all are applied" 0 ctl apply first.yaml
assert_eq "and in sync" in-sync "$(ctl status -q)"

# What the kernel says only when it is asked to do it: the broadcast address of a link is no real server.
in_ns node ip addr add 10.244.9.1/24 brd 10.244.9.255 dev eth0
{ service one 10.96.0.1 10.244.9.255; service four 10.96.0.4; } >second.yaml
assert_rc "a real server that is refused: all is put back" 7 ctl apply second.yaml
assert_eq "as it was" "10.96.0.1:80 10.96.0.2:80 10.96.0.3:80" "$(services)"
assert_rc "with the flag the others are applied" 6 ctl apply --quarantine second.yaml
assert_eq "the new one is there" "10.96.0.1:80 10.96.0.2:80 10.96.0.3:80 10.96.0.4:80" "$(services)"
assert_contains "what was applied of the refused one stays" "$(in_ns node ipvsadm -Sn)" \
	"-a -t 10.96.0.1:80 -r 10.244.1.2:8080"
assert_contains "status says what the kernel said" "$(ctl status)" "quarantined: Service default/one: "

# A scheduler that is not there. The names of others are not this Service's fault.
if [ "$LAB_KIND" = uml ]; then
	autoload=$(cat /proc/sys/kernel/modprobe)
	rmmod ip_vs_nq 2>/dev/null
	echo /bin/false >/proc/sys/kernel/modprobe
	{
		service odd 10.96.0.5 10.244.1.2 "service.kubernetes.io/ipvs-scheduler: nq"
		service six 10.96.0.6
	} >third.yaml
	assert_rc "refused as a whole" 5 ctl apply third.yaml
	assert_rc "applied without it" 6 ctl apply --quarantine third.yaml
	assert_contains "the sound one is there" "$(services)" "10.96.0.6:80"
	assert_lacks "the other one is not" "$(services)" "10.96.0.5:80"
	assert_contains "status names the scheduler" "$(ctl status)" \
		"quarantined: Service default/odd: the kernel has no scheduler nq"
	# After a restart of the host a stored object can be refused as well: it stays stored.
	echo "$autoload" >/proc/sys/kernel/modprobe
	assert_rc "with the module it is applied" 0 ctl apply third.yaml
	in_ns node sh -c 'ipvsadm -C; iptables-legacy -F; iptables-legacy -t nat -F; iptables-legacy -X; iptables-legacy -t nat -X
		ip6tables-legacy -F; ip6tables-legacy -t nat -F; ip6tables-legacy -X; ip6tables-legacy -t nat -X
		ipset destroy; ip link del kube-ipvs0'
	rmmod ip_vs_nq
	echo /bin/false >/proc/sys/kernel/modprobe
	assert_rc "what was applied is brought back without it" 6 ctl apply --stored --quarantine
	assert_contains "all others are there again" "$(services)" "10.96.0.4:80 10.96.0.6:80"
	assert_contains "it is still stored" "$(ctl get svc -o name)" "service/odd"
	echo "$autoload" >/proc/sys/kernel/modprobe
	assert_rc "and applied when it can be" 0 ctl apply --stored
	assert_lacks "and is in quarantine no more" "$(ctl status)" "default/odd"
else
	skip "a scheduler that is not there" "modules of the running kernel are not taken away"
fi
assert_rc "cleanup" 0 ctl cleanup -y
in_ns node ip addr del 10.244.9.1/24 dev eth0
strip() { grep -vE 'net.ipv4.vs|/proc/sys' <<<"$1"; }
assert_eq "nothing is left" "$(strip "$all")" "$(strip "$(dump_kernel node)")"
lab_end
