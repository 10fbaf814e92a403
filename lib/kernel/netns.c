/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work inside a network namespace without ever moving a thread of the caller. */
#include "kernel/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF_PATH "/proc/thread-self/ns/net"

struct netns {
	int fd;
	dev_t dev;
	ino_t ino;
};

/* What the helper thread is to do and what came of it. */
struct netns_job {
	const struct netns *ns;
	int (*fn)(void *data, struct svclb_error **reterr);
	void *data;
	struct svclb_error **reterr;
	int ret;
};

static int netns_error(struct svclb_error **reterr, int code, int os_errno, const char *operation,
		       const char *what)
{
	struct err_parts parts = {.os_errno = os_errno, .operation = operation};

	if (os_errno == EPERM || os_errno == EACCES) {
		code = SVCLB_EPERM;
		parts.hint = "CAP_SYS_ADMIN is needed for work in another network namespace";
	}
	return err_give(reterr, err_new(code, &parts, "%s", what));
}

/* Takes over fd. */
static int netns_of_fd(int fd, struct netns **ret, struct svclb_error **reterr)
{
	struct netns *ns;
	struct stat st;

	/* linux/nsfs.h: any other file answers ENOTTY, any other namespace another type */
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET || fstat(fd, &st)) {
		close(fd);
		return err_set(reterr, SVCLB_EINVAL,
			       "the descriptor is not one of a network namespace");
	}
	ns = calloc(1, sizeof(*ns));
	if (!ns) {
		close(fd);
		return err_nomem(reterr);
	}
	ns->fd = fd;
	ns->dev = st.st_dev;
	ns->ino = st.st_ino;
	*ret = ns;
	return 0;
}

int netns_new(int fd, struct netns **ret, struct svclb_error **reterr)
{
	if (fd >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return netns_error(reterr, SVCLB_EINVAL, errno, "keep network namespace",
					   "cannot duplicate the network namespace's descriptor");
	} else {
		fd = open(SELF_PATH, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return netns_error(reterr, SVCLB_EKERNEL, errno, "open network namespace",
					   "cannot open " SELF_PATH);
	}
	return netns_of_fd(fd, ret, reterr);
}

void netns_free(struct netns *ns)
{
	if (!ns)
		return;
	close(ns->fd);
	free(ns);
}

uint64_t netns_inode(const struct netns *ns)
{
	return ns->ino;
}

static bool netns_is_current(const struct netns *ns)
{
	struct stat st;

	return !stat(SELF_PATH, &st) && st.st_dev == ns->dev && st.st_ino == ns->ino;
}

static void *netns_thread(void *data)
{
	struct netns_job *job = data;

	if (job->ns && setns(job->ns->fd, CLONE_NEWNET))
		job->ret = netns_error(job->reterr, SVCLB_EKERNEL, errno, "enter network namespace",
				       "cannot enter the network namespace");
	else
		job->ret = job->fn(job->data, job->reterr);
	return NULL;
}

/* Runs the job in a thread that takes no signals: those belong to the caller's threads. */
static int netns_in_thread(struct netns_job *job)
{
	sigset_t all;
	sigset_t old;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	rc = pthread_sigmask(SIG_SETMASK, &all, &old);
	if (rc)
		return netns_error(job->reterr, SVCLB_EKERNEL, rc, "start thread",
				   "cannot block signals");
	rc = pthread_create(&thread, NULL, netns_thread, job);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc)
		return netns_error(job->reterr, rc == EAGAIN ? SVCLB_ENOMEM : SVCLB_EKERNEL, rc,
				   "start thread", "cannot start a thread");
	(void)pthread_join(thread, NULL);
	return job->ret;
}

int netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr), void *data,
	       struct svclb_error **reterr)
{
	struct netns_job job = {.ns = ns, .fn = fn, .data = data, .reterr = reterr};

	return netns_is_current(ns) ? fn(data, reterr) : netns_in_thread(&job);
}

static int netns_unshare(void *data, struct svclb_error **reterr)
{
	if (unshare(CLONE_NEWNET))
		return netns_error(reterr, SVCLB_EKERNEL, errno, "create network namespace",
				   "cannot create a network namespace");
	return netns_new(-1, data, reterr);
}

int netns_new_private(struct netns **ret, struct svclb_error **reterr)
{
	struct netns_job job = {.fn = netns_unshare, .data = ret, .reterr = reterr};

	return netns_in_thread(&job);
}
