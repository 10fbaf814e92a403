/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building objects call by call, and the model as a collection. */
#include <stdio.h>

#include "model-make.h"

static struct svclb_model *m;

static void setup(void)
{
	m = new_model();
}

static void teardown(void)
{
	m = svclb_model_unref(m);
}

#define ok(call)      ck_assert_int_eq((call), 0)
#define refused(call) ck_assert_int_eq((call), -SVCLB_EINVAL)

static const struct service *added(struct svclb_service *svc)
{
	ok(svclb_model_add_service(m, svc, NULL));
	ck_assert_ptr_null(svclb_service_unref(svc));
	return svclb_model_find(m, SVCLB_KIND_SERVICE, "shop", "web")->service;
}

START_TEST(services)
{
	struct svclb_affinity *a;
	struct svclb_service *svc;
	const struct service *s;

	ok(svclb_service_new("shop", "web", &svc, NULL));
	ok(svclb_service_set_type(svc, "LoadBalancer"));
	ok(svclb_service_add_cluster_ip(svc, "10.96.0.5"));
	ok(svclb_service_add_cluster_ip(svc, "fd00:10:96::5"));
	ok(svclb_service_add_ip_family(svc, "IPv4"));
	ok(svclb_service_set_ip_family_policy(svc, "PreferDualStack"));
	ok(svclb_service_add_port(svc, "http", NULL, 80, "8080", 30080));
	ok(svclb_service_add_port(svc, "dns", "UDP", 53, "dns", 0));
	ok(svclb_service_add_external_ip(svc, "192.0.2.9"));
	ok(svclb_service_add_ingress_ip(svc, "198.51.100.7", NULL));
	ok(svclb_service_add_source_range(svc, "192.0.2.0/24"));
	ok(svclb_service_set_external_traffic_policy(svc, "Local"));
	ok(svclb_service_set_internal_traffic_policy(svc, "Cluster"));
	ok(svclb_service_set_health_check_node_port(svc, 31000));
	ok(svclb_service_set_publish_not_ready(svc, 1));
	ok(svclb_affinity_new(300, &a, NULL));
	ok(svclb_service_set_affinity(svc, a));
	ck_assert_ptr_null(svclb_affinity_unref(a));
	ok(svclb_service_set_label(svc, "k", "v"));
	ok(svclb_service_set_label(svc, "k", "w"));
	ok(svclb_service_set_annotation(svc, "service.kubernetes.io/ipvs-scheduler", "wlc"));
	ok(svclb_service_set_selector(svc, "app", "web"));
	s = added(svc);
	complete_model(m, NULL);
	ck_assert_str_eq(s->cluster_ip.s, "10.96.0.5");
	ck_assert_uint_eq(s->ip_families.n, 2);
	ck_assert_int_eq(s->ports[0].target_port.v, 8080);
	ck_assert_int_eq(s->ports[0].node_port.v, 30080);
	ck_assert_str_eq(s->ports[1].target_port_name.s, "dns");
	ck_assert_int_eq(s->ports[1].proto, PROTO_UDP);
	ck_assert_int_eq(s->affinity_timeout.v, 300);
	ck_assert_uint_eq(s->meta.labels.n, 1);
	ck_assert_str_eq(label_get(&s->meta.labels, "k"), "w");
	ck_assert_str_eq(s->ingress[0].ip_mode.s, "VIP");
	ck_assert_int_eq(s->health_check_node_port.v, 31000);
	ck_assert(service_etp_local(s) && service_has_affinity(s) && !service_itp_local(s));
}
END_TEST

START_TEST(affinity)
{
	struct svclb_affinity *a;
	struct svclb_service *svc;
	const struct service *s;

	ok(svclb_service_new("shop", "web", &svc, NULL));
	ok(svclb_service_add_port(svc, NULL, NULL, 80, NULL, 0));
	ok(svclb_affinity_new(0, &a, NULL));
	ok(svclb_service_set_affinity(svc, a));
	if (_i)
		ok(svclb_service_set_affinity(svc, NULL));
	svclb_affinity_unref(a);
	s = added(svc);
	complete_model(m, NULL);
	ck_assert_str_eq(s->session_affinity.s, _i ? "None" : "ClientIP");
	ck_assert_int_eq(s->affinity_timeout.v, _i ? 0 : 10800);
}
END_TEST

