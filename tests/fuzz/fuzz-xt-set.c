/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel says of sets that rules name: answers, each behind its length in two bytes, low
 * one first, to the socket option and to netlink alike. One without a byte is a failure.
 */
#include "fuzz.h"
#include "kernel/xt.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int __wrap_socket(int domain, int type, int protocol);
int __wrap_close(int fd);
ssize_t __wrap_send(int fd, const void *buf, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __real_close(int fd);

#define SOCKET 100000 /* no descriptor of the program's */

static struct {
	const uint8_t *p;
	size_t left;
} answers;

static ssize_t answer(void *buf, size_t size)
{
	size_t len;

	errno = EPERM;
	if (answers.left < 2)
		return -1;
	len = answers.p[0] | (size_t)answers.p[1] << 8;
	answers.p += 2;
	answers.left -= 2;
	if (!len)
		return -1;
	len = len > answers.left ? answers.left : len;
	memcpy(buf, answers.p, len < size ? len : size);
	answers.p += len;
	answers.left -= len;
	return (ssize_t)(len < size ? len : size);
}

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return SOCKET;
}

int __wrap_close(int fd)
{
	return fd == SOCKET ? 0 : __real_close(fd);
}

ssize_t __wrap_send(int fd, const void *buf, size_t size, int flags)
{
	(void)fd;
	(void)buf;
	(void)flags;
	return (ssize_t)size;
}

ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
	(void)fd;
	(void)flags;
	return answer(buf, size);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd;
	(void)level;
	(void)name;
	return answer(value, *len) < 0 ? -1 : 0;
}

static void numbers(void)
{
	struct xt_sets sets = {.fd = -1};
	struct svclb_error *err = NULL;
	char name[SET_NAME_MAX];
	uint16_t index = 0;
	bool unmoved;
	int r = xt_set_index(&sets, "KUBE-CLUSTER-IP", &index, &err);

	if (r)
		fuzz_take_error(r, err);
	for (uint16_t i = 0; i < 3; i++) {
		err = NULL;
		r = xt_set_name(&sets, i, name, &err);
		if (r)
			fuzz_take_error(r, err);
		else
			FUZZ_CHECK(strnlen(name, sizeof(name)) < sizeof(name));
	}
	err = NULL;
	r = xt_sets_unmoved(&sets, &unmoved, &err);
	if (r)
		fuzz_take_error(r, err);
	xt_sets_free(&sets);
}

static void headers(void)
{
	for (uint8_t n_dirs = 1; n_dirs <= 3; n_dirs++) {
		struct svclb_error *err = NULL;
		int r = xt_set_check("KUBE-CLUSTER-IP", n_dirs == 2 ? 6 : 4, n_dirs, &err);

		if (r)
			fuzz_take_error(r, err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	answers.p = data;
	answers.left = size;
	numbers();
	answers.p = data;
	answers.left = size;
	headers();
	return 0;
}
