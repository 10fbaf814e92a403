/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contexts: made on the real kernel or the in-memory one, asked what is there. */
#include "apply/ctx.h"

#include <stdlib.h>
#include <time.h>

#include "kernel/halt.h"
#include "state/draining.h"
#include "state/ownership.h"
#include "util/clock.h"

uint64_t now_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static int ctx_new(const struct svclb_options *opts, struct svclb_mem *mem, struct svclb_ctx **ret,
		   struct svclb_error **reterr)
{
	struct svclb_ctx *ctx;
	int r;

	if (!ret)
		return err_set(reterr, SVCLB_EINVAL, "a place for the context is needed");
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return err_nomem(reterr);
	ctx->options = options_copy(opts ? opts : options_defaults());
	if (!ctx->options) {
		svclb_ctx_free(ctx);
		return err_nomem(reterr);
	}
	ctx->options->interrupted_of = &ctx->options->interrupted;
	r = mem ? kernel_mem_new(ctx->options, mem, &ctx->kernel, reterr)
		: kernel_real_new(ctx->options, &ctx->kernel, reterr);
	if (r < 0) {
		svclb_ctx_free(ctx);
		return r;
	}
	*ret = ctx;
	return 0;
}

int svclb_ctx_new(const struct svclb_options *opts, struct svclb_ctx **ret,
		  struct svclb_error **reterr)
{
	return ctx_new(opts, NULL, ret, reterr);
}

int svclb_ctx_new_mem(const struct svclb_options *opts, struct svclb_mem *mem,
		      struct svclb_ctx **ret, struct svclb_error **reterr)
{
	if (!mem)
		return err_set(reterr, SVCLB_EINVAL, "an in-memory kernel is needed");
	return ctx_new(opts, mem, ret, reterr);
}

struct svclb_ctx *svclb_ctx_free(struct svclb_ctx *ctx)
{
	if (!ctx)
		return NULL;
	if (ctx->kernel)
		ctx->kernel->ops->free(ctx->kernel);
	svclb_error_unref(ctx->mode_notice);
	svclb_options_unref(ctx->options);
	free(ctx);
	return NULL;
}

const struct svclb_options *svclb_ctx_get_options(const struct svclb_ctx *ctx)
{
	return ctx ? ctx->options : NULL;
}

void ctx_start_over(struct svclb_ctx *ctx)
{
	uint32_t bound = ctx->options->timeout_ms;

	ctx->options->deadline_ms = bound ? clock_ms() + bound : 0;
}

void ctx_start(struct svclb_ctx *ctx)
{
	uint64_t *end = &ctx->options->deadline_ms;

	ctx_start_over(ctx);
	ctx->options->under_way = true;
	if (ctx->options->end_ms && (!*end || ctx->options->end_ms < *end))
		*end = ctx->options->end_ms;
}

int ctx_end(struct svclb_ctx *ctx, int r)
{
	ctx->options->deadline_ms = 0;
	ctx->options->under_way = false;
	atomic_store(&ctx->options->interrupted, false);
	return r;
}

void svclb_ctx_interrupt(struct svclb_ctx *ctx)
{
	if (ctx)
		atomic_store(&ctx->options->interrupted, true);
}

int ctx_discover(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	node_address_vec found = {0};
	int r = halt_check(ctx->options, reterr);

	if (r < 0)
		return r;
	ctx_find_families(ctx);
	ctx->options->tcp_be_liberal = ctx->kernel->ops->liberal(ctx->kernel);
	if (ctx->options->node_addresses_given)
		return 0;
	r = ctx->kernel->ops->addresses(ctx->kernel, &found, reterr);
	if (r < 0) {
		vec_free(&found);
		return r;
	}
	vec_free(&ctx->options->node_addresses);
	ctx->options->node_addresses = found;
	return 0;
}

int svclb_discover(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	if (!ctx)
		return err_set(reterr, SVCLB_EINVAL, "a context is needed");
	ctx_start(ctx);
	return ctx_end(ctx, ctx_discover(ctx, reterr));
}

int svclb_probe(struct svclb_ctx *ctx, struct svclb_error **reterr)
{
	if (!ctx)
		return err_set(reterr, SVCLB_EINVAL, "a context is needed");
	ctx_start(ctx);
	ctx_find_families(ctx);
	return ctx_end(ctx, ctx->kernel->ops->probe(ctx->kernel, NULL, reterr));
}

int svclb_probe_for(struct svclb_ctx *ctx, const struct svclb_state *want,
		    struct svclb_error **reterr)
{
	if (!ctx || !want || !want->sealed)
		return err_set(reterr, SVCLB_EINVAL, "a context and a wanted state are needed");
	ctx_start(ctx);
	return ctx_end(ctx, ctx->kernel->ops->probe(ctx->kernel, want, reterr));
}

int ctx_read(struct svclb_ctx *ctx, const struct svclb_state *want, struct svclb_state **ret,
	     struct svclb_error **reterr)
{
	struct svclb_state *st = state_new(ctx->options);
	int r;

	if (!st)
		return err_nomem(reterr);
	st->clock_ms = ctx->kernel->ops->clock_ms(ctx->kernel);
	r = ctx->kernel->ops->read(ctx->kernel, want, st, reterr);
	if (!r)
		r = state_seal(st, reterr);
	if (r < 0) {
		svclb_state_unref(st);
		return r;
	}
	state_mark_ours(st, &ctx->options->exclude_cidrs);
	state_mark_draining(st);
	st->was_read = true;
	ctx_note_draining(ctx, drain_survey(st));
	*ret = st;
	return 0;
}

int svclb_read(struct svclb_ctx *ctx, struct svclb_state **ret, struct svclb_error **reterr)
{
	if (!ctx || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "a context and a place for the state are needed");
	ctx_start(ctx);
	return ctx_end(ctx, ctx_read(ctx, NULL, ret, reterr));
}
