/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealing a state: sort, merge what is equal, refuse what collides or leads nowhere, fix the ranges
 * of children. */
#include "state/fronts.h"
#include "state/names.h"

#include <stdlib.h>
#include <string.h>

/* Compares elements i and j of the array that is being sorted. */
typedef int (*index_cmp)(const struct svclb_state *st, uint32_t i, uint32_t j);

struct sort_ctx {
	const struct svclb_state *st;
	index_cmp cmp;
};

static int by_index(const void *a, const void *b, void *data)
{
	const struct sort_ctx *c = data;
	uint32_t i = *(const uint32_t *)a;
	uint32_t j = *(const uint32_t *)b;
	int r = c->cmp(c->st, i, j);

	return r ? r : (i > j) - (i < j);
}

static bool in_order(const struct svclb_state *st, size_t n, index_cmp cmp)
{
	for (uint32_t i = 1; i < n; i++)
		if (cmp(st, i - 1, i) > 0)
			return false;
	return true;
}

/* Sorts n elements of one array by cmp; order has room for as many indexes. */
static int put_in_order(struct svclb_state *st, unsigned char *v, size_t n, size_t size,
			index_cmp cmp, uint32_t *order)
{
	struct sort_ctx c = {st, cmp};
	unsigned char *copy = malloc(n * size);

	if (!copy)
		return -1;
	qsort_r(order, n, sizeof(*order), by_index, &c);
	memcpy(copy, v, n * size);
	for (size_t i = 0; i < n; i++)
		memcpy(v + i * size, copy + order[i] * size, size);
	free(copy);
	return 0;
}

/* Sorts n elements of one array by cmp, which what is read from a kernel often is already; *map
 * (may be NULL) receives old index -> new index. */
static int sort_array(struct svclb_state *st, void *v, size_t n, size_t size, index_cmp cmp,
		      uint32_t **map)
{
	bool sorted = in_order(st, n, cmp);
	uint32_t *order = malloc((n + 1) * sizeof(*order));
	uint32_t *back = map ? malloc((n + 1) * sizeof(*back)) : NULL;

	for (uint32_t i = 0; i < n && order; i++)
		order[i] = i;
	if (!order || (map && !back) || (!sorted && put_in_order(st, v, n, size, cmp, order) < 0)) {
		free(order);
		free(back);
		return -1;
	}
	for (uint32_t i = 0; i < n && map; i++)
		back[order[i]] = i;
	free(order);
	if (map)
		*map = back;
	return 0;
}

static int vs_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return vs_key_cmp(&st->vservers.v[i].key, &st->vservers.v[j].key);
}

static int rs_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	int r = cmp_u32(st->rservers.v[i].vs, st->rservers.v[j].vs);

	return r ? r : rs_key_cmp(&st->rservers.v[i], &st->rservers.v[j]);
}

static int set_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return strcmp(st->sets.v[i].name, st->sets.v[j].name);
}

static int entry_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	int r = cmp_u32(st->entries.v[i].set, st->entries.v[j].set);

	return r ? r : entry_key_cmp(&st->entries.v[i], &st->entries.v[j]);
}

static int chain_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return chain_key_cmp(&st->chains.v[i], &st->chains.v[j]);
}

static int addr_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return ip_cmp(&st->addrs.v[i].ip, &st->addrs.v[j].ip);
}

static int sysctl_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return strcmp(st->sysctls.v[i].key, st->sysctls.v[j].key);
}

static int foreign_addr_by_index(const struct svclb_state *st, uint32_t i, uint32_t j)
{
	return ip_cmp(&st->foreign_addrs.v[i].ip, &st->foreign_addrs.v[j].ip);
}

/* The place an object comes from, in words. */
static const char *origin_words(const struct svclb_state *st, origin_id id)
{
	return id && id < st->origins.n ? st->origins.v[id].object : "an object without origin";
}

static int collide(struct svclb_state *st, const char *what, origin_id a, origin_id b,
		   struct svclb_error **reterr)
{
	const struct origin *o = &st->origins.v[b < st->origins.n ? b : 0];
	struct err_parts parts = origin_parts(o);

	return err_give(reterr, err_new(SVCLB_EINVALID, &parts, "%s is also claimed by %s", what,
					origin_words(st, a)));
}

