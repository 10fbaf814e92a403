// SPDX-License-Identifier: LGPL-2.1-or-later
/* A test server standing in for a pod: says who it is and whom it saw, over TCP, UDP and SCTP, IPv4 and IPv6. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 512
#define REQUEST_MAX 4096

enum role { ROLE_LISTEN, ROLE_DATAGRAM, ROLE_STREAM };

struct peer {
	enum role role;
	size_t have;
	char *request;
};

struct server {
	const char *name;
	struct pollfd pfd[SOCKETS_MAX];
	struct peer peer[SOCKETS_MAX];
	size_t n;
};

static const char usage[] =
	"usage: podserver [-n NAME] [-l LIFETIME_SECONDS] [-f] [-b ADDRESS] [tcp|udp|sctp:]PORT...\n"
	"  Returns when every port is open and serves in the background; -f stays in the foreground.\n";

static int add_socket(struct server *s, int fd, enum role role)
{
	char *request = NULL;

	if (s->n == SOCKETS_MAX)
		return -1;
	if (role == ROLE_STREAM) {
		request = calloc(1, REQUEST_MAX + 1);
		if (!request)
			return -1;
	}
	s->pfd[s->n] = (struct pollfd){.fd = fd, .events = POLLIN};
	s->peer[s->n] = (struct peer){.role = role, .request = request};
	s->n++;
	return 0;
}

static void drop_socket(struct server *s, size_t i)
{
	close(s->pfd[i].fd);
	free(s->peer[i].request);
	s->n--;
	s->pfd[i] = s->pfd[s->n];
	s->peer[i] = s->peer[s->n];
}

/* One address text for IPv4, also where it came in mapped through an IPv6 socket. */
static void address_text(const struct sockaddr_storage *ss, char *out, size_t len)
{
	if (ss->ss_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)ss)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(a))
			inet_ntop(AF_INET, &a->s6_addr[12], out, (socklen_t)len);
		else
			inet_ntop(AF_INET6, a, out, (socklen_t)len);
	} else {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)ss)->sin_addr, out,
			  (socklen_t)len);
	}
}

static size_t body_text(const struct server *s, const struct sockaddr_storage *ss, char *out,
			size_t len)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	address_text(ss, addr, sizeof(addr));
	return (size_t)snprintf(out, len, "%s saw %s\n", s->name, addr);
}

static void accept_one(struct server *s, size_t i)
{
	int fd = accept4(s->pfd[i].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0 && add_socket(s, fd, ROLE_STREAM))
		close(fd);
}

static void answer_datagram(struct server *s, size_t i)
{
	struct sockaddr_storage ss = {0};
	socklen_t sslen = sizeof(ss);
	char buf[REQUEST_MAX];
	size_t len;

	if (recvfrom(s->pfd[i].fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss, &sslen) < 0)
		return;
	len = body_text(s, &ss, buf, sizeof(buf));
	if (sendto(s->pfd[i].fd, buf, len, 0, (struct sockaddr *)&ss, sslen) < 0)
		return;
}

/* Answer a complete request; false when the connection is to be closed. */
static bool answer_stream(struct server *s, size_t i)
{
	const char *request = s->peer[i].request;
	struct sockaddr_storage ss = {0};
	socklen_t sslen = sizeof(ss);
	char body[512], out[1024];
	bool http = strstr(request, " HTTP/1.") != NULL;
	bool keep = !http || (strstr(request, " HTTP/1.1") && !strstr(request, "close"));
	size_t len;
	int n;

	if (getpeername(s->pfd[i].fd, (struct sockaddr *)&ss, &sslen))
		return false;
	len = body_text(s, &ss, body, sizeof(body));
	if (http)
		n = snprintf(out, sizeof(out),
			     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Connection: %s\r\nContent-Length: %zu\r\n\r\n%s",
			     keep ? "keep-alive" : "close", len, body);
	else
		n = snprintf(out, sizeof(out), "%s", body);
	if (send(s->pfd[i].fd, out, (size_t)n, MSG_NOSIGNAL) != n)
		return false;
	return keep;
}

