/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's lists of virtual and real servers, and what it says of changes to them. */
#include "kernel/ipvs.h"
#include "steps.h"

static void parse(const struct nlmsghdr *h)
{
	struct ipvs_timeouts timeouts;
	char text[NL_TEXT_MAX];
	struct vserver vs;
	struct rserver rs;
	int error;

	(void)ipvs_parse_service(h, &vs); /* either answer will do, here and below */
	(void)ipvs_parse_dest(h, 4, &rs);
	(void)ipvs_parse_dest(h, 6, &rs);
	(void)ipvs_parse_timeouts(h, &timeouts);
	(void)nl_parse_error(h, &error, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backend *b = NULL;

	replies_one_by_one(data, size, parse);
	FUZZ_CHECK(!ipvs_backend_new(options_defaults(), NULL, &b, NULL));
	replies_read(data, size, b);
	b->ops->free(b);
	steps_all(data, size, ipvs_backend_new,
		  1U << STEP_TIMEOUTS | 1U << STEP_VSERVER | 1U << STEP_RSERVER |
			  1U << STEP_QUIESCE);
	return 0;
}
