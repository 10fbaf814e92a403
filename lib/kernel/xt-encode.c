/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules into entries of ip_tables and ip6_tables, as libiptc takes them. */
#include "kernel/xt.h"

#include <arpa/inet.h>
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
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv4/ipt_REJECT.h>
#include <linux/netfilter_ipv6/ip6t_REJECT.h>

/* What the functions below share while they build one entry. */
struct encoder {
	struct xt_sets *sets;
	uint8_t family;
	const struct rule *rule;
};

/* Zeroed bytes at the end of the entry; NULL when out of memory. */
static void *grow(struct xt_buf *buf, size_t size)
{
	unsigned char *p;

	if (vec_reserve(&buf->b, buf->b.n + size) < 0)
		return NULL;
	p = buf->b.v + buf->b.n;
	memset(p, 0, size);
	buf->b.n += size;
	return p;
}

/* ---- matches; data is zeroed and as large as the table says ---- */

static int put_set(struct encoder *e, const struct match *m, void *data,
		   struct svclb_error **reterr)
{
	struct xt_set_info_match_v4 *i = data;
	uint16_t index = 0;
	int ret;

	if (!m->set.n_dirs || m->set.n_dirs > sizeof(m->set.dirs))
		return err_set(reterr, SVCLB_EINVAL, "match of set %s with %u directions",
			       m->set.name, (unsigned)m->set.n_dirs);
	ret = xt_set_index(e->sets, m->set.name, &index, reterr);
	if (ret < 0)
		return ret;
	i->match_set.index = index;
	i->match_set.dim = m->set.n_dirs;
	for (uint8_t d = 0; d < m->set.n_dirs; d++)
		if (m->set.dirs[d] == SETDIR_SRC)
			i->match_set.flags |= (uint8_t)(1 << (d + 1));
	if (m->invert)
		i->match_set.flags |= IPSET_INV_MATCH;
	return 0;
}

static int put_comment(struct encoder *e, const struct match *m, void *data,
		       struct svclb_error **reterr)
{
	struct xt_comment_info *i = data;
	size_t n = strlen(m->comment);

	(void)e;
	if (n >= sizeof(i->comment))
		return err_set(reterr, SVCLB_EINVAL, "comment of %zu bytes, at most %zu", n,
			       sizeof(i->comment) - 1);
	memcpy(i->comment, m->comment, n);
	return 0;
}

static int put_addrtype(struct encoder *e, const struct match *m, void *data,
			struct svclb_error **reterr)
{
	struct xt_addrtype_info_v1 *i = data;

	(void)e;
	(void)reterr;
	if (m->addrtype & ADDRTYPE_SRC_LOCAL)
		i->source = XT_ADDRTYPE_LOCAL;
	if (m->addrtype & ADDRTYPE_DST_LOCAL)
		i->dest = XT_ADDRTYPE_LOCAL;
	if (m->addrtype & ADDRTYPE_NOT_SRC)
		i->flags |= XT_ADDRTYPE_INVERT_SOURCE;
	if (m->addrtype & ADDRTYPE_NOT_DST)
		i->flags |= XT_ADDRTYPE_INVERT_DEST;
	return 0;
}

static int put_mark(struct encoder *e, const struct match *m, void *data,
		    struct svclb_error **reterr)
{
	struct xt_mark_mtinfo1 *i = data;

	(void)e;
	(void)reterr;
	i->mark = m->mark.value;
	i->mask = m->mark.mask;
	i->invert = m->invert;
	return 0;
}

static int put_ctstate(struct encoder *e, const struct match *m, void *data,
		       struct svclb_error **reterr)
{
	struct xt_conntrack_mtinfo3 *i = data;

