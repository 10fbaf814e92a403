/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Weights under a scheduler that does not weigh. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/said.h"
#include "model/tuning.h"

struct weighed {
	struct check *c;
	size_t first;	  /* Service */
	int64_t *highest; /* of Services: the highest weight of an endpoint */
	bool *said;	  /* of all objects, by their places: weights that have no effect */
};

static void add_slice(struct weighed *w, const struct slice *slice)
{
	const struct svclb_object *o = slice_served_by(w->c->model, slice);

	if (!o)
		return;
	for (size_t i = 0; i < slice->n_endpoints; i++) {
		int64_t *highest = &w->highest[o->place - w->first];

		if (slice->endpoints[i].weight.v > *highest)
			*highest = slice->endpoints[i].weight.v;
	}
}

/* Every scheduler knows 0, and 1 is what stands where nothing is said. */
static bool idle(int64_t highest, const char *scheduler)
{
	return highest > 1 && !scheduler_weighs(scheduler);
}

/* Whether a number above 0 is among them: 0 has its effect. */
static bool above_0(const char *text)
{
	struct annotation_item item;

	while (text && annotation_item(&text, WEIGHT_MAX, &item))
		if (item.value)
			return true;
	return false;
}

static void note(struct weighed *w, const struct svclb_object *o)
{
	const struct label *l =
		o && !w->said[o->place] ? annotation_find(&o->meta->annotations, "weight") : NULL;

	if (l && above_0(l->value))
		w->said[o->place] = true;
}

/* All who may have said a weight of a slice's endpoints. */
static void note_slice(struct weighed *w, const struct svclb_object *o)
{
	const struct slice *slice = o->slice;
	const struct svclb_object *service = slice_served_by(w->c->model, slice);

	if (!service ||
	    !idle(w->highest[service->place - w->first], service_scheduler(w->c, service->service)))
		return;
	note(w, service);
	note(w, slice_writer(w->c->model, o));
	for (size_t i = 0; i < slice->n_endpoints; i++) {
		const struct slice_endpoint *e = &slice->endpoints[i];

		if (text_is(&e->target_kind, "Pod") && text_given(&e->target_name))
			note(w, model_lookup(w->c->model, SVCLB_KIND_POD, slice->meta.ns.s,
					     e->target_name.s));
	}
}

static void find_said(const struct weighed *w, uint32_t kind, struct found *f)
{
	size_t i, end = model_kind_range(w->c->model, kind, &i);

	for (; i < end; i++) {
		const struct svclb_object *o = w->c->model->objects.v[i];
		struct spot spot = {.index = 0};

		if (!w->said[i])
			continue;
		spot.at = annotation_find(&o->meta->annotations, "weight")->at;
		idle_find(f, o, &spot);
	}
}

static void find_plains(struct check *c, struct found *f)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_VIRTUAL_SERVER, &i);

	for (; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spot spot = {.index = 0};
		int64_t highest = 0;

		for (size_t k = 0; k < o->plain->n_servers; k++) {
			const struct fint *weight = &o->plain->servers[k].weight;

			if (weight->v > highest)
				highest = weight->v;
			if (!spot.at.line && weight->v > 1)
				spot = (struct spot){weight->at, k};
		}
		if (idle(highest, text_or(&o->plain->scheduler, c->opts->scheduler)))
			idle_find(f, o, &spot);
	}
}

static const char why[] = "has no effect: the scheduler knows 0 and above 0 alone, wrr and wlc "
			  "weigh";

/* Says nothing without memory, which c knows. */
static void warn_said(struct check *c)
{
	static const uint32_t kinds[] = {SVCLB_KIND_SERVICE, SVCLB_KIND_ENDPOINT_SLICE,
					 SVCLB_KIND_ENDPOINTS, SVCLB_KIND_POD};
	struct weighed w = {.c = c};
	size_t services = model_kind_range(c->model, SVCLB_KIND_SERVICE, &w.first);
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &first);

	w.highest = check_scratch(c, services - w.first, sizeof(*w.highest));
	w.said = check_scratch(c, c->model->objects.n, sizeof(*w.said));
	if (!w.highest || !w.said)
		return;
	for (size_t i = first; i < end && check_goes_on(c); i++)
		add_slice(&w, c->model->objects.v[i]->slice);
	for (size_t i = first; i < end && check_goes_on(c); i++)
		note_slice(&w, c->model->objects.v[i]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct found f = {.others = 0};

		find_said(&w, kinds[i], &f);
		idle_warn(c, &f, ANNOTATION_PATH "weight]", why);
	}
}

void model_warn_weights(struct check *c)
{
	struct found plains = {.others = 0};

	/* chances of iptables mode follow the weights */
	if (c->opts->mode == SVCLB_MODE_IPTABLES)
		return;
	warn_said(c);
	find_plains(c, &plains);
	idle_warn(c, &plains, "spec.realServers[#].weight", why);
}
