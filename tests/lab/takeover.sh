# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For cases that take over what kube-proxy left behind, as its dumps in tests/conformance say. `takeover_node` makes a
# node with the endpoints of these dumps, and `take_over VECTOR [FILTER]` puts a dump there, sends traffic through it and
# applies the same objects meanwhile: nothing fails, and what is there afterwards is what an apply makes on an empty node.

VECTORS=${LAB_LIB%/tests/lab/lib.sh}/tests/conformance

# The settings that kube-proxy makes.
settle() {
	in_ns node sysctl -q -w net.ipv4.vs.conntrack=1 net.ipv4.vs.expire_nodest_conn=1 \
		net.ipv4.vs.expire_quiescent_template=1
}

takeover_node() {
	local endpoints ports ip pod

	lab_node || return 1
	# Every endpoint of every vector: the local ones are in pod a, the others in pod r.
	endpoints=$(cat "$VECTORS"/{01,17,44,67}-*/ipvs.txt | sed -n 's/.* -r \([^ ]*\) .*/\1/p' | sort -u)
	ports=$(awk -F: '{ print $NF }' <<<"$endpoints" | sort -u)
	ip -n node route add 10.244.3.0/24 via 192.168.64.20
	while read -r ip; do
		case $ip in
		10.244.1.[1-4] | 10.244.2.2 | fd00:10:244:1::[1-4] | fd00:10:244:2::2) ;;
		10.244.1.*) ip -n a addr add "$ip/32" dev lo && ip -n node route add "$ip/32" dev veth-a ;;
		10.244.[23].*) ip -n r addr add "$ip/32" dev lo && ip -n rnode route add "$ip/32" dev veth-r ;;
		fd00:10:244:1:*) ip -n a addr add "$ip/128" dev eth0 nodad && ip -n node route add "$ip/128" dev veth-a ;;
		fd00:10:244:2:*) ip -n r addr add "$ip/128" dev eth0 nodad && ip -n rnode route add "$ip/128" dev veth-r ;;
		*) false ;;
		esac || fail "endpoint $ip" "is in no pod"
	done < <(sed 's/:[0-9]*$//; s/[][]//g' <<<"$endpoints" | sort -u)
	for pod in a r; do
		# shellcheck disable=SC2086  # ports are words
		lab_serve $pod $ports || fail "pod $pod serves"
	done
	# What kubelet, or that of an older release, has there, and keeps.
	in_ns node iptables-legacy-restore -n <<-'END'
		*mangle
		:KUBE-KUBELET-CANARY - [0:0]
		COMMIT
		*nat
		:KUBE-MARK-DROP - [0:0]
		-A KUBE-MARK-DROP -j MARK --or-mark 0x8000
		COMMIT
		*filter
		:KUBE-FIREWALL - [0:0]
		-A INPUT -j KUBE-FIREWALL
		-A OUTPUT -j KUBE-FIREWALL
		-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
		COMMIT
	END
	in_ns node ipvsadm -Ln >/dev/null # the settings are there from then on
	settle || return 1
	load_room node
	before=$(kernel)
}

kernel() {
	dump_kernel node | sort # addresses stand in the order in which they came
}

# As kube-proxy left it. A filter may change its rules on the way.
restore() { # VECTOR [FILTER...]
	local dir=$VECTORS/$1

	shift
	[ $# -gt 0 ] || set -- cat
	sort -r "$dir"/ipset.txt | in_ns node ipset restore || return 1 # create comes before add
	in_ns node ipvsadm -R <"$dir/ipvs.txt" || return 1
	{
		echo link add kube-ipvs0 type dummy
		echo link set kube-ipvs0 addrgenmode none
		awk '{ print "addr add", $3, "dev", $1, /inet6/ ? "nodad" : "" }' "$dir/addrs.txt"
	} | ip -n node -batch - || return 1
	"$@" <"$dir/iptables.txt" | in_ns node iptables-legacy-restore -n || return 1
	"$@" <"$dir/ip6tables.txt" | in_ns node ip6tables-legacy-restore -n || return 1
	settle
}

# kube-proxy 1.26 to 1.28 had no chain for the node's own traffic, and before 1.28 no rule for health check ports there.
older() {
	sed -e '/KUBE-IPVS-OUT-FILTER/d' -e '/KUBE-IPVS-FILTER .*HEALTH-CHECK/d'
}

# What the client can ask over TCP: each virtual server with a real server, but for those that admit it not.
targets() { # VECTOR KIND
	awk -v kind="$2" '
		/^add KUBE-(6-)?LOAD-BALANCER-FW / { sub(/,tcp:/, "|", $3); closed[$3] }
		/^-a -t / {
			port = $3; sub(/.*:/, "", port)
			ip = $3; sub(/:[0-9]*$/, "", ip); gsub(/[][]/, "", ip)
			if (!((ip "|" port) in closed) && !seen[$3]++)
				print kind "," ip "," port
		}' "$VECTORS/$1/ipset.txt" "$VECTORS/$1/ipvs.txt"
}

vector_ctl() {
	in_ns node svclbctl --state-dir "$LAB_STATE/store" --node node-1 --node-address 192.168.64.10 \
		--node-address fd00:64::10 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 "$@"
}

take_over() { # VECTOR [FILTER...]
	local name="$1${2:+, $2 layout}" after

	echo "# $name"
	restore "$@" || { fail "$name: the dump is restored"; return; }
	# shellcheck disable=SC2046  # targets are words
	load_start client $(targets "$1" new) $(targets "$1" hold)
	load_ready
	assert_rc "$name: apply" 0 vector_ctl apply --prune "$VECTORS/$1/input.yaml"
	assert_contains "$name: applying again does nothing" "$(vector_ctl apply "$VECTORS/$1/input.yaml" 2>&1)" unchanged
	load_stop "$name"
	after=$(kernel)
	assert_rc "$name: cleanup" 0 vector_ctl cleanup
	assert_eq "$name: nothing is left" "$before" "$(kernel)"
	assert_rc "$name: apply on the empty node" 0 vector_ctl apply --prune "$VECTORS/$1/input.yaml"
	assert_eq "$name: the taken over node held the same" "$(kernel)" "$after"
	vector_ctl cleanup >/dev/null 2>&1
}
