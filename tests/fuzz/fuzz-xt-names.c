/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's list of the tables that exist in a namespace, /proc/net/ip_tables_names. */
#include "fuzz.h"
#include "kernel/xt.h"

/* The same said in another way: a table exists if its name stands between two ends of lines. */
static bool has_line(const char *list, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (size_t at = 0; at + n < len; at++)
		if ((!at || list[at - 1] == '\n') && list[at + n] == '\n' &&
		    !memcmp(list + at, name, n))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *list = (const char *)data;
	unsigned present = xt_tables_named(list, size);

	for (int t = 0; t < TABLE_COUNT_; t++)
		FUZZ_CHECK(!!(present & 1U << t) ==
			   has_line(list, size, table_name((enum table)t)));
	FUZZ_CHECK(!(present >> TABLE_COUNT_));
	return 0;
}
