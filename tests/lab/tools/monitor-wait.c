/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits for an event of the link and addresses, as an agent would, and prints its bits. Says "ready"
 * first. Exit code 1 when nothing comes in ten seconds.
 *
 *   monitor-wait [LINK]
 */
#include <poll.h>
#include <stdio.h>
#include <svclb/svclb.h>

int main(int argc, char **argv)
{
	struct svclb_options *opts = NULL;
	struct svclb_monitor *mon = NULL;
	uint32_t what = 0;
	struct pollfd p = {.events = POLLIN};

	if (svclb_options_new(&opts, NULL) < 0 ||
	    (argc > 1 && svclb_options_set_link_name(opts, argv[1]) < 0) ||
	    svclb_monitor_new(opts, &mon, NULL) < 0)
		return 2;
	svclb_options_unref(opts);
	puts("ready");
	fflush(stdout);
	p.fd = svclb_monitor_get_fd(mon);
	if (poll(&p, 1, 10000) == 1 && svclb_monitor_read(mon, &what, NULL) == 0)
		printf("%u\n", (unsigned)what);
	svclb_monitor_free(mon);
	return !what;
}
