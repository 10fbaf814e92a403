#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two owners on one host, each with a prefix and a link of its own: neither touches what is the other's, both serve, and
# what both want is a conflict before any change.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b; do
	lab_serve $pod 8080 || fail "pod $pod serves"
done
before=$(dump_kernel node)

other() {
	in_ns node svclbctl --state-dir "$LAB_STATE/other" --node node-1 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 \
		--prefix OTHER- --link-name other-ipvs0 "$@"
}

# One Service of every kind of address: its name, cluster IP, external IP, node port, endpoint.
manifest() { # NAME IP EXTERNAL NODE-PORT ENDPOINT
	cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: $1}
		spec:
		  type: NodePort
		  clusterIP: $2
		  externalIPs: [$3]
		  ports: [{port: 80, nodePort: $4}]
		---
		apiVersion: v1
		kind: Endpoints
		metadata: {name: $1}
		subsets: [{addresses: [{ip: $5}], ports: [{port: 8080}]}]
	END
}

# What is whose: by prefix, link, addresses and node ports.
of_first() {
	dump_kernel node | grep -E 'KUBE-|kube-ipvs0|10\.96\.0\.|203\.0\.113\.1|:30080'
}

of_other() {
	dump_kernel node | grep -E 'OTHER-|other-ipvs0|10\.97\.0\.|203\.0\.113\.2|:31080'
}

manifest web 10.96.0.10 203.0.113.10 30080 10.244.1.2 >first.yaml
manifest web 10.97.0.10 203.0.113.20 31080 10.244.1.3 >other.yaml
assert_rc "the first owner applies" 0 ctl apply first.yaml
first=$(of_first)
assert_rc "the other one applies" 0 other apply other.yaml
second=$(of_other)
assert_eq "which leaves the first one's as it is" "$first" "$(of_first)"
assert_rc "no drift for the first one" 0 ctl status --exit-code
assert_rc "nor for the other one" 0 other status --exit-code
assert_lacks "no node port on an address of the other's link" "$(in_ns node ipvsadm -Sn)" "10.96.0.10:31080"
for at in "10.96.0.10 80 a" "203.0.113.10 80 a" "192.168.64.10 30080 a" "10.97.0.10 80 b" "203.0.113.20 80 b" \
	"192.168.64.10 31080 b"; do
	# shellcheck disable=SC2086  # address and port are two words
	assert_eq "${at##* } answers at ${at% *}" "${at##* }" "$(in_ns client hit ${at% *} | lab_names)"
done

sed 's/{ip: 10.244.1.2}/{ip: 10.244.1.2}, {ip: 10.244.1.4}/; s/externalIPs.*/sessionAffinity: ClientIP/' first.yaml >more.yaml
assert_rc "the first one changes" 0 ctl apply more.yaml
assert_eq "the other one's is as it was" "$second" "$(of_other)"
assert_rc "and back" 0 ctl apply first.yaml
# the address that went and came stands behind the others
assert_eq "the first one's is as it was" "$(sort <<<"$first")" "$(of_first | sort)"

# Both want one address and port.
{ cat other.yaml; echo ---; manifest same 10.96.0.10 203.0.113.21 31081 10.244.1.3; } >same.yaml
now=$(dump_kernel node)
out=$(other apply same.yaml 2>&1)
assert_eq "what both want is an error" 1 $?
assert_contains "that names the virtual server" "$out" "10.96.0.10:80/TCP"
assert_contains "and the place in the manifest" "$out" "same.yaml:22:"
assert_eq "before any change" "$now" "$(dump_kernel node)"
assert_rc "with --adopt the other one takes it" 0 other apply --adopt same.yaml
assert_eq "and serves it" b "$(in_ns client hit 10.96.0.10 80 | lab_names)"
assert_eq "which the first one sees" 3 "$(ctl status --exit-code >/dev/null 2>&1; echo $?)"
assert_rc "it gives up that Service" 0 ctl delete service web
assert_rc "the other one makes sure of it" 0 other apply --adopt same.yaml
assert_eq "and still serves it" b "$(in_ns client hit 10.96.0.10 80 | lab_names)"

# An address on both links would meet the guards of both.
manifest same 10.96.0.10 203.0.113.21 31081 10.244.1.3 | sed 's/port: 80,/port: 81,/' >shared.yaml
{ cat other.yaml; echo ---; cat shared.yaml; } >both.yaml
assert_rc "the other one gives the address back" 0 other apply --prune other.yaml
assert_rc "which the first one takes again" 0 ctl apply first.yaml
now=$(dump_kernel node)
out=$(other apply both.yaml 2>&1)
assert_eq "another port of it is an error too" 1 $?
assert_contains "that names the address and its link" "$out" "address 10.96.0.10 is on the link kube-ipvs0"
assert_eq "before any change here too" "$now" "$(dump_kernel node)"

# A link cannot have two owners.
third() {
	in_ns node svclbctl --state-dir "$LAB_STATE/third" --node node-1 --prefix C- "$@"
}
manifest third 10.98.0.10 203.0.113.30 32080 10.244.1.3 >third.yaml
out=$(third apply third.yaml 2>&1)
assert_eq "a third owner with the first one's link is refused" 1 $?
assert_contains "with the reason" "$out" "link kube-ipvs0: it has addresses, and the owner with the prefix"
assert_eq "before any change as well" "$now" "$(dump_kernel node)"
third --link-name c0 plan -o json -f third.yaml >third.json
assert_rc "nor can it be by a plan that was saved for another link" 1 third apply --plan third.json

assert_rc "the other one cleans up" 0 other cleanup
assert_rc "the first one applies again" 0 ctl apply first.yaml
assert_eq "and has the same as in the beginning" "$(sort <<<"$first")" "$(of_first | sort)"
assert_rc "it cleans up too" 0 ctl cleanup
assert_eq "nothing is left of either" "$before" "$(dump_kernel node)"
lab_end
