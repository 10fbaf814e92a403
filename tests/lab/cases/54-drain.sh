#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A real server that is no longer wanted keeps its open connections and gets no new ones: until they end, until a deadline,
# or not at all. When it is wanted again it comes back as it was. The kernel remembers, whoever is killed.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
for pod in a b; do
	lab_serve $pod 8080 || fail "pod $pod serves"
done

service() { # ADDRESS...
	cat <<-'END'
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec:
		  clusterIP: 10.96.0.10
		  ports: [{port: 80, targetPort: 8080}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
		addressType: IPv4
		ports: [{port: 8080}]
		endpoints:
	END
	printf -- '- {addresses: [%s], nodeName: node-1}\n' "$@"
}
service 10.244.1.2 >a.yaml
service 10.244.1.3 >b.yaml
service 10.244.1.2 10.244.1.3 >both.yaml
service none | sed 's/^endpoints:/& []/; /^- /d' >none.yaml

# A client opens a connection and waits for a word: "ask" sends a request over it and shows the answer, "drop" sends one and
# leaves without reading, which resets the connection.
mkfifo word
connect() {
	# shellcheck disable=SC2016  # the inner shell expands
	in_ns client bash -c 'exec 3<>/dev/tcp/10.96.0.10/80 && echo open && read -r word <word &&
		printf "GET / HTTP/1.0\r\n\r\n" >&3 || exit
		case $word in
		ask) cat <&3 ;;
		drop) read -r -n 1 -u 3 ;;
		esac' >answer 2>&1 &
	client=$!
	until_says open answer
}
until_says() { # WORD FILE
	for _ in $(seq 50); do
		grep -q "$1" "$2" && return
		sleep 0.1
	done
	false
}
say() { # WORD
	echo "$1" >word
	wait "$client"
}
rules() { in_ns node ipvsadm -Sn; }
sets() { in_ns node ipset save; }
DRAINING="-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 0"

# ---- linger, and return ----
assert_rc "one endpoint" 0 ctl apply a.yaml
assert_lacks "nothing is on record" "$(sets)" SVCLB-DRAIN
connect
assert_contains "a connection is open" "$(cat answer)" open
assert_contains "the endpoint is replaced" "$(ctl apply -o json b.yaml 2>&1)" '"draining": 1'
assert_contains "the old real server stays with weight 0" "$(rules)" "$DRAINING"
assert_contains "the kernel keeps it on record" "$(sets)" \
	'add KUBE-SVCLB-DRAIN 10.96.0.10,tcp:80,10.244.1.2 comment "8080 until idle"'
assert_eq "new connections go to the new one alone" b "$(in_ns client hit -n 4 10.96.0.10 80 | lab_names)"
assert_contains "a second apply has nothing to do" "$(ctl apply b.yaml 2>&1)" unchanged
assert_contains "status tells" "$(ctl status --exit-code; echo "rc $?")" \
	"draining: 10.96.0.10:80/TCP -> 10.244.1.2:8080, 1 active and 0 inactive connections, leaves when idle
rc 0"
assert_eq "and names the state" draining "$(ctl status -q)"
assert_contains "get endpoints tells" "$(ctl get endpoints web)" "10.244.1.3:8080 + 1 draining"
assert_contains "which" "$(ctl get endpoints -o wide web)" "10.244.1.3:8080 + draining 10.244.1.2:8080"
(exec nsenter --net=/run/netns/node -- svclbctl --state-dir "$LAB_STATE/store" apply --wait b.yaml >waiting 2>&1) &
waiter=$!
assert_rc "apply --wait says what it waits for" 0 until_says "waiting: 1 real server drains" waiting
kill -9 $waiter
wait $waiter
assert_contains "it is killed, and the drain goes on" "$(rules)" "$DRAINING"
assert_rc "a wait has an end" 8 ctl apply --wait=1s b.yaml
assert_rc "the old endpoint returns" 0 ctl apply both.yaml
assert_contains "with its weight" "$(rules)" "-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 1"
assert_lacks "and off the record" "$(sets)" SVCLB-DRAIN
assert_rc "it goes again" 0 ctl apply b.yaml
say ask
assert_contains "the open connection was answered by the endpoint it was made to" "$(cat answer)" "a saw "

# ---- a connection that comes while an apply removes its endpoint ----
# The Service loses its last one, so that there is no other that could get the connection. In the same message, and before
# it, goes one of UDP, which is not looked at.
dns() { # ENDPOINTS
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: dns}
		spec:
		  clusterIP: 10.96.0.5
		  ports: [{port: 53, protocol: UDP}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: {name: dns-1, labels: {kubernetes.io/service-name: dns}}
		addressType: IPv4
		ports: [{port: 53, protocol: UDP}]
		endpoints: [$1]
	END
}
(cat a.yaml && dns "{addresses: [10.244.1.2]}") >with.yaml
(cat none.yaml && dns "") >without.yaml
assert_rc "nothing is left of connections so far" 0 ctl cleanup
assert_rc "one endpoint once more" 0 ctl apply with.yaml
in_ns node meanwhile 'echo now >now; for i in $(seq 100); do [ ! -e on ] || exit 0; sleep 0.1; done; exit 1' \
	"$PWD/without.yaml" >in-the-midst 2>&1 &
applier=$!
until_says now now 2>/dev/null
connect
touch on
wait $applier
assert_eq "an apply that a client comes into the midst of succeeds" "0 " "$? $(cat in-the-midst)"
assert_contains "the real server that got the connection stays with weight 0" "$(rules)" "$DRAINING"
assert_contains "on record" "$(sets)" 'add KUBE-SVCLB-DRAIN 10.96.0.10,tcp:80,10.244.1.2 comment "8080 until idle"'
assert_eq "new connections are refused" "error: refused" "$(in_ns client hit 10.96.0.10 80)"
say ask
assert_contains "the open one is answered" "$(cat answer)" "a saw "

assert_rc "the Service of UDP goes" 0 ctl delete service dns

# ---- cut: what is left of it ends too ----
assert_rc "policy cut" 0 ctl apply --drain cut b.yaml
assert_lacks "ends it" "$(rules)" 10.244.1.2
assert_lacks "without a trace" "$(sets)" SVCLB-DRAIN
ctl apply a.yaml >/dev/null
connect
ctl apply b.yaml >/dev/null
assert_lacks "an endpoint that goes is gone at once" "$(rules)" 10.244.1.2
say ask
assert_lacks "and its connection with it" "$(cat answer)" "a saw "

# ---- a deadline ----
ctl apply a.yaml >/dev/null
connect
assert_rc "it ends at the deadline, which apply waits for" 0 ctl apply --drain 3s --wait=30s b.yaml
assert_lacks "the real server is gone" "$(rules)" 10.244.1.2
say ask
assert_lacks "and the connection, though it was in use" "$(cat answer)" "a saw "
assert_lacks "nothing is left on record" "$(sets)" SVCLB-DRAIN

# ---- idle before the deadline ----
ctl apply a.yaml >/dev/null
connect
ctl apply --drain 1h b.yaml >/dev/null
assert_contains "a deadline is on record" "$(sets)" "8080 until "
say drop
assert_rc "once its connection is forgotten it leaves" 0 ctl apply --wait=30s b.yaml
assert_lacks "the real server is gone" "$(rules)" 10.244.1.2
assert_rc "cleanup" 0 ctl cleanup
assert_eq "leaves nothing" "" "$(sets)$(rules)"
lab_end
