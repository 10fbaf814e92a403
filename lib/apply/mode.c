/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mode a context works in, and what of the model that mode cannot do. */
#include "apply/mode.h"

#include <stdio.h>
#include <string.h>

#include "apply/families.h"
#include "model/fields.h"
#include "model/idle.h"
#include "model/keys.h"
#include "model/model.h"
#include "model/tuning.h"

/* What is missing can be done without; anything else that went wrong says nothing about it. */
static bool only_missing(const struct svclb_error *list)
{
	for (const struct svclb_error *e = list; e; e = svclb_error_get_next(e))
		if (svclb_error_get_code(e) != SVCLB_EUNSUPPORTED)
			return false;
	return true;
}

static struct svclb_error *notice(const struct svclb_error *missing)
{
	struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};
	struct svclb_error *e =
		err_new(SVCLB_EUNSUPPORTED, &parts,
			"mode auto is iptables here, because the kernel lacks a part of IPVS mode");

	/* a reference of a list that nobody changes any more */
	err_set_cause(e, svclb_error_ref((struct svclb_error *)(uintptr_t)missing));
	return e;
}

static int find_mode(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	struct svclb_error *missing = NULL;
	struct svclb_error *why;

	if (!ctx->kernel->ops->probe(ctx->kernel, NULL, &missing)) {
		ctx->options->mode = SVCLB_MODE_IPVS;
		return 0;
	}
	if (!only_missing(missing))
		return err_give(reterr, missing);
	why = notice(missing);
	svclb_error_unref(missing);
	if (svclb_error_get_code(why) == SVCLB_ENOMEM)
		return err_give(reterr, why);
	ctx->mode_notice = why;
	ctx->options->mode = SVCLB_MODE_IPTABLES;
	return 0;
}

int ctx_resolve_mode(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	ctx_find_families(ctx); /* what of IPVS mode is needed depends on them */
	return ctx->options->mode == SVCLB_MODE_AUTO ? find_mode(ctx, reterr) : 0;
}

int svclb_resolve_mode(struct svclb_ctx *ctx, uint32_t *ret, struct svclb_error **reterr)
{
	int r;

	if (!ctx)
		return err_set(reterr, SVCLB_EINVAL, "a context is needed");
	ctx_start(ctx);
	r = ctx_end(ctx, ctx_resolve_mode(ctx, reterr));
	if (!r && ret)
		*ret = ctx->options->mode;
	return r;
}

const struct svclb_error *svclb_ctx_get_mode_notice(const struct svclb_ctx *ctx)
{
	return ctx ? ctx->mode_notice : NULL;
}

/* ---- what iptables mode does not have ---- */

/* The first object that says something of which nothing comes, and how many others do. */
struct saying {
	const struct svclb_object *first;
	const struct label *label;
	size_t others;
};

static void say(struct saying *x, const struct svclb_object *obj, const struct label *label)
{
	x->others += label && x->first;
	if (!label || x->first)
		return;
	x->first = obj;
	x->label = label;
}

static void add_option(struct problems *ret, const char *what)
{
	static const struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};

	problems_add(ret, err_new(SVCLB_EUNSUPPORTED, &parts, "%s without effect in mode iptables",
				  what));
}

static void add_saying(struct problems *ret, const struct saying *x, const char *what)
{
	char name[400]; /* names are at most 63 bytes each once they are validated */
	char field[100];
	struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING, .field = field};
	struct svclb_error *e;

	if (!x->first)
		return;
	(void)snprintf(field, sizeof(field), "metadata.annotations[%s]",
		       x->label->key); /* one of ours, so it fits */
	parts.object = object_name(x->first, name, sizeof(name));
	parts.file = x->first->meta->file;
	parts.pos = pos_or(x->label->at, x->first->meta->at);
	if (x->others)
		e = err_new(SVCLB_EUNSUPPORTED, &parts,
			    "%s without effect in mode iptables; the same with %zu other %s%s",
			    what, x->others, kind_name(x->first->kind),
			    kind_plural(x->first->kind, x->others));
	else
		e = err_new(SVCLB_EUNSUPPORTED, &parts, "%s without effect in mode iptables", what);
	problems_add(ret, e);
}

static const struct label *either(const struct label *a, const struct label *b)
{
	return a ? a : b;
}

/* ---- what annotations say, but for what has no effect for another reason, which is said there ---- */

static const struct label *scheduler(const struct service *s)
{
	const struct label *l = label_find(&s->meta.annotations, ANNOTATION_SCHEDULER);

	if (l && !(l->value && *l->value))
		l = NULL; /* an empty one has no effect anywhere */
	return either(l, annotation_find(&s->meta.annotations, "scheduler-flags"));
}

static const struct label *forwarding(const struct service *s)
{
	return annotation_find(&s->meta.annotations, "forwarding");
}

static const struct label *one_packet(const struct service *s)
{
	return annotation_find(&s->meta.annotations, "one-packet");
}

