/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Families of addresses on a kernel that lacks one: the in-memory kernel, and sockets that are refused. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <svclb/svclb.h>

#include "apply/ctx.h"
#include "kernel/backend.h"
#include "state/state.h"

#define SERVICE(addresses)        \
	"apiVersion: v1\n"        \
	"kind: Service\n"         \
	"metadata: {name: web}\n" \
	"spec: {type: NodePort, ports: [{port: 80}], " addresses "}\n"
#define SLICE(name, family, address)                                              \
	"---\n"                                                                   \
	"apiVersion: discovery.k8s.io/v1\n"                                       \
	"kind: EndpointSlice\n"                                                   \
	"metadata: {name: " name ", labels: {kubernetes.io/service-name: web}}\n" \
	"addressType: " family "\n"                                               \
	"ports: [{port: 8080}]\n"                                                 \
	"endpoints: [{addresses: ['" address "']}]\n"
#define SLICES SLICE("web-4", "IPv4", "10.244.1.2") SLICE("web-6", "IPv6", "fd00:10:244:1::2")

static const char single[] = SERVICE("clusterIP: 10.96.0.10") SLICE("web-4", "IPv4", "10.244.1.2");
static const char dual[] = SERVICE(
	"clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10, 'fd00:96::10'], ipFamilies: [IPv4, IPv6],"
	" ipFamilyPolicy: RequireDualStack") SLICES;
static const char preferred[] = SERVICE("ipFamilyPolicy: PreferDualStack") SLICES;
static const char plain[] = "apiVersion: svclb.io/v1alpha1\n"
			    "kind: VirtualServer\n"
			    "metadata: {name: mail}\n"
			    "spec: {address: 'fd00:25::1', port: 25}\n";
static const char marked[] = "apiVersion: svclb.io/v1alpha1\n"
			     "kind: VirtualServer\n"
			     "metadata: {name: mail}\n"
			     "spec: {mark: 7, family: IPv6}\n";

#define LEFT_OUT "this kernel has no IPv6, so what is IPv6 is left out"
#define LACKS                                                                      \
	"the kernel lacks IPv6 (ipv6): Address family not supported by protocol\n" \
	"  hint: leave it out: --ip-families ipv4, ipFamilies: [IPv4] of the "     \
	"SvclbConfiguration, in C svclb_options_set_families()\n"

/* ---- sockets ---- */

static int refused_af; /* -1: all */
static int refused_with;
static unsigned asked;

int __real_socket(int af, int type, int protocol);
int __wrap_socket(int af, int type, int protocol);

int __wrap_socket(int af, int type, int protocol)
{
	asked += af == AF_INET || af == AF_INET6;
	if (!refused_with || (refused_af != af && refused_af >= 0))
		return __real_socket(af, type, protocol);
	errno = refused_with;
	return -1;
}

static void refuse(int af, int os_errno)
{
	refused_af = af;
	refused_with = os_errno;
	asked = 0;
}

/* ---- the in-memory kernel ---- */

static struct svclb_mem *new_mem(int ipvs)
{
	struct svclb_mem *mem = NULL;

	ck_assert_int_eq(svclb_mem_new(&mem, NULL), 0);
	ck_assert_int_eq(svclb_mem_add_node_address(mem, "192.0.2.1", "eth0"), 0);
	ck_assert_int_eq(svclb_mem_set_ipvs(mem, ipvs), 0);
	ck_assert_int_eq(svclb_mem_set_ipv6(mem, 0), 0);
	return mem;
}

static struct svclb_options *new_options(uint32_t mode)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
	return o;
}

static struct svclb_model *load(const char *text)
{
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "web.yaml", NULL), 0);
	return m;
}

/* The report is the caller's where the result is 0, else the error. */
static int apply(struct svclb_mem *mem, const struct svclb_options *o, const char *text,
		 struct svclb_report **ret, struct svclb_error **reterr)
{
	struct svclb_model *m = load(text);
	struct svclb_ctx *ctx = NULL;
	int r;

	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	r = svclb_apply(ctx, m, ret, reterr);
	svclb_ctx_free(ctx);
	svclb_model_unref(m);
	return r;
}

static struct svclb_state *read_all(struct svclb_mem *mem)
{
	struct svclb_ctx *ctx = NULL;
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_read(ctx, &st, NULL), 0);
	svclb_ctx_free(ctx);
	return st;
}

