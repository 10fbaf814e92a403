#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What annotations tune, seen by packets: connection thresholds, affinity of IPv6 networks, flags of the schedulers that
# hash; and the rules of the option physdev.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b c; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

service() { # ANNOTATIONS FAMILY PROTOCOL AFFINITY ENDPOINT...
	local ip=10.96.0.10 list

	[ "$2" = IPv4 ] || ip=fd00:10:96::10
	list=$(printf ', {addresses: ["%s"]}' "${@:5}")
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: web, annotations: {$1}}
		spec:
		  clusterIP: "$ip"
		  ipFamilies: [$2]
		  sessionAffinity: $4
		  ports: [{port: 80, protocol: $3}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
		addressType: $2
		ports: [{port: 8080, protocol: $3}]
		endpoints: [${list#, }]
	END
}

# ---- thresholds: two clients that stay and a third one fill the only endpoint. It is full until fewer than two are
# left: not yet when the third one's connection has timed out.
limits='svclb.io/upper-threshold: "10.244.1.2=3", svclb.io/lower-threshold: "10.244.1.2=2"'
cat >config.yaml <<-'END'
	apiVersion: kubeproxy.config.k8s.io/v1alpha1
	kind: KubeProxyConfiguration
	ipvs: {udpTimeout: 2s}
END
datagrams() { # COUNT
	in_ns client hit -p udp -n "$1" -t 500 10.96.0.10 80 | lab_names
}
service "$limits" IPv4 UDP None 10.244.1.2 >one.yaml
service "$limits" IPv4 UDP None 10.244.1.2 10.244.1.3 >two.yaml
assert_rc "thresholds: apply" 0 ctl --config config.yaml apply one.yaml
stay=()
for port in 7001 7002; do
	in_ns client hit -p udp -k -n 100 -i 200 -t 500 -S $port 10.96.0.10 80 >stays-$port &
	stay+=($!)
done
for _ in {1..50}; do
	[ -s stays-7001 ] && [ -s stays-7002 ] && break
	sleep 0.1
done
assert_eq "thresholds: below the upper one it is served" a "$(datagrams 1)"
assert_eq "thresholds: at the upper one it is not" "error: refused" "$(datagrams 1)"
assert_rc "thresholds: another endpoint comes" 0 ctl --config config.yaml apply two.yaml
assert_eq "thresholds: that one serves" b "$(datagrams 6)"
sleep 5
assert_eq "thresholds: until the lower one is passed" b "$(datagrams 6)"
pkill -KILL -x hit
wait "${stay[@]}" 2>/dev/null
assert_eq "thresholds: those that were there had the first one all the time" "a saw 10.244.1.1" "$(sort -u stays-7001 stays-7002)"
sleep 5
assert_eq "thresholds: then both do" "a b" "$(datagrams 6)"

# ---- affinity of a network
ip -n client addr add fd00:64::200/64 dev br0 nodad
from() { # ADDRESS
	in_ns client hit -n 4 -s "$1" fd00:10:96::10 80 | lab_names
}
service 'svclb.io/affinity-prefix-ipv6: "120"' IPv6 TCP ClientIP fd00:10:244:1::2 fd00:10:244:1::3 fd00:10:244:1::4 >web.yaml
assert_rc "affinity prefix: apply" 0 ctl apply --prune web.yaml
first=$(from fd00:64::100)
assert_eq "affinity prefix: a client has one endpoint" 1 "$(wc -w <<<"$first")"
assert_eq "affinity prefix: another one of its network has the same" "$first" "$(from fd00:64::101)"
second=$(from fd00:64::200)
assert_eq "affinity prefix: one of another network has its own" "1 other" \
	"$(wc -w <<<"$second") $([ "$second" = "$first" ] || echo other)"

# ---- flags of schedulers that hash
hashed() { # SCHEDULER FLAGS [WEIGHTS [COUNT]]: what answers the client
	service "service.kubernetes.io/ipvs-scheduler: $1, svclb.io/scheduler-flags: $2${3:+, svclb.io/weight: \"$3\"}" \
		IPv4 TCP None 10.244.1.2 10.244.1.3 10.244.1.4 >web.yaml
	ctl apply --prune web.yaml >applied 2>&1 || lab_show <applied
	in_ns client hit -n "${4:-24}" -s 192.168.64.100 10.96.0.10 80 | lab_names
}
for s in sh mh; do
	own=$(hashed $s none)
	assert_eq "$s: a client has one endpoint" 1 "$(wc -w <<<"$own")"
	assert_eq "$s-port: its connections are spread" "a b c" "$(hashed $s $s-port)"
	case $own in a) ip=10.244.1.2 ;; b) ip=10.244.1.3 ;; *) ip=10.244.1.4 ;; esac
	assert_eq "$s: the client has it again" "$own" "$(hashed $s none)"
	# few, as the kernel limits how often it refuses one client
	assert_eq "$s: at weight 0 it is refused" "error: refused" "$(hashed $s none "$ip=0,1" 2)"
	other=$(hashed $s $s-fallback "$ip=0,1")
	assert_eq "$s-fallback: another one serves it" "1 other" "$(wc -w <<<"$other") $([[ $other == "$own" || $other == error* ]] || echo other)"
done

# ---- rules that look at bridge ports
cat >physdev.yaml <<-'END'
	apiVersion: svclb.io/v1alpha1
	kind: SvclbConfiguration
	physdev: true
END
rule='-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT'
assert_contains "physdev: render" "$(ctl --config physdev.yaml render -f web.yaml -o iptables)" "$rule"
if out=$(ctl --config physdev.yaml apply web.yaml 2>&1); then
	for tables in iptables ip6tables; do
		assert_eq "physdev: the rules are in the kernel: $tables" 2 \
			"$(in_ns node $tables-legacy-save -t nat | grep -c -e "$rule")"
	done
	assert_contains "physdev: a second apply changes nothing" "$(ctl --config physdev.yaml apply web.yaml 2>&1)" unchanged
	assert_eq "physdev: the Service answers" 1 "$(in_ns client hit -n 4 10.96.0.10 80 | lab_names | wc -w)"
else
	assert_contains "physdev: the kernel lacks it, which apply says" "$out" xt_physdev
fi
assert_rc "cleanup" 0 ctl cleanup
lab_end
