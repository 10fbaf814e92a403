/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain virtual servers: from manifests and builders to states, and whose they are in a kernel. */
#include <stdio.h>

#include "manifest.h"

#define HEAD	   "apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: web}\nspec:\n"
#define ADDRESS	   "  address: 203.0.113.1\n  port: 80\n"
#define SERVERS(s) "  realServers: [" s "]\n"

static struct svclb_state *compile(struct svclb_model *m)
{
	struct svclb_state *st = NULL;
	struct svclb_error *e = NULL;

	if (svclb_model_complete(m, NULL, &e) || svclb_compile(m, NULL, &st, &e))
		ck_abort_msg("%s", errors_text(e));
	return st;
}

static void expect(struct svclb_model *m, uint32_t format, const char *part, bool whole)
{
	struct svclb_state *st = compile(m);
	char *got = NULL;

	ck_assert_int_eq(svclb_state_to_text(st, format, &got, NULL), 0);
	if (whole)
		ck_assert_str_eq(got, part);
	else
		ck_assert_msg(strstr(got, part), "no\n%sin\n%s", part, got);
	svclb_text_free(got);
	svclb_state_unref(st);
}

#define ALL_FIELDS                                                                      \
	HEAD "  address: 203.0.113.1\n  port: 53\n  protocol: UDP\n  scheduler: sh\n"   \
	     "  schedulerFlags: [sh-port]\n  onePacket: true\n"                         \
	     "  persistence: {timeoutSeconds: 60, prefixLength: 24}\n" SERVERS(         \
		     "{address: 10.0.0.1, weight: 3, upperThreshold: 9, "               \
		     "lowerThreshold: 5}, {address: 10.0.0.2, port: 5353, weight: 0}, " \
		     "{address: 10.0.0.3, forwarding: direct}, "                        \
		     "{address: 'fd00::4', forwarding: tunnel, "                        \
		     "tunnel: {type: gue, port: 6080, checksum: full}}")

START_TEST(all_fields)
{
	struct svclb_model *m = load(ALL_FIELDS);

	expect(m, SVCLB_FORMAT_IPVSADM,
	       "-A -u 203.0.113.1:53 -s sh -p 60 -M 255.255.255.0 -o -b sh-port\n"
	       "-a -u 203.0.113.1:53 -r 10.0.0.1:53 -m -w 3\n"
	       "-a -u 203.0.113.1:53 -r 10.0.0.2:5353 -m -w 0\n"
	       "-a -u 203.0.113.1:53 -r 10.0.0.3:53 -g -w 1\n"
	       "-a -u 203.0.113.1:53 -r [fd00::4]:53 -i -w 1 --tun-type gue --tun-port 6080 "
	       "--tun-csum\n",
	       true);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-EXTERNAL-IP-LOCAL 203.0.113.1,udp:53\n", false);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-SVCLB-OWNED 203.0.113.1,udp:53\n", false);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-IPVS-IPS 203.0.113.1\n", false);
	expect(m, SVCLB_FORMAT_ADDRESSES, "203.0.113.1/32\n", true);
	expect(m, SVCLB_FORMAT_JSON, "\"object\": \"VirtualServer web\"", false);
	svclb_model_unref(m);
}
END_TEST

START_TEST(written_and_read_again)
{
	struct svclb_model *m = load(ALL_FIELDS);
	char *first = NULL;
	char *again = NULL;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_int_eq(svclb_object_to_yaml(svclb_model_next(m, NULL), &first), 0);
	svclb_model_unref(m);
	m = load(first);
	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_int_eq(svclb_object_to_yaml(svclb_model_next(m, NULL), &again), 0);
	ck_assert_str_eq(first, again);
	svclb_text_free(first);
	svclb_text_free(again);
	svclb_model_unref(m);
}
END_TEST