START_TEST(endpoints)
{
	struct svclb_endpoints *eps;
	struct svclb_endpoint *ep;
	const struct slice *s;

	ok(svclb_endpoints_new(NULL, "web-1", "web", &eps, NULL));
	ok(svclb_endpoints_add_port(eps, NULL, NULL, 8080));
	ok(svclb_endpoint_new("fd00::5", &ep, NULL));
	ok(svclb_endpoint_set_node_name(ep, "node-1"));
	ok(svclb_endpoint_set_zone(ep, "a"));
	ok(svclb_endpoint_add_zone_hint(ep, "a"));
	ok(svclb_endpoint_set_ready(ep, 0));
	ok(svclb_endpoint_set_serving(ep, 1));
	ok(svclb_endpoint_set_terminating(ep, 1));
	ok(svclb_endpoints_add(eps, ep));
	/* A copy was taken. */
	ok(svclb_endpoint_set_ready(ep, 1));
	ck_assert_ptr_null(svclb_endpoint_unref(ep));
	ok(svclb_model_add_endpoints(m, eps, NULL));
	ck_assert_ptr_null(svclb_endpoints_unref(eps));
	complete_model(m, NULL);
	s = svclb_model_find(m, SVCLB_KIND_ENDPOINT_SLICE, NULL, "web-1")->slice;
	ck_assert_str_eq(s->address_type.s, "IPv6");
	ck_assert_str_eq(s->service.s, "web");
	ck_assert_str_eq(s->endpoints[0].node_name.s, "node-1");
	ck_assert_str_eq(s->endpoints[0].zone_hints.v[0].s, "a");
	ck_assert(s->endpoints[0].ready == TRI_FALSE && s->endpoints[0].serving == TRI_TRUE &&
		  s->endpoints[0].terminating == TRI_TRUE);
	ck_assert_str_eq(label_get(&s->meta.labels, "kubernetes.io/service-name"), "web");
}
END_TEST

START_TEST(misuse)
{
	struct svclb_error *err = NULL;
	struct svclb_service *svc;
	struct svclb_endpoint *ep;
	struct svclb_affinity *a;

	refused(svclb_service_new(NULL, NULL, &svc, &err));
	ck_assert_ptr_nonnull(svclb_error_get_message(err));
	svclb_error_unref(err);
	refused(svclb_service_new(NULL, "", &svc, NULL));
	refused(svclb_service_set_type(NULL, "NodePort"));
	refused(svclb_endpoint_new("", &ep, NULL));
	refused(svclb_affinity_new(86401, &a, NULL));
	refused(svclb_model_add_service(m, NULL, NULL));
	refused(svclb_model_add_endpoints(NULL, NULL, NULL));
	refused(svclb_model_complete(NULL, NULL, NULL));
	ok(svclb_service_new(NULL, "web", &svc, NULL));
	refused(svclb_service_set_type(svc, NULL));
	refused(svclb_service_set_label(svc, "", "v"));
	refused(svclb_service_set_publish_not_ready(svc, 2));
	svclb_service_unref(svc);
	ck_assert_ptr_null(svclb_service_unref(NULL));
	ck_assert_ptr_null(svclb_endpoints_unref(NULL));
	ck_assert_ptr_null(svclb_endpoint_unref(NULL));
	ck_assert_ptr_null(svclb_affinity_unref(NULL));
	ck_assert_ptr_null(svclb_model_unref(NULL));
}
END_TEST

START_TEST(walk_is_sorted)
{
	const struct svclb_object *o = NULL;

	new_slice(m, "a", "web");
	new_service(m, "b");
	new_service(m, "a");
	o = svclb_model_next(m, o);
	ck_assert_uint_eq(svclb_object_get_kind(o), SVCLB_KIND_SERVICE);
	ck_assert_str_eq(svclb_object_get_name(o), "a");
	ck_assert_str_eq(svclb_object_get_namespace(o), "default");
	o = svclb_model_next(m, o);
	ck_assert_str_eq(svclb_object_get_name(o), "b");
	o = svclb_model_next(m, o);
	ck_assert_uint_eq(svclb_object_get_kind(o), SVCLB_KIND_ENDPOINT_SLICE);
	ck_assert_ptr_null(svclb_model_next(m, o));
	ck_assert_ptr_null(svclb_model_find(m, SVCLB_KIND_POD, NULL, "a"));
	ck_assert_ptr_null(svclb_object_get_file(NULL));
}
END_TEST

