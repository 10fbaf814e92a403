/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syntaxes of names. */
#ifndef SVCLB_MODEL_SYNTAX_H
#define SVCLB_MODEL_SYNTAX_H

#include <stdbool.h>

/* Lower-case letters, digits and '-', begins with a letter, ends with no '-', at most 63. */
bool is_dns1035_label(const char *s);
/* The same, but may begin with a digit. */
bool is_dns1123_label(const char *s);
/* Such labels joined by dots, at most 253. */
bool is_dns1123_subdomain(const char *s);
/* The same, and a dot at its end. */
bool is_domain_name(const char *s);
/* At most 15 lower-case letters, digits and '-', a letter among them, no '-' at an end or twice. */
bool is_service_name(const char *s);
/* Empty, or at most 63 letters, digits, '-', '_' and '.' between two letters or digits. */
bool is_label_value(const char *s);
/* A label value that is not empty, perhaps behind a subdomain and '/'. */
bool is_qualified_name(const char *s);

#endif
