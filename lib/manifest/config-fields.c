/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of configuration documents, and the options that they set. */
#include <string.h>

#include "manifest/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PROXY(name_, type_, member_)                         \
	{                                                    \
		.name = (name_), .type = FIELD_##type_,      \
		.place = PLACE(struct proxy_config, member_) \
	}
#define PROXY_TIME(name_, member_)                                                                 \
	{                                                                                          \
		.name = (name_), .type = FIELD_TEXT, .place = PLACE(struct proxy_config, member_), \
		.hint = NEEDS_UNIT,                                                                \
	}
#define OWN_TIME(name_, member_)                                                                 \
	{                                                                                        \
		.name = (name_), .type = FIELD_TEXT, .place = PLACE(struct own_config, member_), \
		.hint = NEEDS_UNIT,                                                              \
	}
#define OWN(name_, type_, member_)                                                                 \
	{                                                                                          \
		.name = (name_), .type = FIELD_##type_, .place = PLACE(struct own_config, member_) \
	}
#define OBJECT(name_, sub_)                                           \
	{                                                             \
		.name = (name_), .type = FIELD_OBJECT, .sub = &(sub_) \
	}
#define QUIET(name_)                           \
	{                                      \
		.name = (name_), .use = SILENT \
	}
#define IDLE(name_)                               \
	{                                         \
		.name = (name_), .use = NO_EFFECT \
	}

#define NEEDS_UNIT "give it a unit, as in 30s or 15m"

#define MUST_MODE "must be ipvs or iptables"
#define MUST_SCHEDULER                                                                            \
	"must be a scheduler of the kernel (rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, " \
	"ovf, mh, twos)"
#define MUST_CIDR     "must be a network such as 10.0.0.0/8"
#define MUST_TIMEOUT  "must be a duration such as 15m, in whole seconds, at most 24 days"
#define MUST_DURATION "must be a duration such as 30s or 500ms"

/* ---- KubeProxyConfiguration ---- */

static const struct field detect_local_list[] = {
	PROXY("bridgeInterface", TEXT, bridge),
	PROXY("interfaceNamePrefix", TEXT, interface_prefix),
};
static const struct fields detect_local = {.v = detect_local_list, .n = COUNT(detect_local_list)};

static const struct field iptables_list[] = {
	PROXY("masqueradeAll", BOOL, masquerade_all),
	PROXY("masqueradeBit", INT, masquerade_bit),
	PROXY("localhostNodePorts", BOOL, localhost_node_ports),
	IDLE("minSyncPeriod"),
	IDLE("syncPeriod"),
};
static const struct fields iptables = {.v = iptables_list, .n = COUNT(iptables_list)};

static const struct field ipvs_list[] = {
	PROXY("scheduler", TEXT, scheduler),
	PROXY("strictARP", BOOL, strict_arp),
	PROXY("excludeCIDRs", TEXTS, exclude_cidrs),
	PROXY_TIME("tcpTimeout", tcp_timeout),
	PROXY_TIME("tcpFinTimeout", tcp_fin_timeout),
	PROXY_TIME("udpTimeout", udp_timeout),
	IDLE("minSyncPeriod"),
	IDLE("syncPeriod"),
};
static const struct fields ipvs = {.v = ipvs_list, .n = COUNT(ipvs_list)};

static const struct field proxy_list[] = {
	QUIET("apiVersion"),
	QUIET("kind"),
	PROXY("mode", TEXT, mode),
	PROXY("hostnameOverride", TEXT, node_name),
	PROXY("clusterCIDR", TEXT, cluster_cidrs),
	PROXY("nodePortAddresses", TEXTS, node_port_addresses),
	PROXY("detectLocalMode", TEXT, detect_local),
	OBJECT("detectLocal", detect_local),
	OBJECT("iptables", iptables),
	OBJECT("ipvs", ipvs),
	PROXY("bindAddress", TEXT, bind_address),
	IDLE("bindAddressHardFail"),
	IDLE("clientConnection"),
	IDLE("configSyncPeriod"),
	IDLE("conntrack"),
	IDLE("enableProfiling"),
	IDLE("featureGates"),
	IDLE("healthzBindAddress"),
	IDLE("linux"),
	IDLE("logging"),
	IDLE("metricsBindAddress"),
	IDLE("minSyncPeriod"),
	IDLE("nftables"),
	IDLE("oomScoreAdj"),
	IDLE("portRange"),
	IDLE("resourceContainer"),
	IDLE("showHiddenMetricsForVersion"),
	IDLE("syncPeriod"),
	IDLE("udpIdleTimeout"),
	IDLE("windows"),
	IDLE("windowsRunAsService"),
	IDLE("winkernel"),
};
static const struct fields proxy_fields = {.v = proxy_list,
					   .n = COUNT(proxy_list),
					   .size = sizeof(struct proxy_config)};

