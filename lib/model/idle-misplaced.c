/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that count as a label or as an annotation, given as the other one. */
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

#define ON(kind) (1u << SVCLB_KIND_##kind)

static const uint32_t kinds[] = {
	SVCLB_KIND_SERVICE, SVCLB_KIND_ENDPOINT_SLICE, SVCLB_KIND_ENDPOINTS,
	SVCLB_KIND_POD,	    SVCLB_KIND_NODE,	       SVCLB_KIND_VIRTUAL_SERVER,
};

/* Keys that count, and of which kinds of object a warning is worth it. */
struct key {
	const char *key;
	uint32_t on;
};

static const struct key annotations[] = {
	{ANNOTATION_SCHEDULER, ~0u},
	{ANNOTATION_TOPOLOGY_HINTS, ~0u},
	{ANNOTATION_TOPOLOGY_MODE, ~0u},
	{ANNOTATION_LEADER, ON(ENDPOINTS)},
	{NULL, 0},
};

static const struct key labels[] = {
	{LABEL_PROXY_NAME, ~0u},
	{LABEL_HEADLESS, ~0u},
	{LABEL_SKIP_MIRROR, ON(ENDPOINTS)},
	{LABEL_SERVICE_NAME, ON(ENDPOINT_SLICE)},
	{LABEL_ZONE, ON(NODE)},
	{NULL, 0},
};

static bool is_of(const struct key *keys, uint32_t kind, const char *key)
{
	for (; keys->key; keys++)
		if (keys->on & 1u << kind && !strcmp(keys->key, key))
			return true;
	return false;
}

static bool is_annotation(uint32_t kind, const char *key)
{
	return !strncmp(key, ANNOTATION_PREFIX, sizeof(ANNOTATION_PREFIX) - 1) ||
	       is_of(annotations, kind, key);
}

static bool is_label(uint32_t kind, const char *key)
{
	return is_of(labels, kind, key);
}

static bool first_of(const struct label_list *list, uint32_t kind,
		     bool (*is)(uint32_t kind, const char *key), struct spot *ret)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!is(kind, list->v[i].key))
			continue;
		ret->at = list->v[i].at;
		return true;
	}
	return false;
}

static void warn_kind(struct check *c, uint32_t kind)
{
	size_t i, end = model_kind_range(c->model, kind, &i);
	struct found label = {.others = 0}, annotation = {.others = 0};

	for (; i < end && check_goes_on(c); i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (kind == SVCLB_KIND_ENDPOINT_SLICE && o->derived)
			continue;
		if (first_of(&o->meta->labels, kind, is_annotation, &spot))
			idle_find(&label, o, &spot);
		if (first_of(&o->meta->annotations, kind, is_label, &spot))
			idle_find(&annotation, o, &spot);
	}
	idle_warn(c, &label, "metadata.labels",
		  "has no effect: this key counts among the annotations alone");
	idle_warn(c, &annotation, "metadata.annotations",
		  "has no effect: this key counts among the labels alone");
}

void model_warn_misplaced(struct check *c)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		warn_kind(c, kinds[i]);
}
