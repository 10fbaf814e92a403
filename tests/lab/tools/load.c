// SPDX-License-Identifier: LGPL-2.1-or-later
/* Steady traffic to many targets at once, counted: what failed while something else changed the node. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char datagram[] = "?\n";

#define TARGETS_MAX 64
#define ANSWER_MAX  1024

/*
 * IPVS finds the connection of an answer by the real server and the client's address and port. So
 * a client must not use one port for two virtual servers that share a real server.
 */
#define PORT_FIRST 10000
#define PORT_LAST  64000
#define PORTS_NEW  1000 /* nothing is used twice within half a minute or so */
#define PORTS_HOLD 16	/* behind PORT_LAST, where no connection waits for its end */

enum kind { KIND_NEW, KIND_HOLD, KIND_UDP, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {"new", "hold", "udp"};

/* One for each process that sends, in memory that all of them share. */
struct counts {
	unsigned long requests;
	unsigned long failed;
	unsigned long resets;
	unsigned long lost;    /* connections whose first packet had to be sent again */
	unsigned long excused; /* the same, while everything stood still */
	unsigned long again;   /* datagrams that were sent once more, from the same port */
	long slowest_ms;
	char last[16]; /* who answered */
	char first_lost[48];
	char first_error[96];
};

/* A time in which nothing ran: what was under way then was late, for its timers too. */
struct stall {
	volatile long from_ms;
	volatile long to_ms;
};

#define STALL_MS   300 /* a third of the time after which a first packet is sent again */
#define STALLS_MAX 256

struct shared {
	volatile bool stop;
	struct stall stalls[STALLS_MAX];
	volatile unsigned n_stalls;
	struct counts of[TARGETS_MAX];
};

struct target {
	enum kind kind;
	char text[128]; /* address and port, a space between */
	struct addrinfo *to;
	unsigned first_port; /* where it sends from: ports that are no other target's */
	unsigned ports;
	unsigned used;
};

struct options {
	int pause_ms;
	int timeout_ms;
	int again_ms; /* a datagram without an answer is sent once more; 0: it is not */
	int seconds;
	const char *sign;
};

static const char usage[] =
	"usage: load [-i PAUSE_MS] [-t TIMEOUT_MS] [-r AGAIN_MS] [-l SECONDS] -s SIGN TARGET...\n"
	"  TARGET is new,ADDRESS,PORT (a TCP connection for each request), hold,ADDRESS,PORT (one TCP\n"
	"  connection for all requests) or udp,ADDRESS,PORT (a socket for each datagram;\n"
	"  with AGAIN_MS one that has no answer by then is sent once more, and counted).\n"
	"  The file SIGN.runs appears when every target has answered once; load ends, and prints what\n"
	"  it counted, when the file SIGN.stop appears, or after SECONDS. Times are those of the uptime.\n";

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

static void pause_for(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	nanosleep(&ts, NULL);
}

/* 0, or the errno to report. */
static int wait_for(int fd, short events, long deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	long left = deadline - now_ms();
	int n = poll(&pfd, 1, left > 0 ? (int)left : 0);

	if (n < 0)
		return errno;
	return n ? 0 : ETIMEDOUT;
}

static int bind_own_port(int fd, struct target *t)
{
	struct sockaddr_in6 from = {.sin6_family = (sa_family_t)t->to->ai_family};
	int err = EADDRINUSE;
	int on = 1;

	if (t->to->ai_family ==
	    AF_INET6) /* ports of the two families are no concern of each other */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	for (unsigned i = 0; i < t->ports && err == EADDRINUSE; i++) {
		/* the port is at the same place in an address of either family */
		from.sin6_port = htons((uint16_t)(t->first_port + t->used++ % t->ports));
		err = bind(fd, (struct sockaddr *)&from, t->to->ai_addrlen) ? errno : 0;
	}
	return err;
}

static int open_socket(struct target *t, long deadline, int *ret)
{
	int type = (t->kind == KIND_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(t->to->ai_family, type, 0);
	socklen_t len = sizeof(int);
	int err;

	if (fd < 0)
		return errno;
	err = bind_own_port(fd, t);
	if (!err && connect(fd, t->to->ai_addr, t->to->ai_addrlen)) {
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

static bool sent_again(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) && info.tcpi_total_retrans;
}

/* Keeps the name that stands at the end of an answer. */
static void remember(struct counts *c, const char *answer, const char *end)
{
	const char *name = end;

	while (name > answer && name[-1] != '\n')
		name--;
	snprintf(c->last, sizeof(c->last), "%.*s", (int)(end - name), name);
}

/* Waits for more of an answer; a datagram may be sent a second time before. */
static int wait_for_answer(int fd, long deadline, long *again, struct counts *c)
{
	int err = wait_for(fd, POLLIN, *again && *again < deadline ? *again : deadline);

	if (err != ETIMEDOUT || !*again)
		return err;
	*again = 0;
	c->again++;
	if (send(fd, datagram, strlen(datagram), MSG_NOSIGNAL) < 0)
		return errno;
	return wait_for(fd, POLLIN, deadline);
}

/* An answer is complete with the newline at its end: podserver sends a body of one line. */
static int ask(int fd, const struct target *t, long deadline, int again_ms, struct counts *c)
{
	static const char http[] = "GET / HTTP/1.1\r\n\r\n";
	const char *question = t->kind == KIND_UDP ? datagram : http;
	char answer[ANSWER_MAX + 1];
	long again = again_ms && t->kind == KIND_UDP ? now_ms() + again_ms : 0;
	size_t have = 0;

	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return errno;
	for (;;) {
		int err = wait_for_answer(fd, deadline, &again, c);
		const char *said;
		ssize_t n;

		if (err)
			return err;
		n = recv(fd, answer + have, ANSWER_MAX - have, 0);
		if (n < 0)
			return errno;
		if (!n || have + (size_t)n == ANSWER_MAX)
			return ECONNRESET;
		have += (size_t)n;
		answer[have] = '\0';
		said = strstr(answer, " saw ");
		if (said && answer[have - 1] == '\n') {
			remember(c, answer, said);
			return 0;
		}
	}
}

static void count(struct counts *c, int err, long took_ms)
{
	c->requests++;
	if (took_ms > c->slowest_ms)
		c->slowest_ms = took_ms;
	if (!err)
		return;
	c->failed++;
	if (err == ECONNRESET || err == EPIPE)
		c->resets++;
	if (c->failed == 1)
		snprintf(c->first_error, sizeof(c->first_error),
			 ", the first failed at %.2f s, request %lu: %s", (double)now_ms() / 1e3,
			 c->requests, strerror(err));
}

static bool stood_still(const struct shared *shared, long from, long to)
{
	for (unsigned i = 0; i < shared->n_stalls; i++)
		if (shared->stalls[i].from_ms < to && shared->stalls[i].to_ms > from)
			return true;
	return false;
}

static void count_lost(struct counts *c, const struct shared *shared, long begun)
{
	if (stood_still(shared, begun, now_ms()))
		c->excused++;
	else if (!c->lost++)
		snprintf(c->first_lost, sizeof(c->first_lost), ", the first lost at %.2f s",
			 (double)begun / 1e3);
}

static void send_until_stopped(struct target *t, const struct options *opt, struct shared *shared,
			       struct counts *c)
{
	int fd = -1;

	while (!shared->stop) {
		long begun = now_ms();
		long deadline = begun + opt->timeout_ms;
		int err = 0;

		if (fd < 0) {
			err = open_socket(t, deadline, &fd);
			if (!err && t->kind != KIND_UDP && sent_again(fd))
				count_lost(c, shared, begun);
		}
		if (!err)
			err = ask(fd, t, deadline, opt->again_ms, c);
		/* a service address that was the source went with the mode: another socket has another */
		if (fd >= 0 && err == ENETUNREACH && t->kind == KIND_UDP && opt->again_ms) {
			close(fd);
			fd = -1;
			err = open_socket(t, deadline, &fd);
			if (!err)
				err = ask(fd, t, deadline, opt->again_ms, c);
		}
		if (fd >= 0 && (err || t->kind != KIND_HOLD)) {
			close(fd);
			fd = -1;
		}
		count(c, err, now_ms() - begun);
		pause_for(opt->pause_ms);
	}
	if (fd >= 0)
		close(fd);
}

static bool parse_target(char *text, struct target *ret)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	char *address = strchr(text, ',');
	char *port = address ? strchr(address + 1, ',') : NULL;
	int kind = 0;

	if (!port)
		return false;
	*address++ = '\0';
	*port++ = '\0';
	while (kind < KIND_COUNT && strcmp(kind_names[kind], text) != 0)
		kind++;
	ret->kind = (enum kind)kind;
	snprintf(ret->text, sizeof(ret->text), "%s %s", address, port);
	return kind < KIND_COUNT && !getaddrinfo(address, port, &hints, &ret->to);
}

static bool give_ports(struct target *t, unsigned *next_new, unsigned *next_hold)
{
	unsigned *next = t->kind == KIND_HOLD ? next_hold : next_new;

	t->first_port = *next;
	t->ports = t->kind == KIND_HOLD ? PORTS_HOLD : PORTS_NEW;
	*next += t->ports;
	return *next <= (t->kind == KIND_HOLD ? PORT_LAST + TARGETS_MAX * PORTS_HOLD : PORT_LAST);
}

static bool file_is_there(const char *sign, const char *suffix)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.%s", sign, suffix);
	return access(path, F_OK) == 0;
}

static void make_file(const char *sign, const char *suffix)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s.%s", sign, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
}

