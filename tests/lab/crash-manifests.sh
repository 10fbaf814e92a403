# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Manifests between which an apply changes something of every kind: empty.yaml, one.yaml, two.yaml. And a check:
#
#   calls_fail refuse|deafen ERRNO FROM TO EACH     an apply of which each EACH-th system call fails, see crash-test

calls_fail() {
	local out rc

	out=$(in_ns node crash-test "$1" "$2" "$3.yaml" "$4.yaml" "$5" 2>&1)
	rc=$?
	lab_show <<<"$out"
	if [ $rc -eq 0 ]; then ok "$2, from $3 to $4"; else fail "$2, from $3 to $4"; fi
}

cat >empty.yaml </dev/null
cat >one.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  clusterIP: 10.96.0.10
  externalIPs: [203.0.113.10]
  ports: [{port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: gone}
spec:
  clusterIP: 10.96.0.11
  sessionAffinity: ClientIP
  ports: [{port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets:
- addresses: [{ip: 10.244.1.2}, {ip: 10.244.1.3}]
  ports: [{port: 8080}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: gone}
subsets:
- addresses: [{ip: 10.244.1.2}]
  ports: [{port: 53, protocol: UDP}]
END
cat >two.yaml <<'END'
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {service.kubernetes.io/ipvs-scheduler: wlc}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.10
  ports: [{port: 80, nodePort: 30080}]
  loadBalancerSourceRanges: [192.168.64.0/24]
status:
  loadBalancer: {ingress: [{ip: 198.51.100.10}]}
---
apiVersion: v1
kind: Service
metadata: {name: new}
spec:
  clusterIP: "fd00:10:96::12"
  ports: [{port: 443}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets:
- addresses: [{ip: 10.244.1.3}, {ip: 10.244.1.4}]
  ports: [{port: 8080}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: new}
subsets:
- addresses: [{ip: "fd00:10:244:1::2"}]
  ports: [{port: 8443}]
END
