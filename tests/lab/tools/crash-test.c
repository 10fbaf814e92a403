/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applies in the real kernel that fail, are interrupted or killed, at every step or every system
 * call: after each failure and interruption the kernel must hold what it held before; after each
 * kill the next apply must reach the wanted state.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leavings.h"
#include "stepwise.h"
#include "telling.h"
#include "victim.h"

#define LEAVINGS_MAX 16384

static const char usage[] =
	"usage: crash-test fail|interrupt|kill|calls FROM.yaml TO.yaml\n"
	"       crash-test modes FILE.yaml EACH FIRST\n"
	"       crash-test refuse|deafen ERRNO FROM.yaml TO.yaml [EACH]\n"
	"       crash-test exec NUMBER COMMAND...\n"
	"  fail   each step of the apply from one to the other fails once\n"
	"  interrupt  the apply is interrupted before each step\n"
	"  kill   the apply is killed before each step\n"
	"  calls  the apply, and the one back, is killed before each system call that can change\n"
	"         something\n"
	"  modes  the same from mode iptables to ipvs and back, for each EACH-th call from FIRST on\n"
	"  refuse each system call that changes the kernel fails once with ERRNO (a name: EPERM),\n"
	"         or only each EACH-th\n"
	"  deafen the same, and each that hears from the kernel\n"
	"  exec   runs a command and kills it before the system call NUMBER that writes a file;\n"
	"         exit code 137 if it was killed, else the command's\n";

static void fail_every_step(const char *from, const char *to, int number, int want)
{
	size_t steps = 0;
	char *before;

	must_apply(to, NULL); /* settings of the kernel are made once and stay */
	must_apply(from, NULL);
	before = held(NULL);
	must_apply(to, &steps);
	must_apply(from, NULL);
	must_hold(before, "there and back", 0);
	for (size_t k = 1; k <= steps; k++) {
		struct svclb_error *err = NULL;

		if (apply_file(to, &(struct stop){.at = k, .signal = number}, NULL, &err) != want)
			die("rolled back", err);
		svclb_error_unref(err);
		must_hold(before, "failure of step", k);
	}
	printf("ok every one of %zu steps can %s and is put back\n", steps,
	       number ? "be interrupted" : "fail");
	svclb_text_free(before);
}

static void kill_every_step(const char *from, const char *to)
{
	size_t steps = 0;
	char *wanted;

	must_apply(from, NULL);
	must_apply(to, &steps);
	wanted = held(NULL);
	for (size_t k = 1; k <= steps; k++) {
		int status = 0;
		pid_t child;

		must_apply(from, NULL);
		fflush(stdout);
		child = fork();
		if (!child) {
			(void)apply_file(to, &(struct stop){.at = k, .signal = SIGKILL}, NULL,
					 NULL); /* does not come back */
			_exit(1);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSIGNALED(status))
			die("killed", NULL);
		must_apply(to, NULL);
		must_hold(wanted, "kill before step", k);
	}
	printf("ok an apply killed before any of %zu steps is finished by the next one\n", steps);
	svclb_text_free(wanted);
}

/* What applies go to and from. */
struct end {
	const char *file;
	uint32_t mode;
	char *held;
	char left[LEAVINGS_MAX];
	size_t calls; /* of an apply that leads here */
};

static int apply_end(const struct end *e, struct svclb_error **reterr)
{
	struct svclb_options *opts = lab_options();
	struct svclb_model *m = model_of_file(e->file);
	int rc = svclb_options_set_mode(opts, e->mode);

	if (!rc)
		rc = apply_model(opts, m, NULL, NULL, reterr);
	svclb_model_unref(m);
	svclb_options_unref(opts);
	return rc;
}

static void must_come_to(const struct end *e)
{
	struct svclb_error *err = NULL;

	if (apply_end(e, &err) < 0)
		die(e->file, err);
}

static void remember(struct end *e)
{
	e->held = held(NULL);
	leavings(e->left, sizeof(e->left));
}

static void must_be_at(const struct end *e, const char *what, size_t k)
{
	char now[LEAVINGS_MAX];

	must_hold(e->held, what, k);
	leavings(now, sizeof(now));
	if (strcmp(now, e->left) != 0) {
		printf("not ok %s %zu: something is left\n--- wanted\n%s+++ got\n%s", what, k,
		       e->left, now);
		exit(1);
	}
}

static void apply_to(void *data)
{
	(void)apply_end(data, NULL); /* mostly does not come back */
}

/* False when the apply was through before its k-th call. */
static bool kill_one_call(struct end *to, size_t k)
{
	struct victim v = {.calls = VICTIM_CHANGES, .at = k};
	bool killed;

	fflush(stdout);
	if (victim_run(apply_to, to, &v, &killed) < 0)
		die("trace a child", NULL);
	must_come_to(to);
	must_be_at(to, "kill before system call", k);
	to->calls += killed;
	return killed;
}

/* There and back again in turns: calls number first, first + each and so on. */
static void kill_calls(struct end *a, struct end *b, size_t first, size_t each)
{
	bool more[2] = {true, true};

	must_come_to(b); /* settings of the kernel are made once and stay */
	must_come_to(a);
	remember(a);
	must_come_to(b);
	remember(b);
	for (size_t k = first; more[0] || more[1]; k += each) {
		more[0] = kill_one_call(a, k);
		more[1] = kill_one_call(b, k);
	}
	must_come_to(a);
	printf("ok an apply killed before any of %zu system calls one way, %zu the other, is "
	       "finished by the next one\n",
	       b->calls, a->calls);
	svclb_text_free(a->held);
	svclb_text_free(b->held);
}

/* What the child of an apply with an error in it says in its exit code. */
enum { DONE, REFUSED, PUT_BACK, MIXED, UNTOLD };

