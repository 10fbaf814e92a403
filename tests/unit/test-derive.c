/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints from Endpoints objects and from selectors and Pods. */
#include "model-make.h"

static struct svclb_model *m;
static struct service *s;

static void setup(void)
{
	m = new_model();
	s = new_service(m, "web");
	add_port(m, s, 80)->name.s = "http";
}

static void teardown(void)
{
	m = svclb_model_unref(m);
}

static void select_app(void)
{
	add_label(m, &s->selector, "app", "web");
	s->ports[0].target_port = (struct fint){.v = 8080, .given = true};
}

static struct endpoint_subset *endpoints_object(void)
{
	struct endpoints *e = new_endpoints(m, "web");
	struct endpoint_subset *sub = add_subset(m, e);

	add_address(m, sub, "10.244.1.5", true)->node_name.s = "node-1";
	add_address(m, sub, "10.244.1.6", false);
	add_subset_port(m, sub, 8080)->name.s = "http";
	return sub;
}

START_TEST(endpoints_become_slices)
{
	struct endpoint_subset *sub = endpoints_object();
	const struct slice *sl;

	add_address(m, sub, "fd00::5", true);
	complete_model(m, NULL);
	sl = derived_slice(m, 0);
	ck_assert_ptr_nonnull(sl);
	ck_assert_str_eq(sl->service.s, "web");
	ck_assert_str_eq(label_get(&sl->meta.labels, "kubernetes.io/service-name"), "web");
	ck_assert_str_eq(sl->address_type.s, "IPv4");
	ck_assert_uint_eq(sl->n_endpoints, 2);
	ck_assert_str_eq(sl->endpoints[0].addresses.v[0].s, "10.244.1.5");
	ck_assert_str_eq(sl->endpoints[0].node_name.s, "node-1");
	ck_assert(sl->endpoints[0].ready == TRI_TRUE && sl->endpoints[1].ready == TRI_FALSE);
	ck_assert(sl->endpoints[0].serving == TRI_UNSET);
	ck_assert(sl->endpoints[0].terminating == TRI_UNSET);
	ck_assert_str_eq(sl->ports[0].name.s, "http");
	ck_assert_int_eq(sl->ports[0].port.v, 8080);
	ck_assert_int_eq(sl->ports[0].proto, PROTO_TCP);
	sl = derived_slice(m, 1);
	ck_assert_str_eq(sl->address_type.s, "IPv6");
	ck_assert_uint_eq(sl->n_endpoints, 1);
	ck_assert_ptr_null(derived_slice(m, 2));
}
END_TEST

START_TEST(derived_objects_are_hidden)
{
	const struct svclb_object *obj = NULL;
	size_t n = 0;

	endpoints_object();
	complete_model(m, NULL);
	ck_assert_uint_eq(svclb_model_count(m, 0), 2);
	while ((obj = svclb_model_next(m, obj)))
		n++;
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_null(svclb_model_find(m, SVCLB_KIND_ENDPOINT_SLICE, NULL,
					    derived_slice(m, 0)->meta.name.s));
}
END_TEST

START_TEST(derived_again_after_a_change)
{
	endpoints_object();
	complete_model(m, NULL);
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 1));
	new_slice(m, "web-1", "web");
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 0));
	ck_assert_int_eq(svclb_model_remove(m, SVCLB_KIND_ENDPOINT_SLICE, NULL, "web-1", NULL), 0);
	complete_model(m, NULL);
	ck_assert_ptr_nonnull(derived_slice(m, 0));
}
END_TEST

START_TEST(slices_win)
{
	new_slice(m, "web-1", "web");
	endpoints_object();
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 0));
}
END_TEST

START_TEST(marked_endpoints_are_not_mirrored)
{
	struct endpoints *e;

	endpoints_object();
	e = m->objects.v[1]->endpoints;
	if (_i == 0)
		add_label(m, &e->meta.labels, "endpointslice.kubernetes.io/skip-mirror", "true");
	else if (_i == 1)
		add_label(m, &e->meta.annotations, "control-plane.alpha.kubernetes.io/leader", "x");
	else if (_i == 2)
		add_label(m, &e->meta.labels, "service.kubernetes.io/headless", "");
	else
		add_label(m, &e->meta.labels, "service.kubernetes.io/service-proxy-name", "x");
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 0));
}
END_TEST

