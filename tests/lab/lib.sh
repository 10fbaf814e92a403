# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What a lab case builds on. A case is a bash file that begins with `. "$LAB_LIB"`, reports every check with one of
# the functions below, and ends with `lab_end`. It has a process, mount and network namespace of its own, a state
# folder $LAB_STATE (also its working folder), and everything it starts dies with it.
#
#   ok NAME | fail NAME [WHY] | skip NAME WHY          one check each
#   assert_eq NAME WANT GOT                            equal texts; shows the difference
#   assert_contains NAME TEXT PART                     PART occurs in TEXT
#   assert_lacks NAME TEXT PART                        PART does not occur in TEXT
#   assert_rc NAME WANT COMMAND...                     the command's exit code; its output is shown on failure
#   lab_node [PREFIX]                                  the throw-away node, see below
#   in_ns NAME COMMAND...                              run a command in a network namespace
#   lab_serve NS PORT...                               podserver in a namespace; its name is the namespace's
#   lab_names                                          stdin: hit's answers; stdout: the names, sorted, unique
#   dump_kernel NS                                     what the kernel holds, in a form that can be compared
#   ctl ARGUMENT...                                    svclbctl on the node, with a store of the case's own
#   manifests                                          the folder of example manifests
#
# lab_node makes these namespaces (each with PREFIX before its name, so that a case can have several nodes):
#   node    the kernel under test, forwarding; eth0 192.168.64.10 fd00:64::10; gateway of the pods 10.244.1.1
#   a b c   local pods 10.244.1.2 .3 .4, fd00:10:244:1::2 ::3 ::4, each on its own veth, routed through the node
#   r       a pod on another node: 10.244.2.2 fd00:10:244:2::2
#   rnode   that other node: 192.168.64.20 fd00:64::20, forwarding
#   client  an outside client 192.168.64.100 and .101, fd00:64::100 and ::101, default route to the node;
#           it also holds the bridge that is the network segment of node, rnode and client
set -u

LAB_CHECKS=0
LAB_FAILED=0

ok() {
	LAB_CHECKS=$((LAB_CHECKS + 1))
	printf 'ok %s\n' "$1"
}

fail() {
	LAB_CHECKS=$((LAB_CHECKS + 1))
	LAB_FAILED=$((LAB_FAILED + 1))
	printf 'not ok %s: %s\n' "$1" "${2:-failed}"
	return 1
}

skip() {
	LAB_CHECKS=$((LAB_CHECKS + 1))
	printf 'skip %s: %s\n' "$1" "$2"
}

# The last line of a case. Without it the case counts as broken off.
lab_end() {
	printf 'end %d\n' "$LAB_CHECKS"
	exit $((LAB_FAILED > 0))
}

# Text as diagnostics: indented, so that no line of it is taken for a result.
lab_show() {
	sed 's/^/    /'
}

assert_eq() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return
	fi
	echo "    --- wanted, +++ got"
	diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$3") | tail -n +3 | lab_show
	fail "$1" "differs"
}

assert_contains() {
	if [[ $2 == *"$3"* ]]; then
		ok "$1"
		return
	fi
	printf '%s\n' "$2" | lab_show
	fail "$1" "does not contain '$3'"
}

assert_lacks() {
	if [[ $2 != *"$3"* ]]; then
		ok "$1"
		return
	fi
	printf '%s\n' "$2" | lab_show
	fail "$1" "contains '$3'"
}

assert_rc() {
	local name=$1 want=$2 out rc

	shift 2
	out=$("$@" 2>&1)
	rc=$?
	if [ $rc -eq "$want" ]; then
		ok "$name"
		return
	fi
	printf '%s\n' "$out" | lab_show
	fail "$name" "exit code $rc, wanted $want: $*"
}

