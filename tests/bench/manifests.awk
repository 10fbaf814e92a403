# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints N Services with M endpoints each: awk -v n=N -v m=M -f manifests.awk
BEGIN {
	for (i = 0; i < n; i++) {
		printf "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s%d\n", i
		printf "spec:\n  clusterIP: 10.%d.%d.%d\n  ports:\n  - port: 80\n", 100 + int(i / 62500), int(i / 250) % 250, i % 250 + 1
		printf "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: s%d\n", i
		printf "  labels:\n    kubernetes.io/service-name: s%d\naddressType: IPv4\n", i
		printf "ports:\n- port: %d\nendpoints:\n", 8080 + (shift_ports && i == 0)
		for (j = 0; j < m; j++) {
			e = i * m + j
			printf "- addresses: [10.%d.%d.%d]\n", 200 + int(e / 62500) % 50, int(e / 250) % 250, e % 250 + 1
		}
	}
}
