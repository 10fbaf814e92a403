/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compilation: from models to desired states. */
#include <stdlib.h>

#include "build-model.h"
#include "compile/compile.h"
#include "state/names.h"
#include "util/strbuf.h"

static struct svclb_options *new_options(const char *node, const char *addr)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_node_name(o, node), 0);
	if (addr)
		ck_assert_int_eq(svclb_options_add_node_address(o, addr, "eth0"), 0);
	return o;
}

static struct svclb_state *compile(struct svclb_model *m, const struct svclb_options *o)
{
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;
	char *text = NULL;

	m->completed = true;
	if (svclb_compile(m, o, &st, &err) < 0) {
		(void)svclb_error_to_text(err, &text);
		ck_abort_msg("compile: %s", text ? text : "?");
	}
	return st;
}

static char *text_of(const struct svclb_state *st, uint32_t format)
{
	char *text = NULL;

	ck_assert_int_eq(svclb_state_to_text(st, format, &text, NULL), 0);
	return text;
}

static void expect(const struct svclb_state *st, uint32_t format, const char *want)
{
	char *got = text_of(st, format);

	ck_assert_str_eq(got, want);
	svclb_text_free(got);
}

/* The entries of one set of the IPv4 family, one a line. */
static char *entries_of(const struct svclb_state *st, const char *name)
{
	const struct ipset *set = state_find_set(st, name);
	struct strbuf b = {0};
	char buf[KEY_TEXT_MAX];

	ck_assert_msg(set != NULL, "no set %s", name);
	for (uint32_t i = 0; i < set->entry_count; i++)
		strbuf_addf(&b, "%s ",
			    entry_text(set->type, &st->entries.v[set->entry_first + i], buf,
				       sizeof(buf)));
	return strbuf_steal(&b);
}

static void expect_set(const struct svclb_state *st, const char *name, const char *want)
{
	char *got = entries_of(st, name);

	ck_assert_msg(!strcmp(got, want), "%s: \"%s\", not \"%s\"", name, got, want);
	free(got);
}

