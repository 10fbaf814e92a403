/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What routing netlink announces: datagrams, each behind its length in two bytes, low one first. One
 * without a byte stands for an overflow of the kernel's queue.
 */
#include "fuzz.h"
#include "kernel/netns.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <svclb/monitor.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr);
int __wrap_bind(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_ioctl(int fd, unsigned long request, void *arg);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);

static struct {
	const uint8_t *p;
	size_t left;
	int behind; /* what stands in the buffer behind a datagram */
} announced;

int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr)
{
	(void)ns;
	return fn(data, reterr);
}

int __wrap_bind(int fd, const struct sockaddr *to, socklen_t len)
{
	(void)fd;
	(void)to;
	(void)len;
	return 0;
}

/* The link is there, as number 7. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request != SIOCGIFINDEX) /* about the namespace */
		return __real_ioctl(fd, request, arg);
	((struct ifreq *)arg)->ifr_ifindex = 7;
	return 0;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	struct iovec *to = &m->msg_iov[0];
	size_t len;

	(void)fd;
	(void)flags;
	memset(to->iov_base, announced.behind, to->iov_len);
	errno = EAGAIN;
	if (announced.left < 2)
		return -1;
	len = announced.p[0] | (size_t)announced.p[1] << 8;
	announced.p += 2;
	announced.left -= 2;
	errno = ENOBUFS;
	if (!len)
		return -1;
	len = len > announced.left ? announced.left : len;
	memcpy(to->iov_base, announced.p, len < to->iov_len ? len : to->iov_len);
	announced.p += len;
	announced.left -= len;
	m->msg_flags = len > to->iov_len ? MSG_TRUNC : 0;
	return (ssize_t)(len < to->iov_len ? len : to->iov_len);
}

static uint32_t events(const uint8_t *data, size_t size, int behind)
{
	struct svclb_monitor *mon = NULL;
	uint32_t ret = 0;

	FUZZ_CHECK(!svclb_monitor_new(NULL, &mon, NULL));
	announced.p = data;
	announced.left = size;
	announced.behind = behind;
	FUZZ_CHECK(!svclb_monitor_read(mon, &ret, NULL));
	svclb_monitor_free(mon);
	return ret;
}

/* A sanitizer cannot see a read behind a datagram, in the monitor's own buffer; but it would tell
 * apart what stands there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t what = events(data, size, 0);

	FUZZ_CHECK(what == events(data, size, 0xff));
	FUZZ_CHECK(what == events(data, size, 0x14));
	return 0;
}
