/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration documents into options. */
#include "manifest.h"

#include "manifest/config.h"

#define PROXY "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
#define OWN   "apiVersion: svclb.io/v1alpha1\nkind: SvclbConfiguration\n"

static struct svclb_options *new_options(void)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	return o;
}

/* Options that a text was loaded into; it must be fine. */
static struct svclb_options *configure(const char *text)
{
	struct svclb_options *o = new_options();
	struct svclb_error *e = NULL;

	if (svclb_options_load_config(o, text, strlen(text), "c.yaml", &e)) {
		char *words = errors_text(e);

		ck_abort_msg("%s", words);
	}
	return o;
}

static void expect_refused(const char *text, int code, const char *words)
{
	struct svclb_options *o = new_options();
	struct svclb_error *e = NULL;
	char *got;

	ck_assert_int_eq(svclb_options_load_config(o, text, strlen(text), "c.yaml", &e), -code);
	got = errors_text(e);
	ck_assert_str_eq(got, words);
	free(got);
	svclb_error_unref(e);
	ck_assert_str_eq(o->scheduler, "rr");
	ck_assert_ptr_null(svclb_options_get_warnings(o));
	svclb_options_unref(o);
}

static void expect_warnings(const char *text, const char *words)
{
	struct svclb_options *o = configure(text);
	char *got = errors_text(svclb_options_get_warnings(o));

	ck_assert_str_eq(got, words);
	free(got);
	svclb_options_unref(o);
}

static void check_cidr(const struct cidr *c, const char *text)
{
	char buf[CIDR_TEXT_MAX];

	ck_assert_str_eq(cidr_format(c, buf), text);
}

START_TEST(proxy_configuration)
{
	struct svclb_options *o = configure(PROXY "mode: ipvs\n"
						  "hostnameOverride: \" Node-7\"\n"
						  "bindAddress: 192.0.2.7\n"
						  "clusterCIDR: 10.244.0.0/16,fd00:10:244::/56\n"
						  "nodePortAddresses: [192.0.2.0/24, 127.0.0.0/8]\n"
						  "detectLocalMode: BridgeInterface\n"
						  "detectLocal:\n"
						  "  bridgeInterface: cni0\n"
						  "  interfaceNamePrefix: \"\"\n"
						  "iptables:\n"
						  "  masqueradeAll: true\n"
						  "  masqueradeBit: 0\n"
						  "ipvs:\n"
						  "  scheduler: wlc\n"
						  "  strictARP: true\n"
						  "  excludeCIDRs: [203.0.113.0/24]\n"
						  "  tcpTimeout: 15m0s\n"
						  "  tcpFinTimeout: 120s\n"
						  "  udpTimeout: 0s\n");
	char *words;

	words = errors_text(svclb_options_get_warnings(o));
	ck_assert_str_eq(words, "c.yaml:6:14: warning: KubeProxyConfiguration: clusterCIDR: has no "
				"effect with detectLocalMode BridgeInterface\n");
	free(words);
	ck_assert_uint_eq(svclb_options_get_mode(o), SVCLB_MODE_IPVS);
	ck_assert_str_eq(svclb_options_get_node_name(o), "node-7");
	ck_assert_uint_eq(o->cluster_cidrs.n, 2);
	check_cidr(&o->cluster_cidrs.v[1], "fd00:10:244::/56");
	ck_assert_uint_eq(o->node_port_cidrs.n, 2);
	check_cidr(&o->node_port_cidrs.v[1], "127.0.0.0/8");
	ck_assert_int_eq(o->bind_address.family, 4);
	ck_assert_int_eq(o->bind_address.b[3], 7);
	ck_assert_uint_eq(o->detect_local, SVCLB_DETECT_BRIDGE_INTERFACE);
	ck_assert_str_eq(o->detect_local_arg, "cni0");
	ck_assert(o->masquerade_all);
	ck_assert_uint_eq(o->masquerade_bit, 0);
	ck_assert_str_eq(o->scheduler, "wlc");
	ck_assert(o->strict_arp);
	check_cidr(&o->exclude_cidrs.v[0], "203.0.113.0/24");
	ck_assert_uint_eq(o->ipvs_timeouts.tcp_sec, 900);
	ck_assert_uint_eq(o->ipvs_timeouts.tcp_fin_sec, 120);
	ck_assert_uint_eq(o->ipvs_timeouts.udp_sec, 0);
	svclb_options_unref(o);
}
END_TEST