/* Whether the text form has the line. */
static bool has_line(const struct svclb_state *st, uint32_t format, const char *line)
{
	char *text = text_of(st, format);
	size_t n = strlen(line);
	bool found = false;

	for (const char *p = text; p && *p && !found;
	     p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		found = !strncmp(p, line, n) && p[n] == '\n';
	svclb_text_free(text);
	return found;
}

#define HAS_RULE(st, line) has_line(st, SVCLB_FORMAT_IPTABLES, line)

static struct service *simple_service(struct svclb_model *m, const char *name, const char *type,
				      const char *ip, int node_port)
{
	struct service *s = add_service(m, name, type, ip);
	struct slice *sl = add_slice(m, name, name, strchr(ip, ':') ? "IPv6" : "IPv4");

	add_port(m, s, "p80", "TCP", 80, node_port);
	add_slice_port(m, sl, "p80", "TCP", 80);
	add_endpoint(m, sl, strchr(ip, ':') ? "fd01::1" : "10.180.0.1", "n1", "");
	add_endpoint(m, sl, strchr(ip, ':') ? "fd01::2" : "10.180.0.2", "n2", "");
	return s;
}

START_TEST(golden_example)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = add_service(m, "svc1", "NodePort", "10.20.30.41");
	struct slice *sl = add_slice(m, "svc1", "svc1", "IPv4");
	struct svclb_state *st;

	add_port(m, s, "p80", "TCP", 80, 30080);
	add_slice_port(m, sl, "p80", "TCP", 80);
	add_endpoint(m, sl, "10.180.0.1", "n1", "");
	st = compile(m, o);
	expect(st, SVCLB_FORMAT_IPVSADM,
	       "-A -t 10.20.30.41:80 -s rr\n"
	       "-a -t 10.20.30.41:80 -r 10.180.0.1:80 -m -w 1\n"
	       "-A -t 192.0.2.10:30080 -s rr\n"
	       "-a -t 192.0.2.10:30080 -r 10.180.0.1:80 -m -w 1\n");
	expect(st, SVCLB_FORMAT_ADDRESSES, "10.20.30.41/32\n");
	expect(st, SVCLB_FORMAT_SYSCTLS,
	       "net.ipv4.ip_forward=1\n"
	       "net.ipv4.vs.conntrack=1\n"
	       "net.ipv4.vs.expire_nodest_conn=1\n"
	       "net.ipv4.vs.expire_quiescent_template=1\n");
	expect_set(st, "KUBE-LOOP-BACK", "10.180.0.1,tcp:80,10.180.0.1 ");
	expect_set(st, "KUBE-CLUSTER-IP", "10.20.30.41,tcp:80 ");
	expect_set(st, "KUBE-NODE-PORT-TCP", "30080 ");
	expect_set(st, "KUBE-IPVS-IPS", "10.20.30.41 ");
	expect_set(st, "KUBE-SVCLB-OWNED", "10.20.30.41,tcp:80 192.0.2.10,tcp:30080 ");
	expect_set(st, "KUBE-EXTERNAL-IP", "");
	expect_set(st, "KUBE-6-CLUSTER-IP", "");
	ck_assert(st->link);
	ck_assert_str_eq(st->link_name, "kube-ipvs0");
	ck_assert(!st->timeouts_given);
	ck_assert_str_eq(st->origins.v[st->vservers.v[0].origin].object,
			 "Service default/svc1 port p80");
	ck_assert_str_eq(st->origins.v[st->vservers.v[0].origin].file, "test.yaml");
	ck_assert_uint_eq(st->origins.v[st->vservers.v[0].origin].at.line, s->ports[0].at.line);
	ck_assert(st->vservers.v[0].ours);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* The whole of one family's tables, with the options at their defaults. */
START_TEST(static_tables)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct svclb_state *st;

	add_service(m, "ext", "ExternalName", "");
	st = compile(m, o);
	ck_assert_uint_eq(st->sets.n, 2 * (SET_COUNT_ - 1));
	ck_assert_uint_eq(st->entries.n, 0);
	ck_assert_uint_eq(st->vservers.n, 0);
	ck_assert(st->link);
	expect(st, SVCLB_FORMAT_IPTABLES,
	       "*filter\n"
	       ":INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n"
	       ":KUBE-FORWARD -\n:KUBE-IPVS-FILTER -\n:KUBE-IPVS-OUT-FILTER -\n"
	       ":KUBE-NODE-PORT -\n:KUBE-PROXY-FIREWALL -\n:KUBE-SOURCE-RANGES-FIREWALL -\n"
	       "-A INPUT -m comment --comment \"only service ports on service addresses\" "
	       "-j KUBE-IPVS-FILTER\n"
	       "-A INPUT -m comment --comment \"load balancer source ranges\" "
	       "-j KUBE-PROXY-FIREWALL\n"
	       "-A INPUT -m comment --comment \"health check node ports\" -j KUBE-NODE-PORT\n"
	       "-A FORWARD -m comment --comment \"load balancer source ranges\" "
	       "-j KUBE-PROXY-FIREWALL\n"
	       "-A FORWARD -m comment --comment \"forwarded service traffic\" -j KUBE-FORWARD\n"
	       "-A OUTPUT -m comment --comment \"load balancer source ranges of this node\" "
	       "-j KUBE-IPVS-OUT-FILTER\n"
	       "-A KUBE-FORWARD -m comment --comment \"marked service traffic\" "
	       "-m mark --mark 0x4000/0x4000 -j ACCEPT\n"
	       "-A KUBE-FORWARD -m comment --comment \"replies and related packets\" "
	       "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	       "-A KUBE-IPVS-FILTER -m set --match-set KUBE-LOAD-BALANCER dst,dst -j RETURN\n"
	       "-A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN\n"
	       "-A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP dst,dst -j RETURN\n"
	       "-A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -j RETURN\n"
	       "-A KUBE-IPVS-FILTER -m set --match-set KUBE-SVCLB-HEALTH-CHECK dst,dst -j RETURN\n"
	       "-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst "
	       "-j REJECT --reject-with icmp-port-unreachable\n"
	       "-A KUBE-NODE-PORT -m comment --comment \"health check node port\" "
	       "-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j ACCEPT\n"
	       "-A KUBE-PROXY-FIREWALL -m comment --comment \"policy Local without a local endpoint\" "
	       "-m set --match-set KUBE-SVCLB-NO-LOCAL dst,dst -m conntrack --ctstate NEW -j DROP\n"
	       "-A KUBE-PROXY-FIREWALL "
	       "-m comment --comment \"load balancer IP and port with source ranges\" "
	       "-m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-SOURCE-RANGES-FIREWALL\n"
	       "-A KUBE-SOURCE-RANGES-FIREWALL "
	       "-m comment --comment \"load balancer IP and port with an admitted source\" "
	       "-m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN\n"
	       "-A KUBE-SOURCE-RANGES-FIREWALL "
	       "-m comment --comment \"load balancer IP and port reached from this node\" "
	       "-m set --match-set KUBE-LOAD-BALANCER-SOURCE-IP dst,dst,src -j RETURN\n"
	       "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP\n"
	       "COMMIT\n"
	       "*nat\n"
	       ":PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n"
	       ":KUBE-LOAD-BALANCER -\n:KUBE-MARK-MASQ -\n:KUBE-NODE-PORT -\n"
	       ":KUBE-POSTROUTING -\n:KUBE-SERVICES -\n"
	       "-A PREROUTING -m comment --comment \"service addresses and ports\" "
	       "-j KUBE-SERVICES\n"
	       "-A OUTPUT -m comment --comment \"service addresses and ports\" -j KUBE-SERVICES\n"
	       "-A POSTROUTING -m comment --comment \"masquerade of service traffic\" "
	       "-j KUBE-POSTROUTING\n"
	       "-A KUBE-LOAD-BALANCER "
	       "-m comment --comment \"load balancer IP and port, local endpoints only\" "
	       "-m set --match-set KUBE-LOAD-BALANCER-LOCAL dst,dst -j RETURN\n"
	       "-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ\n"
	       "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n"
	       "-A KUBE-NODE-PORT -p tcp -m comment --comment \"TCP node port, local endpoints only\" "
	       "-m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j RETURN\n"
	       "-A KUBE-NODE-PORT -p tcp -m comment --comment \"TCP node port\" "
	       "-m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-NODE-PORT -p udp -m comment --comment \"UDP node port, local endpoints only\" "
	       "-m set --match-set KUBE-NODE-PORT-LOCAL-UDP dst -j RETURN\n"
	       "-A KUBE-NODE-PORT -p udp -m comment --comment \"UDP node port\" "
	       "-m set --match-set KUBE-NODE-PORT-UDP dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-NODE-PORT -p sctp "
	       "-m comment --comment \"SCTP node port, local endpoints only\" "
	       "-m set --match-set KUBE-NODE-PORT-LOCAL-SCTP-HASH dst,dst -j RETURN\n"
	       "-A KUBE-NODE-PORT -p sctp -m comment --comment \"SCTP node port\" "
	       "-m set --match-set KUBE-NODE-PORT-SCTP-HASH dst,dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-POSTROUTING -m comment --comment \"pod reaching itself through a service\" "
	       "-m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE\n"
	       "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n"
	       "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n"
	       "-A KUBE-POSTROUTING -m comment --comment \"marked service traffic\" "
	       "-j MASQUERADE --random-fully\n"
	       "-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN\n"
	       "-A KUBE-SERVICES -m comment --comment \"policy Local, endpoints of other nodes only\" "
	       "-m set --match-set KUBE-SVCLB-NO-LOCAL-MASQ dst,dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-SERVICES -m comment --comment \"load balancer IP and port\" "
	       "-m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER\n"
	       "-A KUBE-SERVICES -m comment --comment \"cluster IP and port\" "
	       "-m set --match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-SERVICES -m comment --comment \"external IP and port\" "
	       "-m set --match-set KUBE-EXTERNAL-IP dst,dst -j KUBE-MARK-MASQ\n"
	       "-A KUBE-SERVICES -m comment --comment \"external IP and port\" "
	       "-m set --match-set KUBE-EXTERNAL-IP dst,dst -m addrtype --dst-type LOCAL -j ACCEPT\n"
	       "-A KUBE-SERVICES -m comment --comment \"external IP and port, local endpoints only\" "
	       "-m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m addrtype --dst-type LOCAL "
	       "-j ACCEPT\n"
	       "-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT\n"
	       "-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\n"
	       "-A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT\n"
	       "COMMIT\n");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(options_in_rules)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct svclb_state *st;

	simple_service(m, "web", "ClusterIP", "10.96.0.10", 0);
	ck_assert_int_eq(svclb_options_set_physdev(o, 1), 0);
	ck_assert_int_eq(svclb_options_set_random_fully(o, 0), 0);
	ck_assert_int_eq(svclb_options_set_masquerade_bit(o, 31), 0);
	ck_assert_int_eq(svclb_options_set_cluster_cidrs(o, "10.180.0.0/16"), 0);
	ck_assert_int_eq(svclb_options_set_strict_arp(o, 1), 0);
	ck_assert_int_eq(svclb_options_set_prefix(o, "LB-"), 0);
	ck_assert_int_eq(svclb_options_set_ipvs_timeouts(o, 0, 5, 0), 0);
	st = compile(m, o);
	ck_assert(HAS_RULE(st, "-A LB-SERVICES ! -s 10.180.0.0/16 -m comment --comment "
			       "\"cluster IP and port\" -m set --match-set LB-CLUSTER-IP dst,dst "
			       "-j LB-MARK-MASQ"));
	ck_assert(HAS_RULE(st, "-A LB-SERVICES -m comment --comment \"external IP and port\" "
			       "-m set --match-set LB-EXTERNAL-IP dst,dst "
			       "-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL "
			       "-j ACCEPT"));
	ck_assert(HAS_RULE(st, "-A LB-MARK-MASQ -j MARK --set-xmark 0x80000000/0x80000000"));
	ck_assert(HAS_RULE(st, "-A LB-POSTROUTING -m comment --comment \"marked service traffic\" "
			       "-j MASQUERADE"));
	/* the other family has no pod network to tell its traffic by */
	ck_assert(has_line(st, SVCLB_FORMAT_IP6TABLES,
			   "-A LB-SERVICES -m comment --comment \"cluster IP and port\" "
			   "-m set --match-set LB-6-CLUSTER-IP src,dst -j LB-MARK-MASQ"));
	ck_assert(has_line(st, SVCLB_FORMAT_IP6TABLES, "-A LB-SERVICES -s ::1/128 -j RETURN"));
	ck_assert(has_line(st, SVCLB_FORMAT_SYSCTLS, "net.ipv4.conf.all.arp_ignore=1"));
	ck_assert(has_line(st, SVCLB_FORMAT_SYSCTLS, "net.ipv4.conf.all.arp_announce=2"));
	ck_assert(st->timeouts_given && st->timeouts.tcp_fin_sec == 5);
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_masquerade_all(o, 1), 0);
	ck_assert_int_eq(svclb_options_set_families(o, 1, 0), 0);
	st = compile(m, o);
	ck_assert(HAS_RULE(st, "-A LB-SERVICES -m comment --comment \"cluster IP and port\" "
			       "-m set --match-set LB-CLUSTER-IP dst,dst -j LB-MARK-MASQ"));
	ck_assert_uint_eq(st->sets.n, SET_COUNT_ - 1);
	expect(st, SVCLB_FORMAT_IP6TABLES, "");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	uint32_t how;
	const char *arg;
	const char *match;
} detectors[] = {
	{SVCLB_DETECT_NODE_CIDR, NULL, " ! -s 10.180.1.0/24"},
	{SVCLB_DETECT_BRIDGE_INTERFACE, "cni0", " ! -i cni0"},
	{SVCLB_DETECT_INTERFACE_NAME_PREFIX, "veth", " ! -i veth+"},
	{SVCLB_DETECT_INTERFACE_NAME_PREFIX, "abcdefghijklmno", " ! -i abcdefghijklmno"},
};

