/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merging: what replaces, and which allocations are kept. */
#include "model-make.h"

static struct svclb_model *held, *next;
static struct service *h, *n;

static void setup(void)
{
	held = new_model();
	next = new_model();
	h = new_service(held, "web");
	n = new_service(next, "web");
	h->type.s = n->type.s = "NodePort";
	add_port(held, h, 80)->node_port.v = 30080;
	add_port(next, n, 80);
	h->cluster_ip.s = "10.96.0.77";
	add_text(held, &h->cluster_ips, "10.96.0.77");
	add_text(held, &h->cluster_ips, "fd00::77");
}

static void teardown(void)
{
	held = svclb_model_unref(held);
	next = svclb_model_unref(next);
}

/* Merges and returns the Service as it is in the held model now. */
static const struct service *merged(void)
{
	const struct svclb_object *o;

	ck_assert_int_eq(svclb_model_merge(held, next, NULL), 0);
	o = svclb_model_find(held, SVCLB_KIND_SERVICE, NULL, "web");
	ck_assert_ptr_nonnull(o);
	ck_assert_ptr_ne(o->service, h);
	ck_assert_ptr_ne(o->service, n);
	return o->service;
}

START_TEST(keeps_allocations)
{
	const struct service *s;

	h->ports[0].node_port_allocated = true;
	h->cluster_ip_allocated = true;
	s = merged();
	ck_assert_str_eq(s->cluster_ip.s, "10.96.0.77");
	ck_assert_uint_eq(s->cluster_ips.n, 2);
	ck_assert_int_eq(s->ports[0].node_port.v, 30080);
	ck_assert(s->ports[0].node_port_allocated && s->cluster_ip_allocated);
	/* The new model is as it was. */
	ck_assert_uint_eq(n->cluster_ips.n, 0);
	ck_assert_int_eq(n->ports[0].node_port.v, 0);
}
END_TEST

START_TEST(given_values_replace)
{
	const struct service *s;

	n->cluster_ip.s = "10.96.0.78";
	n->ports[0].node_port.v = 30081;
	s = merged();
	ck_assert_str_eq(s->cluster_ip.s, "10.96.0.78");
	ck_assert_uint_eq(s->cluster_ips.n, 0);
	ck_assert_int_eq(s->ports[0].node_port.v, 30081);
}
END_TEST

START_TEST(ports_by_name)
{
	const struct service *s;
	struct service_port *p;

	h->ports[0].name.s = "http";
	p = add_port(held, h, 443);
	p->name.s = "https";
	p->node_port.v = 30443;
	n->ports[0].name.s = "https";
	n->ports[0].port.v = 8443;
	add_port(next, n, 80)->name.s = "http";
	s = merged();
	ck_assert_int_eq(s->ports[0].node_port.v, 30443);
	ck_assert_int_eq(s->ports[1].node_port.v, 30080);
}
END_TEST

START_TEST(ports_by_number)
{
	const struct service *s;

	n->ports[0].name.s = "http";
	n->ports[0].protocol.s = "TCP";
	add_port(next, n, 81)->name.s = "other";
	s = merged();
	ck_assert_int_eq(s->ports[0].node_port.v, 30080);
	ck_assert_int_eq(s->ports[1].node_port.v, 0);
}
END_TEST

START_TEST(number_in_use_is_not_carried)
{
	struct service_port *p = add_port(next, n, 81);

	n->ports[0].name.s = "a";
	p->name.s = "b";
	p->node_port.v = 30080;
	ck_assert_int_eq(merged()->ports[0].node_port.v, 0);
}
END_TEST

START_TEST(type_without_node_ports)
{
	n->type.s = "ClusterIP";
	ck_assert_int_eq(merged()->ports[0].node_port.v, 0);
}
END_TEST

START_TEST(headless_keeps_nothing)
{
	n->type.s = "ClusterIP";
	n->cluster_ip.s = "None";
	ck_assert_str_eq(merged()->cluster_ip.s, "None");
	complete_model(held, NULL);
}
END_TEST

START_TEST(single_stack_keeps_one)
{
	n->ip_family_policy.s = "SingleStack";
	ck_assert_uint_eq(merged()->cluster_ips.n, 1);
}
END_TEST

START_TEST(other_primary_family_keeps_none)
{
	add_text(next, &n->ip_families, "IPv6");
	ck_assert_uint_eq(merged()->cluster_ips.n, 0);
}
END_TEST

START_TEST(health_check_port)
{
	h->type.s = n->type.s = "LoadBalancer";
	h->external_traffic_policy.s = n->external_traffic_policy.s = "Local";
	h->health_check_node_port.v = 31234;
	ck_assert_int_eq(merged()->health_check_node_port.v, 31234);
}
END_TEST

START_TEST(other_objects_stay)
{
	new_slice(held, "other-1", "other");
	new_slice(next, "web-1", "web");
	merged();
	ck_assert_uint_eq(svclb_model_count(held, 0), 3);
	ck_assert_uint_eq(svclb_model_count(held, SVCLB_KIND_ENDPOINT_SLICE), 2);
}
END_TEST

START_TEST(result_is_stable)
{
	const struct service *s;
	const char *ip;

	ck_assert_int_eq(svclb_model_remove(held, SVCLB_KIND_SERVICE, "", "web", NULL), 0);
	s = merged();
	complete_model(held, NULL);
	ip = s->cluster_ip.s;
	s = merged();
	complete_model(held, NULL);
	ck_assert_str_eq(s->cluster_ip.s, ip);
}
END_TEST

START_TEST(limits_and_misuse)
{
	struct svclb_options *o;
	struct svclb_model *small;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_OBJECTS, 1), 0);
	ck_assert_int_eq(svclb_model_new(o, &small, NULL), 0);
	new_slice(next, "web-1", "web");
	ck_assert_int_eq(svclb_model_merge(small, next, NULL), -SVCLB_ELIMIT);
	ck_assert_uint_eq(svclb_model_count(small, 0), 0);
	ck_assert_int_eq(svclb_model_merge(small, small, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_model_merge(NULL, next, NULL), -SVCLB_EINVAL);
	svclb_model_unref(small);
	svclb_options_unref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("merge");
	TCase *t = tcase_create("merge");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, keeps_allocations);
	tcase_add_test(t, given_values_replace);
	tcase_add_test(t, ports_by_name);
	tcase_add_test(t, ports_by_number);
	tcase_add_test(t, number_in_use_is_not_carried);
	tcase_add_test(t, type_without_node_ports);
	tcase_add_test(t, headless_keeps_nothing);
	tcase_add_test(t, single_stack_keeps_one);
	tcase_add_test(t, other_primary_family_keeps_none);
	tcase_add_test(t, health_check_port);
	tcase_add_test(t, other_objects_stay);
	tcase_add_test(t, result_is_stable);
	tcase_add_test(t, limits_and_misuse);
	suite_add_tcase(s, t);
	return run_suite(s);
}
