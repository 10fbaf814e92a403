# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For cases that apply the vectors of tests/conformance to a real kernel. `conform FROM TO` takes every vector whose
# number is in that range: a network namespace with the node's addresses and what stood there before, the objects
# applied by svclbctl, and then virtual servers, sets, addresses, sysctls, the time-outs of IPVS and the link as the tools
# print them against what kube-proxy left. Rules differ in texts and in standing always; they are compared with what
# render says, and render's with kube-proxy's in the unit test.

VECTORS=${LAB_LIB%/tests/lab/lib.sh}/tests/conformance

# Wanted differences, as in the unit test: + we alone have the line, - kube-proxy alone. docs/differences.md says why.
wanted_differences() { # PHASE
	case $1 in
	28-*)
		echo "+ add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"
		echo "+ add KUBE-SVCLB-NO-LOCAL 192.168.64.10,tcp:30080"
		echo "+ add KUBE-SVCLB-NO-LOCAL-MASQ 192.168.64.10,tcp:30080"
		echo "+ add KUBE-SVCLB-NO-LOCAL 198.51.100.7,tcp:80"
		echo "+ add KUBE-SVCLB-NO-LOCAL-MASQ 198.51.100.7,tcp:80"
		;;
	44-*) echo "+ net.ipv6.conf.all.forwarding=1" ;;
	46-*)
		echo "+ add KUBE-6-SVCLB-HEALTH-CHECK 2001:db8:51::7,tcp:31234"
		echo "+ net.ipv6.conf.all.forwarding=1"
		;;
	49-*) echo "+ add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234" ;;
	61-*) # a foreign virtual server stays, also outside of the excluded network
		echo "+ -A -u 172.31.0.1:53 -s rr"
		echo "+ -a -u 172.31.0.1:53 -r 10.9.9.9:53 -m -w 1"
		;;
	66-*)
		echo "+ -a -t 10.96.0.40:80 -r 10.244.1.50:8080 -m -w 1"
		echo "+ add KUBE-LOOP-BACK 10.244.1.50,tcp:8080,10.244.1.50"
		;;
	67-*) echo "+ add KUBE-SVCLB-HEALTH-CHECK 198.51.100.21,tcp:31021" ;;
	69-*)
		echo "+ add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234"
		echo "+ add KUBE-SVCLB-NO-LOCAL 192.168.64.10,tcp:30080"
		echo "+ add KUBE-SVCLB-NO-LOCAL-MASQ 192.168.64.10,tcp:30080"
		echo "+ add KUBE-SVCLB-NO-LOCAL 198.51.100.7,tcp:80"
		echo "+ add KUBE-SVCLB-NO-LOCAL-MASQ 198.51.100.7,tcp:80"
		;;
	71-*/after) # no connection is open here
		echo "- -a -t 10.96.0.10:80 -r 10.244.1.5:8080 -m -w 0"
		;;
	81-*/after) echo "+ add KUBE-SVCLB-HEALTH-CHECK 198.51.100.7,tcp:31234" ;;
	esac
}

