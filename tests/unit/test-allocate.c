/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cluster IPs and node ports: ranges, conflicts, families, and that choices are stable. */
#include <stdio.h>

#include "model-make.h"
#include "model/fields.h"

/* What Service default/web with port 80 gets when nothing is in its way. */
#define WEB_IPV4      "10.98.181.204"
#define WEB_IPV6      "fd00:10:96::b:1136"
#define WEB_NODE_PORT 30379

static struct svclb_model *m;
static struct svclb_options *o;

static void setup(void)
{
	m = new_model();
	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
}

static void teardown(void)
{
	m = svclb_model_unref(m);
	o = svclb_options_unref(o);
}

static struct service *service(const char *name, const char *type)
{
	struct service *s = new_service(m, name);

	s->type.s = type;
	add_port(m, s, 80);
	return s;
}

START_TEST(allocates_what_is_missing)
{
	struct service *s = service("web", "NodePort");
	struct cidr net;
	struct ipaddr ip;

	complete_model(m, o);
	ck_assert(cidr_parse("10.96.0.0/12", &net, NULL));
	ck_assert(ip_parse(s->cluster_ip.s, &ip, NULL));
	ck_assert(cidr_contains(&net, &ip));
	ck_assert(s->cluster_ip_allocated);
	ck_assert_str_eq(s->cluster_ips.v[0].s, s->cluster_ip.s);
	ck_assert_str_eq(s->ip_families.v[0].s, "IPv4");
	ck_assert_str_eq(s->ip_family_policy.s, "SingleStack");
	ck_assert_int_ge(s->ports[0].node_port.v, 30000);
	ck_assert_int_le(s->ports[0].node_port.v, 32767);
	ck_assert(s->ports[0].node_port_allocated);
}
END_TEST

START_TEST(choices_depend_on_names_alone)
{
	struct svclb_model *first = m;
	struct service *a = service("a", "NodePort"), *b = service("b", "NodePort"), *a2, *b2;

	complete_model(m, o);
	m = new_model();
	b2 = service("b", "NodePort");
	service("c", "NodePort");
	a2 = service("a", "NodePort");
	complete_model(m, o);
	ck_assert_str_eq(a->cluster_ip.s, a2->cluster_ip.s);
	ck_assert_str_eq(b->cluster_ip.s, b2->cluster_ip.s);
	ck_assert_int_eq(a->ports[0].node_port.v, a2->ports[0].node_port.v);
	ck_assert_int_eq(b->ports[0].node_port.v, b2->ports[0].node_port.v);
	ck_assert_str_ne(a->cluster_ip.s, b->cluster_ip.s);
	svclb_model_unref(first);
}
END_TEST

/* The same in every release: a stored or documented address would move otherwise. */
START_TEST(choices_never_change)
{
	struct service *s = service("web", "NodePort");

	s->ip_family_policy.s = "RequireDualStack";
	complete_model(m, o);
	ck_assert_str_eq(s->cluster_ips.v[0].s, WEB_IPV4);
	ck_assert_str_eq(s->cluster_ips.v[1].s, WEB_IPV6);
	ck_assert_int_eq(s->ports[0].node_port.v, WEB_NODE_PORT);
}
END_TEST

START_TEST(given_ones_come_first)
{
	struct service *z = service("z", "NodePort"), *web;

	z->cluster_ip.s = WEB_IPV4;
	z->ports[0].node_port.v = WEB_NODE_PORT;
	web = service("web", "NodePort");
	complete_model(m, o);
	ck_assert_str_eq(z->cluster_ip.s, WEB_IPV4);
	ck_assert_str_ne(web->cluster_ip.s, WEB_IPV4);
	ck_assert_int_eq(web->ports[0].node_port.v, WEB_NODE_PORT + 1);
}
END_TEST

START_TEST(uses_the_whole_range_and_no_more)
{
	bool seen[16] = {false};

	ck_assert_int_eq(svclb_options_set_service_cidrs(o, "10.0.0.0/28"), 0);
	ck_assert_int_eq(svclb_options_set_node_port_range(o, 31000, 31012), 0);
	for (int i = 0; i < 13; i++)
		service(arena_printf(&m->arena, "s%d", i), "NodePort");
	complete_model(m, o);
	for (size_t i = 0; i < m->objects.n; i++) {
		struct ipaddr ip;

		ck_assert(ip_parse(m->objects.v[i]->service->cluster_ip.s, &ip, NULL));
		ck_assert(!seen[ip.b[3]]);
		seen[ip.b[3]] = true;
	}
	/* Neither the network's own address, nor the first host, nor the broadcast address. */
	ck_assert(!seen[0] && !seen[1] && !seen[15] && seen[2] && seen[14]);
	service("last", "NodePort");
	ck_assert_uint_eq(refuse_model(m, o, "spec.clusterIPs", "invalid: no free address"), 2);
}
END_TEST

