/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock among those who share an owner, that is a prefix, in a network namespace: a file named
 * after both, in a folder that only its owner can write to. The namespace's own file, or an abstract
 * socket, would do as well, but anybody could take those and keep us waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/flock.h"
#include "kernel/lock.h"

#define LOCK_NAME_MAX 40 /* prefix, 20 digits, ".lock" */
#define HINT_DIR      "set another directory for locks, the same one for all agents of the host"

static int owner_error(const struct svclb_options *opts, int code, int os_errno, const char *hint,
		       const char *what, struct svclb_error **reterr)
{
	struct err_parts parts = {
		.os_errno = os_errno,
		.object = opts->lock_dir,
		.subsystem = "lock",
		.operation = "take the owner's lock",
		.hint = hint,
	};

	if (os_errno == EPERM || os_errno == EACCES || os_errno == EROFS)
		code = SVCLB_EPERM;
	return err_give(reterr, err_new(code, &parts, "%s", what));
}

/* Whoever can write to the folder can take the lock's place or make us wait for ever. */
static int dir_check(const struct svclb_options *opts, int dir, struct svclb_error **reterr)
{
	struct stat st;

	if (fstat(dir, &st))
		return owner_error(opts, SVCLB_EKERNEL, errno, NULL,
				   "cannot look at the directory of the locks", reterr);
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH))
		return owner_error(opts, SVCLB_EPERM, 0,
				   "let it belong to root, and nobody else write to it",
				   "others may write to the directory of the locks", reterr);
	return 0;
}

static int dir_open(const struct svclb_options *opts, int *ret, struct svclb_error **reterr)
{
	int dir;
	int rc;

	if (mkdir(opts->lock_dir, 0700) && errno != EEXIST)
		return owner_error(opts, SVCLB_EKERNEL, errno, HINT_DIR,
				   "cannot make the directory of the locks", reterr);
	dir = open(opts->lock_dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return owner_error(opts, SVCLB_EKERNEL, errno, HINT_DIR,
				   "cannot open the directory of the locks", reterr);
	rc = dir_check(opts, dir, reterr);
	if (rc) {
		close(dir);
		return rc;
	}
	*ret = dir;
	return 0;
}

static int file_open(const struct svclb_options *opts, const struct netns *ns, int *ret,
		     struct svclb_error **reterr)
{
	char name[LOCK_NAME_MAX];
	int dir = -1;
	int rc = dir_open(opts, &dir, reterr);

	if (rc)
		return rc;
	(void)snprintf(name, sizeof(name), "%s%llu.lock", opts->prefix,
		       (unsigned long long)netns_inode(ns));
	*ret = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*ret < 0)
		rc = owner_error(opts, SVCLB_EKERNEL, errno, HINT_DIR,
				 "cannot open the lock's file", reterr);
	close(dir);
	return rc;
}

/* The holder's number is only for people: a wrong one, of a process that died or lives in another
 * namespace of processes, does no harm. */
static void holder_write(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (!ftruncate(fd, 0))
		(void)!pwrite(fd, text, (size_t)n, 0);
}

static int not_locked(const struct svclb_options *opts, int fd, int os_errno,
		      struct svclb_error **reterr)
{
	char text[24] = "";
	char what[96];
	long pid;

	if (os_errno == ECANCELED)
		return owner_error(opts, SVCLB_EINTERRUPTED, 0, NULL,
				   "interrupted while waiting for the lock", reterr);
	if (os_errno != EWOULDBLOCK)
		return owner_error(opts, SVCLB_EKERNEL, os_errno, NULL, "cannot lock the file",
				   reterr);
	pid = pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
	if (pid > 0)
		(void)snprintf(what, sizeof(what), "process %ld with the prefix %s holds the lock",
			       pid, opts->prefix);
	else
		(void)snprintf(what, sizeof(what),
			       "another process with the prefix %s holds the lock", opts->prefix);
	return owner_error(opts, SVCLB_EBUSY, os_errno,
			   "wait longer, or give each agent a prefix and link of its own", what,
			   reterr);
}

int lock_take_owner(const struct svclb_options *opts, const struct netns *ns, int *ret,
		    struct svclb_error **reterr)
{
	int fd = -1;
	int rc = file_open(opts, ns, &fd, reterr);
	int e;

	if (rc)
		return rc;
	e = flock_wait(opts, fd);
	if (e) {
		rc = not_locked(opts, fd, e, reterr);
		close(fd);
		return rc;
	}
	holder_write(fd);
	*ret = fd;
	return 0;
}