static const struct label *prefix(const struct service *s)
{
	const struct label_list *a = &s->meta.annotations;
	const struct label *of_4 = annotation_find(a, "affinity-prefix-ipv4");
	const struct label *of_6 = annotation_find(a, "affinity-prefix-ipv6");

	return either(service_serves_family(s, 4) ? of_4 : NULL,
		      service_serves_family(s, 6) ? of_6 : NULL);
}

static const struct label *drain(const struct service *s)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (text_is(&s->ports[i].protocol, "TCP"))
			return annotation_find(&s->meta.annotations, "drain");
	return NULL;
}

static void check_services(struct svclb_model *model, struct problems *ret)
{
	static const struct {
		const struct label *(*find)(const struct service *s);
		const char *what;
	} rows[] = {
		{scheduler, "its scheduler is"},
		{forwarding, "its forwarding method is"},
		{one_packet, "scheduling packet by packet is"},
		{prefix, "affinity of networks, not single addresses, is"},
		{drain, "an end to draining is"},
	};
	size_t first, end = model_kind_range(model, SVCLB_KIND_SERVICE, &first);

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct saying x = {.others = 0};

		for (size_t i = first; i < end; i++) {
			const struct svclb_object *obj = model->objects.v[i];

			if (!service_skip_reason(obj->service))
				say(&x, obj, rows[k].find(obj->service));
		}
		add_saying(ret, &x, rows[k].what);
	}
}

/* Said by the model, of whatever mode. */
static bool unserved(const struct svclb_object *obj)
{
	return obj->kind == SVCLB_KIND_SERVICE ? service_skip_reason(obj->service) != NULL
					       : obj->unserved;
}

/* Thresholds are said of endpoints by four kinds of object. */
static void check_thresholds(struct svclb_model *model, uint32_t kind, struct problems *ret)
{
	size_t i, end = model_kind_range(model, kind, &i);
	struct saying x = {.others = 0};

	for (; i < end; i++) {
		const struct svclb_object *obj = model->objects.v[i];
		const struct label_list *a = &obj->meta->annotations;

		if (!obj->derived && !unserved(obj))
			say(&x, obj,
			    either(annotation_find(a, "upper-threshold"),
				   annotation_find(a, "lower-threshold")));
	}
	add_saying(ret, &x, "limits of connections are");
}

/* What was set for IPVS, by a configuration that serves both modes or by mistake. */
static void check_options(const struct svclb_options *o, struct problems *ret)
{
	const struct ipvs_timeouts *t = &o->ipvs_timeouts;
	const struct {
		bool given;
		const char *what;
	} options[] = {
		{strcmp(o->scheduler, options_defaults()->scheduler) != 0,
		 "the option scheduler is"},
		{o->strict_arp, "the option strictARP is"},
		{o->exclude_cidrs.n > 0, "the option excludeCIDRs is"},
		{t->tcp_sec || t->tcp_fin_sec || t->udp_sec, "time-outs of IPVS are"},
		{o->physdev, "the option physdev is"},
		{o->drain_sec != DRAIN_LINGER, "the option drain is"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].given)
			add_option(ret, options[i].what);
}

/* What only iptables mode has. */
static void check_ipvs(const struct svclb_options *o, struct svclb_model *model,
		       struct problems *ret)
{
	static const struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};

	if (o->localhost_node_ports && o->localhost_node_ports_given && model_has_node_ports(model))
		problems_add(ret, err_new(SVCLB_EUNSUPPORTED, &parts,
					  "the option localhostNodePorts is without effect in mode "
					  "ipvs"));
}

static void check_mode(const struct svclb_options *o, struct svclb_model *model,
		       struct problems *ret)
{
	families_warn(o, model, ret);
	if (o->mode == SVCLB_MODE_IPVS)
		check_ipvs(o, model, ret);
	if (o->mode != SVCLB_MODE_IPTABLES)
		return;
	check_options(o, ret);
	check_services(model, ret);
	check_thresholds(model, SVCLB_KIND_SERVICE, ret);
	check_thresholds(model, SVCLB_KIND_ENDPOINT_SLICE, ret);
	check_thresholds(model, SVCLB_KIND_ENDPOINTS, ret);
	check_thresholds(model, SVCLB_KIND_POD, ret);
}

int svclb_model_warn_mode(struct svclb_model *model, const struct svclb_options *opts,
			  struct svclb_error **ret, struct svclb_error **reterr)
{
	struct problems warnings = {0};

	if (!model || !model->completed || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "a completed model and a place for the warnings are needed");
	warnings.limit = model->limits[SVCLB_LIMIT_PROBLEMS];
	check_mode(opts ? opts : options_defaults(), model, &warnings);
	*ret = NULL;
	(void)problems_give(&warnings, ret); /* its code is that of the first warning */
	return 0;
}

void report_mode(const struct svclb_ctx *ctx, struct svclb_model *model,
		 const struct svclb_state *want, struct svclb_report *report)
{
	report->mode = ctx->options->mode;
	if (ctx->mode_notice && want->chains.n)
		problems_add(&report->warnings, notice(svclb_error_get_cause(ctx->mode_notice)));
	check_mode(ctx->options, model, &report->warnings);
}
