/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules of iptables mode redirect: the UDP addresses and ports, and where to. */
#include "state/fronts.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "state/chain-hash.h"
#include "state/names.h"

#define DEPTH_MAX 8 /* source ranges, entry, choice, endpoint: 4 */

/* The way from one front to its backs; a chain is visited once, however many rules lead to it, and
 * once more if the first of them were for clients inside only. */
struct walk {
	struct svclb_state *st;
	uint64_t *seen; /* by chain: stamp of the last front that came by */
	uint32_t front;
	uint8_t family;
};

int front_key_cmp(const struct front *a, const struct front *b)
{
	int r = ip_cmp(&a->ip, &b->ip);

	return r ? r : a->port - b->port;
}

int back_key_cmp(const struct back *a, const struct back *b)
{
	int r = ip_cmp(&a->ip, &b->ip);

	return r ? r : a->port - b->port;
}

/* The first of equal ones in the chain is the one that packets meet. */
static int by_front(const void *a, const void *b)
{
	const struct front *x = a;
	const struct front *y = b;
	int r = front_key_cmp(x, y);

	return r ? r : (x->rule > y->rule) - (x->rule < y->rule);
}

/* Of equal ones the first is the one for everybody. */
static int by_back(const void *a, const void *b)
{
	const struct back *x = a;
	const struct back *y = b;
	int r = back_key_cmp(x, y);

	return r ? r : x->inside - y->inside;
}

static const struct match *find_match(const struct svclb_state *st, const struct rule *r,
				      enum match_type type)
{
	for (uint32_t i = 0; i < r->match_count; i++)
		if (st->matches.v[r->match_first + i].type == type)
			return &st->matches.v[r->match_first + i];
	return NULL;
}

static bool leads_to_hashed(const struct svclb_state *st, const struct rule *r)
{
	size_t n = strlen(st->prefix);

	return r->target == TARGET_JUMP && !strncmp(r->jump, st->prefix, n) &&
	       is_hashed_chain(r->jump + n);
}

/* Many rules that lead to many are as many ways as the product. */
static bool pass(struct svclb_state *st)
{
	return st->ways++ < st->ways_max || !st->ways_max;
}

/* ---- fronts ---- */

static bool one_address(const struct rule *r)
{
	return r->dst.ip.family && !r->dst_invert && r->dst.plen == ip_bits(&r->dst.ip);
}

/* The rule sends the traffic to ip and one port of UDP to chains of a service port. */
static int add_front(struct svclb_state *st, const struct rule *r, const struct ipaddr *ip)
{
	const struct match *port = find_match(st, r, MATCH_DPORT);
	struct front *f;

	if (r->proto != PROTO_UDP || r->proto_invert || !port || port->invert ||
	    !leads_to_hashed(st, r))
		return 0;
	f = vec_push(&st->fronts);
	if (!f)
		return -1;
	*f = (struct front){.ip = *ip, .port = port->dport, .rule = (uint32_t)(r - st->rules.v)};
	return 0;
}

/* Node ports are the business of addresses of their own, or of all that the node has. */
static int add_node_port_fronts(struct svclb_state *st, uint8_t family, const struct rule *jump)
{
	const struct chain *c = state_find_chain(st, family, TABLE_NAT, jump->jump);
	struct ipaddr ip = {.family = family};

	if (one_address(jump))
		ip = jump->dst.ip;
	for (uint32_t i = 0; c && i < c->rule_count; i++)
		if (!pass(st) || add_front(st, &st->rules.v[c->rule_first + i], &ip) < 0)
			return -1;
	return 0;
}