START_TEST(marks)
{
	struct svclb_model *m = load(HEAD "  mark: 167772161\n" SERVERS(
		"{address: 10.0.0.1}") "---\n"
				       "apiVersion: svclb.io/v1alpha1\nkind: VirtualServer\nmetadata: {name: six}\n"
				       "spec: {mark: 5, family: IPv6, realServers: [{address: 'fd00::1', port: 80}]}\n");

	expect(m, SVCLB_FORMAT_IPVSADM,
	       "-A -f 167772161 -s rr\n-a -f 167772161 -r 10.0.0.1:0 -m -w 1\n"
	       "-A -f 5 -6 -s rr\n-a -f 5 -6 -r [fd00::1]:80 -m -w 1\n",
	       true);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-SVCLB-OWNED 10.0.0.1,udplite:0\n", false);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-6-SVCLB-OWNED ::5,udplite:0\n", false);
	expect(m, SVCLB_FORMAT_ADDRESSES, "", true);
	svclb_model_unref(m);
}
END_TEST

START_TEST(not_bound)
{
	struct svclb_model *m = load(HEAD ADDRESS "  bind: false\n");

	expect(m, SVCLB_FORMAT_ADDRESSES, "", true);
	expect(m, SVCLB_FORMAT_IPSET, "add KUBE-EXTERNAL-IP-LOCAL 203.0.113.1,tcp:80\n", false);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	const char *text;
	const char *words;
} refused[] = {
	{HEAD "  port: 80\n", "f.yaml:5:3: VirtualServer web: spec: required: a virtual server has "
			      "either an address or a firewall mark"},
	{HEAD ADDRESS "  mark: 5\n", "f.yaml:7:9: VirtualServer web: spec: required:"},
	{HEAD "  address: 127.0.0.1\n  port: 80\n",
	 "spec.address: invalid: \"127.0.0.1\" is a loopback"},
	{HEAD "  address: 203.0.113.1\n", "spec.port: invalid: no port is given"},
	{HEAD "  address: 203.0.113.1\n  port: 0\n",
	 "f.yaml:6:9: VirtualServer web: spec.port: invalid: 0"},
	{HEAD ADDRESS "  protocol: tcp\n",
	 "spec.protocol: not supported: \"tcp\" is not one of TCP"},
	{HEAD "  mark: 0\n", "spec.mark: invalid: 0 is not in 1-4294967295"},
	{HEAD "  mark: 5\n  port: 80\n",
	 "spec: forbidden: port, protocol and bind go with an address"},
	{HEAD ADDRESS "  family: IPv6\n", "spec.family: invalid: the address is not IPv6"},
	{HEAD ADDRESS "  scheduler: x\n",
	 "spec.scheduler: not supported: \"x\" is not one of the sched"},
	{HEAD ADDRESS "  schedulerFlags: [mh-port]\n",
	 "f.yaml:7:20: VirtualServer web: spec.schedulerFlags[0]: invalid: mh-port is a flag of the "
	 "scheduler mh, the scheduler here is rr"},
	{HEAD ADDRESS "  onePacket: true\n", "spec.onePacket: forbidden: only UDP has"},
	{HEAD ADDRESS "  persistence: {timeoutSeconds: 0}\n",
	 "spec.persistence.timeoutSeconds: invalid: 0 is not in 1-2678400"},
	{HEAD ADDRESS "  persistence: {prefixLength: 33}\n",
	 "spec.persistence.prefixLength: invalid: 33 is not in 1-32"},
	{HEAD ADDRESS SERVERS("{port: 80}"),
	 "spec.realServers[0].address: invalid: a real server has"},
	{HEAD ADDRESS SERVERS("{address: 'fd00::1'}"),
	 "spec.realServers[0].address: invalid: \"fd00::1\" is not IPv4, only a tunnel leads into"},
	{HEAD ADDRESS SERVERS("{address: 10.0.0.1, port: 81, forwarding: direct}"),
	 "spec.realServers[0].port: invalid: \"direct\" leaves the port of packets as it is: the "
	 "virtual server has 80"},
	{HEAD ADDRESS SERVERS("{address: 10.0.0.1, weight: 70000}"),
	 "spec.realServers[0].weight: invalid: 70000 is not in 0-65535"},
	{HEAD ADDRESS SERVERS("{address: 10.0.0.1, upperThreshold: 5, lowerThreshold: 6}"),
	 "spec.realServers[0].lowerThreshold: invalid: 6 is not in 0-5, up to the upper threshold"},
	{HEAD ADDRESS SERVERS("{address: 10.0.0.1}, {address: 10.0.0.1, port: 80}"),
	 "f.yaml:7:38: VirtualServer web: spec.realServers[1]: duplicate: \"10.0.0.1 port 80\" is at"},
	{HEAD ADDRESS SERVERS("{address: 10.0.0.1, forwarding: tunnel, tunnel: {type: gue}}"),
	 "spec.realServers[0].tunnel.port: required: a tunnel of type gue needs the port"},
};

