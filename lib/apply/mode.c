/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mode a context works in, and what of the model that mode cannot do. */
#include "apply/mode.h"

#include <stdio.h>
#include <string.h>

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

/* label: the annotation that says it; NULL: none, it was set by a call or is an option. */
static void add_without_effect(struct problems *ret, const struct svclb_object *obj,
			       const struct label *label, const char *what)
{
	char name[400]; /* names are at most 63 bytes each once they are validated */
	char field[100];
	struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};

	if (obj) {
		parts.object = object_name(obj, name, sizeof(name));
		parts.file = obj->meta->file;
		parts.pos = obj->meta->at;
	}
	if (label) {
		(void)snprintf(field, sizeof(field), "metadata.annotations[%s]",
			       label->key); /* one of ours, so it fits */
		parts.field = field;
		parts.pos = pos_or(label->at, parts.pos);
	}
	problems_add(ret, err_new(SVCLB_EUNSUPPORTED, &parts, "%s without effect in mode iptables",
				  what));
}

static const struct label *either(const struct label *a, const struct label *b)
{
	return a ? a : b;
}

static void check_service(const struct svclb_object *obj, struct problems *ret)
{
	const struct service *s = obj->service;
	const struct tuning *t = &s->tuning;
	const struct label_list *a = &s->meta.annotations;
	const struct label *scheduler = label_find(a, ANNOTATION_SCHEDULER);

	if (service_skip_reason(s))
		return;
	if (scheduler && !(scheduler->value && *scheduler->value))
		scheduler = NULL; /* an empty one has no effect anywhere */
	if (scheduler || t->sched_flags_given)
		add_without_effect(ret, obj,
				   either(scheduler, annotation_find(a, "scheduler-flags")),
				   "its scheduler is");
	if (t->forwarding.method != FORWARD_MASQUERADE)
		add_without_effect(ret, obj, annotation_find(a, "forwarding"),
				   "its forwarding method is");
	if (t->one_packet)
		add_without_effect(ret, obj, annotation_find(a, "one-packet"),
				   "scheduling packet by packet is");
	if (t->prefix[0] || t->prefix[1])
		add_without_effect(ret, obj,
				   either(annotation_find(a, "affinity-prefix-ipv4"),
					  annotation_find(a, "affinity-prefix-ipv6")),
				   "affinity of networks, not single addresses, is");
	if (t->drain_given && t->drain_sec != DRAIN_LINGER)
		add_without_effect(ret, obj, annotation_find(a, "drain"), "an end to draining is");
}

/* Thresholds are said of endpoints by four kinds of object. */
static void check_thresholds(const struct svclb_object *obj, struct problems *ret)
{
	const struct label_list *a = &obj->meta->annotations;
	const struct label *said = either(annotation_find(a, "upper-threshold"),
					  annotation_find(a, "lower-threshold"));

	if (said && !(obj->kind == SVCLB_KIND_ENDPOINT_SLICE && obj->slice->derived))
		add_without_effect(ret, obj, said, "limits of connections are");
}

static void check_objects(struct svclb_model *model, uint32_t kind, struct problems *ret)
{
	size_t i;
	size_t end = model_kind_range(model, kind, &i);

	for (; i < end; i++) {
		const struct svclb_object *obj = model->objects.v[i];

		if (kind == SVCLB_KIND_SERVICE)
			check_service(obj, ret);
		if (kind != SVCLB_KIND_SERVICE || !service_skip_reason(obj->service))
			check_thresholds(obj, ret);
	}
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
			add_without_effect(ret, NULL, NULL, options[i].what);
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
	if (o->mode == SVCLB_MODE_IPVS)
		check_ipvs(o, model, ret);
	if (o->mode != SVCLB_MODE_IPTABLES)
		return;
	check_options(o, ret);
	check_objects(model, SVCLB_KIND_SERVICE, ret);
	check_objects(model, SVCLB_KIND_ENDPOINT_SLICE, ret);
	check_objects(model, SVCLB_KIND_ENDPOINTS, ret);
	check_objects(model, SVCLB_KIND_POD, ret);
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
