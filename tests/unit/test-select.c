/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selection: which endpoints serve which traffic. */
#include <stdlib.h>

#include "build-model.h"
#include "select/select.h"
#include "svclb/state.h"
#include "util/strbuf.h"

#define N_ENDPOINTS 3

/* Node n1, zone za; E1 10.1.0.1 on n1, E2 10.1.0.2 on n2, E3 10.1.0.3 on n3, port 80. */
struct example {
	const char *name;
	const char *type;
	const char *etp;
	const char *itp;
	const char *conditions[N_ENDPOINTS]; /* NULL: the endpoint does not exist */
	const char *hints[N_ENDPOINTS];	     /* zones */
	const char *zone;
	const char *cluster; /* numbers of the members */
	const char *local;
	bool any;
};

static const struct example examples[] = {
	{"node port, policy Cluster",
	 "NodePort",
	 "Cluster",
	 "Cluster",
	 {"", "", ""},
	 {0},
	 "za",
	 "123",
	 "",
	 true},
	{"node port, policy Local",
	 "NodePort",
	 "Local",
	 "Cluster",
	 {"", "", ""},
	 {0},
	 "za",
	 "123",
	 "1",
	 true},
	{"Local, the local endpoint terminates",
	 "NodePort",
	 "Local",
	 "Cluster",
	 {"t", "", ""},
	 {0},
	 "za",
	 "23",
	 "1",
	 true},
	{"Local without a local endpoint",
	 "NodePort",
	 "Local",
	 "Cluster",
	 {NULL, "", ""},
	 {0},
	 "za",
	 "23",
	 "",
	 true},
	{"internal Local without a local endpoint",
	 "ClusterIP",
	 NULL,
	 "Local",
	 {NULL, "", ""},
	 {0},
	 "za",
	 "",
	 "",
	 true},
	{"internal Local, external Cluster",
	 "NodePort",
	 "Cluster",
	 "Local",
	 {NULL, "", ""},
	 {0},
	 "za",
	 "23",
	 "",
	 true},
	{"all terminate",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"t", "t", "t"},
	 {0},
	 "za",
	 "123",
	 "",
	 true},
	{"none ready", "ClusterIP", NULL, "Cluster", {"n", "n", "n"}, {0}, "za", "", "", false},
	{"terminating and no longer serving",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"ts", "ts", "n"},
	 {0},
	 "za",
	 "",
	 "",
	 false},
	{"hints",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"", "", ""},
	 {"za", "zb", "zc"},
	 "za",
	 "1",
	 "",
	 true},
	{"one endpoint without hint",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"", "", ""},
	 {"za", "zb", NULL},
	 "za",
	 "123",
	 "",
	 true},
	{"node in another zone",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"", "", ""},
	 {"za", "zb", "zc"},
	 "zd",
	 "123",
	 "",
	 true},
	{"hints, the one in our zone terminates",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"t", "", ""},
	 {"za", "zb", "zc"},
	 "za",
	 "23",
	 "",
	 true},
	{"fallback ignores hints",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"t", "t", "n"},
	 {"za", "zb", "zc"},
	 "za",
	 "12",
	 "",
	 true},
	{"node without zone",
	 "ClusterIP",
	 NULL,
	 "Cluster",
	 {"", "", ""},
	 {"za", "zb", "zc"},
	 NULL,
	 "123",
	 "",
	 true},
	{"ready although terminating",
	 "NodePort",
	 "Local",
	 "Cluster",
	 {"tr", "", "n"},
	 {0},
	 "za",
	 "12",
	 "1",
	 true},
	{"local not ready",
	 "NodePort",
	 "Local",
	 "Cluster",
	 {"n", "", ""},
	 {0},
	 "za",
	 "23",
	 "",
	 true},
};

#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static struct svclb_model *example_model(const struct example *x)
{
	static const char *const addrs[] = {"10.1.0.1", "10.1.0.2", "10.1.0.3"};
	static const char *const nodes[] = {"n1", "n2", "n3"};
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "web", x->type, "10.96.0.10");
	struct slice *sl = add_slice(m, "web-1", "web", "IPv4");

	add_node(m, "n1", x->zone);
	s->external_traffic_policy.s = x->etp;
	s->internal_traffic_policy.s = x->itp;
	set_label(m, &s->meta.annotations, "service.kubernetes.io/topology-mode", "Auto");
	add_port(m, s, "http", "TCP", 80, strcmp(x->type, "ClusterIP") ? 30080 : 0);
	add_slice_port(m, sl, "http", "TCP", 80);
	for (int i = 0; i < N_ENDPOINTS; i++) {
		struct slice_endpoint *e;

		if (!x->conditions[i])
			continue;
		e = add_endpoint(m, sl, addrs[i], nodes[i], x->conditions[i]);
		if (x->hints[i])
			add_text(m, &e->zone_hints, x->hints[i]);
	}
	return m;
}