/* The file as cluster tools write it: everything present, most of it empty. */
START_TEST(empty_fields_say_nothing)
{
	struct svclb_options *o =
		configure(PROXY "mode: \"\"\n"
				"bindAddress: \"::\"\n"
				"clientConnection:\n"
				"  acceptContentTypes: \"\"\n"
				"  burst: 0\n"
				"clusterCIDR: \"\"\n"
				"configSyncPeriod: 0s\n"
				"conntrack:\n"
				"  maxPerCore: null\n"
				"  tcpEstablishedTimeout: null\n"
				"detectLocal: {bridgeInterface: \"\"}\n"
				"detectLocalMode: \"\"\n"
				"enableProfiling: false\n"
				"hostnameOverride: \"\"\n"
				"iptables: {masqueradeAll: false, masqueradeBit: null}\n"
				"ipvs: {excludeCIDRs: null, scheduler: \"\", strictARP: false}\n"
				"nodePortAddresses: null\n"
				"oomScoreAdj: null\n"
				"winkernel: {enableDSR: false}\n");

	ck_assert_ptr_null(svclb_options_get_warnings(o));
	ck_assert_uint_eq(svclb_options_get_mode(o), SVCLB_MODE_AUTO);
	ck_assert_ptr_null(svclb_options_get_node_name(o));
	ck_assert_uint_eq(o->masquerade_bit, 14);
	ck_assert_str_eq(o->scheduler, "rr");
	svclb_options_unref(o);
}
END_TEST

START_TEST(own_configuration)
{
	struct svclb_options *o =
		configure(OWN "mode: iptables\n"
			      "nodeName: node-1\n"
			      "nodeAddresses: [192.0.2.10/24, \"fd00::10\"]\n"
			      "zone: zone-a\n"
			      "scheduler: sh\n"
			      "serviceCIDRs: [10.100.0.0/16, \"fd00:1::/108\"]\n"
			      "nodePortRange: 20000-22767\n"
			      "prefix: ABC-\n"
			      "linkName: svclb0\n"
			      "physdev: true\n"
			      "randomFully: false\n"
			      "ipFamilies: [IPv6]\n"
			      "timeout: 1m30s\n"
			      "drain: 5m\n"
			      "lockWait: 250ms\n"
			      "lockFile: /run/other.lock\n"
			      "lockDir: /run/other.d\n"
			      "limits: {bytes: 1000000, depth: 10, documents: 3,\n"
			      "  objects: 4, scalar: 5000, nodes: 6000, problems: 7}\n");

	ck_assert_ptr_null(svclb_options_get_warnings(o));
	ck_assert_uint_eq(svclb_options_get_mode(o), SVCLB_MODE_IPTABLES);
	ck_assert_str_eq(o->node_name, "node-1");
	ck_assert_uint_eq(svclb_options_count_node_addresses(o), 2);
	ck_assert_uint_eq(o->node_addresses.v[0].plen, 24);
	ck_assert_str_eq(o->zone, "zone-a");
	ck_assert_str_eq(o->scheduler, "sh");
	ck_assert_uint_eq(o->service_cidrs.n, 2);
	check_cidr(&o->service_cidrs.v[0], "10.100.0.0/16");
	ck_assert_uint_eq(o->node_port_first, 20000);
	ck_assert_uint_eq(o->node_port_last, 22767);
	ck_assert_str_eq(o->prefix, "ABC-");
	ck_assert_str_eq(o->link_name, "svclb0");
	ck_assert(o->physdev);
	ck_assert(!o->random_fully);
	ck_assert(!o->ipv4);
	ck_assert(o->ipv6);
	ck_assert(o->families_given);
	ck_assert_uint_eq(o->timeout_ms, 90000);
	ck_assert_uint_eq(o->drain_sec, 300);
	ck_assert_uint_eq(o->lock_wait_ms, 250);
	ck_assert_str_eq(o->lock_file, "/run/other.lock");
	ck_assert_str_eq(o->lock_dir, "/run/other.d");
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_BYTES], 1000000);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_DEPTH], 10);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_DOCUMENTS], 3);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_OBJECTS], 4);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_SCALAR], 5000);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_NODES], 6000);
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_PROBLEMS], 7);
	svclb_options_unref(o);
}
END_TEST