	(void)e;
	(void)reterr;
	i->match_flags = XT_CONNTRACK_STATE;
	if (m->invert)
		i->invert_flags = XT_CONNTRACK_STATE;
	if (m->ctstate & CT_NEW)
		i->state_mask |= XT_CONNTRACK_STATE_BIT(IP_CT_NEW);
	if (m->ctstate & CT_ESTABLISHED)
		i->state_mask |= XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED);
	if (m->ctstate & CT_RELATED)
		i->state_mask |= XT_CONNTRACK_STATE_BIT(IP_CT_RELATED);
	if (m->ctstate & CT_INVALID)
		i->state_mask |= XT_CONNTRACK_STATE_INVALID;
	if (m->ctstate & CT_DNAT)
		i->state_mask |= XT_CONNTRACK_STATE_DNAT;
	return 0;
}

static int put_physdev(struct encoder *e, const struct match *m, void *data,
		       struct svclb_error **reterr)
{
	struct xt_physdev_info *i = data;

	(void)e;
	(void)reterr;
	i->bitmask = XT_PHYSDEV_OP_ISIN;
	if (m->invert)
		i->invert = XT_PHYSDEV_OP_ISIN;
	return 0;
}

static int put_ipvs(struct encoder *e, const struct match *m, void *data,
		    struct svclb_error **reterr)
{
	struct xt_ipvs_mtinfo *i = data;

	if (m->ipvs.vaddr.family != e->family)
		return err_set(reterr, SVCLB_EINVAL, "match ipvs with an address of IPv%u",
			       (unsigned)m->ipvs.vaddr.family);
	memcpy(&i->vaddr, m->ipvs.vaddr.b, sizeof(i->vaddr));
	memset(&i->vmask, 0xff, e->family == 6 ? 16 : 4);
	i->l4proto = m->ipvs.vproto;
	i->vport = htons(m->ipvs.vport);
	i->bitmask = XT_IPVS_VADDR | XT_IPVS_PROTO | XT_IPVS_VPORT;
	return 0;
}

static int put_statistic(struct encoder *e, const struct match *m, void *data,
			 struct svclb_error **reterr)
{
	struct xt_statistic_info *i = data;

	(void)e;
	(void)reterr;
	i->mode = XT_STATISTIC_MODE_RANDOM;
	i->flags = m->invert ? XT_STATISTIC_INVERT : 0;
	i->u.random.probability = m->probability;
	return 0;
}

static int put_recent(struct encoder *e, const struct match *m, void *data,
		      struct svclb_error **reterr)
{
	struct xt_recent_mtinfo_v1 *i = data;

	(void)e;
	(void)reterr;
	i->check_set = m->recent.set ? XT_RECENT_SET : XT_RECENT_CHECK;
	if (m->recent.reap)
		i->check_set |= XT_RECENT_REAP;
	i->seconds = m->recent.seconds;
	i->invert = m->invert;
	i->side = XT_RECENT_SOURCE;
	strcpy(i->name, m->recent.name);
	memset(&i->mask, 0xff, sizeof(i->mask)); /* all of it, for IPv4 too */
	return 0;
}

/* A port match that says nothing about source ports has the range of all of them, except for
 * SCTP, which has flags for that. */
static int put_dport(struct encoder *e, const struct match *m, void *data,
		     struct svclb_error **reterr)
{
	struct xt_tcp *tcp = data;
	struct xt_udp *udp = data;
	struct xt_sctp_info *sctp = data;

	(void)reterr;
	switch (e->rule->proto) {
	case IPPROTO_TCP:
		tcp->spts[1] = 0xffff;
		tcp->dpts[0] = tcp->dpts[1] = m->dport;
		tcp->invflags = m->invert ? XT_TCP_INV_DSTPT : 0;
		break;
	case IPPROTO_UDP:
		udp->spts[1] = 0xffff;
		udp->dpts[0] = udp->dpts[1] = m->dport;
		udp->invflags = m->invert ? XT_UDP_INV_DSTPT : 0;
		break;
	default: /* SCTP: the table knows no fourth */
		sctp->dpts[0] = sctp->dpts[1] = m->dport;
		sctp->flags = XT_SCTP_DEST_PORTS;
		sctp->invflags = m->invert ? XT_SCTP_DEST_PORTS : 0;
		for (int i = 0; i < XT_NUM_SCTP_FLAGS; i++)
			sctp->flag_info[i].chunktype = 0xff; /* none */
	}
	return 0;
}

