/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables, and colours for plans. */
#include <time.h>

#include "output.h"

#define GAP 3

void table_cells(struct table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->columns; i++) {
		autofree char *clean = printable(*cells ? *cells++ : "");

		list_add(&t->cells, clean);
	}
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void print_row(char **cells, size_t columns, const size_t *width)
{
	size_t last = columns;

	while (last > 0 && !*cells[last - 1])
		last--;
	for (size_t i = 0; i < last; i++) {
		fputs(cells[i], stdout);
		if (i + 1 < last)
			printf("%*s", (int)(width[i] - width_of(cells[i]) + GAP), "");
	}
	putchar('\n');
}

void table_print(struct table *t, bool no_headers)
{
	size_t width[COLUMNS_MAX] = {0};
	size_t rows = t->cells.n / t->columns;

	for (size_t i = 0; i < t->cells.n; i++) {
		size_t w = width_of(t->cells.v[i]);

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t i = no_headers ? t->headers : 0; i < rows; i++)
		print_row(t->cells.v + i * t->columns, t->columns, width);
	list_clear(&t->cells);
}

const char *age_text(const char *timestamp, char *buf, size_t size)
{
	static const struct {
		long seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	struct tm tm = {0};
	long age;

	if (!timestamp || !strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm))
		return "<unknown>";
	age = (long)(time(NULL) - timegm(&tm));
	if (age < 0)
		age = 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (age >= units[i].seconds || units[i].seconds == 1) {
			snprintf(buf, size, "%ld%c", age / units[i].seconds, units[i].unit);
			break;
		}
	}
	return buf;
}

static const char *color_of(char first)
{
	switch (first) {
	case '+':
		return "\033[32m";
	case '~':
		return "\033[33m";
	case '-':
		return "\033[31m";
	default:
		return NULL;
	}
}

void print_plan_text(const struct cli *c, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		const char *color = c->color_out ? color_of(*text) : NULL;

		end = strchrnul(text, '\n');
		printf("%s%.*s%s\n", color ? color : "", (int)(end - text), text,
		       color ? "\033[0m" : "");
	}
}

char *address_port(const char *addr, uint32_t port)
{
	return xasprintf(strchr(addr, ':') ? "[%s]:%u" : "%s:%u", addr, port);
}