#define N_DETECTORS (sizeof(detectors) / sizeof(detectors[0]))

START_TEST(local_traffic_detectors)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct node *n = add_node(m, "n1", NULL);
	struct svclb_state *st;
	char line[256];

	simple_service(m, "web", "ClusterIP", "10.96.0.10", 0);
	add_text(m, &n->pod_cidrs, "fd01:1::/64");
	add_text(m, &n->pod_cidrs, "10.180.1.0/24");
	ck_assert_int_eq(svclb_options_set_detect_local(o, detectors[_i].how, detectors[_i].arg),
			 0);
	st = compile(m, o);
	(void)snprintf(line, sizeof(line),
		       "-A KUBE-SERVICES%s -m comment --comment \"cluster IP and port\" "
		       "-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ",
		       detectors[_i].match);
	ck_assert_msg(HAS_RULE(st, line), "%s", line);
	(void)snprintf(line, sizeof(line),
		       "-A KUBE-PROXY-FIREWALL%s -m comment --comment "
		       "\"policy Local without a local endpoint\" -m set --match-set "
		       "KUBE-SVCLB-NO-LOCAL dst,dst -m conntrack --ctstate NEW -j DROP",
		       detectors[_i].match);
	ck_assert_msg(HAS_RULE(st, line), "%s", line);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(empty_model)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct svclb_state *st;
	struct svclb_state_counts counts;

	add_slice(m, "left", "over", "IPv4");
	ck_assert_int_eq(svclb_options_set_ipvs_timeouts(o, 900, 120, 300), 0);
	st = compile(m, o);
	ck_assert_int_eq(svclb_state_get_counts(st, &counts, sizeof(counts)), 0);
	ck_assert_uint_eq(counts.virtual_servers + counts.real_servers + counts.sets +
				  counts.set_entries + counts.chains + counts.rules +
				  counts.addresses + counts.sysctls,
			  0);
	ck_assert(!st->link && !st->timeouts_given && st->sealed);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(collisions)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *a = simple_service(m, "a", "LoadBalancer", "10.96.0.1", 0);
	struct service *b = simple_service(m, "b", "LoadBalancer", "10.96.0.2", 0);
	struct service *c = simple_service(m, "c", "ClusterIP", "10.96.0.3", 0);
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;
	const struct svclb_error *e;

	add_ingress(m, a, "198.51.100.7", "VIP");
	add_ingress(m, b, "198.51.100.7", "VIP");
	add_text(m, &c->external_ips, "198.51.100.7");
	add_text(m, &c->external_ips, "203.0.113.9");
	m->completed = true;
	ck_assert_int_eq(svclb_compile(m, o, &st, &err), -SVCLB_EINVALID);
	ck_assert_ptr_null(st);
	ck_assert_str_eq(svclb_error_get_object(err), "Service default/b port p80");
	ck_assert_str_eq(svclb_error_get_message(err),
			 "claims 198.51.100.7:80/TCP, which belongs to Service default/a port p80 "
			 "(test.yaml:11)");
	ck_assert_str_eq(svclb_error_get_file(err), "test.yaml");
	ck_assert_uint_eq(svclb_error_get_line(err), b->ports[0].at.line);
	e = svclb_error_get_next(err);
	ck_assert_str_eq(svclb_error_get_object(e), "Service default/c port p80");
	ck_assert_ptr_null(svclb_error_get_next(e));
	svclb_error_unref(err);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(node_clash)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *a = simple_service(m, "a", "ClusterIP", "192.0.2.10", 0);
	struct svclb_state *st = NULL;
	struct svclb_error *err = NULL;

	add_port(m, a, "u", "UDP", 80, 0);
	m->completed = true;
	ck_assert_int_eq(svclb_compile(m, o, &st, &err), -SVCLB_EINVALID);
	ck_assert_str_eq(svclb_error_get_object(err), "Service default/a port p80");
	ck_assert_str_eq(svclb_error_get_field(err), "spec.clusterIP");
	ck_assert_str_eq(svclb_error_get_message(err), "192.0.2.10 is an address of this node");
	ck_assert_ptr_null(svclb_error_get_next(err));
	svclb_error_unref(err);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* One port may name an address twice; the same number under another protocol is something else. */
