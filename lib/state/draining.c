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
	e.drain_port = rs->port;
	return e;
}

const struct ipset *drain_set(const struct svclb_state *st, uint8_t family)
{
	char name[SET_NAME_MAX];
	const struct ipset *set =
		state_find_set(st, set_full_name(st->prefix, SET_DRAIN, family, name));

	return set && set->type == set_table[SET_DRAIN].type ? set : NULL;
}

const struct set_entry *drain_find(const struct svclb_state *st, const struct vs_key *key,
				   const struct rserver *rs)
{
	const struct ipset *set = drain_set(st, key->family);
	struct set_entry wanted = drain_entry(key, rs);
	const struct set_entry *e = set ? state_find_entry(st, set, &wanted) : NULL;

	return e && (!e->drain_port || e->drain_port == rs->port) ? e : NULL;
}

uint64_t drain_left_ms(const struct set_entry *e, uint64_t clock_ms)
{
	uint64_t until = (uint64_t)e->drain_until * 1000;

	if (!until)
		return SVCLB_NO_DEADLINE;
	return until > clock_ms ? until - clock_ms : 0;
}

static void mark_one(struct svclb_state *st, const struct vserver *vs)
{
	for (uint32_t i = 0; i < vs->rs_count; i++) {
		struct rserver *rs = &st->rservers.v[vs->rs_first + i];
		const struct set_entry *e = !rs->weight ? drain_find(st, &vs->key, rs) : NULL;

		rs->draining = e;
		rs->drain_left_ms = e ? drain_left_ms(e, st->clock_ms) : SVCLB_NO_DEADLINE;
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
	if (e->drain_until)
		(void)snprintf(buf, DRAIN_NOTE_MAX, "%u until %u", e->drain_port,
			       e->drain_until); /* 23 characters at most */
	else
		(void)snprintf(buf, DRAIN_NOTE_MAX, "%u until idle", e->drain_port); /* as above */
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

void drain_note_parse(const char *text, struct set_entry *e)
{
	static const char between[] = " until ";
	uint32_t port = 0;
	uint32_t until = 0;
	const char *s = take_number(text, UINT16_MAX, &port);

	e->drain_port = 0;
	e->drain_until = 0;
	if (!s || strncmp(s, between, sizeof(between) - 1))
		return;
	s += sizeof(between) - 1;
	if (strcmp(s, "idle")) {
		s = take_number(s, UINT32_MAX, &until);
		if (!s || *s)
			return;
	}
	e->drain_port = (uint16_t)port;
	e->drain_until = until;
}
