/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the iptables backend share. */
#ifndef SVCLB_KERNEL_IPTABLES_H
#define SVCLB_KERNEL_IPTABLES_H

#include "kernel/backend.h"
#include "kernel/xt.h"

struct xtc_handle;

/* ---- iptables-tc.c: libiptc, once for each family. As in libiptc, 0 or NULL is failure and
 * errno says why; rules are counted from 0. ---- */

#define TC_CHAIN_MAX 32 /* libiptc copies this many bytes of a chain's name */

struct tc_ops {
	uint8_t family;
	struct xtc_handle *(*init)(const char *table);
	void (*free)(struct xtc_handle *h);
	int (*commit)(struct xtc_handle *h);
	const char *(*first_chain)(struct xtc_handle *h);
	const char *(*next_chain)(struct xtc_handle *h);
	int (*builtin)(const char *chain, struct xtc_handle *h);
	int (*is_chain)(const char *chain, struct xtc_handle *h);
	const void *(*first_rule)(const char *chain, struct xtc_handle *h);
	const void *(*next_rule)(const void *rule, struct xtc_handle *h);
	const char *(*target)(const void *rule, struct xtc_handle *h);
	int (*append)(const char *chain, const void *rule, struct xtc_handle *h);
	int (*insert)(const char *chain, const void *rule, unsigned at, struct xtc_handle *h);
	int (*delete_at)(const char *chain, unsigned at, struct xtc_handle *h);
	int (*flush)(const char *chain, struct xtc_handle *h);
	int (*create)(const char *chain, struct xtc_handle *h);
	int (*delete_chain)(const char *chain, struct xtc_handle *h);
	const char *(*policy)(const char *chain, struct xt_counters *ret, struct xtc_handle *h);
	int (*set_policy)(const char *chain, const char *policy, struct xt_counters *counters,
			  struct xtc_handle *h);
};

const struct tc_ops *tc_ops_of(uint8_t family);

/* One table of one family, opened. */
struct tc_table {
	struct backend *b;
	const struct tc_ops *tc;
	enum table table;
	struct xtc_handle *h;
	struct xt_sets sets;
	struct xt_buf buf;
};

int tc_open(struct tc_table *t, struct backend *b, uint8_t family, enum table table,
	    struct svclb_error **reterr);
void tc_close(struct tc_table *t);
bool tc_is_ours(const struct tc_table *t, const char *chain);
/* Asks libiptc, which searches for it, only if the name is one of theirs. */
bool tc_is_builtin(const struct tc_table *t, const char *chain);
/* Whether the rule is a jump to one of our chains, whosoever it is. */
bool tc_jumps_to_ours(const struct tc_table *t, const void *rule);
/* The error of a libiptc call that failed with os_errno. */
int tc_error(const struct tc_table *t, const char *operation, const char *chain, int os_errno,
	     struct svclb_error **reterr);

/* ---- iptables-read.c ---- */

/* Our chains, and our jumps in the built-in ones, added to ret. */
int iptables_read_table(struct tc_table *t, struct svclb_state *ret, struct svclb_error **reterr);

/* ---- iptables-foreign.c ---- */

/*
 * Whether a rule of a built-in chain is a jump of ours: all packets or all new connections, with a
 * comment, go to one of our chains. So are kube-proxy's, of both its modes; what others let jump
 * there has matches of their own, or no comment.
 */
bool iptables_our_jump(const struct tc_table *t, const void *rule);

/* Adds the rules of a chain, one that is not ours or a built-in one, that use what is ours. */
int iptables_read_foreign(struct tc_table *t, const char *chain, struct svclb_state *ret,
			  struct svclb_error **reterr);

/* ---- iptables-edit.c ---- */

enum edit_kind {
	EDIT_FILL,   /* the chain is to exist with exactly these rules */
	EDIT_DELETE, /* the chain is to be gone */
	EDIT_JUMPS,  /* our jumps in this built-in chain are to be exactly these */
};

struct kept_set {
	char name[SET_NAME_MAX]; /* "" when the number was nobody's */
};

struct edit_rule {
	unsigned char *entry;	   /* as libiptc takes it */
	uint32_t at;		   /* EDIT_JUMPS: position in the whole chain */
	VEC(struct kept_set) sets; /* rules that are kept: sets by match, in order */
};

struct edit {
	enum edit_kind kind;
	char chain[TC_CHAIN_MAX];
	VEC(struct edit_rule) rules;
};

struct edits {
	VEC(struct edit) v;
};

void edits_free(struct edits *e);

/* What is to be done to the table so that it holds what want (NULL: nothing) has for it, and what
 * would put it back. Chains that are right already, counters included, are in neither. */
int edits_plan(struct tc_table *t, const struct svclb_state *want, struct edits *ret,
	       struct edits *ret_back, struct svclb_error **reterr);

/* Carries them out on the opened table, without committing. */
int edits_apply(struct tc_table *t, const struct edits *e, struct svclb_error **reterr);

/* ---- iptables-kept.c ---- */

/* Notes the names of the sets that the rule matches. */
int kept_rule_remember(struct tc_table *t, struct edit_rule *r, struct svclb_error **reterr);
/* Puts the present numbers of those sets into the rules. */
int kept_rules_refresh(struct tc_table *t, struct edits *e, struct svclb_error **reterr);

/* ---- iptables-commit.c ---- */

/* How to put back what was last changed in a table. */
struct table_undo {
	bool known;
	struct edits edits;
};

/* Brings one table to what want (NULL: nothing of ours) has for it. `undo` is replaced. After a
 * failure it is empty, unless it is not known what the table holds: then it would be put back. */
int iptables_commit(struct backend *b, uint32_t index, const struct svclb_state *want,
		    struct table_undo *undo, struct svclb_error **reterr);
int iptables_put_back(struct backend *b, uint32_t index, struct table_undo *undo,
		      struct svclb_error **reterr);

#endif
