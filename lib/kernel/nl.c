/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The netlink transport: a libnl socket in the right namespace, packs, dumps, deadlines. */
#include "kernel/nl.h"

#include <errno.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "kernel/halt.h"
#include "util/clock.h"

#define NL_RECV_MAX   65536	/* dumps come in pieces of at most 32 KiB */
#define NL_RCVBUF     (8 << 20) /* an answer costs 768 bytes of it: enough for 10000 */
#define NL_SNDBUF     (4 << 20)
#define NL_DUMP_TRIES 8
#define NL_SEND_TRIES 8

struct nl_conn {
	const struct backend *b;
	int protocol;
	struct nl_sock *sk; /* NULL: not open */
	uint32_t seq;
	uint64_t end;	    /* of the present exchange, on clock_ms(); 0: none */
	unsigned char *buf; /* NL_RECV_MAX bytes */
};

int nl_conn_new(const struct backend *b, int protocol, struct nl_conn **ret,
		struct svclb_error **reterr)
{
	struct nl_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return err_nomem(reterr);
	c->b = b;
	c->protocol = protocol;
	c->seq = 1;
	c->buf = malloc(NL_RECV_MAX);
	if (!c->buf) {
		free(c);
		return err_nomem(reterr);
	}
	*ret = c;
	return 0;
}

static void nl_shut(struct nl_conn *c)
{
	nl_socket_free(c->sk); /* closes it too */
	c->sk = NULL;
}

void nl_conn_free(struct nl_conn *c)
{
	if (!c)
		return;
	nl_shut(c);
	free(c->buf);
	free(c);
}

const struct backend *nl_conn_backend(const struct nl_conn *c)
{
	return c->b;
}

/* An exchange that did not work, as opposed to a request that the kernel refused. */
static int nl_fail(struct nl_conn *c, int code, int os_errno, const char *what,
		   struct svclb_error **reterr)
{
	return err_give(reterr, backend_error(c->b, code, os_errno, "netlink exchange", NULL, NULL,
					      0, NULL, "%s", what));
}

/* Buffers beyond the system's limits where that is permitted, else as far as they go. */
static void nl_buffer(int fd, int force, int plain, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static int nl_open_here(void *data, struct svclb_error **reterr)
{
	struct nl_conn *c = data;
	struct nl_sock *sk = nl_socket_alloc();
	int on = 1;
	int fd;
	int rc;

	if (!sk)
		return err_nomem(reterr);
	nl_socket_disable_auto_ack(sk);
	nl_socket_disable_seq_check(sk);
	rc = nl_connect(sk, c->protocol);
	if (rc) {
		nl_socket_free(sk);
		return err_give(reterr,
				backend_error(c->b, SVCLB_EKERNEL, 0, "open netlink socket", NULL,
					      NULL, 0, NULL, "cannot open a netlink socket: %s",
					      nl_geterror(rc)));
	}
	fd = nl_socket_get_fd(sk);
	nl_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, NL_RCVBUF);
	nl_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, NL_SNDBUF);
	/* Both only make answers better: a kernel without them works as well. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	c->sk = sk;
	return 0;
}

static int nl_ready(struct nl_conn *c, const struct nlbuf *b, struct svclb_error **reterr)
{
	if (b->failed || !b->n)
		return err_nomem(reterr);
	return c->sk ? 0 : netns_call(c->b->ns, nl_open_here, c, reterr);
}

/* A signal that meets a send before anything was sent is no reason to undo what was done before,
 * unless it is to end the operation. */
static int nl_send_bytes(struct nl_conn *c, const struct nlbuf *b, struct svclb_error **reterr)
{
	int os_errno = EINTR;

	for (int i = 0; i < NL_SEND_TRIES && os_errno == EINTR; i++) {
		int rc = i ? halt_check(c->b->opts, reterr) : 0;

		if (rc)
			return rc;
		errno = 0;
		if (nl_sendto(c->sk, b->b, b->len) >= 0)
			return 0;
		os_errno = errno;
	}
	return nl_fail(c, SVCLB_EKERNEL, os_errno, "cannot send to the kernel", reterr);
}

/* Numbers the messages from c->seq on and sends them. *base is the first one's number. */
static int nl_send_all(struct nl_conn *c, struct nlbuf *b, uint32_t *base,
		       struct svclb_error **reterr)
{
	size_t at = 0;
	int rc;

