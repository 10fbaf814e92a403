/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for the lock of a file with a bound on the wait and without signals; the xtables lock. */
#include "kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "kernel/flock.h"
#include "kernel/halt.h"
#include "util/clock.h"

/* The wait has a bound of its own, and that of the whole operation. */
static uint64_t wait_end(const struct svclb_options *opts)
{
	uint64_t end = clock_ms() + opts->lock_wait_ms;

	return opts->deadline_ms && opts->deadline_ms < end ? opts->deadline_ms : end;
}

int flock_wait(const struct svclb_options *opts, int fd)
{
	uint64_t end = wait_end(opts);
	uint32_t pause = 5;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (halt_errno(opts) == ECANCELED)
			return ECANCELED;
		if (clock_ms() >= end)
			return EWOULDBLOCK;
		clock_sleep_ms(pause);
		pause = pause < 50 ? pause * 2 : 50;
	}
	return 0;
}

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

static int not_locked(const struct svclb_options *opts, int os_errno, struct svclb_error **reterr)
{
	if (os_errno == ECANCELED)
		return lock_error(opts, SVCLB_EINTERRUPTED, 0, NULL,
				  "interrupted while waiting for the lock", reterr);
	if (os_errno == EWOULDBLOCK)
		return lock_error(opts, SVCLB_EBUSY, os_errno,
				  "another program holds it: wait longer, or end that one",
				  "the lock was not free in time", reterr);
	return lock_error(opts, SVCLB_EKERNEL, os_errno, NULL, "cannot lock the file", reterr);
}

int lock_take(const struct svclb_options *opts, int *ret, struct svclb_error **reterr)
{
	/* An open file of its own each time: flock() is no lock between users of one open file. */
	int fd = open(opts->lock_file, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	int e;

	if (fd < 0)
		return lock_error(opts, SVCLB_EKERNEL, errno,
				  "the folder must exist and be the one the host's iptables uses",
				  "cannot open the lock file", reterr);
	e = flock_wait(opts, fd);
	if (e) {
		close(fd);
		return not_locked(opts, e, reterr);
	}
	*ret = fd;
	return 0;
}

void lock_drop(int fd)
{
	close(fd); /* the last descriptor of the open file: the lock goes with it */
}
