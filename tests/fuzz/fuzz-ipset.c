/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's list of sets, and each set's contents. */
#include "kernel/ipset.h"
#include "replies.h"

static void parse(const struct nlmsghdr *h)
{
	struct ipset_image im = {.header = false};
	char name[SET_NAME_MAX];

	if (ipset_msg_name(h, name))
		FUZZ_CHECK(strlen(name) < sizeof(name));
	(void)ipset_msg_list(h, &im); /* either answer will do */
	vec_free(&im.entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backend *b = NULL;

	replies_one_by_one(data, size, parse);
	FUZZ_CHECK(!ipset_backend_new(options_defaults(), NULL, &b, NULL));
	replies_read(data, size, b);
	b->ops->free(b);
	return 0;
}