START_TEST(no_collisions)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *a = simple_service(m, "a", "LoadBalancer", "10.96.0.1", 30080);
	struct svclb_state *st;

	add_port(m, a, "u", "UDP", 80, 30080);
	add_ingress(m, a, "198.51.100.7", "VIP");
	add_ingress(m, a, "198.51.100.8", "Proxy");
	add_ingress(m, a, "2001:db8::7", "VIP");
	add_text(m, &a->external_ips, "198.51.100.7");
	st = compile(m, o);
	ck_assert_uint_eq(st->vservers.n, 6);
	expect_set(st, "KUBE-LOAD-BALANCER", "198.51.100.7,tcp:80 198.51.100.7,udp:80 ");
	expect_set(st, "KUBE-EXTERNAL-IP", "198.51.100.7,tcp:80 198.51.100.7,udp:80 ");
	expect(st, SVCLB_FORMAT_ADDRESSES, "10.96.0.1/32\n198.51.100.7/32\n");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* Which endpoints stand behind cluster IP and node port: '1' is local, '2' and '3' are not. */
static const struct {
	const char *etp, *itp;
	const char *conditions[3];
	const char *cluster_ip, *node_port;
	const char *weights; /* a digit each; NULL: not given */
	const char *zones;   /* hints, a letter each, for a node in zone a; NULL: none */
	bool closed;	     /* the node port, to clients outside */
} policies[] = {
	{"Cluster", "Cluster", {"", "", ""}, "123", "123"},
	{"Local", "Cluster", {"", "", ""}, "123", "1"},
	{"Local", "Cluster", {"t", "", ""}, "23", "1"},
	{"Local", "Cluster", {"n", "", ""}, "23", "23", .closed = true},
	{"Cluster", "Local", {"n", "", ""}, "", "23"},
	{"Local", "Local", {"n", "", ""}, "", "23", .closed = true},
	{"Local", "Cluster", {"n", "n", "n"}, "", ""},
	{"Cluster", "Local", {"", "", ""}, "1", "123"},
	{"Local", "Local", {"", "", ""}, "1", "1"},
	{"Cluster", "Cluster", {"n", "n", "ts"}, "", ""},
	{"Cluster", "Cluster", {"t", "t", "n"}, "12", "12"},
	/* one of weight 0 stays where it is, but is no reason to keep others away */
	{"Cluster", "Cluster", {"", "", ""}, "123", "123", .weights = "011"},
	{"Local", "Cluster", {"", "", ""}, "123", "1", .weights = "100"},
	{"Local", "Cluster", {"", "", ""}, "123", "123", .weights = "011", .closed = true},
	{"Local", "Local", {"", "", ""}, "1", "123", .weights = "011", .closed = true},
	{"Local", "Cluster", {"", "", ""}, "123", "123", .weights = "000"},
	{"Local", "Cluster", {"n", "", ""}, "23", "23", .weights = "000"},
	{"Local", "Cluster", {"t", "", ""}, "23", "1", .weights = "100"},
	{"Local", "Cluster", {"t", "", ""}, "23", "23", .weights = "011", .closed = true},
	{"Local", "Cluster", {"", "", ""}, "123", "1", .weights = "101", .zones = "bac"},
	{"Local",
	 "Cluster",
	 {"", "", ""},
	 "123",
	 "123",
	 .weights = "001",
	 .zones = "bac",
	 .closed = true},
	{"Local", "Cluster", {"", "", ""}, "123", "123", .weights = "000", .zones = "bac"},
};

