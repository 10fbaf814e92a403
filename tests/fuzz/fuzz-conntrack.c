/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's list of tracked flows, and what it says of their deletion. */
#include "kernel/conntrack.h"
#include "steps.h"

/* A flow that was understood can be asked for, and is an answer then, and deleted. */
static void parse(const struct nlmsghdr *h)
{
	struct flow_key questions[CT_QUESTIONS_MAX];
	struct nlbuf buf = {0};
	struct flow_key key;
	struct ct_flow flow;

	if (!conntrack_parse_flow(h, &flow))
		return;
	key = conntrack_flow_key(&flow);
	conntrack_put_delete(&buf, &flow);
	FUZZ_CHECK(conntrack_questions(&key, 1, questions) == 1);
	FUZZ_CHECK(conntrack_answers(&key, &questions[0]));
	conntrack_put_dump(&buf, flow.orig.src.family, &questions[0], true);
	FUZZ_CHECK(!buf.failed && buf.n == 2);
	nlbuf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	replies_one_by_one(data, size, parse);
	steps_all(data, size, conntrack_backend_new,
		  1U << STEP_VSERVER_FLOWS | 1U << STEP_RSERVER_FLOWS);
	return 0;
}