static struct svclb_selection *select_of(struct svclb_model *m, const struct svclb_options *opts)
{
	struct svclb_selection *sel = NULL;

	m->completed = true;
	ck_assert_int_eq(svclb_select(m, opts, &sel, NULL), 0);
	return sel;
}

/* Last digits of the addresses in a set. */
static void members(const struct sel_port *p, uint16_t set, char *buf)
{
	for (size_t i = 0; i < p->n_endpoints; i++)
		if (p->endpoints[i].flags & set)
			*buf++ = (char)('0' + p->endpoints[i].ip.b[3]);
	*buf = '\0';
}

START_TEST(worked_examples)
{
	const struct example *x = &examples[_i];
	struct svclb_model *m = example_model(x);
	struct svclb_selection *sel = select_of(m, NULL);
	char got[N_ENDPOINTS + 1];

	ck_assert_uint_eq(sel->n_ports, 1);
	members(&sel->ports[0], EP_IN_CLUSTER, got);
	ck_assert_msg(!strcmp(got, x->cluster), "%s: cluster set %s", x->name, got);
	members(&sel->ports[0], EP_IN_LOCAL, got);
	ck_assert_msg(!strcmp(got, x->local), "%s: local set %s", x->name, got);
	ck_assert_msg(sel->ports[0].any == x->any, "%s: any", x->name);
	ck_assert_uint_eq(sel->ports[0].n_cluster, strlen(x->cluster));
	ck_assert_uint_eq(sel->ports[0].n_local, strlen(x->local));
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

/* "ADDR:PORT" of each endpoint, space between. */
static char *endpoint_list(const struct sel_port *p)
{
	struct strbuf b = {0};
	char ip[IP_TEXT_MAX];

	for (size_t i = 0; i < p->n_endpoints; i++)
		strbuf_addf(&b, "%s%s:%u", i ? " " : "", ip_format(&p->endpoints[i].ip, ip),
			    p->endpoints[i].port);
	return strbuf_steal(&b);
}

static struct svclb_model *two_slices(const char *first, const char *second, const char *node1,
				      const char *node2)
{
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "web", "ClusterIP", "10.96.0.10");
	struct slice *a = add_slice(m, "web-a", "web", "IPv4");
	struct slice *b = add_slice(m, "web-b", "web", "IPv4");

	add_node(m, "n1", NULL);
	add_port(m, s, "", "TCP", 80, 0);
	add_slice_port(m, a, "", "TCP", 80);
	add_slice_port(m, b, NULL, "TCP", 80);
	add_endpoint(m, a, "10.1.0.1", node1, first);
	add_endpoint(m, b, "10.1.0.1", node2, second);
	return m;
}

static const struct {
	const char *first, *second, *node1, *node2;
	const char *winner; /* slice */
} repeated[] = {
	{"", "", "n1", "n1", "web-a"},	  {"", "", "n2", "n1", "web-b"},
	{"t", "", "n1", "n2", "web-b"},	  {"", "t", "n2", "n1", "web-a"},
	{"n", "", "n1", "n2", "web-b"},	  {"tr", "n", "n1", "n1", "web-b"},
	{"ts", "t", "n1", "n1", "web-a"},
};

#define N_REPEATED (sizeof(repeated) / sizeof(repeated[0]))

