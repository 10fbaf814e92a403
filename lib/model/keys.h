/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Labels and annotations that have a meaning here. */
#ifndef SVCLB_MODEL_KEYS_H
#define SVCLB_MODEL_KEYS_H

#define LABEL_SERVICE_NAME "kubernetes.io/service-name"
#define LABEL_PROXY_NAME   "service.kubernetes.io/service-proxy-name"
#define LABEL_HEADLESS	   "service.kubernetes.io/headless"
#define LABEL_SKIP_MIRROR  "endpointslice.kubernetes.io/skip-mirror"
#define LABEL_ZONE	   "topology.kubernetes.io/zone"

/* Keys of our own begin with it; annotations.c has them. */
#define ANNOTATION_PREFIX "svclb.io/"

#define ANNOTATION_SCHEDULER	  "service.kubernetes.io/ipvs-scheduler"
#define ANNOTATION_TOPOLOGY_HINTS "service.kubernetes.io/topology-aware-hints"
#define ANNOTATION_TOPOLOGY_MODE  "service.kubernetes.io/topology-mode"
#define ANNOTATION_SOURCE_RANGES  "service.beta.kubernetes.io/load-balancer-source-ranges"
#define ANNOTATION_LEADER	  "control-plane.alpha.kubernetes.io/leader"

#endif
