/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's own record of real servers that leave: a set of ours, an entry for each address. */
#ifndef SVCLB_STATE_DRAINING_H
#define SVCLB_STATE_DRAINING_H

#include "state/state.h"

/*
 * The entry of a real server. Virtual server and the real server's address are its key; the real
 * server's port and the deadline stand in its comment. Real servers of one virtual server with one
 * address share an entry, which has room for DRAIN_PORTS of them.
 */
struct set_entry drain_entry(const struct vs_key *key, const struct rserver *rs);

/* How many ports an entry has. */
uint32_t drain_count(const struct set_entry *e);

/* The place of a port in an entry, or of port 0, which stands for all that are not named; else -1. */
int drain_place(const struct set_entry *e, uint16_t port);

/* Adds a port; of one that is there already the later deadline stays. False: there is no room. */
bool drain_add(struct set_entry *e, uint16_t port, uint32_t until);

/* The set of a family in a sealed state, or NULL. */
const struct ipset *drain_set(const struct svclb_state *st, uint8_t family);

/* Whether a real server is on record in a sealed state, and until when. */
bool drain_find(const struct svclb_state *st, const struct vs_key *key, const struct rserver *rs,
		uint32_t *until);

/* The sooner of two deadlines, where 0 is none. */
static inline uint32_t drain_sooner(uint32_t a, uint32_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* Whether IPVS knows connections of a real server, as it was read. */
static inline bool rserver_is_busy(const struct rserver *rs)
{
	return rs->active_conns || rs->inactive_conns;
}

/* Milliseconds until a deadline at `clock_ms`; SVCLB_NO_DEADLINE, or 0: it is over. */
uint64_t drain_left_ms(uint32_t until, uint64_t clock_ms);

/* Sets rserver.draining and rserver.drain_left_ms in a sealed state with ownership marked. */
void state_mark_draining(struct svclb_state *st);

/* The comment of an entry: "8080 until 5123, 8081 until idle". A text of other form, which is not
 * ours, is read as any port, until idle. */
#define DRAIN_NOTE_MAX (DRAIN_PORTS * 32) /* 24 characters each; the kernel takes 255 */
const char *drain_note(const struct set_entry *e, char buf[DRAIN_NOTE_MAX]);
void drain_note_parse(const char *text, struct set_entry *e);

#endif