START_TEST(node_ports_run_out)
{
	ck_assert_int_eq(svclb_options_set_node_port_range(o, 31000, 31000), 0);
	service("a", "NodePort");
	service("b", "NodePort");
	refuse_model(m, o, "spec.ports[0].nodePort",
		     "invalid: no free node port is left in 31000-31000");
}
END_TEST

START_TEST(low_addresses_are_left_alone)
{
	ck_assert_int_eq(svclb_options_set_service_cidrs(o, "10.0.0.0/26"), 0);
	for (int i = 0; i < 52; i++)
		service(arena_printf(&m->arena, "s%d", i), "ClusterIP");
	complete_model(m, o);
	for (size_t i = 0; i < m->objects.n; i++) {
		struct ipaddr ip;

		ck_assert(ip_parse(m->objects.v[i]->service->cluster_ip.s, &ip, NULL));
		ck_assert_uint_gt(ip.b[3], 10);
		ck_assert_uint_lt(ip.b[3], 63);
	}
}
END_TEST

START_TEST(node_port_range)
{
	service("web", "NodePort")->ports[0].node_port.v = 8080;
	ck_assert_int_eq(svclb_options_set_node_port_range(o, 30000, 32767), 0);
	refuse_model(m, o, "spec.ports[0].nodePort",
		     "invalid: 8080 is not in the range of node ports, 30000-32767");
}
END_TEST

/* Only an API server knows the cluster's range, unless it is told here. */
START_TEST(node_port_outside_of_the_usual_range)
{
	struct service *s = service("web", "NodePort");
	const char *text;

	s->ports[0].node_port.v = 8080;
	complete_model(m, o);
	ck_assert_int_eq(s->ports[0].node_port.v, 8080);
	text = svclb_error_get_message(svclb_model_get_warnings(m));
	ck_assert_str_eq(text, "is not in the usual range, 30000-32767");
}
END_TEST

static const int64_t no_ports[] = {-1, -800000000, 65536, 70000, 5000000000, INT64_MIN};

#define N_NO_PORTS (sizeof(no_ports) / sizeof(no_ports[0]))

/* Whether or not a range is set. */
START_TEST(node_ports_that_are_none)
{
	struct service *s = service("web", "LoadBalancer");
	char text[100];

	if (_i >= (int)N_NO_PORTS)
		ck_assert_int_eq(svclb_options_set_node_port_range(o, 30000, 32767), 0);
	s->ports[0].node_port.v = no_ports[_i % (int)N_NO_PORTS];
	(void)snprintf(text, sizeof(text), "invalid: %lld is not in 1-65535",
		       (long long)s->ports[0].node_port.v);
	refuse_model(m, o, "spec.ports[0].nodePort", text);
	s->health_check_node_port.v = s->ports[0].node_port.v;
	s->ports[0].node_port.v = 0;
	s->external_traffic_policy.s = "Local";
	refuse_model(m, o, "spec.healthCheckNodePort", text);
}
END_TEST

/* Numbers outside of a range leave as many in it. */
START_TEST(range_beside_others)
{
	struct service *b;

	ck_assert_int_eq(svclb_options_set_node_port_range(o, 30000, 30000), 0);
	o->node_port_range_given = false;
	service("a", "NodePort")->ports[0].node_port.v = 8080;
	b = service("b", "NodePort");
	complete_model(m, o);
	ck_assert_int_eq(b->ports[0].node_port.v, 30000);
}
END_TEST

START_TEST(node_port_of_another_service)
{
	struct service *b;

	service("a", "NodePort")->ports[0].node_port.v = 30080;
	b = service("b", "LoadBalancer");
	b->ports[0].node_port.v = 30080;
	b->ports[0].protocol.s = "UDP";
	ck_assert_uint_eq(refuse_model(m, o, "spec.ports[0].nodePort",
				       "invalid: 30080 is taken by Service default/a"),
			  1);
}
END_TEST

START_TEST(protocols_share_a_number)
{
	struct service *s = service("dns", "NodePort");
	struct service_port *p;

	s->ports[0].name.s = "tcp";
	p = add_port(m, s, 80);
	p->name.s = "udp";
	p->protocol.s = "UDP";
	complete_model(m, o);
	ck_assert_int_eq(s->ports[0].node_port.v, s->ports[1].node_port.v);
}
END_TEST

START_TEST(given_number_is_shared)
{
	struct service *s = service("dns", "NodePort");
	struct service_port *p;

	s->ports[0].name.s = "tcp";
	p = add_port(m, s, 80);
	p->name.s = "udp";
	p->protocol.s = "UDP";
	p->node_port.v = 30053;
	complete_model(m, o);
	ck_assert_int_eq(s->ports[0].node_port.v, 30053);
}
END_TEST

