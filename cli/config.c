/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Node-wide settings: from flags, a configuration file and the store to struct svclb_options. */
#include <errno.h>

#include "config.h"
#include "input.h"
#include "limit.h"

struct word {
	const char *word;
	uint32_t value;
};

static const struct word modes[] = {
	{"auto", SVCLB_MODE_AUTO},
	{"ipvs", SVCLB_MODE_IPVS},
	{"iptables", SVCLB_MODE_IPTABLES},
	{NULL, 0},
};

static const struct word detect_modes[] = {
	{"ClusterCIDR", SVCLB_DETECT_CLUSTER_CIDR},
	{"NodeCIDR", SVCLB_DETECT_NODE_CIDR},
	{"BridgeInterface", SVCLB_DETECT_BRIDGE_INTERFACE},
	{"InterfaceNamePrefix", SVCLB_DETECT_INTERFACE_NAME_PREFIX},
	{NULL, 0},
};

static int word_value(const struct word *words, const char *text, uint32_t *ret)
{
	for (; words->word; words++) {
		if (!strcmp(words->word, text)) {
			*ret = words->value;
			return 0;
		}
	}
	return -SVCLB_EINVAL;
}

const char *mode_name(uint32_t mode)
{
	for (const struct word *w = modes; w->word; w++)
		if (w->value == mode)
			return w->word;
	return "unknown";
}

static int number(const char *text, uint32_t max, uint32_t *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || *text == '+' || v > max)
		return -SVCLB_EINVAL;
	*ret = (uint32_t)v;
	return 0;
}

static bool truth(const char *text)
{
	return !strcmp(text, "true");
}

static int set_mode(struct svclb_options *o, const char *v)
{
	uint32_t mode = 0;
	int r = word_value(modes, v, &mode);

	return r < 0 ? r : svclb_options_set_mode(o, mode);
}

static int set_node_address(struct svclb_options *o, const char *v)
{
	const char *eq = strchr(v, '=');
	autofree char *ifname = eq ? xstrndup(v, (size_t)(eq - v)) : NULL;

	return svclb_options_add_node_address(o, eq ? eq + 1 : v, ifname);
}

static int set_node_port_range(struct svclb_options *o, const char *v)
{
	autofree char *first = xstrdup(v);
	char *last = strchr(first, '-');
	uint32_t a = 0, b = 0;

	if (!last)
		return -SVCLB_EINVAL;
	*last++ = 0;
	if (number(first, 65535, &a) < 0 || number(last, 65535, &b) < 0)
		return -SVCLB_EINVAL;
	return svclb_options_set_node_port_range(o, a, b);
}

static int set_masquerade_all(struct svclb_options *o, const char *v)
{
	return svclb_options_set_masquerade_all(o, truth(v));
}

static int set_localhost_node_ports(struct svclb_options *o, const char *v)
{
	return svclb_options_set_localhost_node_ports(o, truth(v));
}

static int set_masquerade_bit(struct svclb_options *o, const char *v)
{
	uint32_t bit = 0;

	return number(v, 31, &bit) < 0 ? -SVCLB_EINVAL : svclb_options_set_masquerade_bit(o, bit);
}

static int set_strict_arp(struct svclb_options *o, const char *v)
{
	return svclb_options_set_strict_arp(o, truth(v));
}

static int set_families(struct svclb_options *o, const char *v)
{
	static const char *const forms[][3] = {
		{"ipv4", "IPv4", "4"},
		{"ipv6", "IPv6", "6"},
		{"ipv4,ipv6", "IPv4,IPv6", "4,6"},
		{"ipv6,ipv4", "IPv6,IPv4", "6,4"},
	};

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 3; j++)
			if (!strcmp(forms[i][j], v))
				return svclb_options_set_families(o, i != 1, i != 0);
	return -SVCLB_EINVAL;
}

