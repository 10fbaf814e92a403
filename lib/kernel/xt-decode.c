/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entries of ip_tables and ip6_tables into rules. Only what the neutral form knows is picked out
 * here; writing the rule again and comparing bytes then tells whether that was all of it.
 */
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

/* ---- matches: MATCH_OTHER is set by those that see a value they have no word for ---- */

static int get_set(struct xt_sets *sets, const void *data, struct match *m,
		   struct svclb_error **reterr)
{
	const struct xt_set_info_match_v4 *i = data;

	if (i->match_set.dim > sizeof(m->set.dirs)) {
		m->type = MATCH_OTHER;
		return 0;
	}
	m->invert = i->match_set.flags & IPSET_INV_MATCH;
	m->set.n_dirs = i->match_set.dim;
	for (uint8_t d = 0; d < m->set.n_dirs; d++)
		m->set.dirs[d] = i->match_set.flags & (1 << (d + 1)) ? SETDIR_SRC : SETDIR_DST;
	return xt_set_name(sets, i->match_set.index, m->set.name, reterr);
}

static void get_comment(const void *data, struct match *m)
{
	const struct xt_comment_info *i = data;

	if (memchr(i->comment, '\0', sizeof(i->comment)))
		m->comment = i->comment;
	else
		m->type = MATCH_OTHER;
}

static void get_addrtype(const void *data, struct match *m)
{
	const struct xt_addrtype_info_v1 *i = data;

	m->addrtype = (i->source ? ADDRTYPE_SRC_LOCAL : 0) | (i->dest ? ADDRTYPE_DST_LOCAL : 0) |
		      (i->flags & XT_ADDRTYPE_INVERT_SOURCE ? ADDRTYPE_NOT_SRC : 0) |
		      (i->flags & XT_ADDRTYPE_INVERT_DEST ? ADDRTYPE_NOT_DST : 0);
}

static void get_mark(const void *data, struct match *m)
{
	const struct xt_mark_mtinfo1 *i = data;

	m->mark.value = i->mark;
	m->mark.mask = i->mask;
	m->invert = i->invert;
}

static void get_ctstate(const void *data, struct match *m)
{
	const struct xt_conntrack_mtinfo3 *i = data;

	m->invert = i->invert_flags & XT_CONNTRACK_STATE;
	if (i->state_mask & XT_CONNTRACK_STATE_BIT(IP_CT_NEW))
		m->ctstate |= CT_NEW;
	if (i->state_mask & XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED))
		m->ctstate |= CT_ESTABLISHED;
	if (i->state_mask & XT_CONNTRACK_STATE_BIT(IP_CT_RELATED))
		m->ctstate |= CT_RELATED;
	if (i->state_mask & XT_CONNTRACK_STATE_INVALID)
		m->ctstate |= CT_INVALID;
	if (i->state_mask & XT_CONNTRACK_STATE_DNAT)
		m->ctstate |= CT_DNAT;
}

static void get_ipvs(uint8_t family, const void *data, struct match *m)
{
	const struct xt_ipvs_mtinfo *i = data;

	m->ipvs.vaddr.family = family;
	memcpy(m->ipvs.vaddr.b, &i->vaddr, family == 6 ? 16 : 4);
	m->ipvs.vproto = i->l4proto;
	m->ipvs.vport = ntohs(i->vport);
}

static void get_statistic(const void *data, struct match *m)
{
	const struct xt_statistic_info *i = data;

	m->invert = i->flags & XT_STATISTIC_INVERT;
	m->probability = i->u.random.probability;
}

static void get_recent(const void *data, struct match *m)
{
	const struct xt_recent_mtinfo_v1 *i = data;

	m->invert = i->invert;
	m->recent.set = i->check_set & XT_RECENT_SET;
	m->recent.reap = i->check_set & XT_RECENT_REAP;
	m->recent.seconds = i->seconds;
	if (memchr(i->name, '\0', sizeof(m->recent.name)))
		strcpy(m->recent.name, i->name);
	else
		m->type = MATCH_OTHER;
}

static void get_dport(uint8_t proto, const void *data, struct match *m)
{
	const struct xt_tcp *tcp = data;
	const struct xt_udp *udp = data;
	const struct xt_sctp_info *sctp = data;

	switch (proto) {
	case IPPROTO_TCP:
		m->dport = tcp->dpts[0];
		m->invert = tcp->invflags & XT_TCP_INV_DSTPT;
		break;
	case IPPROTO_UDP:
		m->dport = udp->dpts[0];
		m->invert = udp->invflags & XT_UDP_INV_DSTPT;
		break;
	default:
		m->dport = sctp->dpts[0];
		m->invert = sctp->invflags & XT_SCTP_DEST_PORTS;
	}
}

static int get_match(struct xt_sets *sets, uint8_t family, const struct xt_entry_match *em,
		     struct match *m, struct svclb_error **reterr)
{
	const struct xt_ext *ext = xt_match_named(em->u.user.name, em->u.user.revision);
	const void *data = em->data;
	const struct xt_physdev_info *physdev = data;

