/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel whose answers over netlink are the input: datagrams, each behind its length in two
 * bytes, low one first; one without a byte stands for answers that were lost. When they are used
 * up, every question is answered with an empty list, and all that is asked for is done. Targets
 * that include this are linked with --wrap for the functions below.
 */
#ifndef TESTS_FUZZ_REPLIES_H
#define TESTS_FUZZ_REPLIES_H

#include <errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include "kernel/backend.h"
#include "use.h"

int __wrap_nl_connect(struct nl_sock *sk, int protocol);
int __wrap_nl_socket_get_fd(const struct nl_sock *sk);
int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr);

static struct {
	const uint8_t *p;
	size_t left;
	uint32_t seq;  /* of the last message sent */
	uint32_t sent; /* messages at once */
} replies;

int __wrap_nl_connect(struct nl_sock *sk, int protocol)
{
	(void)sk;
	(void)protocol;
	return 0;
}

int __wrap_nl_socket_get_fd(const struct nl_sock *sk)
{
	(void)sk;
	return -1;
}

int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr)
{
	(void)ns;
	return fn(data, reterr);
}

int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size)
{
	struct nlmsghdr h;

	(void)sk;
	replies.sent = 0;
	for (size_t at = 0; at + sizeof(h) <= size; at += NLMSG_ALIGN(h.nlmsg_len)) {
		memcpy(&h, (uint8_t *)buf + at, sizeof(h));
		FUZZ_CHECK(h.nlmsg_len >= sizeof(h) && h.nlmsg_len <= size - at);
		replies.seq = h.nlmsg_seq;
		replies.sent++;
	}
	FUZZ_CHECK(replies.sent);
	return (int)size;
}

/* Calls fn for each message of a datagram that is whole. */
static inline void each_message(uint8_t *buf, size_t len, void (*fn)(uint8_t *p, size_t len))
{
	struct nlmsghdr h;

	for (size_t at = 0; at + sizeof(h) <= len; at += NLMSG_ALIGN(h.nlmsg_len)) {
		memcpy(&h, buf + at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len - at)
			return;
		fn(buf + at, h.nlmsg_len);
	}
}

/* Without the right number no answer would be looked at. To a pack, the input's own number tells which
 * of its messages is meant, counted from the last one. */
static inline void number_message(uint8_t *p, size_t len)
{
	struct nlmsghdr h;

	(void)len;
	memcpy(&h, p, sizeof(h));
	h.nlmsg_seq = replies.seq - h.nlmsg_seq % replies.sent;
	memcpy(p, &h, sizeof(h));
}

/* The next datagram of the input, or false. */
static inline bool next_datagram(const uint8_t **ret, size_t *len)
{
	if (replies.left < 2)
		return false;
	*len = replies.p[0] | (size_t)replies.p[1] << 8;
	if (*len > replies.left - 2)
		*len = replies.left - 2;
	*ret = replies.p + 2;
	replies.p += 2 + *len;
	replies.left -= 2 + *len;
	return true;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} done = {.h = {.nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_ERROR}};
	uint8_t *to = m->msg_iov[0].iov_base;
	const uint8_t *from = (const uint8_t *)&done;
	size_t len = sizeof(done);

	(void)fd;
	(void)flags;
	if (!next_datagram(&from, &len)) {
		from = (const uint8_t *)&done;
		len = sizeof(done);
	}
	errno = ENOBUFS;
	if (!len)
		return -1;
	if (len > m->msg_iov[0].iov_len) {
		len = m->msg_iov[0].iov_len;
		m->msg_flags |= MSG_TRUNC;
	}
	memcpy(to, from, len);
	each_message(to, len, number_message);
	return (ssize_t)len;
}

/* Each message of the input alone, in memory of exactly its size. */
static inline void replies_one_by_one(const uint8_t *data, size_t size,
				      void (*parse)(const struct nlmsghdr *h))
{
	replies.p = data;
	replies.left = size;
	while (next_datagram(&data, &size)) {
		struct nlmsghdr h;

		for (size_t at = 0; at + sizeof(h) <= size; at += NLMSG_ALIGN(h.nlmsg_len)) {
			void *copy;

			memcpy(&h, data + at, sizeof(h));
			if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > size - at)
				break;
			copy = malloc(h.nlmsg_len);
			FUZZ_CHECK(copy);
			memcpy(copy, data + at, h.nlmsg_len);
			parse(copy);
			free(copy);
		}
	}
}

/* Lets a backend read. */
static inline void replies_read(const uint8_t *data, size_t size, struct backend *b)
{
	struct svclb_state *state = state_new(b->opts);
	struct svclb_error *err = NULL;
	int r;

	FUZZ_CHECK(state);
	replies.p = data;
	replies.left = size;
	r = b->ops->read(b, NULL, state, &err);
	if (r)
		fuzz_take_error(r, err);
	else
		fuzz_use_state(state);
	svclb_state_unref(state);
}

#endif