static int set_proxy_mode(struct svclb_options *opts, const char *v)
{
	if (!strcmp(v, "ipvs"))
		return svclb_options_set_mode(opts, SVCLB_MODE_IPVS);
	if (!strcmp(v, "iptables"))
		return svclb_options_set_mode(opts, SVCLB_MODE_IPTABLES);
	return -SVCLB_EINVAL;
}

static int set_tcp_timeout(struct svclb_options *opts, uint32_t v)
{
	return svclb_options_set_ipvs_timeouts(opts, v, opts->ipvs_timeouts.tcp_fin_sec,
					       opts->ipvs_timeouts.udp_sec);
}

static int set_tcp_fin_timeout(struct svclb_options *opts, uint32_t v)
{
	return svclb_options_set_ipvs_timeouts(opts, opts->ipvs_timeouts.tcp_sec, v,
					       opts->ipvs_timeouts.udp_sec);
}

static int set_udp_timeout(struct svclb_options *opts, uint32_t v)
{
	return svclb_options_set_ipvs_timeouts(opts, opts->ipvs_timeouts.tcp_sec,
					       opts->ipvs_timeouts.tcp_fin_sec, v);
}

#define PROXY_SETTING(field_, type_, member_, how_, setter_, must_)                               \
	{                                                                                         \
		.field = (field_), .type = (type_), .place = PLACE(struct proxy_config, member_), \
		.how_ = (setter_), .must = (must_)                                                \
	}

static const struct setting proxy_settings[] = {
	PROXY_SETTING("mode", SET_TEXT, mode, text, set_proxy_mode, MUST_MODE),
	PROXY_SETTING("hostnameOverride", SET_TEXT, node_name, text, svclb_options_set_node_name,
		      "must be a node name"),
	PROXY_SETTING("clusterCIDR", SET_TEXT, cluster_cidrs, text, svclb_options_set_cluster_cidrs,
		      "must be a network such as 10.244.0.0/16, or several separated by commas"),
	PROXY_SETTING("nodePortAddresses", SET_CIDRS, node_port_addresses, text,
		      svclb_options_set_node_port_addresses,
		      "must be a network such as 10.0.0.0/8, or primary alone"),
	PROXY_SETTING("bindAddress", SET_TEXT, bind_address, text, svclb_options_set_bind_address,
		      "must be an IP address"),
	PROXY_SETTING("iptables.masqueradeAll", SET_FLAG, masquerade_all, flag,
		      svclb_options_set_masquerade_all, "must be true or false"),
	PROXY_SETTING("iptables.localhostNodePorts", SET_FLAG, localhost_node_ports, flag,
		      svclb_options_set_localhost_node_ports, "must be true or false"),
	PROXY_SETTING("iptables.masqueradeBit", SET_NUMBER, masquerade_bit, number,
		      svclb_options_set_masquerade_bit, "must be between 0 and 31"),
	PROXY_SETTING("ipvs.scheduler", SET_TEXT, scheduler, text, svclb_options_set_scheduler,
		      MUST_SCHEDULER),
	PROXY_SETTING("ipvs.strictARP", SET_FLAG, strict_arp, flag, svclb_options_set_strict_arp,
		      "must be true or false"),
	PROXY_SETTING("ipvs.excludeCIDRs", SET_CIDRS, exclude_cidrs, text,
		      svclb_options_set_exclude_cidrs, MUST_CIDR),
	PROXY_SETTING("ipvs.tcpTimeout", SET_SECONDS, tcp_timeout, number, set_tcp_timeout,
		      MUST_TIMEOUT),
	PROXY_SETTING("ipvs.tcpFinTimeout", SET_SECONDS, tcp_fin_timeout, number,
		      set_tcp_fin_timeout, MUST_TIMEOUT),
	PROXY_SETTING("ipvs.udpTimeout", SET_SECONDS, udp_timeout, number, set_udp_timeout,
		      MUST_TIMEOUT),
};