START_TEST(load_balancer_without_node_ports)
{
	struct service *s = service("web", "LoadBalancer");

	s->allocate_node_ports.v = TRI_FALSE;
	complete_model(m, o);
	ck_assert_int_eq(s->ports[0].node_port.v, 0);
	ck_assert(text_given(&s->cluster_ip));
}
END_TEST

START_TEST(health_check_node_port)
{
	struct service *s = service("web", "LoadBalancer");
	int64_t port;

	s->external_traffic_policy.s = "Local";
	complete_model(m, o);
	port = s->health_check_node_port.v;
	ck_assert_int_ge(port, 30000);
	ck_assert_int_ne(port, s->ports[0].node_port.v);
	service("other", "NodePort")->ports[0].node_port.v = port;
	refuse_model(m, o, "spec.ports[0].nodePort", "invalid: ");
}
END_TEST

START_TEST(who_came_first_keeps_what_two_claim)
{
	service("zebra", "ClusterIP")->cluster_ip.s = "10.96.0.50";
	service("ant", "ClusterIP")->cluster_ip.s = "10.96.0.50";
	ck_assert_uint_eq(refuse_model(m, o, "spec.clusterIPs",
				       "invalid: \"10.96.0.50\" is taken by Service default/zebra"),
			  1);
}
END_TEST

START_TEST(addresses_of_different_kinds_are_claims_too)
{
	struct service *first = service("zebra", "ClusterIP");
	struct service *later = service("ant", "ClusterIP");

	first->cluster_ip.s = "10.96.0.50";
	add_text(m, &first->external_ips, "203.0.113.9");
	later->cluster_ip.s = "10.96.0.51";
	add_text(m, &later->external_ips, "203.0.113.8");
	add_text(m, &later->external_ips, "203.0.113.9");
	refuse_model(m, o, "spec.externalIPs[1]",
		     "invalid: 203.0.113.9 port 80/TCP is taken by Service default/zebra");
}
END_TEST

/* Load balancers that list every node's addresses do so for Services of one family too. */
START_TEST(an_address_of_another_family_is_no_claim)
{
	struct service *first = service("zebra", "ClusterIP");
	struct service *later = service("ant", "ClusterIP");

	first->cluster_ip.s = "fd00:10:96::50";
	later->cluster_ip.s = "10.96.0.51";
	add_text(m, &first->external_ips, "203.0.113.9");
	add_text(m, &later->external_ips, "203.0.113.9");
	add_text(m, &first->external_ips, "2001:db8::9");
	add_text(m, &later->external_ips, "2001:db8::9");
	complete_model(m, o);
}
END_TEST

START_TEST(one_address_with_different_ports_is_no_conflict)
{
	struct service *first = service("zebra", "ClusterIP");
	struct service *later = service("ant", "ClusterIP");

	first->ports[0].port.v = 80;
	later->ports[0].port.v = 81;
	add_text(m, &first->external_ips, "203.0.113.9");
	add_text(m, &later->external_ips, "203.0.113.9");
	complete_model(m, o);
}
END_TEST

START_TEST(claims_are_reported_beside_other_faults)
{
	struct service *first = service("zebra", "ClusterIP");
	struct service *later = service("ant", "ClusterIP");

	first->session_affinity.s = "Sometimes";
	add_text(m, &first->external_ips, "203.0.113.9");
	add_text(m, &later->external_ips, "203.0.113.9");
	refuse_model(m, o, "spec.externalIPs[0]",
		     "invalid: 203.0.113.9 port 80/TCP is taken by Service default/zebra");
}
END_TEST

START_TEST(cluster_ip_of_another_service)
{
	service("a", "ClusterIP")->cluster_ip.s = "192.168.7.7";
	service("b", "ClusterIP")->cluster_ip.s = "192.168.007.7";
	ck_assert_uint_eq(refuse_model(m, o, "spec.clusterIPs",
				       "invalid: \"192.168.7.7\" is taken by Service default/a"),
			  1);
}
END_TEST

START_TEST(network_counts_when_it_is_configured)
{
	ck_assert_int_eq(svclb_options_set_service_cidrs(o, "10.0.0.0/8"), 0);
	service("a", "ClusterIP")->cluster_ip.s = "192.168.7.7";
	refuse_model(m, o, "spec.clusterIPs",
		     "invalid: \"192.168.7.7\" is not in the service network 10.0.0.0/8");
}
END_TEST

