/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields that change nothing are named once, with how many others there are. */
#include <stdio.h>

#include "manifest.h"

#define META		  "apiVersion: v1\nkind: Service\nmetadata: {name: a"
#define SPEC(text)	  META "}\nspec: {" text "}\n"
#define NOTED(note, text) META ", annotations: {" note "}}\nspec: {" text "}\n"
#define PORT		  "ports: [{port: 80}]"
#define HEADLESS	  "clusterIP: None, " PORT
#define INGRESSES(list)                   \
	SPEC("type: LoadBalancer, " PORT) \
	"status: {loadBalancer: {ingress: [" list "]}}\n"
#define DUAL_LB META "}\nspec: {type: LoadBalancer, ipFamilyPolicy: RequireDualStack, " PORT
#define RANGES(list)                                                    \
	SPEC("type: LoadBalancer, " PORT ", loadBalancerSourceRanges: " \
	     "[" list "]")                                              \
	"status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n"

static const struct {
	const char *yaml;
	const char *says; /* NULL: nothing */
} inputs[] = {
	{SPEC(PORT), NULL},
	{SPEC(PORT ", externalIPs: [192.0.2.1]"), NULL},
	{SPEC(HEADLESS), NULL},
	{SPEC(HEADLESS ", externalIPs: [192.0.2.1]"), "spec.externalIPs[0]: has no effect"},
	{SPEC(PORT ", ipFamilies: [IPv4], ipFamilyPolicy: SingleStack"), NULL},
	{SPEC(PORT ", ipFamilies: [IPv4, IPv6], ipFamilyPolicy: RequireDualStack"), NULL},
	{SPEC(PORT ", clusterIP: 10.96.0.20, ipFamilies: [IPv4, IPv6]"), NULL},
	{SPEC(HEADLESS ", ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack"), NULL},
	{SPEC(PORT ", ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack"),
	 "spec.ipFamilies[1]: has no effect: by its ipFamilyPolicy"},
	{SPEC(PORT ", ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack, externalIPs: "
		   "['fd00::5']"),
	 "spec.externalIPs[0]: has no effect: the Service has no address of its family"},
	{SPEC(HEADLESS ", sessionAffinity: ClientIP"), "spec.sessionAffinity: has no effect"},
	{SPEC(HEADLESS ", externalIPs: [192.0.2.1], externalTrafficPolicy: Local"),
	 "spec.externalTrafficPolicy: has no effect: the Service has no address of its own"},
	{SPEC(HEADLESS ", internalTrafficPolicy: Local"), "spec.internalTrafficPolicy: has no"},
	{SPEC(HEADLESS ", trafficDistribution: PreferClose"), "spec.trafficDistribution: has no"},
	{SPEC("type: ExternalName, externalName: x.example, externalIPs: [192.0.2.1]"),
	 "spec.externalIPs[0]: has no effect"},
	{NOTED("service.kubernetes.io/ipvs-scheduler: rr", HEADLESS),
	 "metadata.annotations[service.kubernetes.io/ipvs-scheduler]: has no effect"},
	{NOTED("svclb.io/weight: '2'", HEADLESS), "metadata.annotations: has no effect"},
	{SPEC(PORT ", externalIPs: [192.0.2.1, 'fd00::5']"),
	 "spec.externalIPs[1]: has no effect: the Service has no address of its family"},
	{SPEC("type: LoadBalancer, " PORT "}\nstatus: {loadBalancer: {ingress: [{ip: 'fd00::5'}]}"),
	 "status.loadBalancer.ingress[0].ip: has no effect"},
	{SPEC("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 'fd00::/8'], " PORT),
	 "spec.loadBalancerSourceRanges[1]: has no effect"},
	{RANGES("'fd00::/8'"), NULL},
	{RANGES("'::/0'"), NULL},
	{RANGES("'fd00::/8'"),
	 "no range is IPv4, so the load balancer's address 203.0.113.1 admits"},
	{DUAL_LB ", loadBalancerSourceRanges: [10.0.0.0/8, 'fd00::/8']}\n"
		 "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {ip: 'fd00::1'}]}}\n",
	 NULL},
	{DUAL_LB ", loadBalancerSourceRanges: [10.0.0.0/8, 'fd00::/8']}\n"
		 "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n",
	 "spec.loadBalancerSourceRanges[1]: has no effect: the Service has no load balancer IP of"},
	{DUAL_LB ", loadBalancerSourceRanges: ['fd00::/8']}\n"
		 "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n",
	 "no range is IPv4, so the load balancer's address 203.0.113.1 admits"},
	{SPEC("clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 'fd00::9'], "
	      "ipFamilyPolicy: SingleStack, " PORT),
	 "spec.ipFamilyPolicy: SingleStack has no effect: two cluster IPs are given"},
	{SPEC("type: LoadBalancer, allocateLoadBalancerNodePorts: false, "
	      "externalTrafficPolicy: Local, " PORT),
	 NULL},
	{SPEC("type: LoadBalancer, allocateLoadBalancerNodePorts: false, "
	      "externalTrafficPolicy: Local, healthCheckNodePort: 20000, " PORT),
	 "spec.healthCheckNodePort: is not in the usual range, 30000-32767"},
	{SPEC("type: LoadBalancer, clusterIP: 10.96.0.9, loadBalancerSourceRanges: [10.0.0.0/8], " PORT) "status: {loadBalancer: {ingress: [{ip: 10.96.0.9}]}}\n",
	 "spec.loadBalancerSourceRanges: has no effect: the Service has no load balancer IP"},
	{SPEC("type: LoadBalancer, allocateLoadBalancerNodePorts: false, "
	      "ports: [{port: 80, nodePort: 30080}]"),
	 "spec.allocateLoadBalancerNodePorts: has no effect: all node ports are given"},
	{SPEC("type: LoadBalancer, allocateLoadBalancerNodePorts: false, "
	      "ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81}]"),
	 NULL},
	{RANGES("10.0.0.0/8, '::/0'"), "spec.loadBalancerSourceRanges[1]: has no effect"},
	{RANGES("10.0.0.0/8, 10.1.2.3/8"),
	 "spec.loadBalancerSourceRanges[1]: has no effect: the list has it before"},
	{RANGES("10.0.0.0/8, 0.0.0.0/0"),
	 "spec.loadBalancerSourceRanges[0]: has no effect: a wider range of the list holds it"},
	{RANGES("10.1.0.0/16, 10.1.2.0/24, 192.0.2.0/24, 10.0.0.0/8"),
	 "spec.loadBalancerSourceRanges[0]: has no effect: a wider range of the list holds it"},
	{RANGES("10.0.0.0/8, 11.0.0.0/16, 9.0.0.0/8, 11.0.0.0/24, 0.0.0.0/32"),
	 "spec.loadBalancerSourceRanges[3]: has no effect: a wider range of the list holds it"},
	{RANGES("10.0.0.0/8, 11.0.0.0/8, 0.0.0.0/32"), NULL},
	{RANGES("10.0.0.0/8, 192.0.2.0/24"), NULL},
	{SPEC(PORT ", externalIPs: [192.0.2.1, 192.0.2.2, 192.0.2.1]"),
	 "spec.externalIPs[2]: has no effect: the list has it before"},
	{SPEC(PORT ", clusterIP: 10.96.0.9, externalIPs: [192.0.2.1, 10.96.0.9]"),
	 "spec.externalIPs[1]: has no effect: it is the Service's own cluster IP"},
	{SPEC("type: LoadBalancer, clusterIP: 10.96.0.9, " PORT) "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {ip: 10.96.0.9}]}}\n",
	 "status.loadBalancer.ingress[1].ip: has no effect: it is the Service's own cluster IP"},
	{INGRESSES("{ip: 203.0.113.1}, {ip: 203.0.113.1}"),
	 "status.loadBalancer.ingress[1].ip: has no effect: the list has it before"},
	{SPEC("publishNotReadyAddresses: true, " PORT), "spec.publishNotReadyAddresses: has no"},
	{SPEC(PORT ", sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}"),
	 "spec.sessionAffinityConfig: has no effect"},
	{NOTED("service.kubernetes.io/ipvs-scheduler: ''", PORT),
	 "metadata.annotations[service.kubernetes.io/ipvs-scheduler]: is empty and has no effect"},
	{NOTED("service.kubernetes.io/topology-mode: ''", PORT), "an empty topology hint has no"},
	{NOTED("svclb.io/drain: cut", "ports: [{port: 80, protocol: UDP}]"),
	 "metadata.annotations[svclb.io/drain]: has no effect"},
	{NOTED("svclb.io/affinity-prefix-ipv6: '64'", PORT ", sessionAffinity: ClientIP"),
	 "metadata.annotations[svclb.io/affinity-prefix-ipv6]: has no effect"},
	{"apiVersion: v1\nkind: Endpoints\nmetadata: {name: b}\n",
	 "there is no Service of this name"},
	{"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: b, namespace: c}\n"
	 "spec: {address: 192.0.2.1, port: 80}\n",
	 "metadata.namespace: has no effect"},
	{SPEC(PORT) "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
		    "addressType: IPv6\nports: [{port: 80}]\nendpoints: [{addresses: ['fd00::7']}]\n",
	 "addressType: the Service has no address of its family"},
};