START_TEST(endpoints_without_service)
{
	new_endpoints(m, "other");
	endpoints_object();
	ck_assert_int_eq(svclb_model_remove(m, SVCLB_KIND_SERVICE, NULL, "web", NULL), 0);
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 0));
}
END_TEST

START_TEST(large_subsets_are_cut)
{
	struct endpoint_subset *sub = endpoints_object();

	while (sub->n_addresses < 1001)
		add_address(m, sub, "10.244.1.7", true);
	complete_model(m, NULL);
	ck_assert_uint_eq(derived_slice(m, 0)->n_endpoints, 1000);
	ck_assert_uint_eq(warnings_with(m, "only the first 1000"), 1);
}
END_TEST

START_TEST(pods_become_slices)
{
	const struct slice *sl;
	struct pod *p;

	select_app();
	p = new_pod(m, "web-a", "web", "10.244.1.5");
	p->node_name.s = "node-1";
	add_label(m, &p->meta.labels, "tier", "front");
	new_pod(m, "web-b", "web", "10.244.1.6")->ready = TRI_FALSE;
	new_pod(m, "db-a", "db", "10.244.1.7");
	new_pod(m, "web-c", "web", NULL);
	new_pod(m, "web-d", "web", "10.244.1.8")->phase.s = "Succeeded";
	new_pod(m, "web-e", "web", "10.244.1.9")->meta.deletion_timestamp.s =
		"2026-01-01T00:00:00Z";
	complete_model(m, NULL);
	sl = derived_slice(m, 0);
	ck_assert_ptr_nonnull(sl);
	ck_assert_ptr_null(derived_slice(m, 1));
	ck_assert_uint_eq(sl->n_endpoints, 3);
	ck_assert_int_eq(sl->ports[0].port.v, 8080);
	ck_assert_str_eq(sl->ports[0].name.s, "http");
	ck_assert_str_eq(sl->endpoints[0].addresses.v[0].s, "10.244.1.5");
	ck_assert_str_eq(sl->endpoints[0].node_name.s, "node-1");
	ck_assert_str_eq(sl->endpoints[0].target_kind.s, "Pod");
	ck_assert_str_eq(sl->endpoints[0].target_name.s, "web-a");
	ck_assert(sl->endpoints[0].ready == TRI_TRUE && sl->endpoints[0].terminating == TRI_FALSE);
	ck_assert(sl->endpoints[1].ready == TRI_FALSE && sl->endpoints[1].serving == TRI_FALSE);
	ck_assert(sl->endpoints[2].ready == TRI_FALSE && sl->endpoints[2].serving == TRI_TRUE &&
		  sl->endpoints[2].terminating == TRI_TRUE);
}
END_TEST

START_TEST(all_selector_pairs_must_match)
{
	struct pod *p;

	select_app();
	add_label(m, &s->selector, "tier", "front");
	new_pod(m, "a", "web", "10.244.1.5");
	p = new_pod(m, "b", "web", "10.244.1.6");
	add_label(m, &p->meta.labels, "tier", "front");
	p = new_pod(m, "c", "web", "10.244.1.7");
	add_label(m, &p->meta.labels, "tier", "back");
	complete_model(m, NULL);
	ck_assert_uint_eq(derived_slice(m, 0)->n_endpoints, 1);
	ck_assert_str_eq(derived_slice(m, 0)->endpoints[0].target_name.s, "b");
}
END_TEST

START_TEST(other_namespaces_do_not_match)
{
	struct pod *p = arena_alloc(&m->arena, sizeof(*p));

	select_app();
	p->meta.ns.s = "other";
	p->meta.name.s = "p";
	p->pod_ip.s = "10.244.1.5";
	add_label(m, &p->meta.labels, "app", "web");
	add_object(m, SVCLB_KIND_POD, &p->meta);
	complete_model(m, NULL);
	ck_assert_ptr_null(derived_slice(m, 0));
	ck_assert_uint_eq(warnings_with(m, "no Pod has all labels"), 1);
	ck_assert_str_eq(svclb_error_get_object(svclb_model_get_warnings(m)),
			 "Service default/web");
	ck_assert_int_eq(svclb_error_get_severity(svclb_model_get_warnings(m)),
			 SVCLB_SEVERITY_WARNING);
}
END_TEST

