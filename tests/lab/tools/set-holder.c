/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Begins to list a large IP set, says so, and never comes to the end: until it is killed the set is in use. */
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr h;
	struct nfgenmsg g;
	struct nlattr protocol;
	uint8_t number;
	uint8_t pad[3];
	struct nlattr name;
	char text[IPSET_MAXNAMELEN];
};

int main(int argc, char **argv)
{
	struct request r = {
		.h = {.nlmsg_len = sizeof(r),
		      .nlmsg_type = NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.protocol = {NLA_HDRLEN + 1, IPSET_ATTR_PROTOCOL},
		.number = IPSET_PROTOCOL,
		.name = {NLA_HDRLEN + sizeof(r.text), IPSET_ATTR_SETNAME},
	};
	char first[64];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (argc != 2 || strlen(argv[1]) >= sizeof(r.text)) {
		fputs("usage: set-holder SET\n", stderr);
		return 2;
	}
	memcpy(r.text, argv[1], strlen(argv[1]));
	/* peeking does not make the kernel go on with the list, as reading would */
	if (fd < 0 || send(fd, &r, sizeof(r), 0) < 0 ||
	    recv(fd, first, sizeof(first), MSG_PEEK) < 0) {
		perror("set-holder");
		return 1;
	}
	puts("holding");
	fflush(stdout);
	for (;;)
		pause();
}
