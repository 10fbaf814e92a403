/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which tables, matches and targets the kernel has, found out by asking for each. */
#include "kernel/netns.h"
#include "kernel/xt.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

struct family {
	int af;
	int level;
	int get_info;
	int get_match;
	int get_target;
	const char *core;	  /* module of the tables' own code */
	const char *alias_match;  /* a match that this module or an alias of it provides */
	const char *table_module; /* prefix of the modules of tables */
	const char *names;	  /* file that lists the tables of the thread's namespace */
};

static const struct family families[] = {
	{AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_REVISION_MATCH,
	 IPT_SO_GET_REVISION_TARGET, "ip_tables", "icmp", "iptable_",
	 "/proc/thread-self/net/ip_tables_names"},
	{AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_REVISION_MATCH,
	 IP6T_SO_GET_REVISION_TARGET, "ip6_tables", "icmp6", "ip6table_",
	 "/proc/thread-self/net/ip6_tables_names"},
};

struct prober {
	const struct family *f;
	uint8_t family;
	int fd;
	const struct svclb_state *want;
	const struct svclb_options *opts;
	xt_missing_fn missing;
	void *data;
};

static int probe_error(const struct prober *p, int os_errno, const char *what,
		       struct svclb_error **reterr)
{
	bool perm = os_errno == EPERM || os_errno == EACCES;
	struct err_parts parts = {
		.os_errno = os_errno,
		.subsystem = "iptables",
		.operation = what,
		.object = p->f->core,
		.hint = perm ? "CAP_NET_ADMIN is needed in the network namespace" : NULL,
	};
	char words[128];

	return err_give(reterr,
			err_new(perm ? SVCLB_EPERM : SVCLB_EKERNEL, &parts, "%s",
				perm ? "no permission: CAP_NET_ADMIN and CAP_NET_RAW are needed"
				     : err_os_text(os_errno, words, sizeof(words))));
}

/* 0: there is such a match or target; else the errno that tells why not. */
static int revision_errno(const struct prober *p, bool target, const char *name, uint8_t revision)
{
	struct xt_get_revision req = {.revision = revision};
	socklen_t size = sizeof(req);

	memcpy(req.name, name, strnlen(name, sizeof(req.name) - 1));
	return getsockopt(p->fd, p->f->level, target ? p->f->get_target : p->f->get_match, &req,
			  &size) < 0
		       ? errno
		       : 0;
}

/* Nothing makes the kernel load ip_tables by itself. But a match asked for over nf_tables does
 * load the module of that match, and for this one older kernels have ip_tables as an alias. */
static void request_core(const struct prober *p)
{
	struct nl_msg *msg = xt_nfnl_new(NFNL_SUBSYS_NFT_COMPAT, NFNL_MSG_COMPAT_GET,
					 (uint8_t)p->f->af, NLM_F_ACK);
	struct nlmsghdr *answer = NULL;

	if (msg && !nla_put_string(msg, NFTA_COMPAT_NAME, p->f->alias_match) &&
	    !nla_put_u32(msg, NFTA_COMPAT_REV, 0) && !nla_put_u32(msg, NFTA_COMPAT_TYPE, 0))
		(void)xt_nfnl_ask(msg, &answer); /* what counts is whether the tables work now */
	free(answer);
	nlmsg_free(msg);
}

/* *ret: whether the tables' own code is there. */
static int probe_core(const struct prober *p, bool *ret, struct svclb_error **reterr)
{
	int os_errno = revision_errno(p, false, "comment", 0);

	if (os_errno == ENOPROTOOPT) {
		request_core(p);
		os_errno = revision_errno(p, false, "comment", 0);
	}
	*ret = os_errno != ENOPROTOOPT;
	if (!*ret)
		return p->missing(p->data, p->f->core, p->f->core, os_errno);
	if (os_errno == EPERM)
		return probe_error(p, os_errno, "ask for matches", reterr);
	return 0;
}