static int seal_vservers(struct svclb_state *st, struct svclb_error **reterr)
{
	uint32_t *map;
	char buf[KEY_TEXT_MAX];

	if (sort_array(st, st->vservers.v, st->vservers.n, sizeof(*st->vservers.v), vs_by_index,
		       &map) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->rservers.n; i++)
		st->rservers.v[i].vs = map[st->rservers.v[i].vs];
	free(map);
	for (size_t i = 1; i < st->vservers.n; i++) {
		const struct vserver *a = &st->vservers.v[i - 1];
		const struct vserver *b = &st->vservers.v[i];

		if (!vs_key_cmp(&a->key, &b->key))
			return collide(st, vs_key_text(&b->key, buf, sizeof(buf)), a->origin,
				       b->origin, reterr);
	}
	if (sort_array(st, st->rservers.v, st->rservers.n, sizeof(*st->rservers.v), rs_by_index,
		       NULL) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->rservers.n; i++) {
		struct rserver *r = &st->rservers.v[i];
		struct vserver *vs = &st->vservers.v[r->vs];

		if (!vs->rs_count++)
			vs->rs_first = (uint32_t)i;
		else if (!rs_key_cmp(r, r - 1))
			return collide(st, rs_text(r, buf, sizeof(buf)), r[-1].origin, r->origin,
				       reterr);
	}
	return 0;
}

static int seal_sets(struct svclb_state *st, struct svclb_error **reterr)
{
	uint32_t *map;
	size_t kept = 0;

	if (sort_array(st, st->sets.v, st->sets.n, sizeof(*st->sets.v), set_by_index, &map) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->entries.n; i++)
		st->entries.v[i].set = map[st->entries.v[i].set];
	free(map);
	for (size_t i = 1; i < st->sets.n; i++)
		if (!strcmp(st->sets.v[i].name, st->sets.v[i - 1].name))
			return collide(st, st->sets.v[i].name, st->sets.v[i - 1].origin,
				       st->sets.v[i].origin, reterr);
	if (sort_array(st, st->entries.v, st->entries.n, sizeof(*st->entries.v), entry_by_index,
		       NULL) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->entries.n; i++) {
		struct set_entry *e = &st->entries.v[i];
		struct ipset *set = &st->sets.v[e->set];

		if (kept && st->entries.v[kept - 1].set == e->set &&
		    !entry_key_cmp(e, &st->entries.v[kept - 1]))
			continue;
		if (!set->entry_count++)
			set->entry_first = (uint32_t)kept;
		st->entries.v[kept++] = *e;
	}
	st->entries.n = kept;
	return 0;
}

/* Fixes the chains' ranges; returns whether the rules stand in the order of their chains already. */
static bool count_rules(struct svclb_state *st)
{
	bool sorted = true;
	uint32_t first = 0;

	for (size_t i = 0; i < st->chains.n; i++)
		st->chains.v[i].rule_count = 0;
	for (size_t i = 0; i < st->rules.n; i++) {
		sorted &= !i || st->rules.v[i - 1].chain <= st->rules.v[i].chain;
		st->chains.v[st->rules.v[i].chain].rule_count++;
	}
	for (size_t i = 0; i < st->chains.n; i++) {
		st->chains.v[i].rule_first = first;
		first += st->chains.v[i].rule_count;
	}
	return sorted;
}

/* Sorts the rules by chain. Those of one chain stand in the order of their positions already, in
 * which they were added, so they need not be compared. */
static int sort_rules(struct svclb_state *st)
{
	struct rule *sorted;

	if (count_rules(st))
		return 0;
	sorted = calloc(st->rules.n, sizeof(*sorted));
	if (!sorted)
		return -1;
	for (size_t i = 0; i < st->chains.n; i++)
		st->chains.v[i].rule_count = 0;
	for (size_t i = 0; i < st->rules.n; i++) {
		struct chain *c = &st->chains.v[st->rules.v[i].chain];

		sorted[c->rule_first + c->rule_count++] = st->rules.v[i];
	}
	free(st->rules.v);
	st->rules.v = sorted;
	st->rules.cap = st->rules.n;
	return 0;
}

