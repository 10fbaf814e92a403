/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of the fixed sets and chains, and of the jumps of IPVS mode. */
#include "state/names.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "state/chain-hash.h"

#define PORT_SET(i, suffix, role, vs, comment) \
	[i] = {i, suffix, SET_HASH_IP_PORT, role, vs, comment, false}
#define BITMAP_SET(i, suffix, comment) \
	[i] = {i, suffix, SET_BITMAP_PORT, ROLE_SUPPORT, false, comment, false}

const struct set_info set_table[SET_COUNT_] = {
	[SET_LOOP_BACK] = {SET_LOOP_BACK, "LOOP-BACK", SET_HASH_IP_PORT_IP, ROLE_SUPPORT, false,
			   "pod reaching itself through a service", false},
	PORT_SET(SET_CLUSTER_IP, "CLUSTER-IP", ROLE_GATE, true, "cluster IP and port"),
	PORT_SET(SET_EXTERNAL_IP, "EXTERNAL-IP", ROLE_GATE, true, "external IP and port"),
	PORT_SET(SET_EXTERNAL_IP_LOCAL, "EXTERNAL-IP-LOCAL", ROLE_GATE, true,
		 "external IP and port, local endpoints only"),
	PORT_SET(SET_LOAD_BALANCER, "LOAD-BALANCER", ROLE_GATE, true, "load balancer IP and port"),
	PORT_SET(SET_LOAD_BALANCER_FW, "LOAD-BALANCER-FW", ROLE_FENCE, false,
		 "load balancer IP and port with source ranges"),
	PORT_SET(SET_LOAD_BALANCER_LOCAL, "LOAD-BALANCER-LOCAL", ROLE_SUPPORT, false,
		 "load balancer IP and port, local endpoints only"),
	[SET_LOAD_BALANCER_SOURCE_IP] = {SET_LOAD_BALANCER_SOURCE_IP, "LOAD-BALANCER-SOURCE-IP",
					 SET_HASH_IP_PORT_IP, ROLE_SUPPORT, false,
					 "load balancer IP and port reached from this node", false},
	[SET_LOAD_BALANCER_SOURCE_CIDR] = {SET_LOAD_BALANCER_SOURCE_CIDR,
					   "LOAD-BALANCER-SOURCE-CIDR", SET_HASH_IP_PORT_NET,
					   ROLE_SUPPORT, false,
					   "load balancer IP and port with an admitted source",
					   false},
	BITMAP_SET(SET_NODE_PORT_TCP, "NODE-PORT-TCP", "TCP node port"),
	BITMAP_SET(SET_NODE_PORT_LOCAL_TCP, "NODE-PORT-LOCAL-TCP",
		   "TCP node port, local endpoints only"),
	BITMAP_SET(SET_NODE_PORT_UDP, "NODE-PORT-UDP", "UDP node port"),
	BITMAP_SET(SET_NODE_PORT_LOCAL_UDP, "NODE-PORT-LOCAL-UDP",
		   "UDP node port, local endpoints only"),
	PORT_SET(SET_NODE_PORT_SCTP, "NODE-PORT-SCTP-HASH", ROLE_SUPPORT, true, "SCTP node port"),
	PORT_SET(SET_NODE_PORT_LOCAL_SCTP, "NODE-PORT-LOCAL-SCTP-HASH", ROLE_SUPPORT, false,
		 "SCTP node port, local endpoints only"),
	BITMAP_SET(SET_HEALTH_CHECK, "HEALTH-CHECK-NODE-PORT", "health check node port"),
	[SET_IPVS_IPS] = {SET_IPVS_IPS, "IPVS-IPS", SET_HASH_IP, ROLE_SUPPORT, false,
			  "address of a service"},
	PORT_SET(SET_NO_LOCAL, "SVCLB-NO-LOCAL", ROLE_FENCE, false,
		 "policy Local without a local endpoint"),
	PORT_SET(SET_NO_LOCAL_MASQ, "SVCLB-NO-LOCAL-MASQ", ROLE_FENCE, false,
		 "policy Local, endpoints of other nodes only"),
	PORT_SET(SET_HEALTH_CHECK_VIP, "SVCLB-HEALTH-CHECK", ROLE_SUPPORT, false,
		 "load balancer IP and health check node port"),
	PORT_SET(SET_OWNED, "SVCLB-OWNED", ROLE_LEDGER, true, "virtual server of this owner"),
	[SET_DRAIN] = {SET_DRAIN, "SVCLB-DRAIN", SET_HASH_IP_PORT_IP, ROLE_SUPPORT, false,
		       "real server that leaves", true},
};

const char *set_full_name(const char *prefix, enum set_id id, uint8_t family,
			  char buf[SET_NAME_MAX])
{
	(void)snprintf(buf, SET_NAME_MAX, "%s%s%s", prefix, family == 6 ? "6-" : "",
		       set_table[id].suffix); /* cut to the kernel's length, as intended */
	return buf;
}

struct set_entry vs_key_entry(const struct vs_key *key)
{
	struct set_entry e = {.proto = key->proto, .port = key->port, .ip = key->ip};

	if (!key->fwmark)
		return e;
	e = (struct set_entry){.proto = IPPROTO_UDPLITE, .ip = {.family = key->family}};
	for (int i = 0; i < 4; i++)
		e.ip.b[(key->family == 6 ? 12 : 0) + i] = (uint8_t)(key->fwmark >> (24 - 8 * i));
	return e;
}