	m->type = ext ? (enum match_type)ext->type : MATCH_OTHER;
	if (ext && em->u.match_size != sizeof(*em) + XT_ALIGN(ext->size))
		m->type = MATCH_OTHER;
	switch (m->type) {
	case MATCH_SET:
		return get_set(sets, data, m, reterr);
	case MATCH_COMMENT:
		get_comment(data, m);
		break;
	case MATCH_ADDRTYPE:
		get_addrtype(data, m);
		break;
	case MATCH_MARK:
		get_mark(data, m);
		break;
	case MATCH_CTSTATE:
		get_ctstate(data, m);
		break;
	case MATCH_PHYSDEV_IN:
		m->invert = physdev->invert & XT_PHYSDEV_OP_ISIN;
		break;
	case MATCH_IPVS:
		get_ipvs(family, data, m);
		break;
	case MATCH_STATISTIC:
		get_statistic(data, m);
		break;
	case MATCH_RECENT:
		get_recent(data, m);
		break;
	case MATCH_DPORT:
		get_dport(ext->variant, data, m);
		break;
	case MATCH_OTHER:
		break;
	}
	return 0;
}

/* ---- target ---- */

static void get_standard(const char *name, struct rule *r)
{
	static const struct {
		const char *name;
		enum target_type target;
	} verdicts[] = {
		{"", TARGET_NONE},	   {"ACCEPT", TARGET_ACCEPT}, {"DROP", TARGET_DROP},
		{"RETURN", TARGET_RETURN}, {"QUEUE", TARGET_OTHER},
	};

	r->target = TARGET_JUMP;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (!strcmp(verdicts[i].name, name))
			r->target = verdicts[i].target;
	if (r->target == TARGET_JUMP)
		memcpy(r->jump, name, strnlen(name, sizeof(r->jump) - 1));
}

static void get_dnat(uint8_t family, const struct nf_nat_range2 *range, struct rule *r)
{
	r->dnat_ip.family = family;
	memcpy(r->dnat_ip.b, &range->min_addr, family == 6 ? 16 : 4);
	if (range->flags & NF_NAT_RANGE_PROTO_SPECIFIED)
		r->dnat_port = ntohs(range->min_proto.all);
}

static void get_target(uint8_t family, const struct xt_entry_target *t, const char *name,
		       struct rule *r)
{
	const struct xt_ext *ext;
	const void *data = t->data;
	const struct nf_nat_ipv4_multi_range_compat *masq4 = data;
	const struct nf_nat_range *masq6 = data;
	const struct xt_mark_tginfo2 *mark = data;

	if (!t->u.user.name[0]) { /* the kernel's target for verdicts and jumps has no name */
		get_standard(name, r);
		return;
	}
	ext = xt_target_named(name, t->u.user.revision, family);
	r->target = ext ? (enum target_type)ext->type : TARGET_OTHER;
	if (ext && t->u.target_size != sizeof(*t) + XT_ALIGN(ext->size))
		r->target = TARGET_OTHER;
	switch (r->target) {
	case TARGET_MARK:
		r->mark_value = mark->mark;
		r->mark_mask = mark->mask;
		break;
	case TARGET_MASQUERADE:
		r->random_fully = (family == 6 ? masq6->flags : masq4->range[0].flags) &
				  NF_NAT_RANGE_PROTO_RANDOM_FULLY;
		break;
	case TARGET_DNAT:
		get_dnat(family, data, r);
		break;
	default:
		break;
	}
}

/* ---- the head ---- */

static void get_cidr(uint8_t family, const unsigned char *addr, const unsigned char *mask,
		     size_t size, struct cidr *ret)
{
	size_t bits = 0;

	while (bits < 8 * size && mask[bits / 8] == 0xff)
		bits += 8;
	while (bits < 8 * size && mask[bits / 8] & (0x80 >> (bits % 8)))
		bits++;
	if (!bits)
		return;
	ret->ip.family = family;
	ret->plen = (uint8_t)bits;
	memcpy(ret->ip.b, addr, size);
}

static void get_iface(const char *iface, const unsigned char *mask, char ret[LINK_NAME_MAX])
{
	size_t n = strnlen(iface, IFNAMSIZ - 1);

	if (mask[0] || n)
		memcpy(ret, iface, n);
}

static void get_head(uint8_t family, const struct xt_head *h, struct rule *r)
{
	get_cidr(family, h->src, h->src_mask, h->addr_size, &r->src);
	get_cidr(family, h->dst, h->dst_mask, h->addr_size, &r->dst);
	get_iface(h->in_iface, h->in_mask, r->in_iface);
	get_iface(h->out_iface, h->out_mask, r->out_iface);
	r->proto = (uint8_t)*h->proto;
	r->src_invert = *h->invflags & IPT_INV_SRCIP;
	r->dst_invert = *h->invflags & IPT_INV_DSTIP;
	r->in_invert = *h->invflags & IPT_INV_VIA_IN;
	r->out_invert = *h->invflags & IPT_INV_VIA_OUT;
	r->proto_invert = *h->invflags & XT_INV_PROTO;
}

/* ---- was that all? ---- */

