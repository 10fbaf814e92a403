/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfering with a process at one of its system calls: a filter stops it there, a tracer counts. */
#include "victim.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHANGES = 1 << VICTIM_CHANGES,
	FILES = 1 << VICTIM_FILES,
	KERNEL = 1 << VICTIM_KERNEL,
	ASKS = 1 << VICTIM_ASKS,
};

/* What a call leaves behind, the next one finds: before each that changes something is enough. */
static const struct {
	unsigned nr;
	unsigned in; /* bits of enum victim_calls */
} calls[] = {
	{SYS_sendto, CHANGES | KERNEL | ASKS},
	{SYS_sendmsg, CHANGES | KERNEL | ASKS},
	{SYS_setsockopt, CHANGES | KERNEL | ASKS},
	{SYS_recvmsg, KERNEL},
	{SYS_flock, CHANGES},
	{SYS_write, CHANGES | FILES | KERNEL | ASKS},
	{SYS_pwrite64, CHANGES | FILES},
	{SYS_fsync, CHANGES | FILES},
	{SYS_fdatasync, CHANGES | FILES},
	{SYS_ftruncate, CHANGES | FILES},
	{SYS_unlink, CHANGES | FILES},
	{SYS_unlinkat, CHANGES | FILES},
	{SYS_rename, CHANGES | FILES},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* From now on each of these calls stops for the tracer, before it is made. */
static int stop_at(enum victim_calls which)
{
	struct sock_filter code[2 * CALLS + 2];
	struct sock_fprog prog = {.filter = code};
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		if (!(calls[i].in & 1U << which))
			continue;
		code[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

static _Noreturn void child(void (*fn)(void *data), void *data, enum victim_calls which)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(126);
	raise(SIGSTOP);
	if (stop_at(which) < 0)
		_exit(126);
	fn(data);
	_exit(0);
}

/* User-mode Linux knows no PTRACE_GET_SYSCALL_INFO: on other machines every such call counts. */
#ifdef __x86_64__
/* A netlink message that only asks; the flag NLM_F_CREATE makes others of these bits. */
static bool only_asks(pid_t tid, uint64_t at)
{
	struct nlmsghdr h;
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)at, NULL);
	if (errno)
		return false;
	memcpy(&h, &word, sizeof(word));
	return (h.nlmsg_flags & (NLM_F_DUMP | NLM_F_CREATE)) == NLM_F_DUMP;
}

/* Whether the call a thread stopped at can change something, as far as its arguments tell. */
static bool changes(pid_t tid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0)
		return true;
	if (regs.orig_rax == SYS_setsockopt)
		return regs.rsi == IPPROTO_IP || regs.rsi == IPPROTO_IPV6;
	return regs.orig_rax != SYS_sendto || !only_asks(tid, regs.rsi);
}

/* The call is not made, and returns the error. */
static int refuse(pid_t tid, int error)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0)
		return -1;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)-(long long)error;
	return (int)ptrace(PTRACE_SETREGS, tid, NULL, &regs);
}
#else
static bool changes(pid_t tid)
{
	(void)tid;
	return true;
}

static int refuse(pid_t tid, int error)
{
	(void)tid;
	(void)error;
	return -1;
}
#endif

/* What a thread that stopped is to be told when it goes on: its signal, unless that is tracing's. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

/* Whether a thread stopped at the call: then it met its fate, or *failed. */
static bool meets(pid_t pid, pid_t tid, int status, const struct victim *v, size_t *seen,
		  bool *failed)
{
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) || !changes(tid) ||
	    ++*seen != v->at)
		return false;
	if (v->error)
		*failed = refuse(tid, v->error) < 0;
	else
		kill(pid, SIGKILL);
	return true;
}

static int trace(pid_t pid, const struct victim *v, bool *met)
{
	bool failed = false;
	size_t seen = 0;
	int status;

	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);

		if (failed || (tid < 0 && errno != EINTR))
			return -1;
		if (tid == pid && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (tid == pid && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (tid < 0 || !WIFSTOPPED(status))
			continue;
		if (meets(pid, tid, status, v, &seen, &failed))
			*met = true;
		if (v->counted)
			*v->counted = seen;
		/* a thread that is gone by now has nothing left to be told */
		(void)ptrace(PTRACE_CONT, tid, NULL, signal_of(status));
	}
}

int victim_run(void (*fn)(void *data), void *data, const struct victim *v, bool *met)
{
	const int options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	*met = false;
	if (!pid)
		child(fn, data, v->calls);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		return -1;
	return trace(pid, v, met);
}