static struct meta *from_file(const char *file, uint32_t line)
{
	struct service *s = arena_alloc(&m->arena, sizeof(*s));

	s->meta.name.s = "web";
	s->meta.file = file;
	s->meta.at = (struct pos){line, 1};
	return &s->meta;
}

START_TEST(same_identity)
{
	struct svclb_error *err = NULL;

	ok(model_add(m, SVCLB_KIND_SERVICE, from_file("a.yaml", 1), NULL));
	ok(model_add(m, SVCLB_KIND_SERVICE, from_file("b.yaml", 7), NULL));
	ck_assert_uint_eq(svclb_model_count(m, 0), 1);
	ck_assert_int_eq(model_add(m, SVCLB_KIND_SERVICE, from_file("b.yaml", 9), &err),
			 -SVCLB_EINVALID);
	ck_assert_uint_eq(svclb_error_get_line(err), 9);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), "b.yaml:7:1"));
	svclb_error_unref(err);
	ok(model_add(m, SVCLB_KIND_SERVICE, from_file(NULL, 0), NULL));
	ok(model_add(m, SVCLB_KIND_SERVICE, from_file(NULL, 0), NULL));
	ck_assert_uint_eq(svclb_model_count(m, SVCLB_KIND_SERVICE), 1);
}
END_TEST

/* Many objects come and go, in an order that is neither that of the names nor that of adding. */
START_TEST(many_objects)
{
	enum { N = 3000 };
	char name[16];

	for (unsigned i = 0; i < N; i++)
		new_service(m, arena_printf(&m->arena, "s%u", i * 7919 % N));
	for (unsigned i = 0; i < N; i += 2) {
		snprintf(name, sizeof(name), "s%u", i);
		ok(svclb_model_remove(m, SVCLB_KIND_SERVICE, NULL, name, NULL));
		ck_assert_int_eq(svclb_model_remove(m, SVCLB_KIND_SERVICE, NULL, name, NULL),
				 -SVCLB_ENOTFOUND);
	}
	ck_assert_uint_eq(svclb_model_count(m, 0), N / 2);
	for (unsigned i = 0; i < N; i++) {
		const struct svclb_object *o;

		snprintf(name, sizeof(name), "s%u", i);
		o = svclb_model_find(m, SVCLB_KIND_SERVICE, "default", name);
		ck_assert_int_eq(o != NULL, i % 2);
	}
}
END_TEST

START_TEST(number_of_objects_is_limited)
{
	struct svclb_options *o;
	struct svclb_model *small;
	struct svclb_service *svc;

	ok(svclb_options_new(&o, NULL));
	ok(svclb_options_set_limit(o, SVCLB_LIMIT_OBJECTS, 1));
	ok(svclb_model_new(o, &small, NULL));
	svclb_options_unref(o);
	ok(svclb_service_new(NULL, "a", &svc, NULL));
	ok(svclb_model_add_service(small, svc, NULL));
	ok(svclb_model_add_service(small, svc, NULL));
	svclb_service_unref(svc);
	ok(svclb_service_new(NULL, "b", &svc, NULL));
	ck_assert_int_eq(svclb_model_add_service(small, svc, NULL), -SVCLB_ELIMIT);
	svclb_service_unref(svc);
	svclb_model_unref(small);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("build");
	TCase *t = tcase_create("builders");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, services);
	tcase_add_loop_test(t, affinity, 0, 2);
	tcase_add_test(t, endpoints);
	tcase_add_test(t, misuse);
	suite_add_tcase(s, t);
	t = tcase_create("model");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, walk_is_sorted);
	tcase_add_test(t, same_identity);
	tcase_add_test(t, many_objects);
	tcase_add_test(t, number_of_objects_is_limited);
	suite_add_tcase(s, t);
	return run_suite(s);
}