const struct set_info *set_by_name(const char *prefix, const char *name, uint8_t *family)
{
	char full[SET_NAME_MAX];

	for (int id = 0; id < SET_COUNT_; id++)
		for (uint8_t f = 4; f <= 6; f = (uint8_t)(f + 2))
			if (!strcmp(set_full_name(prefix, (enum set_id)id, f, full), name)) {
				*family = f;
				return &set_table[id];
			}
	return NULL;
}

#define IN_BOTH_MODES (IN_IPVS_MODE | IN_IPTABLES_MODE)

const struct chain_info chain_table[CHAIN_COUNT_] = {
	{CHAIN_NAT_SERVICES, TABLE_NAT, "SERVICES", IN_BOTH_MODES},
	{CHAIN_NAT_POSTROUTING, TABLE_NAT, "POSTROUTING", IN_BOTH_MODES},
	{CHAIN_NAT_NODE_PORT, TABLE_NAT, "NODE-PORT", IN_IPVS_MODE},
	{CHAIN_NAT_LOAD_BALANCER, TABLE_NAT, "LOAD-BALANCER", IN_IPVS_MODE},
	{CHAIN_NAT_MARK_MASQ, TABLE_NAT, "MARK-MASQ", IN_BOTH_MODES},
	{CHAIN_FILTER_FORWARD, TABLE_FILTER, "FORWARD", IN_BOTH_MODES},
	{CHAIN_FILTER_NODE_PORT, TABLE_FILTER, "NODE-PORT", IN_IPVS_MODE},
	{CHAIN_FILTER_PROXY_FIREWALL, TABLE_FILTER, "PROXY-FIREWALL", IN_BOTH_MODES},
	{CHAIN_FILTER_SOURCE_RANGES, TABLE_FILTER, "SOURCE-RANGES-FIREWALL", IN_IPVS_MODE},
	{CHAIN_FILTER_IPVS, TABLE_FILTER, "IPVS-FILTER", IN_IPVS_MODE},
	{CHAIN_FILTER_IPVS_OUT, TABLE_FILTER, "IPVS-OUT-FILTER", IN_IPVS_MODE},
	{CHAIN_NAT_NODEPORTS, TABLE_NAT, "NODEPORTS", IN_IPTABLES_MODE},
	{CHAIN_FILTER_SERVICES, TABLE_FILTER, "SERVICES", IN_IPTABLES_MODE},
	{CHAIN_FILTER_EXTERNAL_SERVICES, TABLE_FILTER, "EXTERNAL-SERVICES", IN_IPTABLES_MODE},
	{CHAIN_FILTER_NODEPORTS, TABLE_FILTER, "NODEPORTS", IN_IPTABLES_MODE},
	/* kube-proxy's chain for this, KUBE-FIREWALL, is kubelet's too and so not to be taken over */
	{CHAIN_FILTER_LOCALNET, TABLE_FILTER, "SVCLB-LOCALNET", IN_IPTABLES_MODE},
	/* kube-proxy keeps an empty chain in each table to see that somebody flushed it */
	{CHAIN_FILTER_CANARY, TABLE_FILTER, "PROXY-CANARY", 0},
	{CHAIN_NAT_CANARY, TABLE_NAT, "PROXY-CANARY", 0},
	{CHAIN_MANGLE_CANARY, TABLE_MANGLE, "PROXY-CANARY", 0},
};

const char *chain_full_name(const char *prefix, enum chain_id id, char buf[CHAIN_NAME_MAX])
{
	/* 6 + 22 characters at most fit exactly */
	strcpy(stpcpy(buf, prefix), chain_table[id].suffix);
	return buf;
}

bool chain_is_ours(const char *prefix, enum table table, const char *name)
{
	size_t n = strlen(prefix);

	if (strncmp(name, prefix, n))
		return false;
	for (int id = 0; id < CHAIN_COUNT_; id++)
		if (chain_table[id].table == table && !strcmp(name + n, chain_table[id].suffix))
			return true;
	return table == TABLE_NAT && is_hashed_chain(name + n);
}

static bool has_chain(const struct svclb_state *st, enum chain_id id)
{
	char name[CHAIN_NAME_MAX];

	(void)chain_full_name(st->prefix, id, name);
	return state_find_chain(st, 4, chain_table[id].table, name) ||
	       state_find_chain(st, 6, chain_table[id].table, name);
}

bool state_in_iptables_mode(const struct svclb_state *st)
{
	return has_chain(st, CHAIN_FILTER_EXTERNAL_SERVICES) || has_chain(st, CHAIN_NAT_NODEPORTS);
}

const struct hook_info hook_table[HOOK_COUNT] = {
	{TABLE_NAT, "PREROUTING", CHAIN_NAT_SERVICES, "service addresses and ports"},
	{TABLE_NAT, "OUTPUT", CHAIN_NAT_SERVICES, "service addresses and ports"},
	{TABLE_NAT, "POSTROUTING", CHAIN_NAT_POSTROUTING, "masquerade of service traffic"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_IPVS, "only service ports on service addresses"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_PROXY_FIREWALL, "load balancer source ranges"},
	{TABLE_FILTER, "INPUT", CHAIN_FILTER_NODE_PORT, "health check node ports"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_PROXY_FIREWALL, "load balancer source ranges"},
	{TABLE_FILTER, "FORWARD", CHAIN_FILTER_FORWARD, "forwarded service traffic"},
	{TABLE_FILTER, "OUTPUT", CHAIN_FILTER_IPVS_OUT, "load balancer source ranges of this node"},
};

int builtin_order(const char *name)
{
	/* hook order: linux/netfilter.h */
	static const char *const builtins[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					       "POSTROUTING"};

	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (builtins[i][0] == name[0] && !strcmp(builtins[i], name))
			return (int)i;
	return -1;
}