static int seal_chains(struct svclb_state *st, struct svclb_error **reterr)
{
	uint32_t *map;

	if (sort_array(st, st->chains.v, st->chains.n, sizeof(*st->chains.v), chain_by_index,
		       &map) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->rules.n; i++)
		st->rules.v[i].chain = map[st->rules.v[i].chain];
	free(map);
	for (size_t i = 1; i < st->chains.n; i++)
		if (!chain_key_cmp(&st->chains.v[i], &st->chains.v[i - 1]))
			return collide(st, st->chains.v[i].name, st->chains.v[i - 1].origin,
				       st->chains.v[i].origin, reterr);
	return sort_rules(st) < 0 ? err_nomem(reterr) : 0;
}

static bool leads_nowhere(const struct svclb_state *st, const struct rule *r)
{
	const struct chain *c = &st->chains.v[r->chain];

	return !state_find_chain(st, c->family, c->table, r->jump) &&
	       chain_is_ours(st->prefix, c->table, r->jump);
}

/* Many rules in a row jump to the same chain. */
static bool jumps_alike(const struct svclb_state *st, const struct rule *a, const struct rule *b)
{
	const struct chain *ca = &st->chains.v[a->chain];
	const struct chain *cb = &st->chains.v[b->chain];

	return !strcmp(a->jump, b->jump) && ca->family == cb->family && ca->table == cb->table;
}

/* The kernel would refuse the whole table, and could not say for which object's sake. */
static int check_jumps(const struct svclb_state *st, struct svclb_error **reterr)
{
	const struct rule *good = NULL;

	for (size_t i = 0; i < st->rules.n; i++) {
		const struct rule *r = &st->rules.v[i];
		struct err_parts parts = {0};

		if (r->target != TARGET_JUMP || (good && jumps_alike(st, r, good)))
			continue;
		if (!leads_nowhere(st, r)) {
			good = r;
			continue;
		}
		if (r->origin && r->origin < st->origins.n)
			parts = origin_parts(&st->origins.v[r->origin]);
		return err_give(reterr, err_new(SVCLB_EINVALID, &parts,
						"a rule of %s jumps to %s, which is not there",
						st->chains.v[r->chain].name, r->jump));
	}
	return 0;
}

static int seal_rest(struct svclb_state *st, struct svclb_error **reterr)
{
	size_t kept = 0;

	if (sort_array(st, st->addrs.v, st->addrs.n, sizeof(*st->addrs.v), addr_by_index, NULL) <
		    0 ||
	    sort_array(st, st->foreign_addrs.v, st->foreign_addrs.n, sizeof(*st->foreign_addrs.v),
		       foreign_addr_by_index, NULL) < 0 ||
	    sort_array(st, st->sysctls.v, st->sysctls.n, sizeof(*st->sysctls.v), sysctl_by_index,
		       NULL) < 0)
		return err_nomem(reterr);
	for (size_t i = 0; i < st->addrs.n; i++)
		if (!kept || ip_cmp(&st->addrs.v[i].ip, &st->addrs.v[kept - 1].ip))
			st->addrs.v[kept++] = st->addrs.v[i];
	st->addrs.n = kept;
	kept = 0;
	for (size_t i = 0; i < st->sysctls.n; i++)
		if (!kept || strcmp(st->sysctls.v[i].key, st->sysctls.v[kept - 1].key))
			st->sysctls.v[kept++] = st->sysctls.v[i];
	st->sysctls.n = kept;
	return 0;
}

static int too_many_ways(const struct svclb_state *st, struct svclb_error **reterr)
{
	struct err_parts parts = {.hint = options_limit_hint(SVCLB_LIMIT_NODES)};

	return err_give(reterr, err_new(SVCLB_ELIMIT, &parts,
					"the rules lead more ways to node ports and endpoints than "
					"the limit of %llu",
					(unsigned long long)st->ways_max));
}

int state_seal(struct svclb_state *st, struct svclb_error **reterr)
{
	int r = seal_vservers(st, reterr);

	if (!r)
		r = seal_sets(st, reterr);
	if (!r)
		r = seal_chains(st, reterr);
	if (!r)
		r = check_jumps(st, reterr);
	if (!r)
		r = seal_rest(st, reterr);
	if (!r && state_find_fronts(st) < 0)
		r = st->ways_max && st->ways > st->ways_max ? too_many_ways(st, reterr)
							    : err_nomem(reterr);
	if (!r)
		st->sealed = true;
	return r;
}
