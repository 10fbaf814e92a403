/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The in-memory kernel: keeps the same objects as the real one, refuses what the real one
 * refuses, and fails where a test asks for it.
 */
#include "kernel/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/halt.h"
#include "model/model.h"
#include "state/sysctls.h"

#define MEM_BOOTED_MS 1000000 /* 0 is a clock that nobody knows */

int svclb_mem_new(struct svclb_mem **ret, struct svclb_error **reterr)
{
	struct svclb_mem *mem;

	if (!ret)
		return err_set(reterr, SVCLB_EINVAL, "a place for the kernel is needed");
	mem = calloc(1, sizeof(*mem));
	if (!mem)
		return err_nomem(reterr);
	atomic_init(&mem->refs, 1);
	mem->clock_ms = MEM_BOOTED_MS;
	*ret = mem;
	return 0;
}

struct svclb_mem *svclb_mem_ref(struct svclb_mem *mem)
{
	if (mem)
		atomic_fetch_add(&mem->refs, 1);
	return mem;
}

struct svclb_mem *svclb_mem_unref(struct svclb_mem *mem)
{
	if (!mem || atomic_fetch_sub(&mem->refs, 1) != 1)
		return NULL;
	for (size_t i = 0; i < mem->vservers.n; i++)
		vec_free(&mem->vservers.v[i].rs);
	for (size_t i = 0; i < mem->sets.n; i++)
		vec_free(&mem->sets.v[i].entries);
	for (int i = 0; i < MEM_TABLES; i++)
		svclb_state_unref(mem->tables[i]);
	vec_free(&mem->vservers);
	vec_free(&mem->sets);
	vec_free(&mem->addrs);
	vec_free(&mem->sysctls);
	vec_free(&mem->flows);
	vec_free(&mem->node_addresses);
	free(mem);
	return NULL;
}

int svclb_mem_add_node_address(struct svclb_mem *mem, const char *addr, const char *ifname)
{
	struct node_address *a;
	struct ipaddr ip;

	if (!mem || !ip_parse(addr, &ip, NULL) || (ifname && strlen(ifname) >= LINK_NAME_MAX))
		return -SVCLB_EINVAL;
	a = vec_push(&mem->node_addresses);
	if (!a)
		return -SVCLB_ENOMEM;
	a->ip = ip;
	a->plen = ip_bits(&ip);
	strcpy(a->ifname, ifname ? ifname : "");
	return 0;
}

int svclb_mem_fail_at(struct svclb_mem *mem, uint64_t k, int os_errno, uint64_t undo_k)
{
	if (!mem || (k && os_errno <= 0))
		return -SVCLB_EINVAL;
	mem->fail_at = k ? mem->changes + k : 0;
	mem->fail_again = k && undo_k ? mem->fail_at + undo_k : 0;
	mem->fail_errno = os_errno;
	return 0;
}

uint64_t svclb_mem_count_changes(const struct svclb_mem *mem)
{
	return mem ? mem->changes : 0;
}

int svclb_mem_add_foreign_virtual_server(struct svclb_mem *mem, const char *addr, uint32_t port,
					 const char *protocol)
{
	struct vserver vs = {.sched = "rr"};
	struct ipaddr ip;

	if (!mem || !ip_parse(addr, &ip, NULL) || !port || port > UINT16_MAX || !protocol ||
	    !proto_from_name(protocol))
		return -SVCLB_EINVAL;
	vs.key = (struct vs_key){.family = ip.family,
				 .proto = proto_from_name(protocol),
				 .port = (uint16_t)port,
				 .ip = ip};
	vs.netmask = ip_bits(&ip);
	return mem_insert_vserver(mem, &vs) ? 0 : -SVCLB_ENOMEM;
}