START_TEST(both_kinds_and_others)
{
	struct svclb_options *o = configure(
		PROXY "mode: ipvs\nipvs: {scheduler: lc}\n---\n"
		      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
		      "---\n" OWN "mode: auto\nzone: z\n");
	char *words = errors_text(svclb_options_get_warnings(o));

	ck_assert_str_eq(words, "c.yaml:6:1: warning: KubeletConfiguration: this kind is not used "
				"here\n");
	free(words);
	ck_assert_uint_eq(svclb_options_get_mode(o), SVCLB_MODE_AUTO);
	ck_assert_str_eq(o->scheduler, "lc");
	ck_assert_str_eq(o->zone, "z");
	svclb_options_unref(o);
}
END_TEST

START_TEST(json)
{
	struct svclb_options *o = configure(
		"{\"apiVersion\": \"svclb.io/v1alpha1\", \"kind\": \"SvclbConfiguration\",\n"
		" \"scheduler\": \"mh\", \"physdev\": true}");

	ck_assert_str_eq(o->scheduler, "mh");
	ck_assert(o->physdev);
	svclb_options_unref(o);
}
END_TEST

START_TEST(warnings)
{
	expect_warnings(
		PROXY "healthzBindAddress: 0.0.0.0\nconntrack: {min: 131072}\nmodes: ipvs\n"
		      "ipvs: {syncPeriod: 30s, Scheduler: lc}\nnftables: {masqueradeAll: true}\n",
		"c.yaml:3:1: warning: KubeProxyConfiguration: healthzBindAddress: has no effect here\n"
		"c.yaml:4:1: warning: KubeProxyConfiguration: conntrack: has no effect here\n"
		"c.yaml:5:1: warning: KubeProxyConfiguration: modes: unknown field\n"
		"  hint: did you mean mode?\n"
		"c.yaml:6:8: warning: KubeProxyConfiguration: ipvs.syncPeriod: has no effect here\n"
		"c.yaml:6:25: warning: KubeProxyConfiguration: ipvs.Scheduler: unknown field\n"
		"  hint: did you mean scheduler?\n"
		"c.yaml:7:1: warning: KubeProxyConfiguration: nftables: has no effect here\n");
	expect_warnings(
		PROXY "clusterCIDR: 10.244.0.0/16\ndetectLocalMode: NodeCIDR\n",
		"c.yaml:3:14: warning: KubeProxyConfiguration: clusterCIDR: has no effect with "
		"detectLocalMode NodeCIDR\n");
	expect_warnings(PROXY "clusterCIDR: 10.244.0.0/16\ndetectLocalMode: ClusterCIDR\n", "");
	expect_warnings(
		PROXY "detectLocal: {bridgeInterface: cni0}\n",
		"c.yaml:3:32: warning: KubeProxyConfiguration: detectLocal.bridgeInterface: has no "
		"effect without detectLocalMode BridgeInterface\n");
	expect_warnings(
		PROXY "ipvs: {udpTimeout: 500ms, tcpTimeout: 2s}\n",
		"c.yaml:3:20: warning: KubeProxyConfiguration: ipvs.udpTimeout: is no whole "
		"number of seconds, 1s are taken\n");
	expect_warnings(
		PROXY "ipvs: {udpTimeout: 1500ms}\n",
		"c.yaml:3:20: warning: KubeProxyConfiguration: ipvs.udpTimeout: is no whole "
		"number of seconds, 2s are taken\n");
	expect_warnings(OWN "limits: {object: 5}\n",
			"c.yaml:3:10: warning: SvclbConfiguration: limits.object: unknown field\n"
			"  hint: did you mean objects?\n");
}
END_TEST