START_TEST(refuses)
{
	struct svclb_model *m = load(refused[_i].text);
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, &e), -SVCLB_EINVALID);
	words = errors_text(e);
	ck_assert_msg(strstr(words, refused[_i].words), "%s", words);
	ck_assert_ptr_null(svclb_error_get_next(e));
	free(words);
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

#define ok(call) ck_assert_int_eq((call), 0)

START_TEST(collides_with_a_service)
{
	struct svclb_model *m = load(
		HEAD ADDRESS
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
		"spec: {clusterIP: 10.96.0.1, externalIPs: [203.0.113.1], ports: [{port: 80}]}\n");
	struct svclb_state *st = NULL;
	struct svclb_error *e = NULL;
	char *words;

	ck_assert_int_eq(svclb_model_complete(m, NULL, NULL), 0);
	ck_assert_int_eq(svclb_compile(m, NULL, &st, &e), -SVCLB_EINVALID);
	words = errors_text(e);
	ck_assert_msg(strstr(words, "Service default/web port 80: claims 203.0.113.1:80/TCP, "
				    "which belongs to VirtualServer web (f.yaml:1)"),
		      "%s", words);
	free(words);
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

START_TEST(collides_in_its_mark)
{
	struct svclb_model *m = load(HEAD "  mark: 5\n---\napiVersion: svclb.io/v1alpha1\n"
					  "kind: VirtualServer\nmetadata: {name: zz}\n"
					  "spec: {mark: 5}\n");
	struct svclb_state *st = NULL;
	struct svclb_error *e = NULL;

	ok(svclb_model_complete(m, NULL, NULL));
	ck_assert_int_eq(svclb_compile(m, NULL, &st, &e), -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_object(e), "VirtualServer zz");
	ck_assert_str_eq(svclb_error_get_hint(e), "give one of the two another mark");
	svclb_error_unref(e);
	svclb_model_unref(m);
}
END_TEST

static void add_server(struct svclb_plain *p, const char *addr, uint32_t port, const char *method)
{
	struct svclb_plain_server *s = NULL;

	ok(svclb_plain_server_new(addr, port, &s, NULL));
	ok(svclb_plain_server_set_weight(s, 4));
	ok(svclb_plain_server_set_thresholds(s, 8, 2));
	if (method)
		ok(svclb_plain_server_set_forwarding(s, method, NULL, 0, NULL));
	ok(svclb_plain_add_server(p, s));
	ck_assert_ptr_null(svclb_plain_server_unref(s));
}

static struct svclb_plain *built(const char *name)
{
	struct svclb_plain *p = NULL;

	ok(svclb_plain_new(name, &p, NULL));
	ok(svclb_plain_set_scheduler(p, "mh", "mh-port,mh-fallback"));
	ok(svclb_plain_set_persistence(p, 0, 16));
	return p;
}

START_TEST(builders)
{
	struct svclb_model *m = new_model();
	struct svclb_plain *p = built("web");

	ok(svclb_plain_set_address(p, "203.0.113.1", "UDP", 80));
	ok(svclb_plain_set_bind(p, 0));
	ok(svclb_plain_set_one_packet(p, 1));
	add_server(p, "10.0.0.1", 0, "direct");
	add_server(p, "10.0.0.2", 8080, NULL);
	ok(svclb_model_add_plain(m, p, NULL));
	svclb_plain_unref(p);
	p = built("marked");
	ok(svclb_plain_set_mark(p, 5, NULL));
	ok(svclb_model_add_plain(m, p, NULL));
	svclb_plain_unref(p);
	ck_assert_uint_eq(svclb_model_count(m, SVCLB_KIND_VIRTUAL_SERVER), 2);
	ck_assert_ptr_nonnull(svclb_model_find(m, SVCLB_KIND_VIRTUAL_SERVER, "any", "web"));
	expect(m, SVCLB_FORMAT_IPVSADM,
	       "-A -u 203.0.113.1:80 -s mh -p 300 -M 255.255.0.0 -o -b mh-fallback,mh-port\n"
	       "-a -u 203.0.113.1:80 -r 10.0.0.1:80 -g -w 4\n"
	       "-a -u 203.0.113.1:80 -r 10.0.0.2:8080 -m -w 4\n"
	       "-A -f 5 -s mh -p 300 -M 255.255.0.0 -b mh-fallback,mh-port\n",
	       true);
	svclb_model_unref(m);
}
END_TEST

START_TEST(wrong_arguments)
{
	struct svclb_plain_server *s = NULL;
	struct svclb_plain *p = NULL;

	ck_assert_int_eq(svclb_plain_new("", &p, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plain_server_new(NULL, 1, &s, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plain_set_address(NULL, "192.0.2.1", NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plain_set_bind(NULL, 1), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plain_add_server(NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_add_plain(NULL, NULL, NULL), -SVCLB_EINVAL);
	ok(svclb_plain_new("web", &p, NULL));
	ck_assert_int_eq(svclb_plain_set_bind(p, 2), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_plain_set_scheduler(p, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_ptr_null(svclb_plain_unref(p));
}
END_TEST

static size_t changes(struct svclb_ctx *ctx, const char *text)
{
	struct svclb_model *m = text ? load(text) : new_model();
	struct svclb_report *report = NULL;
	struct svclb_error *e = NULL;
	size_t n;

	if (svclb_apply(ctx, m, &report, &e))
		ck_abort_msg("%s", errors_text(e));
	n = svclb_report_get_changes(report);
	svclb_report_unref(report);
	svclb_model_unref(m);
	return n;
}

/* Ownership of marks, changes in place, and a model without any. */
START_TEST(applied)
{
	static const char two[] =
		HEAD "  mark: 5\n" SERVERS("{address: 10.0.0.1}, {address: 10.0.0.2}");
	static const char changed[] =
		HEAD "  mark: 5\n" SERVERS("{address: 10.0.0.1, weight: 3}, {address: 10.0.0.2}");
	struct svclb_state *st = NULL;
	struct svclb_mem *mem = NULL;
	struct svclb_ctx *ctx = NULL;
	struct svclb_state_counts counts;

	ok(svclb_mem_new(&mem, NULL));
	ok(svclb_ctx_new_mem(NULL, mem, &ctx, NULL));
	ck_assert_uint_gt(changes(ctx, two), 0);
	ck_assert_uint_eq(changes(ctx, two), 0);
	ck_assert_uint_eq(changes(ctx, changed), 1);
	ck_assert_uint_gt(changes(ctx, NULL), 0);
	ok(svclb_read(ctx, &st, NULL));
	ok(svclb_state_get_counts(st, &counts, sizeof(counts)));
	ck_assert_uint_eq(counts.virtual_servers, 0);
	ck_assert_uint_eq(counts.sets, 0);
	svclb_state_unref(st);
	svclb_ctx_free(ctx);
	svclb_mem_unref(mem);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, all_fields);
	tcase_add_test(tc, written_and_read_again);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, not_bound);
	tcase_add_loop_test(tc, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, collides_with_a_service);
	tcase_add_test(tc, collides_in_its_mark);
	tcase_add_test(tc, builders);
	tcase_add_test(tc, wrong_arguments);
	tcase_add_test(tc, applied);
}

int main(void)
{
	return run_case("plain", fill);
}
