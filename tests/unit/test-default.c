/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults: what complete fills in, and what it leaves alone. */
#include "model-make.h"

static struct svclb_model *m;
static struct service *s;

static void setup(void)
{
	m = new_model();
	s = new_service(m, "web");
	add_port(m, s, 80);
}

static void teardown(void)
{
	m = svclb_model_unref(m);
}

START_TEST(plain_service)
{
	complete_model(m, NULL);
	ck_assert_str_eq(s->meta.ns.s, "default");
	ck_assert_str_eq(s->type.s, "ClusterIP");
	ck_assert_str_eq(s->session_affinity.s, "None");
	ck_assert(!s->affinity_timeout.given);
	ck_assert_str_eq(s->ports[0].name.s, "");
	ck_assert_str_eq(s->ports[0].protocol.s, "TCP");
	ck_assert_int_eq(s->ports[0].proto, PROTO_TCP);
	ck_assert_int_eq(s->ports[0].target_port.v, 80);
	ck_assert_ptr_null(s->external_traffic_policy.s);
	ck_assert_str_eq(s->internal_traffic_policy.s, "Cluster");
	ck_assert(s->allocate_node_ports.v == TRI_UNSET);
}
END_TEST

START_TEST(external_policy_follows_reachability)
{
	struct service *np = new_service(m, "np");

	add_port(m, np, 80);
	np->type.s = "NodePort";
	add_text(m, &s->external_ips, "192.0.2.1");
	complete_model(m, NULL);
	ck_assert_str_eq(s->external_traffic_policy.s, "Cluster");
	ck_assert_str_eq(np->external_traffic_policy.s, "Cluster");
}
END_TEST

START_TEST(load_balancer)
{
	struct ingress *i = list_push(&m->arena, s->ingress, s->n_ingress, s->cap_ingress);

	i->ip.s = "192.0.2.1";
	i = list_push(&m->arena, s->ingress, s->n_ingress, s->cap_ingress);
	i->hostname.s = "lb.example.com";
	s->type.s = "LoadBalancer";
	complete_model(m, NULL);
	ck_assert(s->allocate_node_ports.v == TRI_TRUE);
	ck_assert_str_eq(s->ingress[0].ip_mode.s, "VIP");
	ck_assert_ptr_null(s->ingress[1].ip_mode.s);
}
END_TEST

START_TEST(affinity)
{
	s->session_affinity.s = "ClientIP";
	complete_model(m, NULL);
	ck_assert_int_eq(s->affinity_timeout.v, 10800);
	ck_assert(s->affinity_config_given);
}
END_TEST

START_TEST(affinity_config_without_affinity_is_dropped)
{
	s->affinity_config_given = true;
	s->affinity_timeout = (struct fint){.v = 5, .given = true};
	complete_model(m, NULL);
	ck_assert(!s->affinity_config_given && !s->affinity_timeout.given);
}
END_TEST

START_TEST(target_port_zero_is_the_port)
{
	s->ports[0].target_port.given = true;
	complete_model(m, NULL);
	ck_assert_int_eq(s->ports[0].target_port.v, 80);
}
END_TEST

START_TEST(named_target_port_stays)
{
	s->ports[0].target_port_name.s = "http";
	complete_model(m, NULL);
	ck_assert_int_eq(s->ports[0].target_port.v, 0);
}
END_TEST

START_TEST(external_name)
{
	s->type.s = "ExternalName";
	s->external_name.s = "example.com";
	complete_model(m, NULL);
	ck_assert_ptr_null(s->internal_traffic_policy.s);
	ck_assert_uint_eq(s->cluster_ips.n, 0);
	ck_assert_str_eq(service_skip_reason(s), "ExternalName");
}
END_TEST

START_TEST(cluster_ips_mirror_cluster_ip)
{
	s->cluster_ip.s = "10.96.0.99";
	complete_model(m, NULL);
	ck_assert_uint_eq(s->cluster_ips.n, 1);
	ck_assert_str_eq(s->cluster_ips.v[0].s, "10.96.0.99");
	ck_assert_str_eq(s->ip_families.v[0].s, "IPv4");
	ck_assert(!s->cluster_ip_allocated);
	ck_assert_ptr_null(service_skip_reason(s));
}
END_TEST

START_TEST(headless)
{
	s->cluster_ip.s = "None";
	complete_model(m, NULL);
	ck_assert_str_eq(s->cluster_ips.v[0].s, "None");
	ck_assert_str_eq(service_skip_reason(s), "headless");
	ck_assert_uint_eq(s->ip_families.n, 0);
}
END_TEST

START_TEST(slices)
{
	struct slice *sl = new_slice(m, "web-1", "web");
	struct slice_endpoint *e = add_endpoint(m, sl, "10.244.1.5");

	add_slice_port(m, sl, 8080);
	complete_model(m, NULL);
	ck_assert_str_eq(sl->service.s, "web");
	ck_assert_str_eq(sl->ports[0].name.s, "");
	ck_assert_int_eq(sl->ports[0].proto, PROTO_TCP);
	/* What nil means is the selection's business. */
	ck_assert(e->ready == TRI_UNSET && e->serving == TRI_UNSET && e->terminating == TRI_UNSET);
}
END_TEST

START_TEST(completing_twice_changes_nothing)
{
	const char *ip;

	s->type.s = "NodePort";
	complete_model(m, NULL);
	ip = s->cluster_ip.s;
	complete_model(m, NULL);
	ck_assert_ptr_eq(s->cluster_ip.s, ip);
	ck_assert_uint_eq(s->cluster_ips.n, 1);
	ck_assert_uint_eq(s->ip_families.n, 1);
}
END_TEST

START_TEST(other_proxies_services)
{
	add_label(m, &s->meta.labels, "service.kubernetes.io/service-proxy-name", "");
	complete_model(m, NULL);
	ck_assert_str_eq(service_skip_reason(s), "label service.kubernetes.io/service-proxy-name");
}
END_TEST

START_TEST(cluster_ip_by_family)
{
	struct ipaddr ip;

	s->ip_family_policy.s = "PreferDualStack";
	complete_model(m, NULL);
	ck_assert(service_cluster_ip(s, 4, &ip) && ip.family == 4);
	ck_assert(service_cluster_ip(s, 6, &ip) && ip.family == 6);
	s->ip_families.n = 0;
	ck_assert(service_cluster_ip(s, 4, &ip));
	ck_assert(!service_cluster_ip(s, 6, &ip));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("default");
	TCase *t = tcase_create("default");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, plain_service);
	tcase_add_test(t, external_policy_follows_reachability);
	tcase_add_test(t, load_balancer);
	tcase_add_test(t, affinity);
	tcase_add_test(t, affinity_config_without_affinity_is_dropped);
	tcase_add_test(t, target_port_zero_is_the_port);
	tcase_add_test(t, named_target_port_stays);
	tcase_add_test(t, external_name);
	tcase_add_test(t, cluster_ips_mirror_cluster_ip);
	tcase_add_test(t, headless);
	tcase_add_test(t, slices);
	tcase_add_test(t, completing_twice_changes_nothing);
	tcase_add_test(t, other_proxies_services);
	tcase_add_test(t, cluster_ip_by_family);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
