/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question over netfilter netlink, on a socket of its own. */
#include "kernel/xt.h"

#include <errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>

#define ERRNO_MAX 4095

struct nl_msg *xt_nfnl_new(uint8_t subsystem, uint8_t command, uint8_t family, int flags)
{
	struct nfgenmsg head = {.nfgen_family = family, .version = NFNETLINK_V0};
	struct nl_msg *msg = nlmsg_alloc_simple(subsystem << 8 | command, NLM_F_REQUEST | flags);

	if (msg && nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* The first answer to our question; the kernel sends it before send() returns. */
static int receive(int fd, struct nlmsghdr **ret)
{
	size_t size = 8192;
	struct nlmsghdr *h = malloc(size);
	struct nlmsgerr *err;
	ssize_t n;

	if (!h)
		return -ENOMEM;
	do
		n = recv(fd, h, size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 || !nlmsg_ok(h, (int)n)) {
		int saved = n < 0 ? errno : EPROTO;

		free(h);
		return -saved;
	}
	if (h->nlmsg_type != NLMSG_ERROR) {
		*ret = h;
		return 0;
	}
	err = nlmsg_data(h);
	n = nlmsg_datalen(h) >= (int)sizeof(*err) ? err->error : -EPROTO;
	free(h);
	if (n > 0 || n < -ERRNO_MAX)
		return -EPROTO;
	*ret = NULL;
	return (int)n;
}

int xt_nfnl_ask(struct nl_msg *msg, struct nlmsghdr **ret)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct nlmsghdr *h = nlmsg_hdr(msg);
	int rc;

	if (fd < 0)
		return -errno;
	h->nlmsg_seq = 1;
	if (send(fd, h, h->nlmsg_len, 0) < 0)
		rc = -errno;
	else
		rc = receive(fd, ret);
	close(fd);
	return rc;
}
