/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an error is made of: for error.c and problems.c alone. */
#ifndef SVCLB_UTIL_ERROR_PARTS_H
#define SVCLB_UTIL_ERROR_PARTS_H

#include <stdatomic.h>

#include "error.h"

struct svclb_error {
	atomic_uint refs;
	bool fixed; /* static: neither counted nor freed */
	int code;
	int severity;
	int os_errno;
	uint32_t line;
	uint32_t column;
	uint32_t kind;
	uint64_t rival;
	bool alone;
	bool hides;
	char *message;
	char *object;
	char *ns;
	char *name;
	char *field;
	char *file;
	char *subsystem;
	char *operation;
	char *hint;
	struct svclb_error *next;
	struct svclb_error *cause;
};

/* What there is without memory; never changed. */
extern struct svclb_error err_out_of_memory;

#endif
