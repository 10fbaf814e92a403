/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options: defaults, setters with their limits, copies. */
#include "model-make.h"
#include "model/options.h"

static struct svclb_options *o;

static void setup(void)
{
	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
}

static void teardown(void)
{
	o = svclb_options_unref(o);
}

START_TEST(defaults_are_documented_ones)
{
	struct cidr c;
	char text[CIDR_TEXT_MAX];

	ck_assert_uint_eq(svclb_options_get_mode(o), SVCLB_MODE_AUTO);
	ck_assert_ptr_null(svclb_options_get_node_name(o));
	ck_assert_str_eq(o->scheduler, "rr");
	ck_assert(!o->masquerade_all && o->random_fully && !o->physdev && !o->strict_arp);
	ck_assert_uint_eq(o->masquerade_bit, 14);
	ck_assert_uint_eq(o->node_port_first, 30000);
	ck_assert_uint_eq(o->node_port_last, 32767);
	ck_assert(o->ipv4 && o->ipv6 && !o->adopt);
	ck_assert_str_eq(o->prefix, "KUBE-");
	ck_assert_str_eq(o->link_name, "kube-ipvs0");
	ck_assert_int_eq(o->netns_fd, -1);
	ck_assert_uint_eq(o->timeout_ms, 60000);
	ck_assert_uint_eq(o->lock_wait_ms, 5000);
	ck_assert_str_eq(o->lock_file, "/run/xtables.lock");
	ck_assert_str_eq(o->lock_dir, "/run/svclb");
	ck_assert_uint_eq(o->limits[SVCLB_LIMIT_OBJECTS], 500000);
	ck_assert_uint_eq(svclb_options_count_node_addresses(o), 0);
	ck_assert_ptr_null(svclb_options_get_warnings(o));
	ck_assert_ptr_nonnull(options_service_cidr(o, 4, &c));
	ck_assert_str_eq(cidr_format(&c, text), "10.96.0.0/12");
	ck_assert_ptr_nonnull(options_service_cidr(o, 6, &c));
	ck_assert_str_eq(cidr_format(&c, text), "fd00:10:96::/108");
}
END_TEST

#define ok(call)      ck_assert_int_eq((call), 0)
#define refused(call) ck_assert_int_eq((call), -SVCLB_EINVAL)

START_TEST(setters_know_their_ranges)
{
	ok(svclb_options_set_mode(o, SVCLB_MODE_IPTABLES));
	refused(svclb_options_set_mode(o, 3));
	ok(svclb_options_set_localhost_node_ports(o, 0));
	refused(svclb_options_set_localhost_node_ports(o, 2));
	ok(svclb_options_set_masquerade_bit(o, 31));
	refused(svclb_options_set_masquerade_bit(o, 32));
	ck_assert_uint_eq(o->masquerade_bit, 31);
	ok(svclb_options_set_scheduler(o, "mh"));
	refused(svclb_options_set_scheduler(o, "RR"));
	refused(svclb_options_set_scheduler(o, NULL));
	ck_assert_str_eq(o->scheduler, "mh");
	ok(svclb_options_set_masquerade_all(o, 1));
	refused(svclb_options_set_masquerade_all(o, 2));
	refused(svclb_options_set_masquerade_all(NULL, 1));
	ok(svclb_options_set_node_port_range(o, 1, 65535));
	refused(svclb_options_set_node_port_range(o, 0, 10));
	refused(svclb_options_set_node_port_range(o, 10, 9));
	refused(svclb_options_set_node_port_range(o, 10, 65536));
	refused(svclb_options_set_families(o, 0, 0));
	refused(svclb_options_set_families(o, 1, 2));
	ck_assert(!o->families_given);
	ok(svclb_options_set_families(o, 0, 1));
	ck_assert(o->families_given);
	ok(svclb_options_set_netns_fd(o, -1));
	refused(svclb_options_set_netns_fd(o, -2));
	ok(svclb_options_set_ipvs_timeouts(o, 900, 120, 0));
	refused(svclb_options_set_ipvs_timeouts(o, 900, 120, UINT32_MAX));
	ok(svclb_options_set_limit(o, SVCLB_LIMIT_OBJECTS, 1));
	refused(svclb_options_set_limit(o, SVCLB_LIMIT_OBJECTS, 0));
	refused(svclb_options_set_limit(o, SVCLB_LIMIT_MAX_, 1));
	ok(svclb_options_set_lock_file(o, "/tmp/lock"));
	refused(svclb_options_set_lock_file(o, ""));
	ck_assert_str_eq(o->lock_file, "/tmp/lock");
	ok(svclb_options_set_lock_dir(o, "/tmp/locks"));
	refused(svclb_options_set_lock_dir(o, "locks"));
	refused(svclb_options_set_lock_dir(o, NULL));
	ck_assert_str_eq(o->lock_dir, "/tmp/locks");
}
END_TEST

