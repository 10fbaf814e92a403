/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps in words: for plans that people read and for errors. */
#include "plan/step-text.h"

#include <string.h>

#include "model/model.h"
#include "plan/diff.h"
#include "state/draining.h"

/* The image a step is about, and the state it lives in. */
static uint32_t image(const struct svclb_plan *plan, const struct svclb_step *s,
		      const struct svclb_state **st)
{
	*st = s->after != STEP_NONE ? plan->to : plan->from;
	return s->after != STEP_NONE ? s->after : s->before;
}

static void change_u32(struct strbuf *b, const char *what, uint32_t old, uint32_t new)
{
	if (old != new)
		strbuf_addf(b, " %s %u -> %u", what, old, new);
}

static void vserver_words(struct strbuf *b, const struct vserver *vs)
{
	strbuf_addf(b, " %s", vs->sched);
	if (vs->flags & VS_PERSISTENT)
		strbuf_addf(b, " persistent %u s", vs->timeout_sec);
}

static void vserver_text(struct strbuf *b, const struct svclb_plan *plan,
			 const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct vserver *vs = &st->vservers.v[i];
	char key[KEY_TEXT_MAX];

	strbuf_addf(b, "virtual server %s", vs_key_text(&vs->key, key, sizeof(key)));
	if (s->op == STEP_CHANGE) {
		vserver_words(b, &plan->from->vservers.v[s->before]);
		strbuf_add(b, " ->");
	}
	vserver_words(b, vs);
	if (s->op == STEP_DELETE && vs->rs_count)
		strbuf_addf(b, ", with %u real server%s", vs->rs_count,
			    vs->rs_count == 1 ? "" : "s");
}

static void rserver_text(struct strbuf *b, const struct svclb_plan *plan,
			 const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct rserver *rs = &st->rservers.v[i];
	char key[KEY_TEXT_MAX];
	char own[KEY_TEXT_MAX];

	strbuf_addf(b, "real server %s of %s", rs_text(rs, own, sizeof(own)),
		    vs_key_text(&st->vservers.v[rs->vs].key, key, sizeof(key)));
	if (s->op == STEP_ADD)
		strbuf_addf(b, " weight %u", rs->weight);
	if (s->op == STEP_CHANGE) {
		const struct rserver *old = &plan->from->rservers.v[s->before];

		change_u32(b, "weight", old->weight, rs->weight);
		change_u32(b, "forwarding", old->fwd, rs->fwd);
		change_u32(b, "upper threshold", old->upper_threshold, rs->upper_threshold);
		change_u32(b, "lower threshold", old->lower_threshold, rs->lower_threshold);
	}
}

static void set_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct ipset *set = &st->sets.v[i];

	strbuf_addf(b, "set %s %s", set->name, set_type_name(set->type));
	if (s->op == STEP_CHANGE)
		change_u32(b, "maxelem", plan->from->sets.v[s->before].maxelem, set->maxelem);
}

static void entry_words(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct set_entry *e = &st->entries.v[i];
	const struct ipset *set = &st->sets.v[e->set];
	char buf[KEY_TEXT_MAX];
	char note[DRAIN_NOTE_MAX];

	strbuf_addf(b, "entry %s %s", set->name, entry_text(set->type, e, buf, sizeof(buf)));
	if (set->noted && s->op == STEP_CHANGE)
		strbuf_addf(b, " \"%s\" ->", drain_note(&plan->from->entries.v[s->before], note));
	if (set->noted)
		strbuf_addf(b, " \"%s\"", drain_note(e, note));
}

static void table_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t index = image(plan, s, &st);
	uint8_t family = table_index_family(index);
	enum table t = table_index_table(index);
	unsigned chains = 0;
	unsigned rules = 0;

	for (size_t i = 0; i < st->chains.n; i++) {
		const struct chain *c = &st->chains.v[i];

		if (c->family != family || c->table != t)
			continue;
		chains += !c->builtin;
		rules += c->rule_count;
	}
	strbuf_addf(b, "table %s of %s: %u chains, %u rules", table_name(t),
		    family == 4 ? "iptables" : "ip6tables", chains, rules);
}

static void sysctl_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct sysctl *want = &plan->to->sysctls.v[s->after];

	strbuf_addf(b, "sysctl %s ", want->key);
	if (s->before != STEP_NONE)
		strbuf_addf(b, "%s -> ", plan->from->sysctls.v[s->before].value);
	strbuf_add(b, want->value);
}

static void timeouts_text(struct strbuf *b, const struct svclb_plan *plan)
{
	const struct ipvs_timeouts *t = &plan->to->timeouts;

	strbuf_addf(b, "time-outs of IPVS: tcp %u, tcpfin %u, udp %u seconds", t->tcp_sec,
		    t->tcp_fin_sec, t->udp_sec);
}

