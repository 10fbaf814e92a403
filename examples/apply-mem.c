/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds a Service with two endpoints, applies it to an in-memory kernel and prints what is there. */
#include <stdio.h>
#include <svclb/svclb.h>

static int add_service(struct svclb_model *model, struct svclb_error **err)
{
	struct svclb_service *svc = NULL;
	int r = svclb_service_new("default", "web", &svc, err);

	if (!r)
		r = svclb_service_add_cluster_ip(svc, "10.96.0.10");
	if (!r)
		r = svclb_service_add_port(svc, "http", "TCP", 80, NULL, 0);
	if (!r)
		r = svclb_model_add_service(model, svc, err);
	svclb_service_unref(svc);
	return r;
}

static int add_endpoint(struct svclb_endpoints *eps, const char *addr, struct svclb_error **err)
{
	struct svclb_endpoint *ep = NULL;
	int r = svclb_endpoint_new(addr, &ep, err);

	if (!r)
		r = svclb_endpoints_add(eps, ep);
	svclb_endpoint_unref(ep);
	return r;
}

static int add_endpoints(struct svclb_model *model, struct svclb_error **err)
{
	struct svclb_endpoints *eps = NULL;
	int r = svclb_endpoints_new("default", "web-1", "web", &eps, err);

	if (!r)
		r = svclb_endpoints_add_port(eps, "http", "TCP", 8080);
	if (!r)
		r = add_endpoint(eps, "10.244.1.2", err);
	if (!r)
		r = add_endpoint(eps, "10.244.2.2", err);
	if (!r)
		r = svclb_model_add_endpoints(model, eps, err);
	svclb_endpoints_unref(eps);
	return r;
}

/* Prints the virtual servers that the kernel of ctx holds. */
static int show(struct svclb_ctx *ctx, struct svclb_error **err)
{
	struct svclb_state *state = NULL;
	char *text = NULL;
	int r = svclb_read(ctx, &state, err);

	if (!r)
		r = svclb_state_to_text(state, SVCLB_FORMAT_IPVSADM, &text, err);
	if (!r)
		fputs(text, stdout);
	svclb_text_free(text);
	svclb_state_unref(state);
	return r;
}

/* For the real kernel, as root: svclb_ctx_new(NULL, &ctx, err), and no svclb_mem. */
static int run(struct svclb_model *model, struct svclb_mem *mem, struct svclb_error **err)
{
	struct svclb_report *report = NULL;
	struct svclb_ctx *ctx = NULL;
	int r = svclb_ctx_new_mem(NULL, mem, &ctx, err);

	if (!r)
		r = svclb_apply(ctx, model, &report, err);
	if (!r)
		printf("# %zu changes\n", svclb_report_get_changes(report));
	if (!r)
		r = show(ctx, err);
	svclb_report_unref(report);
	svclb_ctx_free(ctx);
	return r;
}

static void complain(int r, const struct svclb_error *err)
{
	char *text = NULL;

	if (err && !svclb_error_to_text(err, &text))
		fputs(text, stderr);
	else
		fprintf(stderr, "%s\n", svclb_code_name(r));
	svclb_text_free(text);
}

int main(void)
{
	struct svclb_error *err = NULL;
	struct svclb_model *model = NULL;
	struct svclb_mem *mem = NULL;
	int r = svclb_model_new(NULL, &model, &err);

	if (!r)
		r = add_service(model, &err);
	if (!r)
		r = add_endpoints(model, &err);
	if (!r)
		r = svclb_mem_new(&mem, &err);
	if (!r)
		r = run(model, mem, &err);
	if (r)
		complain(r, err);
	svclb_error_unref(err);
	svclb_mem_unref(mem);
	svclb_model_unref(model);
	return r ? 1 : 0;
}
