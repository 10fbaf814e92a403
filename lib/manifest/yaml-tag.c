/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tags: those of JSON's types are let pass where they say what the value is, quotes aside. All
 * others would give a value a meaning of its own.
 */
#include <string.h>
#include <yaml.h>

#include "manifest/reader.h"

/* Bits behind those of enum tnode_sense. */
#define A_LIST	  (1u << 8)
#define A_MAPPING (1u << 9)
#define A_SCALAR  (A_LIST - 1)

static const struct {
	const char *name;
	unsigned fits;
} tags[] = {
	{"!", A_SCALAR | A_LIST | A_MAPPING},
	{YAML_STR_TAG, A_SCALAR},
	{YAML_NULL_TAG, 1u << SENSE_NULL},
	{YAML_BOOL_TAG, 1u << SENSE_BOOL},
	{YAML_INT_TAG, 1u << SENSE_INT},
	{YAML_FLOAT_TAG, 1u << SENSE_FLOAT | 1u << SENSE_INT},
	{YAML_SEQ_TAG, A_LIST},
	{YAML_MAP_TAG, A_MAPPING},
};

static unsigned what(const struct tnode *value)
{
	switch (value->kind) {
	case TNODE_SEQUENCE:
		return A_LIST;
	case TNODE_MAPPING:
		return A_MAPPING;
	default:
		return 1u << tnode_sense(value);
	}
}

int yaml_check_tag(struct source *src, const char *tag, const struct tnode *value, struct pos at)
{
	size_t n = sizeof(tags) / sizeof(tags[0]);
	char shown[SHOWN_SIZE];
	size_t i = 0;

	if (!tag)
		return 0;
	while (i < n && strcmp(tag, tags[i].name) != 0)
		i++;
	if (i < n && tags[i].fits & what(value))
		return 0;
	(void)text_shown(tag, shown, sizeof(shown));
	return i < n ? source_fail(src, SVCLB_EPARSE, at, NULL, "tag %s does not fit %s", shown,
				   tnode_words(value))
		     : source_fail(src, SVCLB_EPARSE, at, NULL, "tag %s is not supported", shown);
}