const struct setting_spec setting_specs[] = {
	{"mode", "auto|ipvs|iptables", false, set_mode, "how traffic is steered (auto)"},
	{"node", "NAME", false, svclb_options_set_node_name, "this node's name"},
	{"node-address", "[IFNAME=]ADDR", true, set_node_address,
	 "address of this node; repeatable (found by itself)"},
	{"zone", "NAME", false, svclb_options_set_zone, "this node's zone for topology hints"},
	{"cluster-cidr", "CIDR[,CIDR]", false, svclb_options_set_cluster_cidrs,
	 "networks of the pods"},
	{"service-cidr", "CIDR[,CIDR]", false, svclb_options_set_service_cidrs,
	 "where missing cluster IPs are allocated (10.96.0.0/12)"},
	{"node-port-range", "FIRST-LAST", false, set_node_port_range,
	 "where missing node ports are allocated (30000-32767)"},
	{"nodeport-addresses", "CIDR[,CIDR]", false, svclb_options_set_node_port_addresses,
	 "which node addresses serve node ports (all)"},
	{"localhost-nodeports", NULL, false, set_localhost_node_ports,
	 "node ports at 127.0.0.1 too, in mode iptables (true)"},
	{"scheduler", "NAME", false, svclb_options_set_scheduler,
	 "scheduler of Services that name none (rr)"},
	{"drain", "linger|cut|DURATION", false, svclb_options_set_drain,
	 "how long endpoints that go keep their TCP connections (linger)"},
	{"masquerade-all", NULL, false, set_masquerade_all,
	 "masquerade all traffic to cluster IPs"},
	{"masquerade-bit", "BIT", false, set_masquerade_bit,
	 "bit of the mark that asks for masquerading (14)"},
	{"detect-local-mode", "MODE", false, NULL,
	 "ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix"},
	{"detect-local-arg", "NAME", false, NULL,
	 "bridge, or prefix of interface names, of the last two modes"},
	{"strict-arp", NULL, false, set_strict_arp, "set arp_ignore and arp_announce"},
	{"exclude-cidrs", "CIDR[,CIDR]", false, svclb_options_set_exclude_cidrs,
	 "foreign virtual servers there are never taken over"},
	{"ip-families", "ipv4|ipv6|ipv4,ipv6", false, set_families, "families that are served"},
	{"prefix", "PREFIX", false, svclb_options_set_prefix, "of our sets and chains (KUBE-)"},
	{"link-name", "NAME", false, svclb_options_set_link_name,
	 "dummy link with the addresses (kube-ipvs0)"},
	{"lock-file", "FILE", false, svclb_options_set_lock_file,
	 "the xtables lock (/run/xtables.lock)"},
	{"lock-dir", "DIR", false, svclb_options_set_lock_dir,
	 "directory of the locks between agents (/run/svclb)"},
	{NULL, NULL, false, NULL, NULL},
};

const struct setting_spec *setting_find(const char *name)
{
	for (const struct setting_spec *s = setting_specs; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

void settings_add(struct settings *s, const char *name, const char *value)
{
	s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n].name = xstrdup(name);
	s->v[s->n++].value = xstrdup(value);
}

const char *settings_get(const struct settings *s, const char *name)
{
	for (size_t i = s->n; i > 0; i--)
		if (!strcmp(s->v[i - 1].name, name))
			return s->v[i - 1].value;
	return NULL;
}

void settings_drop(struct settings *s, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].name, name)) {
			s->v[kept++] = s->v[i];
			continue;
		}
		free(s->v[i].name);
		free(s->v[i].value);
	}
	s->n = kept;
}

void settings_clear(struct settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].value);
	}
	free(s->v);
	*s = (struct settings){0};
}

static int read_config(struct cli *c, struct settings *s)
{
	struct text buf = {0};
	int rc;

	if (!*c->config)
		return EXIT_DONE;
	rc = input_read_file(c, c->config, &buf);
	if (rc == EXIT_DONE && memchr(text_get(&buf), 0, buf.len))
		rc = fail(c, EXIT_INVALID, "%s: not a configuration: it has a NUL byte", c->config);
	if (rc == EXIT_DONE) {
		settings_add(s, SETTING_CONFIG, text_get(&buf));
		settings_add(s, SETTING_CONFIG_NAME, c->config);
	}
	text_clear(&buf);
	return rc;
}