#define SLICED(more, labels, spec_)                                                  \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"                \
	"metadata: {name: a-1, labels: {kubernetes.io/service-name: a" labels "}}\n" \
	"addressType: IPv4\n" spec_ "endpoints: [{addresses: [10.244.0.1]" more "}]\n"
#define SLICE(more) SLICED(more, "", "ports: [{port: 80}]\n")
#define ZONES	    ", hints: {forZones: [{name: z}]}"
#define NODES	    ", hints: {forNodes: [{name: n}]}"
#define NAMED	    "type: ExternalName, externalName: x.example, "
#define MODE(value) "service.kubernetes.io/topology-mode: " value
#define NEAR	    "trafficDistribution: PreferClose, " PORT
#define LABELED(l)  META ", labels: {" l "}}\nspec: {" PORT "}\n"
#define ENDPOINTS(l)                                                       \
	"---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: a" l "}\n" \
	"subsets: [{addresses: [{ip: 10.244.0.1}], ports: [{port: 80}]}]\n"
#define POD_AT(ips)                                                             \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {x: y}}\n" \
	"status: {" ips ", conditions: [{type: Ready, status: 'True'}]}\n"
#define POD	  POD_AT("podIP: 10.244.0.1")
#define SELECTING SPEC(PORT ", selector: {x: y}")
#define UNZONED                             \
	"---\napiVersion: v1\nkind: Node\n" \
	"metadata: {name: n, labels: {topology.kubernetes.io/zone: ''}}\n"
#define TARGET(n)      "ports: [{port: 80, targetPort: " n "}]"
#define UNHINTED(more) "}, {addresses: [10.244.0.2]" more
#define ZONED                               \
	"---\napiVersion: v1\nkind: Node\n" \
	"metadata: {name: n, labels: {topology.kubernetes.io/zone: z}}\n"
#define PLAIN(labels, spec_)                                                                  \
	"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: b" labels "}\n" \
	"spec: {address: 192.0.2.1, port: 80" spec_ "}\n"
#define SERVERS(x, y)                                             \
	", realServers: [{address: 10.0.0.1, port: 1, weight: " x \
	"}, {address: 10.0.0.2, port: 1, weight: " y "}]"

#define SCHED	"service.kubernetes.io/ipvs-scheduler: wlc, "
#define W(v)	"svclb.io/weight: '" v "'"
#define LIST(v) SLICED("}, {addresses: [10.244.0.2]", "}, annotations: {" W(v), PORT "\n")
#define OF_POD(v)                                                                     \
	SLICED(", targetRef: {kind: Pod, name: p}", "}, annotations: {" v, PORT "\n") \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {" W(       \
		"7") "}}\n"                                                           \
		     "status: {podIP: 10.244.0.1}\n"
#define OF_POD_OF_TWO(v)                                                                      \
	SLICED(", targetRef: {kind: Pod, name: p}}, {addresses: [10.244.0.2]", "", PORT "\n") \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {" W(               \
		v) "}}\n"                                                                     \
		   "status: {podIP: 10.244.0.1}\n"
#define SUBSET(l, ips, port)                                               \
	"---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: a" l "}\n" \
	"subsets: [{addresses: [{ip: " ips "}], ports: [{" port "}]}]\n"
#define UNWEIGHED "metadata.annotations[svclb.io/weight]: has no effect: the scheduler knows"
#define FOR_ALL	  "metadata.annotations[svclb.io/weight]: the number for all has no effect"