static const struct {
	const char *policy;
	const char *families[2];
	const char *given;
	const char *cidrs;
	int ipv4, ipv6;
	const char *expect[2];
} stacks[] = {
	{NULL, {NULL}, NULL, NULL, 1, 1, {"IPv4"}},
	{"SingleStack", {NULL}, NULL, NULL, 1, 1, {"IPv4"}},
	{"SingleStack", {NULL}, NULL, NULL, 0, 1, {"IPv6"}},
	{"SingleStack", {"IPv6"}, NULL, NULL, 1, 1, {"IPv6"}},
	{"PreferDualStack", {NULL}, NULL, NULL, 1, 1, {"IPv4", "IPv6"}},
	{"PreferDualStack", {"IPv6"}, NULL, NULL, 1, 1, {"IPv6", "IPv4"}},
	{"PreferDualStack", {NULL}, NULL, NULL, 1, 0, {"IPv4"}},
	{"PreferDualStack", {NULL}, NULL, "10.0.0.0/8", 1, 1, {"IPv4"}},
	{"RequireDualStack", {NULL}, NULL, NULL, 1, 1, {"IPv4", "IPv6"}},
	{"RequireDualStack", {NULL}, "10.96.0.50", NULL, 1, 1, {"IPv4", "IPv6"}},
	{"RequireDualStack", {NULL}, NULL, "fd00::/64,10.0.0.0/8", 1, 1, {"IPv6", "IPv4"}},
	/* as an API server with one family hands it out */
	{"PreferDualStack", {"IPv4"}, "10.96.0.50", NULL, 1, 1, {"IPv4"}},
	{NULL, {"IPv6", "IPv4"}, NULL, NULL, 1, 1, {"IPv6", "IPv4"}},
	{NULL, {NULL}, "fd00::50", NULL, 1, 1, {"IPv6"}},
};

START_TEST(families)
{
	struct service *s = service("web", "ClusterIP");
	size_t n = 0;

	s->ip_family_policy.s = stacks[_i].policy;
	for (size_t i = 0; i < 2 && stacks[_i].families[i]; i++)
		add_text(m, &s->ip_families, stacks[_i].families[i]);
	s->cluster_ip.s = stacks[_i].given;
	ck_assert_int_eq(svclb_options_set_families(o, stacks[_i].ipv4, stacks[_i].ipv6), 0);
	ck_assert_int_eq(svclb_options_set_service_cidrs(o, stacks[_i].cidrs), 0);
	complete_model(m, o);
	while (n < 2 && stacks[_i].expect[n])
		n++;
	ck_assert_uint_eq(s->cluster_ips.n, n);
	ck_assert_uint_eq(s->ip_families.n, n);
	for (size_t i = 0; i < n; i++) {
		struct ipaddr ip;

		ck_assert_str_eq(s->ip_families.v[i].s, stacks[_i].expect[i]);
		ck_assert(ip_parse(s->cluster_ips.v[i].s, &ip, NULL));
		ck_assert_uint_eq(ip.family, family_from_name(stacks[_i].expect[i]));
	}
	ck_assert_str_eq(s->cluster_ip.s, s->cluster_ips.v[0].s);
}
END_TEST

START_TEST(family_without_network)
{
	ck_assert_int_eq(svclb_options_set_service_cidrs(o, "10.0.0.0/8"), 0);
	service("web", "ClusterIP")->ip_family_policy.s = "RequireDualStack";
	refuse_model(m, o, "spec.clusterIPs", "required: there is no IPv6 service network");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("allocate");
	TCase *t = tcase_create("allocate");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, allocates_what_is_missing);
	tcase_add_test(t, choices_depend_on_names_alone);
	tcase_add_test(t, choices_never_change);
	tcase_add_test(t, given_ones_come_first);
	tcase_add_test(t, uses_the_whole_range_and_no_more);
	tcase_add_test(t, node_ports_run_out);
	tcase_add_test(t, low_addresses_are_left_alone);
	tcase_add_test(t, node_port_range);
	tcase_add_test(t, node_port_outside_of_the_usual_range);
	tcase_add_test(t, range_beside_others);
	tcase_add_loop_test(t, node_ports_that_are_none, 0, 2 * N_NO_PORTS);
	tcase_add_test(t, node_port_of_another_service);
	tcase_add_test(t, protocols_share_a_number);
	tcase_add_test(t, given_number_is_shared);
	tcase_add_test(t, load_balancer_without_node_ports);
	tcase_add_test(t, health_check_node_port);
	tcase_add_test(t, who_came_first_keeps_what_two_claim);
	tcase_add_test(t, addresses_of_different_kinds_are_claims_too);
	tcase_add_test(t, an_address_of_another_family_is_no_claim);
	tcase_add_test(t, one_address_with_different_ports_is_no_conflict);
	tcase_add_test(t, claims_are_reported_beside_other_faults);
	tcase_add_test(t, cluster_ip_of_another_service);
	tcase_add_test(t, network_counts_when_it_is_configured);
	tcase_add_loop_test(t, families, 0, sizeof(stacks) / sizeof(stacks[0]));
	tcase_add_test(t, family_without_network);
	suite_add_tcase(s, t);
	return run_suite(s);
}