/* The modes that need a name take it from detectLocal. */
static void set_detect_local(struct decoder *d, struct svclb_options *opts, const void *config)
{
	static const struct path path = {.key = "detectLocalMode"};
	static const struct path path_of = {.key = "detectLocal"};
	static const struct path path_bridge = {.up = &path_of, .key = "bridgeInterface"};
	static const struct path path_prefix = {.up = &path_of, .key = "interfaceNamePrefix"};
	static const struct path path_cidr = {.key = "clusterCIDR"};
	const struct proxy_config *c = config;
	const struct {
		const char *word;
		uint32_t how;
		const struct ftext *arg;
		const struct path *path;
	} modes[] = {
		{"ClusterCIDR", SVCLB_DETECT_CLUSTER_CIDR, NULL, &path},
		{"NodeCIDR", SVCLB_DETECT_NODE_CIDR, NULL, &path},
		{"BridgeInterface", SVCLB_DETECT_BRIDGE_INTERFACE, &c->bridge, &path_bridge},
		{"InterfaceNamePrefix", SVCLB_DETECT_INTERFACE_NAME_PREFIX, &c->interface_prefix,
		 &path_prefix},
	};
	int r;

	for (size_t i = 0; i < COUNT(modes); i++)
		if (modes[i].arg && modes[i].arg->s && *modes[i].arg->s &&
		    (!c->detect_local.s || strcmp(c->detect_local.s, modes[i].word)))
			decode_warning(d, modes[i].path, modes[i].arg->at, NULL,
				       "has no effect without detectLocalMode %s", modes[i].word);
	if (!c->detect_local.s || !*c->detect_local.s)
		return;
	for (size_t i = 0; i < COUNT(modes); i++) {
		if (strcmp(modes[i].word, c->detect_local.s))
			continue;
		if (modes[i].how != SVCLB_DETECT_CLUSTER_CIDR && c->cluster_cidrs.s &&
		    *c->cluster_cidrs.s)
			decode_warning(d, &path_cidr, c->cluster_cidrs.at, NULL,
				       "has no effect with detectLocalMode %s", modes[i].word);
		r = svclb_options_set_detect_local(opts, modes[i].how,
						   modes[i].arg ? modes[i].arg->s : NULL);
		if (r == -SVCLB_ENOMEM)
			decode_nomem(d);
		else if (r)
			decode_problem(d, modes[i].path,
				       modes[i].arg ? modes[i].arg->at : c->detect_local.at, NULL,
				       "detectLocalMode %s needs a valid one", modes[i].word);
		return;
	}
	decode_problem(d, &path, c->detect_local.at, NULL,
		       "must be ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix");
}

/* ---- SvclbConfiguration ---- */

static const struct field limits_list[] = {
	OWN("bytes", INT, limits[SVCLB_LIMIT_BYTES]),
	OWN("depth", INT, limits[SVCLB_LIMIT_DEPTH]),
	OWN("documents", INT, limits[SVCLB_LIMIT_DOCUMENTS]),
	OWN("objects", INT, limits[SVCLB_LIMIT_OBJECTS]),
	OWN("scalar", INT, limits[SVCLB_LIMIT_SCALAR]),
	OWN("nodes", INT, limits[SVCLB_LIMIT_NODES]),
	OWN("problems", INT, limits[SVCLB_LIMIT_PROBLEMS]),
	OWN("servers", INT, limits[SVCLB_LIMIT_SERVERS]),
};
static const struct fields limits = {.v = limits_list, .n = COUNT(limits_list)};

_Static_assert(COUNT(limits_list) == SVCLB_LIMIT_MAX_, "every limit has a field, in this order");

static const struct field own_list[] = {
	QUIET("apiVersion"),
	QUIET("kind"),
	OWN("mode", TEXT, mode),
	OWN("nodeName", TEXT, node_name),
	OWN("nodeAddresses", TEXTS, node_addresses),
	OWN("zone", TEXT, zone),
	OWN("scheduler", TEXT, scheduler),
	OWN("serviceCIDRs", TEXTS, service_cidrs),
	OWN("nodePortRange", TEXT, node_port_range),
	OWN("prefix", TEXT, prefix),
	OWN("linkName", TEXT, link_name),
	OWN("physdev", BOOL, physdev),
	OWN("randomFully", BOOL, random_fully),
	OWN("ipFamilies", TEXTS, ip_families),
	OWN("drain", TEXT, drain),
	OWN_TIME("timeout", timeout),
	OWN_TIME("lockWait", lock_wait),
	OWN("lockFile", TEXT, lock_file),
	OWN("lockDir", TEXT, lock_dir),
	OBJECT("limits", limits),
};
static const struct fields own_fields = {.v = own_list,
					 .n = COUNT(own_list),
					 .size = sizeof(struct own_config)};

static int set_own_mode(struct svclb_options *opts, const char *v)
{
	return strcmp(v, "auto") ? set_proxy_mode(opts, v)
				 : svclb_options_set_mode(opts, SVCLB_MODE_AUTO);
}

static int add_node_address(struct svclb_options *opts, const char *v)
{
	return svclb_options_add_node_address(opts, v, NULL);
}

/* A port of one to five digits; NULL if there is none. */
static const char *take_port(const char *s, uint32_t *ret)
{
	size_t n = strspn(s, "0123456789");

	*ret = 0;
	for (size_t i = 0; i < n && n <= 5; i++)
		*ret = *ret * 10 + (uint32_t)(s[i] - '0');
	return n && n <= 5 ? s + n : NULL;
}