START_TEST(names_of_chains_and_links)
{
	static const char *const bad_prefixes[] = {"",	       "-",   "KUBE", "kube-",
						   "TOOLONG-", "A_-", NULL};
	static const char *const bad_links[] = {
		"", ".", "..", "a/b", "a:b", "a b", "sixteen-bytes-xx", NULL};

	ok(svclb_options_set_prefix(o, "MINE2-"));
	ok(svclb_options_set_prefix(o, "A-"));
	for (size_t i = 0; bad_prefixes[i]; i++)
		refused(svclb_options_set_prefix(o, bad_prefixes[i]));
	ck_assert_str_eq(o->prefix, "A-");
	ok(svclb_options_set_link_name(o, "fifteen-bytes-x"));
	for (size_t i = 0; bad_links[i]; i++)
		refused(svclb_options_set_link_name(o, bad_links[i]));
	ok(svclb_options_set_detect_local(o, SVCLB_DETECT_BRIDGE_INTERFACE, "cni0"));
	refused(svclb_options_set_detect_local(o, SVCLB_DETECT_BRIDGE_INTERFACE, NULL));
	refused(svclb_options_set_detect_local(o, SVCLB_DETECT_NODE_CIDR, "cni0"));
	ck_assert_str_eq(o->detect_local_arg, "cni0");
	ok(svclb_options_set_detect_local(o, SVCLB_DETECT_NODE_CIDR, NULL));
	ck_assert_ptr_null(o->detect_local_arg);
}
END_TEST

START_TEST(lists_of_networks)
{
	char text[CIDR_TEXT_MAX];

	ok(svclb_options_set_cluster_cidrs(o, " 10.244.1.7/16 ,fd00::/64"));
	ck_assert_uint_eq(o->cluster_cidrs.n, 2);
	ck_assert_str_eq(cidr_format(options_cidr_of(&o->cluster_cidrs, 4), text), "10.244.0.0/16");
	ck_assert_str_eq(cidr_format(options_cidr_of(&o->cluster_cidrs, 6), text), "fd00::/64");
	refused(svclb_options_set_cluster_cidrs(o, "10.0.0.0/8,"));
	refused(svclb_options_set_cluster_cidrs(o, "10.0.0.1"));
	ck_assert_uint_eq(o->cluster_cidrs.n, 2);
	ok(svclb_options_set_cluster_cidrs(o, NULL));
	ck_assert_uint_eq(o->cluster_cidrs.n, 0);
	ok(svclb_options_set_exclude_cidrs(o, "10.0.0.0/8,10.0.0.0/9"));
	refused(svclb_options_set_service_cidrs(o, "10.0.0.0/8,10.0.0.0/9"));
	ok(svclb_options_set_service_cidrs(o, "10.0.0.0/8"));
	ck_assert_ptr_null(options_service_cidr(o, 6, &(struct cidr){0}));
	ok(svclb_options_set_node_port_addresses(o, "primary"));
	refused(svclb_options_set_node_port_addresses(o, "localhost"));
	refused(svclb_options_set_node_port_addresses(o, "all"));
	ck_assert(o->node_ports_primary);
}
END_TEST

START_TEST(node_addresses_replace_discovered_ones)
{
	struct node_address *found = vec_push(&o->node_addresses);

	ck_assert_ptr_nonnull(found);
	ok(svclb_options_add_node_address(o, "192.0.2.1/24", "eth0"));
	ck_assert_uint_eq(svclb_options_count_node_addresses(o), 1);
	ok(svclb_options_add_node_address(o, "2001:db8::1", NULL));
	ck_assert_uint_eq(svclb_options_count_node_addresses(o), 2);
	ck_assert_uint_eq(o->node_addresses.v[0].plen, 24);
	ck_assert_uint_eq(o->node_addresses.v[0].ip.b[3], 1);
	ck_assert_str_eq(o->node_addresses.v[0].ifname, "eth0");
	ck_assert_uint_eq(o->node_addresses.v[1].plen, 128);
	refused(svclb_options_add_node_address(o, "192.0.2.1/33", NULL));
	refused(svclb_options_add_node_address(o, "192.0.2", NULL));
	refused(svclb_options_add_node_address(o, "192.0.2.1", "much-too-long-name"));
	ck_assert_uint_eq(svclb_options_count_node_addresses(o), 2);
}
END_TEST

START_TEST(copies_are_deep)
{
	struct svclb_options *c;

	ok(svclb_options_set_node_name(o, "node-1"));
	ok(svclb_options_set_zone(o, "a"));
	ok(svclb_options_set_cluster_cidrs(o, "10.244.0.0/16"));
	c = options_copy(o);
	ck_assert_ptr_nonnull(c);
	ok(svclb_options_set_node_name(o, ""));
	ok(svclb_options_set_cluster_cidrs(o, NULL));
	ck_assert_str_eq(svclb_options_get_node_name(c), "node-1");
	ck_assert_str_eq(c->zone, "a");
	ck_assert_uint_eq(c->cluster_cidrs.n, 1);
	ck_assert_ptr_null(svclb_options_get_node_name(o));
	ck_assert_ptr_eq(svclb_options_ref(c), c);
	svclb_options_unref(c);
	ck_assert_ptr_null(svclb_options_unref(c));
	ck_assert_ptr_null(svclb_options_unref(NULL));
}
END_TEST

START_TEST(schedulers)
{
	ck_assert(scheduler_known("twos") && scheduler_known("lblcr") && scheduler_known("rr"));
	ck_assert(!scheduler_known("") && !scheduler_known("maglev") && !scheduler_known(NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, defaults_are_documented_ones);
	tcase_add_test(t, setters_know_their_ranges);
	tcase_add_test(t, names_of_chains_and_links);
	tcase_add_test(t, lists_of_networks);
	tcase_add_test(t, node_addresses_replace_discovered_ones);
	tcase_add_test(t, copies_are_deep);
	tcase_add_test(t, schedulers);
	suite_add_tcase(s, t);
	return run_suite(s);
}
