/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of an entry before its matches: two structures of the kernel seen as one. */
#include "kernel/xt.h"

#include <limits.h> /* for INT_MAX in the kernel's headers */
#include <stddef.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

_Static_assert(IPT_INV_VIA_IN == IP6T_INV_VIA_IN && IPT_INV_VIA_OUT == IP6T_INV_VIA_OUT &&
		       IPT_INV_SRCIP == IP6T_INV_SRCIP && IPT_INV_DSTIP == IP6T_INV_DSTIP,
	       "both families negate with the same bits");

/* One family's entry: `ip` and `last` name members. Behind the last one stands padding of unknown
 * content, so no more than that is compared. NOLINTBEGIN(bugprone-macro-parentheses) */
#define HEAD(e, ip, last, addr_bytes, flag)                                                 \
	{                                                                                   \
		.src = (unsigned char *)&(e)->ip.src, .dst = (unsigned char *)&(e)->ip.dst, \
		.src_mask = (unsigned char *)&(e)->ip.smsk,                                 \
		.dst_mask = (unsigned char *)&(e)->ip.dmsk, .in_iface = (e)->ip.iniface,    \
		.out_iface = (e)->ip.outiface, .in_mask = (e)->ip.iniface_mask,             \
		.out_mask = (e)->ip.outiface_mask, .proto = &(e)->ip.proto,                 \
		.flags = &(e)->ip.flags, .invflags = &(e)->ip.invflags,                     \
		.target_offset = &(e)->target_offset, .next_offset = &(e)->next_offset,     \
		.addr_size = (addr_bytes), .proto_flag = (flag),                            \
		.compared = offsetof(__typeof__(*(e)), ip.last) + sizeof((e)->ip.last),     \
		.size = sizeof(*(e)),                                                       \
	}

struct xt_head xt_head(uint8_t family, void *entry)
{
	struct ipt_entry *e4 = entry;
	struct ip6t_entry *e6 = entry;

	if (family == 6)
		return (struct xt_head)HEAD(e6, ipv6, invflags, 16, IP6T_F_PROTO);
	return (struct xt_head)HEAD(e4, ip, invflags, 4, 0);
	/* NOLINTEND(bugprone-macro-parentheses) */
}

uint16_t xt_head_size(uint8_t family)
{
	return family == 6 ? sizeof(struct ip6t_entry) : sizeof(struct ipt_entry);
}

struct xt_entry_target *xt_entry_target(uint8_t family, void *entry)
{
	const struct ipt_entry *e4 = entry;
	const struct ip6t_entry *e6 = entry;

	return (struct xt_entry_target *)((unsigned char *)entry +
					  (family == 6 ? e6->target_offset : e4->target_offset));
}
