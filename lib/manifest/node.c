/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a document's tree. */
#include "manifest/node.h"

#include <string.h>

const struct tnode *tnode_get(const struct tnode *n, const char *key)
{
	if (!n || n->kind != TNODE_MAPPING)
		return NULL;
	for (const struct tnode *m = n->first; m; m = m->next)
		if (!strcmp(m->key, key))
			return m;
	return NULL;
}

const struct tnode *tnode_nth(const struct tnode *n, size_t index)
{
	const struct tnode *m;

	if (!n || n->kind != TNODE_SEQUENCE)
		return NULL;
	for (m = n->first; m && index; m = m->next)
		index--;
	return m;
}

static bool one_of(const char *s, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(s, words[i]))
			return true;
	return false;
}

static const char *digits(const char *s)
{
	while (*s >= '0' && *s <= '9')
		s++;
	return s;
}

static bool is_based_int(const char *s)
{
	if (s[0] != '0' || !s[1] || !s[2])
		return false;
	if (s[1] == 'x')
		return !s[2 + strspn(s + 2, "0123456789abcdefABCDEF")];
	return s[1] == 'o' && !s[2 + strspn(s + 2, "01234567")];
}

/* Digits with a fraction or an exponent; plain digits are no concern of this one. */
static bool is_float(const char *s)
{
	const char *whole = digits(s);
	size_t n = (size_t)(whole - s);

	if (*whole == '.') {
		const char *fraction = digits(whole + 1);

		n += (size_t)(fraction - whole - 1);
		whole = fraction;
	}
	if (!n)
		return false;
	if (*whole == 'e' || *whole == 'E') {
		const char *power = whole + 1;

		if (*power == '+' || *power == '-')
			power++;
		whole = digits(power);
		if (whole == power)
			return false;
	}
	return !*whole;
}

static enum tnode_sense number_sense(const char *s)
{
	static const char *const specials[] = {".inf", ".Inf", ".INF"};

	if (*s == '+' || *s == '-')
		s++;
	if (*s && !*digits(s))
		return SENSE_INT;
	if (is_based_int(s))
		return SENSE_INT;
	if (is_float(s) || one_of(s, specials, 3))
		return SENSE_FLOAT;
	return SENSE_TEXT;
}

enum tnode_sense tnode_sense(const struct tnode *n)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
	static const char *const nans[] = {".nan", ".NaN", ".NAN"};

	if (n->kind != TNODE_SCALAR || n->quoted)
		return SENSE_TEXT;
	if (one_of(n->s, nulls, sizeof(nulls) / sizeof(nulls[0])))
		return SENSE_NULL;
	if (one_of(n->s, bools, sizeof(bools) / sizeof(bools[0])))
		return SENSE_BOOL;
	if (one_of(n->s, nans, sizeof(nans) / sizeof(nans[0])))
		return SENSE_FLOAT;
	return number_sense(n->s);
}

bool tnode_is_null(const struct tnode *n)
{
	return !n || (n->kind == TNODE_SCALAR && tnode_sense(n) == SENSE_NULL);
}

bool tnode_is_text(const struct tnode *n)
{
	return n && n->kind == TNODE_SCALAR && tnode_sense(n) == SENSE_TEXT;
}

const char *tnode_text(const struct tnode *n)
{
	return tnode_is_text(n) ? n->s : NULL;
}

const char *tnode_words(const struct tnode *n)
{
	static const char *const senses[] = {
		[SENSE_TEXT] = "text",
		[SENSE_NULL] = "empty",
		[SENSE_BOOL] = "true or false",
		[SENSE_INT] = "a number",
		[SENSE_FLOAT] = "a number with a fraction",
	};

	if (n->kind == TNODE_SEQUENCE)
		return "a list";
	if (n->kind == TNODE_MAPPING)
		return "a mapping";
	return senses[tnode_sense(n)];
}
