/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests by chance: the same seed gives the same ones. */
#ifndef SVCLB_TEST_RANDOM_MANIFEST_H
#define SVCLB_TEST_RANDOM_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"

#define RANDOM_SERVICES 6

static const char *const protocols[] = {"TCP", "UDP", "SCTP"};

static void add_ports(FILE *f, uint64_t *rnd, unsigned service, const char *type)
{
	unsigned n = 1 + below(rnd, 3);

	(void)fprintf(f, "  ports:\n");
	for (unsigned i = 0; i < n; i++) {
		unsigned p = below(rnd, 3);

		(void)fprintf(f, "  - {name: p%u-%u, port: %u, protocol: %s, targetPort: %u", i, p,
			      80 + i, protocols[p], 8080 + i);
		if (strcmp(type, "ClusterIP") && sometimes(rnd, 2))
			(void)fprintf(f, ", nodePort: %u",
				      30000 + 10 * (3 * service + i) + below(rnd, 10));
		(void)fprintf(f, "}\n");
	}
}

static void add_exposure(FILE *f, uint64_t *rnd, unsigned i, const char *type)
{
	bool balanced = !strcmp(type, "LoadBalancer");

	if (sometimes(rnd, 3))
		(void)fprintf(f, "  externalIPs: [192.0.2.%u]\n", 10 + i);
	if (sometimes(rnd, 3))
		(void)fprintf(f, "  internalTrafficPolicy: Local\n");
	if (strcmp(type, "ClusterIP") && sometimes(rnd, 2))
		(void)fprintf(f, "  externalTrafficPolicy: Local\n");
	if (balanced && sometimes(rnd, 2))
		(void)fprintf(f, "  loadBalancerSourceRanges: [198.51.100.0/24, 10.%u.0.0/16]\n",
			      below(rnd, 3));
	if (balanced)
		(void)fprintf(f, "status: {loadBalancer: {ingress: [{ip: 192.0.2.%u}]}}\n",
			      110 + i);
}

static void add_annotations(FILE *f, uint64_t *rnd)
{
	static const char *const schedulers[] = {"rr", "wrr", "lc", "sh"};
	static const char *const policies[] = {"linger", "cut", "30s"};

	(void)fprintf(f, "  annotations:\n    service.kubernetes.io/topology-mode: %s\n",
		      sometimes(rnd, 2) ? "Auto" : "Disabled");
	if (sometimes(rnd, 3))
		(void)fprintf(f,
			      "    service.kubernetes.io/ipvs-scheduler: %s\n"
			      "    svclb.io/drain: %s\n",
			      schedulers[below(rnd, 4)], policies[below(rnd, 3)]);
	if (sometimes(rnd, 3))
		(void)fprintf(
			f, "    svclb.io/weight: '10.244.1.%u=%u,10.244.1.%u=0,fd00:1::%u=0,%u'\n",
			1 + below(rnd, 3), below(rnd, 3), 4 + below(rnd, 3), 1 + below(rnd, 6),
			below(rnd, 2));
}

static void add_service(FILE *f, uint64_t *rnd, unsigned i)
{
	static const char *const types[] = {"ClusterIP", "NodePort", "LoadBalancer"};
	const char *type = types[below(rnd, 3)];
	bool dual = sometimes(rnd, 3);

	(void)fprintf(f, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s%u\n", i);
	add_annotations(f, rnd);
	(void)fprintf(f, "spec:\n  type: %s\n", type);
	if (dual)
		(void)fprintf(f,
			      "  ipFamilyPolicy: RequireDualStack\n  clusterIP: 10.96.0.%u\n"
			      "  clusterIPs: [10.96.0.%u, 'fd00:10:96::%x']\n",
			      10 + i, 10 + i, 10 + i);
	else
		(void)fprintf(f, "  clusterIP: 10.96.0.%u\n", 10 + i);
	if (sometimes(rnd, 4))
		(void)fprintf(f, "  sessionAffinity: ClientIP\n");
	add_ports(f, rnd, i, type);
	add_exposure(f, rnd, i, type);
}

static void add_slice(FILE *f, uint64_t *rnd, unsigned i, bool six)
{
	const char *prefix = six ? "fd00:1::" : "10.244.1.";
	bool hints = sometimes(rnd, 2);
	unsigned n = 0;

	(void)fprintf(f,
		      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		      "metadata: {name: s%u-%d, labels: {kubernetes.io/service-name: s%u}}\n"
		      "addressType: %s\nports:\n",
		      i, six, i, six ? "IPv6" : "IPv4");
	for (unsigned p = 0; p < 3; p++)
		for (unsigned t = 0; t < 3; t++)
			(void)fprintf(f, "- {name: p%u-%u, port: %u, protocol: %s}\n", p, t,
				      8080 + p, protocols[t]);
	for (unsigned e = 1; e <= 6; e++) {
		if (!sometimes(rnd, 3))
			continue;
		(void)fprintf(f, "%s- {addresses: ['%s%u'], nodeName: n%u",
			      n++ ? "" : "endpoints:\n", prefix, e, 1 + below(rnd, 2));
		if (sometimes(rnd, 5))
			(void)fprintf(f, ", conditions: {ready: false, serving: true, "
					 "terminating: true}");
		if (hints)
			(void)fprintf(f, ", hints: {forZones: [{name: z%u}]}", 1 + below(rnd, 2));
		(void)fprintf(f, "}\n");
	}
	if (!n)
		(void)fprintf(f, "endpoints: []\n");
}

/* Manifests; about every tenth is empty, which asks for nothing at all. The caller frees; NULL if
 * memory is short. */
static char *random_manifest(uint64_t *rnd)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (unsigned i = 0; i < RANDOM_SERVICES && !sometimes(rnd, 10); i++) {
		if (sometimes(rnd, 3))
			continue;
		add_service(f, rnd, i);
		if (!sometimes(rnd, 6))
			add_slice(f, rnd, i, false);
		if (sometimes(rnd, 2))
			add_slice(f, rnd, i, true);
	}
	return fclose(f) ? NULL : text;
}

#endif
