/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The builders: each owns an arena and the object in it. */
#ifndef SVCLB_MODEL_BUILD_H
#define SVCLB_MODEL_BUILD_H

#include "model/model.h"

struct svclb_affinity {
	uint32_t timeout_sec; /* 0: the default */
};

struct svclb_service {
	struct arena arena;
	struct service service;
};

struct svclb_endpoint {
	struct arena arena;
	struct slice_endpoint endpoint;
};

struct svclb_endpoints {
	struct arena arena;
	struct slice slice;
};

/* Each copies the text into the arena and returns 0, EINVAL for NULL texts, or ENOMEM. */
int build_text(struct arena *a, struct ftext *field, const char *text);
int build_list(struct arena *a, struct ftext_list *list, const char *text);
/* Replaces the value of a key that is there already. */
int build_label(struct arena *a, struct label_list *list, const char *key, const char *value);

#endif