START_TEST(repeated_endpoint)
{
	struct svclb_model *m = two_slices(repeated[_i].first, repeated[_i].second,
					   repeated[_i].node1, repeated[_i].node2);
	struct svclb_selection *sel = select_of(m, NULL);

	ck_assert_uint_eq(sel->ports[0].n_endpoints, 1);
	ck_assert_str_eq(sel->ports[0].endpoints[0].slice->meta.name.s, repeated[_i].winner);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(order_is_by_text)
{
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "web", "ClusterIP", "10.96.0.10");
	struct slice *a = add_slice(m, "web-a", "web", "IPv4");
	struct slice *b = add_slice(m, "web-b", "web", "IPv4");
	struct svclb_selection *sel;
	char *text;

	add_port(m, s, "http", "TCP", 80, 0);
	add_slice_port(m, a, "http", "TCP", 80);
	add_slice_port(m, b, "http", "TCP", 8080);
	add_endpoint(m, a, "10.0.0.9", NULL, "");
	add_endpoint(m, a, "10.0.0.10", NULL, "");
	add_endpoint(m, b, "10.0.0.9", NULL, "");
	add_endpoint(m, a, "10.0.0.009", NULL, "");
	sel = select_of(m, NULL);
	text = endpoint_list(&sel->ports[0]);
	ck_assert_str_eq(text, "10.0.0.10:80 10.0.0.9:80 10.0.0.9:8080");
	free(text);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(join_by_name_and_protocol)
{
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "dns", "ClusterIP", "10.96.0.10");
	struct slice *sl = add_slice(m, "dns-a", "dns", "IPv4");
	struct slice *other = add_slice(m, "dns-b", "dns", "FQDN");
	struct slice *v6 = add_slice(m, "dns-c", "dns", "IPv6");
	struct slice *proxied = add_slice(m, "dns-d", "dns", "IPv4");
	struct svclb_selection *sel;
	char *text;

	add_port(m, s, "dns", "UDP", 53, 0);
	add_port(m, s, "dns-tcp", "TCP", 53, 0);
	add_port(m, s, "metrics", "TCP", 9153, 0);
	add_port(m, s, "absent", "TCP", 99, 0);
	add_slice_port(m, sl, "dns", "UDP", 5353);
	add_slice_port(m, sl, "dns", "TCP", 1);
	add_slice_port(m, sl, "dns-tcp", "TCP", 5354);
	add_slice_port(m, sl, "metrics", "TCP", 0);
	add_slice_port(m, other, "metrics", "TCP", 9);
	add_slice_port(m, v6, "metrics", "TCP", 9);
	add_slice_port(m, proxied, "metrics", "TCP", 9);
	add_endpoint(m, sl, "10.1.0.1", NULL, "");
	add_endpoint(m, other, "10.1.0.1", NULL, "");
	add_endpoint(m, v6, "10.1.0.1", NULL, "");
	add_endpoint(m, v6, "fd00::1", NULL, "");
	add_endpoint(m, proxied, "10.1.0.1", NULL, "");
	set_label(m, &proxied->meta.labels, "service.kubernetes.io/service-proxy-name", "");
	sel = select_of(m, NULL);
	ck_assert_uint_eq(sel->n_ports, 4);
	text = endpoint_list(&sel->ports[0]);
	ck_assert_str_eq(text, "10.1.0.1:5353");
	free(text);
	text = endpoint_list(&sel->ports[1]);
	ck_assert_str_eq(text, "10.1.0.1:5354");
	free(text);
	ck_assert_uint_eq(sel->ports[2].n_endpoints, 0);
	ck_assert_uint_eq(sel->ports[3].n_endpoints, 0);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

/* Which annotation or field makes hints count. */
static const struct {
	const char *older, *newer, *distribution;
	const char *cluster;
} opt_in[] = {
	{NULL, NULL, NULL, "123"},
	{NULL, "Auto", NULL, "1"},
	{"auto", NULL, NULL, "1"},
	{"Disabled", "Auto", NULL, "123"},
	{"Auto", "Disabled", NULL, "1"},
	{NULL, "disabled", NULL, "123"},
	{NULL, "", NULL, "123"},
	{NULL, NULL, "PreferClose", "1"},
	{NULL, "Disabled", "PreferSameZone", "1"},
};

#define N_OPT_IN (sizeof(opt_in) / sizeof(opt_in[0]))

static struct svclb_model *hinted_model(struct service **ret)
{
	static const char *const addrs[] = {"10.1.0.1", "10.1.0.2", "10.1.0.3"};
	static const char *const zones[] = {"za", "zb", "zc"};
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "web", "ClusterIP", "10.96.0.10");
	struct slice *sl = add_slice(m, "web-1", "web", "IPv4");

	add_node(m, "n2", "za");
	add_port(m, s, "", "TCP", 80, 0);
	add_slice_port(m, sl, "", "TCP", 80);
	for (int i = 0; i < N_ENDPOINTS; i++) {
		struct slice_endpoint *e = add_endpoint(m, sl, addrs[i], NULL, "");

		add_text(m, &e->zone_hints, "zx");
		add_text(m, &e->zone_hints, zones[i]);
		add_text(m, &e->node_hints, i == 1 ? "n2" : "n9");
	}
	*ret = s;
	return m;
}