/* Looks each 20 ms, and so knows when it could not. */
static void note_stall(struct shared *shared, long from, long to)
{
	if (to - from < STALL_MS || shared->n_stalls == STALLS_MAX)
		return;
	shared->stalls[shared->n_stalls].from_ms = from;
	shared->stalls[shared->n_stalls].to_ms = to;
	shared->n_stalls++;
}

/* Sends nothing itself: says when all targets answer, and waits for the end. */
static void watch(const struct options *opt, struct shared *shared, size_t n)
{
	long end = now_ms() + opt->seconds * 1000L;
	bool runs = false;

	while (now_ms() < end && !file_is_there(opt->sign, "stop")) {
		long looked = now_ms();
		size_t i = 0;

		while (!runs && i < n && shared->of[i].requests > shared->of[i].failed)
			i++;
		if (!runs && i == n) {
			runs = true;
			make_file(opt->sign, "runs");
		}
		pause_for(20);
		note_stall(shared, looked, now_ms());
	}
	shared->stop = true;
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static int print_counts(const struct target *targets, const struct options *opt,
			const struct shared *shared, size_t n)
{
	struct counts sum = {0};

	for (size_t i = 0; i < n; i++) {
		const struct counts *c = &shared->of[i];

		printf("%s %s: %lu requests, %lu failed, %lu reset, %lu lost, %lu sent again, slowest %ld ms, last answer of %s%s%s\n",
		       kind_names[targets[i].kind], targets[i].text, c->requests, c->failed,
		       c->resets, c->lost, c->again, c->slowest_ms, c->last, c->first_lost,
		       c->first_error);
		sum.requests += c->requests;
		sum.failed += c->failed;
		sum.resets += c->resets;
		sum.lost += c->lost;
		sum.again += c->again;
		sum.excused += c->excused;
	}
	printf("total: %lu requests, %lu failed, %lu reset, %lu lost", sum.requests, sum.failed,
	       sum.resets, sum.lost);
	if (opt->again_ms)
		printf(", %lu sent again", sum.again);
	if (sum.excused)
		printf(", %lu more lost while the machine stood still", sum.excused);
	putchar('\n');
	return sum.failed || sum.resets || sum.lost;
}

static int run(struct target *targets, const struct options *opt, size_t n)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			shared->of[i].failed++;
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* not all in the same moment */
		pause_for((int)(i * (size_t)opt->pause_ms / n));
		send_until_stopped(&targets[i], opt, shared, &shared->of[i]);
		_exit(0);
	}
	watch(opt, shared, n);
	return print_counts(targets, opt, shared, n);
}

int main(int argc, char **argv)
{
	static struct target targets[TARGETS_MAX];
	struct options opt = {.pause_ms = 20, .timeout_ms = 5000, .seconds = 60};
	unsigned next_hold = PORT_LAST;
	unsigned next_new = PORT_FIRST;
	size_t n = 0;
	int c;

	while ((c = getopt(argc, argv, "i:t:r:l:s:h")) != -1) {
		switch (c) {
		case 'i':
			opt.pause_ms = atoi(optarg);
			break;
		case 't':
			opt.timeout_ms = atoi(optarg);
			break;
		case 'r':
			opt.again_ms = atoi(optarg);
			break;
		case 'l':
			opt.seconds = atoi(optarg);
			break;
		case 's':
			opt.sign = optarg;
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	if (!opt.sign || optind == argc || argc - optind > TARGETS_MAX) {
		fputs(usage, stderr);
		return 2;
	}
	for (; optind < argc; optind++, n++)
		if (!parse_target(argv[optind], &targets[n]) ||
		    !give_ports(&targets[n], &next_new, &next_hold)) {
			fprintf(stderr, "load: bad target %s\n%s", argv[optind], usage);
			return 2;
		}
	return run(targets, &opt, n);
}
