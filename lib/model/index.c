/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model's hash index: open addressing with linear probing, at most half full. */
#include "model/index.h"

#include <stdlib.h>
#include <string.h>

#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * FNV_PRIME;
	return h;
}

uint64_t hash_text(uint64_t h, const char *s)
{
	return hash_bytes(h, s, strlen(s) + 1);
}

uint64_t hash_number(uint64_t h, uint64_t n)
{
	for (int i = 0; i < 8; i++, n >>= 8)
		h = (h ^ (n & 0xff)) * FNV_PRIME;
	return h;
}

uint64_t hash_finish(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ (h >> 33);
}

uint64_t hash_seed(const void *p)
{
	return HASH_START ^ hash_finish((uint64_t)(uintptr_t)p);
}

static uint64_t identity_hash(const struct svclb_model *m, uint32_t kind, const char *ns,
			      const char *name)
{
	uint64_t h = hash_number(m->seed, kind);

	return hash_finish(hash_text(hash_text(h, ns), name));
}

static void place(struct svclb_object **slots, size_t n_slots, struct svclb_object *obj)
{
	size_t i = obj->hash & (n_slots - 1);

	while (slots[i])
		i = (i + 1) & (n_slots - 1);
	slots[i] = obj;
}

int index_reserve(struct svclb_model *m, size_t n)
{
	size_t want = m->n_slots ? m->n_slots : 64;
	struct svclb_object **slots;

	if (n > SIZE_MAX / 8 - m->n_indexed)
		return -1;
	while (want / 2 < m->n_indexed + n)
		want *= 2;
	if (want == m->n_slots)
		return 0;
	slots = calloc(want, sizeof(struct svclb_object *));
	if (!slots)
		return -1;
	for (size_t i = 0; i < m->n_slots; i++) {
		if (m->slots[i])
			place(slots, want, m->slots[i]);
	}
	free(m->slots);
	m->slots = slots;
	m->n_slots = want;
	return 0;
}

void index_add(struct svclb_model *m, struct svclb_object *obj)
{
	obj->hash = identity_hash(m, obj->kind, obj->meta->ns.s, obj->meta->name.s);
	place(m->slots, m->n_slots, obj);
	m->n_indexed++;
}

/* Closes the gap at `hole` with the entries behind it that would not be found beyond it. */
static void close_gap(struct svclb_model *m, size_t hole)
{
	size_t mask = m->n_slots - 1;

	m->slots[hole] = NULL;
	for (size_t i = (hole + 1) & mask; m->slots[i]; i = (i + 1) & mask) {
		size_t home = m->slots[i]->hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		m->slots[i] = NULL;
		hole = i;
	}
}

void index_remove(struct svclb_model *m, const struct svclb_object *obj)
{
	size_t mask = m->n_slots - 1;

	if (!m->n_slots)
		return;
	for (size_t i = obj->hash & mask; m->slots[i]; i = (i + 1) & mask) {
		if (m->slots[i] == obj) {
			close_gap(m, i);
			m->n_indexed--;
			return;
		}
	}
}

struct svclb_object *index_find(const struct svclb_model *m, uint32_t kind, const char *ns,
				const char *name)
{
	size_t mask = m->n_slots - 1;
	uint64_t h;

	if (!m->n_slots)
		return NULL;
	h = identity_hash(m, kind, ns, name);
	for (size_t i = h & mask; m->slots[i]; i = (i + 1) & mask) {
		struct svclb_object *o = m->slots[i];

		if (o->hash == h && o->kind == kind && !strcmp(o->meta->name.s, name) &&
		    !strcmp(o->meta->ns.s, ns))
			return o;
	}
	return NULL;
}