static bool chain_counts(const struct prober *p, const struct chain *c)
{
	return c->family == p->family;
}

static bool table_wanted(const struct prober *p, enum table t)
{
	if (!p->want)
		return t == TABLE_FILTER || t == TABLE_NAT;
	for (size_t i = 0; i < p->want->chains.n; i++)
		if (chain_counts(p, &p->want->chains.v[i]) && p->want->chains.v[i].table == t)
			return true;
	return false;
}

struct table_question {
	const struct family *f;
	enum table t;
	int os_errno; /* the answer: 0, or why there is no such table */
};

static int ask_table(void *data, struct svclb_error **reterr)
{
	struct table_question *q = data;
	struct ipt_getinfo info; /* the same for both families */
	socklen_t size = sizeof(info);
	int fd = socket(q->f->af, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	(void)reterr;
	memset(&info, 0, sizeof(info));
	strcpy(info.name, table_name(q->t));
	q->os_errno = 0;
	if (fd < 0 || getsockopt(fd, q->f->level, q->f->get_info, &info, &size) < 0)
		q->os_errno = errno;
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Asking for a table brings it into being, and it stays: so the question is put in a namespace of
 * its own, or, where that is not permitted, in the one where it will be needed. */
static int table_errno(const struct prober *p, enum table t)
{
	struct table_question q = {.f = p->f, .t = t};
	struct netns *own = NULL;

	if (netns_new_private(&own, NULL) < 0 || netns_call(own, ask_table, &q, NULL) < 0)
		(void)ask_table(&q, NULL); /* cannot fail */
	netns_free(own);
	return q.os_errno;
}

static int probe_table(const struct prober *p, enum table t, unsigned present)
{
	char what[32];
	char module[XT_MODULE_MAX];
	int os_errno;

	if (present & 1U << t || !table_wanted(p, t))
		return 0;
	os_errno = table_errno(p, t);
	if (!os_errno)
		return 0;
	(void)snprintf(what, sizeof(what), "table %s", table_name(t));
	(void)snprintf(module, sizeof(module), "%s%s", p->f->table_module, table_name(t));
	return p->missing(p->data, what, module, os_errno);
}

static bool used_by_mode(const struct prober *p, const struct xt_ext *ext)
{
	return ext->modes &
	       (p->opts->mode == SVCLB_MODE_IPTABLES ? IN_IPTABLES_MODE : IN_IPVS_MODE);
}

/* Which extensions the rules use, by their place in the tables. */
struct used {
	bool matches[XT_MATCH_COUNT];
	bool targets[XT_TARGET_COUNT];
};

static void mark_used(const struct prober *p, const struct rule *r, struct used *used)
{
	const struct match *m = rule_matches(p->want, r);
	const struct xt_ext *ext = xt_target_of(r->target, p->family);

	if (ext)
		used->targets[ext - xt_targets] = true;
	for (uint32_t i = 0; i < r->match_count; i++) {
		ext = xt_match_of(m[i].type, r->proto);
		if (ext)
			used->matches[ext - xt_matches] = true;
	}
}

static struct used used_by_rules(const struct prober *p)
{
	const struct svclb_state *st = p->want;
	struct used used = {0};

	for (size_t c = 0; c < st->chains.n; c++)
		for (uint32_t i = 0;
		     chain_counts(p, &st->chains.v[c]) && i < st->chains.v[c].rule_count; i++)
			mark_used(p, &st->rules.v[st->chains.v[c].rule_first + i], &used);
	return used;
}

static struct used used_at_all(const struct prober *p)
{
	struct used used;

	for (size_t i = 0; i < XT_MATCH_COUNT; i++)
		used.matches[i] = used_by_mode(p, &xt_matches[i]) &&
				  (xt_matches[i].type != MATCH_PHYSDEV_IN || p->opts->physdev);
	for (size_t i = 0; i < XT_TARGET_COUNT; i++)
		used.targets[i] = used_by_mode(p, &xt_targets[i]) &&
				  (!xt_targets[i].variant || xt_targets[i].variant == p->family);
	return used;
}

/* What the kernel answers for want of an extension or a revision of it. All else says nothing. */
static bool is_lack(int os_errno)
{
	return os_errno == ENOENT || os_errno == EPROTONOSUPPORT || os_errno == ENOPROTOOPT ||
	       os_errno == EOPNOTSUPP;
}

static int probe_ext(const struct prober *p, bool target, const struct xt_ext *ext,
		     struct svclb_error **reterr)
{
	int os_errno = revision_errno(p, target, ext->name, ext->revision);
	char what[64];

	if (!os_errno)
		return 0;
	(void)snprintf(what, sizeof(what), "%s %s revision %u", target ? "target" : "match",
		       ext->name, (unsigned)ext->revision);
	if (!is_lack(os_errno))
		return probe_error(p, os_errno, what, reterr);
	return p->missing(p->data, what, ext->module, os_errno);
}

static int probe_exts(const struct prober *p, struct svclb_error **reterr)
{
	struct used used = p->want ? used_by_rules(p) : used_at_all(p);
	int ret = 0;

	for (size_t i = 0; i < XT_MATCH_COUNT && !ret; i++)
		if (used.matches[i])
			ret = probe_ext(p, false, &xt_matches[i], reterr);
	for (size_t i = 0; i < XT_TARGET_COUNT && !ret; i++)
		if (used.targets[i])
			ret = probe_ext(p, true, &xt_targets[i], reterr);
	return ret;
}

/* A socket of the least kind, which needs no privileges. */
bool xt_has_family(uint8_t family)
{
	int fd = socket(families[family == 6].af, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno != EAFNOSUPPORT;
	close(fd);
	return true;
}

/* libiptc works on a raw socket. */
static int probe_socket(struct prober *p, struct svclb_error **reterr)
{
	p->fd = socket(p->f->af, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	return p->fd < 0 ? probe_error(p, errno, "open a raw socket", reterr) : 0;
}

int xt_probe(uint8_t family, const struct svclb_state *want, const struct svclb_options *opts,
	     xt_missing_fn missing, void *data, struct svclb_error **reterr)
{
	struct prober p = {&families[family == 6], family, -1, want, opts, missing, data};
	unsigned present = 0;
	bool there = false;
	int ret = probe_socket(&p, reterr);

	if (!ret)
		ret = probe_core(&p, &there, reterr);
	if (!ret && there)
		ret = xt_tables_present(family, &present, reterr);
	for (int t = 0; t < TABLE_COUNT_ && there && !ret; t++)
		ret = probe_table(&p, (enum table)t, present);
	if (!ret && there)
		ret = probe_exts(&p, reterr);
	if (p.fd >= 0)
		close(p.fd);
	return ret;
}

static unsigned table_named(const char *name, size_t len)
{
	for (int t = 0; t < TABLE_COUNT_; t++) {
		const char *known = table_name((enum table)t);

		if (strlen(known) == len && !memcmp(known, name, len))
			return 1U << t;
	}
	return 0;
}

unsigned xt_tables_named(const char *list, size_t len)
{
	const char *end = list + len;
	unsigned present = 0;
	const char *stop;

	for (; list < end && (stop = memchr(list, '\n', (size_t)(end - list))); list = stop + 1)
		present |= table_named(list, (size_t)(stop - list));
	return present;
}

int xt_tables_present(uint8_t family, unsigned *ret, struct svclb_error **reterr)
{
	struct prober p = {.f = &families[family == 6]};
	char text[2048]; /* every kernel's list fits many times over */
	size_t len = 0;
	ssize_t n = 1;
	int fd = open(p.f->names, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return probe_error(&p, errno, "read the names of tables", reterr);
	while (fd >= 0 && n > 0 && len < sizeof(text)) {
		n = read(fd, text + len, sizeof(text) - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return probe_error(&p, errno, "read the names of tables", reterr);
	*ret = xt_tables_named(text, len);
	return 0;
}