/* An apply that meets an error. */
struct errand {
	char *to;
	int error;
};

static void apply_and_tell(void *data)
{
	const struct errand *errand = data;
	struct svclb_error *err = NULL;
	int rc = apply_file(errand->to, NULL, NULL, &err);
	const char *lacks = rc == -SVCLB_EROLLEDBACK ? telling_lacks(err, errand->error) : NULL;
	char *text = NULL;

	if ((rc == -SVCLB_EROLLBACK || lacks) && !svclb_error_to_text(err, &text))
		printf("%s\n", text);
	if (lacks)
		printf("that lacks %s\n", lacks);
	fflush(stdout);
	_exit(!rc			 ? DONE
	      : lacks			 ? UNTOLD
	      : rc == -SVCLB_EROLLEDBACK ? PUT_BACK
	      : rc == -SVCLB_EROLLBACK	 ? MIXED
					 : REFUSED);
}

/* One call fails; how the apply ends. Then it did everything all the same, or nothing. */
static int refuse_one_call(char *to, const char *before, const char *after, struct victim *v)
{
	bool met;
	int rc;

	fflush(stdout);
	rc = victim_run(apply_and_tell, &(struct errand){to, v->error}, v, &met);
	if (rc < DONE || rc >= MIXED) {
		printf("not ok %s of system call %zu: ends with %d\n", strerror(v->error), v->at,
		       rc);
		exit(1);
	}
	must_hold(rc == DONE ? after : before, strerror(v->error), v->at);
	return rc;
}

/*
 * Each such system call of an apply fails once, from the last one on. Those before the first change
 * only read: some of them are enough.
 */
static void refuse_every_call(enum victim_calls which, int error, const char *from, char *to,
			      size_t each)
{
	struct victim v = {which, 0, error, NULL};
	size_t n[MIXED] = {0};
	size_t calls = 0;
	size_t stride = each;
	char *before;
	char *after;
	bool met;

	must_apply(to, NULL); /* settings of the kernel are made once and stay */
	must_apply(from, NULL);
	before = held(NULL);
	v.counted = &calls;
	fflush(stdout);
	if (victim_run(apply_and_tell, &(struct errand){to, error}, &v, &met) != DONE)
		die("apply while traced", NULL);
	v.counted = NULL;
	after = held(NULL);
	for (size_t k = calls; k && k <= calls; k -= stride) {
		must_apply(from, NULL);
		v.at = k;
		n[refuse_one_call(to, before, after, &v)]++;
		stride = n[REFUSED] > 4 ? 12 * each : each;
	}
	must_apply(from, NULL);
	printf("ok %s in %zu system calls: %zu applies done all the same, %zu refused before any "
	       "change, %zu put back\n",
	       strerror(error), n[DONE] + n[REFUSED] + n[PUT_BACK], n[DONE], n[REFUSED],
	       n[PUT_BACK]);
	svclb_text_free(before);
	svclb_text_free(after);
}

static void exec_command(void *data)
{
	char **argv = data;

	execvp(argv[0], argv);
	_exit(127);
}

static int exec_and_kill(size_t at, char **argv)
{
	bool killed;
	int rc = victim_run(exec_command, argv, &(struct victim){VICTIM_FILES, at, 0, NULL},
			    &killed);

	if (rc < 0)
		die("trace a child", NULL);
	return rc;
}

static int misused(void)
{
	fputs(usage, stderr);
	return 2;
}

static int error_of(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} known[] = {
		{"ENOBUFS", ENOBUFS}, {"EPERM", EPERM},	  {"ENOMEM", ENOMEM},
		{"EBUSY", EBUSY},     {"EAGAIN", EAGAIN}, {"EINTR", EINTR},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return known[i].error;
	exit(misused());
}

static int change_modes(char **argv)
{
	struct end a = {.file = argv[2], .mode = SVCLB_MODE_IPTABLES};
	struct end b = {.file = argv[2], .mode = SVCLB_MODE_IPVS};
	size_t each = strtoul(argv[3], NULL, 10);
	size_t first = strtoul(argv[4], NULL, 10);

	if (!each || !first)
		return misused();
	kill_calls(&a, &b, first, each);
	return 0;
}

static int refuse(int argc, char **argv)
{
	if (argc != 5 && argc != 6)
		return misused();
	refuse_every_call(!strcmp(argv[1], "refuse") ? VICTIM_ASKS : VICTIM_KERNEL,
			  error_of(argv[2]), argv[3], argv[4],
			  argc == 6 ? strtoul(argv[5], NULL, 10) : 1);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "exec"))
		return exec_and_kill(strtoul(argv[2], NULL, 10), argv + 3);
	if (argc >= 4 && (!strcmp(argv[1], "refuse") || !strcmp(argv[1], "deafen")))
		return refuse(argc, argv);
	if (argc == 5 && !strcmp(argv[1], "modes"))
		return change_modes(argv);
	if (argc != 4)
		return misused();
	heed_interrupts();
	if (!strcmp(argv[1], "fail"))
		fail_every_step(argv[2], argv[3], 0, -SVCLB_EROLLEDBACK);
	else if (!strcmp(argv[1], "interrupt"))
		fail_every_step(argv[2], argv[3], SIGINT, -SVCLB_EINTERRUPTED);
	else if (!strcmp(argv[1], "kill"))
		kill_every_step(argv[2], argv[3]);
	else if (!strcmp(argv[1], "calls"))
		kill_calls(&(struct end){.file = argv[2], .mode = SVCLB_MODE_IPVS},
			   &(struct end){.file = argv[3], .mode = SVCLB_MODE_IPVS}, 1, 1);
	else
		return misused();
	return 0;
}