int svclb_mem_set_ipvs(struct svclb_mem *mem, int on)
{
	if (!mem || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	mem->no_ipvs = !on;
	return 0;
}

int svclb_mem_set_ipv6(struct svclb_mem *mem, int on)
{
	if (!mem || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	mem->no_ipv6 = !on;
	return 0;
}

int svclb_mem_advance(struct svclb_mem *mem, uint32_t seconds)
{
	if (!mem)
		return -SVCLB_EINVAL;
	mem->clock_ms += (uint64_t)seconds * 1000;
	return 0;
}

static struct rserver *find_rserver(struct svclb_mem *mem, const struct vs_key *key,
				    const struct rserver *rs)
{
	for (size_t i = 0; i < mem->vservers.n; i++) {
		struct mem_vserver *vs = &mem->vservers.v[i];

		for (size_t k = 0; !vs_key_cmp(&vs->vs.key, key) && k < vs->rs.n; k++)
			if (!rs_key_cmp(&vs->rs.v[k], rs))
				return &vs->rs.v[k];
	}
	return NULL;
}

int svclb_mem_set_connections(struct svclb_mem *mem, const char *addr, uint32_t port,
			      const char *real_addr, uint32_t real_port, uint32_t active,
			      uint32_t inactive)
{
	struct vs_key key = {.proto = PROTO_TCP, .port = (uint16_t)port};
	struct rserver rs = {.port = (uint16_t)real_port};
	struct rserver *have;

	if (!mem || port > UINT16_MAX || real_port > UINT16_MAX || !ip_parse(addr, &key.ip, NULL) ||
	    !ip_parse(real_addr, &rs.ip, NULL))
		return -SVCLB_EINVAL;
	key.family = key.ip.family;
	have = find_rserver(mem, &key, &rs);
	if (!have)
		return -SVCLB_ENOTFOUND;
	have->active_conns = active;
	have->inactive_conns = inactive;
	return 0;
}

static int mem_addresses(struct kernel *k, node_address_vec *ret, struct svclb_error **reterr)
{
	const struct svclb_mem *mem = mem_of(k);

	for (size_t i = 0; i < mem->node_addresses.n; i++) {
		struct node_address *a = vec_push(ret);

		if (!a)
			return err_nomem(reterr);
		*a = mem->node_addresses.v[i];
	}
	return 0;
}

static bool mem_liberal(struct kernel *k)
{
	const struct svclb_mem *mem = mem_of(k);

	for (size_t i = 0; i < mem->sysctls.n; i++)
		if (!strcmp(mem->sysctls.v[i].key, SYSCTL_TCP_BE_LIBERAL))
			return strcmp(mem->sysctls.v[i].value, "0");
	return false;
}

static bool mem_has_family(struct kernel *k, uint8_t family)
{
	return family == 4 || !mem_of(k)->no_ipv6;
}

/* Chains of a family stand wherever it is served. */
static bool needs_ipv6(const struct svclb_options *opts, const struct svclb_state *want)
{
	if (!want)
		return opts->ipv6;
	for (size_t i = 0; i < want->chains.n; i++)
		if (want->chains.v[i].family == 6)
			return true;
	return false;
}

static struct svclb_error *ipv6_absent(void)
{
	const struct err_parts parts = {.os_errno = EAFNOSUPPORT, .hint = options_family_hint(6)};

	return err_new(SVCLB_EUNSUPPORTED, &parts, "the kernel lacks IPv6 (ipv6)");
}

static int mem_probe(struct kernel *k, const struct svclb_state *want, struct svclb_error **reterr)
{
	struct problems missing = {0};
	int r = halt_check(k->opts, reterr);

	if (r < 0)
		return r;
	/* all else is always there, but for unknown schedulers */
	if (mem_of(k)->no_ipvs &&
	    (want ? want->vservers.n > 0 : k->opts->mode != SVCLB_MODE_IPTABLES))
		problems_add(&missing, err_new(SVCLB_EUNSUPPORTED, NULL, "the kernel has no IPVS"));
	if (mem_of(k)->no_ipv6 && needs_ipv6(k->opts, want))
		problems_add(&missing, ipv6_absent());
	for (size_t i = 0; want && i < want->vservers.n; i++)
		if (!scheduler_known(want->vservers.v[i].sched))
			problems_add(&missing, err_new(SVCLB_EUNSUPPORTED, NULL,
						       "the kernel has no scheduler %s",
						       want->vservers.v[i].sched));
	return problems_give(&missing, reterr);
}

static int mem_lock(struct kernel *k, struct svclb_error **reterr)
{
	struct svclb_mem *mem = mem_of(k);

	if (mem->locked)
		return err_set(reterr, SVCLB_EBUSY, "the in-memory kernel is locked");
	mem->locked = true;
	return 0;
}

static void mem_unlock(struct kernel *k)
{
	mem_of(k)->locked = false;
}

/* Copies the chains of one table out of the state that last replaced them. */
static int read_table(const struct svclb_state *image, uint32_t index, struct svclb_state *ret)
{
	for (size_t i = 0; i < image->chains.n; i++) {
		const struct chain *c = &image->chains.v[i];
		int64_t chain;

		if (table_index(c->family, c->table) != index)
			continue;
		chain = state_add_chain(ret, c);
		if (chain < 0)
			return -1;
		ret->chains.v[chain].origin = 0;
		for (uint32_t r = 0; r < c->rule_count; r++) {
			struct rule rule = image->rules.v[c->rule_first + r];

			rule.chain = (uint32_t)chain;
			rule.origin = 0;
			if (state_add_rule(ret, &rule, rule_matches(image, &rule),
					   rule.match_count) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_vservers(const struct svclb_mem *mem, struct svclb_state *ret)
{
	for (size_t i = 0; i < mem->vservers.n; i++) {
		const struct mem_vserver *v = &mem->vservers.v[i];
		int64_t vs = state_add_vserver(ret, &v->vs);

		if (vs < 0)
			return -1;
		for (size_t j = 0; j < v->rs.n; j++) {
			struct rserver rs = v->rs.v[j];

			rs.vs = (uint32_t)vs;
			if (state_add_rserver(ret, &rs) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_sets(const struct svclb_mem *mem, struct svclb_state *ret)
{
	for (size_t i = 0; i < mem->sets.n; i++) {
		const struct mem_set *s = &mem->sets.v[i];
		int64_t set = state_add_set(ret, &s->set);

		if (set < 0)
			return -1;
		for (size_t j = 0; j < s->entries.n; j++) {
			struct set_entry e = s->entries.v[j];

			e.set = (uint32_t)set;
			if (state_add_entry(ret, &e) < 0)
				return -1;
		}
	}
	return 0;
}

static int mem_read(struct kernel *k, const struct svclb_state *want, struct svclb_state *ret,
		    struct svclb_error **reterr)
{
	const struct svclb_mem *mem = mem_of(k);
	int r = halt_check(k->opts, reterr);

	(void)want; /* every sysctl that was ever written is given */
	if (r < 0)
		return r;
	if (read_vservers(mem, ret) < 0 || read_sets(mem, ret) < 0)
		return err_nomem(reterr);
	for (uint32_t i = 0; i < MEM_TABLES; i++)
		if (mem->tables[i] && read_table(mem->tables[i], i, ret) < 0)
			return err_nomem(reterr);
	for (size_t i = 0; i < mem->addrs.n; i++)
		if (state_add_addr(ret, &mem->addrs.v[i]) < 0)
			return err_nomem(reterr);
	for (size_t i = 0; i < mem->sysctls.n; i++)
		if (state_add_sysctl(ret, mem->sysctls.v[i].key, mem->sysctls.v[i].value) < 0)
			return err_nomem(reterr);
	ret->link = mem->link;
	ret->timeouts = mem->timeouts;
	ret->timeouts_given = true;
	return 0;
}

static uint64_t mem_clock_ms(struct kernel *k)
{
	return mem_of(k)->clock_ms;
}

static void mem_free(struct kernel *k)
{
	svclb_mem_unref(mem_of(k));
	free(k);
}

static const struct kernel_ops mem_ops = {
	.addresses = mem_addresses,
	.liberal = mem_liberal,
	.has_family = mem_has_family,
	.probe = mem_probe,
	.lock = mem_lock,
	.unlock = mem_unlock,
	.read = mem_read,
	.run = mem_run,
	.clock_ms = mem_clock_ms,
	.free = mem_free,
};

int kernel_mem_new(const struct svclb_options *opts, struct svclb_mem *mem, struct kernel **ret,
		   struct svclb_error **reterr)
{
	struct mem_kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return err_nomem(reterr);
	k->kernel.ops = &mem_ops;
	k->kernel.opts = opts;
	k->mem = svclb_mem_ref(mem);
	*ret = &k->kernel;
	return 0;
}
