/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real servers that leave: listed for status and get endpoints, waited for by apply and delete. */
#ifndef SVCLBCTL_DRAINING_H
#define SVCLBCTL_DRAINING_H

#include "doc.h"
#include "work.h"

struct get;

/* How many drain in a state that was read. */
size_t draining_count(const struct svclb_state *have);

/* One line for each, and the same as a member "draining" of the document. */
void draining_print(const struct svclb_state *have);
void draining_doc(struct doc *d, const struct svclb_state *have);

/* Real servers that drain of one Service's virtual servers, "10.0.0.1:80,10.0.0.2:80"; NULL: none. want
 * is what the Services ask for. The caller frees. */
char *draining_of_service(const struct svclb_state *have, const struct svclb_state *want,
			  const char *ns, const char *name);

/* With --wait: waits until nothing drains any more, with progress on standard error; ends drains
 * when they are over. rc, or EXIT_LOCKED when the time is. */
int draining_wait(struct work *w, int rc);

/* Reads the kernel, as far as that is possible: without privileges there is nothing to show, and
 * that is no failure. */
void draining_look(struct get *g);

#endif
