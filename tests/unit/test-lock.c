/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock among those with one prefix in one network namespace, between real processes. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/ipset.h"
#include "kernel/lock.h"
#include "util/clock.h"

static char top[] = "/tmp/svclb-test-lock.XXXXXX";
static char dir[sizeof(top) + 8];
static struct netns *ns;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	(void)snprintf(dir, sizeof(dir), "%s/locks", top);
	ck_assert_int_eq(netns_new(-1, &ns, NULL), 0);
}

static void teardown(void)
{
	char command[sizeof(top) + 16];

	netns_free(ns);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
}

static struct svclb_options *options(const char *prefix)
{
	struct svclb_options *o = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_prefix(o, prefix), 0);
	ck_assert_int_eq(svclb_options_set_lock_dir(o, dir), 0);
	ck_assert_int_eq(svclb_options_set_lock_wait(o, 30), 0);
	return o;
}

/* A process that holds the lock of KUBE- until it is killed. */
static pid_t holder(void)
{
	int ready[2];
	char c = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct svclb_options *o = options("KUBE-");
		int fd = -1;

		c = !lock_take_owner(o, ns, &fd, NULL);
		(void)!write(ready[1], &c, 1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(c, 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(one_at_a_time)
{
	struct svclb_options *mine = options("KUBE-");
	struct svclb_options *other = options("LB-");
	struct svclb_error *err = NULL;
	char want[40];
	pid_t pid = holder();
	int fd = -1;
	int fd2 = -1;

	ck_assert_int_eq(lock_take_owner(mine, ns, &fd, &err), -SVCLB_EBUSY);
	(void)snprintf(want, sizeof(want), "process %d ", (int)pid);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_message(err), want));
	svclb_error_unref(err);
	/* another owner does not wait */
	ck_assert_int_eq(lock_take_owner(other, ns, &fd, NULL), 0);
	/* the kernel takes the lock from the dead */
	end(pid);
	ck_assert_int_eq(lock_take_owner(mine, ns, &fd2, NULL), 0);
	lock_drop(fd);
	lock_drop(fd2);
	svclb_options_unref(mine);
	svclb_options_unref(other);
}
END_TEST

START_TEST(waits_end)
{
	struct svclb_options *o = options("KUBE-");
	struct svclb_error *err = NULL;
	pid_t pid = holder();
	int fd = -1;

	ck_assert_int_eq(svclb_options_set_lock_wait(o, 600000), 0);
	o->deadline_ms = clock_ms() + 20;
	ck_assert_int_eq(lock_take_owner(o, ns, &fd, NULL), -SVCLB_EBUSY);
	o->deadline_ms = 0;
	atomic_store(&o->interrupted, true);
	ck_assert_int_eq(lock_take_owner(o, ns, &fd, &err), -SVCLB_EINTERRUPTED);
	svclb_error_unref(err);
	end(pid);
	svclb_options_unref(o);
}
END_TEST

START_TEST(other_namespaces_have_locks_of_their_own)
{
	struct svclb_options *o = options("KUBE-");
	struct netns *other = NULL;
	pid_t pid = holder();
	int fd = -1;

	if (!netns_new_private(&other, NULL)) {
		ck_assert_int_eq(lock_take_owner(o, other, &fd, NULL), 0);
		lock_drop(fd);
		netns_free(other);
	}
	end(pid);
	svclb_options_unref(o);
}
END_TEST

START_TEST(the_folder)
{
	struct svclb_options *o = options("KUBE-");
	struct svclb_error *err = NULL;
	struct stat st;
	char path[sizeof(dir) + 16];
	int fd = -1;

	ck_assert_int_eq(lock_take_owner(o, ns, &fd, NULL), 0);
	lock_drop(fd);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	/* others could make us wait */
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(lock_take_owner(o, ns, &fd, &err), -SVCLB_EPERM);
	ck_assert_ptr_nonnull(svclb_error_get_hint(err));
	svclb_error_unref(err);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(lock_take_owner(o, ns, &fd, NULL), 0);
	lock_drop(fd);
	/* no parents are made, and no links followed */
	(void)snprintf(path, sizeof(path), "%s/no/where", dir);
	ck_assert_int_eq(svclb_options_set_lock_dir(o, path), 0);
	ck_assert_int_eq(lock_take_owner(o, ns, &fd, &err), -SVCLB_EKERNEL);
	ck_assert_ptr_nonnull(strstr(svclb_error_get_hint(err), "another directory"));
	svclb_error_unref(err);
	(void)snprintf(path, sizeof(path), "%s/link", dir);
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_eq(svclb_options_set_lock_dir(o, path), 0);
	ck_assert_int_lt(lock_take_owner(o, ns, &fd, NULL), 0);
	svclb_options_unref(o);
}
END_TEST

START_TEST(xtables)
{
	struct svclb_options *o = options("KUBE-");
	char path[sizeof(top) + 16];
	int fd = -1;
	int fd2 = -1;

	(void)snprintf(path, sizeof(path), "%s/xtables.lock", top);
	ck_assert_int_eq(svclb_options_set_lock_file(o, path), 0);
	ck_assert_int_eq(lock_take(o, &fd, NULL), 0);
	ck_assert_int_eq(lock_take(o, &fd2, NULL), -SVCLB_EBUSY);
	atomic_store(&o->interrupted, true);
	ck_assert_int_eq(lock_take(o, &fd2, NULL), -SVCLB_EINTERRUPTED);
	lock_drop(fd);
	svclb_options_unref(o);
}
END_TEST

/* Another thread of the process, that is: the lock does not tell. */
START_TEST(libipset)
{
	struct svclb_options *o = options("KUBE-");
	uint64_t before = clock_ms();

	ck_assert_int_eq(ipset_lib_lock(o, NULL), 0);
	o->deadline_ms = before + 20;
	ck_assert_int_eq(ipset_lib_lock(o, NULL), -SVCLB_ETIMEDOUT);
	ck_assert_uint_ge(clock_ms(), before + 20);
	o->deadline_ms = 0;
	atomic_store(&o->interrupted, true);
	ck_assert_int_eq(ipset_lib_lock(o, NULL), -SVCLB_EINTERRUPTED);
	ipset_lib_unlock();
	ck_assert_int_eq(ipset_lib_lock(o, NULL), 0);
	ipset_lib_unlock();
	svclb_options_unref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lock");
	TCase *t = tcase_create("lock");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, waits_end);
	tcase_add_test(t, other_namespaces_have_locks_of_their_own);
	tcase_add_test(t, the_folder);
	tcase_add_test(t, xtables);
	tcase_add_test(t, libipset);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