	*base = c->seq;
	while (at < b->len) {
		struct nlmsghdr *h = (struct nlmsghdr *)(void *)(b->b + at);

		h->nlmsg_seq = c->seq++;
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	c->end = c->b->opts->deadline_ms;
	rc = nl_send_bytes(c, b, reterr);
	if (rc)
		nl_shut(c);
	return rc;
}

/* Waits for something to read, at most until the deadline. */
static int nl_wait(struct nl_conn *c, struct svclb_error **reterr)
{
	struct pollfd p = {.fd = nl_socket_get_fd(c->sk), .events = POLLIN};
	uint64_t now = clock_ms();
	int ms = -1;

	if (c->end && now >= c->end)
		return nl_fail(c, SVCLB_ETIMEDOUT, 0, "the kernel did not answer in time", reterr);
	if (c->end)
		ms = c->end - now > 60000 ? 60000 : (int)(c->end - now);
	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return nl_fail(c, SVCLB_EKERNEL, errno, "cannot wait for the kernel", reterr);
	return 0;
}

/* Reads one datagram of the kernel into c->buf. */
static int nl_recv_some(struct nl_conn *c, size_t *len, struct svclb_error **reterr)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = c->buf, .iov_len = NL_RECV_MAX};
		struct msghdr m = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
		ssize_t n = recvmsg(nl_socket_get_fd(c->sk), &m, MSG_DONTWAIT);
		int rc;

		if (n >= 0 && from.nl_pid)
			continue; /* only the kernel is asked, so only it is heard */
		if (n >= 0 && !(m.msg_flags & MSG_TRUNC)) {
			*len = (size_t)n;
			return 0;
		}
		if (n >= 0 || errno == ENOBUFS)
			return nl_fail(c, SVCLB_EAGAIN, n >= 0 ? EMSGSIZE : ENOBUFS,
				       "answers of the kernel were lost", reterr);
		if (errno != EAGAIN && errno != EINTR)
			return nl_fail(c, SVCLB_EKERNEL, errno, "cannot read from the kernel",
				       reterr);
		rc = nl_wait(c, reterr);
		if (rc)
			return rc;
	}
}

/* The next message of a datagram; *at moves behind it. NULL at the end or where it is broken. */
static const struct nlmsghdr *nl_next(const unsigned char *buf, size_t len, size_t *at)
{
	const struct nlmsghdr *h;

	if (*at > len || len - *at < NLMSG_HDRLEN)
		return NULL;
	h = (const struct nlmsghdr *)(const void *)(buf + *at);
	if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > len - *at)
		return NULL;
	*at += NLMSG_ALIGN(h->nlmsg_len);
	return h;
}

/* The extended acknowledgement's message, cleaned of anything that is not plain text. */
static void nl_ext_text(const struct nlmsghdr *h, size_t at, char text[NL_TEXT_MAX])
{
	struct nlattr *tb[NLMSGERR_ATTR_MSG + 1];
	static const struct nla_policy policy[NLMSGERR_ATTR_MSG + 1] = {
		[NLMSGERR_ATTR_MSG] = {.type = NLA_STRING},
	};
	size_t n;

	if (!nl_parse_attrs(h, at, tb, NLMSGERR_ATTR_MSG, policy) || !tb[NLMSGERR_ATTR_MSG])
		return;
	n = (size_t)nla_len(tb[NLMSGERR_ATTR_MSG]);
	if (n > NL_TEXT_MAX - 1)
		n = NL_TEXT_MAX - 1;
	memcpy(text, nla_data(tb[NLMSGERR_ATTR_MSG]), n);
	text[n] = '\0';
	for (char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = ' ';
}

bool nl_parse_error(const struct nlmsghdr *h, int *error, char text[NL_TEXT_MAX])
{
	size_t len = h->nlmsg_len - NLMSG_HDRLEN;
	const unsigned char *p = (const unsigned char *)h + NLMSG_HDRLEN;
	struct nlmsgerr e;
	int code;

	text[0] = '\0';
	if (len < sizeof(code)) {
		/* an older kernel's NLMSG_DONE has no number */
		*error = 0;
		return h->nlmsg_type == NLMSG_DONE;
	}
	memcpy(&code, p, sizeof(code));
	*error = code < 0 && code != INT32_MIN ? -code : 0;
	if (h->nlmsg_type == NLMSG_DONE)
		return true;
	if (len < sizeof(e))
		return false;
	memcpy(&e, p, sizeof(e));
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return true;
	if (h->nlmsg_flags & NLM_F_CAPPED)
		nl_ext_text(h, sizeof(e), text);
	else if (e.msg.nlmsg_len >= NLMSG_HDRLEN && e.msg.nlmsg_len <= len)
		nl_ext_text(h, sizeof(e) - NLMSG_HDRLEN + NLMSG_ALIGN(e.msg.nlmsg_len), text);
	return true;
}

bool nl_parse_attrs(const struct nlmsghdr *h, size_t hdrlen, struct nlattr **tb, int max,
		    const struct nla_policy *policy)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(hdrlen);
	unsigned char *p = (unsigned char *)(uintptr_t)h; /* libnl's parser takes no const */

	if (h->nlmsg_len < skip || h->nlmsg_len > INT32_MAX)
		return false;
	return !nla_parse(tb, max, (struct nlattr *)(void *)(p + skip), (int)(h->nlmsg_len - skip),
			  policy);
}