/* Every problem in one run, and nothing of the file holds. */
START_TEST(proxy_problems)
{
	expect_refused(
		PROXY "mode: nftables\n"
		      "clusterCIDR: 10.244.0.0\n"
		      "nodePortAddresses: [192.0.2.0/24, x]\n"
		      "detectLocalMode: Magic\n"
		      "iptables: {masqueradeAll: yes, masqueradeBit: 32}\n"
		      "ipvs:\n"
		      "  scheduler: fastest\n"
		      "  strictARP: \"true\"\n"
		      "  excludeCIDRs: 10.0.0.0/8\n"
		      "  tcpTimeout: 15\n"
		      "  tcpFinTimeout: soon\n"
		      "  udpTimeout: 600000h\n",
		SVCLB_EINVALID,
		"c.yaml:7:27: KubeProxyConfiguration: iptables.masqueradeAll: must be true or false, "
		"not yes\n"
		"c.yaml:10:14: KubeProxyConfiguration: ipvs.strictARP: must be true or false, not "
		"\"true\"\n  hint: remove the quotes\n"
		"c.yaml:11:17: KubeProxyConfiguration: ipvs.excludeCIDRs: must be a list, not text\n"
		"  hint: begin each element with '- '\n"
		"c.yaml:12:15: KubeProxyConfiguration: ipvs.tcpTimeout: must be text, not a number\n"
		"  hint: give it a unit, as in 30s or 15m\n"
		"c.yaml:3:7: KubeProxyConfiguration: mode: must be ipvs or iptables\n"
		"c.yaml:4:14: KubeProxyConfiguration: clusterCIDR: must be a network such as "
		"10.244.0.0/16, or several separated by commas\n"
		"c.yaml:5:35: KubeProxyConfiguration: nodePortAddresses[1]: must be a network such as "
		"10.0.0.0/8, or primary alone\n"
		"c.yaml:7:47: KubeProxyConfiguration: iptables.masqueradeBit: must be between 0 and "
		"31\n"
		"c.yaml:9:14: KubeProxyConfiguration: ipvs.scheduler: must be a scheduler of the "
		"kernel (rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos)\n"
		"c.yaml:13:18: KubeProxyConfiguration: ipvs.tcpFinTimeout: must be a duration such as "
		"15m, in whole seconds, at most 24 days\n"
		"c.yaml:14:15: KubeProxyConfiguration: ipvs.udpTimeout: must be a duration such as "
		"15m, in whole seconds, at most 24 days\n"
		"c.yaml:6:18: KubeProxyConfiguration: detectLocalMode: must be ClusterCIDR, NodeCIDR, "
		"BridgeInterface or InterfaceNamePrefix\n");
	expect_refused(
		PROXY "bindAddress: eth0\nnodePortAddresses: [primary, 10.0.0.0/8]\n",
		SVCLB_EINVALID,
		"c.yaml:4:21: KubeProxyConfiguration: nodePortAddresses[0]: must be a network "
		"such as 10.0.0.0/8, or primary alone\n"
		"c.yaml:3:14: KubeProxyConfiguration: bindAddress: must be an IP address\n");
	expect_refused(PROXY "ipvs: {scheduler: lc}\ndetectLocalMode: BridgeInterface\n",
		       SVCLB_EINVALID,
		       "c.yaml:1:1: KubeProxyConfiguration: detectLocal.bridgeInterface: "
		       "detectLocalMode BridgeInterface needs a valid one\n");
}
END_TEST

START_TEST(own_problems)
{
	expect_refused(
		OWN "scheduler: lc\n"
		    "mode: both\n"
		    "nodeAddresses: [192.0.2.1, host]\n"
		    "serviceCIDRs: [10.0.0.0/8, 11.0.0.0/8]\n"
		    "nodePortRange: 30000\n"
		    "prefix: kube\n"
		    "linkName: much-too-long-name\n"
		    "ipFamilies: [IPv4, IPv5]\n"
		    "timeout: -1s\n"
		    "limits: {bytes: 0, depth: many, objects: -1}\n"
		    "drain: never\n",
		SVCLB_EINVALID,
		"c.yaml:7:16: SvclbConfiguration: nodePortRange: must be text, not a number\n"
		"  hint: put it in quotes: \"30000\"\n"
		"c.yaml:12:27: SvclbConfiguration: limits.depth: must be a whole number, not text\n"
		"c.yaml:4:7: SvclbConfiguration: mode: must be auto, ipvs or iptables\n"
		"c.yaml:5:28: SvclbConfiguration: nodeAddresses[1]: must be an address such as "
		"192.0.2.10 or 192.0.2.10/24\n"
		"c.yaml:6:15: SvclbConfiguration: serviceCIDRs: must be networks, at most one of a "
		"family\n"
		"c.yaml:8:9: SvclbConfiguration: prefix: must be 2 to 6 characters of A-Z and 0-9 "
		"that end in -\n"
		"c.yaml:9:11: SvclbConfiguration: linkName: must be a link name of at most 15 "
		"characters\n"
		"c.yaml:13:8: SvclbConfiguration: drain: must be linger, cut, or a time such as 30s of at "
		"most a year\n"
		"c.yaml:11:10: SvclbConfiguration: timeout: must be a duration such as 30s or 500ms\n"
		"c.yaml:10:20: SvclbConfiguration: ipFamilies[1]: must be IPv4 or IPv6\n"
		"c.yaml:12:17: SvclbConfiguration: limits.bytes: must be at least 1\n"
		"c.yaml:12:42: SvclbConfiguration: limits.objects: must be at least 1\n");
}
END_TEST

