/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What reads of settings below /proc/sys give: values, each behind its length in one byte. What
 * passes for a value is good for everything that comes after reading.
 */
#include "fuzz.h"
#include "kernel/backend.h"
#include "state/sysctls.h"

#define READ_MAX 64 /* more than is ever read at once */

/* The next value of the input goes to the state; false: the input is used up. */
static bool next_value(const uint8_t **p, const uint8_t *end, struct svclb_state *st,
		       const char *key)
{
	char value[SYSCTL_VALUE_MAX];
	size_t len;
	char *bytes;

	if (*p == end)
		return false;
	len = *(*p)++ % (READ_MAX + 1);
	len = len > (size_t)(end - *p) ? (size_t)(end - *p) : len;
	bytes = malloc(len ? len
			   : 1); /* exactly its size, so that a sanitizer sees a read beyond */
	FUZZ_CHECK(bytes);
	memcpy(bytes, *p, len);
	*p += len;
	memset(value, 'x', sizeof(value));
	if (sysctl_value(bytes, len, value)) {
		size_t n = strnlen(value, sizeof(value));

		FUZZ_CHECK(n && n < sizeof(value) && !memcmp(value, bytes, n));
		FUZZ_CHECK(n == len || (n + 1 == len && bytes[n] == '\n'));
		FUZZ_CHECK(state_add_sysctl(st, key, value) >= 0);
	}
	free(bytes);
	return true;
}

static struct svclb_state *wanted(void)
{
	struct svclb_state *st = state_new(options_defaults());

	FUZZ_CHECK(st);
	for (size_t i = 0; i < SYSCTL_COUNT; i++)
		FUZZ_CHECK(state_add_sysctl(st, sysctl_table[i].key, sysctl_table[i].value) >= 0);
	FUZZ_CHECK(!state_seal(st, NULL));
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svclb_state *now = state_new(options_defaults());
	struct svclb_state *want = wanted();
	struct svclb_plan *plan = NULL;
	const uint8_t *p = data;

	FUZZ_CHECK(now);
	for (size_t i = 0; i < SYSCTL_COUNT; i++)
		if (!next_value(&p, data + size, now, sysctl_table[i].key))
			break;
	FUZZ_CHECK(!state_seal(now, NULL));
	fuzz_render(now);
	FUZZ_CHECK(!svclb_diff(now, want, 1, &plan, NULL));
	fuzz_show_plan(plan);
	svclb_plan_unref(plan);
	svclb_state_unref(want);
	svclb_state_unref(now);
	return 0;
}