START_TEST(publish_not_ready)
{
	struct pod *p;

	select_app();
	s->publish_not_ready.v = TRI_TRUE;
	p = new_pod(m, "a", "web", "10.244.1.5");
	p->ready = TRI_FALSE;
	p->meta.deletion_timestamp.s = "2026-01-01T00:00:00Z";
	complete_model(m, NULL);
	ck_assert(derived_slice(m, 0)->endpoints[0].ready == TRI_TRUE);
	ck_assert(derived_slice(m, 0)->endpoints[0].serving == TRI_FALSE);
	ck_assert(derived_slice(m, 0)->endpoints[0].terminating == TRI_TRUE);
}
END_TEST

START_TEST(pods_written_by_hand_are_ready)
{
	select_app();
	new_pod(m, "a", "web", "10.244.1.5")->ready = TRI_UNSET;
	complete_model(m, NULL);
	ck_assert(derived_slice(m, 0)->endpoints[0].ready == TRI_TRUE);
}
END_TEST

START_TEST(named_ports_differ_between_pods)
{
	const struct slice *sl;

	select_app();
	s->ports[0].target_port = (struct fint){0};
	s->ports[0].target_port_name.s = "http";
	add_container_port(m, new_pod(m, "a", "web", "10.244.1.5"), "http", 8080);
	add_container_port(m, new_pod(m, "b", "web", "10.244.1.6"), "http", 9090);
	add_container_port(m, new_pod(m, "c", "web", "10.244.1.7"), "http", 8080);
	add_container_port(m, new_pod(m, "d", "web", "10.244.1.8"), "metrics", 8080);
	complete_model(m, NULL);
	sl = derived_slice(m, 0);
	ck_assert_int_eq(sl->ports[0].port.v, 8080);
	ck_assert_uint_eq(sl->n_endpoints, 2);
	sl = derived_slice(m, 1);
	ck_assert_int_eq(sl->ports[0].port.v, 9090);
	ck_assert_uint_eq(sl->n_endpoints, 1);
	ck_assert_ptr_null(derived_slice(m, 2));
	ck_assert_uint_eq(warnings_with(m, "1 of 4 Pod addresses are left out"), 1);
}
END_TEST

START_TEST(pod_lacks_one_of_two_ports)
{
	select_app();
	add_port(m, s, 81)->name.s = "metrics";
	s->ports[1].target_port_name.s = "metrics";
	new_pod(m, "a", "web", "10.244.1.5");
	complete_model(m, NULL);
	ck_assert_uint_eq(derived_slice(m, 0)->n_ports, 1);
	ck_assert_str_eq(derived_slice(m, 0)->ports[0].name.s, "http");
}
END_TEST

START_TEST(families_of_pods)
{
	struct pod *p;

	select_app();
	s->ip_family_policy.s = "RequireDualStack";
	p = new_pod(m, "a", "web", "10.244.1.5");
	add_text(m, &p->pod_ips, "10.244.1.5");
	add_text(m, &p->pod_ips, "fd00::5");
	complete_model(m, NULL);
	ck_assert_str_eq(derived_slice(m, 0)->address_type.s, "IPv4");
	ck_assert_str_eq(derived_slice(m, 1)->address_type.s, "IPv6");
	ck_assert_str_eq(derived_slice(m, 1)->endpoints[0].addresses.v[0].s, "fd00::5");
}
END_TEST

START_TEST(zone_of_the_pods_node)
{
	struct node *n = arena_alloc(&m->arena, sizeof(*n));

	n->meta.name.s = "node-1";
	add_label(m, &n->meta.labels, "topology.kubernetes.io/zone", "zone-a");
	add_object(m, SVCLB_KIND_NODE, &n->meta);
	select_app();
	new_pod(m, "a", "web", "10.244.1.5")->node_name.s = "node-1";
	complete_model(m, NULL);
	ck_assert_str_eq(derived_slice(m, 0)->endpoints[0].zone.s, "zone-a");
	ck_assert_uint_eq(derived_slice(m, 0)->endpoints[0].zone_hints.n, 0);
}
END_TEST

