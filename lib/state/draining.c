/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's own record of real servers that leave. */
#include "state/draining.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/names.h"

/* A tunnel may lead into the other family, a set has one: IPv4 is mapped, of IPv6 the end is kept. */
static struct ipaddr fold(const struct ipaddr *ip, uint8_t family)
{
	struct ipaddr to = {.family = family};

	if (ip->family == family)
		return *ip;
	if (family == 4) {
		memcpy(to.b, ip->b + 12, 4);
		return to;
	}
	memset(to.b + 10, 0xff, 2);
	memcpy(to.b + 12, ip->b, 4);
	return to;
}

struct set_entry drain_entry(const struct vs_key *key, const struct rserver *rs)
{
	struct set_entry e = vs_key_entry(key);

	e.ip2 = fold(&rs->ip, key->family);
	e.drain_port[0] = rs->port;
	return e;
}

const struct ipset *drain_set(const struct svclb_state *st, uint8_t family)
{
	char name[SET_NAME_MAX];
	const struct ipset *set =
		state_find_set(st, set_full_name(st->prefix, SET_DRAIN, family, name));

	return set && set->type == set_table[SET_DRAIN].type ? set : NULL;
}

uint32_t drain_count(const struct set_entry *e)
{
	uint32_t n = 1;

	while (n < DRAIN_PORTS && e->drain_port[n])
		n++;
	return n;
}

int drain_place(const struct set_entry *e, uint16_t port)
{
	for (uint32_t i = 0; i < drain_count(e); i++)
		if (e->drain_port[i] == port)
			return (int)i;
	return e->drain_port[0] ? -1 : 0;
}

/* The later of two deadlines, where 0 is none. */
static uint32_t later(uint32_t a, uint32_t b)
{
	if (!a || !b)
		return 0;
	return a > b ? a : b;
}

bool drain_add(struct set_entry *e, uint16_t port, uint32_t until)
{
	uint32_t n = drain_count(e);
	uint32_t at = 0;

	while (at < n && e->drain_port[at] < port)
		at++;
	if (at < n && e->drain_port[at] == port) {
		e->drain_until[at] = later(e->drain_until[at], until);
		return true;
	}
	if (n == DRAIN_PORTS)
		return false;
	for (uint32_t i = n; i > at; i--) {
		e->drain_port[i] = e->drain_port[i - 1];
		e->drain_until[i] = e->drain_until[i - 1];
	}
	e->drain_port[at] = port;
	e->drain_until[at] = until;
	return true;
}

bool drain_find(const struct svclb_state *st, const struct vs_key *key, const struct rserver *rs,
		uint32_t *until)
{
	const struct ipset *set = drain_set(st, key->family);
	struct set_entry wanted = drain_entry(key, rs);
	const struct set_entry *e = set ? state_find_entry(st, set, &wanted) : NULL;
	int at = e ? drain_place(e, rs->port) : -1;

	if (at < 0)
		return false;
	*until = e->drain_until[at];
	return true;
}

uint64_t drain_left_ms(uint32_t until, uint64_t clock_ms)
{
	uint64_t ms = (uint64_t)until * 1000;

	if (!until)
		return SVCLB_NO_DEADLINE;
	return ms > clock_ms ? ms - clock_ms : 0;
}

static void mark_one(struct svclb_state *st, const struct vserver *vs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++) {
		struct rserver *rs = &st->rservers.v[vs->rs_first + i];
		uint32_t until = 0;

		rs->draining = !rs->weight && drain_find(st, &vs->key, rs, &until);
		rs->drain_left_ms = drain_left_ms(until, st->clock_ms);
	}
}

void state_mark_draining(struct svclb_state *st)
{
	if (!drain_set(st, 4) && !drain_set(st, 6))
		return;
	for (size_t i = 0; i < st->vservers.n; i++)
		if (st->vservers.v[i].ours)
			mark_one(st, &st->vservers.v[i]);
}

const char *drain_note(const struct set_entry *e, char buf[DRAIN_NOTE_MAX])
{
	size_t at = 0;

	for (uint32_t i = 0; i < drain_count(e); i++) {
		at += (size_t)snprintf(buf + at, DRAIN_NOTE_MAX - at, "%s%u until ", i ? ", " : "",
				       e->drain_port[i]);
		if (e->drain_until[i])
			at += (size_t)snprintf(buf + at, DRAIN_NOTE_MAX - at, "%u",
					       e->drain_until[i]);
		else
			at += (size_t)snprintf(buf + at, DRAIN_NOTE_MAX - at, "idle");
	}
	return buf;
}

/* Digits alone, up to max; NULL: there is no such number. */
static const char *take_number(const char *s, uint64_t max, uint32_t *ret)
{
	size_t n = strspn(s, "0123456789");
	uint64_t v = n && n <= 10 ? strtoull(s, NULL, 10) : UINT64_MAX;

	if (v > max)
		return NULL;
	*ret = (uint32_t)v;
	return s + n;
}

/* "8080 until 5123" or "8080 until idle"; NULL: it is neither. */
static const char *take_port(const char *s, uint32_t *port, uint32_t *until)
{
	static const char between[] = " until ";

	s = take_number(s, UINT16_MAX, port);
	if (!s || strncmp(s, between, sizeof(between) - 1))
		return NULL;
	s += sizeof(between) - 1;
	*until = 0;
	return strncmp(s, "idle", 4) ? take_number(s, UINT32_MAX, until) : s + 4;
}

void drain_note_parse(const char *text, struct set_entry *e)
{
	struct set_entry any = *e;
	uint32_t port;
	uint32_t until;
	const char *s = take_port(text, &port, &until);

	memset(any.drain_port, 0, sizeof(any.drain_port));
	memset(any.drain_until, 0, sizeof(any.drain_until));
	*e = any;
	if (!s)
		return;
	e->drain_port[0] = (uint16_t)port;
	e->drain_until[0] = until;
	while (s && !strncmp(s, ", ", 2)) {
		s = take_port(s + 2, &port, &until);
		if (s && !drain_add(e, (uint16_t)port, until))
			s = NULL;
	}
	if (!s || *s)
		*e = any;
}