static int set_node_port_range(struct svclb_options *opts, const char *v)
{
	uint32_t first, last;

	v = take_port(v, &first);
	if (!v || *v != '-')
		return -SVCLB_EINVAL;
	v = take_port(v + 1, &last);
	return v && !*v ? svclb_options_set_node_port_range(opts, first, last) : -SVCLB_EINVAL;
}

#define OWN_SETTING(field_, type_, member_, how_, setter_, must_)                               \
	{                                                                                       \
		.field = (field_), .type = (type_), .place = PLACE(struct own_config, member_), \
		.how_ = (setter_), .must = (must_)                                              \
	}

static const struct setting own_settings[] = {
	OWN_SETTING("mode", SET_TEXT, mode, text, set_own_mode, "must be auto, ipvs or iptables"),
	OWN_SETTING("nodeName", SET_TEXT, node_name, text, svclb_options_set_node_name,
		    "must be a node name"),
	OWN_SETTING("nodeAddresses", SET_EACH, node_addresses, text, add_node_address,
		    "must be an address such as 192.0.2.10 or 192.0.2.10/24"),
	OWN_SETTING("zone", SET_TEXT, zone, text, svclb_options_set_zone, "must be a zone name"),
	OWN_SETTING("scheduler", SET_TEXT, scheduler, text, svclb_options_set_scheduler,
		    MUST_SCHEDULER),
	OWN_SETTING("serviceCIDRs", SET_CIDRS, service_cidrs, text, svclb_options_set_service_cidrs,
		    "must be networks, at most one of a family"),
	OWN_SETTING("nodePortRange", SET_TEXT, node_port_range, text, set_node_port_range,
		    "must be a range of ports such as 30000-32767"),
	OWN_SETTING("prefix", SET_TEXT, prefix, text, svclb_options_set_prefix,
		    "must be 2 to 6 characters of A-Z and 0-9 that end in -"),
	OWN_SETTING("linkName", SET_TEXT, link_name, text, svclb_options_set_link_name,
		    "must be a link name of at most 15 characters"),
	OWN_SETTING("physdev", SET_FLAG, physdev, flag, svclb_options_set_physdev,
		    "must be true or false"),
	OWN_SETTING("randomFully", SET_FLAG, random_fully, flag, svclb_options_set_random_fully,
		    "must be true or false"),
	OWN_SETTING("drain", SET_TEXT, drain, text, svclb_options_set_drain,
		    "must be linger, cut, or a time such as 30s of at most a year"),
	OWN_SETTING("timeout", SET_MILLIS, timeout, number, svclb_options_set_timeout,
		    MUST_DURATION),
	OWN_SETTING("lockWait", SET_MILLIS, lock_wait, number, svclb_options_set_lock_wait,
		    MUST_DURATION),
	OWN_SETTING("lockFile", SET_TEXT, lock_file, text, svclb_options_set_lock_file,
		    "must be the path of a file"),
	OWN_SETTING("lockDir", SET_TEXT, lock_dir, text, svclb_options_set_lock_dir,
		    "must be the absolute path of a directory"),
};

static void set_families(struct decoder *d, struct svclb_options *opts, const struct ftext_list *l)
{
	static const struct path up = {.key = "ipFamilies"};
	struct path path = {.up = &up};
	int ipv4 = 0;
	int ipv6 = 0;

	for (; path.index < l->n; path.index++) {
		const struct ftext *t = &l->v[path.index];

		if (!strcmp(t->s, "IPv4"))
			ipv4 = 1;
		else if (!strcmp(t->s, "IPv6"))
			ipv6 = 1;
		else
			decode_problem(d, &path, t->at, NULL, "must be IPv4 or IPv6");
	}
	if (ipv4 || ipv6)
		(void)svclb_options_set_families(opts, ipv4, ipv6); /* cannot be refused */
}

static void set_rest(struct decoder *d, struct svclb_options *opts, const void *config)
{
	static const struct path up = {.key = "limits"};
	const struct own_config *c = config;

	set_families(d, opts, &c->ip_families);
	for (uint32_t i = 0; i < SVCLB_LIMIT_MAX_; i++) {
		struct path path = {.up = &up, .key = limits_list[i].name};
		const struct fint *v = &c->limits[i];

		if (v->given && (v->v < 1 || svclb_options_set_limit(opts, i, (uint64_t)v->v)))
			decode_problem(d, &path, v->at, NULL, "must be at least 1");
	}
}

const struct config_kind config_kinds[2] = {
	{"KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1", &proxy_fields,
	 proxy_settings, COUNT(proxy_settings), set_detect_local},
	{"SvclbConfiguration", "svclb.io/v1alpha1", &own_fields, own_settings, COUNT(own_settings),
	 set_rest},
};