/* What the controller of slices does: zone and node of each Pod become hints. */
START_TEST(traffic_distribution_becomes_hints)
{
	struct node *n = arena_alloc(&m->arena, sizeof(*n));
	const struct slice_endpoint *e;

	n->meta.name.s = "node-1";
	add_label(m, &n->meta.labels, "topology.kubernetes.io/zone", "zone-a");
	add_object(m, SVCLB_KIND_NODE, &n->meta);
	select_app();
	m->objects.v[0]->service->traffic_distribution.s = _i ? "PreferSameNode" : "PreferClose";
	new_pod(m, "a", "web", "10.244.1.5")->node_name.s = "node-1";
	complete_model(m, NULL);
	e = &derived_slice(m, 0)->endpoints[0];
	ck_assert_uint_eq(e->zone_hints.n, 1);
	ck_assert_str_eq(e->zone_hints.v[0].s, "zone-a");
	ck_assert_uint_eq(e->node_hints.n, (unsigned)_i);
	if (_i)
		ck_assert_str_eq(e->node_hints.v[0].s, e->node_name.s);
}
END_TEST

START_TEST(endpoints_stand_in_for_pods)
{
	select_app();
	endpoints_object();
	if (_i == 1)
		new_pod(m, "a", "web", "10.244.9.9");
	complete_model(m, NULL);
	ck_assert_str_eq(derived_slice(m, 0)->endpoints[0].addresses.v[0].s,
			 _i ? "10.244.9.9" : "10.244.1.5");
	ck_assert_ptr_null(derived_slice(m, 1));
}
END_TEST

START_TEST(stale_target_port)
{
	struct slice *sl = new_slice(m, "web-1", "web");

	select_app();
	add_slice_port(m, sl, _i ? 8080 : 9090)->name.s = "http";
	complete_model(m, NULL);
	ck_assert_uint_eq(warnings_with(m, "no EndpointSlice has 8080"), _i ? 0 : 1);
}
END_TEST

START_TEST(pods_that_do_not_run)
{
	select_app();
	new_pod(m, "a", "web", NULL);
	complete_model(m, NULL);
	ck_assert_uint_eq(warnings_with(m, "none of the 1 Pods"), 1);
}
END_TEST

START_TEST(number_of_endpoints_is_limited)
{
	struct svclb_error *e = NULL;
	struct svclb_options *o;

	svclb_model_unref(m);
	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_limit(o, SVCLB_LIMIT_NODES, 10), 0);
	ck_assert_int_eq(svclb_model_new(o, &m, NULL), 0);
	s = new_service(m, "web");
	add_port(m, s, 80);
	select_app();
	new_pod(m, "a", "web", "10.244.1.5");
	new_pod(m, "b", "web", "10.244.1.6");
	ck_assert_int_eq(svclb_model_complete(m, o, &e), -SVCLB_ELIMIT);
	ck_assert_str_eq(svclb_error_get_object(e), "Service default/web");
	ck_assert_str_eq(svclb_error_get_field(e), "spec.selector");
	ck_assert_ptr_nonnull(strstr(svclb_error_get_hint(e), "limits.nodes"));
	svclb_error_unref(e);
	svclb_options_unref(o);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("derive");
	TCase *t = tcase_create("endpoints");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, endpoints_become_slices);
	tcase_add_test(t, derived_objects_are_hidden);
	tcase_add_test(t, derived_again_after_a_change);
	tcase_add_test(t, slices_win);
	tcase_add_loop_test(t, marked_endpoints_are_not_mirrored, 0, 4);
	tcase_add_test(t, endpoints_without_service);
	tcase_add_test(t, large_subsets_are_cut);
	suite_add_tcase(suite, t);
	t = tcase_create("pods");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, pods_become_slices);
	tcase_add_test(t, all_selector_pairs_must_match);
	tcase_add_test(t, other_namespaces_do_not_match);
	tcase_add_test(t, publish_not_ready);
	tcase_add_test(t, pods_written_by_hand_are_ready);
	tcase_add_test(t, named_ports_differ_between_pods);
	tcase_add_test(t, pod_lacks_one_of_two_ports);
	tcase_add_test(t, families_of_pods);
	tcase_add_test(t, zone_of_the_pods_node);
	tcase_add_loop_test(t, traffic_distribution_becomes_hints, 0, 2);
	tcase_add_loop_test(t, endpoints_stand_in_for_pods, 0, 2);
	tcase_add_loop_test(t, stale_target_port, 0, 2);
	tcase_add_test(t, pods_that_do_not_run);
	tcase_add_test(t, number_of_endpoints_is_limited);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