/* Bytes of an extension's data to compare; all of them when it is not one of ours. */
static size_t compared(uint8_t family, const struct xt_ext *ext, size_t data_size)
{
	size_t n = ext ? ext->compared[family == 6] : data_size;

	return n < data_size ? n : data_size;
}

static bool match_bytes_same(uint8_t family, const struct xt_entry_match *a,
			     const struct xt_entry_match *b)
{
	const struct xt_ext *ext = xt_match_named(b->u.user.name, b->u.user.revision);

	return a->u.match_size == b->u.match_size && a->u.user.revision == b->u.user.revision &&
	       !strcmp(a->u.user.name, b->u.user.name) &&
	       !memcmp(a->data, b->data, compared(family, ext, a->u.match_size - sizeof(*a)));
}

/* Of verdicts and jumps only the name says something: their data is the kernel's own. */
static bool target_bytes_same(uint8_t family, const struct xt_entry_target *a, const char *name,
			      const struct xt_entry_target *b)
{
	const struct xt_ext *ext;

	if (a->u.target_size != b->u.target_size || strcmp(name, b->u.user.name) != 0 ||
	    a->u.user.revision != b->u.user.revision)
		return false;
	if (!a->u.user.name[0])
		return true;
	ext = xt_target_named(name, b->u.user.revision, family);
	return !memcmp(a->data, b->data, compared(family, ext, a->u.target_size - sizeof(*a)));
}

static bool entry_same(uint8_t family, void *entry, const char *target, void *written)
{
	struct xt_head a = xt_head(family, entry);
	struct xt_head b = xt_head(family, written);

	if (*a.target_offset != *b.target_offset || *a.next_offset != *b.next_offset ||
	    memcmp(entry, written, a.compared))
		return false;
	for (size_t off = a.size; off < *a.target_offset;) {
		const void *ma = (const unsigned char *)entry + off;
		const void *mb = (const unsigned char *)written + off;

		if (!match_bytes_same(family, ma, mb))
			return false;
		off += ((const struct xt_entry_match *)ma)->u.match_size;
	}
	return target_bytes_same(family, xt_entry_target(family, entry), target,
				 xt_entry_target(family, written));
}

/* A match or target inside of what is left: the kernel promises it, and a rule that breaks the promise
 * must not be followed out of its entry. */
static bool part_fits(size_t size, size_t least, size_t left)
{
	return size >= least && size <= left && size == XT_ALIGN(size);
}

static bool target_fits(uint8_t family, const struct xt_head *h, void *entry)
{
	size_t at = *h->target_offset;
	size_t least = sizeof(struct xt_entry_target);

	return at >= h->size && at == XT_ALIGN(at) && at + least <= *h->next_offset &&
	       part_fits(xt_entry_target(family, entry)->u.target_size, least,
			 *h->next_offset - at);
}

struct xt_entry_match *xt_match_at(const struct xt_head *h, void *entry, size_t off)
{
	size_t end = *h->target_offset;
	struct xt_entry_match *m = (void *)((unsigned char *)entry + off);

	if (end > *h->next_offset || off > end || end - off < sizeof(*m))
		return NULL;
	return part_fits(m->u.match_size, sizeof(*m), end - off) ? m : NULL;
}

/* All matches that fit; *ret_all says whether that was all of them. */
static int get_matches(struct xt_sets *sets, uint8_t family, const struct xt_head *h, void *entry,
		       struct rule *r, struct match *matches, bool *ret_all,
		       struct svclb_error **reterr)
{
	const struct xt_entry_match *em;
	size_t off = h->size;

	while (r->match_count < XT_MATCHES_MAX && (em = xt_match_at(h, entry, off))) {
		struct match *m = &matches[r->match_count];
		int ret;

		memset(m, 0, sizeof(*m));
		ret = get_match(sets, family, em, m, reterr);
		if (ret < 0)
			return ret;
		r->match_count++;
		off += em->u.match_size;
	}
	*ret_all = off == *h->target_offset;
	return 0;
}

int xt_decode(struct xt_sets *sets, uint8_t family, const void *entry, const char *target,
	      struct xt_buf *buf, struct rule *ret, struct match ret_matches[XT_MATCHES_MAX],
	      struct svclb_error **reterr)
{
	void *e = (void *)(uintptr_t)entry; /* not written to */
	struct xt_head h = xt_head(family, e);
	bool all = false;
	int rc;

	memset(ret, 0, sizeof(*ret));
	get_head(family, &h, ret);
	if (!target_fits(family, &h, e)) {
		ret->target = TARGET_OTHER;
		ret->opaque = true;
		return 0;
	}
	get_target(family, xt_entry_target(family, e), target, ret);
	rc = get_matches(sets, family, &h, e, ret, ret_matches, &all, reterr);
	if (rc < 0)
		return rc;
	rc = all ? xt_encode(sets, family, ret, ret_matches, buf, NULL) : -SVCLB_EINVAL;
	if (rc == -SVCLB_ENOMEM)
		return err_nomem(reterr);
	ret->opaque = rc < 0 || !entry_same(family, e, target, buf->b.v);
	return 0;
}
