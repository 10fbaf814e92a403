/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syntaxes of names. */
#include "model/syntax.h"

#include <stddef.h>
#include <string.h>

#define LABEL_MAX	 63
#define SUBDOMAIN_MAX	 253
#define SERVICE_NAME_MAX 15

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool alnum(char c)
{
	return lower(c) || digit(c) || (c >= 'A' && c <= 'Z');
}

static bool lower_alnum(char c)
{
	return lower(c) || digit(c);
}

static bool dns_label(const char *s, size_t len)
{
	if (!len || !lower_alnum(s[0]) || !lower_alnum(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!lower_alnum(s[i]) && s[i] != '-')
			return false;
	}
	return true;
}

bool is_dns1123_label(const char *s)
{
	size_t len = strlen(s);

	return len <= LABEL_MAX && dns_label(s, len);
}

bool is_dns1035_label(const char *s)
{
	return lower(s[0]) && is_dns1123_label(s);
}

static bool subdomain(const char *s, size_t len)
{
	size_t start = 0;

	if (len > SUBDOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		if (!dns_label(s + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

bool is_dns1123_subdomain(const char *s)
{
	return subdomain(s, strlen(s));
}

bool is_domain_name(const char *s)
{
	size_t len = strlen(s);

	return subdomain(s, len && s[len - 1] == '.' ? len - 1 : len);
}

bool is_service_name(const char *s)
{
	size_t len = strlen(s);
	bool letter = false;

	if (len > SERVICE_NAME_MAX || !dns_label(s, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '-' && s[i + 1] == '-')
			return false;
		letter |= lower(s[i]);
	}
	return letter;
}

bool is_label_value(const char *s)
{
	size_t len = strlen(s);

	if (!len)
		return true;
	if (len > LABEL_MAX || !alnum(s[0]) || !alnum(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!alnum(s[i]) && !strchr("-_.", s[i]))
			return false;
	}
	return true;
}

bool is_qualified_name(const char *s)
{
	const char *slash = strchr(s, '/');

	if (slash) {
		if (!subdomain(s, (size_t)(slash - s)))
			return false;
		s = slash + 1;
	}
	return *s && is_label_value(s);
}
