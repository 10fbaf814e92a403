/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files; options that were taken must be good for an apply. */
#include "fuzz.h"

static const char manifest[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: web}\n"
	"spec: {type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}],\n"
	"  ipFamilyPolicy: PreferDualStack, externalIPs: [192.0.2.9],\n"
	"  loadBalancerSourceRanges: [198.51.100.0/24]}\n"
	"status: {loadBalancer: {ingress: [{ip: 192.0.2.8}]}}\n"
	"---\n"
	"apiVersion: discovery.k8s.io/v1\n"
	"kind: EndpointSlice\n"
	"metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
	"addressType: IPv4\n"
	"ports: [{port: 8080}]\n"
	"endpoints: [{addresses: [10.244.1.2], nodeName: n1, zone: z}, {addresses: [10.244.1.3]}]\n";

static void use(const struct svclb_options *opts)
{
	struct svclb_model *model = NULL;
	struct svclb_error *err = NULL;
	int r;

	FUZZ_CHECK(!svclb_model_new(NULL, &model, NULL));
	FUZZ_CHECK(!svclb_model_load(model, manifest, strlen(manifest), "m.yaml", NULL));
	r = svclb_model_complete(model, opts, &err);
	if (r)
		fuzz_take_error(r, err);
	else
		fuzz_apply(model, opts);
	svclb_model_unref(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svclb_options *opts = fuzz_options();
	struct svclb_error *err = NULL;
	int r = svclb_options_load_config(opts, (const char *)data, size, "fuzz", &err);

	if (r)
		fuzz_take_error(r, err);
	else
		use(opts);
	svclb_options_unref(opts);
	return 0;
}
