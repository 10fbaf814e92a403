/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans that one backend probes for, carries out and undoes again while the kernel answers with the
 * input. Targets that include this are linked with --wrap for netns_new_private() too.
 */
#ifndef TESTS_FUZZ_STEPS_H
#define TESTS_FUZZ_STEPS_H

#include "model/model.h"
#include "plan/plan.h"
#include "replies.h"

#define STEPS_MAX 64

int __wrap_netns_new_private(struct netns **ret, struct svclb_error **reterr);

int __wrap_netns_new_private(struct netns **ret, struct svclb_error **reterr)
{
	(void)reterr;
	*ret = NULL;
	return 0;
}

/* What a plan leads from or to. */
enum scene {
	SCENE_NOTHING,
	SCENE_FULL,
	SCENE_LESS,  /* a real server and a service fewer */
	SCENE_RULES, /* no virtual servers any more, but rules: the node's own routes come and go */
};

static inline struct ipaddr steps_ip(uint8_t family, uint8_t net, uint8_t host)
{
	struct ipaddr ip = {.family = family, .b = {10, net, 0, host}};

	if (family == 6)
		ip = (struct ipaddr){.family = 6, .b = {0xfd, net, [15] = host}};
	return ip;
}

/* A virtual server with its address and real servers. */
static inline void steps_service(struct svclb_state *st, uint8_t family, uint8_t proto, int servers)
{
	struct vserver vs = {
		.key = {.family = family, .proto = proto, .port = 80},
		.sched = "rr",
		.netmask = family == 6 ? 128 : 32,
		.ours = true,
	};
	struct link_addr addr = {.ip = steps_ip(family, 96, proto)};
	int64_t at;

	vs.key.ip = addr.ip;
	at = state_add_vserver(st, &vs);
	FUZZ_CHECK(at >= 0 && state_add_addr(st, &addr) >= 0);
	for (int i = 0; i < servers; i++) {
		struct rserver rs = {
			.vs = (uint32_t)at,
			.ip = steps_ip(family, 244, (uint8_t)(i + 1)),
			.port = 8080,
			.weight = 1,
		};

		FUZZ_CHECK(state_add_rserver(st, &rs) >= 0);
	}
}

static inline struct svclb_state *steps_state(enum scene scene)
{
	struct chain rules = {.family = 4, .table = TABLE_FILTER, .name = "KUBE-EXTERNAL-SERVICES"};
	struct svclb_state *st = state_new(options_defaults());

	FUZZ_CHECK(st);
	st->link = scene == SCENE_FULL || scene == SCENE_LESS;
	st->timeouts_given = st->link;
	st->timeouts.tcp_sec = scene == SCENE_FULL ? 600 : 900;
	if (st->link) {
		steps_service(st, 4, PROTO_TCP, scene == SCENE_FULL ? 2 : 1);
		steps_service(st, 4, PROTO_UDP, scene == SCENE_FULL ? 2 : 1);
		steps_service(st, 6, PROTO_TCP, 1);
	}
	if (scene == SCENE_FULL)
		steps_service(st, 6, PROTO_UDP, 1);
	if (scene == SCENE_RULES)
		FUZZ_CHECK(state_add_chain(st, &rules) >= 0);
	FUZZ_CHECK(!state_seal(st, NULL));
	return st;
}

static inline struct svclb_plan *steps_plan(enum scene a, enum scene b)
{
	struct svclb_state *from = steps_state(a);
	struct svclb_state *to = steps_state(b);
	struct svclb_plan *plan = NULL;

	FUZZ_CHECK(!svclb_diff(from, to, 1, &plan, NULL));
	FUZZ_CHECK(plan->steps.n && plan->steps.n <= STEPS_MAX);
	svclb_state_unref(from);
	svclb_state_unref(to);
	return plan;
}

/* The open steps of the kinds (bits), as the kernel hands them to their backend. */
static inline void steps_run(struct backend *b, const struct svclb_plan *plan, uint32_t kinds,
			     enum fate *fates, bool undo)
{
	const struct svclb_step *steps[STEPS_MAX];
	enum fate *done[STEPS_MAX];
	struct backend_run run = {.plan = plan, .steps = steps, .undo = undo, .done = done};
	struct svclb_error *err = NULL;
	size_t n = plan->steps.n;
	int r;

	for (size_t i = 0; i < n; i++) {
		size_t at = undo ? n - 1 - i : i;

		if (!(kinds >> plan->steps.v[at].kind & 1) || !fate_is_open(fates[at], undo))
			continue;
		steps[run.n] = &plan->steps.v[at];
		done[run.n++] = &fates[at];
	}
	if (!run.n)
		return;
	r = b->ops->run(b, &run, &err);
	if (r)
		fuzz_take_error(r, err);
	for (size_t i = 0; !r && i < run.n; i++)
		FUZZ_CHECK(*done[i] == backend_fate(&run) || (!undo && *done[i] == FATE_LEFT));
}

static inline void steps_probe(struct backend *b, const struct svclb_state *want)
{
	struct problems missing = {0};
	struct svclb_error *err = NULL;
	int r = b->ops->probe(b, want, &missing, &err);

	if (r)
		fuzz_take_error(r, err);
	err = NULL;
	r = problems_give(&missing, &err);
	if (r)
		fuzz_take_error(r, err);
}

/* All answers of the input to each plan. */
static inline void steps_all(const uint8_t *data, size_t size,
			     int (*make)(const struct svclb_options *opts, struct netns *ns,
					 struct backend **ret, struct svclb_error **reterr),
			     uint32_t kinds)
{
	static struct svclb_plan *plans[3]; /* made once */

	if (!plans[0]) {
		plans[0] = steps_plan(SCENE_NOTHING, SCENE_FULL);
		plans[1] = steps_plan(SCENE_FULL, SCENE_LESS);
		plans[2] = steps_plan(SCENE_FULL, SCENE_RULES);
	}
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		enum fate fates[STEPS_MAX] = {FATE_UNDONE};
		struct backend *b = NULL;

		FUZZ_CHECK(!make(options_defaults(), NULL, &b, NULL));
		replies.p = data;
		replies.left = size;
		steps_probe(b, plans[i]->to);
		steps_run(b, plans[i], kinds, fates, false);
		steps_run(b, plans[i], kinds, fates, true);
		b->ops->free(b);
	}
}

#endif