static int add_fronts(struct svclb_state *st, uint8_t family)
{
	char services[CHAIN_NAME_MAX];
	char node_ports[CHAIN_NAME_MAX];
	const struct chain *c = state_find_chain(
		st, family, TABLE_NAT, chain_full_name(st->prefix, CHAIN_NAT_SERVICES, services));

	(void)chain_full_name(st->prefix, CHAIN_NAT_NODEPORTS, node_ports);
	for (uint32_t i = 0; c && i < c->rule_count; i++) {
		const struct rule *r = &st->rules.v[c->rule_first + i];
		int rc = 0;

		if (r->target == TARGET_JUMP && !strcmp(r->jump, node_ports))
			rc = add_node_port_fronts(st, family, r);
		else if (one_address(r))
			rc = add_front(st, r, &r->dst.ip);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static void sort_fronts(struct svclb_state *st)
{
	size_t kept = 0;

	if (st->fronts.n)
		qsort(st->fronts.v, st->fronts.n, sizeof(*st->fronts.v), by_front);
	for (size_t i = 0; i < st->fronts.n; i++)
		if (!kept || front_key_cmp(&st->fronts.v[i], &st->fronts.v[kept - 1]))
			st->fronts.v[kept++] = st->fronts.v[i];
	st->fronts.n = kept;
}

/* ---- backs ---- */

static int add_back(struct walk *w, const struct rule *r, bool inside)
{
	struct back *b = vec_push(&w->st->backs);

	if (!b)
		return -1;
	*b = (struct back){
		.front = w->front, .ip = r->dnat_ip, .port = r->dnat_port, .inside = inside};
	return 0;
}

static bool is_ranges_chain(const struct svclb_state *st, const struct chain *c)
{
	return !strncmp(c->name + strlen(st->prefix), "FW-", 3);
}

/* Source ranges are another matter: they say which clients outside. */
static bool asks_for_source(const struct svclb_state *st, const struct chain *c,
			    const struct rule *r)
{
	const struct match *m = find_match(st, r, MATCH_ADDRTYPE);

	if (is_ranges_chain(st, c))
		return false;
	return r->src.ip.family || r->in_iface[0] || (m && m->addrtype & ADDRTYPE_SRC_LOCAL);
}

/* Whether the front was here before on a way that is open to the same clients, or more. */
static bool was_here(struct walk *w, const struct chain *c, bool inside)
{
	uint64_t stamp = 2 * ((uint64_t)w->front + 1) + !inside;
	uint64_t *seen = &w->seen[c - w->st->chains.v];

	if (*seen >= stamp)
		return true;
	*seen = stamp;
	return false;
}

static int visit_chain(struct walk *w, const char *name, bool inside, unsigned depth)
{
	struct svclb_state *st = w->st;
	const struct chain *c = state_find_chain(st, w->family, TABLE_NAT, name);
	int rc = 0;

	if (!c || !depth || was_here(w, c, inside))
		return 0;
	for (uint32_t i = 0; i < c->rule_count && !rc; i++) {
		const struct rule *r = &st->rules.v[c->rule_first + i];
		bool narrow = inside || asks_for_source(st, c, r);

		if (!pass(st))
			rc = -1;
		else if (r->target == TARGET_DNAT)
			rc = add_back(w, r, narrow);
		else if (leads_to_hashed(st, r))
			rc = visit_chain(w, r->jump, narrow, depth - 1);
	}
	return rc;
}

/* The last backs are those of f: in order, and each once. */
static void sort_backs(struct svclb_state *st, struct front *f)
{
	size_t n = st->backs.n - f->back_first;
	struct back *v;
	uint32_t kept = 0;

	if (!n)
		return;
	v = st->backs.v + f->back_first;
	qsort(v, n, sizeof(*v), by_back);
	for (size_t i = 0; i < n; i++)
		if (!kept || back_key_cmp(&v[i], &v[kept - 1]))
			v[kept++] = v[i];
	f->back_count = kept;
	st->backs.n = f->back_first + kept;
}

static int find_backs(struct svclb_state *st)
{
	struct walk w = {.st = st, .seen = calloc(st->chains.n + 1, sizeof(*w.seen))};
	int rc = w.seen ? 0 : -1;

	for (uint32_t i = 0; i < st->fronts.n && !rc; i++) {
		struct front *f = &st->fronts.v[i];

		w.front = i;
		w.family = f->ip.family;
		f->back_first = (uint32_t)st->backs.n;
		rc = visit_chain(&w, st->rules.v[f->rule].jump, false, DEPTH_MAX);
		if (!rc)
			sort_backs(st, f);
	}
	free(w.seen);
	return rc;
}

int state_find_fronts(struct svclb_state *st)
{
	st->fronts.n = 0;
	st->backs.n = 0;
	st->ways = 0;
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2))
		if (add_fronts(st, family) < 0)
			return -1;
	sort_fronts(st);
	return st->fronts.n ? find_backs(st) : 0;
}

/* ---- source ranges ---- */

typedef VEC(struct cidr) range_vec;

static int by_range(const void *a, const void *b)
{
	return cidr_cmp(a, b);
}

/* Those that a front admits, in order; without a chain of them everybody. */
static int admitted(const struct svclb_state *st, const struct front *f, range_vec *ret)
{
	const struct chain *c =
		state_find_chain(st, f->ip.family, TABLE_NAT, st->rules.v[f->rule].jump);
	const struct cidr all = {.ip.family = f->ip.family};
	bool ranges = c && is_ranges_chain(st, c);

	for (uint32_t i = 0; i < (ranges ? c->rule_count : 1); i++) {
		const struct rule *r = ranges ? &st->rules.v[c->rule_first + i] : NULL;
		struct cidr *slot;

		if (r && !leads_to_hashed(st, r))
			continue;
		slot = vec_push(ret);
		if (!slot)
			return -1;
		*slot = r && r->src.ip.family && !r->src_invert ? r->src : all;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_range);
	return 0;
}

static bool within(const struct cidr *range, const range_vec *ranges)
{
	struct cidr c = *range;

	for (int plen = range->plen; plen >= 0; plen--) {
		c.plen = (uint8_t)plen;
		ip_mask(&c.ip, c.plen);
		if (ranges->n && bsearch(&c, ranges->v, ranges->n, sizeof(c), by_range))
			return true;
	}
	return false;
}

int front_narrows(const struct svclb_state *from, const struct front *before,
		  const struct svclb_state *to, const struct front *after)
{
	range_vec a = {0};
	range_vec b = {0};
	int r = admitted(from, before, &a) < 0 || admitted(to, after, &b) < 0 ? -1 : 0;

	for (size_t i = 0; !r && i < a.n; i++)
		r = !within(&a.v[i], &b);
	vec_free(&a);
	vec_free(&b);
	return r;
}
