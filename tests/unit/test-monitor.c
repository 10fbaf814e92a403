/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of links and addresses, in a network namespace of the test's own. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77

static void shell(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

static void setup(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
}

static struct svclb_monitor *watch(int netns)
{
	struct svclb_options *o = NULL;
	struct svclb_monitor *mon = NULL;

	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_link_name(o, "lb0"), 0);
	ck_assert_int_eq(svclb_options_set_netns_fd(o, netns), 0);
	ck_assert_int_eq(svclb_monitor_new(o, &mon, NULL), 0);
	svclb_options_unref(o);
	return mon;
}

/* Waits for the descriptor and takes what there is. Announcements come before the tool ends. */
static uint32_t events(struct svclb_monitor *mon)
{
	struct pollfd p = {.fd = svclb_monitor_get_fd(mon), .events = POLLIN};
	uint32_t what = 0;

	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(svclb_monitor_read(mon, &what, NULL), 0);
	return what;
}

static void quiet(struct svclb_monitor *mon)
{
	struct pollfd p = {.fd = svclb_monitor_get_fd(mon), .events = POLLIN};
	uint32_t what = 7;

	ck_assert_int_eq(poll(&p, 1, 0), 0);
	ck_assert_int_eq(svclb_monitor_read(mon, &what, NULL), 0);
	ck_assert_uint_eq(what, 0);
}

START_TEST(what_happens_is_told)
{
	static const struct {
		const char *command;
		uint32_t want;
	} steps[] = {
		{"ip link add lb0 type veth peer name other", SVCLB_EVENT_LINK},
		{"ip addr add 10.96.0.10/32 dev lb0", SVCLB_EVENT_ADDRESS},
		{"ip addr add 192.0.2.1/32 dev other", SVCLB_EVENT_NODE_ADDRESS},
		{"ip -6 addr add fd00::1/128 dev lb0 nodad", SVCLB_EVENT_ADDRESS},
		{"ip link set lb0 mtu 1400", SVCLB_EVENT_LINK},
		{"ip addr del 10.96.0.10/32 dev lb0", SVCLB_EVENT_ADDRESS},
		{"ip link set other mtu 1400", 0},
		{"ip link set lb0 name gone", SVCLB_EVENT_LINK},
		{"ip addr add 10.96.0.11/32 dev gone", SVCLB_EVENT_NODE_ADDRESS},
		{"ip addr flush dev other", SVCLB_EVENT_NODE_ADDRESS},
		{"ip link set other name lb0", SVCLB_EVENT_LINK},
		{"ip addr add 10.96.0.12/32 dev lb0", SVCLB_EVENT_ADDRESS},
		{"ip link del lb0",
		 SVCLB_EVENT_LINK | SVCLB_EVENT_ADDRESS | SVCLB_EVENT_NODE_ADDRESS},
	};
	struct svclb_monitor *mon = watch(-1);

	quiet(mon);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint32_t got;

		shell(steps[i].command);
		got = events(mon);
		ck_assert_msg(got == steps[i].want, "%s: %u, not %u", steps[i].command, got,
			      steps[i].want);
		quiet(mon);
	}
	svclb_monitor_free(mon);
}
END_TEST

START_TEST(a_link_that_is_there_already)
{
	struct svclb_monitor *mon;

	shell("ip link add lb0 type veth peer name other");
	mon = watch(-1);
	shell("ip addr add 10.96.0.10/32 dev lb0");
	ck_assert_uint_eq(events(mon), SVCLB_EVENT_ADDRESS);
	svclb_monitor_free(mon);
}
END_TEST

START_TEST(too_much_to_keep)
{
	struct svclb_monitor *mon;

	shell("ip link add lb0 type veth peer name other");
	mon = watch(-1);
	shell("for i in $(seq 2000); do echo addr add 10.96.$((i / 250)).$((i % 250))/32 dev lb0; done |"
	      " ip -batch -");
	ck_assert_uint_eq(events(mon), SVCLB_EVENT_ADDRESS | SVCLB_EVENT_LOST);
	quiet(mon);
	/* and it goes on */
	shell("ip addr del 10.96.0.10/32 dev lb0");
	ck_assert_uint_eq(events(mon), SVCLB_EVENT_ADDRESS);
	svclb_monitor_free(mon);
}
END_TEST

START_TEST(another_namespace)
{
	int there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct svclb_monitor *mon;

	ck_assert_int_ge(there, 0);
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	mon = watch(there);
	close(there);
	shell("ip link add lb0 type veth peer name other"); /* here, not there */
	quiet(mon);
	svclb_monitor_free(mon);
}
END_TEST

START_TEST(misuse)
{
	struct svclb_monitor *mon = watch(-1);
	uint32_t what;

	ck_assert_int_eq(svclb_monitor_new(NULL, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_monitor_read(NULL, &what, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_monitor_read(mon, NULL, NULL), -SVCLB_EINVAL);
	ck_assert_int_eq(svclb_monitor_get_fd(NULL), -1);
	ck_assert_ptr_null(svclb_monitor_free(NULL));
	svclb_monitor_free(mon);
	mon = NULL;
	ck_assert_int_eq(svclb_monitor_new(NULL, &mon, NULL), 0);
	svclb_monitor_free(mon);
}
END_TEST

/* Whether a namespace and a link can be made; asked in a child, which may change its own. */
static bool possible(void)
{
	pid_t pid = fork();
	int status = 1;

	if (!pid)
		_exit(unshare(CLONE_NEWNET) ||
		      system("ip link add lb0 type veth peer name other 2>/dev/null"));
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

int main(void)
{
	Suite *s = suite_create("monitor");
	TCase *t = tcase_create("monitor");
	SRunner *r;
	int failed;

	if (!possible()) {
		printf("SKIP: no permission for a network namespace\n");
		return SKIPPED;
	}
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_happens_is_told);
	tcase_add_test(t, a_link_that_is_there_already);
	tcase_add_test(t, too_much_to_keep);
	tcase_add_test(t, another_namespace);
	tcase_add_test(t, misuse);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
