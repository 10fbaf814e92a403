/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input that may come slowly: pipes and the like, read before anything is locked. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "limit.h"

/* The library's own limit of one input; more is not even read. */
#define BYTES_MAX (256u << 20)

struct stream {
	char *path;
	struct text text;
};

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

/* What was opened here is asked first, as a pipe whose writers have left already would never become
 * ready; standard input is asked only when it is, as it may block. */
int stream_read_fd(struct cli *c, int fd, const char *name, struct text *buf)
{
	autofree char *chunk = xrealloc(NULL, 65536, 1);
	bool ready_first = fd == STDIN_FILENO;
	size_t before = buf->len;

	for (;;) {
		int rc = ready_first || !limit_left_ms(c) ? await(c, fd, name) : EXIT_DONE;
		ssize_t n = rc == EXIT_DONE ? read(fd, chunk, 65536) : -1;

		if (rc != EXIT_DONE)
			return rc;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return fail_errno(c, name, errno);
		if (n == 0 && (ready_first || buf->len > before || !nobody_wrote(fd)))
			return EXIT_DONE;
		ready_first |= n == 0 || (n < 0 && errno == EAGAIN);
		if (n <= 0)
			continue;
		text_addn(buf, chunk, (size_t)n);
		if (buf->len - before > BYTES_MAX)
			return fail(c, EXIT_INVALID, "%s: larger than %u MiB", name,
				    BYTES_MAX >> 20);
	}
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
	int fd = STDIN_FILENO;
	int rc;

	if (!path || !is_stream(path) || find(c, path))
		return EXIT_DONE;
	rc = standard ? EXIT_DONE : stream_open(c, path, &fd);
	if (rc != EXIT_DONE)
		return rc;
	c->streams = xrealloc(c->streams, c->n_streams + 1, sizeof(*c->streams));
	s = &c->streams[c->n_streams++];
	*s = (struct stream){.path = xstrdup(path)};
	rc = stream_read_fd(c, fd, path, &s->text);
	if (!standard)
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

bool streams_take(struct cli *c, const char *path, struct text *buf)
{
	struct stream *s = find(c, path);

	if (!s)
		return false;
	text_addn(buf, text_get(&s->text), s->text.len);
	return true;
}

void streams_free(struct cli *c)
{
	for (size_t i = 0; i < c->n_streams; i++) {
		free(c->streams[i].path);
		text_clear(&c->streams[i].text);
	}
	free(c->streams);
	c->streams = NULL;
	c->n_streams = 0;
}
