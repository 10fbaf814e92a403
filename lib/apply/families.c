/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Families of addresses that a context does without because the kernel lacks them. */
#include "apply/families.h"

#include "apply/ctx.h"
#include "model/fields.h"

/* A kernel with neither is refused later, in words that name what is missing. */
void ctx_find_families(struct svclb_ctx *ctx)
{
	struct svclb_options *o = ctx->options;
	bool ipv4, ipv6;

	if (o->families_given || ctx->families_found)
		return;
	ctx->families_found = true;
	ipv4 = ctx->kernel->ops->has_family(ctx->kernel, 4);
	ipv6 = ctx->kernel->ops->has_family(ctx->kernel, 6);
	if (!ipv4 && !ipv6)
		return;
	o->ipv4 = ipv4;
	o->ipv6 = ipv6;
}

/* Only the kernel switches one off that nobody chose. */
static bool is_lacking(const struct svclb_options *o, uint8_t family)
{
	return !o->families_given && !(family == 6 ? o->ipv6 : o->ipv4);
}

static bool is_wanted(struct svclb_model *model, uint8_t family)
{
	size_t i, end = model_kind_range(model, SVCLB_KIND_SERVICE, &i);

	for (; i < end; i++) {
		const struct service *s = model->objects.v[i]->service;

		if (!service_skip_reason(s) && service_serves_family(s, family))
			return true;
	}
	end = model_kind_range(model, SVCLB_KIND_VIRTUAL_SERVER, &i);
	for (; i < end; i++)
		if (plain_family(model->objects.v[i]->plain) == family)
			return true;
	return false;
}

void families_warn(const struct svclb_options *opts, struct svclb_model *model,
		   struct problems *ret)
{
	static const struct err_parts parts = {.severity = SVCLB_SEVERITY_WARNING};

	for (unsigned family = 4; family <= 6; family += 2)
		if (is_lacking(opts, (uint8_t)family) && is_wanted(model, (uint8_t)family))
			problems_add(ret, err_new(SVCLB_EUNSUPPORTED, &parts,
						  "this kernel has no IPv%u, so what is IPv%u is "
						  "left out",
						  family, family));
}