START_TEST(shape_problems)
{
	expect_refused("a: 1\n", SVCLB_EINVALID,
		       "c.yaml:1:1: configuration: kind: must be KubeProxyConfiguration or "
		       "SvclbConfiguration\n");
	expect_refused("text\n", SVCLB_EINVALID,
		       "c.yaml:1:1: configuration: must be a mapping, not text\n");
	expect_refused("apiVersion: v1\nkind: SvclbConfiguration\nscheduler: lc\n", SVCLB_EINVALID,
		       "c.yaml:1:13: SvclbConfiguration: apiVersion: must be svclb.io/v1alpha1\n");
	expect_refused(OWN "---\n" OWN, SVCLB_EINVALID,
		       "c.yaml:4:1: SvclbConfiguration: appears twice in one input\n");
	expect_refused("a: [\n", SVCLB_EPARSE,
		       "c.yaml:2:1: not YAML: did not find expected node content, while parsing a "
		       "flow node in line 2, column 1\n");
}
END_TEST

/* References and earlier warnings survive a load. */
START_TEST(options_stay_themselves)
{
	struct svclb_options *o = configure(OWN "scheduler: lc\nwhat: 1\n");
	struct svclb_options *same = svclb_options_ref(o);
	const char *more = OWN "zone: z\nwhy: 1\n";
	char *words;

	ck_assert_int_eq(svclb_options_load_config(o, more, strlen(more), "d.yaml", NULL), 0);
	words = errors_text(svclb_options_get_warnings(same));
	ck_assert_str_eq(words, "c.yaml:4:1: warning: SvclbConfiguration: what: unknown field\n"
				"d.yaml:4:1: warning: SvclbConfiguration: why: unknown field\n");
	free(words);
	ck_assert_str_eq(same->scheduler, "lc");
	ck_assert_str_eq(same->zone, "z");
	svclb_options_unref(o);
	svclb_options_unref(same);
}
END_TEST

START_TEST(durations)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{"0", 0},
		{"0s", 0},
		{"15m", 900000},
		{"15m0s", 900000},
		{"1h30m", 5400000},
		{"1.5s", 1500},
		{"1.5h", 5400000},
		{".5s", 500},
		{"1.s", 1000},
		{"250ms", 250},
		{"1500us", 2},
		{"999999ns", 1},
		{"+2s", 2000},
		{"2000\xc2\xb5s", 2},
		{"876000h", UINT64_C(3153600000000)},
	};
	static const char *const bad[] = {
		"",
		"s",
		"5",
		"5 s",
		"-1s",
		"1d",
		"1s2",
		"1..5s",
		".s",
		"s1",
		"1sm",
		"900000h",
		"99999999999999999999999s",
		"+",
		"1h 2m",
		"1S",
	};
	uint64_t ms;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(duration_parse(good[i].text, &ms), "%s", good[i].text);
		ck_assert_uint_eq(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!duration_parse(bad[i], &ms), "%s", bad[i]);
}
END_TEST

START_TEST(arguments)
{
	struct svclb_options *o = new_options();

	ck_assert_int_eq(svclb_options_load_config(NULL, "", 0, "c", NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_options_load_config(o, NULL, 3, "c", NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_options_load_config(o, "", 0, NULL, NULL), 0);
	svclb_options_unref(o);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_test(tc, proxy_configuration);
	tcase_add_test(tc, empty_fields_say_nothing);
	tcase_add_test(tc, own_configuration);
	tcase_add_test(tc, both_kinds_and_others);
	tcase_add_test(tc, json);
	tcase_add_test(tc, warnings);
	tcase_add_test(tc, proxy_problems);
	tcase_add_test(tc, own_problems);
	tcase_add_test(tc, shape_problems);
	tcase_add_test(tc, options_stay_themselves);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, arguments);
}

int main(void)
{
	return run_case("config", fill);
}
