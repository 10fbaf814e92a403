/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that count as a label or as an annotation, given as the other one. */
#include <string.h>

#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

static const uint32_t kinds[] = {
	SVCLB_KIND_SERVICE,
	SVCLB_KIND_ENDPOINT_SLICE,
	SVCLB_KIND_ENDPOINTS,
	SVCLB_KIND_POD,
};

static bool is_annotation(const char *key)
{
	static const char *const keys[] = {ANNOTATION_SCHEDULER, ANNOTATION_TOPOLOGY_HINTS,
					   ANNOTATION_TOPOLOGY_MODE, NULL};

	return !strncmp(key, ANNOTATION_PREFIX, sizeof(ANNOTATION_PREFIX) - 1) ||
	       word_index(keys, key) >= 0;
}

static bool is_label(const char *key)
{
	static const char *const keys[] = {LABEL_PROXY_NAME, LABEL_HEADLESS, NULL};

	return word_index(keys, key) >= 0;
}

static bool first_of(const struct label_list *list, bool (*is)(const char *key), struct spot *ret)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!is(list->v[i].key))
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
		if (first_of(&o->meta->labels, is_annotation, &spot))
			idle_find(&label, o, &spot);
		if (first_of(&o->meta->annotations, is_label, &spot))
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
