/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text forms of a state, one function each; all append to b. */
#ifndef SVCLB_STATE_RENDER_H
#define SVCLB_STATE_RENDER_H

#include "state/state.h"
#include "util/strbuf.h"

void render_json(struct strbuf *b, const struct svclb_state *st);
void render_ipvsadm(struct strbuf *b, const struct svclb_state *st);
void render_ipset(struct strbuf *b, const struct svclb_state *st);
void render_iptables(struct strbuf *b, const struct svclb_state *st, uint8_t family);
void render_addresses(struct strbuf *b, const struct svclb_state *st);
void render_sysctls(struct strbuf *b, const struct svclb_state *st);

/* Flags of a virtual server's scheduler as ipvsadm names them, "mh-fallback,mh-port"; "" for none.
 * Returns buf. */
#define SCHED_FLAGS_TEXT_MAX 64
const char *sched_flags_text(const struct vserver *vs, char buf[SCHED_FLAGS_TEXT_MAX]);
/* "ipip", "gue", "gre"; "" for a number without a name. */
const char *tunnel_type_name(uint8_t type);
/* "none", "full", "remote" by the flags of a tunnel. */
const char *tunnel_checksum_name(uint16_t flags);

#endif
