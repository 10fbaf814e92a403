#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A real server that is no longer wanted keeps its open connections and gets no new ones; when it is wanted again it
# comes back as it was.
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

service 10.244.1.2 >web.yaml
assert_rc "one endpoint" 0 ctl apply web.yaml

# A client opens a connection to it, and asks over that connection only after the endpoint has gone.
mkfifo go
# shellcheck disable=SC2016  # the inner shell expands
in_ns client bash -c 'exec 3<>/dev/tcp/10.96.0.10/80 && echo open && read -r <go &&
	printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3' >answer 2>&1 &
client=$!
for _ in $(seq 50); do
	grep -q open answer && break
	sleep 0.1
done
assert_contains "the connection is open" "$(in_ns node ipvsadm -Ln)" "10.244.1.2:8080              Masq    1      1"

service 10.244.1.3 >web.yaml
assert_rc "the endpoint is replaced" 0 ctl apply web.yaml
assert_contains "the old real server stays with weight 0" "$(in_ns node ipvsadm -Sn)" \
	"-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 0"
assert_eq "new connections go to the new one alone" b "$(in_ns client hit -n 4 10.96.0.10 80 | lab_names)"
assert_contains "a second apply has nothing to do" "$(ctl apply web.yaml 2>&1)" unchanged
assert_rc "it is no drift" 0 ctl status --exit-code

service 10.244.1.2 10.244.1.3 >web.yaml
assert_rc "the old endpoint returns" 0 ctl apply web.yaml
assert_contains "with its weight" "$(in_ns node ipvsadm -Sn)" "-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 1"
service 10.244.1.3 >web.yaml
assert_rc "and goes again" 0 ctl apply web.yaml

echo >go
wait $client
assert_contains "the open connection was answered by the endpoint it was made to" "$(cat answer)" "a saw "
assert_rc "cleanup" 0 ctl cleanup
lab_end