# Virtual servers, sets, addresses, sysctls, time-outs and the link in one list, from a dump.
dumped() { # PHASE
	(cd "$VECTORS/$1" && awk '
		FILENAME == "addrs.txt" { print $1, $2, $3; next }
		FILENAME == "sysctls.txt" { if ($1 !~ /nf_conntrack_/) print $1; next }
		{ sub(/ bucketsize [0-9]+/, ""); print }' ipvs.txt ipset.txt addrs.txt sysctls.txt ipvs-timeouts.txt link.txt)
}

# And from the kernel. It takes as few processes as possible: they are slow in User-Mode Linux.
present() {
	in_ns v bash -c '
		ipvsadm -Sn
		ipvsadm -L --timeout
		ipset save
		[ ! -e /proc/sys/net/ipv4/conf/kube-ipvs0 ] || { ip -o addr show kube-ipvs0; ip -d link show kube-ipvs0; }' | awk '
		/-SVCLB-OWNED / || /^create .*-SVCLB-/ { next }
		/^[0-9]+: kube-ipvs0: / || /^ / {
			sub(/^([0-9]+:)? +/, ""); sub(/ +$/, ""); sub(/link\/ether [0-9a-f:]+/, "link/ether XX")
			print; next
		}
		/^[0-9]+: / { print $2, $3, $4; next }
		{ gsub(/ (initval|bucketsize) [0-9a-fx]+/, ""); print }'
	sysctls | grep -vxFf sysctls-before
}

# shellcheck disable=SC2016  # the inner shell expands
sysctls() {
	in_ns v bash -c '
		for key in net.ipv4.vs.{conntrack,conn_reuse_mode,expire_nodest_conn,expire_quiescent_template} \
			net.ipv4.ip_forward net.ipv4.conf.all.{arp_ignore,arp_announce,route_localnet} \
			net.ipv6.conf.all.forwarding; do
			read -r value <"/proc/sys/${key//./\/}" && echo "$key=$value"
		done'
}

# The namespace v and the flags of svclbctl, from a vector's configuration.
vector_node() { # VECTOR
	local key value tcpfin=

	ip netns add v && ip -n v link set lo up && in_ns v ipvsadm -Ln >/dev/null || return 1 # the sysctls are there from then on
	flags=()
	while IFS='=' read -r key value; do
		case $key in
		"#"* | proxy-mode | connect | connect-pod | pod-address | final) ;;
		node-name) flags+=(--node "$value") ;;
		node-address)
			ip -n v link add "${value% *}" type dummy 2>/dev/null &&
				ip -n v link set "${value% *}" addrgenmode none up
			case $value in
			*:*) ip -n v addr add "${value#* }" dev "${value% *}" nodad ;;
			*) ip -n v addr add "${value#* }" dev "${value% *}" ;;
			esac
			;;
		pre-ipvs)
			# shellcheck disable=SC2086  # the arguments of ipvsadm
			in_ns v ipvsadm $value
			;;
		cluster-cidr) flags+=(--cluster-cidr "$value") ;;
		nodeport-addresses) flags+=(--nodeport-addresses "$value") ;;
		masquerade-all) flags+=(--masquerade-all) ;;
		ipvs-scheduler) flags+=(--scheduler "$value") ;;
		ipvs-strict-arp) flags+=(--strict-arp) ;;
		ipvs-exclude-cidrs) flags+=(--exclude-cidrs "$value") ;;
		ipvs-tcpfin-timeout) tcpfin=$value ;;
		iptables-masquerade-bit) flags+=(--masquerade-bit "$value") ;;
		detect-local-mode) flags+=(--detect-local-mode "$value") ;;
		pod-interface-name-prefix | pod-bridge-interface) flags+=(--detect-local-arg "$value") ;;
		*) fail "$1: known configuration" "$key" ;;
		esac
	done <"$VECTORS/$1/config"
	if [ -n "$tcpfin" ]; then
		printf 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nipvs: {tcpFinTimeout: %s}\n' \
			"$tcpfin" >config.yaml
		flags+=(--config config.yaml)
	fi
}

vector_ctl() {
	in_ns v svclbctl --state-dir "$LAB_STATE/store-v" "${flags[@]}" "$@"
}

conform_phase() { # PHASE INPUT
	local differences want have port tool

	assert_rc "$1: apply" 0 vector_ctl apply --prune "$VECTORS/$2"
	differences=$(wanted_differences "$1")
	want=$({ dumped "$1"; sed -n 's/^+ //p' <<<"$differences"; } | sort |
		grep -vxFf <(sed -n 's/^- //p' <<<"$differences"))
	have=$(present | sort)
	assert_eq "$1: the kernel holds what kube-proxy left" "$want" "$have"
	# svclbctl answers no health checks: all that the kernel holds of one is that its port is open
	while IFS=' :' read -r _ port _; do
		assert_contains "$1: the port of a health check is open" "$have" "HEALTH-CHECK-NODE-PORT $port"
	done < <(cat "$VECTORS/$1/healthcheck.txt" 2>/dev/null)
	for tool in iptables ip6tables; do
		assert_eq "$1: $tool has the rules of render" "$(vector_ctl render -f "$VECTORS/$2" -o $tool |
			lab_rules | lab_tables)" "$(in_ns v $tool-legacy-save | lab_rules | lab_tables)"
	done
}

conform() { # FROM TO
	local dir vector phase file

	for dir in "$VECTORS"/[0-9]*/; do
		vector=$(basename "$dir")
		if [ $((10#${vector%%-*})) -lt "$1" ] || [ $((10#${vector%%-*})) -gt "$2" ]; then continue; fi
		rm -rf "$LAB_STATE/store-v"
		vector_node "$vector" || { fail "$vector: its node" "no namespace"; continue; }
		sysctls >sysctls-before
		if [ -e "$dir/input.yaml" ]; then
			conform_phase "$vector" "$vector/input.yaml"
		else
			for phase in before after; do
				conform_phase "$vector/$phase" "$vector/$phase.yaml"
			done
			if [ -d "$dir/final" ]; then
				file=$(sed -n 's/^final=//p' "$dir/config")
				conform_phase "$vector/final" "$vector/${file:-after.yaml}"
			fi
		fi
		ip netns del v
	done
}