static void addr_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	char buf[IP_TEXT_MAX];

	strbuf_addf(b, "address %s on %s", ip_format(&st->addrs.v[i].ip, buf), st->link_name);
}

/* A real server's line names the one whose flows they were, a virtual server's all of them. */
static void flows_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct rserver *rs = s->kind == STEP_RSERVER_FLOWS ? &st->rservers.v[i] : NULL;
	char buf[KEY_TEXT_MAX];

	strbuf_addf(b, "flows of %s",
		    vs_key_text(&st->vservers.v[rs ? rs->vs : i].key, buf, sizeof(buf)));
	if (rs)
		strbuf_addf(b, " to %s", rs_text(rs, buf, sizeof(buf)));
}

/* Node ports have no address of their own. */
static void front_flows_text(struct strbuf *b, const struct svclb_plan *plan,
			     const struct svclb_step *s)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, s, &st);
	const struct back *back = s->kind == STEP_BACK_FLOWS ? &st->backs.v[i] : NULL;
	const struct front *f = &st->fronts.v[back ? back->front : i];
	struct vs_key key = {
		.family = f->ip.family, .proto = PROTO_UDP, .port = f->port, .ip = f->ip};
	char buf[KEY_TEXT_MAX];

	if (ip_is_unspecified(&f->ip))
		strbuf_addf(b, "flows of IPv%u node port %u/UDP", f->ip.family, f->port);
	else
		strbuf_addf(b, "flows of %s", vs_key_text(&key, buf, sizeof(buf)));
	if (back) {
		struct rserver rs = {.ip = back->ip, .port = back->port};

		strbuf_addf(b, " to %s", rs_text(&rs, buf, sizeof(buf)));
	}
}

void step_text(struct strbuf *b, const struct svclb_plan *plan, const struct svclb_step *step)
{
	const struct svclb_state *st;

	switch (step->kind) {
	case STEP_SYSCTL:
		sysctl_text(b, plan, step);
		break;
	case STEP_TIMEOUTS:
		timeouts_text(b, plan);
		break;
	case STEP_LINK:
		(void)image(plan, step, &st);
		strbuf_addf(b, "link %s dummy", st->link_name);
		break;
	case STEP_SET:
		set_text(b, plan, step);
		break;
	case STEP_ENTRY:
		entry_words(b, plan, step);
		break;
	case STEP_TABLE:
		table_text(b, plan, step);
		break;
	case STEP_VSERVER:
		vserver_text(b, plan, step);
		break;
	case STEP_RSERVER:
		rserver_text(b, plan, step);
		break;
	case STEP_ADDR:
		addr_text(b, plan, step);
		break;
	case STEP_VSERVER_FLOWS:
	case STEP_RSERVER_FLOWS:
		flows_text(b, plan, step);
		break;
	case STEP_QUIESCE:
		strbuf_add(b, "new connections to ");
		rserver_text(b, plan, step);
		break;
	case STEP_SETTLE:
		strbuf_addf(b, "connections under way get %d ms to be answered", SETTLE_MS);
		break;
	case STEP_ROUTES:
		strbuf_add(b, "routes for requests of the node to addresses that go");
		break;
	case STEP_FRONT_FLOWS:
	case STEP_BACK_FLOWS:
		front_flows_text(b, plan, step);
		break;
	}
}

static origin_id origin_of(const struct svclb_state *st, const struct svclb_step *s, uint32_t i)
{
	switch (s->kind) {
	case STEP_SET:
		return st->sets.v[i].origin;
	case STEP_ENTRY:
		return st->entries.v[i].origin;
	case STEP_VSERVER:
	case STEP_VSERVER_FLOWS:
		return st->vservers.v[i].origin;
	case STEP_RSERVER:
	case STEP_RSERVER_FLOWS:
	case STEP_QUIESCE:
		return st->rservers.v[i].origin;
	case STEP_ADDR:
		return st->addrs.v[i].origin;
	case STEP_FRONT_FLOWS:
		return st->rules.v[st->fronts.v[i].rule].origin;
	case STEP_BACK_FLOWS:
		return st->rules.v[st->fronts.v[st->backs.v[i].front].rule].origin;
	default:
		return 0;
	}
}

const struct origin *step_origin(const struct svclb_plan *plan, const struct svclb_step *step)
{
	const struct svclb_state *st;
	uint32_t i = image(plan, step, &st);
	origin_id id = origin_of(st, step, i);

	return &st->origins.v[id < st->origins.n ? id : 0];
}
