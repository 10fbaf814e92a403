/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking the xtables lock with a bound on the wait and without signals. */
#include "kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clock.h"

static int lock_error(const struct svclb_options *opts, int code, int os_errno, const char *hint,
		      const char *what, struct svclb_error **reterr)
{
	struct err_parts parts = {
		.os_errno = os_errno,
		.object = opts->lock_file,
		.subsystem = "iptables",
		.operation = "take the xtables lock",
		.hint = hint,
	};

	if (os_errno == EPERM || os_errno == EACCES)
		code = SVCLB_EPERM;
	return err_give(reterr, err_new(code, &parts, "%s", what));
}

static int lock_open(const struct svclb_options *opts, int *ret, struct svclb_error **reterr)
{
	/* An open file of its own each time: flock() is no lock between users of one open file. */
	int fd = open(opts->lock_file, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return lock_error(opts, SVCLB_EKERNEL, errno,
				  "the folder must exist and be the one the host's iptables uses",
				  "cannot open the lock file", reterr);
	*ret = fd;
	return 0;
}

/* The wait has a bound of its own, and that of the whole operation. */
static uint64_t lock_end(const struct svclb_options *opts)
{
	uint64_t end = clock_ms() + opts->lock_wait_ms;

	return opts->deadline_ms && opts->deadline_ms < end ? opts->deadline_ms : end;
}

int lock_take(const struct svclb_options *opts, int *ret, struct svclb_error **reterr)
{
	uint64_t end = lock_end(opts);
	uint32_t pause = 5;
	int fd = -1;
	int rc = lock_open(opts, &fd, reterr);

	if (rc)
		return rc;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		int e = errno;

		if (e != EWOULDBLOCK && e != EINTR) {
			close(fd);
			return lock_error(opts, SVCLB_EKERNEL, e, NULL, "cannot lock the file",
					  reterr);
		}
		if (clock_ms() >= end) {
			close(fd);
			return lock_error(opts, SVCLB_EBUSY, e,
					  "another program holds it: wait longer, or end that one",
					  "the lock was not free in time", reterr);
		}
		clock_sleep_ms(pause);
		pause = pause < 50 ? pause * 2 : 50;
	}
	*ret = fd;
	return 0;
}

void lock_drop(int fd)
{
	close(fd); /* the last descriptor of the open file: the lock goes with it */
}
