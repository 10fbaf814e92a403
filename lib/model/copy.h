/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deep copies into an arena. A failed allocation sticks in the copier, asked for at the end. */
#ifndef SVCLB_MODEL_COPY_H
#define SVCLB_MODEL_COPY_H

#include "model/model.h"

struct copier {
	struct arena *arena;
	bool failed;
};

/* Each replaces what *field points to by a copy in the arena. */
void copy_text_field(struct copier *c, struct ftext *field);
void copy_text_list(struct copier *c, struct ftext_list *list);
void copy_service(struct copier *c, struct service *s);
void copy_slice(struct copier *c, struct slice *s);
void copy_plain_server(struct copier *c, struct plain_server *s);
void copy_slice_endpoint(struct copier *c, struct slice_endpoint *e);

#endif
