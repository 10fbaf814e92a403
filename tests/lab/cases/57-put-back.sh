#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the kernel refuses halfway: all is as before, what is somebody else's too, and the report says which step it was,
# whose, and why.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }

service() { # NAME ADDRESS [ANNOTATION]
	printf '%s\n' "---" "apiVersion: v1" "kind: Service" "metadata: {name: $1, annotations: {${3:-}}}" \
		"spec: {clusterIP: $2, ports: [{name: http, port: 80}]}" \
		"---" "apiVersion: v1" "kind: Endpoints" "metadata: {name: $1}" \
		"subsets: [{addresses: [$(printf '{ip: %s},' "${endpoints[@]}")], ports: [{name: http, port: 8080}]}]"
}
held() { # virtual servers in the kernel's own order too
	in_ns node ipvsadm -Sn
	dump_kernel node
}
put_back() { # NAME WORD...
	local name=$1 word

	shift
	assert_eq "$name: exit code" 7 "$(<rc)"
	for word in "$@"; do
		assert_contains "$name: says '$word'" "$(<out)" "$word"
	done
	assert_eq "$name: all is as before" "$before" "$(held)"
}

# Others' things of every kind.
in_ns node sh -c '
	ipset create theirs hash:ip
	ipset add theirs 192.0.2.9
	iptables-legacy -N THEIRS
	iptables-legacy -A THEIRS -m set --match-set theirs src -j RETURN
	iptables-legacy -I FORWARD -j THEIRS
	ipvsadm -A -t 192.0.2.1:99 -s rr
	ipvsadm -a -t 192.0.2.1:99 -r 10.244.1.4:99 -m -w 3
	ip link add theirs0 type dummy
	ip addr add 192.0.2.1/32 dev theirs0'
endpoints=(10.244.1.2 10.244.1.3)
{ service last 10.96.0.3; service six fd00:10:96::6; } >last.yaml
assert_rc "Services are applied" 0 ctl apply -q last.yaml
{ service web 10.96.0.1; service more 10.96.0.2; service four fd00:10:96::4; service five fd00:10:96::5; } >first.yaml
assert_rc "others, whose addresses the kernel lists in another order than theirs" 0 ctl apply -q first.yaml
before=$(held)

# One of many in a pack, next to other changes: no real server has an address of many.
endpoints=(10.244.3.{1..30})
{
	service web 10.96.0.1 "service.kubernetes.io/ipvs-scheduler: wlc"
	endpoints=(10.244.3.{1..30} 239.1.1.1 10.244.4.{1..30})
	service many 10.96.0.4
	service behind 10.96.0.5
} >second.yaml
ctl apply --prune second.yaml >out 2>&1
echo $? >rc
line=$(grep -n 'name: many, annotations' second.yaml | cut -d: -f1)
put_back "an address that is refused" "second.yaml:$((line + 1)):38: " "Service default/many port http: step " \
	"failed (add real server 239.1.1.1:8080 of 10.96.0.4:80/TCP weight 1): everything was put back" \
	"real server 239.1.1.1:8080 of virtual server 10.96.0.4:80/TCP of Service default/many" \
	"ipvs: add real server: its address is not unicast" "Invalid argument"

# A scheduler that is not there, where it cannot be tried out beforehand.
if [ "$LAB_KIND" = uml ]; then
	autoload=$(cat /proc/sys/kernel/modprobe)
	rmmod ip_vs_nq 2>/dev/null
	echo /bin/false >/proc/sys/kernel/modprobe
	endpoints=(10.244.1.2)
	{ service web 10.96.0.1; service odd 10.96.0.4 "service.kubernetes.io/ipvs-scheduler: nq"; } >third.yaml
	nsenter --net=/run/netns/node -- setpriv --inh-caps=-sys_admin --bounding-set=-sys_admin \
		svclbctl --state-dir "$LAB_STATE/store" --node node-1 --cluster-cidr 10.244.0.0/16,fd00:10:244::/56 \
		apply third.yaml >out 2>&1
	echo $? >rc
	put_back "no such scheduler" "third.yaml:" "Service default/odd port http: step " \
		"failed (add virtual server 10.96.0.4:80/TCP nq): everything was put back" \
		"ipvs: add virtual server: the kernel has no scheduler nq" "No such file or directory" \
		"hint: "
	echo "$autoload" >/proc/sys/kernel/modprobe
else
	skip "no such scheduler" "modules of the running kernel are not taken away"
fi

# Somebody lists a set, and does not come to the end.
seq -f 'add KUBE-LOOP-BACK 10.250.0.1,tcp:%g,10.250.0.1' 1 1500 | in_ns node ipset restore
before=$(held)
mkfifo holding
nsenter --net=/run/netns/node -- set-holder KUBE-LOOP-BACK >holding &
holder=$!
read -r word <holding
assert_eq "somebody lists a set" holding "$word"
ctl cleanup --yes >out 2>&1
echo $? >rc
kill $holder
wait $holder
put_back "a set that is listed" "step " "failed (delete set KUBE-LOOP-BACK hash:ip,port,ip): everything was put back" \
	"set KUBE-LOOP-BACK: ipset: destroy set: the set is in use" "hint: "

assert_rc "cleanup" 0 ctl cleanup --yes
assert_rc "what is not ours stays" 0 in_ns node ipset test theirs 192.0.2.9
lab_end
