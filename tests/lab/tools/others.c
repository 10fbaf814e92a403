/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets, chains, rules, virtual servers, addresses and links of others, and their listing. */
#include "others.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/chance.h"
#include "stepwise.h"

/*
 * Commands of others; each # is a number from 0 to 5. What fails because it is there already, or is
 * not there, is no failure: the listing tells what is.
 */
static const char *const commands[] = {
	"ipset create MINE# hash:ip,port",
	"ipset create KUBE-MINE# hash:ip family inet6",
	"ipset create LIST# list:set",
	"ipset add MINE# 10.96.0.1#,tcp:80",
	"ipset add MINE# 192.0.2.1#,udp:81",
	"ipset del MINE# 10.96.0.1#,tcp:80",
	"ipset add LIST# MINE#",
	"ipset flush MINE#",
	"ipset destroy MINE#",
	"ipset destroy KUBE-MINE#",
	"iptables-legacy -N MINE#",
	"iptables-legacy -A MINE# -s 10.0.#.0/24 -m comment --comment 'of others #' -j ACCEPT",
	"iptables-legacy -A MINE# -m set --match-set MINE# dst,dst -j RETURN",
	"iptables-legacy -I INPUT -p tcp --dport 10# -j MINE#",
	"iptables-legacy -I INPUT 2 -p tcp --dport 10# -j ACCEPT",
	"iptables-legacy -I FORWARD 3 -m conntrack --ctstate INVALID -j DROP",
	"iptables-legacy -A FORWARD -p udp --dport 20# -j REJECT",
	"iptables-legacy -A OUTPUT -m mark --mark 0x#/0xf -j MINE#",
	"iptables-legacy -D INPUT 1 -p tcp --dport 10# -j MINE#",
	"iptables-legacy -D INPUT -p tcp --dport 10# -j ACCEPT",
	"iptables-legacy -D FORWARD -p udp --dport 20# -j REJECT",
	"iptables-legacy -F MINE#",
	"iptables-legacy -X MINE#",
	"iptables-legacy -P FORWARD ACCEPT",
	"iptables-legacy -P FORWARD DROP",
	"iptables-legacy -N KUBE-FIREWALL",
	"iptables-legacy -I OUTPUT -j KUBE-FIREWALL",
	"iptables-legacy -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP",
	"iptables-legacy -t nat -A POSTROUTING -s 10.#.0.0/16 -o nowhere -j MASQUERADE",
	"iptables-legacy -t nat -I POSTROUTING 2 -d 10.#.0.0/16 -j RETURN",
	"iptables-legacy -t nat -I PREROUTING -p tcp --dport 8# -j REDIRECT --to-ports 99",
	"iptables-legacy -t nat -D PREROUTING -p tcp --dport 8# -j REDIRECT --to-ports 99",
	"iptables-legacy -t mangle -A PREROUTING -p tcp --dport 8# -j MARK --set-mark #",
	"ip6tables-legacy -I INPUT 2 -s fd00:#::/32 -j DROP",
	"ip6tables-legacy -D INPUT -s fd00:#::/32 -j DROP",
	"ip6tables-legacy -t nat -A POSTROUTING -s fd00:#::/32 -o nowhere -j MASQUERADE",
	"ipvsadm -A -t 172.16.0.#:80 -s wrr",
	"ipvsadm -E -t 172.16.0.#:80 -s lc -p 60",
	"ipvsadm -D -t 172.16.0.#:80",
	"ipvsadm -a -t 172.16.0.#:80 -r 10.244.1.#:8080 -m -w 7",
	"ipvsadm -a -t 172.16.0.#:80 -r 10.244.2.#:80 -i",
	"ipvsadm -d -t 172.16.0.#:80 -r 10.244.1.#:8080",
	"ipvsadm -A -u [fd00:16::#]:53 -s rr",
	"ipvsadm -a -u [fd00:16::#]:53 -r [fd00:1::#]:8080 -m",
	"ipvsadm -A -f 7# -s sh",
	"ipvsadm -D -f 7#",
	"ip addr add 10.96.0.2#/32 dev others",
	"ip addr add 192.0.2.10/32 dev others",
	"ip addr del 10.96.0.2#/32 dev others",
	"ip addr add fd00:10:96::2#/128 dev others nodad",
	"ip link add dummy# type dummy",
	"ip link add kube-dummy# type dummy",
	"ip link del dummy#",
	"ip route add 10.96.8#.0/24 dev others",
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char begin[] =
	"exec 2>&1; set -e; ip link add others type dummy; ip link set others addrgenmode none up; "
	"ip addr add 172.17.0.1/16 dev others; ip addr add 10.96.0.77/32 dev others; "
	"ipset create MINE0 hash:ip,port; iptables-legacy -N MINE0; "
	"ipvsadm -A -t 172.16.0.1:80 -s rr; iptables-legacy -A FORWARD -j MINE0";

/* Ours is what has our prefix (with exceptions), our link, our addresses and our node ports. */
static const char list[] =
	"ipset save; iptables-legacy-save; ip6tables-legacy-save; ipvsadm -Sn; "
	"printf '%s\\n' 'addr show' 'link show' 'route show' 'route show table local' | ip -o -batch -";

static bool ours(const char *line)
{
	static const char *const not_ours[] = {"KUBE-MINE", "KUBE-FIREWALL", "kube-dummy"};
	static const char *const by_words[] = {"KUBE-",		 "kube-ipvs0", " 10.96.0.1",
					       " [fd00:10:96::", " 192.0.2.",  ":30"};
	bool served = !strncmp(line, "-A -", 4) || !strncmp(line, "-a -", 4);

	for (size_t i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++)
		if (strstr(line, not_ours[i]))
			return false;
	/* addresses are ours only as those of virtual servers */
	for (size_t i = 0; i < (served ? 6 : 2); i++)
		if (strstr(line, by_words[i]))
			return true;
	return *line == '#';
}

/* Packets are counted in brackets at the end, and a link is numbered at the beginning. */
static const char *strip(char *line)
{
	char *counter = strrchr(line, '[');
	char *number = line + strspn(line, "0123456789");

	if (counter && (*line == ':' || *line == '-') && !strchr(counter, '.') &&
	    strspn(counter + 1, "0123456789:]\n") == strlen(counter + 1))
		strcpy(counter, "\n");
	return number > line && *number == ':' ? number : line;
}

static FILE *opened(FILE *f)
{
	if (!f)
		die("open a pipe", NULL);
	return f;
}

char *others_dump(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = opened(open_memstream(&text, &size));
	FILE *in = opened(popen(list, "r"));
	char line[1024];

	while (fgets(line, sizeof(line), in))
		if (!ours(line))
			fputs(strip(line), out);
	if (pclose(in) || fclose(out))
		die("list what belongs to others", NULL);
	return text;
}

static void fill(uint64_t *rnd, const char *command, FILE *sh)
{
	for (; *command; command++)
		if (*command == '#')
			fprintf(sh, "%u", below(rnd, 6));
		else
			fputc(*command, sh);
	fputs(" 2>/dev/null\n", sh);
}

unsigned others_change(uint64_t *rnd)
{
	unsigned n = 1 + below(rnd, 4);
	FILE *sh = opened(popen("exec sh", "w"));

	for (unsigned i = 0; i < n; i++)
		fill(rnd, commands[below(rnd, COMMANDS)], sh);
	(void)pclose(sh); /* what cannot be done is no failure */
	return n;
}

void others_begin(void)
{
	if (system(begin))
		die("set up what belongs to others", NULL);
}

void others_differ(const char *what, const char *before, const char *after)
{
	printf("not ok %s: differs\n--- before\n%s+++ after\n%s", what, before, after);
	exit(1);
}

/* Same lengths, so in place. */
static void replace(char *text, const char *old, const char *new)
{
	while ((text = strstr(text, old)))
		for (const char *c = new; *c; c++)
			*text++ = *c;
}

void others_readdress(char *manifest)
{
	replace(manifest, "10.96.0.", "10.97.0.");
	replace(manifest, "fd00:10:96:", "fd00:10:97:");
	replace(manifest, "192.0.2.", "192.1.2.");
	replace(manifest, "nodePort: 30", "nodePort: 31");
}
