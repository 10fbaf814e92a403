/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Label selectors: k=v, k==v, k!=v, k in (a,b), k notin (a,b), k and !k, joined by commas. */
#include <ctype.h>

#include "kinds.h"

enum op { OP_EXISTS, OP_MISSING, OP_IN, OP_NOT_IN };

/* One requirement, as slices of the selector's text. */
struct requirement {
	enum op op;
	char key[320]; /* prefix 253, '/', name 63 */
	const char *values;
	size_t values_len;
};

static const char *skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

static bool key_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '.' || ch == '_' || ch == '-' || ch == '/';
}

static const char *parse_key(const char *p, struct requirement *r)
{
	size_t n = 0;

	while (key_char(p[n]))
		n++;
	if (!n || n >= sizeof(r->key))
		return NULL;
	memcpy(r->key, p, n);
	r->key[n] = 0;
	return skip_blanks(p + n);
}

static const char *parse_set(const char *p, struct requirement *r)
{
	const char *end;

	p = skip_blanks(p);
	end = *p == '(' ? strchr(p, ')') : NULL;
	if (!end)
		return NULL;
	r->values = p + 1;
	r->values_len = (size_t)(end - p - 1);
	return skip_blanks(end + 1);
}

static const char *parse_value(const char *p, struct requirement *r)
{
	p = skip_blanks(p);
	r->values = p;
	while (key_char(*p) && *p != '/')
		p++;
	r->values_len = (size_t)(p - r->values);
	return skip_blanks(p);
}

/* One requirement; returns what follows it (a comma or the end), NULL when malformed. */
static const char *parse_requirement(const char *p, struct requirement *r)
{
	*r = (struct requirement){.op = OP_EXISTS};
	p = skip_blanks(p);
	if (*p == '!') {
		r->op = OP_MISSING;
		return parse_key(skip_blanks(p + 1), r);
	}
	p = parse_key(p, r);
	if (!p)
		return NULL;
	if (!strncmp(p, "notin", 5) && (p[5] == ' ' || p[5] == '(')) {
		r->op = OP_NOT_IN;
		return parse_set(p + 5, r);
	}
	if (!strncmp(p, "in", 2) && (p[2] == ' ' || p[2] == '(')) {
		r->op = OP_IN;
		return parse_set(p + 2, r);
	}
	if (p[0] == '!' && p[1] == '=') {
		r->op = OP_NOT_IN;
		return parse_value(p + 2, r);
	}
	if (*p == '=') {
		r->op = OP_IN;
		return parse_value(p + (p[1] == '=' ? 2 : 1), r);
	}
	return p;
}

static bool one_of(const struct requirement *r, const char *value)
{
	size_t n = strlen(value);
	size_t i = 0;

	for (;;) {
		size_t begin = i, end;

		while (i < r->values_len && r->values[i] != ',')
			i++;
		end = i;
		while (begin < end && r->values[begin] == ' ')
			begin++;
		while (end > begin && r->values[end - 1] == ' ')
			end--;
		if (end - begin == n && !memcmp(r->values + begin, value, n))
			return true;
		if (i++ >= r->values_len)
			return false;
	}
}

static bool fits(const struct requirement *r, const struct svclb_object *obj)
{
	autolib char *value = field(obj, "metadata.labels['%s']", r->key);

	switch (r->op) {
	case OP_EXISTS:
		return value;
	case OP_MISSING:
		return !value;
	case OP_IN:
		return value && one_of(r, value);
	case OP_NOT_IN:
		return !value || !one_of(r, value);
	}
	return false;
}

int selector_check(struct cli *c, const char *selector)
{
	const char *p = selector;
	struct requirement r;

	if (!selector || !*selector)
		return EXIT_DONE;
	for (;;) {
		p = parse_requirement(p, &r);
		if (!p || (*p && *p != ','))
			return fail_usage(c, "-l: '%s' is no selector", selector);
		if (!*p++)
			return EXIT_DONE;
	}
}

bool selector_fits(const char *selector, const struct svclb_object *obj)
{
	const char *p = selector;
	struct requirement r;

	if (!selector || !*selector)
		return true;
	do {
		p = parse_requirement(p, &r);
		if (!p || !fits(&r, obj))
			return false;
	} while (*p++ == ',');
	return true;
}
