/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schedulers that Linux has modules for, ip_vs_NAME. */
#include <string.h>

#include "model/options.h"

static const char *const names[] = {
	"rr",	 /* round robin */
	"wrr",	 /* weighted round robin */
	"lc",	 /* least connections */
	"wlc",	 /* weighted least connections */
	"lblc",	 /* locality-based least connections */
	"lblcr", /* the same with replication */
	"dh",	 /* destination hashing */
	"sh",	 /* source hashing */
	"sed",	 /* shortest expected delay */
	"nq",	 /* never queue */
	"fo",	 /* weighted fail-over */
	"ovf",	 /* weighted overflow */
	"mh",	 /* maglev hashing */
	"twos",	 /* the better of two random ones */
	NULL,
};

const char *const *scheduler_names(void)
{
	return names;
}

bool scheduler_known(const char *name)
{
	for (size_t i = 0; name && names[i]; i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}
