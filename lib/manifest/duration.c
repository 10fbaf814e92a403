/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations as Go writes them. */
#include <string.h>

#include "manifest/config.h"

/* A hundred years: far more than any setting accepts, and far from overflow. */
#define NANOS_MAX (UINT64_C(100) * 365 * 24 * 3600 * 1000000000)

static const struct {
	const char *name;
	uint64_t nanos;
} units[] = {
	{"ns", 1},
	{"us", 1000},
	{"\xc2\xb5s", 1000}, /* the micro sign */
	{"\xce\xbcs", 1000}, /* the letter mu */
	{"ms", 1000000},
	{"s", UINT64_C(1000000000)},
	{"m", UINT64_C(60) * 1000000000},
	{"h", UINT64_C(3600) * 1000000000},
};

/* Length of the unit at s, 0 if there is none. */
static size_t take_unit(const char *s, uint64_t *nanos)
{
	size_t len = strcspn(s, "0123456789.");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == len && !memcmp(s, units[i].name, len)) {
			*nanos = units[i].nanos;
			return len;
		}
	}
	return 0;
}

/* The digits behind the point, as a part of one unit. */
static uint64_t fraction(const char *digits, size_t n, uint64_t unit)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n && unit; i++) {
		sum += unit * (uint64_t)(digits[i] - '0') / 10;
		unit /= 10;
	}
	return sum;
}

/* A number with its unit; NULL if it is none. */
static const char *take_part(const char *s, uint64_t *sum)
{
	size_t whole = strspn(s, "0123456789");
	const char *point = s + whole;
	size_t parts = *point == '.' ? strspn(point + 1, "0123456789") : 0;
	const char *unit_at = *point == '.' ? point + 1 + parts : point;
	uint64_t unit = 0;
	size_t len = take_unit(unit_at, &unit);
	uint64_t n = 0;

	if (!len || whole + parts == 0)
		return NULL;
	for (size_t i = 0; i < whole; i++) {
		n = n * 10 + (uint64_t)(s[i] - '0');
		if (n > NANOS_MAX / unit)
			return NULL;
	}
	*sum += n * unit + fraction(point + 1, parts, unit);
	return *sum > NANOS_MAX ? NULL : unit_at + len;
}

bool duration_parse(const char *s, uint64_t *ret_ms)
{
	uint64_t sum = 0;

	if (*s == '+')
		s++;
	if (!*s)
		return false;
	if (!strcmp(s, "0"))
		s = "";
	while (*s) {
		s = take_part(s, &sum);
		if (!s)
			return false;
	}
	/* upwards: a little is not nothing */
	*ret_ms = (sum + 999999) / 1000000;
	return true;
}
