/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that end the program, while the kernel is being changed. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

#define N_DEADLY (sizeof(deadly) / sizeof(deadly[0]))

static struct svclb_ctx *_Atomic under_way;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
	svclb_ctx_interrupt(atomic_load(&under_way));
}

void interrupt_catch(struct svclb_ctx *ctx)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction old;

	atomic_store(&under_way, ctx);
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < N_DEADLY; i++)
		/* who started us may want a signal ignored: nohup(1), a shell's background */
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(deadly[i], &act, NULL); /* fails for other numbers only */
	if (caught)						/* between two tries */
		svclb_ctx_interrupt(ctx);
}

void interrupt_too_late(void)
{
	atomic_store(&under_way, NULL);
}

void interrupt_restore(void)
{
	struct sigaction act = {.sa_handler = SIG_DFL};
	struct sigaction old;

	for (size_t i = 0; i < N_DEADLY; i++)
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == on_signal)
			(void)sigaction(deadly[i], &act, NULL); /* fails for other numbers only */
	if (caught)
		(void)raise(caught);
}

int interrupt_deliver(int rc)
{
	if (!caught)
		return rc;
	if (rc != EXIT_INTERRUPTED) {
		fputs("the signal came too late: the change is not interrupted any more\n", stderr);
		return rc;
	}
	/* a shell then knows why, and ends its loop too */
	(void)signal(caught, SIG_DFL);
	(void)raise(caught);
	return rc;
}
