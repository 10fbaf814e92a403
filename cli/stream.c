/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input that may come slowly: pipes and the like, read before anything is locked. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "limit.h"

struct stream {
	char *path;
	struct text text;
	int fd; /* -1: it was read to its end */
};

/* The library takes no more, whatever its limit. */
#define BYTES_MAX (UINT32_MAX - 1)

static uint64_t limit_of(const struct cli *c)
{
	uint64_t limit =
		c->bytes_max ? c->bytes_max : svclb_options_get_limit(NULL, SVCLB_LIMIT_BYTES);

	return limit < BYTES_MAX ? limit : BYTES_MAX;
}

/* Up to the default all is read, and left to the library to refuse; more is not even read. */
static uint64_t read_max(const struct cli *c)
{
	uint64_t standard = svclb_options_get_limit(NULL, SVCLB_LIMIT_BYTES);

	return limit_of(c) > standard ? limit_of(c) : standard;
}

static int too_large(struct cli *c, const char *name)
{
	(void)fail(c, EXIT_INVALID, "%s: the input has more bytes than the limit of %" PRIu64, name,
		   limit_of(c));
	if (c->bytes_max && limit_of(c) < BYTES_MAX) /* none is for the configuration itself */
		fail_hint(c, "raise limits.bytes of the SvclbConfiguration");
	return EXIT_INVALID;
}

/* Until there is something to read, or nothing more will come. */
static int await(struct cli *c, int fd, const char *name)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		uint64_t left = limit_left_ms(c);
		int n;

		if (!left)
			return fail(c, EXIT_LOCKED,
				    "%s: the time limit of %u ms passed before the input ended",
				    name, c->timeout.ms);
		n = poll(&p, 1,
			 left == SVCLB_NO_DEADLINE ? -1 : (int)(left < INT_MAX ? left : INT_MAX));
		if (n > 0)
			return EXIT_DONE;
		if (n < 0 && errno != EINTR)
			return fail_errno(c, name, errno);
	}
}

/* One with a name has its end only after somebody has come to write; a pipe's writers were there. */
static bool nobody_wrote(int fd)
{
	struct stat st;
	struct statfs fs;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fstatfs(fd, &fs) == 0 &&
	       fs.f_type != PIPEFS_MAGIC;
}

/* Reads on to the end, or until it is more than may be: then *more. What was opened here is asked
 * first, as a pipe whose writers have left already would never become ready; standard input is asked
 * only when it is, as it may block. */
static int read_on(struct cli *c, int fd, const char *name, struct text *buf, bool *more)
{
	autofree char *chunk = xrealloc(NULL, 65536, 1);
	bool ready_first = fd == STDIN_FILENO;
	uint64_t max = read_max(c);

	while (!(*more = buf->len > max)) {
		int rc = ready_first || !limit_left_ms(c) ? await(c, fd, name) : EXIT_DONE;
		ssize_t n = rc == EXIT_DONE ? read(fd, chunk, 65536) : -1;

		if (rc != EXIT_DONE)
			return rc;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return fail_errno(c, name, errno);
		if (n == 0 && (ready_first || buf->len || !nobody_wrote(fd)))
			return EXIT_DONE;
		ready_first |= n == 0 || (n < 0 && errno == EAGAIN);
		if (n <= 0)
			continue;
		text_addn(buf, chunk, (size_t)n);
	}
	return EXIT_DONE;
}

int stream_read_fd(struct cli *c, int fd, const char *name, struct text *buf)
{
	bool more;
	int rc = read_on(c, fd, name, buf, &more);

	return rc == EXIT_DONE && more ? too_large(c, name) : rc;
}

int stream_open(struct cli *c, const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return *ret < 0 ? fail_errno(c, path, errno) : EXIT_DONE;
}

/* Files are read when they are needed: they do not keep anybody waiting. */
static bool is_stream(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return true;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static struct stream *find(const struct cli *c, const char *path)
{
	for (size_t i = 0; i < c->n_streams; i++)
		if (!strcmp(c->streams[i].path, path))
			return &c->streams[i];
	return NULL;
}

static int read_one(struct cli *c, const char *path)
{
	bool standard = path && !strcmp(path, "-");
	struct stream *s;
	bool more = false;
	int fd = STDIN_FILENO;
	int rc;

	if (!path || !is_stream(path) || find(c, path))
		return EXIT_DONE;
	rc = standard ? EXIT_DONE : stream_open(c, path, &fd);
	if (rc != EXIT_DONE)
		return rc;
	c->streams = xrealloc(c->streams, c->n_streams + 1, sizeof(*c->streams));
	s = &c->streams[c->n_streams++];
	*s = (struct stream){.path = xstrdup(path), .fd = -1};
	rc = read_on(c, fd, path, &s->text, &more);
	if (rc == EXIT_DONE && more)
		s->fd = fd; /* the options may let it be */
	else if (!standard)
		close(fd);
	return rc;
}

int streams_read(struct cli *c)
{
	int rc = read_one(c, c->config);

	if (rc == EXIT_DONE)
		rc = read_one(c, c->plan_file);
	for (size_t i = 0; rc == EXIT_DONE && i < c->inputs.n; i++)
		rc = read_one(c, c->inputs.v[i]);
	return rc;
}

static void close_stream(struct stream *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	s->fd = -1;
}

bool streams_take(struct cli *c, const char *path, struct text *buf, int *rc)
{
	struct stream *s = find(c, path);

	*rc = EXIT_DONE;
	if (!s)
		return false;
	if (s->fd >= 0)
		*rc = stream_read_fd(c, s->fd, path, &s->text);
	if (*rc != EXIT_DONE)
		return true;
	close_stream(s);
	text_addn(buf, text_get(&s->text), s->text.len);
	return true;
}

void streams_free(struct cli *c)
{
	for (size_t i = 0; i < c->n_streams; i++) {
		close_stream(&c->streams[i]);
		free(c->streams[i].path);
		text_clear(&c->streams[i].text);
	}
	free(c->streams);
	c->streams = NULL;
	c->n_streams = 0;
}
