/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules between their neutral form and the entries of ip_tables and ip6_tables: which extensions
 * there are, the codec, sets by name and index, and questions to the kernel about all of these.
 * Everything that opens a socket is to be called inside the network namespace.
 */
#ifndef SVCLB_KERNEL_XT_H
#define SVCLB_KERNEL_XT_H

#include <net/if.h>

#include <linux/netfilter/x_tables.h>

#include "state/names.h"

#define XT_MATCHES_MAX 16 /* matches of one rule that the neutral form keeps */
#define XT_MODULE_MAX  32

/* ---- xt-ext.c: the kernel's matches and targets that rules are made of ---- */

struct xt_ext {
	uint8_t type;	 /* enum match_type or enum target_type */
	uint8_t variant; /* matches: IP protocol, targets: family it is for; 0 = any */
	const char *name;
	uint8_t revision;
	uint16_t size;	      /* of its data */
	uint16_t compared[2]; /* leading bytes of the data that tell rules apart: IPv4, IPv6 */
	const char *module;
	uint8_t modes; /* IN_*: whose rules use it */
};

#define XT_MATCH_COUNT	12
#define XT_TARGET_COUNT 6
extern const struct xt_ext xt_matches[XT_MATCH_COUNT];
extern const struct xt_ext xt_targets[XT_TARGET_COUNT];

/* NULL: no such extension, or it needs none. */
const struct xt_ext *xt_match_of(enum match_type type, uint8_t proto);
const struct xt_ext *xt_target_of(enum target_type type, uint8_t family);
const struct xt_ext *xt_match_named(const char *name, uint8_t revision);
const struct xt_ext *xt_target_named(const char *name, uint8_t revision, uint8_t family);

/* ---- xt-head.c: the part of an entry before its matches, alike for both families ---- */

struct xt_head {
	unsigned char *src, *dst, *src_mask, *dst_mask;
	char *in_iface, *out_iface;
	unsigned char *in_mask, *out_mask;
	uint16_t *proto;
	uint8_t *flags, *invflags;
	uint16_t *target_offset, *next_offset;
	uint8_t addr_size;
	uint8_t proto_flag; /* to be set in flags when there is a protocol */
	uint16_t compared;  /* leading bytes of the entry that say what it matches */
	uint16_t size;	    /* of the entry without matches and target */
};

struct xt_head xt_head(uint8_t family, void *entry);
uint16_t xt_head_size(uint8_t family);
struct xt_entry_target *xt_entry_target(uint8_t family, void *entry);

struct xt_entry_match;

/* The match at an offset of the entry, or NULL: none is there that ends before the target, itself
 * inside of the entry. (xt-decode.c) */
struct xt_entry_match *xt_match_at(const struct xt_head *h, void *entry, size_t off);

/* ---- xt-set.c: rules name sets by a number ---- */

struct xt_set_ref {
	char name[SET_NAME_MAX];
	uint16_t index;
};

/* Zeroed with fd -1 = empty. Answers are kept, so one of these must not outlive a transaction. */
struct xt_sets {
	int fd;
	uint32_t protocol;
	VEC(struct xt_set_ref) refs;
};

void xt_sets_free(struct xt_sets *s);
int xt_set_index(struct xt_sets *s, const char *name, uint16_t *ret, struct svclb_error **reterr);
/* *ret is "" when there is no such set. */
int xt_set_name(struct xt_sets *s, uint16_t index, char ret[SET_NAME_MAX],
		struct svclb_error **reterr);
/* Whether every number handed out still belongs to its name. */
int xt_sets_unmoved(struct xt_sets *s, bool *ret, struct svclb_error **reterr);
/* Refuses a set that does not exist, or that a rule of this family with this many directions
 * would be accepted for by the kernel and never match. */
int xt_set_check(const char *name, uint8_t family, uint8_t n_dirs, struct svclb_error **reterr);

/* ---- xt-encode.c ---- */

struct xt_buf {
	VEC(unsigned char) b;
};

/* Replaces buf by the entry as libiptc takes it: verdicts and jumps are names in the target. */
int xt_encode(struct xt_sets *sets, uint8_t family, const struct rule *r, const struct match *m,
	      struct xt_buf *buf, struct svclb_error **reterr);

/* ---- xt-decode.c ---- */

/*
 * The rule of an entry. `target` is the verdict, chain or extension as libiptc names it. Comments
 * point into the entry. What cannot be expressed makes the rule opaque. buf is for its own use.
 */
int xt_decode(struct xt_sets *sets, uint8_t family, const void *entry, const char *target,
	      struct xt_buf *buf, struct rule *ret, struct match ret_matches[XT_MATCHES_MAX],
	      struct svclb_error **reterr);

/* ---- xt-probe.c ---- */

/* A piece of the kernel that is not there: "match set revision 4", module "xt_set". */
typedef int (*xt_missing_fn)(void *data, const char *what, const char *module, int os_errno);

/* Whether the kernel has the family itself; yes where that cannot be found out. */
bool xt_has_family(uint8_t family);

/* Calls missing() for each thing that rules of this family in want need and the kernel lacks;
 * want NULL: everything the mode of the options can use. opts may be NULL if want is not. Non-zero
 * from missing() ends it and is returned. */
int xt_probe(uint8_t family, const struct svclb_state *want, const struct svclb_options *opts,
	     xt_missing_fn missing, void *data, struct svclb_error **reterr);

/* Bit 1 << TABLE_… for each table that exists in the namespace. Asks without making any. */
int xt_tables_present(uint8_t family, unsigned *ret, struct svclb_error **reterr);
/* The same of the kernel's list, one name a line; a line without its end is none. */
unsigned xt_tables_named(const char *list, size_t len);

/* ---- xt-nfnl.c ---- */

struct nl_msg;
struct nlmsghdr;

/* Sends a netfilter netlink message and gives the answer, malloc()ed; NULL: an acknowledgement.
 * Returns 0 or a negative errno. */
int xt_nfnl_ask(struct nl_msg *msg, struct nlmsghdr **ret);
/* A new message with its netfilter header (family is the kernel's, as AF_INET), or NULL. */
struct nl_msg *xt_nfnl_new(uint8_t subsystem, uint8_t command, uint8_t family, int flags);

#endif
