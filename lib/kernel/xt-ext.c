/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The matches and targets that rules are made of: kernel names, revisions and sizes. */
#include "kernel/xt.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_ipvs.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_statistic.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ipt_REJECT.h>
#include <linux/netfilter_ipv6/ip6t_REJECT.h>

#define UP_TO(type, member)	 offsetof(struct type, member)
#define PAST(type, member, size) (offsetof(struct type, member) + (size))

#define WHOLE(type)                                      \
	sizeof(struct type),                             \
	{                                                \
		sizeof(struct type), sizeof(struct type) \
	}

#define IN_BOTH (IN_IPVS_MODE | IN_IPTABLES_MODE)

const struct xt_ext xt_matches[XT_MATCH_COUNT] = {
	{MATCH_SET, 0, "set", 4, WHOLE(xt_set_info_match_v4), "xt_set", IN_IPVS_MODE},
	{MATCH_COMMENT, 0, "comment", 0, WHOLE(xt_comment_info), "xt_comment", IN_BOTH},
	{MATCH_ADDRTYPE, 0, "addrtype", 1, WHOLE(xt_addrtype_info_v1), "xt_addrtype", IN_BOTH},
	{MATCH_MARK, 0, "mark", 1, WHOLE(xt_mark_mtinfo1), "xt_mark", IN_BOTH},
	{MATCH_CTSTATE, 0, "conntrack", 3, WHOLE(xt_conntrack_mtinfo3), "xt_conntrack", IN_BOTH},
	{MATCH_PHYSDEV_IN, 0, "physdev", 0, WHOLE(xt_physdev_info), "xt_physdev", IN_IPVS_MODE},
	{MATCH_IPVS, 0, "ipvs", 0, WHOLE(xt_ipvs_mtinfo), "xt_ipvs", IN_IPVS_MODE},
	/* the kernel counts from nth.count on */
	{MATCH_STATISTIC,
	 0,
	 "statistic",
	 0,
	 sizeof(struct xt_statistic_info),
	 {UP_TO(xt_statistic_info, u.nth.count), UP_TO(xt_statistic_info, u.nth.count)},
	 "xt_statistic",
	 IN_IPTABLES_MODE},
	/* iptables fills the rest of an IPv4 mask with ones, or zeros when it is given one */
	{MATCH_RECENT,
	 0,
	 "recent",
	 1,
	 sizeof(struct xt_recent_mtinfo_v1),
	 {PAST(xt_recent_mtinfo_v1, mask, 4), PAST(xt_recent_mtinfo_v1, mask, 16)},
	 "xt_recent",
	 IN_IPTABLES_MODE},
	{MATCH_DPORT, IPPROTO_TCP, "tcp", 0, WHOLE(xt_tcp), "xt_tcpudp", IN_IPTABLES_MODE},
	{MATCH_DPORT, IPPROTO_UDP, "udp", 0, WHOLE(xt_udp), "xt_tcpudp", IN_IPTABLES_MODE},
	{MATCH_DPORT, IPPROTO_SCTP, "sctp", 0, WHOLE(xt_sctp_info), "xt_sctp", IN_IPTABLES_MODE},
};

const struct xt_ext xt_targets[XT_TARGET_COUNT] = {
	{TARGET_MARK, 0, "MARK", 2, WHOLE(xt_mark_tginfo2), "xt_mark", IN_BOTH},
	{TARGET_MASQUERADE, 4, "MASQUERADE", 0, WHOLE(nf_nat_ipv4_multi_range_compat),
	 "xt_MASQUERADE", IN_BOTH},
	{TARGET_MASQUERADE, 6, "MASQUERADE", 0, WHOLE(nf_nat_range), "xt_MASQUERADE", IN_BOTH},
	{TARGET_REJECT, 4, "REJECT", 0, WHOLE(ipt_reject_info), "ipt_REJECT", IN_BOTH},
	{TARGET_REJECT, 6, "REJECT", 0, WHOLE(ip6t_reject_info), "ip6t_REJECT", IN_BOTH},
	{TARGET_DNAT, 0, "DNAT", 2, WHOLE(nf_nat_range2), "xt_nat", IN_IPTABLES_MODE},
};

static const struct xt_ext *find_type(const struct xt_ext *v, size_t n, uint8_t type,
				      uint8_t variant)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].type == type && (!v[i].variant || v[i].variant == variant))
			return &v[i];
	return NULL;
}

const struct xt_ext *xt_match_of(enum match_type type, uint8_t proto)
{
	return find_type(xt_matches, XT_MATCH_COUNT, (uint8_t)type, proto);
}

const struct xt_ext *xt_target_of(enum target_type type, uint8_t family)
{
	return find_type(xt_targets, XT_TARGET_COUNT, (uint8_t)type, family);
}

const struct xt_ext *xt_match_named(const char *name, uint8_t revision)
{
	for (size_t i = 0; i < XT_MATCH_COUNT; i++)
		if (xt_matches[i].revision == revision && xt_matches[i].name[0] == name[0] &&
		    !strcmp(xt_matches[i].name, name))
			return &xt_matches[i];
	return NULL;
}

const struct xt_ext *xt_target_named(const char *name, uint8_t revision, uint8_t family)
{
	for (size_t i = 0; i < XT_TARGET_COUNT; i++) {
		const struct xt_ext *e = &xt_targets[i];

		if (e->revision == revision && (!e->variant || e->variant == family) &&
		    e->name[0] == name[0] && !strcmp(e->name, name))
			return e;
	}
	return NULL;
}
