/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schedulers that Linux has modules for, ip_vs_NAME. */
#include <string.h>

#include "model/options.h"

#define SCHEDULERS(_)                                           \
	/* name, whether weights above 0 differ for it */       \
	_("rr", false)	 /* round robin */                      \
	_("wrr", true)	 /* weighted round robin */             \
	_("lc", false)	 /* least connections */                \
	_("wlc", true)	 /* weighted least connections */       \
	_("lblc", true)	 /* locality-based least connections */ \
	_("lblcr", true) /* the same with replication */        \
	_("dh", false)	 /* destination hashing */              \
	_("sh", true)	 /* source hashing */                   \
	_("sed", true)	 /* shortest expected delay */          \
	_("nq", true)	 /* never queue */                      \
	_("fo", true)	 /* weighted fail-over */               \
	_("ovf", true)	 /* weighted overflow */                \
	_("mh", true)	 /* maglev hashing */                   \
	_("twos", true)	 /* the better of two random ones */

#define NAME(name, weighs)   name,
#define WEIGHS(name, weighs) weighs,

static const char *const names[] = {SCHEDULERS(NAME) NULL};
static const bool weighing[] = {SCHEDULERS(WEIGHS)};

const char *const *scheduler_names(void)
{
	return names;
}

/* Its place in the table; -1: it is not there. */
static int place_of(const char *name)
{
	for (int i = 0; name && names[i]; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

bool scheduler_known(const char *name)
{
	return place_of(name) >= 0;
}

bool scheduler_weighs(const char *name)
{
	int i = place_of(name);

	return i < 0 || weighing[i];
}
