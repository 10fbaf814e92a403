/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The setters of options: each checks its value and changes nothing when it is out of range. */
#include <stdlib.h>
#include <string.h>

#include "model/options.h"
#include "model/tuning.h"
#include "util/clock.h"

/* The kernel keeps the time-outs in jiffies as an int, with up to 1000 of them a second. */
#define IPVS_TIMEOUT_MAX (INT32_MAX / 1000)

/* NULL and "" unset. */
static int set_text(char **field, const char *text)
{
	char *copy = NULL;

	if (text && *text) {
		copy = strdup(text);
		if (!copy)
			return -SVCLB_ENOMEM;
	}
	free(*field);
	*field = copy;
	return 0;
}

static int set_flag(struct svclb_options *opts, bool *field, int on)
{
	if (!opts || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	*field = on;
	return 0;
}

/* Parses one member of a comma list that ends before `end`, blanks around it allowed. */
static bool cidr_member(const char *s, const char *end, struct cidr *ret)
{
	char text[CIDR_TEXT_MAX];

	while (s < end && *s == ' ')
		s++;
	while (end > s && end[-1] == ' ')
		end--;
	if ((size_t)(end - s) >= sizeof(text))
		return false;
	memcpy(text, s, (size_t)(end - s));
	text[end - s] = '\0';
	return cidr_parse(text, ret, NULL);
}

static int parse_cidrs(cidr_vec *v, const char *list)
{
	for (;;) {
		const char *end = strchrnul(list, ',');
		struct cidr c, *slot;

		if (!cidr_member(list, end, &c))
			return -SVCLB_EINVAL;
		slot = vec_push(v);
		if (!slot)
			return -SVCLB_ENOMEM;
		*slot = c;
		if (!*end)
			return 0;
		list = end + 1;
	}
}

static bool one_a_family(const cidr_vec *v)
{
	size_t n4 = 0;

	for (size_t i = 0; i < v->n; i++)
		n4 += v->v[i].ip.family == 4;
	return n4 <= 1 && v->n - n4 <= 1;
}

static int set_cidrs(cidr_vec *field, const char *list, bool single)
{
	cidr_vec v = {0};
	int r = list && *list ? parse_cidrs(&v, list) : 0;

	if (!r && single && !one_a_family(&v))
		r = -SVCLB_EINVAL;
	if (r) {
		vec_free(&v);
		return r;
	}
	vec_free(field);
	*field = v;
	return 0;
}

int svclb_options_set_mode(struct svclb_options *opts, uint32_t mode)
{
	if (!opts || mode > SVCLB_MODE_IPTABLES)
		return -SVCLB_EINVAL;
	opts->mode = mode;
	return 0;
}

/* Node names are lower case, while those of hosts may be anything. */
int svclb_options_set_node_name(struct svclb_options *opts, const char *name)
{
	static const char blanks[] = " \t\n";
	size_t len;
	int r;

	if (!opts)
		return -SVCLB_EINVAL;
	if (name)
		name += strspn(name, blanks);
	r = set_text(&opts->node_name, name);
	if (r || !opts->node_name)
		return r;
	len = strlen(opts->node_name);
	while (strchr(blanks, opts->node_name[len - 1]))
		opts->node_name[--len] = '\0'; /* the first one is not blank */
	for (char *p = opts->node_name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return 0;
}

int svclb_options_set_zone(struct svclb_options *opts, const char *zone)
{
	return opts ? set_text(&opts->zone, zone) : -SVCLB_EINVAL;
}

/* The kernel's own rules for link names. */
static bool link_name_valid(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (!len || len >= LINK_NAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '/' || name[i] == ':' || (unsigned char)name[i] <= ' ')
			return false;
	}
	return true;
}

static bool parse_node_address(const char *addr, struct node_address *ret)
{
	char text[CIDR_TEXT_MAX];
	const char *slash = strchr(addr, '/');
	size_t len = slash ? (size_t)(slash - addr) : strlen(addr);
	struct cidr c;

	if (len >= sizeof(text))
		return false;
	memcpy(text, addr, len);
	text[len] = '\0';
	if (!ip_parse(text, &ret->ip, NULL))
		return false;
	ret->plen = ip_bits(&ret->ip);
	if (slash) {
		if (!cidr_parse(addr, &c, NULL))
			return false;
		ret->plen = c.plen;
	}
	return true;
}

int svclb_options_add_node_address(struct svclb_options *opts, const char *addr, const char *ifname)
{
	struct node_address a = {0}, *slot;

	if (!opts || !addr || !parse_node_address(addr, &a))
		return -SVCLB_EINVAL;
	if (ifname && *ifname) {
		if (!link_name_valid(ifname))
			return -SVCLB_EINVAL;
		memcpy(a.ifname, ifname, strlen(ifname) + 1);
	}
	if (vec_reserve(&opts->node_addresses, opts->node_addresses.n + 1) < 0)
		return -SVCLB_ENOMEM;
	/* Given addresses take the place of discovered ones. */
	if (!opts->node_addresses_given)
		opts->node_addresses.n = 0;
	opts->node_addresses_given = true;
	slot = vec_push(&opts->node_addresses);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = a;
	return 0;
}

int svclb_options_set_scheduler(struct svclb_options *opts, const char *scheduler)
{
	if (!opts || !scheduler_known(scheduler))
		return -SVCLB_EINVAL;
	memset(opts->scheduler, 0, sizeof(opts->scheduler));
	memcpy(opts->scheduler, scheduler, strlen(scheduler));
	return 0;
}

int svclb_options_set_masquerade_all(struct svclb_options *opts, int on)
{
	return set_flag(opts, opts ? &opts->masquerade_all : NULL, on);
}

int svclb_options_set_masquerade_bit(struct svclb_options *opts, uint32_t bit)
{
	if (!opts || bit > 31)
		return -SVCLB_EINVAL;
	opts->masquerade_bit = bit;
	return 0;
}

int svclb_options_set_random_fully(struct svclb_options *opts, int on)
{
	return set_flag(opts, opts ? &opts->random_fully : NULL, on);
}

int svclb_options_set_physdev(struct svclb_options *opts, int on)
{
	return set_flag(opts, opts ? &opts->physdev : NULL, on);
}

int svclb_options_set_detect_local(struct svclb_options *opts, uint32_t how, const char *arg)
{
	bool by_link =
		how == SVCLB_DETECT_BRIDGE_INTERFACE || how == SVCLB_DETECT_INTERFACE_NAME_PREFIX;
	int r;

	if (!opts || how > SVCLB_DETECT_INTERFACE_NAME_PREFIX)
		return -SVCLB_EINVAL;
	if (by_link ? !link_name_valid(arg) : arg && *arg)
		return -SVCLB_EINVAL;
	r = set_text(&opts->detect_local_arg, arg);
	if (!r)
		opts->detect_local = how;
	return r;
}

int svclb_options_set_cluster_cidrs(struct svclb_options *opts, const char *cidrs)
{
	return opts ? set_cidrs(&opts->cluster_cidrs, cidrs, false) : -SVCLB_EINVAL;
}

int svclb_options_set_node_port_addresses(struct svclb_options *opts, const char *cidrs)
{
	bool primary = cidrs && !strcmp(cidrs, "primary");
	int r;

	if (!opts)
		return -SVCLB_EINVAL;
	r = set_cidrs(&opts->node_port_cidrs, primary ? NULL : cidrs, false);
	if (!r)
		opts->node_ports_primary = primary;
	return r;
}

int svclb_options_set_bind_address(struct svclb_options *opts, const char *addr)
{
	static const struct ipaddr none;
	struct ipaddr ip = none;

	if (!opts || (addr && *addr && !ip_parse(addr, &ip, NULL)))
		return -SVCLB_EINVAL;
	opts->bind_address = ip_is_unspecified(&ip) ? none : ip;
	return 0;
}

int svclb_options_set_localhost_node_ports(struct svclb_options *opts, int on)
{
	int r = set_flag(opts, opts ? &opts->localhost_node_ports : NULL, on);

	if (!r)
		opts->localhost_node_ports_given = true;
	return r;
}

int svclb_options_set_exclude_cidrs(struct svclb_options *opts, const char *cidrs)
{
	return opts ? set_cidrs(&opts->exclude_cidrs, cidrs, false) : -SVCLB_EINVAL;
}

int svclb_options_set_service_cidrs(struct svclb_options *opts, const char *cidrs)
{
	return opts ? set_cidrs(&opts->service_cidrs, cidrs, true) : -SVCLB_EINVAL;
}

int svclb_options_set_strict_arp(struct svclb_options *opts, int on)
{
	return set_flag(opts, opts ? &opts->strict_arp : NULL, on);
}

int svclb_options_set_ipvs_timeouts(struct svclb_options *opts, uint32_t tcp_sec,
				    uint32_t tcp_fin_sec, uint32_t udp_sec)
{
	if (!opts || tcp_sec > IPVS_TIMEOUT_MAX || tcp_fin_sec > IPVS_TIMEOUT_MAX ||
	    udp_sec > IPVS_TIMEOUT_MAX)
		return -SVCLB_EINVAL;
	opts->ipvs_timeouts = (struct ipvs_timeouts){tcp_sec, tcp_fin_sec, udp_sec};
	return 0;
}

int svclb_options_set_drain(struct svclb_options *opts, const char *policy)
{
	uint32_t seconds;

	if (!opts || !policy || !drain_parse(policy, &seconds))
		return -SVCLB_EINVAL;
	opts->drain_sec = seconds;
	return 0;
}

int svclb_options_set_node_port_range(struct svclb_options *opts, uint32_t first, uint32_t last)
{
	if (!opts || !first || first > last || last > UINT16_MAX)
		return -SVCLB_EINVAL;
	opts->node_port_first = first;
	opts->node_port_last = last;
	opts->node_port_range_given = true;
	return 0;
}

int svclb_options_set_families(struct svclb_options *opts, int ipv4, int ipv6)
{
	if (!opts || (ipv4 != 0 && ipv4 != 1) || (ipv6 != 0 && ipv6 != 1) || (!ipv4 && !ipv6))
		return -SVCLB_EINVAL;
	opts->ipv4 = ipv4;
	opts->ipv6 = ipv6;
	opts->families_given = true;
	return 0;
}

int svclb_options_set_prefix(struct svclb_options *opts, const char *prefix)
{
	size_t len = prefix ? strlen(prefix) : 0;

	if (!opts || len < 2 || len >= NAME_PREFIX_MAX || prefix[len - 1] != '-')
		return -SVCLB_EINVAL;
	for (size_t i = 0; i < len - 1; i++) {
		if (!(prefix[i] >= 'A' && prefix[i] <= 'Z') &&
		    !(prefix[i] >= '0' && prefix[i] <= '9'))
			return -SVCLB_EINVAL;
	}
	memset(opts->prefix, 0, sizeof(opts->prefix));
	memcpy(opts->prefix, prefix, len);
	return 0;
}

int svclb_options_set_link_name(struct svclb_options *opts, const char *name)
{
	if (!opts || !link_name_valid(name))
		return -SVCLB_EINVAL;
	memset(opts->link_name, 0, sizeof(opts->link_name));
	memcpy(opts->link_name, name, strlen(name));
	return 0;
}

int svclb_options_set_adopt(struct svclb_options *opts, int on)
{
	return set_flag(opts, opts ? &opts->adopt : NULL, on);
}

int svclb_options_set_netns_fd(struct svclb_options *opts, int fd)
{
	if (!opts || fd < -1)
		return -SVCLB_EINVAL;
	opts->netns_fd = fd;
	return 0;
}

int svclb_options_set_timeout(struct svclb_options *opts, uint32_t timeout_ms)
{
	if (!opts)
		return -SVCLB_EINVAL;
	opts->timeout_ms = timeout_ms;
	return 0;
}

int svclb_options_set_deadline(struct svclb_options *opts, uint64_t left_ms)
{
	uint64_t now = clock_ms();

	if (!opts)
		return -SVCLB_EINVAL;
	opts->end_ms = left_ms < SVCLB_NO_DEADLINE - now ? now + left_ms : 0;
	return 0;
}

int svclb_options_set_lock_wait(struct svclb_options *opts, uint32_t wait_ms)
{
	if (!opts)
		return -SVCLB_EINVAL;
	opts->lock_wait_ms = wait_ms;
	return 0;
}

int svclb_options_set_lock_file(struct svclb_options *opts, const char *path)
{
	if (!opts || !path || !*path)
		return -SVCLB_EINVAL;
	return set_text(&opts->lock_file, path);
}

int svclb_options_set_lock_dir(struct svclb_options *opts, const char *path)
{
	if (!opts || !path || *path != '/')
		return -SVCLB_EINVAL;
	return set_text(&opts->lock_dir, path);
}

int svclb_options_set_limit(struct svclb_options *opts, uint32_t limit, uint64_t value)
{
	if (!opts || limit >= SVCLB_LIMIT_MAX_ || !value)
		return -SVCLB_EINVAL;
	opts->limits[limit] = value;
	return 0;
}
