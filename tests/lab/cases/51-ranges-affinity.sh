#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Source ranges open and close without a moment in which an admitted client is kept out. Session affinity leaves an
# endpoint that goes at once, and ends with its time-out.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b c; do
	lab_serve $pod 8080 udp:8080 || fail "pod $pod serves"
done

slices() { # POD...
	local pod

	for family in 4 6; do
		cat <<-END
			---
			apiVersion: discovery.k8s.io/v1
			kind: EndpointSlice
			metadata: {name: web-$family, labels: {kubernetes.io/service-name: web}}
			addressType: IPv$family
			ports: [{name: http, port: 8080}, {name: udp, port: 8080, protocol: UDP}]
			endpoints:
		END
		for pod; do
			case $pod in a) n=2 ;; b) n=3 ;; *) n=4 ;; esac
			if [ $family = 4 ]; then echo "- {addresses: [10.244.1.$n]}"; else echo "- {addresses: ['fd00:10:244:1::$n']}"; fi
		done
	done
}

ranged() { # RANGES
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec:
		  type: LoadBalancer
		  clusterIP: 10.96.0.10
		  clusterIPs: [10.96.0.10, "fd00:10:96::10"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		  allocateLoadBalancerNodePorts: false
		  loadBalancerSourceRanges: [$1]
		  ports: [{name: http, port: 80, targetPort: 8080}]
		status:
		  loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:51::10"}]}
	END
	slices a
}

from() { # SOURCE ADDRESS
	in_ns client hit -n 1 -t 250 -s "$1" "$2" 80 | sed 's/ saw.*//'
}

# The client .100 is admitted by every one of these, .101 by some; requests of .100 run all the time.
ranged "" >web.yaml
assert_rc "no source ranges" 0 ctl apply web.yaml
(while [ ! -e enough ]; do in_ns client hit -n 30 -i 20 -t 900 -s 192.168.64.100 198.51.100.10 80; done) >running 2>&1 &
running=$!
while read -r other ranges; do
	ranged "$ranges" >web.yaml
	assert_rc "source ranges [$ranges]" 0 ctl apply web.yaml
	assert_eq "[$ranges]: the other client" "${other/:/: }" "$(from 192.168.64.101 198.51.100.10)"
done <<-'END'
	error:timeout 192.168.64.100/32
	a 192.168.64.0/24
	error:timeout 10.0.0.0/8, 192.168.64.96/30, 192.168.64.100/32
	a 0.0.0.0/0, 10.0.0.0/8
	error:timeout 192.168.64.100/32, 10.0.0.0/8
	a
END
touch enough
wait $running
assert_eq "every one of them was answered" "a saw 10.244.1.1" "$(sort -u running)"

# .101 is admitted by none of these, and asks all the time.
ranged 192.168.64.100/32 >web.yaml
assert_rc "a range of one client" 0 ctl apply web.yaml
assert_contains "the same again changes nothing" "$(ctl apply web.yaml 2>&1)" unchanged
(while [ ! -e kept ]; do in_ns client hit -n 5 -i 10 -t 250 -s 192.168.64.101 198.51.100.10 80; done) >kept-out 2>&1 &
kept=$!
for ranges in "10.0.0.0/8, 192.168.64.100/32" "192.168.64.96/30, 192.168.64.100/32" 192.168.64.100/32 10.0.0.0/8; do
	ranged "$ranges" >web.yaml
	assert_rc "[$ranges], while the other client asks" 0 ctl apply web.yaml
done
touch kept
wait $kept
assert_eq "it was never let in" "error: timeout" "$(sort -u kept-out)"

# Families.
ranged "192.168.64.0/24" >web.yaml
out=$(ctl apply web.yaml 2>&1)
assert_contains "ranges of one family alone are warned of" "$out" "no range is IPv6"
assert_eq "they keep the other family out" "error: timeout" "$(from fd00:64::100 2001:db8:51::10)"
assert_eq "the node itself too" "error: timeout" "$(in_ns node hit -t 250 2001:db8:51::10 80)"
assert_eq "and admit their own" a "$(from 192.168.64.101 198.51.100.10)"
ranged "0.0.0.0/0" >web.yaml
assert_lacks "a range of everything is no such list" "$(ctl apply web.yaml 2>&1)" "no range is"
assert_eq "it restricts neither family" "a a" \
	"$(from fd00:64::100 2001:db8:51::10) $(from 192.168.64.101 198.51.100.10)"
ranged '"::/0"' >web.yaml
assert_rc "nor does one of the other family" 0 ctl apply web.yaml
assert_eq "both families are open" "a a" \
	"$(from fd00:64::100 2001:db8:51::10) $(from 192.168.64.101 198.51.100.10)"
ranged '192.168.64.100/32, "::/0"' >web.yaml
assert_rc "beside a range of one family" 0 ctl apply web.yaml
assert_eq "it opens its own alone" "a a error: timeout" \
	"$(from fd00:64::101 2001:db8:51::10) $(from 192.168.64.100 198.51.100.10) $(from 192.168.64.101 198.51.100.10)"

# Affinity.
affine() { # SECONDS POD...
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec:
		  clusterIP: 10.96.0.10
		  sessionAffinity: ClientIP
		  sessionAffinityConfig: {clientIP: {timeoutSeconds: $1}}
		  ports:
		  - {name: http, port: 80, targetPort: 8080}
		  - {name: udp, port: 80, protocol: UDP, targetPort: 8080}
	END
	slices "${@:2}"
}
client() { # COUNT PROTOCOL
	in_ns client hit -n "$1" -p "$2" -t 1000 10.96.0.10 80 | lab_names
}
affine 30 a b c >web.yaml
cat >config.yaml <<-'END'
	apiVersion: kubeproxy.config.k8s.io/v1alpha1
	kind: KubeProxyConfiguration
	ipvs: {udpTimeout: 1s}
END
assert_rc "affinity of half a minute" 0 ctl --config config.yaml apply web.yaml
assert_contains "the time-outs of IPVS are set, those not given stay" "$(in_ns node ipvsadm -L --timeout)" \
	"Timeout (tcp tcpfin udp): 900 120 1"
in_ns node ipvsadm --set 0 0 7
assert_contains "changed by hand" "$(in_ns node ipvsadm -L --timeout)" "900 120 7"
assert_rc "they are put right" 0 ctl --config config.yaml apply web.yaml
assert_contains "by the next apply" "$(in_ns node ipvsadm -L --timeout)" "900 120 1"
for p in tcp udp; do
	first=$(client 6 $p)
	assert_eq "$p: a client has one endpoint" 1 "$(wc -w <<<"$first")"
	rest=(a b c)
	# shellcheck disable=SC2206  # the endpoints that are left
	rest=(${rest[@]/$first})
	affine 30 "${rest[@]}" >web.yaml
	assert_rc "$p: it goes" 0 ctl apply web.yaml
	second=$(client 6 $p)
	assert_contains "$p: the client has another one at once" " ${rest[*]} " " $second "
	assert_eq "$p: and no more than one" 1 "$(wc -w <<<"$second")"
	affine 30 a b c >web.yaml
	assert_rc "$p: it returns" 0 ctl apply web.yaml
done

# An open connection keeps its endpoint; the client's new ones do not go there.
in_ns client hit -k -n 8 -i 300 -t 2000 -s 192.168.64.101 10.96.0.10 80 >open-connection 2>&1 &
open=$!
sleep 0.5
first=$(in_ns client hit -n 2 -s 192.168.64.101 10.96.0.10 80 | lab_names)
rest=(a b c)
# shellcheck disable=SC2206
rest=(${rest[@]/$first})
affine 30 "${rest[@]}" >web.yaml
assert_rc "the endpoint of an open connection goes" 0 ctl apply web.yaml
assert_contains "it drains" "$(in_ns node ipvsadm -Sn)" "-w 0"
second=$(in_ns client hit -n 4 -s 192.168.64.101 10.96.0.10 80 | lab_names)
assert_contains "new connections have another one at once" " ${rest[*]} " " $second "
assert_eq "and no more than one" 1 "$(wc -w <<<"$second")"
wait $open
assert_eq "the open connection stays" "8 $first saw 10.244.1.1" "$(sort open-connection | uniq -c | sed 's/^ *//')"

# The time-out, with datagrams: IPVS keeps a client's affinity at least as long as its connections, a closed TCP
# connection for two minutes. A machine that was too slow for the second datagram is asked again.
affine 4 a b c >web.yaml
assert_rc "three endpoints and four seconds" 0 ctl apply web.yaml
other() {
	in_ns client hit -p udp -t 1000 -s 192.168.64.101 10.96.0.10 80 | lab_names
}
for ((try = 0; try < 5; try++)); do
	first=$(other)
	start=$(date +%s%N)
	sleep 1
	second=$(other)
	[ $(($(date +%s%N) - start)) -ge 3500000000 ] || break
	sleep 8
done
assert_eq "within the time-out the client stays" "$first" "$second"
sleep 8
second=$(other)
if [ "$second" != "$first" ]; then ok "after it the next endpoint's turn has come"; else fail "affinity ends" "$first"; fi
assert_rc "cleanup" 0 ctl cleanup
lab_end
