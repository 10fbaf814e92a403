/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What routing netlink announces of our link and of the node's addresses. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/monitor.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/netns.h"
#include "kernel/nl.h"
#include "model/options.h"

#define MONITOR_BUF   32768 /* more than any announcement */
#define MONITOR_ROUND 4096  /* datagrams of one call; the descriptor stays readable */

struct svclb_monitor {
	int fd;
	char link_name[LINK_NAME_MAX];
	int index; /* of our link, 0: there is none */
	unsigned char buf[MONITOR_BUF] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static int monitor_error(struct svclb_error **reterr, int os_errno, const char *operation,
			 const char *what)
{
	struct err_parts parts = {
		.os_errno = os_errno,
		.subsystem = "link",
		.operation = operation,
	};

	return err_give(reterr, err_new(os_errno == EPERM || os_errno == EACCES ? SVCLB_EPERM
										: SVCLB_EKERNEL,
					&parts, "%s", what));
}

static void find_link(struct svclb_monitor *mon)
{
	struct ifreq req = {.ifr_ifindex = 0};

	memcpy(req.ifr_name, mon->link_name, sizeof(mon->link_name));
	mon->index = ioctl(mon->fd, SIOCGIFINDEX, &req) ? 0 : req.ifr_ifindex;
}

/* Inside the namespace. First the announcements, then the link: it cannot come in between. */
static int open_here(void *data, struct svclb_error **reterr)
{
	struct svclb_monitor *mon = data;
	struct sockaddr_nl to = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};

	mon->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (mon->fd < 0)
		return monitor_error(reterr, errno, "open netlink socket",
				     "cannot open a netlink socket");
	if (bind(mon->fd, (struct sockaddr *)&to, sizeof(to)))
		return monitor_error(reterr, errno, "subscribe",
				     "cannot subscribe to links and addresses");
	find_link(mon);
	return 0;
}

int svclb_monitor_new(const struct svclb_options *opts, struct svclb_monitor **ret,
		      struct svclb_error **reterr)
{
	const struct svclb_options *o = opts ? opts : options_defaults();
	struct svclb_monitor *mon;
	struct netns *ns = NULL;
	int rc;

	if (!ret)
		return err_set(reterr, SVCLB_EINVAL, "a place for the monitor is needed");
	mon = calloc(1, sizeof(*mon));
	if (!mon)
		return err_nomem(reterr);
	mon->fd = -1;
	memcpy(mon->link_name, o->link_name, sizeof(mon->link_name));
	rc = netns_new(o->netns_fd, &ns, reterr);
	if (!rc)
		rc = netns_call(ns, open_here, mon, reterr);
	netns_free(ns);
	if (rc) {
		svclb_monitor_free(mon);
		return rc;
	}
	*ret = mon;
	return 0;
}

struct svclb_monitor *svclb_monitor_free(struct svclb_monitor *mon)
{
	if (!mon)
		return NULL;
	if (mon->fd >= 0)
		close(mon->fd);
	free(mon);
	return NULL;
}

int svclb_monitor_get_fd(const struct svclb_monitor *mon)
{
	return mon ? mon->fd : -1;
}

/* A link of our name is ours; ours under another name was renamed, and is ours no more. */
static uint32_t link_event(struct svclb_monitor *mon, const struct nlmsghdr *h)
{
	static const struct nla_policy policy[IFLA_IFNAME + 1] = {
		[IFLA_IFNAME] = {.type = NLA_STRING, .minlen = 1},
	};
	struct nlattr *tb[IFLA_IFNAME + 1];
	struct ifinfomsg m;
	bool named;

	if (!nl_parse_attrs(h, sizeof(m), tb, IFLA_IFNAME, policy))
		return SVCLB_EVENT_LOST;
	memcpy(&m, (const unsigned char *)h + NLMSG_HDRLEN, sizeof(m));
	named = tb[IFLA_IFNAME] && !nla_strcmp(tb[IFLA_IFNAME], mon->link_name);
	if (!named && m.ifi_index != mon->index)
		return 0;
	mon->index = named && h->nlmsg_type == RTM_NEWLINK ? m.ifi_index : 0;
	return SVCLB_EVENT_LINK;
}

static uint32_t message_event(struct svclb_monitor *mon, const struct nlmsghdr *h)
{
	struct ifaddrmsg m;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_event(mon, h);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
			return SVCLB_EVENT_LOST;
		memcpy(&m, (const unsigned char *)h + NLMSG_HDRLEN, sizeof(m));
		return mon->index && (int)m.ifa_index == mon->index ? SVCLB_EVENT_ADDRESS
								    : SVCLB_EVENT_NODE_ADDRESS;
	default:
		return 0;
	}
}

static uint32_t datagram_events(struct svclb_monitor *mon, size_t len)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)mon->buf;
	uint32_t events = 0;

	while (len >= NLMSG_HDRLEN && h->nlmsg_len >= NLMSG_HDRLEN && h->nlmsg_len <= len) {
		size_t step = NLMSG_ALIGN(h->nlmsg_len);

		events |= message_event(mon, h);
		len -= step < len ? step : len;
		h = (const struct nlmsghdr *)(const void *)((const unsigned char *)h + step);
	}
	return events;
}

/* One datagram. 1: there may be more, 0: there is none, or a negative code. */
static int receive(struct svclb_monitor *mon, uint32_t *events, struct svclb_error **reterr)
{
	struct sockaddr_nl from = {.nl_pid = 0};
	struct iovec iov = {.iov_base = mon->buf, .iov_len = sizeof(mon->buf)};
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n = recvmsg(mon->fd, &m, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && errno != ENOBUFS)
		return monitor_error(reterr, errno, "read events", "cannot read from the kernel");
	if (n >= 0 && from.nl_pid)
		return 1; /* only the kernel is heard */
	if (n < 0 || m.msg_flags & MSG_TRUNC)
		*events |= SVCLB_EVENT_LOST;
	else
		*events |= datagram_events(mon, (size_t)n);
	return 1;
}

int svclb_monitor_read(struct svclb_monitor *mon, uint32_t *ret, struct svclb_error **reterr)
{
	uint32_t events = 0;
	int rc = 1;

	if (!mon || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "a monitor and a place for its events are needed");
	for (int i = 0; i < MONITOR_ROUND && rc > 0; i++)
		rc = receive(mon, &events, reterr);
	if (rc < 0)
		return rc;
	if (events & SVCLB_EVENT_LOST)
		find_link(mon);
	*ret = events;
	return 0;
}