typedef int (*put_fn)(struct encoder *e, const struct match *m, void *data,
		      struct svclb_error **reterr);

static const put_fn put_match[MATCH_OTHER] = {
	[MATCH_SET] = put_set,		 [MATCH_COMMENT] = put_comment,
	[MATCH_ADDRTYPE] = put_addrtype, [MATCH_MARK] = put_mark,
	[MATCH_CTSTATE] = put_ctstate,	 [MATCH_PHYSDEV_IN] = put_physdev,
	[MATCH_IPVS] = put_ipvs,	 [MATCH_STATISTIC] = put_statistic,
	[MATCH_RECENT] = put_recent,	 [MATCH_DPORT] = put_dport,
};

static int encode_match(struct encoder *e, const struct match *m, struct xt_buf *buf,
			struct svclb_error **reterr)
{
	const struct xt_ext *ext = xt_match_of(m->type, e->rule->proto);
	struct xt_entry_match *em;
	uint16_t size;

	if (!ext || (unsigned)m->type >= MATCH_OTHER)
		return err_set(reterr, SVCLB_EINVAL, "rule with a match that cannot be written");
	size = (uint16_t)(sizeof(*em) + XT_ALIGN(ext->size));
	em = grow(buf, size);
	if (!em)
		return err_nomem(reterr);
	em->u.user.match_size = size;
	em->u.user.revision = ext->revision;
	strcpy(em->u.user.name, ext->name);
	return put_match[m->type](e, m, em->data, reterr);
}

/* ---- targets ---- */

static void put_masquerade(uint8_t family, bool random_fully, void *data)
{
	struct nf_nat_ipv4_multi_range_compat *v4 = data;
	struct nf_nat_range *v6 = data;
	unsigned flags = random_fully ? NF_NAT_RANGE_PROTO_RANDOM_FULLY : 0;

	if (family == 6) {
		v6->flags = flags;
		return;
	}
	v4->rangesize = 1;
	v4->range[0].flags = flags;
}

static void put_reject(uint8_t family, void *data)
{
	struct ipt_reject_info *v4 = data;
	struct ip6t_reject_info *v6 = data;

	if (family == 6)
		v6->with = IP6T_ICMP6_PORT_UNREACH;
	else
		v4->with = IPT_ICMP_PORT_UNREACHABLE;
}

static void put_dnat(const struct rule *r, struct nf_nat_range2 *range)
{
	range->flags = NF_NAT_RANGE_MAP_IPS;
	memcpy(&range->min_addr, r->dnat_ip.b, sizeof(range->min_addr));
	range->max_addr = range->min_addr;
	if (r->dnat_port) {
		range->flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		range->min_proto.all = htons(r->dnat_port);
		range->max_proto.all = htons(r->dnat_port);
	}
}

static void put_target(const struct encoder *e, void *data)
{
	struct xt_mark_tginfo2 *mark = data;

	switch (e->rule->target) {
	case TARGET_MARK:
		mark->mark = e->rule->mark_value;
		mark->mask = e->rule->mark_mask;
		break;
	case TARGET_MASQUERADE:
		put_masquerade(e->family, e->rule->random_fully, data);
		break;
	case TARGET_REJECT:
		put_reject(e->family, data);
		break;
	case TARGET_DNAT:
		put_dnat(e->rule, data);
		break;
	default:
		break;
	}
}

/* Verdicts and jumps by their name; NULL: not one of these. */
static const char *standard_name(const struct rule *r)
{
	switch (r->target) {
	case TARGET_NONE:
		return "";
	case TARGET_ACCEPT:
		return "ACCEPT";
	case TARGET_DROP:
		return "DROP";
	case TARGET_RETURN:
		return "RETURN";
	case TARGET_JUMP:
		return r->jump;
	default:
		return NULL;
	}
}