int config_settings(struct cli *c, const struct settings *kept, struct settings *ret)
{
	struct settings s = {0};

	if (kept && !c->config)
		for (size_t i = 0; i < kept->n; i++)
			settings_add(&s, kept->v[i].name, kept->v[i].value);
	if (c->config) {
		int rc = read_config(c, &s);

		if (rc != EXIT_DONE) {
			settings_clear(&s);
			return rc;
		}
	}
	for (size_t i = 0; i < c->given.n; i++)
		settings_drop(&s, c->given.v[i].name);
	for (size_t i = 0; i < c->given.n; i++)
		if (*c->given.v[i].value)
			settings_add(&s, c->given.v[i].name, c->given.v[i].value);
	*ret = s;
	return EXIT_DONE;
}

static int set_detect_local(struct cli *c, const struct settings *s, struct svclb_options *o)
{
	const char *mode = settings_get(s, "detect-local-mode");
	const char *arg = settings_get(s, "detect-local-arg");
	uint32_t how = 0;

	if (!mode)
		return arg ? fail_usage(c, "--detect-local-arg needs --detect-local-mode")
			   : EXIT_DONE;
	if (word_value(detect_modes, mode, &how) < 0)
		return fail_usage(c, "--detect-local-mode: invalid value '%s'", mode);
	if (svclb_options_set_detect_local(o, how, arg) < 0)
		return fail_usage(c, "--detect-local-arg: invalid value '%s' for mode %s",
				  arg ? arg : "", mode);
	return EXIT_DONE;
}

static int set_from_settings(struct cli *c, const struct settings *s, struct svclb_options *o)
{
	const char *config = settings_get(s, SETTING_CONFIG);
	const char *name = settings_get(s, SETTING_CONFIG_NAME);
	struct svclb_error *err = NULL;

	if (config && svclb_options_load_config(o, config, strlen(config), name, &err) < 0)
		return fail_error(c, err);
	for (size_t i = 0; i < s->n; i++) {
		const struct setting_spec *spec = setting_find(s->v[i].name);

		if (!spec || !spec->set)
			continue;
		if (spec->set(o, s->v[i].value) < 0)
			return fail_usage(c, "--%s: invalid value '%s'", spec->name, s->v[i].value);
	}
	return set_detect_local(c, s, o);
}

static int set_time(struct cli *c, struct svclb_options *o)
{
	if (c->timeout.given && svclb_options_set_timeout(o, c->timeout.ms) < 0)
		return fail_usage(c, "--timeout: value out of range");
	(void)svclb_options_set_deadline(o, limit_left_ms(c)); /* there are options */
	return EXIT_DONE;
}

/* What belongs to one run and is never kept. */
static int set_from_run(struct cli *c, struct svclb_options *o)
{
	int rc = set_time(c, o); /* the configuration may have another time */

	if (rc != EXIT_DONE)
		return rc;
	if (c->lock_wait.given && svclb_options_set_lock_wait(o, c->lock_wait.ms) < 0)
		return fail_usage(c, "--lock-wait: value out of range");
	if (c->adopt && svclb_options_set_adopt(o, 1) < 0)
		return fail_usage(c, "--adopt is not possible");
	return EXIT_DONE;
}

int config_options_kept(struct cli *c, const struct settings *s, struct svclb_options **ret)
{
	struct svclb_options *o = NULL;
	struct svclb_error *err = NULL;
	int rc;

	if (svclb_options_new(&o, &err) < 0)
		return fail_error(c, err);
	rc = set_time(c, o);
	if (rc == EXIT_DONE)
		rc = set_from_settings(c, s, o);
	if (rc == EXIT_DONE)
		*ret = o;
	else
		svclb_options_unref(o);
	return rc;
}

int config_options(struct cli *c, const struct settings *s, struct svclb_options **ret)
{
	struct svclb_options *o = NULL;
	int rc = config_options_kept(c, s, &o);

	if (rc != EXIT_DONE)
		return rc;
	rc = set_from_run(c, o);
	c->bytes_max = svclb_options_get_limit(o, SVCLB_LIMIT_BYTES);
	warn_list(c, svclb_options_get_warnings(o));
	if (rc == EXIT_DONE)
		*ret = o;
	else
		svclb_options_unref(o);
	return rc;
}