static size_t of_ipv6(const struct svclb_state *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->chains.n; i++)
		n += st->chains.v[i].family == 6;
	for (size_t i = 0; i < st->vservers.n; i++)
		n += st->vservers.v[i].key.family == 6;
	for (size_t i = 0; i < st->sets.n; i++)
		n += st->sets.v[i].family == 6;
	for (size_t i = 0; i < st->addrs.n; i++)
		n += st->addrs.v[i].ip.family == 6;
	for (size_t i = 0; i < st->sysctls.n; i++)
		n += strstr(st->sysctls.v[i].key, "ipv6") != NULL;
	return n;
}

static void check_serves_ipv4(struct svclb_mem *mem)
{
	struct svclb_state *st = read_all(mem);

	ck_assert_uint_gt(st->chains.n, 0);
	ck_assert_uint_eq(of_ipv6(st), 0);
	svclb_state_unref(st);
}

static const struct {
	uint32_t mode;
	int ipvs;
	uint32_t becomes;
} modes[] = {
	{SVCLB_MODE_AUTO, 1, SVCLB_MODE_IPVS},
	{SVCLB_MODE_AUTO, 0, SVCLB_MODE_IPTABLES},
	{SVCLB_MODE_IPVS, 1, SVCLB_MODE_IPVS},
	{SVCLB_MODE_IPTABLES, 1, SVCLB_MODE_IPTABLES},
};
#define MODES ((int)(sizeof(modes) / sizeof(modes[0])))

/* Twice: the second time nothing is left to do. */
static void check_applies(const char *text, const char *warning)
{
	for (int i = 0; i < MODES; i++) {
		struct svclb_mem *mem = new_mem(modes[i].ipvs);
		struct svclb_options *o = new_options(modes[i].mode);

		for (int turn = 0; turn < 2; turn++) {
			struct svclb_report *report = NULL;
			const struct svclb_error *w;

			ck_assert_int_eq(apply(mem, o, text, &report, NULL), 0);
			ck_assert_uint_eq(svclb_report_get_mode(report), modes[i].becomes);
			ck_assert_int_eq(svclb_report_get_changes(report) == 0, turn);
			w = svclb_report_get_warnings(report);
			if (modes[i].mode == SVCLB_MODE_AUTO && !modes[i].ipvs)
				w = svclb_error_get_next(w); /* the notice of the mode */
			ck_assert_pstr_eq(svclb_error_get_message(w), warning);
			ck_assert_int_eq(svclb_error_get_severity(w),
					 warning ? SVCLB_SEVERITY_WARNING : 0);
			ck_assert_ptr_null(svclb_error_get_next(w));
			svclb_report_unref(report);
			check_serves_ipv4(mem);
		}
		svclb_options_unref(o);
		svclb_mem_unref(mem);
	}
}

START_TEST(nothing_is_said_of_ipv4)
{
	check_applies(single, NULL);
	check_applies(preferred, NULL); /* gets no address of the family */
}
END_TEST

START_TEST(one_half_is_left_out)
{
	check_applies(dual, LEFT_OUT);
}
END_TEST

START_TEST(plain_virtual_servers_count)
{
	static const char *const texts[] = {plain, marked};

	for (size_t i = 0; i < 2; i++) {
		struct svclb_mem *mem = new_mem(1);
		struct svclb_report *report = NULL;

		ck_assert_int_eq(apply(mem, NULL, texts[i], &report, NULL), 0);
		ck_assert_pstr_eq(svclb_error_get_message(svclb_report_get_warnings(report)),
				  LEFT_OUT);
		svclb_report_unref(report);
		svclb_mem_unref(mem);
	}
}
END_TEST