#define N_POLICIES (sizeof(policies) / sizeof(policies[0]))

static void set_weight_and_zone(struct svclb_model *m, struct slice_endpoint *e, int row, int i)
{
	const char *zones = policies[row].zones;
	const char *weights = policies[row].weights;

	if (weights)
		e->weight = (struct fint){.v = weights[i] - '0', .given = true};
	if (zones)
		add_text(m, &e->zone_hints, arena_printf(&m->arena, "%c", zones[i]));
}

static void behind(const struct svclb_state *st, uint16_t port, char *buf)
{
	for (size_t i = 0; i < st->vservers.n; i++) {
		const struct vserver *vs = &st->vservers.v[i];

		for (uint32_t k = 0; vs->key.port == port && k < vs->rs_count; k++)
			*buf++ = (char)('0' + st->rservers.v[vs->rs_first + k].ip.b[3]);
	}
	*buf = '\0';
}

START_TEST(traffic_policies)
{
	static const char *const addrs[] = {"10.1.0.1", "10.1.0.2", "10.1.0.3"};
	static const char *const nodes[] = {"n1", "n2", "n3"};
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = add_service(m, "web", "NodePort", "10.96.0.10");
	struct slice *sl = add_slice(m, "web-1", "web", "IPv4");
	bool local = !strcmp(policies[_i].etp, "Local");
	struct svclb_state *st;
	char got[8];

	s->external_traffic_policy.s = policies[_i].etp;
	s->internal_traffic_policy.s = policies[_i].itp;
	add_port(m, s, "", "TCP", 80, 30080);
	add_slice_port(m, sl, "", "TCP", 8080);
	for (int i = 0; i < 3; i++)
		set_weight_and_zone(
			m, add_endpoint(m, sl, addrs[i], nodes[i], policies[_i].conditions[i]), _i,
			i);
	set_label(m, &s->meta.annotations, "service.kubernetes.io/topology-mode", "Auto");
	ck_assert_int_eq(svclb_options_set_zone(o, "a"), 0);
	st = compile(m, o);
	behind(st, 80, got);
	ck_assert_str_eq(got, policies[_i].cluster_ip);
	behind(st, 30080, got);
	ck_assert_str_eq(got, policies[_i].node_port);
	expect_set(st, "KUBE-NODE-PORT-TCP", "30080 ");
	expect_set(st, "KUBE-NODE-PORT-LOCAL-TCP", local ? "30080 " : "");
	expect_set(st, "KUBE-LOOP-BACK", "10.1.0.1,tcp:8080,10.1.0.1 ");
	expect_set(st, "KUBE-SVCLB-NO-LOCAL", policies[_i].closed ? "192.0.2.10,tcp:30080 " : "");
	expect_set(st, "KUBE-SVCLB-NO-LOCAL-MASQ",
		   policies[_i].closed ? "192.0.2.10,tcp:30080 " : "");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* Real servers that answer clients by themselves have to see who these are. */
static const struct {
	int method; /* of forwarding */
	bool one_packet;
	const char *masqueraded;
} unchanged[] = {
	{FORWARD_MASQUERADE, false, "192.0.2.10,tcp:30080 198.51.100.7,tcp:80 203.0.113.9,tcp:80 "},
	/* a node port is always forwarded by masquerading */
	{FORWARD_DIRECT, false, "192.0.2.10,tcp:30080 "},
	{FORWARD_TUNNEL, false, "192.0.2.10,tcp:30080 "},
	{FORWARD_MASQUERADE, true, ""},
	{FORWARD_DIRECT, true, ""},
};

#define N_UNCHANGED (sizeof(unchanged) / sizeof(unchanged[0]))

START_TEST(sources_stay_without_a_local_endpoint)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n3", "192.0.2.10");
	struct service *s = simple_service(m, "web", "LoadBalancer", "10.96.0.10", 30080);
	struct svclb_state *st;

	s->external_traffic_policy.s = "Local";
	add_ingress(m, s, "198.51.100.7", NULL);
	add_text(m, &s->external_ips, "203.0.113.9");
	s->tuning.forwarding.method = (uint8_t)unchanged[_i].method;
	s->tuning.one_packet = unchanged[_i].one_packet;
	st = compile(m, o);
	expect_set(st, "KUBE-SVCLB-NO-LOCAL",
		   "192.0.2.10,tcp:30080 198.51.100.7,tcp:80 203.0.113.9,tcp:80 ");
	expect_set(st, "KUBE-SVCLB-NO-LOCAL-MASQ", unchanged[_i].masqueraded);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* A Service of which nothing is reachable from outside has no cluster set to fall back to. */
START_TEST(internal_local_without_endpoint)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n3", NULL);
	struct service *s = simple_service(m, "web", "ClusterIP", "10.96.0.10", 0);
	struct svclb_state *st;

	s->internal_traffic_policy.s = "Local";
	st = compile(m, o);
	expect(st, SVCLB_FORMAT_IPVSADM, "-A -t 10.96.0.10:80 -s rr\n");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(node_port_addresses)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = simple_service(m, "web", "NodePort", "10.96.0.10", 30080);
	struct svclb_state *st;

	add_port(m, s, "sctp", "SCTP", 80, 30080);
	ck_assert_int_eq(svclb_options_add_node_address(o, "127.0.0.1", "lo"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "10.20.0.1/16", "eth1"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "10.96.0.10", "kube-ipvs0"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "10.96.0.99", "kube-ipvs0"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "10.20.0.1/16", "eth2"), 0);
	ck_assert_int_eq(svclb_options_add_node_address(o, "fe80::1", "eth0"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "10.20.0.1,sctp:30080 192.0.2.10,sctp:30080 ");
	ck_assert_uint_eq(st->vservers.n, 6);
	svclb_state_unref(st);
	/* addresses of our own link are Services', also inside a given network */
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "10.0.0.0/8"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "10.20.0.1,sctp:30080 ");
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "fd00::/8"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "10.20.0.1,sctp:30080 192.0.2.10,sctp:30080 ");
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "172.16.0.0/12,0.0.0.0/0"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "10.20.0.1,sctp:30080 192.0.2.10,sctp:30080 ");
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "primary"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "192.0.2.10,sctp:30080 ");
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_bind_address(o, "10.20.0.1"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-SCTP-HASH", "10.20.0.1,sctp:30080 ");
	svclb_state_unref(st);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "primary,10.0.0.0/8"),
			 -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "172.16.0.0/12"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-NODE-PORT-TCP", "");
	ck_assert_uint_eq(st->vservers.n, 2);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* They cannot be told apart without a link. */
