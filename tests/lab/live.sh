# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Steady traffic from several sides while a case changes the node. `load_start NS TARGET...` begins it in a namespace,
# once for each namespace; `load_ready` waits until every target has answered; `load_stop NAME` ends all of it, shows the
# counts and reports, for each namespace, whether nothing at all failed. `load_counts NS` is for what shall fail.

LOADS=()

# Connections that are over leave the table of tracked ones soon: it is small where memory is.
# shellcheck disable=SC2016  # the inner shell expands
load_room() { # NS...
	local ns

	for ns; do
		in_ns "$ns" sh -c 'cd /proc/sys/net/netfilter && for key in tcp_timeout_time_wait tcp_timeout_close \
			tcp_timeout_last_ack udp_timeout udp_timeout_stream; do echo 4 >nf_conntrack_$key; done'
	done
}

# A request to a real server that is gone gets no answer however long it waits, as IPVS and connection tracking remember
# it for a minute or two; one on a machine that stands still for a while gets its answer later.
load_start() { # NS TARGET...
	local ns=$1

	shift
	in_ns "$ns" load -i "${LOAD_PAUSE_MS:-40}" -t "${LOAD_TIMEOUT_MS:-20000}" -r "${LOAD_AGAIN_MS:-0}" -l "${LOAD_SECONDS:-100}" \
		-s "$LAB_STATE/load-$ns" "$@" >"load-$ns.out" 2>&1 &
	LOADS+=("$ns:$!")
}

load_ready() {
	local one try

	for one in "${LOADS[@]}"; do
		for try in $(seq 100); do
			[ ! -e "load-${one%:*}.runs" ] || continue 2
			sleep 0.1
		done
		fail "every target answers ${one%:*} within $((try / 10)) s" "not all of them"
	done
}

# Leaves the counts in load-NS.out.
load_end() {
	local one

	for one in "${LOADS[@]}"; do
		touch "load-${one%:*}.stop"
	done
	for one in "${LOADS[@]}"; do
		wait "${one#*:}"
		rm -f "load-${one%:*}.stop" "load-${one%:*}.runs"
	done
}

load_stop() { # NAME
	local one ns total

	load_end
	for one in "${LOADS[@]}"; do
		ns=${one%:*}
		total=$(sed -n 's/^total: //p' "load-$ns.out")
		echo "# from $ns: $total"
		if [[ $total =~ ^[1-9][0-9]*\ requests,\ 0\ failed,\ 0\ reset,\ 0\ lost(,\ [0-9]+\ sent\ again)?(,\ [0-9]+\ more\ lost\ while\ .*)?$ ]]; then
			ok "$1: nothing that $ns asks for fails"
			continue
		fi
		grep -v ' 0 failed, 0 reset, 0 lost' "load-$ns.out" | lab_show
		fail "$1: nothing that $ns asks for fails" "$total"
	done
	LOADS=()
}

# Slices of a Service with ports http and dns: pods a and b, in both families.
slices() { # SERVICE
	cat <<-END
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-4, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv4
		ports: [{name: http, port: 8080}, {name: dns, port: 8080, protocol: UDP}]
		endpoints: [{addresses: [10.244.1.2], nodeName: node-1}, {addresses: [10.244.1.3], nodeName: node-1}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: $1-6, labels: {kubernetes.io/service-name: $1}}
		addressType: IPv6
		ports: [{name: http, port: 8080}, {name: dns, port: 8080, protocol: UDP}]
		endpoints: [{addresses: ["fd00:10:244:1::2"], nodeName: node-1}, {addresses: ["fd00:10:244:1::3"], nodeName: node-1}]
	END
}

# A second Service, of any type: pods a and b, one port.
second() { # TYPE [FIELD-LINES]
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: second}
		spec:
		  type: $1
		  clusterIP: 10.96.0.20
		  clusterIPs: [10.96.0.20, "fd00:10:96::20"]
		  ipFamilies: [IPv4, IPv6]
		  ipFamilyPolicy: RequireDualStack
		${2:-}
		  ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP, targetPort: 8080}]
	END
	slices second
}
