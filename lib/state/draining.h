/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's own record of real servers that leave: one set of ours, one entry for each. */
#ifndef SVCLB_STATE_DRAINING_H
#define SVCLB_STATE_DRAINING_H

#include "state/state.h"

/*
 * The entry of a real server. Virtual server and the real server's address are its key; the real
 * server's port and the deadline stand in its comment, so two real servers of one virtual server
 * with one address share an entry, which then has port 0.
 */
struct set_entry drain_entry(const struct vs_key *key, const struct rserver *rs);

/* The set of a family and its entry for a real server in a sealed state, or NULL. */
const struct ipset *drain_set(const struct svclb_state *st, uint8_t family);
const struct set_entry *drain_find(const struct svclb_state *st, const struct vs_key *key,
				   const struct rserver *rs);

/* Milliseconds until the deadline of an entry at `clock_ms`; SVCLB_NO_DEADLINE, or 0: it is over. */
uint64_t drain_left_ms(const struct set_entry *e, uint64_t clock_ms);

/* Sets rserver.draining and rserver.drain_left_ms in a sealed state with ownership marked. */
void state_mark_draining(struct svclb_state *st);

/* The comment of an entry: "8080 until 5123" or "8080 until idle". A text of other form, which
 * is not ours, is read as any port, until idle. */
#define DRAIN_NOTE_MAX 32
const char *drain_note(const struct set_entry *e, char buf[DRAIN_NOTE_MAX]);
void drain_note_parse(const char *text, struct set_entry *e);

#endif
