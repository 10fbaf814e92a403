/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel that tells rules the numbers of sets. Targets that include this are linked with --wrap
 * for the function below.
 */
#ifndef TESTS_FUZZ_NUMBERS_H
#define TESTS_FUZZ_NUMBERS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/ipset/ip_set.h>

#define NUMBER_OURS 14 /* of a set of ours */
#define NAME_OURS   "KUBE-CLUSTER-IP"

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

/* The kernel's sets: number n is SET-n, but for ours and for some numbers that are free. */
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	struct ip_set_req_get_set *req = value;
	unsigned index = IPSET_INVALID_ID;

	(void)fd;
	(void)level;
	(void)name;
	if (*len != sizeof(*req) || req->op == IP_SET_OP_VERSION)
		return 0;
	if (req->op == IP_SET_OP_GET_BYINDEX) {
		index = req->set.index;
		memset(req->set.name, 0, sizeof(req->set.name));
		if (index == NUMBER_OURS)
			(void)snprintf(req->set.name, sizeof(req->set.name), "%s", NAME_OURS);
		else if (index % 16 != 15)
			(void)snprintf(req->set.name, sizeof(req->set.name), "SET-%u", index);
	} else {
		if (!strcmp(req->set.name, NAME_OURS))
			index = NUMBER_OURS;
		(void)sscanf(req->set.name, "SET-%u", &index); /* stays invalid if it is none */
		req->set.index = (ip_set_id_t)index;
	}
	return 0;
}

#endif