START_TEST(no_node_ports_on_link_local)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "fd00::1");
	struct service *s = simple_service(m, "web", "NodePort", "fd00:10:96::a", 0);
	struct svclb_state *st;

	add_port(m, s, "sctp", "SCTP", 80, 30080);
	ck_assert_int_eq(svclb_options_add_node_address(o, "fe80::1", "eth0"), 0);
	ck_assert_int_eq(svclb_options_set_node_port_addresses(o, "fe80::/10,fd00::/8"), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-6-NODE-PORT-SCTP-HASH", "fd00::1,sctp:30080 ");
	ck_assert_uint_eq(st->vservers.n, 3);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(external_ip_of_the_node)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = simple_service(m, "web", "ClusterIP", "10.96.0.10", 0);
	struct svclb_state *st;

	add_text(m, &s->external_ips, "192.0.2.10");
	add_text(m, &s->external_ips, "203.0.113.9");
	s->external_traffic_policy.s = "Local";
	st = compile(m, o);
	ck_assert_uint_eq(st->vservers.n, 3);
	expect_set(st, "KUBE-EXTERNAL-IP", "");
	expect_set(st, "KUBE-EXTERNAL-IP-LOCAL", "192.0.2.10,tcp:80 203.0.113.9,tcp:80 ");
	expect_set(st, "KUBE-IPVS-IPS", "10.96.0.10 203.0.113.9 ");
	expect(st, SVCLB_FORMAT_ADDRESSES, "10.96.0.10/32\n203.0.113.9/32\n");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

/* Clients inside keep what the cluster IP does for them. */
START_TEST(external_ip_that_is_the_cluster_ip)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = simple_service(m, "web", "LoadBalancer", "10.96.0.10", 0);
	struct svclb_state *st;

	add_text(m, &s->external_ips, "10.96.0.10");
	add_ingress(m, s, "10.96.0.10", NULL);
	s->external_traffic_policy.s = "Local";
	st = compile(m, o);
	ck_assert_uint_eq(st->vservers.n, 1);
	expect_set(st, "KUBE-CLUSTER-IP", "10.96.0.10,tcp:80 ");
	expect_set(st, "KUBE-EXTERNAL-IP-LOCAL", "");
	expect_set(st, "KUBE-LOAD-BALANCER", "");
	expect_set(st, "KUBE-SVCLB-NO-LOCAL", "");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	const char *ranges[3];
	const char *node_ip;
	const char *fw, *cidr, *ip;
	bool out_rule;
} restrictions[] = {
	{{0}, NULL, "", "", "", false},
	{{"0.0.0.0/0", "10.0.0.0/8"}, NULL, "", "", "", false},
	/* ranges of the other family alone admit nobody, unless one of them means everybody */
	{{"2001:db8::/32"}, NULL, "198.51.100.7,tcp:80 ", "", "", true},
	{{"2001:db8::/32", "::/0"}, NULL, "", "", "", false},
	{{"::/0", "203.0.113.0/24"},
	 NULL,
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,203.0.113.0/24 ",
	 "",
	 true},
	{{"203.0.113.7/24", "203.0.113.0/24"},
	 NULL,
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,203.0.113.0/24 ",
	 "",
	 true},
	{{"203.0.113.7/32"},
	 NULL,
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,203.0.113.7 ",
	 "",
	 true},
	{{"192.0.2.0/24"},
	 NULL,
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,192.0.2.0/24 ",
	 "198.51.100.7,tcp:80,198.51.100.7 ",
	 false},
	/* the Node object's address comes before those of the links */
	{{"192.0.2.0/24"},
	 "172.16.0.1",
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,192.0.2.0/24 ",
	 "",
	 true},
	{{"0.0.0.0/1", "128.0.0.0/1"},
	 NULL,
	 "198.51.100.7,tcp:80 ",
	 "198.51.100.7,tcp:80,0.0.0.0/1 198.51.100.7,tcp:80,128.0.0.0/1 ",
	 "198.51.100.7,tcp:80,198.51.100.7 ",
	 false},
};