/* One datagram of answers to a pack of n. True when the last message's answer was in it. */
static bool nl_batch_take(struct nl_conn *c, size_t len, uint32_t base, uint32_t n, int *errors,
			  char *text)
{
	const struct nlmsghdr *h;
	char words[NL_TEXT_MAX];
	bool last = false;
	size_t at = 0;

	while ((h = nl_next(c->buf, len, &at))) {
		uint32_t i = h->nlmsg_seq - base;
		int error;

		if (h->nlmsg_type != NLMSG_ERROR || i >= n || !nl_parse_error(h, &error, words))
			continue;
		if (error && !*text)
			memcpy(text, words, sizeof(words));
		errors[i] = error;
		last = last || i == n - 1;
	}
	return last;
}

int nl_batch(struct nl_conn *c, struct nlbuf *b, int *errors, char *text, bool *sent,
	     struct svclb_error **reterr)
{
	uint32_t base;
	size_t len;
	int rc;

	if (sent)
		*sent = false;
	text[0] = '\0';
	memset(errors, 0, b->n * sizeof(*errors));
	rc = nl_ready(c, b, reterr);
	if (rc)
		return rc;
	/* Errors come unasked. One acknowledgement, of the last, tells that all were handled. */
	((struct nlmsghdr *)(void *)(b->b + b->msg))->nlmsg_flags |= NLM_F_ACK;
	rc = nl_send_all(c, b, &base, reterr);
	if (rc)
		return rc;
	if (sent)
		*sent = true;
	do {
		rc = nl_recv_some(c, &len, reterr);
		if (rc) {
			nl_shut(c);
			return rc;
		}
	} while (!nl_batch_take(c, len, base, b->n, errors, text));
	return 0;
}

/* How far a request has come. */
struct nl_progress {
	uint32_t seq;
	bool done;
	bool interrupted;
	int error;
};

static int nl_request_take(struct nl_conn *c, size_t len, struct nl_progress *p, nl_take_fn take,
			   void *data, struct svclb_error **reterr)
{
	const struct nlmsghdr *h;
	char words[NL_TEXT_MAX];
	size_t at = 0;

	while (!p->done && (h = nl_next(c->buf, len, &at))) {
		if (h->nlmsg_seq != p->seq)
			continue;
		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			p->interrupted = true;
		if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
			if (!nl_parse_error(h, &p->error, words))
				return nl_fail(c, SVCLB_EKERNEL, 0, "an answer is cut off", reterr);
			p->done = true;
		} else if (h->nlmsg_type >= NLMSG_MIN_TYPE && take) {
			int rc = take(data, h, reterr);

			if (rc)
				return rc;
		}
	}
	return 0;
}

static int nl_request_once(struct nl_conn *c, struct nlbuf *b, struct nl_progress *p,
			   nl_take_fn take, void *data, struct svclb_error **reterr)
{
	size_t len = 0;
	int rc = nl_ready(c, b, reterr);

	if (!rc)
		rc = nl_send_all(c, b, &p->seq, reterr);
	while (!rc && !p->done) {
		rc = nl_recv_some(c, &len, reterr);
		if (!rc)
			rc = nl_request_take(c, len, p, take, data, reterr);
	}
	if (rc)
		nl_shut(c); /* the rest of the answer must not meet the next request */
	return rc;
}

int nl_request(struct nl_conn *c, struct nlbuf *b, nl_take_fn take, void *data, int *error,
	       struct svclb_error **reterr)
{
	for (int i = 0; i < NL_DUMP_TRIES; i++) {
		struct nl_progress p = {0};
		int rc = halt_check(c->b->opts, reterr);

		if (!rc)
			rc = nl_request_once(c, b, &p, take, data, reterr);

		if (rc)
			return rc;
		if (!p.interrupted) {
			*error = p.error;
			return 0;
		}
		rc = take ? take(data, NULL, reterr) : 0;
		if (rc)
			return rc;
	}
	return nl_fail(c, SVCLB_EAGAIN, 0, "the state changes faster than it can be read", reterr);
}

int nl_read_error(const struct backend *b, int error, const char *operation,
		  struct svclb_error **reterr)
{
	return err_give(reterr, backend_error(b, SVCLB_EKERNEL, error, operation, NULL, NULL, 0,
					      NULL, "the kernel refuses to"));
}
