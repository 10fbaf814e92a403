/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables, and colours for plans. */
#ifndef SVCLBCTL_OUTPUT_H
#define SVCLBCTL_OUTPUT_H

#include "cli.h"

#define COLUMNS_MAX 10

struct table {
	size_t columns;
	size_t headers;	   /* first rows that --no-headers leaves out */
	struct list cells; /* row by row */
};

/* Cells up to the table's number of columns; missing ones are empty. */
void table_cells(struct table *t, const char *const *cells); /* ended by NULL */
#define table_row(t, ...) table_cells((t), (const char *const[]){__VA_ARGS__, NULL})
/* Prints aligned columns on stdout and frees. */
void table_print(struct table *t, bool no_headers);

/* "12d" since an RFC 3339 time; "<unknown>" for NULL and what is no time. buf of 32 bytes. */
const char *age_text(const char *timestamp, char *buf, size_t size);

/* A plan's text with colour by the first character of each line. */
void print_plan_text(const struct cli *c, const char *text);

/* ADDR:PORT, with brackets for IPv6. */
char *address_port(const char *addr, uint32_t port);

#endif
