/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Weights that differ under a scheduler that does not weigh. */
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/tuning.h"

/* The weights above 0 of one object: 0 is known to every scheduler. */
struct spread {
	int64_t low;
	int64_t high;
};

static void spread_add(struct spread *s, int64_t weight)
{
	if (weight <= 0)
		return;
	if (!s->low || weight < s->low)
		s->low = weight;
	if (weight > s->high)
		s->high = weight;
}

static void add_slice(const struct check *c, const struct slice *slice, struct spread *of,
		      size_t first)
{
	const struct svclb_object *o = NULL;

	if (slice->service.s)
		o = model_lookup(c->model, SVCLB_KIND_SERVICE, slice->meta.ns.s, slice->service.s);
	for (size_t i = 0; o && i < slice->n_endpoints; i++) {
		const struct fint *weight = &slice->endpoints[i].weight;

		spread_add(&of[o->place - first], weight->given ? weight->v : 1);
	}
}

static bool idle(const struct spread *s, const char *scheduler)
{
	return s->low < s->high && !scheduler_weighs(scheduler);
}

static void find_services(struct check *c, const struct spread *of, size_t first, size_t end,
			  struct found *f)
{
	for (size_t i = first; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		const struct label *l = annotation_find(&o->meta->annotations, "weight");
		struct spot spot = {.at = l ? l->at : o->meta->at};

		if (!service_skip_reason(o->service) &&
		    idle(&of[i - first], service_scheduler(c, o->service)))
			idle_find(f, o, &spot);
	}
}

static void find_plains(struct check *c, struct found *f)
{
	size_t i, end = model_kind_range(c->model, SVCLB_KIND_VIRTUAL_SERVER, &i);

	for (; i < end; i++) {
		const struct svclb_object *o = c->model->objects.v[i];
		struct spread s = {.low = 0};
		struct spot spot = {.index = 0};

		for (size_t k = 0; k < o->plain->n_servers; k++) {
			const struct fint *weight = &o->plain->servers[k].weight;

			spread_add(&s, weight->v);
			if (!spot.at.line && weight->given)
				spot = (struct spot){weight->at, k};
		}
		if (idle(&s, text_or(&o->plain->scheduler, c->opts->scheduler)))
			idle_find(f, o, &spot);
	}
}

void model_warn_weights(struct check *c)
{
	static const char why[] = "has no effect: the scheduler knows 0 and above 0 alone, wrr and "
				  "wlc weigh";
	size_t first, end = model_kind_range(c->model, SVCLB_KIND_SERVICE, &first);
	size_t i, slices = model_kind_range(c->model, SVCLB_KIND_ENDPOINT_SLICE, &i);
	struct spread *of = check_scratch(c, end - first, sizeof(*of));
	struct found services = {.others = 0}, plains = {.others = 0};

	/* chances of iptables mode follow the weights */
	if (!of || c->opts->mode == SVCLB_MODE_IPTABLES)
		return;
	for (; i < slices; i++)
		add_slice(c, c->model->objects.v[i]->slice, of, first);
	find_services(c, of, first, end, &services);
	find_plains(c, &plains);
	idle_warn(c, &services, ANNOTATION_PATH "weight]", why);
	idle_warn(c, &plains, "spec.realServers[#].weight", why);
}
