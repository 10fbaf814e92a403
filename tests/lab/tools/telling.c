/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the error of an apply that was put back tells all that it should. */
#include "telling.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How a step begins in words, whose it is, and whether the manifest has a place for what it makes. */
static const struct {
	const char *words;
	const char *subsystem;
	bool placed;
} kinds[] = {
	{"sysctl ", "sysctl", false},
	{"time-outs ", "ipvs", false},
	{"link ", "link", false},
	{"set ", "ipset", false},
	{"entry ", "ipset", true},
	{"table ", "iptables", false},
	{"virtual server ", "ipvs", true},
	{"real server ", "ipvs", true},
	{"new connections to real server ", "ipvs", true},
	{"address ", "link", true},
	{"flows ", "conntrack", false},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The number in `kinds` of the step that failed, and its verb; KINDS: it is not said, or without its
 * object. */
static size_t kind_of(const struct svclb_error *err, char verb[16])
{
	size_t step = 0;
	size_t steps = 0;
	int at = 0;
	const char *text = svclb_error_get_message(err);

	if (sscanf(text, "step %zu of %zu failed (%15[a-z] %n", &step, &steps, verb, &at) != 3 ||
	    !at || !step || step > steps)
		return KINDS;
	for (size_t i = 0; i < KINDS; i++)
		if (!strncmp(text + at, kinds[i].words, strlen(kinds[i].words)) &&
		    isalnum((unsigned char)text[at + strlen(kinds[i].words)]))
			return i;
	return KINDS;
}

const char *telling_lacks(const struct svclb_error *err, int os_errno)
{
	const struct svclb_error *cause = svclb_error_get_cause(err);
	char verb[16];
	size_t kind = kind_of(err, verb);
	char *text = NULL;
	bool said;

	if (kind == KINDS)
		return "the step and its object";
	if (!svclb_error_get_subsystem(cause) ||
	    strcmp(svclb_error_get_subsystem(cause), kinds[kind].subsystem) != 0)
		return "the step's subsystem";
	if (!svclb_error_get_operation(cause))
		return "the operation";
	if (kinds[kind].placed && strcmp(verb, "delete") != 0 &&
	    (!svclb_error_get_object(err) || !svclb_error_get_file(err) ||
	     !svclb_error_get_line(err) || !svclb_error_get_column(err)))
		return "the place in the manifest";
	if (svclb_error_to_text(err, &text) < 0)
		return "a text";
	said = strstr(text, strerror(os_errno));
	svclb_text_free(text);
	return said ? NULL : "the system's error in words";
}
