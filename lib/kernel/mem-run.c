/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes to the in-memory kernel, one step at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/halt.h"
#include "kernel/mem.h"
#include "model/model.h"
#include "plan/order.h"
#include "plan/step-text.h"

/* A step as it is meant here: undo turns it round. */
struct move {
	enum step_kind kind;
	enum step_op op;
	const struct svclb_state *from;
	const struct svclb_state *to;
	uint32_t before;
	uint32_t after;
};

static struct move move_of(const struct svclb_plan *plan, const struct svclb_step *s, bool undo)
{
	struct move m = {s->kind, s->op, plan->from, plan->to, s->before, s->after};

	if (undo) {
		m = (struct move){s->kind, s->op, plan->to, plan->from, s->after, s->before};
		if (s->op == STEP_ADD)
			m.op = STEP_DELETE;
		else if (s->op == STEP_DELETE)
			m.op = STEP_ADD;
	}
	return m;
}

#define REMOVE_AT(vec, i)                                        \
	do {                                                     \
		memmove((vec)->v + (i), (vec)->v + (i) + 1,      \
			((vec)->n - (i)-1) * sizeof(*(vec)->v)); \
		(vec)->n--;                                      \
	} while (0)

/* Place of the first virtual server whose key is not less. */
static size_t vserver_place(const struct svclb_mem *mem, const struct vs_key *key)
{
	size_t lo = 0;
	size_t hi = mem->vservers.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (vs_key_cmp(&mem->vservers.v[mid].vs.key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct mem_vserver *find_vserver(struct svclb_mem *mem, const struct vs_key *key)
{
	size_t i = vserver_place(mem, key);

	return i < mem->vservers.n && !vs_key_cmp(&mem->vservers.v[i].vs.key, key)
		       ? &mem->vservers.v[i]
		       : NULL;
}

struct mem_vserver *mem_insert_vserver(struct svclb_mem *mem, const struct vserver *vs)
{
	size_t i = vserver_place(mem, &vs->key);

	if (!vec_push(&mem->vservers))
		return NULL;
	memmove(mem->vservers.v + i + 1, mem->vservers.v + i,
		(mem->vservers.n - 1 - i) * sizeof(*mem->vservers.v));
	mem->vservers.v[i] = (struct mem_vserver){.vs = *vs};
	mem->vservers.v[i].vs.origin = 0;
	mem->vservers.v[i].vs.rs_count = 0;
	return &mem->vservers.v[i];
}

static int put_rserver(struct mem_vserver *vs, const struct rserver *rs)
{
	struct rserver *slot = vec_push(&vs->rs);

	if (!slot)
		return ENOMEM;
	*slot = *rs;
	slot->origin = 0;
	return 0;
}

static int add_vserver(struct svclb_mem *mem, const struct move *m)
{
	const struct vserver *want = &m->to->vservers.v[m->after];

	if (find_vserver(mem, &want->key))
		return EEXIST;
	if (!scheduler_known(want->sched))
		return ENOENT;
	return mem_insert_vserver(mem, want) ? 0 : ENOMEM;
}

static int vserver_step(struct svclb_mem *mem, const struct move *m)
{
	struct mem_vserver *vs;

	if (m->op == STEP_ADD)
		return add_vserver(mem, m);
	vs = find_vserver(mem, m->op == STEP_DELETE ? &m->from->vservers.v[m->before].key
						    : &m->to->vservers.v[m->after].key);
	if (!vs)
		return ESRCH;
	if (m->op == STEP_DELETE) {
		vec_free(&vs->rs);
		REMOVE_AT(&mem->vservers, (size_t)(vs - mem->vservers.v));
		return 0;
	}
	if (!scheduler_known(m->to->vservers.v[m->after].sched))
		return ENOENT;
	vs->vs = m->to->vservers.v[m->after];
	vs->vs.origin = 0;
	vs->vs.rs_count = 0;
	return 0;
}

/* Its connections are the kernel's own and stay. */
static void change_rserver(struct rserver *have, const struct rserver *want)
{
	uint32_t active = have->active_conns;
	uint32_t inactive = have->inactive_conns;

	*have = *want;
	have->origin = 0;
	have->active_conns = active;
	have->inactive_conns = inactive;
}

static struct rserver *find_rserver(struct svclb_mem *mem, const struct vs_key *key,
				    const struct rserver *rs)
{
	struct mem_vserver *vs = find_vserver(mem, key);

	for (size_t i = 0; vs && i < vs->rs.n; i++)
		if (!rs_key_cmp(&vs->rs.v[i], rs))
			return &vs->rs.v[i];
	return NULL;
}

static int rserver_step(struct svclb_mem *mem, const struct move *m)
{
	const struct svclb_state *st = m->op == STEP_DELETE ? m->from : m->to;
	const struct rserver *rs = &st->rservers.v[m->op == STEP_DELETE ? m->before : m->after];
	struct mem_vserver *vs = find_vserver(mem, &st->vservers.v[rs->vs].key);
	size_t i = 0;

	if (!vs)
		return ESRCH;
	while (i < vs->rs.n && rs_key_cmp(&vs->rs.v[i], rs))
		i++;
	if (m->op == STEP_ADD)
		return i < vs->rs.n ? EEXIST : put_rserver(vs, rs);
	if (i == vs->rs.n)
		return ENOENT;
	if (m->op == STEP_DELETE)
		REMOVE_AT(&vs->rs, i);
	else
		change_rserver(&vs->rs.v[i], rs);
	return 0;
}

/* Undoing the deletion of a virtual server brings its real servers back, as it took them along. */
static int restore_rservers(struct svclb_mem *mem, const struct move *m)
{
	const struct vserver *want = &m->to->vservers.v[m->after];
	struct mem_vserver *vs = find_vserver(mem, &want->key);

	for (uint32_t i = 0; i < want->rs_count; i++)
		if (put_rserver(vs, &m->to->rservers.v[want->rs_first + i]))
			return ENOMEM;
	return 0;
}

static struct mem_set *find_set(struct svclb_mem *mem, const char *name)
{
	for (size_t i = 0; i < mem->sets.n; i++)
		if (!strcmp(mem->sets.v[i].set.name, name))
			return &mem->sets.v[i];
	return NULL;
}

static bool set_referenced(const struct svclb_mem *mem, const char *name)
{
	for (uint32_t t = 0; t < MEM_TABLES; t++) {
		const struct svclb_state *st = mem->tables[t];

		for (size_t i = 0; st && i < st->rules.n; i++) {
			const struct rule *r = &st->rules.v[i];
			const struct chain *c = &st->chains.v[r->chain];

			if (table_index(c->family, c->table) != t)
				continue;
			for (uint32_t k = 0; k < r->match_count; k++) {
				const struct match *mt = &st->matches.v[r->match_first + k];

				if (mt->type == MATCH_SET && !strcmp(mt->set.name, name))
					return true;
			}
		}
	}
	return false;
}

static int set_step(struct svclb_mem *mem, const struct move *m)
{
	const struct ipset *want =
		m->op == STEP_DELETE ? &m->from->sets.v[m->before] : &m->to->sets.v[m->after];
	struct mem_set *set = find_set(mem, want->name);

	if (m->op == STEP_ADD) {
		if (set)
			return EEXIST;
		set = vec_push(&mem->sets);
		if (!set)
			return ENOMEM;
		set->set = *want;
		set->set.origin = 0;
		set->set.entry_count = 0;
		return 0;
	}
	if (!set)
		return ENOENT;
	if (m->op == STEP_CHANGE) {
		set->set.maxelem = want->maxelem;
		return 0;
	}
	if (set_referenced(mem, want->name))
		return EBUSY;
	vec_free(&set->entries);
	REMOVE_AT(&mem->sets, (size_t)(set - mem->sets.v));
	return 0;
}

static int entry_step(struct svclb_mem *mem, const struct move *m)
{
	const struct svclb_state *st = m->op == STEP_DELETE ? m->from : m->to;
	const struct set_entry *e = &st->entries.v[m->op == STEP_DELETE ? m->before : m->after];
	struct mem_set *set = find_set(mem, st->sets.v[e->set].name);
	size_t lo = 0;
	size_t hi = set ? set->entries.n : 0;
	bool found;

	if (!set)
		return ENOENT;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (entry_key_cmp(&set->entries.v[mid], e) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	found = lo < set->entries.n && !entry_key_cmp(&set->entries.v[lo], e);
	if (m->op == STEP_DELETE) {
		if (!found)
			return ENOENT;
		REMOVE_AT(&set->entries, lo);
		return 0;
	}
	if (m->op == STEP_CHANGE) {
		if (!found)
			return ENOENT;
		set->entries.v[lo] = *e;
		set->entries.v[lo].origin = 0;
		return 0;
	}
	if (found)
		return EEXIST;
	if (set->set.maxelem && set->entries.n >= set->set.maxelem)
		return ENOSPC;
	if (!vec_push(&set->entries))
		return ENOMEM;
	memmove(set->entries.v + lo + 1, set->entries.v + lo,
		(set->entries.n - 1 - lo) * sizeof(*set->entries.v));
	set->entries.v[lo] = *e;
	set->entries.v[lo].origin = 0;
	return 0;
}

/* Rules may only name sets that exist. */
static int table_step(struct svclb_mem *mem, const struct move *m)
{
	uint32_t index = m->op == STEP_DELETE ? m->before : m->after;
	const struct svclb_state *st = m->op == STEP_DELETE ? NULL : m->to;

	for (size_t i = 0; st && i < st->rules.n; i++) {
		const struct rule *r = &st->rules.v[i];
		const struct chain *c = &st->chains.v[r->chain];

		if (table_index(c->family, c->table) != index)
			continue;
		for (uint32_t k = 0; k < r->match_count; k++) {
			const struct match *mt = &st->matches.v[r->match_first + k];

			if (mt->type == MATCH_SET && !find_set(mem, mt->set.name))
				return ENOENT;
		}
	}
	svclb_state_unref(mem->tables[index]);
	/* states are immutable: holding one is as good as a copy */
	mem->tables[index] = svclb_state_ref((struct svclb_state *)(uintptr_t)st);
	return 0;
}

static int addr_step(struct svclb_mem *mem, const struct move *m)
{
	const struct link_addr *a =
		m->op == STEP_DELETE ? &m->from->addrs.v[m->before] : &m->to->addrs.v[m->after];
	struct link_addr *slot;
	size_t i = 0;

	if (!mem->link)
		return ENODEV;
	while (i < mem->addrs.n && ip_cmp(&mem->addrs.v[i].ip, &a->ip))
		i++;
	if (m->op == STEP_DELETE) {
		if (i == mem->addrs.n)
			return EADDRNOTAVAIL;
		REMOVE_AT(&mem->addrs, i);
		return 0;
	}
	if (i < mem->addrs.n)
		return EEXIST;
	slot = vec_push(&mem->addrs);
	if (!slot)
		return ENOMEM;
	slot->ip = a->ip;
	return 0;
}

static int link_step(struct svclb_mem *mem, const struct move *m)
{
	if (mem->link == (m->op == STEP_ADD))
		return mem->link ? EEXIST : ENODEV;
	mem->link = m->op == STEP_ADD;
	if (!mem->link)
		mem->addrs.n = 0;
	return 0;
}

static int sysctl_step(struct svclb_mem *mem, const struct move *m)
{
	const struct sysctl *want;
	struct sysctl *slot;
	size_t i = 0;

	if (m->after == STEP_NONE) /* undo of a value that was not there: nothing to go back to */
		want = &m->from->sysctls.v[m->before];
	else
		want = &m->to->sysctls.v[m->after];
	while (i < mem->sysctls.n && strcmp(mem->sysctls.v[i].key, want->key))
		i++;
	if (m->after == STEP_NONE) {
		if (i < mem->sysctls.n)
			REMOVE_AT(&mem->sysctls, i);
		return 0;
	}
	slot = i < mem->sysctls.n ? &mem->sysctls.v[i] : vec_push(&mem->sysctls);
	if (!slot)
		return ENOMEM;
	*slot = *want;
	return 0;
}

static int timeouts_step(struct svclb_mem *mem, const struct move *m)
{
	const struct ipvs_timeouts *t = &m->to->timeouts;

	if (t->tcp_sec)
		mem->timeouts.tcp_sec = t->tcp_sec;
	if (t->tcp_fin_sec)
		mem->timeouts.tcp_fin_sec = t->tcp_fin_sec;
	if (t->udp_sec)
		mem->timeouts.udp_sec = t->udp_sec;
	return 0;
}

static int quiesce_step(struct svclb_mem *mem, const struct move *m)
{
	const struct svclb_state *st = m->op == STEP_DELETE ? m->from : m->to;
	const struct rserver *rs = &st->rservers.v[m->op == STEP_DELETE ? m->before : m->after];
	struct rserver *have = find_rserver(mem, &st->vservers.v[rs->vs].key, rs);

	if (!have)
		return ENOENT;
	have->weight = m->op == STEP_DELETE ? 0 : rs->weight;
	return 0;
}

/* Of what takes time, or is routed, nothing is kept here. */
static int settle_step(struct svclb_mem *mem, const struct move *m)
{
	(void)mem;
	(void)m;
	return 0;
}

/* Flows only go: there is no way back. */
static int flows_step(struct svclb_mem *mem, const struct move *m)
{
	struct flow_key key;
	size_t kept = 0;

	if (m->op != STEP_DELETE)
		return 0;
	key = flow_key_of(m->kind, m->from, m->to, m->before, m->after);
	for (size_t i = 0; i < mem->flows.n; i++)
		if (!flow_among(&mem->flows.v[i], &key, 1) &&
		    !flow_among_node(&mem->flows.v[i], &key, 1))
			mem->flows.v[kept++] = mem->flows.v[i];
	mem->flows.n = kept;
	return 0;
}

static int change(struct svclb_mem *mem, const struct move *m, bool undo)
{
	static int (*const by_kind[])(struct svclb_mem *, const struct move *) = {
		[STEP_SYSCTL] = sysctl_step,	   [STEP_TIMEOUTS] = timeouts_step,
		[STEP_LINK] = link_step,	   [STEP_SET] = set_step,
		[STEP_ENTRY] = entry_step,	   [STEP_TABLE] = table_step,
		[STEP_VSERVER] = vserver_step,	   [STEP_RSERVER] = rserver_step,
		[STEP_ADDR] = addr_step,	   [STEP_VSERVER_FLOWS] = flows_step,
		[STEP_RSERVER_FLOWS] = flows_step, [STEP_FRONT_FLOWS] = flows_step,
		[STEP_BACK_FLOWS] = flows_step,	   [STEP_SETTLE] = settle_step,
		[STEP_QUIESCE] = quiesce_step,	   [STEP_ROUTES] = settle_step,
	};
	int r;

	mem->changes++;
	if (mem->changes == mem->fail_at || mem->changes == mem->fail_again)
		return mem->fail_errno;
	r = by_kind[m->kind](mem, m);
	if (!r && undo && m->kind == STEP_VSERVER && m->op == STEP_ADD)
		r = restore_rservers(mem, m);
	return r;
}

static struct svclb_error *refused(const struct svclb_plan *plan, const struct svclb_step *s,
				   bool undo, int os_errno)
{
	const struct origin *o = step_origin(plan, s);
	struct err_parts parts = origin_parts(o);
	char *text = NULL;
	struct svclb_error *e;

	parts.os_errno = os_errno;
	parts.subsystem = svclb_step_get_subsystem(s);
	parts.operation = undo ? "undo" : svclb_step_get_op(s);
	if (svclb_step_to_text(plan, s, &text) < 0)
		text = NULL;
	e = err_new(SVCLB_EKERNEL, &parts, "%s", text ? text : "?");
	svclb_text_free(text);
	return e;
}

/* A client of every TCP real server that takes new connections. */
static void connect_clients(struct svclb_mem *mem)
{
	for (size_t i = 0; i < mem->vservers.n; i++) {
		struct mem_vserver *vs = &mem->vservers.v[i];

		for (size_t k = 0; vs->vs.key.proto == PROTO_TCP && k < vs->rs.n; k++)
			vs->rs.v[k].active_conns += vs->rs.v[k].weight ? 1 : 0;
	}
}

/* Whether a step meets a real server that it must leave alone. */
static bool meets_busy(struct svclb_mem *mem, const struct svclb_plan *plan,
		       const struct svclb_step *s)
{
	const struct svclb_state *from = plan->from;
	const struct rserver *rs;

	if (!s->when_idle)
		return false;
	rs = &from->rservers.v[s->before];
	rs = find_rserver(mem, &from->vservers.v[rs->vs].key, rs);
	return rs && (rs->active_conns || rs->inactive_conns);
}

/* As svclb_ctx_interrupt() from a signal that comes right now. */
static void mem_interrupt(struct kernel *k)
{
	atomic_store(&((struct svclb_options *)(uintptr_t)k->opts)->interrupted, true);
}

int mem_run(struct kernel *k, const struct svclb_plan *plan, size_t first, size_t n, bool undo,
	    enum fate *done, struct svclb_error **reterr)
{
	struct problems bad = {0};

	for (size_t i = 0; i < n; i++) {
		size_t at = undo ? n - 1 - i : i;
		const struct svclb_step *s = &plan->steps.v[first + at];
		struct move m = move_of(plan, s, undo);
		struct svclb_error *err = NULL;
		int e;

		if (!fate_is_open(done[at], undo) || (undo && bad.first && step_is_careful(s)))
			continue;
		if (mem_of(k)->changes + 1 == mem_of(k)->interrupt_at)
			mem_interrupt(k);
		if (mem_of(k)->changes + 1 == mem_of(k)->connect_at)
			connect_clients(mem_of(k));
		if (halt_check(k->opts, &err) < 0) {
			problems_add(&bad, err);
			break;
		}
		if (!undo && meets_busy(mem_of(k), plan, s)) {
			done[at] = FATE_LEFT;
			continue;
		}
		e = change(mem_of(k), &m, undo);
		if (!e)
			done[at] = undo ? FATE_UNDONE : FATE_DONE;
		else
			problems_add(&bad, refused(plan, s, undo, e));
		if (e && !undo)
			break;
	}
	return problems_give(&bad, reterr);
}