START_TEST(both_where_there_are_both)
{
	struct svclb_mem *mem = new_mem(1);
	struct svclb_report *report = NULL;
	struct svclb_state *st;

	ck_assert_int_eq(svclb_mem_set_ipv6(NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_mem_set_ipv6(mem, 2), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_mem_set_ipv6(mem, 1), 0);
	ck_assert_int_eq(apply(mem, NULL, dual, &report, NULL), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	st = read_all(mem);
	ck_assert_uint_gt(of_ipv6(st), 0);
	svclb_state_unref(st);
	svclb_report_unref(report);
	svclb_mem_unref(mem);
}
END_TEST

static void check_refused(const struct svclb_options *o, int ipvs)
{
	struct svclb_mem *mem = new_mem(ipvs);
	struct svclb_error *err = NULL;
	char *text = NULL;

	ck_assert_int_eq(apply(mem, o, single, NULL, &err), -SVCLB_EUNSUPPORTED);
	ck_assert_int_eq(svclb_error_to_text(err, &text), 0);
	ck_assert_str_eq(text, LACKS);
	ck_assert_uint_eq(svclb_mem_count_changes(mem), 0);
	svclb_text_free(text);
	svclb_error_unref(err);
	svclb_mem_unref(mem);
}

START_TEST(what_was_chosen_is_refused)
{
	struct svclb_options *o = new_options(modes[_i].mode);

	ck_assert_int_eq(svclb_options_set_families(o, 1, 1), 0);
	check_refused(o, modes[_i].ipvs);
	svclb_options_unref(o);
}
END_TEST

START_TEST(a_configuration_chooses)
{
	static const char config[] = "apiVersion: svclb.io/v1alpha1\n"
				     "kind: SvclbConfiguration\n"
				     "ipFamilies: [IPv4, IPv6]\n";
	struct svclb_options *o = new_options(SVCLB_MODE_AUTO);

	ck_assert_int_eq(svclb_options_load_config(o, config, strlen(config), "c.yaml", NULL), 0);
	check_refused(o, 1);
	svclb_options_unref(o);
}
END_TEST

START_TEST(who_chose_ipv4_hears_nothing)
{
	struct svclb_options *o = new_options(SVCLB_MODE_AUTO);
	struct svclb_mem *mem = new_mem(1);
	struct svclb_report *report = NULL;

	ck_assert_int_eq(svclb_options_set_families(o, 1, 0), 0);
	ck_assert_int_eq(apply(mem, o, dual, &report, NULL), 0);
	ck_assert_ptr_null(svclb_report_get_warnings(report));
	check_serves_ipv4(mem);
	svclb_report_unref(report);
	svclb_options_unref(o);
	svclb_mem_unref(mem);
}
END_TEST

/* Stage by stage the same comes of it as of svclb_apply(), whose options are not the caller's. */
START_TEST(stage_by_stage)
{
	struct svclb_options *o = new_options(SVCLB_MODE_AUTO);
	struct svclb_mem *mem = new_mem(1);
	struct svclb_model *m = load(dual);
	struct svclb_ctx *ctx = NULL;
	struct svclb_state *want = NULL;
	struct svclb_error *list = NULL;
	const struct svclb_options *found;

	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	found = svclb_ctx_get_options(ctx);
	ck_assert_int_eq(_i ? svclb_discover(ctx, NULL) : svclb_resolve_mode(ctx, NULL, NULL), 0);
	ck_assert(found->ipv4 && !found->ipv6 && !found->families_given);
	ck_assert(o->ipv4 && o->ipv6);
	ck_assert_int_eq(svclb_model_complete(m, found, NULL), 0);
	ck_assert_int_eq(svclb_compile(m, found, &want, NULL), 0);
	ck_assert_uint_eq(of_ipv6(want), 0);
	ck_assert_int_eq(svclb_probe_for(ctx, want, NULL), 0);
	ck_assert_int_eq(svclb_model_warn_mode(m, found, &list, NULL), 0);
	ck_assert_pstr_eq(svclb_error_get_message(list), LEFT_OUT);
	svclb_error_unref(list);
	svclb_state_unref(want);
	/* it stays so for this context */
	ck_assert_int_eq(svclb_mem_set_ipv6(mem, 1), 0);
	ck_assert_int_eq(svclb_discover(ctx, NULL), 0);
	ck_assert(!found->ipv6);
	svclb_ctx_free(ctx);
	svclb_model_unref(m);
	svclb_options_unref(o);
	svclb_mem_unref(mem);
}
END_TEST

START_TEST(a_probe_asks_for_what_there_is)
{
	struct svclb_mem *mem = new_mem(1);
	struct svclb_ctx *ctx = NULL;

	ck_assert_int_eq(svclb_ctx_new_mem(NULL, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_probe(ctx, NULL), 0);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

/* A state of both families, made elsewhere. */
START_TEST(a_state_of_both_is_refused)
{
	struct svclb_mem *mem = new_mem(1);
	struct svclb_model *m = load(dual);
	struct svclb_options *o = new_options(SVCLB_MODE_IPVS);
	struct svclb_ctx *ctx = NULL;
	struct svclb_state *want = NULL;

	ck_assert_int_eq(svclb_model_complete(m, o, NULL), 0);
	ck_assert_int_eq(svclb_compile(m, o, &want, NULL), 0);
	ck_assert_int_eq(svclb_ctx_new_mem(o, mem, &ctx, NULL), 0);
	ck_assert_int_eq(svclb_discover(ctx, NULL), 0);
	ck_assert_int_eq(svclb_probe_for(ctx, want, NULL), -SVCLB_EUNSUPPORTED);
	svclb_ctx_free(ctx);
	svclb_state_unref(want);
	svclb_options_unref(o);
	svclb_model_unref(m);
	svclb_mem_unref(mem);
}
END_TEST

/* ---- the real kernel ---- */

static const struct {
	int af, os_errno;
	bool ipv4, ipv6;
} answers[] = {
	{AF_INET6, EAFNOSUPPORT, true, false},
	{AF_INET, EAFNOSUPPORT, false, true},
	{-1, EAFNOSUPPORT, true, true}, /* what is missing is said when it is needed */
	{AF_INET6, EMFILE, true, true},
};

START_TEST(a_socket_tells)
{
	struct svclb_ctx *ctx = NULL;

	ck_assert_int_eq(svclb_ctx_new(NULL, &ctx, NULL), 0);
	refuse(answers[_i].af, answers[_i].os_errno);
	ctx_find_families(ctx);
	refuse(-1, 0);
	ck_assert(ctx->options->ipv4 == answers[_i].ipv4);
	ck_assert(ctx->options->ipv6 == answers[_i].ipv6);
	svclb_ctx_free(ctx);
}
END_TEST

START_TEST(what_was_chosen_is_not_asked_for)
{
	struct svclb_options *o = new_options(SVCLB_MODE_AUTO);
	struct svclb_ctx *ctx = NULL;

	ck_assert_int_eq(svclb_options_set_families(o, 1, 1), 0);
	ck_assert_int_eq(svclb_ctx_new(o, &ctx, NULL), 0);
	refuse(AF_INET6, EAFNOSUPPORT);
	ctx_find_families(ctx);
	ck_assert_uint_eq(asked, 0);
	refuse(-1, 0);
	ck_assert(ctx->options->ipv4 && ctx->options->ipv6);
	svclb_ctx_free(ctx);
	svclb_options_unref(o);
}
END_TEST

/* Of the family that is missing only that is said. */
START_TEST(the_backend_names_the_family)
{
	struct svclb_options *o = new_options(SVCLB_MODE_IPTABLES);
	struct problems missing = {0};
	struct backend *b = NULL;
	struct netns *ns = NULL;
	char *text = NULL;

	ck_assert_int_eq(svclb_options_set_families(o, 0, 1), 0);
	ck_assert_int_eq(netns_new(-1, &ns, NULL), 0);
	ck_assert_int_eq(iptables_backend_new(o, ns, &b, NULL), 0);
	refuse(AF_INET6, EAFNOSUPPORT);
	ck_assert_int_eq(b->ops->probe(b, NULL, &missing, NULL), 0);
	refuse(-1, 0);
	ck_assert_uint_eq(missing.count, 1);
	ck_assert_int_eq(svclb_error_get_code(missing.first), SVCLB_EUNSUPPORTED);
	ck_assert_int_eq(svclb_error_to_text(missing.first, &text), 0);
	ck_assert_str_eq(text, "iptables: probe: " LACKS);
	svclb_text_free(text);
	problems_free(&missing);
	b->ops->free(b);
	netns_free(ns);
	svclb_options_unref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("families");
	TCase *t = tcase_create("families");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, nothing_is_said_of_ipv4);
	tcase_add_test(t, one_half_is_left_out);
	tcase_add_test(t, plain_virtual_servers_count);
	tcase_add_test(t, both_where_there_are_both);
	tcase_add_loop_test(t, what_was_chosen_is_refused, 0, MODES);
	tcase_add_test(t, a_configuration_chooses);
	tcase_add_test(t, who_chose_ipv4_hears_nothing);
	tcase_add_loop_test(t, stage_by_stage, 0, 2);
	tcase_add_test(t, a_probe_asks_for_what_there_is);
	tcase_add_test(t, a_state_of_both_is_refused);
	tcase_add_loop_test(t, a_socket_tells, 0, (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(t, what_was_chosen_is_not_asked_for);
	tcase_add_test(t, the_backend_names_the_family);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
