# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A Service of every kind of address with its endpoints, for the cases that send traffic.

# What the kernel has sockets for; the Service has SCTP in any case.
protocols="tcp udp"
if [[ $(hit -p sctp 127.0.0.1 1) == *"not supported"* ]]; then
	skip "SCTP" "the kernel has no SCTP sockets"
else
	protocols+=" sctp"
fi

# serve POD...: on port 8080 of every protocol
serve() {
	local pod p ports=8080

	for p in ${protocols#tcp}; do
		ports+=" $p:8080"
	done
	for pod; do
		# shellcheck disable=SC2086  # several words
		lab_serve "$pod" $ports || fail "pod $pod serves"
	done
}

# service [FIELD-LINES] [ENDPOINT...]
service() {
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
		  externalIPs: [203.0.113.10, "2001:db8:cb::10"]
		$1
		  ports:
		  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
		  - {name: udp, port: 80, protocol: UDP, targetPort: 8080, nodePort: 30080}
		  - {name: sctp, port: 80, protocol: SCTP, targetPort: 8080, nodePort: 30080}
		status:
		  loadBalancer:
		    ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:51::10"}]
	END
	shift
	slice IPv4 10.244.1.2 10.244.1.3 10.244.1.4 10.244.2.2 "$@"
	slice IPv6 fd00:10:244:1::2 fd00:10:244:1::3 fd00:10:244:1::4 fd00:10:244:2::2 "$@"
}

# slice FAMILY A B C R [POD...]
slice() {
	local family=$1 pod
	local -A address=([a]=$2 [b]=$3 [c]=$4 [r]=$5)
	local -A node=([a]=node-1 [b]=node-1 [c]=node-1 [r]=node-2)

	shift 5
	cat <<-END
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: web-${family,,}, labels: {kubernetes.io/service-name: web}}
		addressType: $family
		ports:
		- {name: http, port: 8080}
		- {name: udp, port: 8080, protocol: UDP}
		- {name: sctp, port: 8080, protocol: SCTP}
		endpoints:
	END
	for pod; do
		echo "- {addresses: [\"${address[$pod]}\"], nodeName: ${node[$pod]}}"
	done
	[ $# -gt 0 ] || echo "  []"
}

seen() { # FROM ADDRESS PORT [OPTION...]: which source pod b sees
	in_ns "$1" hit -n 60 "${@:4}" "$2" "$3" | sed -n 's/^b saw //p' | sort -u
}
