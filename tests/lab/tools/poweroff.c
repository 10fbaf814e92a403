// SPDX-License-Identifier: LGPL-2.1-or-later
/* Switch off the kernel this runs on. For the first process of a lab kernel only. */
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	if (getpid() != 1 && getppid() != 1) {
		fputs("poweroff: only for the first process of a lab kernel\n", stderr);
		return 2;
	}
	sync();
	reboot(RB_POWER_OFF);
	perror("poweroff");
	return 1;
}
