/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's links, addresses and routes, and what it says of changes to them. */
#include "kernel/link.h"
#include "steps.h"

static void parse(const struct nlmsghdr *h)
{
	struct link_address address;
	struct link_info info;
	struct ipaddr source;

	if (link_parse_link(h, &info))
		FUZZ_CHECK(strlen(info.name) < sizeof(info.name));
	(void)link_parse_addr(h, &address); /* either answer will do */
	if (link_parse_route(h, &source))
		FUZZ_CHECK(source.family == 4 || source.family == 6);
}

static void list_addresses(const uint8_t *data, size_t size, struct backend *b)
{
	node_address_vec found = {0};
	struct svclb_error *err = NULL;
	int r;

	replies.p = data;
	replies.left = size;
	r = link_addresses(b, &found, &err);
	if (r)
		fuzz_take_error(r, err);
	for (size_t i = 0; i < found.n; i++)
		FUZZ_CHECK(found.v[i].plen <= ip_bits(&found.v[i].ip));
	vec_free(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backend *b = NULL;

	replies_one_by_one(data, size, parse);
	FUZZ_CHECK(!link_backend_new(options_defaults(), NULL, &b, NULL));
	replies_read(data, size, b);
	list_addresses(data, size, b);
	b->ops->free(b);
	steps_all(data, size, link_backend_new,
		  1U << STEP_LINK | 1U << STEP_ADDR | 1U << STEP_ROUTES);
	return 0;
}
