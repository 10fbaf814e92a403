/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For LD_PRELOAD: a program finds no IPv6, as on a kernel that was booted with ipv6.disable=1. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int socket(int domain, int type, int protocol)
{
	if (domain != AF_INET6)
		return (int)syscall(SYS_socket, domain, type, protocol);
	errno = EAFNOSUPPORT;
	return -1;
}
