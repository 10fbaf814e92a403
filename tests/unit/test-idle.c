/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields that change nothing are named once, with how many others there are. */
#include <stdio.h>

#include "manifest.h"

#define META		  "apiVersion: v1\nkind: Service\nmetadata: {name: a"
#define SPEC(text)	  META "}\nspec: {" text "}\n"
#define NOTED(note, text) META ", annotations: {" note "}}\nspec: {" text "}\n"
#define PORT		  "ports: [{port: 80}]"
#define HEADLESS	  "clusterIP: None, " PORT

static const struct {
	const char *yaml;
	const char *says; /* NULL: nothing */
} inputs[] = {
	{SPEC(PORT), NULL},
	{SPEC(PORT ", externalIPs: [192.0.2.1]"), NULL},
	{SPEC(HEADLESS), NULL},
	{SPEC(HEADLESS ", externalIPs: [192.0.2.1]"), "spec.externalIPs[0]: has no effect"},
	{SPEC(HEADLESS ", sessionAffinity: ClientIP"), "spec.sessionAffinity: has no effect"},
	{SPEC(HEADLESS ", internalTrafficPolicy: Local"), "spec.internalTrafficPolicy: has no"},
	{SPEC(HEADLESS ", trafficDistribution: PreferClose"), "spec.trafficDistribution: has no"},
	{SPEC("type: ExternalName, externalName: x.example, externalIPs: [192.0.2.1]"),
	 "spec.externalIPs[0]: has no effect"},
	{NOTED("service.kubernetes.io/ipvs-scheduler: rr", HEADLESS),
	 "metadata.annotations[service.kubernetes.io/ipvs-scheduler]: has no effect"},
	{NOTED("svclb.io/weight: '2'", HEADLESS), "metadata.annotations: has no effect"},
	{SPEC(PORT ", externalIPs: [192.0.2.1, 'fd00::5']"),
	 "spec.externalIPs[1]: has no effect: the Service has no address of its family"},
	{SPEC("type: LoadBalancer, " PORT "}\nstatus: {loadBalancer: {ingress: [{ip: 'fd00::5'}]}"),
	 "status.loadBalancer.ingress[0].ip: has no effect"},
	{SPEC("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 'fd00::/8'], " PORT),
	 "spec.loadBalancerSourceRanges[1]: has no effect"},
	{SPEC("publishNotReadyAddresses: true, " PORT), "spec.publishNotReadyAddresses: has no"},
	{SPEC(PORT ", sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}"),
	 "spec.sessionAffinityConfig: has no effect"},
	{NOTED("svclb.io/drain: cut", "ports: [{port: 80, protocol: UDP}]"),
	 "metadata.annotations[svclb.io/drain]: has no effect"},
	{NOTED("svclb.io/affinity-prefix-ipv6: '64'", PORT ", sessionAffinity: ClientIP"),
	 "metadata.annotations[svclb.io/affinity-prefix-ipv6]: has no effect"},
	{"apiVersion: v1\nkind: Endpoints\nmetadata: {name: b}\n",
	 "there is no Service of this name"},
	{"apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: b, namespace: c}\n"
	 "spec: {address: 192.0.2.1, port: 80}\n",
	 "metadata.namespace: has no effect"},
	{SPEC(PORT) "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
		    "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\n"
		    "addressType: IPv6\nports: [{port: 80}]\nendpoints: [{addresses: ['fd00::7']}]\n",
	 "addressType: the Service has no address of its family"},
};

#define N_INPUTS ((int)(sizeof(inputs) / sizeof(inputs[0])))

static size_t warnings_with(const struct svclb_model *m, const char *text)
{
	const struct svclb_error *e = svclb_model_get_warnings(m);
	size_t n = 0;

	for (; e; e = svclb_error_get_next(e))
		n += strstr(svclb_error_get_message(e), text) != NULL;
	return n;
}

START_TEST(each_is_named)
{
	struct svclb_model *m = load(inputs[_i].yaml);
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	words = errors_text(svclb_model_get_warnings(m));
	if (inputs[_i].says)
		ck_assert_msg(strstr(words, inputs[_i].says) != NULL, "got: %s", words);
	else
		ck_assert_msg(!strstr(words, "no effect"), "got: %s", words);
	svclb_text_free(words);
	svclb_model_unref(m);
}
END_TEST

/* A thousand of them are one line. */
START_TEST(once_for_all)
{
	struct svclb_model *m = load(SPEC(HEADLESS ", externalIPs: [192.0.2.1]"));
	char more[300];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(more, sizeof(more),
			       "apiVersion: v1\nkind: Service\nmetadata: {name: b%d}\n"
			       "spec: {" HEADLESS ", externalIPs: [192.0.2.1]}\n",
			       i);
		ck_assert_int_eq(svclb_model_load(m, more, strlen(more), "g.yaml", NULL), 0);
	}
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_uint_eq(warnings_with(m, "has no effect"), 1);
	ck_assert_uint_eq(warnings_with(m, "the same with 3 other Services"), 1);
	svclb_model_unref(m);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, each_is_named, 0, N_INPUTS);
	tcase_add_test(tc, once_for_all);
}

int main(void)
{
	return run_case("idle", fill);
}
