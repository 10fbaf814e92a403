/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The builders: each owns an arena and the object in it. */
#ifndef SVCLB_MODEL_BUILD_H
#define SVCLB_MODEL_BUILD_H

#include "model/model.h"

struct svclb_affinity {
	uint32_t timeout_sec; /* 0: the default */
	uint32_t prefix[2];   /* IPv4, IPv6; 0: single addresses */
};

struct svclb_service {
	struct arena arena;
	struct service service;
};

struct svclb_endpoint {
	struct arena arena;
	struct slice_endpoint endpoint;
	struct fint weight;
	struct fint upper_threshold;
	struct fint lower_threshold;
};

/* What one endpoint of a group is given beyond the fields of an EndpointSlice. */
struct built_values {
	const char *address;
	struct fint weight;
	struct fint upper_threshold;
	struct fint lower_threshold;
};

struct svclb_endpoints {
	struct arena arena;
	struct slice slice;
	struct built_values *values;
	size_t n_values;
	size_t cap_values;
};

struct svclb_plain {
	struct arena arena;
	struct plain plain;
};

struct svclb_plain_server {
	struct arena arena;
	struct plain_server server;
};

/* Each copies the text into the arena and returns 0, EINVAL for NULL texts, or ENOMEM. */
int build_text(struct arena *a, struct ftext *field, const char *text);
int build_list(struct arena *a, struct ftext_list *list, const char *text);
/* Replaces the value of a key that is there already. */
int build_label(struct arena *a, struct label_list *list, const char *key, const char *value);

#endif