#define N_RESTRICTIONS (sizeof(restrictions) / sizeof(restrictions[0]))

START_TEST(source_ranges)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = simple_service(m, "web", "LoadBalancer", "10.96.0.10", 0);
	struct svclb_state *st;

	add_ingress(m, s, "198.51.100.7", NULL);
	for (int i = 0; i < 3 && restrictions[_i].ranges[i]; i++)
		add_text(m, &s->source_ranges, restrictions[_i].ranges[i]);
	if (restrictions[_i].node_ip) {
		struct node *n = add_node(m, "n1", NULL);

		add_node_ip(m, n, "ExternalIP", "192.0.2.99");
		add_node_ip(m, n, "InternalIP", restrictions[_i].node_ip);
	}
	st = compile(m, o);
	expect_set(st, "KUBE-LOAD-BALANCER", "198.51.100.7,tcp:80 ");
	expect_set(st, "KUBE-LOAD-BALANCER-FW", restrictions[_i].fw);
	expect_set(st, "KUBE-LOAD-BALANCER-SOURCE-CIDR", restrictions[_i].cidr);
	expect_set(st, "KUBE-LOAD-BALANCER-SOURCE-IP", restrictions[_i].ip);
	ck_assert(HAS_RULE(st,
			   "-A KUBE-IPVS-OUT-FILTER -s 198.51.100.7/32 -m ipvs --vproto 6 "
			   "--vaddr 198.51.100.7 --vport 80 -j DROP") == restrictions[_i].out_rule);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

static const struct {
	const char *type, *address; /* what the Node object has */
	const char *bind;
	bool admitted; /* the node, which the ranges name by its link's address */
} nodes[] = {
	{"Hostname", "n1.example", NULL, true},
	/* an address, but none of the family: the links' are not asked; a bind address is */
	{"InternalIP", "fd00::10", NULL, false},
	{"InternalIP", "fd00::10", "192.0.2.11", true},
};

#define N_NODES (sizeof(nodes) / sizeof(nodes[0]))

