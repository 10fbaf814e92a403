// SPDX-License-Identifier: LGPL-2.1-or-later
/* A fast test client: one new connection (or datagram) per request, one answer body per line. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 65536

struct options {
	int count;
	int proto;
	int family;
	int timeout_ms;
	int pause_ms;
	bool keep;
	const char *source;
	const char *source_port;
};

static const char usage[] =
	"usage: hit [-n COUNT] [-p tcp|udp|sctp] [-4|-6] [-s SOURCE_ADDRESS] [-S SOURCE_PORT]\n"
	"           [-t TIMEOUT_MS] [-k] [-i PAUSE_MS] ADDRESS PORT\n"
	"  -k  send every request over one connection\n"
	"  -i  wait between two requests\n";

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

static const char *error_word(int err)
{
	switch (err) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
	case EAGAIN:
		return "timeout";
	case ECONNRESET:
	case EPIPE:
		return "reset";
	case EHOSTUNREACH:
		return "host unreachable";
	case ENETUNREACH:
		return "network unreachable";
	case EACCES:
	case EPERM:
		return "prohibited";
	default:
		return strerror(err);
	}
}

/* Wait for an event on the socket; 0, or the errno to report. */
static int wait_for(int fd, short events, long deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	long left = deadline - now_ms();
	int n;

	n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	if (n < 0)
		return errno;
	return n == 0 ? ETIMEDOUT : 0;
}

static int bind_source(int fd, const struct options *opt)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *ai;
	int one = 1, rc = 0;

	hints.ai_family = opt->family;
	hints.ai_socktype = SOCK_STREAM;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (getaddrinfo(opt->source, opt->source_port, &hints, &ai))
		return EINVAL;
	if (bind(fd, ai->ai_addr, ai->ai_addrlen))
		rc = errno;
	freeaddrinfo(ai);
	return rc;
}

static int open_connection(const struct options *opt, const struct addrinfo *to, long deadline,
			   int *ret)
{
	int type = opt->proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
	socklen_t len = sizeof(int);
	int fd, err = 0;

	fd = socket(to->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, opt->proto);
	if (fd < 0)
		return errno;
	if (opt->source || opt->source_port)
		err = bind_source(fd, opt);
	if (!err && connect(fd, to->ai_addr, to->ai_addrlen)) {
		err = errno;
		if (err == EINPROGRESS)
			err = wait_for(fd, POLLOUT, deadline);
		if (!err && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
			err = errno;
	}
	if (err)
		close(fd);
	else
		*ret = fd;
	return err;
}

/* The length of a complete answer in buf, or 0 while more is to come. */
static size_t answer_complete(const char *buf, size_t len, size_t *body)
{
	const char *head_end, *field;
	size_t want;

	*body = 0;
	if (strncmp(buf, "HTTP/", 5))
		return len;
	head_end = strstr(buf, "\r\n\r\n");
	if (!head_end)
		return 0;
	*body = (size_t)(head_end - buf) + 4;
	field = strstr(buf, "Content-Length: ");
	if (!field || field > head_end)
		return 0;
	want = *body + strtoul(field + 16, NULL, 10);
	return len >= want ? want : 0;
}

static int one_request(int fd, const struct options *opt, const char *host, long deadline)
{
	static char buf[ANSWER_MAX + 1];
	char request[256];
	size_t have = 0, body = 0, end = 0;
	ssize_t n;
	int err;

	n = snprintf(request, sizeof(request), "GET / HTTP/1.%d\r\nHost: %s\r\n\r\n",
		     opt->keep ? 1 : 0, host);
	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		return errno;
	while (!end && have < ANSWER_MAX) {
		err = wait_for(fd, POLLIN, deadline);
		if (err)
			return err;
		n = recv(fd, buf + have, ANSWER_MAX - have, 0);
		if (n < 0)
			return errno;
		if (n == 0) {
			if (!have)
				return ECONNRESET;
			break;
		}
		have += (size_t)n;
		buf[have] = '\0';
		end = answer_complete(buf, have, &body);
	}
	if (!end)
		end = have;
	while (end > body && (buf[end - 1] == '\n' || buf[end - 1] == '\r'))
		end--;
	printf("%.*s\n", (int)(end - body), buf + body);
	fflush(stdout);
	return 0;
}

static void pause_for(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	if (ms > 0)
		nanosleep(&ts, NULL);
}

/* SIGTERM is heeded between two requests: what becomes of the one under way is told. */
static bool is_told_to_end(void)
{
	sigset_t pending;

	return !sigpending(&pending) && sigismember(&pending, SIGTERM) == 1;
}

static void heed_between_requests(void)
{
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &end, NULL); /* its arguments are right */
}

static int run(const struct options *opt, const struct addrinfo *to, const char *host)
{
	int fd = -1, failed = 0;

	for (int i = 0; i < opt->count && !is_told_to_end(); i++) {
		long deadline = now_ms() + opt->timeout_ms;
		int err = 0;

		if (i > 0)
			pause_for(opt->pause_ms);
		if (fd < 0)
			err = open_connection(opt, to, deadline, &fd);
		if (!err)
			err = one_request(fd, opt, host, deadline);
		if (err) {
			printf("error: %s\n", error_word(err));
			fflush(stdout);
			failed = 1;
		}
		if (fd >= 0 && (err || !opt->keep)) {
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	return failed;
}

static int parse_proto(const char *name)
{
	if (!strcmp(name, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(name, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(name, "sctp"))
		return IPPROTO_SCTP;
	fprintf(stderr, "hit: unknown protocol %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct options opt = {
		.count = 1, .proto = IPPROTO_TCP, .family = AF_UNSPEC, .timeout_ms = 2000};
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *to;
	int c, rc;

	while ((c = getopt(argc, argv, "n:p:46s:S:t:ki:h")) != -1) {
		switch (c) {
		case 'n':
			opt.count = atoi(optarg);
			break;
		case 'p':
			opt.proto = parse_proto(optarg);
			break;
		case '4':
			opt.family = AF_INET;
			break;
		case '6':
			opt.family = AF_INET6;
			break;
		case 's':
			opt.source = optarg;
			break;
		case 'S':
			opt.source_port = optarg;
			break;
		case 't':
			opt.timeout_ms = atoi(optarg);
			break;
		case 'k':
			opt.keep = true;
			break;
		case 'i':
			opt.pause_ms = atoi(optarg);
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	hints.ai_family = opt.family;
	hints.ai_socktype = SOCK_STREAM;
	rc = getaddrinfo(argv[optind], argv[optind + 1], &hints, &to);
	if (rc) {
		fprintf(stderr, "hit: %s port %s: %s\n", argv[optind], argv[optind + 1],
			gai_strerror(rc));
		return 2;
	}
	opt.family = to->ai_family;
	heed_between_requests();
	rc = run(&opt, to, argv[optind]);
	freeaddrinfo(to);
	return rc;
}