in_ns() {
	local ns=$1

	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

# A pod on a veth of its own, the way a routing network plugin does it.
lab_pod() { # PREFIX NAME LAST
	local p=$1 ns=$1$2 last=$3

	ip -n "${p}node" -batch - <<-END || return 1
		link add veth-$2 type veth peer name eth0 netns $ns
		link set veth-$2 addrgenmode none
		link set veth-$2 up
		addr add 10.244.1.1/32 dev veth-$2
		addr add fd00:10:244:1::1/128 dev veth-$2 nodad
		addr add fe80::1/64 dev veth-$2 nodad
		route add 10.244.1.$last/32 dev veth-$2
		route add fd00:10:244:1::$last/128 dev veth-$2
	END
	ip -n "$ns" -batch - <<-END
		link set lo up
		link set eth0 addrgenmode none
		link set eth0 up
		addr add 10.244.1.$last/24 dev eth0 noprefixroute
		addr add fd00:10:244:1::$last/64 dev eth0 nodad noprefixroute
		addr add fe80::$last/64 dev eth0 nodad
		route add 10.244.1.1 dev eth0 src 10.244.1.$last
		route add default via 10.244.1.1 src 10.244.1.$last
		route add fd00:10:244:1::1 dev eth0
		route add default via fd00:10:244:1::1
	END
}

lab_node() {
	local p=${1:-} name

	ip -batch - <<-END || return 1
		netns add ${p}node
		netns add ${p}a
		netns add ${p}b
		netns add ${p}c
		netns add ${p}r
		netns add ${p}rnode
		netns add ${p}client
	END
	# Tables exist from the start, and link-local addresses are given, not made up: two dumps differ by what was
	# done in between, and by nothing else.
	in_ns "${p}node" sh -c '
		cd /proc/sys/net || exit
		echo 1 >ipv4/ip_forward
		echo 1 >ipv6/conf/all/forwarding
		echo 0 >ipv4/conf/all/rp_filter
		echo 0 >ipv4/conf/default/rp_filter
		for restore in iptables-legacy-restore ip6tables-legacy-restore; do
			printf "*nat\nCOMMIT\n*filter\nCOMMIT\n" | $restore -n || exit
		done' || return 1
	ip -n "${p}client" -batch - <<-END || return 1
		link set lo up
		link add br0 type bridge
		link set br0 addrgenmode none
		link add to-node type veth peer name eth0 netns ${p}node
		link add to-r type veth peer name eth0 netns ${p}rnode
		link set to-node addrgenmode none
		link set to-r addrgenmode none
		link set to-node master br0 up
		link set to-r master br0 up
		link set br0 up
		addr add 192.168.64.100/24 dev br0
		addr add 192.168.64.101/24 dev br0
		addr add fd00:64::101/64 dev br0 nodad
		addr add fd00:64::100/64 dev br0 nodad
		addr add fe80::100/64 dev br0 nodad
		route add default via 192.168.64.10
		route add default via fd00:64::10
	END
	ip -n "${p}node" -batch - <<-END || return 1
		link set lo up
		link set eth0 addrgenmode none
		link set eth0 up
		addr add 192.168.64.10/24 dev eth0
		addr add fd00:64::10/64 dev eth0 nodad
		addr add fe80::10/64 dev eth0 nodad
		route add 10.244.2.0/24 via 192.168.64.20
		route add fd00:10:244:2::/64 via fd00:64::20
		route add unreachable default metric 4000
		route add unreachable ::/0 metric 4000
	END
	in_ns "${p}rnode" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip -n "${p}rnode" -batch - <<-END || return 1
		link set lo up
		link add veth-r type veth peer name eth0 netns ${p}r
		link set eth0 addrgenmode none
		link set veth-r addrgenmode none
		link set eth0 up
		link set veth-r up
		addr add 192.168.64.20/24 dev eth0
		addr add fd00:64::20/64 dev eth0 nodad
		addr add fe80::20/64 dev eth0 nodad
		addr add 10.244.2.1/32 dev veth-r
		addr add fd00:10:244:2::1/128 dev veth-r nodad
		addr add fe80::1/64 dev veth-r nodad
		route add 10.244.2.2/32 dev veth-r
		route add fd00:10:244:2::2/128 dev veth-r
		route add default via 192.168.64.10
		route add default via fd00:64::10
	END
	ip -n "${p}r" -batch - <<-END || return 1
		link set lo up
		link set eth0 addrgenmode none
		link set eth0 up
		addr add 10.244.2.2/32 dev eth0
		addr add fd00:10:244:2::2/128 dev eth0 nodad
		addr add fe80::2/64 dev eth0 nodad
		route add 10.244.2.1 dev eth0
		route add default via 10.244.2.1
		route add fd00:10:244:2::1 dev eth0
		route add default via fd00:10:244:2::1
	END
	lab_pod "$p" a 2 && lab_pod "$p" b 3 && lab_pod "$p" c 4
}

lab_serve() {
	local ns=$1

	shift
	in_ns "$ns" podserver -n "$ns" -l "${LAB_SERVE_SECONDS:-3600}" "$@" >>"$LAB_STATE/podserver-$ns.pid"
}

ctl() {
	in_ns node svclbctl --state-dir "$LAB_STATE/store" --node node-1 \
		--cluster-cidr 10.244.0.0/16,fd00:10:244::/56 "$@"
}

manifests() {
	echo "${LAB_LIB%/tests/lab/lib.sh}/examples/manifests"
}

lab_names() {
	sed 's/ saw .*//' | sort -u | paste -sd ' '
}

# Rules as a tool saves them, without comment lines and counters.
lab_rules() {
	sed -e '/^#/d' -e 's/ \[[0-9]*:[0-9]*\]$//'
}

# Saved rules with the table in front of every line, tables in one order, no counters.
lab_tables() {
	awk '/^\*/ { table = substr($1, 2) }
		/^[:-]/ { sub(/ \[[0-9:]*\]$/, ""); print table, $0 }' | sort -s -k1,1
}

dump_kernel() {
	in_ns "$1" sh -c '
		echo "== ipvs"
		ipvsadm -Sn | sort
		echo "== ipset"
		ipset save | sed -E "s/ (initval|hashsize|bucketsize) [0-9a-fx]+//g" | sort
		echo "== iptables"
		iptables-legacy-save
		echo "== ip6tables"
		ip6tables-legacy-save
		echo "== addresses"
		ip -o addr show' | lab_rules |
		sed -E -e 's/ valid_lft .*//' -e 's/^[0-9]+: +([^ ]+) +/\1 /' -e 's/\\ *$//' -e 's/ +$//'
}