static int encode_target(struct encoder *e, struct xt_buf *buf, struct svclb_error **reterr)
{
	const char *name = standard_name(e->rule);
	const struct xt_ext *ext = name ? NULL : xt_target_of(e->rule->target, e->family);
	struct xt_entry_target *t;
	size_t size = XT_ALIGN(sizeof(struct xt_standard_target));

	if (!name && !ext)
		return err_set(reterr, SVCLB_EINVAL, "rule with a target that cannot be written");
	if (ext)
		size = sizeof(*t) + XT_ALIGN(ext->size);
	t = grow(buf, size);
	if (!t)
		return err_nomem(reterr);
	t->u.user.target_size = (uint16_t)size;
	strcpy(t->u.user.name, ext ? ext->name : name);
	if (!ext)
		return 0;
	t->u.user.revision = ext->revision;
	put_target(e, t->data);
	return 0;
}

/* ---- the head ---- */

static void put_cidr(const struct cidr *c, unsigned char *addr, unsigned char *mask, size_t size)
{
	if (!c->ip.family)
		return;
	memcpy(addr, c->ip.b, size);
	for (size_t i = 0; i < size; i++) {
		int bits = (int)c->plen - (int)(8 * i);

		mask[i] = bits >= 8 ? 0xff : bits <= 0 ? 0 : (unsigned char)(0xff << (8 - bits));
	}
}

/* A trailing '+' stays in the name and out of the mask; without one the NUL is compared too. */
static void put_iface(const char *name, char *iface, unsigned char *mask)
{
	size_t n = strnlen(name, IFNAMSIZ - 1);

	if (!n)
		return;
	memcpy(iface, name, n);
	memset(mask, 0xff, name[n - 1] == '+' ? n - 1 : n + 1);
}

static void put_head(const struct encoder *e, struct xt_buf *buf)
{
	const struct rule *r = e->rule;
	struct xt_head h = xt_head(e->family, buf->b.v);

	put_cidr(&r->src, h.src, h.src_mask, h.addr_size);
	put_cidr(&r->dst, h.dst, h.dst_mask, h.addr_size);
	put_iface(r->in_iface, h.in_iface, h.in_mask);
	put_iface(r->out_iface, h.out_iface, h.out_mask);
	*h.proto = r->proto;
	if (r->proto)
		*h.flags |= h.proto_flag;
	*h.invflags |= r->src_invert ? IPT_INV_SRCIP : 0;
	*h.invflags |= r->dst_invert ? IPT_INV_DSTIP : 0;
	*h.invflags |= r->in_invert ? IPT_INV_VIA_IN : 0;
	*h.invflags |= r->out_invert ? IPT_INV_VIA_OUT : 0;
	*h.invflags |= r->proto_invert ? XT_INV_PROTO : 0;
}

static bool families_fit(uint8_t family, const struct rule *r)
{
	return (!r->src.ip.family || r->src.ip.family == family) &&
	       (!r->dst.ip.family || r->dst.ip.family == family) &&
	       (r->target != TARGET_DNAT || r->dnat_ip.family == family);
}

int xt_encode(struct xt_sets *sets, uint8_t family, const struct rule *r, const struct match *m,
	      struct xt_buf *buf, struct svclb_error **reterr)
{
	struct encoder e = {sets, family, r};
	size_t target_offset;
	struct xt_head h;
	int ret = 0;

	if (!families_fit(family, r) || r->match_count > XT_MATCHES_MAX)
		return err_set(reterr, SVCLB_EINVAL, "rule that IPv%u tables cannot hold",
			       (unsigned)family);
	buf->b.n = 0;
	if (!grow(buf, xt_head_size(family)))
		return err_nomem(reterr);
	put_head(&e, buf);
	for (uint32_t i = 0; i < r->match_count && !ret; i++)
		ret = encode_match(&e, &m[i], buf, reterr);
	target_offset = buf->b.n;
	if (!ret)
		ret = encode_target(&e, buf, reterr);
	if (ret < 0)
		return ret;
	h = xt_head(family, buf->b.v);
	*h.target_offset = (uint16_t)target_offset; /* 16 matches stay far below 64 KiB */
	*h.next_offset = (uint16_t)buf->b.n;
	return 0;
}