START_TEST(hints_are_asked_for)
{
	struct service *s;
	struct svclb_model *m = hinted_model(&s);
	struct svclb_selection *sel;
	char got[N_ENDPOINTS + 1];

	if (opt_in[_i].older)
		set_label(m, &s->meta.annotations, "service.kubernetes.io/topology-aware-hints",
			  opt_in[_i].older);
	if (opt_in[_i].newer)
		set_label(m, &s->meta.annotations, "service.kubernetes.io/topology-mode",
			  opt_in[_i].newer);
	s->traffic_distribution.s = opt_in[_i].distribution;
	sel = select_of(m, NULL);
	members(&sel->ports[0], EP_IN_CLUSTER, got);
	/* with spec.trafficDistribution hints for nodes come before hints for zones */
	ck_assert_str_eq(got, opt_in[_i].distribution ? "2" : opt_in[_i].cluster);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

/* What takes no new connections is no reason to keep them near. */
START_TEST(hints_leave_nobody_without_endpoints)
{
	struct service *s;
	struct svclb_model *m = hinted_model(&s);
	struct slice_endpoint *v = m->objects.v[m->objects.n - 2]->slice->endpoints;
	struct svclb_selection *sel;
	char got[N_ENDPOINTS + 1];

	s->traffic_distribution.s = "PreferSameNode";
	ck_assert_str_eq(v[1].addresses.v[0].s, "10.1.0.2");
	v[1].weight = (struct fint){.given = true, .v = 0};
	sel = select_of(m, NULL);
	members(&sel->ports[0], EP_IN_CLUSTER, got);
	ck_assert_str_eq(got, "1");
	selection_free(sel);
	v[0].weight = (struct fint){.given = true, .v = 0};
	sel = select_of(m, NULL);
	members(&sel->ports[0], EP_IN_CLUSTER, got);
	ck_assert_str_eq(got, "123");
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(node_hints_fall_through_to_zones)
{
	struct svclb_options *opts = NULL;
	struct service *s;
	struct svclb_model *m = hinted_model(&s);
	struct svclb_selection *sel;
	char got[N_ENDPOINTS + 1];

	ck_assert_int_eq(svclb_options_new(&opts, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(opts, "n5"), 0);
	ck_assert_int_eq(svclb_options_set_zone(opts, "zc"), 0);
	s->traffic_distribution.s = "PreferSameNode";
	sel = select_of(m, opts);
	svclb_options_unref(opts);
	ck_assert_str_eq(sel->node_name, "n5");
	ck_assert_str_eq(sel->zone, "zc");
	ck_assert_ptr_null(sel->node);
	members(&sel->ports[0], EP_IN_CLUSTER, got);
	ck_assert_str_eq(got, "3");
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(several_nodes_name_none)
{
	struct svclb_model *m = example_model(&examples[1]);
	struct svclb_selection *sel;

	add_node(m, "n2", "zb");
	sel = select_of(m, NULL);
	ck_assert_str_eq(sel->node_name, "");
	ck_assert_str_eq(sel->zone, "");
	ck_assert_uint_eq(sel->ports[0].n_local, 0);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(ports_in_order)
{
	struct svclb_model *m = new_model();
	struct service *b = add_service(m, "b", "ClusterIP", "10.96.0.2");
	struct service *a = add_service(m, "a", "ClusterIP", "10.96.0.1");
	struct service *six = add_service(m, "aa", "ClusterIP", "fd00::1");
	struct service *none = add_service(m, "c", "ExternalName", "10.96.0.3");
	const struct svclb_selected_port *p = NULL;
	struct svclb_selection *sel;
	struct strbuf text = {0};

	add_text(m, &a->cluster_ips, "fd00::a");
	add_text(m, &a->ip_families, "IPv6");
	add_port(m, b, "z", "TCP", 2, 0);
	add_port(m, b, "a", "UDP", 1, 0);
	add_port(m, a, "", "SCTP", 3, 0);
	add_port(m, six, "x", "TCP", 4, 0);
	add_port(m, none, "x", "TCP", 5, 0);
	sel = select_of(m, NULL);
	while ((p = svclb_selection_next_port(sel, p)))
		strbuf_addf(&text, "%u %s/%s %s %s %u\n", svclb_selected_port_get_family(p),
			    svclb_selected_port_get_namespace(p),
			    svclb_selected_port_get_service(p), svclb_selected_port_get_name(p),
			    svclb_selected_port_get_protocol(p), svclb_selected_port_get_port(p));
	ck_assert_str_eq(text.s, "4 default/a  SCTP 3\n"
				 "4 default/b z TCP 2\n"
				 "4 default/b a UDP 1\n"
				 "6 default/a  SCTP 3\n"
				 "6 default/aa x TCP 4\n");
	strbuf_free(&text);
	svclb_selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(public_endpoints)
{
	struct svclb_model *m = example_model(&examples[2]);
	const struct svclb_selected_endpoint *e = NULL;
	const struct svclb_selected_port *p;
	struct svclb_selection *sel;
	char buf[IP_TEXT_MAX];

	sel = select_of(m, NULL);
	p = svclb_selection_next_port(sel, NULL);
	e = svclb_selected_port_next_endpoint(p, e);
	ck_assert_str_eq(svclb_selected_endpoint_get_address(e, buf, sizeof(buf)), "10.1.0.1");
	ck_assert_uint_eq(svclb_selected_endpoint_get_port(e), 80);
	ck_assert_uint_eq(svclb_selected_endpoint_get_flags(e),
			  SVCLB_ENDPOINT_SERVING | SVCLB_ENDPOINT_TERMINATING |
				  SVCLB_ENDPOINT_LOCAL | SVCLB_ENDPOINT_IN_LOCAL_SET);
	ck_assert_str_eq(svclb_selected_endpoint_get_node(e), "n1");
	ck_assert_ptr_null(svclb_selected_endpoint_get_target(e));
	e = svclb_selected_port_next_endpoint(p, e);
	e = svclb_selected_port_next_endpoint(p, e);
	ck_assert_uint_eq(svclb_selected_endpoint_get_flags(e),
			  SVCLB_ENDPOINT_READY | SVCLB_ENDPOINT_SERVING |
				  SVCLB_ENDPOINT_IN_CLUSTER_SET);
	ck_assert_ptr_null(svclb_selected_port_next_endpoint(p, e));
	svclb_selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

/* Distinct addresses of ready local endpoints over all ports and both families. */
START_TEST(health_check_count)
{
	struct svclb_model *m = new_model();
	struct service *s = add_service(m, "web", "LoadBalancer", "10.96.0.10");
	struct slice *four = add_slice(m, "web-4", "web", "IPv4");
	struct slice *six = add_slice(m, "web-6", "web", "IPv6");
	struct service *other = add_service(m, "other", "ClusterIP", "10.96.0.11");
	struct svclb_selection *sel;

	add_node(m, "n1", NULL);
	add_text(m, &s->cluster_ips, "fd00::a");
	add_text(m, &s->ip_families, "IPv6");
	add_port(m, s, "a", "TCP", 80, 0);
	add_port(m, s, "b", "TCP", 81, 0);
	add_slice_port(m, four, "a", "TCP", 80);
	add_slice_port(m, four, "b", "TCP", 81);
	add_slice_port(m, six, "a", "TCP", 80);
	add_endpoint(m, four, "10.1.0.1", "n1", "");
	add_endpoint(m, four, "10.1.0.2", "n1", "");
	add_endpoint(m, four, "10.1.0.3", "n1", "t");
	add_endpoint(m, four, "10.1.0.4", "n2", "");
	add_endpoint(m, six, "fd01::1", "n1", "");
	add_endpoint(m, six, "fd01::2", "n1", "n");
	sel = select_of(m, NULL);
	ck_assert_uint_eq(selection_local_ready(sel, s), 3);
	ck_assert_uint_eq(selection_local_ready(sel, other), 0);
	selection_free(sel);
	svclb_model_unref(m);
}
END_TEST

START_TEST(misuse)
{
	struct svclb_model *m = new_model();
	struct svclb_selection *sel = NULL;

	ck_assert_int_eq(svclb_select(NULL, NULL, &sel, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_select(m, NULL, NULL, NULL), -SVCLB_EINVAL);
	m->completed = false;
	ck_assert_int_eq(svclb_select(m, NULL, &sel, NULL), -SVCLB_EINVAL);
	m->completed = true;
	ck_assert_int_eq(svclb_select(m, NULL, &sel, NULL), 0);
	ck_assert_ptr_null(svclb_selection_next_port(sel, NULL));
	ck_assert_ptr_null(svclb_selection_free(sel));
	ck_assert_ptr_null(svclb_selection_free(NULL));
	svclb_model_unref(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_add_loop_test(t, worked_examples, 0, N_EXAMPLES);
	tcase_add_loop_test(t, repeated_endpoint, 0, N_REPEATED);
	tcase_add_test(t, order_is_by_text);
	tcase_add_test(t, join_by_name_and_protocol);
	tcase_add_loop_test(t, hints_are_asked_for, 0, N_OPT_IN);
	tcase_add_test(t, hints_leave_nobody_without_endpoints);
	tcase_add_test(t, node_hints_fall_through_to_zones);
	tcase_add_test(t, several_nodes_name_none);
	tcase_add_test(t, ports_in_order);
	tcase_add_test(t, public_endpoints);
	tcase_add_test(t, health_check_count);
	tcase_add_test(t, misuse);
	suite_add_tcase(s, t);
	return run_suite(s);
}