START_TEST(address_that_stands_for_the_node)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", "192.0.2.10");
	struct service *s = simple_service(m, "web", "LoadBalancer", "10.96.0.10", 0);
	struct svclb_state *st;

	add_ingress(m, s, "198.51.100.7", NULL);
	add_text(m, &s->source_ranges, "192.0.2.0/24");
	add_node_ip(m, add_node(m, "n1", "za"), nodes[_i].type, nodes[_i].address);
	ck_assert_int_eq(svclb_options_set_bind_address(o, nodes[_i].bind), 0);
	st = compile(m, o);
	expect_set(st, "KUBE-LOAD-BALANCER-SOURCE-IP",
		   nodes[_i].admitted ? "198.51.100.7,tcp:80,198.51.100.7 " : "");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(health_check_without_node_address)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct service *s = simple_service(m, "web", "LoadBalancer", "10.96.0.10", 30080);
	struct svclb_state *st;

	s->health_check_node_port.v = 32000;
	st = compile(m, o);
	expect_set(st, "KUBE-HEALTH-CHECK-NODE-PORT", "");
	svclb_state_unref(st);
	s->external_traffic_policy.s = "Local";
	st = compile(m, o);
	expect_set(st, "KUBE-HEALTH-CHECK-NODE-PORT", "32000 ");
	expect_set(st, "KUBE-6-HEALTH-CHECK-NODE-PORT", "");
	expect_set(st, "KUBE-SVCLB-HEALTH-CHECK", "");
	svclb_state_unref(st);
	/* at its own load balancer IP the port is open, at no other address of the link */
	add_ingress(m, s, "198.51.100.7", NULL);
	add_text(m, &s->external_ips, "203.0.113.9");
	st = compile(m, o);
	expect_set(st, "KUBE-SVCLB-HEALTH-CHECK", "198.51.100.7,tcp:32000 ");
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(schedulers_and_affinity)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n3", NULL);
	struct service *a = simple_service(m, "a", "ClusterIP", "10.96.0.1", 0);
	struct service *b = simple_service(m, "b", "ClusterIP", "10.96.0.2", 0);
	struct service *c = simple_service(m, "c", "ClusterIP", "fd00::3", 0);
	struct svclb_state *st;

	set_label(m, &a->meta.annotations, "service.kubernetes.io/ipvs-scheduler", " mh\t");
	set_label(m, &b->meta.annotations, "service.kubernetes.io/ipvs-scheduler", " ");
	b->session_affinity.s = "ClientIP";
	b->affinity_timeout.v = 300;
	c->session_affinity.s = "ClientIP";
	c->affinity_timeout.v = 10800;
	for (size_t i = 0; i < m->objects.n; i++)
		if (m->objects.v[i]->kind == SVCLB_KIND_ENDPOINT_SLICE)
			m->objects.v[i]->slice->n_endpoints = 0;
	ck_assert_int_eq(svclb_options_set_scheduler(o, "wlc"), 0);
	st = compile(m, o);
	expect(st, SVCLB_FORMAT_IPVSADM,
	       "-A -t 10.96.0.1:80 -s mh -b mh-port\n"
	       "-A -t 10.96.0.2:80 -s wlc -p 300\n"
	       "-A -t [fd00::3]:80 -s wlc -p 10800\n");
	ck_assert_uint_eq(st->vservers.v[1].netmask, 32);
	ck_assert_uint_eq(st->vservers.v[2].netmask, 128);
	/* forwarding is switched on for IPv6 only where it is needed */
	ck_assert(has_line(st, SVCLB_FORMAT_SYSCTLS, "net.ipv6.conf.all.forwarding=1"));
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(sets_grow)
{
	struct svclb_model *m = new_model();
	struct svclb_options *o = new_options("n1", NULL);
	struct service *s = add_service(m, "web", "ClusterIP", "10.96.0.10");
	struct slice *sl = add_slice(m, "web", "web", "IPv4");
	struct svclb_state *st;

	add_port(m, s, "", "TCP", 80, 0);
	add_slice_port(m, sl, "", "TCP", 80);
	for (int i = 0; i <= 65536; i++) {
		char *addr = arena_printf(&m->arena, "10.%d.%d.%d", 1 + i / 65536, i / 256 % 256,
					  i % 256);

		add_endpoint(m, sl, addr, "n1", "");
		add_endpoint(m, sl, addr, "n1", "t");
	}
	st = compile(m, o);
	ck_assert_uint_eq(state_find_set(st, "KUBE-LOOP-BACK")->entry_count, 65537);
	ck_assert_uint_eq(state_find_set(st, "KUBE-LOOP-BACK")->maxelem, 131072);
	ck_assert_uint_eq(state_find_set(st, "KUBE-CLUSTER-IP")->maxelem, 65536);
	ck_assert_uint_eq(state_find_set(st, "KUBE-NODE-PORT-TCP")->maxelem, 0);
	svclb_state_unref(st);
	svclb_options_unref(o);
	svclb_model_unref(m);
}
END_TEST

START_TEST(misuse)
{
	struct svclb_model *m = new_model();
	struct svclb_state *st = NULL;

	ck_assert_int_eq(svclb_compile(NULL, NULL, &st, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_compile(m, NULL, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_compile(m, NULL, &st, NULL), -SVCLB_EINVAL);
	ck_assert_ptr_null(st);
	svclb_model_unref(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile");
	TCase *t = tcase_create("compile");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, golden_example);
	tcase_add_test(t, static_tables);
	tcase_add_test(t, options_in_rules);
	tcase_add_loop_test(t, local_traffic_detectors, 0, N_DETECTORS);
	tcase_add_test(t, empty_model);
	tcase_add_test(t, collisions);
	tcase_add_test(t, no_collisions);
	tcase_add_test(t, node_clash);
	tcase_add_loop_test(t, traffic_policies, 0, N_POLICIES);
	tcase_add_loop_test(t, sources_stay_without_a_local_endpoint, 0, N_UNCHANGED);
	tcase_add_test(t, internal_local_without_endpoint);
	tcase_add_test(t, node_port_addresses);
	tcase_add_test(t, no_node_ports_on_link_local);
	tcase_add_test(t, external_ip_of_the_node);
	tcase_add_test(t, external_ip_that_is_the_cluster_ip);
	tcase_add_loop_test(t, source_ranges, 0, N_RESTRICTIONS);
	tcase_add_loop_test(t, address_that_stands_for_the_node, 0, N_NODES);
	tcase_add_test(t, health_check_without_node_address);
	tcase_add_test(t, schedulers_and_affinity);
	tcase_add_test(t, sets_grow);
	tcase_add_test(t, misuse);
	suite_add_tcase(s, t);
	return run_suite(s);
}