/* Read what came in; false when the connection is to be closed. */
static bool serve_stream(struct server *s, size_t i)
{
	struct peer *p = &s->peer[i];
	const char *end;
	ssize_t n;

	n = recv(s->pfd[i].fd, p->request + p->have, REQUEST_MAX - p->have, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	p->have += (size_t)n;
	p->request[p->have] = '\0';
	end = strstr(p->request, " HTTP/1.") ? strstr(p->request, "\r\n\r\n")
					     : strchr(p->request, '\n');
	if (!end)
		return p->have < REQUEST_MAX;
	p->have = 0;
	return answer_stream(s, i);
}

static void serve(struct server *s)
{
	while (poll(s->pfd, s->n, -1) >= 0 || errno == EINTR) {
		for (size_t i = s->n; i-- > 0;) {
			if (!s->pfd[i].revents)
				continue;
			if (s->peer[i].role == ROLE_LISTEN)
				accept_one(s, i);
			else if (s->peer[i].role == ROLE_DATAGRAM)
				answer_datagram(s, i);
			else if (!serve_stream(s, i))
				drop_socket(s, i);
		}
	}
}

static int open_port(struct server *s, const char *address, const char *spec)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	int one = 1, off = 0, fd, proto = IPPROTO_TCP;
	const char *colon = strchr(spec, ':');
	struct addrinfo *ai;
	bool udp;

	if (!strncmp(spec, "udp:", 4))
		proto = IPPROTO_UDP;
	else if (!strncmp(spec, "sctp:", 5))
		proto = IPPROTO_SCTP;
	else if (colon && strncmp(spec, "tcp:", 4) != 0) {
		fprintf(stderr, "podserver: unknown protocol in %s\n", spec);
		return -1;
	}
	udp = proto == IPPROTO_UDP;
	hints.ai_socktype = SOCK_STREAM;
	if (getaddrinfo(address, colon ? colon + 1 : spec, &hints, &ai)) {
		fprintf(stderr, "podserver: bad address or port: %s %s\n", address, spec);
		return -1;
	}
	fd = socket(ai->ai_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    proto);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (ai->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	if (fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) || (!udp && listen(fd, 64)) ||
	    add_socket(s, fd, udp ? ROLE_DATAGRAM : ROLE_LISTEN)) {
		fprintf(stderr, "podserver: %s: %s\n", spec, strerror(errno));
		freeaddrinfo(ai);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	freeaddrinfo(ai);
	return 0;
}

/* Leave the caller's terminal, pipes and session, so that `$(podserver …)` returns at once. */
static void go_to_background(void)
{
	int null;
	pid_t pid = fork();

	if (pid < 0) {
		perror("podserver: fork");
		exit(1);
	}
	if (pid > 0) {
		printf("%d\n", (int)pid);
		fflush(stdout);
		_exit(0);
	}
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		close(null);
	}
	/* Whatever else the caller had open is not ours to keep open; our own sockets are close-on-exec. */
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) == 0)
			close(fd);
}

int main(int argc, char **argv)
{
	static struct server s = {.name = "pod"};
	unsigned int lifetime_sec = 600;
	const char *address = "::";
	bool foreground = false;
	int c;

	while ((c = getopt(argc, argv, "n:l:b:fh")) != -1) {
		switch (c) {
		case 'n':
			s.name = optarg;
			break;
		case 'l':
			lifetime_sec = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			address = optarg;
			break;
		case 'f':
			foreground = true;
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	for (int i = optind; i < argc; i++)
		if (open_port(&s, address, argv[i]))
			return 1;
	if (!foreground)
		go_to_background();
	/* The default action of SIGALRM ends the process: no test server outlives its test for long. */
	alarm(lifetime_sec);
	serve(&s);
	return 0;
}