/* Beside other objects and options. */
static const struct {
	const char *yaml;
	const char *says;
} beside[] = {
	{SPEC(PORT) SLICE(""), NULL},
	{SPEC(NEAR) SLICE(ZONES) ZONED, NULL},
	{SPEC(PORT ", selector: {x: y}") POD, NULL},
	{SPEC(PORT) ENDPOINTS(""), NULL},
	{SPEC(HEADLESS) SLICED("", ", service.kubernetes.io/headless: ''", ""), NULL},
	{PLAIN("", SERVERS("1", "1")), NULL},
	{PLAIN("", SERVERS("0", "1")), NULL},
	{PLAIN("", ", scheduler: wrr" SERVERS("1", "2")), NULL},
	{PLAIN("", SERVERS("1", "2")), "spec.realServers[1].weight: has no effect: the scheduler"},
	{PLAIN("", ", scheduler: dh" SERVERS("1", "2")), "spec.realServers[1].weight: has no"},
	{PLAIN("", ", scheduler: mh, schedulerFlags: [mh-port, mh-fallback]"), NULL},
	{PLAIN("", ", scheduler: mh, schedulerFlags: [mh-port, mh-port]"),
	 "VirtualServer b: spec.schedulerFlags[1]: has no effect: the list has it before"},
	{PLAIN("", ", family: IPv4"), "spec.family: has no effect"},
	{PLAIN(", labels: {service.kubernetes.io/headless: ''}", ""), "they have no effect"},
	{NOTED("svclb.io/weight: '10.244.0.1=2,10.244.0.2=3'", PORT)
		 SLICE("}, {addresses: [10.244.0.2]"),
	 "metadata.annotations[svclb.io/weight]: has no effect: the scheduler"},
	{NOTED("svclb.io/weight: '10.244.0.1=2', service.kubernetes.io/ipvs-scheduler: wlc", PORT)
		 SLICE("}, {addresses: [10.244.0.2]"),
	 NULL},
	{NOTED("svclb.io/weight: '2'", PORT) SLICE("}, {addresses: [10.244.0.2]"), UNWEIGHED},
	{NOTED("svclb.io/weight: '1'", PORT) SLICE("}, {addresses: [10.244.0.2]"), NULL},
	{PLAIN("", SERVERS("0", "2")), "spec.realServers[1].weight: has no effect: the scheduler"},
	{PLAIN("", SERVERS("2", "2")), "spec.realServers[0].weight: has no effect: the scheduler"},
	{SPEC(PORT) "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
		    "addressType: IPv4\nendpoints: null\nports: null\n",
	 NULL},
	{SPEC(PORT) SLICED("", "", ""), "ports: there are none, so the slice has no effect"},
	{SPEC(PORT) SLICE(", conditions: {ready: true, serving: true, terminating: true}"),
	 "endpoints[0].conditions.terminating: has no effect: it counts where ready is false"},
	{SPEC(PORT) SLICE(", conditions: {terminating: true}"),
	 "endpoints[0].conditions.terminating: has no effect: it counts where ready is false"},
	{SPEC(PORT) SLICE(", conditions: {ready: false, serving: true, terminating: true}"), NULL},
	{SPEC("publishNotReadyAddresses: true, selector: {x: y}, " PORT)
		 SLICE(", conditions: {ready: true, terminating: true}"),
	 "spec.publishNotReadyAddresses: has no effect beside slices"},
	{NOTED(W("10.244.0.1=0"), NEAR) SLICE(ZONES UNHINTED(", hints: {forZones: [{name: y}]}"))
		 ZONED,
	 "has no effect: no ready endpoint that takes connections has a hint for this node or its"},
	{SPEC(PORT) SUBSET("", "10.244.0.1}, {ip: 10.244.0.2}, {ip: 10.244.0.1", "port: 80"),
	 "Endpoints default/a: subsets: have an address twice, and one of them counts"},
	{SPEC(PORT) "---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\nstatus: {addresses: "
		    "[{type: internalIP, address: 192.0.2.1}, {type: Hostname, address: n}]}\n",
	 "status.addresses[0].type: \"internalIP\" has no effect: addresses of a node are of type"},
	{NOTED(SCHED W("2"), PORT) LIST("10.244.0.1=3"), NULL},
	{NOTED(SCHED W("2,10.244.0.2=4"), PORT) LIST("10.244.0.1=3"),
	 "Service default/a: " FOR_ALL},
	{NOTED(SCHED W("10.244.0.1=2,10.244.0.2=4"), PORT) LIST("5"),
	 "EndpointSlice default/a-1: " FOR_ALL},
	{NOTED(SCHED W("10.244.0.1=2"), PORT) LIST("10.244.0.1=3,10.244.0.2=4"),
	 "metadata.annotations[svclb.io/weight]: has no effect on an address that the Service"},
	{NOTED("svclb.io/upper-threshold: '9,10.244.0.1=9'", PORT) SLICE(""),
	 "metadata.annotations[svclb.io/upper-threshold]: the number for all has no effect"},
	{SPEC(PORT) LIST("10.244.0.1=3"), "EndpointSlice default/a-1: " UNWEIGHED},
	{SPEC(PORT) OF_POD_OF_TWO("7"), "Pod default/p: " UNWEIGHED},
	{SPEC(PORT) OF_POD_OF_TWO("0"), NULL},
	{SPEC(PORT) SUBSET(", annotations: {" W("10.244.0.1=3") "}", "10.244.0.1}, {ip: 10.244.0.2",
			   "port: 80"),
	 "Endpoints default/a: " UNWEIGHED},
	{SPEC(PORT) SUBSET("", "10.244.0.1", "name: b, port: 80"),
	 "Endpoints default/a: subsets: the Service has no port named \"b\" for TCP, so this one "
	 "has no effect"},
	{SPEC(PORT) SUBSET("", "10.244.0.1", "port: 80, protocol: UDP"),
	 "Endpoints default/a: subsets: the Service has no port named \"\" for UDP, so this one"},
	{SPEC(PORT) SUBSET("", "'fd00::1'", "port: 80"),
	 "Endpoints default/a: subsets: the Service has no IPv6 address, so addresses of that "
	 "family have no effect"},
	{SPEC(PORT) SLICED("", "", "ports: [{port: 80}, {name: x, port: 1}, {name: y, port: 2}]\n"),
	 "EndpointSlice default/a-1: ports[1]: the Service has no port named \"x\" for TCP, nor "
	 "\"y\" for TCP, so they have no effect"},
	{SPEC(PORT) SLICED("", "",
			   "ports: [{name: a, port: 1}, {name: b, port: 1}, {name: c, port: 1}, "
			   "{name: d, port: 1}, {name: e, port: 1}, {name: f, port: 1}, "
			   "{name: g, port: 1}, {name: h, port: 1}, {name: i, port: 1}, "
			   "{name: j, port: 1}]\n"),
	 ", nor \"h\" for TCP, nor 2 more, so they have no effect"},
	{SPEC(PORT) SUBSET("", "10.244.0.1}, {ip: 'fd00::1'",
			   "name: b, port: 80}, {name: c, port: 81"),
	 "Endpoints default/a: subsets: the Service has no port named \"b\" for TCP, nor \"c\" for "
	 "TCP, so they have no effect"},
	{SPEC(PORT ", ipFamilies: [IPv4, IPv6], ipFamilyPolicy: RequireDualStack")
		 SUBSET("", "10.244.0.1}, {ip: 'fd00::1'", "name: b, port: 80"),
	 "the Service has no port named \"b\" for TCP, so this one has no effect"},
	{SPEC(HEADLESS) SUBSET("", "'fd00::1'", "name: b, port: 80"), NULL},
	{NOTED("service.kubernetes.io/ipvs-scheduler: wlc", PORT) OF_POD(""), NULL},
	{SPEC(PORT) OF_POD(""), "Pod default/p: " UNWEIGHED},
	{NOTED(W("2"), PORT) OF_POD(""), "Service default/a: " FOR_ALL},
	{SPEC(PORT) OF_POD(W("2")), "EndpointSlice default/a-1: " FOR_ALL},
	{SPEC(PORT) OF_POD(W("10.244.0.1=2")),
	 "Pod default/p: metadata.annotations[svclb.io/weight]: has no effect: a list"},
	{NOTED(SCHED W("2,10.244.0.1=4"), PORT) ENDPOINTS(", annotations: {" W("5") "}"),
	 "Endpoints default/a: " FOR_ALL},
	{SPEC(PORT) SLICE(ZONES), "endpoints[0].hints.forZones: has no effect"},
	{NOTED(MODE("Disabled"), PORT) SLICE(ZONES), "endpoints[0].hints.forZones: has no effect"},
	{NOTED(MODE("Auto"), PORT) SLICE(NODES), "endpoints[0].hints.forNodes: has no effect"},
	{NOTED(MODE("Auto"), PORT) SLICE(NODES), "has no effect: no endpoint of the Service has"},
	{SPEC(NEAR) SLICE(", hints: {forNodes: [{name: n}, {name: m}, {name: n}]}"),
	 "endpoints[0].hints.forNodes: names a node twice"},
	{SPEC(NEAR) SLICE(""), "has no effect: no endpoint of the Service has hints"},
	{SPEC(NEAR) SLICE(ZONES), "has no effect: the zone of this node is not known"},
	{SPEC(NEAR) SLICE(ZONES) UNZONED, "has no effect: the zone of this node is not known"},
	{SPEC(NEAR) SLICE(ZONES UNHINTED("")) ZONED,
	 "spec.trafficDistribution: has no effect on ports that have a ready endpoint without"},
	{NOTED(MODE("Auto"), PORT) SLICE(ZONES UNHINTED("")) ZONED, "ready endpoint without hints"},
	{SPEC(NEAR) SLICE(ZONES UNHINTED(", conditions: {ready: false}")) ZONED, NULL},
	{SPEC(NEAR) SLICE(ZONES UNHINTED(ZONES)) ZONED, NULL},
	{SPEC(NEAR) SLICE(", hints: {forZones: [{name: other}]}") ZONED,
	 "spec.trafficDistribution: has no effect: no ready endpoint that takes connections has"},
	{NOTED(MODE("Auto"), PORT) SLICE(""),
	 "Service default/a: metadata.annotations: has no effect: no endpoint of the Service has"},
	{SPEC(TARGET("80")) SLICE(""), NULL},
	{SPEC(TARGET("web")) SLICE(""),
	 "spec.ports[0].targetPort: a name has no effect without a selector"},
	{SPEC(TARGET("web") ", selector: {x: y}") SLICE(""), NULL},
	{SPEC(TARGET("8080")) SLICED("", ", service.kubernetes.io/headless: ''", PORT "\n"),
	 "leaves the slice to others"},
	{SPEC(TARGET("8080")) SLICE(""), "spec.ports[0].targetPort: has no effect: all endpoints"},
	{SPEC(TARGET("8080")) ENDPOINTS(""), "spec.ports[0].targetPort: has no effect"},
	{SPEC(PORT) SLICED("", "", "ports: [{port: 8080}]\n"), NULL},
	{SPEC(TARGET("8080") ", selector: {x: y}") SLICE(""), NULL},
	{SPEC(TARGET("8080") ", selector: {x: y}") SLICE(""),
	 "spec.ports[0].targetPort: no EndpointSlice has 8080, they say 80"},
	{SPEC(PORT ", selector: {x: y}") SLICED("", "", "ports: [{port: 8080}]\n"),
	 "spec.ports[0]: no EndpointSlice has 80, they say 8080"},
	{SPEC(TARGET("8080") ", selector: {x: y}") POD, NULL},
	{SPEC("internalTrafficPolicy: Local, " NEAR), "has no effect: all traffic stays"},
	{NOTED(MODE("Auto"), HEADLESS), "metadata.annotations: has no effect"},
	{NOTED(MODE("Auto"), NAMED PORT), "metadata.annotations: has no effect"},
	{SPEC("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], " PORT),
	 "spec.loadBalancerSourceRanges: has no effect"},
	{SPEC(PORT ", clusterIP: 10.96.0.9, externalIPs: [10.96.0.9], "
		   "externalTrafficPolicy: Local"),
	 "spec.externalTrafficPolicy: has no effect"},
	{LABELED("service.kubernetes.io/service-proxy-name: x"), "leaves the Service to another"},
	{LABELED("service.kubernetes.io/headless: ''"), "makes the Service headless"},
	{SPEC("ipFamilies: [IPv6], " PORT), "spec.ipFamilies: are switched off on this node"},
	{SPEC(NAMED "selector: {x: y}"), "spec.selector: has no effect"},
	{SPEC(NAMED PORT), "spec.ports: has no effect"},
	{SPEC(NAMED "publishNotReadyAddresses: true"), "spec.publishNotReadyAddresses: has no"},
	{SPEC(HEADLESS ", publishNotReadyAddresses: true"),
	 "spec.publishNotReadyAddresses: has no"},
	{SPEC(PORT ", selector: {x: y}, publishNotReadyAddresses: true") SLICE(""),
	 "spec.publishNotReadyAddresses: has no effect beside slices"},
	{SPEC(PORT) SLICED("", ", service.kubernetes.io/service-proxy-name: x",
			   "ports: [{port: 80}]\n"),
	 "leaves the slice to others"},
	{SPEC(PORT) SLICED("", ", service.kubernetes.io/headless: ''", "ports: [{port: 80}]\n"),
	 "leaves the slice to others"},
	{SPEC(PORT) SLICED("", "", ""), "ports: there are none, so the slice has no effect"},
	{SPEC(PORT) SLICED("", "", "ports: [{name: ''}]\n"), "ports[0].port: is not given"},
	{SPEC(PORT) SLICE("}, {addresses: [10.244.0.2]"), NULL},
	{SPEC(PORT) SLICE("}, {addresses: [10.244.0.1]"),
	 "EndpointSlice default/a-1: endpoints[1]: the slice has its address before, and one"},
	{SPEC(PORT) SLICE(", conditions: {ready: true, serving: true}"), NULL},
	{SPEC(PORT) SLICE(", conditions: {ready: false, serving: true, terminating: true}"), NULL},
	{SPEC(PORT) SLICE(", conditions: {ready: true, serving: false}"),
	 "EndpointSlice default/a-1: endpoints[0].conditions.serving: has no effect"},
	{SPEC(PORT) SLICE(", conditions: {ready: false, serving: true}"),
	 "EndpointSlice default/a-1: endpoints[0].conditions.serving: has no effect"},
	{SPEC(PORT ", publishNotReadyAddresses: true")
		 SLICE(", conditions: {ready: true, serving: false}"),
	 "spec.publishNotReadyAddresses: has no effect"},
	{SPEC(PORT) SLICE("") ENDPOINTS(""), "has no effect beside the EndpointSlices"},
	{SPEC(PORT) SLICE("")
		 ENDPOINTS(", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "Endpoints default/a: has no effect beside the EndpointSlices"},
	{SPEC(PORT) SLICE("") ENDPOINTS(", labels: {service.kubernetes.io/service-proxy-name: x}"),
	 "has no effect beside the EndpointSlices"},
	{SPEC(PORT) SLICE("")
		 ENDPOINTS(", annotations: {control-plane.alpha.kubernetes.io/leader: x}"),
	 "has no effect beside the EndpointSlices"},
	{SELECTING POD ENDPOINTS(", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "Endpoints default/a: has no effect: the Pods that its Service selects are used"},
	{SPEC(PORT) SUBSET("", "10.244.0.1}]}, {addresses: [{ip: 10.244.0.2", "port: 80"),
	 "Endpoints default/a: subsets[0]: has no ports, so its addresses have no effect"},
	{SPEC(HEADLESS) SUBSET("", "10.244.0.1}]}, {addresses: [{ip: 10.244.0.2", "port: 80"),
	 NULL},
	{SPEC(PORT) ENDPOINTS(", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "leaves the Service without endpoints"},
	{SPEC(PORT) ENDPOINTS(", labels: {endpointslice.kubernetes.io/skip-mirror: 'false'}"),
	 NULL},
	{SPEC(PORT ", selector: {x: y}, publishNotReadyAddresses: true") ENDPOINTS(""),
	 "spec.publishNotReadyAddresses: has no effect without a Pod"},
	{NOTED(MODE("Auto"), NEAR) SLICE(ZONES) ZONED,
	 "metadata.annotations: a topology hint has no effect beside spec.trafficDistribution"},
	{NOTED(MODE("Disabled"), NEAR) SLICE(ZONES) ZONED, "a topology hint has no effect beside"},
	{SPEC(HEADLESS) SLICED("", "}, annotations: {" W("2"), PORT "\n"),
	 "EndpointSlice default/a-1: metadata.annotations: has no effect: its Service has no"},
	{SPEC(HEADLESS) SLICE(ZONES),
	 "EndpointSlice default/a-1: endpoints[0].hints: has no effect"},
	{SPEC(HEADLESS) ENDPOINTS(", annotations: {" W("5") "}"),
	 "Endpoints default/a: metadata.annotations: has no effect: its Service has no address"},
	{SPEC(HEADLESS) OF_POD(""),
	 "Pod default/p: metadata.annotations: has no effect: its Service"},
	{SPEC(HEADLESS) SLICE(""), NULL},
	{LABELED("svclb.io/drain: cut"),
	 "Service default/a: metadata.labels: has no effect: this key"},
	{LABELED("service.kubernetes.io/ipvs-scheduler: rr"), "metadata.labels: has no effect"},
	{LABELED("service.kubernetes.io/topology-mode: Auto"), "metadata.labels: has no effect"},
	{LABELED("service.kubernetes.io/other: x"), NULL},
	{LABELED("topology.kubernetes.io/zone: x"), NULL},
	{SPEC(PORT) ENDPOINTS(", annotations: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "Endpoints default/a: metadata.annotations: has no effect: this key counts among the labels"},
	{SPEC(PORT) ENDPOINTS(", labels: {control-plane.alpha.kubernetes.io/leader: x}"),
	 "Endpoints default/a: metadata.labels: has no effect: this key counts among the annotations"},
	{SPEC(PORT) SLICED("", "}, annotations: {kubernetes.io/service-name: a", PORT "\n"),
	 "EndpointSlice default/a-1: metadata.annotations: has no effect: this key counts among the"},
	{"apiVersion: v1\nkind: Node\n"
	 "metadata: {name: n, annotations: {topology.kubernetes.io/zone: z}}\n",
	 "Node n: metadata.annotations: has no effect: this key counts among the labels alone"},
	{"apiVersion: v1\nkind: Node\nmetadata: {name: n, labels: {svclb.io/weight: '2'}}\n",
	 "Node n: metadata.labels: has no effect: this key counts among the annotations alone"},
	{PLAIN(", labels: {svclb.io/drain: cut}", ""), "VirtualServer b: metadata.labels: has no"},
	{PLAIN(", annotations: {service.kubernetes.io/headless: x}", ""),
	 "VirtualServer b: metadata.annotations: has no effect: this key"},
	{NOTED("service.kubernetes.io/headless: ''", PORT), "metadata.annotations: has no effect"},
	{NOTED("service.kubernetes.io/service-proxy-name: x", PORT),
	 "metadata.annotations: has no effect: this key counts among the labels alone"},
	{SPEC(PORT) SLICED("", ", svclb.io/weight: '2'", PORT "\n"),
	 "EndpointSlice default/a-1: metadata.labels: has no effect"},
	{SPEC(PORT) ENDPOINTS(", labels: {service.kubernetes.io/service-proxy-name: x}"),
	 "metadata.labels[service.kubernetes.io/service-proxy-name]: leaves the Service without"},
	{SPEC(PORT) ENDPOINTS(", labels: {service.kubernetes.io/headless: ''}"),
	 "metadata.labels[service.kubernetes.io/headless]: leaves the Service without"},
	{SPEC(PORT) ENDPOINTS(", annotations: {control-plane.alpha.kubernetes.io/leader: x}"),
	 "metadata.annotations[control-plane.alpha.kubernetes.io/leader]: leaves the Service"},
	{SELECTING ENDPOINTS(""), NULL},
	{SELECTING POD ENDPOINTS(""),
	 "Endpoints default/a: has no effect: the Pods that its Service selects are used"},
	{SELECTING POD "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n", NULL},
	{SELECTING POD_AT("podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]"), NULL},
	{SELECTING POD_AT("podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}, {ip: 10.0.0.2}]"),
	 "Pod default/p: status.podIPs[2].ip: has no effect: the first address of a family"},
	{SELECTING POD_AT("podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.1}]"),
	 "Pod default/p: status.podIP: has no effect: podIPs are used"},
	{SPEC(PORT) POD, "Pod default/p: has no effect: no Service takes"},
	{SPEC(PORT ", selector: {x: y}") SLICE("") POD, "Pod default/p: has no effect"},
	{SPEC(PORT) "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
		    "addressType: FQDN\nports: [{port: 80}]\nendpoints: [{addresses: [x.example]}]\n",
	 "addressType: names have no address to serve"},
};

#define LEFT_TO "service.kubernetes.io/headless: ''"
#define LEFT_SLICE(more, note) \
	SLICED(more, ", " LEFT_TO "}, annotations: {" note, "ports: [{port: 9090}]\n")
#define SAYS_LEFT                                                                                   \
	"EndpointSlice default/a-1: metadata.labels: leaves the slice to others: it has no effect " \
	"here\n"

#define N_BESIDE ((int)(sizeof(beside) / sizeof(beside[0])))
#define N_INPUTS ((int)(sizeof(inputs) / sizeof(inputs[0])))

static size_t warnings_with(const struct svclb_model *m, const char *text)
{
	const struct svclb_error *e = svclb_model_get_warnings(m);
	size_t n = 0;

	for (; e; e = svclb_error_get_next(e))
		n += strstr(svclb_error_get_message(e), text) != NULL;
	return n;
}

static void expect(const struct svclb_options *opts, const char *yaml, const char *says)
{
	struct svclb_model *m = load(yaml);
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_msg(!svclb_model_complete(m, opts, &e), "%s",
		      e ? svclb_error_get_message(e) : "");
	words = errors_text(svclb_model_get_warnings(m));
	if (says)
		ck_assert_msg(strstr(words, says) != NULL, "of %s got: %s", yaml, words);
	else
		ck_assert_msg(!strstr(words, "no effect"), "got: %s", words);
	svclb_text_free(words);
	svclb_model_unref(m);
}

START_TEST(each_is_named)
{
	expect(NULL, inputs[_i].yaml, inputs[_i].says);
}
END_TEST

START_TEST(each_beside_others)
{
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	if (beside[_i].says && strstr(beside[_i].says, "switched off"))
		ck_assert_int_eq(svclb_options_set_families(opts, 1, 0), 0);
	expect(opts, beside[_i].yaml, beside[_i].says);
	svclb_options_unref(opts);
}
END_TEST

/* No more than this, so nothing twice and nothing that is not so. */
static const struct {
	const char *yaml;
	const char *says; /* all of it, without places */
} exact[] = {
	{SPEC(PORT) SLICED("", "", "ports: [{port: 80}]\n")
		 ENDPOINTS(", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "Endpoints default/a: has no effect beside the EndpointSlices of its Service\n"},
	{SPEC(PORT) "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
		    "addressType: IPv4\nports: [{port: 80}]\n" ENDPOINTS(
			    ", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
	 "Endpoints default/a: has no effect beside the EndpointSlices of its Service\n"},
	/* what is left to others says nothing of what is served */
	{SELECTING LEFT_SLICE("", "x: y"), SAYS_LEFT},
	{SPEC(PORT) LEFT_SLICE("", W("10.244.0.9=3")), SAYS_LEFT},
	{NOTED(W("2"), PORT) LEFT_SLICE("}, {addresses: [10.244.0.2]", W("3,10.244.0.1=4")),
	 SAYS_LEFT},
	{SPEC(PORT) LEFT_SLICE(", hints: {forZones: [{name: z}]}", "x: y"), SAYS_LEFT},
	{SPEC(NEAR) LEFT_SLICE("", "x: y"), SAYS_LEFT},
	{SPEC(PORT)
		 SLICED(", hints: {forZones: [{name: z}]}}, {addresses: [10.244.0.2, 10.244.0.3]",
			", " LEFT_TO, "ports: [{port: 80}]\n"),
	 SAYS_LEFT},
	/* nor has what is of no Service that is served */
	{NOTED(W("2"), HEADLESS) SLICED("", "}, annotations: {" W("3"), PORT "\n"),
	 "Service default/a: metadata.annotations: has no effect: the Service has no address of its "
	 "own\n"
	 "EndpointSlice default/a-1: metadata.annotations: has no effect: its Service has no address "
	 "of its own\n"},
	{SLICED("", "}, annotations: {" W("10.244.0.9=3"), PORT "\n"),
	 "EndpointSlice default/a-1: metadata.labels[kubernetes.io/service-name]: there is no Service "
	 "\"a\", so the slice has no effect\n"},
	{SPEC(HEADLESS) SLICED("}, {addresses: [10.244.0.2, 10.244.0.3]", "", PORT "\n"), ""},
	/* 0 has its effect under every scheduler */
	{NOTED(W("10.244.0.1=0"), PORT)
		 SLICED("}, {addresses: [10.244.0.2]}, {addresses: [10.244.0.3]",
			"}, annotations: {" W("10.244.0.2=5"), PORT "\n"),
	 "EndpointSlice default/a-1: metadata.annotations[svclb.io/weight]: has no effect: the "
	 "scheduler knows 0 and above 0 alone, wrr and wlc weigh\n"},
	{SPEC("internalTrafficPolicy: Local, " NEAR) SLICE(""),
	 "Service default/a: spec.trafficDistribution: has no effect: all traffic stays on its node\n"
	 "Service default/a: the name of this node is not known, so no endpoint is local and by the "
	 "policy Local its traffic finds nobody here\n"
	 "  hint: give it with --node, hostnameOverride or nodeName of the configuration, or give the "
	 "Node object\n"},
};

#define OTHER(text) "---\napiVersion: v1\nkind: Service\nmetadata: {name: b" text
#define RANGE_NOTE \
	", annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: 10.0.0.0/8}}"
#define BALANCED "\nspec: {type: LoadBalancer, " PORT "}\n"
#define NOTED_POD(name, note, ip)                                \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name \
	", labels: {x: y}, annotations: {" note "}}\nstatus: {podIP: " ip "}\n"
#define NAMELESS_SLICE(name)                                                                \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " name \
	"}\naddressType: IPv4\n"

/* Named once for all objects. */
static const struct {
	const char *yaml;
	const char *says;
} once[] = {
	{SPEC(PORT ", sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}")
		 OTHER("}\nspec: {" PORT ", sessionAffinityConfig: {}}\n"),
	 "spec.sessionAffinityConfig: has no effect without session affinity; the same with 1 other"},
	{SPEC(PORT ", externalName: x.example")
		 OTHER("}\nspec: {" PORT ", externalName: x.example}\n"),
	 "spec.externalName: has no effect without type ExternalName; the same with 1 other Service"},
	{META RANGE_NOTE BALANCED OTHER(RANGE_NOTE) BALANCED,
	 "only spec.loadBalancerSourceRanges does; the same with 1 other Service"},
	{NOTED("svclb.io/colour: red", PORT)
		 OTHER(", annotations: {svclb.io/colour: red}}\nspec: {" PORT "}\n"),
	 "unknown annotation \"svclb.io/colour\"; the same with 1 other Service"},
	{SPEC(PORT ", selector: {x: y}") NOTED_POD("p", "svclb.io/drain: cut", "10.244.0.1")
		 NOTED_POD("q", "svclb.io/drain: cut", "10.244.0.2"),
	 "has no effect on a Pod, it belongs on Services; the same with 1 other Pod"},
	{SPEC(PORT ", selector: {x: y}")
		 NOTED_POD("p", "service.kubernetes.io/ipvs-scheduler: lc", "10.244.0.1")
			 NOTED_POD("q", "service.kubernetes.io/ipvs-scheduler: lc", "10.244.0.2"),
	 "has no effect on a Pod, it belongs on Services; the same with 1 other Pod"},
	{NAMELESS_SLICE("x") NAMELESS_SLICE("y") NAMELESS_SLICE("z"),
	 "the slice names no Service and serves none; the same with 2 other EndpointSlices"},
};

START_TEST(one_line_for_all)
{
	struct svclb_model *m = load(once[_i].yaml);
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(strstr(words, once[_i].says) != NULL, "%s", words);
	ck_assert_ptr_eq(strchr(words, '\n') + 1, words + strlen(words));
	svclb_text_free(words);
	svclb_model_unref(m);
}
END_TEST

/* Each line without the place that it begins with. */
static void drop_places(char *words)
{
	char *to = words, *line = words;

	while (*line) {
		char *end = strchr(line, '\n') + 1;
		char *text = strstr(line, "warning: ");

		text = text && text < end ? text + strlen("warning: ") : line;
		memmove(to, text, (size_t)(end - text));
		to += end - text;
		line = end;
	}
	*to = '\0';
}

START_TEST(nothing_else)
{
	struct svclb_model *m = load(exact[_i].yaml);
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_msg(!svclb_model_complete(m, NULL, &e), "%s",
		      e ? svclb_error_get_message(e) : "");
	words = errors_text(svclb_model_get_warnings(m));
	drop_places(words);
	ck_assert_str_eq(words, exact[_i].says);
	svclb_text_free(words);
	svclb_model_unref(m);
}
END_TEST

#define DUAL "ipFamilies: [IPv4, IPv6], ipFamilyPolicy: RequireDualStack, " PORT
#define SLICE_6                                                            \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"      \
	"metadata: {name: a-6, labels: {kubernetes.io/service-name: a}}\n" \
	"addressType: IPv6\nports: [{port: 80}]\nendpoints: [{addresses: ['fd00::7']}]\n"

/* Where IPv6 is switched off. */
static const struct {
	const char *yaml;
	const char *says;
} without_6[] = {
	{SPEC(DUAL) SLICE("") SLICE_6,
	 "EndpointSlice default/a-6: addressType: its family is switched off on this node, so the "
	 "slice has no effect\n"
	 "Service default/a: spec.ipFamilies[1]: is switched off on this node, so it has no effect\n"},
	{SPEC(DUAL) SUBSET("", "10.244.0.1}, {ip: 'fd00::1'", "port: 80"),
	 "Endpoints default/a: subsets: IPv6 is switched off on this node, so addresses of that family "
	 "have no effect\n"
	 "Service default/a: spec.ipFamilies[1]: is switched off on this node, so it has no effect\n"},
	{SPEC("ipFamilies: [IPv6], " PORT) SLICE_6,
	 "Service default/a: spec.ipFamilies: are switched off on this node, so the Service has no "
	 "effect\n"},
	{"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: p}\n"
	 "spec: {address: 'fd00::9', port: 80}\n",
	 "VirtualServer p: its family is switched off on this node, so it has no effect\n"},
	{"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: p}\n"
	 "spec: {mark: 7, family: IPv6}\n",
	 "VirtualServer p: its family is switched off on this node, so it has no effect\n"},
};

START_TEST(families_that_are_off)
{
	struct svclb_model *m = load(without_6[_i].yaml);
	struct svclb_options *opts = NULL;
	char *words;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_families(opts, 1, 0), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	drop_places(words);
	ck_assert_str_eq(words, without_6[_i].says);
	svclb_text_free(words);
	svclb_options_unref(opts);
	svclb_model_unref(m);
}
END_TEST

/* What a range that is no network was meant to be is not known. */
START_TEST(faulty_ranges_have_no_family)
{
	struct svclb_model *m = load(RANGES("192.0.2.7"));

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), -SVCLB_EINVALID);
	ck_assert_ptr_null(svclb_model_get_warnings(m));
	svclb_model_unref(m);
}
END_TEST

/* Chances of iptables mode follow the weights whatever the scheduler is. */
START_TEST(weights_count_in_iptables_mode)
{
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, SVCLB_MODE_IPTABLES), 0);
	expect(opts,
	       NOTED("svclb.io/weight: '10.244.0.1=2'", PORT) SLICE("}, {addresses: [10.0.0.2]"),
	       NULL);
	svclb_options_unref(opts);
}
END_TEST

/* The node's scheduler is that of Services that name none. */
START_TEST(weights_under_the_scheduler_of_the_node)
{
	struct svclb_options *opts = NULL;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_scheduler(opts, "wrr"), 0);
	expect(opts,
	       NOTED("svclb.io/weight: '10.244.0.1=2'", PORT) SLICE("}, {addresses: [10.0.0.2]"),
	       NULL);
	svclb_options_unref(opts);
}
END_TEST

#define NODE(name, ip)                                                  \
	"---\napiVersion: v1\nkind: Node\nmetadata: {name: " name "}\n" \
	"status: {addresses: [{type: InternalIP, address: " ip "}]}\n"
#define NODES_OF_TWO NODE("n", "192.0.2.1") NODE("m", "192.0.2.2")
#define INGRESS(ip)                                             \
	SPEC("type: LoadBalancer, " PORT)                       \
	"status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, " \
	"{ip: " ip "}]}}\n"
#define ELSEWHERE "is an address of another Node"

static const struct {
	const char *yaml;
	const char *says;
} others[] = {
	{SPEC(PORT ", externalIPs: [192.0.2.1, 192.0.2.3]") NODES_OF_TWO, NULL},
	{SPEC(HEADLESS) NODES_OF_TWO, NULL},
	{SPEC(PORT ", externalIPs: [192.0.2.1, 192.0.2.2]") NODES_OF_TWO,
	 "spec.externalIPs[1]: " ELSEWHERE},
	{INGRESS("192.0.2.2") NODES_OF_TWO, "status.loadBalancer.ingress[1].ip: " ELSEWHERE},
	{INGRESS("192.0.2.2, ipMode: Proxy") NODES_OF_TWO, NULL},
};

/* Put on this node's link, an address of another one cuts the way there. */
START_TEST(addresses_of_other_nodes)
{
	struct svclb_options *opts = NULL;
	struct svclb_model *m = load(others[_i].yaml);
	const char *says = others[_i].says;
	char *words;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, "n"), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(!strstr(words, ELSEWHERE) == !says, "%s", words);
	ck_assert_msg(!says || strstr(words, says), "%s", words);
	svclb_text_free(words);
	svclb_model_unref(m);
	/* an address that this node has too stays on its link */
	m = load(others[_i].yaml);
	ck_assert_int_eq(svclb_options_add_node_address(opts, "192.0.2.2/24", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	ck_assert_uint_eq(warnings_with(m, ELSEWHERE), 0);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

#define LOCAL	 SPEC("type: NodePort, externalTrafficPolicy: Local, " PORT)
#define ON(node) SLICE(", nodeName: " node)
#define POD_ON(node)                                                            \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {x: y}}\n" \
	"spec: {nodeName: " node "}\nstatus: {podIP: 10.244.0.1}\n"
#define FINDS_NOBODY "Service default/a: by the policy Local its traffic finds nobody here"

#define NAMELESS                                                                                     \
	"Service default/a: the name of this node is not known, so no endpoint is local and by the " \
	"policy Local its traffic finds nobody here"

static const struct {
	const char *name; /* of this node */
	const char *yaml;
	const char *says;
} names[] = {
	{"n", SPEC(PORT) NODES_OF_TWO, NULL},
	{"n", SPEC(PORT) NODE("m", "192.0.2.2"),
	 "Node m: has no effect: the name of this node is \"n\""},
	{"x", SPEC(PORT) NODES_OF_TWO,
	 "Node m: has no effect: the name of this node is \"x\"; the "
	 "same with 1 other Node"},
	{NULL, SPEC(PORT) NODE("m", "192.0.2.2"), NULL},
	{NULL, SPEC(PORT) NODES_OF_TWO,
	 "Node m: has no effect: which of the Nodes is this one is not known; the same with 1"},
	{"n", SPEC(PORT ", selector: {x: y}") NODE("m", "192.0.2.2") POD_ON("m"), NULL},
	{"n", LOCAL ON("n"), NULL},
	{"n", LOCAL SLICE(""), NULL},
	{"n", LOCAL ON("m") NODE("n", "192.0.2.1"), NULL},
	{"n", SPEC(PORT) ON("m"), NULL},
	{NULL, LOCAL, NULL},
	{NULL, SPEC(PORT) ON("m"), NULL},
	{NULL, LOCAL ON("m") NODE("n", "192.0.2.1"), NULL},
	{NULL, LOCAL ON("m"), NAMELESS "\n  hint: give it with --node"},
	{NULL, LOCAL SLICE(""), NAMELESS},
	{NULL, LOCAL ON("m") NODES_OF_TWO, NAMELESS},
	{NULL, SPEC("internalTrafficPolicy: Local, " PORT) ON("m"), NAMELESS},
	{NULL, SPEC("trafficDistribution: PreferSameNode, " PORT) SLICE(NODES),
	 "spec.trafficDistribution: the name of this node is not known"},
	{"n", LOCAL ON("m"), FINDS_NOBODY},
	{"n", SPEC("internalTrafficPolicy: Local, " PORT) ON("m"), FINDS_NOBODY},
};

START_TEST(names_of_nodes)
{
	struct svclb_options *opts = NULL;
	struct svclb_model *m = load(names[_i].yaml);
	const char *says = names[_i].says;
	char *words;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, names[_i].name), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(says ? strstr(words, says) != NULL
			   : !strstr(words, "no effect") && !strstr(words, "here") &&
				      !strstr(words, "not known"),
		      "%s", words);
	svclb_text_free(words);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

#define NODE_PORT	SPEC("type: NodePort, " PORT)
#define LOCALHOST	"the option localhostNodePorts is without effect"
#define OPENS_NONE(net) "no address of this node is in " net " of the option nodePortAddresses"

static const struct {
	const char *yaml;
	uint32_t mode;
	int localhost;	      /* -1: not set */
	const char *networks; /* of node ports */
	const char *address;  /* of this node */
	int families;	      /* 6: that one alone */
	const char *says;
} node_ports[] = {
	{NODE_PORT, SVCLB_MODE_IPVS, -1, NULL, NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, 1, NULL, NULL, 0, LOCALHOST " in mode ipvs"},
	{NODE_PORT, SVCLB_MODE_IPVS, 0, NULL, NULL, 0, NULL},
	{SPEC(PORT), SVCLB_MODE_IPVS, 1, NULL, NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_AUTO, 1, NULL, NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPTABLES, 1, NULL, NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPTABLES, 1, "primary", NULL, 0, LOCALHOST ": the option nodePort"},
	{NODE_PORT, SVCLB_MODE_IPTABLES, 1, "10.0.0.0/8", NULL, 0, LOCALHOST ": the option node"},
	{NODE_PORT, SVCLB_MODE_IPTABLES, 1, "10.0.0.0/8,127.0.0.0/8", NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPTABLES, 1, "fd00::/8", NULL, 0, NULL},
	{SPEC("type: NodePort, ipFamilies: [IPv6], " PORT), SVCLB_MODE_IPTABLES, 1, NULL, NULL, 6,
	 LOCALHOST ": IPv4 is off"},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "10.0.0.0/8", NULL, 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "10.0.0.0/8", "10.0.0.1", 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "10.0.0.0/8,192.0.2.0/24", "10.0.0.1", 0,
	 OPENS_NONE("192.0.2.0/24")},
	{SPEC(PORT), SVCLB_MODE_IPVS, -1, "192.0.2.0/24", "10.0.0.1", 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "0.0.0.0/0,::/0", "10.0.0.1", 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "primary", "10.0.0.1", 0, NULL},
	{NODE_PORT, SVCLB_MODE_IPVS, -1, "127.0.0.0/8", "127.0.0.1", 0, OPENS_NONE("127.0.0.0/8")},
	{NODE_PORT, SVCLB_MODE_IPTABLES, -1, "127.0.0.0/8", "10.0.0.1", 0, NULL},
};

START_TEST(options_of_node_ports)
{
	struct svclb_options *opts = NULL;
	struct svclb_model *m = load(node_ports[_i].yaml);
	const char *says = node_ports[_i].says;
	struct svclb_error *of_mode = NULL;
	char *words;
	char *more;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(opts, node_ports[_i].mode), 0);
	if (node_ports[_i].localhost >= 0)
		ck_assert_int_eq(
			svclb_options_set_localhost_node_ports(opts, node_ports[_i].localhost), 0);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(opts, node_ports[_i].networks), 0);
	if (node_ports[_i].address)
		ck_assert_int_eq(svclb_options_add_node_address(opts, node_ports[_i].address, NULL),
				 0);
	if (node_ports[_i].families == 6)
		ck_assert_int_eq(svclb_options_set_families(opts, 0, 1), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	ck_assert_int_eq(svclb_model_warn_mode(m, opts, &of_mode, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	more = errors_text(of_mode);
	if (says)
		ck_assert_msg(strstr(words, says) || strstr(more, says), "%s%s", words, more);
	else
		ck_assert_msg(!*words && !*more, "%s%s", words, more);
	svclb_error_unref(of_mode);
	svclb_text_free(words);
	svclb_text_free(more);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

#define NETS(name, cidr)                                                \
	"---\napiVersion: v1\nkind: Node\nmetadata: {name: " name "}\n" \
	"spec: {podCIDR: " cidr "}\n"
#define DETECTS "the option detectLocalMode is without effect: "

static const struct {
	const char *yaml;
	int masquerade_all;
	const char *says;
} detectors[] = {
	{SPEC(PORT) NETS("n", "10.244.0.0/24"), 0, NULL},
	{SPEC(PORT), 1, NULL},
	{SPEC(HEADLESS), 0, NULL},
	{SPEC(PORT), 0, DETECTS "NodeCIDR needs the Node object of this node"},
	{SPEC(PORT) NETS("m", "10.244.0.0/24"), 0, DETECTS "NodeCIDR needs the Node object"},
	{SPEC(PORT) NETS("n", "10.244.0.0/24, podCIDRs: [10.244.0.0/24, 'fd00::/64', 10.1.0.0/16]"),
	 0, "Node n: spec.podCIDRs[2]: has no effect: the first network of a family counts"},
	{SPEC(PORT) NETS("n", "10.244.0.0/24, podCIDRs: [10.244.0.0/24, 'fd00::/64']"), 0, NULL},
	{SPEC(PORT) NETS("n", "'fd00::/64'"), 0, DETECTS "Node \"n\" has no podCIDR of IPv4"},
};

/* Of each family the first one counts. */
START_TEST(networks_of_the_cluster)
{
	static const char *const cidrs[] = {"10.0.0.0/16,fd00::/64", "10.0.0.0/16,10.1.0.0/16",
					    "10.0.0.0/16,fd00::/64,fd01::/64"};
	struct svclb_options *opts = NULL;
	struct svclb_model *m = load(SPEC(PORT));

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(opts, cidrs[_i]), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	ck_assert_uint_eq(warnings_with(m, "10.1.0.0/16 of the option clusterCIDR is without"),
			  _i == 1);
	ck_assert_uint_eq(warnings_with(m, "clusterCIDR"), _i == 1);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

START_TEST(detection_by_the_node)
{
	struct svclb_options *opts = NULL;
	struct svclb_model *m = load(detectors[_i].yaml);
	const char *says = detectors[_i].says;
	char *words;

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, "n"), 0);
	ck_assert_int_eq(svclb_options_set_detect_local(opts, SVCLB_DETECT_NODE_CIDR, NULL), 0);
	ck_assert_int_eq(svclb_options_set_masquerade_all(opts, detectors[_i].masquerade_all), 0);
	ck_assert_int_eq(svclb_model_complete(m, opts, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(says || (!strstr(words, DETECTS) && !strstr(words, "podCIDRs")), "%s", words);
	ck_assert_msg(!says || strstr(words, says), "%s", words);
	svclb_text_free(words);
	svclb_model_unref(m);
	svclb_options_unref(opts);
}
END_TEST

/* A thousand of them are one line. */
START_TEST(once_for_all)
{
	struct svclb_model *m = load(SPEC(HEADLESS ", externalIPs: [192.0.2.1]"));
	char more[300];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(more, sizeof(more),
			       "apiVersion: v1\nkind: Service\nmetadata: {name: b%d}\n"
			       "spec: {" HEADLESS ", externalIPs: [192.0.2.1]}\n",
			       i);
		ck_assert_int_eq(svclb_model_load(m, more, strlen(more), "g.yaml", NULL), 0);
	}
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_uint_eq(warnings_with(m, "has no effect"), 1);
	ck_assert_uint_eq(warnings_with(m, "the same with 3 other Services"), 1);
	svclb_model_unref(m);
}
END_TEST

#define WEIGHED(name, weight, number, more)                                                 \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " name \
	", labels: {kubernetes.io/service-name: a}, annotations: {" W(                      \
		weight) "}}\n"                                                              \
			"addressType: IPv4\nports: [{port: " number                         \
			"}]\nendpoints: [{addresses: [10.244.0.1]" more "}]\n"

static const struct {
	const char *yaml;
	const char *says; /* NULL: they agree */
} mentions[] = {
	{WEIGHED("a-1", "3", "80", "") WEIGHED("a-2", "4", "80", "") WEIGHED("a-3", "5", "80", ""),
	 "EndpointSlice default/a-2: endpoints[0]: has a weight or thresholds of its own in another "
	 "slice of the Service: those of the slice whose name comes first count; the same with 1 "
	 "other EndpointSlice"},
	{WEIGHED("a-1", "3", "80", "") WEIGHED("a-2", "3", "80", ""), NULL},
	{WEIGHED("a-1", "3", "80", "") WEIGHED("a-2", "4", "81", ""), NULL},
	{WEIGHED("a-1", "3", "80", "")
		 WEIGHED("a-2", "4", "80", ", conditions: {ready: false, terminating: true}"),
	 NULL},
};

START_TEST(slices_that_contradict)
{
	struct svclb_model *m = load(NOTED(SCHED "x/y: z", PORT));
	const char *says = mentions[_i].says;
	char *words;

	ck_assert_int_eq(
		svclb_model_load(m, mentions[_i].yaml, strlen(mentions[_i].yaml), "g", NULL), 0);
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	ck_assert_msg(says ? strstr(words, says) != NULL : !strstr(words, "of its own in"), "%s",
		      words);
	svclb_text_free(words);
	svclb_model_unref(m);
}
END_TEST

/* Of slices and Endpoints too, however many parts of one have it. */
START_TEST(slices_once_for_all)
{
	struct svclb_model *m = load(SPEC(PORT));
	char more[700];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(
			more, sizeof(more),
			"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			"metadata: {name: o%d, labels: {kubernetes.io/service-name: none}}\n"
			"addressType: IPv4\n---\n"
			"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			"metadata: {name: f%d, labels: {kubernetes.io/service-name: a}}\n"
			"addressType: IPv6\nports: [{port: 80}]\n---\n"
			"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			"metadata: {name: p%d, labels: {kubernetes.io/service-name: a}}\n"
			"addressType: IPv4\nports: [{name: x, port: 1}, {name: y, port: 2}]\n",
			i, i, i);
		ck_assert_int_eq(svclb_model_load(m, more, strlen(more), "g.yaml", NULL), 0);
		(void)snprintf(more, sizeof(more),
			       "apiVersion: v1\nkind: Service\nmetadata: {name: e%d}\n"
			       "spec: {" PORT "}\n---\n"
			       "apiVersion: v1\nkind: Endpoints\nmetadata: {name: e%d}\nsubsets:\n"
			       "- {addresses: [{ip: 10.1.0.1}], ports: [{name: x, port: 1}]}\n"
			       "- {addresses: [{ip: 10.1.0.2}], ports: [{name: y, port: 2}]}\n",
			       i, i);
		ck_assert_int_eq(svclb_model_load(m, more, strlen(more), "h.yaml", NULL), 0);
	}
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_uint_eq(warnings_with(m, "effect"), 4);
	ck_assert_uint_eq(warnings_with(m, "the same with 2 other EndpointSlices"), 3);
	ck_assert_uint_eq(warnings_with(m, "the same with 2 other Endpoints"), 1);
	svclb_model_unref(m);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, each_is_named, 0, N_INPUTS);
	tcase_add_loop_test(tc, each_beside_others, 0, N_BESIDE);
	tcase_add_loop_test(tc, nothing_else, 0, (int)(sizeof(exact) / sizeof(exact[0])));
	tcase_add_loop_test(tc, families_that_are_off, 0,
			    (int)(sizeof(without_6) / sizeof(without_6[0])));
	tcase_add_loop_test(tc, one_line_for_all, 0, (int)(sizeof(once) / sizeof(once[0])));
	tcase_add_test(tc, faulty_ranges_have_no_family);
	tcase_add_test(tc, weights_count_in_iptables_mode);
	tcase_add_test(tc, weights_under_the_scheduler_of_the_node);
	tcase_add_loop_test(tc, addresses_of_other_nodes, 0,
			    (int)(sizeof(others) / sizeof(others[0])));
	tcase_add_loop_test(tc, names_of_nodes, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_loop_test(tc, options_of_node_ports, 0,
			    (int)(sizeof(node_ports) / sizeof(node_ports[0])));
	tcase_add_loop_test(tc, networks_of_the_cluster, 0, 3);
	tcase_add_loop_test(tc, detection_by_the_node, 0,
			    (int)(sizeof(detectors) / sizeof(detectors[0])));
	tcase_add_test(tc, once_for_all);
	tcase_add_loop_test(tc, slices_that_contradict, 0,
			    (int)(sizeof(mentions) / sizeof(mentions[0])));
	tcase_add_test(tc, slices_once_for_all);
}

int main(void)
{
	return run_case("idle", fill);
}
